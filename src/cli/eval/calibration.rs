//! Whether confidence means what it says: does it tell answerable from unanswerable questions, and of those asked at 0.9, are
//! nine in ten right? Right is where the first of `ranked` answers the question, whatever the verdict; for an unanswerable
//! question none does. Where a boundary did better confidence is 0, which holds if the question is unanswerable indeed.

use std::io::{self, Write};

use serde::Serialize;

use super::tally::{Judged, cell};

/// How many bins of equal width confidence is sorted into; ten, as is usual.
const BINS: usize = 10;

/// The questions whose confidence is in one bin.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Bin {
    /// The least confidence in the bin; it ends where the next begins.
    pub from: f64,
    pub questions: usize,
    pub right: usize,
    /// None without questions.
    pub mean_confidence: Option<f64>,
    /// None without questions.
    pub share_right: Option<f64>,
}

/// Confidence held against what was right.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Calibration {
    /// The chance that of an answerable and an unanswerable question the answerable has the higher confidence, from 0 to 1;
    /// a tie is half (Hanley & McNeil 1982). None unless there are both.
    pub auroc: Option<f64>,
    /// How far confidence and share right are apart, from 0 to 1: the mean over the bins, by questions (Naeini et al. 2015).
    pub expected_calibration_error: f64,
    pub reliability: Vec<Bin>,
}

impl Calibration {
    pub fn new(judged: &[Judged]) -> Self {
        let reliability: Vec<Bin> = (0..BINS).map(|place| Bin::new(place, judged)).collect();
        let apart = |bin: &Bin| Some((bin.share_right? - bin.mean_confidence?).abs() * bin.questions as f64);
        let expected_calibration_error = reliability.iter().filter_map(apart).sum::<f64>() / judged.len().max(1) as f64;
        Self { auroc: auroc(judged), expected_calibration_error, reliability }
    }

    pub fn print(&self, out: &mut impl Write) -> io::Result<()> {
        if let Some(auroc) = self.auroc {
            writeln!(out, "confidence tells answerable from unanswerable questions: AUROC {:.1}%\n", 100.0 * auroc)?;
        }
        writeln!(out, "{:<16}{:>10}{:>17}{:>15}", "confidence", "questions", "mean confidence", "first right")?;
        for bin in &self.reliability {
            let (from, to) = (bin.from, bin.from + 1.0 / BINS as f64);
            let mean = bin.mean_confidence.map_or_else(|| "-".to_owned(), |mean| format!("{mean:.3}"));
            let right = cell(bin.right, bin.questions);
            writeln!(out, "{:<16}{:>10}{mean:>17}{right}", format!("{from:.1} to {to:.1}"), bin.questions)?;
        }
        writeln!(out, "\nfirst right: the first of the ranked entries is right, whatever the verdict;")?;
        writeln!(out, "none is for an unanswerable question. Where a boundary does better confidence is 0.")?;
        writeln!(out, "expected calibration error {:.3}", self.expected_calibration_error)
    }
}

impl Bin {
    fn new(place: usize, judged: &[Judged]) -> Self {
        let here = || judged.iter().filter(|judged| bin_of(judged.confidence) == place);
        let (questions, right) = (here().count(), here().filter(|judged| judged.right).count());
        let mean_of = |sum: f64| (questions > 0).then(|| sum / questions as f64);
        Self {
            from: place as f64 / BINS as f64,
            questions,
            right,
            mean_confidence: mean_of(here().map(|judged| f64::from(judged.confidence)).sum()),
            share_right: mean_of(right as f64),
        }
    }
}

/// The place of a confidence's bin; 1 is in the last.
fn bin_of(confidence: f32) -> usize {
    ((confidence * BINS as f32) as usize).min(BINS - 1)
}

fn auroc(judged: &[Judged]) -> Option<f64> {
    let mut rising = judged.to_vec();
    rising.sort_by(|left, right| left.confidence.total_cmp(&right.confidence));
    let (mut answerable, mut unanswerable, mut won) = (0.0, 0.0, 0.0);
    for ties in rising.chunk_by(|left, right| left.confidence == right.confidence) {
        let tied = ties.iter().filter(|judged| judged.answerable).count() as f64;
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

    fn judged(confidence: f32, answerable: bool, right: bool) -> Judged {
        Judged { confidence, answerable, right, can_be_answered: true }
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
            let questions = answerable.iter().map(|&confidence| judged(confidence, true, true));
            let all: Vec<_> =
                questions.chain(unanswerable.iter().map(|&confidence| judged(confidence, false, false))).collect();
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
    fn the_calibration_error_is_how_far_confidence_is_from_right() {
        let half_right = [judged(0.5, true, true), judged(0.5, true, false)];
        let boasting = [judged(1.0, true, false), judged(1.0, false, false)];
        let mixed =
            [judged(0.5, true, true), judged(0.5, true, false), judged(0.75, true, true), judged(0.0, false, false)];
        for (judged, expected) in [(&half_right[..], 0.0), (&boasting, 1.0), (&mixed, 0.25 / 4.0), (&[], 0.0)] {
            let calibration = Calibration::new(judged);
            assert_eq!(calibration.expected_calibration_error, expected, "{judged:?}");
            assert_eq!(calibration.reliability.len(), BINS);
            assert_eq!(calibration.reliability.iter().map(|bin| bin.questions).sum::<usize>(), judged.len());
        }
        let bins = Calibration::new(&mixed).reliability;
        let bin = Bin { from: 0.5, questions: 2, right: 1, mean_confidence: Some(0.5), share_right: Some(0.5) };
        assert_eq!((&bins[5], bins[4].share_right), (&bin, None));
    }

    #[test]
    fn an_empty_bin_is_told_as_empty() {
        let mut out = Vec::new();
        Calibration::new(&[judged(0.25, true, true)]).print(&mut out).unwrap();
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
