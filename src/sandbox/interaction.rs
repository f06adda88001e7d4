//! An interaction: a user's act that the bot must answer in time, and what it answered so far.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::cast::permissions;
use super::snowflake::Snowflake;
use super::world::World;

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

impl World {
    /// Starts an interaction and tells the bot.
    pub(super) fn interact(
        &mut self,
        kind: InteractionKind,
        (user, channel): (Snowflake, Snowflake),
        data: Value,
        message: Option<Snowflake>,
        opener: Option<Snowflake>,
    ) -> Snowflake {
        let id = self.clock.next_id();
        let now = Instant::now();
        let interaction = Interaction {
            id,
            token: format!("interaction-{id}"),
            kind,
            user,
            channel,
            guild: self.cast.channel(channel).and_then(|channel| channel.guild),
            data,
            message,
            opener,
            first_answer: None,
            original: None,
            followups: Vec::new(),
            answer_by: now + self.settings.first_answer,
            token_until: now + self.settings.token_life,
        };
        let event = self.interaction_json(&interaction);
        self.keep_interaction(interaction);
        self.dispatch_interaction(&event);
        id
    }

    /// The event INTERACTION_CREATE.
    fn interaction_json(&self, interaction: &Interaction) -> Value {
        let mut json = json!({
            "id": interaction.id, "application_id": self.cast.bot, "type": interaction.kind as u8,
            "token": interaction.token, "version": 1, "data": interaction.data, "channel_id": interaction.channel,
            "locale": self.cast.user(interaction.user).map(|user| &user.locale), "entitlements": [],
            "authorizing_integration_owners": self.authorising_owners(interaction.guild),
            "context": if interaction.guild.is_some() { 0 } else { 1 }, "attachment_size_limit": 10_485_760,
        });
        let Some(channel) = self.cast.channel(interaction.channel) else { return json };
        let rights = self.cast.user(interaction.user).map_or(0, |user| user.permissions(channel));
        let bot_rights = self.bot_user().map_or(permissions::BOT, |bot| bot.permissions(channel));
        json["channel"] = channel.partial_json(rights);
        json["app_permissions"] = json!(bot_rights.to_string());
        let user = self.cast.user_json(interaction.user);
        match interaction.guild.and_then(|id| self.cast.guild(id)) {
            Some(guild) => {
                json["guild_id"] = json!(guild.id);
                json["guild"] = json!({ "id": guild.id, "locale": "en-US", "features": [] });
                json["guild_locale"] = json!("en-US");
                json["member"] = self.cast.member_json(guild, interaction.user);
                json["member"]["user"] = user;
                json["member"]["permissions"] = json!(rights.to_string());
            }
            None => json["user"] = user,
        }
        if let Some(message) = interaction.message.and_then(|id| self.message(id)) {
            json["message"] = self.message_json(message);
        }
        json
    }

    /// What the answer's message tells about the interaction.
    pub(super) fn interaction_metadata(&self, interaction: &Interaction) -> Value {
        let mut json = json!({
            "id": interaction.id, "type": interaction.kind as u8, "user": self.cast.user_json(interaction.user),
            "authorizing_integration_owners": self.authorising_owners(interaction.guild),
        });
        match interaction.kind {
            InteractionKind::Command | InteractionKind::Autocomplete => {
                if let Some(target) = interaction.data.get("target_id") {
                    json["target_message_id"] = target.clone();
                }
            }
            InteractionKind::Component => json["interacted_message_id"] = json!(interaction.message),
            InteractionKind::ModalSubmit => {
                let opener = interaction.opener.and_then(|id| self.interaction(id));
                json["triggering_interaction_metadata"] =
                    opener.map_or(Value::Null, |opener| self.interaction_metadata(opener));
            }
        }
        json
    }

    /// By whose installation the bot is there: the guild's (key 0), which is `0` in a direct message.
    fn authorising_owners(&self, guild: Option<Snowflake>) -> Value {
        json!({ "0": guild.unwrap_or(Snowflake(0)) })
    }
}
