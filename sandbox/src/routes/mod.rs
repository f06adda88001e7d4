//! The routes of REST: each takes the world and a request, and returns a response or an error. Unknown routes respond
//! with 501.

mod application;
mod guilds;
mod interactions;
mod messages;

use serde_json::json;

use crate::error::ApiError;
use crate::http::{ApiRequest, ApiResponse};
use crate::world::World;

/// Responds to a call.
pub(super) fn respond(world: &mut World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let segments: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    let method = request.method.as_str();
    // No authorization needed: the gateway's address is public, and a token in the path authorises its interaction.
    match (method, segments.as_slice()) {
        ("GET", ["gateway"]) => return Ok(ApiResponse::ok(json!({ "url": world.gateway_url }))),
        ("POST", ["interactions", id, token, "callback"]) => {
            return interactions::callback(world, id, token, request);
        }
        ("POST", ["webhooks", application, token]) => {
            return interactions::follow_up(world, application, token, request);
        }
        (_, ["webhooks", application, token, "messages", message]) => {
            return interactions::webhook_message(world, application, token, message, request);
        }
        _ => {}
    }
    if request.authorization.as_deref().and_then(|value| value.strip_prefix("Bot ")) != Some(&world.token) {
        return Err(ApiError::unauthorized());
    }
    match (method, segments.as_slice()) {
        ("GET", ["gateway", "bot"]) => Ok(application::gateway(world)),
        ("GET", ["users", "@me"]) => Ok(application::user(world)),
        ("GET", ["oauth2", "applications", "@me"] | ["applications", "@me"]) => Ok(application::application(world)),
        ("GET", ["applications", id, "commands"]) => application::commands(world, id, None, request),
        ("PUT", ["applications", id, "commands"]) => application::set_commands(world, id, None, request),
        ("GET", ["applications", id, "guilds", guild, "commands"]) => {
            application::commands(world, id, Some(guild), request)
        }
        ("PUT", ["applications", id, "guilds", guild, "commands"]) => {
            application::set_commands(world, id, Some(guild), request)
        }
        ("GET", ["guilds", guild]) => guilds::guild(world, guild),
        ("GET", ["guilds", guild, "members", user]) => guilds::member(world, guild, user),
        ("GET", ["channels", channel]) => guilds::channel(world, channel),
        ("GET", ["channels", channel, "messages"]) => messages::list(world, channel, request),
        ("POST", ["channels", channel, "messages"]) => messages::create(world, channel, request),
        ("GET", ["channels", channel, "messages", id]) => messages::get(world, channel, id),
        ("PATCH", ["channels", channel, "messages", id]) => messages::edit(world, channel, id, request),
        ("DELETE", ["channels", channel, "messages", id]) => messages::delete(world, channel, id),
        ("POST", ["channels", channel, "typing"]) => messages::typing(world, channel),
        _ => Err(ApiError::not_modelled(&format!("{method} {}", request.path))),
    }
}
