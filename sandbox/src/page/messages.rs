//! A message as JSON for one user: texts as HTML, and the actions that the user may take.

use serde_json::{Value, json};

use super::markdown::{self, blocks, inline};
use crate::acts::json::as_typed;
use crate::directory::{Channel, User, UserKind, permissions};
use crate::limits::commands::{SUB_COMMAND, SUB_COMMAND_GROUP};
use crate::limits::components::{BUTTON, STRING_SELECT};
use crate::message::{Message, MessageKind, SUPPRESS_EMBEDS};
use crate::snowflake::Snowflake;
use crate::world::World;

/// Maximum length of the quotation above a reply, in characters: about a line.
const QUOTED_CHARS: usize = 160;

/// Discord's default colour beside an embed, a grey.
const NO_COLOUR: u64 = 0x80_84_8E;

impl markdown::MentionNames for World {
    fn mention(&self, reference: &str) -> Option<String> {
        if let Some(role) = reference.strip_prefix("@&") {
            let id = Snowflake::parse(role)?;
            return self.directory.guilds.iter().any(|guild| guild.moderators == id).then(|| "@moderators".to_owned());
        }
        if let Some(user) = reference.strip_prefix('@') {
            return Some(format!("@{}", self.directory.user(Snowflake::parse(user.trim_start_matches('!'))?)?.name));
        }
        if let Some(command) = reference.strip_prefix('/') {
            return command.split_once(':').map(|(name, _)| format!("/{name}"));
        }
        let channel = self.directory.channel(Snowflake::parse(reference.strip_prefix('#')?)?)?;
        Some(format!("#{}", channel.name))
    }
}

/// The message as `viewer` sees it.
pub(super) fn message_json(world: &World, viewer: &User, channel: &Channel, message: &Message) -> Value {
    let ephemeral = message.only_for.is_some();
    let own = message.author == viewer.id;
    let manages = viewer.permissions(channel) & permissions::MANAGE_MESSAGES != 0;
    let embeds = if message.flags & SUPPRESS_EMBEDS == 0 { message.embeds.as_slice() } else { &[] };
    json!({
        "id": message.id,
        "at": message.id.unix_ms(),
        "author": author_json(world, message.author),
        "html": blocks(&message.content, world),
        "text": as_typed(world, &message.text()),
        "typed": as_typed(world, &message.content),
        "edited": message.edited_unix_ms,
        "loading": message.is_loading(),
        "ephemeral": ephemeral,
        "pinged": message.pings.contains(&viewer.id),
        "own": own,
        "deletable": own || ephemeral || manages,
        "reply": quotation_json(world, viewer, message),
        "invoked": command_json(world, message),
        "embeds": embeds.iter().map(|embed| embed_json(world, embed)).collect::<Vec<_>>(),
        "files": message.attachments.iter().map(|file| json!({
            "id": file.id, "filename": file.filename, "bytes": file.content.len(),
        })).collect::<Vec<_>>(),
        "rows": message.components.iter().map(row_json).collect::<Vec<_>>(),
    })
}

fn author_json(world: &World, id: Snowflake) -> Value {
    let user = world.directory.user(id);
    let rank = user.map(|user| user.kind);
    json!({
        "id": id, "name": user.map(|user| &user.name), "app": !rank.is_some_and(UserKind::is_person),
        "self": id == world.directory.bot, "moderates": matches!(rank, Some(UserKind::Moderator | UserKind::Owner)),
    })
}

/// The quotation above a reply.
fn quotation_json(world: &World, viewer: &User, message: &Message) -> Value {
    let Some(id) = message.reference.filter(|_| message.kind == MessageKind::Reply) else { return Value::Null };
    let Some(quoted) = world.message(id).filter(|quoted| world.sees(viewer.id, quoted)) else {
        return json!({ "gone": true });
    };
    let text = as_typed(world, &quoted.text()).replace('\n', " ");
    let text: String = text.chars().take(QUOTED_CHARS).collect();
    json!({ "id": id, "author": author_json(world, quoted.author), "text": text })
}

/// The user and the command above the answer to a command.
fn command_json(world: &World, message: &Message) -> Value {
    if !matches!(message.kind, MessageKind::ChatInputCommand | MessageKind::ContextMenuCommand) {
        return Value::Null;
    }
    let interaction = world.interactions().rev().find(|interaction| interaction.original == Some(message.id));
    let Some(interaction) = interaction else { return Value::Null };
    let slash = if message.kind == MessageKind::ChatInputCommand { "/" } else { "" };
    json!({ "author": author_json(world, interaction.user), "command": format!("{slash}{}", command_name(&interaction.data)) })
}

/// A command's name with the names of its subcommands.
fn command_name(command: &Value) -> String {
    let name = command["name"].as_str().unwrap_or_default();
    let below = command["options"].as_array().into_iter().flatten();
    let below = below.filter(|option| option["type"] == SUB_COMMAND || option["type"] == SUB_COMMAND_GROUP);
    below.fold(name.to_owned(), |name, option| format!("{name} {}", command_name(option)))
}

fn embed_json(world: &World, embed: &Value) -> Value {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let fields = embed["fields"].as_array().into_iter().flatten().map(|field| {
        json!({
            "name": inline(&text(&field["name"]), world), "value": blocks(&text(&field["value"]), world),
            "inline": field["inline"] == true,
        })
    });
    let colour = embed["color"].as_u64().filter(|colour| *colour != 0).unwrap_or(NO_COLOUR);
    json!({
        "colour": format!("#{colour:06x}"),
        "author": text(&embed["author"]["name"]),
        "title": inline(&text(&embed["title"]), world),
        "description": blocks(&text(&embed["description"]), world),
        "fields": fields.collect::<Vec<_>>(),
        "footer": text(&embed["footer"]["text"]),
    })
}

fn row_json(row: &Value) -> Value {
    let controls = row["components"].as_array().into_iter().flatten().map(|control| {
        let kind = match control["type"].as_u64() {
            Some(BUTTON) => "button",
            Some(STRING_SELECT) => "select",
            _ => "other",
        };
        let mut json = control.clone();
        json["type"] = json!(kind);
        json
    });
    controls.collect()
}
