//! Routes of a channel's messages.

use serde_json::Value;

use crate::directory::{Channel, permissions};
use crate::error::{ApiError, FieldErrors};
use crate::http::{ApiRequest, ApiResponse};
use crate::limits::message::MessageDraft;
use crate::message::{Message, MessageKind, hide_content};
use crate::sessions::intents;
use crate::snowflake::Snowflake;
use crate::world::World;

/// Default and maximum number of messages in a list.
const LISTED: (usize, usize) = (50, 100);
/// Time during which a nonce prevents a second message. Discord's documentation says "the past few minutes".
const NONCE_LIFE_MS: u64 = 5 * 60 * 1000;

pub(super) fn create(world: &mut World, channel: &str, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let channel = find_channel(world, channel)?;
    let draft = MessageDraft::read(&request.body, &request.files, "")?;
    if draft.is_empty() {
        return Err(ApiError::empty_message());
    }
    if draft.enforce_nonce
        && let Some(earlier) = sent_with_nonce(world, &channel, draft.nonce.as_ref())
    {
        return Ok(ApiResponse::ok(world.message_json(earlier)));
    }
    let reference = find_reference(world, &channel, &draft)?;
    let kind = if reference.is_some() { MessageKind::Reply } else { MessageKind::Default };
    let message = world.compose(&channel, kind, reference, draft);
    Ok(ApiResponse::ok(world.post(message)))
}

pub(super) fn get(world: &World, channel: &str, message: &str) -> Result<ApiResponse, ApiError> {
    let channel = find_channel(world, channel)?;
    let message = find_message(world, &channel, message)?;
    Ok(ApiResponse::ok(readable_json(world, message)))
}

pub(super) fn list(world: &World, channel: &str, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let channel = find_channel(world, channel)?;
    let bound = |name: &str| request.parameter(name).and_then(Snowflake::parse);
    if bound("around").is_some() {
        return Err(ApiError::not_modelled("messages around one"));
    }
    let (before, after) = (bound("before"), bound("after"));
    let limit = request.parameter("limit").and_then(|limit| limit.parse().ok()).unwrap_or(LISTED.0).clamp(1, LISTED.1);
    let fits = |message: &&Message| {
        message.channel == channel.id
            && message.only_for.is_none()
            && before.is_none_or(|before| message.id < before)
            && after.is_none_or(|after| message.id > after)
    };
    let mut found: Vec<_> = if after.is_some() {
        world.messages().filter(fits).take(limit).collect()
    } else {
        world.messages().rev().filter(fits).take(limit).collect()
    };
    found.sort_by_key(|message| std::cmp::Reverse(message.id));
    Ok(ApiResponse::ok(found.into_iter().map(|message| readable_json(world, message)).collect()))
}

pub(super) fn edit(
    world: &mut World,
    channel: &str,
    message: &str,
    request: &ApiRequest,
) -> Result<ApiResponse, ApiError> {
    let channel = find_channel(world, channel)?;
    let found = find_message(world, &channel, message)?;
    if found.author != world.directory.bot {
        return Err(ApiError::not_author());
    }
    let id = found.id;
    let draft = MessageDraft::read(&request.body, &request.files, "")?;
    world.revise(id, draft).map(ApiResponse::ok)
}

pub(super) fn delete(world: &mut World, channel: &str, message: &str) -> Result<ApiResponse, ApiError> {
    let channel = find_channel(world, channel)?;
    let found = find_message(world, &channel, message)?;
    let rights = world.bot_user().map_or(0, |bot| bot.permissions(&channel));
    if found.author != world.directory.bot && rights & permissions::MANAGE_MESSAGES == 0 {
        return Err(ApiError::missing_permissions());
    }
    let id = found.id;
    world.remove_message(id);
    Ok(ApiResponse::no_content())
}

pub(super) fn typing(world: &World, channel: &str) -> Result<ApiResponse, ApiError> {
    find_channel(world, channel).map(|_| ApiResponse::no_content())
}

fn find_channel(world: &World, channel: &str) -> Result<Channel, ApiError> {
    let channel = Snowflake::parse(channel).ok_or_else(ApiError::unknown_channel)?;
    world.bot_channel(channel).cloned().ok_or_else(ApiError::unknown_channel)
}

fn find_message<'a>(world: &'a World, channel: &Channel, message: &str) -> Result<&'a Message, ApiError> {
    let message = Snowflake::parse(message).ok_or_else(ApiError::unknown_message)?;
    let shown = |message: &&Message| message.channel == channel.id && message.only_for.is_none();
    world.message(message).filter(shown).ok_or_else(ApiError::unknown_message)
}

/// A message's JSON, without its content if the application may not read it.
fn readable_json(world: &World, message: &Message) -> Value {
    let mut json = world.message_json(message);
    if world.options.approved_intents & intents::MESSAGE_CONTENT == 0 {
        hide_content(&mut json, world.directory.bot, message.guild.is_some());
    }
    json
}

fn sent_with_nonce<'a>(world: &'a World, channel: &Channel, nonce: Option<&Value>) -> Option<&'a Message> {
    let nonce = nonce?;
    let since = world.clock.unix_ms().saturating_sub(NONCE_LIFE_MS);
    let mut recent = world.messages().rev().take_while(|message| message.id.unix_ms() >= since);
    recent.find(|message| {
        message.author == world.directory.bot && message.channel == channel.id && message.nonce.as_ref() == Some(nonce)
    })
}

/// Returns the message that a draft replies to; `None` if it does not exist and need not exist.
fn find_reference(world: &World, channel: &Channel, draft: &MessageDraft) -> Result<Option<Snowflake>, ApiError> {
    let Some(reference) = &draft.reference else { return Ok(None) };
    let found = world.message(reference.message).filter(|message| {
        message.channel == channel.id
            && message.only_for.is_none()
            && reference.channel.is_none_or(|id| id == channel.id)
    });
    if found.is_none() && reference.must_exist {
        let mut errors = FieldErrors::default();
        errors.add("message_reference", "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message");
        errors.into_result()?;
    }
    Ok(found.map(|message| message.id))
}
