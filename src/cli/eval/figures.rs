//! All figures of an evaluation, as text or as JSON.
//! Programs rely on the JSON: its fields are never removed or renamed.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::calibration::Calibration;
use super::curve::Curve;
use super::failures::{self, Failure};
use super::tally::{EvaluatedQuestion, Tally};

/// All figures of an evaluation.
#[derive(Debug, Default, Serialize)]
pub(super) struct Figures {
    pub answerable: Tally,
    pub unanswerable: Tally,
    pub kinds: BTreeMap<String, Tally>,
    /// The mean time.
    microseconds_a_question: f64,
    microseconds_median: f64,
    #[serde(flatten)]
    calibration: Calibration,
    pub curve: Curve,
    /// The questions that were not handled as labelled, in their order. `None` without `--failures`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failures: Option<Vec<Failure>>,
}

impl Figures {
    /// Adds the time of each question, in microseconds.
    pub fn time(&mut self, mut microseconds: Vec<f64>) {
        self.microseconds_a_question = microseconds.iter().sum::<f64>() / microseconds.len().max(1) as f64;
        microseconds.sort_by(f64::total_cmp);
        self.microseconds_median = median(&microseconds);
    }

    /// Computes calibration and curve. `answer_threshold` is the current one.
    pub fn evaluate(&mut self, evaluated: &[EvaluatedQuestion], answer_threshold: f32) {
        self.calibration = Calibration::new(evaluated);
        self.curve = Curve::new(evaluated, answer_threshold);
    }

    pub fn print(&self, out: &mut impl Write) -> io::Result<()> {
        Tally::head(out)?;
        self.answerable.row("answerable", out)?;
        self.unanswerable.row("unanswerable", out)?;
        for (kind, tally) in self.kinds.iter().filter(|(kind, _)| !kind.is_empty()) {
            tally.row(&format!("  {kind}"), out)?;
        }
        writeln!(out, "\nsuggested+: the right entry is among the suggestions; suggested-: it is not\n")?;
        self.calibration.print(out)?;
        writeln!(out)?;
        self.curve.print(out)?;
        let (mean, median) = (self.microseconds_a_question, self.microseconds_median);
        writeln!(out, "\n{mean:.1} microseconds a question, median {median:.1}")?;
        let asked = self.answerable.questions + self.unanswerable.questions;
        self.failures.iter().try_for_each(|failures| failures::print(failures, asked, out))
    }
}

/// The median of sorted numbers, or 0 if there are none.
fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    match sorted.get(middle) {
        None => 0.0,
        Some(&upper) if sorted.len() % 2 == 1 => upper,
        Some(&upper) => f64::midpoint(sorted[middle - 1], upper),
    }
}

#[cfg(test)]
mod tests {
    use super::{Figures, median};

    #[test]
    fn the_median_is_in_the_middle() {
        for (sorted, middle) in [(&[][..], 0.0), (&[3.0], 3.0), (&[1.0, 2.0], 1.5), (&[1.0, 2.0, 90.0], 2.0)] {
            assert_eq!(median(sorted), middle);
        }
    }

    #[test]
    fn one_slow_question_moves_the_mean_only() {
        let mut figures = Figures::default();
        figures.time(vec![100.0, 2.0, 3.0]);
        assert_eq!((figures.microseconds_a_question, figures.microseconds_median), (35.0, 3.0));
    }
}
