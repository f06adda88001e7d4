//! From a question's text to ranked entries and a verdict: answer, suggest or unknown.
//! The rest of the house knows [`Matcher`] and [`Verdict`] and nothing of how they are reached.

use serde::{Deserialize, Serialize};

use crate::knowledge::{BoundaryKey, EntryKey, Knowledge};

/// How many entries a verdict ranks at most; the command line's contract.
pub const RANKED_MAX: usize = 10;

/// The least confidence for each outcome; below `suggest` a question is unknown.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// From here on the best entry is the answer.
    pub answer: f32,
    /// From here on the best entries are suggested.
    pub suggest: f32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { answer: 0.55, suggest: 0.3 }
    }
}

/// What should be done with a question.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The first of `ranked` is the answer.
    Answer,
    /// The first two or three of `ranked` could be meant.
    Suggest,
    /// The text does not answer it, as far as the knowledge goes.
    Unknown,
}

/// An entry and how well it fits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The entry.
    pub entry: EntryKey,
    /// From 0 to 1, higher is better; falling in `ranked`.
    pub score: f32,
}

/// What the matcher makes of a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// What should be done.
    pub outcome: Outcome,
    /// How sure it is that the first of `ranked` answers the question, from 0 to 1.
    pub confidence: f32,
    /// The boundary that the question matches, if one does better than every entry.
    pub boundary: Option<BoundaryKey>,
    /// At most [`RANKED_MAX`] entries, the best first.
    pub ranked: Vec<Candidate>,
}

/// An index over all wordings of a [`Knowledge`]; asks in time that depends on the question, not on the file.
#[derive(Debug)]
pub struct Matcher {
    thresholds: Thresholds,
}

impl Matcher {
    /// Makes the index, with the default thresholds.
    #[must_use]
    pub fn new(_knowledge: &Knowledge) -> Self {
        Self { thresholds: Thresholds::default() }
    }

    /// The same index with other thresholds.
    #[must_use]
    pub fn with_thresholds(mut self, thresholds: Thresholds) -> Self {
        self.thresholds = thresholds;
        self
    }

    /// Finds what was meant. Takes any text; what is beyond its bound is not read.
    #[must_use]
    pub fn ask(&self, _question: &str) -> Verdict {
        Verdict { outcome: Outcome::Unknown, confidence: 0.0, boundary: None, ranked: Vec::new() }
    }

    /// The entries nearest to a question that is still being typed, the best first; before a letter is typed, none.
    #[must_use]
    pub fn complete(&self, _typed: &str, _limit: usize) -> Vec<EntryKey> {
        Vec::new()
    }
}
