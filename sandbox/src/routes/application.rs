//! Routes of the application: its identity, its gateway, and its registered commands.

use serde_json::{Value, json};

use crate::directory::User;
use crate::error::{ApiError, FieldErrors};
use crate::http::{ApiRequest, ApiResponse};
use crate::limits::commands::read_commands;
use crate::sessions::intents;
use crate::snowflake::Snowflake;
use crate::world::World;

/// Application flag: MESSAGE CONTENT is enabled for an application in fewer than 100 guilds.
const MESSAGE_CONTENT_LIMITED: u64 = 1 << 19;

pub(super) fn gateway(world: &World) -> ApiResponse {
    ApiResponse::ok(json!({
        "url": world.gateway_url, "shards": world.options.shards,
        "session_start_limit": {
            "total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": world.options.identify_groups,
        },
    }))
}

pub(super) fn user(world: &World) -> ApiResponse {
    let mut user = world.directory.user_json(world.directory.bot);
    for (key, value) in [("mfa_enabled", json!(false)), ("locale", json!("en-US")), ("verified", json!(true))] {
        user[key] = value;
    }
    user["email"] = Value::Null;
    ApiResponse::ok(user)
}

pub(super) fn application(world: &World) -> ApiResponse {
    let approved = world.options.approved_intents & intents::MESSAGE_CONTENT != 0;
    let flags = if approved { MESSAGE_CONTENT_LIMITED } else { 0 };
    let owner = world.directory.owner().map(User::json);
    ApiResponse::ok(json!({
        "id": world.directory.bot, "name": "footnote", "icon": null, "description": "", "type": null,
        "bot": world.directory.user_json(world.directory.bot), "bot_public": world.options.public, "bot_require_code_grant": false,
        "verify_key": "0".repeat(64), "flags": flags, "flags_new": flags.to_string(), "redirect_uris": [],
        "interactions_endpoint_url": null, "role_connections_verification_url": null, "owner": owner, "team": null,
        "approximate_guild_count": world.directory.guilds.len(), "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0, "explicit_content_filter": 0, "eligible_oauth2_scopes": [],
    }))
}

pub(super) fn commands(
    world: &World,
    application: &str,
    guild: Option<&str>,
    request: &ApiRequest,
) -> Result<ApiResponse, ApiError> {
    let guild = scope(world, application, guild)?;
    let commands = world.commands(guild).unwrap_or_default().iter();
    if request.asks_for("with_localizations") {
        return Ok(ApiResponse::ok(commands.cloned().map(Value::Object).collect()));
    }
    Ok(ApiResponse::ok(commands.map(|command| without_localizations(&Value::Object(command.clone()))).collect()))
}

pub(super) fn set_commands(
    world: &mut World,
    application: &str,
    guild: Option<&str>,
    request: &ApiRequest,
) -> Result<ApiResponse, ApiError> {
    let guild = scope(world, application, guild)?;
    let mut errors = FieldErrors::default();
    let definitions = read_commands(&request.body, &mut errors);
    errors.into_result()?;
    let registered = world.register(guild, definitions).iter().cloned();
    Ok(ApiResponse::ok(registered.map(Value::Object).collect()))
}

fn scope(world: &World, application: &str, guild: Option<&str>) -> Result<Option<Snowflake>, ApiError> {
    if Snowflake::parse(application).ok_or_else(ApiError::unknown_application)? != world.directory.bot {
        return Err(ApiError::unknown_application());
    }
    let Some(guild) = guild else { return Ok(None) };
    let guild = Snowflake::parse(guild).ok_or_else(ApiError::unknown_guild)?;
    world.directory.guild(guild).map(|guild| Some(guild.id)).ok_or_else(ApiError::unknown_guild)
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
