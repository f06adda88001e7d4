//! The verdict on a question: from evidence to an outcome, with the reason as data.
//! [`decide`] is the only function that chooses an outcome.

use serde::{Deserialize, Serialize};

use super::language::Language;
use crate::knowledge::{BoundaryKey, EntryKey, SmallTalkKey};

/// The most entries that a verdict ranks. Part of the command line's JSON contract.
pub const RANKED_MAX: usize = 10;

/// A boundary whose score comes this close to the score of an entry may be the better reading of the question, so the
/// entry is suggested instead of answered. One more word in a question changes a score by about 0.1.
pub(super) const NEAR_TIE: f32 = 0.05;

/// A boundary whose score is higher than that of the entry by this much is clearly better and refuses the question.
const CLEAR_LEAD: f32 = 0.1;

/// An entry is plausible if its score is at least this share of the best one. Entries further below share a common word
/// with the question.
const PLAUSIBLE_SHARE: f32 = 0.6;

/// The least confidence in the best entry at which it is plausible without a boundary next to it.
const PLAUSIBLE_CONFIDENCE: f32 = 0.05;

/// The least confidence in an entry that contains the bare topic that the question consists of: see
/// `classifier::BARE_TOPICALITY_MIN`.
const TOPIC_CONFIDENCE: f32 = 0.9;

/// The least confidence in an entry that has the question as a wording. Not 1, so that an answer threshold of 1 still
/// answers nothing.
const WORDING_CONFIDENCE: f32 = 0.99;

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

/// The kind of response to a question.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Answer with the first ranked entry.
    Answer,
    /// Suggest the first two or three ranked entries.
    Suggest,
    /// Reply that the knowledge has no answer.
    Unknown,
    /// Reply to small talk.
    SmallTalk,
}

/// The reason for an outcome.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Answer: the question is a bare name or topic that the entry is about.
    Topic,
    /// Answer: the question is a wording of the entry.
    Wording,
    /// Answer: the confidence reaches [`Thresholds::answer`].
    Confident,
    /// Suggest: the confidence reaches only [`Thresholds::suggest`].
    Unsure,
    /// Suggest: a boundary matches about as well as the best entry.
    NearTie,
    /// Unknown: a boundary matches clearly better than every entry.
    Boundary,
    /// Unknown: words that the file does not know carry the question.
    UnknownWords,
    /// Unknown: the confidence is below [`Thresholds::suggest`].
    Unlikely,
    /// Unknown: the question has no content word, so it cannot be understood without its context.
    NoContent,
    /// Unknown: no wording of the file is in the language of the question.
    OtherLanguage,
    /// Answer or suggest: the question follows an answer, and was read in the context of its entry.
    Context,
    /// Small talk: the message consists of phrases of small talk.
    SmallTalk,
}

impl Reason {
    /// Whether the thresholds decide: some answer threshold would answer the question, and some would not.
    #[must_use]
    pub fn depends_on_confidence(self) -> bool {
        matches!(
            self,
            Self::Topic | Self::Wording | Self::Confident | Self::Unsure | Self::UnknownWords | Self::Unlikely
        )
    }

    /// The reason in words, for moderators and operators.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Topic => "the question is a name or topic that the entry is about",
            Self::Wording => "the question is a wording of the entry",
            Self::Confident => "the confidence reaches the answer threshold",
            Self::Unsure => "the confidence reaches only the suggest threshold",
            Self::NearTie => "a boundary matches about as well as the best entry",
            Self::Boundary => "a boundary matches better than every entry",
            Self::UnknownWords => "words that the file does not know carry the question",
            Self::Unlikely => "the confidence is below the suggest threshold",
            Self::NoContent => "no word of the question has a topic",
            Self::OtherLanguage => "no wording is in the language of the question",
            Self::Context => "the question follows an answer",
            Self::SmallTalk => "the message is small talk",
        }
    }
}

