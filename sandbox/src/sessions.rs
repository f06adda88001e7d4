//! The gateway's sessions: their intents, the events sent, and the replay of missed events after a resume.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use axum::extract::ws::Message;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::snowflake::Snowflake;

/// Gateway intents (<https://discord.com/developers/docs/events/gateway#list-of-intents>).
pub mod intents {
    /// Guilds, channels and roles.
    pub const GUILDS: u64 = 1 << 0;
    /// Members who join and leave. Privileged.
    pub const GUILD_MEMBERS: u64 = 1 << 1;
    /// Online status of members. Privileged.
    pub const GUILD_PRESENCES: u64 = 1 << 8;
    /// Messages in guilds.
    pub const GUILD_MESSAGES: u64 = 1 << 9;
    /// Direct messages.
    pub const DIRECT_MESSAGES: u64 = 1 << 12;
    /// Content of messages that do not concern the bot. Privileged.
    pub const MESSAGE_CONTENT: u64 = 1 << 15;
    /// The intents that an application must enable before it may use them.
    pub const PRIVILEGED: u64 = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT;
}

/// Number of events that a session keeps for a resume.
const REPLAY: usize = 1000;
/// Number of frames that may wait for a slow connection before the session drops it.
const OUTBOX: usize = 1000;

/// A frame to send on a connection.
#[derive(Debug)]
pub(super) enum Frame {
    Payload(Value),
    /// Send this message unchanged.
    Raw(Message),
    /// Close with this code and reason.
    Close(u16, &'static str),
    /// End the connection without a close frame.
    Cut,
}

/// A session. It outlives its connection, so that a later connection can resume it.
#[derive(Debug)]
pub struct GatewaySession {
    /// The session's id.
    pub id: String,
    /// The intents that the bot requested.
    pub intents: u64,
    /// This shard's number and the number of shards.
    pub shard: (u64, u64),
    /// The sequence number of the last event.
    pub sequence: u64,
    /// The sequence number in the bot's last heartbeat: the last event that it has read.
    pub acknowledged: u64,
    replay: VecDeque<(u64, Value)>,
    outbox: Option<mpsc::Sender<Frame>>,
}

impl GatewaySession {
    /// Whether a connection currently uses the session.
    pub fn is_connected(&self) -> bool {
        self.outbox.as_ref().is_some_and(|outbox| !outbox.is_closed())
    }

    fn receives(&self, intent: u64, guild: Option<Snowflake>) -> bool {
        let shard = guild.map_or(0, |guild| guild.shard(self.shard.1));
        (intent == 0 || self.intents & intent != 0) && shard == self.shard.0
    }

    fn dispatch(&mut self, name: &str, data: Value) {
        self.sequence += 1;
        let payload = json!({ "op": 0, "t": name, "s": self.sequence, "d": data });
        self.replay.push_back((self.sequence, payload.clone()));
        if self.replay.len() > REPLAY {
            self.replay.pop_front();
        }
        self.send(Frame::Payload(payload));
    }

    fn send(&mut self, frame: Frame) {
        // Drops a connection that is closed or too slow; the bot can resume the session.
        if self.outbox.as_ref().is_some_and(|outbox| outbox.try_send(frame).is_err()) {
            self.outbox = None;
        }
    }
}

/// All sessions, with counters of the bot's connections.
#[derive(Debug, Default)]
pub struct Sessions {
    /// Number of sessions opened by an identify.
    pub identifies: usize,
    /// Number of resumed sessions.
    pub resumes: usize,
    /// Number of received heartbeats.
    pub heartbeats: usize,
    /// Number of identifies rejected because they came too soon after another one of their group.
    pub early_identifies: usize,
    list: Vec<GatewaySession>,
    /// Time of the last identify of each group of shards.
    last_identify: BTreeMap<u64, Instant>,
    refused_connections: usize,
    refused_resumes: usize,
    /// Whether connections stay open without any traffic.
    pub(super) silent: bool,
}

impl Sessions {
    /// All sessions that are in use or resumable.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &GatewaySession> {
        self.list.iter()
    }

    pub(super) fn refuse_connections(&mut self, times: usize) {
        self.refused_connections = times;
    }

    pub(super) fn refuse_resumes(&mut self, times: usize) {
        self.refused_resumes = times;
    }

    /// Whether to reject this connection; decrements the counter.
    pub(super) fn refuses_connection(&mut self) -> bool {
        let refuses = self.refused_connections > 0;
        self.refused_connections = self.refused_connections.saturating_sub(1);
        refuses
    }

