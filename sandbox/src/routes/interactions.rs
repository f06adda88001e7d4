//! Routes that answer an interaction: the callback, which must come first and in time; then the original answer and
//! follow-ups, addressed by the interaction's token
//! (<https://discord.com/developers/docs/interactions/receiving-and-responding>).

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::directory::Channel;
use crate::error::{ApiError, FieldErrors};
use crate::http::{ApiRequest, ApiResponse};
use crate::interaction::{FirstAnswer, Interaction, InteractionKind};
use crate::limits::message::MessageDraft;
use crate::limits::{Reader, commands, components};
use crate::message::{EPHEMERAL, LOADING, Message, MessageKind};
use crate::snowflake::Snowflake;
use crate::world::World;

const MESSAGE: u64 = 4;
const DEFERRED: u64 = 5;
const DEFERRED_UPDATE: u64 = 6;
const UPDATE: u64 = 7;
const CHOICES: u64 = 8;
const MODAL: u64 = 9;

/// `POST /interactions/{id}/{token}/callback`
pub(super) fn callback(
    world: &mut World,
    interaction: &str,
    token: &str,
    request: &ApiRequest,
) -> Result<ApiResponse, ApiError> {
    let interaction = Snowflake::parse(interaction).ok_or_else(ApiError::unknown_interaction)?;
    let found = world.interaction(interaction).filter(|found| found.token == token);
    let interaction = found.ok_or_else(ApiError::unknown_interaction)?.clone();
    if interaction.first_answer.is_some() {
        return Err(ApiError::already_acknowledged());
    }
    if Instant::now() > interaction.answer_by {
        return Err(ApiError::unknown_interaction());
    }
    let kind = callback_type(&interaction, &request.body)?;
    let data = request.body.get("data").filter(|data| !data.is_null()).cloned().unwrap_or_else(|| json!({}));
    let first_answer = match kind {
        MESSAGE => {
            let draft = MessageDraft::read(&data, &request.files, "data")?;
            if draft.is_empty() {
                return Err(ApiError::empty_message());
            }
            let message = world.compose_answer(&interaction, draft)?;
            world.set_original(interaction.id, message.id);
            world.post(message);
            FirstAnswer::Message
        }
        DEFERRED => {
            let draft = MessageDraft::read(&json!({ "flags": data.get("flags") }), &[], "data")?;
            let mut message = world.compose_answer(&interaction, draft)?;
            message.flags |= LOADING;
            world.set_original(interaction.id, message.id);
            world.post(message);
            FirstAnswer::Deferred
        }
        DEFERRED_UPDATE => FirstAnswer::DeferredUpdate,
        UPDATE => {
            let target = interaction.message.ok_or_else(ApiError::unknown_message)?;
            world.revise(target, MessageDraft::read(&data, &request.files, "data")?)?;
            FirstAnswer::Update
        }
        CHOICES => {
            let mut errors = FieldErrors::default();
            let reader = Reader::new(&data, "data", &mut errors);
            let choices = reader.map(|reader| commands::read_choices(&reader, &mut errors)).unwrap_or_default();
            errors.into_result()?;
            FirstAnswer::Choices(choices)
        }
        _ => {
            let mut errors = FieldErrors::default();
            let modal = components::read_modal(&data, &mut errors);
            errors.into_result()?;
            FirstAnswer::Modal(modal.unwrap_or_default())
        }
    };
    if matches!(first_answer, FirstAnswer::DeferredUpdate | FirstAnswer::Update)
        && let Some(target) = interaction.message
    {
        world.set_original(interaction.id, target);
    }
    if let Some(interaction) = world.interaction_mut(interaction.id) {
        interaction.first_answer = Some(first_answer);
    }
    if !request.asks_for("with_response") {
        return Ok(ApiResponse::no_content());
    }
    Ok(ApiResponse::ok(callback_response(world, interaction.id, kind)))
}

/// Reads the callback's type and rejects types that this kind of interaction does not allow.
fn callback_type(interaction: &Interaction, body: &Value) -> Result<u64, ApiError> {
    let kind = body.get("type").and_then(Value::as_u64).unwrap_or_default();
    let fits = match interaction.kind {
        InteractionKind::Autocomplete => kind == CHOICES,
        InteractionKind::Command => [MESSAGE, DEFERRED, MODAL].contains(&kind),
        InteractionKind::Component => [MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, MODAL].contains(&kind),
        InteractionKind::ModalSubmit => {
            [MESSAGE, DEFERRED].contains(&kind)
                || interaction.message.is_some() && [DEFERRED_UPDATE, UPDATE].contains(&kind)
        }
    };
    if !fits {
        let mut errors = FieldErrors::default();
        let message = format!("A {:?} interaction cannot be answered with type {kind}.", interaction.kind);
        errors.add("type", "INTERACTION_CALLBACK_TYPE_INVALID", message);
        errors.into_result()?;
    }
    Ok(kind)
}

fn callback_response(world: &World, interaction: Snowflake, kind: u64) -> Value {
    let Some(interaction) = world.interaction(interaction) else { return Value::Null };
    let mut response = json!({
        "interaction": { "id": interaction.id, "type": interaction.kind as u8, "channel_id": interaction.channel },
    });
    if let Some(guild) = interaction.guild {
        response["interaction"]["guild_id"] = json!(guild);
    }
    let message = interaction.original.and_then(|id| world.message(id));
    if let Some(message) = message.filter(|_| kind != DEFERRED_UPDATE) {
        response["interaction"]["response_message_id"] = json!(message.id);
        response["interaction"]["response_message_loading"] = json!(message.is_loading());
        response["interaction"]["response_message_ephemeral"] = json!(message.only_for.is_some());
        let kind = if kind == UPDATE { UPDATE } else { MESSAGE };
        response["resource"] = json!({ "type": kind, "message": world.message_json(message) });
    }
    response
}

