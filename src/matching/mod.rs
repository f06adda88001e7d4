//! From a question's text to ranked entries and a verdict: answer, suggest or unknown.
//! The rest of the house knows [`Matcher`] and [`Verdict`] and nothing of how they are reached.

mod common;
mod complete;
mod confidence;
mod english;
mod explain;
mod features;
mod hashing;
mod index;
mod kept;
mod learn;
mod lexicon;
mod likeness;
mod lists;
mod postings;
mod question;
mod synonyms;
mod thesaurus;
mod tokens;
mod typos;

use std::io::Read;

use serde::{Deserialize, Serialize};

use crate::knowledge::{Asked as _, BoundaryKey, EntryKey, Knowledge};
use confidence::{Evidence, SPEAKING_SHARE};
use features::{Feature, features, pair_key};
use index::{Asked, Index};
use lexicon::{Lexicon, Reading};
use tokens::Token;

pub use crate::knowledge::wording::{QUESTION_CHARS_MAX, normalise};
pub use explain::WordShare;
pub use question::looks_like_question;

/// How many entries a verdict ranks at most; the command line's contract.
pub const RANKED_MAX: usize = 10;

/// The least confidence for each outcome; below `suggest` a question is unknown.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// From here on the best entry is the answer.
    pub answer: f32,
    /// From here on the best entries are suggested.
    pub suggest: f32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { answer: 0.5, suggest: 0.3 }
    }
}

impl Thresholds {
    /// What should be done at this confidence.
    #[must_use]
    pub fn outcome(self, confidence: f32) -> Outcome {
        if confidence >= self.answer {
            Outcome::Answer
        } else if confidence >= self.suggest {
            Outcome::Suggest
        } else {
            Outcome::Unknown
        }
    }
}

/// What should be done with a question.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The first of `ranked` is the answer.
    Answer,
    /// The first two or three of `ranked` could be meant.
    Suggest,
    /// The text does not answer it, as far as the knowledge goes.
    Unknown,
}

/// An entry and how well it fits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The entry.
    pub entry: EntryKey,
    /// Higher is better, falling in `ranked`: about 0 to 1, and more where what was learned speaks for the entry.
    pub score: f32,
}

/// What the matcher makes of a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// What should be done.
    pub outcome: Outcome,
    /// How sure it is that the first of `ranked` answers the question, from 0 to 1.
    pub confidence: f32,
    /// The boundary that the question matches, if one does better than every entry and as surely as an answer must be; only better, and
    /// the question is unknown, but to tell what the text does not say about the boundary's matter would miss the question's.
    pub boundary: Option<BoundaryKey>,
    /// At most [`RANKED_MAX`] entries, the best first.
    pub ranked: Vec<Candidate>,
}

/// An index over all wordings of a [`Knowledge`]; asks in time that depends on the question, hardly on the file.
#[derive(Debug)]
pub struct Matcher {
    thresholds: Thresholds,
    lexicon: Lexicon,
    /// Its classes are the entries and then the boundaries.
    index: Index,
    entries: usize,
}

impl Matcher {
    /// Makes the index, with the default thresholds.
    #[must_use]
    pub fn new(knowledge: &Knowledge) -> Self {
        let lexicon = lexicon(knowledge);
        let read = |wording| features(lexicon.read_wording(wording).iter(), lexicon.thesaurus());
        let entries = knowledge.entry_keys().map(|key| knowledge.entry(key));
        let boundaries = knowledge.boundary_keys().map(|key| knowledge.boundary(key));
        let classes = entries
            .map(|entry| entry.wordings().map(read).collect::<Vec<Vec<Feature>>>())
            .chain(boundaries.map(|boundary| boundary.wordings().map(read).collect::<Vec<Vec<Feature>>>()));
        let index = Index::new(classes, &lexicon);
        Self { thresholds: Thresholds::default(), index, lexicon, entries: knowledge.entry_keys().len() }
    }

    /// What was learned from this knowledge, as bytes for [`Self::kept`]. `program` tells programs apart that may learn
    /// otherwise.
    #[must_use]
    pub fn keep(&self, knowledge: &Knowledge, program: &str) -> Vec<u8> {
        kept::write(&self.index, kept::fingerprint(knowledge, program))
    }

