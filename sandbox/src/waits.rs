//! Looking at the world, and waiting for it to change: no polling, no sleeping.

use serde_json::{Map, Value};

use crate::acts::ChannelRef;
use crate::call_log::Call;
use crate::error::ActError;
use crate::interaction::{FirstAnswer, Interaction};
use crate::limits::commands::{CHAT_INPUT, MESSAGE_MENU, USER_MENU};
use crate::message::Message;
use crate::server::Sandbox;
use crate::snowflake::Snowflake;
use crate::world::World;

/// How many calls the error of a wait tells.
const TOLD: usize = 12;

/// What came of an interaction.
#[derive(Clone, Debug)]
pub struct InteractionOutcome {
    /// The interaction as it stands.
    pub interaction: Interaction,
    /// The bot's first answer.
    pub first_answer: FirstAnswer,
    /// The message that `@original` stands for, as the user sees it now: the answer, or the message whose button was
    /// pressed. None for choices and modals, or when it was deleted.
    pub original: Option<Message>,
}

impl InteractionOutcome {
    /// The answer's message.
    ///
    /// # Errors
    ///
    /// [`ActError::BadInput`] when the answer was something else, or is deleted.
    pub fn message(self) -> Result<Message, ActError> {
        let first = self.first_answer;
        self.original.ok_or_else(|| ActError::BadInput(format!("the answer has no message; it was {first:?}")))
    }

    /// The choices offered.
    ///
    /// # Errors
    ///
    /// [`ActError::BadInput`] when the answer was something else.
    pub fn choices(self) -> Result<Vec<Value>, ActError> {
        match self.first_answer {
            FirstAnswer::Choices(choices) => Ok(choices),
            other => Err(ActError::BadInput(format!("the answer was no choices but {other:?}"))),
        }
    }

    /// The modal opened.
    ///
    /// # Errors
    ///
    /// [`ActError::BadInput`] when the answer was something else.
    pub fn modal(self) -> Result<Value, ActError> {
        match self.first_answer {
            FirstAnswer::Modal(modal) => Ok(modal),
            other => Err(ActError::BadInput(format!("the answer was no modal but {other:?}"))),
        }
    }
}

