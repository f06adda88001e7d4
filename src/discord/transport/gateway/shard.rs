//! One shard: a session that outlives its connections. It is resumed after whatever happens to a connection, and begun anew
//! only when Discord says that it is over.

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};

use super::close::{After, GatewayRefusal, after};
use super::heartbeat::{Beat, Heartbeat};
use super::payload::{self, Event, Payload, Ready};
use super::socket::{Received, Socket};
use super::{EventSink, Gateway, Shard, address};
use crate::discord::transport::backoff::Backoff;
use crate::telemetry::ShardState;

/// The first pause before a new connection, which most drops need.
const FIRST_PAUSE: Duration = Duration::from_millis(400);

/// The longest: how late at most the bot is back after an outage, at four connections a minute.
const PAUSE_MAX: Duration = Duration::from_secs(15);

/// A session that was up for so long was well; pauses begin anew after it.
const WELL_AFTER: Duration = Duration::from_secs(30);

/// How long a connection's greeting may take.
const HELLO_TIME: Duration = Duration::from_secs(10);

/// How long Discord may take to begin or resume a session. A connection that only answers heartbeats is no use.
const ADMISSION_TIME: Duration = Duration::from_secs(30);

/// How many connections in a row may end in a violated protocol without an event read: Discord would send the same again at
/// the next resume, and what cannot be read now cannot be read then.
const FUTILE_MAX: u32 = 3;

/// The close code that ends a session.
const GOODBYE: u16 = 1000;

/// A close code that keeps the session: any but 1000 and 1001.
const BACK_SOON: u16 = 4900;

/// What is needed to resume.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: String,
    /// The number of the last event.
    pub(super) sequence: u64,
    url: reqwest::Url,
}

/// How a connection ended.
#[derive(Debug)]
enum Ended {
    /// The bot is stopping.
    Stopped,
    /// The line is gone; the session may go on.
    Lost(String),
    /// What came cannot be read.
    Violated(String),
    /// The session is over.
    Over(String),
    /// Not to be tried again.
    Refused(GatewayRefusal),
}

/// A shard while it runs.
pub(super) struct Runner<'a, H> {
    gateway: &'a Gateway,
    shard: Shard,
    sink: &'a H,
    session: Option<Session>,
    /// Connections in a row that brought nothing but a violated protocol.
    futile: u32,
    /// When the present or last connection got its session.
    admitted_at: Option<Instant>,
}

impl<'a, H: EventSink> Runner<'a, H> {
    pub(super) fn new(gateway: &'a Gateway, shard: Shard, sink: &'a H) -> Self {
        Self { gateway, shard, sink, session: None, futile: 0, admitted_at: None }
    }

