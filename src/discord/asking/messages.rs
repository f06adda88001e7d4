//! Questions in messages: a mention, a reply to the bot, a direct message, or a channel that is listened to.
//! An edited question changes its answer, a deleted one takes it along.

use std::hash::{DefaultHasher, Hash, Hasher};

use serenity::all::{
    ChannelId, CreateMessage, GuildId, MessageId, MessageReference, MessageReferenceKind, MessageType, Nonce, UserId,
};

use crate::discord::asking::admission::Entry;
use crate::discord::asking::cooldown::Pass;
use crate::discord::asking::cursors::Place;
use crate::discord::asking::followed::Slot;
use crate::discord::asking::{Bot, Source};
use crate::discord::interaction::error::{APOLOGY, Failure, Refusal};
use crate::discord::transport::markup::plain_text;
use crate::discord::transport::message::{IncomingMessage, MessageUpdate};
use crate::discord::transport::rest::error::RestError;
use crate::discord::view::message_view::{Audience, sentence};
use crate::matching::{Outcome, looks_like_question};

/// What somebody is told who mentions the bot and asks nothing.
const HINT: &str = "Ask me something about the text: mention me with your question, write to me directly, or use `/ask`. \
                    `/sections` shows what I can answer.";

/// A message was posted that asks the bot something in this way.
pub async fn asked(bot: &Bot, message: Box<IncomingMessage>, way: Source) {
    handle(bot, &message, way, message.guild_id).await;
}

/// A message was read back in a place that is caught up with. What REST tells of a message does not have its server.
pub async fn asked_before(bot: &Bot, me: UserId, message: &IncomingMessage, place: Place) {
    if let Some(way) = way(bot, me, message, place.direct) {
        handle(bot, message, way, place.guild).await;
    }
}

/// Answers a question once, however often it comes. It is open until it is dealt with.
async fn handle(bot: &Bot, message: &IncomingMessage, way: Source, guild: Option<GuildId>) {
    let Some(mut slot) = bot.answers.claim(message.id) else { return };
    bot.places.open(message.channel_id, guild, matches!(way, Source::Direct), message.id);
    let answered = match bot.admission.enter(message.author.id, message.channel_id) {
        Entry::Answer(_place) => answer(bot, message, way, &mut slot).await,
        Entry::Tell(_telling) if !matches!(way, Source::Unasked) => {
            bot.telemetry.questions().turned_away();
            let busy = reply_to(message, sentence(&Refusal::Busy.to_string()), "busy");
            bot.rest.post_message(message.channel_id, &busy).await.map(|_| true)
        }
        _ => {
            bot.telemetry.questions().turned_away();
            Ok(false)
        }
    };
    let settled = match answered {
        Ok(true) => true,
        Ok(false) => {
            // Nothing was said that could follow the question, and a flood must not crowd out what was.
            bot.answers.abandon(message.id);
            true
        }
        // It may have arrived in spite of all: nothing else is said, and catching up will see.
        Err(error) if error.is_transient() => {
            Failure::from(error).log("answering a message");
            bot.answers.abandon(message.id);
            false
        }
        Err(error) => {
            Failure::from(error).log("answering a message");
            let apology = reply_to(message, sentence(APOLOGY), "sorry");
            if let Err(error) = bot.rest.post_message(message.channel_id, &apology).await {
                tracing::debug!(%error, "could not tell the user");
            }
            true
        }
    };
    if settled {
        bot.places.settle(message.channel_id, message.id);
    }
}

/// How a message asks the bot something, if it does. Other bots, webhooks and the bot itself are never answered.
#[must_use]
pub fn way(bot: &Bot, me: UserId, message: &IncomingMessage, direct: bool) -> Option<Source> {
    let person = !message.author.bot && message.webhook_id.is_none() && message.author.id != me;
    let text = matches!(message.kind, MessageType::Regular | MessageType::InlineReply);
    if !person || !text {
        return None;
    }
    let replied_to = message.referenced_message.as_ref().map(|earlier| earlier.author.id);
    let replies_to_me = replied_to == Some(me) && !message.content.is_empty();
    if direct {
        Some(Source::Direct)
    } else if replies_to_me || message.mentions.iter().any(|user| user.id == me) {
        Some(Source::Mention)
    } else {
        (bot.listen.contains(&message.channel_id) && looks_like_question(&message.content)).then_some(Source::Unasked)
    }
}

