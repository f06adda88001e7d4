//! Answers questions in messages: a mention, a reply to the bot, a direct message, or a message in a channel that the
//! bot listens to. When a member edits a question, the bot edits its answer; when a member deletes it, the bot deletes
//! the answer.
//!
//! Each event is handled in two parts. The dispatcher calls the first part ([`claim`], [`register_edit`],
//! [`register_deletion`]) in the order of the events. The second part ([`answer`], [`follow_edit`],
//! [`follow_deletion`]) runs in a task. So the result does not depend on the order in which the runtime runs tasks.

use std::hash::{DefaultHasher, Hash, Hasher};

use serenity::all::{
    ChannelId, CreateMessage, GuildId, MessageId, MessageReference, MessageReferenceKind, MessageType, Nonce,
    Timestamp, UserId,
};

use super::Asking;
use super::admission::Admitted;
use super::context::context_of;
use super::cursors::ChannelCursor;
use super::followed::{Claim, PendingChange};
use super::rate_limit::RateDecision;
use crate::discord::interaction::error::{APOLOGY, HandlerError, Refusal};
use crate::discord::transport::markup::plain_text;
use crate::discord::transport::message::{IncomingMessage, MessageUpdate};
use crate::discord::transport::rest::error::RestError;
use crate::discord::view::message_view::{Audience, text_message};
use crate::matching::{Outcome, looks_like_question};
use crate::telemetry::Source;

/// The reply to a mention or direct message without text.
const HINT: &str = "Ask me something about the text: mention me with your question, write to me directly, or use `/ask`. \
                    `/sections` shows what I can answer.";

/// A question that this process has claimed and must answer.
#[derive(Debug)]
pub struct ClaimedQuestion {
    message: Box<IncomingMessage>,
    source: Source,
    me: UserId,
    claim: Claim,
}

/// Returns how a message asks the bot a question, or `None` if it asks nothing. `direct` says whether it is a direct
/// message. The bot never answers other bots, webhooks or itself.
#[must_use]
pub fn source(asking: &Asking, me: UserId, message: &IncomingMessage, direct: bool) -> Option<Source> {
    let by_person = !message.author.bot && message.webhook_id.is_none() && message.author.id != me;
    // Excludes Discord's system messages, such as "pinned a message".
    let typed = matches!(message.kind, MessageType::Regular | MessageType::InlineReply);
    if !by_person || !typed {
        return None;
    }
    let replied_to = message.referenced_message.as_ref().map(|earlier| earlier.author.id);
    // Without text there is no question: the message has only an attachment, or Discord withholds its text.
    let replies_to_me = replied_to == Some(me) && !message.content.is_empty();
    if direct {
        Some(Source::Direct)
    } else if replies_to_me || message.mentions.iter().any(|user| user.id == me) {
        Some(Source::Mention)
    } else {
        let unasked = asking.listen.contains(&message.channel_id) && looks_like_question(&message.content);
        unasked.then_some(Source::Unasked)
    }
}

/// Claims a question and holds its channel's cursor before it. Returns `None` if another task has claimed it: Discord
/// may deliver a message more than once, and catch-up may read it too. For a gateway event, call this before the next
/// event is read. `me` is the bot's own user.
pub fn claim(
    asking: &Asking,
    me: UserId,
    message: Box<IncomingMessage>,
    source: Source,
    guild: Option<GuildId>,
) -> Option<ClaimedQuestion> {
    let claim = asking.followed.claim(message.id)?;
    asking.cursors.begin(message.channel_id, guild, matches!(source, Source::Direct), message.id);
    Some(ClaimedQuestion { message, source, me, claim })
}

/// Answers a message that catch-up has read, if it asks a question. The server comes from the channel's cursor, because
/// REST leaves it out of messages. Returns whether the message is finished, as [`answer`] does.
pub async fn answer_missed(asking: &Asking, me: UserId, message: IncomingMessage, channel: ChannelCursor) -> bool {
    let Some(source) = source(asking, me, &message, channel.direct) else { return true };
    match claim(asking, me, Box::new(message), source, channel.guild) {
        Some(claimed) => answer(asking, claimed).await,
        None => true,
    }
}

