//! Dispatches gateway events to their handlers. Work that depends on the order of events happens in
//! [`EventSink::event`], before the shard reads its next event. All other work runs in tasks.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use futures_util::FutureExt as _;
use serenity::all::{ChannelId, CommandInteraction, Interaction, MessageId, UserId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::asking::{Asking, catch_up, components, messages};
use super::commands;
use super::interaction::command::{AutocompleteRequest, autocomplete_response, subcommand_name};
use super::interaction::error::{HandlerError, Refusal};
use super::interaction::{InteractionToken, Responder};
use super::moderation::{self, ModerationContext};
use super::transport::gateway::{Event, EventSink, Ready, Shard};
use super::transport::message::{IncomingMessage, MessageUpdate};

/// Interactions in progress at once. Discord drops an interaction without a response after three seconds, so this
/// allows about 300 new interactions a second, even if each takes all of its time.
const INTERACTIONS_MAX: usize = 1_000;

/// Edits and deletions in progress at once. Each may wait until the answer that it changes is posted. Further ones are
/// dropped, and their answers stay unchanged.
const CHANGES_MAX: usize = 500;

/// The running bot: receives the events of all shards and holds the state of all handlers.
pub struct Bot {
    /// The state of everything that answers questions.
    pub asking: Arc<Asking>,
    /// The state of everything that moderates.
    pub moderation: Arc<ModerationContext>,
    responder: Responder,
    /// The bot's own user, known from the first READY on.
    me: OnceLock<UserId>,
    /// [`INTERACTIONS_MAX`] permits.
    interactions: Semaphore,
    /// [`CHANGES_MAX`] permits.
    changes: Arc<Semaphore>,
    /// Whether interactions are being turned away. Used to log a flood once.
    overloaded: AtomicBool,
    /// Cancelled at shutdown. Ends work that only waits, such as the pauses of catching up.
    stopping: CancellationToken,
    /// For each shard number, the token that ends its catch-up when the shard begins another session.
    catch_ups: Mutex<HashMap<u32, CancellationToken>>,
}

impl Bot {
    /// Creates a bot that has received no events yet.
    #[must_use]
    pub fn new(asking: Arc<Asking>, moderation: Arc<ModerationContext>, responder: Responder) -> Self {
        Self {
            asking,
            moderation,
            responder,
            me: OnceLock::new(),
            interactions: Semaphore::new(INTERACTIONS_MAX),
            changes: Arc::new(Semaphore::new(CHANGES_MAX)),
            overloaded: AtomicBool::new(false),
            stopping: CancellationToken::new(),
            catch_ups: Mutex::default(),
        }
    }

    /// Ends work that only waits. Work in progress goes on to its end.
    pub fn stop(&self) {
        self.stopping.cancel();
    }

    /// Runs the work of an event in a task. A panic in the work is logged and does not end the bot.
    fn spawn(self: &Arc<Self>, work: impl Future<Output = ()> + Send + 'static) {
        self.asking.tasks.spawn(async move {
            if AssertUnwindSafe(work).catch_unwind().await.is_err() {
                tracing::error!("a handler panicked");
            }
        });
    }

    fn ready(self: &Arc<Self>, shard: Shard, ready: Ready) {
        let me = *self.me.get_or_init(|| ready.user.id);
        tracing::info!(shard = shard.number, guilds = ready.guilds.len(), "connected");
        self.moderation.record_guilds(shard, ready.guilds.iter().map(|guild| guild.id));
        let channels = catch_up::begin(&self.asking, shard);
        let superseded = self.stopping.child_token();
        let mut catch_ups = self.catch_ups.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(earlier) = catch_ups.insert(shard.number, superseded.clone()) {
            earlier.cancel();
        }
        drop(catch_ups);
        let asking = Arc::clone(&self.asking);
        self.spawn(async move { catch_up::run(&asking, me, channels, superseded).await });
    }

    fn message_created(self: &Arc<Self>, me: UserId, message: Box<IncomingMessage>) {
        let guild = message.guild_id;
        let direct = guild.is_none();
        let Some(source) = messages::source(&self.asking, me, &message, direct) else {
            return self.asking.cursors.skip(message.channel_id, message.id);
        };
        if let Some(claimed) = messages::claim(&self.asking, me, message, source, guild) {
            let asking = Arc::clone(&self.asking);
            self.spawn(async move { _ = messages::answer(&asking, claimed).await });
        }
    }

    fn message_updated(self: &Arc<Self>, update: Box<MessageUpdate>) {
        let Some(permit) = self.change_permit() else { return };
        let Some(change) = messages::register_edit(&self.asking, &update) else { return };
        let asking = Arc::clone(&self.asking);
        self.spawn(async move {
            let _permit = permit;
            messages::follow_edit(&asking, &update, change).await;
        });
    }

    fn messages_deleted(self: &Arc<Self>, channel: ChannelId, ids: Vec<MessageId>) {
        let Some(permit) = self.change_permit().map(Arc::new) else { return };
        for id in ids {
            let Some(change) = messages::register_deletion(&self.asking, id) else { continue };
            let (asking, permit) = (Arc::clone(&self.asking), Arc::clone(&permit));
            self.spawn(async move {
                let _permit = permit;
                messages::follow_deletion(&asking, channel, change).await;
            });
        }
    }

    /// Reserves capacity for one event that changes messages. Reserve it before the change is registered: a registered
    /// change replaces earlier ones, so it must be carried out.
    fn change_permit(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.changes).try_acquire_owned().ok()
    }

    async fn handle_interaction(&self, interaction: Interaction) {
        let Ok(_permit) = self.interactions.try_acquire() else {
            // Sending a refusal would cost as much as sending an answer. Without a response, Discord shows the user an
            // error after three seconds.
            self.asking.telemetry.interaction_turned_away();
            if !self.overloaded.swap(true, Ordering::Relaxed) {
                tracing::warn!(max = INTERACTIONS_MAX, "too many interactions at once; turning some away");
            }
            return;
        };
        if self.interactions.available_permits() > INTERACTIONS_MAX / 2 {
            self.overloaded.store(false, Ordering::Relaxed);
        }
        let token = match &interaction {
            Interaction::Command(call) => InteractionToken::from(call),
            Interaction::Component(press) => InteractionToken::from(press),
            Interaction::Modal(modal) => InteractionToken::from(modal),
            Interaction::Autocomplete(call) => return self.autocomplete(call).await,
            _ => return,
        };
        let action = describe(&interaction);
        let handled = AssertUnwindSafe(self.route(&interaction)).catch_unwind().await;
        match handled {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.responder.report(token, &error, &action).await,
            Err(_) => {
                tracing::error!(action, "a handler panicked");
                self.responder.apologize(token, &action).await;
            }
        }
    }

    async fn route(&self, interaction: &Interaction) -> Result<(), HandlerError> {
        match interaction {
            Interaction::Command(call) => match commands::run(&self.asking, &self.moderation, call) {
                Some(run) => run.await,
                None => Err(Refusal::OutOfDate.into()),
            },
            Interaction::Component(press) if moderation::is_moderation(&press.data.custom_id) => {
                moderation::components::handle_component(&self.moderation, press).await
            }
            Interaction::Component(press) => components::handle(&self.asking, press).await,
            Interaction::Modal(modal) => moderation::components::handle_form(&self.moderation, modal).await,
            _ => Ok(()),
        }
    }

    async fn autocomplete(&self, call: &CommandInteraction) {
        let Some(focused) = call.data.autocomplete() else { return };
        let request = AutocompleteRequest { interaction: call, option: focused.name, text: focused.value };
        let Some(choices) = commands::complete(&self.asking, &self.moderation, request) else { return };
        let response = autocomplete_response(choices.await);
        if let Err(error) = self.responder.respond(call, response).await {
            tracing::debug!(%error, "could not send choices");
        }
    }
}

