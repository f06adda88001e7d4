//! How a stand-in is set up.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// How a stand-in is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen. Default: any free port of the loopback address.
    pub address: SocketAddr,
    /// The bot's token. Default: a made-up one.
    pub token: String,
    /// Whether anybody may invite the bot. Default: yes, as for a new application.
    pub public: bool,
    /// How many guilds the bot is in. Default: 1.
    pub guilds: usize,
    /// How many shards Discord recommends. Default: 1.
    pub shards: u64,
    /// How many shards may begin a session at a time (`max_concurrency`). Default: 1.
    pub identify_groups: u64,
    /// How long after a session began the next of its group may begin; earlier ones are refused. Discord's is 5 s. Default: none.
    pub identify_interval: Duration,
    /// The privileged [`intents`](super::intents) that are switched on for the application. Default: none.
    pub approved_intents: u64,
    /// How long a bot has for its first answer to an interaction. Default: 3 s, as on Discord.
    pub first_answer: Duration,
    /// How long the token of an interaction is good. Default: 15 min, as on Discord.
    pub token_life: Duration,
    /// How often a bot shall send a heartbeat. Default: 41.25 s, as on Discord.
    pub heartbeat: Duration,
    /// How long the waits of a test last before they fail. Default: 30 s, plenty for a busy machine.
    pub wait_timeout: Duration,
    /// How far the clock that REST tells in its header Date is ahead of this machine's. Default: not at all.
    pub clock_ahead: Duration,
    /// A file that every REST call is appended to, one JSON object a line. Default: none.
    pub log: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            token: "MTAwMDAw.c2FuZGJveA.bm90LWEtc2VjcmV0".to_owned(),
            public: true,
            guilds: 1,
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
