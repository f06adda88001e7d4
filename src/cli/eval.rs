//! `footnote eval`: how well labelled questions are answered, overall and by kind, by the code that answers.
//! An answer is right when its citations overlap `gold`; a question with empty `gold` must not be answered.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::{Ended, From};
use crate::knowledge::{Citation, Entry};
use crate::matching::Verdict;
use crate::reply::{Library, Reply};

/// After so long a person wonders whether it still runs; from then on, so often it is told.
const PROGRESS_EVERY: Duration = Duration::from_secs(2);

#[derive(Args, Debug)]
pub(super) struct Eval {
    /// Labelled questions, one JSON object a line: {"id", "q", "kind", "gold": [{"section", "paragraphs"}]}
    questions: PathBuf,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    from: From,
}

/// Why questions cannot be measured.
#[derive(Debug, thiserror::Error)]
pub(super) enum EvalError {
    #[error("{}: expected a readable file, found: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("{}:{line}: expected a labelled question, found: {error}", path.display())]
    Malformed { path: PathBuf, line: usize, error: serde_json::Error },
    #[error("{}: expected at least one question, found none", path.display())]
    Empty { path: PathBuf },
}

/// A labelled question; other fields are somebody's notes.
#[derive(Debug, Deserialize)]
struct Labelled {
    q: String,
    #[serde(default)]
    kind: String,
    gold: Vec<Citation>,
}

/// What became of questions.
#[derive(Clone, Debug, Default, Serialize)]
struct Tally {
    questions: usize,
    /// Answered, and rightly.
    right: usize,
    /// Answered, and not rightly.
    wrong: usize,
    /// Suggested, the right one among them.
    suggested_with: usize,
    /// Suggested, the right one not among them.
    suggested_without: usize,
    /// Told that the text does not answer it.
    refused: usize,
    /// The first of the ranked entries is right, whatever the verdict.
    top1: usize,
}

/// All figures.
#[derive(Debug, Serialize)]
struct Figures {
    answerable: Tally,
    unanswerable: Tally,
    kinds: BTreeMap<String, Tally>,
    microseconds_a_question: f64,
}

impl Eval {
    pub fn run(&self, out: &mut impl Write) -> Ended {
        let library = self.from.library()?;
        let questions = self.read()?;
        let figures = measure(&library, &questions);
        if self.json {
            serde_json::to_writer(&mut *out, &figures).map_err(io::Error::from)?;
            writeln!(out)?;
        } else {
            figures.print(out)?;
        }
        Ok(true)
    }

    fn read(&self) -> Result<Vec<Labelled>, EvalError> {
        let path = &self.questions;
        let unreadable = |error| EvalError::Unreadable { path: path.clone(), error };
        let mut questions = Vec::new();
        for (number, line) in BufReader::new(File::open(path).map_err(unreadable)?).lines().enumerate() {
            let line = line.map_err(unreadable)?;
            if line.trim().is_empty() {
                continue;
            }
            let malformed = |error| EvalError::Malformed { path: path.clone(), line: number + 1, error };
            questions.push(serde_json::from_str(&line).map_err(malformed)?);
        }
        if questions.is_empty() {
            return Err(EvalError::Empty { path: path.clone() });
        }
        Ok(questions)
    }
}

fn measure(library: &Library, questions: &[Labelled]) -> Figures {
    let (mut answerable, mut unanswerable) = (Tally::default(), Tally::default());
    let mut kinds: BTreeMap<String, Tally> = BTreeMap::new();
    let mut asking = Duration::ZERO;
    let mut progress = Progress::new(questions.len());
    for (done, question) in questions.iter().enumerate() {
        let began = Instant::now();
        let answered = library.ask(&question.q);
        asking += began.elapsed();
        let overall = if question.gold.is_empty() { &mut unanswerable } else { &mut answerable };
        for tally in [overall, kinds.entry(question.kind.clone()).or_default()] {
            tally.count(library, &answered.verdict, &answered.reply, &question.gold);
        }
        progress.told(done);
    }
    let microseconds_a_question = asking.as_secs_f64() * 1e6 / questions.len() as f64;
    Figures { answerable, unanswerable, kinds, microseconds_a_question }
}

impl Tally {
    fn count(&mut self, library: &Library, verdict: &Verdict, reply: &Reply<'_>, gold: &[Citation]) {
        self.questions += 1;
        let first = verdict.ranked.first().map(|candidate| library.knowledge().entry(candidate.entry));
        self.top1 += usize::from(first.is_some_and(|entry| overlaps(entry, gold)));
        let counter = match reply {
            Reply::Passage(passage) if overlaps(passage.entry, gold) => &mut self.right,
            Reply::Passage(_) => &mut self.wrong,
            Reply::Suggestions(entries) if entries.iter().any(|entry| overlaps(entry, gold)) => {
                &mut self.suggested_with
            }
            Reply::Suggestions(_) => &mut self.suggested_without,
            Reply::Unknown { .. } => &mut self.refused,
        };
        *counter += 1;
    }

    fn row(&self, name: &str, out: &mut impl Write) -> io::Result<()> {
        write!(out, "{name:<16}{:>10}", self.questions)?;
        for count in [self.right, self.wrong, self.suggested_with, self.suggested_without, self.refused, self.top1] {
            let share = 100.0 * count as f64 / self.questions.max(1) as f64;
            write!(out, "{count:>8} {share:>5.1}%")?;
        }
        writeln!(out)
    }
}

/// Whether an entry cites a paragraph that the label names.
fn overlaps(entry: &Entry, gold: &[Citation]) -> bool {
    entry.citations.iter().any(|citation| {
        gold.iter().any(|label| {
            label.section == citation.section
                && label.paragraphs.iter().any(|number| citation.paragraphs.contains(number))
        })
    })
}

impl Figures {
    fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let head = ["right", "wrong", "suggested+", "suggested-", "refused", "top-1"];
        write!(out, "{:<16}{:>10}", "", "questions")?;
        head.iter().try_for_each(|name| write!(out, "{name:>15}"))?;
        writeln!(out)?;
        self.answerable.row("answerable", out)?;
        self.unanswerable.row("unanswerable", out)?;
        for (kind, tally) in &self.kinds {
            tally.row(&format!("  {kind}"), out)?;
        }
        writeln!(out, "\nsuggested+: the right one is among the suggestions; suggested-: it is not")?;
        writeln!(out, "{:.1} microseconds a question", self.microseconds_a_question)
    }
}

/// Tells a person how far it is; programs that read standard error are spared.
struct Progress {
    total: usize,
    told: Option<Instant>,
}

impl Progress {
    fn new(total: usize) -> Self {
        Self { total, told: io::stderr().is_terminal().then(Instant::now) }
    }

    fn told(&mut self, done: usize) {
        if self.told.is_some_and(|told| told.elapsed() >= PROGRESS_EVERY) {
            eprintln!("{done} of {} questions", self.total);
            self.told = Some(Instant::now());
        }
    }
}
