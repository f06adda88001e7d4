//! The inverted index: from each feature of a question to the classes that it supports or opposes.
//! A class is an entry or a boundary. Building the index trains its weights; scoring reads its posting lists.

use super::feature::{Feature, FeatureKind};
use super::language_words::LanguageWords;
use super::postings::Postings;
use super::sparse_matrix::{IndexedWeight, SparseMatrix};
use super::training::{Example, class_overlap, train};
use super::vectorizer::{Vectorizer, idf, normalise_length};

/// The factor on the weight of a word that the file lacks. It makes up for the word's letter n-grams and senses, which
/// are not added to the question's length separately.
const UNKNOWN_WORD: f32 = 1.3;

/// The sums of a class's wording vectors are raised to this power, so that features of all wordings do not drown
/// features of only some. Without training, values from 0.6 to 0.9 were equally accurate; with training, 0.5 is better.
const CLASS_POWER: f32 = 0.5;

/// Trained weights with a smaller absolute value are dropped; they are the majority. Accuracy on public and own
/// question sets is the same from 0.01 to 0.02; at 0.03 it falls by 0.3 to 1 percentage points.
const NEGLIGIBLE: f32 = 0.015;

/// The most postings read for one question, in all documents together, which takes about 0.1 ms; the rarest features come
/// first. With a thousand
/// entries a question reads a third as many. With ten thousand, the commonest letter n-grams are left out. The limit
/// also bounds the time for long texts.
pub(super) const POSTINGS_READ_MAX: usize = 100_000;

/// The trained weights by feature, and statistics of the file.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// The language of the file.
    pub(super) language: &'static LanguageWords,
    /// The upper 32 bits of the features' keys, sorted; the number of a feature is its index here. A hash map would
    /// take ten times as much memory. In ten thousand wordings about one pair of features has equal upper halves; such
    /// features share one weight.
    pub(super) keys: Vec<u32>,
    /// The weight of each feature: see [`Vectorizer::feature_weights`].
    pub(super) feature_weights: Vec<f32>,
    /// The weight of each feature for each class.
    pub(super) postings: Postings,
    /// The number of classes.
    pub(super) classes: usize,
    /// The number of wordings of all classes.
    pub(super) wordings: f32,
    /// The similarity of the classes, from 0 to 1: see [`class_overlap`].
    pub(super) class_overlap: f32,
}

/// A question as a vector. Its length is 1, including features that the index lacks.
#[derive(Debug, Default)]
pub(super) struct WeightedQuestion {
    /// The occurrences of features that the index has.
    terms: Vec<Term>,
    /// For each word, the share of the squared length due to its features, from 0 to 1.
    pub length_shares: Vec<f32>,
    /// The length before it was scaled to 1.
    length: f32,
}

/// The amount that one feature of a question adds to the score of a class.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contribution {
    /// The position of the feature's word.
    pub position: u32,
    /// The feature's kind.
    pub kind: FeatureKind,
    /// The amount added to the score; negative if the feature opposes the class.
    pub share: f32,
}

/// One occurrence of an indexed feature in a question.
#[derive(Clone, Copy, Debug)]
struct Term {
    /// The number of the feature.
    id: u32,
    /// The position of the feature's word.
    position: u32,
    kind: FeatureKind,
    weight: f32,
}

impl Index {
    /// Builds and trains the index of a file in this language.
    pub fn new(mut vectorizer: Vectorizer, language: &'static LanguageWords) -> Self {
        vectorizer.finish_adding();
        let wordings = vectorizer.wordings.row_count() as f32;
        let mut index = Self { language, wordings, ..Self::default() };
        index.feature_weights = vectorizer.feature_weights(language);
        vectorizer.weigh(&index.feature_weights);
        let (keys, kinds) = (vectorizer.keys, vectorizer.kinds);
        let (wordings, ends, passages) = (vectorizer.wordings, vectorizer.ends, vectorizer.passages);
        index.classes = ends.len();
        let wordings_of = |class: usize| if class == 0 { 0 } else { ends[class - 1] }..ends[class];
        let untrained = class_weights(keys.len(), ends.len(), |class, visit| {
            wordings_of(class).for_each(|wording| wordings.row(wording).iter().for_each(&mut *visit));
            passages.row(class).iter().for_each(visit);
        });
        drop(passages);
        let mut examples: Vec<Example<'_>> = (0..)
            .zip(0..ends.len())
            .flat_map(|(number, class)| wordings_of(class).map(move |wording| (number, wording)))
            .map(|(class, wording)| Example { vector: wordings.row(wording), class })
            .collect();
        // An arbitrary order that does not depend on the order of the file.
        examples.sort_by_cached_key(|example| {
            example.vector.iter().map(|&(id, _)| keys[id as usize]).fold(0, u64::wrapping_add)
        });
        index.class_overlap = class_overlap(&untrained, &examples, index.classes);
        // Letter n-grams keep their untrained weights.
        let is_trained: Vec<bool> = kinds.iter().map(|&kind| kind != FeatureKind::LetterNgram).collect();
        let trained = train(untrained, &examples, index.classes, &is_trained);
        drop(examples);
        drop(wordings);
        let largest = trained.largest();
        // So far features were numbered in the order of insertion; the index sorts them by key.
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_unstable_by_key(|&id| keys[id]);
        let rows = order.iter().map(|&id| trained.significant(id, NEGLIGIBLE).into_iter());
        index.postings = Postings::new(rows, index.classes, NEGLIGIBLE, largest);
        index.feature_weights = order.iter().map(|&id| index.feature_weights[id]).collect();
        index.keys = order.into_iter().map(|id| upper_half(keys[id])).collect();
        index
    }

