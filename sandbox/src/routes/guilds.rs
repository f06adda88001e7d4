//! Routes of guilds, members and channels, with which a bot checks permissions.

use serde_json::{Value, json};

use crate::error::ApiError;
use crate::http::ApiResponse;
use crate::snowflake::Snowflake;
use crate::world::World;

pub(super) fn channel(world: &World, channel: &str) -> Result<ApiResponse, ApiError> {
    let channel = Snowflake::parse(channel).ok_or_else(ApiError::unknown_channel)?;
    let found = world.directory.channel(channel).ok_or_else(ApiError::unknown_channel)?;
    if !world.directory.sees(world.directory.bot, found) {
        return Err(ApiError::missing_access());
    }
    Ok(ApiResponse::ok(world.directory.channel_json(found)))
}

pub(super) fn guild(world: &World, guild: &str) -> Result<ApiResponse, ApiError> {
    let guild = Snowflake::parse(guild).and_then(|id| world.directory.guild(id)).ok_or_else(ApiError::unknown_guild)?;
    let mut json = world.directory.guild_json(guild);
    // These fields are only in the gateway's event.
    for key in ["joined_at", "member_count", "members", "channels"] {
        json.as_object_mut().map(|object| object.remove(key));
    }
    for (key, value) in [
        ("home_header", Value::Null),
        ("region", json!("deprecated")),
        ("widget_enabled", json!(false)),
        ("widget_channel_id", Value::Null),
        ("max_presences", Value::Null),
        ("max_members", json!(500_000)),
        ("max_stage_video_channel_users", json!(50)),
        ("max_video_channel_users", json!(25)),
        ("nsfw", json!(false)),
        ("incidents_data", Value::Null),
    ] {
        json[key] = value;
    }
    Ok(ApiResponse::ok(json))
}

pub(super) fn member(world: &World, guild: &str, user: &str) -> Result<ApiResponse, ApiError> {
    let guild = Snowflake::parse(guild).and_then(|id| world.directory.guild(id)).ok_or_else(ApiError::unknown_guild)?;
    let user =
        Snowflake::parse(user).filter(|id| world.directory.user(*id).is_some() && !world.directory.is_webhook(*id));
    let user = user.ok_or_else(ApiError::unknown_member)?;
    let mut json = world.directory.member_json(guild, user);
    json["user"] = world.directory.user_json(user);
    Ok(ApiResponse::ok(json))
}
