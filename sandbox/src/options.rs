//! The options of a sandbox.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// The options of a sandbox.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address to listen on. Default: a free port of the loopback address.
    pub address: SocketAddr,
    /// Whether everyone may invite the bot. Default: yes, as for a new application.
    pub public: bool,
    /// Number of guilds that the bot is in. Default: 1.
    pub guilds: usize,
    /// Number of further members without roles, named `member-1`, `member-2` and so on. Default: none.
    pub members: usize,
    /// Number of further channels of each guild, named `channel-1`, `channel-2` and so on. Default: none.
    pub channels: usize,
    /// The rate limit of each channel: the number of messages that the bot may post (or edit, or delete) in this time.
    /// Discord's is about 5 in 5 s. Default: none.
    pub channel_limit: Option<(u32, Duration)>,
    /// Number of shards that Discord recommends. Default: 1.
    pub shards: u64,
    /// Number of shards that may identify at the same time (`max_concurrency`). Default: 1.
    pub identify_groups: u64,
    /// Minimum time between two identifies of the same group of shards; the gateway rejects an earlier one. Discord's
    /// is 5 s. Default: none.
    pub identify_interval: Duration,
    /// The privileged [`intents`](super::intents) that are enabled for the application. Default: none.
    pub approved_intents: u64,
    /// Time for the first answer to an interaction. Default: 3 s, as on Discord.
    pub first_answer: Duration,
    /// Lifetime of an interaction's token. Default: 15 min, as on Discord.
    pub token_life: Duration,
    /// Interval of the bot's heartbeats. Default: 41.25 s, as on Discord.
    pub heartbeat: Duration,
    /// Maximum duration of a wait. Default: 30 s, enough for a busy machine.
    pub wait_timeout: Duration,
    /// Offset of the REST header Date from this machine's clock, into the future. Default: none.
    pub clock_ahead: Duration,
    /// A file to which all REST calls are appended, one JSON object per line. Default: none.
    pub log: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            public: true,
            guilds: 1,
            members: 0,
            channels: 0,
            channel_limit: None,
            shards: 1,
            identify_groups: 1,
            identify_interval: Duration::ZERO,
            approved_intents: 0,
            first_answer: Duration::from_secs(3),
            token_life: Duration::from_secs(15 * 60),
            heartbeat: Duration::from_millis(41_250),
            wait_timeout: Duration::from_secs(30),
            clock_ahead: Duration::ZERO,
            log: None,
        }
    }
}
