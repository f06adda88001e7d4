//! Labelled questions, read from a file of JSON lines.
//! A label names the paragraphs that answer a question; none, if the text does not answer it.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;

use super::error::EvalError;
use crate::knowledge::{Citation, Entry};

/// A labelled question; other fields are somebody's notes.
#[derive(Debug, Deserialize)]
pub(super) struct Labelled {
    /// The question.
    pub q: String,
    /// What sort of question it is; figures are told for each.
    #[serde(default)]
    pub kind: String,
    /// The paragraphs that answer it.
    pub gold: Vec<Citation>,
}

impl Labelled {
    /// Whether an entry cites a paragraph that the label names.
    pub fn is_answered_by(&self, entry: &Entry) -> bool {
        entry.citations.iter().any(|citation| {
            self.gold.iter().any(|label| {
                label.section == citation.section
                    && label.paragraphs.iter().any(|number| citation.paragraphs.contains(number))
            })
        })
    }
}

/// Reads a file's questions, at least one; blank lines are passed over.
///
/// # Errors
///
/// When the file cannot be read, has a line that is no labelled question, or has none.
pub(super) fn read(path: &Path) -> Result<Vec<Labelled>, EvalError> {
    let unreadable = |error| EvalError::Unreadable { path: path.to_owned(), error };
    let mut questions = Vec::new();
    for (number, line) in BufReader::new(File::open(path).map_err(unreadable)?).lines().enumerate() {
        let line = line.map_err(unreadable)?;
        if line.trim().is_empty() {
            continue;
        }
        let malformed = |error| EvalError::Malformed { path: path.to_owned(), line: number + 1, error };
        questions.push(serde_json::from_str(&line).map_err(malformed)?);
    }
    if questions.is_empty() {
        return Err(EvalError::Empty { path: path.to_owned() });
    }
    Ok(questions)
}
