//! The files of messages, for whoever sees the message: always to be saved, never shown as a page of this origin.

use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{PageRefusal, PageState, Viewer};
use crate::snowflake::Snowflake;

/// Which file.
#[derive(Debug, Deserialize)]
pub(super) struct FileQuery {
    /// The id of the message that has it.
    message: String,
    /// Its own id.
    file: String,
}

/// `GET /api/file`: what is in a file. Its name is the page's affair.
pub(super) async fn download(
    State(state): State<PageState>,
    viewer: Result<Query<Viewer>, QueryRejection>,
    wanted: Result<Query<FileQuery>, QueryRejection>,
) -> Result<Response, PageRefusal> {
    let (Query(viewer), Query(wanted)) = (viewer?, wanted?);
    let content = find(&state, &viewer, &wanted);
    let content = content.ok_or_else(|| PageRefusal::new(StatusCode::NOT_FOUND, "no message there has this file"))?;
    Ok(([(CONTENT_TYPE, "application/octet-stream"), (CONTENT_DISPOSITION, "attachment")], content).into_response())
}

fn find(state: &PageState, viewer: &Viewer, wanted: &FileQuery) -> Option<Bytes> {
    let (message, file) = (Snowflake::parse(&wanted.message)?, Snowflake::parse(&wanted.file)?);
    state.sandbox.read(|world| {
        let (_, message) = world.locate_message(&viewer.user, message).ok()?;
        Some(message.attachments.iter().find(|attachment| attachment.id == file)?.content.clone())
    })
}
