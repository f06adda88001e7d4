//! `footnote ask`: one question, or one a line from standard input, answered for people or, with `--json`, for programs.
//! The JSON is a contract: one object a line, fields are only ever added.

use std::io::{self, BufRead, IsTerminal, Write};

use clap::Args;
use serde::Serialize;

use super::explanation;
use super::{CliError, Ended, From};
use crate::knowledge::Citation;
use crate::library::explanation::Explanation;
use crate::library::reply::{Passage, Reply};
use crate::library::{Answer, Library};
use crate::matching::{Outcome, Verdict, WordShare};

/// Longest line that is read from standard input, in bytes; far above what the matcher reads of a question.
const LINE_BYTES_MAX: u64 = 1 << 20;

#[derive(Args, Debug)]
pub(super) struct Ask {
    /// The question; without one, every line of standard input is one
    question: Option<String>,
    /// Print one line of JSON a question
    #[arg(long)]
    json: bool,
    /// Tell which words speak for and against the best three entries, and how much
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    from: From,
}

/// One question's line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    question: &'a str,
    verdict: Outcome,
    confidence: f32,
    boundary: Option<&'a str>,
    /// Why the boundary did better than every entry; only with `--explain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    boundary_explanation: Option<Vec<WordShare>>,
    ranked: Vec<Ranked<'a>>,
}

#[derive(Serialize)]
struct Ranked<'a> {
    id: &'a str,
    question: &'a str,
    score: f32,
    citations: Vec<Cited<'a>>,
    /// What each word adds to the score; only with `--explain`, and only for the first few.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Vec<WordShare>>,
}

#[derive(Serialize)]
struct Cited<'a> {
    section: &'a str,
    paragraphs: &'a [u32],
}

impl Ask {
    pub fn run(&self, out: &mut impl Write) -> Ended {
        let library = self.from.library()?;
        match &self.question {
            Some(question) => self.answer(&library, question, out)?,
            None => self.answer_lines(&library, io::stdin().lock(), out)?,
        }
        Ok(true)
    }

    fn answer_lines(&self, library: &Library, mut lines: impl BufRead, out: &mut impl Write) -> Result<(), CliError> {
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
            self.answer(library, String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']), out)?;
            // Whoever pipes question by question waits for the answer before the next.
            out.flush()?;
        }
    }

    fn answer(&self, library: &Library, question: &str, out: &mut impl Write) -> Result<(), CliError> {
        let answered = library.ask(question);
        let explanation = self.explain.then(|| library.explain(question, &answered.verdict));
        if self.json {
            let line = Line::new(library, question, &answered.verdict, explanation);
            serde_json::to_writer(&mut *out, &line).map_err(io::Error::from)?;
            writeln!(out)?;
        } else {
            print(&answered, out)?;
            explanation.iter().try_for_each(|explained| explanation::print(explained, out))?;
        }
        Ok(())
    }
}

impl<'a> Line<'a> {
    fn new(library: &'a Library, question: &'a str, verdict: &Verdict, explanation: Option<Explanation<'_>>) -> Self {
        let knowledge = library.knowledge();
        let (boundary, entries) =
            explanation.map(|explained| (explained.boundary, explained.entries)).unwrap_or_default();
        let mut explained = entries.into_iter().map(|entry| entry.words);
        let ranked = verdict.ranked.iter().map(|candidate| {
            let entry = knowledge.entry(candidate.entry);
            let cited = |citation: &'a Citation| Cited { section: &citation.section, paragraphs: &citation.paragraphs };
            let citations = entry.citations.iter().map(cited).collect();
            let explanation = explained.next();
            Ranked { id: &entry.id, question: &entry.question, score: candidate.score, citations, explanation }
        });
        Self {
            question,
            verdict: verdict.outcome,
            confidence: verdict.confidence,
            boundary: verdict.boundary.map(|key| knowledge.boundary(key).id.as_str()),
            boundary_explanation: boundary.map(|boundary| boundary.words),
            ranked: ranked.collect(),
        }
    }
}

/// Prints an answer for people.
fn print(answered: &Answer<'_>, out: &mut impl Write) -> io::Result<()> {
    match &answered.reply {
        Reply::Passage(passage) => print_passage(passage, out),
        Reply::Suggestions(entries) => {
            writeln!(out, "Did you mean")?;
            entries.iter().try_for_each(|entry| writeln!(out, "  - {}", entry.question))
        }
        Reply::Unknown { boundary } => {
            writeln!(out, "The text does not answer that.")?;
            boundary.iter().try_for_each(|boundary| writeln!(out, "{}", boundary.says))?;
            writeln!(out, "What it does cover: footnote sections")
        }
    }
}

fn print_passage(passage: &Passage<'_>, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}\n\n{}\n", passage.entry.question, passage.entry.passage)?;
    for place in &passage.citations {
        if let Some(quote) = place.quote {
            writeln!(out, "  “{quote}”")?;
        }
        writeln!(out, "  — {}", place.label())?;
    }
    if !passage.related.is_empty() {
        writeln!(out, "\nRelated")?;
    }
    passage.related.iter().try_for_each(|entry| writeln!(out, "  - {}", entry.question))
}
