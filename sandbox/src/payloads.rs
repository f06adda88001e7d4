//! Messages and interactions as the JSON objects that Discord sends to a bot.

use serde_json::{Value, json};

use crate::directory::permissions;
use crate::interaction::{Interaction, InteractionKind};
use crate::message::Attachment;
use crate::message::Message;
use crate::snowflake::{Snowflake, timestamp};
use crate::world::World;

impl World {
    /// The message as in a REST response, with its full text.
    pub fn message_json(&self, message: &Message) -> Value {
        let mut json = self.basic_message_json(message);
        if let Some(id) = message.reference {
            json["message_reference"] = json!({ "type": 0, "channel_id": message.channel, "message_id": id });
            if let Some(guild) = message.guild {
                json["message_reference"]["guild_id"] = json!(guild);
            }
            json["referenced_message"] = self.message(id).map_or(Value::Null, |found| self.basic_message_json(found));
        }
        json
    }

    /// The message as in a gateway event: with the guild and the author's membership.
    pub(super) fn event_message_json(&self, message: &Message) -> Value {
        let mut json = self.message_json(message);
        json["channel_type"] = json!(if message.guild.is_some() { 0 } else { 1 });
        if let Some(guild) = message.guild.and_then(|id| self.directory.guild(id)) {
            json["guild_id"] = json!(guild.id);
            if !self.directory.is_webhook(message.author) {
                json["member"] = self.directory.member_json(guild, message.author);
            }
            for mention in json["mentions"].as_array_mut().into_iter().flatten() {
                if let Some(id) = Snowflake::from_value(&mention["id"]) {
                    mention["member"] = self.directory.member_json(guild, id);
                }
            }
        }
        json
    }

    fn basic_message_json(&self, message: &Message) -> Value {
        let mut json = json!({
            "id": message.id, "channel_id": message.channel, "type": message.kind as u8,
            "author": self.directory.user_json(message.author), "content": message.content,
            "timestamp": timestamp(message.id.unix_ms()), "edited_timestamp": message.edited_unix_ms.map(timestamp),
            "tts": false, "pinned": false, "flags": message.flags, "attachments": self.files_json(&message.attachments),
            "embeds": message.embeds, "components": message.components,
            "mentions": message.mentions.iter().map(|id| self.directory.user_json(*id)).collect::<Vec<_>>(),
            "mention_roles": message.mention_roles, "mention_everyone": message.mention_everyone,
        });
        if self.directory.is_webhook(message.author) {
            json["webhook_id"] = json!(message.author);
        }
        if let Some(nonce) = &message.nonce {
            json["nonce"] = nonce.clone();
        }
        if let Some(metadata) = &message.interaction_metadata {
            json["interaction_metadata"] = metadata.clone();
            json["application_id"] = json!(self.directory.bot);
            json["webhook_id"] = json!(self.directory.bot);
        }
        json
    }

    fn files_json(&self, files: &[Attachment]) -> Vec<Value> {
        files.iter().map(|file| file.json(&self.base_url)).collect()
    }

    /// The event INTERACTION_CREATE.
    pub(super) fn interaction_json(&self, interaction: &Interaction) -> Value {
        let mut json = json!({
            "id": interaction.id, "application_id": self.directory.bot, "type": interaction.kind as u8,
            "token": interaction.token, "version": 1, "data": interaction.data, "channel_id": interaction.channel,
            "locale": self.directory.user(interaction.user).map(|user| &user.locale), "entitlements": [],
            "authorizing_integration_owners": self.authorising_owners(interaction.guild),
            "context": if interaction.guild.is_some() { 0 } else { 1 }, "attachment_size_limit": 10_485_760,
        });
        let Some(channel) = self.directory.channel(interaction.channel) else { return json };
        let rights = self.directory.user(interaction.user).map_or(0, |user| user.permissions(channel));
        let bot_rights = self.bot_user().map_or(permissions::BOT, |bot| bot.permissions(channel));
        json["channel"] = channel.partial_json(rights);
        json["app_permissions"] = json!(bot_rights.to_string());
        let user = self.directory.user_json(interaction.user);
        match interaction.guild.and_then(|id| self.directory.guild(id)) {
            Some(guild) => {
                json["guild_id"] = json!(guild.id);
                json["guild"] = json!({ "id": guild.id, "locale": "en-US", "features": [] });
                json["guild_locale"] = json!("en-US");
                json["member"] = self.directory.member_json(guild, interaction.user);
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

    /// `interaction_metadata` of the message that answers this interaction.
    pub(super) fn interaction_metadata(&self, interaction: &Interaction) -> Value {
        let mut json = json!({
            "id": interaction.id, "type": interaction.kind as u8, "user": self.directory.user_json(interaction.user),
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

    /// The owners of the installations that authorise the interaction. Key 0 is the guild's id, or `0` in a direct
    /// message.
    fn authorising_owners(&self, guild: Option<Snowflake>) -> Value {
        json!({ "0": guild.unwrap_or(Snowflake(0)) })
    }
}
