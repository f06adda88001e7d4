//! The inverted index: from a feature to the classes that have it, and how much it speaks for each.
//! A class is whatever competes for questions: an entry or a boundary, as one vector over all its wordings.

use std::collections::HashMap;

use super::common::PRIOR_WORDINGS;
use super::features::{Feature, Kind};
use super::hashing::Hashed;
use super::learn::{Example, Rows, learn};
use super::lexicon::Lexicon;

/// Added to every count, so that a feature never seen weighs more than one seen once, but not infinitely more.
const UNSEEN: f32 = 0.2;

/// How much more a word counts in a question's length when the file does not know it: its letters and groups, which would
/// count too, are not added to the length one by one.
const UNKNOWN_WORD: f32 = 1.3;

/// Weights in a class's vector are raised to this power: less than 1, so that what all wordings of an entry share does
/// not drown what only some have. Top-1 is flat from 0.6 to 0.9.
const CLASS_POWER: f32 = 0.8;

/// Weights nearer to 0 than this are not kept: a hundred of them would not change a score's second decimal.
const NEGLIGIBLE: f32 = 1e-4;

/// A vector as pairs of a feature's number and its weight, sorted by number.
pub(super) type Sparse = Vec<(u32, f32)>;

/// The classes' vectors, by feature.
#[derive(Debug, Default)]
pub(super) struct Index {
    ids: HashMap<u64, u32, Hashed>,
    /// How much each feature weighs: the rarer, the more.
    rarity: Vec<f32>,
    /// Where each feature's run of `postings` starts; one more at the end.
    starts: Vec<u32>,
    postings: Vec<Posting>,
    classes: usize,
    wordings: f32,
}

/// A class that has a feature.
#[derive(Clone, Copy, Debug)]
struct Posting {
    class: u32,
    weight: f32,
}

/// A question as a vector of length 1; features that only it has count in the length.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Those of its features that are in the index.
    terms: Vec<Term>,
}

/// One occurrence of a feature in a question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    id: u32,
    /// The place of its word.
    place: u32,
    weight: f32,
}

impl Index {
    /// Makes the index from the features of every wording of every class, which are taken class by class to save memory.
    pub fn new(classes: impl Iterator<Item = Vec<Vec<Feature>>>, lexicon: &Lexicon) -> Self {
        let mut index = Self::default();
        let (keys, vectors) = index.count(classes, lexicon);
        index.classes = vectors.len();
        let mut rows: Rows = vec![Vec::new(); index.rarity.len()];
        for (class, wordings) in (0..).zip(&vectors) {
            for (id, weight) in class_vector(wordings) {
                rows[id as usize].push((class, weight));
            }
        }
        let mut examples: Vec<Example<'_>> = (0..)
            .zip(&vectors)
            .flat_map(|(class, wordings)| wordings.iter().map(move |vector| Example { vector, class }))
            .collect();
        // An order that has nothing to do with that of the file.
        examples
            .sort_by_key(|example| example.vector.iter().map(|&(id, _)| keys[id as usize]).fold(0, u64::wrapping_add));
        learn(&mut rows, &examples, index.classes);
        index.store(&rows);
        index
    }

    /// Numbers and counts the features, and makes the wordings' vectors of them. Returns the features' keys by number, too.
    fn count(
        &mut self,
        classes: impl Iterator<Item = Vec<Vec<Feature>>>,
        lexicon: &Lexicon,
    ) -> (Vec<u64>, Vec<Vec<Sparse>>) {
        let mut keys: Vec<u64> = Vec::new();
        let mut seen: Vec<f32> = Vec::new();
        let mut kinds: Vec<Kind> = Vec::new();
        let mut counted = |features: &Vec<Feature>| {
            let occurrences = features.iter().map(|feature| {
                let next = self.ids.len() as u32;
                let id = *self.ids.entry(feature.key).or_insert(next);
                if id == next {
                    seen.push(0.0);
                    kinds.push(feature.kind);
                    keys.push(feature.key);
                }
                (id, feature.count)
            });
            let mut vector = sum(occurrences.collect());
            vector.shrink_to_fit();
            vector.iter().for_each(|&(id, _)| seen[id as usize] += 1.0);
            vector
        };
        let mut vectors: Vec<Vec<Sparse>> =
            classes.map(|wordings| wordings.iter().map(&mut counted).collect()).collect();
        self.wordings = vectors.iter().map(Vec::len).sum::<usize>() as f32;
        self.rarity = (0..seen.len())
            .map(|id| kinds[id].weight() * rarity(self.wordings, seen[id], lexicon.share(keys[id])))
            .collect();
        for vector in vectors.iter_mut().flatten() {
            vector.iter_mut().for_each(|(id, weight)| *weight = weight.sqrt() * self.rarity[*id as usize]);
            unit(vector);
        }
        (keys, vectors)
    }

