//! `footnote eval`: measures how well labelled questions are answered, overall and by kind, and how reliable the
//! confidence is. An answer is right if the label names its entry or a paragraph that it cites; a question whose label is
//! empty must not be answered.

mod calibration;
mod curve;
mod failures;
mod figures;
mod plot;
mod tally;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;

use super::{CliError, CommandResult, Inputs};
use crate::app::labelled::{self, LabelledQuestion};
use crate::library::Library;
use failures::Failure;
use figures::Figures;
use tally::{EvaluatedQuestion, ReplyGrade, Tally};

/// The interval between two lines of progress: after two seconds without output, people wonder whether a program hangs.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(2);

#[derive(Args, Debug)]
pub(super) struct Eval {
    /// Labelled questions, one JSON object per line: {"q", "kind", "entries": ["ID"]} or {"q", "kind", "gold":
    /// [{"section", "paragraphs"}]}; an empty list for a question that the text does not answer
    questions: PathBuf,
    /// List every question that was not handled as labelled: expected, given, confidence, runner-up and reason
    #[arg(long)]
    failures: bool,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
    /// Keep only N wordings of each entry and boundary, to see what more wordings bring: the question, and others spread
    /// evenly over `also_asked`
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    wordings: Option<u16>,
    /// Plot the answers at each answer threshold, as an SVG file
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    inputs: Inputs,
}

impl Eval {
    pub fn run(&self, out: &mut impl Write) -> CommandResult {
        let config = self.inputs.config()?;
        let mut knowledge = self.inputs.knowledge(&config)?;
        if let Some(count) = self.wordings {
            knowledge = knowledge.with_wordings_at_most(usize::from(count));
        }
        let library = Library::new(knowledge, config.matching);
        let questions = labelled::read(&self.questions, Some(library.knowledge()))?;
        let mut figures = measure(&library, &questions, config.matching.answer);
        if !self.failures {
            figures.failures = None;
        }
        if let Some(path) = &self.plot {
            std::fs::write(path, plot::svg(&figures.curve))
                .map_err(|error| CliError::Unwritable { path: path.clone(), error })?;
        }
        if self.json {
            serde_json::to_writer(&mut *out, &figures).map_err(io::Error::from)?;
            writeln!(out)?;
        } else {
            figures.print(out)?;
        }
        Ok(true)
    }
}

/// Asks every question. `answer` is the library's answer threshold.
fn measure(library: &Library, questions: &[LabelledQuestion], answer_threshold: f32) -> Figures {
    let mut figures = Figures::default();
    let mut evaluated = Vec::with_capacity(questions.len());
    let mut microseconds = Vec::with_capacity(questions.len());
    let mut failures = Vec::new();
    let mut progress = Progress::new(questions.len());
    for (done, question) in questions.iter().enumerate() {
        let began = Instant::now();
        let answer = library.ask(&question.q);
        microseconds.push(began.elapsed().as_secs_f64() * 1e6);
        let evaluation = EvaluatedQuestion::new(library.knowledge(), &answer.verdict, question);
        let grade = ReplyGrade::new(&answer.reply, question);
        if grade.is_failure(evaluation.answerable) {
            failures.push(Failure::new(library.knowledge(), &answer, question, grade));
        }
        let overall = if evaluation.answerable { &mut figures.answerable } else { &mut figures.unanswerable };
        for tally in [overall, figures.kinds.entry(question.kind.clone()).or_insert_with(Tally::default)] {
            tally.count(&evaluation, grade);
        }
        evaluated.push(evaluation);
        progress.print(done);
    }
    figures.failures = Some(failures);
    figures.time(microseconds);
    figures.evaluate(&evaluated, answer_threshold);
    figures
}

/// Prints progress to standard error if it is a terminal.
struct Progress {
    total: usize,
    /// The time of the last line; `None` if standard error is not a terminal.
    printed: Option<Instant>,
}

impl Progress {
    fn new(total: usize) -> Self {
        Self { total, printed: io::stderr().is_terminal().then(Instant::now) }
    }

    fn print(&mut self, done: usize) {
        if self.printed.is_some_and(|printed| printed.elapsed() >= PROGRESS_INTERVAL) {
            eprintln!("{done} of {} questions", self.total);
            self.printed = Some(Instant::now());
        }
    }
}
