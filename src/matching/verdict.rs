//! The verdict on a question: evidence determines a confidence, and the confidence determines an outcome.
//! [`decide`] is the only function that chooses an outcome. A *class* is an entry or a boundary.

use serde::{Deserialize, Serialize};

use crate::knowledge::{BoundaryKey, EntryKey};

/// The most entries that a verdict ranks. Part of the command line's JSON contract.
pub const RANKED_MAX: usize = 10;

/// The least confidence for each outcome. Below `suggest`, the outcome is `Unknown`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// The least confidence at which the best entry is the answer.
    pub answer: f32,
    /// The least confidence at which the best entries are suggested.
    pub suggest: f32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { answer: 0.5, suggest: 0.3 }
    }
}

impl Thresholds {
    /// The outcome at this confidence, if no boundary matches better.
    #[must_use]
    pub fn outcome(self, confidence: f32) -> Outcome {
        if confidence >= self.answer {
            Outcome::Answer
        } else if confidence >= self.suggest {
            Outcome::Suggest
        } else {
            Outcome::Unknown
        }
    }
}

/// The kind of response to a question.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Answer with the first ranked entry.
    Answer,
    /// Suggest the first two or three ranked entries.
    Suggest,
    /// Reply that the knowledge has no answer.
    Unknown,
}

/// An entry and its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The entry.
    pub entry: EntryKey,
    /// Higher is better. Usually between 0 and 1, but trained weights can raise it above 1.
    pub score: f32,
}

/// The matcher's result for a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The kind of response.
    pub outcome: Outcome,
    /// The estimated probability that the first ranked entry answers the question, from 0 to 1.
    pub confidence: f32,
    /// The best boundary, if it scores higher than every entry and its own confidence reaches [`Thresholds::answer`].
    /// If it scores higher but its confidence is lower, this is `None` and the outcome still `Unknown`: the reply must
    /// not claim that the question was about the boundary.
    pub boundary: Option<BoundaryKey>,
    /// At most [`RANKED_MAX`] entries, the best first.
    pub ranked: Vec<Candidate>,
}

/// Decides on a question. `ranked` are the entries that score above 0, best first; `entry` is the evidence for the
/// first of them, and `None` if there are none. `boundary` is the best boundary that scores above 0, with the evidence
/// for it.
pub(super) fn decide(
    thresholds: Thresholds,
    ranked: Vec<Candidate>,
    entry: Option<Evidence>,
    boundary: Option<(BoundaryKey, Evidence)>,
) -> Verdict {
    let confidence = entry.map_or(0.0, Evidence::confidence);
    let best_entry_score = entry.map_or(0.0, |evidence| evidence.score);
    let winner = boundary.filter(|(_, evidence)| evidence.score > best_entry_score);
    let outcome = if winner.is_some() { Outcome::Unknown } else { thresholds.outcome(confidence) };
    let is_sure = |evidence: Evidence| thresholds.outcome(evidence.confidence()) == Outcome::Answer;
    let boundary = winner.filter(|&(_, evidence)| is_sure(evidence)).map(|(key, _)| key);
    Verdict { outcome, confidence, boundary, ranked }
}

/// The observations about one class that determine the confidence in it. A word's *share* is the amount that it adds to
/// the score of the class.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence {
    /// The score of the class.
    pub score: f32,
    /// The part of the score that thesaurus groups (senses) add.
    pub sense_share: f32,
    /// The number of words of the question whose share is at least [`SUPPORTING_SHARE_MIN`].
    pub supporting_words: usize,
    /// The part of the squared length of the question's vector, from 0 to 1, that comes from unrelated words: words
    /// that are not common and whose share is less than [`UNRELATED_SHARE_MAX`].
    pub unrelated_share: f32,
    /// The score of the best boundary. `None` if no boundary scores above 0, or the class is a boundary itself.
    pub best_boundary: Option<f32>,
    /// The mean number of wordings of a class in the loaded knowledge; at least 1.
    pub wordings_per_class: f32,
    /// The similarity of the classes in the loaded knowledge, from 0 to 1: see `training::class_overlap`.
    pub class_overlap: f32,
}

/// The least share of a word that supports a class. Smaller shares are noise from letter n-grams and common words.
pub(super) const SUPPORTING_SHARE_MIN: f32 = 0.05;

/// A word with a smaller share is unrelated to the class. A word between this and [`SUPPORTING_SHARE_MIN`] counts as
/// neither supporting nor unrelated.
pub(super) const UNRELATED_SHARE_MAX: f32 = 0.01;

// The coefficients of the logistic model below were fitted by logistic regression of "the first entry is right" on
// public question sets (CLINC150, BANKING77) and on a curated file with boundaries, with 1 to 20 wordings per entry,
// with and without typos. They do not depend on the loaded knowledge. The lead over the second entry is deliberately
// not part of the model: it separates right from wrong entries, but makes answerable and unanswerable questions harder
// to separate.

/// The intercept of the log-odds.
const INTERCEPT: f32 = -2.65;

/// Log-odds per square root of the score. The root is used because a difference between low scores matters more than
/// the same difference between high ones.
const PER_ROOT_OF_SCORE: f32 = 9.48;

/// Log-odds per unit of score from thesaurus groups: words of similar meaning are weaker evidence than equal words.
const PER_SENSE_SHARE: f32 = -1.9;

