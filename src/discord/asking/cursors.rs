//! Where questions are asked, and up to where each of these channels has been dealt with: what must be known to catch up with
//! what was asked while nobody listened. Bounded, and kept over a restart if there is a [`Memory`].

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use serde::{Deserialize, Serialize};
use serenity::all::{ChannelId, GuildId, MessageId};
use tokio::sync::Notify;

/// How many channels are remembered: those in which somebody asked last. Catching up costs at most two calls for each, of the
/// fifty a second that Discord allows.
const PLACES_MAX: NonZeroUsize = NonZeroUsize::new(100).unwrap();

/// How many questions of one channel may be open at once before the oldest is given up.
const OPEN_MAX: usize = 500;

/// Where something was asked.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Place {
    /// The channel.
    pub channel: ChannelId,
    /// Its server, as far as it is known.
    pub guild: Option<GuildId>,
    /// Whether it is somebody's direct messages.
    pub direct: bool,
    /// All messages up to this one have been dealt with.
    pub mark: MessageId,
}

/// What remembers places over a restart.
pub trait Memory: std::fmt::Debug + Send + Sync {
    /// What was remembered last; nothing if that cannot be read.
    fn load(&self) -> Vec<Place>;
    /// Remembers this in place of what was there.
    ///
    /// # Errors
    /// If it cannot be kept, as on a full disk.
    fn save(&self, places: &[Place]) -> std::io::Result<()>;
}

/// The channels in which somebody asked.
#[derive(Debug)]
pub struct Places {
    known: Mutex<LruCache<ChannelId, Known>>,
    /// Something is worth saving.
    pub changed: Notify,
}

#[derive(Debug)]
struct Known {
    guild: Option<GuildId>,
    direct: bool,
    /// The newest message that came.
    seen: MessageId,
    /// What came and is not dealt with.
    open: BTreeSet<MessageId>,
}

impl Known {
    fn mark(&self) -> MessageId {
        self.open.first().map_or(self.seen, |first| MessageId::new((first.get() - 1).max(1)).min(self.seen))
    }
}

impl Default for Places {
    fn default() -> Self {
        Self { known: Mutex::new(LruCache::new(PLACES_MAX)), changed: Notify::new() }
    }
}

impl Places {
    /// Knows a place from before, unless it is known already.
    pub fn recall(&self, place: Place) {
        let Place { guild, direct, mark, .. } = place;
        let known = || Known { guild, direct, seen: mark, open: BTreeSet::new() };
        self.lock().get_or_insert(place.channel, known);
    }

    /// A message came that asks nothing. It matters only where something was asked before.
    pub fn saw(&self, channel: ChannelId, message: MessageId) {
        if let Some(known) = self.lock().peek_mut(&channel) {
            known.seen = known.seen.max(message);
        }
    }

    /// A question came; it is open until [`Self::settle`].
    pub fn open(&self, channel: ChannelId, guild: Option<GuildId>, direct: bool, question: MessageId) {
        let mut places = self.lock();
        let new = || Known { guild, direct, seen: question, open: BTreeSet::new() };
        let known = places.get_or_insert_mut(channel, new);
        known.guild = known.guild.or(guild);
        known.seen = known.seen.max(question);
        known.open.insert(question);
        if known.open.len() > OPEN_MAX {
            known.open.pop_first();
        }
        drop(places);
        self.changed.notify_one();
    }

    /// A question has been dealt with.
    pub fn settle(&self, channel: ChannelId, question: MessageId) {
        if let Some(known) = self.lock().peek_mut(&channel) {
            known.open.remove(&question);
        }
        self.changed.notify_one();
    }

    /// Keeps the mark of each place where it is, until [`Self::settle`] is called with the id given here; the places of which
    /// this holds, the one where something was asked last first.
    pub fn hold(&self, of: impl Fn(&Place) -> bool) -> Vec<(Place, MessageId)> {
        let mut places = self.lock();
        let all = places.iter_mut().filter_map(|(channel, known)| {
            let place = known.place(*channel);
            let first_after = MessageId::new(place.mark.get().saturating_add(1));
            of(&place).then(|| {
                known.open.insert(first_after);
                (place, first_after)
            })
        });
        all.collect()
    }

    /// Forgets a place that cannot be read any more.
    pub fn forget(&self, channel: ChannelId) {
        self.lock().pop(&channel);
    }

    /// All of them, the one where something was asked last first.
    #[must_use]
    pub fn all(&self) -> Vec<Place> {
        self.lock().iter().map(|(channel, known)| known.place(*channel)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<ChannelId, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn place(&self, channel: ChannelId) -> Place {
        Place { channel, guild: self.guild, direct: self.direct, mark: self.mark() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: ChannelId = ChannelId::new(7);

    fn mark(places: &Places) -> Option<u64> {
        places.all().first().map(|place| place.mark.get())
    }

    #[test]
    fn the_mark_stays_before_what_is_open() {
        let places = Places::default();
        places.saw(HERE, MessageId::new(5));
        assert_eq!(mark(&places), None, "nothing was asked there");
        for question in [10, 20] {
            places.open(HERE, None, true, MessageId::new(question));
        }
        places.saw(HERE, MessageId::new(30));
        assert_eq!(mark(&places), Some(9));
        places.settle(HERE, MessageId::new(20));
        assert_eq!(mark(&places), Some(9));
        places.settle(HERE, MessageId::new(10));
        assert_eq!(mark(&places), Some(30));
    }

    #[test]
    fn a_place_that_is_caught_up_keeps_its_mark_until_that_is_done() {
        let places = Places::default();
        places.recall(Place { channel: HERE, guild: None, direct: false, mark: MessageId::new(9) });
        let held = places.hold(|place| !place.direct);
        assert_eq!(held.iter().map(|(place, _)| place.mark.get()).collect::<Vec<_>>(), [9]);
        assert!(places.hold(|place| place.direct).is_empty());
        places.saw(HERE, MessageId::new(50));
        assert_eq!(mark(&places), Some(9));
        for (place, until) in held {
            places.settle(place.channel, until);
        }
        assert_eq!(mark(&places), Some(50));
    }

    #[test]
    fn memory_is_bounded_and_the_places_asked_in_last_are_kept() {
        let places = Places::default();
        for channel in 1..=PLACES_MAX.get() as u64 + 1 {
            places.open(ChannelId::new(channel), None, false, MessageId::new(1));
        }
        for question in 1..=2 * OPEN_MAX as u64 {
            places.open(HERE, None, false, MessageId::new(question));
        }
        let all = places.all();
        assert_eq!((all.len(), all.first().map(|place| place.channel)), (PLACES_MAX.get(), Some(HERE)));
        assert!(!all.iter().any(|place| place.channel == ChannelId::new(1)));
        assert_eq!(places.lock().peek(&HERE).map(|known| known.open.len()), Some(OPEN_MAX));
    }
}
