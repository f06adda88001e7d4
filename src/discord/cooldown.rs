//! How often one may ask: at most so many questions in any ten seconds, one polite sentence over that, then silence.
//! Bounded in memory: it forgets who has been quiet, and the quietest when too many ask at once.

use std::collections::VecDeque;
use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use tokio::time::Instant;

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
    passed: VecDeque<Instant>,
    warned: bool,
}

impl<K: Hash + Eq> Cooldown<K> {
    /// Lets `limit` questions through in ten seconds; 0 lets all through.
    #[must_use]
    pub fn new(limit: u32) -> Self {
        Self { limit: limit as usize, seen: Mutex::new(LruCache::new(REMEMBERED_MAX)) }
    }

    /// Counts a question that is asked now.
    pub fn pass(&self, key: K) -> Pass {
        if self.limit == 0 {
            return Pass::Go;
        }
        let now = Instant::now();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = seen.get_or_insert_mut(key, Recent::default);
        while recent.passed.front().is_some_and(|&then| now.duration_since(then) >= WINDOW) {
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

    #[tokio::test(start_paused = true)]
    async fn one_warning_then_silence_until_there_is_room() {
        let cooldown = Cooldown::new(2);
        let passes = |n| (0..n).map(|_| cooldown.pass("bob")).collect::<Vec<_>>();
        assert_eq!(passes(4), [Pass::Go, Pass::Go, Pass::Warn, Pass::Silent]);
        tokio::time::advance(WINDOW - Duration::from_millis(1)).await;
        assert_eq!(passes(1), [Pass::Silent]);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(passes(4), [Pass::Go, Pass::Go, Pass::Warn, Pass::Silent]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_window_slides() {
        let cooldown = Cooldown::new(2);
        assert_eq!(cooldown.pass(1), Pass::Go);
        tokio::time::advance(WINDOW / 2).await;
        assert_eq!(cooldown.pass(1), Pass::Go);
        tokio::time::advance(WINDOW / 2).await;
        assert_eq!(cooldown.pass(1), Pass::Go);
        assert_eq!(cooldown.pass(1), Pass::Warn);
    }

    #[tokio::test(start_paused = true)]
    async fn each_key_has_its_own_and_zero_is_no_limit() {
        let cooldown = Cooldown::new(1);
        assert_eq!([cooldown.pass("a"), cooldown.pass("b"), cooldown.pass("a")], [Pass::Go, Pass::Go, Pass::Warn]);
        let open = Cooldown::new(0);
        assert!((0..1_000).all(|_| open.pass("a") == Pass::Go));
    }

    #[tokio::test(start_paused = true)]
    async fn memory_is_bounded() {
        let cooldown = Cooldown::new(1);
        for key in 0..REMEMBERED_MAX.get() + 5 {
            cooldown.pass(key);
        }
        let seen = cooldown.seen.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(seen.len(), REMEMBERED_MAX.get());
    }
}
