//! The types that all handlers of the page share: the bot's side, the viewer of a request, and the reasons to refuse one.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::directory::MEMBER;
use crate::error::ActError;
use crate::server::Sandbox;
use crate::snowflake::Snowflake;

/// What only the bot's side knows. It is asked often: it answers at once, from memory.
pub trait BotInfo: Send + Sync + 'static {
    /// A few questions that a newcomer could ask.
    fn starters(&self) -> Vec<String>;
    /// The question in what was put to the bot; none if it asks nothing.
    fn question(&self, asked: &InspectedQuestion) -> Option<String>;
    /// What the bot made of a question, in the form that the page's drawer draws.
    fn explain(&self, question: &str) -> Value;
    /// What the bot knows, and what is wrong with it.
    fn knowledge(&self) -> KnowledgeStatus;
}

/// What the bot knows, and what is wrong with it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct KnowledgeStatus {
    /// The titles of what is loaded.
    pub titles: Vec<String>,
    /// Where it was read from.
    pub files: Vec<String>,
    /// Counts the versions that were loaded, from 1.
    pub revision: u64,
    /// Everything that is wrong with a newer version, which is why it is not used; a line each.
    pub problems: Vec<String>,
}

/// Something that somebody put to the bot.
#[derive(Clone, Debug, PartialEq)]
pub struct InspectedQuestion {
    /// The message or interaction.
    pub id: Snowflake,
    /// Who.
    pub user: String,
    /// The command used; none for a message.
    pub command: Option<String>,
    /// The message's text, the text of the command's first option, or of the message that a menu's command was picked on.
    pub text: String,
}

/// What all requests share.
#[derive(Clone)]
pub(super) struct PageState {
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) bot_info: Arc<dyn BotInfo>,
    pub(super) followers: Arc<Semaphore>,
    pub(super) stop: CancellationToken,
}

/// Who looks, and at what.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Viewer {
    #[serde(rename = "as", default = "member")]
    pub(super) user: String,
    /// The channel's id or name; the first one that the viewer sees if they do not see this.
    #[serde(default)]
    pub(super) channel: String,
    /// Whether the drawer is open.
    #[serde(default)]
    pub(super) inspector: bool,
}

fn member() -> String {
    MEMBER.to_owned()
}

/// Why the page gets no answer.
#[derive(Debug)]
pub(super) struct PageRefusal(StatusCode, String);

impl PageRefusal {
    pub(super) fn new(status: StatusCode, problem: impl ToString) -> Self {
        Self(status, problem.to_string())
    }
}

impl IntoResponse for PageRefusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

impl From<ActError> for PageRefusal {
    fn from(error: ActError) -> Self {
        let status = match error {
            ActError::UnknownUser(..) | ActError::UnknownMessage(..) | ActError::UnknownInteraction(_) => {
                StatusCode::NOT_FOUND
            }
            ActError::Forbidden { .. } => StatusCode::FORBIDDEN,
            ActError::DidNotRespond(_) | ActError::Timeout { .. } => StatusCode::GATEWAY_TIMEOUT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, error)
    }
}

impl From<QueryRejection> for PageRefusal {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<JsonRejection> for PageRefusal {
    fn from(rejection: JsonRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}
