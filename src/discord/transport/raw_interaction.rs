//! Interactions from Discord. serenity reads all of an interaction, with the whole message that it is about, or
//! nothing; so only the fields that Footnote needs are passed on to it, and neutral values for others that it requires.

use std::collections::HashMap;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Error, Value, json, to_value};
use serenity::all::{
    ActionRow, ActionRowComponent, ApplicationId, AttachmentId, ChannelId, CommandDataOption, CommandId, GuildId,
    Interaction, InteractionId, MessageId, Permissions, RoleId, UserId,
};

use super::message::{Author, ReplyReference};

/// The address for responding to an interaction.
#[derive(Debug, Deserialize)]
pub struct ReplyAddress {
    /// The id of the interaction.
    pub id: InteractionId,
    /// The credential for responding.
    pub token: String,
}

/// Reads an interaction. Ignores every field that Footnote does not need, whatever it contains.
///
/// # Errors
/// If a field that Footnote needs is missing or has another type.
pub fn read(text: &str) -> Result<Interaction, Error> {
    let fields: InteractionFields = serde_json::from_str(text)?;
    serde_json::from_value(fields.to_json()?)
}

/// Reads the address for responding to an interaction that [`read`] cannot read. Returns `None` if even that is
/// missing, and for autocompletion (type 4), whose response cannot be a message.
#[must_use]
pub fn reply_address(text: &str) -> Option<ReplyAddress> {
    #[derive(Deserialize)]
    struct Kind {
        #[serde(rename = "type", default, deserialize_with = "lenient")]
        kind: Option<u8>,
    }
    let kind: Kind = serde_json::from_str(text).ok()?;
    if kind.kind == Some(4) { None } else { serde_json::from_str(text).ok() }
}

#[derive(Deserialize)]
#[serde(expecting = "an interaction")]
struct InteractionFields {
    id: InteractionId,
    application_id: ApplicationId,
    #[serde(rename = "type")]
    kind: u8,
    token: String,
    guild_id: Option<GuildId>,
    channel_id: ChannelId,
    #[serde(default, deserialize_with = "lenient")]
    channel: Option<ChannelFields>,
    member: Option<MemberFields>,
    user: Option<Author>,
    data: DataFields,
    message: Option<MessageFields>,
}

/// The channel of an interaction; of a thread, also the channel that contains it.
#[derive(Deserialize)]
#[serde(expecting = "a channel")]
struct ChannelFields {
    id: ChannelId,
    #[serde(rename = "type")]
    kind: u8,
    parent_id: Option<ChannelId>,
}

#[derive(Deserialize)]
#[serde(expecting = "a member")]
struct MemberFields {
    user: Author,
    #[serde(default)]
    roles: Vec<RoleId>,
    permissions: Option<Permissions>,
}

