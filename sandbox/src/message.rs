//! A message: what it holds, who sees it, whom it pinged, and its JSON.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::attachment::Attachment;
use crate::snowflake::Snowflake;

/// Message flag: the embeds are not shown.
pub const SUPPRESS_EMBEDS: u64 = 1 << 2;
/// Message flag: only the user of the interaction sees the message.
pub const EPHEMERAL: u64 = 1 << 6;
/// Message flag: a deferred answer, shown as "thinking ...".
pub const LOADING: u64 = 1 << 7;

/// How a message came about (<https://discord.com/developers/docs/resources/message#message-object-message-types>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// Posted.
    Default = 0,
    /// Posted as a reply, or the answer to a button.
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
    /// The channel it stands in.
    pub channel: Snowflake,
    /// The channel's guild; none in a direct message.
    pub guild: Option<Snowflake>,
    /// Who wrote it.
    pub author: Snowflake,
    /// How it came about.
    pub kind: MessageKind,
    /// The text.
    pub content: String,
    /// The embeds as Discord would return them.
    pub embeds: Vec<Value>,
    /// The action rows as Discord would return them.
    pub components: Vec<Value>,
    /// The files.
    pub attachments: Vec<Attachment>,
    /// Message flags.
    pub flags: u64,
    /// The message it replies to, in the same channel. That one may be deleted by now.
    pub reference: Option<Snowflake>,
    /// The users it mentions, whoever `allowed_mentions` silenced left out.
    pub mentions: Vec<Snowflake>,
    /// The roles it mentions.
    pub mention_roles: Vec<Snowflake>,
    /// Whether `@everyone` or `@here` counted.
    pub mention_everyone: bool,
    /// Everybody it notified: users, holders of roles, everyone.
    pub pings: BTreeSet<Snowflake>,
    /// The only user who sees it; none when everybody does.
    pub only_for: Option<Snowflake>,
    /// Unix milliseconds of the last edit of its text, embeds or components.
    pub edited_unix_ms: Option<u64>,
    /// The nonce it was sent with.
    pub nonce: Option<Value>,
    /// For the answer to an interaction: what Discord tells about that.
    pub interaction_metadata: Option<Value>,
}

impl Message {
    /// Whether it is a deferred answer that has not been filled in.
    pub fn is_loading(&self) -> bool {
        self.flags & LOADING != 0
    }

    /// Whether there is nothing to see.
    pub(super) fn is_empty(&self) -> bool {
        self.content.is_empty() && self.embeds.is_empty() && self.components.is_empty() && self.attachments.is_empty()
    }

    /// Every button and select menu, in order.
    pub fn controls(&self) -> impl Iterator<Item = &Value> {
        self.components.iter().filter_map(|row| row["components"].as_array()).flatten()
    }

    /// The labels of the buttons, in order.
    pub fn button_labels(&self) -> Vec<&str> {
        self.controls().filter_map(|control| control["label"].as_str()).collect()
    }

    /// Everything there is to read: the text, and the titles, descriptions, fields and footers of the embeds.
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

/// Empties what an application without the intent MESSAGE_CONTENT may not read, in a message's JSON and in the
/// message it replies to. Direct messages, the bot's own messages and those that mention it stay whole
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
