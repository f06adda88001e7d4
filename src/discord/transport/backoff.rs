//! Pauses between attempts. They double with each failure and are random in part (*jitter*), so that clients which
//! failed at the same time do not all return at the same time.

use std::time::Duration;

/// A sequence of pauses with upper limits that double from `first` to `max`. Each pause is a random time between half
/// of its limit and the limit.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    max: Duration,
    failures: u32,
}

impl Backoff {
    /// Starts a sequence. The first pause is at most `first`, and none is longer than `max`.
    #[must_use]
    pub fn new(first: Duration, max: Duration) -> Self {
        Self { first, max, failures: 0 }
    }

    /// Counts a failure and returns the pause after it.
    pub fn next(&mut self) -> Duration {
        let longest = self.first.saturating_mul(2_u32.saturating_pow(self.failures)).min(self.max);
        self.failures = self.failures.saturating_add(1);
        jittered(longest)
    }

    /// Starts the sequence again, after a success.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

/// A random time between half of `longest` and `longest`.
#[must_use]
pub fn jittered(longest: Duration) -> Duration {
    longest.mul_f64(0.5 + fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_limit_and_start_again_after_a_success() {
        let (first, max) = (Duration::from_millis(100), Duration::from_secs(1));
        let mut backoff = Backoff::new(first, max);
        for longest in [100, 200, 400, 800, 1_000, 1_000].map(Duration::from_millis) {
            let pause = backoff.next();
            assert!(longest / 2 <= pause && pause <= longest, "{pause:?} of {longest:?}");
        }
        backoff.failures = u32::MAX;
        assert!(backoff.next() <= max);
        backoff.reset();
        assert!(backoff.next() <= first);
    }

    #[test]
    fn pauses_are_random() {
        let pauses: std::collections::BTreeSet<_> = (0..20).map(|_| jittered(Duration::from_secs(1))).collect();
        assert!(pauses.len() > 1);
    }
}
