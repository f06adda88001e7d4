//! What can be wrong with a configuration or a token, said so that it can be mended.
//! No error shows any of a token.

use std::path::PathBuf;

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
    #[error("{}: expected at most {max} bytes, found more", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// How many bytes it may have.
        max: u64,
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
    #[error("{}: unknown key `{key}`{}; config.example.toml has them all", path.display(), did_you_mean(*near))]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key with its table.
        key: String,
        /// A key that there is, and that may be meant.
        near: Option<&'static str>,
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
    #[error("no Discord token: set the variable {variable}, or name a file with `discord.token_file` in the config")]
    NoToken {
        /// The variable that may hold one.
        variable: &'static str,
    },
    /// A token that cannot be one. Never shows it.
    #[error("{place}: expected a Discord bot token on one line, found {found}")]
    BadToken {
        /// Where it came from.
        place: String,
        /// What is wrong with it, without its text.
        found: &'static str,
    },
}

/// The nearest known key, as the end of a sentence.
fn did_you_mean(near: Option<&str>) -> String {
    near.map_or_else(String::new, |known| format!(", did you mean `{known}`?"))
}
