//! The shards of this process, for a bot that runs as several processes.
//! Every process configures the same total and a different range.

use std::ops::RangeInclusive;

use serde::Deserialize;

/// The most shards of a bot: enough for 40 million servers, because a shard may serve 2,500
/// (<https://discord.com/developers/docs/events/gateway#sharding>).
pub const SHARDS_MAX: u32 = 16_384;

/// The shards of one process: a range of all shards of the bot.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub struct Shards {
    /// The number of shards in all processes together.
    pub total: u32,
    /// The first shard of this process, counted from 0. `None` for 0.
    pub first: Option<u32>,
    /// The last shard of this process, inclusive. `None` for the last of all shards.
    pub last: Option<u32>,
}

impl Shards {
    /// All shards, for a bot of one process. `total` is clamped to 1..=[`SHARDS_MAX`].
    #[must_use]
    pub fn all(total: u32) -> Self {
        Self { total: total.clamp(1, SHARDS_MAX), first: None, last: None }
    }

    /// The shard numbers of this process.
    #[must_use]
    pub fn numbers(self) -> RangeInclusive<u32> {
        self.first.unwrap_or(0)..=self.last.unwrap_or(self.total.saturating_sub(1))
    }

    /// Whether the total is allowed and the range lies within it.
    pub(super) fn is_possible(self) -> bool {
        let numbers = self.numbers();
        (1..=SHARDS_MAX).contains(&self.total) && !numbers.is_empty() && *numbers.end() < self.total
    }
}
