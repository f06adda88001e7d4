//! Bounds the work in progress: in total, and for each user and each channel. A user who exceeds a bound gets one notice,
//! and the notices are bounded too. So a flood harms its author and nobody else.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use lru::LruCache;

use super::Bound;

/// Notices in progress at once. A notice is a courtesy, so a few are enough.
const NOTICES_MAX: usize = 100;

/// Users remembered to have got a notice. A forgotten user may get one more.
const TOLD_USERS_MAX: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();

/// The capacity for one piece of work in progress. Dropping it frees the capacity and takes no lock.
#[derive(Debug)]
pub struct WorkPermit {
    _total: Arc<()>,
    _user: Arc<()>,
    _channel: Option<Arc<()>>,
}

/// The capacity for one notice in progress. Dropping it frees the capacity and takes no lock.
#[derive(Debug)]
pub struct NoticePermit(#[allow(dead_code, reason = "counted by its references")] Arc<()>);

/// Counts the work of one kind in progress.
#[derive(Debug)]
pub struct Admission {
    total_max: usize,
    share_max: usize,
    counts: Mutex<Counts>,
}

/// Each count is the number of references that permits hold.
#[derive(Debug)]
struct Counts {
    total: Arc<()>,
    notices: Arc<()>,
    users: Shares,
    channels: Shares,
    told: LruCache<u64, ()>,
}

/// The work in progress of each user or channel.
#[derive(Debug, Default)]
struct Shares(HashMap<u64, Weak<()>>);

impl Shares {
    /// Reserves a place for a key. Returns `None` if the key has `share_max` places already. Forgets the keys without
    /// work when there are more than `keys_max`.
    fn reserve(&mut self, key: u64, share_max: usize, keys_max: usize) -> Option<Arc<()>> {
        if let Some(share) = self.0.get(&key).and_then(Weak::upgrade) {
            // One of the references is the one just made.
            return (Arc::strong_count(&share) <= share_max).then_some(share);
        }
        if self.0.len() >= keys_max {
            self.0.retain(|_, share| share.strong_count() > 0);
        }
        let share = Arc::new(());
        self.0.insert(key, Arc::downgrade(&share));
        Some(share)
    }
}

impl Admission {
    /// Admits `total_max` pieces of work at once, of which `share_max` are of one user or in one channel.
    #[must_use]
    pub fn new(total_max: usize, share_max: usize) -> Self {
        let counts = Counts {
            total: Arc::default(),
            notices: Arc::default(),
            users: Shares::default(),
            channels: Shares::default(),
            told: LruCache::new(TOLD_USERS_MAX),
        };
        Self { total_max, share_max, counts: Mutex::new(counts) }
    }

    /// Admits a piece of work that has just arrived. `channel` is `None` for work that concerns no channel.
    ///
    /// # Errors
    /// The bound that it exceeds.
    pub fn admit(&self, user: u64, channel: Option<u64>) -> Result<WorkPermit, Bound> {
        let mut counts = self.lock();
        if in_use(&counts.total) >= self.total_max {
            return Err(Bound::Total);
        }
        // Twice as many as can have work, so that the maps are cleared rarely.
        let keys_max = 2 * self.total_max;
        let share = counts.users.reserve(user, self.share_max, keys_max).ok_or(Bound::User)?;
        let channel = channel.map(|channel| counts.channels.reserve(channel, self.share_max, keys_max));
        let channel = channel.map(|share| share.ok_or(Bound::Channel)).transpose()?;
        counts.told.pop(&user);
        Ok(WorkPermit { _total: Arc::clone(&counts.total), _user: share, _channel: channel })
    }

    /// Returns a permit to tell this user that work was refused. Returns `None` if the user has been told since the
    /// last admitted work, or too many notices are in progress.
    pub fn notice(&self, user: u64) -> Option<NoticePermit> {
        let mut counts = self.lock();
        let told = in_use(&counts.notices) >= NOTICES_MAX || counts.told.put(user, ()).is_some();
        (!told).then(|| NoticePermit(Arc::clone(&counts.notices)))
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns how many permits hold a reference; the counter itself holds one more.
fn in_use(counter: &Arc<()>) -> usize {
    Arc::strong_count(counter) - 1
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const TOTAL: usize = 400;
    const SHARE: usize = 100;

    fn admission() -> Admission {
        Admission::new(TOTAL, SHARE)
    }

    #[test]
    fn a_flooding_user_is_told_once_and_harms_no_other() {
        let admission = admission();
        let mut permits: Vec<_> = (0..SHARE as u64).map(|n| admission.admit(0, Some(n)).unwrap()).collect();
        assert_eq!(admission.admit(0, Some(0)).err(), Some(Bound::User));
        assert!(admission.notice(0).is_some());
        assert!(admission.notice(0).is_none());
        assert!(admission.admit(1, Some(0)).is_ok());
        permits.pop();
        permits.push(admission.admit(0, Some(0)).unwrap());
        assert!(admission.notice(0).is_some(), "a user whose work was admitted is told again");
    }

    #[test]
    fn channels_and_notices_are_bounded() {
        let admission = admission();
        let _one: Vec<_> = (0..SHARE as u64).map(|n| admission.admit(n, Some(0)).unwrap()).collect();
        assert_eq!(admission.admit(SHARE as u64, Some(0)).err(), Some(Bound::Channel));
        let _others: Vec<_> = (SHARE as u64..TOTAL as u64).map(|n| admission.admit(n, Some(n)).unwrap()).collect();
        assert_eq!(admission.admit(9_999, None).err(), Some(Bound::Total));
        let notices: Vec<_> = (0..2 * NOTICES_MAX as u64).filter_map(|n| admission.notice(n)).collect();
        assert_eq!(notices.len(), NOTICES_MAX);
    }

    #[test]
    fn memory_is_bounded_and_permits_leave_nothing_behind() {
        let admission = admission();
        for n in 0..3 * TOTAL as u64 {
            drop(admission.admit(n, Some(n)));
        }
        let counts = admission.lock();
        assert_eq!((in_use(&counts.total), in_use(&counts.notices)), (0, 0));
        assert!(counts.users.0.len() <= 2 * TOTAL && counts.channels.0.len() <= 2 * TOTAL);
    }

    /// A guard that locks in `Drop` once deadlocked the bot.
    #[test]
    fn dropping_a_permit_takes_no_lock() {
        let admission = admission();
        let permit = admission.admit(1, Some(1));
        let counts = admission.lock();
        drop(permit);
        assert_eq!(in_use(&counts.total), 0);
    }
}
