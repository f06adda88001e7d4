//! Trains the weights on the wordings of the loaded knowledge: each is a question whose right class is known.
//! A feature that distinguishes a class from similar classes gains weight; a feature that they share loses weight.

use super::sparse_matrix::{IndexedWeight, SparseMatrix};

/// The number of passes over the wordings, if [`READS_MAX`] permits. More passes do not improve accuracy.
const PASSES: usize = 4;

/// The most weights that training reads in all passes together, which takes about a second. If a single pass would read
/// more, the weights stay untrained.
const READS_MAX: usize = 1_500_000_000;

/// A row of the matrix is stored as a dense array if it has a weight for at least one class in this many. Reading one
/// element of a dense row is about this many times faster than reading one of a sparse row.
const DENSE_DIVISOR: usize = 8;

/// The learning rate of the first pass. It decreases linearly towards 0 over the passes.
const LEARNING_RATE: f32 = 0.35;

/// The margin that training subtracts from the score of a wording's own class. A wording is part of the class's initial
/// vector, so it scores higher there than a new question with the same meaning would; the margin compensates for that.
/// (The large-margin softmax of Liu et al. 2016 serves the same purpose.)
const MARGIN: f32 = 0.2;

/// The inverse temperature of the softmax: a class that scores 1/12 more is e times as likely.
pub(super) const STEEPNESS: f32 = 12.0;

/// Smaller errors do not change weights, which keeps the matrix sparse. Accuracy is the same from 0.01 to 0.05, but at
/// 0.05 the bot answers more of the questions that a boundary should refuse.
const ERROR_MIN: f32 = 0.02;

/// The number of wordings that [`class_overlap`] samples. The relative standard error of the mean is then a few
/// percent.
const SAMPLE_SIZE: usize = 500;

/// A training example: the vector of a wording, and its class.
pub(super) struct Example<'a> {
    /// The vector, of length 1.
    pub vector: &'a [IndexedWeight],
    /// The right class.
    pub class: u32,
}

/// The weights of one feature for the classes.
enum Row {
    /// The nonzero weights, in ascending order of the class.
    Sparse(Vec<IndexedWeight>),
    /// One weight for each class.
    Dense(Vec<f32>),
}

