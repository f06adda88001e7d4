//! The confidence model: a logistic regression from the evidence for a class to the probability that it is right.
//! Its prior comes from public question sets; `calibration` adapts it to the loaded file.

use super::evidence::{Evidence, OBSERVATIONS};

/// The parameters of a model: the intercept, then one weight for each observation.
pub(super) const PARAMETERS: usize = OBSERVATIONS + 1;

// The prior was fitted by logistic regression of "the first entry is right" on public question sets (CLINC150,
// BANKING77, HINT3) and on curated files with and without boundaries, with 1 to 30 wordings per entry. `docs/matching.md`
// names the files.

/// The prior intercept and weights, in the order of [`Evidence::observations`].
const PRIOR: [f64; PARAMETERS] = [1.2, 4.5, -3.9, -1.8, 0.62, 0.04];

/// Added to the prior intercept per natural logarithm of the wordings per class: the more wordings, the likelier one of
/// them resembles a question that means something else.
const PRIOR_PER_LOG_WORDINGS: f64 = -0.61;

/// Added to the prior intercept per unit of class overlap: at the same scores, answers from similar classes are more
/// often wrong.
const PRIOR_PER_CLASS_OVERLAP: f64 = -7.6;

/// The class overlap is raised to at least this value, about the least among the files that the prior was fitted to. A
/// small file of unrelated entries would otherwise leave the fitted range.
const CLASS_OVERLAP_MIN: f32 = 0.23;

/// The standard deviation of each observation in the question sets. The prior lets a parameter move by about
/// 1 / √[`PRIOR_STRENGTH`] units of log-odds per standard deviation of its observation.
const DEVIATIONS: [f64; PARAMETERS] = [1.0, 0.2, 0.13, 0.23, 2.4, 3.9];

/// The precision of the prior. The wordings of a file are samples of another kind than the questions of its members. With
/// a strength of 1, the fit to a small file changed all weights and was too low by 0.1 on average; from 10 to 30 the
/// confidence is as good for large files and better for small ones.
const PRIOR_STRENGTH: f64 = 10.0;

/// Newton's method doubles the correct digits in each step; the fit converges in about eight.
const NEWTON_STEPS: usize = 25;

/// A question whose right class is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    /// The observations about the first ranked entry.
    pub observations: [f32; OBSERVATIONS],
    /// Whether that entry is right.
    pub is_right: bool,
    /// The number of questions that this one counts for.
    pub weight: f64,
}

/// A fitted model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ConfidenceModel {
    /// The intercept, then one weight for each observation.
    pub parameters: [f32; PARAMETERS],
}

impl ConfidenceModel {
    /// The model before any question of the file is known.
    pub fn prior(wordings_per_class: f32, class_overlap: f32) -> Self {
        let mut parameters = PRIOR;
        parameters[0] += PRIOR_PER_LOG_WORDINGS * f64::from(wordings_per_class.max(1.0).ln())
            + PRIOR_PER_CLASS_OVERLAP * f64::from(class_overlap.max(CLASS_OVERLAP_MIN));
        Self { parameters: parameters.map(|parameter| parameter as f32) }
    }

    /// The probability that the class is right, from 0 to 1; 0 if its score is not positive.
    pub fn probability(&self, evidence: &Evidence) -> f32 {
        if evidence.score <= 0.0 {
            return 0.0;
        }
        let [intercept, weights @ ..] = self.parameters;
        let terms = weights.iter().zip(evidence.observations()).map(|(weight, observation)| weight * observation);
        let log_odds = intercept + terms.sum::<f32>();
        1.0 / (1.0 + (-log_odds).exp())
    }

    /// Adds to the log-odds of every question.
    pub fn shifted(mut self, log_odds: f32) -> Self {
        self.parameters[0] += log_odds;
        self
    }

    /// Adapts the model to samples: the maximum of the posterior of a logistic regression whose prior is normal, with
    /// this model as its mean. Uses Newton's method (iteratively reweighted least squares).
    pub fn fitted(self, samples: &[Sample]) -> Self {
        let rows: Vec<([f64; PARAMETERS], &Sample)> = samples.iter().map(|sample| (row(sample), sample)).collect();
        let prior = self.parameters.map(f64::from);
        let mut parameters = prior;
        for _ in 0..NEWTON_STEPS {
            let mut gradient = [0.0; PARAMETERS];
            let mut hessian = [[0.0; PARAMETERS]; PARAMETERS];
            for index in 0..PARAMETERS {
                let precision = PRIOR_STRENGTH * DEVIATIONS[index] * DEVIATIONS[index];
                gradient[index] = precision * (parameters[index] - prior[index]);
                hessian[index][index] = precision;
            }
            for (row, sample) in &rows {
                let log_odds: f64 = row.iter().zip(&parameters).map(|(value, parameter)| value * parameter).sum();
                let probability = 1.0 / (1.0 + (-log_odds).exp());
                let error = sample.weight * (probability - f64::from(u8::from(sample.is_right)));
                let curvature = sample.weight * probability * (1.0 - probability);
                for index in 0..PARAMETERS {
                    gradient[index] += error * row[index];
                    for other in 0..PARAMETERS {
                        hessian[index][other] += curvature * row[index] * row[other];
                    }
                }
            }
            let Some(step) = solve(hessian, gradient) else { break };
            parameters.iter_mut().zip(step).for_each(|(parameter, step)| *parameter -= step.clamp(-STEP_MAX, STEP_MAX));
        }
        if parameters.iter().any(|parameter| !parameter.is_finite()) {
            return self;
        }
        Self { parameters: parameters.map(|parameter| parameter as f32) }
    }
}

