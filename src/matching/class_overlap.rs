//! How alike the entries of a file are: of two files asked equally well worded questions, the more crowded one gets more wrong.
//! Confidence takes it into account, so that it means the same for every file.

use super::sparse_matrix::SparseMatrix;
use super::training::Example;

/// How many wordings are looked at, evenly spread; the mean of so many is sure to a few hundredths of itself.
const SAMPLE: usize = 500;

/// How well a wording fits the best entry that it is not of, on average over a sample, from 0 to 1. `weights` are lists of classes by
/// feature, before anything is learned.
pub(super) fn class_overlap(weights: &SparseMatrix, examples: &[Example<'_>], classes: usize) -> f32 {
    let sample = examples.iter().step_by(examples.len().div_ceil(SAMPLE).max(1));
    let mut scores = vec![0.0; classes];
    let mut best_of_others = |example: &Example<'_>| {
        scores.fill(0.0);
        for &(id, value) in example.vector {
            weights.get(id as usize).iter().for_each(|&(class, weight)| scores[class as usize] += value * weight);
        }
        scores[example.class as usize] = 0.0;
        scores.iter().copied().fold(0.0, f32::max)
    };
    let count = sample.len().max(1);
    sample.map(&mut best_of_others).sum::<f32>() / count as f32
}

#[cfg(test)]
mod tests {
    use super::{Example, SparseMatrix, class_overlap};

    #[test]
    fn entries_that_share_more_are_more_crowded() {
        // Two classes, a wording each; feature 0 is in both, 1 and 2 in one.
        let overlap_for = |shared: f32| {
            let own = (1.0 - shared * shared).sqrt();
            let weights: SparseMatrix =
                [vec![(0, shared), (1, shared)], vec![(0, own)], vec![(1, own)]].into_iter().collect();
            let vectors = [[(0, shared), (1, own)], [(0, shared), (2, own)]];
            let examples: Vec<Example<'_>> =
                vectors.iter().zip(0..).map(|(vector, class)| Example { vector, class }).collect();
            class_overlap(&weights, &examples, 2)
        };
        assert_eq!(overlap_for(0.0), 0.0);
        assert!((overlap_for(0.5) - 0.25).abs() < 1e-6);
        assert!((overlap_for(1.0) - 1.0).abs() < 1e-6);
        assert_eq!(class_overlap(&SparseMatrix::default(), &[], 0), 0.0);
    }
}
