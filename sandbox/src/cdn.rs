//! Serves files as Discord's CDN does: their addresses name their id and need no authorization.
//! What is remembered of them is in `attachment`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::snowflake::Snowflake;
use crate::world::SharedWorld;

/// Where files are served.
pub(super) const ROUTE: &str = "/attachments/{id}/{filename}";

/// Serves a file.
pub(super) async fn serve(
    State(shared): State<Arc<SharedWorld>>,
    Path((id, filename)): Path<(String, String)>,
) -> Response {
    let id = Snowflake::parse(&id);
    let found = shared.read(|world| world.attachment(id?).filter(|file| file.filename == filename).cloned());
    match found {
        Some(file) => ([(CONTENT_TYPE, file.content_type())], file.content).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