/// Log-odds per supporting word, up to [`SUPPORTING_WORDS_MAX`]: several supporting words are stronger evidence than
/// one with the same total share.
const PER_SUPPORTING_WORD: f32 = 0.09;

/// The most supporting words that count.
const SUPPORTING_WORDS_MAX: usize = 4;

/// Log-odds per unit of [`Evidence::unrelated_share`]: unrelated words suggest that the question asks for something
/// else.
const PER_UNRELATED_SHARE: f32 = -1.47;

/// Log-odds per unit of score by which the class leads the best boundary.
const PER_LEAD: f32 = 14.67;

/// The largest lead that counts. A class has this lead if there is no boundary to compare it with.
const LEAD_MAX: f32 = 0.15;

/// Log-odds per natural logarithm of the wordings per class: the more wordings, the likelier one of them resembles a
/// question that means something else.
const PER_LOG_WORDINGS: f32 = -0.51;

/// Log-odds per unit of [`Evidence::class_overlap`].
const PER_CLASS_OVERLAP: f32 = -15.24;

/// A smaller class overlap is raised to this value, about the least among the files that the model was fitted to. A
/// small file of unrelated entries would otherwise raise the confidence beyond the fitted range.
const CLASS_OVERLAP_MIN: f32 = 0.23;

impl Evidence {
    /// The probability that the class is right, from 0 to 1, by a logistic model. Returns 0 if the score is not
    /// positive or a boundary scores higher.
    pub fn confidence(self) -> f32 {
        let lead = self.score - self.best_boundary.unwrap_or(f32::NEG_INFINITY);
        if self.score <= 0.0 || lead < 0.0 {
            return 0.0;
        }
        let log_odds = INTERCEPT
            + PER_ROOT_OF_SCORE * self.score.sqrt()
            + PER_SENSE_SHARE * self.sense_share
            + PER_SUPPORTING_WORD * self.supporting_words.min(SUPPORTING_WORDS_MAX) as f32
            + PER_UNRELATED_SHARE * self.unrelated_share
            + PER_LEAD * lead.min(LEAD_MAX)
            + PER_LOG_WORDINGS * self.wordings_per_class.max(1.0).ln()
            + PER_CLASS_OVERLAP * self.class_overlap.max(CLASS_OVERLAP_MIN);
        1.0 / (1.0 + (-log_odds).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPICAL: Evidence = Evidence {
        score: 0.4,
        sense_share: 0.1,
        supporting_words: 2,
        unrelated_share: 0.1,
        best_boundary: None,
        wordings_per_class: 10.0,
        class_overlap: 0.25,
    };

    #[test]
    fn each_observation_changes_confidence_in_its_direction() {
        for (higher, lower) in [
            (Evidence { score: 0.6, ..TYPICAL }, TYPICAL),
            (TYPICAL, Evidence { sense_share: 0.3, ..TYPICAL }),
            (Evidence { supporting_words: 3, ..TYPICAL }, TYPICAL),
            (TYPICAL, Evidence { unrelated_share: 0.3, ..TYPICAL }),
            (TYPICAL, Evidence { best_boundary: Some(0.35), ..TYPICAL }),
            (TYPICAL, Evidence { wordings_per_class: 20.0, ..TYPICAL }),
            (TYPICAL, Evidence { class_overlap: 0.3, ..TYPICAL }),
        ] {
            assert!(higher.confidence() > lower.confidence(), "{higher:?} {lower:?}");
        }
        let confidence = Evidence::confidence;
        assert_eq!(confidence(TYPICAL), confidence(Evidence { best_boundary: Some(0.1), ..TYPICAL }));
        let with_overlap = |class_overlap| confidence(Evidence { class_overlap, ..TYPICAL });
        assert_eq!(with_overlap(0.1), with_overlap(CLASS_OVERLAP_MIN));
        assert_eq!(confidence(Evidence { best_boundary: Some(0.5), ..TYPICAL }), 0.0);
        assert_eq!(confidence(Evidence { score: 0.0, ..TYPICAL }), 0.0);
    }

    #[test]
    fn the_best_class_and_its_confidence_decide_the_outcome() {
        let with_score = |score| Evidence { score, ..TYPICAL };
        let (weak, strong) = (with_score(0.3), with_score(0.6));
        let confident = Thresholds { answer: strong.confidence(), suggest: weak.confidence() };
        let key = BoundaryKey(0);
        for (entry, boundary, outcome, named) in [
            (None, None, Outcome::Unknown, None),
            (Some(strong), None, Outcome::Answer, None),
            (Some(weak), None, Outcome::Suggest, None),
            (Some(with_score(0.2)), None, Outcome::Unknown, None),
            (Some(strong), Some(weak), Outcome::Answer, None),
            (Some(weak), Some(strong), Outcome::Unknown, Some(key)),
            (None, Some(strong), Outcome::Unknown, Some(key)),
            (None, Some(weak), Outcome::Unknown, None),
        ] {
            let boundary = boundary.map(|evidence| (key, evidence));
            let verdict = decide(confident, Vec::new(), entry, boundary);
            assert_eq!((verdict.outcome, verdict.boundary), (outcome, named), "{entry:?} {boundary:?}");
        }
    }
}
