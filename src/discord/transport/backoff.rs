//! How long to wait before trying again: longer each time, with chance in it, so that those who failed together do not
//! all come back together.

use std::time::Duration;

/// Pauses that double up to a bound. Each is drawn between half of that and all of it.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    most: Duration,
    failures: u32,
}

impl Backoff {
    /// The first pause is at most `first`, none is above `most`.
    #[must_use]
    pub fn new(first: Duration, most: Duration) -> Self {
        Self { first, most, failures: 0 }
    }

    /// The pause after one more failure.
    pub fn next(&mut self) -> Duration {
        let longest = self.first.saturating_mul(2_u32.saturating_pow(self.failures)).min(self.most);
        self.failures = self.failures.saturating_add(1);
        jittered(longest)
    }

    /// Begins anew: it worked.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

/// Between half of this time and all of it.
#[must_use]
pub fn jittered(longest: Duration) -> Duration {
    longest.mul_f64(0.5 + fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_bound_and_start_anew() {
        let (first, most) = (Duration::from_millis(100), Duration::from_secs(1));
        let mut backoff = Backoff::new(first, most);
        for longest in [100, 200, 400, 800, 1_000, 1_000].map(Duration::from_millis) {
            let pause = backoff.next();
            assert!(longest / 2 <= pause && pause <= longest, "{pause:?} of {longest:?}");
        }
        backoff.failures = u32::MAX;
        assert!(backoff.next() <= most);
        backoff.reset();
        assert!(backoff.next() <= first);
    }

    #[test]
    fn pauses_differ() {
        let pauses: std::collections::BTreeSet<_> = (0..20).map(|_| jittered(Duration::from_secs(1))).collect();
        assert!(pauses.len() > 1);
    }
}
