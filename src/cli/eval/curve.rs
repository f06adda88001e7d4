//! The answers at each answer threshold, for moderators who choose their own: a higher threshold gives fewer answers
//! and fewer wrong ones. As in [`Library::ask`](crate::library::Library::ask), a question is not answered if a boundary
//! scores highest.

use std::io::{self, Write};

use serde::Serialize;

use super::tally::{EvaluatedQuestion, cell};

/// The number of threshold steps from 0 to 1: 0.05 each, about the smallest step that a moderator would notice.
const STEPS: u8 = 20;

/// The answers at one threshold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Point {
    pub threshold: f32,
    /// Answerable questions with a right answer.
    pub right: usize,
    /// Answerable questions with a wrong answer.
    pub wrong: usize,
    /// Unanswerable questions that are answered.
    pub unanswerable_answered: usize,
}

/// The answers at every threshold.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Curve {
    /// The current threshold.
    pub answer_threshold: f32,
    /// The number of answerable questions.
    pub answerable: usize,
    /// The number of unanswerable questions.
    pub unanswerable: usize,
    /// In the order of the threshold, from 0 to 1.
    pub points: Vec<Point>,
}

impl Curve {
    pub fn new(evaluated: &[EvaluatedQuestion], answer_threshold: f32) -> Self {
        let answerable = evaluated.iter().filter(|evaluated| evaluated.answerable).count();
        let points = (0..=STEPS).map(|step| Point::new(evaluated, f32::from(step) / f32::from(STEPS))).collect();
        Self { answer_threshold, answerable, unanswerable: evaluated.len() - answerable, points }
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
        writeln!(out, "unanswerable+: unanswerable questions that are answered")
    }
}

impl Point {
    fn new(evaluated: &[EvaluatedQuestion], threshold: f32) -> Self {
        let answered =
            || evaluated.iter().filter(|evaluated| evaluated.can_be_answered && evaluated.confidence >= threshold);
        Self {
            threshold,
            right: answered().filter(|evaluated| evaluated.right).count(),
            wrong: answered().filter(|evaluated| evaluated.answerable && !evaluated.right).count(),
            unanswerable_answered: answered().filter(|evaluated| !evaluated.answerable).count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_threshold_answers_the_questions_of_at_least_that_confidence() {
        let evaluated = |confidence, answerable, right, can_be_answered| EvaluatedQuestion {
            confidence,
            answerable,
            right,
            can_be_answered,
        };
        let evaluated = [
            evaluated(0.9, true, true, true),
            evaluated(0.55, true, true, true),
            evaluated(0.3, true, false, true),
            evaluated(0.4, false, false, true),
            evaluated(0.0, true, true, false),
            evaluated(0.0, false, false, false),
        ];
        let curve = Curve::new(&evaluated, 0.55);
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