/// The largest change of a parameter in one step. Without a limit, Newton's method may overshoot and diverge.
const STEP_MAX: f64 = 2.0;

/// The observations of a sample, after a 1 for the intercept.
fn row(sample: &Sample) -> [f64; PARAMETERS] {
    let mut row = [1.0; PARAMETERS];
    row[1..].iter_mut().zip(sample.observations).for_each(|(value, observation)| *value = observation.into());
    row
}

/// Solves a symmetric positive definite system of equations by Gaussian elimination. Returns `None` if it is singular.
fn solve(mut matrix: [[f64; PARAMETERS]; PARAMETERS], mut right: [f64; PARAMETERS]) -> Option<[f64; PARAMETERS]> {
    for pivot in 0..PARAMETERS {
        if matrix[pivot][pivot].abs() < f64::EPSILON {
            return None;
        }
        let above = matrix[pivot];
        for row in pivot + 1..PARAMETERS {
            let factor = matrix[row][pivot] / above[pivot];
            matrix[row].iter_mut().zip(above).skip(pivot).for_each(|(value, above)| *value -= factor * above);
            right[row] -= factor * right[pivot];
        }
    }
    for row in (0..PARAMETERS).rev() {
        let known: f64 = (row + 1..PARAMETERS).map(|column| matrix[row][column] * right[column]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(score: f32, is_right: bool) -> Sample {
        Sample { observations: [score, 0.0, 0.0, 0.0, 0.0], is_right, weight: 10.0 }
    }

    fn evidence(score: f32) -> Evidence {
        Evidence { score, sense_share: 0.1, unrelated_share: 0.2, posterior: 0.5, topicality: 1.0 }
    }

    #[test]
    fn each_observation_changes_the_prior_in_its_direction() {
        let prior = ConfidenceModel::prior(10.0, 0.25);
        let typical = evidence(0.4);
        for (higher, lower) in [
            (evidence(0.6), typical),
            (typical, Evidence { sense_share: 0.3, ..typical }),
            (typical, Evidence { unrelated_share: 0.5, ..typical }),
            (Evidence { posterior: 0.9, ..typical }, typical),
            (Evidence { topicality: 4.0, ..typical }, typical),
        ] {
            assert!(prior.probability(&higher) > prior.probability(&lower), "{higher:?} {lower:?}");
        }
        assert!(prior.probability(&typical) > ConfidenceModel::prior(20.0, 0.25).probability(&typical));
        assert!(prior.probability(&typical) > ConfidenceModel::prior(10.0, 0.3).probability(&typical));
        assert_eq!(prior.probability(&evidence(0.0)), 0.0);
    }

    #[test]
    fn samples_move_the_model_and_their_absence_does_not() {
        let prior = ConfidenceModel::prior(10.0, 0.25);
        assert_eq!(prior.fitted(&[]), prior);
        let right = prior.fitted(&[sample(0.6, true), sample(0.6, true)]);
        let wrong = prior.fitted(&[sample(0.6, false), sample(0.6, false)]);
        let probability = |model: ConfidenceModel| model.probability(&evidence(0.36));
        assert!(probability(right) > probability(prior) && probability(prior) > probability(wrong));
    }

    #[test]
    fn the_fit_separates_right_from_wrong() {
        let samples: Vec<Sample> = (0..100).map(|number| sample(number as f32 / 100.0, number >= 50)).collect();
        let fitted = ConfidenceModel::prior(10.0, 0.25).fitted(&samples);
        let at = |root: f32| {
            let [intercept, per_root, ..] = fitted.parameters;
            intercept + per_root * root
        };
        assert!(at(0.3) < 0.0 && at(0.7) > 0.0, "{fitted:?}");
    }

    #[test]
    fn extreme_samples_leave_a_finite_model() {
        let extreme = [sample(f32::MAX, true), sample(f32::MAX, false), sample(0.0, true)];
        let fitted = ConfidenceModel::prior(1.0, 1.0).fitted(&extreme);
        assert!(fitted.parameters.iter().all(|parameter| parameter.is_finite()), "{fitted:?}");
    }
}
