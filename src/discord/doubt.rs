//! "Not what I meant": whoever asked marks an answer as wrong, once, and the question comes before the moderators.
//! The question's words are noted and the entry that answered; not who asked, or where.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use lru::LruCache;
use serenity::all::{
    ActionRow, ActionRowComponent, ButtonKind, ComponentInteraction, CreateActionRow, CreateInteractionResponse,
    MessageId, UserId,
};

use super::asked;
use super::bot::Bot;
use super::draw::{self, aside_later};
use super::failure::{Failure, Refusal};
use crate::moderation::state::UnixMillis;
use crate::moderation::unanswered::{Note, Reason};

/// What the asker is told.
const THANKS: &str = "Thank you. The moderators will find your question in their list, without your name.";

/// What the asker is told when the question was deleted meanwhile.
const LOST: &str = "I can no longer see what was asked, so I noted nothing.";

/// How many marked answers are remembered. A mark takes its button off the answer; this is for a second press that comes
/// before that is seen.
const DOUBTED_MAX: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();

/// The answers that were marked of late: the message, and the entry, since an edited question brings another.
#[derive(Debug)]
pub struct Doubted(Mutex<LruCache<(MessageId, String), ()>>);

impl Default for Doubted {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(DOUBTED_MAX)))
    }
}

impl Doubted {
    /// Whether this answer is marked for the first time.
    fn is_first(&self, answer: MessageId, entry: &str) -> bool {
        let mut marked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        marked.put((answer, entry.to_owned()), ()).is_none()
    }
}

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
    bot.respond(press, CreateInteractionResponse::UpdateMessage(draw::components(rows))).await?;
    let told = match asked::question(bot, &press.message).await {
        Some(question) if bot.moderation.recorder.is_on() => {
            let reason = Reason::Wrong { entry: entry.to_owned() };
            bot.moderation.recorder.note(Note::Asked { question, reason, at: UnixMillis::now() });
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
