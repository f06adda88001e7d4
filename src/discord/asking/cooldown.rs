//! How often one may ask: at most so many questions in any ten seconds, one polite sentence over that, then silence. What
//! counts is when it was asked, not when the bot heard of it: what is caught up with after an outage came no faster for that.
//! Bounded in memory: it forgets who has been quiet, and the quietest when too many ask at once.

use std::collections::VecDeque;
use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;

/// The span that a limit counts in; the config's keys are named after it.
pub const WINDOW: Duration = Duration::from_secs(10);

/// How many users or channels are remembered at once: those that ask within ten seconds on a very busy day.
const REMEMBERED_MAX: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// Whether a question may be answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Pass {
    /// Answer it.
    Go,
    /// Over the limit, for the first time since the last answer: say so.
    Warn,
    /// Over the limit, and told so.
    Silent,
}

/// Counts what each key asked in the last [`WINDOW`].
#[derive(Debug)]
pub struct Cooldown<K: Hash + Eq> {
    limit: usize,
    seen: Mutex<LruCache<K, Recent>>,
}

/// When one key was let through, oldest first, and whether it was warned since.
#[derive(Debug, Default)]
struct Recent {
    passed: VecDeque<Duration>,
    warned: bool,
}

impl<K: Hash + Eq> Cooldown<K> {
    /// Lets `limit` questions through in ten seconds; 0 lets all through.
    #[must_use]
    pub fn new(limit: u32) -> Self {
        Self { limit: limit as usize, seen: Mutex::new(LruCache::new(REMEMBERED_MAX)) }
    }

    /// Counts a question that was asked at this time, of any clock that all questions share.
    pub fn pass(&self, key: K, now: Duration) -> Pass {
        if self.limit == 0 {
            return Pass::Go;
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = seen.get_or_insert_mut(key, Recent::default);
        while recent.passed.front().is_some_and(|&then| now.saturating_sub(then) >= WINDOW) {
            recent.passed.pop_front();
        }
        if recent.passed.len() < self.limit {
            recent.passed.push_back(now);
            recent.warned = false;
            Pass::Go
        } else if std::mem::replace(&mut recent.warned, true) {
            Pass::Silent
        } else {
            Pass::Warn
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A time on the clock of the questions.
    fn at(ms: u64) -> Duration {
        Duration::from_secs(1_000) + Duration::from_millis(ms)
    }

    #[test]
    fn one_warning_then_silence_until_there_is_room() {
        let cooldown = Cooldown::new(2);
        let passes = |n, ms| (0..n).map(|_| cooldown.pass("bob", at(ms))).collect::<Vec<_>>();
        assert_eq!(passes(4, 0), [Pass::Go, Pass::Go, Pass::Warn, Pass::Silent]);
        assert_eq!(passes(1, 9_999), [Pass::Silent]);
        assert_eq!(passes(4, 10_000), [Pass::Go, Pass::Go, Pass::Warn, Pass::Silent]);
    }

    #[test]
    fn the_window_slides() {
        let cooldown = Cooldown::new(2);
        for (ms, pass) in [(0, Pass::Go), (5_000, Pass::Go), (10_000, Pass::Go), (10_000, Pass::Warn)] {
            assert_eq!(cooldown.pass(1, at(ms)), pass, "{ms}");
        }
    }

    #[test]
    fn a_question_that_comes_late_counts_when_it_was_asked() {
        let cooldown = Cooldown::new(1);
        let passes: Vec<_> = (0..5).map(|n| cooldown.pass(1, at(n * 10_000))).collect();
        assert!(passes.iter().all(|pass| *pass == Pass::Go), "all in one moment, asked ten seconds apart");
        assert_eq!(cooldown.pass(1, at(0)), Pass::Warn, "earlier than what was counted");
    }

    #[test]
    fn each_key_has_its_own_and_zero_is_no_limit() {
        let cooldown = Cooldown::new(1);
        let passes = ["a", "b", "a"].map(|key| cooldown.pass(key, at(0)));
        assert_eq!(passes, [Pass::Go, Pass::Go, Pass::Warn]);
        let open = Cooldown::new(0);
        assert!((0..1_000).all(|_| open.pass("a", at(0)) == Pass::Go));
    }

    #[test]
    fn memory_is_bounded() {
        let cooldown = Cooldown::new(1);
        for key in 0..REMEMBERED_MAX.get() + 5 {
            cooldown.pass(key, at(0));
        }
        let seen = cooldown.seen.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(seen.len(), REMEMBERED_MAX.get());
    }
}