    /// The mean number of wordings of a class.
    pub fn wordings_per_class(&self) -> f32 {
        self.wordings / self.classes.max(1) as f32
    }

    /// The trained weight of a feature for a class; 0 if it has none.
    pub fn weight(&self, key: u64, class: usize) -> f32 {
        self.id(key).map_or(0.0, |id| self.postings.weight(id as usize, class as u32))
    }

    /// Whether the file has the feature.
    pub fn contains(&self, key: u64) -> bool {
        self.id(key).is_some()
    }

    /// The number of a feature.
    fn id(&self, key: u64) -> Option<u32> {
        self.keys.binary_search(&upper_half(key)).ok().map(|id| id as u32)
    }

    /// The weight of a feature for comparing two questions. A feature that the file lacks gets the IDF of one that no
    /// wording has.
    pub fn weight_of(&self, feature: &Feature) -> f32 {
        let unseen = || feature.kind.weight() * idf(self.wordings, 0.0, self.language.frequency(feature.key));
        self.id(feature.key).map_or_else(unseen, |id| self.feature_weights[id as usize])
    }

    /// Turns the features of a question into a vector, weighed like the wordings' vectors. Features that the file lacks
    /// count towards its length: the larger the part of the question that the file does not know, the lower all scores.
    /// `similarity` returns, by position, how similar a word is to its correction; the root of it scales the word's
    /// weights. Drops the commonest features until at most `postings_max` postings have to be read.
    pub fn weigh_up_to(
        &self,
        mut features: Vec<Feature>,
        similarity: impl Fn(u32) -> f32,
        postings_max: usize,
    ) -> WeightedQuestion {
        features.sort_unstable_by_key(|feature| (feature.key, feature.position));
        let words = features.iter().map(|feature| feature.position as usize + 1).max().unwrap_or(0);
        let mut question = WeightedQuestion {
            terms: Vec::with_capacity(features.len()),
            length_shares: vec![0.0; words],
            length: 0.0,
        };
        let mut squared_length = 0.0;
        for run in features.chunk_by(|left, right| left.key == right.key) {
            let Some(&feature) = run.first() else { continue };
            let id = self.id(feature.key);
            let weight = match (id, feature.kind) {
                (Some(id), _) => self.feature_weights[id as usize],
                (None, FeatureKind::Word) => {
                    UNKNOWN_WORD * idf(self.wordings, 0.0, self.language.frequency(feature.key))
                }
                (None, FeatureKind::Bigram | FeatureKind::WordInForm) => {
                    feature.kind.weight() * idf(self.wordings, 0.0, 0.0)
                }
                (None, FeatureKind::HanLetter | FeatureKind::Hiragana) => {
                    feature.kind.weight() * idf(self.wordings, 0.0, self.language.frequency(feature.key))
                }
                // Many pairs of Han letters are parts of two words; their letters count already.
                (None, FeatureKind::Sense | FeatureKind::LetterNgram | FeatureKind::HanPair) => continue,
            };
            let count = run.iter().map(|feature| feature.count).sum::<f32>();
            let squared = weight * weight;
            squared_length += count * squared;
            for feature in run {
                question.length_shares[feature.position as usize] += feature.count * squared;
                let weight = weight / count.sqrt() * feature.count * similarity(feature.position).sqrt();
                let term = id.map(|id| Term { id, position: feature.position, kind: feature.kind, weight });
                question.terms.extend(term);
            }
        }
        if squared_length > 0.0 {
            question.terms.iter_mut().for_each(|term| term.weight /= squared_length.sqrt());
            question.length_shares.iter_mut().for_each(|share| *share /= squared_length);
        }
        question.length = squared_length.sqrt();
        self.drop_commonest(&mut question.terms, postings_max);
        question
    }