    /// Whether a shard of this group may identify now; if so, records the time.
    pub(super) fn may_identify(&mut self, group: u64, interval: Duration) -> bool {
        let early = self.last_identify.get(&group).is_some_and(|last| last.elapsed() < interval);
        if early {
            self.early_identifies += 1;
        } else {
            self.last_identify.insert(group, Instant::now());
        }
        !early
    }

    /// Opens a session for a connection that identified.
    pub(super) fn open(&mut self, id: String, intents: u64, shard: (u64, u64)) -> mpsc::Receiver<Frame> {
        let (sender, receiver) = mpsc::channel(OUTBOX);
        self.identifies += 1;
        // A bot that identifies again never resumes the old session of this shard.
        self.list.retain(|session| session.is_connected() || session.shard != shard);
        self.list.push(GatewaySession {
            id,
            intents,
            shard,
            sequence: 0,
            acknowledged: 0,
            replay: VecDeque::new(),
            outbox: Some(sender),
        });
        receiver
    }

    /// Resumes a session on a new connection and replays the events after `sequence`.
    pub(super) fn resume(&mut self, id: &str, sequence: u64) -> Option<mpsc::Receiver<Frame>> {
        if self.refused_resumes > 0 {
            self.refused_resumes -= 1;
            self.list.retain(|session| session.id != id);
            return None;
        }
        let session = self.list.iter_mut().find(|session| session.id == id)?;
        let oldest = session.replay.front().map_or(session.sequence, |(number, _)| number - 1);
        if sequence > session.sequence || sequence < oldest {
            return None;
        }
        let (sender, receiver) = mpsc::channel(OUTBOX + REPLAY);
        session.outbox = Some(sender);
        let missed = session.replay.iter().filter(|(number, _)| *number > sequence);
        for payload in missed.map(|(_, payload)| payload.clone()).collect::<Vec<_>>() {
            session.send(Frame::Payload(payload));
        }
        session.dispatch("RESUMED", json!({}));
        self.resumes += 1;
        Some(receiver)
    }

    /// Sends an event of a guild, or of direct messages, to every session of its shard with this intent (0: no intent
    /// needed).
    pub(super) fn dispatch(
        &mut self,
        intent: u64,
        guild: Option<Snowflake>,
        name: &str,
        data: impl Fn(&GatewaySession) -> Value,
    ) {
        for session in self.list.iter_mut().filter(|session| session.receives(intent, guild)) {
            let data = data(session);
            session.dispatch(name, data);
        }
    }

    /// Sends an event to one session.
    pub(super) fn dispatch_to(&mut self, id: &str, name: &str, data: Value) {
        if let Some(session) = self.list.iter_mut().find(|session| session.id == id) {
            session.dispatch(name, data);
        }
    }

    /// Ends every connection, with a close code or without a close frame. The sessions stay resumable.
    pub(super) fn drop_all(&mut self, code: Option<u16>) {
        for session in &mut self.list {
            session.send(code.map_or(Frame::Cut, |code| Frame::Close(code, "dropped by the test")));
            session.outbox = None;
        }
    }

    /// Counts a heartbeat of the session `id`, if it has begun, and stores the number of the last event that the bot has
    /// read.
    pub(super) fn count_heartbeat(&mut self, id: Option<&str>, last_read: Option<u64>) {
        self.heartbeats += 1;
        let session = self.list.iter_mut().find(|session| Some(session.id.as_str()) == id);
        if let (Some(session), Some(last_read)) = (session, last_read) {
            session.acknowledged = session.acknowledged.max(last_read);
        }
    }

    /// Requests a heartbeat on every connection (op 1). Returns the connected sessions with the numbers of their last
    /// events.
    pub(super) fn request_heartbeats(&mut self) -> Vec<(String, u64)> {
        self.send_all(&json!({ "op": 1, "d": null }));
        let connected = self.list.iter().filter(|session| session.is_connected());
        connected.map(|session| (session.id.clone(), session.sequence)).collect()
    }

    /// Sends a payload that is not an event on every connection.
    pub(super) fn send_all(&mut self, payload: &Value) {
        self.send_raw(&Message::text(payload.to_string()));
    }

    /// Sends a message on every connection.
    pub(super) fn send_raw(&mut self, message: &Message) {
        for session in &mut self.list {
            session.send(Frame::Raw(message.clone()));
        }
    }

    /// Discards every session, so that a resume is rejected.
    pub(super) fn discard_all(&mut self) {
        self.list.clear();
    }
}
