//! `footnote eval`: how well labelled questions are answered, overall and by kind, by the code that answers; and whether
//! its confidence holds. An answer is right when its citations overlap `gold`; a question with empty `gold` must not be answered.

mod calibration;
mod curve;
mod error;
mod figures;
mod plot;
mod reading;
mod tally;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;

use super::{Ended, From};
use crate::library::Library;
use figures::Figures;
use reading::Labelled;
use tally::{Judged, Tally};

pub(super) use error::EvalError;

/// After so long a person wonders whether it still runs; from then on, so often it is told.
const PROGRESS_EVERY: Duration = Duration::from_secs(2);

/// The questions of a labelled file, without their labels.
///
/// # Errors
/// When it cannot be read.
pub(super) fn questions(path: &Path) -> Result<Vec<String>, EvalError> {
    Ok(reading::read(path)?.into_iter().map(|labelled| labelled.q).collect())
}

#[derive(Args, Debug)]
pub(super) struct Eval {
    /// Labelled questions, one JSON object a line: {"id", "q", "kind", "gold": [{"section", "paragraphs"}]}
    questions: PathBuf,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
    /// Draw what is answered at each answer threshold, as an SVG picture
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    from: From,
}

impl Eval {
    pub fn run(&self, out: &mut impl Write) -> Ended {
        let library = self.from.library()?;
        let thresholds = self.from.config()?.matching;
        let questions = reading::read(&self.questions)?;
        let figures = measure(&library, &questions, thresholds.answer);
        if let Some(path) = &self.plot {
            std::fs::write(path, plot::svg(&figures.curve))
                .map_err(|error| EvalError::Unwritable { path: path.clone(), error })?;
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

/// Asks every question; `answer` is the threshold that the library answers at.
fn measure(library: &Library, questions: &[Labelled], answer: f32) -> Figures {
    let mut figures = Figures::default();
    let mut judged = Vec::with_capacity(questions.len());
    let mut microseconds = Vec::with_capacity(questions.len());
    let mut progress = Progress::new(questions.len());
    for (done, question) in questions.iter().enumerate() {
        let began = Instant::now();
        let answered = library.ask(&question.q);
        microseconds.push(began.elapsed().as_secs_f64() * 1e6);
        let judgement = Judged::new(library.knowledge(), &answered.verdict, question);
        let overall = if judgement.answerable { &mut figures.answerable } else { &mut figures.unanswerable };
        for tally in [overall, figures.kinds.entry(question.kind.clone()).or_insert_with(Tally::default)] {
            tally.count(&judgement, &answered.reply, question);
        }
        judged.push(judgement);
        progress.told(done);
    }
    figures.time(microseconds);
    figures.judge(&judged, answer);
    figures
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
