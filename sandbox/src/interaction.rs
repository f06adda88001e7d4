//! Interactions: acts that the bot must answer in time, and the answers so far.

use serde_json::Value;
use tokio::time::Instant;

use crate::snowflake::Snowflake;

/// The type of an interaction
/// (<https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object-interaction-type>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InteractionKind {
    /// A slash command or a context-menu command.
    Command = 2,
    /// A pressed button or a choice from a select menu.
    Component = 3,
    /// Input into an option with autocompletion.
    Autocomplete = 4,
    /// A submitted modal.
    ModalSubmit = 5,
}

/// The bot's first answer to an interaction
/// (<https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-interaction-callback-type>).
#[derive(Clone, Debug, PartialEq)]
pub enum FirstAnswer {
    /// A message (callback type 4).
    Message,
    /// "Thinking ..." (5); a message follows.
    Deferred,
    /// Acknowledged without a change (6); the component's message may change later.
    DeferredUpdate,
    /// The component's message was changed (7).
    Update,
    /// Choices for an option (8).
    Choices(Vec<Value>),
    /// A modal (9), with `custom_id`, `title` and `components`.
    Modal(Value),
}

/// An interaction.
#[derive(Clone, Debug)]
pub struct Interaction {
    /// The interaction's id.
    pub id: Snowflake,
    /// The token with which the bot answers.
    pub token: String,
    /// The type of the act.
    pub kind: InteractionKind,
    /// The acting user.
    pub user: Snowflake,
    /// The channel.
    pub channel: Snowflake,
    /// The guild; `None` in a direct message.
    pub guild: Option<Snowflake>,
    /// `data` of the event: command and options, component, or the texts of the modal.
    pub data: Value,
    /// The message with the pressed button, also for a modal that a button opened.
    pub message: Option<Snowflake>,
    /// The interaction that opened the modal; `None` for other types.
    pub opener: Option<Snowflake>,
    /// The bot's first answer.
    pub first_answer: Option<FirstAnswer>,
    /// The message that `@original` refers to.
    pub original: Option<Snowflake>,
    /// The follow-up messages.
    pub followups: Vec<Snowflake>,
    /// Deadline for the first answer.
    pub(super) answer_by: Instant,
    /// Expiry of the token.
    pub(super) token_until: Instant,
}
