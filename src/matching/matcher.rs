//! The [`Matcher`]: its construction, and the questions that it can be asked.
//! It combines the steps that the documentation of `matching` lists.

use std::io::Read;

use serde::Serialize;

use super::cache;
use super::calibration::calibrate;
use super::classifier::{Classifier, ReadQuestion, best};
use super::confidence::ConfidenceModel;
use super::extract::features;
use super::language::{Languages, detect};
use super::lexicon::Lexicon;
use super::segments::{may_have_several, segments};
use super::small_talk::SmallTalkIndex;
use super::tokens::{WordBreaking, WordToken};
use super::verdict::{
    Candidate, NEAR_TIE, Outcome, QuestionEvidence, RANKED_MAX, Reason, Rival, Thresholds, Verdict, decide,
};
use crate::knowledge::wording::{QUESTION_CHARS_MAX, normalise};
use crate::knowledge::{BoundaryKey, EntryKey, HasWordings as _, Knowledge};

/// The most known words that [`Matcher::complete`] tries for an unfinished word. After one or two letters there are
/// many, and which of them are tried hardly matters.
const COMPLETIONS_MAX: usize = 48;

/// A classifier of questions by the wordings of a [`Knowledge`]. The time of a question depends on its length and hardly
/// on the size of the file.
#[derive(Debug)]
pub struct Matcher {
    thresholds: Thresholds,
    pub(super) lexicon: Lexicon,
    pub(super) classifier: Classifier,
    pub(super) confidence: ConfidenceModel,
    small_talk: SmallTalkIndex,
    languages: Languages,
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
    /// Trains the classifier and calibrates the confidence, with the default thresholds. Takes from 10 ms for 100
    /// wordings to 4 s for 100,000.
    #[must_use]
    pub fn new(knowledge: &Knowledge) -> Self {
        let lexicon = lexicon(knowledge);
        let classifier = Classifier::new(knowledge, &lexicon, |_, _| true);
        let prior = ConfidenceModel::prior(classifier.index.wordings_per_class(), classifier.index.class_overlap);
        let confidence = calibrate(knowledge, &lexicon, prior);
        Self::from_parts(knowledge, lexicon, classifier, confidence)
    }

    /// The trained classifier as bytes for [`Self::from_cache`]. `program` identifies the program, because another
    /// version may train differently.
    #[must_use]
    pub fn to_cache(&self, knowledge: &Knowledge, program: &str) -> Vec<u8> {
        cache::write(&self.classifier, &self.confidence, cache::fingerprint(knowledge, program))
    }

    /// The matcher that [`Self::new`] would return, without training. Returns `None` if the `size` bytes are damaged or
    /// were written by another program or for other knowledge.
    #[must_use]
    pub fn from_cache(knowledge: &Knowledge, program: &str, bytes: impl Read, size: u64) -> Option<Self> {
        let (classifier, confidence) = cache::read(bytes, size, knowledge, cache::fingerprint(knowledge, program))?;
        Some(Self::from_parts(knowledge, lexicon(knowledge), classifier, confidence))
    }

    fn from_parts(
        knowledge: &Knowledge,
        lexicon: Lexicon,
        classifier: Classifier,
        confidence: ConfidenceModel,
    ) -> Self {
        let small_talk = SmallTalkIndex::new(knowledge);
        let wordings = knowledge.entry_keys().flat_map(|key| knowledge.entry(key).wordings());
        let languages = Languages::of(wordings);
        Self { thresholds: Thresholds::default(), lexicon, classifier, confidence, small_talk, languages }
    }

