//! The bot in Discord. Only this module names serenity, for its types, builders and routes.
//! [`serve`] runs the bot until it is told to stop.

mod asking;
mod commands;
mod diagnostics;
mod dispatch;
#[cfg(fuzzing)]
pub mod fuzzing;
mod interaction;
mod moderation;
mod transport;
pub mod view;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serenity::all::{ApplicationId, GatewayIntents};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::config::{DiscordId, Limits, Shards, Token};
use crate::library::handle::LibraryHandle;
use crate::telemetry::Telemetry;
pub use asking::cursors::{CursorFile, CursorStore};
use asking::scopes::Scopes;
use asking::{Asking, catch_up};
pub use commands::question_in;
pub use diagnostics::{Diagnostic, DiagnosticInput, Grade, examine};
use dispatch::Bot;
use interaction::Responder;
pub use moderation::ModerationSetup;
use moderation::{ModerationContext, log_channel};
use transport::gateway::{BadAddress, Gateway, GatewayRefusal, HELLO_TIMEOUT};
use transport::registration;
use transport::rest::error::RestError;
use transport::rest::{self, Rest};

/// How long shutdown waits for work in progress. Orchestrators kill a process after ten seconds or more.
pub const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(8);

/// How long shutdown then waits for the background tasks. The log channel takes up to two seconds for its last
/// announcement.
const TASKS_TIMEOUT: Duration = Duration::from_secs(3);

/// The parts and settings that the bot runs with.
#[derive(Debug)]
pub struct Setup {
    /// The bot's token.
    pub token: Token,
    /// The base URL of the REST API, if it is not Discord's own.
    pub api_url: Option<String>,
    /// The server to register commands in. `None` registers them globally.
    pub guild: Option<DiscordId>,
    /// The shards of this process. `None` runs all shards that Discord recommends.
    pub shards: Option<Shards>,
    /// The channels in which the bot answers without a mention.
    pub listen_channels: Vec<DiscordId>,
    /// The names of the documents that answer in a channel or a server, by its id. Elsewhere all answer.
    pub documents: BTreeMap<DiscordId, Vec<String>>,
    /// How often a user and a channel may ask.
    pub limits: Limits,
    /// The library that answers.
    pub library: Arc<LibraryHandle>,
    /// Metrics and readiness.
    pub telemetry: Telemetry,
    /// Keeps the channel cursors over a restart. Without a store, a restart catches up with nothing.
    pub cursors: Option<Arc<dyn CursorStore>>,
    /// Moderation.
    pub moderation: ModerationSetup,
    /// The time that stopping waits for work in progress: [`SHUTDOWN_TIMEOUT`], unless there is nobody who would kill the
    /// process.
    pub shutdown_timeout: Duration,
}

