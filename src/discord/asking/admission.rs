//! Bounds the questions in progress: in total, and for each user and each channel. When a bound is reached, the bot
//! asks the newest member once to ask again later, and bounds these refusals too. So a flood harms its author, not the
//! others.

use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use lru::LruCache;
use serenity::all::{ChannelId, UserId};

/// Questions in progress at once. Only when Discord accepts no replies do they accumulate: this is what a busy bot (ten
/// questions a second) receives in the time that a reply may take with all its attempts (three minutes).
const QUESTIONS_MAX: usize = 2_000;

/// Questions in progress of one user, or in one channel: a quarter of the total, so that a flood leaves capacity for
/// all others. It also bounds the questions of one channel that arrive together after an outage.
const SHARE_MAX: usize = QUESTIONS_MAX / 4;

/// Refusals in progress at once: a twentieth of the questions, because a refusal is a courtesy.
const REFUSALS_MAX: usize = 100;

/// Users remembered to have been refused. A forgotten user may be refused aloud once more.
const REFUSED_USERS_MAX: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();

/// The decision about a new question.
#[derive(Debug)]
pub enum Admitted {
    /// Answer it. The capacity is free again when the permit is dropped.
    Answer(QuestionPermit),
    /// Say that the bot is busy. The capacity is free again when the permit is dropped.
    Refuse(RefusalPermit),
    /// Stay silent: the user has been refused already, or too many refusals are in progress.
    Ignore,
}

/// The capacity for one question in progress. Dropping it takes no lock.
#[derive(Debug)]
pub struct QuestionPermit {
    _total: Arc<()>,
    _user: Arc<()>,
    _channel: Arc<()>,
}

/// The capacity for one refusal in progress. Dropping it takes no lock.
#[derive(Debug)]
pub struct RefusalPermit(#[allow(dead_code, reason = "counted by its references")] Arc<()>);

/// Counts questions in progress.
#[derive(Debug)]
pub struct Admission(Mutex<Counts>);

/// Each count is the number of references that permits hold.
#[derive(Debug)]
struct Counts {
    total: Arc<()>,
    refusals: Arc<()>,
    users: Shares<UserId>,
    channels: Shares<ChannelId>,
    refused: LruCache<UserId, ()>,
}

/// The questions in progress of each user or channel.
#[derive(Debug)]
struct Shares<K>(HashMap<K, Weak<()>>);

impl<K: Copy + Eq + Hash> Shares<K> {
    /// Reserves a place for a key. Returns `None` if the share of the key is used up.
    fn reserve(&mut self, key: K) -> Option<Arc<()>> {
        if let Some(share) = self.0.get(&key).and_then(Weak::upgrade) {
            // One of the references is the one just made.
            return (Arc::strong_count(&share) <= SHARE_MAX).then_some(share);
        }
        if self.0.len() >= 2 * QUESTIONS_MAX {
            self.0.retain(|_, share| share.strong_count() > 0);
        }
        let share = Arc::new(());
        self.0.insert(key, Arc::downgrade(&share));
        Some(share)
    }
}

impl Default for Admission {
    fn default() -> Self {
        Self(Mutex::new(Counts {
            total: Arc::default(),
            refusals: Arc::default(),
            users: Shares(HashMap::new()),
            channels: Shares(HashMap::new()),
            refused: LruCache::new(REFUSED_USERS_MAX),
        }))
    }
}

impl Admission {
    /// Decides about a question that has just arrived.
    pub fn admit(&self, user: UserId, channel: ChannelId) -> Admitted {
        let mut counts = self.lock();
        if let Some(permit) = counts.reserve(user, channel) {
            counts.refused.pop(&user);
            return Admitted::Answer(permit);
        }
        if in_use(&counts.refusals) >= REFUSALS_MAX || counts.refused.put(user, ()).is_some() {
            return Admitted::Ignore;
        }
        Admitted::Refuse(RefusalPermit(Arc::clone(&counts.refusals)))
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn reserve(&mut self, user: UserId, channel: ChannelId) -> Option<QuestionPermit> {
        if in_use(&self.total) >= QUESTIONS_MAX {
            return None;
        }
        let user = self.users.reserve(user)?;
        let channel = self.channels.reserve(channel)?;
        Some(QuestionPermit { _total: Arc::clone(&self.total), _user: user, _channel: channel })
    }
}

/// Returns how many permits hold a reference; the counter itself holds one more.
fn in_use(counter: &Arc<()>) -> usize {
    Arc::strong_count(counter) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admit(admission: &Admission, user: usize, channel: usize) -> Admitted {
        admission.admit(UserId::new(user as u64 + 1), ChannelId::new(channel as u64 + 1))
    }

    #[test]
    fn a_flooding_user_is_refused_once_and_harms_no_other() {
        let admission = Admission::default();
        let mut permits: Vec<_> = (0..SHARE_MAX).map(|n| admit(&admission, 0, n)).collect();
        assert!(permits.iter().all(|admitted| matches!(admitted, Admitted::Answer(_))));
        assert!(matches!(admit(&admission, 0, 0), Admitted::Refuse(_)));
        assert!(matches!(admit(&admission, 0, 0), Admitted::Ignore));
        assert!(matches!(admit(&admission, 1, 0), Admitted::Answer(_)));
        permits.pop();
        assert!(matches!(admit(&admission, 0, 0), Admitted::Answer(_)), "there is capacity again");
        permits.push(admit(&admission, 0, 0));
        assert!(
            matches!(admit(&admission, 0, 0), Admitted::Refuse(_)),
            "a user who was answered is refused aloud again"
        );
    }

    #[test]
    fn channels_and_refusals_are_bounded() {
        let admission = Admission::default();
        let _one: Vec<_> = (0..SHARE_MAX).map(|n| admit(&admission, n, 0)).collect();
        assert!(matches!(admit(&admission, SHARE_MAX, 0), Admitted::Refuse(_)));
        let _others: Vec<_> = (SHARE_MAX..QUESTIONS_MAX).map(|n| admit(&admission, n, n)).collect();
        let refused: Vec<_> = (0..REFUSALS_MAX).map(|n| admit(&admission, QUESTIONS_MAX + n, 1)).collect();
        assert!(refused.iter().all(|admitted| matches!(admitted, Admitted::Refuse(_))));
        assert!(matches!(admit(&admission, 9_999, 2), Admitted::Ignore));
    }

    #[test]
    fn memory_is_bounded_and_permits_leave_nothing_behind() {
        let admission = Admission::default();
        for n in 0..3 * QUESTIONS_MAX {
            drop(admit(&admission, n, n));
        }
        let counts = admission.lock();
        assert_eq!((in_use(&counts.total), in_use(&counts.refusals)), (0, 0));
        assert!(counts.users.0.len() <= 2 * QUESTIONS_MAX && counts.channels.0.len() <= 2 * QUESTIONS_MAX);
    }

    /// A guard that locks in `Drop` once deadlocked the bot.
    #[test]
    fn dropping_a_permit_takes_no_lock() {
        let admission = Admission::default();
        let permit = admit(&admission, 1, 1);
        let counts = admission.lock();
        drop(permit);
        assert_eq!(in_use(&counts.total), 0);
    }
}
