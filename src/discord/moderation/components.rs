//! The buttons, menus and forms of moderators. Each is authorized like a command, and a draft belongs to its owner alone.

use serenity::all::{
    ButtonStyle, ComponentInteraction, CreateActionRow, CreateEmbed, CreateInteractionResponse, ModalInteraction,
};

use super::access::Moderator;
use super::action::{DraftId, ModerationAction};
use super::draft::Draft;
use super::form::{FormSubject, FormText};
use super::page::{button, text_page};
use super::preview::{propose, refusal_page};
use super::{ModerationContext, form, history, unanswered};
use crate::discord::interaction::InteractionToken;
use crate::discord::interaction::error::{HandlerError, Refusal};
use crate::discord::view::limits::EMBED_DESCRIPTION_MAX;
use crate::discord::view::markdown::{escape, escape_line};
use crate::discord::view::message_view::ephemeral_text;
use crate::text::truncate;

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
            // The moderator has seen the conflicting change. Submitting the form again means to overwrite it.
            let subject = if draft.conflicts { current(&moderator, subject).await } else { subject };
            let response = form::open(id, &subject, &text);
            drafts.replace(id, Draft { form: Some((subject, text)), conflicts: false, ..draft });
            context.responder.respond(press, response).await
        }
        ModerationAction::Sent(_) => Err(Refusal::OutOfDate.into()),
        action @ (ModerationAction::History(_)
        | ModerationAction::Revision
        | ModerationAction::Undo(_)
        | ModerationAction::Restore(_)) => history::handle(context, press, &moderator, action).await,
        action => unanswered::handle(context, press, &moderator, action).await,
    }
}

/// Returns the subject of a form with the item as it is now. An item that has been removed stays as it was.
async fn current(moderator: &Moderator, subject: FormSubject) -> FormSubject {
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
    let Ok(ModerationAction::Sent(id)) = modal.data.custom_id.parse() else { return Err(Refusal::OutOfDate.into()) };
    let mut draft = match context.drafts.get(id, moderator.user) {
        Err(Refusal::DraftGone) => return context.responder.respond(modal, return_text(modal)).await,
        draft => draft?,
    };
    let (subject, text) = draft.form.take().ok_or(Refusal::OutOfDate)?;
    let text = text.submitted(modal);
    // A form that a button of the preview opened changes that preview. Any other form gets a new message.
    let token = match &modal.message {
        Some(_) => context.responder.acknowledge(modal).await?,
        None => context.responder.defer(modal).await?,
    };
    let edit = form::edit(&subject, &text, &moderator.edit_service.documents().await);
    draft.form = Some((subject, text));
    match edit {
        Ok(edit) => {
            draft.edit = Some(edit);
            context.drafts.replace(id, draft.clone());
            propose(context, &token, &moderator, id, &draft).await
        }
        Err(error) => {
            draft.edit = None;
            context.drafts.replace(id, draft.clone());
            context.responder.edit(&token, text_page(&escape(&error.to_string()), Some((id, &draft)))).await
        }
    }
}

/// Returns the text of a form whose draft is gone, so that the moderator can copy it.
fn return_text(modal: &ModalInteraction) -> CreateInteractionResponse {
    let FormText { question, wordings, passage, citations, related } =
        FormText { wordings: Some(String::new()), ..FormText::default() }.submitted(modal);
    let texts = [question, wordings.unwrap_or_default(), passage, citations, related];
    let texts = texts.iter().filter(|text| !text.is_empty()).map(|text| escape(text)).collect::<Vec<_>>();
    let embed =
        CreateEmbed::new().title("What you wrote").description(truncate(&texts.join("\n\n"), EMBED_DESCRIPTION_MAX));
    CreateInteractionResponse::Message(ephemeral_text(&Refusal::DraftGone.to_string()).embed(embed))
}

/// Carries out the edit of a draft. Reports success only once file and history are safe on disk.
async fn save(
    context: &ModerationContext,
    token: &InteractionToken,
    moderator: &Moderator,
    id: DraftId,
) -> Result<(), HandlerError> {
    // A second press during or just after the save would only be refused because it changes nothing. Ignore it.
    let Some((draft, _saving)) = context.drafts.begin_save(id, moderator.user) else { return Ok(()) };
    let Some((file, edit)) = draft.edit.clone() else { return Ok(()) };
    match moderator.edit_service.commit(&file, edit.clone(), moderator.author(), draft.restores).await {
        Ok(saved) => {
            context.drafts.discard(id);
            let resolves = !draft.resolves.is_empty();
            if resolves {
                let resolved =
                    moderator.edit_service.database().run(move |database| database.resolve(&draft.resolves)).await;
                if let Err(error) = resolved {
                    tracing::error!(%error, "could not remove answered questions from the list");
                }
            }
            tracing::info!(revision = saved.revision.0, change = edit.kind(), "saved");
            let text = format!("Saved as revision {}: {}.", saved.revision.0, escape_line(&edit.summary()));
            let back = button(ModerationAction::Questions(0), "Back to the list", ButtonStyle::Secondary);
            let rows = resolves.then(|| CreateActionRow::Buttons(vec![back]));
            context.responder.edit(token, text_page(&text, None).components(rows.into_iter().collect())).await
        }
        Err(error) => {
            context.drafts.record_conflict(id, &error);
            context.responder.edit(token, refusal_page(id, &draft, &error)).await
        }
    }
}
