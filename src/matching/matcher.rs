//! The [`Matcher`]: its construction, and the questions that it can be asked.
//! It combines the steps that the documentation of `matching` lists.

use std::io::Read;

use serde::Serialize;

use super::cache;
use super::extract::{content_features, features};
use super::feature::{FeatureKind, bigram_key, word_key};
use super::index::{Index, WeightedQuestion};
use super::lexicon::{Lexicon, QuestionWord};
use super::tokens::WordToken;
use super::vectorizer::ClassTexts;
use super::verdict::{
    Candidate, Evidence, RANKED_MAX, SUPPORTING_SHARE_MIN, Thresholds, UNRELATED_SHARE_MAX, Verdict, decide,
};
use crate::knowledge::wording::normalise;
use crate::knowledge::{BoundaryKey, EntryKey, HasWordings as _, Knowledge};

/// The most known words that [`Matcher::complete`] tries for an unfinished word. After one or two letters there are
/// many, and which of them are tried hardly matters.
const COMPLETIONS_MAX: usize = 48;

/// An index over all wordings of a [`Knowledge`]. The time of a question depends on its length and hardly on the size
/// of the file.
#[derive(Debug)]
pub struct Matcher {
    thresholds: Thresholds,
    pub(super) lexicon: Lexicon,
    /// Its classes are the entries, followed by the boundaries.
    pub(super) index: Index,
    /// The number of entries.
    pub(super) entries: usize,
}

/// A word of a question and what it adds to the score of an entry or a boundary.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WordShare {
    /// The word that the user wrote, in normal form; several words if a synonym replaced a phrase.
    pub written: String,
    /// The word that it was read as, if different: a spelling correction or a synonym.
    pub read_as: Option<String>,
    /// The amount that the word adds to the score; negative if it is evidence against the entry.
    pub share: f32,
}

impl Matcher {
    /// Builds and trains the index, with the default thresholds. Takes from 5 ms for 100 wordings to 2 s for 100,000.
    #[must_use]
    pub fn new(knowledge: &Knowledge) -> Self {
        let lexicon = lexicon(knowledge);
        let read = |wording| features(lexicon.read_wording(wording).iter(), &lexicon);
        let entries = knowledge.entry_keys().map(|key| knowledge.entry(key)).map(|entry| ClassTexts {
            wordings: entry.wordings().map(read).collect(),
            passage: content_features(lexicon.read_wording(&entry.passage).iter(), &lexicon),
        });
        // A boundary's `says` describes what the text lacks. Its words are no evidence for the boundary.
        let boundaries = knowledge
            .boundary_keys()
            .map(|key| knowledge.boundary(key))
            .map(|boundary| ClassTexts { wordings: boundary.wordings().map(read).collect(), passage: Vec::new() });
        let index = Index::new(entries.chain(boundaries), &lexicon);
        Self { thresholds: Thresholds::default(), index, lexicon, entries: knowledge.entry_keys().len() }
    }

    /// The trained index as bytes for [`Self::from_cache`]. `program` identifies the program, because another version
    /// may train differently.
    #[must_use]
    pub fn to_cache(&self, knowledge: &Knowledge, program: &str) -> Vec<u8> {
        cache::write(&self.index, cache::fingerprint(knowledge, program))
    }

    /// The matcher that [`Self::new`] would return, without training. Returns `None` if the `size` bytes are damaged or
    /// were written by another program or for other knowledge.
    #[must_use]
    pub fn from_cache(knowledge: &Knowledge, program: &str, bytes: impl Read, size: u64) -> Option<Self> {
        let index = cache::read(bytes, size, cache::fingerprint(knowledge, program))?;
        let classes = knowledge.entry_keys().len() + knowledge.boundary_keys().len();
        (index.classes == classes).then(|| Self {
            thresholds: Thresholds::default(),
            index,
            lexicon: lexicon(knowledge),
            entries: knowledge.entry_keys().len(),
        })
    }

    /// The same matcher with other thresholds.
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

    /// Ranks the entries for a question and decides how to respond. Accepts any text; ignores what follows the first
    /// [`QUESTION_CHARS_MAX`](super::QUESTION_CHARS_MAX) characters.
    #[must_use]
    pub fn ask(&self, question: &str) -> Verdict {
        let words = self.read(question);
        let question = self.weigh(&words);
        let scores = self.index.scores(&question);
        let (entries, boundaries) = scores.split_at(self.entries);
        let ranked = best(entries, RANKED_MAX);
        let boundary = best(boundaries, 1).first().map(|&boundary| (boundary, boundaries[boundary]));
        let evidence = |class: usize, best_boundary| Evidence {
            best_boundary,
            ..self.evidence(&words, &question, class, scores[class])
        };
        decide(
            self.thresholds,
            ranked.iter().map(|&entry| Candidate { entry: EntryKey(entry), score: entries[entry] }).collect(),
            ranked.first().map(|&entry| evidence(entry, boundary.map(|(_, score)| score))),
            boundary.map(|(boundary, _)| (BoundaryKey(boundary), evidence(self.entries + boundary, None))),
        )
    }

