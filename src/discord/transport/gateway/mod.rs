//! The gateway client: receives Discord's events over WebSocket connections, one for each shard.
//!
//! Terms (<https://discord.com/developers/docs/events/gateway>): A *shard* receives the events of a part of the bot's
//! servers. It has one *session*, in which Discord numbers the events, and one *connection* at a time. A session
//! outlives its connections: after an interruption the shard connects again and sends Resume with the number of the
//! last event, and Discord replays the events since then. Sending Identify begins a new session, and the events in
//! between are lost.
//!
//! A connection goes through these steps:
//!
//! 1. Discord sends Hello with the heartbeat interval. From here on the shard sends heartbeats; if Discord does not
//!    acknowledge one in time, the connection is dead ([`heartbeat`]).
//! 2. With a session, the shard sends Resume. Without one, it waits for its turn to identify ([`identify`]), because
//!    Discord limits how often a bot begins sessions. It takes its turn only after Hello, so a gateway that refuses
//!    connections uses up no session starts.
//! 3. Discord answers with READY or RESUMED, and events follow. The shard hands each one to the [`EventSink`].
//! 4. When the connection ends, its close code decides whether to resume, to identify, or to stop ([`close`]). The
//!    shard waits, longer after each failure, and starts at step 1.
//!
//! Footnote does not use serenity's client, because its shard runner begins a new session after a failed reconnect. All
//! questions asked during such an outage would be lost. This client keeps the session until Discord says that it is
//! over.

mod address;
mod close;
mod heartbeat;
mod identify;
mod payload;
mod shard;
mod socket;

use std::time::Duration;

use reqwest::Url;
use serenity::all::{BotGateway, GatewayIntents, GuildId};
use tokio_util::sync::CancellationToken;

use crate::config::{Shards, Token};
use crate::telemetry::Telemetry;
pub use address::BadAddress;
pub use close::GatewayRefusal;
use identify::IdentifyLimiter;
pub use payload::{Event, Ready};
#[cfg(fuzzing)]
pub use payload::{Payload, read};
use shard::ShardRunner;

/// The default for how long a shard waits for Hello after it has connected.
pub const HELLO_TIMEOUT: Duration = Duration::from_secs(10);

/// A shard's number and the number of shards (<https://discord.com/developers/docs/events/gateway#sharding>).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Shard {
    /// The number of this shard; the first is 0.
    pub number: u32,
    /// The number of shards of the bot, over all processes.
    pub total: u32,
}

impl Shard {
    /// Whether this shard receives the events of a server, or of direct messages. `true` if the server is not known.
    #[must_use]
    pub fn serves(self, guild: Option<GuildId>, direct: bool) -> bool {
        match guild {
            _ if direct => self.number == 0,
            Some(guild) => (guild.get() >> 22) % u64::from(self.total.max(1)) == u64::from(self.number),
            None => true,
        }
    }
}

/// Receives the events of all shards.
pub trait EventSink {
    /// Handles an event. Each shard calls this in the order of its events and waits for it, so implementations must not
    /// block.
    fn event(&self, shard: Shard, event: Event);
}

/// The gateway client of a process; its shards share this.
#[derive(Debug)]
pub struct Gateway {
    url: Url,
    token: Token,
    intents: GatewayIntents,
    identify_limiter: IdentifyLimiter,
    telemetry: Telemetry,
    hello_timeout: Duration,
    stop: CancellationToken,
}

impl Gateway {
    /// Prepares a client for the gateway that the REST API named. `hello_timeout` limits the wait for Hello; use
    /// [`HELLO_TIMEOUT`] except in tests.
    ///
    /// # Errors
    /// If the gateway's address is not a WebSocket URL.
    pub fn new(
        named: &BotGateway,
        token: Token,
        intents: GatewayIntents,
        telemetry: Telemetry,
        hello_timeout: Duration,
    ) -> Result<Self, BadAddress> {
        let identify_limiter = IdentifyLimiter::new(&named.session_start_limit);
        let url = address::parse(&named.url)?;
        Ok(Self { url, token, intents, identify_limiter, telemetry, hello_timeout, stop: CancellationToken::new() })
    }

    /// Tells all shards to end their sessions. [`Self::run`] then returns.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Runs these shards until [`Self::stop`] is called.
    ///
    /// # Errors
    /// If Discord refuses one of the shards for good.
    pub async fn run(&self, shards: Shards, sink: &impl EventSink) -> Result<(), GatewayRefusal> {
        self.telemetry.shards().expect(shards.numbers());
        let shard = |number| Shard { number, total: shards.total };
        let runs = shards.numbers().map(|number| ShardRunner::new(self, shard(number), sink).run());
        futures_util::future::try_join_all(runs).await.map(drop)
    }
}
