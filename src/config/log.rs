//! The table `[log]`: level and format of the log.
//! A filter is parsed strictly, because a typo in it would silence the log.

use serde::Deserialize;
use tracing_subscriber::filter::{LevelFilter, Targets};

/// The table `[log]`.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(default)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,footnote=debug`.
    pub level: Filter,
    /// The format of a line.
    pub format: LogFormat,
    /// Whether a question's log line contains its text.
    pub questions: bool,
}

impl Default for Log {
    fn default() -> Self {
        let level = Filter(Targets::new().with_default(LevelFilter::INFO));
        Self { level, format: LogFormat::Human, questions: false }
    }
}

/// The level of the log, for the whole program or for each part of it.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(try_from = "String")]
pub struct Filter(pub Targets);

impl TryFrom<String> for Filter {
    type Error = FilterError;

    fn try_from(text: String) -> Result<Self, FilterError> {
        let filter: String = text.split_whitespace().collect();
        // `Targets` reads a single word such as the typo `debgu` as a part of the program, so require a level or
        // `part=level`.
        let is_plain = |part: &str| part.contains('=') || part.parse::<LevelFilter>().is_ok();
        match filter.parse() {
            Ok(targets) if filter.split(',').all(is_plain) => Ok(Self(targets)),
            _ => Err(FilterError(text)),
        }
    }
}

/// The text is not a filter.
#[derive(Debug, thiserror::Error)]
#[error("expected error, warn, info, debug, trace, or a filter such as `info,footnote=debug`, found `{0}`")]
pub struct FilterError(String);

/// The format of a log line.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text for people.
    Human,
    /// One JSON object per line.
    Json,
}
