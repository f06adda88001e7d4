//! Pressed buttons and sent forms of moderators. Who presses is checked as for a command, and a draft is its owner's alone.

use serenity::all::{
    ButtonStyle, ComponentInteraction, CreateActionRow, CreateEmbed, CreateInteractionResponse, ModalInteraction,
};

use super::action::{DraftId, Step};
use super::draft::Draft;
use super::form::{Subject, Typed};
use super::gate::Moderator;
use super::page::button;
use super::preview::{propose, refused, sentence};
use super::{form, history, unanswered};
use crate::discord::asking::{Bot, Ticket};
use crate::discord::interaction::error::{Failure, Refusal};
use crate::discord::view::limits::{EMBED_DESCRIPTION_MAX, clip};
use crate::discord::view::markdown::{escape, one_line};
use crate::discord::view::message_view::aside;

/// A moderator's button was pressed, or a forged one.
pub async fn pressed(bot: &Bot, press: &ComponentInteraction) {
    if let Err(failure) = handle(bot, press).await {
        bot.confess(press, &failure, "a moderator's button").await;
    }
}

async fn handle(bot: &Bot, press: &ComponentInteraction) -> Result<(), Failure> {
    let moderator = bot.moderation.gate(press)?;
    let drafts = &bot.moderation.drafts;
    match press.data.custom_id.parse().map_err(|_| Refusal::OutOfDate)? {
        Step::Save(id) => {
            drafts.get(id, moderator.user)?;
            bot.respond(press, CreateInteractionResponse::Acknowledge).await?;
            save(bot, &press.into(), &moderator, id).await
        }
        Step::Cancel(id) => {
            drafts.get(id, moderator.user)?;
            drafts.forget(id);
            bot.respond(press, CreateInteractionResponse::Acknowledge).await?;
            bot.revise(&press.into(), sentence("Cancelled; nothing was changed.", None)).await
        }
        Step::Change(id) => {
            let draft = drafts.get(id, moderator.user)?;
            let (subject, typed) = draft.form.clone().ok_or(Refusal::OutOfDate)?;
            // Whoever was told what somebody else changed meanwhile, and sends the form again, means that.
            let subject = if draft.contested { as_it_is(&moderator, subject).await } else { subject };
            let response = form::open(id, &subject, &typed);
            drafts.replace(id, Draft { form: Some((subject, typed)), contested: false, ..draft });
            bot.respond(press, response).await
        }
        Step::Sent(_) => Err(Refusal::OutOfDate.into()),
        step @ (Step::History(_) | Step::Revision | Step::Undo(_) | Step::Restore(_)) => {
            history::step(bot, press, &moderator, step).await
        }
        step => unanswered::step(bot, press, &moderator, step).await,
    }
}

/// What a form is about, as it is now; one that is gone as it was.
async fn as_it_is(moderator: &Moderator, subject: Subject) -> Subject {
    match subject {
        Subject::Change(file, before) => match moderator.edit_service.find(before.id()).await {
            Some((file, now)) => Subject::Change(file, now),
            None => Subject::Change(file, before),
        },
        new => new,
    }
}

/// A form was sent, or a forged one.
pub async fn submitted(bot: &Bot, modal: &ModalInteraction) {
    if let Err(failure) = take(bot, modal).await {
        bot.confess(modal, &failure, "a moderator's form").await;
    }
}

async fn take(bot: &Bot, modal: &ModalInteraction) -> Result<(), Failure> {
    let moderator = bot.moderation.gate(modal)?;
    let Ok(Step::Sent(id)) = modal.data.custom_id.parse() else { return Err(Refusal::OutOfDate.into()) };
    let mut draft = match bot.moderation.drafts.get(id, moderator.user) {
        Err(Refusal::DraftGone) => return bot.respond(modal, given_back(modal)).await,
        draft => draft?,
    };
    let (subject, typed) = draft.form.take().ok_or(Refusal::OutOfDate)?;
    let typed = typed.sent(modal);
    // A form that was opened by a button of the preview changes that preview.
    let response = match &modal.message {
        Some(_) => CreateInteractionResponse::Acknowledge,
        None => bot.defer(),
    };
    bot.respond(modal, response).await?;
    let ticket = Ticket::from(modal);
    let made = form::edit(&subject, &typed, &moderator.edit_service.documents().await);
    draft.form = Some((subject, typed));
    match made {
        Ok(edit) => {
            draft.edit = Some(edit);
            bot.moderation.drafts.replace(id, draft.clone());
            propose(bot, &ticket, &moderator, id, &draft).await
        }
        Err(bad) => {
            draft.edit = None;
            bot.moderation.drafts.replace(id, draft.clone());
            bot.revise(&ticket, sentence(&escape(&bad.to_string()), Some((id, &draft)))).await
        }
    }
}

/// The words of a form whose draft is forgotten, so that they can be copied from here.
fn given_back(modal: &ModalInteraction) -> CreateInteractionResponse {
    let Typed { question, wordings, passage, citations, related } =
        Typed { wordings: Some(String::new()), ..Typed::default() }.sent(modal);
    let words = [question, wordings.unwrap_or_default(), passage, citations, related];
    let words = words.iter().filter(|words| !words.is_empty()).map(|words| escape(words)).collect::<Vec<_>>();
    let embed =
        CreateEmbed::new().title("What you wrote").description(clip(&words.join("\n\n"), EMBED_DESCRIPTION_MAX));
    CreateInteractionResponse::Message(aside(&Refusal::DraftGone.to_string()).embed(embed))
}

/// Makes a draft's edit. Only when it is safe on the disk is it told to be saved.
async fn save(bot: &Bot, ticket: &Ticket, moderator: &Moderator, id: DraftId) -> Result<(), Failure> {
    // A second press while the first is at work, or has just done it, would only be refused as changing nothing.
    let Some((draft, _saving)) = bot.moderation.drafts.begin_save(id, moderator.user) else { return Ok(()) };
    let Some((file, edit)) = draft.edit.clone() else { return Ok(()) };
    match moderator.edit_service.commit(&file, edit.clone(), moderator.author(), draft.restores).await {
        Ok(saved) => {
            bot.moderation.drafts.forget(id);
            let settles = !draft.settles.is_empty();
            if settles {
                let settled =
                    moderator.edit_service.database().run(move |database| database.resolve(&draft.settles)).await;
                if let Err(error) = settled {
                    tracing::error!(%error, "questions that were dealt with stay on the list");
                }
            }
            tracing::info!(revision = saved.revision.0, change = edit.kind(), "saved");
            let told = format!("Saved as revision {}: {}.", saved.revision.0, one_line(&edit.summary()));
            let shown = sentence(&told, None);
            let back = button(Step::Questions(0), "Back to the list", ButtonStyle::Secondary);
            let back = settles.then(|| CreateActionRow::Buttons(vec![back]));
            bot.revise(ticket, shown.components(back.into_iter().collect())).await
        }
        Err(error) => {
            bot.moderation.drafts.contest(id, &error);
            bot.revise(ticket, refused(id, &draft, &error)).await
        }
    }
}
