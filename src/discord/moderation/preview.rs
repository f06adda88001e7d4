//! Renders the preview of a draft: the answer as members will see it, the new warnings of `check`, and the questions
//! whose answers would change. A preview saves nothing.

use std::sync::Arc;

use serenity::all::{CreateEmbed, EditInteractionResponse, UserId};

use super::ModerationContext;
use super::access::Moderator;
use super::action::DraftId;
use super::difference;
use super::draft::Draft;
use super::page::{draft_buttons, show_result, text_page};
use crate::discord::interaction::InteractionToken;
use crate::discord::interaction::error::{APOLOGY, HandlerError};
use crate::discord::view::limits::{CONTENT_MAX, EMBED_DESCRIPTION_MAX};
use crate::discord::view::markdown::{escape, escape_line};
use crate::discord::view::message_view::{ANSWER_COLOR, Audience, no_mentions, passage_view, unknown_view};
use crate::knowledge::{SaveError, Severity};
use crate::library::Library;
use crate::moderation::{Edit, EditError, Item, PredictedReply, Preview, ReplyChange, SaveFailure};
use crate::text::truncate;
use crate::throttle::{Bound, Work, off_thread};

/// The accent color of a removal: brick red.
const REMOVAL_COLOR: u32 = 0xB3_43_3B;

/// The number of characters for the effects of an edit. The embeds of a message share 6,000 characters, and an answer
/// takes up to 2,800 of them.
const EFFECTS_CHARS: usize = 2_500;

/// The number of characters for the difference of a whole file. With the effects and the titles, it stays below 6,000.
const DIFFERENCE_CHARS: usize = 3_200;

/// The message when the file was written but the disk did not confirm it.
const NOT_DURABLE: &str = "Saved to the file, but the disk did not confirm the write: a power failure could still undo it. My log tells \
                           the operator the reason.";

/// The most warnings, and the most changed answers, in a list. A last line counts the others.
const LISTED_MAX: usize = 5;

/// The number of characters of a question in a list.
const QUESTION_CHARS: usize = 100;

/// Responds to a version of a draft that a newer one replaced. Shows nothing if both are previewed in the same message
/// (`shared`).
///
/// # Errors
/// If Discord refuses the response.
pub async fn show_replaced(
    context: &ModerationContext,
    token: &InteractionToken,
    shared: bool,
) -> Result<(), HandlerError> {
    if shared {
        return Ok(());
    }
    context.responder.edit(token, text_page(&EditError::Busy(Bound::Replaced).to_string(), None)).await
}

/// Replaces the deferred response with the preview of a draft's edit, or with the error of the edit. `shared` says
/// whether a newer version of the draft would be previewed in the same message; this version then shows nothing if the
/// newer one takes its place.
///
/// # Errors
/// If Discord refuses the response.
pub async fn preview_draft(
    context: &ModerationContext,
    token: &InteractionToken,
    moderator: &Moderator,
    (id, draft): (DraftId, &Draft),
    shared: bool,
) -> Result<(), HandlerError> {
    let Some((file, edit)) = draft.edit.clone() else { return Ok(()) };
    let show = {
        let (draft, edit) = (draft.clone(), Arc::clone(&edit));
        move |preview: &Preview| preview_page(id, &draft, &edit, preview, file_difference(&edit, preview))
    };
    let page = match moderator.edit_service.preview((moderator.user.get(), id.0), &file, edit, show).await {
        Ok(page) => page,
        Err(EditError::Busy(bound)) => {
            context.telemetry.throttled(Work::Preview, bound);
            match bound {
                Bound::Replaced => return show_replaced(context, token, shared).await,
                // Without Save: the moderator has not seen what it does.
                _ => text_page(&EditError::Busy(bound).to_string(), Some((id, draft))),
            }
        }
        Err(error) => {
            context.drafts.record_error(id, &error);
            edit_error_page(id, draft, error).await
        }
    };
    context.responder.edit(token, page).await
}

/// Stores a new draft and shows its preview, or the error that prevented the draft.
///
/// # Errors
/// If Discord refuses the response.
pub async fn preview_new_draft(
    context: &ModerationContext,
    token: &InteractionToken,
    moderator: &Moderator,
    draft: Result<Draft, HandlerError>,
) -> Result<(), HandlerError> {
    match draft {
        Ok(draft) => {
            let id = context.drafts.add(draft.clone());
            preview_draft(context, token, moderator, (id, &draft), false).await
        }
        Err(error) => show_result(context, token, Err(error)).await,
    }
}

/// Renders the error of an edit: the editor refused it, or saving failed. Logs the error.
pub async fn edit_error_page(id: DraftId, draft: &Draft, error: EditError) -> EditInteractionResponse {
    match error {
        EditError::Refused(refusal) => {
            // The text can have a thousand findings or the wordings of a whole entry before it is shortened.
            let text = off_thread(move || truncate(&refusal.to_string(), CONTENT_MAX)).await;
            tracing::debug!(refusal = text, "an edit was refused");
            // Without a form, nothing is left to do with the draft.
            let draft = draft.form.is_some().then_some((id, draft));
            text_page(&format!("Not saved: {}", escape(&text)), draft)
        }
        EditError::Busy(_) => text_page(&error.to_string(), None).components(draft_buttons(id, draft, true)),
        EditError::Failed(failure) => {
            tracing::error!(error = %failure, "an edit could not be made");
            let text = match failure {
                SaveFailure::Save(SaveError::NotDurable { .. }) => NOT_DURABLE.to_owned(),
                _ => format!("Not saved: {APOLOGY} My log tells the operator the reason."),
            };
            // The failure may be transient, so keep the Save button.
            text_page(&text, None).components(draft_buttons(id, draft, true))
        }
    }
}

