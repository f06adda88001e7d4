//! Routes on the application itself: who it is, where its gateway is, which commands it registered.

use serde_json::{Map, Value, json};

use super::super::error::{ApiError, Form};
use super::super::limits::commands::{CHAT_INPUT, read_commands};
use super::super::rest::{Answer, Request};
use super::super::sessions::intents;
use super::super::snowflake::Snowflake;
use super::super::world::World;
use super::id;

/// Application flag: MESSAGE CONTENT is switched on for an application in fewer than 100 guilds.
const MESSAGE_CONTENT_LIMITED: u64 = 1 << 19;

pub(super) fn gateway(world: &World) -> Answer {
    Answer::ok(json!({
        "url": world.settings.gateway_url, "shards": 1,
        "session_start_limit": { "total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1 },
    }))
}

pub(super) fn user(world: &World) -> Answer {
    let mut user = world.cast.user_json(world.cast.bot);
    for (key, value) in [("mfa_enabled", json!(false)), ("locale", json!("en-US")), ("verified", json!(true))] {
        user[key] = value;
    }
    user["email"] = Value::Null;
    Answer::ok(user)
}

pub(super) fn application(world: &World) -> Answer {
    let approved = world.settings.approved_intents & intents::MESSAGE_CONTENT != 0;
    let flags = if approved { MESSAGE_CONTENT_LIMITED } else { 0 };
    let owner = world.cast.users.iter().find(|user| user.rank == super::super::Rank::Owner).map(|user| user.json());
    Answer::ok(json!({
        "id": world.cast.bot, "name": "footnote", "icon": null, "description": "", "type": null,
        "bot": world.cast.user_json(world.cast.bot), "bot_public": true, "bot_require_code_grant": false,
        "verify_key": "0".repeat(64), "flags": flags, "flags_new": flags.to_string(), "redirect_uris": [],
        "interactions_endpoint_url": null, "role_connections_verification_url": null, "owner": owner, "team": null,
        "approximate_guild_count": world.cast.guilds.len(), "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0, "explicit_content_filter": 0, "eligible_oauth2_scopes": [],
    }))
}

pub(super) fn commands(
    world: &World,
    application: &str,
    guild: Option<&str>,
    request: &Request,
) -> Result<Answer, ApiError> {
    let guild = scope(world, application, guild)?;
    let commands = world.commands(guild).unwrap_or_default().iter();
    if request.asks_for("with_localizations") {
        return Ok(Answer::ok(commands.cloned().map(Value::Object).collect()));
    }
    Ok(Answer::ok(commands.map(|command| without_localizations(&Value::Object(command.clone()))).collect()))
}

/// Replaces all commands of a scope. A command that keeps its kind and name keeps its id; its version changes when
/// its definition does.
pub(super) fn set_commands(
    world: &mut World,
    application: &str,
    guild: Option<&str>,
    request: &Request,
) -> Result<Answer, ApiError> {
    let guild = scope(world, application, guild)?;
    let mut form = Form::default();
    let definitions = read_commands(&request.body, &mut form);
    form.finish()?;
    let old = world.commands.remove(&guild).unwrap_or_default();
    let commands: Vec<_> = definitions.into_iter().map(|definition| complete(world, guild, definition, &old)).collect();
    let answer = commands.iter().cloned().map(Value::Object).collect();
    world.commands.insert(guild, commands);
    Ok(Answer::ok(answer))
}

fn complete(
    world: &mut World,
    guild: Option<Snowflake>,
    mut command: Map<String, Value>,
    old: &[Map<String, Value>],
) -> Map<String, Value> {
    command.insert("application_id".to_owned(), json!(world.cast.bot));
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

fn scope(world: &World, application: &str, guild: Option<&str>) -> Result<Option<Snowflake>, ApiError> {
    if id(application, ApiError::unknown_application)? != world.cast.bot {
        return Err(ApiError::unknown_application());
    }
    let Some(guild) = guild else { return Ok(None) };
    let guild = id(guild, ApiError::unknown_guild)?;
    world.cast.guild(guild).map(|guild| Some(guild.id)).ok_or_else(ApiError::unknown_guild)
}

fn without_localizations(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let kept = object.iter().filter(|(key, _)| !key.ends_with("_localizations"));
            Value::Object(kept.map(|(key, value)| (key.clone(), without_localizations(value))).collect())
        }
        Value::Array(list) => list.iter().map(without_localizations).collect(),
        other => other.clone(),
    }
}

impl World {
    /// The commands that a user is offered in a channel: of this kind, in their guild, with the permissions needed.
    pub(in super::super) fn visible_commands(
        &self,
        user: Snowflake,
        channel: Snowflake,
        kind: u64,
    ) -> Vec<&Map<String, Value>> {
        let Some(channel) = self.cast.channel(channel) else { return Vec::new() };
        let rights = self.cast.user(user).map_or(0, |user| user.permissions(channel));
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
    let administrator = rights & super::super::permissions::ADMINISTRATOR != 0;
    // A command that needs "0" is offered to administrators alone.
    administrator || needed.is_none_or(|needed: u64| needed != 0 && rights & needed == needed)
}
