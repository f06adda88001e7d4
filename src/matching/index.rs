//! The inverted index: from a feature to the classes that have it, and how much it speaks for each.
//! A class is whatever competes for questions: an entry or a boundary, as one vector over all its wordings.

use super::class_overlap::class_overlap;
use super::feature::{Feature, FeatureKind};
use super::lexicon::Lexicon;
use super::postings::Postings;
use super::sparse_matrix::{IndexedWeight, SparseMatrix};
use super::training::{Example, learn};
use super::vectorizer::{ClassTexts, Vectorizer, rarity, sum, unit};

/// How much more a word counts in a question's length when the file does not know it: its letters and groups, which would
/// count too, are not added to the length one by one.
const UNKNOWN_WORD: f32 = 1.3;

/// Weights in a class's vector are raised to this power: less than 1, so that what all wordings of an entry share does
/// not drown what only some have. Top-1 is flat from 0.6 to 0.9.
const CLASS_POWER: f32 = 0.5;

/// Weights nearer to 0 than this are not kept: they are most of what was learned. Top-1 of public and own sets of questions is the same from
/// 0.01 to 0.02; at 0.03 it falls by 0.3 to 1 points.
const NEGLIGIBLE: f32 = 0.015;

/// How many postings are read for one question, those of its rarest features first: about a tenth of a millisecond. A question to a thousand
/// entries has a third as many; to ten thousand the letters that most of them have are left out, and of a text of any length
/// what is most its own is read.
const READ_MAX: usize = 100_000;

/// The classes' vectors, by feature.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// The upper halves of the features' keys, sorted; a feature's number is its place here. A map from key to number takes ten times as
    /// much memory. Of ten thousand wordings one pair of features has the same half, and one of the two then speaks for both.
    pub(super) keys: Vec<u32>,
    /// How much each feature weighs: the rarer, the more.
    pub(super) rarity: Vec<f32>,
    /// What each feature says of each class.
    pub(super) postings: Postings,
    pub(super) classes: usize,
    pub(super) wordings: f32,
    /// How alike the classes are: see [`crowding`].
    pub(super) class_overlap: f32,
}

/// A question as a vector of length 1; features that only it has count in the length.
#[derive(Debug, Default)]
pub(super) struct WeightedQuestion {
    /// Those of its features that are in the index.
    terms: Vec<Term>,
    /// For each word the share that its features have of the squared length, from 0 to 1.
    pub portions: Vec<f32>,
}

/// What one feature of a question adds to the score of a class.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contribution {
    /// The place of its word.
    pub place: u32,
    /// Its kind.
    pub kind: FeatureKind,
    /// What it adds.
    pub share: f32,
}

/// One occurrence of a feature in a question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    id: u32,
    /// The place of its word.
    place: u32,
    kind: FeatureKind,
    weight: f32,
}

impl Index {
    /// Makes the index from what classes are made of, which are taken one by one to save memory.
    pub fn new(classes: impl Iterator<Item = ClassTexts>, lexicon: &Lexicon) -> Self {
        let mut counted = Vectorizer::default();
        classes.for_each(|class| counted.add(&class));
        let mut index = Self { wordings: counted.vectors.len() as f32, ..Self::default() };
        index.rarity = counted.rarities(lexicon);
        counted.weigh(&index.rarity);
        let Vectorizer { keys, kinds, vectors, ends, passages, .. } = counted;
        index.classes = ends.len();
        let wordings_of = |class: usize| if class == 0 { 0 } else { ends[class - 1] }..ends[class];
        let class_vectors: SparseMatrix = (0..ends.len())
            .map(|class| {
                let wordings = wordings_of(class).flat_map(|wording| vectors.get(wording));
                class_vector(wordings.chain(passages.get(class)))
            })
            .collect();
        let postings = class_vectors.transposed(index.rarity.len());
        drop((class_vectors, passages));
        let mut examples: Vec<Example<'_>> = (0..)
            .zip(0..ends.len())
            .flat_map(|(number, class)| wordings_of(class).map(move |wording| (number, wording)))
            .map(|(class, wording)| Example { vector: vectors.get(wording), class })
            .collect();
        // An order that has nothing to do with that of the file.
        examples.sort_by_cached_key(|example| {
            example.vector.iter().map(|&(id, _)| keys[id as usize]).fold(0, u64::wrapping_add)
        });
        index.class_overlap = class_overlap(&postings, &examples, index.classes);
        let is_learned: Vec<bool> = kinds.iter().map(|&kind| kind != FeatureKind::LetterNgram).collect();
        let learned = learn(postings, &examples, index.classes, &is_learned);
        drop(vectors);
        let largest = learned.largest();
        let kept = |classes: &[IndexedWeight]| {
            let kept = classes.iter().copied().filter(|(_, weight)| weight.abs() >= NEGLIGIBLE);
            kept.collect::<Vec<IndexedWeight>>().into_iter()
        };
        // Until here features have the numbers in which they came.
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_unstable_by_key(|&id| keys[id]);
        let lists = order.iter().map(|&id| kept(learned.get(id)));
        index.postings = Postings::new(lists, index.classes, NEGLIGIBLE, largest);
        index.rarity = order.iter().map(|&id| index.rarity[id]).collect();
        index.keys = order.into_iter().map(|id| upper(keys[id])).collect();
        index
    }

