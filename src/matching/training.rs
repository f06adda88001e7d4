//! Trains the weights on the wordings of the loaded knowledge: each is a question whose right class is known.
//! A feature that distinguishes a class from similar classes gains weight; a feature that they share loses weight.

use super::sparse_matrix::{IndexedWeight, SparseMatrix};

/// The number of passes over the wordings, if [`STEPS_MAX`] permits. More passes do not improve accuracy.
const PASSES: usize = 4;

/// The most steps of training in all passes together, which take about a second; a step is the time to read one weight.
/// If a single pass would take more, the weights stay untrained.
const STEPS_MAX: usize = 1_500_000_000;

/// The steps of turning one score into a probability: mostly an exponential.
const STEPS_PER_PROBABILITY: usize = 8;

/// A row of the matrix is stored as a dense array if it has a weight for at least one class in this many. Reading one
/// element of a dense row is about this many times faster than reading one of a sparse row.
const DENSE_DIVISOR: usize = 8;

/// The most weights in dense rows, 16 MiB. A dense row takes up to four times the memory of a sparse one, so in a large
/// file only the rows with the most weights are dense.
const DENSE_WEIGHTS_MAX: usize = 4 << 20;

/// With at most this many classes, training computes the probability of each class, because the bookkeeping that finds
/// the classes with a score would take longer.
const ALL_CLASSES_MAX: usize = 1_024;

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

/// The weights of each feature for the classes, as training changes them.
#[derive(Debug)]
pub(super) struct TrainedWeights {
    /// The weights of each feature that were nonzero before training. Those of a dense row are not used.
    rows: SparseMatrix,
    places: Vec<Place>,
    /// The dense rows, one after another: a weight for each class.
    dense: Vec<f32>,
    /// The weights that training added to sparse rows, in ascending order of the class. Most rows have none.
    added: Vec<Vec<IndexedWeight>>,
    classes: usize,
}

/// The storage of a row.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// `rows` only.
    Sparse,
    /// `rows` and the list with this number in `added`.
    Extended(u32),
    /// `dense`, at this number of rows from its start.
    Dense(u32),
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
) -> TrainedWeights {
    let mut weights = TrainedWeights::new(weights, classes);
    let passes = PASSES.min(STEPS_MAX / weights.steps(examples).max(1));
    let mut scores = Scores::new(classes);
    let mut errors: Vec<(u32, f32)> = Vec::new();
    for pass in 0..passes {
        let rate = LEARNING_RATE * (1.0 - pass as f32 / passes as f32);
        for example in examples {
            scores.compute(&weights, example);
            scores.errors(example.class, &mut errors);
            for &(id, value) in example.vector.iter().filter(|(id, _)| is_trained[*id as usize]) {
                for &(class, error) in &errors {
                    *weights.weight(id, class) -= rate * value * error;
                }
            }
        }
    }
    weights
}

impl TrainedWeights {
    fn new(rows: SparseMatrix, classes: usize) -> Self {
        let length_min = dense_length_min(&rows, classes);
        let mut weights = Self { places: Vec::new(), dense: Vec::new(), added: Vec::new(), classes, rows };
        weights.places = vec![Place::Sparse; weights.rows.row_count()];
        for (row, place) in weights.rows.rows().zip(&mut weights.places) {
            if row.len() >= length_min {
                let start = weights.dense.len();
                *place = Place::Dense((start / classes) as u32);
                weights.dense.resize(start + classes, 0.0);
                row.iter().for_each(|&(class, weight)| weights.dense[start + class as usize] = weight);
            }
        }
        weights
    }

    /// The steps of one pass over the examples.
    fn steps(&self, examples: &[Example<'_>]) -> usize {
        let steps = |example: &Example<'_>| {
            let (mut reads, mut touched) = (0, 0);
            for &(id, _) in example.vector {
                match self.places[id as usize] {
                    Place::Dense(_) => {
                        reads += self.classes.div_ceil(DENSE_DIVISOR);
                        touched = self.classes;
                    }
                    Place::Sparse | Place::Extended(_) => {
                        let length = self.rows.row(id as usize).len();
                        reads += length;
                        touched += length;
                    }
                }
            }
            let touched = if self.classes <= ALL_CLASSES_MAX { self.classes } else { touched.min(self.classes) };
            reads + STEPS_PER_PROBABILITY * touched
        };
        examples.iter().map(steps).sum()
    }

    fn is_dense(&self, id: u32) -> bool {
        matches!(self.places[id as usize], Place::Dense(_))
    }

