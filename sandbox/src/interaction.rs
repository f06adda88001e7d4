//! An interaction: a user's act that the bot must answer in time, and what it answered so far.

use serde_json::Value;
use tokio::time::Instant;

use crate::snowflake::Snowflake;

/// What a user did
/// (<https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object-interaction-type>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InteractionKind {
    /// Ran a slash command, or picked a command from a message's menu.
    Command = 2,
    /// Pressed a button or chose from a menu.
    Component = 3,
    /// Typed into an option that completes.
    Autocomplete = 4,
    /// Sent a modal.
    ModalSubmit = 5,
}

/// The bot's first answer to an interaction
/// (<https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-interaction-callback-type>).
#[derive(Clone, Debug, PartialEq)]
pub enum FirstAnswer {
    /// A message (callback type 4).
    Message,
    /// "Thinking ..." (5): a message follows.
    Deferred,
    /// Nothing yet (6): the component's message may change later.
    DeferredUpdate,
    /// The component's message changed (7).
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
    /// The token for its answers.
    pub token: String,
    /// What the user did.
    pub kind: InteractionKind,
    /// Who did it.
    pub user: Snowflake,
    /// Where.
    pub channel: Snowflake,
    /// In which guild; none in a direct message.
    pub guild: Option<Snowflake>,
    /// `data` of the event: command and options, component, or what was typed into a modal.
    pub data: Value,
    /// The message whose button was pressed, or where the modal's button was.
    pub message: Option<Snowflake>,
    /// For a modal: the interaction that opened it.
    pub opener: Option<Snowflake>,
    /// The bot's first answer.
    pub first_answer: Option<FirstAnswer>,
    /// The message that `@original` stands for.
    pub original: Option<Snowflake>,
    /// The follow-up messages.
    pub followups: Vec<Snowflake>,
    /// Until when the first answer is accepted.
    pub(super) answer_by: Instant,
    /// Until when its token is.
    pub(super) token_until: Instant,
}
