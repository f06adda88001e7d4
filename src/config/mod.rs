//! Settings: `config.toml`, the environment over it, and what is wrong with either, said so that it can be mended.
//! Every key with its default is in `config.example.toml`.

mod error;
mod log;
mod shards;
mod token;

use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};

use crate::matching::Thresholds;
pub use error::ConfigError;
pub use log::{Filter, Log, LogFormat, NoFilter};
pub use shards::{SHARDS_MAX, Shards};
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
    pub guild: Option<DiscordId>,
    /// The shards of this process; none: as many as Discord recommends, all of them here.
    pub shards: Option<Shards>,
    /// Channels that are answered unasked.
    pub listen_channels: Vec<DiscordId>,
    /// A file that keeps over a restart up to where channels were dealt with.
    pub seen_file: Option<PathBuf>,
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
    pub guild: Option<DiscordId>,
    /// Roles whose members are moderators.
    pub roles: Vec<DiscordId>,
    /// Users who are moderators. Without any roles and users: whoever has Manage Server.
    pub users: Vec<DiscordId>,
    /// The channel that is told of each change.
    pub log_channel: Option<DiscordId>,
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

/// An id of Discord's. In the file as a string, or as a number, which TOML can hold.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct DiscordId(pub NonZeroU64);

impl<'de> Deserialize<'de> for DiscordId {
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

/// The key that is most like one that there is not, if it is like enough to be meant.
fn nearest(key: &str) -> Option<&'static str> {
    let similarity = |known: &&str| strsim::normalized_damerau_levenshtein(key, known);
    let tables = KEYS.into_iter().filter_map(|key| key.split_once('.')).map(|(table, _)| table);
    let nearest = KEYS.into_iter().chain(tables).max_by(|a, b| similarity(a).total_cmp(&similarity(b)));
    nearest.filter(|known| similarity(known) >= NEAR_KEY)
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
            Some(key) => Err(ConfigError::UnknownKey { path: path.into(), near: nearest(&key), key }),
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
        let path = self.token_file().ok_or(ConfigError::NoToken { variable: TOKEN_VARIABLE })?;
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
        return Err(ConfigError::TooLarge { path: path.into(), max: FILE_BYTES_MAX });
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
