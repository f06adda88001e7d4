//! What is logged and how: the table `[log]`.
//! A filter is read strictly, since a slip in it would silence the log.

use serde::Deserialize;
use tracing_subscriber::filter::{LevelFilter, Targets};

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
