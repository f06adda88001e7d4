//! The chat page: what one person sees of the stand-in, in a browser, and what they do there.
//! What only the bot's side knows comes in through [`BotInfo`].

mod assets;
mod file;
mod guard;
mod inspector;
mod live;
mod markdown;
mod messages;
mod view;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::acts::json::{Act, ActOutcome, ActResults};
use crate::directory::MEMBER;
use crate::error::ActError;
use crate::interaction::FirstAnswer;
use crate::server::Sandbox;
pub use guard::Reach;
pub use inspector::InspectedQuestion;

/// Largest act that is read, in bytes: a command with a file. Discord takes files of 10 MiB; in JSON a text grows by its escapes.
const ACT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How many pages may follow what happens at once; a person has a handful of tabs.
const FOLLOWERS_MAX: usize = 64;

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

/// A page that is served. It stops when it is dropped.
#[derive(Debug)]
pub struct Page {
    sandbox: Arc<Sandbox>,
    address: SocketAddr,
    stop: CancellationToken,
    server: Option<JoinHandle<()>>,
}

/// What all requests share.
#[derive(Clone)]
struct PageState {
    sandbox: Arc<Sandbox>,
    bot_info: Arc<dyn BotInfo>,
    followers: Arc<Semaphore>,
    stop: CancellationToken,
}

impl Page {
    /// Serves a page on a socket; `reach` says from where it may be asked.
    ///
    /// # Errors
    ///
    /// When the socket has no address.
    pub fn start(
        listener: TcpListener,
        reach: Reach,
        sandbox: Arc<Sandbox>,
        bot_info: Arc<dyn BotInfo>,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let stop = sandbox.shared.stop.child_token();
        let state = PageState {
            sandbox: Arc::clone(&sandbox),
            bot_info,
            followers: Arc::new(Semaphore::new(FOLLOWERS_MAX)),
            stop: stop.clone(),
        };
        let router = Router::new()
            .route("/api/view", get(look))
            .route("/api/events", get(live::follow))
            .route("/api/explain", get(explain))
            .route("/api/file", get(file::download))
            .route("/api/act", post(act))
            .fallback(assets::serve)
            .layer(DefaultBodyLimit::max(ACT_BYTES_MAX))
            .layer(middleware::from_fn_with_state(reach, guard::check))
            .with_state(state);
        let stopped = stop.clone().cancelled_owned();
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
                tracing::error!(%error, "the page ended");
            }
        });
        Ok(Self { sandbox, address, stop, server: Some(server) })
    }

    /// Where the page is.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Tells everybody who looks that what [`BotInfo`] knows has changed.
    pub fn refresh(&self) {
        self.sandbox.shared.update(|_| ());
    }

    /// Stops: acts under way are answered, and nobody is told any more of what happens.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(server) = self.server.take() {
            // The task ends by the signal above and does not panic.
            _ = server.await;
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Who looks, and at what.
#[derive(Clone, Debug, Deserialize)]
struct Viewer {
    #[serde(rename = "as", default = "member")]
    user: String,
    /// The channel's id or name; the first one that the viewer sees if they do not see this.
    #[serde(default)]
    channel: String,
    /// Whether the drawer is open.
    #[serde(default)]
    inspector: bool,
}

fn member() -> String {
    MEMBER.to_owned()
}

/// Why the page gets no answer.
#[derive(Debug)]
struct PageRefusal(StatusCode, String);

impl PageRefusal {
    fn new(status: StatusCode, problem: impl ToString) -> Self {
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

/// `GET /api/view`: what somebody sees now.
async fn look(
    State(state): State<PageState>,
    viewer: Result<Query<Viewer>, QueryRejection>,
) -> Result<Json<Value>, PageRefusal> {
    Ok(Json(view::view(&state, &viewer?.0)?))
}

/// What an explanation is asked of, besides the viewer.
#[derive(Debug, Deserialize)]
struct ExplainQuery {
    /// The id of the message or interaction.
    asked: String,
}

/// `GET /api/explain`: what the bot made of a question.
async fn explain(
    State(state): State<PageState>,
    viewer: Result<Query<Viewer>, QueryRejection>,
    wanted: Result<Query<ExplainQuery>, QueryRejection>,
) -> Result<Json<Value>, PageRefusal> {
    let (Query(viewer), Query(ExplainQuery { asked })) = (viewer?, wanted?);
    let questions = inspector::questions(&state, &viewer)?;
    let found = questions.into_iter().find(|(question, _)| question.id.to_string() == asked);
    let (_, question) = found.ok_or_else(|| PageRefusal::new(StatusCode::NOT_FOUND, "no question has this id"))?;
    Ok(Json(state.bot_info.explain(&question)))
}

/// `POST /api/act`: somebody does something. Where the bot has to answer, its first answer is waited for.
async fn act(
    State(state): State<PageState>,
    act: Result<Json<Act>, JsonRejection>,
) -> Result<Json<Value>, PageRefusal> {
    let Json(act) = act?;
    let done = act.perform(&state.sandbox, &ActResults::default()).await?;
    Ok(Json(match done {
        ActOutcome::Posted(message) => json!({ "message": message }),
        ActOutcome::Changed => json!({}),
        ActOutcome::Interaction(interaction) => {
            let shown = state.sandbox.wait_for_first_answer(interaction).await?;
            let mut told = json!({ "interaction": interaction });
            match shown.first_answer {
                FirstAnswer::Choices(choices) => told["choices"] = choices.into(),
                FirstAnswer::Modal(modal) => told["modal"] = modal,
                _ => {}
            }
            told
        }
    }))
}
