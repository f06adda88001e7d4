//! From a gateway event to the handler it is for. Commands and autocompletion go by way of poise.
//! Each event is counted as busy while it is handled, so that shutdown can wait for it.

use std::sync::{Arc, OnceLock};

use poise::{BoxFuture, FrameworkContext, FrameworkError, FrameworkOptions};
use serenity::all::{Context, FullEvent, Interaction, UserId};
use serenity::gateway::ShardManager;

use super::bot::Bot;
use super::commands::Command;
use super::failure::{APOLOGY, Failure, Refusal};
use super::{draw, messages, presses};
use serenity::all::CreateInteractionResponse;

/// Hands events to handlers.
pub struct Dispatcher {
    bot: Arc<Bot>,
    options: FrameworkOptions<Arc<Bot>, Failure>,
    shards: OnceLock<Arc<ShardManager>>,
    me: OnceLock<UserId>,
}

impl Dispatcher {
    /// Dispatches to this bot's handlers and these commands.
    #[must_use]
    pub fn new(bot: Arc<Bot>, commands: Vec<Command>) -> Self {
        let options = FrameworkOptions { commands, on_error, initialize_owners: false, ..FrameworkOptions::default() };
        Self { bot, options, shards: OnceLock::new(), me: OnceLock::new() }
    }
}

#[serenity::async_trait]
impl serenity::framework::Framework for Dispatcher {
    async fn init(&mut self, client: &serenity::Client) {
        poise::framework::set_qualified_names(&mut self.options.commands);
        self.shards = Arc::clone(&client.shard_manager).into();
    }

    async fn dispatch(&self, context: Context, event: FullEvent) {
        let bot = &self.bot;
        let _busy = bot.busy.token();
        if let FullEvent::Ready { data_about_bot } = &event {
            let me = *self.me.get_or_init(|| data_about_bot.user.id);
            tracing::info!(shard = ?context.shard_id, user = %me, guilds = data_about_bot.guilds.len(), "connected");
        }
        let (Some(&me), Some(shards)) = (self.me.get(), self.shards.get()) else { return };
        match &event {
            FullEvent::Resume { .. } => tracing::info!(shard = ?context.shard_id, "resumed"),
            FullEvent::Message { new_message } => messages::posted(bot, me, new_message).await,
            FullEvent::MessageUpdate { event, .. } => messages::edited(bot, event).await,
            FullEvent::MessageDelete { channel_id, deleted_message_id, .. } => {
                messages::deleted(bot, *channel_id, *deleted_message_id).await;
            }
            FullEvent::MessageDeleteBulk { channel_id, multiple_deleted_messages_ids, .. } => {
                for id in multiple_deleted_messages_ids {
                    messages::deleted(bot, *channel_id, *id).await;
                }
            }
            FullEvent::InteractionCreate { interaction: Interaction::Component(press) } => {
                presses::pressed(bot, press).await;
            }
            FullEvent::InteractionCreate { .. } => {
                let framework = FrameworkContext {
                    serenity_context: &context,
                    bot_id: me,
                    options: &self.options,
                    user_data: bot,
                    shard_manager: shards,
                };
                poise::dispatch_event(framework, event).await;
            }
            _ => {}
        }
    }
}

/// A command failed: the user is told, and what was the bot's fault is logged.
fn on_error(error: FrameworkError<'_, Arc<Bot>, Failure>) -> BoxFuture<'_, ()> {
    Box::pin(async move {
        match error {
            FrameworkError::Command { error, ctx: poise::Context::Application(context), .. } => {
                context.data().confess(context.interaction, &error, &context.command().qualified_name).await;
            }
            FrameworkError::CommandPanic { ctx: poise::Context::Application(context), .. } => {
                tracing::error!(command = context.command().qualified_name.as_ref(), "a handler panicked");
                let response = CreateInteractionResponse::Message(draw::aside(APOLOGY));
                if let Err(error) = context.data().respond(context.interaction, response).await {
                    tracing::debug!(%error, "could not tell the user");
                }
            }
            FrameworkError::UnknownInteraction { interaction, framework, .. } => {
                framework.user_data.confess(interaction, &Refusal::OutOfDate.into(), "an unknown command").await;
            }
            FrameworkError::CommandStructureMismatch { ctx, .. } => {
                ctx.data().confess(ctx.interaction, &Refusal::OutOfDate.into(), "a command of another version").await;
            }
            FrameworkError::ArgumentParse { ctx: poise::Context::Application(context), .. } => {
                context.data().confess(context.interaction, &Refusal::OutOfDate.into(), "a command's options").await;
            }
            other => tracing::error!(error = %other, "an event could not be handled"),
        }
    })
}
