//! Runs one shard: connects, begins or resumes the session, hands events to the sink, and connects again after a
//! connection ends. It begins a new session only when Discord says that the old one is over.

use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::close::{CloseAction, GatewayRefusal, close_action};
use super::heartbeat::{Heartbeat, HeartbeatAction};
use super::payload::{self, Event, Payload, Ready};
use super::socket::{Disconnect, Socket};
use super::{EventSink, Gateway, Shard, address};
use crate::discord::transport::backoff::Backoff;
use crate::telemetry::ShardState;

/// The first pause before a new connection. Most interruptions need only this one.
const FIRST_PAUSE: Duration = Duration::from_millis(400);

/// The longest pause before a new connection. After an outage ends, the shard connects at most this much later. During
/// the outage, it tries at least four times a minute.
const PAUSE_MAX: Duration = Duration::from_secs(15);

/// A connection whose session lasted this long was stable. The pause after it is [`FIRST_PAUSE`] again.
const STABLE_AFTER: Duration = Duration::from_secs(30);

/// The longest wait for READY or RESUMED after Identify or Resume. Heartbeats alone cannot detect a gateway that
/// acknowledges them but never starts the session.
const SESSION_TIMEOUT: Duration = Duration::from_secs(30);

/// When this many connections have ended in invalid data without an event in between, the shard gives up the session.
/// Discord would replay the same invalid data after each resume.
const VIOLATIONS_MAX: u32 = 3;

/// The close code that ends the session.
const CLOSE_SESSION: u16 = 1000;

/// A close code that keeps the session: any but 1000 and 1001.
const KEEP_SESSION: u16 = 4900;

/// The data that a resume needs.
#[derive(Debug)]
struct Session {
    id: String,
    /// The sequence number of the last event.
    sequence: u64,
    url: reqwest::Url,
}

/// The state of a connection after Hello.
#[derive(Clone, Copy, Debug)]
enum Phase {
    /// Without a session, the shard waits for its turn to identify. It asks the
    /// [`IdentifyLimiter`](super::identify::IdentifyLimiter) at this time.
    AwaitingIdentify(Instant),
    /// The shard has sent Identify or Resume. If READY or RESUMED has not arrived by this time, the connection is lost.
    AwaitingSession(Instant),
    /// Discord began or resumed the session at this time.
    SessionStarted(Instant),
}

/// The reason why a connection ended.
#[derive(Debug)]
enum ConnectionEnd {
    /// The bot is stopping.
    Stopped,
    /// The connection is lost; the session can be resumed.
    Lost(String),
    /// Discord sent invalid data.
    Violated(String),
    /// The session is over.
    SessionOver(String),
    /// Discord refuses the bot for good.
    Refused(GatewayRefusal),
}

/// A running shard.
pub(super) struct ShardRunner<'a, S> {
    gateway: &'a Gateway,
    shard: Shard,
    sink: &'a S,
    session: Option<Session>,
    /// The number of connections that ended in invalid data since the last event.
    violations: u32,
    phase: Phase,
}

impl<'a, S: EventSink> ShardRunner<'a, S> {
    pub(super) fn new(gateway: &'a Gateway, shard: Shard, sink: &'a S) -> Self {
        Self { gateway, shard, sink, session: None, violations: 0, phase: Phase::AwaitingIdentify(Instant::now()) }
    }

    /// Runs until the bot stops, or until Discord refuses it for good.
    pub(super) async fn run(mut self) -> Result<(), GatewayRefusal> {
        let shard = self.shard.number;
        let mut backoff = Backoff::new(FIRST_PAUSE, PAUSE_MAX);
        loop {
            self.phase = Phase::AwaitingIdentify(Instant::now());
            let end = self.run_connection().await;
            self.gateway.telemetry.shards().connection_lost(shard);
            let reason = match end {
                ConnectionEnd::Stopped => return Ok(()),
                ConnectionEnd::Refused(refusal) => return Err(refusal),
                ConnectionEnd::Lost(reason) => reason,
                ConnectionEnd::Violated(reason) => {
                    self.violations += 1;
                    if self.violations >= VIOLATIONS_MAX {
                        self.session = None;
                    }
                    reason
                }
                ConnectionEnd::SessionOver(reason) => {
                    self.session = None;
                    reason
                }
            };
            if matches!(self.phase, Phase::SessionStarted(since) if since.elapsed() >= STABLE_AFTER) {
                backoff.reset();
            }
            let pause = backoff.next();
            tracing::info!(shard, reason, resume = self.session.is_some(), ?pause, "the gateway's connection ended");
            tokio::select! {
                () = self.gateway.stop.cancelled() => return Ok(()),
                () = sleep(pause) => {}
            }
        }
    }

