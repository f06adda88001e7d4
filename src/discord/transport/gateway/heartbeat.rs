//! Heartbeats: when one is due, and when those that were not answered mean that the connection is dead
//! (<https://discord.com/developers/docs/events/gateway#sending-heartbeats>). On monotonic time: no clock that jumps counts.

use std::time::Duration;

use tokio::time::Instant;

/// How long a heartbeat's answer may take; Discord's own clients give one up within this. Half-open connections are
/// found by it: at the latest one interval and this time after the line went dead.
const ANSWER_TIME: Duration = Duration::from_secs(15);

/// The intervals that are believed: Discord's is 41.25 seconds, and one of nothing would be a flood.
const INTERVALS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(120));

/// What is to be done about the heartbeat.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Beat {
    /// Send a heartbeat.
    Send,
    /// The other side is gone.
    Dead,
}

/// The heartbeats of one connection.
#[derive(Debug)]
pub(super) struct Heartbeat {
    interval: Duration,
    next: Instant,
    sent_at: Instant,
    unanswered_until: Option<Instant>,
}

impl Heartbeat {
    /// Begins with a random part of the interval, as Discord asks.
    pub(super) fn new(interval: Duration) -> Self {
        let interval = interval.clamp(INTERVALS.0, INTERVALS.1);
        let now = Instant::now();
        Self { interval, next: now + interval.mul_f64(fastrand::f64()), sent_at: now, unanswered_until: None }
    }

    /// When [`Self::beat`] is to be called.
    pub(super) fn due(&self) -> Instant {
        self.unanswered_until.map_or(self.next, |until| until.min(self.next))
    }

    /// What is to be done now that [`Self::due`] has come.
    pub(super) fn beat(&mut self) -> Beat {
        if self.unanswered_until.is_some() {
            return Beat::Dead;
        }
        self.sent();
        Beat::Send
    }

    /// A heartbeat goes out now, be it because Discord asked for one.
    pub(super) fn sent(&mut self) {
        let now = Instant::now();
        (self.sent_at, self.next) = (now, now + self.interval);
        self.unanswered_until.get_or_insert(now + self.interval.min(ANSWER_TIME));
    }

    /// A heartbeat arrived; how long after it was sent, if one was waited for.
    pub(super) fn answered(&mut self) -> Option<Duration> {
        self.unanswered_until.take().map(|_| self.sent_at.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_answered_heart_beats_on_and_an_unanswered_one_is_dead() {
        let mut heartbeat = Heartbeat::new(Duration::from_secs(40));
        assert!(heartbeat.due() <= Instant::now() + Duration::from_secs(40));
        for _ in 0..3 {
            tokio::time::sleep_until(heartbeat.due()).await;
            let beat_at = Instant::now();
            assert_eq!(heartbeat.beat(), Beat::Send);
            assert_eq!(heartbeat.due(), beat_at + ANSWER_TIME);
            assert_eq!(heartbeat.answered(), Some(Duration::ZERO));
            assert_eq!(heartbeat.answered(), None, "nobody asked");
            assert_eq!(heartbeat.due(), beat_at + Duration::from_secs(40));
        }
        tokio::time::sleep_until(heartbeat.due()).await;
        assert_eq!(heartbeat.beat(), Beat::Send);
        heartbeat.sent();
        tokio::time::sleep_until(heartbeat.due()).await;
        assert_eq!(heartbeat.beat(), Beat::Dead);
    }

    #[tokio::test(start_paused = true)]
    async fn an_interval_that_makes_no_sense_is_not_believed() {
        assert_eq!(Heartbeat::new(Duration::ZERO).interval, INTERVALS.0);
        assert_eq!(Heartbeat::new(Duration::MAX).interval, INTERVALS.1);
    }
}
