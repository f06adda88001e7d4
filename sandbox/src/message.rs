//! Messages and attachments: their content, visibility, pings and JSON.

use std::collections::BTreeSet;

use axum::body::Bytes;
use serde_json::{Value, json};

use crate::snowflake::Snowflake;

/// Message flag: embeds are hidden.
pub const SUPPRESS_EMBEDS: u64 = 1 << 2;
/// Message flag: only the user of the interaction sees the message.
pub const EPHEMERAL: u64 = 1 << 6;
/// Message flag: a deferred answer, shown as "thinking ...".
pub const LOADING: u64 = 1 << 7;

/// Maximum size in bytes of all files in one call (<https://discord.com/developers/docs/reference#uploading-files>).
pub(super) const UPLOAD_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Number of files kept in memory; a test creates a few.
pub(super) const FILES_MAX: usize = 100;

/// The type of a message (<https://discord.com/developers/docs/resources/message#message-object-message-types>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// A normal message.
    Default = 0,
    /// A reply, or the answer to a button.
    Reply = 19,
    /// The answer to a slash command.
    ChatInputCommand = 20,
    /// The answer to a context-menu command.
    ContextMenuCommand = 23,
}

/// A message.
#[derive(Clone, Debug)]
pub struct Message {
    /// The message's id.
    pub id: Snowflake,
    /// The message's channel.
    pub channel: Snowflake,
    /// The channel's guild; `None` in a direct message.
    pub guild: Option<Snowflake>,
    /// The author's id.
    pub author: Snowflake,
    /// The type of the message.
    pub kind: MessageKind,
    /// The text.
    pub content: String,
    /// The embeds as Discord returns them.
    pub embeds: Vec<Value>,
    /// The action rows as Discord returns them.
    pub components: Vec<Value>,
    /// The files.
    pub attachments: Vec<Attachment>,
    /// Message flags.
    pub flags: u64,
    /// The message that this one replies to, in the same channel. It may have been deleted since.
    pub reference: Option<Snowflake>,
    /// The mentioned users, without those that `allowed_mentions` excludes.
    pub mentions: Vec<Snowflake>,
    /// The mentioned roles.
    pub mention_roles: Vec<Snowflake>,
    /// Whether `@everyone` or `@here` took effect.
    pub mention_everyone: bool,
    /// All users whom the message notified, also through roles or `@everyone`.
    pub pings: BTreeSet<Snowflake>,
    /// The only user who sees the message; `None` if it is not ephemeral.
    pub only_for: Option<Snowflake>,
    /// Time of the last edit of text, embeds or components, in Unix milliseconds.
    pub edited_unix_ms: Option<u64>,
    /// The nonce that the sender gave.
    pub nonce: Option<Value>,
    /// `interaction_metadata` of Discord's message object, for the answer to an interaction.
    pub interaction_metadata: Option<Value>,
}

impl Message {
    /// Whether this is a deferred answer without its content.
    pub fn is_loading(&self) -> bool {
        self.flags & LOADING != 0
    }

    /// Whether the message has no visible content.
    pub(super) fn is_empty(&self) -> bool {
        self.content.is_empty() && self.embeds.is_empty() && self.components.is_empty() && self.attachments.is_empty()
    }

    /// All buttons and select menus, in order.
    pub fn controls(&self) -> impl Iterator<Item = &Value> {
        self.components.iter().filter_map(|row| row["components"].as_array()).flatten()
    }

    /// The labels of the buttons, in order.
    pub fn button_labels(&self) -> Vec<&str> {
        self.controls().filter_map(|control| control["label"].as_str()).collect()
    }

    /// All readable text: the content, and the titles, descriptions, fields and footers of the embeds.
    pub fn text(&self) -> String {
        let mut parts = vec![self.content.as_str()];
        for embed in &self.embeds {
            parts.extend([&embed["title"], &embed["description"]].into_iter().filter_map(Value::as_str));
            for field in embed["fields"].as_array().into_iter().flatten() {
                parts.extend([&field["name"], &field["value"]].into_iter().filter_map(Value::as_str));
            }
            parts.extend(embed["footer"]["text"].as_str());
        }
        parts.retain(|part| !part.is_empty());
        parts.join("\n")
    }
}

/// A file of a message or of a command option.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// The file's id.
    pub id: Snowflake,
    /// The file's name.
    pub filename: String,
    /// The file's content.
    pub content: Bytes,
}

/// A file in a request of the bot.
#[derive(Clone, Debug)]
pub(super) struct Upload {
    /// The number by which the message's JSON refers to the file.
    pub(super) number: u64,
    pub(super) filename: String,
    pub(super) content: Bytes,
}

impl Attachment {
    /// The attachment as Discord returns it; `base` is the sandbox's address.
    pub(super) fn json(&self, base: &str) -> Value {
        let url = format!("{base}/attachments/{}/{}", self.id, self.filename);
        json!({
            "id": self.id, "filename": self.filename, "size": self.content.len(), "content_type": self.content_type(),
            "url": url, "proxy_url": url,
        })
    }

    /// The media type, derived from the name.
    pub(super) fn content_type(&self) -> &'static str {
        if self.filename.ends_with(".json") { "application/json; charset=utf-8" } else { "application/octet-stream" }
    }
}

/// Removes from a message's JSON, and from the message that it replies to, the content that an application without the
/// intent MESSAGE_CONTENT must not read. Keeps direct messages, the bot's own messages and messages that mention it
/// (<https://discord.com/developers/docs/events/gateway#message-content-intent>).
pub(super) fn hide_content(message: &mut Value, bot: Snowflake, in_guild: bool) {
    let bot_id = json!(bot);
    let concerns_bot = message["author"]["id"] == bot_id
        || message["mentions"].as_array().is_some_and(|mentions| mentions.iter().any(|user| user["id"] == bot_id));
    if in_guild && !concerns_bot {
        message["content"] = json!("");
        for key in ["embeds", "attachments", "components"] {
            message[key] = json!([]);
        }
    }
    if let Some(referenced) = message.get_mut("referenced_message").filter(|referenced| referenced.is_object()) {
        hide_content(referenced, bot, in_guild);
    }
}