/// Answers a claimed question and then acknowledges it at its channel's cursor. After a transient error the cursor
/// stays before the question, so the next catch-up tries again. Returns whether the question is finished.
pub async fn answer(asking: &Asking, claimed: ClaimedQuestion) -> bool {
    let ClaimedQuestion { message, source, me, mut claim } = claimed;
    let answered = match asking.admission.admit(message.author.id, message.channel_id) {
        Admitted::Answer(_permit) => post_answer(asking, me, &message, source, &mut claim).await,
        Admitted::Refuse(_permit) if !matches!(source, Source::Unasked) => {
            asking.telemetry.questions().turned_away();
            let busy = reply_to(&message, text_message(&Refusal::Busy.to_string()), "busy");
            asking.rest.post_message(message.channel_id, &busy).await.map(|_| true)
        }
        Admitted::Refuse(_) | Admitted::Ignore => {
            asking.telemetry.questions().turned_away();
            Ok(false)
        }
    };
    let finished = match answered {
        Ok(true) => true,
        Ok(false) => {
            // Nothing was posted, so there is nothing to follow. Free the slot: a flood of such questions must not
            // evict questions with answers.
            asking.followed.abandon(message.id);
            true
        }
        // Discord posted the answer, but did not return its id. Without the id, the bot cannot follow edits.
        Err(error) if error.was_executed() => {
            HandlerError::from(error).log("answering a message");
            asking.followed.abandon(message.id);
            true
        }
        // Discord may have posted the answer in spite of the error, so do not apologize. The next catch-up reads the
        // channel and answers the question if it has no reply.
        Err(error) if error.is_transient() => {
            HandlerError::from(error).log("answering a message");
            asking.followed.abandon(message.id);
            false
        }
        Err(error) => {
            HandlerError::from(error).log("answering a message");
            apologize(asking, &message).await;
            true
        }
    };
    if finished {
        asking.cursors.acknowledge(message.channel_id, message.id);
    }
    finished
}

async fn apologize(asking: &Asking, message: &IncomingMessage) {
    let apology = reply_to(message, text_message(APOLOGY), "sorry");
    if let Err(error) = asking.rest.post_message(message.channel_id, &apology).await {
        tracing::debug!(%error, "could not apologize");
    }
}

/// Posts the answer to a question. Returns whether anything was posted.
async fn post_answer(
    asking: &Asking,
    me: UserId,
    message: &IncomingMessage,
    source: Source,
    claim: &mut Claim,
) -> Result<bool, RestError> {
    let unasked = matches!(source, Source::Unasked);
    let question = plain_text(&message.content);
    let audience = Audience { asker: message.author.id, private: false };
    claim.text_hash = hash(&question);
    claim.unasked = unasked;
    claim.direct = matches!(source, Source::Direct);
    claim.context = context_of(asking, me, message, claim.direct);
    let answer = asking.answer(&question, claim.context.as_deref(), audience, source);
    if unasked && answer.outcome != Outcome::Answer {
        answer.record.withheld();
        return Ok(false);
    }
    // After matching, so that an unasked message that the bot does not answer counts against no limit.
    let asked_at = message.id.created_at();
    let (reply, unanswered) = match asking.check_rate(message.author.id, Some(message.channel_id), asked_at) {
        RateDecision::Allow if question.is_empty() => (text_message(HINT), None),
        RateDecision::Allow => (answer.view.message(), answer.unanswered),
        RateDecision::Warn(refusal) if !unasked => (text_message(&refusal.to_string()), None),
        RateDecision::Warn(_) | RateDecision::Ignore(_) => {
            answer.record.withheld();
            return Ok(false);
        }
    };
    let posted = asking.rest.post_message(message.channel_id, &reply_to(message, reply, "")).await?;
    claim.answer = Some(posted.id);
    asking.remember_shown(claim.direct, message.channel_id, answer.shown, asked_at);
    answer.record.sent();
    asking.queue_unanswered(message.author.id, unanswered);
    Ok(true)
}

