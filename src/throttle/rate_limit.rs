//! Limits how often a user or a channel may ask: a number of times in any ten seconds, then one polite notice, then
//! silence. The time that counts is when the user asked, so that questions caught up after an outage are not penalised.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;

use super::Bound;

/// The window in which work is counted. The configuration keys (`user_per_10s`) contain it.
pub const WINDOW: Duration = Duration::from_secs(10);

/// Users or channels remembered at once: more than ask within ten seconds on a very busy day. When more ask, the
/// limiter forgets those that have been quiet the longest.
const REMEMBERED_MAX: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// The messages of a channel's limit that a notice to one user leaves free, so that users who ask too fast do not use
/// up the limit with notices.
const KEPT_FOR_ANSWERS: usize = 2;

/// The part of a channel's limit that unasked answers leave free for questions to the bot: one third.
const KEPT_FOR_QUESTIONS: usize = 3;

/// The decision about a question.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RateDecision {
    /// Answer it.
    Allow,
    /// Refuse it and say why: the user or channel has not been told in this window.
    Warn(Bound),
    /// Ignore it.
    Ignore(Bound),
}

/// The limits on questions, of all users and channels.
#[derive(Debug)]
pub struct QuestionRates {
    users: RateLimiter,
    channels: RateLimiter,
}

impl QuestionRates {
    /// Starts with no questions counted. The limits are questions in each [`WINDOW`]; 0 means no limit.
    #[must_use]
    pub fn new(user: u32, channel: u32) -> Self {
        Self { users: RateLimiter::new(user), channels: RateLimiter::new(channel) }
    }

    /// Counts a question of a user in a channel, if it counts there. `asked_at` is a time on any clock that all
    /// questions share.
    pub fn check(&self, user: u64, channel: Option<u64>, asked_at: Duration) -> RateDecision {
        if !self.users.allows(user, asked_at) {
            let told = self.users.warns(user, asked_at)
                && channel.is_none_or(|channel| self.channels.allows_notice(channel, user, asked_at));
            return if told { RateDecision::Warn(Bound::UserRate) } else { RateDecision::Ignore(Bound::UserRate) };
        }
        match channel {
            Some(channel) if !self.channels.allows_share(channel, user, asked_at, 0) => {
                if self.channels.warns(channel, asked_at) {
                    RateDecision::Warn(Bound::ChannelRate)
                } else {
                    RateDecision::Ignore(Bound::ChannelRate)
                }
            }
            _ => RateDecision::Allow,
        }
    }

    /// Counts an unasked message that the bot would answer. Leaves a part of the channel's limit to those who ask the
    /// bot.
    ///
    /// # Errors
    /// The limit that it exceeds.
    pub fn check_unasked(&self, user: u64, channel: u64, asked_at: Duration) -> Result<(), Bound> {
        if !self.users.allows(user, asked_at) {
            return Err(Bound::UserRate);
        }
        let kept = self.channels.limit / KEPT_FOR_QUESTIONS;
        if self.channels.allows_share(channel, user, asked_at, kept) { Ok(()) } else { Err(Bound::ChannelRate) }
    }
}

/// Counts the work of each user or channel in a sliding window of time.
#[derive(Debug)]
pub struct RateLimiter {
    limit: usize,
    window: Duration,
    keys: Mutex<LruCache<u64, Recent>>,
}

/// The allowed work of one key.
#[derive(Debug, Default)]
struct Recent {
    /// When it was asked for, and by whom, oldest first.
    allowed: VecDeque<(Duration, u64)>,
    warned_at: Option<Duration>,
}

impl Recent {
    fn forget_before(&mut self, window: Duration, now: Duration) {
        while self.allowed.front().is_some_and(|&(then, _)| now.saturating_sub(then) >= window) {
            self.allowed.pop_front();
        }
    }
}

impl RateLimiter {
    /// Allows `limit` pieces of work in each [`WINDOW`]. A limit of 0 allows everything.
    #[must_use]
    pub fn new(limit: u32) -> Self {
        Self::with_window(limit, WINDOW)
    }

    /// Allows `limit` pieces of work in each window of this length. A limit of 0 allows everything.
    #[must_use]
    pub fn with_window(limit: u32, window: Duration) -> Self {
        Self { limit: limit as usize, window, keys: Mutex::new(LruCache::new(REMEMBERED_MAX)) }
    }

    /// Counts a piece of work. Returns whether it is allowed. `now` is when it was asked for, on any clock that all
    /// work shares.
    pub fn allows(&self, key: u64, now: Duration) -> bool {
        self.count(key, key, now, |recent| recent.len())
    }

    /// Does the same for the work of one user in a shared place, and leaves `kept` pieces of work free. The user's own
    /// earlier work counts twice, so users with little work still find room when others have much.
    fn allows_share(&self, place: u64, user: u64, now: Duration, kept: usize) -> bool {
        self.count(place, user, now, |recent| {
            recent.len() + recent.iter().filter(|&&(_, other)| other == user).count() + kept
        })
    }

    /// Counts a notice to a user in a shared place. Returns whether it is allowed: it leaves room for
    /// [`KEPT_FOR_ANSWERS`].
    fn allows_notice(&self, place: u64, user: u64, now: Duration) -> bool {
        self.count(place, user, now, |recent| recent.len() + KEPT_FOR_ANSWERS)
    }

