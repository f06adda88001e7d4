//! The bot in Discord: the only room that names serenity or poise. Commands, messages, buttons, and how a reply looks there.
//! [`serve`] runs it until it is told to stop.

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

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serenity::all::GatewayIntents;
use tokio_util::sync::CancellationToken;

use crate::config::{Limits, Shards, DiscordId, Token};
use crate::library::handle::LibraryHandle;
use crate::telemetry::Telemetry;
use asking::Bot;
use asking::catch_up;
pub use asking::cursors::{Memory, Place};
pub use asking::cursors_file::PlacesFile;
pub use commands::question_put;
pub use diagnostics::{Finding, Grade, Subject, examine};
use dispatch::Dispatcher;
pub use moderation::gate::Moderation;
use transport::gateway::{BadAddress, Gateway, GatewayRefusal, NoContext, Surroundings};
use transport::registration;
use transport::rest::error::RestError;
use transport::rest::{self, Rest};

/// How long shutdown waits for what is being answered. Orchestrators kill after ten seconds or more.
const SHUTDOWN_TIME: Duration = Duration::from_secs(8);

/// What the bot needs to run.
#[derive(Debug)]
pub struct Setup {
    /// The bot's token.
    pub token: Token,
    /// Another base of the REST API.
    pub api_url: Option<String>,
    /// Where commands are registered, if not everywhere.
    pub guild: Option<DiscordId>,
    /// The shards of this process, if not those that Discord recommends.
    pub shards: Option<Shards>,
    /// Channels that are answered unasked.
    pub listen_channels: Vec<DiscordId>,
    /// How often one may ask.
    pub limits: Limits,
    /// What answers.
    pub library: Arc<LibraryHandle>,
    /// What is measured.
    pub telemetry: Telemetry,
    /// What remembers over a restart where questions were asked; without it a restart begins anew.
    pub memory: Option<Arc<dyn Memory>>,
    /// How the knowledge is moderated.
    pub moderation: Moderation,
}

/// Why the bot does not run; says what to change and where.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Discord will not have the bot as it is.
    #[error(transparent)]
    Refused(#[from] GatewayRefusal),
    /// No way to Discord.
    #[error("{0}; check the network, and `discord.api_url` if it is set")]
    Unreachable(RestError),
    /// No TLS, no sockets.
    #[error("expected a working HTTP client, found: {0}")]
    NoClient(#[from] reqwest::Error),
    /// The REST API names no gateway.
    #[error("{0}; check `discord.api_url` if it is set")]
    BadAddress(#[from] BadAddress),
    /// No loopback.
    #[error(transparent)]
    NoContext(#[from] NoContext),
}

impl From<RestError> for ServeError {
    fn from(error: RestError) -> Self {
        if error.is_unauthorized() { Self::Refused(GatewayRefusal::Token) } else { Self::Unreachable(error) }
    }
}

/// Runs the bot until `stop` resolves; then what is in flight is finished, within a bound.
///
/// # Errors
/// If Discord refuses the token or an intent, or cannot be reached at the start.
pub async fn serve(setup: Setup, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
    let mut stop = std::pin::pin!(stop);
    let (memory, telemetry) = (setup.memory.clone(), setup.telemetry.clone());
    let (bot, gateway, shards, dispatcher) = tokio::select! {
        begun = begin(setup) => begun?,
        () = &mut stop => return Ok(()),
    };
    catch_up::recall(&bot, memory.as_deref());
    let end = CancellationToken::new();
    let remember = |memory| tokio::spawn(catch_up::remember(Arc::clone(&bot), memory, end.clone()));
    let remembering = memory.map(remember);
    let telling = tokio::spawn(moderation::log_channel::keep(Arc::clone(&bot), end.clone()));
    let mut running = std::pin::pin!(gateway.run(shards, &dispatcher));
    let ended = tokio::select! {
        ended = &mut running => ended,
        () = stop => {
            tracing::info!(in_flight = bot.busy.len(), "shutting down");
            telemetry.stop();
            gateway.stop();
            running.await
        }
    };
    finish(&bot).await;
    end.cancel();
    if let Some(remembering) = remembering {
        // It does not panic, and if it did, there would be nothing left to do.
        _ = remembering.await;
    }
    _ = telling.await;
    Ok(ended?)
}

/// Asks Discord what is needed to begin, and makes what handles its events.
async fn begin(setup: Setup) -> Result<(Arc<Bot>, Gateway, Shards, Arc<Dispatcher>), ServeError> {
    let (http, client) = rest::http(&setup.token, setup.api_url.as_deref())?;
    let http = Arc::new(http);
    let rest = Rest::new(Arc::clone(&http), client, setup.telemetry.clone());
    let application = rest.application().await?;
    let named = rest.gateway().await?;
    let gateway = Gateway::new(&named, setup.token, intents(&setup.listen_channels), setup.telemetry.clone())?;
    let surroundings = Surroundings::make(http).await?;

    let listen = setup.listen_channels.iter().map(|id| id.0.into()).collect();
    let Setup { library, limits, telemetry, moderation, .. } = setup;
    let bot = Arc::new(Bot::new(library, rest, application.id, listen, &limits, telemetry, moderation));
    let commands = commands::all();
    let shards = share(setup.shards, named.shards);
    // One process registers them for all.
    if shards.numbers().contains(&0) {
        bot.busy.spawn(register(Arc::clone(&bot), setup.guild, commands::definitions(&commands)));
    }
    let (first, last) = (*shards.numbers().start(), *shards.numbers().end());
    tracing::info!(application = application.name, shards = shards.total, first, last, "connecting");
    let dispatcher = Arc::new(Dispatcher::new(Arc::clone(&bot), commands, surroundings));
    Ok((bot, gateway, shards, dispatcher))
}

/// The shards of this process: those that were set, else all that Discord recommends.
fn share(set: Option<Shards>, recommended: u32) -> Shards {
    let Some(shards) = set else { return Shards::all(recommended) };
    if shards.total < recommended {
        tracing::warn!(recommended, set = shards.total, "Discord recommends more shards than `discord.shards.total`");
    }
    shards
}

/// The events that the ways of asking need. Only unasked answers need a privileged intent.
fn intents(listen_channels: &[DiscordId]) -> GatewayIntents {
    let asked = GatewayIntents::GUILD_MESSAGES | GatewayIntents::DIRECT_MESSAGES;
    if listen_channels.is_empty() { asked } else { asked | GatewayIntents::MESSAGE_CONTENT }
}

/// Registers the commands; without them the bot still answers mentions and direct messages.
async fn register(bot: Arc<Bot>, guild: Option<DiscordId>, definitions: Vec<serenity::all::CreateCommand>) {
    let guild = guild.map(|id| id.0.into());
    if let Err(error) = registration::register(&bot.rest, bot.application, guild, &definitions).await {
        tracing::error!(%error, "the commands could not be registered; mentions and direct messages work");
    }
}

/// Waits for what is being answered, when nothing new comes any more.
async fn finish(bot: &Bot) {
    bot.busy.close();
    if tokio::time::timeout(SHUTDOWN_TIME, bot.busy.wait()).await.is_err() {
        tracing::warn!(unfinished = bot.busy.len(), "shut down with answers under way");
    }
}