/// `POST /webhooks/{application}/{token}`
pub(super) fn follow_up(
    world: &mut World,
    application: &str,
    token: &str,
    request: &ApiRequest,
) -> Result<ApiResponse, ApiError> {
    let interaction = answered(world, application, token)?;
    let draft = MessageDraft::read(&request.body, &request.files, "")?;
    if draft.is_empty() {
        return Err(ApiError::empty_message());
    }
    // The first follow-up to a deferred answer replaces "thinking ...".
    let thinking = interaction.original.filter(|id| world.message(*id).is_some_and(Message::is_loading));
    if let Some(original) = thinking {
        return world.fill(original, draft).map(ApiResponse::ok);
    }
    let mut message = world.compose_answer(&interaction, draft)?;
    if let Some(original) = interaction.original {
        message.reference = Some(original);
        message.kind = MessageKind::Reply;
    }
    let id = message.id;
    let json = world.post(message);
    if let Some(interaction) = world.interaction_mut(interaction.id) {
        interaction.followups.push(id);
    }
    Ok(ApiResponse::ok(json))
}

/// `GET`, `PATCH` and `DELETE /webhooks/{application}/{token}/messages/{message}`; the message is an id or `@original`
pub(super) fn webhook_message(
    world: &mut World,
    application: &str,
    token: &str,
    message: &str,
    request: &ApiRequest,
) -> Result<ApiResponse, ApiError> {
    let interaction = answered(world, application, token)?;
    let requested = match message {
        "@original" => interaction.original,
        other => Snowflake::parse(other),
    };
    let owned = |id: &Snowflake| interaction.original == Some(*id) || interaction.followups.contains(id);
    let found = requested.filter(owned).and_then(|id| world.message(id)).ok_or_else(ApiError::unknown_message)?;
    let (id, loading) = (found.id, found.is_loading());
    match request.method.as_str() {
        "GET" => Ok(ApiResponse::ok(world.message_json(found))),
        "PATCH" => {
            let draft = MessageDraft::read(&request.body, &request.files, "")?;
            let json = if loading { world.fill(id, draft) } else { world.revise(id, draft) };
            json.map(ApiResponse::ok)
        }
        "DELETE" => {
            world.remove_message(id);
            Ok(ApiResponse::no_content())
        }
        method => Err(ApiError::not_modelled(&format!("{method} {}", request.path))),
    }
}

/// Returns the answered interaction to which the token in a webhook's path belongs.
fn answered(world: &World, application: &str, token: &str) -> Result<Interaction, ApiError> {
    if Snowflake::parse(application).ok_or_else(ApiError::unknown_webhook)? != world.directory.bot {
        return Err(ApiError::unknown_webhook());
    }
    let found = world.interactions().rev().find(|interaction| interaction.token == token);
    let interaction = found.ok_or_else(ApiError::unknown_webhook)?;
    if Instant::now() > interaction.token_until {
        return Err(ApiError::invalid_webhook_token());
    }
    if interaction.first_answer.is_none() {
        return Err(ApiError::unknown_webhook());
    }
    Ok(interaction.clone())
}

impl World {
    /// Creates the message that answers an interaction.
    fn compose_answer(&mut self, interaction: &Interaction, draft: MessageDraft) -> Result<Message, ApiError> {
        let channel: Channel =
            self.directory.channel(interaction.channel).cloned().ok_or_else(ApiError::unknown_channel)?;
        let kind = match (interaction.kind, interaction.data.get("target_id")) {
            (InteractionKind::Command, None) => MessageKind::ChatInputCommand,
            (InteractionKind::Command, Some(_)) => MessageKind::ContextMenuCommand,
            _ if interaction.message.is_some() => MessageKind::Reply,
            _ => MessageKind::Default,
        };
        // The answer to a button references the button's message.
        let reference = interaction.message.filter(|_| kind == MessageKind::Reply);
        let mut message = self.compose(&channel, kind, reference, draft);
        message.interaction_metadata = Some(self.interaction_metadata(interaction));
        if message.flags & EPHEMERAL != 0 {
            message.only_for = Some(interaction.user);
            // An ephemeral message notifies no other users.
            message.pings.clear();
        }
        Ok(message)
    }

    /// Replaces "thinking ..." by the answer, which stays ephemeral or public as deferred.
    fn fill(&mut self, id: Snowflake, draft: MessageDraft) -> Result<Value, ApiError> {
        let waiting = self.message(id).cloned().ok_or_else(ApiError::unknown_message)?;
        let channel = self.directory.channel(waiting.channel).cloned().ok_or_else(ApiError::unknown_channel)?;
        if draft.is_empty() {
            return Err(ApiError::empty_message());
        }
        let filled = self.compose(&channel, waiting.kind, waiting.reference, draft);
        let mut message = Message {
            id: waiting.id,
            flags: waiting.flags & !LOADING,
            only_for: waiting.only_for,
            interaction_metadata: waiting.interaction_metadata,
            ..filled
        };
        if message.only_for.is_some() {
            message.pings.clear();
        }
        let json = self.message_json(&message);
        self.update_message(message);
        Ok(json)
    }

    fn set_original(&mut self, interaction: Snowflake, message: Snowflake) {
        if let Some(interaction) = self.interaction_mut(interaction) {
            interaction.original = Some(message);
        }
    }
}
