//! Settings from `config.toml` and from environment variables, which take precedence. Errors name the expected value.
//! `config.example.toml` lists every key with its default.

mod error;
mod log;
mod shards;
mod token;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};

use crate::matching::Thresholds;
pub use error::ConfigError;
pub use log::{Filter, FilterError, Log, LogFormat};
pub use shards::{SHARDS_MAX, Shards};
pub use token::{Token, open_to_others};

/// The file that is read if the command line names none. It may be missing.
pub const DEFAULT_PATH: &str = "config.toml";

/// The environment variable with the bot's token. It takes precedence over `discord.token_file`.
pub const TOKEN_VARIABLE: &str = "DISCORD_TOKEN";

/// The environment variable with the base URL of the REST API. It takes precedence over `discord.api_url`.
pub const API_URL_VARIABLE: &str = "FOOTNOTE_DISCORD_API_URL";

/// The largest configuration or token file that is read, in bytes: a hundred times the size of a real one.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The least similarity of an unknown key to a known one for a "did you mean", from 0 to 1. Less similar keys are
/// usually different words.
const SIMILAR_KEY: f64 = 0.65;

/// The whole configuration.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct Config {
    /// Knowledge files or folders. If empty, the bot uses the folder `knowledge/` or, if that does not exist, the
    /// knowledge built into the program.
    pub knowledge: Vec<PathBuf>,
    /// The file of the weight cache. Without it, each start learns the weights again.
    pub learned_file: Option<PathBuf>,
    /// The least confidence for an answer and for suggestions.
    pub matching: Thresholds,
    /// The table `[documents]`: the names of the documents that answer in a channel or a server, by its id. Elsewhere all
    /// documents answer. A document's name is that of its file without `.json`.
    pub documents: BTreeMap<DiscordId, Vec<String>>,
    /// The connection to Discord, and the channels to answer in unasked.
    pub discord: Discord,
    /// Limits on questions.
    pub limits: Limits,
    /// Moderators of the knowledge, and its database.
    pub moderation: Moderation,
    /// The address at which metrics are served.
    pub metrics: Metrics,
    /// The log.
    pub log: Log,
}

/// The table `[discord]`: the connection to Discord, and the channels to answer in unasked.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct Discord {
    /// A file that contains only the bot's token.
    pub token_file: Option<PathBuf>,
    /// The base URL of the REST API, if not Discord's: a local server, or a proxy that shares rate limits between
    /// processes.
    pub api_url: Option<String>,
    /// The only server to register the commands in. `None` registers them everywhere.
    pub guild: Option<DiscordId>,
    /// The shards that this process runs. `None` to run all shards, in the number that Discord recommends.
    pub shards: Option<Shards>,
    /// Channels in which the bot answers unasked.
    pub listen_channels: Vec<DiscordId>,
    /// The file that stores the channel cursors: up to which message the questions of each channel are finished. After
    /// a restart, the bot catches up from there.
    pub seen_file: Option<PathBuf>,
}

/// The table `[limits]`: the most questions answered in ten seconds. 0 means no limit.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(default)]
pub struct Limits {
    /// Questions of one user.
    pub user_per_10s: u32,
    /// Questions in one channel.
    pub channel_per_10s: u32,
}

impl Default for Limits {
    /// Discord accepts 5 messages in 5 seconds in one channel. 9 answers and one notice in 10 seconds stay within that.
    fn default() -> Self {
        Self { user_per_10s: 5, channel_per_10s: 9 }
    }
}

/// The table `[moderation]`: moderators of the knowledge, and its database.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(default)]
pub struct Moderation {
    /// The source text, against which previews verify quotes.
    pub source: Option<PathBuf>,
    /// The database file with the history and the unanswered questions. It is created if missing. If it cannot be
    /// opened, the bot answers questions, but moderation is off.
    pub state: PathBuf,
    /// The only server in which moderators can act. `None` for every server that the bot is in.
    pub guild: Option<DiscordId>,
    /// Roles whose members are moderators.
    pub roles: Vec<DiscordId>,
    /// Users who are moderators. If there are neither roles nor users, members with *Manage Server* in [`Self::guild`]
    /// or, without one, in the home server are moderators: see [`Self::relies_on_home_server`].
    pub users: Vec<DiscordId>,
    /// The log channel, which gets a line for each change.
    pub log_channel: Option<DiscordId>,
    /// The number of days to retain an unanswered question after it was last asked. 0 retains no questions.
    pub retention_days: u32,
    /// A file of labelled questions, as `footnote eval` reads it. Previews compare the answers to them.
    pub questions: Option<PathBuf>,
}

