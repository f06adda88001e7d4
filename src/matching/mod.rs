//! From a question's text to ranked entries and a verdict: answer, suggest or unknown.
//! The rest of the house knows [`Matcher`] and [`Verdict`] and nothing of how they are reached.

mod ambiguous_wordings;
mod cache;
mod class_overlap;
mod common;
mod complete;
mod confidence;
mod english;
mod explain;
mod extract;
mod feature;
mod grouping;
mod hashing;
mod index;
mod lexicon;
mod postings;
mod question_detection;
mod question_form;
mod sparse_matrix;
mod spelling;
mod string_table;
mod synonyms;
mod thesaurus;
mod tokens;
mod training;
mod vectorizer;

use std::io::Read;

use serde::{Deserialize, Serialize};

use crate::knowledge::{BoundaryKey, EntryKey, HasWordings as _, Knowledge};
use confidence::{Evidence, SILENT_SHARE, SPEAKING_SHARE};
use extract::{content_features, features};
use feature::{FeatureKind, bigram_key, word_key};
use index::{Index, WeightedQuestion};
use lexicon::{Lexicon, QuestionWord};
use vectorizer::ClassTexts;

pub use crate::knowledge::wording::{QUESTION_CHARS_MAX, normalise};
pub use ambiguous_wordings::AmbiguousWording;
pub use explain::WordShare;
pub use question_detection::looks_like_question;

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
        let read = |wording| features(lexicon.read_wording(wording).iter(), &lexicon);
        let entries = knowledge.entry_keys().map(|key| knowledge.entry(key)).map(|entry| ClassTexts {
            wordings: entry.wordings().map(read).collect(),
            passage: content_features(lexicon.read_wording(&entry.passage).iter(), &lexicon),
        });
        // What a boundary says is about what the text lacks: no evidence for it.
        let boundaries = knowledge
            .boundary_keys()
            .map(|key| knowledge.boundary(key))
            .map(|boundary| ClassTexts { wordings: boundary.wordings().map(read).collect(), passage: Vec::new() });
        let index = Index::new(entries.chain(boundaries), &lexicon);
        Self { thresholds: Thresholds::default(), index, lexicon, entries: knowledge.entry_keys().len() }
    }

    /// What was learned from this knowledge, as bytes for [`Self::kept`]. `program` tells programs apart that may learn
    /// otherwise.
    #[must_use]
    pub fn to_cache(&self, knowledge: &Knowledge, program: &str) -> Vec<u8> {
        cache::write(&self.index, cache::fingerprint(knowledge, program))
    }

    /// The matcher that [`Self::new`] would make, without learning; none when the bytes, of which there are `count`, are damaged,
    /// or were kept by another program, or of other knowledge.
    #[must_use]
    pub fn from_cache(knowledge: &Knowledge, program: &str, bytes: impl Read, count: u64) -> Option<Self> {
        let index = cache::read(bytes, count, cache::fingerprint(knowledge, program))?;
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
        let asked = self.weigh(&readings);
        let scores = self.index.scores(&asked);
        let (entries, boundaries) = scores.split_at(self.entries);
        let ranked = best(entries, RANKED_MAX);
        let boundary = best(boundaries, 1).first().copied();
        let evidence = |class: usize, boundary| self.evidence(&readings, &asked, scores[class], class, boundary);
        let confidence = ranked.first().map_or(0.0, |&entry| {
            let boundary = boundary.map(|boundary| boundaries[boundary]);
            evidence(entry, boundary).confidence()
        });
        let boundary =
            boundary.filter(|&boundary| boundaries[boundary] > ranked.first().map_or(0.0, |&best| entries[best]));
        let is_sure = |&boundary: &usize| {
            let confidence = evidence(self.entries + boundary, None).confidence();
            self.thresholds.outcome(confidence) == Outcome::Answer
        };
        Verdict {
            outcome: if boundary.is_some() { Outcome::Unknown } else { self.thresholds.outcome(confidence) },
            confidence,
            boundary: boundary.filter(is_sure).map(BoundaryKey),
            ranked: ranked.iter().map(|&entry| Candidate { entry: EntryKey(entry), score: entries[entry] }).collect(),
        }
    }

    /// What speaks for the class being meant, which has this score; `boundary` is the score of the best boundary beside it.
    fn evidence(
        &self,
        readings: &[QuestionWord],
        asked: &WeightedQuestion,
        score: f32,
        class: usize,
        boundary: Option<f32>,
    ) -> Evidence {
        let mut shares = vec![0.0; readings.len()];
        let mut senses = 0.0;
        for contribution in self.index.contributions(asked, class) {
            shares[contribution.place as usize] += contribution.share;
            if contribution.kind == FeatureKind::Sense {
                senses += contribution.share;
            }
        }
        let is_silent = |(reading, share): (&QuestionWord, &f32)| {
            *share < SILENT_SHARE && !self.lexicon.is_common(word_key(&reading.token.stem))
        };
        let silent = readings.iter().zip(&shares).zip(&asked.portions).filter(|(word, _)| is_silent(*word));
        Evidence {
            score,
            senses,
            words: shares.iter().filter(|&&share| share >= SPEAKING_SHARE).count(),
            silent: silent.map(|(_, portion)| portion).sum(),
            boundary,
            wordings: self.index.wordings_per_class(),
            class_overlap: self.index.class_overlap,
        }
    }

    fn read(&self, question: &str) -> Vec<QuestionWord> {
        self.lexicon.read_question(question, |left, right| self.index.has(bigram_key(left, right)))
    }

    fn weigh(&self, readings: &[QuestionWord]) -> WeightedQuestion {
        let features = features(readings.iter().map(|reading| &reading.token), &self.lexicon);
        self.index.weigh(features, &self.lexicon, |place| readings[place as usize].similarity)
    }
}

/// The words of all texts that the index is made from, and of synonyms.
fn lexicon(knowledge: &Knowledge) -> Lexicon {
    let entries = knowledge.entry_keys().flat_map(|key| knowledge.entry(key).wordings());
    let boundaries = knowledge.boundary_keys().flat_map(|key| knowledge.boundary(key).wordings());
    let passages = knowledge.entry_keys().map(|key| knowledge.entry(key).passage.as_str());
    let synonyms = knowledge.documents().iter().flat_map(|document| &document.synonyms).map(Vec::as_slice);
    Lexicon::new(entries.chain(boundaries).chain(passages), synonyms)
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
