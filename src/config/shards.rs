//! How a bot is shared out among processes: which of all shards are this one's.
//! Every process names the same total and a range of its own.

use std::ops::RangeInclusive;

use serde::Deserialize;

/// The most shards that a bot may have. Discord asks for one to at most 2,500 servers; this is enough for 40 million.
pub const SHARDS_MAX: u32 = 16_384;

/// How a bot is shared out among processes: each takes a range of all shards.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub struct Shards {
    /// How many there are in all processes together.
    pub total: u32,
    /// The first of this process, counted from 0; none: 0.
    pub first: Option<u32>,
    /// The last of this process, itself included; none: the last there is.
    pub last: Option<u32>,
}

impl Shards {
    /// All of so many shards; at least one, and no more than a bot may have.
    #[must_use]
    pub fn all(total: u32) -> Self {
        Self { total: total.clamp(1, SHARDS_MAX), first: None, last: None }
    }

    /// The numbers of this process.
    #[must_use]
    pub fn numbers(self) -> RangeInclusive<u32> {
        self.first.unwrap_or(0)..=self.last.unwrap_or(self.total.saturating_sub(1))
    }

    /// Whether there are so many, and these among them.
    pub(super) fn is_possible(self) -> bool {
        let numbers = self.numbers();
        (1..=SHARDS_MAX).contains(&self.total) && !numbers.is_empty() && *numbers.end() < self.total
    }
}
