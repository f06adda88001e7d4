//! The [`DocumentMatcher`]: everything that is learned from one document, and the verdict on a single question.
//! It combines the steps that the documentation of `matching` lists. Its keys count within the document.

use std::io::Read;

use serde::Serialize;

use super::cache::{self, CacheKey};
use super::calibration::calibrate;
use super::classifier::{Classifier, ReadQuestion, best};
use super::confidence::ConfidenceModel;
use super::extract::features;
use super::index::{POSTINGS_READ_MAX, WeightedQuestion};
use super::language::{Languages, detect};
use super::language_words::LanguageWords;
use super::lexicon::{CorrectionMemo, Lexicon};
use super::small_talk::SmallTalkIndex;
use super::tokens::WordBreaking;
use super::vectorizer::{LearningLimit, TooMuchToLearn};
use super::verdict::{Candidate, NEAR_TIE, QuestionEvidence, RANKED_MAX, Rival, Thresholds, Verdict, decide};
use crate::knowledge::wording::{end_of_typed, start_of_question, without_accents};
use crate::knowledge::{BoundaryKey, EntryKey, HasWordings as _, Knowledge, limits};

/// The most known words that [`DocumentMatcher::complete`] tries for an unfinished word. After one or two letters there
/// are many, and which of them are tried hardly matters.
const COMPLETIONS_MAX: usize = 48;

/// The characters of an unfinished question that are read: as many as a wording may have.
const TYPED_CHARS_MAX: usize = limits::WORDING_CHARS;

/// The words of an unfinished question that are read. Hardly any question has more, and the last ones say most about
/// what the user is typing.
pub(super) const TYPED_WORDS_MAX: usize = 32;

/// The most postings read for one possible ending of an unfinished question, which has about twenty features. All
/// endings together read no more than a question.
const ENDING_POSTINGS_MAX: usize = POSTINGS_READ_MAX / COMPLETIONS_MAX;

/// The matcher of one document: its own words, statistics, weights and confidence, so that no other document changes
/// what it answers. The time of a question depends on its length and hardly on the size of the document.
#[derive(Debug)]
pub(super) struct DocumentMatcher {
    pub lexicon: Lexicon,
    pub classifier: Classifier,
    pub confidence: ConfidenceModel,
    /// The document's own small talk.
    pub small_talk: SmallTalkIndex,
    /// The languages of the entries' wordings.
    pub languages: Languages,
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

/// The verdict on a single question, and what a comparison with the verdicts of other documents needs.
#[derive(Clone, Debug)]
pub(super) struct DocumentVerdict {
    pub verdict: Verdict,
    /// The confidence in the first ranked entry, even if a boundary refuses the question; 0 if the question is in another
    /// language.
    pub entry_confidence: f32,
}

impl DocumentMatcher {
    /// Trains the classifier and calibrates the confidence on the document of `knowledge`.
    ///
    /// # Errors
    /// If the knowledge has more features than `limit` allows.
    pub fn new(knowledge: &Knowledge, limit: LearningLimit) -> Result<Self, TooMuchToLearn> {
        let lexicon = lexicon(knowledge);
        let classifier = Classifier::new(knowledge, &lexicon, limit, |_, _| true)?;
        let prior = ConfidenceModel::prior(classifier.index.wordings_per_class(), classifier.index.class_overlap);
        let confidence = calibrate(knowledge, &lexicon, limit, prior)?;
        Ok(Self::from_parts(knowledge, lexicon, classifier, confidence))
    }

    /// The memory that learning this knowledge takes, in bytes, as [`LearningLimit`] counts it.
    pub fn learning_bytes(knowledge: &Knowledge) -> usize {
        let texts = Classifier::read_texts(knowledge, &lexicon(knowledge), LearningLimit::NONE, |_, _| true);
        texts.map_or(usize::MAX, |texts| texts.vectorizer.learning_bytes())
    }

    /// The trained classifier as bytes for [`Self::from_cache`].
    pub fn to_cache(&self, key: CacheKey) -> Vec<u8> {
        cache::write(&self.classifier, &self.confidence, key)
    }

    /// The matcher that [`Self::new`] would return, without training, from `size` bytes of which the key has been
    /// read. Returns `None` if they are damaged.
    pub fn from_cache(knowledge: &Knowledge, key: CacheKey, bytes: impl Read, size: u64) -> Option<Self> {
        let (classifier, confidence) = cache::read(bytes, size, knowledge, key)?;
        Some(Self::from_parts(knowledge, lexicon(knowledge), classifier, confidence))
    }

    /// A matcher with these parts.
    pub fn from_parts(
        knowledge: &Knowledge,
        lexicon: Lexicon,
        classifier: Classifier,
        confidence: ConfidenceModel,
    ) -> Self {
        let small_talk = SmallTalkIndex::new(knowledge.small_talk(), &lexicon.language().tokeniser);
        let wordings = knowledge.entry_keys().flat_map(|key| knowledge.entry(key).wordings());
        let declared = knowledge.documents().first().and_then(|document| document.language.as_deref());
        let languages = Languages::of(wordings, declared);
        Self { lexicon, classifier, confidence, small_talk, languages }
    }

