//! `footnote ask`: answers one question, or each line of standard input, as text or as JSON.
//! Programs rely on the JSON: one object per line, and its fields are never removed or renamed.

use std::io::{self, BufRead, IsTerminal, Write};

use clap::Args;
use serde::Serialize;

use super::explanation;
use super::{CliError, CommandResult, Inputs};
use crate::knowledge::{Citation, EntryKey, Knowledge, closest_match};
use crate::library::expected_entry::ExpectedEntry;
use crate::library::explanation::{Explanation, RivalExplanation};
use crate::library::reply::{Passage, Reply};
use crate::library::score_breakdown::NearestWording;
use crate::library::{Answer, Library};
use crate::matching::{Outcome, Reason, Thresholds, Verdict, WordShare};

/// The longest line read from standard input, in bytes; far longer than the part of a question that the matcher reads.
const LINE_BYTES_MAX: u64 = 1 << 20;

#[derive(Args, Debug)]
pub(super) struct Ask {
    /// The question; without it, each line of standard input is a question
    question: Option<String>,
    /// Print one line of JSON for each question
    #[arg(long)]
    json: bool,
    /// Explain the verdict: its reason and figures, the competing boundary, the nearest wording, unknown words, and how
    /// much each word speaks for or against the best three entries
    #[arg(long)]
    explain: bool,
    /// Also explain why the entry with this id is not the answer, and try wordings that would change that
    #[arg(long, value_name = "ID")]
    expect: Option<String>,
    #[command(flatten)]
    inputs: Inputs,
}

/// The JSON object of one question.
#[derive(Serialize)]
struct AnswerRecord<'a> {
    question: &'a str,
    verdict: Outcome,
    reason: Reason,
    confidence: f32,
    boundary: Option<&'a str>,
    /// The id of the entry that answers the second question of the line, if it has two.
    #[serde(skip_serializing_if = "Option::is_none")]
    second: Option<&'a str>,
    /// The whole explanation apart from the shares. Only with `--explain`.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    explained: Option<ExplainedRecord<'a>>,
    /// The shares of the words in the boundary's score, if a boundary matched. Only with `--explain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    boundary_explanation: Option<Vec<WordShare>>,
    ranked: Vec<RankedEntry<'a>>,
}

/// The parts of an explanation that no other field has.
#[derive(Serialize)]
struct ExplainedRecord<'a> {
    reason_text: &'static str,
    thresholds: Thresholds,
    unknown_words: Vec<String>,
    rival: Option<RivalExplanation<'a>>,
    language: Option<&'static str>,
    /// Only with `--expect`.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<ExpectedEntry<'a>>,
}

#[derive(Serialize)]
struct RankedEntry<'a> {
    id: &'a str,
    question: &'a str,
    score: f32,
    citations: Vec<CitationRecord<'a>>,
    /// The share of each word in the score. Only with `--explain`, and only for the best entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Vec<WordShare>>,
    /// Only with `--explain`, and only for the best entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    nearest: Option<NearestWording<'a>>,
}

#[derive(Serialize)]
struct CitationRecord<'a> {
    section: &'a str,
    paragraphs: &'a [u32],
}

impl Ask {
    pub fn run(&self, out: &mut impl Write) -> CommandResult {
        let library = self.inputs.library()?;
        let expected = self.expect.as_deref().map(|id| find(library.knowledge(), id)).transpose()?;
        match &self.question {
            Some(question) => self.answer(&library, question, expected, out)?,
            None => self.answer_lines(&library, io::stdin().lock(), expected, out)?,
        }
        Ok(true)
    }

