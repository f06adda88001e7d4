//! Pressed buttons and chosen menu entries. Whoever asked changes the message itself; anybody else gets an answer
//! of their own, seen by them alone.

use serenity::all::{
    ComponentInteraction, ComponentInteractionDataKind, CreateInteractionResponse, MessageFlags, Permissions,
};

use super::{feedback, question_of};
use crate::discord::asking::Bot;
use crate::discord::interaction::error::{Failure, Refusal};
use crate::discord::view::button_action::{Action, SectionName, What};
use crate::discord::view::message_view::{self, Audience, Look};
use crate::discord::view::sections::{self, Shelf};

/// A component was used.
pub async fn pressed(bot: &Bot, press: &ComponentInteraction) {
    if let Err(failure) = handle(bot, press).await {
        bot.confess(press, &failure, "a pressed button").await;
    }
}

async fn handle(bot: &Bot, press: &ComponentInteraction) -> Result<(), Failure> {
    let action: Action = press.data.custom_id.parse().map_err(|_| Refusal::OutOfDate)?;
    match &action.what {
        What::Remove => return remove(bot, press, &action).await,
        What::Doubt(entry) => return feedback::doubted(bot, press, action.asker, entry).await,
        _ => {}
    }
    let taken = matches!(action.what, What::Take(_));
    let in_place = press.user.id == action.asker;
    let message_private = press.message.flags.is_some_and(|flags| flags.contains(MessageFlags::EPHEMERAL));
    let audience = Audience { asker: press.user.id, private: !in_place || message_private };
    let look = look(bot, press, action.what, audience)?;
    if in_place {
        bot.respond(press, CreateInteractionResponse::UpdateMessage(look.response())).await?;
        if taken {
            question_of::taken(bot, &press.message).await;
        }
        Ok(())
    } else {
        bot.show(press, look, true).await
    }
}

/// What the press should show.
fn look(bot: &Bot, press: &ComponentInteraction, what: What, audience: Audience) -> Result<Look, Refusal> {
    let library = bot.library.load();
    let knowledge = library.knowledge();
    let open = |name: &SectionName, page| {
        let shelf = Shelf::find(knowledge, name).ok_or(Refusal::NoSuchSection)?;
        Ok(sections::page(&shelf, page, audience))
    };
    match what {
        What::Show(entry) | What::Take(entry) => {
            let key = knowledge.find(&entry).ok_or(Refusal::EntryGone)?;
            Ok(message_view::passage(&library.passage(key), audience))
        }
        What::Page(name, page) => open(&name, page),
        What::ChooseSection(document) => {
            let section = chosen(press).ok_or(Refusal::OutOfDate)?;
            open(&SectionName { document, section }, 0)
        }
        What::Sections | What::Remove | What::Doubt(_) => Ok(sections::sections(knowledge, audience)),
    }
}

/// The one value chosen from a menu.
fn chosen(press: &ComponentInteraction) -> Option<String> {
    match &press.data.kind {
        ComponentInteractionDataKind::StringSelect { values } => values.first().cloned(),
        _ => None,
    }
}

/// Deletes the message: for the asker, and for whoever may delete messages in this channel.
async fn remove(bot: &Bot, press: &ComponentInteraction, action: &Action) -> Result<(), Failure> {
    let permissions = press.member.as_ref().and_then(|member| member.permissions);
    let moderator = permissions.is_some_and(|may| may.contains(Permissions::MANAGE_MESSAGES) || may.administrator());
    if press.user.id != action.asker && !moderator {
        return Err(Refusal::NotYours.into());
    }
    bot.respond(press, CreateInteractionResponse::Acknowledge).await?;
    bot.rest.delete_original(bot.application, &press.token).await?;
    Ok(())
}