    /// Decides on a single question. `text` is the text that was read.
    pub fn decide(&self, thresholds: Thresholds, text: &str, question: &ReadQuestion) -> DocumentVerdict {
        let evidence = self.question_evidence(text, question);
        let entry_confidence = if evidence.language.is_some() { 0.0 } else { evidence.certainty() };
        DocumentVerdict { verdict: decide(thresholds, evidence), entry_confidence }
    }

    /// Collects everything that the verdict on a single question depends on. `text` is the text that was read.
    fn question_evidence(&self, text: &str, question: &ReadQuestion) -> QuestionEvidence {
        let mut ranking = self.classifier.rank(question);
        // A bare topic beside a remark asks about the remark: "I bent a spoke. What's the damage?"
        let topic = if question.has_remark { None } else { self.classifier.entry_about(question, &ranking) };
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
    pub fn confidence_in(&self, question: &ReadQuestion, scores: &[f32], class: usize) -> f32 {
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

    /// The entries that best match an unfinished question with their scores, at most `limit`, the best first. Returns no
    /// entries before the first letter. Does not correct the spelling, because the next letters are better evidence than
    /// a guess. `documents` is the number of documents that share the work.
    ///
    /// Reads only the end of the text, `TYPED_CHARS_MAX` characters and `TYPED_WORDS_MAX` words, because that is
    /// what the user is typing.
    pub fn complete(&self, typed: &str, limit: usize, documents: usize) -> Vec<(usize, f32)> {
        let typed = end_of_typed(typed, TYPED_CHARS_MAX);
        let normal = self.lexicon.language().tokeniser.words(typed);
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
        let fixed = index.weigh_up_to(features(words.iter(), &self.lexicon), |_| 1.0, POSTINGS_READ_MAX / documents);
        let mut scores = index.scores(&fixed);
        if !prefix.is_empty() {
            let last = words.len() as u32;
            let endings: Vec<WeightedQuestion> = self
                .lexicon
                .words_with_prefix(&without_accents(prefix), COMPLETIONS_MAX.div_ceil(documents))
                .map(|token| {
                    let mut features = features(words.iter().chain([&token]), &self.lexicon);
                    features.retain(|feature| feature.position == last);
                    index.weigh_up_to(features, |_| 1.0, ENDING_POSTINGS_MAX)
                })
                .collect();
            index.raise_to_best_ending(&mut scores, &fixed, &endings);
        }
        scores.truncate(self.classifier.layout.entries);
        best(&scores, limit).into_iter().map(|entry| (entry, scores[entry])).collect()
    }

    /// The content words of a question that no wording and no passage contains, and that are no misspelling of one that
    /// does, as the user wrote them.
    pub fn unknown_words<'a>(&self, question: &'a ReadQuestion) -> impl Iterator<Item = &'a str> {
        let unknown = question.content.iter().filter(|&&(_, key)| !self.classifier.knows(key));
        unknown.map(|&(position, _)| question.words[position].written.as_str())
    }

    /// The share of each word of the question in the score of a class, in the order of the words. The shares add up to
    /// the score; all are 0 if there is no such class.
    pub fn word_shares(&self, question: ReadQuestion, class: Option<usize>) -> Vec<WordShare> {
        let ReadQuestion { words, vector, .. } = question;
        let mut shares: Vec<WordShare> = words
            .into_iter()
            .map(|word| WordShare {
                read_as: (word.token.text != word.written).then_some(word.token.text),
                written: word.written,
                share: 0.0,
            })
            .collect();
        let contributions = class.map(|class| self.classifier.index.contributions(&vector, class));
        for contribution in contributions.into_iter().flatten() {
            shares[contribution.position as usize].share += contribution.share;
        }
        shares
    }

    /// Returns `true` if a text has the normal form of a wording of the boundary, or differs only in synonyms.
    pub fn is_boundary_wording(&self, question: &str, boundary: usize) -> bool {
        let tokens = self.lexicon.read_wording(start_of_question(question));
        self.classifier.has_wording(self.classifier.layout.entries + boundary, &tokens)
    }

    /// Splits a question into words, corrects their spelling and weighs them.
    pub fn read(&self, question: &str) -> ReadQuestion {
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
    let answers = entries.flat_map(|key| knowledge.answer_texts(key));
    let synonyms = knowledge.documents().iter().flat_map(|document| &document.synonyms).map(Vec::as_slice);
    let small_talk = knowledge.small_talk().flat_map(|(_, small_talk)| small_talk.wordings());
    Lexicon::new(LanguageWords::of_knowledge(knowledge), wordings.chain(answers).chain(small_talk), synonyms)
}
