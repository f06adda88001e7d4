//! Feedback: the button "Not what I meant". The asker marks an answer as wrong, once, and the question enters the
//! unanswered queue. The queue stores the words of the question and the entry that answered it, but not who asked or
//! where.

use serenity::all::{
    ActionRow, ActionRowComponent, ButtonKind, ComponentInteraction, CreateActionRow, CreateInteractionResponse,
    Message, MessageReference, UserId,
};

use super::Asking;
use crate::discord::interaction::error::{HandlerError, Refusal};
use crate::discord::transport::markup::plain_text;
use crate::discord::view::message_view::{self, ASKED_PREFIX, ephemeral_followup};
use crate::moderation::UnixMillis;
use crate::moderation::unanswered::{QuestionKey, UnansweredReason, UnansweredReport};

/// The reply to the asker.
const THANKS: &str = "Thank you. The moderators will find your question in their list, without your name.";

/// The reply to the asker if the question has been deleted.
const QUESTION_GONE: &str = "I can no longer see your question, so I recorded nothing.";

/// Handles a press of "Not what I meant" on the answer of an entry or boundary.
///
/// # Errors
/// If the user is not the asker, or Discord refuses the response.
pub async fn not_helpful(
    asking: &Asking,
    press: &ComponentInteraction,
    asker: UserId,
    entry: &str,
) -> Result<(), HandlerError> {
    if press.user.id != asker {
        return Err(Refusal::NotYourQuestion.into());
    }
    if !asking.feedback.mark(press.message.id, entry) {
        asking.responder.acknowledge(press).await?;
        return Ok(());
    }
    let rows = rows_without(&press.message.components, &press.data.custom_id);
    let update = CreateInteractionResponse::UpdateMessage(message_view::components_update(rows));
    asking.responder.respond(press, update).await?;
    let reply = match question_of(asking, &press.message).await {
        Some(question) if asking.unanswered.is_on() => {
            let reason = UnansweredReason::Wrong { entry: entry.to_owned() };
            asking.unanswered.push(UnansweredReport::Asked { question, reason, at: UnixMillis::now() });
            THANKS
        }
        _ => QUESTION_GONE,
    };
    asking.responder.follow_up(press, &ephemeral_followup(reply)).await
}

/// Records that a member accepted a suggestion: the question is no longer unanswered.
pub async fn suggestion_accepted(asking: &Asking, suggestions: &Message) {
    if !asking.unanswered.is_on() {
        return;
    }
    if let Some(key) = question_of(asking, suggestions).await.and_then(|question| QuestionKey::of(&question)) {
        asking.unanswered.push(UnansweredReport::SuggestionTaken(key));
    }
}

/// Returns the question that one of the bot's answers is for: the message that it replies to, or the footer of a
/// slash-command answer. So neither a `custom_id` nor the bot's memory has to hold the question.
async fn question_of(asking: &Asking, answer: &Message) -> Option<String> {
    match &answer.message_reference {
        Some(reference) => replied_to(asking, answer, reference).await,
        None => answer.embeds.first()?.footer.as_ref()?.text.strip_prefix(ASKED_PREFIX).map(str::to_owned),
    }
}

/// Returns the text of the message that an answer replies to. Reads it from Discord if the interaction does not contain
/// it.
async fn replied_to(asking: &Asking, answer: &Message, reference: &MessageReference) -> Option<String> {
    if let Some(message) = &answer.referenced_message {
        return Some(plain_text(&message.content));
    }
    match asking.rest.message(answer.channel_id, reference.message_id?).await {
        Ok(message) => Some(plain_text(&message.content)),
        Err(error) => {
            tracing::debug!(%error, "could not read a question back");
            None
        }
    }
}

/// Returns the buttons of a message without one.
fn rows_without(rows: &[ActionRow], custom_id: &str) -> Vec<CreateActionRow> {
    let others = rows.iter().map(|row| {
        let buttons = row.components.iter().filter_map(|component| match component {
            ActionRowComponent::Button(button) => Some(button),
            _ => None,
        });
        let is_it = |kind: &ButtonKind| matches!(kind, ButtonKind::NonLink { custom_id: id, .. } if id == custom_id);
        buttons.filter(|button| !is_it(&button.data)).cloned().map(Into::into).collect::<Vec<_>>()
    });
    others.filter(|row| !row.is_empty()).map(CreateActionRow::Buttons).collect()
}
