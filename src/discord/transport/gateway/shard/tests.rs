//! A gateway made of a TCP listener and raw WebSocket frames. Time is paused: sleeping takes no time, and every pause
//! of the shard is exact.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use serenity::all::GatewayIntents;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::super::HELLO_TIMEOUT;
use super::*;
use crate::config::{Shards, Token};
use crate::telemetry::Telemetry;

/// The time until the test gateway's daily allowance is renewed; longer than every other time here.
const RENEWAL: Duration = Duration::from_secs(20 * 60 * 60);

/// A gateway client for a listener of this process, with this number of session starts left.
async fn gateway(session_starts: u64) -> (Gateway, TcpListener) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let named = json!({
        "url": format!("ws://{}", listener.local_addr().unwrap()), "shards": 1,
        "session_start_limit": {
            "total": 9, "remaining": session_starts, "reset_after": RENEWAL.as_millis(), "max_concurrency": 1,
        },
    });
    let (named, token) = (serde_json::from_value(named).unwrap(), Token::parse("x", "a test").unwrap());
    let telemetry = Telemetry::new(false);
    (Gateway::new(&named, token, GatewayIntents::empty(), telemetry, HELLO_TIMEOUT).unwrap(), listener)
}

/// Ignores all events.
struct NoSink;

impl EventSink for NoSink {
    fn event(&self, _: Shard, _: Event) {}
}

/// Discord's side of one connection.
struct Peer(WebSocketStream<TcpStream>);

