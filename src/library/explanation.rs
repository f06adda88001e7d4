//! Explains a verdict: how much each word of the question adds to the scores of the best entries,
//! and to the score of the boundary that matched, if one did.

use serde::Serialize;

use super::reply::SUGGESTED_MAX;
use crate::knowledge::Knowledge;
use crate::matching::{Matcher, Outcome, Thresholds, Verdict, WordShare};

/// The explanation of one verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation<'a> {
    /// The outcome of the verdict.
    pub outcome: Outcome,
    /// The probability that the best entry answers the question, as the matcher estimates it, from 0 to 1.
    pub confidence: f32,
    /// The lowest confidence that answers and the lowest that suggests.
    pub thresholds: Thresholds,
    /// The boundary, if it scored higher than every entry.
    pub boundary: Option<ScoreBreakdown<'a>>,
    /// The best entries, at most as many as a reply suggests.
    pub entries: Vec<ScoreBreakdown<'a>>,
}

/// The shares of the words of a question in the score of one entry or boundary.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreBreakdown<'a> {
    /// The id of the entry or boundary.
    pub id: &'a str,
    /// Its question.
    pub question: &'a str,
    /// The words in the question's order, the same for every entry. Their shares add up to the score.
    pub words: Vec<WordShare>,
}

impl ScoreBreakdown<'_> {
    /// The score; a higher score is a better match.
    #[must_use]
    pub fn score(&self) -> f32 {
        self.words.iter().map(|word| word.share).sum()
    }
}

impl<'a> Explanation<'a> {
    /// Explains the verdict of a matcher, which was built from this knowledge, on a question.
    pub(super) fn new(knowledge: &'a Knowledge, matcher: &Matcher, question: &str, verdict: &Verdict) -> Self {
        let boundary = verdict.boundary.map(|key| {
            let boundary = knowledge.boundary(key);
            let words = matcher.explain_boundary(question, key);
            ScoreBreakdown { id: &boundary.id, question: &boundary.question, words }
        });
        let entries = verdict.ranked.iter().take(SUGGESTED_MAX).map(|candidate| {
            let entry = knowledge.entry(candidate.entry);
            let words = matcher.explain(question, candidate.entry);
            ScoreBreakdown { id: &entry.id, question: &entry.question, words }
        });
        Self {
            outcome: verdict.outcome,
            confidence: verdict.confidence,
            thresholds: matcher.thresholds(),
            boundary,
            entries: entries.collect(),
        }
    }
}
