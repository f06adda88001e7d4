//! Weights learned from the file's own wordings: each is a question whose entry is known.
//! What tells an entry from those it is confused with gains weight, what they share loses it (softmax regression, started
//! from the entries' own vectors, by stochastic gradient descent).

use super::index::Sparse;

/// How often each wording is gone through, where the budget allows it; more passes add nothing.
const PASSES: usize = 4;

/// The most weights that learning reads, over all passes: about a second. Larger files keep their entries' vectors.
const BUDGET: usize = 1_500_000_000;

/// How much a wording moves the weights in the first pass; in later ones less, evenly down to none.
const RATE: f32 = 0.4;

/// How steep the softmax is: a wording that scores 0.1 more for one entry is e times as likely its own.
const STEEPNESS: f32 = 10.0;

/// Entries that a wording is less likely than this to be of learn nothing from it, which keeps the weights sparse.
const CONFUSABLE: f32 = 0.01;

/// A weight of each feature for each class that it says something about.
pub(super) type Rows = Vec<Vec<(u32, f32)>>;

/// A wording's vector and its class.
pub(super) struct Example<'a> {
    /// The vector, of length 1.
    pub vector: &'a Sparse,
    /// The class that it is a wording of.
    pub class: u32,
}

/// Improves the weights. The examples' order decides details, so callers give one that the order of the file does not.
pub(super) fn learn(rows: &mut Rows, examples: &[Example<'_>], classes: usize) {
    let reads: usize = examples.iter().flat_map(|example| example.vector).map(|&(id, _)| rows[id as usize].len()).sum();
    let passes = PASSES.min(BUDGET / reads.max(1));
    let mut scores = vec![0.0; classes];
    for pass in 0..passes {
        let rate = RATE * (1.0 - pass as f32 / passes as f32);
        for example in examples {
            score(rows, example.vector, &mut scores);
            let errors = errors(&mut scores, example.class);
            for &(id, value) in example.vector {
                for &(class, error) in &errors {
                    *weight(&mut rows[id as usize], class) -= rate * value * error;
                }
            }
        }
    }
}

fn score(rows: &Rows, vector: &Sparse, scores: &mut [f32]) {
    scores.fill(0.0);
    for &(id, value) in vector {
        for &(class, weight) in &rows[id as usize] {
            scores[class as usize] += value * weight;
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

/// The weight for a class in a row sorted by class.
fn weight(row: &mut Vec<(u32, f32)>, class: u32) -> &mut f32 {
    let at = match row.binary_search_by_key(&class, |&(class, _)| class) {
        Ok(at) => at,
        Err(at) => {
            row.insert(at, (class, 0.0));
            at
        }
    };
    &mut row[at].1
}

#[cfg(test)]
mod tests {
    use super::{Example, learn};

    #[test]
    fn what_tells_classes_apart_gains_weight() {
        // Feature 0 is most of both classes; 1 is only in the first, 2 only in the second.
        let (most, little) = (0.9_f32.sqrt(), 0.1_f32.sqrt());
        let mut rows = vec![vec![(0, most), (1, most)], vec![(0, little)], vec![(1, little)]];
        let vectors = [vec![(0, most), (1, little)], vec![(0, most), (2, little)]];
        let examples: Vec<Example<'_>> =
            vectors.iter().zip(0..).map(|(vector, class)| Example { vector, class }).collect();
        let before = rows.clone();
        learn(&mut rows, &examples, 2);
        assert!(rows[1][0].1 > before[1][0].1, "{rows:?}");
        assert!(rows[2].iter().any(|&(class, weight)| class == 1 && weight > little), "{rows:?}");
        assert!(rows[1].iter().any(|&(class, weight)| class == 1 && weight < 0.0), "{rows:?}");
        assert!((rows[0][0].1 - most).abs() < 0.05, "{rows:?}");
    }
}
