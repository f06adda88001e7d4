//! Errors of the configuration and the token. They say what would be right, and never contain any part of a token.

use std::path::PathBuf;

/// An error of the configuration or the token.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("{}: expected a readable file, found: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: std::io::Error,
    },
    /// A file is too large to be a configuration or a token.
    #[error("{}: expected at most {max} bytes, found more", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The largest size, in bytes.
        max: u64,
    },
    /// The file is not valid TOML, or a value has the wrong type.
    #[error("{}: {error}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The parser's error, with the line.
        error: Box<toml::de::Error>,
    },
    /// A key does not exist.
    #[error("{}: unknown key `{key}`{}; config.example.toml has them all", path.display(), did_you_mean(*near))]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key with its table.
        key: String,
        /// A similar key that exists.
        near: Option<&'static str>,
    },
    /// A value is out of range.
    #[error("{}: {key}: expected {expected}, found {found}", path.display())]
    OutOfRange {
        /// The file.
        path: PathBuf,
        /// The key with its table.
        key: &'static str,
        /// The values that are allowed.
        expected: &'static str,
        /// The value in the file.
        found: String,
    },
    /// The table `[documents]` names a document that is not loaded.
    #[error(
        "documents: expected the names of loaded knowledge files without `.json` ({}), found `{name}`",
        known.join(", ")
    )]
    UnknownDocument {
        /// The name.
        name: String,
        /// The names of the loaded documents.
        known: Vec<String>,
    },
    /// Neither the variable nor the configuration provides a token.
    #[error("no Discord token: set the variable {variable}, or name a file with `discord.token_file` in the config")]
    NoToken {
        /// The variable that may contain one.
        variable: &'static str,
    },
    /// The text cannot be a token. The error does not contain it.
    #[error("{place}: expected a Discord bot token on one line, found {found}")]
    BadToken {
        /// The variable or file that it came from.
        place: String,
        /// A description of the problem.
        found: &'static str,
    },
}

/// The similar key as a question that ends the message.
fn did_you_mean(near: Option<&str>) -> String {
    near.map_or_else(String::new, |known| format!(", did you mean `{known}`?"))
}