    /// Stores the weights without gaps.
    fn store(&mut self, rows: &Rows) {
        self.starts.push(0);
        for row in rows {
            let kept = row.iter().filter(|(_, weight)| weight.abs() >= NEGLIGIBLE);
            self.postings.extend(kept.map(|&(class, weight)| Posting { class, weight }));
            self.starts.push(self.postings.len() as u32);
        }
        self.postings.shrink_to_fit();
    }

    /// Whether the file has a feature.
    pub fn has(&self, key: u64) -> bool {
        self.ids.contains_key(&key)
    }

    /// Makes a question's vector. Words that the file does not have count in its length: they are what it also asks
    /// about, and the less of it the file knows, the less alike it is to anything there.
    pub fn weigh(&self, features: Vec<Feature>, lexicon: &Lexicon) -> Asked {
        let mut features = features;
        features.sort_unstable_by_key(|feature| (feature.key, feature.place));
        let mut asked = Asked::default();
        let mut length = 0.0;
        for run in features.chunk_by(|left, right| left.key == right.key) {
            let Some(&feature) = run.first() else { continue };
            let id = self.ids.get(&feature.key).copied();
            let rarity = match (id, feature.kind) {
                (Some(id), _) => self.rarity[id as usize],
                (None, Kind::Word) => UNKNOWN_WORD * rarity(self.wordings, 0.0, lexicon.share(feature.key)),
                (None, Kind::Pair) => feature.kind.weight() * rarity(self.wordings, 0.0, 0.0),
                (None, Kind::Sense | Kind::Letters) => continue,
            };
            let count = run.iter().map(|feature| feature.count).sum::<f32>();
            let squared = count * rarity * rarity;
            length += squared;
            let weight = rarity / count.sqrt();
            let Some(id) = id else { continue };
            let terms = run.iter().map(|feature| Term { id, place: feature.place, weight: weight * feature.count });
            asked.terms.extend(terms);
        }
        if length > 0.0 {
            asked.terms.iter_mut().for_each(|term| term.weight /= length.sqrt());
        }
        asked
    }

    /// How alike a question and each class are: the cosine of the angle between them, from 0 to 1.
    pub fn scores(&self, asked: &Asked) -> Vec<f32> {
        let mut scores = vec![0.0; self.classes];
        for term in &asked.terms {
            for posting in self.postings(term) {
                scores[posting.class as usize] += term.weight * posting.weight;
            }
        }
        scores
    }

    /// What each term of a question adds to the score of a class, with the place of its word.
    pub fn contributions(&self, asked: &Asked, class: usize) -> impl Iterator<Item = (u32, f32)> {
        asked.terms.iter().map(move |term| {
            let postings = self.postings(term);
            let found = postings.binary_search_by_key(&class, |posting| posting.class as usize);
            (term.place, found.map_or(0.0, |at| term.weight * postings[at].weight))
        })
    }

    fn postings(&self, term: &Term) -> &[Posting] {
        let id = term.id as usize;
        &self.postings[self.starts[id] as usize..self.starts[id + 1] as usize]
    }
}

/// Inverse document frequency (Spärck Jones 1972) over wordings, as if there were [`PRIOR_WORDINGS`] more in which words are
/// as common as in English.
fn rarity(wordings: f32, seen: f32, share: f32) -> f32 {
    ((wordings + PRIOR_WORDINGS + 1.0) / (seen + PRIOR_WORDINGS * share + UNSEEN)).ln()
}

/// Adds up what stands at the same number; sorted by number.
fn sum(mut vector: Sparse) -> Sparse {
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

/// One vector of length 1 for a class: what its wordings have on average, evened out by [`CLASS_POWER`].
fn class_vector(wordings: &[Sparse]) -> Sparse {
    let mut class = sum(wordings.iter().flatten().copied().collect());
    class.iter_mut().for_each(|(_, weight)| *weight = weight.powf(CLASS_POWER));
    unit(&mut class);
    class
}

/// Scales to length 1.
fn unit(vector: &mut [(u32, f32)]) {
    let length = vector.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|(_, weight)| *weight /= length);
    }
}
