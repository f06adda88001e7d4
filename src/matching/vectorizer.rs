//! From the knowledge file's texts to vectors (TF-IDF).
//! Numbers the features, counts the wordings and classes that have them, and weighs the features by their rarity.

use super::english::PRIOR_WORDINGS;
use super::feature::{Feature, FeatureKind};
use super::language_words::LanguageWords;
use super::number_table::NumberTable;
use super::sparse_matrix::{IndexedWeight, SparseMatrix};

/// Added to each count, so that the weight of a feature that occurs in no wording is finite, and higher than that of a
/// feature that occurs in one.
const SMOOTHING: f32 = 0.2;

/// A feature's weight includes its concentration to this power: the mean number of wordings with the feature in a class
/// that has it at all. A feature of several wordings of one class identifies the class better than a feature that is
/// spread over as many classes.
const CONCENTRATION_POWER: f32 = 0.35;

/// The most memory that learning may use, about, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct LearningLimit {
    bytes: usize,
}

/// The knowledge has more features than [`LearningLimit`] allows.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "expected knowledge that can be learned with {} MiB of memory, found more different words and letters in its \
     wordings; remove wordings, or split the file and load it when the bot starts", limit >> 20
)]
pub struct TooMuchToLearn {
    /// The limit in bytes.
    pub limit: usize,
}

/// The bytes that one occurrence of a feature in a text takes while the matcher learns: eight in the vector of the text,
/// eight in the weights of the class, and as many again while the lists grow.
const BYTES_PER_OCCURRENCE: usize = 24;

/// The bytes that one feature takes: its key and counts, its places in the hash table and in the trained weights.
const BYTES_PER_FEATURE: usize = 48;

impl LearningLimit {
    /// No limit.
    pub const NONE: Self = Self { bytes: usize::MAX };

    /// A limit of this many bytes.
    #[must_use]
    pub const fn bytes(bytes: usize) -> Self {
        Self { bytes }
    }

    pub(super) fn check(self, vectorizer: &Vectorizer) -> Result<(), TooMuchToLearn> {
        if vectorizer.learning_bytes() <= self.bytes { Ok(()) } else { Err(TooMuchToLearn { limit: self.bytes }) }
    }
}

/// Collects the texts of all classes, one at a time, and turns them into vectors.
#[derive(Default)]
pub(super) struct Vectorizer {
    /// The number of each feature by its key.
    numbers: NumberTable,
    /// The key of each feature.
    pub keys: Vec<u64>,
    /// The kind of each feature.
    pub kinds: Vec<FeatureKind>,
    /// The number of wordings that have each feature.
    wording_counts: Vec<f32>,
    /// The number of classes with a wording that has each feature.
    class_counts: Vec<f32>,
    /// The number of the last class with a wording that has each feature, from 1.
    last_classes: Vec<u32>,
    /// The vector of each wording, class by class: its features, sorted by number. Occurrence counts until
    /// [`Self::weigh`].
    pub wordings: SparseMatrix,
    /// For each class, the number of wordings up to and including its last.
    pub ends: Vec<usize>,
    /// The vector of each class's passage. It is part of the class's vector like a wording, but is not a training
    /// example, because it is not a question.
    pub passages: SparseMatrix,
}

impl Vectorizer {
    /// Adds a wording of the class that was begun last.
    pub fn add_wording(&mut self, features: &[Feature]) {
        let vector = self.count(features);
        let class = self.ends.len() as u32 + 1;
        for &(id, _) in &vector {
            let id = id as usize;
            self.wording_counts[id] += 1.0;
            if self.last_classes[id] != class {
                self.last_classes[id] = class;
                self.class_counts[id] += 1.0;
            }
        }
        self.wordings.push(vector);
    }

    /// Ends a class, which has this passage.
    pub fn end_class(&mut self, passage: &[Feature]) {
        self.ends.push(self.wordings.row_count());
        let passage = self.count(passage);
        self.passages.push(passage);
    }

    /// The bytes that learning from the texts so far takes.
    pub fn learning_bytes(&self) -> usize {
        let occurrences = self.wordings.element_count() + self.passages.element_count();
        self.keys.len() * BYTES_PER_FEATURE + occurrences * BYTES_PER_OCCURRENCE
    }

    /// The number of occurrences of each feature in a text, by the feature's number.
    fn count(&mut self, features: &[Feature]) -> Vec<IndexedWeight> {
        let occurrences = features.iter().map(|feature| {
            let keys = &self.keys;
            let is_it = |number: usize| keys[number] == feature.key;
            let id = self.numbers.number(feature.key, keys.len(), |number| keys[number], is_it);
            if id == self.keys.len() {
                self.keys.push(feature.key);
                self.kinds.push(feature.kind);
                self.wording_counts.push(0.0);
                self.class_counts.push(0.0);
                self.last_classes.push(0);
            }
            (id as u32, feature.count)
        });
        merge_duplicates(occurrences.collect())
    }

    /// Frees what only [`Self::add_wording`] needs.
    pub fn finish_adding(&mut self) {
        self.numbers = NumberTable::default();
        self.last_classes = Vec::new();
        self.wordings.shrink_to_fit();
        self.passages.shrink_to_fit();
    }

    /// The weight of each feature: kind weight × [`idf`] × concentration^[`CONCENTRATION_POWER`]. A feature that only
    /// passages have weighs as much as an unknown one.
    pub fn feature_weights(&self, language: &LanguageWords) -> Vec<f32> {
        let wordings = self.wordings.row_count() as f32;
        let weight = |id: usize| {
            let concentration = self.wording_counts[id].max(1.0) / self.class_counts[id].max(1.0);
            let idf = idf(wordings, self.wording_counts[id], language.frequency(self.keys[id]));
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
/// wordings have. [`PRIOR_WORDINGS`] imaginary wordings are added, in which the feature is as frequent as in the language.
pub(super) fn idf(wordings: f32, with_feature: f32, language_frequency: f32) -> f32 {
    ((wordings + PRIOR_WORDINGS + 1.0) / (with_feature + PRIOR_WORDINGS * language_frequency + SMOOTHING)).ln()
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
