//! Metrics of calls to Discord's REST API: attempts and their results, retries, rate-limit waits, and the time of an
//! attempt.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::Label;

/// Bucket bounds of the time of one attempt, in seconds. The last one is the timeout of a request.
const CALL_TIMES: [f64; 9] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The result of one attempt of a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CallResult {
    /// Discord accepted the call.
    Done,
    /// Status 429: a rate limit was exceeded.
    RateLimited,
    /// Another status from 400 to 499.
    Refused,
    /// A status of 500 or above.
    ServerError,
    /// No response, or one that cannot be read.
    Unreachable,
}

impl CallResult {
    fn label(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::RateLimited => "rate_limited",
            Self::Refused => "refused",
            Self::ServerError => "server_error",
            Self::Unreachable => "unreachable",
        }
    }
}

/// A counter with the label `call`.
type CounterByCall = Family<[Label<&'static str>; 1], Counter>;

/// Metrics of calls. Each call has a name for its purpose, such as "post a message".
#[derive(Clone, Debug)]
pub struct CallMetrics {
    attempts: Family<[Label<&'static str>; 2], Counter>,
    retries: CounterByCall,
    waits: CounterByCall,
    time: Histogram,
}

impl CallMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            attempts: Family::default(),
            retries: Family::default(),
            waits: Family::default(),
            time: Histogram::new(CALL_TIMES),
        };
        registry.register("discord_calls", "Requests to Discord's REST API, by result", metrics.attempts.clone());
        let help = "Requests that repeat a failed one";
        registry.register("discord_retries", help, metrics.retries.clone());
        let help = "Requests that waited for a known rate limit";
        registry.register("discord_rate_limit_waits", help, metrics.waits.clone());
        let help = "Time until Discord responded to a request";
        registry.register_with_unit("discord_call", help, Unit::Seconds, metrics.time.clone());
        metrics
    }

    /// Counts an attempt that ended with this result after this time.
    pub fn tried(&self, call: &'static str, result: CallResult, took: Duration) {
        self.attempts.get_or_create(&[("call", call), ("result", result.label())]).inc();
        self.time.observe(took.as_secs_f64());
    }

    /// Counts a retry.
    pub fn retried(&self, call: &'static str) {
        self.retries.get_or_create(&[("call", call)]).inc();
    }

    /// Counts a wait for a rate limit.
    pub fn waited(&self, call: &'static str) {
        self.waits.get_or_create(&[("call", call)]).inc();
    }
}
