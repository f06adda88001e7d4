//! When a shard may begin a session: Discord allows so many in five seconds and so many a day, and takes the token away
//! from a bot that begins more (<https://discord.com/developers/docs/events/gateway#session-start-limit-object>).

use std::time::Duration;

use serenity::all::SessionStartLimit;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long after one session the next of the same group may begin (Discord's number).
const GROUP_INTERVAL: Duration = Duration::from_secs(5);

/// How long a day's allowance lasts: it is counted anew after that.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Hands out the right to begin a session.
#[derive(Debug)]
pub(super) struct Identifies(Mutex<Allowance>);

#[derive(Debug)]
struct Allowance {
    /// When the next session of each group may begin; shard n is in group n modulo their number.
    groups: Vec<Instant>,
    total: u64,
    remaining: u64,
    renewed_at: Instant,
}

impl Identifies {
    /// Starts from what Discord says is left.
    pub(super) fn new(limit: &SessionStartLimit) -> Self {
        let now = Instant::now();
        // Discord's largest bots have groups of some hundreds; a number beyond that is not believed.
        let groups = usize::try_from(limit.max_concurrency).unwrap_or(1).clamp(1, 1_000);
        Self(Mutex::new(Allowance {
            groups: vec![now; groups],
            total: limit.total.max(1),
            remaining: limit.remaining,
            renewed_at: now + Duration::from_millis(limit.reset_after).min(DAY),
        }))
    }

    /// Waits until this shard may begin a session.
    pub(super) async fn turn(&self, shard: u32) {
        let at = {
            let mut allowance = self.0.lock().await;
            allowance.book(shard, Instant::now())
        };
        if at > Instant::now() + GROUP_INTERVAL {
            tracing::warn!(shard, wait = ?at - Instant::now(), "Discord lets the bot begin no session until then");
        }
        tokio::time::sleep_until(at).await;
    }
}

impl Allowance {
    fn book(&mut self, shard: u32, now: Instant) -> Instant {
        let group = shard as usize % self.groups.len();
        let mut at = self.groups.get(group).copied().unwrap_or(now).max(now);
        if at >= self.renewed_at {
            (self.remaining, self.renewed_at) = (self.total, at + DAY);
        } else if self.remaining == 0 {
            at = self.renewed_at;
            (self.remaining, self.renewed_at) = (self.total, at + DAY);
        }
        self.remaining -= 1;
        if let Some(next) = self.groups.get_mut(group) {
            *next = at + GROUP_INTERVAL;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn identifies(concurrency: u64, remaining: u64) -> Identifies {
        let limit = serde_json::json!({
            "total": 1000, "remaining": remaining, "reset_after": 60_000, "max_concurrency": concurrency,
        });
        Identifies::new(&serde_json::from_value(limit).unwrap())
    }

    async fn seconds_of_turns(identifies: &Identifies, shards: &[u32]) -> Vec<u64> {
        let began = Instant::now();
        let mut seconds = Vec::new();
        for shard in shards {
            identifies.turn(*shard).await;
            seconds.push(began.elapsed().as_secs());
        }
        seconds
    }

    #[tokio::test(start_paused = true)]
    async fn each_group_begins_one_session_in_five_seconds() {
        assert_eq!(seconds_of_turns(&identifies(1, 1000), &[0, 1, 2]).await, [0, 5, 10]);
        assert_eq!(seconds_of_turns(&identifies(2, 1000), &[0, 1, 2, 3, 4]).await, [0, 0, 5, 5, 10]);
        assert_eq!(seconds_of_turns(&identifies(0, 1000), &[0, 7]).await, [0, 5], "a number that makes no sense");
    }

    #[tokio::test(start_paused = true)]
    async fn a_days_allowance_is_not_exceeded() {
        assert_eq!(seconds_of_turns(&identifies(16, 2), &[0, 1, 2, 3]).await, [0, 0, 60, 60]);
        let many = seconds_of_turns(&identifies(16, 0), &[0]).await;
        assert_eq!(many, [60]);
    }
}