/// Answers a question, and says whether anything was said.
async fn answer(bot: &Bot, message: &IncomingMessage, way: Source, slot: &mut Slot) -> Result<bool, RestError> {
    let unasked = matches!(way, Source::Unasked);
    let question = plain_text(&message.content);
    let audience = Audience { asker: message.author.id, private: false };
    slot.text_hash = hash(&question);
    slot.unasked = unasked;
    let drawn = bot.answer(&question, audience, way);
    if unasked && drawn.outcome != Outcome::Answer {
        drawn.question.withheld();
        return Ok(false);
    }
    let (said, note) = match bot.may_ask(message.author.id, Some(message.channel_id), message.id.created_at()) {
        (Pass::Go, _) if question.is_empty() => (sentence(HINT), None),
        (Pass::Go, _) => (drawn.look.message(), drawn.note),
        (Pass::Warn, refusal) if !unasked => (sentence(&refusal.to_string()), None),
        _ => {
            drawn.question.withheld();
            return Ok(false);
        }
    };
    let posted = bot.rest.post_message(message.channel_id, &reply_to(message, said, "")).await?;
    slot.answer = Some(posted.id);
    drawn.question.sent();
    bot.note(note);
    Ok(true)
}

/// A message as a reply, which fails neither when the question is gone nor lands twice when it is sent again.
fn reply_to(question: &IncomingMessage, message: CreateMessage, suffix: &str) -> CreateMessage {
    let reference = MessageReference::new(MessageReferenceKind::Default, question.channel_id);
    message
        .reference_message(reference.message_id(question.id).fail_if_not_exists(false))
        .nonce(Nonce::String(format!("{}{suffix}", question.id)))
        .enforce_nonce(true)
}

/// A message was changed. Link previews and pins come as changes too: only another text counts.
pub async fn edited(bot: &Bot, event: &MessageUpdate) {
    let (Some(content), Some(author)) = (&event.content, &event.author) else { return };
    let Some(mut slot) = bot.answers.find(event.id).await else { return };
    let question = plain_text(content);
    let hash = hash(&question);
    if slot.text_hash == hash || question.is_empty() {
        return;
    }
    let asked = event.edited_timestamp.unwrap_or_else(|| event.id.created_at());
    if !matches!(bot.may_ask(author.id, None, asked), (Pass::Go, _)) {
        return;
    }
    slot.text_hash = hash;
    if let Err(error) = answer_again(bot, &mut slot, event.channel_id, &question, author.id).await {
        Failure::from(error).log("following an edited question");
    }
}

async fn answer_again(
    bot: &Bot,
    slot: &mut Slot,
    channel: ChannelId,
    question: &str,
    asker: UserId,
) -> Result<(), RestError> {
    let Some(answer) = slot.answer else { return Ok(()) };
    let drawn = bot.answer(question, Audience { asker, private: false }, Source::Edit);
    if slot.unasked && drawn.outcome != Outcome::Answer {
        slot.answer = None;
        drawn.question.withheld();
        return bot.rest.delete_message(channel, answer).await;
    }
    match bot.rest.edit_message(channel, answer, &drawn.look.edit()).await {
        Err(error) if error.is_unknown_message() => {
            slot.answer = None;
            drawn.question.withheld();
            Ok(())
        }
        Ok(()) => {
            drawn.question.sent();
            bot.note(drawn.note);
            Ok(())
        }
        failed => failed,
    }
}

/// A message was deleted.
pub async fn deleted(bot: &Bot, channel: ChannelId, message: MessageId) {
    let Some(mut slot) = bot.answers.find(message).await else { return };
    if let Some(answer) = slot.answer.take()
        && let Err(error) = bot.rest.delete_message(channel, answer).await
    {
        Failure::from(error).log("removing the answer to a deleted question");
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