    /// Collects the evidence for a class with this score, without regard to boundaries.
    fn evidence(&self, words: &[QuestionWord], question: &WeightedQuestion, class: usize, score: f32) -> Evidence {
        let mut shares = vec![0.0; words.len()];
        let mut sense_share = 0.0;
        for contribution in self.index.contributions(question, class) {
            shares[contribution.position as usize] += contribution.share;
            if contribution.kind == FeatureKind::Sense {
                sense_share += contribution.share;
            }
        }
        let is_unrelated = |(word, share): (&QuestionWord, &f32)| {
            *share < UNRELATED_SHARE_MAX && !self.lexicon.is_common(word_key(&word.token.stem))
        };
        let unrelated = words.iter().zip(&shares).zip(&question.length_shares).filter(|(word, _)| is_unrelated(*word));
        Evidence {
            score,
            sense_share,
            supporting_words: shares.iter().filter(|&&share| share >= SUPPORTING_SHARE_MIN).count(),
            unrelated_share: unrelated.map(|(_, length_share)| length_share).sum(),
            best_boundary: None,
            wordings_per_class: self.index.wordings_per_class(),
            class_overlap: self.index.class_overlap,
        }
    }

    /// The entries that best match an unfinished question, at most `limit`, the best first. Returns no entries before
    /// the first letter. Does not correct the spelling, because the next letters are better evidence than a guess.
    #[must_use]
    pub fn complete(&self, typed: &str, limit: usize) -> Vec<EntryKey> {
        let normal = normalise(typed);
        let last_word_ended = typed.ends_with(|letter: char| !letter.is_alphanumeric());
        let (complete_words, prefix) = match normal.rsplit_once(' ') {
            _ if last_word_ended => (normal.as_str(), ""),
            Some((words, prefix)) => (words, prefix),
            None => ("", normal.as_str()),
        };
        let words = self.lexicon.read_wording(complete_words);
        let scores_of = |words: &mut dyn Iterator<Item = &WordToken>| {
            self.index.scores(&self.index.weigh(features(words, &self.lexicon), &self.lexicon, |_| 1.0))
        };
        let mut scores = scores_of(&mut words.iter());
        if !prefix.is_empty() {
            // Each class gets its best score over all completions of the last word.
            let mut best_completion = vec![0.0_f32; scores.len()];
            for token in self.lexicon.words_with_prefix(prefix, COMPLETIONS_MAX) {
                let completed = scores_of(&mut words.iter().chain([&token]));
                best_completion.iter_mut().zip(completed).for_each(|(best, score)| *best = best.max(score));
            }
            scores.iter_mut().zip(best_completion).for_each(|(score, completed)| *score = score.max(completed));
        }
        scores.truncate(self.entries);
        best(&scores, limit).into_iter().map(EntryKey).collect()
    }

    /// The share of each word of the question in the [score](super::Candidate::score) of an entry, in the order of the
    /// words. The shares add up to the score; all are 0 if the key belongs to other knowledge.
    #[must_use]
    pub fn explain(&self, question: &str, entry: EntryKey) -> Vec<WordShare> {
        self.word_shares(question, entry.0)
    }

    /// The share of each word in the score of a boundary, like [`Self::explain`]. The boundary wins over the best entry
    /// if its score is higher.
    #[must_use]
    pub fn explain_boundary(&self, question: &str, boundary: BoundaryKey) -> Vec<WordShare> {
        self.word_shares(question, self.entries.saturating_add(boundary.0))
    }

    fn word_shares(&self, question: &str, class: usize) -> Vec<WordShare> {
        let words = self.read(question);
        let question = self.weigh(&words);
        let mut shares: Vec<WordShare> = words
            .into_iter()
            .map(|word| WordShare {
                read_as: (word.token.text != word.written).then_some(word.token.text),
                written: word.written,
                share: 0.0,
            })
            .collect();
        for contribution in self.index.contributions(&question, class) {
            shares[contribution.position as usize].share += contribution.share;
        }
        shares
    }

    /// Splits a question into words and corrects their spelling.
    pub(super) fn read(&self, question: &str) -> Vec<QuestionWord> {
        self.lexicon.read_question(question, |left, right| self.index.contains(bigram_key(left, right)))
    }

    /// Turns the words of a question into its vector.
    pub(super) fn weigh(&self, words: &[QuestionWord]) -> WeightedQuestion {
        let features = features(words.iter().map(|word| &word.token), &self.lexicon);
        self.index.weigh(features, &self.lexicon, |position| words[position as usize].similarity)
    }
}

/// The words of all texts that the index is built from, and of the synonyms.
fn lexicon(knowledge: &Knowledge) -> Lexicon {
    let entries = knowledge.entry_keys().flat_map(|key| knowledge.entry(key).wordings());
    let boundaries = knowledge.boundary_keys().flat_map(|key| knowledge.boundary(key).wordings());
    let passages = knowledge.entry_keys().map(|key| knowledge.entry(key).passage.as_str());
    let synonyms = knowledge.documents().iter().flat_map(|document| &document.synonyms).map(Vec::as_slice);
    Lexicon::new(entries.chain(boundaries).chain(passages), synonyms)
}

/// The indices of the highest scores above 0, at most `limit`, the highest first. Of equal scores, the first comes
/// first.
fn best(scores: &[f32], limit: usize) -> Vec<usize> {
    let by_score = |&left: &usize, &right: &usize| scores[right].total_cmp(&scores[left]).then(left.cmp(&right));
    let mut indices: Vec<usize> = (0..scores.len()).filter(|&index| scores[index] > 0.0).collect();
    if indices.len() > limit {
        indices.select_nth_unstable_by(limit, by_score);
        indices.truncate(limit);
    }
    indices.sort_unstable_by(by_score);
    indices
}

#[cfg(test)]
mod tests;