/// Makes `message` a reply to `question`, with a nonce by which Discord recognises a repeated post. `suffix` gives each
/// kind of reply to the same question a nonce of its own.
fn reply_to(question: &IncomingMessage, message: CreateMessage, suffix: &str) -> CreateMessage {
    let reference = MessageReference::new(MessageReferenceKind::Default, question.channel_id);
    message
        .reference_message(reference.message_id(question.id).fail_if_not_exists(false))
        .nonce(Nonce::String(format!("{}{suffix}", question.id)))
        .enforce_nonce(true)
}

/// Registers an edit of a followed question. Returns `None` if the question is not followed, or if the update contains
/// no text, such as a pin. Call this before the next event is read.
pub fn register_edit(asking: &Asking, update: &MessageUpdate) -> Option<PendingChange> {
    let (Some(content), Some(_)) = (&update.content, &update.author) else { return None };
    // An edit that is not carried out must not replace an earlier one that is.
    if plain_text(content).is_empty() {
        return None;
    }
    asking.followed.change(update.id)
}

/// Updates the answer to an edited question. Does nothing if the text is unchanged, because Discord also sends link
/// previews as updates.
pub async fn follow_edit(asking: &Asking, update: &MessageUpdate, change: PendingChange) {
    let (Some(content), Some(author)) = (&update.content, &update.author) else { return };
    let Some(mut claim) = change.claim().await else { return };
    let question = plain_text(content);
    let hash = hash(&question);
    if claim.text_hash == hash {
        return;
    }
    let edited_at = update.edited_timestamp.unwrap_or_else(|| update.id.created_at());
    if asking.check_rate(author.id, None, edited_at) != RateDecision::Allow {
        return;
    }
    claim.text_hash = hash;
    if let Err(error) = update_answer(asking, &mut claim, update.channel_id, &question, author.id, edited_at).await {
        HandlerError::from(error).log("following an edited question");
    }
}

async fn update_answer(
    asking: &Asking,
    claim: &mut Claim,
    channel: ChannelId,
    question: &str,
    asker: UserId,
    edited_at: Timestamp,
) -> Result<(), RestError> {
    let Some(message) = claim.answer else { return Ok(()) };
    let audience = Audience { asker, private: false };
    let answer = asking.answer(question, claim.context.as_deref(), audience, Source::Edit);
    if claim.unasked && answer.outcome != Outcome::Answer {
        claim.answer = None;
        answer.record.withheld();
        return asking.rest.delete_message(channel, message).await;
    }
    match asking.rest.edit_message(channel, message, &answer.view.edit()).await {
        Err(error) if error.is_unknown_message() => {
            claim.answer = None;
            answer.record.withheld();
            Ok(())
        }
        Ok(()) => {
            asking.remember_shown(claim.direct, channel, answer.shown, edited_at);
            answer.record.sent();
            asking.queue_unanswered(asker, answer.unanswered);
            Ok(())
        }
        failed => failed,
    }
}

/// Deletes the answer to a deleted question.
pub async fn follow_deletion(asking: &Asking, channel: ChannelId, change: PendingChange) {
    let Some(mut claim) = change.claim().await else { return };
    if let Some(answer) = claim.answer.take()
        && let Err(error) = asking.rest.delete_message(channel, answer).await
    {
        HandlerError::from(error).log("deleting the answer to a deleted question");
    }
}

/// Registers the deletion of a followed question. Returns `None` if the question is not followed. Call this before the
/// next event is read.
pub fn register_deletion(asking: &Asking, message: MessageId) -> Option<PendingChange> {
    asking.followed.change(message)
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
