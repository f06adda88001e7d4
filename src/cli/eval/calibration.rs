//! Measures how reliable the confidence is: whether it separates answerable from unanswerable questions, and whether
//! nine in ten answers with a confidence of 0.9 are right. A question counts as right if the first ranked entry answers
//! it, whatever the verdict; no entry answers an unanswerable question. If a boundary refuses the question, the
//! confidence is 0.

use std::io::{self, Write};

use serde::Serialize;

use super::tally::{EvaluatedQuestion, cell};

/// The number of bins of equal width; ten is usual in the literature.
const BINS: usize = 10;

/// The questions whose confidence is in one bin.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Bin {
    /// The lowest confidence in the bin. The bin ends where the next one begins.
    pub from: f64,
    pub questions: usize,
    pub right: usize,
    /// `None` if the bin is empty.
    pub mean_confidence: Option<f64>,
    /// `None` if the bin is empty.
    pub share_right: Option<f64>,
}

/// The reliability of the confidence.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Calibration {
    /// The probability that an answerable question has a higher confidence than an unanswerable one, from 0 to 1. A tie
    /// counts half (Hanley & McNeil 1982). `None` unless there are both.
    pub auroc: Option<f64>,
    /// The difference between mean confidence and share of right questions, from 0 to 1: the mean over the bins,
    /// weighted by their number of questions (Naeini et al. 2015).
    pub expected_calibration_error: f64,
    pub reliability: Vec<Bin>,
}

impl Calibration {
    pub fn new(evaluated: &[EvaluatedQuestion]) -> Self {
        let reliability: Vec<Bin> = (0..BINS).map(|index| Bin::new(index, evaluated)).collect();
        let weighted_error = |bin: &Bin| Some((bin.share_right? - bin.mean_confidence?).abs() * bin.questions as f64);
        let expected_calibration_error =
            reliability.iter().filter_map(weighted_error).sum::<f64>() / evaluated.len().max(1) as f64;
        Self { auroc: auroc(evaluated), expected_calibration_error, reliability }
    }

    pub fn print(&self, out: &mut impl Write) -> io::Result<()> {
        if let Some(auroc) = self.auroc {
            writeln!(
                out,
                "confidence separates answerable from unanswerable questions: AUROC {:.1}%\n",
                100.0 * auroc
            )?;
        }
        writeln!(out, "{:<16}{:>10}{:>17}{:>15}", "confidence", "questions", "mean confidence", "first right")?;
        for bin in &self.reliability {
            let (from, to) = (bin.from, bin.from + 1.0 / BINS as f64);
            let mean = bin.mean_confidence.map_or_else(|| "-".to_owned(), |mean| format!("{mean:.3}"));
            let right = cell(bin.right, bin.questions);
            writeln!(out, "{:<16}{:>10}{mean:>17}{right}", format!("{from:.1} to {to:.1}"), bin.questions)?;
        }
        writeln!(out, "\nfirst right: the first ranked entry is right, whatever the verdict;")?;
        writeln!(
            out,
            "no entry is right for an unanswerable question. If a boundary refuses it, the confidence is 0."
        )?;
        writeln!(out, "expected calibration error {:.3}", self.expected_calibration_error)
    }
}

impl Bin {
    fn new(index: usize, evaluated: &[EvaluatedQuestion]) -> Self {
        let in_bin = || evaluated.iter().filter(|evaluated| bin_of(evaluated.confidence) == index);
        let (questions, right) = (in_bin().count(), in_bin().filter(|evaluated| evaluated.right).count());
        let mean_of = |sum: f64| (questions > 0).then(|| sum / questions as f64);
        Self {
            from: index as f64 / BINS as f64,
            questions,
            right,
            mean_confidence: mean_of(in_bin().map(|evaluated| f64::from(evaluated.confidence)).sum()),
            share_right: mean_of(right as f64),
        }
    }
}

/// The index of a confidence's bin. A confidence of 1 is in the last one.
fn bin_of(confidence: f32) -> usize {
    ((confidence * BINS as f32) as usize).min(BINS - 1)
}

