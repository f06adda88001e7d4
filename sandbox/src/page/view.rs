//! One user's view as JSON: guilds, channels, users, messages, commands, and the state of the bot's knowledge.

use serde_json::{Map, Value, json};

use super::messages::message_json;
use super::state::{PageRefusal, PageState, Viewer};
use crate::acts::ChannelRef;
use crate::directory::{Channel, User};
use crate::error::ActError;
use crate::limits::commands::{CHAT_INPUT, MESSAGE_MENU, SUB_COMMAND, SUB_COMMAND_GROUP};
use crate::snowflake::Snowflake;
use crate::world::World;

/// Number of messages shown, newest first: enough for trying a bot.
const MESSAGES_MAX: usize = 100;

/// Returns the viewing user and the channel to show: the requested one if visible, otherwise the first visible one.
pub(super) fn locate_viewer<'a>(world: &'a World, viewer: &Viewer) -> Result<(&'a User, &'a Channel), ActError> {
    let user = world.acting_user(&viewer.user)?;
    let requested = Snowflake::parse(&viewer.channel).map_or_else(|| viewer.channel.as_str().into(), ChannelRef::Id);
    let channel = world.locate(&viewer.user, &requested).ok().map(|(_, channel)| channel);
    let first = || world.directory.channels.iter().find(|channel| world.directory.sees(user.id, channel));
    let nothing = || ActError::UnknownChannel(viewer.channel.clone(), String::new());
    Ok((user, channel.or_else(first).ok_or_else(nothing)?))
}

/// The complete data of the page.
pub(super) fn view_json(state: &PageState, viewer: &Viewer) -> Result<Value, PageRefusal> {
    let (starters, knowledge) = (state.bot_info.starters(), state.bot_info.knowledge());
    let view = state.sandbox.read(|world| {
        let (user, channel) = locate_viewer(world, viewer)?;
        let guild = channel.guild.or_else(|| world.directory.guilds.first().map(|guild| guild.id));
        let is_listed = |other: &&Channel| other.guild == guild && world.directory.sees(user.id, other);
        let direct = world.directory.channels.iter().find(|other| other.recipient == Some(user.id));
        let mut messages: Vec<Value> = world
            .messages()
            .rev()
            .filter(|message| message.channel == channel.id && world.sees(user.id, message))
            .take(MESSAGES_MAX)
            .map(|message| message_json(world, user, channel, message))
            .collect();
        messages.reverse();
        let menus = world.visible_commands(user.id, channel.id, MESSAGE_MENU);
        Ok::<_, ActError>(json!({
            "viewer": { "id": user.id, "name": user.name },
            "bot": { "id": world.directory.bot, "name": world.bot_user().map(|bot| &bot.name) },
            "people": world.directory.users.iter().filter(|user| user.kind.is_person()).map(|user| &user.name).collect::<Vec<_>>(),
            "guilds": world.directory.guilds.iter().map(|guild| {
                let first = world.directory.channels.iter().find(|channel| channel.guild == Some(guild.id));
                json!({ "id": guild.id, "name": guild.name, "channel": first.map(|channel| channel.id) })
            }).collect::<Vec<_>>(),
            "guild": guild,
            "channels": world.directory.channels.iter().filter(is_listed).map(channel_json).collect::<Vec<_>>(),
            "direct": direct.map(channel_json),
            "channel": channel_json(channel),
            "messages": messages,
            "commands": world.visible_commands(user.id, channel.id, CHAT_INPUT).into_iter().flat_map(flatten_command).collect::<Vec<_>>(),
            "menus": menus.iter().map(|command| &command["name"]).collect::<Vec<_>>(),
            "mentionable": world.directory.users.iter().filter(|other| other.id != user.id && !world.directory.is_webhook(other.id))
                .map(|user| json!({ "id": user.id, "name": user.name })).collect::<Vec<_>>(),
            "roles": guild.and_then(|id| world.directory.guild(id)).into_iter()
                .map(|guild| json!({ "id": guild.moderators, "name": "moderators" })).collect::<Vec<_>>(),
            "connected": world.sessions.identifies > 0,
        }))
    });
    let mut view = view?;
    view["starters"] = json!(starters);
    view["knowledge"] = json!(knowledge);
    Ok(view)
}

fn channel_json(channel: &Channel) -> Value {
    json!({
        "id": channel.id, "name": channel.name, "restricted": channel.restricted, "direct": channel.guild.is_none(),
    })
}

/// The commands that can be typed after a slash, with options and descriptions; a command with subcommands becomes
/// several.
fn flatten_command(command: &Map<String, Value>) -> Vec<Value> {
    fn descend(prefix: &str, level: &Value, found: &mut Vec<Value>) {
        let name = format!("{prefix}{}", level["name"].as_str().unwrap_or_default());
        let options: Vec<&Value> = level["options"].as_array().into_iter().flatten().collect();
        let below = |option: &&&Value| option["type"] == SUB_COMMAND || option["type"] == SUB_COMMAND_GROUP;
        if options.iter().any(|option| below(&option)) {
            options.iter().filter(below).for_each(|option| descend(&format!("{name} "), option, found));
        } else {
            found.push(json!({ "name": name, "description": level["description"], "options": options }));
        }
    }
    let mut found = Vec::new();
    descend("", &Value::Object(command.clone()), &mut found);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subcommands_become_separate_commands() {
        let command = json!({ "name": "entry", "description": "Entries", "options": [
            { "type": 1, "name": "add", "description": "Adds", "options": [{ "type": 3, "name": "question" }] },
            { "type": 2, "name": "wording", "description": "Wordings", "options": [
                { "type": 1, "name": "teach", "description": "Teaches" },
            ] },
        ] });
        let found = command.as_object().map(flatten_command).unwrap_or_default();
        let names: Vec<_> = found.iter().map(|leaf| (&leaf["name"], &leaf["description"])).collect();
        let (add, teach) = (json!("entry add"), json!("entry wording teach"));
        assert_eq!(names, [(&add, &json!("Adds")), (&teach, &json!("Teaches"))]);
        assert_eq!(found.first().map(|leaf| &leaf["options"][0]["name"]), Some(&json!("question")));
    }
}