    fn dense_row(&self, row: u32) -> &[f32] {
        &self.dense[row as usize * self.classes..][..self.classes]
    }

    /// The weight for a class. Adds a 0 to a sparse row that has none.
    fn weight(&mut self, id: u32, class: u32) -> &mut f32 {
        let place = &mut self.places[id as usize];
        if let Place::Dense(row) = *place {
            return &mut self.dense[row as usize * self.classes + class as usize];
        }
        let by_class = |&(class, _): &IndexedWeight| class;
        if let Ok(index) = self.rows.row(id as usize).binary_search_by_key(&class, by_class) {
            return &mut self.rows.row_mut(id as usize)[index].1;
        }
        let number = match *place {
            Place::Extended(number) => number as usize,
            _ => {
                *place = Place::Extended(self.added.len() as u32);
                self.added.push(Vec::new());
                self.added.len() - 1
            }
        };
        let added = &mut self.added[number];
        let index = added.binary_search_by_key(&class, by_class).unwrap_or_else(|index| {
            added.insert(index, (class, 0.0));
            index
        });
        &mut added[index].1
    }

    fn added(&self, id: u32) -> &[IndexedWeight] {
        match self.places[id as usize] {
            Place::Extended(number) => &self.added[number as usize],
            Place::Sparse | Place::Dense(_) => &[],
        }
    }

    /// The weights of a feature with at least this absolute value, in ascending order of the class.
    pub fn significant(&self, id: usize, least: f32) -> Vec<IndexedWeight> {
        let is_significant = |&(_, weight): &IndexedWeight| weight.abs() >= least;
        if let Place::Dense(row) = self.places[id] {
            return (0..).zip(self.dense_row(row).iter().copied()).filter(is_significant).collect();
        }
        let weights = self.rows.row(id).iter().chain(self.added(id as u32)).copied();
        let mut significant: Vec<IndexedWeight> = weights.filter(is_significant).collect();
        significant.sort_unstable_by_key(|&(class, _)| class);
        significant
    }

    /// The largest absolute weight, or 0 if there are none.
    pub fn largest(&self) -> f32 {
        let added = self.added.iter().flatten().map(|(_, weight)| weight);
        // The rows that are stored densely still have their first weights in `rows`.
        let sparse = self.rows.rows().zip(&self.places).filter(|(_, place)| !matches!(place, Place::Dense(_)));
        let sparse = sparse.flat_map(|(row, _)| row).map(|(_, weight)| weight);
        sparse.chain(added).chain(&self.dense).fold(0.0, |largest, weight| largest.max(weight.abs()))
    }
}

/// The least number of weights of a dense row.
fn dense_length_min(rows: &SparseMatrix, classes: usize) -> usize {
    let least = classes.div_ceil(DENSE_DIVISOR);
    let mut lengths: Vec<usize> = rows.rows().map(<[IndexedWeight]>::len).filter(|&length| length >= least).collect();
    let most = DENSE_WEIGHTS_MAX / classes.max(1);
    if lengths.len() <= most {
        return least;
    }
    lengths.sort_unstable_by(|left, right| right.cmp(left));
    lengths[most] + 1
}

/// The scores of one example. Its memory is used again for the next one.
struct Scores {
    values: Vec<f32>,
    /// The classes with a score that is not 0, unless `is_whole`.
    touched: Vec<u32>,
    /// For each class, the number of the last example that touched it.
    last_touched: Vec<u32>,
    example: u32,
    /// Whether every class counts as touched.
    is_whole: bool,
}

impl Scores {
    fn new(classes: usize) -> Self {
        Self {
            values: vec![0.0; classes],
            touched: Vec::new(),
            last_touched: vec![0; classes],
            example: 0,
            is_whole: true,
        }
    }

    /// Computes the score of each class, the dot product of the example's vector and the class's column, and subtracts
    /// the margin from that of the right class.
    fn compute(&mut self, weights: &TrainedWeights, example: &Example<'_>) {
        self.is_whole =
            weights.classes <= ALL_CLASSES_MAX || example.vector.iter().any(|&(id, _)| weights.is_dense(id));
        if self.is_whole {
            self.values.fill(0.0);
        } else {
            self.touched.clear();
            self.example = self.example.wrapping_add(1);
            if self.example == 0 {
                self.last_touched.fill(0);
                self.example = 1;
            }
        }
        for &(id, value) in example.vector {
            if let Place::Dense(row) = weights.places[id as usize] {
                let row = weights.dense_row(row);
                self.values.iter_mut().zip(row).for_each(|(score, weight)| *score += value * weight);
                continue;
            }
            let row = weights.rows.row(id as usize).iter().chain(weights.added(id));
            if self.is_whole {
                row.for_each(|&(class, weight)| self.values[class as usize] += value * weight);
            } else {
                row.for_each(|&(class, weight)| *self.touch(class) += value * weight);
            }
        }
        let right = if self.is_whole { &mut self.values[example.class as usize] } else { self.touch(example.class) };
        *right -= MARGIN;
    }

