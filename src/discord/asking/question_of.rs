//! What was asked, as an answer of the bot's tells: by the message that it replies to, or by the line at its foot.
//! So a button needs neither the question's text in its `custom_id` nor a memory of it.

use serenity::all::{Message, MessageReference};

use crate::discord::asking::Bot;
use crate::discord::transport::markup::plain_text;
use crate::discord::view::message_view::FOOT;
use crate::moderation::unanswered::{QuestionKey, UnansweredReport};

/// Notes that a suggestion was taken on an answer of the bot's.
pub async fn taken(bot: &Bot, answer: &Message) {
    if !bot.moderation.unanswered_queue.is_on() {
        return;
    }
    if let Some(key) = question(bot, answer).await.and_then(|question| QuestionKey::of(&question)) {
        bot.moderation.unanswered_queue.push(UnansweredReport::SuggestionTaken(key));
    }
}

/// The question that an answer of the bot's was made for; none if nothing tells it any more.
pub async fn question(bot: &Bot, answer: &Message) -> Option<String> {
    match &answer.message_reference {
        Some(reference) => replied_to(bot, answer, reference).await,
        None => answer.embeds.first()?.footer.as_ref()?.text.strip_prefix(FOOT).map(str::to_owned),
    }
}

/// The question that is replied to. Discord need not send it along, so it is asked for then.
async fn replied_to(bot: &Bot, answer: &Message, reference: &MessageReference) -> Option<String> {
    if let Some(message) = &answer.referenced_message {
        return Some(plain_text(&message.content));
    }
    match bot.rest.message(answer.channel_id, reference.message_id?).await {
        Ok(message) => Some(plain_text(&message.content)),
        Err(error) => {
            tracing::debug!(%error, "a question could not be read back");
            None
        }
    }
}