fn auroc(evaluated: &[EvaluatedQuestion]) -> Option<f64> {
    let mut rising = evaluated.to_vec();
    rising.sort_by(|left, right| left.confidence.total_cmp(&right.confidence));
    let (mut answerable, mut unanswerable, mut won) = (0.0, 0.0, 0.0);
    for ties in rising.chunk_by(|left, right| left.confidence == right.confidence) {
        let tied = ties.iter().filter(|evaluated| evaluated.answerable).count() as f64;
        let tied_with = ties.len() as f64 - tied;
        won += tied * (unanswerable + tied_with / 2.0);
        answerable += tied;
        unanswerable += tied_with;
    }
    let pairs = answerable * unanswerable;
    (pairs > 0.0).then(|| won / pairs)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn evaluated(confidence: f32, answerable: bool, right: bool) -> EvaluatedQuestion {
        EvaluatedQuestion { confidence, answerable, right, can_be_answered: true }
    }

    #[test]
    fn auroc_is_the_share_of_pairs_in_order() {
        for (answerable, unanswerable, expected) in [
            (&[0.9, 0.8][..], &[0.1, 0.2][..], Some(1.0)),
            (&[0.1, 0.2], &[0.9, 0.8], Some(0.0)),
            (&[0.5, 0.5], &[0.5], Some(0.5)),
            (&[0.9, 0.5, 0.1], &[0.5, 0.0], Some(4.5 / 6.0)),
            (&[0.9], &[], None),
            (&[], &[0.9], None),
            (&[], &[], None),
        ] {
            let questions = answerable.iter().map(|&confidence| evaluated(confidence, true, true));
            let all: Vec<_> =
                questions.chain(unanswerable.iter().map(|&confidence| evaluated(confidence, false, false))).collect();
            assert_eq!(auroc(&all), expected, "{answerable:?} {unanswerable:?}");
        }
    }

    #[test]
    fn every_confidence_has_its_bin() {
        let below_1 = 1.0_f32.next_down();
        for (confidence, bin) in [(0.0, 0), (0.099, 0), (0.1, 1), (0.3, 3), (0.7, 7), (0.95, 9), (below_1, 9), (1.0, 9)]
        {
            assert_eq!(bin_of(confidence), bin, "{confidence}");
        }
    }

    #[test]
    fn the_calibration_error_is_the_difference_of_confidence_and_share_right() {
        let half_right = [evaluated(0.5, true, true), evaluated(0.5, true, false)];
        let overconfident = [evaluated(1.0, true, false), evaluated(1.0, false, false)];
        let mixed = [
            evaluated(0.5, true, true),
            evaluated(0.5, true, false),
            evaluated(0.75, true, true),
            evaluated(0.0, false, false),
        ];
        for (evaluated, expected) in [(&half_right[..], 0.0), (&overconfident, 1.0), (&mixed, 0.25 / 4.0), (&[], 0.0)] {
            let calibration = Calibration::new(evaluated);
            assert_eq!(calibration.expected_calibration_error, expected, "{evaluated:?}");
            assert_eq!(calibration.reliability.len(), BINS);
            assert_eq!(calibration.reliability.iter().map(|bin| bin.questions).sum::<usize>(), evaluated.len());
        }
        let bins = Calibration::new(&mixed).reliability;
        let bin = Bin { from: 0.5, questions: 2, right: 1, mean_confidence: Some(0.5), share_right: Some(0.5) };
        assert_eq!((&bins[5], bins[4].share_right), (&bin, None));
    }

    #[test]
    fn an_empty_bin_is_printed_with_a_dash() {
        let mut out = Vec::new();
        Calibration::new(&[evaluated(0.25, true, true)]).print(&mut out).unwrap();
        let table = String::from_utf8(out).unwrap();
        let row = |name: &str| -> Vec<String> {
            let line = table.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().skip(3).map(str::to_owned).collect()
        };
        assert_eq!(row("0.2 to 0.3"), ["1", "0.250", "1", "100.0%"]);
        assert_eq!(row("0.9 to 1.0"), ["0", "-", "0", "0.0%"]);
        assert!(!table.contains("AUROC"), "{table}");
    }
}
