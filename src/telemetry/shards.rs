//! Metrics of the shards of this process: state, sessions, lost connections and heartbeats. They also decide readiness.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::Label;

/// The most disconnected shards that a message names; the first few tell an operator where to look.
const NAMED_MAX: usize = 5;

/// The state of a shard.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ShardState {
    /// It waits for its identify slot, or before it reconnects.
    Waiting,
    /// It connects and identifies or resumes.
    Connecting,
    /// It has a session and receives events.
    Connected,
}

impl ShardState {
    const ALL: [Self; 3] = [Self::Waiting, Self::Connecting, Self::Connected];

    fn label(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Connecting => "connecting",
            Self::Connected => "connected",
        }
    }
}

/// The labels of a shard's metric: its number and one more.
type ShardLabels = ([Label<u32>; 1], [Label<&'static str>; 1]);

/// Metrics of the shards of this process.
#[derive(Debug)]
pub struct ShardMetrics {
    states: Mutex<BTreeMap<u32, ShardState>>,
    state: Family<ShardLabels, Gauge>,
    sessions: Family<ShardLabels, Counter>,
    lost: Family<[Label<u32>; 1], Counter>,
    heartbeat: Family<[Label<u32>; 1], Gauge<f64, std::sync::atomic::AtomicU64>>,
}

impl ShardMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let shards = Self {
            states: Mutex::default(),
            state: Family::default(),
            sessions: Family::default(),
            lost: Family::default(),
            heartbeat: Family::default(),
        };
        let help = "1 for the shard's state, 0 for the other states";
        registry.register("shard_state", help, shards.state.clone());
        let help = "Sessions that were started or resumed";
        registry.register("shard_sessions", help, shards.sessions.clone());
        registry.register("shard_connections_lost", "Gateway connections that ended", shards.lost.clone());
        let help = "Time until the gateway acknowledged the last heartbeat";
        registry.register_with_unit("shard_heartbeat", help, Unit::Seconds, shards.heartbeat.clone());
        shards
    }

    /// Sets the numbers of this process's shards. All of them wait.
    pub fn expect(&self, numbers: RangeInclusive<u32>) {
        for number in numbers {
            self.set_state(number, ShardState::Waiting);
        }
    }

    /// Sets the state of a shard.
    pub fn set_state(&self, shard: u32, now: ShardState) {
        self.lock().insert(shard, now);
        for state in ShardState::ALL {
            let gauge = self.state.get_or_create_owned(&([("shard", shard)], [("state", state.label())]));
            gauge.set(i64::from(state == now));
        }
    }

    /// Counts a session that was started or resumed; the shard is connected now.
    pub fn session_started(&self, shard: u32, resumed: bool) {
        let kind = if resumed { "resumed" } else { "new" };
        self.sessions.get_or_create(&([("shard", shard)], [("session", kind)])).inc();
        self.set_state(shard, ShardState::Connected);
    }

    /// Counts a connection that ended; the shard waits now.
    pub fn connection_lost(&self, shard: u32) {
        self.lost.get_or_create(&[("shard", shard)]).inc();
        self.set_state(shard, ShardState::Waiting);
    }

    /// Records the time until a heartbeat was acknowledged.
    pub fn heartbeat_acknowledged(&self, shard: u32, took: Duration) {
        self.heartbeat.get_or_create(&[("shard", shard)]).set(took.as_secs_f64());
    }

    /// Returns an error that names the disconnected shards, unless every shard is connected.
    pub(super) fn ready(&self) -> Result<(), String> {
        let states = self.lock();
        if states.is_empty() {
            return Err("the number of shards is not known yet".to_owned());
        }
        let disconnected = || states.iter().filter(|(_, state)| **state != ShardState::Connected);
        let count = disconnected().count();
        if count == 0 {
            return Ok(());
        }
        let named = disconnected().take(NAMED_MAX).map(|(number, state)| format!("{number} ({})", state.label()));
        let more = if count > NAMED_MAX { ", …" } else { "" };
        let named = named.collect::<Vec<_>>().join(", ");
        Err(format!("{count} of {} shards not connected: {named}{more}", states.len()))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, ShardState>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_shard_is_in_one_state_at_a_time() {
        let mut registry = Registry::default();
        let shards = ShardMetrics::register(&mut registry);
        shards.expect(0..=0);
        shards.set_state(0, ShardState::Connecting);
        shards.session_started(0, false);
        shards.heartbeat_acknowledged(0, Duration::from_millis(40));
        shards.connection_lost(0);
        shards.session_started(0, true);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        for line in [
            r#"shard_state{shard="0",state="waiting"} 0"#,
            r#"shard_state{shard="0",state="connecting"} 0"#,
            r#"shard_state{shard="0",state="connected"} 1"#,
            r#"shard_sessions_total{shard="0",session="new"} 1"#,
            r#"shard_sessions_total{shard="0",session="resumed"} 1"#,
            r#"shard_connections_lost_total{shard="0"} 1"#,
            r#"shard_heartbeat_seconds{shard="0"} 0.04"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line}:\n{text}");
        }
    }

    #[test]
    fn a_long_list_of_disconnected_shards_is_truncated() {
        let shards = ShardMetrics::register(&mut Registry::default());
        shards.expect(0..=99);
        let reason = shards.ready().unwrap_err();
        assert!(
            reason.starts_with("100 of 100 shards not connected: 0 (waiting), ") && reason.ends_with(", …"),
            "{reason}"
        );
    }
}