    /// The languages of the entries' wordings.
    #[must_use]
    pub fn languages(&self) -> &Languages {
        &self.languages
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

    /// Ranks the entries for a message and decides how to respond. Accepts any text; ignores what follows the first
    /// [`QUESTION_CHARS_MAX`] characters.
    ///
    /// A message with several sentences is asked as a whole, and so is each question in it. If the whole is no answer
    /// but one of the questions is, the surest one wins: it stands among remarks. If none of the questions is and a
    /// boundary refuses one of them, the message is refused, even if its remarks resemble an entry. A question that has
    /// another answer is reported as the second one.
    #[must_use]
    pub fn ask(&self, message: &str) -> Verdict {
        let whole = self.ask_segment(message);
        if matches!(whole.reason, Reason::SmallTalk | Reason::OtherLanguage) {
            return whole;
        }
        let message = truncated(message);
        let segments = if may_have_several(message) { segments(message) } else { Vec::new() };
        if segments.len() < 2 {
            return whole;
        }
        let questions = segments.iter().filter(|segment| segment.is_question && !segment.refers_back(message));
        let verdicts = questions.map(|segment| {
            let text = &message[segment.range.clone()];
            Verdict { decided_text: Some(text.to_owned()), ..self.ask_segment(text) }
        });
        let verdicts: Vec<Verdict> = verdicts.collect();
        let answers = || verdicts.iter().filter(|verdict| verdict.outcome == Outcome::Answer);
        let refused = verdicts.iter().find(|verdict| verdict.reason == Reason::Boundary);
        let surest = answers().max_by(|left, right| left.confidence.total_cmp(&right.confidence));
        let best = match (surest, refused) {
            (Some(surest), _) if whole.outcome != Outcome::Answer => surest.clone(),
            // The remarks around a question that a boundary refuses do not answer it.
            (None, Some(refused)) => refused.clone(),
            _ => whole,
        };
        let first_of = |verdict: &Verdict| verdict.ranked.first().map(|candidate| candidate.entry);
        let second = answers().filter_map(first_of).find(|&entry| Some(entry) != first_of(&best));
        Verdict { second, ..best }
    }

    /// Decides on a message as a single question.
    pub(super) fn ask_segment(&self, text: &str) -> Verdict {
        decide(self.thresholds, self.question_evidence(text))
    }

    /// Collects everything that the verdict depends on.
    fn question_evidence(&self, text: &str) -> QuestionEvidence {
        let question = self.read(text);
        let mut ranking = self.classifier.rank(&question);
        let topic = self.classifier.entry_about(&question, &ranking);
        let class_with_wording = self.classifier.class_with_wording(&question);
        let entry_with_wording = class_with_wording.filter(|&class| class < self.classifier.layout.entries);
        let first = entry_with_wording.or(topic).or(ranking.entries.first().copied());
        if let Some(first) = first {
            ranking.entries.retain(|&entry| entry != first);
            ranking.entries.insert(0, first);
            ranking.entries.truncate(RANKED_MAX);
        }
        let confidence = |class| self.confidence_in(&question, &ranking.scores, class);
        let boundary_with_wording = class_with_wording.filter(|&class| class >= self.classifier.layout.entries);
        let rival = self.classifier.rival(&ranking, first).map(|(class, lead)| Rival {
            boundary: BoundaryKey(class - self.classifier.layout.entries),
            lead,
            confidence: if lead < NEAR_TIE { confidence(class) } else { 0.0 },
        });
        QuestionEvidence {
            confidence: first.map_or(0.0, confidence),
            rival,
            has_content: !question.content.is_empty(),
            is_topic: topic.is_some() && topic == first,
            is_wording: entry_with_wording.is_some(),
            boundary_with_wording: boundary_with_wording
                .map(|class| BoundaryKey(class - self.classifier.layout.entries)),
            small_talk: self.small_talk.find(&question.words),
            language: detect(text).filter(|&language| !self.languages.contains(language)),
            is_foreign: self.is_foreign(&question),
            ranked: ranking
                .entries
                .iter()
                .map(|&entry| Candidate { entry: EntryKey(entry), score: ranking.scores[entry] })
                .collect(),
        }
    }

    /// The confidence in a class, given the scores of all classes.
    pub(super) fn confidence_in(&self, question: &ReadQuestion, scores: &[f32], class: usize) -> f32 {
        self.confidence.probability(&self.classifier.evidence(question, scores, class))
    }

    /// Whether words that the file does not know carry the question: their share of the length of its vector is the
    /// larger one.
    fn is_foreign(&self, question: &ReadQuestion) -> bool {
        let shares = |is_known: bool| -> f32 {
            let of_kind = question.content.iter().filter(|&&(_, key)| self.classifier.knows(key) == is_known);
            of_kind.map(|&(position, _)| question.vector.length_shares[position]).sum()
        };
        shares(false) > shares(true)
    }

    /// The entries that best match an unfinished question, at most `limit`, the best first. Returns no entries before
    /// the first letter. Does not correct the spelling, because the next letters are better evidence than a guess.
    #[must_use]
    pub fn complete(&self, typed: &str, limit: usize) -> Vec<EntryKey> {
        let normal = normalise(typed);
        // In a script without spaces every letter may end a word.
        let ends_word = |letter: char| !letter.is_alphanumeric() || WordBreaking::of(letter) != WordBreaking::Spaced;
        let last_word_ended = typed.ends_with(ends_word);
        let (complete_words, prefix) = match normal.rsplit_once(' ') {
            _ if last_word_ended => (normal.as_str(), ""),
            Some((words, prefix)) => (words, prefix),
            None => ("", normal.as_str()),
        };
        let words = self.lexicon.read_wording(complete_words);
        let scores_of = |words: &mut dyn Iterator<Item = &WordToken>| {
            self.classifier.index.scores(&self.classifier.index.weigh(features(words, &self.lexicon), |_| 1.0))
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
        scores.truncate(self.classifier.layout.entries);
        best(&scores, limit).into_iter().map(EntryKey).collect()
    }

    /// The content words of a question that no wording and no passage contains, and that are no misspelling of one that
    /// does, as the user wrote them.
    #[must_use]
    pub fn unknown_words(&self, question: &str) -> Vec<String> {
        let question = self.read(question);
        let unknown = question.content.iter().filter(|&&(_, key)| !self.classifier.knows(key));
        unknown.map(|&(position, _)| question.words[position].written.clone()).collect()
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
        self.word_shares(question, self.classifier.layout.entries.saturating_add(boundary.0))
    }

    fn word_shares(&self, question: &str, class: usize) -> Vec<WordShare> {
        let ReadQuestion { words, vector, .. } = self.read(question);
        let mut shares: Vec<WordShare> = words
            .into_iter()
            .map(|word| WordShare {
                read_as: (word.token.text != word.written).then_some(word.token.text),
                written: word.written,
                share: 0.0,
            })
            .collect();
        for contribution in self.classifier.index.contributions(&vector, class) {
            shares[contribution.position as usize].share += contribution.share;
        }
        shares
    }

    /// Splits a question into words, corrects their spelling and weighs them.
    pub(super) fn read(&self, question: &str) -> ReadQuestion {
        self.classifier.read(question, &self.lexicon)
    }
}

/// The part of a message that is read.
fn truncated(message: &str) -> &str {
    message.char_indices().nth(QUESTION_CHARS_MAX).map_or(message, |(end, _)| &message[..end])
}

/// The words of all texts that the index is built from, and of the synonyms.
fn lexicon(knowledge: &Knowledge) -> Lexicon {
    let entries = knowledge.entry_keys().flat_map(|key| knowledge.entry(key).wordings());
    let boundaries = knowledge.boundary_keys().flat_map(|key| knowledge.boundary(key).wordings());
    let passages = knowledge.entry_keys().map(|key| knowledge.entry(key).passage.as_str());
    let synonyms = knowledge.documents().iter().flat_map(|document| &document.synonyms).map(Vec::as_slice);
    let small_talk = knowledge.small_talk().flat_map(|(_, small_talk)| small_talk.wordings());
    Lexicon::new(entries.chain(boundaries).chain(passages).chain(small_talk), synonyms)
}

#[cfg(test)]
mod tests;
