//! Files: what people give to commands and the bot puts to its messages. They are kept in memory;
//! `cdn` serves them.

use axum::body::Bytes;
use serde_json::{Value, json};

use crate::snowflake::Snowflake;

/// The bytes of all files of one call of a bot's
/// (<https://discord.com/developers/docs/reference#uploading-files>).
pub(super) const UPLOAD_BYTES: usize = 10 * 1024 * 1024;

/// How many files are remembered; a test makes a few.
pub(super) const REMEMBERED: usize = 100;

/// A file of a message, or given to a command.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// The file's id.
    pub id: Snowflake,
    /// Its name.
    pub filename: String,
    /// What is in it.
    pub content: Bytes,
}

/// A file as a bot's call has it.
#[derive(Clone, Debug)]
pub(super) struct Upload {
    /// The number by which the message's JSON refers to it.
    pub(super) number: u64,
    pub(super) filename: String,
    pub(super) content: Bytes,
}

impl Attachment {
    /// The attachment as Discord shows it; `base` is the address of the stand-in.
    pub(super) fn json(&self, base: &str) -> Value {
        let url = format!("{base}/attachments/{}/{}", self.id, self.filename);
        json!({
            "id": self.id, "filename": self.filename, "size": self.content.len(), "content_type": self.content_type(),
            "url": url, "proxy_url": url,
        })
    }

    /// Its media type, by its name.
    pub(super) fn content_type(&self) -> &'static str {
        if self.filename.ends_with(".json") { "application/json; charset=utf-8" } else { "application/octet-stream" }
    }
}
