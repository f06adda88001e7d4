//! Answers questions in messages: a mention, a reply to the bot, a direct message, or a message in a channel that the
//! bot listens to. When a member edits a question, the bot edits its answer; when a member deletes it, the bot deletes
//! the answer.
//!
//! Each event is handled in two parts. The dispatcher calls the first part ([`claim`], [`register_edit`],
//! [`register_deletion`]) in the order of the events. The second part ([`answer`], [`follow_edit`],
//! [`follow_deletion`]) runs in a task. So the result does not depend on the order in which the runtime runs tasks.
//!
//! The limits are asked before the question is matched, so that a message which is not answered costs little.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use serenity::all::{
    ChannelId, CreateMessage, GuildId, MessageId, MessageReference, MessageReferenceKind, MessageType, Nonce,
    Timestamp, UserId,
};

use super::context::context_of;
use super::cursors::{AskedQuestion, ChannelCursor};
use super::followed::{Claim, PendingDeletion, PendingEdit};
use super::{Asking, since_epoch};
use crate::discord::interaction::error::{APOLOGY, HandlerError, Refusal};
use crate::discord::transport::markup::plain_text;
use crate::discord::transport::message::{IncomingMessage, MessageUpdate};
use crate::discord::transport::rest::delivery::Backlog;
use crate::discord::transport::rest::error::RestError;
use crate::discord::view::message_view::{Audience, text_message};
use crate::matching::{Outcome, looks_like_question};
use crate::telemetry::Source;
use crate::throttle::admission::{NoticePermit, WorkPermit};
use crate::throttle::rate_limit::RateDecision;
use crate::throttle::{Bound, Work};

/// The longest time that Discord's rate limit may need for the replies that wait in a channel. A member who waits
/// longer has given up. One reply for each other member may still join them, up to twice this time.
const BACKLOG_MAX: Duration = Duration::from_secs(20);

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
    let mut claim = asking.followed.claim(message.id)?;
    claim.scope = asking.scopes.of_message(message.channel_id, guild);
    asking.cursors.begin(&AskedQuestion {
        channel: message.channel_id,
        guild,
        direct: matches!(source, Source::Direct),
        user: message.author.id,
        question: message.id,
    });
    Some(ClaimedQuestion { message, source, me, claim })
}

/// Claims a message that catch-up has read, if it asks a question that is not claimed yet. The server comes from the
/// channel's cursor, because REST leaves it out of messages.
pub fn claim_missed(
    asking: &Asking,
    me: UserId,
    message: IncomingMessage,
    channel: ChannelCursor,
) -> Option<ClaimedQuestion> {
    let source = source(asking, me, &message, channel.direct)?;
    claim(asking, me, Box::new(message), source, channel.guild)
}

/// Gives up claimed questions without an answer, so that the next catch-up claims them.
pub fn abandon(asking: &Asking, questions: impl Iterator<Item = ClaimedQuestion>) {
    questions.for_each(|question| asking.followed.abandon(question.message.id));
}