    /// How many classes there are.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// How many wordings a class has on average.
    pub fn wordings_per_class(&self) -> f32 {
        self.wordings / self.classes.max(1) as f32
    }

    /// Whether the file has a feature.
    pub fn has(&self, key: u64) -> bool {
        self.id(key).is_some()
    }

    /// The number of a feature.
    fn id(&self, key: u64) -> Option<u32> {
        self.keys.binary_search(&upper(key)).ok().map(|place| place as u32)
    }

    /// How much a feature weighs between two questions; one that the file does not have, as if it were about to be its first.
    pub fn rarity_of(&self, feature: &Feature, lexicon: &Lexicon) -> f32 {
        let unseen = || feature.kind.weight() * rarity(self.wordings, 0.0, lexicon.share(feature.key));
        self.id(feature.key).map_or_else(unseen, |id| self.rarity[id as usize])
    }

    /// Makes a question's vector. What the file does not have counts in its length: it is what is also asked about, and the less of
    /// the question the file knows, the less alike it is to anything there. `likeness` says, by place, how alike a word is to what it
    /// was read as: what was repaired speaks less loud, by the root of that.
    pub fn weigh(
        &self,
        features: Vec<Feature>,
        lexicon: &Lexicon,
        similarity: impl Fn(u32) -> f32,
    ) -> WeightedQuestion {
        let mut features = features;
        features.sort_unstable_by_key(|feature| (feature.key, feature.place));
        let words = features.iter().map(|feature| feature.place as usize + 1).max().unwrap_or(0);
        let mut asked = WeightedQuestion { terms: Vec::with_capacity(features.len()), portions: vec![0.0; words] };
        let mut length = 0.0;
        for run in features.chunk_by(|left, right| left.key == right.key) {
            let Some(&feature) = run.first() else { continue };
            let id = self.id(feature.key);
            let rarity = match (id, feature.kind) {
                (Some(id), _) => self.rarity[id as usize],
                (None, FeatureKind::Word) => UNKNOWN_WORD * rarity(self.wordings, 0.0, lexicon.share(feature.key)),
                (None, FeatureKind::Bigram | FeatureKind::WordInForm) => {
                    feature.kind.weight() * rarity(self.wordings, 0.0, 0.0)
                }
                (None, FeatureKind::Sense | FeatureKind::LetterNgram) => continue,
            };
            let count = run.iter().map(|feature| feature.count).sum::<f32>();
            let squared = rarity * rarity;
            length += count * squared;
            for feature in run {
                asked.portions[feature.place as usize] += feature.count * squared;
                let weight = rarity / count.sqrt() * feature.count * similarity(feature.place).sqrt();
                let term = id.map(|id| Term { id, place: feature.place, kind: feature.kind, weight });
                asked.terms.extend(term);
            }
        }
        if length > 0.0 {
            asked.terms.iter_mut().for_each(|term| term.weight /= length.sqrt());
            asked.portions.iter_mut().for_each(|portion| *portion /= length);
        }
        self.leave_out_commonest(&mut asked.terms);
        asked
    }

    /// Leaves out the features that would make a question read more than [`READ_MAX`] postings.
    fn leave_out_commonest(&self, terms: &mut Vec<Term>) {
        let mut lengths: Vec<usize> = terms
            .chunk_by(|left, right| left.id == right.id)
            .map(|run| self.postings.count(run[0].id as usize))
            .collect();
        if lengths.iter().sum::<usize>() <= READ_MAX {
            return;
        }
        lengths.sort_unstable();
        let mut read = 0;
        let too_long = lengths.into_iter().find(|length| {
            read += length;
            read > READ_MAX
        });
        terms.retain(|term| too_long.is_none_or(|too_long| self.postings.count(term.id as usize) < too_long));
    }

    /// How well a question fits each class: the cosine of the angle between them, less or more by what was learned.
    pub fn scores(&self, asked: &WeightedQuestion) -> Vec<f32> {
        let mut scores = vec![0.0; self.classes];
        // Long texts repeat themselves; each feature is gone through once.
        for run in asked.terms.chunk_by(|left, right| left.id == right.id) {
            let value: f32 = run.iter().map(|term| term.weight).sum();
            self.postings.each(run[0].id as usize, |class, weight| scores[class as usize] += value * weight);
        }
        scores
    }

    /// What each feature of a question adds to the score of a class.
    pub fn contributions(&self, asked: &WeightedQuestion, class: usize) -> impl Iterator<Item = Contribution> {
        asked.terms.iter().map(move |&Term { id, place, kind, weight }| Contribution {
            place,
            kind,
            share: weight * self.postings.of(id as usize, class as u32),
        })
    }
}

/// The upper half of a key, which is a hash; FNV-1a mixes it better than the lower one.
fn upper(key: u64) -> u32 {
    (key >> u32::BITS) as u32
}

/// One vector of length 1 for a class: what its wordings have on average, evened out by [`CLASS_POWER`].
fn class_vector<'a>(wordings: impl Iterator<Item = &'a IndexedWeight>) -> Vec<IndexedWeight> {
    let mut class = sum(wordings.copied().collect());
    class.iter_mut().for_each(|(_, weight)| *weight = weight.powf(CLASS_POWER));
    unit(&mut class);
    class
}
