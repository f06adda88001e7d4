//! Calls of Discord's REST API: how many, how they ended, how long each try took, and how often one had to be made again.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::Label;

/// How long Discord takes to answer, in seconds: up to the time after which a request counts as lost.
const CALL_TIMES: [f64; 9] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// How one try of a call ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CallResult {
    /// Discord did it.
    Done,
    /// Status 429: too many calls.
    RateLimited,
    /// Another status from 400 on: it will not do it.
    Refused,
    /// A status from 500 on.
    ServerError,
    /// No answer, or none that can be read.
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

type OfCall = [Label<&'static str>; 1];

/// Counts calls. Each is named by what it is for, such as "post a message".
#[derive(Clone, Debug)]
pub struct Calls {
    tries: Family<[Label<&'static str>; 2], Counter>,
    retries: Family<OfCall, Counter>,
    waits: Family<OfCall, Counter>,
    time: Histogram,
}

impl Calls {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let calls = Self {
            tries: Family::default(),
            retries: Family::default(),
            waits: Family::default(),
            time: Histogram::new(CALL_TIMES),
        };
        registry.register("discord_calls", "Requests to Discord's REST API, and how each ended", calls.tries.clone());
        let help = "Requests that repeat one which failed";
        registry.register("discord_retries", help, calls.retries.clone());
        let help = "Requests that waited because a known rate limit was used up";
        registry.register("discord_rate_limit_waits", help, calls.waits.clone());
        let help = "Time until Discord answered a request";
        registry.register_with_unit("discord_call", help, Unit::Seconds, calls.time.clone());
        calls
    }

    /// A try ended so, after this time.
    pub fn tried(&self, call: &'static str, result: CallResult, took: Duration) {
        self.tries.get_or_create(&[("call", call), ("result", result.label())]).inc();
        self.time.observe(took.as_secs_f64());
    }

    /// A call is tried again.
    pub fn retried(&self, call: &'static str) {
        self.retries.get_or_create(&[("call", call)]).inc();
    }

    /// A call waits for a rate limit.
    pub fn waited(&self, call: &'static str) {
        self.waits.get_or_create(&[("call", call)]).inc();
    }
}
