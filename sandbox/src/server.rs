//! The handle of a running sandbox: start, stop, addresses, and the injection of faults.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::ws;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, DATE, HeaderValue};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::call_log::CallLog;
use crate::faults::Fault;
use crate::guard::{self, Reach};
use crate::message::{Message, UPLOAD_BYTES_MAX};
use crate::options::Options;
use crate::snowflake::Snowflake;
use crate::world::{SharedWorld, World};
use crate::{gateway, rest};

/// Maximum size in bytes of one request: its files and its JSON.
const BODY_BYTES_MAX: usize = UPLOAD_BYTES_MAX + rest::JSON_BYTES_MAX;

/// A running sandbox. Dropping it stops the server.
#[derive(Debug)]
pub struct Sandbox {
    pub(super) shared: Arc<SharedWorld>,
    address: SocketAddr,
    pub(super) wait_timeout: Duration,
    server: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a sandbox. It accepts connections once this returns.
    ///
    /// # Errors
    ///
    /// Returns an error if the address is in use, the log file cannot be opened, or the system has no random numbers.
    pub async fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(options.address).await?;
        let address = listener.local_addr()?;
        let log = CallLog::open(options.log.as_deref())?;
        let (wait_timeout, clock_ahead) = (options.wait_timeout, options.clock_ahead);
        let world = World::new(options, random_token()?, log, address);
        let shared = Arc::new(SharedWorld::new(world));
        let router = Router::new()
            .route("/gateway", any(gateway::connect))
            .route("/attachments/{id}/{filename}", get(serve_attachment))
            .fallback(rest::respond)
            .layer(map_response(move |response| set_date_header(response, clock_ahead)))
            .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
            .layer(from_fn_with_state(Reach::of(address.ip()), guard::check_bot))
            .with_state(Arc::clone(&shared));
        let stop = shared.stop.clone();
        let server = tokio::spawn(async move {
            let serving = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
            if let Err(error) = serving.await {
                tracing::error!(%error, "the sandbox's server failed");
            }
        });
        Ok(Self { shared, address, wait_timeout, server: Some(server) })
    }

    /// Closes all connections, after the calls in progress have been answered.
    pub async fn stop(mut self) {
        self.shared.stop.cancel();
        if let Some(server) = self.server.take() {
            // The token above ends the task; it does not panic.
            _ = server.await;
        }
    }

    /// The base URL of REST, which replaces `https://discord.com`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The bot's token, without the prefix `Bot`. Each sandbox has its own random one, so that no other program and no
    /// web page knows it.
    pub fn token(&self) -> String {
        self.read(|world| world.token.clone())
    }

    /// The id of the bot's user, which is also the application's id.
    pub fn bot(&self) -> Snowflake {
        self.read(|world| world.directory.bot)
    }

    /// A mention of the bot, in the syntax of messages.
    pub fn mention(&self) -> String {
        format!("<@{}>", self.bot())
    }

    /// The id of the first guild.
    pub fn guild(&self) -> Snowflake {
        self.read(|world| world.directory.guilds.first().map_or(Snowflake(0), |guild| guild.id))
    }

    /// Injects a fault. Of several faults that match a call, the oldest applies.
    pub fn fault(&self, fault: Fault) {
        self.shared.update(|world| world.faults.add(fault));
    }

    /// Removes all remaining faults.
    pub fn clear_faults(&self) {
        self.shared.update(|world| world.faults.clear());
    }

    /// Ends every gateway connection, with a close code or, for `None`, without a close frame. The sessions stay
    /// resumable.
    pub fn drop_gateway(&self, code: Option<u16>) {
        self.shared.update(|world| world.sessions.drop_all(code));
    }

    /// Rejects the next gateway connections with HTTP status 503.
    pub fn refuse_connections(&self, times: usize) {
        self.shared.update(|world| world.sessions.refuse_connections(times));
    }

    /// Stops (or resumes) all traffic on the gateway. Connections stay open and are accepted, but send and receive
    /// nothing, as on a dead line.
    pub fn silence_gateway(&self, silent: bool) {
        self.shared.update(|world| world.sessions.silent = silent);
    }

    /// Sends a text on every connection; it need not be a valid payload.
    pub fn send_on_gateway(&self, text: &str) {
        self.shared.update(|world| world.sessions.send_raw(&ws::Message::text(text.to_owned())));
    }

    /// Sends a binary frame on every connection, which is invalid for uncompressed JSON.
    pub fn send_bytes_on_gateway(&self, bytes: &[u8]) {
        self.shared.update(|world| world.sessions.send_raw(&ws::Message::binary(bytes.to_vec())));
    }

    /// Rejects the next resumes with "invalid session" (op 9).
    pub fn refuse_resumes(&self, times: usize) {
        self.shared.update(|world| world.sessions.refuse_resumes(times));
    }

    /// Asks every connection to reconnect and resume (op 7).
    pub fn request_reconnect(&self) {
        self.shared.update(|world| world.sessions.send_all(&json!({ "op": 7, "d": null })));
    }

    /// Tells every connection that its session is invalid (op 9). Discards the sessions if they are not resumable.
    pub fn invalidate_session(&self, resumable: bool) {
        self.shared.update(|world| {
            world.sessions.send_all(&json!({ "op": 9, "d": resumable }));
            if !resumable {
                world.sessions.discard_all();
            }
        });
    }

    /// Removes permissions from the bot in a channel.
    pub fn deny(&self, channel: Snowflake, permissions: u64) {
        self.shared.update(|world| {
            if let Some(channel) = world.directory.channels.iter_mut().find(|found| found.id == channel) {
                channel.denied_to_bot |= permissions;
            }
        });
    }

    /// Changes a message as no client could, for example to one with components of a new kind. Sends no event.
    pub fn alter(&self, message: Snowflake, change: impl FnOnce(&mut Message)) {
        self.shared.update(|world| {
            if let Some(mut altered) = world.message(message).cloned() {
                change(&mut altered);
                world.store_message(altered);
            }
        });
    }

    /// Lets an interaction expire: from now on, REST rejects its first answer and its token.
    pub fn expire(&self, interaction: Snowflake) {
        self.shared.update(|world| {
            let now = Instant::now();
            if let Some(interaction) = world.interaction_mut(interaction) {
                interaction.answer_by = now;
                interaction.token_until = now;
            }
        });
    }
}

/// A token in the form of Discord's.
fn random_token() -> io::Result<String> {
    let mut random = [0; 16];
    getrandom::fill(&mut random)?;
    Ok(format!("MTAwMDAw.c2FuZGJveA.{:032x}", u128::from_be_bytes(random)))
}

/// Serves a file of a message or command, as Discord's CDN does: the path contains the file's id, and no authorization
/// is needed.
async fn serve_attachment(
    State(world): State<Arc<SharedWorld>>,
    Path((id, filename)): Path<(String, String)>,
) -> Response {
    let id = Snowflake::parse(&id);
    let found = world.read(|world| world.attachment(id?).filter(|file| file.filename == filename).cloned());
    match found {
        Some(file) => ([(CONTENT_TYPE, file.content_type())], file.content).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Sets the header Date to a future time if `ahead` is not zero.
async fn set_date_header(mut response: Response, ahead: Duration) -> Response {
    if !ahead.is_zero()
        && let Ok(date) = HeaderValue::try_from(httpdate::fmt_http_date(SystemTime::now() + ahead))
    {
        response.headers_mut().insert(DATE, date);
    }
    response
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}
