//! The inverted index: from a feature to the classes that have it, and how much it speaks for each.
//! A class is whatever competes for questions: an entry or a boundary, as one vector over all its wordings.

use std::collections::HashMap;

use super::common::PRIOR_WORDINGS;
use super::features::{Feature, Kind};
use super::hashing::Hashed;
use super::lexicon::Lexicon;

/// Half a wording is added to every count, so that a feature never seen weighs more than one seen once, but not
/// infinitely more.
const UNSEEN: f32 = 0.5;

/// Weights in a class's vector are raised to this power: less than 1, so that what all wordings of an entry share does
/// not drown what only some have. Top-1 is flat from 0.6 to 0.9.
const CLASS_POWER: f32 = 0.8;

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

/// A question as a vector: each feature once, with its weight, the whole of length 1.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Features with their number in the index, if they have one.
    pub terms: Vec<Term>,
    /// The share of the vector's squared length that is in features of the file, from 0 to 1.
    pub known: f32,
}

/// One occurrence of a feature in a question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    id: Option<u32>,
    /// The place of its word.
    pub place: u32,
    weight: f32,
}

impl Index {
    /// Makes the index from the features of every wording of every class.
    pub fn new(classes: &[Vec<Vec<Feature>>], lexicon: &Lexicon) -> Self {
        let mut index = Self { classes: classes.len(), ..Self::default() };
        let wordings = index.count(classes, lexicon);
        index.invert(wordings);
        index
    }

    /// Numbers and counts the features, and makes the wordings' vectors of them.
    fn count(&mut self, classes: &[Vec<Vec<Feature>>], lexicon: &Lexicon) -> Vec<Vec<(u32, f32)>> {
        let mut seen: Vec<f32> = Vec::new();
        let mut kinds: Vec<Kind> = Vec::new();
        let mut shares: Vec<f32> = Vec::new();
        let mut vectors: Vec<Vec<Vec<(u32, f32)>>> = Vec::with_capacity(classes.len());
        for wordings in classes {
            let vectors_of_class = wordings.iter().map(|features| {
                let occurrences = features.iter().map(|feature| {
                    let next = self.ids.len() as u32;
                    let id = *self.ids.entry(feature.key).or_insert(next);
                    if id == next {
                        seen.push(0.0);
                        kinds.push(feature.kind);
                        shares.push(lexicon.share(feature.key));
                    }
                    (id, 1.0)
                });
                let vector = sum(occurrences.collect());
                vector.iter().for_each(|&(id, _)| seen[id as usize] += 1.0);
                vector
            });
            let vectors_of_class = vectors_of_class.collect();
            vectors.push(vectors_of_class);
        }
        self.wordings = vectors.iter().map(Vec::len).sum::<usize>() as f32;
        self.rarity = seen
            .iter()
            .zip(&kinds)
            .zip(&shares)
            .map(|((&seen, kind), &share)| kind.weight() * rarity(self.wordings, seen, share))
            .collect();
        let class_vector = |wordings: Vec<Vec<(u32, f32)>>| {
            let weighed = wordings.into_iter().flat_map(|mut wording| {
                wording.iter_mut().for_each(|(id, weight)| *weight = weight.sqrt() * self.rarity[*id as usize]);
                unit(&mut wording);
                wording
            });
            let mut class = sum(weighed.collect());
            class.iter_mut().for_each(|(_, weight)| *weight = weight.powf(CLASS_POWER));
            unit(&mut class);
            class
        };
        vectors.into_iter().map(class_vector).collect()
    }

    /// Turns the classes' vectors into the features' postings.
    fn invert(&mut self, classes: Vec<Vec<(u32, f32)>>) {
        self.starts = vec![0; self.rarity.len() + 1];
        for &(id, _) in classes.iter().flatten() {
            self.starts[id as usize + 1] += 1;
        }
        for id in 1..self.starts.len() {
            self.starts[id] += self.starts[id - 1];
        }
        let mut next = self.starts.clone();
        self.postings = vec![Posting { class: 0, weight: 0.0 }; classes.iter().map(Vec::len).sum()];
        for (class, vector) in (0..).zip(classes) {
            for (id, weight) in vector {
                self.postings[next[id as usize] as usize] = Posting { class, weight };
                next[id as usize] += 1;
            }
        }
    }

    /// Makes a question's vector. Words that the file does not have count in its length: they are what it also asks
    /// about, and the less of it the file knows, the less alike it is to anything there.
    pub fn weigh(&self, features: Vec<Feature>, lexicon: &Lexicon) -> Asked {
        let mut features = features;
        features.sort_unstable_by_key(|feature| (feature.key, feature.place));
        let mut asked = Asked::default();
        let (mut length, mut known) = (0.0, 0.0);
        for run in features.chunk_by(|left, right| left.key == right.key) {
            let Some(&feature) = run.first() else { continue };
            let id = self.ids.get(&feature.key).copied();
            let rarity = match (id, feature.kind) {
                (Some(id), _) => self.rarity[id as usize],
                (None, Kind::Word) => rarity(self.wordings, 0.0, lexicon.share(feature.key)),
                // Most pairs and n-grams of any question are new; they say nothing that their words do not.
                (None, Kind::Pair | Kind::Letters) => continue,
            };
            let count = run.len() as f32;
            let squared = count * rarity * rarity;
            length += squared;
            known += if id.is_some() { squared } else { 0.0 };
            let weight = rarity / count.sqrt();
            asked.terms.extend(run.iter().map(|feature| Term { id, place: feature.place, weight }));
        }
        if length > 0.0 {
            asked.known = known / length;
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
        let Some(id) = term.id else { return &[] };
        &self.postings[self.starts[id as usize] as usize..self.starts[id as usize + 1] as usize]
    }
}

/// Inverse document frequency (Spärck Jones 1972) over wordings, as if there were [`PRIOR_WORDINGS`] more in which words are
/// as common as in English.
fn rarity(wordings: f32, seen: f32, share: f32) -> f32 {
    ((wordings + PRIOR_WORDINGS + 1.0) / (seen + PRIOR_WORDINGS * share + UNSEEN)).ln()
}

/// Adds up what stands at the same number; sorted by number.
fn sum(mut vector: Vec<(u32, f32)>) -> Vec<(u32, f32)> {
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
fn unit(vector: &mut [(u32, f32)]) {
    let length = vector.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|(_, weight)| *weight /= length);
    }
}