/// Renders the difference between the file's texts before and after an edit of the whole file. Returns `None` for an
/// edit of one item; its preview shows the item instead.
fn file_difference(edit: &Edit, preview: &Preview) -> Option<String> {
    let is_of_file = matches!(edit, Edit::Replace { .. } | Edit::Undo { .. });
    is_of_file.then(|| difference::difference_of_texts(preview.before.as_deref(), &preview.after, DIFFERENCE_CHARS))
}

/// Renders a preview. Call it where blocking is allowed.
fn preview_page(
    id: DraftId,
    draft: &Draft,
    edit: &Edit,
    preview: &Preview,
    difference: Option<String>,
) -> EditInteractionResponse {
    let content = match difference {
        Some(difference) => {
            CreateEmbed::new().title("What changes in the file").description(difference).color(ANSWER_COLOR)
        }
        None => item_embed(edit, &preview.library, draft.owner),
    };
    let summary = match draft.restores {
        Some(revision) => format!("restore revision {}", revision.0),
        None => edit.summary(),
    };
    let embeds = vec![content, effects_embed(&summary, preview)];
    let response = EditInteractionResponse::new().content("").embeds(embeds);
    response.components(draft_buttons(id, draft, true)).allowed_mentions(no_mentions())
}

/// Renders the changed item as members will see it, or the text of the removed item.
fn item_embed(edit: &Edit, library: &Library, asker: UserId) -> CreateEmbed {
    let audience = Audience { asker, private: true };
    if let Edit::Remove { item } = edit {
        let text = match item {
            Item::Entry(entry) => &entry.passage,
            Item::Boundary(boundary) => &boundary.says,
        };
        return CreateEmbed::new()
            .title(format!("Removed: {}", truncate(item.question(), 200)))
            .description(text)
            .color(REMOVAL_COLOR);
    }
    let knowledge = library.knowledge();
    let id = edit.item_id().unwrap_or_default();
    if let Some(key) = knowledge.find(id) {
        return passage_view(&library.passage(key), audience).embed;
    }
    let mut boundaries = knowledge.boundary_keys().map(|key| knowledge.boundary(key));
    match boundaries.find(|boundary| boundary.id == id) {
        Some(boundary) => unknown_view(Some(&boundary.says), &[], audience).embed,
        None => CreateEmbed::new().description(escape_line(&edit.summary())).color(ANSWER_COLOR),
    }
}

/// Renders the effects of an edit: new warnings of `check`, what could not be checked, and the questions whose answers
/// would change.
fn effects_embed(summary: &str, preview: &Preview) -> CreateEmbed {
    let mut lines = vec![format!("**{}**", escape_line(&truncate(summary, 300)))];
    let warnings = preview.warnings.iter().filter(|finding| finding.severity == Severity::Warning);
    let listed: Vec<_> = warnings
        .clone()
        .take(LISTED_MAX)
        .map(|finding| format!("- {}", escape_line(&truncate(&finding.message, 300))))
        .collect();
    if listed.is_empty() {
        lines.push("The check finds no new problems.".to_owned());
    } else {
        lines.push("The check warns:".to_owned());
        lines.extend(listed);
        lines.extend(more_line(warnings.count()));
    }
    lines.extend(preview.omissions.iter().map(|omitted| format!("⚠ {}", escape_line(&truncate(omitted, 300)))));
    let effect = &preview.effect;
    let asked = match effect.total {
        total if total == effect.asked => format!("I asked {total} questions before and after the edit."),
        total => format!(
            "I asked {} of {total} questions before and after the edit, the changed ones first, and then ran out of time.",
            effect.asked
        ),
    };
    if effect.changed == 0 {
        lines.push(format!("{asked} All get the same answer."));
    } else {
        lines.push(format!("{asked} {} would get another answer:", effect.changed));
        lines.extend(effect.changes.iter().take(LISTED_MAX).map(change_line));
        lines.extend(more_line(effect.changed));
    }
    if effect.lost > 0 {
        lines.push(format!("⚠ {} of them would lose their own answer.", effect.lost));
    }
    CreateEmbed::new()
        .title("What this does")
        .description(truncate(&lines.join("\n"), EFFECTS_CHARS.min(EMBED_DESCRIPTION_MAX)))
        .color(ANSWER_COLOR)
}

fn more_line(total: usize) -> Option<String> {
    (total > LISTED_MAX).then(|| format!("- … and {} more", total - LISTED_MAX))
}

fn change_line(change: &ReplyChange) -> String {
    let question = escape_line(&truncate(&change.question, QUESTION_CHARS));
    format!("- {question}: {} → {}", predicted(&change.before), predicted(&change.after))
}

fn predicted(reply: &PredictedReply) -> String {
    match reply {
        PredictedReply::Answer(id) => format!("`{id}`"),
        PredictedReply::Suggest(id, reason) => format!("suggests `{id}` ({})", reason.description()),
        PredictedReply::Boundary(id) => format!("refused by `{id}`"),
        PredictedReply::Unknown(reason) => format!("unknown ({})", reason.description()),
    }
}