    /// Drops the features with the longest posting lists until the rest has at most `postings_max` postings.
    fn drop_commonest(&self, terms: &mut Vec<Term>, postings_max: usize) {
        let mut lengths: Vec<usize> = terms
            .chunk_by(|left, right| left.id == right.id)
            .map(|run| self.postings.count(run[0].id as usize))
            .collect();
        if lengths.iter().sum::<usize>() <= postings_max {
            return;
        }
        lengths.sort_unstable();
        let mut read = 0;
        let too_long = lengths.into_iter().find(|length| {
            read += length;
            read > postings_max
        });
        terms.retain(|term| too_long.is_none_or(|too_long| self.postings.count(term.id as usize) < too_long));
    }

    /// The number of postings that [`Self::scores`] reads.
    pub fn postings_read(&self, question: &WeightedQuestion) -> usize {
        let runs = question.terms.chunk_by(|left, right| left.id == right.id);
        runs.map(|run| self.postings.count(run[0].id as usize)).sum()
    }

    /// The score of each class: the dot product of the question's vector and the class's trained weights. Without
    /// training this would be the cosine similarity of the question and the class.
    pub fn scores(&self, question: &WeightedQuestion) -> Vec<f32> {
        let mut scores = vec![0.0; self.classes];
        // A long text repeats features; read each posting list once.
        for run in question.terms.chunk_by(|left, right| left.id == right.id) {
            let value: f32 = run.iter().map(|term| term.weight).sum();
            self.postings.for_each(run[0].id as usize, |class, weight| scores[class as usize] += value * weight);
        }
        scores
    }

    /// Raises the scores of an unfinished question to those that its best ending would give it. Each ending is the
    /// vector of one more word; a feature that occurs both there and in the fixed part counts as two.
    pub fn raise_to_best_ending(&self, scores: &mut [f32], fixed: &WeightedQuestion, endings: &[WeightedQuestion]) {
        let fixed_scores = scores.to_vec();
        let mut added = vec![0.0_f32; self.classes];
        let mut touched: Vec<u32> = Vec::new();
        for ending in endings {
            for term in &ending.terms {
                self.postings.for_each(term.id as usize, |class, weight| {
                    if added[class as usize] == 0.0 {
                        touched.push(class);
                    }
                    added[class as usize] += term.weight * weight;
                });
            }
            let length = fixed.length.hypot(ending.length);
            // The ending lowers the scores of the other classes. A class may be listed twice; then it is 0 by now.
            for class in touched.drain(..) {
                let added = std::mem::take(&mut added[class as usize]);
                let sum = fixed_scores[class as usize] * fixed.length + added * ending.length;
                scores[class as usize] = scores[class as usize].max(sum / length);
            }
        }
    }

    /// The contribution of each feature of a question to the score of a class.
    pub fn contributions(&self, question: &WeightedQuestion, class: usize) -> impl Iterator<Item = Contribution> {
        question.terms.iter().map(move |&Term { id, position, kind, weight }| Contribution {
            position,
            kind,
            share: weight * self.postings.weight(id as usize, class as u32),
        })
    }
}

/// The upper half of a key. FNV-1a mixes the upper bits better than the lower ones.
fn upper_half(key: u64) -> u32 {
    (key >> u32::BITS) as u32
}

/// The weight of each feature for each class: the class's vector, of length 1, is the sum of its texts' vectors, with each
/// element raised to [`CLASS_POWER`]. This is the prototype of a nearest-centroid (Rocchio) classifier. `each` calls its
/// second argument with each element of the texts of a class.
fn class_weights(
    features: usize,
    classes: usize,
    each: impl Fn(usize, &mut dyn FnMut(&IndexedWeight)),
) -> SparseMatrix {
    let mut lengths = vec![0_u32; features];
    let mut last_classes = vec![0_u32; features];
    for class in 0..classes {
        each(class, &mut |&(id, _)| {
            if std::mem::replace(&mut last_classes[id as usize], class as u32 + 1) != class as u32 + 1 {
                lengths[id as usize] += 1;
            }
        });
    }
    drop(last_classes);
    let mut weights = SparseMatrix::with_lengths(lengths.iter().map(|&length| length as usize));
    // From here on, the number of elements of each row that were written.
    lengths.fill(0);
    let mut sums = vec![0.0_f32; features];
    let mut ids: Vec<u32> = Vec::new();
    let mut vector: Vec<IndexedWeight> = Vec::new();
    for class in 0..classes {
        each(class, &mut |&(id, weight)| {
            let sum = &mut sums[id as usize];
            if *sum == 0.0 {
                ids.push(id);
            }
            *sum += weight;
        });
        ids.sort_unstable();
        ids.dedup();
        vector.extend(ids.drain(..).map(|id| (id, std::mem::take(&mut sums[id as usize]).powf(CLASS_POWER))));
        normalise_length(&mut vector);
        for (id, weight) in vector.drain(..) {
            let written = &mut lengths[id as usize];
            weights.row_mut(id as usize)[*written as usize] = (class as u32, weight);
            *written += 1;
        }
    }
    weights
}
