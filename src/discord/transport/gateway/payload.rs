//! Payloads, the messages of the gateway (<https://discord.com/developers/docs/events/gateway-events>): parses the
//! fields that Footnote needs from those that arrive, and builds those that it sends.

use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use serenity::all::{
    ChannelId, GatewayIntents, GuildId, Interaction, MessageDeleteBulkEvent, MessageDeleteEvent, MessageId, UserId,
};

use super::Shard;
use crate::discord::transport::message::{IncomingMessage, MessageUpdate};
use crate::discord::transport::raw_interaction::{self, ReplyAddress};

/// An event that Footnote acts on.
#[derive(Debug)]
pub enum Event {
    /// A new session began.
    Ready(Ready),
    /// A session was resumed, and Discord has replayed the missed events.
    Resumed,
    /// A message was posted.
    MessageCreated(Box<IncomingMessage>),
    /// A message was edited, pinned, or got a link preview.
    MessageUpdated(Box<MessageUpdate>),
    /// Messages of one channel were deleted.
    MessagesDeleted(ChannelId, Vec<MessageId>),
    /// A user used a command, a button, a menu or a form.
    InteractionCreated(Box<Interaction>),
    /// A user did that, but the interaction cannot be read.
    InteractionUnreadable(ReplyAddress),
}

/// The first event of a session.
#[derive(Debug, Deserialize)]
pub struct Ready {
    /// The bot's own user.
    pub user: BotUser,
    /// The servers of the shard.
    #[serde(default)]
    pub guilds: Vec<ReadyGuild>,
    pub(super) session_id: String,
    pub(super) resume_gateway_url: Option<String>,
}

/// A server in [`Ready`].
#[derive(Debug, Deserialize)]
pub struct ReadyGuild {
    /// Its id.
    pub id: GuildId,
}

/// The bot's own user.
#[derive(Debug, Deserialize)]
pub struct BotUser {
    /// Its id.
    pub id: UserId,
}

/// A payload from Discord, by its opcode.
#[derive(Debug)]
pub enum Payload {
    /// An event with its sequence number; `None` if Footnote does not use such events or cannot parse this one.
    Event(u64, Option<Event>),
    /// Discord asks for a heartbeat now.
    HeartbeatRequest,
    /// Discord asks for a new connection.
    Reconnect,
    /// The session is over, or must be resumed on a new connection.
    InvalidSession { resumable: bool },
    /// The first payload of a connection, with the interval between heartbeats.
    Hello(Duration),
    /// Discord acknowledges a heartbeat.
    HeartbeatAcknowledged,
    /// An opcode that this version does not know.
    Unknown(u64),
}

/// The common fields of all payloads, with the data still as text.
#[derive(Deserialize)]
struct Envelope<'a> {
    op: u64,
    s: Option<u64>,
    #[serde(borrow)]
    t: Option<Cow<'a, str>>,
    #[serde(borrow)]
    d: Option<&'a RawValue>,
}

