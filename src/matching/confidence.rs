//! From scores to what should be done: how sure the matcher is, and the outcome that follows.

use super::{Outcome, Thresholds};

/// The slope and offset of the logistic curve from the best score to confidence.
const SLOPE: f32 = 9.0;
const OFFSET: f32 = -3.6;

/// How sure it is that the first is right, from 0 to 1.
pub(super) fn confidence(best: f32, second: f32) -> f32 {
    if best <= 0.0 {
        return 0.0;
    }
    1.0 / (1.0 + (-(SLOPE * best + 3.0 * (best - second) + OFFSET)).exp())
}

/// What should be done at this confidence.
pub(super) fn outcome(confidence: f32, thresholds: Thresholds) -> Outcome {
    if confidence >= thresholds.answer {
        Outcome::Answer
    } else if confidence >= thresholds.suggest {
        Outcome::Suggest
    } else {
        Outcome::Unknown
    }
}
