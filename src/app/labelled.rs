//! Labelled questions, read from a file of JSON lines. A label names the paragraphs that answer the question.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::knowledge::{Citation, Entry};

/// A question with its label. Other fields of the file are ignored.
#[derive(Debug, Deserialize)]
pub struct LabelledQuestion {
    /// The question.
    pub q: String,
    /// The kind of question; `footnote eval` counts each kind separately.
    #[serde(default)]
    pub kind: String,
    /// The paragraphs that answer it. Empty if the text does not answer it.
    pub gold: Vec<Citation>,
}

impl LabelledQuestion {
    /// Whether an entry cites a paragraph that the label names.
    #[must_use]
    pub fn is_answered_by(&self, entry: &Entry) -> bool {
        entry.citations.iter().any(|citation| {
            self.gold.iter().any(|label| {
                label.section == citation.section
                    && label.paragraphs.iter().any(|number| citation.paragraphs.contains(number))
            })
        })
    }
}

/// An error in a file of labelled questions.
#[derive(Debug, thiserror::Error)]
pub enum LabelledError {
    /// The file cannot be read.
    #[error("{}: expected a readable file, found: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// A line is not a labelled question.
    #[error("{}:{line}: expected a labelled question, found: {error}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The parser's error.
        error: serde_json::Error,
    },
    /// The file has no questions.
    #[error("{}: expected at least one question, found none", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// Reads the questions of a file, at least one. Blank lines are skipped.
///
/// # Errors
/// If the file cannot be read, has a line that is not a labelled question, or has no questions.
pub fn read(path: &Path) -> Result<Vec<LabelledQuestion>, LabelledError> {
    let unreadable = |error| LabelledError::Unreadable { path: path.to_owned(), error };
    let mut questions = Vec::new();
    for (number, line) in BufReader::new(File::open(path).map_err(unreadable)?).lines().enumerate() {
        let line = line.map_err(unreadable)?;
        if line.trim().is_empty() {
            continue;
        }
        let malformed = |error| LabelledError::Malformed { path: path.to_owned(), line: number + 1, error };
        questions.push(serde_json::from_str(&line).map_err(malformed)?);
    }
    if questions.is_empty() {
        return Err(LabelledError::Empty { path: path.to_owned() });
    }
    Ok(questions)
}