    /// The score of a class; 0 if this example did not touch it before.
    fn touch(&mut self, class: u32) -> &mut f32 {
        let (last, score) = (&mut self.last_touched[class as usize], &mut self.values[class as usize]);
        if *last != self.example {
            *last = self.example;
            *score = 0.0;
            self.touched.push(class);
        }
        score
    }

    /// The gradient of the cross-entropy loss with respect to the scores: the softmax probability of each class, minus 1
    /// for the right class. Omits errors below [`ERROR_MIN`], and so all classes that the example did not touch: there
    /// are more than [`ALL_CLASSES_MAX`] classes then, and these are equally likely. Overwrites the scores.
    fn errors(&mut self, right: u32, errors: &mut Vec<(u32, f32)>) {
        errors.clear();
        let error =
            |class: u32, likelihood: f32, sum: f32| (class, likelihood / sum - if class == right { 1.0 } else { 0.0 });
        let is_large = |(_, error): &(u32, f32)| error.abs() >= ERROR_MIN;
        if self.is_whole {
            let highest = self.values.iter().copied().fold(0.0, f32::max);
            let mut sum = 0.0;
            for score in &mut self.values {
                *score = (STEEPNESS * (*score - highest)).exp();
                sum += *score;
            }
            errors.extend((0..).zip(&self.values).map(|(class, &score)| error(class, score, sum)).filter(is_large));
            return;
        }
        let highest = self.touched.iter().map(|&class| self.values[class as usize]).fold(0.0, f32::max);
        // A class that was not touched has the score 0.
        let untouched = self.values.len() - self.touched.len();
        let mut sum = untouched as f32 * (-STEEPNESS * highest).exp();
        for &class in &self.touched {
            let score = &mut self.values[class as usize];
            *score = (STEEPNESS * (*score - highest)).exp();
            sum += *score;
        }
        let touched = self.touched.iter().map(|&class| error(class, self.values[class as usize], sum));
        errors.extend(touched.filter(is_large));
    }
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
    use super::{Example, PASSES, STEPS_MAX, SparseMatrix, TrainedWeights, class_overlap, train};

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
        // With 2 classes all rows are dense; with 40 the rows of features 1 and 2 are sparse; with 2,000 all are, and only
        // the classes that share a feature with an example are read.
        for classes in [2, 40, 2_000] {
            let trained = train(weights(), &examples, classes, &[true; 3]);
            let row = |id: usize| trained.significant(id, 1e-6);
            assert!(row(1)[0].1 > little, "{trained:?}");
            assert!(row(2).iter().any(|&(class, weight)| class == 1 && weight > little), "{trained:?}");
            assert!(row(1).iter().any(|&(class, weight)| class == 1 && weight < 0.0), "{trained:?}");
            assert!((row(0)[0].1 - most).abs() < 0.1, "{trained:?}");
            let trained = train(weights(), &examples, classes, &[true, false, true]);
            assert_eq!(trained.significant(1, 1e-6), [(0, little)], "feature 1 is not trained");
        }
    }

    #[test]
    fn the_steps_of_training_grow_with_the_shared_features_and_not_with_the_classes() {
        let steps = |classes: u32| {
            let vectors: Vec<[(u32, f32); 2]> =
                (0..classes).map(|class| [(class / 2, 0.5), (classes + class, 0.5)]).collect();
            let examples: Vec<Example<'_>> =
                vectors.iter().zip(0..).map(|(vector, class)| Example { vector, class }).collect();
            let shared = (0..classes)
                .map(|id| (2 * id..2 * id + 2).filter(|&class| class < classes).map(|class| (class, 0.5)).collect());
            let own = (0..classes).map(|class| vec![(class, 0.5)]);
            let weights: SparseMatrix = shared.chain(own).collect::<Vec<Vec<_>>>().into_iter().collect();
            TrainedWeights::new(weights, classes as usize).steps(&examples)
        };
        assert_eq!(steps(32_000), 8 * steps(4_000));
        assert!(steps(32_000) * PASSES < STEPS_MAX, "{}", steps(32_000));
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