/// The decision of the limits about a question.
enum Permission {
    /// Answer it. The permit holds the capacity.
    Answer(#[allow(dead_code, reason = "held until it is dropped")] WorkPermit),
    /// Reply with this notice. `suffix` is for the nonce. The permit, if any, holds the capacity.
    Tell { notice: Refusal, suffix: &'static str, _permit: Option<NoticePermit> },
    /// Stay silent.
    Ignore,
}

/// Asks all limits for a question in a message, the cheapest first. Counts a refusal.
fn permission(asking: &Asking, message: &IncomingMessage, source: Source) -> Permission {
    let (user, channel) = (message.author.id, message.channel_id);
    let asked_at = message.id.created_at();
    let unasked = matches!(source, Source::Unasked);
    let rate = if !unasked {
        asking.check_rate(user, Some(channel), asked_at)
    } else if asking.unasked_rate.allows(user.get(), since_epoch(asked_at)) {
        // It counts as a question only if the bot answers it.
        RateDecision::Allow
    } else {
        RateDecision::Ignore(Bound::UserRate)
    };
    let (bound, refused) = match rate {
        RateDecision::Allow => match admit(asking, user, channel) {
            Ok(permit) => return Permission::Answer(permit),
            Err(bound) if unasked => (bound, Permission::Ignore),
            Err(bound) => {
                let permit = asking.admission.notice(user.get());
                let tell = |permit| Permission::Tell { notice: Refusal::Busy, suffix: "busy", _permit: Some(permit) };
                (bound, permit.map_or(Permission::Ignore, tell))
            }
        },
        RateDecision::Warn(bound) => {
            (bound, Permission::Tell { notice: Refusal::too_fast(bound), suffix: "", _permit: None })
        }
        RateDecision::Ignore(bound) => (bound, Permission::Ignore),
    };
    asking.telemetry.throttled(if unasked { Work::Unasked } else { Work::Question }, bound);
    refused
}

/// Reserves the capacity for one question in a channel.
fn admit(asking: &Asking, user: UserId, channel: ChannelId) -> Result<WorkPermit, Bound> {
    if is_too_long(asking.rest.post_backlog(channel, user)) {
        return Err(Bound::Channel);
    }
    asking.admission.admit(user.get(), Some(channel.get()))
}

/// Returns `true` if the backlog is too long for a user who already waits in it, or for everybody.
fn is_too_long(backlog: Backlog) -> bool {
    backlog.time > BACKLOG_MAX && (backlog.has_own || backlog.time > 2 * BACKLOG_MAX)
}

/// Answers a claimed question and then acknowledges it at its channel's cursor. After a transient error the cursor
/// stays before the question, so the next catch-up tries again. Returns whether the question is finished.
pub async fn answer(asking: &Asking, claimed: ClaimedQuestion) -> bool {
    let ClaimedQuestion { message, source, me, mut claim } = claimed;
    let answered = match permission(asking, &message, source) {
        Permission::Answer(_permit) => post_answer(asking, me, &message, source, &mut claim).await,
        Permission::Tell { notice, suffix, _permit } => {
            let told = reply_to(&message, text_message(&notice.to_string()), suffix);
            let posted = asking.rest.post_message(message.channel_id, &told, Some(message.author.id)).await;
            // An edit of the question can turn the notice into an answer, and a deletion deletes it.
            posted.map(|posted| {
                claim.text_hash = hash(&plain_text(&message.content));
                claim.answer = Some(posted.id);
                true
            })
        }
        Permission::Ignore => Ok(false),
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
    if let Err(error) = asking.rest.post_message(message.channel_id, &apology, Some(message.author.id)).await {
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
    let answer = asking.answer(&question, &claim.scope, claim.context.as_deref(), audience, source);
    if unasked && answer.outcome != Outcome::Answer {
        answer.record.withheld();
        return Ok(false);
    }
    let asked_at = message.id.created_at();
    if unasked && let Err(bound) = asking.check_unasked_rate(message.author.id, message.channel_id, asked_at) {
        asking.telemetry.throttled(Work::Unasked, bound);
        answer.record.withheld();
        return Ok(false);
    }
    let (reply, unanswered) =
        if question.is_empty() { (text_message(HINT), None) } else { (answer.view.message(), answer.unanswered) };
    let reply = reply_to(message, reply, "");
    let posted = asking.rest.post_message(message.channel_id, &reply, Some(message.author.id)).await?;
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

/// Registers an edit of a followed question. Returns `None` if there is nothing to do: the question is not followed, the
/// update contains no new text, such as a pin or a link preview, the author edits too often, or an earlier edit is still
/// pending and takes the new text along. Call this before the next event is read.
pub fn register_edit(asking: &Asking, update: Box<MessageUpdate>) -> Option<PendingEdit> {
    let (Some(content), Some(author)) = (&update.content, &update.author) else { return None };
    if !asking.followed.follows(update.id) {
        return None;
    }
    let question = plain_text(content);
    // An edit that is not carried out must not replace an earlier one that is.
    if question.is_empty() || asking.followed.is_answered(update.id, hash(&question)) {
        return None;
    }
    let refused = match asking.check_rate(author.id, None, edited_at(&update)) {
        RateDecision::Allow if is_too_long(asking.rest.edit_backlog(update.channel_id, author.id)) => Bound::Channel,
        RateDecision::Allow => return asking.followed.edit(update),
        RateDecision::Warn(bound) | RateDecision::Ignore(bound) => bound,
    };
    asking.telemetry.throttled(Work::Edit, refused);
    None
}

fn edited_at(update: &MessageUpdate) -> Timestamp {
    update.edited_timestamp.unwrap_or_else(|| update.id.created_at())
}

/// Updates the answer to an edited question, for the newest text. Does nothing if the answer is for that text already.
pub async fn follow_edit(asking: &Asking, edit: PendingEdit) {
    let Some((mut claim, update)) = edit.claim().await else { return };
    let (Some(content), Some(author)) = (&update.content, &update.author) else { return };
    let question = plain_text(content);
    let hash = hash(&question);
    if claim.text_hash == hash {
        return;
    }
    let at = edited_at(&update);
    match update_answer(asking, &mut claim, update.channel_id, &question, author.id, at).await {
        Ok(()) => claim.text_hash = hash,
        Err(error) => HandlerError::from(error).log("following an edited question"),
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
    let answer = asking.answer(question, &claim.scope, claim.context.as_deref(), audience, Source::Edit);
    if claim.unasked && answer.outcome != Outcome::Answer {
        answer.record.withheld();
        asking.rest.delete_message(channel, message).await?;
        claim.answer = None;
        return Ok(());
    }
    match asking.rest.edit_message(channel, message, &answer.view.edit(), asker).await {
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

/// Registers the deletion of a followed question. Returns `None` if the question is not followed. Call this before the
/// next event is read. No limit applies: each question is deleted once, so the followed questions bound the deletions.
pub fn register_deletion(asking: &Asking, message: MessageId) -> Option<PendingDeletion> {
    asking.followed.delete(message)
}

/// Deletes the answer to a deleted question.
pub async fn follow_deletion(asking: &Asking, channel: ChannelId, deletion: PendingDeletion) {
    let mut claim = deletion.claim().await;
    let Some(answer) = claim.answer else { return };
    match asking.rest.delete_message(channel, answer).await {
        Ok(()) => claim.answer = None,
        Err(error) => HandlerError::from(error).log("deleting the answer to a deleted question"),
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