    /// Runs one connection from opening to closing.
    async fn run_connection(&mut self) -> ConnectionEnd {
        let (mut socket, mut heartbeat) = tokio::select! {
            () = self.gateway.stop.cancelled() => return ConnectionEnd::Stopped,
            opened = self.open() => match opened {
                Ok(opened) => opened,
                Err(end) => return end,
            },
        };
        let Err(end) = self.exchange(&mut socket, &mut heartbeat).await;
        socket.close(if matches!(end, ConnectionEnd::Stopped) { CLOSE_SESSION } else { KEEP_SESSION }).await;
        end
    }

    /// Connects and waits for Hello.
    async fn open(&self) -> Result<(Socket, Heartbeat), ConnectionEnd> {
        let limit = self.gateway.hello_timeout;
        self.gateway.telemetry.shards().set_state(self.shard.number, ShardState::Connecting);
        let url = self.session.as_ref().map_or(&self.gateway.url, |session| &session.url);
        let mut socket = Socket::open(url).await.map_err(ConnectionEnd::Lost)?;
        let hello = timeout(limit, async {
            loop {
                if let Payload::Hello(interval) = socket.receive().await? {
                    return Ok::<_, ConnectionEnd>(interval);
                }
            }
        });
        let interval = hello.await.map_err(|_| ConnectionEnd::Lost(format!("no Hello within {limit:?}")))??;
        Ok((socket, Heartbeat::new(interval)))
    }

    /// Asks for a session, then receives events and sends heartbeats, until the connection ends.
    async fn exchange(&mut self, socket: &mut Socket, heartbeat: &mut Heartbeat) -> Result<Infallible, ConnectionEnd> {
        if let Some(Session { id, sequence, .. }) = &self.session {
            let resume = payload::resume(self.gateway.token.reveal(), id, *sequence);
            self.request_session(socket, &resume).await?;
        }
        loop {
            let (identify_at, session_deadline) = match self.phase {
                Phase::AwaitingIdentify(at) => (Some(at), None),
                Phase::AwaitingSession(by) => (None, Some(by)),
                Phase::SessionStarted(_) => (None, None),
            };
            let payload = tokio::select! {
                // The order matters. Deadlines come before payloads, so that a flood of payloads delays no heartbeat.
                // Identifying comes last: if Discord has closed the connection, the shard notices before it uses up one
                // of the day's session starts.
                biased;
                () = self.gateway.stop.cancelled() => return Err(ConnectionEnd::Stopped),
                () = sleep_until_some(session_deadline) => {
                    return Err(ConnectionEnd::Lost(format!("no session within {SESSION_TIMEOUT:?}")));
                }
                () = sleep_until(heartbeat.due()) => match heartbeat.act() {
                    // `handle` sends the heartbeat, as if Discord had requested one.
                    HeartbeatAction::Send => Payload::HeartbeatRequest,
                    HeartbeatAction::Disconnect => {
                        return Err(ConnectionEnd::Lost("a heartbeat was not acknowledged".to_owned()));
                    }
                },
                received = socket.receive() => received?,
                () = sleep_until_some(identify_at) => {
                    self.identify(socket).await?;
                    continue;
                }
            };
            self.handle(payload, socket, heartbeat).await?;
        }
    }

