//! Compares the verdict on a question with its label, and counts the replies to many questions.
//! The comparison does not depend on the thresholds; the counts do.

use std::io::{self, Write};

use serde::Serialize;

use crate::app::labelled::LabelledQuestion;
use crate::knowledge::Knowledge;
use crate::library::reply::Reply;
use crate::matching::Verdict;

/// A question whose verdict was compared with its label.
#[derive(Clone, Copy, Debug)]
pub(super) struct EvaluatedQuestion {
    /// The confidence that the first ranked entry answers the question; 0 if a boundary refused it.
    pub confidence: f32,
    /// Whether the text answers the question.
    pub answerable: bool,
    /// Whether the first ranked entry answers it. No entry answers an unanswerable question.
    pub right: bool,
    /// Whether some threshold would answer it: there is an entry, and only the confidence decides.
    pub can_be_answered: bool,
}

impl EvaluatedQuestion {
    pub fn new(knowledge: &Knowledge, verdict: &Verdict, question: &LabelledQuestion) -> Self {
        let first = verdict.ranked.first().map(|candidate| knowledge.entry(candidate.entry));
        Self {
            confidence: verdict.confidence,
            answerable: question.is_answerable(),
            right: first.is_some_and(|entry| question.is_answered_by(entry)),
            can_be_answered: first.is_some() && verdict.reason.depends_on_confidence(),
        }
    }
}

/// Counts of replies.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Tally {
    pub questions: usize,
    /// Answered with a right entry.
    pub right: usize,
    /// Answered with a wrong entry.
    pub wrong: usize,
    /// The right entry is among the suggestions.
    pub suggested_with: usize,
    /// The right entry is not among the suggestions.
    pub suggested_without: usize,
    /// Replied that the text does not answer it.
    pub refused: usize,
    /// The first ranked entry is right, whatever the verdict.
    pub top1: usize,
}

/// The result of comparing a reply with the label.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReplyGrade {
    /// Answered with a right entry.
    Right,
    /// Answered with a wrong entry.
    Wrong,
    /// The right entry is among the suggestions.
    SuggestedWith,
    /// The right entry is not among the suggestions.
    SuggestedWithout,
    /// Replied that the text does not answer it.
    Refused,
}

impl ReplyGrade {
    /// The grades that may be failures, the worst first.
    pub const FAILURES: [Self; 4] = [Self::Wrong, Self::Refused, Self::SuggestedWithout, Self::SuggestedWith];

    pub fn new(reply: &Reply<'_>, question: &LabelledQuestion) -> Self {
        match reply {
            Reply::Passage(passage) if question.is_answered_by(passage.entry) => Self::Right,
            Reply::Passage(_) => Self::Wrong,
            Reply::Suggestions { entries, .. } if entries.iter().any(|entry| question.is_answered_by(entry)) => {
                Self::SuggestedWith
            }
            Reply::Suggestions { .. } => Self::SuggestedWithout,
            Reply::Unknown { .. } | Reply::Unclear { .. } | Reply::OtherLanguage(_) | Reply::SmallTalk(_) => {
                Self::Refused
            }
        }
    }

    /// Whether the question was not handled as labelled. A question that the text does not answer must not be answered.
    pub fn is_failure(self, answerable: bool) -> bool {
        if answerable { self != Self::Right } else { self == Self::Wrong }
    }

    pub fn description(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "answered wrongly",
            Self::SuggestedWith => "suggested with the right entry",
            Self::SuggestedWithout => "suggested without the right entry",
            Self::Refused => "refused",
        }
    }
}

impl Tally {
    pub fn count(&mut self, evaluated: &EvaluatedQuestion, grade: ReplyGrade) {
        self.questions += 1;
        self.top1 += usize::from(evaluated.right);
        *match grade {
            ReplyGrade::Right => &mut self.right,
            ReplyGrade::Wrong => &mut self.wrong,
            ReplyGrade::SuggestedWith => &mut self.suggested_with,
            ReplyGrade::SuggestedWithout => &mut self.suggested_without,
            ReplyGrade::Refused => &mut self.refused,
        } += 1;
    }

    /// Prints the head of the table.
    pub fn head(out: &mut impl Write) -> io::Result<()> {
        write!(out, "{:<16}{:>10}", "", "questions")?;
        let names = ["right", "wrong", "suggested+", "suggested-", "refused", "top-1"];
        names.iter().try_for_each(|name| write!(out, "{name:>15}"))?;
        writeln!(out)
    }

    pub fn row(&self, name: &str, out: &mut impl Write) -> io::Result<()> {
        write!(out, "{name:<16}{:>10}", self.questions)?;
        for count in [self.right, self.wrong, self.suggested_with, self.suggested_without, self.refused, self.top1] {
            write!(out, "{}", cell(count, self.questions))?;
        }
        writeln!(out)
    }
}

/// A count and its share of a total, 15 characters wide.
pub(super) fn cell(count: usize, total: usize) -> String {
    let share = 100.0 * count as f64 / total.max(1) as f64;
    format!("{count:>8} {share:>5.1}%")
}
