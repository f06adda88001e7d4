//! How much is worked on at once: so many questions in all, and of one user or channel a share of that. Beyond it the newest
//! is told once to ask again; and of that, too, there is so much at once. So a flood costs its author, not the memory.

use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use serenity::all::{ChannelId, UserId};

/// Questions worked on at once. Only when Discord takes no replies do they become many: this is what a busy bot (ten
/// questions a second) is asked in the time that [`crate::discord::transport::rest::delivery::REPLY_TIME`] gives a reply.
const QUESTIONS_MAX: usize = 2_000;

/// Of these, questions of one user or in one channel; a quarter, so that one that floods leaves room for all others. It is
/// also how many questions of one channel may come at once after an outage.
const SHARE_MAX: usize = QUESTIONS_MAX / 4;

/// How many are told at once to ask again; a twentieth of the above, as it is a courtesy.
const TOLD_AT_ONCE_MAX: usize = 100;

/// How many users are remembered to have been told. Who is forgotten may be told once more.
const TOLD_MAX: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();

/// What becomes of a question that just came.
#[derive(Debug)]
pub enum Entry<'a> {
    /// Answer it; the place is free again when this is dropped.
    Answer(Place<'a>),
    /// Say that the bot is busy; likewise.
    Tell(Telling<'a>),
    /// The user has been told already, or too many are being told.
    Silent,
}

/// Counts what is worked on.
#[derive(Debug)]
pub struct Admission(Mutex<Counts>);

#[derive(Debug)]
struct Counts {
    questions: usize,
    users: HashMap<UserId, usize>,
    channels: HashMap<ChannelId, usize>,
    telling: usize,
    told: LruCache<UserId, ()>,
}

/// A question that is worked on.
#[derive(Debug)]
pub struct Place<'a> {
    admission: &'a Admission,
    user: UserId,
    channel: ChannelId,
}

/// Somebody who is being told.
#[derive(Debug)]
pub struct Telling<'a>(&'a Admission);

impl Default for Admission {
    fn default() -> Self {
        Self(Mutex::new(Counts {
            questions: 0,
            users: HashMap::new(),
            channels: HashMap::new(),
            telling: 0,
            told: LruCache::new(TOLD_MAX),
        }))
    }
}

impl Admission {
    /// A question came.
    pub fn enter(&self, user: UserId, channel: ChannelId) -> Entry<'_> {
        let mut counts = self.lock();
        let full = counts.questions >= QUESTIONS_MAX
            || counts.users.get(&user).is_some_and(|count| *count >= SHARE_MAX)
            || counts.channels.get(&channel).is_some_and(|count| *count >= SHARE_MAX);
        if !full {
            counts.questions += 1;
            *counts.users.entry(user).or_default() += 1;
            *counts.channels.entry(channel).or_default() += 1;
            counts.told.pop(&user);
            return Entry::Answer(Place { admission: self, user, channel });
        }
        if counts.telling >= TOLD_AT_ONCE_MAX || counts.told.put(user, ()).is_some() {
            return Entry::Silent;
        }
        counts.telling += 1;
        Entry::Tell(Telling(self))
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut counts = self.admission.lock();
        counts.questions -= 1;
        one_less(&mut counts.users, &self.user);
        one_less(&mut counts.channels, &self.channel);
    }
}

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        self.0.lock().telling -= 1;
    }
}

/// Counts down, and forgets what is no longer counted.
fn one_less<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enter(admission: &Admission, user: usize, channel: usize) -> Entry<'_> {
        admission.enter(UserId::new(user as u64 + 1), ChannelId::new(channel as u64 + 1))
    }

    #[test]
    fn who_floods_is_told_once_and_hurts_nobody_else() {
        let admission = Admission::default();
        let mut places: Vec<_> = (0..SHARE_MAX).map(|n| enter(&admission, 0, n)).collect();
        assert!(places.iter().all(|entry| matches!(entry, Entry::Answer(_))));
        assert!(matches!(enter(&admission, 0, 0), Entry::Tell(_)));
        assert!(matches!(enter(&admission, 0, 0), Entry::Silent));
        assert!(matches!(enter(&admission, 1, 0), Entry::Answer(_)));
        places.pop();
        assert!(matches!(enter(&admission, 0, 0), Entry::Answer(_)), "there is room again");
        places.push(enter(&admission, 0, 0));
        assert!(matches!(enter(&admission, 0, 0), Entry::Tell(_)), "who was answered since is told again");
    }

    #[test]
    fn a_channel_has_its_share_and_all_have_theirs() {
        let admission = Admission::default();
        let _one: Vec<_> = (0..SHARE_MAX).map(|n| enter(&admission, n, 0)).collect();
        assert!(matches!(enter(&admission, SHARE_MAX, 0), Entry::Tell(_)));
        let _others: Vec<_> = (SHARE_MAX..QUESTIONS_MAX).map(|n| enter(&admission, n, n)).collect();
        let telling: Vec<_> = (0..TOLD_AT_ONCE_MAX).map(|n| enter(&admission, QUESTIONS_MAX + n, 1)).collect();
        assert!(telling.iter().all(|entry| matches!(entry, Entry::Tell(_))));
        assert!(matches!(enter(&admission, 9_999, 2), Entry::Silent));
    }

    #[test]
    fn nothing_is_left_when_all_is_done() {
        let admission = Admission::default();
        for n in 0..3 * QUESTIONS_MAX {
            drop(enter(&admission, n, n));
        }
        let counts = admission.lock();
        assert_eq!((counts.questions, counts.users.len(), counts.channels.len(), counts.telling), (0, 0, 0, 0));
    }
}
