//! The bot in Discord: the only room that names serenity or poise. Commands, messages, buttons, and how a reply looks there.
//! [`serve`] runs it until it is told to stop.

mod action;
mod answered;
mod bot;
mod browse;
mod commands;
mod cooldown;
mod dispatch;
mod draw;
mod failure;
mod messages;
pub mod platform;
mod presses;
mod registration;
mod rest;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serenity::all::{ClientBuilder, GatewayError, GatewayIntents};
use serenity::gateway::ShardManager;

use crate::config::{Limits, Snowflake, Token};
use crate::shelf::Shelf;
use bot::Bot;
use dispatch::Dispatcher;
use rest::{Rest, RestError};

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
    pub guild: Option<Snowflake>,
    /// Channels that are answered unasked.
    pub listen_channels: Vec<Snowflake>,
    /// How often one may ask.
    pub limits: Limits,
    /// What answers.
    pub library: Arc<Shelf>,
}

/// Why the bot does not run; says what to change and where.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Discord knows no such token.
    #[error(
        "Discord refused the token: copy a new one from the developer portal, page Bot, \"Reset Token\", into DISCORD_TOKEN or \
         the file that `discord.token_file` names"
    )]
    TokenRefused,
    /// The application may not read message content.
    #[error(
        "Discord refused the MESSAGE CONTENT intent: switch it on in the developer portal, page Bot, \"Message Content Intent\", \
         or empty `discord.listen_channels` in the config"
    )]
    IntentRefused,
    /// No way to Discord.
    #[error("{0}; check the network, and `discord.api_url` if it is set")]
    Unreachable(RestError),
    /// No TLS, no sockets.
    #[error("expected a working HTTP client, found: {0}")]
    NoClient(#[from] reqwest::Error),
    /// Something else that serenity gives up on.
    #[error("expected a gateway connection, found: {0}")]
    Gateway(Box<serenity::Error>),
}

impl From<RestError> for ServeError {
    fn from(error: RestError) -> Self {
        if error.is_unauthorized() { Self::TokenRefused } else { Self::Unreachable(error) }
    }
}

impl From<serenity::Error> for ServeError {
    fn from(error: serenity::Error) -> Self {
        match error {
            serenity::Error::Gateway(GatewayError::InvalidAuthentication) => Self::TokenRefused,
            serenity::Error::Gateway(GatewayError::DisallowedGatewayIntents | GatewayError::InvalidGatewayIntents) => {
                Self::IntentRefused
            }
            other => Self::Gateway(Box::new(other)),
        }
    }
}

/// Runs the bot until `stop` resolves; then what is in flight is finished, within a bound.
///
/// # Errors
/// If Discord refuses the token or an intent, or cannot be reached at the start.
pub async fn serve(setup: Setup, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
    let (http, client) = rest::http(&setup.token, setup.api_url.as_deref())?;
    let (gateway_http, _) = rest::http(&setup.token, setup.api_url.as_deref())?;
    let rest = Rest::new(Arc::new(http), client);
    let application = rest.application().await?;
    let gateway = rest.gateway().await?;

    let listen = setup.listen_channels.iter().map(|id| id.0.into()).collect();
    let intents = intents(&setup.listen_channels);
    let bot = Arc::new(Bot::new(setup.library, rest, application.id, listen, &setup.limits));
    let commands = commands::all();
    let registering = register(Arc::clone(&bot), setup.guild, commands::definitions(&commands));
    bot.busy.spawn(registering);

    let framework = Dispatcher::new(Arc::clone(&bot), commands);
    let mut client = ClientBuilder::new_with_http(gateway_http, intents).framework(framework).await?;
    // serenity asks for the address itself and, refused, takes Discord's own: the token must never go there by mistake.
    client.ws_url.lock().await.clone_from(&gateway.url);
    let shards = Arc::clone(&client.shard_manager);
    tracing::info!(application = %application.id, shards = gateway.shards, "connecting");
    let ended = tokio::select! {
        ended = client.start_shards(gateway.shards) => ended.map_err(ServeError::from),
        () = stop => Ok(()),
    };
    shut_down(&bot, &shards).await;
    ended
}

/// The events that the ways of asking need. Only unasked answers need a privileged intent.
fn intents(listen_channels: &[Snowflake]) -> GatewayIntents {
    let asked = GatewayIntents::GUILD_MESSAGES | GatewayIntents::DIRECT_MESSAGES;
    if listen_channels.is_empty() { asked } else { asked | GatewayIntents::MESSAGE_CONTENT }
}

/// Registers the commands; without them the bot still answers mentions and direct messages.
async fn register(bot: Arc<Bot>, guild: Option<Snowflake>, definitions: Vec<serenity::all::CreateCommand>) {
    let guild = guild.map(|id| id.0.into());
    if let Err(error) = registration::register(&bot.rest, bot.application, guild, &definitions).await {
        tracing::error!(%error, "the commands could not be registered; mentions and direct messages work");
    }
}

/// Leaves the gateway, so that nothing new comes, then waits for what is being answered.
async fn shut_down(bot: &Bot, shards: &ShardManager) {
    tracing::info!(in_flight = bot.busy.len(), "shutting down");
    bot.busy.close();
    let finished = tokio::time::timeout(SHUTDOWN_TIME, async {
        shards.shutdown_all().await;
        bot.busy.wait().await;
    });
    if finished.await.is_err() {
        tracing::warn!(unfinished = bot.busy.len(), "shut down with answers under way");
    }
}
