//! What is answered at each answer threshold, for moderators who choose their own: the higher, the fewer answers and the fewer
//! wrong ones. A question is answered as [`Library::ask`](crate::library::Library::ask) would: never where a boundary does better.

use std::io::{self, Write};

use serde::Serialize;

use super::tally::{Judged, cell};

/// How many steps of the threshold there are from 0 to 1: 0.05 each, about what a moderator would feel.
const STEPS: u8 = 20;

/// What is answered at one threshold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Point {
    pub threshold: f32,
    /// Answerable questions that are answered rightly.
    pub right: usize,
    /// Answerable questions that are answered wrongly.
    pub wrong: usize,
    /// Unanswerable questions that are answered all the same.
    pub unanswerable_answered: usize,
}

/// What is answered at every threshold.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Curve {
    /// The threshold in use.
    pub answer_threshold: f32,
    /// How many questions are answerable.
    pub answerable: usize,
    /// How many are not.
    pub unanswerable: usize,
    /// The threshold rising from 0 to 1.
    pub points: Vec<Point>,
}

impl Curve {
    pub fn new(judged: &[Judged], answer_threshold: f32) -> Self {
        let answerable = judged.iter().filter(|judged| judged.answerable).count();
        let points = (0..=STEPS).map(|step| Point::new(judged, f32::from(step) / f32::from(STEPS))).collect();
        Self { answer_threshold, answerable, unanswerable: judged.len() - answerable, points }
    }

    pub fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let heads = ["right", "wrong", "unanswerable+"].map(|name| format!("{name:>15}"));
        writeln!(out, "{:<16}{}", "answer at", heads.concat())?;
        for point in &self.points {
            let answerable = [point.right, point.wrong].map(|count| cell(count, self.answerable));
            let unanswerable = cell(point.unanswerable_answered, self.unanswerable);
            writeln!(out, "{:<16.2}{}{unanswerable}", point.threshold, answerable.concat())?;
        }
        writeln!(
            out,
            "\nanswer at: the answer threshold, now {}; right, wrong: of answerable questions;",
            self.answer_threshold
        )?;
        writeln!(out, "unanswerable+: unanswerable questions that are answered all the same")
    }
}

impl Point {
    fn new(judged: &[Judged], threshold: f32) -> Self {
        let answered = || judged.iter().filter(|judged| judged.can_be_answered && judged.confidence >= threshold);
        Self {
            threshold,
            right: answered().filter(|judged| judged.right).count(),
            wrong: answered().filter(|judged| judged.answerable && !judged.right).count(),
            unanswerable_answered: answered().filter(|judged| !judged.answerable).count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_threshold_answers_what_is_as_sure() {
        let judged =
            |confidence, answerable, right, can_be_answered| Judged { confidence, answerable, right, can_be_answered };
        let judged = [
            judged(0.9, true, true, true),
            judged(0.55, true, true, true),
            judged(0.3, true, false, true),
            judged(0.4, false, false, true),
            judged(0.0, true, true, false),
            judged(0.0, false, false, false),
        ];
        let curve = Curve::new(&judged, 0.55);
        assert_eq!((curve.answerable, curve.unanswerable, curve.points.len()), (4, 2, 21));
        for (step, threshold, right, wrong, unanswerable_answered) in [
            (0, 0.0, 2, 1, 1),
            (6, 0.3, 2, 1, 1),
            (7, 0.35, 2, 0, 1),
            (11, 0.55, 2, 0, 0),
            (12, 0.6, 1, 0, 0),
            (20, 1.0, 0, 0, 0),
        ] {
            assert_eq!(curve.points[step], Point { threshold, right, wrong, unanswerable_answered });
        }
    }
}