impl Sandbox {
    /// Looks at the world. Everything waits meanwhile, so do nothing else in `look`.
    pub fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        self.shared.read(look)
    }

    /// The message, unless it was deleted.
    pub fn message(&self, id: Snowflake) -> Option<Message> {
        self.read(|world| world.message(id).cloned())
    }

    /// The messages of a channel as a user sees them, oldest first: ephemeral ones only if they are theirs.
    ///
    /// # Errors
    ///
    /// When the user or the channel does not exist, or the user does not see the channel.
    pub fn messages(&self, user: &str, channel_ref: impl Into<ChannelRef>) -> Result<Vec<Message>, ActError> {
        let channel_ref = channel_ref.into();
        self.read(|world| {
            let (user, channel) = world.locate(user, &channel_ref)?;
            let seen = world.messages().filter(|message| message.channel == channel.id && world.sees(user.id, message));
            Ok(seen.cloned().collect())
        })
    }

    /// The commands that a user is offered in a channel, of all kinds, as registered.
    ///
    /// # Errors
    ///
    /// When the user or the channel does not exist, or the user does not see the channel.
    pub fn commands_for(
        &self,
        user: &str,
        channel_ref: impl Into<ChannelRef>,
    ) -> Result<Vec<Map<String, Value>>, ActError> {
        let channel_ref = channel_ref.into();
        self.read(|world| {
            let (user, channel) = world.locate(user, &channel_ref)?;
            let kinds = [CHAT_INPUT, USER_MENU, MESSAGE_MENU];
            Ok(kinds.iter().flat_map(|kind| world.visible_commands(user.id, channel.id, *kind)).cloned().collect())
        })
    }

    /// The REST calls so far, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.read(|world| world.log.calls().cloned().collect())
    }

    /// Waits until `look` finds something; it is asked after every change.
    ///
    /// # Errors
    ///
    /// [`ActError::Timeout`] when that takes longer than [`Options::wait_timeout`](super::Options::wait_timeout); `what` names
    /// it there.
    pub async fn wait_for<T>(&self, what: &str, look: impl FnMut(&World) -> Option<T>) -> Result<T, ActError> {
        let waited = tokio::time::timeout(self.wait_timeout, self.shared.wait_until(look)).await;
        waited.map_err(|_| ActError::Timeout { what: what.to_owned(), calls: self.read(last_calls) })
    }

    /// Waits for the bot's reply to a message.
    ///
    /// # Errors
    ///
    /// [`ActError::Timeout`].
    pub async fn wait_for_reply(&self, message: Snowflake) -> Result<Message, ActError> {
        let what = format!("a reply to message {message}");
        self.wait_for(&what, |world| {
            let bot = world.directory.bot;
            world.messages().find(|reply| reply.reference == Some(message) && reply.author == bot).cloned()
        })
        .await
    }

    /// Waits until a message is as `is` wants it, and returns it.
    ///
    /// # Errors
    ///
    /// [`ActError::Timeout`].
    pub async fn wait_for_message(
        &self,
        message: Snowflake,
        is: impl Fn(&Message) -> bool,
    ) -> Result<Message, ActError> {
        let what = format!("a change of message {message}");
        self.wait_for(&what, |world| world.message(message).filter(|message| is(message)).cloned()).await
    }

    /// Waits until a message is deleted.
    ///
    /// # Errors
    ///
    /// [`ActError::Timeout`].
    pub async fn wait_for_deletion(&self, message: Snowflake) -> Result<(), ActError> {
        let what = format!("the deletion of message {message}");
        self.wait_for(&what, |world| world.message(message).is_none().then_some(())).await
    }

    /// Waits for the bot's answer to an interaction. If it is deferred ("thinking ..."), waits until the message is
    /// there; after a deferred update returns at once, with the message as it is.
    ///
    /// # Errors
    ///
    /// [`ActError::DidNotRespond`] when the deadline passes without a first answer, [`ActError::UnknownInteraction`],
    /// [`ActError::Timeout`].
    pub async fn wait_for_answer(&self, interaction: Snowflake) -> Result<InteractionOutcome, ActError> {
        let first = self.wait_for_first_answer(interaction).await?;
        if first.first_answer != FirstAnswer::Deferred {
            return Ok(first);
        }
        let what = format!("the deferred answer to interaction {interaction}");
        self.wait_for(&what, |world| {
            let interaction = world.interaction(interaction)?;
            let original = interaction.original.and_then(|id| world.message(id));
            let thinking = original.is_some_and(Message::is_loading);
            (!thinking).then(|| shown(world, interaction)).flatten()
        })
        .await
    }

    /// Waits for the bot's first answer to an interaction, be it "thinking ...".
    ///
    /// # Errors
    ///
    /// As [`Self::wait_for_answer`].
    pub async fn wait_for_first_answer(&self, interaction: Snowflake) -> Result<InteractionOutcome, ActError> {
        let deadline = self.read(|world| world.interaction(interaction).map(|interaction| interaction.answer_by));
        let deadline = deadline.ok_or(ActError::UnknownInteraction(interaction))?;
        let answer = self.shared.wait_until(|world| shown(world, world.interaction(interaction)?));
        tokio::time::timeout_at(deadline, answer).await.map_err(|_| ActError::DidNotRespond(interaction))
    }

    /// Waits until commands are registered, be it an empty list, in any scope.
    ///
    /// # Errors
    ///
    /// [`ActError::Timeout`].
    pub async fn wait_for_commands(&self) -> Result<(), ActError> {
        self.wait_for("commands to be registered", |world| (!world.commands.is_empty()).then_some(())).await
    }

    /// Waits until the bot has identified `count` times in all.
    ///
    /// # Errors
    ///
    /// [`ActError::Timeout`].
    pub async fn wait_for_identify(&self, count: usize) -> Result<(), ActError> {
        let what = format!("identify number {count}");
        self.wait_for(&what, |world| (world.sessions.identifies >= count).then_some(())).await
    }

    /// Waits until the bot has resumed its session `count` times in all.
    ///
    /// # Errors
    ///
    /// [`ActError::Timeout`].
    pub async fn wait_for_resume(&self, count: usize) -> Result<(), ActError> {
        let what = format!("resume number {count}");
        self.wait_for(&what, |world| (world.sessions.resumes >= count).then_some(())).await
    }

    /// Waits until faults have caught `count` calls in all, be they answered by now or still held.
    ///
    /// # Errors
    ///
    /// [`ActError::Timeout`].
    pub async fn wait_for_faults(&self, count: usize) -> Result<(), ActError> {
        let what = format!("call number {count} to meet a fault");
        self.wait_for(&what, |world| (world.faults.caught >= count).then_some(())).await
    }

    /// Waits for a REST call, also one that was made already.
    ///
    /// # Errors
    ///
    /// [`ActError::Timeout`].
    pub async fn wait_for_call(&self, is: impl Fn(&Call) -> bool) -> Result<Call, ActError> {
        self.wait_for("a REST call", |world| world.log.calls().find(|call| is(call)).cloned()).await
    }
}

fn shown(world: &World, interaction: &Interaction) -> Option<InteractionOutcome> {
    Some(InteractionOutcome {
        interaction: interaction.clone(),
        first_answer: interaction.first_answer.clone()?,
        original: interaction.original.and_then(|id| world.message(id)).cloned(),
    })
}

fn last_calls(world: &World) -> String {
    let skipped = world.log.calls().len().saturating_sub(TOLD);
    let told = world.log.calls().skip(skipped).map(|call| {
        let code = call.response["code"].as_u64().map(|code| format!(" (code {code})")).unwrap_or_default();
        format!("\n  {} {} -> {}{code}", call.method, call.path, call.status)
    });
    let told: String = told.collect();
    if told.is_empty() { "none".to_owned() } else { told }
}
