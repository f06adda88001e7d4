//! Metrics of stalls: how long a task occupies the thread that answers questions. While it does, nobody is answered, so
//! work that takes long belongs on another thread.

use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// The shortest time that counts as a stall. Matching a question takes less than a millisecond as a rule.
const STALL: Duration = Duration::from_millis(1);

/// Bucket bounds of stalls, in seconds. At 50 ms members begin to notice; at 3 s interactions fail.
const STALL_TIMES: [f64; 9] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 3.0];

/// Metrics of stalls.
#[derive(Clone, Debug)]
pub struct StallMetrics {
    stalls: Histogram,
    longest: Gauge<f64, AtomicU64>,
}

impl StallMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self { stalls: Histogram::new(STALL_TIMES), longest: Gauge::default() };
        let help = "Times over a millisecond that one task occupied the thread that answers";
        registry.register_with_unit("stall", help, Unit::Seconds, metrics.stalls.clone());
        let help = "The longest time since the start that one task occupied the thread that answers";
        registry.register_with_unit("longest_stall", help, Unit::Seconds, metrics.longest.clone());
        metrics
    }

    /// Runs a future, and measures each time that it occupies its thread.
    pub async fn measured<F: Future>(&self, future: F) -> F::Output {
        let mut future = std::pin::pin!(future);
        std::future::poll_fn(|context| {
            let began = Instant::now();
            let polled = future.as_mut().poll(context);
            self.record(began.elapsed());
            polled
        })
        .await
    }

    fn record(&self, time: Duration) {
        if time < STALL {
            return;
        }
        let seconds = time.as_secs_f64();
        self.stalls.observe(seconds);
        // Only the thread that answers records, so no other value is lost between the two calls.
        if seconds > self.longest.get() {
            self.longest.set(seconds);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_stall_is_kept_and_short_times_are_no_stalls() {
        let metrics = StallMetrics::register(&mut Registry::default());
        for ms in [0, 30, 70, 20] {
            metrics.record(Duration::from_millis(ms));
        }
        assert!((metrics.longest.get() - 0.07).abs() < 1e-9);
        let mut registry = Registry::default();
        registry.register("stalls", "", metrics.stalls);
        let mut text = String::new();
        assert!(prometheus_client::encoding::text::encode(&mut text, &registry).is_ok());
        assert!(text.contains("stalls_count 3"), "{text}");
    }

    #[tokio::test]
    async fn each_poll_is_measured_on_its_own() {
        let metrics = StallMetrics::register(&mut Registry::default());
        let result = metrics.measured(async {
            tokio::task::yield_now().await;
            7
        });
        assert_eq!(result.await, 7);
    }
}
