//! The gateway: how events come from Discord. Each shard keeps its session through drops, outages and nonsense; what
//! serenity's own runner would lose by identifying anew after a refused connection is told again after a resume.

mod address;
mod close;
mod heartbeat;
mod identify;
mod payload;
mod shard;
mod socket;

use reqwest::Url;
use serenity::all::{BotGateway, GatewayIntents, GuildId};
use tokio_util::sync::CancellationToken;

use crate::config::{Shards, Token};
use crate::telemetry::Telemetry;
pub use address::BadAddress;
pub use close::GatewayRefusal;
use identify::Identifies;
pub use payload::{Event, Ready};
#[cfg(fuzzing)]
pub use payload::{Payload, read};
use shard::Runner;

/// Which part of the servers a connection is for (<https://discord.com/developers/docs/events/gateway#sharding>).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Shard {
    /// Counts from 0.
    pub number: u32,
    /// How many there are.
    pub total: u32,
}

impl Shard {
    /// Whether this shard brings what happens in a server, or in direct messages. One that is not known may be anybody's.
    #[must_use]
    pub fn serves(self, guild: Option<GuildId>, direct: bool) -> bool {
        match guild {
            _ if direct => self.number == 0,
            Some(guild) => (guild.get() >> 22) % u64::from(self.total.max(1)) == u64::from(self.number),
            None => true,
        }
    }
}

/// Who is told of events: at once and in their order, so that whoever hears must not wait.
pub trait EventSink {
    /// An event came.
    fn event(&self, shard: Shard, event: Event);
}

/// What all shards share.
#[derive(Debug)]
pub struct Gateway {
    url: Url,
    token: Token,
    intents: GatewayIntents,
    identifies: Identifies,
    telemetry: Telemetry,
    stop: CancellationToken,
}

impl Gateway {
    /// The gateway that the REST API named.
    ///
    /// # Errors
    /// If what the REST API named is no address.
    pub fn new(
        named: &BotGateway,
        token: Token,
        intents: GatewayIntents,
        telemetry: Telemetry,
    ) -> Result<Self, BadAddress> {
        let identifies = Identifies::new(&named.session_start_limit);
        let url = address::parse(&named.url)?;
        Ok(Self { url, token, intents, identifies, telemetry, stop: CancellationToken::new() })
    }

    /// Tells all shards to say goodbye; [`Self::run`] then returns.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Runs these shards until [`Self::stop`], or until Discord refuses one for good.
    ///
    /// # Errors
    /// If Discord will not have the bot as it is.
    pub async fn run(&self, shards: Shards, sink: &impl EventSink) -> Result<(), GatewayRefusal> {
        self.telemetry.shards().expect(shards.numbers());
        let shard = |number| Shard { number, total: shards.total };
        let runs = shards.numbers().map(|number| Runner::new(self, shard(number), sink).run());
        futures_util::future::try_join_all(runs).await.map(drop)
    }
}