    /// Sends Identify if it is this shard's turn; otherwise sets the time to ask again.
    async fn identify(&mut self, socket: &mut Socket) -> Result<(), ConnectionEnd> {
        let Gateway { token, intents, identify_limiter, telemetry, .. } = self.gateway;
        if let Err(at) = identify_limiter.take(self.shard.number) {
            telemetry.shards().set_state(self.shard.number, ShardState::Waiting);
            self.phase = Phase::AwaitingIdentify(at);
            return Ok(());
        }
        telemetry.shards().set_state(self.shard.number, ShardState::Connecting);
        self.request_session(socket, &payload::identify(token.reveal(), *intents, self.shard)).await
    }

    /// Sends Identify or Resume.
    async fn request_session(&mut self, socket: &mut Socket, request: &Value) -> Result<(), ConnectionEnd> {
        self.phase = Phase::AwaitingSession(Instant::now() + SESSION_TIMEOUT);
        socket.send(request).await.map_err(ConnectionEnd::Lost)
    }

    async fn handle(
        &mut self,
        payload: Payload,
        socket: &mut Socket,
        heartbeat: &mut Heartbeat,
    ) -> Result<(), ConnectionEnd> {
        match payload {
            Payload::Event(sequence, event) => {
                self.handle_event(sequence, event);
                // Lets the task of this event start before the next event is read.
                tokio::task::yield_now().await;
            }
            Payload::HeartbeatRequest => {
                heartbeat.sent();
                let sequence = self.session.as_ref().map(|session| session.sequence);
                socket.send(&payload::heartbeat(sequence)).await.map_err(ConnectionEnd::Lost)?;
            }
            Payload::HeartbeatAcknowledged => {
                if let Some(took) = heartbeat.acknowledged() {
                    self.gateway.telemetry.shards().heartbeat_acknowledged(self.shard.number, took);
                }
            }
            Payload::Reconnect => {
                return Err(ConnectionEnd::Lost("Discord asks for a new connection".to_owned()));
            }
            Payload::InvalidSession { resumable: true } => {
                return Err(ConnectionEnd::Lost("Discord asks for a resume".to_owned()));
            }
            Payload::InvalidSession { resumable: false } => {
                return Err(ConnectionEnd::SessionOver("the session is invalid".to_owned()));
            }
            Payload::Hello(_) => {}
            Payload::Unknown(op) => tracing::debug!(op, "skipping a payload with an unknown opcode"),
        }
        Ok(())
    }

    /// Updates the session and hands the event to the sink. `None` is an event that Footnote does not use; only its
    /// sequence number counts.
    fn handle_event(&mut self, sequence: u64, event: Option<Event>) {
        self.violations = 0;
        match &event {
            Some(Event::Ready(Ready { session_id, resume_gateway_url, .. })) => {
                let url = address::resume(&self.gateway.url, resume_gateway_url.as_deref());
                self.session = Some(Session { id: session_id.clone(), sequence, url });
                self.record_session_start(false);
            }
            Some(Event::Resumed) => self.record_session_start(true),
            _ => {}
        }
        if let Some(session) = &mut self.session {
            session.sequence = sequence;
        }
        if let Some(event) = event {
            self.sink.event(self.shard, event);
        }
    }

    /// Records that Discord began or resumed the session.
    fn record_session_start(&mut self, resumed: bool) {
        self.phase = Phase::SessionStarted(Instant::now());
        self.gateway.telemetry.shards().session_started(self.shard.number, resumed);
    }
}

/// Sleeps until this time, or forever if it is `None`.
async fn sleep_until_some(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => pending().await,
    }
}

impl From<Disconnect> for ConnectionEnd {
    fn from(disconnect: Disconnect) -> Self {
        match disconnect {
            Disconnect::Broken(reason) => Self::Lost(reason),
            Disconnect::Violated(reason) => Self::Violated(reason),
            Disconnect::Closed(code) => {
                let reason = code.map_or("closed without a code".to_owned(), |code| format!("closed with code {code}"));
                match close_action(code) {
                    CloseAction::Resume => Self::Lost(reason),
                    CloseAction::Identify => Self::SessionOver(reason),
                    CloseAction::Stop(refusal) => Self::Refused(refusal),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
