//! The gateway: websocket connections, each of which identifies or resumes a session
//! (<https://discord.com/developers/docs/events/gateway>).

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::sessions::{Frame, intents};
use crate::world::{SharedWorld, World};

/// Time for the peer to finish the closing handshake.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
/// All defined intents.
const KNOWN_INTENTS: u64 = 0x331_FFFF;

/// Discord's close code and the reason
/// (<https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes>).
type CloseReason = (u16, &'static str);
const UNKNOWN_OPCODE: CloseReason = (4001, "Unknown opcode.");
const DECODE_ERROR: CloseReason = (4002, "Error while decoding payload.");
const NOT_AUTHENTICATED: CloseReason = (4003, "Not authenticated.");
const AUTHENTICATION_FAILED: CloseReason = (4004, "Authentication failed.");
const ALREADY_AUTHENTICATED: CloseReason = (4005, "Already authenticated.");
const INVALID_SHARD: CloseReason = (4010, "Invalid shard.");
const INVALID_VERSION: CloseReason = (4012, "Invalid API version.");
const INVALID_INTENTS: CloseReason = (4013, "Invalid intent(s).");
const DISALLOWED_INTENTS: CloseReason = (4014, "Disallowed intent(s).");
const TOO_SLOW: CloseReason = (4000, "The connection does not keep up.");
const GOING_AWAY: CloseReason = (1001, "The sandbox is stopping.");

/// Accepts a connection.
pub(super) async fn connect(State(shared): State<Arc<SharedWorld>>, uri: Uri, upgrade: WebSocketUpgrade) -> Response {
    if shared.update(|world| world.sessions.refuses_connection()) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let query = uri.query().unwrap_or_default().to_owned();
    if query.split('&').any(|pair| pair.starts_with("compress=") || pair == "encoding=etf") {
        return (StatusCode::NOT_IMPLEMENTED, "the sandbox supports only uncompressed JSON").into_response();
    }
    upgrade.on_upgrade(move |socket| async move {
        let mut connection = Connection { shared, socket, session: None, outbox: None };
        if let Some(closing) = connection.serve(&query).await {
            connection.close(closing).await;
        }
    })
}

struct Connection {
    shared: Arc<SharedWorld>,
    socket: WebSocket,
    session: Option<String>,
    outbox: Option<mpsc::Receiver<Frame>>,
}

impl Connection {
    /// Runs the connection until the peer disconnects (`None`) or there is a reason to close it.
    async fn serve(&mut self, query: &str) -> Option<CloseReason> {
        if query.split('&').any(|pair| pair.starts_with("v=") && pair != "v=10") {
            return Some(INVALID_VERSION);
        }
        wait_until_silent(&self.shared, false).await;
        let interval = self.shared.read(|world| world.options.heartbeat).as_millis() as u64;
        self.send(json!({ "op": 10, "d": { "heartbeat_interval": interval } })).await?;
        let stop = self.shared.stop.clone();
        loop {
            tokio::select! {
                () = wait_until_silent(&self.shared, false) => {}
                () = stop.cancelled() => return Some(GOING_AWAY),
            }
            tokio::select! {
                // In this order, so that no event from the silence is sent before the check for silence.
                biased;
                () = stop.cancelled() => return Some(GOING_AWAY),
                () = wait_until_silent(&self.shared, true) => {}
                frame = next_frame(&mut self.outbox) => match frame {
                    Some(Frame::Payload(payload)) => self.send(payload).await?,
                    Some(Frame::Raw(message)) => self.socket.send(message).await.ok()?,
                    Some(Frame::Close(code, reason)) => return Some((code, reason)),
                    Some(Frame::Cut) => return None,
                    None => return Some(TOO_SLOW),
                },
                message = self.socket.recv() => match message?.ok()? {
                    Message::Text(text) => match self.handle_payload(text.as_str()) {
                        Ok(Some(reply)) => self.send(reply).await?,
                        Ok(None) => {}
                        Err(closing) => return Some(closing),
                    },
                    Message::Binary(_) => return Some(DECODE_ERROR),
                    Message::Close(_) => return None,
                    Message::Ping(_) | Message::Pong(_) => {}
                },
            }
        }
    }

    /// Handles a payload of the bot and returns the direct response, if there is one.
    fn handle_payload(&mut self, text: &str) -> Result<Option<Value>, CloseReason> {
        let payload: Value = serde_json::from_str(text).map_err(|_| DECODE_ERROR)?;
        let data = &payload["d"];
        match payload["op"].as_u64() {
            Some(1) => {
                let session = self.session.as_deref();
                self.shared.update(|world| world.sessions.count_heartbeat(session, data.as_u64()));
                Ok(Some(json!({ "op": 11 })))
            }
            Some(2 | 6) if self.session.is_some() => Err(ALREADY_AUTHENTICATED),
            Some(2) => {
                let Some((session, outbox)) = self.shared.update(|world| world.identify(data))? else {
                    return Ok(Some(json!({ "op": 9, "d": false })));
                };
                (self.session, self.outbox) = (Some(session), Some(outbox));
                Ok(None)
            }
            Some(6) => {
                let id = data["session_id"].as_str().ok_or(DECODE_ERROR)?;
                let sequence = data["seq"].as_u64().ok_or(DECODE_ERROR)?;
                let outbox = self.shared.update(|world| {
                    world.check_token(data)?;
                    Ok::<_, CloseReason>(world.sessions.resume(id, sequence))
                })?;
                let Some(outbox) = outbox else { return Ok(Some(json!({ "op": 9, "d": false }))) };
                (self.session, self.outbox) = (Some(id.to_owned()), Some(outbox));
                Ok(None)
            }
            Some(3) if self.session.is_none() => Err(NOT_AUTHENTICATED),
            // A presence update has no effect here.
            Some(3) => Ok(None),
            _ => Err(UNKNOWN_OPCODE),
        }
    }

    async fn send(&mut self, payload: Value) -> Option<()> {
        self.socket.send(Message::text(payload.to_string())).await.ok()
    }

    /// Sends the close frame and waits for the peer to close. Closing with unread input in the buffer could reset the
    /// connection before the peer has read the frame.
    async fn close(mut self, (code, reason): CloseReason) {
        tracing::debug!(code, reason, "closing a gateway connection");
        let frame = CloseFrame { code, reason: reason.into() };
        if self.socket.send(Message::Close(Some(frame))).await.is_ok() {
            let drain = async { while let Some(Ok(_)) = self.socket.recv().await {} };
            _ = tokio::time::timeout(CLOSE_TIMEOUT, drain).await;
        }
    }
}

/// Waits until the gateway is silent, or until it no longer is.
async fn wait_until_silent(shared: &SharedWorld, silent: bool) {
    shared.wait_until(|world| (world.sessions.silent == silent).then_some(())).await;
}

/// The next frame to send; waits forever until the connection belongs to a session.
async fn next_frame(outbox: &mut Option<mpsc::Receiver<Frame>>) -> Option<Frame> {
    match outbox {
        Some(outbox) => outbox.recv().await,
        None => std::future::pending().await,
    }
}

impl World {
    fn check_token(&self, data: &Value) -> Result<(), CloseReason> {
        let token = data["token"].as_str().unwrap_or_default();
        let token = token.strip_prefix("Bot ").unwrap_or(token);
        if token == self.token { Ok(()) } else { Err(AUTHENTICATION_FAILED) }
    }

    /// Opens a session and queues READY and the shard's guilds. Returns `None` if another shard of the group identified
    /// too recently.
    fn identify(&mut self, data: &Value) -> Result<Option<(String, mpsc::Receiver<Frame>)>, CloseReason> {
        self.check_token(data)?;
        let intents = data["intents"].as_u64().ok_or(DECODE_ERROR)?;
        if intents & !KNOWN_INTENTS != 0 {
            return Err(INVALID_INTENTS);
        }
        if intents & intents::PRIVILEGED & !self.options.approved_intents != 0 {
            return Err(DISALLOWED_INTENTS);
        }
        let shard = match &data["shard"] {
            Value::Null => (0, 1),
            shard => (shard[0].as_u64().ok_or(INVALID_SHARD)?, shard[1].as_u64().ok_or(INVALID_SHARD)?),
        };
        if shard.0 >= shard.1 {
            return Err(INVALID_SHARD);
        }
        let group = shard.0 % self.options.identify_groups;
        if !self.sessions.may_identify(group, self.options.identify_interval) {
            return Ok(None);
        }

        let id = format!("session-{}", self.clock.next_id());
        let outbox = self.sessions.open(id.clone(), intents, shard);
        let guilds: Vec<_> = self.directory.guilds.iter().filter(|guild| guild.id.shard(shard.1) == shard.0).collect();
        let unavailable: Vec<_> = guilds.iter().map(|guild| json!({ "id": guild.id, "unavailable": true })).collect();
        let mut user = self.directory.user_json(self.directory.bot);
        user["mfa_enabled"] = json!(false);
        user["verified"] = json!(true);
        user["email"] = Value::Null;
        let ready = json!({
            "v": 10, "user": user, "guilds": unavailable, "session_id": id, "shard": [shard.0, shard.1],
            "resume_gateway_url": self.gateway_url, "application": { "id": self.directory.bot, "flags": 0 },
        });
        self.sessions.dispatch_to(&id, "READY", ready);
        if intents & intents::GUILDS != 0 {
            for guild in guilds {
                self.sessions.dispatch_to(&id, "GUILD_CREATE", self.directory.guild_json(guild));
            }
        }
        Ok(Some((id, outbox)))
    }
}
