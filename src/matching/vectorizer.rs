//! From the knowledge file's texts to vectors (TF-IDF).
//! Numbers the features, counts the wordings and classes that have them, and weighs the features by their rarity.

use std::collections::HashMap;

use super::english::{English, PRIOR_WORDINGS};
use super::feature::{BuildKeyHasher, Feature, FeatureKind};
use super::sparse_matrix::{IndexedWeight, SparseMatrix};

/// Added to each count, so that the weight of a feature that occurs in no wording is finite, and higher than that of a
/// feature that occurs in one.
const SMOOTHING: f32 = 0.2;

/// A feature's weight includes its concentration to this power: the mean number of wordings with the feature in a class
/// that has it at all. A feature of several wordings of one class identifies the class better than a feature that is
/// spread over as many classes.
const CONCENTRATION_POWER: f32 = 0.35;

/// The texts of a class, as features. A class is anything that competes for questions: an entry or a boundary.
#[derive(Debug, Default)]
pub(super) struct ClassTexts {
    /// The features of each wording.
    pub wordings: Vec<Vec<Feature>>,
    /// The features of the passage. It is part of the class's vector like a wording, but is not a training example,
    /// because it is not a question.
    pub passage: Vec<Feature>,
}

/// Collects the texts of all classes and turns them into vectors.
#[derive(Default)]
pub(super) struct Vectorizer {
    /// The number of each feature by its key.
    numbers: HashMap<u64, u32, BuildKeyHasher>,
    /// The key of each feature.
    pub keys: Vec<u64>,
    /// The kind of each feature.
    pub kinds: Vec<FeatureKind>,
    /// The number of wordings that have each feature.
    wording_counts: Vec<f32>,
    /// The number of classes with a wording that has each feature.
    class_counts: Vec<f32>,
    /// The vector of each wording, class by class: its features, sorted by number. Occurrence counts until
    /// [`Self::weigh`].
    pub wordings: SparseMatrix,
    /// For each class, the number of wordings up to and including its last.
    pub ends: Vec<usize>,
    /// The vector of each class's passage.
    pub passages: SparseMatrix,
}

impl Vectorizer {
    /// Adds the next class.
    pub fn add(&mut self, class: &ClassTexts) {
        let mut of_class: Vec<u32> = Vec::new();
        for features in &class.wordings {
            let vector = self.count(features);
            vector.iter().for_each(|&(id, _)| self.wording_counts[id as usize] += 1.0);
            of_class.extend(vector.iter().map(|&(id, _)| id));
            self.wordings.push(vector);
        }
        of_class.sort_unstable();
        of_class.dedup();
        of_class.iter().for_each(|&id| self.class_counts[id as usize] += 1.0);
        self.ends.push(self.wordings.row_count());
        let passage = self.count(&class.passage);
        self.passages.push(passage);
    }

    /// The number of occurrences of each feature in a text, by the feature's number.
    fn count(&mut self, features: &[Feature]) -> Vec<IndexedWeight> {
        let occurrences = features.iter().map(|feature| {
            let next = self.keys.len() as u32;
            let id = *self.numbers.entry(feature.key).or_insert(next);
            if id == next {
                self.keys.push(feature.key);
                self.kinds.push(feature.kind);
                self.wording_counts.push(0.0);
                self.class_counts.push(0.0);
            }
            (id, feature.count)
        });
        merge_duplicates(occurrences.collect())
    }

    /// The weight of each feature: kind weight × [`idf`] × concentration^[`CONCENTRATION_POWER`]. A feature that only
    /// passages have weighs as much as an unknown one.
    pub fn feature_weights(&self) -> Vec<f32> {
        let wordings = self.wordings.row_count() as f32;
        let weight = |id: usize| {
            let concentration = self.wording_counts[id].max(1.0) / self.class_counts[id].max(1.0);
            let idf = idf(wordings, self.wording_counts[id], English::get().frequency(self.keys[id]));
            self.kinds[id].weight() * idf * concentration.powf(CONCENTRATION_POWER)
        };
        (0..self.keys.len()).map(weight).collect()
    }

    /// Turns occurrence counts into vectors of length 1: √count × feature weight, normalised. The square root dampens
    /// repetition, as in Lucene's classic similarity.
    pub fn weigh(&mut self, feature_weights: &[f32]) {
        for vectors in [&mut self.wordings, &mut self.passages] {
            for row in 0..vectors.row_count() {
                let vector = vectors.row_mut(row);
                vector.iter_mut().for_each(|(id, weight)| *weight = weight.sqrt() * feature_weights[*id as usize]);
                normalise_length(vector);
            }
        }
    }
}

/// Inverse document frequency (Spärck Jones 1972), where a document is a wording: ln(N / n) for a feature that n of N
/// wordings have. [`PRIOR_WORDINGS`] imaginary wordings are added, in which the feature is as frequent as in English.
pub(super) fn idf(wordings: f32, with_feature: f32, english_frequency: f32) -> f32 {
    ((wordings + PRIOR_WORDINGS + 1.0) / (with_feature + PRIOR_WORDINGS * english_frequency + SMOOTHING)).ln()
}

/// Sorts by column and adds up the weights of equal columns.
pub(super) fn merge_duplicates(mut vector: Vec<IndexedWeight>) -> Vec<IndexedWeight> {
    vector.sort_by_key(|&(id, _)| id);
    vector.dedup_by(|next, first| {
        let same = next.0 == first.0;
        if same {
            first.1 += next.1;
        }
        same
    });
    vector
}

/// Scales a vector to length 1.
pub(super) fn normalise_length(vector: &mut [IndexedWeight]) {
    let length = vector.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|(_, weight)| *weight /= length);
    }
}
