//! Feedback: the buttons "Not what I meant" and "None of these". The asker rejects a reply, once. The question enters
//! the unanswered queue, and the asker gets the next candidates to choose from. The queue stores the words of the
//! question and the entry that answered it, but not who asked or where.

use serenity::all::{
    ActionRow, ActionRowComponent, Button, ButtonKind, ComponentInteraction, CreateActionRow, CreateButton,
    CreateInteractionResponse, Message, MessageReference, UserId,
};

use super::{Asking, ask};
use crate::discord::interaction::error::{HandlerError, Refusal};
use crate::discord::transport::markup::plain_text;
use crate::discord::view::button_id::{ButtonAction, ButtonId};
use crate::discord::view::message_view::{self, ASKED_PREFIX, ephemeral_followup};
use crate::knowledge::Entry;
use crate::library::Library;
use crate::library::reply::SUGGESTED_MAX;
use crate::moderation::UnixMillis;
use crate::moderation::unanswered::{QuestionKey, UnansweredReason, UnansweredReport};

/// The reply to the asker.
const THANKS: &str = "Thank you. The moderators will find your question in their list, without your name.";

/// The reply to the asker if the question has been deleted.
const QUESTION_GONE: &str = "I can no longer see your question, so I recorded nothing.";

/// The reply to the asker if the bot keeps no questions, but has other entries to offer.
const OTHERS: &str = "This may fit better.";

/// The reply to the asker if the bot keeps no questions and has nothing else to offer.
const NOTHING_ELSE: &str = "I have nothing else that is close to your question.";

/// Handles a press of "Not what I meant" on the reply of the entry or boundary with this id, or of "None of these" on
/// suggestions (`None`).
///
/// # Errors
/// If the user is not the asker, or Discord refuses the response.
pub async fn not_helpful(
    asking: &Asking,
    press: &ComponentInteraction,
    asker: UserId,
    id: Option<&str>,
) -> Result<(), HandlerError> {
    if press.user.id != asker {
        return Err(Refusal::NotYourQuestion.into());
    }
    if !asking.feedback.mark(press.message.id, &press.data.custom_id) {
        asking.responder.acknowledge(press).await?;
        return Ok(());
    }
    let rows = rows_after_feedback(&press.message.components, &press.data.custom_id);
    let update = CreateInteractionResponse::UpdateMessage(message_view::components_update(rows));
    asking.responder.respond(press, update).await?;
    let question = question_of(asking, &press.message).await;
    let reply = {
        let library = asking.library.within(&asking.scopes.of_press(press));
        let entries = next_candidates(asking, &library, &press.message, id, question.as_deref());
        let text = match &question {
            None => QUESTION_GONE,
            Some(_) if asking.unanswered.is_on() => THANKS,
            Some(_) if entries.is_empty() => NOTHING_ELSE,
            Some(_) => OTHERS,
        };
        ephemeral_followup(text, &entries, asker)
    };
    if let Some(question) = question {
        record(asking, asker, question, id);
    }
    asking.responder.follow_up(press, &reply).await
}

/// Adds a rejected reply's question to the unanswered queue.
fn record(asking: &Asking, asker: UserId, question: String, id: Option<&str>) {
    let reason = match id {
        Some(id) => UnansweredReason::Wrong { entry: id.to_owned() },
        None => {
            // The question is in the queue already, as one with suggestions. Count this asking once.
            if let Some(key) = QuestionKey::of(&question) {
                asking.queue_unanswered(asker, Some(UnansweredReport::SuggestionTaken(key)));
            }
            UnansweredReason::Unknown
        }
    };
    let report = UnansweredReport::Asked { question, reason, at: UnixMillis::now() };
    asking.queue_unanswered(asker, Some(report));
}

/// Returns the entries to offer after a rejected reply: the likeliest ones that it did not offer itself. If there are
/// none, or the question is gone, returns the related entries of the rejected entry.
fn next_candidates<'a>(
    asking: &Asking,
    library: &'a Library,
    reply: &Message,
    id: Option<&str>,
    question: Option<&str>,
) -> Vec<&'a Entry> {
    let rejected = id.and_then(|id| library.find(id));
    let shown: Vec<String> = offered(reply).into_iter().chain(id.map(str::to_owned)).collect();
    let candidates = question.map(|question| {
        let asked = reply.message_reference.as_ref().and_then(|reference| reference.message_id);
        let context = asked.and_then(|asked| asking.followed.context(asked));
        library.other_candidates(&ask(library, question, context.as_deref()).verdict, &shown)
    });
    match (candidates.unwrap_or_default(), rejected) {
        (candidates, Some(rejected)) if candidates.is_empty() => {
            library.passage(rejected).related.into_iter().take(SUGGESTED_MAX).collect()
        }
        (candidates, _) => candidates,
    }
}

/// Returns the ids of the entries that a reply has buttons for.
fn offered(reply: &Message) -> Vec<String> {
    let custom_ids = reply.components.iter().flat_map(buttons).filter_map(custom_id);
    let entry = |custom_id: &str| match custom_id.parse::<ButtonId>().ok()?.action {
        ButtonAction::Show(entry) | ButtonAction::Take(entry) => Some(entry),
        _ => None,
    };
    custom_ids.filter_map(entry).collect()
}

/// Records that a member accepted a suggestion: the question is no longer unanswered.
pub async fn suggestion_accepted(asking: &Asking, asker: UserId, suggestions: &Message) {
    if !asking.unanswered.is_on() {
        return;
    }
    if let Some(key) = question_of(asking, suggestions).await.and_then(|question| QuestionKey::of(&question)) {
        asking.queue_unanswered(asker, Some(UnansweredReport::SuggestionTaken(key)));
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

/// Returns the buttons of a message after one of them, the feedback button with this `custom_id`, was pressed. That
/// button is gone. Rejected suggestions still show their entries, but do not count as accepted any more.
fn rows_after_feedback(rows: &[ActionRow], feedback: &str) -> Vec<CreateActionRow> {
    let button = |button: &Button| {
        let custom_id = custom_id(button);
        let unchanged = CreateButton::from(button.clone());
        match custom_id.and_then(|custom_id| custom_id.parse().ok()) {
            _ if custom_id == Some(feedback) => None,
            Some(ButtonId { asker, action: ButtonAction::Take(entry) }) => {
                Some(unchanged.custom_id(ButtonId { asker, action: ButtonAction::Show(entry) }.to_string()))
            }
            _ => Some(unchanged),
        }
    };
    let rows = rows.iter().map(|row| buttons(row).filter_map(button).collect::<Vec<_>>());
    rows.filter(|row| !row.is_empty()).map(CreateActionRow::Buttons).collect()
}

fn buttons(row: &ActionRow) -> impl Iterator<Item = &Button> {
    row.components.iter().filter_map(|component| match component {
        ActionRowComponent::Button(button) => Some(button),
        _ => None,
    })
}

/// Returns the `custom_id` of a button; a link has none.
fn custom_id(button: &Button) -> Option<&str> {
    match &button.data {
        ButtonKind::NonLink { custom_id, .. } => Some(custom_id),
        _ => None,
    }
}
