//! Discord's rate limits (<https://discord.com/developers/docs/topics/rate-limits>): how many calls of a kind are left is
//! remembered from its answers, so that a call which would be refused waits instead. In memory only, bounded.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use tokio::time::Instant;

/// How many kinds of calls are remembered. Each channel has its own for posting; one that is forgotten is learnt again by
/// the next answer.
const REMEMBERED_MAX: NonZeroUsize = NonZeroUsize::new(2_000).unwrap();

/// The longest wait that an answer can order: Discord's longest window is ten minutes.
const WAIT_MAX: Duration = Duration::from_secs(600);

/// Calls that Discord counts together: what is done, and the channel or application that it is done to.
pub type RouteKey = (&'static str, u64);

/// What is left to be called, by kind and over all.
#[derive(Debug)]
pub struct RateLimits(Mutex<Known>);

#[derive(Debug)]
struct Known {
    buckets: LruCache<RouteKey, Bucket>,
    /// No call may go out before this.
    all_at: Instant,
}

/// What Discord said last of a kind.
#[derive(Debug)]
struct Bucket {
    limit: u32,
    remaining: u32,
    window: Duration,
    renewed_at: Instant,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self(Mutex::new(Known { buckets: LruCache::new(REMEMBERED_MAX), all_at: Instant::now() }))
    }
}

impl RateLimits {
    /// Takes the right to make a call now, or says when to ask again.
    ///
    /// # Errors
    /// With that time, if it is not now.
    pub fn take(&self, kind: Option<RouteKey>) -> Result<(), Instant> {
        let now = Instant::now();
        let mut known = self.lock();
        if now < known.all_at {
            return Err(known.all_at);
        }
        match kind.and_then(|kind| known.buckets.get_mut(&kind)) {
            Some(bucket) => bucket.take(now),
            None => Ok(()),
        }
    }

    /// Learns from the headers of an answer.
    pub fn learn(&self, kind: Option<RouteKey>, refused: bool, headers: &HeaderMap) {
        let now = Instant::now();
        let mut known = self.lock();
        if refused && headers.contains_key("x-ratelimit-global") {
            known.all_at = known.all_at.max(now + retry_after(headers).unwrap_or_default());
            return;
        }
        let Some(kind) = kind else { return };
        let said = Bucket::said(refused, headers, now);
        match (known.buckets.get_mut(&kind), said) {
            (Some(bucket), Some(said)) if now < bucket.renewed_at => {
                // Calls under way have been counted here, and not yet by Discord.
                *bucket = Bucket { remaining: said.remaining.min(bucket.remaining), ..said };
            }
            (_, Some(said)) => _ = known.buckets.put(kind, said),
            // Whoever answers here counts nothing, as a server that is not Discord's may.
            (_, None) if !refused => _ = known.buckets.pop(&kind),
            (_, None) => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bucket {
    fn take(&mut self, now: Instant) -> Result<(), Instant> {
        if now >= self.renewed_at {
            (self.remaining, self.renewed_at) = (self.limit, now + self.window);
        }
        self.remaining = self.remaining.checked_sub(1).ok_or(self.renewed_at)?;
        Ok(())
    }

    /// What the headers say, if they say enough. A refusal without numbers leaves one call after its time.
    fn said(refused: bool, headers: &HeaderMap, now: Instant) -> Option<Self> {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.parse().ok();
        let wait = if refused { retry_after(headers) } else { seconds(headers, "x-ratelimit-reset-after") };
        let window = wait?;
        let remaining = if refused { 0 } else { number("x-ratelimit-remaining")? };
        let limit = number("x-ratelimit-limit").unwrap_or(1).max(1);
        Some(Self { limit, remaining, window, renewed_at: now + window })
    }
}

/// How long Discord asks to wait.
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    seconds(headers, RETRY_AFTER.as_str())
}

/// A header in seconds with a fraction.
fn seconds(headers: &HeaderMap, name: &str) -> Option<Duration> {
    let seconds: f64 = headers.get(name)?.to_str().ok()?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok().map(|wait| wait.min(WAIT_MAX))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use reqwest::header::HeaderValue;
    use tokio::time::advance;

    use super::*;

    const POST: Option<RouteKey> = Some(("post", 1));

    fn headers(said: &[(&'static str, &'static str)]) -> HeaderMap {
        said.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_used_up_waits_for_its_renewal() {
        let limits = RateLimits::default();
        let left =
            |n| headers(&[("x-ratelimit-limit", "2"), ("x-ratelimit-remaining", n), ("x-ratelimit-reset-after", "4")]);
        assert!((0..9).all(|_| limits.take(POST).is_ok()), "nothing is known yet");
        limits.learn(POST, false, &left("1"));
        assert!(limits.take(POST).is_ok());
        assert_eq!(limits.take(POST), Err(Instant::now() + Duration::from_secs(4)));
        limits.learn(POST, false, &left("1"));
        assert!(limits.take(POST).is_err(), "an answer to an earlier call gives nothing back");
        assert!(limits.take(Some(("post", 2))).is_ok() && limits.take(None).is_ok(), "others are free");
        advance(Duration::from_secs(4)).await;
        assert!(limits.take(POST).is_ok() && limits.take(POST).is_ok() && limits.take(POST).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_waited_out() {
        let limits = RateLimits::default();
        limits.learn(POST, true, &headers(&[("retry-after", "1.5")]));
        assert_eq!(limits.take(POST), Err(Instant::now() + Duration::from_millis(1_500)));
        advance(Duration::from_millis(1_500)).await;
        assert!(limits.take(POST).is_ok() && limits.take(POST).is_err(), "one at a time until more is known");
        limits.learn(POST, false, &headers(&[]));
        assert!(limits.take(POST).is_ok() && limits.take(POST).is_ok(), "nothing is counted");
        limits.learn(POST, true, &headers(&[("retry-after", "3"), ("x-ratelimit-global", "true")]));
        assert_eq!(limits.take(None), Err(Instant::now() + Duration::from_secs(3)));
    }

    #[tokio::test(start_paused = true)]
    async fn headers_that_make_no_sense_change_nothing() {
        let limits = RateLimits::default();
        for said in [
            headers(&[("retry-after", "-1")]),
            headers(&[("retry-after", "soon")]),
            headers(&[("x-ratelimit-remaining", "0")]),
            headers(&[]),
        ] {
            limits.learn(POST, true, &said);
            limits.learn(POST, false, &said);
            assert!(limits.take(POST).is_ok(), "{said:?}");
        }
        limits.learn(POST, true, &headers(&[("retry-after", "1e9")]));
        assert_eq!(limits.take(POST), Err(Instant::now() + WAIT_MAX));
    }
}
