//! The HTTP interface of the page: handlers for views, explanations, acts and downloads.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::state::{PageRefusal, PageState, Viewer};
use super::{inspector, view};
use crate::acts::json::{Act, ActOutcome, ActResults};
use crate::interaction::FirstAnswer;
use crate::snowflake::Snowflake;

/// `GET /api/view`: the current view of a user.
pub(super) async fn get_view(
    State(state): State<PageState>,
    viewer: Result<Query<Viewer>, QueryRejection>,
) -> Result<Json<Value>, PageRefusal> {
    Ok(Json(view::view_json(&state, &viewer?.0)?))
}

/// The query of an explanation, in addition to the viewer.
#[derive(Debug, Deserialize)]
pub(super) struct ExplainQuery {
    /// The id of the message or interaction.
    question: String,
}

/// `GET /api/explain`: the bot's explanation of its answer to a question.
pub(super) async fn explain(
    State(state): State<PageState>,
    viewer: Result<Query<Viewer>, QueryRejection>,
    query: Result<Query<ExplainQuery>, QueryRejection>,
) -> Result<Json<Value>, PageRefusal> {
    let (Query(viewer), Query(ExplainQuery { question: id })) = (viewer?, query?);
    let questions = inspector::questions(&state, &viewer)?;
    let found = questions.into_iter().find(|(question, _)| question.id.to_string() == id);
    let (_, question) =
        found.ok_or_else(|| PageRefusal::new(StatusCode::NOT_FOUND, "there is no question with this id"))?;
    Ok(Json(state.bot_info.explain(&question)))
}

/// `POST /api/act`: performs an act. Waits for the bot's first answer if the act starts an interaction.
pub(super) async fn act(
    State(state): State<PageState>,
    act: Result<Json<Act>, JsonRejection>,
) -> Result<Json<Value>, PageRefusal> {
    let Json(act) = act?;
    let outcome = act.perform(&state.sandbox, &ActResults::default()).await?;
    Ok(Json(match outcome {
        ActOutcome::Posted(message) => json!({ "message": message }),
        ActOutcome::Changed => json!({}),
        ActOutcome::Interaction(interaction) => {
            let answered = state.sandbox.wait_for_first_answer(interaction).await?;
            let mut result = json!({ "interaction": interaction });
            match answered.first_answer {
                FirstAnswer::Choices(choices) => result["choices"] = choices.into(),
                FirstAnswer::Modal(modal) => result["modal"] = modal,
                _ => {}
            }
            result
        }
    }))
}

/// The query of a download, in addition to the viewer.
#[derive(Debug, Deserialize)]
pub(super) struct FileQuery {
    /// The id of the message with the file.
    message: String,
    /// The file's id.
    file: String,
}

/// `GET /api/file`: the content of a file. The page sets the file's name.
pub(super) async fn download_file(
    State(state): State<PageState>,
    viewer: Result<Query<Viewer>, QueryRejection>,
    query: Result<Query<FileQuery>, QueryRejection>,
) -> Result<Response, PageRefusal> {
    let (Query(viewer), Query(query)) = (viewer?, query?);
    let content = find(&state, &viewer, &query);
    let content =
        content.ok_or_else(|| PageRefusal::new(StatusCode::NOT_FOUND, "there is no visible message with this file"))?;
    Ok(([(CONTENT_TYPE, "application/octet-stream"), (CONTENT_DISPOSITION, "attachment")], content).into_response())
}

fn find(state: &PageState, viewer: &Viewer, query: &FileQuery) -> Option<Bytes> {
    let (message, file) = (Snowflake::parse(&query.message)?, Snowflake::parse(&query.file)?);
    state.sandbox.read(|world| {
        let (_, message) = world.locate_message(&viewer.user, message).ok()?;
        Some(message.attachments.iter().find(|attachment| attachment.id == file)?.content.clone())
    })
}