    fn count(
        &self,
        key: u64,
        user: u64,
        now: Duration,
        used: impl FnOnce(&VecDeque<(Duration, u64)>) -> usize,
    ) -> bool {
        if self.limit == 0 {
            return true;
        }
        let mut keys = self.lock();
        let recent = keys.get_or_insert_mut(key, Recent::default);
        recent.forget_before(self.window, now);
        let allowed = used(&recent.allowed) < self.limit;
        if allowed {
            recent.allowed.push_back((now, user));
        }
        allowed
    }

    /// Returns whether to tell this key that it exceeds the limit: once in each window.
    fn warns(&self, key: u64, now: Duration) -> bool {
        let mut keys = self.lock();
        let recent = keys.get_or_insert_mut(key, Recent::default);
        let warns = recent.warned_at.is_none_or(|then| now.saturating_sub(then) >= self.window);
        if warns {
            recent.warned_at = Some(now);
        }
        warns
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<u64, Recent>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWED: RateDecision = RateDecision::Allow;
    const WARNED: RateDecision = RateDecision::Warn(Bound::UserRate);
    const SILENCED: RateDecision = RateDecision::Ignore(Bound::UserRate);

    /// A time on the clock that the questions share.
    fn at(ms: u64) -> Duration {
        Duration::from_secs(1_000) + Duration::from_millis(ms)
    }

    #[test]
    fn one_notice_then_silence_until_there_is_room() {
        let rates = QuestionRates::new(2, 0);
        let decisions = |n, ms| (0..n).map(|_| rates.check(1, Some(9), at(ms))).collect::<Vec<_>>();
        assert_eq!(decisions(4, 0), [ALLOWED, ALLOWED, WARNED, SILENCED]);
        assert_eq!(decisions(1, 9_999), [SILENCED]);
        assert_eq!(decisions(4, 10_000), [ALLOWED, ALLOWED, WARNED, SILENCED]);
    }

    #[test]
    fn a_user_who_goes_on_is_told_once_in_each_window() {
        let rates = QuestionRates::new(2, 0);
        let decisions = (0..100).map(|n| rates.check(1, Some(9), at(n * 100))).collect::<Vec<_>>();
        assert_eq!(decisions.iter().filter(|&&decision| decision == WARNED).count(), 1);
    }

    #[test]
    fn the_window_slides() {
        let rates = QuestionRates::new(2, 0);
        for (ms, decision) in [(0, ALLOWED), (5_000, ALLOWED), (10_000, ALLOWED), (10_000, WARNED)] {
            assert_eq!(rates.check(1, None, at(ms)), decision, "{ms}");
        }
    }

    #[test]
    fn a_late_question_counts_at_the_time_it_was_asked() {
        let limiter = RateLimiter::new(1);
        assert!((0..5).all(|n| limiter.allows(1, at(n * 10_000))), "received together, asked ten seconds apart");
        assert!(!limiter.allows(1, at(0)), "asked before the counted ones");
    }

    #[test]
    fn each_key_has_its_own_limit_and_zero_is_no_limit() {
        let limiter = RateLimiter::new(1);
        assert_eq!([1, 2, 1].map(|key| limiter.allows(key, at(0))), [true, true, false]);
        let open = QuestionRates::new(0, 0);
        assert!((0..1_000).all(|_| open.check(1, Some(9), at(0)) == ALLOWED));
    }

    #[test]
    fn a_busy_channel_still_has_room_for_users_who_have_not_asked() {
        let rates = QuestionRates::new(5, 9);
        let flood: Vec<_> = (0..25).map(|n| rates.check(n % 5, Some(9), at(n))).collect();
        assert_eq!(flood.iter().filter(|&&decision| decision == ALLOWED).count(), 8);
        assert_eq!(rates.check(7, Some(9), at(99)), ALLOWED, "the first question of another user");
        assert!(matches!(
            rates.check(8, Some(9), at(99)),
            RateDecision::Warn(Bound::ChannelRate) | RateDecision::Ignore(_)
        ));
        let alone = QuestionRates::new(5, 9);
        assert!((0..5).all(|n| alone.check(1, Some(9), at(n)) == ALLOWED), "a user alone has their whole limit");
    }

    #[test]
    fn unasked_answers_leave_room_for_questions_to_the_bot() {
        let rates = QuestionRates::new(5, 9);
        let answered = (0..50).filter(|&user| rates.check_unasked(user, 9, at(user)).is_ok()).count();
        assert_eq!(answered, 6);
        assert_eq!(rates.check(60, Some(9), at(99)), ALLOWED);
        assert_eq!(QuestionRates::new(5, 1).check_unasked(1, 9, at(0)), Ok(()), "also with a low limit");
        assert_eq!(QuestionRates::new(0, 0).check_unasked(1, 9, at(0)), Ok(()));
    }

    #[test]
    fn messages_to_a_channel_stay_within_its_limit_and_one_notice() {
        let rates = QuestionRates::new(5, 9);
        let decisions = (0..400).map(|n| rates.check(n % 8, Some(9), at(n * 25)));
        let messages = decisions.filter(|decision| !matches!(decision, RateDecision::Ignore(_))).count();
        assert!(messages <= 10, "{messages} messages in ten seconds");
    }

    #[test]
    fn memory_is_bounded() {
        let limiter = RateLimiter::new(1);
        for key in 0..REMEMBERED_MAX.get() as u64 + 5 {
            limiter.allows(key, at(0));
        }
        assert_eq!(limiter.lock().len(), REMEMBERED_MAX.get());
    }
}
