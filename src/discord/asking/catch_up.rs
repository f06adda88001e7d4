//! Catching up: after a restart, and when a gateway session could not be resumed, the bot reads each channel from its cursor on and
//! answers the questions that have no reply yet, oldest first.

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

/// Older questions are not answered: the member has moved on by then. Measured with the machine's clock, which may jump. A wrong
/// clock moves this limit and nothing else.
const AGE_MAX: Duration = Duration::from_secs(15 * 60);

/// Messages read from one channel, newest first.
const MESSAGES_MAX: usize = 200;

/// Messages per call: Discord's maximum.
const PAGE: u8 = 100;

/// The first pause before a channel is read again after a transient failure. It doubles up to [`RETRY_PAUSE_MAX`].
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// The longest such pause: short beside [`AGE_MAX`], so that the questions are still worth an answer.
const RETRY_PAUSE_MAX: Duration = Duration::from_secs(60);

/// The pause after the cursors were saved. If the machine fails meanwhile, the bot reads some messages again and finds that they
/// are answered.
const SAVE_PAUSE: Duration = Duration::from_secs(1);

/// The epoch of Discord's ids, the first second of 2015 (<https://discord.com/developers/docs/reference#snowflakes>).
const DISCORD_EPOCH: Duration = Duration::from_millis(1_420_070_400_000);

/// A channel to catch up with, and the message id that [`super::cursors::ChannelCursors::begin_catch_up`] put in progress.
type BegunChannel = (ChannelCursor, MessageId);

/// Returns the smallest id that Discord gives to messages of this age.
fn id_at_age(age: Duration) -> MessageId {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let since_epoch = now.saturating_sub(DISCORD_EPOCH).saturating_sub(age);
    let ms = u64::try_from(since_epoch.as_millis()).unwrap_or(0);
    MessageId::new(ms.saturating_mul(1 << 22).max(1))
}

/// Restores the cursors from before a restart, and adds cursors for the channels that the bot listens to.
pub fn restore_cursors(asking: &Asking, store: Option<&dyn CursorStore>) {
    for cursor in store.map(CursorStore::load).unwrap_or_default() {
        asking.cursors.restore(cursor);
    }
    let cursor = id_at_age(Duration::ZERO);
    for &channel in &asking.listen {
        asking.cursors.restore(ChannelCursor { channel, guild: None, direct: false, cursor });
    }
}

/// Puts the channels of a shard in progress. Call it when the shard's READY event is read: later events must not move the cursors
/// before the channels are read.
pub fn begin(asking: &Asking, shard: Shard) -> Vec<BegunChannel> {
    asking.cursors.begin_catch_up(|channel| shard.serves(channel.guild, channel.direct))
}

/// Catches up with these channels. Reads a channel again after a transient failure, until it succeeds, the questions are too old,
/// or `superseded` is cancelled because the shard began another session.
pub async fn run(asking: &Asking, me: UserId, mut channels: Vec<BegunChannel>, superseded: CancellationToken) {
    let started = tokio::time::Instant::now();
    let mut backoff = Backoff::new(RETRY_PAUSE, RETRY_PAUSE_MAX);
    loop {
        let mut failed = Vec::new();
        for (channel, begun) in channels {
            if asking.tasks.is_closed() {
                // The cursors stay where they are, so the rest follows after the restart.
                return;
            }
            match unanswered_messages(asking, me, &channel).await {
                Ok(messages) => {
                    for message in messages {
                        if asking.tasks.is_closed() {
                            return;
                        }
                        messages::answer_missed(asking, me, message, channel).await;
                    }
                    asking.cursors.acknowledge(channel.channel, begun);
                }
                Err(error) if error.is_transient() => {
                    tracing::warn!(%error, "could not catch up with a channel; trying again later");
                    failed.push((channel, begun));
                }
                Err(error) => {
                    tracing::debug!(%error, "cannot read a channel; forgetting it");
                    asking.cursors.forget(channel.channel);
                }
            }
        }
        if failed.is_empty() || started.elapsed() >= AGE_MAX {
            return;
        }
        channels = failed;
        let pause = superseded.run_until_cancelled(tokio::time::sleep(backoff.next()));
        if pause.await.is_none() {
            return;
        }
    }
}

/// Returns the messages after a channel's cursor that have no reply from the bot, oldest first.
async fn unanswered_messages(
    asking: &Asking,
    me: UserId,
    channel: &ChannelCursor,
) -> Result<Vec<IncomingMessage>, RestError> {
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
    Ok(found)
}

/// Saves the cursors whenever they change, and once more when `stop` is cancelled. A failure to save is logged.
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
