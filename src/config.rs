//! Settings: `config.toml`, the environment over it, and what is wrong with either, said so that it can be mended.
//! Every key with its default is in `config.example.toml`.

mod token;

use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};
use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::matching::Thresholds;
pub use token::{Token, open_to_others};

/// The file that is read when none is named; it may be missing.
pub const DEFAULT_PATH: &str = "config.toml";

/// The bot's token; over `discord.token_file`.
pub const TOKEN_VARIABLE: &str = "DISCORD_TOKEN";

/// Another REST base; over `discord.api_url`.
pub const API_URL_VARIABLE: &str = "FOOTNOTE_DISCORD_API_URL";

/// Largest configuration or token file that is read, in bytes: a hundred times what a real one has.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// How much of an unknown key must agree with a known one to be offered, from 0 to 1; below two thirds it is another word.
const NEAR_KEY: f64 = 0.65;

/// The whole configuration.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct Config {
    /// Knowledge files or folders; empty: `knowledge/`, else the copy built into the binary.
    pub knowledge: Vec<PathBuf>,
    /// The file that keeps what was learned from them over a restart; none: a start learns anew.
    pub learned_file: Option<PathBuf>,
    /// How sure the matcher must be.
    pub matching: Thresholds,
    /// How Discord is reached and where the bot speaks.
    pub discord: Discord,
    /// How often one may ask.
    pub limits: Limits,
    /// Who keeps the knowledge right, and where that is written down.
    pub moderation: Moderation,
    /// What is measured, and where it can be read.
    pub metrics: Metrics,
    /// What is logged and how.
    pub log: Log,
}

/// How Discord is reached and where the bot speaks.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct Discord {
    /// A file that holds the bot's token and nothing else.
    pub token_file: Option<PathBuf>,
    /// Another base of the REST API: a local server, or a proxy that shares rate limits between processes.
    pub api_url: Option<String>,
    /// Register the commands in this server only.
    pub guild: Option<Snowflake>,
    /// The shards of this process; none: as many as Discord recommends, all of them here.
    pub shards: Option<Shards>,
    /// Channels that are answered unasked.
    pub listen_channels: Vec<Snowflake>,
    /// A file that keeps over a restart up to where channels were dealt with.
    pub seen_file: Option<PathBuf>,
}

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

    fn is_possible(self) -> bool {
        let numbers = self.numbers();
        (1..=SHARDS_MAX).contains(&self.total) && !numbers.is_empty() && *numbers.end() < self.total
    }
}

/// How many questions are answered in ten seconds; 0 is no limit.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(default)]
pub struct Limits {
    /// Of one user.
    pub user_per_10s: u32,
    /// In one channel.
    pub channel_per_10s: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { user_per_10s: 5, channel_per_10s: 20 }
    }
}

/// Who keeps the knowledge right, and where that is written down.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(default)]
pub struct Moderation {
    /// The text that quotes are proved against in previews, if the operator has it.
    pub source: Option<PathBuf>,
    /// The database of history and unanswered questions; made if it is not there. Where it cannot be used, the bot answers and
    /// moderation is off.
    pub state: PathBuf,
    /// The only server in which moderators act; none: every server that the bot is in.
    pub guild: Option<Snowflake>,
    /// Roles whose members are moderators.
    pub roles: Vec<Snowflake>,
    /// Users who are moderators. Without any roles and users: whoever has Manage Server.
    pub users: Vec<Snowflake>,
    /// The channel that is told of each change.
    pub log_channel: Option<Snowflake>,
    /// How long an unanswered question is kept after it was last asked, in days; 0 keeps none.
    pub retention_days: u32,
    /// A labelled file of questions (JSON Lines, as `footnote eval` reads it) whose answers a preview compares.
    pub questions: Option<PathBuf>,
}

impl Moderation {
    /// Whether this leaves it to the server who moderates, and to the bot which server.
    #[must_use]
    pub fn names_nobody(&self) -> bool {
        self.guild.is_none() && self.roles.is_empty() && self.users.is_empty()
    }
}

impl Default for Moderation {
    fn default() -> Self {
        Self {
            source: None,
            state: "state.db".into(),
            guild: None,
            roles: Vec::new(),
            users: Vec::new(),
            log_channel: None,
            retention_days: 90,
            questions: None,
        }
    }
}

