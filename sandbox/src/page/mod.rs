//! The chat page: in a browser, one user's view of the sandbox, and acts as that user. [`BotInfo`] supplies the
//! information that only the bot has.

mod api;
mod guard;
mod inspector;
mod live;
mod markdown;
mod messages;
mod state;
mod view;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use crate::guard::Reach;
use crate::server::Sandbox;
pub use state::{BotInfo, InspectedQuestion, KnowledgeStatus};
use state::{PageRefusal, PageState};

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Path, content type and content of the built-in files.
const FILES: [(&str, &str, &str); 12] = [
    ("/", "text/html; charset=utf-8", include_str!("assets/page.html")),
    ("/page.css", "text/css; charset=utf-8", include_str!("assets/page.css")),
    ("/icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
    ("/page.js", SCRIPT, include_str!("assets/page.js")),
    ("/dom.js", SCRIPT, include_str!("assets/dom.js")),
    ("/messages.js", SCRIPT, include_str!("assets/messages.js")),
    ("/composer.js", SCRIPT, include_str!("assets/composer.js")),
    ("/suggestions.js", SCRIPT, include_str!("assets/suggestions.js")),
    ("/option.js", SCRIPT, include_str!("assets/option.js")),
    ("/popups.js", SCRIPT, include_str!("assets/popups.js")),
    ("/server.js", SCRIPT, include_str!("assets/server.js")),
    ("/inspector.js", SCRIPT, include_str!("assets/inspector.js")),
];

/// Maximum size of an act in bytes: a command with a file. Discord accepts files of 10 MiB, and JSON escapes make a
/// text longer.
const ACT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Maximum number of open event streams; a person has a handful of tabs.
const STREAMS_MAX: usize = 64;

/// A running page. Dropping it stops the server.
#[derive(Debug)]
pub struct Page {
    sandbox: Arc<Sandbox>,
    address: SocketAddr,
    stop: CancellationToken,
    server: Option<JoinHandle<()>>,
}

impl Page {
    /// Serves the page on a socket; `reach` restricts the hosts under which it answers.
    ///
    /// # Errors
    ///
    /// Returns an error if the socket has no address.
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
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
            stop: stop.clone(),
        };
        let router = Router::new()
            .route("/api/view", get(api::get_view))
            .route("/api/events", get(live::stream_events))
            .route("/api/explain", get(api::explain))
            .route("/api/file", get(api::download_file))
            .route("/api/act", post(api::act))
            .fallback(serve_asset)
            .layer(DefaultBodyLimit::max(ACT_BYTES_MAX))
            .layer(middleware::from_fn_with_state(reach, guard::check))
            .with_state(state);
        let stopped = stop.clone().cancelled_owned();
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
                tracing::error!(%error, "the page's server failed");
            }
        });
        Ok(Self { sandbox, address, stop, server: Some(server) })
    }

    /// The address of the page.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Updates all open pages after the information in [`BotInfo`] changed.
    pub fn refresh(&self) {
        self.sandbox.shared.update(|_| ());
    }

    /// Stops the server: answers acts in progress and ends all event streams.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(server) = self.server.take() {
            // The token above ends the task; it does not panic.
            _ = server.await;
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Responds with the built-in file at this path.
async fn serve_asset(method: Method, uri: Uri) -> Response {
    let found = FILES.iter().find(|(path, ..)| *path == uri.path());
    match found {
        Some((_, kind, content)) if method == Method::GET || method == Method::HEAD => {
            ([(CONTENT_TYPE, *kind)], *content).into_response()
        }
        Some(_) => PageRefusal::new(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are allowed").into_response(),
        None => {
            PageRefusal::new(StatusCode::NOT_FOUND, "there is nothing at this path; the page is at /").into_response()
        }
    }
}