    /// The matcher that [`Self::new`] would make, without learning; none when the bytes, of which there are `count`, are damaged,
    /// or were kept by another program, or of other knowledge.
    #[must_use]
    pub fn kept(knowledge: &Knowledge, program: &str, bytes: impl Read, count: u64) -> Option<Self> {
        let index = kept::read(bytes, count, kept::fingerprint(knowledge, program))?;
        let classes = knowledge.entry_keys().len() + knowledge.boundary_keys().len();
        (index.classes() == classes).then(|| Self {
            thresholds: Thresholds::default(),
            index,
            lexicon: lexicon(knowledge),
            entries: knowledge.entry_keys().len(),
        })
    }

    /// The same index with other thresholds.
    #[must_use]
    pub fn with_thresholds(mut self, thresholds: Thresholds) -> Self {
        self.thresholds = thresholds;
        self
    }

    /// The least confidence for each outcome.
    #[must_use]
    pub fn thresholds(&self) -> Thresholds {
        self.thresholds
    }

    /// Finds what was meant. Takes any text; what is beyond [`QUESTION_CHARS_MAX`] characters is not read.
    #[must_use]
    pub fn ask(&self, question: &str) -> Verdict {
        let readings = self.read(question);
        let asked = self.weigh(readings.iter().map(|reading| &reading.token));
        let scores = self.index.scores(&asked);
        let (entries, boundaries) = scores.split_at(self.entries);
        let ranked = best(entries, RANKED_MAX);
        let score_of = |place: usize| ranked.get(place).map_or(0.0, |&entry| entries[entry]);
        let boundary = best(boundaries, 1).first().copied();
        let evidence = Evidence {
            score: score_of(0),
            words: ranked.first().map_or(0, |&entry| self.speaking_words(&asked, entry, readings.len())),
            boundary: boundary.map(|boundary| boundaries[boundary]),
            wordings: self.index.wordings_per_class(),
        };
        let boundary = boundary.filter(|&boundary| boundaries[boundary] > score_of(0));
        let confidence = evidence.confidence();
        let is_sure = |&boundary: &usize| {
            let words = self.speaking_words(&asked, self.entries + boundary, readings.len());
            let evidence = Evidence { score: boundaries[boundary], words, boundary: None, ..evidence };
            self.thresholds.outcome(evidence.confidence()) == Outcome::Answer
        };
        Verdict {
            outcome: if boundary.is_some() { Outcome::Unknown } else { self.thresholds.outcome(confidence) },
            confidence,
            boundary: boundary.filter(is_sure).map(BoundaryKey),
            ranked: ranked.iter().map(|&entry| Candidate { entry: EntryKey(entry), score: entries[entry] }).collect(),
        }
    }

    /// How many words of a question speak for an entry.
    fn speaking_words(&self, asked: &Asked, entry: usize, words: usize) -> usize {
        let mut shares = vec![0.0; words];
        for (place, share) in self.index.contributions(asked, entry) {
            shares[place as usize] += share;
        }
        shares.into_iter().filter(|&share| share >= SPEAKING_SHARE).count()
    }

    fn read(&self, question: &str) -> Vec<Reading> {
        self.lexicon.read_question(question, |left, right| self.index.has(pair_key(left, right)))
    }

    fn weigh<'a>(&self, tokens: impl Iterator<Item = &'a Token>) -> Asked {
        self.index.weigh(features(tokens, self.lexicon.thesaurus()), &self.lexicon)
    }
}

/// The words of all wordings and synonyms.
fn lexicon(knowledge: &Knowledge) -> Lexicon {
    let entries = knowledge.entry_keys().flat_map(|key| knowledge.entry(key).wordings());
    let boundaries = knowledge.boundary_keys().flat_map(|key| knowledge.boundary(key).wordings());
    let synonyms = knowledge.documents().iter().flat_map(|document| &document.synonyms).map(Vec::as_slice);
    Lexicon::new(entries.chain(boundaries), synonyms)
}

/// The places of the highest scores above 0, the highest first, of equal ones the first.
fn best(scores: &[f32], limit: usize) -> Vec<usize> {
    let better = |&left: &usize, &right: &usize| scores[right].total_cmp(&scores[left]).then(left.cmp(&right));
    let mut places: Vec<usize> = (0..scores.len()).filter(|&place| scores[place] > 0.0).collect();
    if places.len() > limit {
        places.select_nth_unstable_by(limit, better);
        places.truncate(limit);
    }
    places.sort_unstable_by(better);
    places
}

#[cfg(test)]
mod tests;