/// An entry and its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The entry.
    pub entry: EntryKey,
    /// Higher is better. Usually between 0 and 1, but trained weights can raise it above 1.
    pub score: f32,
}

/// A boundary that competes with the best entry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rival {
    /// The boundary.
    pub boundary: BoundaryKey,
    /// The score of the best entry minus that of the boundary.
    pub lead: f32,
    /// The confidence model, which is fitted to entries, applied to the boundary: from 0 to 1; 0 if the entry leads so
    /// clearly that it does not matter.
    pub confidence: f32,
}

/// The matcher's result for a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The kind of response.
    pub outcome: Outcome,
    /// The reason for it.
    pub reason: Reason,
    /// The estimated probability that the first ranked entry answers the question, from 0 to 1.
    pub confidence: f32,
    /// The best boundary that competes with the best entry, if any scores above 0.
    pub rival: Option<Rival>,
    /// The boundary to name in the reply: one that has the question as a wording, or the rival, if it matches about as
    /// well as the best entry or better and its own confidence reaches [`Thresholds::answer`].
    pub boundary: Option<BoundaryKey>,
    /// The small talk to reply to, if the outcome is [`Outcome::SmallTalk`].
    pub small_talk: Option<SmallTalkKey>,
    /// The language of the question, if the reason is [`Reason::OtherLanguage`].
    pub language: Option<Language>,
    /// The number of ranked entries that are near enough to offer instead of an answer.
    pub plausible: usize,
    /// The text that was decided on, if it was not the whole message: one of its questions, or the message together with
    /// the context.
    pub decided_text: Option<String>,
    /// The entry that answers the second question of a message with two.
    pub second: Option<EntryKey>,
    /// At most [`RANKED_MAX`] entries, the best first. An entry that has the question as a wording or a topic is first
    /// whatever its score.
    pub ranked: Vec<Candidate>,
}

impl Verdict {
    /// A verdict without a rival, small talk or a second question.
    #[must_use]
    pub fn new(outcome: Outcome, reason: Reason, confidence: f32, ranked: Vec<Candidate>) -> Self {
        Self {
            outcome,
            reason,
            confidence,
            rival: None,
            boundary: None,
            small_talk: None,
            language: None,
            plausible: ranked.len(),
            decided_text: None,
            second: None,
            ranked,
        }
    }
}

/// Everything that the verdict on a question depends on.
#[derive(Clone, Debug)]
pub(super) struct QuestionEvidence {
    /// The entries that score above 0, the best first.
    pub ranked: Vec<Candidate>,
    /// The confidence in the first of them; 0 if there are none.
    pub confidence: f32,
    /// The best boundary that competes with it.
    pub rival: Option<Rival>,
    /// Whether the question has a content word.
    pub has_content: bool,
    /// Whether the question is a bare topic that the first ranked entry is about.
    pub is_topic: bool,
    /// Whether the question is a wording of the first entry.
    pub is_wording: bool,
    /// The boundary that has the question as a wording.
    pub boundary_with_wording: Option<BoundaryKey>,
    /// Whether words that the file does not know carry the question.
    pub is_foreign: bool,
    /// The small talk that the message consists of.
    pub small_talk: Option<SmallTalkKey>,
    /// The language of the question, if no wording is in that language.
    pub language: Option<Language>,
}

impl QuestionEvidence {
    /// The confidence in the first entry, raised if the question is a wording or a topic of it.
    pub fn certainty(&self) -> f32 {
        let least = match (self.is_wording, self.is_topic) {
            (true, _) => WORDING_CONFIDENCE,
            (false, true) => TOPIC_CONFIDENCE,
            (false, false) => 0.0,
        };
        self.confidence.max(least)
    }
}

