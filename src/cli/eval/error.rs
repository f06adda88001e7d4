//! Why questions cannot be measured.
//! Each variant names the file and what was expected of it.

use std::io;
use std::path::PathBuf;

/// Why questions cannot be measured.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum EvalError {
    #[error("{}: expected a readable file, found: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("{}:{line}: expected a labelled question, found: {error}", path.display())]
    Malformed { path: PathBuf, line: usize, error: serde_json::Error },
    #[error("{}: expected at least one question, found none", path.display())]
    Empty { path: PathBuf },
    #[error("{}: expected a file that can be written, found: {error}", path.display())]
    Unwritable { path: PathBuf, error: io::Error },
}
