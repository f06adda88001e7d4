//! The heartbeat of one connection: when to send the next one, and when a missing acknowledgement means that the
//! connection is dead (<https://discord.com/developers/docs/events/gateway#sending-heartbeats>). Uses monotonic time
//! only.

use std::time::Duration;

use tokio::time::Instant;

/// The longest wait for an acknowledgement; Discord's own clients wait no longer either. It finds half-open
/// connections: at the latest one interval and this time after the connection broke.
const ACKNOWLEDGEMENT_TIMEOUT: Duration = Duration::from_secs(15);

/// The shortest and the longest interval that is accepted. Discord's is 41.25 seconds; an interval of zero would make
/// the bot flood the gateway.
const INTERVALS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(120));

/// What to do when a heartbeat or its acknowledgement is due.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum HeartbeatAction {
    /// Send a heartbeat.
    Send,
    /// Give up the connection: the last heartbeat was not acknowledged.
    Disconnect,
}

/// The heartbeat of one connection.
#[derive(Debug)]
pub(super) struct Heartbeat {
    interval: Duration,
    next: Instant,
    sent_at: Instant,
    /// When the last heartbeat must be acknowledged, if it is not yet.
    acknowledge_by: Option<Instant>,
}

impl Heartbeat {
    /// Starts with a random part of the interval, as Discord asks.
    pub(super) fn new(interval: Duration) -> Self {
        let interval = interval.clamp(INTERVALS.0, INTERVALS.1);
        let now = Instant::now();
        Self { interval, next: now + interval.mul_f64(fastrand::f64()), sent_at: now, acknowledge_by: None }
    }

    /// The time of the next call of [`Self::act`].
    pub(super) fn due(&self) -> Instant {
        self.acknowledge_by.map_or(self.next, |by| by.min(self.next))
    }

    /// Decides what to do, now that [`Self::due`] has passed.
    pub(super) fn act(&self) -> HeartbeatAction {
        if self.acknowledge_by.is_some() { HeartbeatAction::Disconnect } else { HeartbeatAction::Send }
    }

    /// Records that a heartbeat was sent: because it was due, or because Discord asked for one.
    pub(super) fn sent(&mut self) {
        let now = Instant::now();
        (self.sent_at, self.next) = (now, now + self.interval);
        self.acknowledge_by.get_or_insert(now + self.interval.min(ACKNOWLEDGEMENT_TIMEOUT));
    }

    /// Records an acknowledgement. Returns the time since the heartbeat was sent, or `None` if no heartbeat was waiting
    /// for it.
    pub(super) fn acknowledged(&mut self) -> Option<Duration> {
        self.acknowledge_by.take().map(|_| self.sent_at.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn acknowledged_heartbeats_go_on_and_an_unacknowledged_one_ends_the_connection() {
        let mut heartbeat = Heartbeat::new(Duration::from_secs(40));
        assert!(heartbeat.due() <= Instant::now() + Duration::from_secs(40));
        for _ in 0..3 {
            tokio::time::sleep_until(heartbeat.due()).await;
            let sent_at = Instant::now();
            assert_eq!(heartbeat.act(), HeartbeatAction::Send);
            heartbeat.sent();
            assert_eq!(heartbeat.due(), sent_at + ACKNOWLEDGEMENT_TIMEOUT);
            assert_eq!(heartbeat.acknowledged(), Some(Duration::ZERO));
            assert_eq!(heartbeat.acknowledged(), None, "it is acknowledged already");
            assert_eq!(heartbeat.due(), sent_at + Duration::from_secs(40));
        }
        tokio::time::sleep_until(heartbeat.due()).await;
        assert_eq!(heartbeat.act(), HeartbeatAction::Send);
        heartbeat.sent();
        heartbeat.sent();
        tokio::time::sleep_until(heartbeat.due()).await;
        assert_eq!(heartbeat.act(), HeartbeatAction::Disconnect);
    }

    #[tokio::test(start_paused = true)]
    async fn an_absurd_interval_is_clamped() {
        assert_eq!(Heartbeat::new(Duration::ZERO).interval, INTERVALS.0);
        assert_eq!(Heartbeat::new(Duration::MAX).interval, INTERVALS.1);
    }
}
