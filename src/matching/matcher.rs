//! The [`Matcher`]: its construction, and the questions that it can be asked.
//! It combines the steps that the documentation of `matching` lists.

use std::io::Read;

use serde::Serialize;

use super::cache;
use super::calibration::calibrate;
use super::classifier::{Classifier, ReadQuestion, best};
use super::confidence::ConfidenceModel;
use super::extract::features;
use super::index::{POSTINGS_READ_MAX, WeightedQuestion};
use super::language::{Languages, detect};
use super::lexicon::{CorrectionMemo, Lexicon};
use super::segments::{QUESTIONS_MAX, may_have_several, segments};
use super::small_talk::SmallTalkIndex;
use super::tokens::WordBreaking;
use super::vectorizer::{LearningLimit, TooMuchToLearn};
use super::verdict::{
    Candidate, NEAR_TIE, Outcome, QuestionEvidence, RANKED_MAX, Reason, Rival, Thresholds, Verdict, decide,
};
use crate::knowledge::wording::{end_of_typed, normalise, start_of_question};
use crate::knowledge::{BoundaryKey, EntryKey, HasWordings as _, Knowledge, limits};

/// The most known words that [`Matcher::complete`] tries for an unfinished word. After one or two letters there are
/// many, and which of them are tried hardly matters.
const COMPLETIONS_MAX: usize = 48;

/// The characters of an unfinished question that are read: as many as a wording may have.
const TYPED_CHARS_MAX: usize = limits::WORDING_CHARS;

/// The words of an unfinished question that are read. Hardly any question has more, and the last ones say most about
/// what the user is typing.
const TYPED_WORDS_MAX: usize = 32;

