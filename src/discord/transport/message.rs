//! Messages that came, as far as Footnote reads them. The rest of what Discord tells of one (embeds, components, whatever
//! comes next) is passed over, so that nothing there can keep a question from being read.

use serde::Deserialize;
use serenity::all::{ChannelId, GuildId, MessageId, MessageType, Timestamp, UserId, WebhookId};

/// A message that was posted.
#[derive(Debug, Deserialize)]
pub struct IncomingMessage {
    /// Its id.
    pub id: MessageId,
    /// Where it is.
    pub channel_id: ChannelId,
    /// The server; none in direct messages, and in all that REST tells.
    pub guild_id: Option<GuildId>,
    /// Who wrote it.
    pub author: Author,
    /// The webhook that posted it, if one did.
    pub webhook_id: Option<WebhookId>,
    /// Whether somebody wrote it, or Discord did.
    #[serde(rename = "type")]
    pub kind: MessageType,
    /// The text, in Discord's markup; empty where the bot may not see it.
    pub content: String,
    /// Who is pinged.
    #[serde(default)]
    pub mentions: Vec<Author>,
    /// Where the message is that this one replies to.
    pub message_reference: Option<ReplyReference>,
    /// That message, if Discord sent it along.
    pub referenced_message: Option<ReferencedMessage>,
}

/// A user.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Author {
    /// Their id.
    pub id: UserId,
    /// Whether it is a bot.
    #[serde(default)]
    pub bot: bool,
}

/// Where a message is that is replied to.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct ReplyReference {
    /// Its id.
    pub message_id: Option<MessageId>,
}

/// A message that is replied to.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct ReferencedMessage {
    /// Who wrote it.
    pub author: Author,
}

/// A message that was changed; of what did not change, Discord may say nothing.
#[derive(Debug, Deserialize)]
pub struct MessageUpdate {
    /// Its id.
    pub id: MessageId,
    /// Where it is.
    pub channel_id: ChannelId,
    /// The text.
    pub content: Option<String>,
    /// Who wrote it.
    pub author: Option<Author>,
    /// When its text was changed.
    pub edited_timestamp: Option<Timestamp>,
}

/// A message that the bot posted.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct PostedMessage {
    /// Its id.
    pub id: MessageId,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[test]
    fn what_nobody_knows_yet_keeps_no_message_from_being_read() {
        let text = json!({
            "id": "1", "channel_id": "2", "guild_id": "3", "type": 200, "content": "why?", "nonce": 1.5, "tts": "never",
            "author": { "id": "4", "username": null, "avatar": 7, "discriminator": {} },
            "mentions": [{ "id": "5", "bot": true, "member": [] }], "embeds": "none",
            "components": [{ "type": 99, "components": [{ "type": 98 }] }], "poll": {}, "sticker_items": false,
            "message_reference": { "type": 5, "message_id": "6" },
            "referenced_message": { "id": "6", "author": { "id": "5" }, "embeds": {} },
        });
        let message: IncomingMessage = serde_json::from_str(&text.to_string()).unwrap();
        assert_eq!((message.id.get(), message.channel_id.get(), message.guild_id.map(GuildId::get)), (1, 2, Some(3)));
        assert_eq!((message.author.id.get(), message.author.bot, message.content.as_str()), (4, false, "why?"));
        assert_eq!(message.kind, MessageType::Unknown(200));
        assert_eq!(message.mentions.iter().map(|user| (user.id.get(), user.bot)).collect::<Vec<_>>(), [(5, true)]);
        assert_eq!(message.message_reference.and_then(|reference| reference.message_id), Some(MessageId::new(6)));
        assert_eq!(message.referenced_message.map(|earlier| earlier.author.id), Some(UserId::new(5)));
    }

    #[test]
    fn a_message_says_what_it_must_and_no_more() {
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
    fn a_change_says_what_changed() {
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
