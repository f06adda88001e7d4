//! Snowflakes, which are Discord's 64-bit ids, and the clock that creates them. JSON represents them as strings; they
//! sort by their creation time.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::Instant;

/// The epoch of snowflakes, the beginning of 2015, in Unix milliseconds
/// (<https://discord.com/developers/docs/reference#snowflakes>).
const DISCORD_EPOCH_MS: u64 = 1_420_070_400_000;
/// The bits of a snowflake below its time.
const TIME_SHIFT: u32 = 22;

/// The id of a user, guild, channel, role, message, command or interaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Snowflake(pub u64);

impl Snowflake {
    /// Parses an id in a path or JSON string: decimal digits without a sign.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok().map(Self)).flatten()
    }

    /// Parses an id in JSON; Discord accepts a string or a number.
    pub fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Self::parse(text),
            Value::Number(number) => number.as_u64().map(Self),
            _ => None,
        }
    }

    /// The creation time in Unix milliseconds.
    pub fn unix_ms(self) -> u64 {
        (self.0 >> TIME_SHIFT) + DISCORD_EPOCH_MS
    }

    /// The shard, of `count` shards, that serves the guild with this id
    /// (<https://discord.com/developers/docs/events/gateway#sharding-sharding-formula>).
    pub fn shard(self, count: u64) -> u64 {
        (self.0 >> TIME_SHIFT) % count.max(1)
    }
}

impl fmt::Display for Snowflake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Snowflake {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Creates ids and timestamps. Reads the wall clock once and then follows tokio's clock.
#[derive(Debug)]
pub(super) struct Clock {
    started: Instant,
    started_unix_ms: u64,
    last_id: u64,
}

impl Clock {
    pub(super) fn start() -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { started: Instant::now(), started_unix_ms: u64::try_from(unix.as_millis()).unwrap_or(0), last_id: 0 }
    }

    /// The current time in Unix milliseconds.
    pub(super) fn unix_ms(&self) -> u64 {
        self.started_unix_ms + u64::try_from(self.started.elapsed().as_millis()).unwrap_or(0)
    }

    /// Returns an id greater than all earlier ones.
    pub(super) fn next_id(&mut self) -> Snowflake {
        let now = self.unix_ms().saturating_sub(DISCORD_EPOCH_MS) << TIME_SHIFT;
        self.last_id = now.max(self.last_id + 1);
        Snowflake(self.last_id)
    }

    /// Returns an id with a time `ms` milliseconds ago, so that ids created together belong to different shards.
    pub(super) fn past_id(&self, ms: u64) -> Snowflake {
        Snowflake(self.unix_ms().saturating_sub(DISCORD_EPOCH_MS).saturating_sub(ms) << TIME_SHIFT)
    }
}

/// Formats Unix milliseconds like Discord: RFC 3339 in UTC.
pub(super) fn timestamp(unix_ms: u64) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(unix_ms) * 1_000_000)
        .ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_parse_as_discord_formats_them() {
        let table = [("0", Some(0)), ("81384788765712384", Some(81_384_788_765_712_384))];
        for (text, id) in table {
            assert_eq!(Snowflake::parse(text), id.map(Snowflake), "{text:?}");
        }
        for text in ["", "+1", "-1", "1 ", "@me", "18446744073709551616"] {
            assert_eq!(Snowflake::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn ids_increase_and_contain_their_time() {
        let mut clock = Clock::start();
        let ids: Vec<_> = (0..1000).map(|_| clock.next_id()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ids[0].unix_ms() >= clock.started_unix_ms);
        assert_eq!(timestamp(1_451_606_400_123), "2016-01-01T00:00:00.123Z");
    }
}
