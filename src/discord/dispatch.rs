//! Dispatches gateway events to their handlers. Work that depends on the order of events happens in
//! [`EventSink::event`], before the shard reads its next event. All other work runs in tasks.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use futures_util::FutureExt as _;
use serenity::all::{ChannelId, CommandInteraction, Interaction, InteractionId, MessageId, UserId};
use tokio_util::sync::CancellationToken;

use super::asking::{Asking, catch_up, components, messages, since_epoch};
use super::commands;
use super::interaction::command::{AutocompleteRequest, autocomplete_response, subcommand_name};
use super::interaction::error::{HandlerError, Refusal};
use super::interaction::{InteractionToken, Responder};
use super::moderation::{self, ModerationContext};
use super::transport::gateway::{Event, EventSink, Ready, Shard};
use super::transport::message::{IncomingMessage, MessageUpdate};
use crate::config::Limits;
use crate::throttle::admission::{Admission, WorkPermit};
use crate::throttle::rate_limit::RateLimiter;
use crate::throttle::turns::{TurnQueue, Waiting};
use crate::throttle::{Bound, Work};

/// Interactions in progress at once. Discord drops an interaction without a response after three seconds, so this
/// allows about 300 new interactions a second, even if each takes all of its time.
const INTERACTIONS_MAX: usize = 1_000;

/// Interactions of one user in progress at once: a twentieth of all, and more than a person can start in three seconds.
const INTERACTIONS_SHARE_MAX: usize = INTERACTIONS_MAX / 20;

/// For each question that a user may ask, the interactions that they may start: with the default of five questions in
/// ten seconds, ten interactions a second, which is more than a person presses.
const INTERACTIONS_PER_QUESTION: u32 = 20;

/// For each question that a user may ask, the completions that they may get while they type: by default, five a second.
/// Discord's clients ask for fewer.
const COMPLETIONS_PER_QUESTION: u32 = 10;

/// Completions that wait for their turn. Each takes at most a millisecond, so the last one waits half a second.
const COMPLETIONS_WAITING_MAX: usize = 500;

/// Stands for the users whose interactions cannot be read, so that they share the capacity of one user.
const UNKNOWN_USER: u64 = 0;

/// A user has at most one completion in the queue: the newest replaces the one before.
const NEWEST_COMPLETION: Waiting = Waiting::Replacing(0);

/// The running bot: receives the events of all shards and holds the state of all handlers.
pub struct Bot {
    /// The state of everything that answers questions.
    pub asking: Arc<Asking>,
    /// The state of everything that moderates.
    pub moderation: Arc<ModerationContext>,
    responder: Responder,
    /// The bot's own user, known from the first READY on.
    me: OnceLock<UserId>,
    interactions: Admission,
    interaction_rate: RateLimiter,
    completions: TurnQueue<u64>,
    completion_rate: RateLimiter,
    /// Cancelled at shutdown. Ends work that only waits, such as the pauses of catching up.
    stopping: CancellationToken,
    /// For each shard number, the token that ends its catch-up when the shard begins another session.
    catch_ups: Mutex<HashMap<u32, CancellationToken>>,
}

impl Bot {
    /// Creates a bot that has received no events yet.
    #[must_use]
    pub fn new(asking: Arc<Asking>, moderation: Arc<ModerationContext>, responder: Responder, limits: &Limits) -> Self {
        let per_user = |factor| RateLimiter::new(limits.user_per_10s.saturating_mul(factor));
        Self {
            asking,
            moderation,
            responder,
            me: OnceLock::new(),
            interactions: Admission::new(INTERACTIONS_MAX, INTERACTIONS_SHARE_MAX),
            interaction_rate: per_user(INTERACTIONS_PER_QUESTION),
            completions: TurnQueue::new(1, COMPLETIONS_WAITING_MAX),
            completion_rate: per_user(COMPLETIONS_PER_QUESTION),
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
        let telemetry = self.asking.telemetry.clone();
        self.asking.tasks.spawn(async move {
            let work = telemetry.stalls().measured(work);
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
        let Some(edit) = messages::register_edit(&self.asking, update) else { return };
        let asking = Arc::clone(&self.asking);
        self.spawn(async move { messages::follow_edit(&asking, edit).await });
    }

    fn messages_deleted(self: &Arc<Self>, channel: ChannelId, ids: Vec<MessageId>) {
        for id in ids {
            let Some(deletion) = messages::register_deletion(&self.asking, id) else { continue };
            let asking = Arc::clone(&self.asking);
            self.spawn(async move { messages::follow_deletion(&asking, channel, deletion).await });
        }
    }

    fn interaction_created(self: &Arc<Self>, interaction: Interaction) {
        let (id, user) = match &interaction {
            Interaction::Command(call) => (call.id, call.user.id),
            Interaction::Component(press) => (press.id, press.user.id),
            Interaction::Modal(modal) => (modal.id, modal.user.id),
            Interaction::Autocomplete(call) => (call.id, call.user.id),
            _ => return,
        };
        let (work, rate) = match &interaction {
            Interaction::Autocomplete(_) => (Work::Autocomplete, &self.completion_rate),
            _ => (Work::Interaction, &self.interaction_rate),
        };
        match self.admit_interaction(id, user, rate) {
            Ok(permit) => {
                let bot = Arc::clone(self);
                self.spawn(async move { bot.handle_interaction(interaction, permit).await });
            }
            // Sending a refusal would cost as much as sending an answer. Without a response, Discord shows the user an
            // error after three seconds.
            Err(bound) => self.asking.telemetry.throttled(work, bound),
        }
    }

    fn admit_interaction(&self, id: InteractionId, user: UserId, rate: &RateLimiter) -> Result<WorkPermit, Bound> {
        if !rate.allows(user.get(), since_epoch(id.created_at())) {
            return Err(Bound::UserRate);
        }
        self.interactions.admit(user.get(), None)
    }

    async fn handle_interaction(&self, interaction: Interaction, _permit: WorkPermit) {
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
        let turn = match self.completions.turn(call.user.id.get(), NEWEST_COMPLETION).await {
            Ok(turn) => turn,
            Err(bound) => return self.asking.telemetry.throttled(Work::Autocomplete, bound),
        };
        let request = AutocompleteRequest { interaction: call, option: focused.name, text: focused.value };
        let Some(choices) = commands::complete(&self.asking, &self.moderation, request) else { return };
        let response = autocomplete_response(choices.await);
        drop(turn);
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
            Event::InteractionCreated(interaction) => self.interaction_created(*interaction),
            Event::InteractionUnreadable(address) => {
                let Ok(permit) = self.interactions.admit(UNKNOWN_USER, None) else {
                    return self.asking.telemetry.throttled(Work::Interaction, Bound::User);
                };
                let bot = Arc::clone(self);
                self.spawn(async move {
                    let _permit = permit;
                    bot.responder.apologize(address, "an interaction that cannot be read").await;
                });
            }
        }
    }
}