    fn answer_lines(
        &self,
        library: &Library,
        mut lines: impl BufRead,
        expected: Option<EntryKey>,
        out: &mut impl Write,
    ) -> Result<(), CliError> {
        let terminal = io::stdin().is_terminal();
        loop {
            if terminal {
                write!(out, "? ")?;
                out.flush()?;
            }
            let mut line = Vec::new();
            if io::Read::take(&mut lines, LINE_BYTES_MAX).read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            self.answer(library, String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']), expected, out)?;
            // A program may wait for the answer before it sends the next question.
            out.flush()?;
        }
    }

    fn answer(
        &self,
        library: &Library,
        question: &str,
        expected: Option<EntryKey>,
        out: &mut impl Write,
    ) -> Result<(), CliError> {
        let answer = library.ask(question);
        let explanation = match expected {
            Some(expected) => Some(library.explain_expected(question, &answer.verdict, expected)),
            None => self.explain.then(|| library.explain(question, &answer.verdict)),
        };
        if self.json {
            let record = AnswerRecord::new(library, question, &answer.verdict, explanation);
            serde_json::to_writer(&mut *out, &record).map_err(io::Error::from)?;
            writeln!(out)?;
        } else {
            print(&answer, out)?;
            explanation.iter().try_for_each(|explained| explanation::print(explained, out))?;
        }
        Ok(())
    }
}

/// Finds the entry that `--expect` names.
fn find(knowledge: &Knowledge, id: &str) -> Result<EntryKey, CliError> {
    let ids = knowledge.entry_keys().map(|key| knowledge.entry(key).id.as_str());
    let unknown = || CliError::UnknownEntry { id: id.to_owned(), near: closest_match(id, ids).map(str::to_owned) };
    knowledge.find(id).ok_or_else(unknown)
}

impl<'a> AnswerRecord<'a> {
    fn new(library: &'a Library, question: &'a str, verdict: &Verdict, explanation: Option<Explanation<'a>>) -> Self {
        let knowledge = library.knowledge();
        let mut boundary = None;
        let mut entries = Vec::new();
        let explained = explanation.map(|explanation| {
            boundary = explanation.boundary;
            entries = explanation.entries;
            ExplainedRecord {
                expected: explanation.expected,
                reason_text: explanation.reason_text,
                thresholds: explanation.thresholds,
                unknown_words: explanation.unknown_words,
                rival: explanation.rival,
                language: explanation.language,
            }
        });
        let mut explained_entries = entries.into_iter();
        let ranked = verdict.ranked.iter().map(|candidate| {
            let entry = knowledge.entry(candidate.entry);
            let cited = |citation: &'a Citation| CitationRecord {
                section: &citation.section,
                paragraphs: &citation.paragraphs,
            };
            let citations = entry.citations.iter().map(cited).collect();
            let (explanation, nearest) = explained_entries.next().map(|entry| (entry.words, entry.nearest)).unzip();
            let (id, question, score) = (&entry.id, &entry.question, candidate.score);
            RankedEntry { id, question, score, citations, explanation, nearest: nearest.flatten() }
        });
        Self {
            question,
            verdict: verdict.outcome,
            reason: verdict.reason,
            confidence: verdict.confidence,
            second: verdict.second.map(|key| knowledge.entry(key).id.as_str()),
            explained,
            boundary: verdict.boundary.map(|key| knowledge.boundary(key).id.as_str()),
            boundary_explanation: boundary.map(|boundary| boundary.words),
            ranked: ranked.collect(),
        }
    }
}

/// Prints an answer as text.
fn print(answer: &Answer<'_>, out: &mut impl Write) -> io::Result<()> {
    match &answer.reply {
        Reply::Passage(passage) => print_passage(passage, out),
        Reply::Suggestions { entries, boundary } => {
            writeln!(out, "Did you mean")?;
            entries.iter().try_for_each(|entry| writeln!(out, "  - {}", entry.question))?;
            boundary.iter().try_for_each(|boundary| writeln!(out, "{}", boundary.says))
        }
        Reply::Unclear { examples } => {
            writeln!(out, "I cannot tell what that is about. You can ask, for example:")?;
            examples.iter().try_for_each(|entry| writeln!(out, "  - {}", entry.question))
        }
        Reply::OtherLanguage(notice) => writeln!(out, "{notice}"),
        Reply::SmallTalk(small_talk) => writeln!(out, "{}", small_talk.reply),
        Reply::Unknown { boundary, nearest } => {
            writeln!(out, "The text does not answer that.")?;
            boundary.iter().try_for_each(|boundary| writeln!(out, "{}", boundary.says))?;
            if !nearest.is_empty() {
                writeln!(out, "Nearest questions:")?;
            }
            nearest.iter().try_for_each(|entry| writeln!(out, "  - {}", entry.question))?;
            writeln!(out, "What it does cover: footnote sections")
        }
    }
}

fn print_passage(passage: &Passage<'_>, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}\n\n{}\n", passage.entry.question, passage.entry.passage)?;
    for citation in &passage.citations {
        if let Some(quote) = citation.quote {
            writeln!(out, "  “{quote}”")?;
        }
        writeln!(out, "  — {}", citation.label())?;
    }
    if let Some(url) = passage.citations.iter().find_map(|citation| citation.url) {
        writeln!(out, "  {url}")?;
    }
    if !passage.related.is_empty() {
        writeln!(out, "\nRelated")?;
    }
    passage.related.iter().try_for_each(|entry| writeln!(out, "  - {}", entry.question))?;
    passage.second.iter().try_for_each(|entry| writeln!(out, "\nYou also asked\n  - {}", entry.question))
}
