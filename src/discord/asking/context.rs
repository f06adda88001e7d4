//! The context of a question: the entry of the answer that it replies to or, in direct messages, follows. "Why?" then
//! means that entry. Entries are named by id, because a reload may remove them.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;
use serenity::all::{ChannelId, Timestamp, UserId};

use super::Asking;
use crate::discord::transport::message::IncomingMessage;
use crate::discord::view::button_id::{ButtonAction, ButtonId};

/// How long after a question the next one in the same direct messages may refer to its answer. A member reads an answer
/// in a minute or two; after a longer pause, they more likely begin a new subject.
const FOLLOW_UP_TIME: Duration = Duration::from_secs(5 * 60);

/// The direct-message channels remembered at once: more than are in use within [`FOLLOW_UP_TIME`] on a very busy day.
/// At about 150 bytes each, this is 150 kB.
const CHANNELS_MAX: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();

/// Returns the id of the entry in whose context a message asks. A reply has the context of the message that it replies
/// to, even if that is none.
pub fn context_of(asking: &Asking, me: UserId, message: &IncomingMessage, direct: bool) -> Option<String> {
    if message.message_reference.is_some() {
        let replied_to = message.referenced_message.as_ref().filter(|earlier| earlier.author.id == me)?;
        return replied_to.custom_ids.iter().find_map(|custom_id| shown_entry(custom_id));
    }
    if direct { asking.recent.entry(message.channel_id, message.id.created_at()) } else { None }
}

/// Returns the entry that a message shows, from the `custom_id` of one of its buttons.
fn shown_entry(custom_id: &str) -> Option<String> {
    match custom_id.parse::<ButtonId>().ok()?.action {
        ButtonAction::Remove(shown) => shown,
        _ => None,
    }
}

/// The entry shown last in each direct-message channel. Kept in memory only, and bounded in number and time. The times
/// are those of Discord's events, so a question that is answered late, after an outage, has the same context.
#[derive(Debug)]
pub struct RecentEntries(Mutex<LruCache<ChannelId, RecentEntry>>);

#[derive(Debug)]
struct RecentEntry {
    id: String,
    /// The time of the question, edit or press that the entry answered.
    at: Timestamp,
}

impl Default for RecentEntries {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(CHANNELS_MAX)))
    }
}

impl RecentEntries {
    /// Remembers the entry that was shown for a question, an edit or a press of this time, unless a later one has been
    /// answered already.
    pub fn remember(&self, channel: ChannelId, id: String, at: Timestamp) {
        let mut channels = self.lock();
        if channels.peek(&channel).is_none_or(|known| known.at <= at) {
            channels.put(channel, RecentEntry { id, at });
        }
    }

    /// Returns the id of the entry shown last, if the question of this time follows it soon enough.
    fn entry(&self, channel: ChannelId, asked_at: Timestamp) -> Option<String> {
        let channels = self.lock();
        let recent = channels.peek(&channel)?;
        let passed = asked_at.unix_timestamp_nanos() - recent.at.unix_timestamp_nanos();
        let passed = Duration::from_nanos(u64::try_from(passed).ok()?);
        (passed < FOLLOW_UP_TIME).then(|| recent.id.clone())
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<ChannelId, RecentEntry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const HERE: ChannelId = ChannelId::new(7);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix_timestamp(second).unwrap()
    }

    #[test]
    fn only_a_question_soon_after_an_answer_follows_it() {
        let recent = RecentEntries::default();
        recent.remember(HERE, "why".into(), at(1_000));
        for (second, follows) in [(999, false), (1_000, true), (1_299, true), (1_300, false)] {
            assert_eq!(recent.entry(HERE, at(second)).is_some(), follows, "{second}");
        }
        assert_eq!(recent.entry(ChannelId::new(8), at(1_000)), None);
    }

    #[test]
    fn an_earlier_question_that_is_answered_late_does_not_replace_a_later_one() {
        let recent = RecentEntries::default();
        for (id, second) in [("second", 20), ("first", 10)] {
            recent.remember(HERE, id.into(), at(second));
        }
        assert_eq!(recent.entry(HERE, at(30)).as_deref(), Some("second"));
        recent.remember(HERE, "edited".into(), at(25));
        assert_eq!(recent.entry(HERE, at(30)).as_deref(), Some("edited"));
    }

    #[test]
    fn the_oldest_channel_is_forgotten_first() {
        let recent = RecentEntries::default();
        for channel in 1..=CHANNELS_MAX.get() as u64 + 1 {
            recent.remember(ChannelId::new(channel), "why".into(), at(0));
        }
        assert_eq!(recent.entry(ChannelId::new(1), at(0)), None);
        assert!(recent.entry(ChannelId::new(2), at(0)).is_some());
    }

    #[test]
    fn the_entry_shown_is_read_from_the_remove_button_only() {
        for (custom_id, entry) in [
            ("remove:1:why", Some("why")),
            ("remove:1", None),
            ("remove:0:why", None),
            ("show:1:why", None),
            ("knowledge:save:1", None),
            ("", None),
        ] {
            assert_eq!(shown_entry(custom_id).as_deref(), entry, "{custom_id}");
        }
    }
}