/// Text that is not a payload. The error never quotes it, since it may contain members' messages.
#[derive(Debug, thiserror::Error)]
#[error("expected a payload of Discord's gateway, found {0}")]
pub struct MalformedPayload(pub(super) &'static str);

/// Parses a payload. An event whose data cannot be parsed is still returned, without data: a resume needs its number.
///
/// # Errors
/// If the text is not JSON with an opcode, or lacks a field that its opcode requires.
pub fn read(text: &str) -> Result<Payload, MalformedPayload> {
    let envelope: Envelope<'_> =
        serde_json::from_str(text).map_err(|_| MalformedPayload("something that is not an object with an opcode"))?;
    let data = envelope.d.map_or("null", RawValue::get);
    match envelope.op {
        0 => {
            let sequence = envelope.s.ok_or(MalformedPayload("an event without a sequence number"))?;
            let name = envelope.t.ok_or(MalformedPayload("an event without a name"))?;
            let event = event(&name, data).unwrap_or_else(|error| {
                // The position is that in the event's data.
                let (cause, line, column) = (raw_interaction::cause(&error), error.line(), error.column());
                tracing::warn!(%name, cause, line, column, "could not parse an event; skipping it");
                let address = if name == "INTERACTION_CREATE" { raw_interaction::reply_address(data) } else { None };
                address.map(Event::InteractionUnreadable)
            });
            Ok(Payload::Event(sequence, event))
        }
        1 => Ok(Payload::HeartbeatRequest),
        7 => Ok(Payload::Reconnect),
        9 => Ok(Payload::InvalidSession { resumable: data == "true" }),
        10 => {
            #[derive(Deserialize)]
            struct Hello {
                heartbeat_interval: u64,
            }
            let hello: Hello =
                serde_json::from_str(data).map_err(|_| MalformedPayload("a Hello without an interval"))?;
            Ok(Payload::Hello(Duration::from_millis(hello.heartbeat_interval)))
        }
        11 => Ok(Payload::HeartbeatAcknowledged),
        other => Ok(Payload::Unknown(other)),
    }
}

/// Parses the data of an event; `None` if Footnote does not use events of this name.
fn event(name: &str, data: &str) -> Result<Option<Event>, serde_json::Error> {
    Ok(Some(match name {
        "READY" => Event::Ready(serde_json::from_str(data)?),
        "RESUMED" => Event::Resumed,
        "MESSAGE_CREATE" => Event::MessageCreated(serde_json::from_str(data)?),
        "MESSAGE_UPDATE" => Event::MessageUpdated(serde_json::from_str(data)?),
        "MESSAGE_DELETE" => {
            let deleted: MessageDeleteEvent = serde_json::from_str(data)?;
            Event::MessagesDeleted(deleted.channel_id, vec![deleted.message_id])
        }
        "MESSAGE_DELETE_BULK" => {
            let deleted: MessageDeleteBulkEvent = serde_json::from_str(data)?;
            Event::MessagesDeleted(deleted.channel_id, deleted.ids)
        }
        "INTERACTION_CREATE" => Event::InteractionCreated(Box::new(raw_interaction::read(data)?)),
        _ => return Ok(None),
    }))
}

/// A heartbeat with the sequence number of the last event, if there was one.
pub(super) fn heartbeat(sequence: Option<u64>) -> Value {
    json!({ "op": 1, "d": sequence })
}

/// An Identify, which begins a session.
pub(super) fn identify(token: &str, intents: GatewayIntents, shard: Shard) -> Value {
    let properties = json!({ "os": std::env::consts::OS, "browser": "footnote", "device": "footnote" });
    json!({ "op": 2, "d": {
        "token": token, "intents": intents.bits(), "shard": [shard.number, shard.total], "properties": properties,
    } })
}

/// A Resume, which continues a session after the event with this sequence number.
pub(super) fn resume(token: &str, session: &str, sequence: u64) -> Value {
    json!({ "op": 6, "d": { "token": token, "session_id": session, "seq": sequence } })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn payloads_are_parsed_by_their_opcode() {
        for (text, expected) in [
            (r#"{"op":1,"d":null}"#, "HeartbeatRequest"),
            (r#"{"op":7,"d":null,"s":null,"t":null}"#, "Reconnect"),
            (r#"{"op":9,"d":true}"#, "InvalidSession { resumable: true }"),
            (r#"{"op":9,"d":false}"#, "InvalidSession { resumable: false }"),
            (r#"{"op":9}"#, "InvalidSession { resumable: false }"),
            (r#"{"op":10,"d":{"heartbeat_interval":41250,"_trace":[]}}"#, "Hello(41.25s)"),
            (r#"{"op":11}"#, "HeartbeatAcknowledged"),
            (r#"{"op":77,"d":{}}"#, "Unknown(77)"),
            (r#"{"op":0,"s":4,"t":"RESUMED","d":{}}"#, "Event(4, Some(Resumed))"),
            (r#"{"op":0,"s":5,"t":"TYPING_START","d":{}}"#, "Event(5, None)"),
            (r#"{"op":0,"s":6,"t":"MESSAGE_CREATE","d":{"id":"x"}}"#, "Event(6, None)"),
            (
                r#"{"op":0,"s":7,"t":"MESSAGE_DELETE","d":{"id":"8","channel_id":"9"}}"#,
                "Event(7, Some(MessagesDeleted(",
            ),
        ] {
            let payload = format!("{:?}", read(text).unwrap());
            assert!(payload.starts_with(expected), "{text}: {payload}");
        }
    }

    #[test]
    fn malformed_text_is_refused_and_never_quoted() {
        for text in ["", "secret", "[]", "{}", r#"{"op":"secret"}"#, r#"{"op":-1}"#, r#"{"op":10,"d":"secret"}"#] {
            let error = read(text).unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        assert!(read(r#"{"op":0,"t":"READY","d":{}}"#).is_err());
        assert!(read(r#"{"op":0,"s":1,"d":{}}"#).is_err());
    }

    proptest! {
        #[test]
        fn no_text_causes_a_panic(text in ".*") {
            let _ = read(&text);
        }
    }
}
