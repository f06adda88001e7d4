//! A local stand-in for Discord: gateway and REST over a loopback socket, and acts by which tests are its users.
//! It knows Discord's protocol and nothing of the bot; it is stricter than Discord nowhere, and laxer only where noted.
//!
//! # In a test
//!
//! ```no_run
//! # async fn test() -> Result<(), Box<dyn std::error::Error>> {
//! use footnote::sandbox::{Fault, MEMBER, Options, Sandbox};
//! use serde_json::json;
//!
//! let sandbox = Sandbox::start(Options::default()).await?;
//! // Start the bot against sandbox.base_url() with sandbox.token(), serenity's rate limiter switched off.
//! sandbox.wait_for_identify(1).await?;
//! sandbox.wait_for_commands().await?;
//!
//! // A message and the reply to it; "dm" is the direct message channel of whoever acts.
//! let question = format!("{} why?", sandbox.mention());
//! let asked = sandbox.post(MEMBER, "general", &question).await?;
//! let reply = sandbox.wait_for_reply(asked).await?;
//! assert!(reply.text().contains("because") && reply.pings.is_empty());
//!
//! // A slash command, and what the user sees of the answer.
//! let ask = sandbox.slash(MEMBER, "general", "ask", &[("question", json!("why?"))]).await?;
//! let shown = sandbox.wait_for_answer(ask).await?.message()?;
//!
//! // A button, by label or custom id.
//! let pressed = sandbox.click(MEMBER, shown.id, "Remove").await?;
//! sandbox.wait_for_answer(pressed).await?;
//!
//! // Something goes wrong.
//! sandbox.fault(Fault::rate_limit(0.2).on("POST", "/channels/*/messages"));
//! sandbox.drop_gateway(Some(4000));
//! sandbox.wait_for_resume(1).await?;
//! # Ok(())
//! # }
//! ```
//!
//! | to | there is |
//! | --- | --- |
//! | post, change, remove | [`Sandbox::post`], [`Sandbox::reply`], [`Sandbox::edit`], [`Sandbox::delete`] |
//! | use commands | [`Sandbox::slash`], [`Sandbox::autocomplete`], [`Sandbox::message_command`] |
//! | use components | [`Sandbox::click`], [`Sandbox::select`], [`Sandbox::submit_modal`] |
//! | wait | [`Sandbox::wait_for_reply`], [`Sandbox::wait_for_answer`], [`Sandbox::wait_for_commands`], [`Sandbox::wait_for_identify`], [`Sandbox::wait_for_resume`], [`Sandbox::wait_for_call`], or for anything: [`Sandbox::wait_for`] |
//! | look | [`Sandbox::messages`], [`Sandbox::message`], [`Sandbox::commands_for`], [`Sandbox::calls`], or at anything: [`Sandbox::look`] |
//! | break things | [`Sandbox::fault`] with [`Fault`], [`Sandbox::drop_gateway`], [`Sandbox::refuse_connections`], [`Sandbox::refuse_resumes`], [`Sandbox::ask_to_reconnect`], [`Sandbox::invalidate_session`], [`Sandbox::expire`] |
//!
//! The people are [`OWNER`], [`MODERATOR`], [`MEMBER`] and [`OTHER`]; the channels of every guild `general`,
//! `offtopic` and `mods`, which only moderators, the owner and the bot see. See [`Place`] for other guilds.
//!
//! # What it does not model
//!
//! Any other route, attachments, stickers, polls, threads, reactions and components of the second kind: REST answers
//! 501. There are no rate limits but ordered ones, no compression, and no limit on how often a bot identifies; a
//! connection without heartbeats stays open. Markdown and links in texts mean nothing here.

mod acts;
mod cast;
mod error;
mod faults;
mod gateway;
mod interaction;
mod limits;
mod log;
mod mentions;
mod message;
mod rest;
mod routes;
mod sessions;
mod snowflake;
mod waits;
mod world;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::any;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use acts::Place;
pub use cast::{Cast, Channel, Guild, MEMBER, MODERATOR, OTHER, OWNER, Rank, User, permissions};
pub use error::ActError;
pub use faults::{Fault, Gate};
pub use interaction::{FirstAnswer, Interaction, InteractionKind};
pub use log::{Call, Log};
pub use message::{EPHEMERAL, LOADING, Message, MessageKind};
pub use sessions::{Session, Sessions, intents};
pub use snowflake::Snowflake;
pub use waits::Shown;
pub use world::World;

use world::Shared;

