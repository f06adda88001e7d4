//! "Not what I meant": whoever asked marks an answer as wrong, once, and the question comes before the moderators.
//! The question's words are noted and the entry that answered; not who asked, or where.

use serenity::all::{
    ActionRow, ActionRowComponent, ButtonKind, ComponentInteraction, CreateActionRow, CreateInteractionResponse, UserId,
};

use crate::discord::asking::Bot;
use crate::discord::asking::question_of;
use crate::discord::interaction::error::{Failure, Refusal};
use crate::discord::view::message_view::{self, aside_later};
use crate::moderation::UnixMillis;
use crate::moderation::unanswered::{UnansweredReason, UnansweredReport};

/// What the asker is told.
const THANKS: &str = "Thank you. The moderators will find your question in their list, without your name.";

/// What the asker is told when the question was deleted meanwhile.
const LOST: &str = "I can no longer see what was asked, so I noted nothing.";

/// Somebody pressed "Not what I meant" on the answer of an entry.
///
/// # Errors
/// If it is not the asker, or Discord does not take the response.
pub async fn doubted(bot: &Bot, press: &ComponentInteraction, asker: UserId, entry: &str) -> Result<(), Failure> {
    if press.user.id != asker {
        return Err(Refusal::NotYourQuestion.into());
    }
    if !bot.doubted.is_first(press.message.id, entry) {
        return bot.respond(press, CreateInteractionResponse::Acknowledge).await;
    }
    let rows = without(&press.message.components, &press.data.custom_id);
    bot.respond(press, CreateInteractionResponse::UpdateMessage(message_view::components(rows))).await?;
    let told = match question_of::question(bot, &press.message).await {
        Some(question) if bot.moderation.unanswered_queue.is_on() => {
            let reason = UnansweredReason::Wrong { entry: entry.to_owned() };
            bot.moderation.unanswered_queue.push(UnansweredReport::Asked { question, reason, at: UnixMillis::now() });
            THANKS
        }
        _ => LOST,
    };
    Ok(bot.rest.follow_up(bot.application, &press.token, &aside_later(told)).await?)
}

/// The buttons of a message but for one.
fn without(rows: &[ActionRow], custom_id: &str) -> Vec<CreateActionRow> {
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
