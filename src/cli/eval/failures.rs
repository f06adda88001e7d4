//! The questions that were not handled as labelled: expected, given, runner-up and reason of each.
//! Programs rely on the JSON: its fields are never removed or renamed.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::super::explanation::outcome_name;
use super::tally::ReplyGrade;
use crate::app::labelled::LabelledQuestion;
use crate::knowledge::Knowledge;
use crate::library::Answer;
use crate::library::reply::Reply;
use crate::matching::{Outcome, Reason, Verdict};

/// The most expected entries that the text output names. A label of many paragraphs may accept dozens.
const EXPECTED_MAX: usize = 4;

/// A question that was not handled as labelled.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Failure {
    /// The line of the question in its file, from 1.
    pub line: usize,
    pub question: String,
    pub kind: String,
    pub grade: ReplyGrade,
    pub expected: Expected,
    pub given: Given,
    pub confidence: f32,
    pub reason: Reason,
    pub reason_text: &'static str,
    /// The best entry or boundary that was not given.
    pub runner_up: Option<RunnerUp>,
}

/// The label. Without entries, the text does not answer the question, or no entry cites what answers it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Expected {
    /// Whether the text answers the question.
    pub answerable: bool,
    /// The ids of the entries that the label accepts.
    pub entries: Vec<String>,
    /// The paragraphs that the label names, by the ids of their sections.
    pub paragraphs: BTreeMap<String, Vec<u32>>,
    /// The rank of the best accepted entry, from 1. `None` if it is not among those that the verdict ranks.
    pub rank: Option<usize>,
}

/// The reply.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Given {
    pub outcome: Outcome,
    /// The ids of the entries that it shows as answers.
    pub entries: Vec<String>,
    /// The id of the boundary that it names.
    pub boundary: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CandidateKind {
    Entry,
    Boundary,
}

/// An entry or boundary with its score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct RunnerUp {
    pub kind: CandidateKind,
    pub id: String,
    pub score: f32,
}

impl Failure {
    /// Describes a reply that has this grade.
    pub fn new(knowledge: &Knowledge, answer: &Answer<'_>, question: &LabelledQuestion, grade: ReplyGrade) -> Self {
        let verdict = &answer.verdict;
        let accepted = |entry| question.is_answered_by(knowledge.entry(entry));
        let mut paragraphs: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for citation in &question.gold {
            paragraphs.entry(citation.section.clone()).or_default().extend(&citation.paragraphs);
        }
        let given = Given {
            outcome: verdict.outcome,
            entries: match &answer.reply {
                Reply::Passage(passage) => vec![passage.entry.id.clone()],
                Reply::Suggestions { entries, .. } => entries.iter().map(|entry| entry.id.clone()).collect(),
                _ => Vec::new(),
            },
            boundary: verdict.boundary.map(|key| knowledge.boundary(key).id.clone()),
        };
        Self {
            line: question.line,
            question: question.q.clone(),
            kind: question.kind.clone(),
            grade,
            expected: Expected {
                answerable: question.is_answerable(),
                entries: knowledge
                    .entry_keys()
                    .filter(|&key| accepted(key))
                    .map(|key| knowledge.entry(key).id.clone())
                    .collect(),
                paragraphs,
                rank: verdict.ranked.iter().position(|candidate| accepted(candidate.entry)).map(|place| place + 1),
            },
            runner_up: RunnerUp::of(knowledge, verdict, &given),
            given,
            confidence: verdict.confidence,
            reason: verdict.reason,
            reason_text: verdict.reason.description(),
        }
    }

    fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let Expected { answerable, entries, paragraphs, rank } = &self.expected;
        writeln!(out, "\nline {}: {}", self.line, self.question)?;
        write!(out, "  expected   ")?;
        if *answerable {
            let more = entries.len().saturating_sub(EXPECTED_MAX);
            let named: Vec<&str> = entries.iter().take(EXPECTED_MAX).map(String::as_str).collect();
            let more = if more > 0 { format!(" or {more} more") } else { String::new() };
            let entries = if named.is_empty() { "no entry cites it".to_owned() } else { named.join(" or ") + &more };
            let numbers = |numbers: &[u32]| numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
            let cited: Vec<String> =
                paragraphs.iter().map(|(section, list)| format!("{section} ¶ {}", numbers(list))).collect();
            let cited = if cited.is_empty() { String::new() } else { format!(" [{}]", cited.join("; ")) };
            let rank = rank.map_or_else(|| "not ranked".to_owned(), |rank| format!("ranked number {rank}"));
            writeln!(out, "{entries} ({rank}){cited}")?;
        } else {
            writeln!(out, "no answer")?;
        }
        let Given { outcome, entries, boundary } = &self.given;
        let boundary = boundary.iter().map(|id| format!("boundary {id}"));
        let named: Vec<String> = entries.iter().cloned().chain(boundary).collect();
        let outcome = outcome_name(*outcome);
        let named = if named.is_empty() { String::new() } else { format!(": {}", named.join(", ")) };
        writeln!(out, "  given      {outcome}{named}")?;
        if let Some(RunnerUp { kind, id, score }) = &self.runner_up {
            let boundary = if *kind == CandidateKind::Boundary { "boundary " } else { "" };
            writeln!(out, "  runner-up  {boundary}{id} (score {score:.3})")?;
        }
        writeln!(out, "  reason     confidence {:.3}: {}", self.confidence, self.reason_text)
    }
}

impl RunnerUp {
    /// The best of the ranked entries and the boundary that competes, apart from those that the reply gave.
    fn of(knowledge: &Knowledge, verdict: &Verdict, given: &Given) -> Option<Self> {
        let entries = verdict.ranked.iter().map(|candidate| Self {
            kind: CandidateKind::Entry,
            id: knowledge.entry(candidate.entry).id.clone(),
            score: candidate.score,
        });
        let first = verdict.ranked.first().map_or(0.0, |first| first.score);
        let rival = verdict.rival.map(|rival| Self {
            kind: CandidateKind::Boundary,
            id: knowledge.boundary(rival.boundary).id.clone(),
            score: first - rival.lead,
        });
        let others = entries.chain(rival).filter(|other| match other.kind {
            CandidateKind::Entry => !given.entries.contains(&other.id),
            CandidateKind::Boundary => given.boundary.as_ref() != Some(&other.id),
        });
        others.max_by(|left, right| left.score.total_cmp(&right.score))
    }
}

/// Prints the failures, wrong answers first. `asked` is the number of all questions.
pub(super) fn print(failures: &[Failure], asked: usize, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\n{} of {asked} questions were not handled as labelled", failures.len())?;
    for grade in ReplyGrade::FAILURES {
        let of_grade = || failures.iter().filter(|failure| failure.grade == grade);
        if of_grade().next().is_some() {
            writeln!(out, "\n{} ({})", grade.description(), of_grade().count())?;
        }
        of_grade().try_for_each(|failure| failure.print(out))?;
    }
    Ok(())
}
