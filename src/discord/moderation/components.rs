//! Handles the moderators' buttons, menus and forms. Each handler authorizes the user again, as for a command, and only
//! the owner of a draft can change or save it.

use std::sync::Arc;

use serenity::all::{
    ButtonStyle, ComponentInteraction, CreateActionRow, CreateEmbed, CreateInteractionResponse, ModalInteraction,
};

use super::access::Moderator;
use super::action::{DraftId, ModerationAction};
use super::draft::Draft;
use super::form::{FormSubject, FormText};
use super::page::{button, text_page};
use super::preview::{edit_error_page, preview_draft, show_replaced};
use super::{ModerationContext, form, history, unanswered};
use crate::discord::interaction::InteractionToken;
use crate::discord::interaction::error::{HandlerError, Refusal};
use crate::discord::view::limits::EMBED_DESCRIPTION_MAX;
use crate::discord::view::markdown::{escape, escape_line};
use crate::discord::view::message_view::ephemeral_text;
use crate::moderation::EditError;
use crate::text::truncate;
use crate::throttle::{Bound, Work};

/// Handles a button or menu.
///
/// # Errors
/// If the user may not do this, or Discord refuses the response.
pub async fn handle_component(context: &ModerationContext, press: &ComponentInteraction) -> Result<(), HandlerError> {
    let moderator = context.authorize(press)?;
    let drafts = &context.drafts;
    match press.data.custom_id.parse().map_err(|_| Refusal::OutOfDate)? {
        ModerationAction::Save(id) => {
            drafts.get(id, moderator.user)?;
            let token = context.responder.acknowledge(press).await?;
            save(context, &token, &moderator, id).await
        }
        ModerationAction::Cancel(id) => {
            drafts.get(id, moderator.user)?;
            drafts.discard(id);
            let token = context.responder.acknowledge(press).await?;
            context.responder.edit(&token, text_page("Cancelled; nothing was changed.", None)).await
        }
        ModerationAction::Change(id) => {
            let draft = drafts.get(id, moderator.user)?;
            let (subject, text) = draft.form.clone().ok_or(Refusal::OutOfDate)?;
            // The refusal has shown the moderator the other moderator's change. To submit the form again is to
            // overwrite that change.
            let subject = if draft.conflicts { with_current_item(&moderator, subject).await } else { subject };
            let response = form::open(id, &subject, &text);
            drafts.replace(id, Draft { form: Some((subject, text)), conflicts: false, ..draft });
            context.responder.respond(press, response).await
        }
        ModerationAction::FormSubmitted(_) => Err(Refusal::OutOfDate.into()),
        action @ (ModerationAction::History(_)
        | ModerationAction::Revision
        | ModerationAction::Undo(_)
        | ModerationAction::Restore(_)) => history::handle(context, press, &moderator, action).await,
        action => unanswered::handle(context, press, &moderator, action).await,
    }
}

/// Replaces the item of a form's subject with its current version. Keeps the earlier version if the item has been
/// removed.
async fn with_current_item(moderator: &Moderator, subject: FormSubject) -> FormSubject {
    match subject {
        FormSubject::Change(file, before) => match moderator.edit_service.find(before.id()).await {
            Some((file, now)) => FormSubject::Change(file, now),
            None => FormSubject::Change(file, before),
        },
        new => new,
    }
}

