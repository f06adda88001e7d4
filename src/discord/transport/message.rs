//! Messages from Discord, with only the fields that Footnote needs. Other fields (embeds, components, future additions)
//! are ignored, so that an unknown format in one of them cannot make a question unreadable.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serenity::all::{ChannelId, GuildId, MessageId, MessageType, Timestamp, UserId, WebhookId};

/// A message in a channel that the bot can read.
#[derive(Debug, Deserialize)]
pub struct IncomingMessage {
    /// The id of the message.
    pub id: MessageId,
    /// The channel of the message.
    pub channel_id: ChannelId,
    /// The server; `None` in direct messages, and in every message that REST returns.
    pub guild_id: Option<GuildId>,
    /// The user or bot that wrote the message.
    pub author: Author,
    /// The webhook that posted the message, if any.
    pub webhook_id: Option<WebhookId>,
    /// The type, which distinguishes a user's message from a notice of Discord, such as "joined the server".
    #[serde(rename = "type")]
    pub kind: MessageType,
    /// The text in Discord's markup; empty if the bot may not see it.
    pub content: String,
    /// The mentioned users.
    #[serde(default)]
    pub mentions: Vec<Author>,
    /// A reference to the message that this one replies to.
    pub message_reference: Option<ReplyReference>,
    /// The message that this one replies to, if Discord included it.
    pub referenced_message: Option<ReferencedMessage>,
}

/// The author of a message, or a mentioned user.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Author {
    /// The user's id.
    pub id: UserId,
    /// Whether the user is a bot.
    #[serde(default)]
    pub bot: bool,
}

/// A reference to the message that a reply replies to.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct ReplyReference {
    /// The id of that message.
    pub message_id: Option<MessageId>,
}

/// The message that a reply replies to.
#[derive(Clone, Debug, Deserialize)]
pub struct ReferencedMessage {
    /// The user or bot that wrote the message.
    pub author: Author,
    /// The `custom_id`s of its components.
    #[serde(rename = "components", default, deserialize_with = "custom_ids")]
    pub custom_ids: Vec<String>,
}

/// Reads the `custom_id`s of components of any kind. Ignores everything else in them.
fn custom_ids<'de, D: Deserializer<'de>>(components: D) -> Result<Vec<String>, D::Error> {
    fn collect(value: Value, ids: &mut Vec<String>) {
        match value {
            Value::Array(items) => items.into_iter().for_each(|item| collect(item, ids)),
            Value::Object(fields) => fields.into_iter().for_each(|(key, value)| match value {
                Value::String(id) if key == "custom_id" => ids.push(id),
                value => collect(value, ids),
            }),
            _ => {}
        }
    }
    let mut ids = Vec::new();
    collect(Value::deserialize(components)?, &mut ids);
    Ok(ids)
}

/// An update of a message. Discord may omit the fields that did not change.
#[derive(Debug, Deserialize)]
pub struct MessageUpdate {
    /// The id of the message.
    pub id: MessageId,
    /// The channel of the message.
    pub channel_id: ChannelId,
    /// The text after the update.
    pub content: Option<String>,
    /// The author of the message.
    pub author: Option<Author>,
    /// The time of the last edit of the text.
    pub edited_timestamp: Option<Timestamp>,
}

/// A message that the bot posted.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct PostedMessage {
    /// The id of the message.
    pub id: MessageId,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[test]
    fn unknown_fields_and_values_do_not_make_a_message_unreadable() {
        let text = json!({
            "id": "1", "channel_id": "2", "guild_id": "3", "type": 200, "content": "why?", "nonce": 1.5, "tts": "never",
            "author": { "id": "4", "username": null, "avatar": 7, "discriminator": {} },
            "mentions": [{ "id": "5", "bot": true, "member": [] }], "embeds": "none",
            "components": [{ "type": 99, "components": [{ "type": 98 }] }], "poll": {}, "sticker_items": false,
            "message_reference": { "type": 5, "message_id": "6" },
            "referenced_message": {
                "id": "6", "author": { "id": "5" }, "embeds": {}, "components": [
                    { "type": 1, "components": [{ "type": 2, "custom_id": "one" }, { "type": 2, "custom_id": 7 }] },
                    { "type": 98, "accessory": { "custom_id": "two" } },
                    "three",
                ],
            },
        });
        let message: IncomingMessage = serde_json::from_str(&text.to_string()).unwrap();
        assert_eq!((message.id.get(), message.channel_id.get(), message.guild_id.map(GuildId::get)), (1, 2, Some(3)));
        assert_eq!((message.author.id.get(), message.author.bot, message.content.as_str()), (4, false, "why?"));
        assert_eq!(message.kind, MessageType::Unknown(200));
        assert_eq!(message.mentions.iter().map(|user| (user.id.get(), user.bot)).collect::<Vec<_>>(), [(5, true)]);
        assert_eq!(message.message_reference.and_then(|reference| reference.message_id), Some(MessageId::new(6)));
        let replied_to = message.referenced_message.unwrap();
        assert_eq!((replied_to.author.id.get(), replied_to.custom_ids), (5, vec!["one".to_owned(), "two".to_owned()]));
        for components in [json!(null), json!("none"), json!(7), json!({})] {
            let replied_to = json!({ "author": { "id": "5" }, "components": components });
            assert!(serde_json::from_value::<ReferencedMessage>(replied_to).unwrap().custom_ids.is_empty());
        }
    }

    #[test]
    fn a_message_needs_only_its_required_fields() {
        let whole = json!({ "id": "1", "channel_id": "2", "type": 0, "content": "", "author": { "id": "4" } });
        let message: IncomingMessage = serde_json::from_value(whole.clone()).unwrap();
        assert!(message.guild_id.is_none() && message.mentions.is_empty() && message.referenced_message.is_none());
        for key in ["id", "channel_id", "type", "content", "author"] {
            let mut part = whole.clone();
            part.as_object_mut().unwrap().remove(key);
            assert!(serde_json::from_value::<IncomingMessage>(part).is_err(), "without {key}");
        }
        for (key, value) in [("id", json!("0")), ("id", json!("x")), ("type", json!(256)), ("content", json!(["why?"]))]
        {
            let mut other = whole.clone();
            other[key] = value;
            assert!(serde_json::from_value::<IncomingMessage>(other.clone()).is_err(), "{other}");
        }
    }

    #[test]
    fn an_update_may_omit_all_fields_but_the_ids() {
        let pinned: MessageUpdate =
            serde_json::from_value(json!({ "id": "1", "channel_id": "2", "pinned": true })).unwrap();
        assert!(pinned.content.is_none() && pinned.author.is_none() && pinned.edited_timestamp.is_none());
        let edited = json!({
            "id": "1", "channel_id": "2", "content": "why?", "author": { "id": "4", "bot": true },
            "edited_timestamp": "2026-11-29T01:00:00.5+00:00",
        });
        let edited: MessageUpdate = serde_json::from_value(edited).unwrap();
        assert_eq!(edited.content.as_deref(), Some("why?"));
        assert!(edited.author.is_some_and(|author| author.bot));
        assert_eq!(edited.edited_timestamp.map(|at| at.unix_timestamp()), Some(1_795_914_000));
    }
}
