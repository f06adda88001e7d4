//! From a gateway event to the handler it is for. Commands and autocompletion go by way of poise.
//! Each event is counted as busy while it is handled, so that shutdown can wait for it.

use std::sync::{Arc, OnceLock};

use poise::{BoxFuture, FrameworkContext, FrameworkError, FrameworkOptions};
use serenity::all::{ChannelId, CreateInteractionResponse, FullEvent, Interaction, MessageId, UserId};

use tokio::sync::Semaphore;

use super::asking::{components, messages};
use super::moderation;
use super::view::message_view;
use crate::discord::asking::catch_up::catch_up;
use crate::discord::asking::{Bot, Command};
use crate::discord::interaction::error::{APOLOGY, Failure, Refusal};
use crate::discord::transport::gateway::{Event, EventSink, Shard, Surroundings};
use crate::discord::transport::message::MessageUpdate;

/// How many interactions are handled at once. Each is over in three seconds, be it for better or worse, so this is what comes
/// in three seconds at 300 a second.
const INTERACTIONS_MAX: usize = 1_000;

/// How many edits and deletions are followed at once; they wait for the answer that they concern. Beyond it an answer stays
/// as it is.
const FOLLOWING_MAX: usize = 500;

/// Hands events to handlers.
pub struct Dispatcher {
    bot: Arc<Bot>,
    options: FrameworkOptions<Arc<Bot>, Failure>,
    surroundings: Surroundings,
    me: OnceLock<UserId>,
    interactions: Semaphore,
    following: Semaphore,
}

impl Dispatcher {
    /// Dispatches to this bot's handlers and these commands.
    #[must_use]
    pub fn new(bot: Arc<Bot>, commands: Vec<Command>, surroundings: Surroundings) -> Self {
        let options = FrameworkOptions { commands, on_error, initialize_owners: false, ..FrameworkOptions::default() };
        let mut dispatcher = Self {
            bot,
            options,
            surroundings,
            me: OnceLock::new(),
            interactions: Semaphore::new(INTERACTIONS_MAX),
            following: Semaphore::new(FOLLOWING_MAX),
        };
        poise::framework::set_qualified_names(&mut dispatcher.options.commands);
        dispatcher
    }

    async fn dispatch(&self, shard: Shard, event: Event) {
        let bot = &self.bot;
        let _busy = bot.busy.token();
        if let Event::Ready(ready) = &event {
            self.me.get_or_init(|| ready.user.id);
            tracing::info!(shard = shard.number, guilds = ready.guilds.len(), "connected");
            bot.moderation.is_in(shard, ready.guilds.iter().map(|guild| guild.id));
        }
        let Some(&me) = self.me.get() else { return };
        // Boxed, so that thousands of events that wait for their turn take the room of an event each, not of the largest work.
        let work: BoxFuture<'_, ()> = match event {
            Event::Ready(_) => Box::pin(catch_up(bot, me, shard)),
            Event::Resumed => return tracing::info!(shard = shard.number, "resumed"),
            Event::MessageCreated(message) => match messages::way(bot, me, &message, message.guild_id.is_none()) {
                Some(way) => Box::pin(messages::asked(bot, message, way)),
                None => return bot.places.saw(message.channel_id, message.id),
            },
            Event::MessageUpdated(change) => Box::pin(self.edited(change)),
            Event::MessagesDeleted(channel, ids) => Box::pin(self.deleted(channel, ids)),
            Event::InteractionCreated(interaction) => Box::pin(self.used(me, *interaction)),
        };
        work.await;
    }

    async fn edited(&self, change: Box<MessageUpdate>) {
        let Ok(_place) = self.following.try_acquire() else { return };
        messages::edited(&self.bot, &change).await;
    }

    async fn deleted(&self, channel: ChannelId, ids: Vec<MessageId>) {
        let Ok(_place) = self.following.try_acquire() else { return };
        for id in ids {
            messages::deleted(&self.bot, channel, id).await;
        }
    }

    async fn used(&self, me: UserId, interaction: Interaction) {
        let bot = &self.bot;
        // Telling that there is no place would take as long as answering: Discord tells it in three seconds.
        let Ok(_place) = self.interactions.try_acquire() else { return };
        match interaction {
            Interaction::Component(press) if moderation::is_step(&press.data.custom_id) => {
                moderation::pressed(bot, &press).await;
            }
            Interaction::Component(press) => components::pressed(bot, &press).await,
            Interaction::Modal(modal) => moderation::submitted(bot, &modal).await,
            interaction => {
                let framework = FrameworkContext {
                    serenity_context: &self.surroundings.context,
                    bot_id: me,
                    options: &self.options,
                    user_data: bot,
                    shard_manager: &self.surroundings.manager,
                };
                poise::dispatch_event(framework, FullEvent::InteractionCreate { interaction }).await;
            }
        }
    }
}

/// Each event becomes a task. They begin in the order of the events, as the runtime is of one thread.
impl EventSink for Arc<Dispatcher> {
    fn event(&self, shard: Shard, event: Event) {
        let dispatcher = Self::clone(self);
        tokio::spawn(async move { dispatcher.dispatch(shard, event).await });
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
                let response = CreateInteractionResponse::Message(message_view::aside(APOLOGY));
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
