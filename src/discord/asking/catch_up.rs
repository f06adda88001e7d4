//! Catch-up: after a restart, and when a gateway session could not be resumed, the bot reads the messages after each
//! channel's cursor and answers the questions that have no reply yet, oldest first. Also loads and saves the cursors.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serenity::all::{MessageId, UserId};
use tokio_util::sync::CancellationToken;

use super::Asking;
use super::cursors::{ChannelCursor, CursorStore};
use super::messages;
use crate::discord::transport::backoff::Backoff;
use crate::discord::transport::gateway::Shard;
use crate::discord::transport::message::IncomingMessage;
use crate::discord::transport::rest::error::RestError;

/// The greatest age of a question that catch-up answers; the member no longer waits for the answer to an older one. The
/// age is measured with the machine's clock. If the clock is wrong, catch-up answers more or fewer questions.
const AGE_MAX: Duration = Duration::from_secs(15 * 60);

/// The number of messages to read from one channel. Catch-up reads the newest ones, in pages.
const MESSAGES_MAX: usize = 200;

/// The number of messages to read with one call: Discord's maximum.
const PAGE: u8 = 100;

/// The first pause before a channel is read again after a transient failure. It doubles up to [`RETRY_PAUSE_MAX`].
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause before a channel is read again. It is much shorter than [`AGE_MAX`], so few questions become too
/// old during a pause.
const RETRY_PAUSE_MAX: Duration = Duration::from_secs(60);

/// The shortest time between two saves of the cursors. After a crash the saved cursors may be this old. Catch-up then
/// reads some messages again, and skips those that have a reply.
const SAVE_PAUSE: Duration = Duration::from_secs(1);

/// The epoch of Discord's ids, the first second of 2015 (<https://discord.com/developers/docs/reference#snowflakes>).
const DISCORD_EPOCH: Duration = Duration::from_millis(1_420_070_400_000);

/// A channel to catch up with, and the placeholder id that holds its cursor
/// ([`begin_catch_up`](super::cursors::ChannelCursors::begin_catch_up)).
type HeldChannel = (ChannelCursor, MessageId);

/// Returns the smallest message id that Discord assigns at this time before now.
fn id_at_age(age: Duration) -> MessageId {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let since_epoch = now.saturating_sub(DISCORD_EPOCH).saturating_sub(age);
    let ms = u64::try_from(since_epoch.as_millis()).unwrap_or(0);
    MessageId::new(ms.saturating_mul(1 << 22).max(1))
}

/// Restores the saved cursors. Each channel that the bot listens to and that has no saved cursor gets one at the
/// present time.
pub fn restore_cursors(asking: &Asking, store: Option<&dyn CursorStore>) {
    // The store has the most recently used channel first. Restored last, it is again the most recently used.
    for cursor in store.map(CursorStore::load).unwrap_or_default().into_iter().rev() {
        asking.cursors.restore(cursor);
    }
    let cursor = id_at_age(Duration::ZERO);
    for &channel in &asking.listen {
        asking.cursors.listen(channel, cursor);
    }
}

/// Holds the cursors of a shard's channels, and returns these channels. Call this when the shard's READY event is read:
/// later events must not advance the cursors before catch-up has read the channels.
pub fn begin(asking: &Asking, shard: Shard) -> Vec<HeldChannel> {
    asking.cursors.begin_catch_up(|channel| shard.serves(channel.guild, channel.direct))
}

