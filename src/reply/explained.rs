//! Why an answer is what it is: what each word of the question adds to the scores of the best entries.
//! A boundary that did better than every entry is explained first.

use serde::Serialize;

use super::{Library, SUGGESTED_MAX};
use crate::matching::{Outcome, Thresholds, Verdict, WordShare};

/// The explanation of one verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explained<'a> {
    /// What was decided.
    pub outcome: Outcome,
    /// How sure the matcher is that the best entry answers the question, from 0 to 1.
    pub confidence: f32,
    /// From which confidence on it answers, and from which it suggests.
    pub thresholds: Thresholds,
    /// The boundary that did better than every entry.
    pub boundary: Option<Weighed<'a>>,
    /// The first of `ranked`, as many as are ever suggested.
    pub entries: Vec<Weighed<'a>>,
}

/// What the words of a question say for one entry or boundary.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Weighed<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its question.
    pub question: &'a str,
    /// The words in the question's order, the same for each. Their shares add up to the score.
    pub words: Vec<WordShare>,
}

impl Weighed<'_> {
    /// How well it fits the question; higher is better.
    #[must_use]
    pub fn score(&self) -> f32 {
        self.words.iter().map(|word| word.share).sum()
    }
}

impl Library {
    /// Explains the verdict of this library's matcher on a question.
    #[must_use]
    pub fn explain(&self, question: &str, verdict: &Verdict) -> Explained<'_> {
        let (knowledge, matcher) = (self.knowledge(), self.matcher());
        let boundary = verdict.boundary.map(|key| {
            let boundary = knowledge.boundary(key);
            let words = matcher.explain_boundary(question, key);
            Weighed { id: &boundary.id, question: &boundary.question, words }
        });
        let entries = verdict.ranked.iter().take(SUGGESTED_MAX).map(|candidate| {
            let entry = knowledge.entry(candidate.entry);
            let words = matcher.explain(question, candidate.entry);
            Weighed { id: &entry.id, question: &entry.question, words }
        });
        Explained {
            outcome: verdict.outcome,
            confidence: verdict.confidence,
            thresholds: matcher.thresholds(),
            boundary,
            entries: entries.collect(),
        }
    }
}