/// What is measured, and where it can be read.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct Metrics {
    /// Where `/metrics`, `/healthz` and `/readyz` are served; none: nowhere.
    pub listen: Option<SocketAddr>,
}

/// What is logged and how.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(default)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,footnote=debug`.
    pub level: Filter,
    /// For people or for programs.
    pub format: LogFormat,
    /// Whether the line of a question has its text.
    pub questions: bool,
}

impl Default for Log {
    fn default() -> Self {
        let level = Filter(Targets::new().with_default(LevelFilter::INFO));
        Self { level, format: LogFormat::Human, questions: false }
    }
}

/// From which level on something is logged, by the part of the program that says it.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(try_from = "String")]
pub struct Filter(pub Targets);

impl TryFrom<String> for Filter {
    type Error = NoFilter;

    fn try_from(text: String) -> Result<Self, NoFilter> {
        let filter: String = text.split_whitespace().collect();
        // A word alone would be taken for a part of the program of which all is logged, and `debgu` is none.
        let is_plain = |part: &str| part.contains('=') || part.parse::<LevelFilter>().is_ok();
        match filter.parse() {
            Ok(targets) if filter.split(',').all(is_plain) => Ok(Self(targets)),
            _ => Err(NoFilter(text)),
        }
    }
}

/// A text that is no filter.
#[derive(Debug, thiserror::Error)]
#[error("expected error, warn, info, debug, trace, or a filter such as `info,footnote=debug`, found `{0}`")]
pub struct NoFilter(String);

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

/// An id of Discord's. In the file as a string, or as a number, which TOML can hold.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Snowflake(pub NonZeroU64);

impl<'de> Deserialize<'de> for Snowflake {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(NonZeroU64),
            Text(String),
        }
        let refused = || serde::de::Error::custom("expected a Discord id: digits only, as \"Copy ID\" gives it");
        match Written::deserialize(deserializer).map_err(|_| refused())? {
            Written::Number(number) => Ok(Self(number)),
            Written::Text(text) => text.trim().parse().map(Self).map_err(|_| refused()),
        }
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that cannot be read.
    #[error("{}: expected a readable file, found: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// A file that is not a small file of UTF-8 text.
    #[error("{}: expected at most {FILE_BYTES_MAX} bytes, found more", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// TOML that is not a configuration.
    #[error("{}: {error}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What the parser says, with its line.
        error: Box<toml::de::Error>,
    },
    /// A key that does not exist.
    #[error("{}: unknown key `{key}`{}; config.example.toml has them all", path.display(), did_you_mean(key))]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key with its table.
        key: String,
    },
    /// A value out of its range.
    #[error("{}: {key}: expected {expected}, found {found}", path.display())]
    OutOfRange {
        /// The file.
        path: PathBuf,
        /// The key with its table.
        key: &'static str,
        /// What would be right.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// No token anywhere.
    #[error(
        "no Discord token: set the variable {TOKEN_VARIABLE}, or name a file with `discord.token_file` in the config"
    )]
    NoToken,
    /// A token that cannot be one. Never shows it.
    #[error("{place}: expected a Discord bot token on one line, found {found}")]
    BadToken {
        /// Where it came from.
        place: String,
        /// What is wrong with it, without its text.
        found: &'static str,
    },
}

/// Every key that a configuration may have, with its table.
const KEYS: [&str; 26] = [
    "knowledge",
    "learned_file",
    "matching.answer",
    "matching.suggest",
    "discord.token_file",
    "discord.api_url",
    "discord.guild",
    "discord.shards.total",
    "discord.shards.first",
    "discord.shards.last",
    "discord.listen_channels",
    "discord.seen_file",
    "limits.user_per_10s",
    "limits.channel_per_10s",
    "moderation.source",
    "moderation.state",
    "moderation.guild",
    "moderation.roles",
    "moderation.users",
    "moderation.log_channel",
    "moderation.retention_days",
    "moderation.questions",
    "metrics.listen",
    "log.level",
    "log.format",
    "log.questions",
];

/// The nearest known key, as the end of a sentence.
fn did_you_mean(key: &str) -> String {
    let similarity = |known: &&str| strsim::normalized_damerau_levenshtein(key, known);
    let tables = KEYS.into_iter().filter_map(|key| key.split_once('.')).map(|(table, _)| table);
    let nearest = KEYS.into_iter().chain(tables).max_by(|a, b| similarity(a).total_cmp(&similarity(b)));
    nearest
        .filter(|known| similarity(known) >= NEAR_KEY)
        .map_or_else(String::new, |known| format!(", did you mean `{known}`?"))
}

