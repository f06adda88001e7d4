//! The file's texts as vectors: its features numbered, counted and weighed by how rare they are.

use std::collections::HashMap;

use super::common::PRIOR_WORDINGS;
use super::feature::{Feature, FeatureKind};
use super::hashing::Hashed;
use super::lexicon::Lexicon;
use super::sparse_matrix::{IndexedWeight, SparseMatrix};

/// Added to every count, so that a feature never seen weighs more than one seen once, but not infinitely more.
const UNSEEN: f32 = 0.2;

/// A feature weighs this power of how often an entry that has it at all has it: what several wordings of an entry share
/// tells more than what is strewn over as many entries.
const CONCENTRATION_POWER: f32 = 0.35;

/// What an index is made from: an entry's or a boundary's texts.
#[derive(Debug, Default)]
pub(super) struct ClassTexts {
    /// The features of each wording.
    pub wordings: Vec<Vec<Feature>>,
    /// Those of the passage, which counts as one wording more, but is no question to learn from.
    pub passage: Vec<Feature>,
}

/// The file's wordings as vectors.
#[derive(Default)]
pub(super) struct Vectorizer {
    /// The features' numbers by key.
    numbers: HashMap<u64, u32, Hashed>,
    /// The features' keys by number.
    pub keys: Vec<u64>,
    /// Their kinds.
    pub kinds: Vec<FeatureKind>,
    /// How many wordings have each.
    seen: Vec<f32>,
    /// How many classes have a wording that has it.
    in_classes: Vec<f32>,
    /// The wordings' vectors, class by class, each of length 1 and sorted by feature.
    pub vectors: SparseMatrix,
    /// For each class the number of wordings up to its last.
    pub ends: Vec<usize>,
    /// For each class its passage's vector.
    pub passages: SparseMatrix,
}

impl Vectorizer {
    /// Numbers and counts a class's features, and puts down its wordings.
    pub fn add(&mut self, class: &ClassTexts) {
        let mut of_class: Vec<u32> = Vec::new();
        for features in &class.wordings {
            let vector = self.numbered(features);
            vector.iter().for_each(|&(id, _)| self.seen[id as usize] += 1.0);
            of_class.extend(vector.iter().map(|&(id, _)| id));
            self.vectors.push(vector);
        }
        of_class.sort_unstable();
        of_class.dedup();
        of_class.iter().for_each(|&id| self.in_classes[id as usize] += 1.0);
        self.ends.push(self.vectors.len());
        let passage = self.numbered(&class.passage);
        self.passages.push(passage);
    }

    /// How often a text has each feature, by its number.
    fn numbered(&mut self, features: &[Feature]) -> Vec<IndexedWeight> {
        let occurrences = features.iter().map(|feature| {
            let next = self.keys.len() as u32;
            let id = *self.numbers.entry(feature.key).or_insert(next);
            if id == next {
                self.keys.push(feature.key);
                self.kinds.push(feature.kind);
                self.seen.push(0.0);
                self.in_classes.push(0.0);
            }
            (id, feature.count)
        });
        sum(occurrences.collect())
    }

    /// How much each feature weighs. What only passages have is as rare as what nothing has.
    pub fn rarities(&self, lexicon: &Lexicon) -> Vec<f32> {
        let wordings = self.vectors.len() as f32;
        let rarity = |id: usize| {
            let concentration = self.seen[id].max(1.0) / self.in_classes[id].max(1.0);
            let rarity = rarity(wordings, self.seen[id], lexicon.share(self.keys[id]));
            self.kinds[id].weight() * rarity * concentration.powf(CONCENTRATION_POWER)
        };
        (0..self.keys.len()).map(rarity).collect()
    }

    /// Makes vectors of length 1 of what was counted.
    pub fn weigh(&mut self, rarity: &[f32]) {
        for lists in [&mut self.vectors, &mut self.passages] {
            for list in 0..lists.len() {
                let vector = lists.get_mut(list);
                vector.iter_mut().for_each(|(id, weight)| *weight = weight.sqrt() * rarity[*id as usize]);
                unit(vector);
            }
        }
    }
}

/// Inverse document frequency (Spärck Jones 1972) over wordings, as if there were [`PRIOR_WORDINGS`] more in which words are
/// as common as in English.
pub(super) fn rarity(wordings: f32, seen: f32, share: f32) -> f32 {
    ((wordings + PRIOR_WORDINGS + 1.0) / (seen + PRIOR_WORDINGS * share + UNSEEN)).ln()
}

/// Adds up what stands at the same number; sorted by number.
pub(super) fn sum(mut vector: Vec<IndexedWeight>) -> Vec<IndexedWeight> {
    vector.sort_by_key(|&(id, _)| id);
    vector.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    vector
}

/// Scales to length 1.
pub(super) fn unit(vector: &mut [IndexedWeight]) {
    let length = vector.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|(_, weight)| *weight /= length);
    }
}