impl Moderation {
    /// Whether neither a server nor roles nor users are configured. Then members with *Manage Server* in the home
    /// server, the only server that the bot is in, are moderators.
    #[must_use]
    pub fn relies_on_home_server(&self) -> bool {
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

/// The table `[metrics]`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct Metrics {
    /// The address of `/metrics`, `/healthz` and `/readyz`. `None` to serve no metrics.
    pub listen: Option<SocketAddr>,
}

/// A Discord id (a snowflake). The configuration file contains it as a string or as a number.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct DiscordId(pub NonZeroU64);

impl<'de> Deserialize<'de> for DiscordId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum NumberOrText {
            Number(NonZeroU64),
            Text(String),
        }
        let refused = || serde::de::Error::custom("expected a Discord id: digits only, as \"Copy ID\" gives it");
        match NumberOrText::deserialize(deserializer).map_err(|_| refused())? {
            NumberOrText::Number(number) => Ok(Self(number)),
            NumberOrText::Text(text) => text.trim().parse().map(Self).map_err(|_| refused()),
        }
    }
}

/// Every key of the configuration, with its table.
const KEYS: [&str; 27] = [
    "knowledge",
    "learned_file",
    "matching.answer",
    "matching.suggest",
    "documents",
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

/// The known key or table that is most similar to an unknown key. `None` if it is less similar than [`SIMILAR_KEY`].
fn nearest(key: &str) -> Option<&'static str> {
    let similarity = |known: &&str| strsim::normalized_damerau_levenshtein(key, known);
    let tables = KEYS.into_iter().filter_map(|key| key.split_once('.')).map(|(table, _)| table);
    let nearest = KEYS.into_iter().chain(tables).max_by(|a, b| similarity(a).total_cmp(&similarity(b)));
    nearest.filter(|known| similarity(known) >= SIMILAR_KEY)
}

impl Config {
    /// Reads the file `named` on the command line. Without one, reads [`DEFAULT_PATH`] or, if that does not exist,
    /// returns the defaults.
    ///
    /// # Errors
    /// If the file cannot be read or is not a valid configuration.
    pub fn load(named: Option<&Path>) -> Result<Self, ConfigError> {
        match named {
            Some(path) => Self::parse(path, &read_small(path)?),
            None if Path::new(DEFAULT_PATH).exists() => Self::load(Some(Path::new(DEFAULT_PATH))),
            None => Ok(Self::default()),
        }
    }

    /// Parses the text of a configuration. `path` appears in errors.
    ///
    /// # Errors
    /// If the text is not a valid configuration.
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
            None => config.check_ranges(path),
        }
    }

    /// Checks the ranges of values.
    fn check_ranges(self, path: &Path) -> Result<Self, ConfigError> {
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
        for (DiscordId(id), names) in &self.documents {
            if names.is_empty() || names.iter().any(|name| name.trim().is_empty() || name.ends_with(".json")) {
                let expected = "the names of one or more knowledge files, without `.json`";
                return refused("documents", expected, format!("{names:?} for {id}"));
            }
        }
        Ok(self)
    }

    /// The names of all documents in [`Self::documents`], sorted, without duplicates.
    #[must_use]
    pub fn document_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.documents.values().flatten().cloned().collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The base URL of the REST API from [`API_URL_VARIABLE`], else from `discord.api_url`. `None` for Discord's own.
    #[must_use]
    pub fn api_url(&self) -> Option<String> {
        let variable = std::env::var(API_URL_VARIABLE).ok().filter(|url| !url.is_empty());
        variable.or_else(|| self.discord.api_url.clone())
    }

    /// The file to read the token from. `None` if none is configured or [`TOKEN_VARIABLE`] is set.
    #[must_use]
    pub fn token_file(&self) -> Option<&Path> {
        self.discord.token_file.as_deref().filter(|_| token_variable().is_none())
    }

    /// The bot's token from [`TOKEN_VARIABLE`], else from `discord.token_file`.
    ///
    /// # Errors
    /// If the token is missing or malformed. Errors do not contain any part of it.
    pub fn token(&self) -> Result<Token, ConfigError> {
        if let Some(text) = token_variable() {
            return Token::parse(&text, TOKEN_VARIABLE);
        }
        let path = self.token_file().ok_or(ConfigError::NoToken { variable: TOKEN_VARIABLE })?;
        Token::parse(&read_small(path)?, &path.display().to_string())
    }
}

/// The content of [`TOKEN_VARIABLE`], unless it is unset or blank.
fn token_variable() -> Option<String> {
    std::env::var(TOKEN_VARIABLE).ok().filter(|text| !text.trim().is_empty())
}

/// Whether an address begins with `http://` or `https://`.
fn is_http(url: &str) -> bool {
    url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")).is_some_and(|rest| !rest.is_empty())
}

/// Reads a text file of at most [`FILE_BYTES_MAX`] bytes.
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