/// How a stand-in is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen. Default: any free port of the loopback address.
    pub address: SocketAddr,
    /// The bot's token. Default: a made-up one.
    pub token: String,
    /// How many guilds the bot is in. Default: 1.
    pub guilds: usize,
    /// The privileged [`intents`] that are switched on for the application. Default: none.
    pub approved_intents: u64,
    /// How long a bot has for its first answer to an interaction. Default: 3 s, as on Discord.
    pub first_answer: Duration,
    /// How long the token of an interaction is good. Default: 15 min, as on Discord.
    pub token_life: Duration,
    /// How often a bot shall send a heartbeat. Default: 41.25 s, as on Discord.
    pub heartbeat: Duration,
    /// How long the waits of a test last before they fail. Default: 30 s, plenty for a busy machine.
    pub patience: Duration,
    /// A file that every REST call is appended to, one JSON object a line. Default: none.
    pub log: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            token: "MTAwMDAw.c2FuZGJveA.bm90LWEtc2VjcmV0".to_owned(),
            guilds: 1,
            approved_intents: 0,
            first_answer: Duration::from_secs(3),
            token_life: Duration::from_secs(15 * 60),
            heartbeat: Duration::from_millis(41_250),
            patience: Duration::from_secs(30),
            log: None,
        }
    }
}

/// A running stand-in. It stops when it is dropped.
#[derive(Debug)]
pub struct Sandbox {
    shared: Arc<Shared>,
    address: SocketAddr,
    patience: Duration,
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
        let log = Log::open(options.log.as_deref())?;
        let world = World::new(&options, log, format!("ws://{address}/gateway"));
        let shared = Arc::new(Shared::new(world));
        let router = Router::new()
            .route("/gateway", any(gateway::connect))
            .fallback(rest::answer)
            .with_state(Arc::clone(&shared));
        let stop = shared.stop.clone();
        let server = tokio::spawn(async move {
            let serving = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
            if let Err(error) = serving.await {
                tracing::error!(%error, "the sandbox ended");
            }
        });
        Ok(Self { shared, address, patience: options.patience, server: Some(server) })
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
        self.look(|world| world.settings.token.clone())
    }

    /// The id of the bot's user, which is also the application's.
    pub fn bot(&self) -> Snowflake {
        self.look(|world| world.cast.bot)
    }

    /// A mention of the bot, as it stands in a message.
    pub fn mention(&self) -> String {
        format!("<@{}>", self.bot())
    }

    /// The id of the first guild.
    pub fn guild(&self) -> Snowflake {
        self.look(|world| world.cast.guilds.first().map_or(Snowflake(0), |guild| guild.id))
    }

    /// Orders a fault. It strikes before those that are ordered later.
    pub fn fault(&self, fault: Fault) {
        self.shared.change(|world| world.faults.add(fault));
    }

    /// Takes back all faults that have not struck.
    pub fn clear_faults(&self) {
        self.shared.change(|world| world.faults.clear());
    }

    /// Ends every gateway connection, with a close code or, without one, as a broken line does. The sessions can be
    /// resumed.
    pub fn drop_gateway(&self, code: Option<u16>) {
        self.shared.change(|world| world.sessions.drop_all(code));
    }

    /// Answers the next gateway connections with HTTP status 503.
    pub fn refuse_connections(&self, times: usize) {
        self.shared.change(|world| world.sessions.refuse_connections(times));
    }

    /// Answers the next resumes with "invalid session" (op 9).
    pub fn refuse_resumes(&self, times: usize) {
        self.shared.change(|world| world.sessions.refuse_resumes(times));
    }

    /// Asks every connection to reconnect and resume (op 7).
    pub fn ask_to_reconnect(&self) {
        self.shared.change(|world| world.sessions.send_all(&serde_json::json!({ "op": 7, "d": null })));
    }

    /// Tells every connection that its session is invalid (op 9). If it is not resumable, it is forgotten.
    pub fn invalidate_session(&self, resumable: bool) {
        self.shared.change(|world| {
            world.sessions.send_all(&serde_json::json!({ "op": 9, "d": resumable }));
            if !resumable {
                world.sessions.forget_all();
            }
        });
    }

    /// Makes an interaction too old: its first answer is refused from now on, and so is its token.
    pub fn expire(&self, interaction: Snowflake) {
        self.shared.change(|world| {
            let now = tokio::time::Instant::now();
            if let Some(interaction) = world.interaction_mut(interaction) {
                interaction.answer_by = now;
                interaction.token_until = now;
            }
        });
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}
