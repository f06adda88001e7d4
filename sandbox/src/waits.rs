//! The functions with which tests read the state of the sandbox, and wait for changes without polling or sleeping.

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

/// The number of calls that a timeout error lists.
const CALLS_SHOWN: usize = 12;

/// An interaction and the bot's answer to it.
#[derive(Clone, Debug)]
pub struct InteractionOutcome {
    /// The interaction.
    pub interaction: Interaction,
    /// The bot's first answer, which may be deferred.
    pub first_answer: FirstAnswer,
    /// The message that `@original` refers to, as the user sees it now: the answer or, if the bot updated the message
    /// with the pressed button, that message. `None` for choices and modals, or if the message was deleted.
    pub original: Option<Message>,
}

impl InteractionOutcome {
    /// The message of the answer.
    ///
    /// # Errors
    ///
    /// Returns [`ActError::BadInput`] if the answer has no message or the message was deleted.
    pub fn message(self) -> Result<Message, ActError> {
        let first = self.first_answer;
        self.original.ok_or_else(|| ActError::BadInput(format!("the answer has no message; it is {first:?}")))
    }

    /// The offered choices.
    ///
    /// # Errors
    ///
    /// Returns [`ActError::BadInput`] if the answer was something else.
    pub fn choices(self) -> Result<Vec<Value>, ActError> {
        match self.first_answer {
            FirstAnswer::Choices(choices) => Ok(choices),
            other => Err(ActError::BadInput(format!("the answer has no choices; it is {other:?}"))),
        }
    }

    /// The opened modal.
    ///
    /// # Errors
    ///
    /// Returns [`ActError::BadInput`] if the answer was something else.
    pub fn modal(self) -> Result<Value, ActError> {
        match self.first_answer {
            FirstAnswer::Modal(modal) => Ok(modal),
            other => Err(ActError::BadInput(format!("the answer is not a modal but {other:?}"))),
        }
    }
}

impl Sandbox {
    /// Reads the state. The closure runs under the lock of the whole sandbox, so keep it short.
    pub fn read<T>(&self, read: impl FnOnce(&World) -> T) -> T {
        self.shared.read(read)
    }

    /// The message, unless it was deleted.
    pub fn message(&self, id: Snowflake) -> Option<Message> {
        self.read(|world| world.message(id).cloned())
    }

    /// The messages of a channel that a user can see, oldest first, including the user's ephemeral ones.
    ///
    /// # Errors
    ///
    /// Returns an error if the user or channel does not exist, or the user cannot see the channel.
    pub fn messages(&self, user: &str, channel_ref: impl Into<ChannelRef>) -> Result<Vec<Message>, ActError> {
        let channel_ref = channel_ref.into();
        self.read(|world| {
            let (user, channel) = world.locate(user, &channel_ref)?;
            let visible =
                world.messages().filter(|message| message.channel == channel.id && world.sees(user.id, message));
            Ok(visible.cloned().collect())
        })
    }

    /// The registered commands of all types that a user can see in a channel.
    ///
    /// # Errors
    ///
    /// Returns an error if the user or channel does not exist, or the user cannot see the channel.
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

    /// Waits until `find` returns a value. Calls it at once and after every change.
    ///
    /// # Errors
    ///
    /// Returns [`ActError::Timeout`] after [`Options::wait_timeout`](super::Options::wait_timeout). Its message
    /// contains `what`, a description of the awaited event.
    pub async fn wait_for<T>(&self, what: &str, find: impl FnMut(&World) -> Option<T>) -> Result<T, ActError> {
        let waited = tokio::time::timeout(self.wait_timeout, self.shared.wait_until(find)).await;
        waited.map_err(|_| ActError::Timeout { what: what.to_owned(), calls: self.read(last_calls) })
    }

    /// Waits for the bot's reply to a message.
    ///
    /// # Errors
    ///
    /// Returns [`ActError::Timeout`].
    pub async fn wait_for_reply(&self, message: Snowflake) -> Result<Message, ActError> {
        let what = format!("a reply to message {message}");
        self.wait_for(&what, |world| {
            let bot = world.directory.bot;
            world.messages().find(|reply| reply.reference == Some(message) && reply.author == bot).cloned()
        })
        .await
    }

    /// Waits until a message exists for which `is` returns `true`, and returns it.
    ///
    /// # Errors
    ///
    /// Returns [`ActError::Timeout`].
    pub async fn wait_for_message(
        &self,
        message: Snowflake,
        is: impl Fn(&Message) -> bool,
    ) -> Result<Message, ActError> {
        let what = format!("a change of message {message}");
        self.wait_for(&what, |world| world.message(message).filter(|message| is(message)).cloned()).await
    }