/// The data of a command, a component or a form.
#[derive(Deserialize)]
#[serde(expecting = "the data of an interaction")]
struct DataFields {
    // A command.
    id: Option<CommandId>,
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<u8>,
    options: Option<Vec<CommandDataOption>>,
    target_id: Option<MessageId>,
    #[serde(default)]
    resolved: ResolvedFields,
    // A component, or a form.
    custom_id: Option<String>,
    component_type: Option<u8>,
    values: Option<Vec<String>>,
    components: Option<Vec<ActionRow>>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object with resolved values")]
struct ResolvedFields {
    #[serde(default)]
    messages: HashMap<MessageId, MessageFields>,
    #[serde(default)]
    attachments: HashMap<AttachmentId, AttachmentFields>,
}

#[derive(Deserialize)]
#[serde(expecting = "an attachment")]
struct AttachmentFields {
    filename: String,
    size: u32,
    url: String,
}

/// The message that a component is on, or that a message command was used on.
#[derive(Deserialize)]
#[serde(expecting = "a message")]
struct MessageFields {
    id: MessageId,
    channel_id: Option<ChannelId>,
    author: Author,
    #[serde(default)]
    content: String,
    #[serde(default, deserialize_with = "lenient")]
    flags: Option<u64>,
    #[serde(default, deserialize_with = "lenient")]
    message_reference: Option<ReplyReference>,
    #[serde(default, deserialize_with = "lenient")]
    referenced_message: Option<ReferencedFields>,
    #[serde(default, deserialize_with = "lenient")]
    embeds: Option<Vec<EmbedFields>>,
    #[serde(default, deserialize_with = "action_rows")]
    components: Vec<Value>,
}

/// The message that another one replies to. It has no such message of its own, which bounds the nesting.
#[derive(Deserialize)]
struct ReferencedFields {
    author: Author,
    content: String,
}

#[derive(Deserialize)]
struct EmbedFields {
    #[serde(default, deserialize_with = "lenient")]
    footer: Option<FooterFields>,
}

#[derive(Deserialize)]
struct FooterFields {
    text: String,
}

/// Reads a value that may be left out: `None` if it is missing or cannot be read.
fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(value: D) -> Result<Option<T>, D::Error> {
    let raw = <&RawValue>::deserialize(value)?;
    Ok(serde_json::from_str(raw.get()).ok())
}

/// Reads the action rows of a message, with the buttons and menus that serenity knows. Leaves out everything else.
fn action_rows<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<Value>, D::Error> {
    #[derive(Deserialize)]
    struct Row<'a> {
        #[serde(rename = "type")]
        kind: u8,
        #[serde(borrow)]
        components: Vec<&'a RawValue>,
    }
    let raw = <&RawValue>::deserialize(value)?;
    let rows: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
    let rows = rows.into_iter().filter_map(|row| serde_json::from_str::<Row<'_>>(row.get()).ok());
    let known = |component: &&RawValue| {
        serde_json::from_str::<ActionRowComponent>(component.get()).ok()?;
        serde_json::from_str(component.get()).ok()
    };
    let rows = rows.filter(|row| row.kind == 1).map(|row| {
        let components: Vec<Value> = row.components.iter().filter_map(known).collect();
        json!({ "type": 1, "components": components })
    });
    Ok(rows.collect())
}

impl InteractionFields {
    /// An interaction that serenity reads.
    fn to_json(&self) -> Result<Value, Error> {
        let user = self.member.as_ref().map(|member| member.user).or(self.user);
        let user = user_json(user.ok_or_else(|| Error::missing_field("user"))?);
        let mut json = json!({
            "id": self.id, "application_id": self.application_id, "type": self.kind, "token": self.token, "version": 1,
            "channel_id": self.channel_id, "data": self.data.to_json(self.channel_id)?, "user": user, "locale": "",
            "entitlements": [], "attachment_size_limit": 0,
        });
        if let Some(guild) = self.guild_id {
            json["guild_id"] = json!(guild);
        }
        if let Some(ChannelFields { id, kind, parent_id }) = self.channel {
            json["channel"] = json!({ "id": id, "type": kind, "parent_id": parent_id });
        }
        if let Some(member) = &self.member {
            json["member"] = json!({
                "user": user, "roles": member.roles, "permissions": member.permissions, "deaf": false, "mute": false,
                "flags": 0,
            });
        }
        if let Some(message) = &self.message {
            json["message"] = message.to_json(self.channel_id);
        }
        Ok(json)
    }
}

impl DataFields {
    fn to_json(&self, channel: ChannelId) -> Result<Value, Error> {
        let messages = self.resolved.messages.iter();
        let messages: HashMap<_, _> = messages.map(|(id, message)| (id, message.to_json(channel))).collect();
        let attachments = self.resolved.attachments.iter().map(|(id, file)| {
            let AttachmentFields { filename, size, url } = file;
            (id, json!({ "id": id, "filename": filename, "size": size, "url": url, "proxy_url": url }))
        });
        let fields = [
            ("id", to_value(self.id)?),
            ("name", to_value(&self.name)?),
            ("type", to_value(self.kind)?),
            ("options", to_value(&self.options)?),
            ("target_id", to_value(self.target_id)?),
            ("resolved", json!({ "messages": messages, "attachments": attachments.collect::<HashMap<_, _>>() })),
            ("custom_id", to_value(&self.custom_id)?),
            ("component_type", to_value(self.component_type)?),
            ("values", to_value(&self.values)?),
            ("components", to_value(&self.components)?),
        ];
        let present = fields.into_iter().filter(|(_, value)| !value.is_null());
        Ok(present.map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

impl MessageFields {
    fn to_json(&self, channel: ChannelId) -> Value {
        let channel = self.channel_id.unwrap_or(channel);
        let mut json = message_json(self.id, channel, self.author, &self.content);
        let footer = |embed: &EmbedFields| match &embed.footer {
            Some(FooterFields { text }) => json!({ "footer": { "text": text } }),
            None => json!({}),
        };
        json["flags"] = json!(self.flags);
        json["embeds"] = self.embeds.iter().flatten().map(footer).collect();
        json["components"] = self.components.iter().cloned().collect();
        if let Some(ReplyReference { message_id }) = self.message_reference {
            json["message_reference"] = json!({ "channel_id": channel, "message_id": message_id });
        }
        if let Some(ReferencedFields { author, content }) = &self.referenced_message {
            let id = self.message_reference.and_then(|reference| reference.message_id).unwrap_or(self.id);
            json["referenced_message"] = message_json(id, channel, *author, content);
        }
        json
    }
}

/// A message with nothing but its text.
fn message_json(id: MessageId, channel: ChannelId, author: Author, content: &str) -> Value {
    json!({
        "id": id, "channel_id": channel, "type": 0, "author": user_json(author), "content": content,
        "timestamp": id.created_at(), "tts": false, "mention_everyone": false, "mentions": [], "mention_roles": [],
        "attachments": [], "embeds": [], "pinned": false,
    })
}

fn user_json(Author { id, bot }: Author) -> Value {
    let id: UserId = id;
    json!({ "id": id, "username": "", "bot": bot })
}

/// Describes why JSON could not be read, without any text from it: serde quotes the value that it found, which may be a
/// member's text.
#[must_use]
pub fn cause(error: &Error) -> String {
    let text = error.to_string();
    let field = |prefix: &str| text.strip_prefix(prefix)?.split('`').next();
    if let Some(name) = field("missing field `") {
        return format!("the field `{name}` is missing");
    }
    if text.starts_with("invalid type: ") || text.starts_with("invalid value: ") {
        let expected = text.rsplit_once(", expected ").map_or("another value", |(_, expected)| expected);
        return format!("expected {}", expected.split(" at line ").next().unwrap_or(expected));
    }
    match error.classify() {
        serde_json::error::Category::Data => "a value is not allowed".to_owned(),
        _ => "it is not JSON, or nested too deeply".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serenity::all::ResolvedTarget;

    use super::*;

    /// A message command on a message that has, besides its text, only parts of new kinds.
    fn answer_this() -> Value {
        let message = json!({
            "id": "10", "channel_id": "4", "author": { "id": "11", "avatar": 7 }, "content": "why?", "type": 250,
            "timestamp": "never", "edited_timestamp": 5, "tts": "no", "mentions": "none", "pinned": null, "flags": -1,
            "components": [{ "type": 17, "components": [{ "type": 99 }] }, 3], "embeds": [{ "timestamp": "never" }],
            "attachments": [{ "id": "x", "filename": null }], "poll": [], "message_snapshots": 1, "sticker_items": {},
            "message_reference": { "type": 99, "message_id": "12" },
            "referenced_message": { "author": { "id": "13" }, "content": "before", "embeds": 1, "components": [7] },
        });
        json!({
            "id": "1", "application_id": "2", "type": 2, "token": "t", "version": 99, "guild_id": "3",
            "channel_id": "4", "channel": { "type": "new" }, "locale": 5, "entitlements": [{}], "context": 77,
            "member": {
                "user": { "id": "5", "primary_guild": 1, "collectibles": [] }, "roles": ["6"], "permissions": "32",
                "flags": "new", "joined_at": "never",
            },
            "data": {
                "id": "8", "name": "Answer this", "type": 3, "target_id": "10",
                "resolved": { "messages": { "10": message }, "members": 3, "users": { "x": 1 }, "new": [] },
            },
        })
    }

    #[test]
    fn an_interaction_with_parts_of_new_kinds_is_read() {
        let Interaction::Command(call) = read(&answer_this().to_string()).unwrap() else { panic!() };
        let member = call.member.as_ref().unwrap();
        assert_eq!((call.id.get(), call.token.as_str(), call.user.id.get(), call.channel_id.get()), (1, "t", 5, 4));
        assert_eq!(call.guild_id.map(GuildId::get), Some(3));
        assert_eq!(
            (member.user.id.get(), member.roles[0].get(), member.permissions),
            (5, 6, Some(Permissions::MANAGE_GUILD))
        );
        let Some(ResolvedTarget::Message(message)) = call.data.target() else { panic!() };
        assert_eq!((message.id.get(), message.content.as_str()), (10, "why?"));
        assert_eq!(message.referenced_message.as_ref().unwrap().content, "before");
    }

    #[test]
    fn a_press_keeps_what_the_handlers_read_of_the_message() {
        let button = json!({ "type": 2, "style": 1, "custom_id": "one", "label": "One" });
        let press = json!({
            "id": "1", "application_id": "2", "type": 3, "token": "t", "channel_id": "4", "user": { "id": "5" },
            "data": { "custom_id": "one", "component_type": 3, "values": ["v"], "id": 12 },
            "message": {
                "id": "10", "author": { "id": "2", "bot": true }, "flags": 64,
                "embeds": [{ "footer": { "text": "Asked: why?", "icon": 7 }, "timestamp": "never" }],
                "components": [
                    { "type": 1, "components": [button, { "type": 99 }, { "type": 2 }] }, { "type": 99 }, "row",
                ],
                "message_reference": { "message_id": "9", "channel_id": "4" },
            },
        });
        let Interaction::Component(press) = read(&press.to_string()).unwrap() else { panic!() };
        assert_eq!((press.user.id.get(), press.data.custom_id.as_str()), (5, "one"));
        let message = &press.message;
        assert_eq!(message.channel_id.get(), 4);
        assert!(message.flags.unwrap().contains(serenity::all::MessageFlags::EPHEMERAL));
        assert_eq!(message.embeds[0].footer.as_ref().unwrap().text, "Asked: why?");
        assert_eq!(message.message_reference.as_ref().unwrap().message_id, Some(MessageId::new(9)));
        assert_eq!(to_value(&message.components).unwrap()[0]["components"][0]["label"], "One");
        assert_eq!((message.components.len(), message.components[0].components.len()), (1, 1));
    }

    #[test]
    fn options_and_files_of_a_command_are_kept() {
        let call = json!({
            "id": "1", "application_id": "2", "type": 4, "token": "t", "channel_id": "4", "user": { "id": "5" },
            "data": {
                "id": "8", "name": "knowledge", "type": 1,
                "options": [{ "name": "import", "type": 1, "options": [
                    { "name": "attachment", "type": 11, "value": "20" },
                    { "name": "file", "type": 3, "value": "har", "focused": true },
                ] }],
                "resolved": { "attachments": { "20": {
                    "id": "20", "filename": "a.json", "size": 3, "url": "https://a", "width": "wide",
                } } },
            },
        });
        let Interaction::Autocomplete(call) = read(&call.to_string()).unwrap() else { panic!() };
        assert_eq!(call.data.autocomplete().map(|typed| (typed.name, typed.value)), Some(("file", "har")));
        let file = &call.data.resolved.attachments[&AttachmentId::new(20)];
        assert_eq!((file.filename.as_str(), file.size, file.url.as_str()), ("a.json", 3, "https://a"));
    }

    #[test]
    fn the_cause_of_an_unreadable_interaction_is_named_with_its_position_and_not_quoted() {
        for (pointer, value, expected) in [
            ("/token", json!(7), "expected a string"),
            ("/token", Value::Null, "expected a string"),
            ("/channel_id", json!(["secret"]), "expected a string or integer snowflake"),
            ("/channel_id", json!("secret"), "a value is not allowed"),
            ("/data", json!("secret, expected more"), "expected the data of an interaction"),
            ("/data/resolved/messages", json!("secret"), "expected a map"),
            ("/data/resolved/messages/10/content", json!({ "secret": 1 }), "expected a string"),
            ("/data/resolved/messages/10/author", json!({ "secret": 1 }), "the field `id` is missing"),
            ("/data/options", json!([{ "name": "secret", "type": 3, "value": 7 }]), ""),
            ("/type", json!(99), ""),
        ] {
            let mut odd = answer_this();
            if pointer == "/data/options" {
                odd["data"]["options"] = Value::Null;
            }
            *odd.pointer_mut(pointer).unwrap() = value;
            let error = read(&odd.to_string()).unwrap_err();
            let cause = cause(&error);
            assert!(cause.starts_with(expected) && !cause.contains("secret"), "{pointer}: {cause}");
            assert!(error.column() > 0 || pointer == "/type", "{pointer}: {cause}");
            let address = reply_address(&odd.to_string());
            assert_eq!(address.map(|address| address.id.get()), (pointer != "/token").then_some(1), "{pointer}");
        }
        assert!(reply_address(r#"{"id": "1", "token": "t", "type": 4}"#).is_none());
        assert!(reply_address("{}").is_none());
    }
}
