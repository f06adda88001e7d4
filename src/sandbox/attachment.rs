//! Files: what people give to commands and the bot puts to its messages. They are kept in memory and served here, as
//! Discord's CDN serves them; their addresses name their id and need no authorization.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::snowflake::Snowflake;
use super::world::Shared;

/// The bytes of all files of one call of a bot's
/// (<https://discord.com/developers/docs/reference#uploading-files>).
pub(super) const UPLOAD_BYTES: usize = 10 * 1024 * 1024;

/// How many files are remembered; a test makes a few.
pub(super) const REMEMBERED: usize = 100;

/// Where files are served.
pub(super) const ROUTE: &str = "/attachments/{id}/{filename}";

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

    fn content_type(&self) -> &'static str {
        if self.filename.ends_with(".json") { "application/json; charset=utf-8" } else { "application/octet-stream" }
    }
}

/// Serves a file.
pub(super) async fn serve(State(shared): State<Arc<Shared>>, Path((id, filename)): Path<(String, String)>) -> Response {
    let id = Snowflake::parse(&id);
    let found = shared.look(|world| world.attachment(id?).filter(|file| file.filename == filename).cloned());
    match found {
        Some(file) => ([(CONTENT_TYPE, file.content_type())], file.content).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