/// Trains the weights by softmax regression (multinomial logistic regression) with stochastic gradient descent,
/// starting from the class vectors. `weights` has a row for each feature and a column for each class; only rows whose
/// feature has `true` in `is_trained` change. The order of the examples affects the result slightly, so it should not
/// depend on the order of the wordings in the file.
pub(super) fn train(
    weights: SparseMatrix,
    examples: &[Example<'_>],
    classes: usize,
    is_trained: &[bool],
) -> SparseMatrix {
    let costs: Vec<usize> = weights.rows().map(|row| row.len().min(classes.div_ceil(DENSE_DIVISOR))).collect();
    let reads: usize = examples.iter().flat_map(|example| example.vector).map(|&(id, _)| costs[id as usize]).sum();
    let passes = PASSES.min(READS_MAX / reads.max(1));
    if passes == 0 {
        return weights;
    }
    let mut rows: Vec<Row> = weights.rows().map(|row| Row::new(row, classes)).collect();
    drop(weights);
    let mut scores = vec![0.0; classes];
    for pass in 0..passes {
        let rate = LEARNING_RATE * (1.0 - pass as f32 / passes as f32);
        for example in examples {
            score(&rows, example.vector, &mut scores);
            scores[example.class as usize] -= MARGIN;
            let errors = errors(&mut scores, example.class);
            for &(id, value) in example.vector.iter().filter(|(id, _)| is_trained[*id as usize]) {
                for &(class, error) in &errors {
                    *rows[id as usize].weight(class) -= rate * value * error;
                }
            }
        }
    }
    rows.into_iter().map(Row::into_elements).collect()
}

impl Row {
    fn new(elements: &[IndexedWeight], classes: usize) -> Self {
        if elements.len() < classes.div_ceil(DENSE_DIVISOR) {
            return Self::Sparse(elements.to_vec());
        }
        let mut dense = vec![0.0; classes];
        elements.iter().for_each(|&(class, weight)| dense[class as usize] = weight);
        Self::Dense(dense)
    }

    /// The weight for a class. Inserts a 0 into a sparse row that has none.
    fn weight(&mut self, class: u32) -> &mut f32 {
        match self {
            Self::Dense(weights) => &mut weights[class as usize],
            Self::Sparse(elements) => {
                let index = match elements.binary_search_by_key(&class, |&(class, _)| class) {
                    Ok(index) => index,
                    Err(index) => {
                        elements.insert(index, (class, 0.0));
                        index
                    }
                };
                &mut elements[index].1
            }
        }
    }

    fn into_elements(self) -> Vec<IndexedWeight> {
        match self {
            Self::Sparse(elements) => elements,
            Self::Dense(weights) => (0..).zip(weights).filter(|&(_, weight)| weight != 0.0).collect(),
        }
    }
}

/// Computes the score of each class: the dot product of the vector and the class's column.
fn score(rows: &[Row], vector: &[IndexedWeight], scores: &mut [f32]) {
    scores.fill(0.0);
    for &(id, value) in vector {
        match &rows[id as usize] {
            Row::Sparse(row) => row.iter().for_each(|&(class, weight)| scores[class as usize] += value * weight),
            Row::Dense(row) => scores.iter_mut().zip(row).for_each(|(score, weight)| *score += value * weight),
        }
    }
}

/// The gradient of the cross-entropy loss with respect to the scores: the softmax probability of each class, minus 1
/// for the right class. Omits errors below [`ERROR_MIN`]. Overwrites the scores.
fn errors(scores: &mut [f32], right: u32) -> Vec<(u32, f32)> {
    let highest = scores.iter().copied().fold(0.0, f32::max);
    let mut sum = 0.0;
    for score in &mut *scores {
        *score = (STEEPNESS * (*score - highest)).exp();
        sum += *score;
    }
    (0..)
        .zip(scores)
        .map(|(class, likelihood)| (class, *likelihood / sum - if class == right { 1.0 } else { 0.0 }))
        .filter(|(_, error)| error.abs() >= ERROR_MIN)
        .collect()
}

/// The similarity of the classes, from 0 to 1: the mean score of a wording for the best class other than its own, over
/// an evenly spaced sample of wordings. `weights` are the untrained weights. At the same scores, answers from similar
/// classes are more often wrong, so the confidence takes the overlap into account.
pub(super) fn class_overlap(weights: &SparseMatrix, examples: &[Example<'_>], classes: usize) -> f32 {
    let sample = examples.iter().step_by(examples.len().div_ceil(SAMPLE_SIZE).max(1));
    let mut scores = vec![0.0; classes];
    let mut best_of_others = |example: &Example<'_>| {
        scores.fill(0.0);
        for &(id, value) in example.vector {
            weights.row(id as usize).iter().for_each(|&(class, weight)| scores[class as usize] += value * weight);
        }
        scores[example.class as usize] = 0.0;
        scores.iter().copied().fold(0.0, f32::max)
    };
    let count = sample.len().max(1);
    sample.map(&mut best_of_others).sum::<f32>() / count as f32
}

#[cfg(test)]
mod tests {
    use super::{Example, SparseMatrix, class_overlap, train};

    #[test]
    fn features_that_distinguish_classes_gain_weight() {
        // Both classes have mostly feature 0; only the first has feature 1, only the second has feature 2.
        let (most, little) = (0.9_f32.sqrt(), 0.1_f32.sqrt());
        let weights = || -> SparseMatrix {
            [vec![(0, most), (1, most)], vec![(0, little)], vec![(1, little)]].into_iter().collect()
        };
        let vectors = [vec![(0, most), (1, little)], vec![(0, most), (2, little)]];
        let examples: Vec<Example<'_>> =
            vectors.iter().zip(0..).map(|(vector, class)| Example { vector, class }).collect();
        // With 2 classes all rows are dense; with 40 the rows of features 1 and 2 are sparse.
        for classes in [2, 40] {
            let trained = train(weights(), &examples, classes, &[true; 3]);
            assert!(trained.row(1)[0].1 > little, "{trained:?}");
            assert!(trained.row(2).iter().any(|&(class, weight)| class == 1 && weight > little), "{trained:?}");
            assert!(trained.row(1).iter().any(|&(class, weight)| class == 1 && weight < 0.0), "{trained:?}");
            assert!((trained.row(0)[0].1 - most).abs() < 0.1, "{trained:?}");
            let trained = train(weights(), &examples, classes, &[true, false, true]);
            assert_eq!(trained.row(1), [(0, little)], "feature 1 is not trained");
        }
    }

    #[test]
    fn classes_that_share_more_overlap_more() {
        // Two classes with one wording each. Feature 0 is in both, features 1 and 2 in one each.
        let overlap = |shared: f32| {
            let own = (1.0 - shared * shared).sqrt();
            let weights: SparseMatrix =
                [vec![(0, shared), (1, shared)], vec![(0, own)], vec![(1, own)]].into_iter().collect();
            let vectors = [[(0, shared), (1, own)], [(0, shared), (2, own)]];
            let examples: Vec<Example<'_>> =
                vectors.iter().zip(0..).map(|(vector, class)| Example { vector, class }).collect();
            class_overlap(&weights, &examples, 2)
        };
        assert_eq!(overlap(0.0), 0.0);
        assert!((overlap(0.5) - 0.25).abs() < 1e-6);
        assert!((overlap(1.0) - 1.0).abs() < 1e-6);
        assert_eq!(class_overlap(&SparseMatrix::default(), &[], 0), 0.0);
    }
}