/// Decides on a question.
pub(super) fn decide(thresholds: Thresholds, question_evidence: QuestionEvidence) -> Verdict {
    let mut confidence = question_evidence.certainty();
    let QuestionEvidence { ranked, rival, has_content, is_topic, is_wording, .. } = question_evidence;
    let QuestionEvidence { boundary_with_wording, is_foreign, small_talk, language, .. } = question_evidence;
    let near = rival.filter(|rival| rival.lead < NEAR_TIE);
    let named = near.filter(|rival| rival.confidence >= thresholds.answer);
    let is_refused = near.is_some_and(|rival| rival.lead <= -CLEAR_LEAD);
    let is_likely = !ranked.is_empty() && confidence >= thresholds.suggest;
    let is_sure = is_likely && confidence >= thresholds.answer;
    let (outcome, reason) = if small_talk.is_some() {
        (Outcome::SmallTalk, Reason::SmallTalk)
    } else if language.is_some() {
        (Outcome::Unknown, Reason::OtherLanguage)
    } else if is_wording && is_sure {
        (Outcome::Answer, Reason::Wording)
    } else if !has_content && !is_wording {
        (Outcome::Unknown, Reason::NoContent)
    } else if is_topic && is_sure {
        (Outcome::Answer, Reason::Topic)
    } else if boundary_with_wording.is_some() || (is_refused && named.is_some()) {
        (Outcome::Unknown, Reason::Boundary)
    } else if is_refused {
        // The boundary is nearer than every entry, but not near.
        (Outcome::Unknown, if is_foreign { Reason::UnknownWords } else { Reason::Unlikely })
    } else if near.is_some() && is_likely {
        (Outcome::Suggest, Reason::NearTie)
    } else if near.is_some() && named.is_some() {
        (Outcome::Unknown, Reason::Boundary)
    } else if is_sure {
        (Outcome::Answer, Reason::Confident)
    } else if is_likely {
        (Outcome::Suggest, Reason::Unsure)
    } else if is_foreign {
        (Outcome::Unknown, Reason::UnknownWords)
    } else {
        (Outcome::Unknown, Reason::Unlikely)
    };
    // A boundary that is clearly better, or another language, leaves no probability for the entry.
    let is_refused = is_refused && outcome == Outcome::Unknown;
    if is_refused || matches!(reason, Reason::Boundary | Reason::OtherLanguage | Reason::SmallTalk) {
        confidence = 0.0;
    }
    let boundary = boundary_with_wording.or(named.map(|rival| rival.boundary));
    let boundary = boundary.filter(|_| matches!(reason, Reason::Boundary | Reason::NearTie));
    let is_near = has_content && (boundary.is_some() || confidence >= PLAUSIBLE_CONFIDENCE);
    let best = ranked.first().map_or(0.0, |first| first.score);
    let plausible = |candidate: &&Candidate| is_near && candidate.score >= PLAUSIBLE_SHARE * best;
    let plausible = ranked.iter().take_while(plausible).count();
    Verdict { rival, boundary, small_talk, language, plausible, ..Verdict::new(outcome, reason, confidence, ranked) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question_evidence() -> QuestionEvidence {
        QuestionEvidence {
            ranked: vec![Candidate { entry: EntryKey(0), score: 0.5 }, Candidate { entry: EntryKey(1), score: 0.2 }],
            confidence: 0.8,
            rival: None,
            has_content: true,
            is_topic: false,
            is_wording: false,
            boundary_with_wording: None,
            is_foreign: false,
            small_talk: None,
            language: None,
        }
    }

    fn rival(lead: f32, confidence: f32) -> Option<Rival> {
        Some(Rival { boundary: BoundaryKey(7), lead, confidence })
    }

    #[test]
    fn the_evidence_decides_the_outcome_and_the_reason() {
        let named = Some(BoundaryKey(7));
        let base = question_evidence;
        for (question_evidence, outcome, reason, boundary) in [
            (base(), Outcome::Answer, Reason::Confident, None),
            (QuestionEvidence { confidence: 0.4, ..base() }, Outcome::Suggest, Reason::Unsure, None),
            (QuestionEvidence { confidence: 0.2, ..base() }, Outcome::Unknown, Reason::Unlikely, None),
            (
                QuestionEvidence { confidence: 0.2, is_foreign: true, ..base() },
                Outcome::Unknown,
                Reason::UnknownWords,
                None,
            ),
            (
                QuestionEvidence { ranked: Vec::new(), confidence: 0.0, ..base() },
                Outcome::Unknown,
                Reason::Unlikely,
                None,
            ),
            (QuestionEvidence { has_content: false, ..base() }, Outcome::Unknown, Reason::NoContent, None),
            (
                QuestionEvidence { has_content: false, is_wording: true, ..base() },
                Outcome::Answer,
                Reason::Wording,
                None,
            ),
            (QuestionEvidence { confidence: 0.1, is_topic: true, ..base() }, Outcome::Answer, Reason::Topic, None),
            // A boundary that is clearly worse does not matter; one that is about as good makes a suggestion.
            (QuestionEvidence { rival: rival(0.3, 0.9), ..base() }, Outcome::Answer, Reason::Confident, None),
            (QuestionEvidence { rival: rival(0.0, 0.9), ..base() }, Outcome::Suggest, Reason::NearTie, named),
            (QuestionEvidence { rival: rival(0.0, 0.2), ..base() }, Outcome::Suggest, Reason::NearTie, None),
            (QuestionEvidence { rival: rival(-0.3, 0.9), ..base() }, Outcome::Unknown, Reason::Boundary, named),
            (QuestionEvidence { rival: rival(-0.3, 0.2), ..base() }, Outcome::Unknown, Reason::Unlikely, None),
            (
                QuestionEvidence { confidence: 0.1, rival: rival(0.0, 0.9), ..base() },
                Outcome::Unknown,
                Reason::Boundary,
                named,
            ),
            // A topic goes to the entry that is about it.
            (
                QuestionEvidence { is_topic: true, rival: rival(-0.3, 0.9), ..base() },
                Outcome::Answer,
                Reason::Topic,
                None,
            ),
            (
                QuestionEvidence { boundary_with_wording: Some(BoundaryKey(7)), ..base() },
                Outcome::Unknown,
                Reason::Boundary,
                named,
            ),
            (
                QuestionEvidence { language: Some(Language::German), is_topic: true, ..base() },
                Outcome::Unknown,
                Reason::OtherLanguage,
                None,
            ),
            (
                QuestionEvidence { small_talk: Some(SmallTalkKey(0)), ..base() },
                Outcome::SmallTalk,
                Reason::SmallTalk,
                None,
            ),
        ] {
            let verdict = decide(Thresholds::default(), question_evidence.clone());
            assert_eq!((verdict.outcome, verdict.reason), (outcome, reason), "{question_evidence:?}");
            assert_eq!(verdict.boundary, boundary, "{question_evidence:?}");
        }
    }

    #[test]
    fn a_threshold_of_one_answers_nothing() {
        let never = Thresholds { answer: 1.0, suggest: 0.3 };
        for question_evidence in [
            question_evidence(),
            QuestionEvidence { is_wording: true, ..question_evidence() },
            QuestionEvidence { is_topic: true, ..question_evidence() },
        ] {
            assert_eq!(decide(never, question_evidence).outcome, Outcome::Suggest);
        }
    }

    #[test]
    fn only_entries_near_the_best_one_are_plausible() {
        let plausible = |question_evidence| decide(Thresholds::default(), question_evidence).plausible;
        assert_eq!(plausible(question_evidence()), 1, "the second has less than half of the score of the first");
        assert_eq!(plausible(QuestionEvidence { confidence: 0.01, ..question_evidence() }), 0);
        let refused = QuestionEvidence { confidence: 0.01, rival: rival(-0.3, 0.9), ..question_evidence() };
        assert_eq!(plausible(refused), 1, "a boundary was named");
        assert_eq!(plausible(QuestionEvidence { has_content: false, ..question_evidence() }), 0);
    }
}
