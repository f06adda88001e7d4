//! Explains a verdict: its reason, the boundary that competes, the words that the file does not know, the wordings that
//! resemble the question, and how much each word of the question adds to the scores of the best entries and of the
//! boundary that matched.

use serde::Serialize;

use super::expected_entry::ExpectedEntry;
use super::reply::SUGGESTED_MAX;
use super::score_breakdown::ScoreBreakdown;
use crate::knowledge::Knowledge;
use crate::matching::{Language, Matcher, Outcome, Reason, Thresholds, Verdict};

/// The explanation of one verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation<'a> {
    /// The outcome of the verdict.
    pub outcome: Outcome,
    /// The reason for it.
    pub reason: Reason,
    /// The reason in words.
    pub reason_text: &'static str,
    /// The ISO 639-1 code of the question's language, if no wording is in that language.
    pub language: Option<&'static str>,
    /// The probability that the best entry answers the question, as the matcher estimates it, from 0 to 1.
    pub confidence: f32,
    /// The lowest confidence that answers and the lowest that suggests.
    pub thresholds: Thresholds,
    /// The content words that no text of the file contains.
    pub unknown_words: Vec<String>,
    /// The best boundary that competes with the best entry.
    pub rival: Option<RivalExplanation<'a>>,
    /// The boundary, if the reply names it.
    pub boundary: Option<ScoreBreakdown<'a>>,
    /// The best entries, at most as many as a reply suggests.
    pub entries: Vec<ScoreBreakdown<'a>>,
    /// The entry that somebody expected as the answer, if they named one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<ExpectedEntry<'a>>,
}

/// The boundary that competes with the best entry.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RivalExplanation<'a> {
    /// The id of the boundary.
    pub id: &'a str,
    /// Its question.
    pub question: &'a str,
    /// Its score.
    pub score: f32,
    /// The score of the best entry of the boundary's document minus that of the boundary; negative if the boundary is
    /// better.
    pub lead: f32,
    /// The probability that the question asks for what the boundary describes, as the matcher estimates it; 0 if the
    /// entry leads clearly.
    pub confidence: f32,
}

impl<'a> Explanation<'a> {
    /// Explains the verdict of a matcher, which was built from this knowledge, on a question.
    pub(super) fn new(knowledge: &'a Knowledge, matcher: &Matcher, question: &str, verdict: &Verdict) -> Self {
        let question = verdict.decided_text.as_deref().unwrap_or(question);
        let boundary = verdict.boundary.map(|key| ScoreBreakdown::of_boundary(knowledge, matcher, question, key));
        let entries = verdict.ranked.iter().take(SUGGESTED_MAX);
        let entries = entries.map(|candidate| ScoreBreakdown::of_entry(knowledge, matcher, question, candidate.entry));
        let rival = verdict.rival.map(|rival| {
            let boundary = knowledge.boundary(rival.boundary);
            RivalExplanation {
                id: &boundary.id,
                question: &boundary.question,
                score: ScoreBreakdown::of_boundary(knowledge, matcher, question, rival.boundary).score(),
                lead: rival.lead,
                confidence: rival.confidence,
            }
        });
        Self {
            outcome: verdict.outcome,
            reason: verdict.reason,
            reason_text: verdict.reason.description(),
            language: verdict.language.map(Language::code),
            confidence: verdict.confidence,
            thresholds: matcher.thresholds(),
            unknown_words: matcher.unknown_words(question),
            rival,
            boundary,
            entries: entries.collect(),
            expected: None,
        }
    }
}
