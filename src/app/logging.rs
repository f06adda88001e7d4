//! Sets up the log on standard error, as configured in the table `[log]`.

use std::io::IsTerminal as _;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Filter, Log, LogFormat};

/// Libraries whose messages below `warn` concern only their authors. `log.level` can still name them.
const LIBRARIES: [&str; 5] = ["reqwest", "hyper", "hyper_util", "rustls", "tungstenite"];

/// Libraries that log requests with interaction tokens below these levels. `log.level` cannot lower them.
const TOKENS_LOGGED_BELOW: [(&str, LevelFilter); 1] = [("serenity", LevelFilter::ERROR)];

/// Sends the log to standard error, in colour if that is a terminal.
pub fn init(settings: &Log) {
    let Filter(filter) = &settings.level;
    let libraries = LIBRARIES.into_iter().map(|library| (library, LevelFilter::WARN));
    // A filter that names only parts of the program leaves the rest at the default.
    let default = filter.default_level().unwrap_or(LevelFilter::INFO);
    let filter = Targets::new().with_default(default).with_targets(libraries).with_targets(filter.iter());
    let without_tokens = Targets::new().with_default(LevelFilter::TRACE).with_targets(TOKENS_LOGGED_BELOW);
    let log = tracing_subscriber::registry().with(filter).with(without_tokens);
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(false);
    match settings.format {
        LogFormat::Human => log.with(lines.with_ansi(std::io::stderr().is_terminal())).init(),
        LogFormat::Json => log.with(lines.json()).init(),
    }
}
