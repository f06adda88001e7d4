//! The gateway's connections: which shards there should be, how each stands, and how often one was lost.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::Label;

/// How many shards a sentence names that are not connected; the first few tell an operator where to look.
const NAMED_MAX: usize = 5;

/// How a shard stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ShardState {
    /// It waits: for its turn to begin a session, or before it connects again.
    Waiting,
    /// It connects, and asks for its session.
    Connecting,
    /// Events come.
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

/// A shard's number, and something of a shard.
type ShardAnd = ([Label<u32>; 1], [Label<&'static str>; 1]);

/// Follows the shards of this process.
#[derive(Debug)]
pub struct Shards {
    states: Mutex<BTreeMap<u32, ShardState>>,
    state: Family<ShardAnd, Gauge>,
    sessions: Family<ShardAnd, Counter>,
    lost: Family<[Label<u32>; 1], Counter>,
    heartbeat: Family<[Label<u32>; 1], Gauge<f64, std::sync::atomic::AtomicU64>>,
}

impl Shards {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let shards = Self {
            states: Mutex::default(),
            state: Family::default(),
            sessions: Family::default(),
            lost: Family::default(),
            heartbeat: Family::default(),
        };
        let help = "1 for the state that the shard is in, 0 for the others";
        registry.register("shard_state", help, shards.state.clone());
        let help = "Sessions that began anew or were resumed";
        registry.register("shard_sessions", help, shards.sessions.clone());
        registry.register("shard_connections_lost", "Gateway connections that ended", shards.lost.clone());
        let help = "Time until the gateway answered the last heartbeat";
        registry.register_with_unit("shard_heartbeat", help, Unit::Seconds, shards.heartbeat.clone());
        shards
    }

    /// These are the shards of this process.
    pub fn expect(&self, numbers: RangeInclusive<u32>) {
        for number in numbers {
            self.is(number, ShardState::Waiting);
        }
    }

    /// A shard stands so now.
    pub fn is(&self, shard: u32, now: ShardState) {
        self.lock().insert(shard, now);
        for state in ShardState::ALL {
            let gauge = self.state.get_or_create_owned(&([("shard", shard)], [("state", state.label())]));
            gauge.set(i64::from(state == now));
        }
    }

    /// A session of a shard began, or went on.
    pub fn session(&self, shard: u32, resumed: bool) {
        let begun = if resumed { "resumed" } else { "new" };
        self.sessions.get_or_create(&([("shard", shard)], [("session", begun)])).inc();
        self.is(shard, ShardState::Connected);
    }

    /// A shard's connection ended, for whatever reason.
    pub fn lost(&self, shard: u32) {
        self.lost.get_or_create(&[("shard", shard)]).inc();
        self.is(shard, ShardState::Waiting);
    }

    /// A heartbeat was answered after this time.
    pub fn heartbeat(&self, shard: u32, took: Duration) {
        self.heartbeat.get_or_create(&[("shard", shard)]).set(took.as_secs_f64());
    }

    /// Whether every shard is connected.
    pub(super) fn ready(&self) -> Result<(), String> {
        let states = self.lock();
        if states.is_empty() {
            return Err("Discord was not asked yet how many shards there are".to_owned());
        }
        let away = || states.iter().filter(|(_, state)| **state != ShardState::Connected);
        let count = away().count();
        if count == 0 {
            return Ok(());
        }
        let named = away().take(NAMED_MAX).map(|(number, state)| format!("{number} ({})", state.label()));
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
        let shards = Shards::register(&mut registry);
        shards.expect(0..=0);
        shards.is(0, ShardState::Connecting);
        shards.session(0, false);
        shards.heartbeat(0, Duration::from_millis(40));
        shards.lost(0);
        shards.session(0, true);
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
    fn a_long_list_is_cut() {
        let shards = Shards::register(&mut Registry::default());
        shards.expect(0..=99);
        let reason = shards.ready().unwrap_err();
        assert!(
            reason.starts_with("100 of 100 shards not connected: 0 (waiting), ") && reason.ends_with(", …"),
            "{reason}"
        );
    }
}
