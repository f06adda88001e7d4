//! The gateway's sessions: who listens to what, what was sent, and what a resumed connection missed.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use axum::extract::ws::Message;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::snowflake::Snowflake;

/// Gateway intents (<https://discord.com/developers/docs/events/gateway#list-of-intents>).
pub mod intents {
    /// Guilds, channels, roles.
    pub const GUILDS: u64 = 1 << 0;
    /// Joins and leaves. Privileged.
    pub const GUILD_MEMBERS: u64 = 1 << 1;
    /// Who is online. Privileged.
    pub const GUILD_PRESENCES: u64 = 1 << 8;
    /// Messages in guilds.
    pub const GUILD_MESSAGES: u64 = 1 << 9;
    /// Direct messages.
    pub const DIRECT_MESSAGES: u64 = 1 << 12;
    /// The text of messages that do not concern the bot. Privileged.
    pub const MESSAGE_CONTENT: u64 = 1 << 15;
    /// Those that must be switched on for an application before it may ask for them.
    pub const PRIVILEGED: u64 = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT;
}

/// How many events a session remembers for a resume.
const REPLAY: usize = 1000;
/// How many frames may wait for a slow connection before it is cut.
const OUTBOX: usize = 1000;

/// What a connection is told to send.
#[derive(Debug)]
pub(super) enum Frame {
    Payload(Value),
    /// Send this as it is.
    Raw(Message),
    /// Close with this code and reason.
    Close(u16, &'static str),
    /// End the connection without a word.
    Cut,
}

/// A session: it outlives its connection, so that the next one can resume it.
#[derive(Debug)]
pub struct GatewaySession {
    /// The session's id.
    pub id: String,
    /// What the bot listens to.
    pub intents: u64,
    /// Number of this shard, and of all.
    pub shard: (u64, u64),
    /// The number of the last event.
    pub sequence: u64,
    replay: VecDeque<(u64, Value)>,
    outbox: Option<mpsc::Sender<Frame>>,
}

impl GatewaySession {
    /// Whether a connection listens now.
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
        // A connection that is gone or too slow is forgotten; the bot can resume.
        if self.outbox.as_ref().is_some_and(|outbox| outbox.try_send(frame).is_err()) {
            self.outbox = None;
        }
    }
}

/// All sessions, and how often the bot connected.
#[derive(Debug, Default)]
pub struct Sessions {
    /// How many sessions were opened by an identify.
    pub identifies: usize,
    /// How many connections took up their session again.
    pub resumes: usize,
    /// How many heartbeats came.
    pub heartbeats: usize,
    /// How many identifies came too early after another of their group, and were refused.
    pub early_identifies: usize,
    list: Vec<GatewaySession>,
    /// When a group of shards began its last session.
    last_identify: BTreeMap<u64, Instant>,
    refused_connections: usize,
    refused_resumes: usize,
    /// Connections are open, but nothing gets through.
    pub(super) silent: bool,
}

impl Sessions {
    /// The sessions that can be used or resumed.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &GatewaySession> {
        self.list.iter()
    }

    pub(super) fn refuse_connections(&mut self, times: usize) {
        self.refused_connections = times;
    }

    pub(super) fn refuse_resumes(&mut self, times: usize) {
        self.refused_resumes = times;
    }

    /// Whether this connection is to be refused; counts down.
    pub(super) fn refuses_connection(&mut self) -> bool {
        let refuses = self.refused_connections > 0;
        self.refused_connections = self.refused_connections.saturating_sub(1);
        refuses
    }

    /// Whether a session of this group may begin now; if so, its time is noted.
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
        // A bot that identifies anew never comes back to the old session of this shard.
        self.list.retain(|session| session.is_connected() || session.shard != shard);
        self.list.push(GatewaySession {
            id,
            intents,
            shard,
            sequence: 0,
            replay: VecDeque::new(),
            outbox: Some(sender),
        });
        receiver
    }

    /// Takes up a session for a new connection and replays what came after `sequence`.
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

    /// Sends an event of a guild, or of direct messages, to every session that hears this intent (0: all do) in it.
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

    /// Ends every connection, with a close code or without a word; the sessions stay resumable.
    pub(super) fn drop_all(&mut self, code: Option<u16>) {
        for session in &mut self.list {
            session.send(code.map_or(Frame::Cut, |code| Frame::Close(code, "dropped by the test")));
            session.outbox = None;
        }
    }

    /// Sends a payload that is no event to every connection.
    pub(super) fn send_all(&mut self, payload: &Value) {
        self.send_raw(&Message::text(payload.to_string()));
    }

    /// Sends anything to every connection.
    pub(super) fn send_raw(&mut self, message: &Message) {
        for session in &mut self.list {
            session.send(Frame::Raw(message.clone()));
        }
    }

    /// Forgets every session: a resume will be refused.
    pub(super) fn discard_all(&mut self) {
        self.list.clear();
    }
}
