//! The registered commands, and the selection that a user can see.

use serde_json::{Map, Value, json};

use crate::directory::permissions;
use crate::limits::commands::CHAT_INPUT;
use crate::snowflake::Snowflake;
use crate::world::World;

impl World {
    /// Replaces all commands of a guild, or all global ones. A command that keeps its type and name keeps its id; it
    /// gets a new version if its definition changed.
    pub(super) fn register(
        &mut self,
        guild: Option<Snowflake>,
        definitions: Vec<Map<String, Value>>,
    ) -> &[Map<String, Value>] {
        let old = self.commands.remove(&guild).unwrap_or_default();
        let commands = definitions.into_iter().map(|definition| complete(self, guild, definition, &old)).collect();
        let registered = self.commands.entry(guild).or_default();
        *registered = commands;
        registered
    }

    /// The commands of this type that a user can see in a channel, considering the guild and the user's permissions.
    pub(super) fn visible_commands(&self, user: Snowflake, channel: Snowflake, kind: u64) -> Vec<&Map<String, Value>> {
        let Some(channel) = self.directory.channel(channel) else { return Vec::new() };
        let rights = self.directory.user(user).map_or(0, |user| user.permissions(channel));
        let own = channel.guild.and_then(|guild| self.commands(Some(guild))).unwrap_or_default();
        let global = self.commands(None).unwrap_or_default();
        // A guild's command hides the global one of the same name.
        let hidden = |command: &Map<String, Value>| own.iter().any(|other| other["name"] == command["name"]);
        own.iter()
            .chain(global.iter().filter(|command| !hidden(command)))
            .filter(|command| command.get("type").and_then(Value::as_u64).unwrap_or(CHAT_INPUT) == kind)
            .filter(|command| channel.guild.is_some() || works_in_direct_messages(command))
            .filter(|command| channel.guild.is_none() || permits(command, rights))
            .collect()
    }
}

fn works_in_direct_messages(command: &Map<String, Value>) -> bool {
    match command.get("contexts").and_then(Value::as_array) {
        Some(contexts) => contexts.iter().any(|context| context == 1),
        None => command.get("dm_permission") != Some(&json!(false)),
    }
}

fn permits(command: &Map<String, Value>, rights: u64) -> bool {
    let needed = command.get("default_member_permissions").and_then(Value::as_str).and_then(|bits| bits.parse().ok());
    let administrator = rights & permissions::ADMINISTRATOR != 0;
    // Only administrators can see a command that requires "0".
    administrator || needed.is_none_or(|needed: u64| needed != 0 && rights & needed == needed)
}

fn complete(
    world: &mut World,
    guild: Option<Snowflake>,
    mut command: Map<String, Value>,
    old: &[Map<String, Value>],
) -> Map<String, Value> {
    command.insert("application_id".to_owned(), json!(world.directory.bot));
    command.entry("integration_types").or_insert_with(|| json!([0]));
    match guild {
        Some(guild) => _ = command.insert("guild_id".to_owned(), json!(guild)),
        None => {
            command.entry("contexts").or_insert(Value::Null);
            command.entry("dm_permission").or_insert_with(|| json!(true));
        }
    }
    for key in ["name_localizations", "description_localizations"] {
        command.entry(key).or_insert(Value::Null);
    }
    let before = old.iter().find(|old| old["name"] == command["name"] && old["type"] == command["type"]);
    let own_id = before.map_or_else(|| json!(world.clock.next_id()), |before| before["id"].clone());
    command.insert("id".to_owned(), own_id);
    let unchanged = before.filter(|before| {
        let mut before = (*before).clone();
        before.remove("version");
        before == command
    });
    let version = unchanged.map_or_else(|| json!(world.clock.next_id()), |before| before["version"].clone());
    command.insert("version".to_owned(), version);
    command
}