    /// Waits until no message has this id. Returns at once if none ever had it.
    ///
    /// # Errors
    ///
    /// Returns [`ActError::Timeout`].
    pub async fn wait_for_deletion(&self, message: Snowflake) -> Result<(), ActError> {
        let what = format!("the deletion of message {message}");
        self.wait_for(&what, |world| world.message(message).is_none().then_some(())).await
    }

    /// Waits for the bot's answer to an interaction. If the first answer is "thinking ...", also waits until the bot
    /// has replaced it. If the first answer is a deferred update of the message with the button, does not wait for the
    /// update.
    ///
    /// # Errors
    ///
    /// Returns [`ActError::DidNotRespond`] if the deadline passes without a first answer,
    /// [`ActError::UnknownInteraction`] or [`ActError::Timeout`].
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
            (!thinking).then(|| outcome_of(world, interaction)).flatten()
        })
        .await
    }

    /// Waits for the bot's first answer to an interaction, which may be "thinking ...".
    ///
    /// # Errors
    ///
    /// The same as those of [`Self::wait_for_answer`].
    pub async fn wait_for_first_answer(&self, interaction: Snowflake) -> Result<InteractionOutcome, ActError> {
        let deadline = self.read(|world| world.interaction(interaction).map(|interaction| interaction.answer_by));
        let deadline = deadline.ok_or(ActError::UnknownInteraction(interaction))?;
        let answer = self.shared.wait_until(|world| outcome_of(world, world.interaction(interaction)?));
        tokio::time::timeout_at(deadline, answer).await.map_err(|_| ActError::DidNotRespond(interaction))
    }

    /// Waits until commands are registered in any scope; the list may be empty.
    ///
    /// # Errors
    ///
    /// Returns [`ActError::Timeout`].
    pub async fn wait_for_commands(&self) -> Result<(), ActError> {
        self.wait_for("commands to be registered", |world| (!world.commands.is_empty()).then_some(())).await
    }

    /// Waits until the bot has identified `count` times in all.
    ///
    /// # Errors
    ///
    /// Returns [`ActError::Timeout`].
    pub async fn wait_for_identify(&self, count: usize) -> Result<(), ActError> {
        let what = format!("identify number {count}");
        self.wait_for(&what, |world| (world.sessions.identifies >= count).then_some(())).await
    }

    /// Waits until the bot has resumed sessions `count` times in all.
    ///
    /// # Errors
    ///
    /// Returns [`ActError::Timeout`].
    pub async fn wait_for_resume(&self, count: usize) -> Result<(), ActError> {
        let what = format!("resume number {count}");
        self.wait_for(&what, |world| (world.sessions.resumes >= count).then_some(())).await
    }

    /// Waits until the bot has read every event that was sent so far. Its work on them may be in progress. Asks for
    /// heartbeats, which contain the number of the last event read.
    ///
    /// # Errors
    ///
    /// Returns [`ActError::Timeout`].
    pub async fn wait_until_read(&self) -> Result<(), ActError> {
        let sent = self.shared.update(|world| world.sessions.request_heartbeats());
        self.wait_for("the bot to read all events", |world| {
            let unread = |(id, sequence): &(String, u64)| {
                world.sessions.iter().any(|session| session.id == *id && session.acknowledged < *sequence)
            };
            (!sent.iter().any(unread)).then_some(())
        })
        .await
    }

    /// Waits until faults have affected `count` calls in total, including calls that a fault still delays.
    ///
    /// # Errors
    ///
    /// Returns [`ActError::Timeout`].
    pub async fn wait_for_faults(&self, count: usize) -> Result<(), ActError> {
        let what = format!("call number {count} to be affected by a fault");
        self.wait_for(&what, |world| (world.faults.caught >= count).then_some(())).await
    }

    /// Waits for a REST call for which `is` returns `true`. Returns at once if the bot has already made such a call.
    ///
    /// # Errors
    ///
    /// Returns [`ActError::Timeout`].
    pub async fn wait_for_call(&self, is: impl Fn(&Call) -> bool) -> Result<Call, ActError> {
        self.wait_for("a REST call", |world| world.log.calls().find(|call| is(call)).cloned()).await
    }
}

fn outcome_of(world: &World, interaction: &Interaction) -> Option<InteractionOutcome> {
    Some(InteractionOutcome {
        interaction: interaction.clone(),
        first_answer: interaction.first_answer.clone()?,
        original: interaction.original.and_then(|id| world.message(id)).cloned(),
    })
}

fn last_calls(world: &World) -> String {
    let skipped = world.log.calls().len().saturating_sub(CALLS_SHOWN);
    let lines = world.log.calls().skip(skipped).map(|call| {
        let code = call.response["code"].as_u64().map(|code| format!(" (code {code})")).unwrap_or_default();
        format!("\n  {} {} -> {}{code}", call.method, call.path, call.status)
    });
    let lines: String = lines.collect();
    if lines.is_empty() { "none".to_owned() } else { lines }
}