    /// Runs until the bot stops, or Discord will not have it any more.
    pub(super) async fn run(mut self) -> Result<(), GatewayRefusal> {
        let shard = self.shard.number;
        let mut backoff = Backoff::new(FIRST_PAUSE, PAUSE_MAX);
        loop {
            self.admitted_at = None;
            let ended = self.connection().await;
            self.gateway.telemetry.shards().connection_lost(shard);
            let reason = match ended {
                Ended::Stopped => return Ok(()),
                Ended::Refused(refused) => return Err(refused),
                Ended::Lost(reason) => reason,
                Ended::Violated(reason) => {
                    self.futile += 1;
                    if self.futile >= FUTILE_MAX {
                        self.session = None;
                    }
                    reason
                }
                Ended::Over(reason) => {
                    self.session = None;
                    reason
                }
            };
            if self.admitted_at.is_some_and(|since| since.elapsed() >= WELL_AFTER) {
                backoff.reset();
            }
            let pause = backoff.next();
            tracing::info!(shard, reason, resume = self.session.is_some(), ?pause, "the gateway's connection ended");
            tokio::select! {
                () = self.gateway.stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// One connection from its opening to its end.
    async fn connection(&mut self) -> Ended {
        let (mut socket, mut heartbeat) = tokio::select! {
            () = self.gateway.stop.cancelled() => return Ended::Stopped,
            opened = self.open() => match opened {
                Ok(opened) => opened,
                Err(ended) => return ended,
            },
        };
        let ended = self.converse(&mut socket, &mut heartbeat).await;
        socket.close(if matches!(ended, Ended::Stopped) { GOODBYE } else { BACK_SOON }).await;
        ended
    }

    /// Connects, waits for the greeting, and asks for a session.
    async fn open(&self) -> Result<(Socket, Heartbeat), Ended> {
        let Gateway { token, intents, identifies, .. } = self.gateway;
        let (url, request) = match &self.session {
            Some(session) => (&session.url, payload::resume(token.reveal(), &session.id, session.sequence)),
            None => {
                identifies.turn(self.shard.number).await;
                (&self.gateway.url, payload::identify(token.reveal(), *intents, self.shard))
            }
        };
        self.gateway.telemetry.shards().set_state(self.shard.number, ShardState::Connecting);
        let mut socket = Socket::open(url).await.map_err(Ended::Lost)?;
        let greeting = timeout(HELLO_TIME, async {
            loop {
                match socket.receive().await {
                    Received::Payload(Payload::Hello(interval)) => return Ok(interval),
                    Received::Payload(_) => {}
                    other => return Err(ended(other)),
                }
            }
        });
        let interval = match greeting.await {
            Ok(greeting) => greeting?,
            Err(_) => return Err(Ended::Lost(format!("no greeting within {HELLO_TIME:?}"))),
        };
        socket.send(&request).await.map_err(Ended::Lost)?;
        Ok((socket, Heartbeat::new(interval)))
    }

    /// Talks until there is a reason to end.
    async fn converse(&mut self, socket: &mut Socket, heartbeat: &mut Heartbeat) -> Ended {
        let admitted_by = Instant::now() + ADMISSION_TIME;
        loop {
            let heard = tokio::select! {
                () = self.gateway.stop.cancelled() => return Ended::Stopped,
                () = sleep_until(admitted_by), if self.admitted_at.is_none() => {
                    return Ended::Lost(format!("no session within {ADMISSION_TIME:?}"));
                }
                () = sleep_until(heartbeat.due()) => match heartbeat.beat() {
                    Beat::Dead => return Ended::Lost("a heartbeat was not answered".to_owned()),
                    Beat::Send => Payload::HeartbeatWanted,
                },
                received = socket.receive() => match received {
                    Received::Payload(heard) => heard,
                    other => return ended(other),
                },
            };
            match heard {
                Payload::Event(sequence, event) => {
                    self.event(sequence, event);
                    // Of many that come at once the first is answered before the last is read.
                    tokio::task::yield_now().await;
                }
                Payload::HeartbeatWanted => {
                    heartbeat.sent();
                    let sequence = self.session.as_ref().map(|session| session.sequence);
                    if let Err(reason) = socket.send(&payload::heartbeat(sequence)).await {
                        return Ended::Lost(reason);
                    }
                }
                Payload::Acknowledged => {
                    if let Some(took) = heartbeat.answered() {
                        self.gateway.telemetry.shards().heartbeat_acknowledged(self.shard.number, took);
                    }
                }
                Payload::Reconnect => return Ended::Lost("Discord asks for a new connection".to_owned()),
                Payload::Invalid { resumable: true } => return Ended::Lost("Discord asks for a resume".to_owned()),
                Payload::Invalid { resumable: false } => return Ended::Over("the session is invalid".to_owned()),
                Payload::Hello(_) => {}
                Payload::Unknown(op) => tracing::debug!(op, "a payload of an unknown kind; passed over"),
            }
        }
    }

    /// Takes note of an event and passes it on.
    fn event(&mut self, sequence: u64, event: Option<Event>) {
        self.futile = 0;
        match &event {
            Some(Event::Ready(Ready { session_id, resume_gateway_url, .. })) => {
                let url = address::resume(&self.gateway.url, resume_gateway_url.as_deref());
                self.session = Some(Session { id: session_id.clone(), sequence, url });
                self.admitted(false);
            }
            Some(Event::Resumed) => self.admitted(true),
            _ => {}
        }
        if let Some(session) = &mut self.session {
            session.sequence = sequence;
        }
        if let Some(event) = event {
            self.sink.event(self.shard, event);
        }
    }

    /// The connection has its session.
    fn admitted(&mut self, resumed: bool) {
        self.admitted_at = Some(Instant::now());
        self.gateway.telemetry.shards().session_started(self.shard.number, resumed);
    }
}

/// What the end of a connection means.
fn ended(received: Received) -> Ended {
    match received {
        Received::Payload(_) => Ended::Lost("something out of turn".to_owned()),
        Received::Broken(reason) => Ended::Lost(reason),
        Received::Violated(reason) => Ended::Violated(reason),
        Received::Closed(code) => {
            let reason = code.map_or("closed without a code".to_owned(), |code| format!("closed with code {code}"));
            match after(code) {
                After::Resume => Ended::Lost(reason),
                After::Identify => Ended::Over(reason),
                After::End(refused) => Ended::Refused(refused),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::{Arc, Mutex};

    use futures_util::{SinkExt, StreamExt};
    use serde_json::{Value, json};
    use serenity::all::GatewayIntents;
    use tokio::net::TcpListener;
    use tokio_tungstenite::tungstenite::Message;

    use super::*;
    use crate::config::{Shards, Token};
    use crate::telemetry::Telemetry;

    /// Writes down when events are heard and when the tasks that they become are run. The last one ends it all.
    struct Ear {
        heard: Arc<Mutex<Vec<String>>>,
        gateway: Arc<Gateway>,
    }

    impl EventSink for Ear {
        fn event(&self, _: Shard, event: Event) {
            let Event::MessagesDeleted(_, messages) = event else { return };
            let (number, heard) = (messages[0], Arc::clone(&self.heard));
            heard.lock().unwrap().push(format!("{number} heard"));
            tokio::spawn(async move { heard.lock().unwrap().push(format!("{number} begun")) });
            if number.get() == 3 {
                self.gateway.stop();
            }
        }
    }

    #[tokio::test]
    async fn of_many_events_at_once_each_is_begun_before_the_next_is_heard() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let named = json!({
            "url": format!("ws://{}", listener.local_addr().unwrap()), "shards": 1,
            "session_start_limit": { "total": 9, "remaining": 9, "reset_after": 0, "max_concurrency": 1 },
        });
        let token = Token::parse("x", "a test").unwrap();
        let named = serde_json::from_value(named).unwrap();
        let gateway = Gateway::new(&named, token, GatewayIntents::empty(), Telemetry::new(false)).unwrap();
        let (gateway, heard) = (Arc::new(gateway), Arc::default());
        let ear = Ear { heard: Arc::clone(&heard), gateway: Arc::clone(&gateway) };
        let shards = Shards::all(1);

        let discord = async {
            let (stream, _) = listener.accept().await.unwrap();
            let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
            let say = |payload: Value| Message::text(payload.to_string());
            socket.send(say(json!({ "op": 10, "d": { "heartbeat_interval": 41_250 } }))).await.unwrap();
            socket.next().await.unwrap().unwrap();
            let ready = json!({ "user": { "id": "1" }, "session_id": "x" });
            socket.feed(say(json!({ "op": 0, "s": 1, "t": "READY", "d": ready }))).await.unwrap();
            for number in 1..=3 {
                let deleted = json!({ "id": number.to_string(), "channel_id": "9" });
                let event = json!({ "op": 0, "s": 1 + number, "t": "MESSAGE_DELETE", "d": deleted });
                socket.feed(say(event)).await.unwrap();
            }
            socket.flush().await.unwrap();
            while socket.next().await.is_some() {}
        };
        let (ran, ()) = tokio::join!(gateway.run(shards, &ear), discord);
        ran.unwrap();
        let expected = ["1 heard", "1 begun", "2 heard", "2 begun", "3 heard", "3 begun"];
        assert_eq!(*heard.lock().unwrap(), expected);
    }
}
