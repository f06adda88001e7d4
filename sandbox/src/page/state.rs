//! Types that the handlers of the page share: the bot's information, the viewer of a request, and errors.

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

/// Information that only the bot has. The page calls these methods often, so they must return quickly, from memory.
pub trait BotInfo: Send + Sync + 'static {
    /// A few questions to suggest to a newcomer.
    fn starters(&self) -> Vec<String>;
    /// The question in a message or command; `None` if it contains none.
    fn extract_question(&self, question: &InspectedQuestion) -> Option<String>;
    /// The bot's explanation of its answer, in the format that the page's inspector renders.
    fn explain(&self, question: &str) -> Value;
    /// The state of the bot's knowledge.
    fn knowledge(&self) -> KnowledgeStatus;
}

/// The state of the bot's knowledge.
#[derive(Clone, Debug, Default, Serialize)]
pub struct KnowledgeStatus {
    /// The titles of the loaded documents.
    pub titles: Vec<String>,
    /// The paths of the loaded files.
    pub files: Vec<String>,
    /// Number of the loaded version, counted from 1.
    pub revision: u64,
    /// All errors in a newer version, which is therefore not used; one per line.
    pub problems: Vec<String>,
}

/// A message or command that is addressed to the bot.
#[derive(Clone, Debug, PartialEq)]
pub struct InspectedQuestion {
    /// The id of the message or interaction.
    pub id: Snowflake,
    /// The name of the user.
    pub user: String,
    /// The command's name; `None` for a message.
    pub command: Option<String>,
    /// The text of the message, of the command's first option, or of the message on which a context-menu command was
    /// used.
    pub text: String,
}

/// The state that all requests share.
#[derive(Clone)]
pub(super) struct PageState {
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) bot_info: Arc<dyn BotInfo>,
    pub(super) streams: Arc<Semaphore>,
    pub(super) stop: CancellationToken,
}

/// The viewer of a request: a user and a channel.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Viewer {
    #[serde(rename = "as", default = "member")]
    pub(super) user: String,
    /// The channel's id or name. If the viewer cannot see it, the page shows the first visible one.
    #[serde(default)]
    pub(super) channel: String,
    /// Whether the inspector is open.
    #[serde(default)]
    pub(super) inspector: bool,
}

fn member() -> String {
    MEMBER.to_owned()
}

/// An error response of the page.
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
