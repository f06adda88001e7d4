//! Discord's rate limits (<https://discord.com/developers/docs/topics/rate-limits>). Learns from the headers of each
//! answer how many calls of a route are left, so that a call which Discord would refuse waits instead. Bounded, and in
//! memory only.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use tokio::time::Instant;

/// The most buckets that are kept. Each channel has its own bucket for posts. The next answer restores a bucket that
/// was dropped.
const BUCKETS_MAX: NonZeroUsize = NonZeroUsize::new(2_000).unwrap();

/// The longest wait that is accepted from an answer: Discord's longest window is ten minutes.
const WAIT_MAX: Duration = Duration::from_secs(600);

/// Identifies the calls that Discord counts together: the call's name, and the id of the channel that it concerns.
pub type RouteKey = (&'static str, u64);

/// The rate limits of each route, and the one over all calls.
#[derive(Debug)]
pub struct RateLimitBuckets(Mutex<LimitState>);

#[derive(Debug)]
struct LimitState {
    buckets: LruCache<RouteKey, Bucket>,
    /// The end of the global rate limit: no call may be sent before this time.
    global_until: Instant,
}

/// The calls of a route that are left in the current window, according to Discord's last answer.
#[derive(Debug)]
struct Bucket {
    limit: u32,
    remaining: u32,
    window: Duration,
    /// The longest window that Discord has reported; the time until a window ends is shorter.
    longest_window: Duration,
    renewed_at: Instant,
}

impl Default for RateLimitBuckets {
    fn default() -> Self {
        Self(Mutex::new(LimitState { buckets: LruCache::new(BUCKETS_MAX), global_until: Instant::now() }))
    }
}

impl RateLimitBuckets {
    /// Takes the right to send one call of this route now.
    ///
    /// # Errors
    /// Returns the time at which to ask again, if no call is left.
    pub fn take(&self, route: Option<RouteKey>) -> Result<(), Instant> {
        let now = Instant::now();
        let mut state = self.lock();
        if now < state.global_until {
            return Err(state.global_until);
        }
        match route.and_then(|route| state.buckets.get_mut(&route)) {
            Some(bucket) => bucket.take(now),
            None => Ok(()),
        }
    }

    /// The time between two calls of this route at Discord's limit. `None` if no limit is known.
    pub fn pace(&self, route: RouteKey) -> Option<Duration> {
        self.lock().buckets.peek(&route).map(|bucket| bucket.longest_window / bucket.limit)
    }

    /// Learns from the headers of an answer. `refused` means that its status is 429.
    pub fn learn(&self, route: Option<RouteKey>, refused: bool, headers: &HeaderMap) {
        let now = Instant::now();
        let mut state = self.lock();
        if refused && headers.contains_key("x-ratelimit-global") {
            state.global_until = state.global_until.max(now + retry_after(headers).unwrap_or_default());
            return;
        }
        let Some(route) = route else { return };
        let reported = Bucket::from_headers(refused, headers, now);
        match (state.buckets.get_mut(&route), reported) {
            (Some(bucket), Some(reported)) => {
                // Within a window the bucket has counted the calls in progress; Discord's answer has not.
                let counted = if now < bucket.renewed_at { bucket.remaining } else { u32::MAX };
                let remaining = reported.remaining.min(counted);
                let longest_window = reported.window.max(bucket.longest_window);
                *bucket = Bucket { remaining, longest_window, ..reported };
            }
            (None, Some(reported)) => _ = state.buckets.put(route, reported),
            // No rate-limit headers: forget the bucket.
            (_, None) if !refused => _ = state.buckets.pop(&route),
            (_, None) => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, LimitState> {
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

    /// Reads a bucket from the headers of an answer. Returns `None` if a necessary header is missing or invalid. A
    /// refusal needs only its waiting time; then one call is left after that.
    fn from_headers(refused: bool, headers: &HeaderMap, now: Instant) -> Option<Self> {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.parse().ok();
        let wait = if refused { retry_after(headers) } else { seconds(headers, "x-ratelimit-reset-after") };
        let window = wait?;
        let remaining = if refused { 0 } else { number("x-ratelimit-remaining")? };
        let limit = number("x-ratelimit-limit").unwrap_or(1).max(1);
        Some(Self { limit, remaining, window, longest_window: window, renewed_at: now + window })
    }
}

/// The waiting time in the Retry-After header, at most [`WAIT_MAX`].
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    seconds(headers, RETRY_AFTER.as_str())
}

/// A header that contains seconds with a fraction; `None` if it is missing or invalid.
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

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        fields.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_used_up_bucket_waits_for_its_renewal() {
        let limits = RateLimitBuckets::default();
        let left =
            |n| headers(&[("x-ratelimit-limit", "2"), ("x-ratelimit-remaining", n), ("x-ratelimit-reset-after", "4")]);
        assert!((0..9).all(|_| limits.take(POST).is_ok()), "no limit is known yet");
        limits.learn(POST, false, &left("1"));
        assert!(limits.take(POST).is_ok());
        assert_eq!(limits.take(POST), Err(Instant::now() + Duration::from_secs(4)));
        limits.learn(POST, false, &left("1"));
        assert!(limits.take(POST).is_err(), "the answer to an earlier call gives no call back");
        assert!(limits.take(Some(("post", 2))).is_ok() && limits.take(None).is_ok(), "other routes are free");
        advance(Duration::from_secs(4)).await;
        assert!(limits.take(POST).is_ok() && limits.take(POST).is_ok() && limits.take(POST).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_429_calls_wait_for_its_retry_after() {
        let limits = RateLimitBuckets::default();
        limits.learn(POST, true, &headers(&[("retry-after", "1.5")]));
        assert_eq!(limits.take(POST), Err(Instant::now() + Duration::from_millis(1_500)));
        advance(Duration::from_millis(1_500)).await;
        assert!(limits.take(POST).is_ok() && limits.take(POST).is_err(), "one call at a time until more is known");
        limits.learn(POST, false, &headers(&[]));
        assert!(limits.take(POST).is_ok() && limits.take(POST).is_ok(), "without headers there is no limit");
        limits.learn(POST, true, &headers(&[("retry-after", "3"), ("x-ratelimit-global", "true")]));
        assert_eq!(limits.take(None), Err(Instant::now() + Duration::from_secs(3)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_pace_is_that_of_the_longest_window() {
        let limits = RateLimitBuckets::default();
        assert_eq!(limits.pace(("post", 1)), None);
        for left in ["5", "1"] {
            let fields =
                [("x-ratelimit-limit", "5"), ("x-ratelimit-remaining", "3"), ("x-ratelimit-reset-after", left)];
            limits.learn(POST, false, &headers(&fields));
            assert_eq!(limits.pace(("post", 1)), Some(Duration::from_secs(1)), "{left} s are left");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn invalid_headers_change_nothing() {
        let limits = RateLimitBuckets::default();
        for invalid in [
            headers(&[("retry-after", "-1")]),
            headers(&[("retry-after", "soon")]),
            headers(&[("x-ratelimit-remaining", "0")]),
            headers(&[]),
        ] {
            limits.learn(POST, true, &invalid);
            limits.learn(POST, false, &invalid);
            assert!(limits.take(POST).is_ok(), "{invalid:?}");
        }
        limits.learn(POST, true, &headers(&[("retry-after", "1e9")]));
        assert_eq!(limits.take(POST), Err(Instant::now() + WAIT_MAX));
    }
}
