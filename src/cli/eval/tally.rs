//! What became of questions: one judged by its label, and many counted.
//! A judgement does not depend on the thresholds; a tally counts what was said at them.

use std::io::{self, Write};

use serde::Serialize;

use super::reading::Labelled;
use crate::knowledge::Knowledge;
use crate::library::reply::Reply;
use crate::matching::Verdict;

/// A verdict held against its question's label, whatever the thresholds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judged {
    /// How sure the matcher was that the first of `ranked` answers the question; 0 where a boundary did better.
    pub confidence: f32,
    /// Whether the text answers the question.
    pub answerable: bool,
    /// Whether the first of `ranked` answers it. No entry answers an unanswerable question.
    pub right: bool,
    /// Whether there is something to answer with at some threshold: an entry, and no boundary that did better.
    pub can_be_answered: bool,
}

impl Judged {
    pub fn new(knowledge: &Knowledge, verdict: &Verdict, question: &Labelled) -> Self {
        let first = verdict.ranked.first().map(|candidate| knowledge.entry(candidate.entry));
        Self {
            confidence: verdict.confidence,
            answerable: !question.gold.is_empty(),
            right: first.is_some_and(|entry| question.is_answered_by(entry)),
            can_be_answered: first.is_some() && verdict.confidence > 0.0,
        }
    }
}

/// What became of questions.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Tally {
    pub questions: usize,
    /// Answered, and rightly.
    pub right: usize,
    /// Answered, and not rightly.
    pub wrong: usize,
    /// Suggested, the right one among them.
    pub suggested_with: usize,
    /// Suggested, the right one not among them.
    pub suggested_without: usize,
    /// Told that the text does not answer it.
    pub refused: usize,
    /// The first of the ranked entries is right, whatever the verdict.
    pub top1: usize,
}

impl Tally {
    pub fn count(&mut self, judged: &Judged, reply: &Reply<'_>, question: &Labelled) {
        self.questions += 1;
        self.top1 += usize::from(judged.right);
        let counter = match reply {
            Reply::Passage(passage) if question.is_answered_by(passage.entry) => &mut self.right,
            Reply::Passage(_) => &mut self.wrong,
            Reply::Suggestions(entries) if entries.iter().any(|entry| question.is_answered_by(entry)) => {
                &mut self.suggested_with
            }
            Reply::Suggestions(_) => &mut self.suggested_without,
            Reply::Unknown { .. } => &mut self.refused,
        };
        *counter += 1;
    }

    /// Prints the line over [`row`](Self::row)s.
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
