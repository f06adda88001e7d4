//! The stand-in as a test holds it: starting and stopping, and ordering what shall go wrong.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::extract::ws::Message;
use axum::http::header::{DATE, HeaderValue};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{any, get};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::call_log::CallLog;
use crate::faults::Fault;
use crate::options::Options;
use crate::snowflake::Snowflake;
use crate::world::{SharedWorld, World};
use crate::{attachment, cdn, gateway, rest};

/// The bytes of one call: its files and its JSON.
const BODY_BYTES: usize = attachment::UPLOAD_BYTES + rest::JSON_BYTES;

/// A running stand-in. It stops when it is dropped.
#[derive(Debug)]
pub struct Sandbox {
    pub(super) shared: Arc<SharedWorld>,
    address: SocketAddr,
    pub(super) wait_timeout: Duration,
    server: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a stand-in, ready for connections when this returns.
    ///
    /// # Errors
    ///
    /// When the address is taken, or the log file cannot be opened.
    pub async fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(options.address).await?;
        let address = listener.local_addr()?;
        let log = CallLog::open(options.log.as_deref())?;
        let world = World::new(&options, log, address);
        let shared = Arc::new(SharedWorld::new(world));
        let router = Router::new()
            .route("/gateway", any(gateway::connect))
            .route(cdn::ROUTE, get(cdn::serve))
            .fallback(rest::answer)
            .layer(map_response(move |response| set_date_header(response, options.clock_ahead)))
            .layer(DefaultBodyLimit::max(BODY_BYTES))
            .with_state(Arc::clone(&shared));
        let stop = shared.stop.clone();
        let server = tokio::spawn(async move {
            let serving = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
            if let Err(error) = serving.await {
                tracing::error!(%error, "the sandbox ended");
            }
        });
        Ok(Self { shared, address, wait_timeout: options.wait_timeout, server: Some(server) })
    }

    /// Stops: connections are closed, calls under way are answered.
    pub async fn stop(mut self) {
        self.shared.stop.cancel();
        if let Some(server) = self.server.take() {
            // The task ends by the signal above and does not panic.
            _ = server.await;
        }
    }

    /// The base of REST, to be used in place of `https://discord.com`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The bot's token, without `Bot`.
    pub fn token(&self) -> String {
        self.read(|world| world.settings.token.clone())
    }

    /// The id of the bot's user, which is also the application's.
    pub fn bot(&self) -> Snowflake {
        self.read(|world| world.directory.bot)
    }

    /// A mention of the bot, as it stands in a message.
    pub fn mention(&self) -> String {
        format!("<@{}>", self.bot())
    }

    /// The id of the first guild.
    pub fn guild(&self) -> Snowflake {
        self.read(|world| world.directory.guilds.first().map_or(Snowflake(0), |guild| guild.id))
    }

    /// Orders a fault. It strikes before those that are ordered later.
    pub fn fault(&self, fault: Fault) {
        self.shared.update(|world| world.faults.add(fault));
    }

    /// Takes back all faults that have not struck.
    pub fn clear_faults(&self) {
        self.shared.update(|world| world.faults.clear());
    }

    /// Ends every gateway connection, with a close code or, without one, as a broken line does. The sessions can be
    /// resumed.
    pub fn drop_gateway(&self, code: Option<u16>) {
        self.shared.update(|world| world.sessions.drop_all(code));
    }

    /// Answers the next gateway connections with HTTP status 503.
    pub fn refuse_connections(&self, times: usize) {
        self.shared.update(|world| world.sessions.refuse_connections(times));
    }

    /// Lets nothing through on the gateway, or everything again: connections stay open and are accepted, but say nothing and hear
    /// nothing, as on a line that went dead.
    pub fn silence_gateway(&self, silent: bool) {
        self.shared.update(|world| world.sessions.silent = silent);
    }

    /// Sends any text on every connection, be it no payload.
    pub fn send_on_gateway(&self, text: &str) {
        self.shared.update(|world| world.sessions.send_raw(&Message::text(text.to_owned())));
    }

    /// Sends bytes on every connection, which uncompressed JSON never is.
    pub fn send_bytes_on_gateway(&self, bytes: &[u8]) {
        self.shared.update(|world| world.sessions.send_raw(&Message::binary(bytes.to_vec())));
    }

    /// Answers the next resumes with "invalid session" (op 9).
    pub fn refuse_resumes(&self, times: usize) {
        self.shared.update(|world| world.sessions.refuse_resumes(times));
    }

    /// Asks every connection to reconnect and resume (op 7).
    pub fn request_reconnect(&self) {
        self.shared.update(|world| world.sessions.send_all(&json!({ "op": 7, "d": null })));
    }

    /// Tells every connection that its session is invalid (op 9). If it is not resumable, it is forgotten.
    pub fn invalidate_session(&self, resumable: bool) {
        self.shared.update(|world| {
            world.sessions.send_all(&json!({ "op": 9, "d": resumable }));
            if !resumable {
                world.sessions.discard_all();
            }
        });
    }

    /// Takes permissions from the bot in a channel.
    pub fn deny(&self, channel: Snowflake, permissions: u64) {
        self.shared.update(|world| {
            if let Some(channel) = world.directory.channels.iter_mut().find(|found| found.id == channel) {
                channel.denied_to_bot |= permissions;
            }
        });
    }

    /// Makes an interaction too old: its first answer is refused from now on, and so is its token.
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

/// Sets the header Date to a time ahead of this machine's; without that, the server sets it right.
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