impl Peer {
    async fn accept(listener: &TcpListener) -> Self {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            if let Ok(accepted) = tokio_tungstenite::accept_async(stream).await {
                return Self(accepted);
            }
        }
    }

    async fn accept_with_hello(listener: &TcpListener) -> Self {
        let mut peer = Self::accept(listener).await;
        peer.send(&json!({ "op": 10, "d": { "heartbeat_interval": 41_250 } })).await;
        peer
    }

    async fn send(&mut self, payload: &Value) {
        self.0.send(Message::text(payload.to_string())).await.unwrap();
    }

    async fn ready(&mut self) {
        let ready = json!({ "user": { "id": "1" }, "session_id": "the session" });
        self.send(&json!({ "op": 0, "s": 1, "t": "READY", "d": ready })).await;
    }

    /// The next payload; `None` if the shard has closed the connection.
    async fn receive(&mut self) -> Option<Value> {
        match self.0.next().await {
            Some(Ok(Message::Text(text))) => Some(serde_json::from_str(&text).unwrap()),
            _ => None,
        }
    }

    /// Waits for an Identify; returns when it came.
    async fn identified_at(&mut self) -> Instant {
        let (_, identify) = self.receive_after_heartbeats().await;
        assert_eq!(identify.unwrap()["op"], 2);
        Instant::now()
    }

    /// Acknowledges heartbeats until another payload comes; returns their number and that payload.
    async fn receive_after_heartbeats(&mut self) -> (usize, Option<Value>) {
        let mut heartbeats = 0;
        loop {
            match self.receive().await {
                Some(payload) if payload["op"] == 1 => {
                    heartbeats += 1;
                    self.send(&json!({ "op": 11 })).await;
                }
                other => return (heartbeats, other),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn refused_connections_use_up_no_session_start() {
    let (gateway, listener) = gateway(1).await;
    let began = Instant::now();
    let discord = async {
        for _ in 0..2_000 {
            drop(listener.accept().await.unwrap());
        }
        let mut peer = Peer::accept_with_hello(&listener).await;
        let (_, identify) = peer.receive_after_heartbeats().await;
        gateway.stop();
        identify.unwrap()
    };
    let (result, identify) = tokio::join!(gateway.run(Shards::all(1), &NoSink), discord);
    result.unwrap();
    assert_eq!(identify["op"], 2);
    assert!(began.elapsed() < RENEWAL, "the only session start was left for this connection");
}

#[tokio::test(start_paused = true)]
async fn two_shards_identify_five_seconds_apart() {
    let (gateway, listener) = gateway(2).await;
    let discord = async {
        let mut peers = [Peer::accept_with_hello(&listener).await, Peer::accept_with_hello(&listener).await];
        let [first, second] = &mut peers;
        let (first, second) = tokio::join!(first.identified_at(), second.identified_at());
        gateway.stop();
        first.max(second) - first.min(second)
    };
    let (result, apart) = tokio::join!(gateway.run(Shards::all(2), &NoSink), discord);
    result.unwrap();
    assert!(Duration::from_secs(5) <= apart && apart < Duration::from_secs(6), "{apart:?}");
}

#[tokio::test(start_paused = true)]
async fn a_shard_that_waits_to_identify_sends_heartbeats_and_notices_a_closed_connection() {
    let (gateway, listener) = gateway(0).await;
    let began = Instant::now();
    let discord = async {
        let mut peer = Peer::accept_with_hello(&listener).await;
        for _ in 0..3 {
            assert_eq!(peer.receive().await.unwrap()["op"], 1);
            peer.send(&json!({ "op": 11 })).await;
        }
        drop(peer);
        let mut peer = Peer::accept_with_hello(&listener).await;
        let (heartbeats, identify) = peer.receive_after_heartbeats().await;
        let waited = began.elapsed();
        gateway.stop();
        (heartbeats, identify.unwrap(), waited)
    };
    let (result, (heartbeats, identify, waited)) = tokio::join!(gateway.run(Shards::all(1), &NoSink), discord);
    result.unwrap();
    assert_eq!(identify["op"], 2);
    assert!(heartbeats > 1_000, "{heartbeats} heartbeats");
    assert!(RENEWAL <= waited && waited < RENEWAL + Duration::from_secs(1), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_shard_that_waits_to_identify_stops_at_once() {
    let (gateway, listener) = gateway(0).await;
    let discord = async {
        let mut peer = Peer::accept_with_hello(&listener).await;
        assert_eq!(peer.receive().await.unwrap()["op"], 1);
        let stopped_at = Instant::now();
        gateway.stop();
        assert_eq!(peer.receive().await, None);
        stopped_at
    };
    let (result, stopped_at) = tokio::join!(gateway.run(Shards::all(1), &NoSink), discord);
    result.unwrap();
    assert!(stopped_at.elapsed() <= Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_sends_no_hello_is_left_and_the_session_resumed() {
    let (gateway, listener) = gateway(1).await;
    let discord = async {
        let mut peer = Peer::accept_with_hello(&listener).await;
        assert_eq!(peer.receive().await.unwrap()["op"], 2);
        peer.ready().await;
        drop(peer);
        let mut silent = Peer::accept(&listener).await;
        let accepted_at = Instant::now();
        assert_eq!(silent.receive().await, None);
        let left_after = accepted_at.elapsed();
        let mut peer = Peer::accept_with_hello(&listener).await;
        let (_, resume) = peer.receive_after_heartbeats().await;
        gateway.stop();
        (left_after, resume.unwrap())
    };
    let (result, (left_after, resume)) = tokio::join!(gateway.run(Shards::all(1), &NoSink), discord);
    result.unwrap();
    assert!(left_after <= HELLO_TIMEOUT + Duration::from_secs(1), "{left_after:?}");
    assert_eq!(
        (&resume["op"], &resume["d"]["session_id"], &resume["d"]["seq"]),
        (&json!(6), &json!("the session"), &json!(1))
    );
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_answers_no_identify_is_left() {
    let (gateway, listener) = gateway(2).await;
    let discord = async {
        let mut peer = Peer::accept_with_hello(&listener).await;
        assert_eq!(peer.receive().await.unwrap()["op"], 2);
        let identified_at = Instant::now();
        assert_eq!(peer.receive_after_heartbeats().await.1, None);
        let left_after = identified_at.elapsed();
        gateway.stop();
        left_after
    };
    let (result, left_after) = tokio::join!(gateway.run(Shards::all(1), &NoSink), discord);
    result.unwrap();
    assert!(SESSION_TIMEOUT <= left_after && left_after <= SESSION_TIMEOUT + Duration::from_secs(1), "{left_after:?}");
}

/// Logs each event when the sink gets it and when the task that handles it starts. Stops the gateway at the third.
struct OrderLog<'a> {
    log: Arc<Mutex<Vec<String>>>,
    gateway: &'a Gateway,
}

impl EventSink for OrderLog<'_> {
    fn event(&self, _: Shard, event: Event) {
        let Event::MessagesDeleted(_, messages) = event else { return };
        let (number, log) = (messages[0], Arc::clone(&self.log));
        log.lock().unwrap().push(format!("{number} read"));
        tokio::spawn(async move { log.lock().unwrap().push(format!("{number} started")) });
        if number.get() == 3 {
            self.gateway.stop();
        }
    }
}

#[tokio::test]
async fn the_handler_of_each_event_starts_before_the_next_event_is_read() {
    let (gateway, listener) = gateway(1).await;
    let log = Arc::default();
    let sink = OrderLog { log: Arc::clone(&log), gateway: &gateway };
    let discord = async {
        let mut peer = Peer::accept_with_hello(&listener).await;
        assert_eq!(peer.receive().await.unwrap()["op"], 2);
        peer.ready().await;
        for number in 1..=3 {
            let deleted = json!({ "id": number.to_string(), "channel_id": "9" });
            let event = json!({ "op": 0, "s": 1 + number, "t": "MESSAGE_DELETE", "d": deleted });
            peer.0.feed(Message::text(event.to_string())).await.unwrap();
        }
        peer.0.flush().await.unwrap();
        while peer.receive().await.is_some() {}
    };
    let (result, ()) = tokio::join!(gateway.run(Shards::all(1), &sink), discord);
    result.unwrap();
    let expected = ["1 read", "1 started", "2 read", "2 started", "3 read", "3 started"];
    assert_eq!(*log.lock().unwrap(), expected);
}
