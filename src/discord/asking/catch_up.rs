//! Catching up: where the gateway's session could not be resumed, and after a restart, the places where questions are asked
//! are read back as far as they were dealt with, and what asks the bot and has no reply is answered, in its order.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serenity::all::{MessageId, UserId};

use tokio_util::sync::CancellationToken;

use crate::discord::asking::Bot;
use crate::discord::asking::cursors::{Memory, Place};
use crate::discord::asking::messages;
use crate::discord::transport::gateway::Shard;
use crate::discord::transport::message::IncomingMessage;
use crate::discord::transport::rest::error::RestError;

/// Older questions are not answered: who asked has gone on by then. By the machine's clock, which may jump: a wrong one only
/// moves this limit.
const AGE_MAX: Duration = Duration::from_secs(15 * 60);

/// How many messages of one place are looked through at most, the newest first.
const MESSAGES_MAX: usize = 200;

/// How many messages one call brings: Discord's maximum.
const PAGE: u8 = 100;

/// How long after a save the next may come. What is lost with the machine is then read again, and found to be answered.
const SAVE_PAUSE: Duration = Duration::from_secs(1);

/// Discord counts an id's milliseconds from the first second of 2015
/// (<https://discord.com/developers/docs/reference#snowflakes>).
const DISCORD_EPOCH: Duration = Duration::from_millis(1_420_070_400_000);

/// The smallest id that was given so long ago.
fn id_of(age: Duration) -> MessageId {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let since = now.saturating_sub(DISCORD_EPOCH).saturating_sub(age);
    let ms = u64::try_from(since.as_millis()).unwrap_or(0);
    MessageId::new(ms.saturating_mul(1 << 22).max(1))
}

/// Recalls places from before a restart, and those that are listened to.
pub fn recall(bot: &Bot, memory: Option<&dyn Memory>) {
    for place in memory.map(Memory::load).unwrap_or_default() {
        bot.places.recall(place);
    }
    let mark = id_of(Duration::ZERO);
    for &channel in &bot.listen {
        bot.places.recall(Place { channel, guild: None, direct: false, mark });
    }
}

/// A session began on this shard: catches up with its places. What is answered meanwhile by the gateway's events is not
/// answered here, and the other way round.
pub async fn catch_up(bot: &Bot, me: UserId, shard: Shard) {
    // Before anything is waited for: events that come later must not move the marks first.
    let places = bot.places.hold(|place| shard.serves(place.guild, place.direct));
    for (place, held) in places {
        match unanswered(bot, me, &place).await {
            Ok(questions) => {
                for message in questions {
                    if bot.busy.is_closed() {
                        // What is left is caught up with after the restart.
                        return;
                    }
                    messages::asked_before(bot, me, &message, place).await;
                }
                bot.places.settle(place.channel, held);
            }
            Err(error) if error.is_transient() => tracing::warn!(%error, "a channel could not be caught up with"),
            Err(error) => {
                tracing::debug!(%error, "a channel that cannot be read is left out");
                bot.places.forget(place.channel);
            }
        }
    }
}

/// The messages of a place since its mark that have no reply of the bot's, oldest first.
async fn unanswered(bot: &Bot, me: UserId, place: &Place) -> Result<Vec<IncomingMessage>, RestError> {
    let since = place.mark.max(id_of(AGE_MAX));
    let mut found: Vec<IncomingMessage> = Vec::new();
    let mut before = None;
    while found.len() < MESSAGES_MAX {
        let page = bot.rest.messages(place.channel, before, PAGE).await?;
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

/// Saves the places when they change, and once more at the end. A disk that is full changes nothing but that.
pub async fn remember(bot: Arc<Bot>, memory: Arc<dyn Memory>, end: CancellationToken) {
    while end.run_until_cancelled(bot.places.changed.notified()).await.is_some() {
        save(&bot, &memory).await;
        _ = end.run_until_cancelled(tokio::time::sleep(SAVE_PAUSE)).await;
    }
    save(&bot, &memory).await;
}

async fn save(bot: &Bot, memory: &Arc<dyn Memory>) {
    let (memory, places) = (Arc::clone(memory), bot.places.all());
    let saved = tokio::task::spawn_blocking(move || memory.save(&places)).await;
    let failed = match saved {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    tracing::warn!(error = failed, "what was seen could not be saved; a restart would not catch up with it");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_an_id() {
        let created = |age| id_of(age).created_at().unix_timestamp();
        // The clock is read twice.
        let apart = created(Duration::ZERO) - created(AGE_MAX);
        assert!((900..=910).contains(&apart), "{apart}");
        assert_eq!(id_of(Duration::MAX), MessageId::new(1));
    }
}