impl Config {
    /// Reads the file named, else [`DEFAULT_PATH`] if it is there, else the defaults.
    ///
    /// # Errors
    /// If a file that was named or found cannot be read, or is not a configuration.
    pub fn load(named: Option<&Path>) -> Result<Self, ConfigError> {
        match named {
            Some(path) => Self::parse(path, &read_small(path)?),
            None if Path::new(DEFAULT_PATH).exists() => Self::load(Some(Path::new(DEFAULT_PATH))),
            None => Ok(Self::default()),
        }
    }

    /// Reads a configuration's text; `path` is for the errors.
    ///
    /// # Errors
    /// If the text is not a configuration.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let malformed = |error| ConfigError::Malformed { path: path.into(), error: Box::new(error) };
        let mut unknown = None;
        let document = toml::Deserializer::parse(text).map_err(malformed)?;
        let config: Self = serde_ignored::deserialize(document, |key| {
            unknown.get_or_insert(key.to_string());
        })
        .map_err(malformed)?;
        match unknown {
            Some(key) => Err(ConfigError::UnknownKey { path: path.into(), key }),
            None => config.in_range(path),
        }
    }

    /// Refuses values that parse but mean nothing.
    fn in_range(self, path: &Path) -> Result<Self, ConfigError> {
        let Thresholds { answer, suggest } = self.matching;
        let refused =
            |key, expected, found: String| Err(ConfigError::OutOfRange { path: path.into(), key, expected, found });
        if !(0.0..=1.0).contains(&answer) {
            return refused("matching.answer", "a number from 0 to 1", answer.to_string());
        }
        if !(0.0..=answer).contains(&suggest) {
            return refused("matching.suggest", "a number from 0 to `matching.answer`", suggest.to_string());
        }
        if let Some(url) = self.discord.api_url.as_ref().filter(|url| !is_http(url)) {
            return refused("discord.api_url", "an address that begins with http:// or https://", url.clone());
        }
        if let Some(shards) = self.discord.shards.filter(|shards| !shards.is_possible()) {
            let expected = "a total from 1 to 16384, and first and last of these, counted from 0";
            let (first, last) = (*shards.numbers().start(), *shards.numbers().end());
            return refused("discord.shards", expected, format!("total {}, first {first}, last {last}", shards.total));
        }
        Ok(self)
    }

    /// Where the REST API is, if not at Discord's: [`API_URL_VARIABLE`], else `discord.api_url`.
    #[must_use]
    pub fn api_url(&self) -> Option<String> {
        let variable = std::env::var(API_URL_VARIABLE).ok().filter(|url| !url.is_empty());
        variable.or_else(|| self.discord.api_url.clone())
    }

    /// The file that the token is read from, if it is read from one.
    #[must_use]
    pub fn token_file(&self) -> Option<&Path> {
        self.discord.token_file.as_deref().filter(|_| token_variable().is_none())
    }

    /// The bot's token: [`TOKEN_VARIABLE`], else the content of `discord.token_file`.
    ///
    /// # Errors
    /// If there is none, or what there is cannot be a token. No error shows any of it.
    pub fn token(&self) -> Result<Token, ConfigError> {
        if let Some(text) = token_variable() {
            return Token::parse(&text, TOKEN_VARIABLE);
        }
        let path = self.token_file().ok_or(ConfigError::NoToken)?;
        Token::parse(&read_small(path)?, &path.display().to_string())
    }
}

/// What [`TOKEN_VARIABLE`] holds, if it holds anything.
fn token_variable() -> Option<String> {
    std::env::var(TOKEN_VARIABLE).ok().filter(|text| !text.trim().is_empty())
}

/// Whether an address can be asked over HTTP.
fn is_http(url: &str) -> bool {
    url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")).is_some_and(|rest| !rest.is_empty())
}

/// Reads a text file that has no reason to be large.
fn read_small(path: &Path) -> Result<String, ConfigError> {
    use std::io::Read;
    let unreadable = |error| ConfigError::Unreadable { path: path.into(), error };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(ConfigError::TooLarge { path: path.into() });
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
