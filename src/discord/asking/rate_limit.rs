//! Limits how often a user or a channel may ask: a number of questions in any ten seconds, then one polite warning,
//! then silence. The time that counts is when the question was asked, so that questions caught up after an outage are
//! not penalised.

use std::collections::VecDeque;
use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use serenity::all::{ChannelId, Timestamp, UserId};

use crate::config::Limits;
use crate::discord::interaction::error::Refusal;

/// The window in which questions are counted. The configuration keys (`user_per_10s`) contain it.
pub const WINDOW: Duration = Duration::from_secs(10);

/// Users or channels remembered at once: more than ask within ten seconds on a very busy day. When more ask, the
/// limiter forgets those that have been quiet the longest.
const REMEMBERED_MAX: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// The decision about a question.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RateDecision {
    /// Answer it.
    Allow,
    /// Refuse it and say why: it is the first one over the limit since the last answer.
    Warn(Refusal),
    /// Ignore it: the user or channel has already been warned.
    Ignore(Refusal),
}

/// The limits of all users and channels.
#[derive(Debug)]
pub struct RateLimits {
    users: RateLimiter<UserId>,
    channels: RateLimiter<ChannelId>,
}

impl RateLimits {
    /// Starts with no questions counted.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self { users: RateLimiter::new(limits.user_per_10s), channels: RateLimiter::new(limits.channel_per_10s) }
    }

    /// Counts a question of a user in a channel, if it counts there.
    pub fn check(&self, user: UserId, channel: Option<ChannelId>, asked_at: Timestamp) -> RateDecision {
        let asked_at = Duration::from_nanos(u64::try_from(asked_at.unix_timestamp_nanos()).unwrap_or(0));
        let (decision, refusal) = match (self.users.check(user, asked_at), channel) {
            (LimitDecision::Allowed, Some(channel)) => {
                (self.channels.check(channel, asked_at), Refusal::ChannelTooFast)
            }
            (decision, _) => (decision, Refusal::UserTooFast),
        };
        match decision {
            LimitDecision::Allowed => RateDecision::Allow,
            LimitDecision::Warned => RateDecision::Warn(refusal),
            LimitDecision::Silenced => RateDecision::Ignore(refusal),
        }
    }
}

/// The decision of one limiter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum LimitDecision {
    Allowed,
    Warned,
    Silenced,
}

/// Counts the questions of each key in the last [`WINDOW`].
#[derive(Debug)]
struct RateLimiter<K: Hash + Eq> {
    limit: usize,
    keys: Mutex<LruCache<K, Recent>>,
}

/// The allowed questions of one key, oldest first, and whether the key was warned since the newest.
#[derive(Debug, Default)]
struct Recent {
    allowed: VecDeque<Duration>,
    warned: bool,
}

impl<K: Hash + Eq> RateLimiter<K> {
    /// Allows `limit` questions per window. A limit of 0 allows everything.
    fn new(limit: u32) -> Self {
        Self { limit: limit as usize, keys: Mutex::new(LruCache::new(REMEMBERED_MAX)) }
    }

    /// Counts a question. `now` is when it was asked, on any clock that all questions share.
    fn check(&self, key: K, now: Duration) -> LimitDecision {
        if self.limit == 0 {
            return LimitDecision::Allowed;
        }
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = keys.get_or_insert_mut(key, Recent::default);
        while recent.allowed.front().is_some_and(|&then| now.saturating_sub(then) >= WINDOW) {
            recent.allowed.pop_front();
        }
        if recent.allowed.len() < self.limit {
            recent.allowed.push_back(now);
            recent.warned = false;
            LimitDecision::Allowed
        } else if std::mem::replace(&mut recent.warned, true) {
            LimitDecision::Silenced
        } else {
            LimitDecision::Warned
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A time on the clock that the questions share.
    fn at(ms: u64) -> Duration {
        Duration::from_secs(1_000) + Duration::from_millis(ms)
    }

    #[test]
    fn one_warning_then_silence_until_there_is_room() {
        let limiter = RateLimiter::new(2);
        let decisions = |n, ms| (0..n).map(|_| limiter.check("bob", at(ms))).collect::<Vec<_>>();
        assert_eq!(
            decisions(4, 0),
            [LimitDecision::Allowed, LimitDecision::Allowed, LimitDecision::Warned, LimitDecision::Silenced]
        );
        assert_eq!(decisions(1, 9_999), [LimitDecision::Silenced]);
        assert_eq!(
            decisions(4, 10_000),
            [LimitDecision::Allowed, LimitDecision::Allowed, LimitDecision::Warned, LimitDecision::Silenced]
        );
    }

    #[test]
    fn the_window_slides() {
        let limiter = RateLimiter::new(2);
        for (ms, decision) in [
            (0, LimitDecision::Allowed),
            (5_000, LimitDecision::Allowed),
            (10_000, LimitDecision::Allowed),
            (10_000, LimitDecision::Warned),
        ] {
            assert_eq!(limiter.check(1, at(ms)), decision, "{ms}");
        }
    }

    #[test]
    fn a_late_question_counts_at_the_time_it_was_asked() {
        let limiter = RateLimiter::new(1);
        let decisions: Vec<_> = (0..5).map(|n| limiter.check(1, at(n * 10_000))).collect();
        assert!(
            decisions.iter().all(|decision| *decision == LimitDecision::Allowed),
            "received together, asked ten seconds apart"
        );
        assert_eq!(limiter.check(1, at(0)), LimitDecision::Warned, "asked before the counted ones");
    }

    #[test]
    fn each_key_has_its_own_limit_and_zero_is_no_limit() {
        let limiter = RateLimiter::new(1);
        let decisions = ["a", "b", "a"].map(|key| limiter.check(key, at(0)));
        assert_eq!(decisions, [LimitDecision::Allowed, LimitDecision::Allowed, LimitDecision::Warned]);
        let open = RateLimiter::new(0);
        assert!((0..1_000).all(|_| open.check("a", at(0)) == LimitDecision::Allowed));
    }

    #[test]
    fn memory_is_bounded() {
        let limiter = RateLimiter::new(1);
        for key in 0..REMEMBERED_MAX.get() + 5 {
            limiter.check(key, at(0));
        }
        let keys = limiter.keys.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(keys.len(), REMEMBERED_MAX.get());
    }
}
