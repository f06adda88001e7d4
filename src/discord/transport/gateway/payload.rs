//! What is said over the gateway (<https://discord.com/developers/docs/events/gateway-events>): what comes is read as far as
//! Footnote needs it, and what goes is written.

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

/// An event that Footnote acts on.
#[derive(Debug)]
pub enum Event {
    /// A session began.
    Ready(Ready),
    /// A session goes on; what was missed has been told.
    Resumed,
    /// A message was posted.
    MessageCreated(Box<IncomingMessage>),
    /// A message was changed.
    MessageUpdated(Box<MessageUpdate>),
    /// Messages were deleted.
    MessagesDeleted(ChannelId, Vec<MessageId>),
    /// Somebody used a command, a button, a menu or a form.
    InteractionCreated(Box<Interaction>),
}

/// What a session begins with.
#[derive(Debug, Deserialize)]
pub struct Ready {
    /// The bot's own user.
    pub user: BotUser,
    /// The servers that the shard is in.
    #[serde(default)]
    pub guilds: Vec<ReadyGuild>,
    pub(super) session_id: String,
    pub(super) resume_gateway_url: Option<String>,
}

/// A server, of which no more than its id is kept.
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

/// A payload that came, by its opcode.
#[derive(Debug)]
pub enum Payload {
    /// An event and its number; none if Footnote has no use for it, or cannot read it.
    Event(u64, Option<Event>),
    /// Discord wants a heartbeat now.
    HeartbeatWanted,
    /// Discord wants the connection to be made anew.
    Reconnect,
    /// The session is over, or must be resumed.
    Invalid { resumable: bool },
    /// The greeting, with the time between heartbeats.
    Hello(Duration),
    /// A heartbeat arrived.
    Acknowledged,
    /// Something that came into being after this was written.
    Unknown(u64),
}

/// A payload as it stands around its data.
#[derive(Deserialize)]
struct Envelope<'a> {
    op: u64,
    s: Option<u64>,
    #[serde(borrow)]
    t: Option<Cow<'a, str>>,
    #[serde(borrow)]
    d: Option<&'a RawValue>,
}

/// Something that is no payload. What it says shows nothing of the payload, which may hold people's words.
#[derive(Debug, thiserror::Error)]
#[error("expected a payload of Discord's gateway, found {0}")]
pub struct MalformedPayload(pub(super) &'static str);

/// Reads a payload. An event that cannot be read still counts: its number must be known to resume after it.
pub fn read(text: &str) -> Result<Payload, MalformedPayload> {
    let envelope: Envelope<'_> =
        serde_json::from_str(text).map_err(|_| MalformedPayload("no object with an opcode"))?;
    let data = envelope.d.map_or("null", RawValue::get);
    match envelope.op {
        0 => {
            let sequence = envelope.s.ok_or(MalformedPayload("an event without a number"))?;
            let name = envelope.t.ok_or(MalformedPayload("an event without a name"))?;
            let event = event(&name, data).unwrap_or_else(|error| {
                let (line, column) = (error.line(), error.column());
                tracing::warn!(%name, line, column, "an event that is not as described; it is left out");
                None
            });
            Ok(Payload::Event(sequence, event))
        }
        1 => Ok(Payload::HeartbeatWanted),
        7 => Ok(Payload::Reconnect),
        9 => Ok(Payload::Invalid { resumable: data == "true" }),
        10 => {
            #[derive(Deserialize)]
            struct Hello {
                heartbeat_interval: u64,
            }
            let hello: Hello =
                serde_json::from_str(data).map_err(|_| MalformedPayload("a greeting without an interval"))?;
            Ok(Payload::Hello(Duration::from_millis(hello.heartbeat_interval)))
        }
        11 => Ok(Payload::Acknowledged),
        other => Ok(Payload::Unknown(other)),
    }
}

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
        "INTERACTION_CREATE" => Event::InteractionCreated(serde_json::from_str(data)?),
        _ => return Ok(None),
    }))
}

/// "I am alive": the number of the last event, if there was one.
pub(super) fn heartbeat(sequence: Option<u64>) -> Value {
    json!({ "op": 1, "d": sequence })
}

/// Begins a session.
pub(super) fn identify(token: &str, intents: GatewayIntents, shard: Shard) -> Value {
    let properties = json!({ "os": std::env::consts::OS, "browser": "footnote", "device": "footnote" });
    json!({ "op": 2, "d": {
        "token": token, "intents": intents.bits(), "shard": [shard.number, shard.total], "properties": properties,
    } })
}

/// Goes on with a session after its last event.
pub(super) fn resume(token: &str, session: &str, sequence: u64) -> Value {
    json!({ "op": 6, "d": { "token": token, "session_id": session, "seq": sequence } })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn payloads_are_read_by_their_opcode() {
        for (text, expected) in [
            (r#"{"op":1,"d":null}"#, "HeartbeatWanted"),
            (r#"{"op":7,"d":null,"s":null,"t":null}"#, "Reconnect"),
            (r#"{"op":9,"d":true}"#, "Invalid { resumable: true }"),
            (r#"{"op":9,"d":false}"#, "Invalid { resumable: false }"),
            (r#"{"op":9}"#, "Invalid { resumable: false }"),
            (r#"{"op":10,"d":{"heartbeat_interval":41250,"_trace":[]}}"#, "Hello(41.25s)"),
            (r#"{"op":11}"#, "Acknowledged"),
            (r#"{"op":77,"d":{}}"#, "Unknown(77)"),
            (r#"{"op":0,"s":4,"t":"RESUMED","d":{}}"#, "Event(4, Some(Resumed))"),
            (r#"{"op":0,"s":5,"t":"TYPING_START","d":{}}"#, "Event(5, None)"),
            (r#"{"op":0,"s":6,"t":"MESSAGE_CREATE","d":{"id":"x"}}"#, "Event(6, None)"),
            (
                r#"{"op":0,"s":7,"t":"MESSAGE_DELETE","d":{"id":"8","channel_id":"9"}}"#,
                "Event(7, Some(MessagesDeleted(",
            ),
        ] {
            let heard = format!("{:?}", read(text).unwrap());
            assert!(heard.starts_with(expected), "{text}: {heard}");
        }
    }

    #[test]
    fn nonsense_is_refused_and_not_repeated() {
        for text in ["", "secret", "[]", "{}", r#"{"op":"secret"}"#, r#"{"op":-1}"#, r#"{"op":10,"d":"secret"}"#] {
            let error = read(text).unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        assert!(read(r#"{"op":0,"t":"READY","d":{}}"#).is_err());
        assert!(read(r#"{"op":0,"s":1,"d":{}}"#).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = read(&text);
        }
    }
}