/// Handles a submitted form.
///
/// # Errors
/// If the user may not do this, or Discord refuses the response.
pub async fn handle_form(context: &ModerationContext, modal: &ModalInteraction) -> Result<(), HandlerError> {
    let moderator = context.authorize(modal)?;
    let Ok(ModerationAction::FormSubmitted(id)) = modal.data.custom_id.parse() else {
        return Err(Refusal::OutOfDate.into());
    };
    let mut draft = match context.drafts.get(id, moderator.user) {
        Err(Refusal::DraftGone) => return context.responder.respond(modal, show_submitted_text(modal)).await,
        draft => draft?,
    };
    let (subject, text) = draft.form.take().ok_or(Refusal::OutOfDate)?;
    let text = text.submitted(modal);
    // Counted before the first wait, because the responses of Discord may come in another order.
    let submission = draft.count_submission();
    // If a button of the preview opened the form, its response replaces that preview. Otherwise it is a new message.
    let token = match &modal.message {
        Some(_) => context.responder.acknowledge(modal).await?,
        None => context.responder.defer(modal).await?,
    };
    let read = moderator.edit_service.read(move |documents| (form::edit(&subject, &text, documents), (subject, text)));
    let (edit, form) = read.await;
    if !draft.is_last_submission(submission) {
        context.telemetry.throttled(Work::Preview, Bound::Replaced);
        return show_replaced(context, &token, modal.message.is_some()).await;
    }
    draft.form = Some(form);
    match edit {
        Ok((file, edit)) => {
            draft.edit = Some((file, Arc::new(edit)));
            context.drafts.replace(id, draft.clone());
            preview_draft(context, &token, &moderator, (id, &draft), modal.message.is_some()).await
        }
        Err(error) => {
            draft.edit = None;
            context.drafts.replace(id, draft.clone());
            context.responder.edit(&token, text_page(&escape(&error.to_string()), Some((id, &draft)))).await
        }
    }
}

/// Shows the submitted text of a form whose draft is gone, so that the moderator can copy it.
fn show_submitted_text(modal: &ModalInteraction) -> CreateInteractionResponse {
    // With `wordings: None`, `submitted` would leave out the wordings.
    let FormText { question, wordings, passage, citations, related, .. } =
        FormText { wordings: Some(String::new()), ..FormText::default() }.submitted(modal);
    let texts = [question, wordings.unwrap_or_default(), passage, citations, related];
    let texts = texts.iter().filter(|text| !text.is_empty()).map(|text| escape(text)).collect::<Vec<_>>();
    let embed =
        CreateEmbed::new().title("What you wrote").description(truncate(&texts.join("\n\n"), EMBED_DESCRIPTION_MAX));
    CreateInteractionResponse::Message(ephemeral_text(&Refusal::DraftGone.to_string()).embed(embed))
}

/// Commits the edit of a draft. Reports success only after the file and the history are safe on disk.
async fn save(
    context: &ModerationContext,
    token: &InteractionToken,
    moderator: &Moderator,
    id: DraftId,
) -> Result<(), HandlerError> {
    // Ignore a second press during or just after the save: its edit would change nothing and would be refused.
    let Some((draft, _saving)) = context.drafts.begin_save(id, moderator.user) else { return Ok(()) };
    let Some((file, edit)) = draft.edit.clone() else { return Ok(()) };
    let saving = moderator.edit_service.commit(&file, Arc::clone(&edit), moderator.author(), draft.restores);
    match saving.await {
        Ok(saved) => {
            context.drafts.discard(id);
            let from_unanswered = !draft.resolves.is_empty();
            if from_unanswered {
                let resolved =
                    moderator.edit_service.database().run(move |database| database.resolve(&draft.resolves)).await;
                if let Err(error) = resolved {
                    tracing::error!(%error, "could not remove answered questions from the list");
                }
            }
            tracing::info!(revision = saved.revision.0, change = edit.kind(), "saved");
            let text = format!("Saved as revision {}: {}.", saved.revision.0, escape_line(&edit.summary()));
            let back = button(ModerationAction::Questions(0), "Back to the list", ButtonStyle::Secondary);
            let rows = from_unanswered.then(|| CreateActionRow::Buttons(vec![back]));
            context.responder.edit(token, text_page(&text, None).components(rows.into_iter().collect())).await
        }
        Err(error) => {
            if let EditError::Busy(bound) = error {
                context.telemetry.throttled(Work::Save, bound);
            }
            context.drafts.record_error(id, &error);
            context.responder.edit(token, edit_error_page(id, &draft, error).await).await
        }
    }
}
