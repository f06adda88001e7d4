//! Limits how often sessions begin. Discord allows one Identify per group of shards in five seconds and a number per
//! day, and resets the token of a bot that exceeds them
//! (<https://discord.com/developers/docs/events/gateway#session-start-limit-object>).

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serenity::all::SessionStartLimit;
use tokio::time::Instant;

/// The least time between two sessions of the same group. The number is Discord's.
const GROUP_INTERVAL: Duration = Duration::from_secs(5);

/// The time after which Discord renews the daily allowance.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The most groups that are kept. Discord's largest bots have some hundreds; a larger number is a mistake of the
/// server.
const GROUPS_MAX: usize = 1_000;

/// Grants the shards of a process the right to begin a session, one by one.
#[derive(Debug)]
pub(super) struct IdentifyLimiter(Mutex<Allowance>);

#[derive(Debug)]
struct Allowance {
    /// The earliest time of each group's next session. Shard `n` belongs to group `n` modulo the number of groups.
    groups: Vec<Instant>,
    total: u64,
    remaining: u64,
    renewed_at: Instant,
}

impl IdentifyLimiter {
    /// Starts with the allowance that Discord reports.
    pub(super) fn new(limit: &SessionStartLimit) -> Self {
        let now = Instant::now();
        let groups = usize::try_from(limit.max_concurrency).unwrap_or(1).clamp(1, GROUPS_MAX);
        Self(Mutex::new(Allowance {
            groups: vec![now; groups],
            total: limit.total.max(1),
            remaining: limit.remaining,
            renewed_at: now + Duration::from_millis(limit.reset_after).min(DAY),
        }))
    }

    /// Takes the right to begin one session now. Nothing is reserved for a shard that must wait, so a shard whose
    /// connection ends while it waits uses up nothing.
    ///
    /// # Errors
    /// Returns the time at which to ask again, if it is not this shard's turn.
    pub(super) fn take(&self, shard: u32) -> Result<(), Instant> {
        let now = Instant::now();
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).take(shard, now);
        if let Err(at) = taken
            && at > now + GROUP_INTERVAL
        {
            tracing::warn!(shard, wait = ?at - now, "Discord allows the bot no new session before this time is over");
        }
        taken
    }
}

impl Allowance {
    fn take(&mut self, shard: u32, now: Instant) -> Result<(), Instant> {
        if now >= self.renewed_at {
            (self.remaining, self.renewed_at) = (self.total, now + DAY);
        }
        if self.remaining == 0 {
            return Err(self.renewed_at);
        }
        let group = shard as usize % self.groups.len();
        if let Some(next) = self.groups.get_mut(group) {
            if now < *next {
                return Err(*next);
            }
            *next = now + GROUP_INTERVAL;
        }
        self.remaining -= 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn limiter(concurrency: u64, remaining: u64) -> IdentifyLimiter {
        let limit = serde_json::json!({
            "total": 1000, "remaining": remaining, "reset_after": 60_000, "max_concurrency": concurrency,
        });
        IdentifyLimiter::new(&serde_json::from_value(limit).unwrap())
    }

    /// The seconds after which each of these shards may begin, one after the other.
    async fn grants(limiter: &IdentifyLimiter, shards: &[u32]) -> Vec<u64> {
        let began = Instant::now();
        let mut seconds = Vec::new();
        for shard in shards {
            while let Err(at) = limiter.take(*shard) {
                tokio::time::sleep_until(at).await;
            }
            seconds.push(began.elapsed().as_secs());
        }
        seconds
    }

    #[tokio::test(start_paused = true)]
    async fn each_group_begins_one_session_in_five_seconds() {
        assert_eq!(grants(&limiter(1, 1000), &[0, 1, 2]).await, [0, 5, 10]);
        assert_eq!(grants(&limiter(2, 1000), &[0, 1, 2, 3, 4]).await, [0, 0, 5, 5, 10]);
        assert_eq!(grants(&limiter(0, 1000), &[0, 7]).await, [0, 5], "an invalid number of groups counts as one");
    }

    #[tokio::test(start_paused = true)]
    async fn the_daily_allowance_is_not_exceeded() {
        assert_eq!(grants(&limiter(16, 2), &[0, 1, 2, 3]).await, [0, 0, 60, 60]);
        assert_eq!(grants(&limiter(16, 0), &[0]).await, [60]);
    }

    #[tokio::test(start_paused = true)]
    async fn asking_without_success_uses_up_nothing() {
        let limiter = limiter(1, 2);
        assert_eq!(limiter.take(0), Ok(()));
        for _ in 0..10 {
            assert_eq!(limiter.take(1), Err(Instant::now() + GROUP_INTERVAL));
        }
        tokio::time::advance(GROUP_INTERVAL).await;
        assert_eq!(limiter.take(1), Ok(()), "one session is left");
    }
}