/// Describes an interaction for the log by the command's name or the kind of component, without any text from the user.
fn describe(interaction: &Interaction) -> String {
    match interaction {
        Interaction::Command(call) => {
            let subcommand = subcommand_name(call).unwrap_or_default();
            format!("{} {subcommand}", call.data.name).trim_end().to_owned()
        }
        Interaction::Modal(_) => "a form".to_owned(),
        _ => "a button or menu".to_owned(),
    }
}

impl EventSink for Arc<Bot> {
    fn event(&self, shard: Shard, event: Event) {
        let event = match event {
            Event::Ready(ready) => return self.ready(shard, ready),
            event => event,
        };
        // Discord sends no other event before the first READY.
        let Some(&me) = self.me.get() else { return };
        match event {
            Event::Ready(_) => {}
            Event::Resumed => tracing::info!(shard = shard.number, "resumed"),
            Event::MessageCreated(message) => self.message_created(me, message),
            Event::MessageUpdated(update) => self.message_updated(update),
            Event::MessagesDeleted(channel, ids) => self.messages_deleted(channel, ids),
            Event::InteractionCreated(interaction) => {
                let bot = Arc::clone(self);
                self.spawn(async move { bot.handle_interaction(*interaction).await });
            }
            Event::InteractionUnreadable(address) => {
                let bot = Arc::clone(self);
                self.spawn(async move {
                    let Ok(_permit) = bot.interactions.try_acquire() else { return };
                    bot.responder.apologize(address, "an interaction that cannot be read").await;
                });
            }
        }
    }
}
