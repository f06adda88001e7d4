//! Weights learned from the file's own wordings: each is a question whose entry is known.
//! What tells an entry from those it is confused with gains weight, what they share loses it (softmax regression, started
//! from the entries' own vectors, by stochastic gradient descent).

use super::sparse_matrix::{IndexedWeight, SparseMatrix};

/// How often each wording is gone through, where the budget allows it; more passes add nothing.
const PASSES: usize = 4;

/// The most weights that learning reads, over all passes: about a second. Larger files keep their entries' vectors.
const BUDGET: usize = 1_500_000_000;

/// A feature that at least one class in so many has keeps a weight for every class: reading them in order is about this
/// much faster than finding the place of each.
const DENSE: usize = 8;

/// How much a wording moves the weights in the first pass; in later ones less, evenly down to none.
const RATE: f32 = 0.35;

/// How far a wording must lead for its entry before nothing is learned from it. A wording stands in its entry's own vector
/// and so scores higher there than a question that nobody wrote down would (a large margin, as in Liu et al. 2016).
const MARGIN: f32 = 0.2;

/// How steep the softmax is: a wording that scores a twelfth more for one entry is e times as likely its own.
const STEEPNESS: f32 = 12.0;

/// Entries that a wording is less likely than this to be of learn nothing from it, which keeps the weights sparse. From 0.01 to 0.05
/// top-1 stays the same; at 0.05 questions near a boundary are answered more often.
const CONFUSABLE: f32 = 0.02;

/// A wording's vector and its class.
pub(super) struct Example<'a> {
    /// The vector, of length 1.
    pub vector: &'a [IndexedWeight],
    /// The class that it is a wording of.
    pub class: u32,
}

/// The weights of one feature.
enum Row {
    /// For the classes that it says something about, in rising order.
    Sparse(Vec<IndexedWeight>),
    /// For every class.
    Dense(Vec<f32>),
}

/// Improves the weights, which are lists of classes by feature, of those features that are to be learned. The examples' order decides
/// details, so callers give one that the order of the file does not.
pub(super) fn learn(
    weights: SparseMatrix,
    examples: &[Example<'_>],
    classes: usize,
    is_learned: &[bool],
) -> SparseMatrix {
    let costs: Vec<usize> = weights.iter().map(|row| row.len().min(classes.div_ceil(DENSE))).collect();
    let reads: usize = examples.iter().flat_map(|example| example.vector).map(|&(id, _)| costs[id as usize]).sum();
    let passes = PASSES.min(BUDGET / reads.max(1));
    if passes == 0 {
        return weights;
    }
    let mut rows: Vec<Row> = weights.iter().map(|row| Row::new(row, classes)).collect();
    drop(weights);
    let mut scores = vec![0.0; classes];
    for pass in 0..passes {
        let rate = RATE * (1.0 - pass as f32 / passes as f32);
        for example in examples {
            score(&rows, example.vector, &mut scores);
            scores[example.class as usize] -= MARGIN;
            let errors = errors(&mut scores, example.class);
            for &(id, value) in example.vector.iter().filter(|(id, _)| is_learned[*id as usize]) {
                for &(class, error) in &errors {
                    *rows[id as usize].weight(class) -= rate * value * error;
                }
            }
        }
    }
    rows.into_iter().map(Row::into_list).collect()
}

impl Row {
    fn new(list: &[IndexedWeight], classes: usize) -> Self {
        if list.len() < classes.div_ceil(DENSE) {
            return Self::Sparse(list.to_vec());
        }
        let mut dense = vec![0.0; classes];
        list.iter().for_each(|&(class, weight)| dense[class as usize] = weight);
        Self::Dense(dense)
    }

    fn weight(&mut self, class: u32) -> &mut f32 {
        match self {
            Self::Dense(weights) => &mut weights[class as usize],
            Self::Sparse(list) => {
                let at = match list.binary_search_by_key(&class, |&(class, _)| class) {
                    Ok(at) => at,
                    Err(at) => {
                        list.insert(at, (class, 0.0));
                        at
                    }
                };
                &mut list[at].1
            }
        }
    }

    fn into_list(self) -> Vec<IndexedWeight> {
        match self {
            Self::Sparse(list) => list,
            Self::Dense(weights) => (0..).zip(weights).filter(|&(_, weight)| weight != 0.0).collect(),
        }
    }
}

fn score(rows: &[Row], vector: &[IndexedWeight], scores: &mut [f32]) {
    scores.fill(0.0);
    for &(id, value) in vector {
        match &rows[id as usize] {
            Row::Sparse(list) => list.iter().for_each(|&(class, weight)| scores[class as usize] += value * weight),
            Row::Dense(weights) => scores.iter_mut().zip(weights).for_each(|(score, weight)| *score += value * weight),
        }
    }
}

/// How much too likely each class is, where that is worth learning; negative for the right one. Uses up the scores.
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
        .filter(|(_, error)| error.abs() >= CONFUSABLE)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Example, SparseMatrix, learn};

    #[test]
    fn what_tells_classes_apart_gains_weight() {
        // Feature 0 is most of both classes; 1 is only in the first, 2 only in the second.
        let (most, little) = (0.9_f32.sqrt(), 0.1_f32.sqrt());
        let weights = || -> SparseMatrix {
            [vec![(0, most), (1, most)], vec![(0, little)], vec![(1, little)]].into_iter().collect()
        };
        let vectors = [vec![(0, most), (1, little)], vec![(0, most), (2, little)]];
        let examples: Vec<Example<'_>> =
            vectors.iter().zip(0..).map(|(vector, class)| Example { vector, class }).collect();
        // Two classes have every row dense, forty have those sparse that only one class of the forty has.
        for classes in [2, 40] {
            let learned = learn(weights(), &examples, classes, &[true; 3]);
            assert!(learned.get(1)[0].1 > little, "{learned:?}");
            assert!(learned.get(2).iter().any(|&(class, weight)| class == 1 && weight > little), "{learned:?}");
            assert!(learned.get(1).iter().any(|&(class, weight)| class == 1 && weight < 0.0), "{learned:?}");
            assert!((learned.get(0)[0].1 - most).abs() < 0.1, "{learned:?}");
            let learned = learn(weights(), &examples, classes, &[true, false, true]);
            assert_eq!(learned.get(1), [(0, little)], "not to be learned");
        }
    }
}