/// The reason why the bot does not run. Says what to change and where.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Discord refuses the bot.
    #[error(transparent)]
    Refused(#[from] GatewayRefusal),
    /// Discord cannot be reached.
    #[error("{0}; check the network, and `discord.api_url` if it is set")]
    Unreachable(RestError),
    /// The HTTP client cannot be created.
    #[error("expected a working HTTP client, found: {0}")]
    NoClient(#[from] reqwest::Error),
    /// The REST API returned no valid gateway address.
    #[error("{0}; check `discord.api_url` if it is set")]
    BadAddress(#[from] BadAddress),
    /// A background task of the bot ended while the bot was running.
    #[error("the task that {0} ended unexpectedly; this is a bug in Footnote")]
    TaskEnded(&'static str),
}

impl From<RestError> for ServeError {
    fn from(error: RestError) -> Self {
        if error.is_unauthorized() { Self::Refused(GatewayRefusal::Token) } else { Self::Unreachable(error) }
    }
}

/// The background tasks of the bot. Each returns its description when it ends.
type BackgroundTasks = JoinSet<&'static str>;

/// Runs the bot until `stop` resolves. Then finishes the work in progress within the shutdown timeout, and stops the
/// background tasks.
///
/// # Errors
/// If Discord refuses the token or an intent, Discord cannot be reached at the start, or a background task ends.
pub async fn serve(setup: Setup, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
    let mut stop = std::pin::pin!(stop);
    let (cursors, telemetry) = (setup.cursors.clone(), setup.telemetry.clone());
    let shutdown_timeout = setup.shutdown_timeout;
    let (bot, gateway, shards) = tokio::select! {
        connected = connect(setup) => connected?,
        () = &mut stop => return Ok(()),
    };
    catch_up::restore_cursors(&bot.asking, cursors.as_deref());
    let stop_tasks = CancellationToken::new();
    let mut tasks = spawn_tasks(&bot, cursors, &stop_tasks);
    let mut running = std::pin::pin!(telemetry.stalls().measured(gateway.run(shards, &bot)));
    let result = tokio::select! {
        result = &mut running => result.map_err(ServeError::from),
        ended = tasks.join_next(), if !tasks.is_empty() => {
            telemetry.stop();
            bot.stop();
            gateway.stop();
            // The error matters more than a refusal at shutdown.
            _ = running.await;
            Err(ServeError::TaskEnded(ended.and_then(Result::ok).unwrap_or("panicked")))
        }
        () = stop => {
            tracing::info!(in_flight = bot.asking.tasks.len(), "shutting down");
            telemetry.stop();
            bot.stop();
            gateway.stop();
            running.await.map_err(ServeError::from)
        }
    };
    finish(&bot.asking, shutdown_timeout).await;
    stop_tasks.cancel();
    let stopped = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(TASKS_TIMEOUT, stopped).await.is_err() {
        tracing::warn!("shut down before all background tasks had stopped");
    }
    result
}

/// Starts the tasks that run beside the gateway until `stop` is cancelled.
fn spawn_tasks(bot: &Arc<Bot>, cursors: Option<Arc<dyn CursorStore>>, stop: &CancellationToken) -> BackgroundTasks {
    let mut tasks = BackgroundTasks::new();
    if let Some(store) = cursors {
        let (asking, stop) = (Arc::clone(&bot.asking), stop.clone());
        tasks.spawn(async move {
            catch_up::save_cursors(asking, store, stop).await;
            "saves the channel cursors"
        });
    }
    let (moderation, stop) = (Arc::clone(&bot.moderation), stop.clone());
    tasks.spawn(async move {
        log_channel::run(moderation, stop).await;
        "writes to the log channel"
    });
    tasks
}

/// Asks Discord for the application and the gateway, and creates the bot.
async fn connect(setup: Setup) -> Result<(Arc<Bot>, Gateway, Shards), ServeError> {
    let (http, client) = rest::http(&setup.token, setup.api_url.as_deref())?;
    let rest = Arc::new(Rest::new(Arc::new(http), client, setup.telemetry.clone()));
    let application = rest.application().await?;
    let found = rest.gateway().await?;
    let Setup { token, guild, listen_channels, documents, limits, library, telemetry, moderation, .. } = setup;
    let gateway = Gateway::new(&found, token, intents(&listen_channels), telemetry.clone(), HELLO_TIMEOUT)?;

    let responder = Responder::new(Arc::clone(&rest), application.id);
    let mut asking = Asking::new(
        Arc::clone(&library),
        Arc::clone(&rest),
        responder.clone(),
        listen_channels.iter().map(|id| id.0.into()).collect(),
        &limits,
        telemetry.clone(),
        moderation.unanswered_queue.clone(),
    );
    asking.scopes = Scopes::new(&documents);
    let asking = Arc::new(asking);
    let moderation = ModerationContext::new(moderation, Arc::clone(&rest), responder.clone(), library, telemetry);
    let bot = Arc::new(Bot::new(asking, Arc::new(moderation), responder, &limits));
    let shards = choose_shards(setup.shards, found.shards);
    // Of several processes, the one with the first shard registers the commands for all.
    if shards.numbers().contains(&0) {
        bot.asking.tasks.spawn(register_commands(rest, application.id, guild));
    }
    let (first, last) = (*shards.numbers().start(), *shards.numbers().end());
    tracing::info!(application = application.name, shards = shards.total, first, last, "connecting");
    Ok((bot, gateway, shards))
}

/// Returns the configured shards, else all that Discord recommends.
fn choose_shards(configured: Option<Shards>, recommended: u32) -> Shards {
    let Some(shards) = configured else { return Shards::all(recommended) };
    if shards.total < recommended {
        tracing::warn!(
            recommended,
            configured = shards.total,
            "Discord recommends more shards than `discord.shards.total`"
        );
    }
    shards
}

/// Returns the intents that the bot needs. Only answering without a mention needs a privileged intent.
fn intents(listen_channels: &[DiscordId]) -> GatewayIntents {
    let messages = GatewayIntents::GUILD_MESSAGES | GatewayIntents::DIRECT_MESSAGES;
    if listen_channels.is_empty() { messages } else { messages | GatewayIntents::MESSAGE_CONTENT }
}

/// Registers the commands. Without them, the bot still answers mentions and direct messages.
async fn register_commands(rest: Arc<Rest>, application: ApplicationId, guild: Option<DiscordId>) {
    let guild = guild.map(|id| id.0.into());
    if let Err(error) = registration::register(&rest, application, guild, &commands::definitions()).await {
        tracing::error!(%error, "could not register the commands; mentions and direct messages still work");
    }
}

/// Waits for the answers in progress, once no new events arrive.
async fn finish(asking: &Asking, within: Duration) {
    asking.tasks.close();
    if tokio::time::timeout(within, asking.tasks.wait()).await.is_err() {
        tracing::warn!(unfinished = asking.tasks.len(), "shut down before all answers were finished");
    }
}
