//! Changes of the world and the gateway events about them: messages are created, edited and deleted, and interactions
//! start.

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::directory::Channel;
use crate::error::ApiError;
use crate::interaction::{Interaction, InteractionKind};
use crate::limits::message::MessageDraft;
use crate::mentions::Mentions;
use crate::message::{Message, MessageKind, SUPPRESS_EMBEDS, hide_content};
use crate::sessions::intents;
use crate::snowflake::Snowflake;
use crate::world::World;

impl World {
    /// Creates a message of the bot from a draft and resolves its mentions.
    pub(super) fn compose(
        &mut self,
        channel: &Channel,
        kind: MessageKind,
        reference: Option<Snowflake>,
        draft: MessageDraft,
    ) -> Message {
        let content = draft.content.unwrap_or_default();
        let replied_to = reference.and_then(|id| self.message(id)).map(|message| message.author);
        let mentions =
            Mentions::resolve(&self.directory, channel, self.directory.bot, &content, replied_to, &draft.allowed);
        Message {
            id: self.clock.next_id(),
            channel: channel.id,
            guild: channel.guild,
            author: self.directory.bot,
            kind,
            content,
            embeds: draft.embeds.unwrap_or_default(),
            components: draft.components.unwrap_or_default(),
            attachments: self.store_files(draft.uploads),
            flags: draft.flags.unwrap_or(0),
            reference,
            mentions: mentions.users,
            mention_roles: mentions.roles,
            mention_everyone: mentions.everyone,
            pings: mentions.pings,
            only_for: None,
            edited_unix_ms: None,
            nonce: draft.nonce,
            interaction_metadata: None,
        }
    }

    /// Posts a message, sends the gateway event, and returns the message's JSON.
    pub(super) fn post(&mut self, message: Message) -> Value {
        self.dispatch_message("MESSAGE_CREATE", &message);
        let json = self.message_json(&message);
        self.store_message(message);
        json
    }

    /// Edits a message of the bot as the draft says, and returns its JSON. An edit never pings.
    pub(super) fn revise(&mut self, id: Snowflake, draft: MessageDraft) -> Result<Value, ApiError> {
        let now = self.clock.unix_ms();
        let mut message = self.message(id).cloned().ok_or_else(ApiError::unknown_message)?;
        message.content = draft.content.unwrap_or(message.content);
        message.embeds = draft.embeds.unwrap_or(message.embeds);
        message.components = draft.components.unwrap_or(message.components);
        if let Some(kept) = draft.kept_files {
            message.attachments.retain(|file| kept.contains(&file.id));
        }
        message.attachments.extend(self.store_files(draft.uploads));
        // An edit can change only this flag.
        if let Some(flags) = draft.flags {
            message.flags = message.flags & !SUPPRESS_EMBEDS | flags & SUPPRESS_EMBEDS;
        }
        if message.is_empty() {
            return Err(ApiError::empty_message());
        }
        if let Some(channel) = self.directory.channel(message.channel) {
            let replied_to = message.reference.and_then(|id| self.message(id)).map(|message| message.author);
            let bot = self.directory.bot;
            let mentions =
                Mentions::resolve(&self.directory, channel, bot, &message.content, replied_to, &draft.allowed);
            message.mentions = mentions.users;
            message.mention_roles = mentions.roles;
            message.mention_everyone = mentions.everyone;
        }
        message.edited_unix_ms = Some(now);
        let json = self.message_json(&message);
        self.update_message(message);
        Ok(json)
    }

    /// Replaces a message by its new version and sends the gateway event.
    pub(super) fn update_message(&mut self, message: Message) {
        self.dispatch_message("MESSAGE_UPDATE", &message);
        self.store_message(message);
    }

    /// Deletes a message and sends the gateway event.
    pub(super) fn remove_message(&mut self, id: Snowflake) -> Option<Message> {
        let message = self.discard_message(id)?;
        self.dispatch_delete(&message);
        Some(message)
    }

    /// Starts an interaction and sends it to the bot.
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
            guild: self.directory.channel(channel).and_then(|channel| channel.guild),
            data,
            message,
            opener,
            first_answer: None,
            original: None,
            followups: Vec::new(),
            answer_by: now + self.options.first_answer,
            token_until: now + self.options.token_life,
        };
        let event = self.interaction_json(&interaction);
        self.store_interaction(interaction);
        self.dispatch_interaction(&event);
        id
    }

    /// Sends the event of a new or changed message.
    pub(super) fn dispatch_message(&mut self, name: &str, message: &Message) {
        // The bot sees an ephemeral message only in the response to the call that created it.
        let is_visible = self.bot_channel(message.channel).is_some() && message.only_for.is_none();
        if !is_visible {
            return;
        }
        let whole = self.event_message_json(message);
        let mut hidden = whole.clone();
        hide_content(&mut hidden, self.directory.bot, message.guild.is_some());
        self.sessions.dispatch(message_intent(message.guild), message.guild, name, |session| {
            if session.intents & intents::MESSAGE_CONTENT != 0 { whole.clone() } else { hidden.clone() }
        });
    }

    /// Sends the event of a deleted message.
    pub(super) fn dispatch_delete(&mut self, message: &Message) {
        if self.bot_channel(message.channel).is_none() || message.only_for.is_some() {
            return;
        }
        let mut data = json!({ "id": message.id, "channel_id": message.channel });
        if let Some(guild) = message.guild {
            data["guild_id"] = json!(guild);
        }
        self.sessions.dispatch(message_intent(message.guild), message.guild, "MESSAGE_DELETE", |_| data.clone());
    }

    /// Sends an interaction, which needs no intent.
    pub(super) fn dispatch_interaction(&mut self, event: &Value) {
        let guild = event.get("guild_id").and_then(Snowflake::from_value);
        self.sessions.dispatch(0, guild, "INTERACTION_CREATE", |_| event.clone());
    }
}

fn message_intent(guild: Option<Snowflake>) -> u64 {
    if guild.is_some() { intents::GUILD_MESSAGES } else { intents::DIRECT_MESSAGES }
}