/// Catches up with these channels. Retries a channel that could not be read or answered completely, until all succeed
/// or [`AGE_MAX`] has passed. Ends when `superseded` is cancelled: the shard began another session, which has its own
/// catch-up, or the bot is stopping. The cursors of the remaining channels then do not advance, so that the next
/// catch-up reads them.
pub async fn run(asking: &Asking, me: UserId, mut channels: Vec<HeldChannel>, superseded: CancellationToken) {
    let started = tokio::time::Instant::now();
    let mut backoff = Backoff::new(RETRY_PAUSE, RETRY_PAUSE_MAX);
    loop {
        let mut failed = Vec::new();
        for (channel, placeholder) in channels {
            if superseded.is_cancelled() {
                return;
            }
            match read_missed(asking, me, &channel).await {
                Ok(missed) => {
                    // An answer may have been posted although its call failed.
                    missed.answered.into_iter().for_each(|id| asking.cursors.acknowledge(channel.channel, id));
                    // Claimed together, so that a deletion of one that still waits finds it.
                    let claimed = missed.unanswered.into_iter();
                    let claimed = claimed.filter_map(|message| messages::claim_missed(asking, me, message, channel));
                    let mut claimed = claimed.collect::<Vec<_>>().into_iter();
                    let mut finished = true;
                    while let Some(question) = claimed.next() {
                        if superseded.is_cancelled() {
                            messages::abandon(asking, [question].into_iter().chain(claimed));
                            return;
                        }
                        finished &= messages::answer(asking, question).await;
                    }
                    if finished {
                        asking.cursors.acknowledge(channel.channel, placeholder);
                    } else {
                        failed.push((channel, placeholder));
                    }
                }
                Err(error) if error.is_inaccessible() => {
                    tracing::debug!(%error, "cannot read a channel; forgetting it");
                    asking.cursors.forget(channel.channel);
                }
                Err(error) => {
                    tracing::warn!(%error, "could not catch up with a channel; trying again later");
                    failed.push((channel, placeholder));
                }
            }
        }
        if failed.is_empty() {
            return;
        }
        if started.elapsed() >= AGE_MAX {
            // The questions are too old by now.
            failed
                .into_iter()
                .for_each(|(channel, placeholder)| asking.cursors.acknowledge(channel.channel, placeholder));
            return;
        }
        channels = failed;
        let pause = superseded.run_until_cancelled(tokio::time::sleep(backoff.next()));
        if pause.await.is_none() {
            return;
        }
    }
}

/// The messages after a channel's cursor.
struct MissedMessages {
    /// The messages of others that have no reply from the bot, oldest first.
    unanswered: Vec<IncomingMessage>,
    /// The messages that the bot has replied to.
    answered: HashSet<MessageId>,
}

/// Reads the messages after a channel's cursor.
async fn read_missed(asking: &Asking, me: UserId, channel: &ChannelCursor) -> Result<MissedMessages, RestError> {
    let since = channel.cursor.max(id_at_age(AGE_MAX));
    let mut found: Vec<IncomingMessage> = Vec::new();
    let mut before = None;
    while found.len() < MESSAGES_MAX {
        let page = asking.rest.messages(channel.channel, before, PAGE).await?;
        let (full, oldest) = (page.len() == usize::from(PAGE), page.iter().map(|message| message.id).min());
        found.extend(page.into_iter().filter(|message| message.id > since));
        before = oldest;
        if !full || oldest.is_none_or(|oldest| oldest <= since) {
            break;
        }
    }
    let reply_to = |message: &IncomingMessage| message.message_reference.as_ref()?.message_id;
    let answered: HashSet<MessageId> =
        found.iter().filter(|message| message.author.id == me).filter_map(reply_to).collect();
    found.retain(|message| message.author.id != me && !answered.contains(&message.id));
    found.sort_unstable_by_key(|message| message.id);
    Ok(MissedMessages { unanswered: found, answered })
}

/// Saves the cursors after questions have begun or finished, at most once per [`SAVE_PAUSE`], and a last time when
/// `stop` is cancelled. Logs a failure to save.
pub async fn save_cursors(asking: Arc<Asking>, store: Arc<dyn CursorStore>, stop: CancellationToken) {
    while stop.run_until_cancelled(asking.cursors.changed.notified()).await.is_some() {
        save(&asking, &store).await;
        _ = stop.run_until_cancelled(tokio::time::sleep(SAVE_PAUSE)).await;
    }
    save(&asking, &store).await;
}

async fn save(asking: &Asking, store: &Arc<dyn CursorStore>) {
    let (store, cursors) = (Arc::clone(store), asking.cursors.all());
    let saved = tokio::task::spawn_blocking(move || store.save(&cursors)).await;
    let error = match saved {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    tracing::warn!(
        error,
        "could not save the channel cursors; a restart would not catch up with questions asked since"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_corresponds_to_an_id() {
        let created = |age| id_at_age(age).created_at().unix_timestamp();
        // Each call reads the clock, so the difference may be slightly larger than the age.
        let difference = created(Duration::ZERO) - created(AGE_MAX);
        assert!((900..=910).contains(&difference), "{difference}");
        assert_eq!(id_at_age(Duration::MAX), MessageId::new(1));
    }
}
