//! Counts the work that limits refuse, by the kind of work and the limit, so that an operator sees which flood is under
//! way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use tokio::time::Instant;

use super::Label;
use crate::throttle::{Bound, Work};

/// The shortest time between two log lines about the same kind of work and the same limit.
const LOG_PAUSE: Duration = Duration::from_secs(60);

/// Metrics of refused work.
#[derive(Clone, Debug)]
pub(super) struct ThrottleMetrics {
    counts: Family<[Label<&'static str>; 2], Counter>,
    logged: Arc<Mutex<HashMap<(Work, Bound), Instant>>>,
}

impl ThrottleMetrics {
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self { counts: Family::default(), logged: Arc::default() };
        let help = "Work of users that a limit refused or replaced, by the kind of work and the limit";
        registry.register("throttled", help, metrics.counts.clone());
        metrics
    }

    pub fn record(&self, work: Work, bound: Bound) {
        self.counts.get_or_create(&[("work", work.label()), ("bound", bound.label())]).inc();
        if self.is_due((work, bound)) {
            tracing::info!(work = work.label(), %bound, "refusing work; logged at most once a minute");
        }
    }

    fn is_due(&self, key: (Work, Bound)) -> bool {
        let now = Instant::now();
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        let due = logged.get(&key).is_none_or(|&then| now.duration_since(then) >= LOG_PAUSE);
        if due {
            logged.insert(key, now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_flood_is_logged_once_a_minute() {
        let metrics = ThrottleMetrics::register(&mut Registry::default());
        let key = (Work::Edit, Bound::UserRate);
        assert!(metrics.is_due(key) && !metrics.is_due(key));
        assert!(metrics.is_due((Work::Edit, Bound::Channel)), "another limit");
        tokio::time::advance(LOG_PAUSE).await;
        assert!(metrics.is_due(key));
    }
}