/// The most postings read for one possible ending of an unfinished question, which has about twenty features. All
/// endings together read no more than a question.
const ENDING_POSTINGS_MAX: usize = POSTINGS_READ_MAX / COMPLETIONS_MAX;

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
        match Self::new_within(knowledge, LearningLimit::NONE) {
            Ok(matcher) => matcher,
            Err(TooMuchToLearn { .. }) => unreachable!("there is no limit"),
        }
    }

    /// Like [`Self::new`], but uses a limited amount of memory.
    ///
    /// # Errors
    /// If the knowledge has more features than `limit` allows.
    pub fn new_within(knowledge: &Knowledge, limit: LearningLimit) -> Result<Self, TooMuchToLearn> {
        let lexicon = lexicon(knowledge);
        let classifier = Classifier::new(knowledge, &lexicon, limit, |_, _| true)?;
        let prior = ConfidenceModel::prior(classifier.index.wordings_per_class(), classifier.index.class_overlap);
        let confidence = calibrate(knowledge, &lexicon, limit, prior)?;
        Ok(Self::from_parts(knowledge, lexicon, classifier, confidence))
    }

    /// The memory that learning this knowledge takes, in bytes, as [`LearningLimit`] counts it.
    #[must_use]
    pub fn learning_bytes(knowledge: &Knowledge) -> usize {
        let texts = Classifier::read_texts(knowledge, &lexicon(knowledge), LearningLimit::NONE, |_, _| true);
        texts.map_or(usize::MAX, |texts| texts.vectorizer.learning_bytes())
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

    pub(super) fn from_parts(
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

    /// Ranks the entries for a message and decides how to respond. Accepts any text; ignores what follows
    /// [`start_of_question`].
    ///
    /// A message with several sentences is asked as a whole, and so is each question in it. If the whole is no answer
    /// but one of the questions is, the surest one wins: it stands among remarks. If none of the questions is and a
    /// boundary refuses one of them, the message is refused, even if its remarks resemble an entry. A question that has
    /// another answer is reported as the second one.
    #[must_use]
    pub fn ask(&self, message: &str) -> Verdict {
        self.ask_and_read(message).0
    }

    /// The verdict on a message, and the whole message as it was read.
    pub(super) fn ask_and_read(&self, message: &str) -> (Verdict, ReadQuestion) {
        let message = start_of_question(message);
        let mut memo = CorrectionMemo::default();
        let read = self.classifier.read(message, &self.lexicon, &mut memo);
        let whole = decide(self.thresholds, self.question_evidence(message, &read));
        (self.ask_parts(message, whole, &mut memo), read)
    }

    /// The verdict on a message, given the verdict on the whole of it as a single question.
    fn ask_parts(&self, message: &str, whole: Verdict, memo: &mut CorrectionMemo) -> Verdict {
        if matches!(whole.reason, Reason::SmallTalk | Reason::OtherLanguage) {
            return whole;
        }
        let segments = if may_have_several(message) { segments(message) } else { Vec::new() };
        if segments.len() < 2 {
            return whole;
        }
        let questions = segments.iter().filter(|segment| segment.is_question && !segment.refers_back);
        let verdicts = questions.take(QUESTIONS_MAX).map(|segment| {
            let text = &message[segment.range.clone()];
            let read = self.classifier.read(text, &self.lexicon, memo);
            let verdict = decide(self.thresholds, self.question_evidence(text, &read));
            Verdict { decided_text: Some(text.to_owned()), ..verdict }
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

    /// Collects everything that the verdict on a single question depends on. `text` is the text that was read.
    fn question_evidence(&self, text: &str, question: &ReadQuestion) -> QuestionEvidence {
        let mut ranking = self.classifier.rank(question);
        let topic = self.classifier.entry_about(question, &ranking);
        let class_with_wording = self.classifier.class_with_wording(question);
        let entry_with_wording = class_with_wording.filter(|&class| class < self.classifier.layout.entries);
        let first = entry_with_wording.or(topic).or(ranking.entries.first().copied());
        if let Some(first) = first {
            ranking.entries.retain(|&entry| entry != first);
            ranking.entries.insert(0, first);
            ranking.entries.truncate(RANKED_MAX);
        }
        let confidence = |class| self.confidence_in(question, &ranking.scores, class);
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
            is_foreign: self.is_foreign(question),
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
    ///
    /// Reads only the end of the text, `TYPED_CHARS_MAX` characters and `TYPED_WORDS_MAX` words, because that is
    /// what the user is typing.
    #[must_use]
    pub fn complete(&self, typed: &str, limit: usize) -> Vec<EntryKey> {
        let typed = end_of_typed(typed, TYPED_CHARS_MAX);
        let normal = normalise(typed);
        // In a script without spaces every letter may end a word.
        let ends_word = |letter: char| !letter.is_alphanumeric() || WordBreaking::of(letter) != WordBreaking::Spaced;
        let last_word_ended = typed.ends_with(ends_word);
        let (complete_words, prefix) = match normal.rsplit_once(' ') {
            _ if last_word_ended => (normal.as_str(), ""),
            Some((words, prefix)) => (words, prefix),
            None => ("", normal.as_str()),
        };
        let mut words = self.lexicon.read_wording(complete_words);
        words.drain(..words.len().saturating_sub(TYPED_WORDS_MAX));
        let index = &self.classifier.index;
        let fixed = index.weigh(features(words.iter(), &self.lexicon), |_| 1.0);
        let mut scores = index.scores(&fixed);
        if !prefix.is_empty() {
            let last = words.len() as u32;
            let endings: Vec<WeightedQuestion> = self
                .lexicon
                .words_with_prefix(prefix, COMPLETIONS_MAX)
                .map(|token| {
                    let mut features = features(words.iter().chain([&token]), &self.lexicon);
                    features.retain(|feature| feature.position == last);
                    index.weigh_up_to(features, |_| 1.0, ENDING_POSTINGS_MAX)
                })
                .collect();
            index.raise_to_best_ending(&mut scores, &fixed, &endings);
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

    /// Whether a text has the normal form of a wording of the boundary, or differs only in synonyms.
    #[must_use]
    pub fn is_boundary_wording(&self, question: &str, boundary: BoundaryKey) -> bool {
        let tokens = self.lexicon.read_wording(start_of_question(question));
        self.classifier.has_wording(self.classifier.layout.entries.saturating_add(boundary.0), &tokens)
    }

    /// Splits a question into words, corrects their spelling and weighs them.
    pub(super) fn read(&self, question: &str) -> ReadQuestion {
        self.classifier.read(start_of_question(question), &self.lexicon, &mut CorrectionMemo::default())
    }
}

/// The words of all texts that the index is built from, and of the synonyms.
fn lexicon(knowledge: &Knowledge) -> Lexicon {
    lexicon_of(knowledge, |_, _| true)
}

/// The words of the texts that `includes` accepts, as in [`Classifier::new`], and of small talk and the synonyms.
pub(super) fn lexicon_of(knowledge: &Knowledge, includes: impl Fn(usize, Option<&str>) -> bool) -> Lexicon {
    let includes = &includes;
    let items = knowledge.item_keys().enumerate();
    let wordings = items.flat_map(|(class, item)| {
        knowledge.wordings_of(item).into_iter().filter(move |wording| includes(class, Some(wording)))
    });
    let entries = knowledge.entry_keys().filter(|key| includes(key.0, None));
    let passages = entries.map(|key| knowledge.entry(key).passage.as_str());
    let synonyms = knowledge.documents().iter().flat_map(|document| &document.synonyms).map(Vec::as_slice);
    let small_talk = knowledge.small_talk().flat_map(|(_, small_talk)| small_talk.wordings());
    Lexicon::new(wordings.chain(passages).chain(small_talk), synonyms)
}

#[cfg(test)]
mod tests;
