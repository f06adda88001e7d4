//! The vocabulary of the file's questions, compared with that of everyday questions: how strongly a word suggests that
//! a question is about the file's topic at all. Estimated from the file itself when it is loaded.

use super::language_words::LanguageWords;
use super::tokens::{WordBreaking, WordToken};

/// The pseudo-count of an everyday word in everyday questions: a sample of a few hundred questions contains a fifth of
/// the everyday words, and the others are not much rarer.
const EVERYDAY_PRIOR: f32 = 0.3;

/// The pseudo-count of any other word: a name or a term rarely occurs in a question about another subject.
const OTHER_PRIOR: f32 = 0.03;

/// The pseudo-count of a Han letter in everyday questions: most of them are part of several everyday words.
const HAN_PRIOR: f32 = 0.3;

/// The sum of the pseudo-counts of Han letters: everyday text consists of about 2,000 of them.
const HAN_PRIOR_TOTAL: f32 = 600.0;

/// The sum of all pseudo-counts: 3,000 everyday words and 20,000 others.
const PRIOR_TOTAL: f32 = 1_500.0;

/// The count of a word that occurs in a passage but in no wording.
const PASSAGE_COUNT: f32 = 0.5;

/// The content words of a group of classes, such as all entries.
#[derive(Debug, Default, PartialEq)]
pub(super) struct TopicVocabulary {
    /// The keys of the words, sorted.
    keys: Vec<u64>,
    /// The topicality of each word; see [`Self::topicality`].
    topicalities: Vec<f32>,
    /// For each word, the index of its first class in `classes`, and the number of `classes` at the end.
    starts: Vec<u32>,
    /// The classes with a wording that contains each word, in ascending order.
    classes: Vec<u32>,
    /// The topicality of a word that is in no wording and no passage.
    unknown_topicality: f32,
}

/// Counts the words of the file's texts.
#[derive(Debug)]
pub(super) struct TopicVocabularyBuilder {
    language: &'static LanguageWords,
    /// Each content word of each text.
    occurrences: Vec<Occurrence>,
}

/// A content word in a text.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Occurrence {
    /// The key of the word.
    key: u64,
    /// The class of the text if it is a wording; [`PASSAGE`] otherwise.
    class: u32,
    /// Whether the word is a Han letter.
    is_han: bool,
}

/// Stands for the class of a passage. There are fewer classes.
const PASSAGE: u32 = u32::MAX;

impl TopicVocabularyBuilder {
    /// A builder for texts in this language.
    pub fn new(language: &'static LanguageWords) -> Self {
        Self { language, occurrences: Vec::new() }
    }

    /// Adds a wording of a class.
    pub fn add_wording(&mut self, class: u32, tokens: &[WordToken]) {
        self.add(class, tokens);
    }

    /// Adds a passage.
    pub fn add_passage(&mut self, tokens: &[WordToken]) {
        self.add(PASSAGE, tokens);
    }

    /// Adds each content word of a text once.
    fn add(&mut self, class: u32, tokens: &[WordToken]) {
        let occurrence = |token: &WordToken| {
            let key = self.language.content_key(token)?;
            Some(Occurrence { key, class, is_han: token.word_breaking() == WordBreaking::Han })
        };
        let mut words: Vec<Occurrence> = tokens.iter().filter_map(occurrence).collect();
        words.sort_unstable();
        words.dedup_by_key(|word| word.key);
        self.occurrences.extend(words);
    }

    /// Estimates the topicality of each word.
    pub fn build(mut self) -> TopicVocabulary {
        self.occurrences.sort_unstable();
        let words = || self.occurrences.chunk_by(|left, right| left.key == right.key);
        let wordings_of = |word: &[Occurrence]| word.iter().filter(|word| word.class != PASSAGE).count();
        let occurrences = words().map(wordings_of).sum::<usize>() as f32;
        let once = words().filter(|word| wordings_of(word) == 1).count() as f32;
        // The probability that a content word of a new question is in no wording. If each wording is left out in turn,
        // this share of its words is in no other one; as an estimate it is due to Good and Turing (Good 1953).
        let novelty = (once + 1.0) / (occurrences + 2.0);
        let keys = words().map(|word| word[0].key).collect();
        let mut vocabulary = TopicVocabulary { starts: vec![0], keys, ..TopicVocabulary::default() };
        let everyday_novelty = self.language.questions.share_outside(|key| vocabulary.contains(key));
        vocabulary.unknown_topicality = (novelty / everyday_novelty).ln();
        for word in words() {
            let Occurrence { key, is_han, .. } = word[0];
            let share = (1.0 - novelty) * (wordings_of(word) as f32).max(PASSAGE_COUNT) / occurrences.max(1.0);
            vocabulary.topicalities.push((share / everyday_probability(self.language, key, is_han)).ln());
            let classes = word.chunk_by(|left, right| left.class == right.class).map(|run| run[0].class);
            vocabulary.classes.extend(classes.filter(|&class| class != PASSAGE));
            vocabulary.starts.push(vocabulary.classes.len() as u32);
        }
        vocabulary.classes.shrink_to_fit();
        vocabulary
    }
}

impl TopicVocabulary {
    /// The topicality of a word, given the key of its stem: the natural logarithm of how many times likelier it is in
    /// a question that the file answers than in an everyday question.
    pub fn topicality(&self, key: u64) -> f32 {
        self.find(key).map_or(self.unknown_topicality, |word| self.topicalities[word])
    }

    /// Whether a wording or a passage contains the word.
    pub fn contains(&self, key: u64) -> bool {
        self.find(key).is_some()
    }

    /// Whether a wording of the class contains the word.
    pub fn has(&self, class: u32, key: u64) -> bool {
        let Some(word) = self.find(key) else { return false };
        let (start, end) = (self.starts[word] as usize, self.starts[word + 1] as usize);
        self.classes[start..end].binary_search(&class).is_ok()
    }

    /// The number of words, and of the classes of all words.
    pub fn lengths(&self) -> (usize, usize) {
        (self.keys.len(), self.classes.len())
    }

    /// The parts to serialise: keys, topicalities, starts, classes, and the topicality of unknown words.
    pub fn parts(&self) -> (&[u64], &[f32], &[u32], &[u32], f32) {
        (&self.keys, &self.topicalities, &self.starts, &self.classes, self.unknown_topicality)
    }

    /// A vocabulary from deserialised parts. Returns `None` if the parts are inconsistent.
    pub fn from_parts(
        keys: Vec<u64>,
        topicalities: Vec<f32>,
        starts: Vec<u32>,
        classes: Vec<u32>,
        unknown_topicality: f32,
    ) -> Option<Self> {
        let (first, last) = (*starts.first()?, *starts.last()? as usize);
        let consistent = first == 0 && starts.is_sorted() && last == classes.len() && keys.is_sorted();
        let finite = || topicalities.iter().chain([&unknown_topicality]).all(|topicality| topicality.is_finite());
        (consistent && finite()).then_some(Self { keys, topicalities, starts, classes, unknown_topicality })
    }

    fn find(&self, key: u64) -> Option<usize> {
        self.keys.binary_search(&key).ok()
    }
}

/// The probability of a word, given the key of its stem, among the content words of everyday questions.
fn everyday_probability(language: &LanguageWords, key: u64, is_han: bool) -> f32 {
    let (questions, prior, prior_total) = match (is_han, language.is_everyday(key)) {
        (true, _) => (&language.han_questions, HAN_PRIOR, HAN_PRIOR_TOTAL),
        (false, true) => (&language.questions, EVERYDAY_PRIOR, PRIOR_TOTAL),
        (false, false) => (&language.questions, OTHER_PRIOR, PRIOR_TOTAL),
    };
    (questions.count(key) + prior) / (questions.total + prior_total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::feature::word_key;

    fn vocabulary(wordings: &[&str]) -> TopicVocabulary {
        let language = LanguageWords::of("en");
        let (tokeniser, mut builder) = (&language.tokeniser, TopicVocabularyBuilder::new(language));
        for (class, wording) in (0..).zip(wordings) {
            builder.add_wording(class, &tokeniser.tokens(wording));
        }
        builder.add_passage(&tokeniser.tokens("the quarry"));
        builder.build()
    }

    fn key(word: &str) -> u64 {
        word_key(&LanguageWords::of("en").tokeniser.token(word).stem)
    }

    #[test]
    fn names_of_the_file_are_more_topical_than_everyday_words_and_unknown_ones() {
        let words = vocabulary(&["who was navalny", "when was navalny poisoned", "card of the treaty", "a treaty"]);
        assert!(words.topicality(key("navalny")) > words.topicality(key("treaty")));
        assert!(words.topicality(key("treaty")) > words.topicality(key("card")));
        assert!(words.topicality(key("quarry")) < words.topicality(key("navalny")), "a passage counts less");
        assert!(words.topicality(key("pizza")) < 0.0, "{}", words.topicality(key("pizza")));
        assert!(words.contains(key("quarry")) && !words.contains(key("pizza")) && !words.contains(key("who")));
    }

    #[test]
    fn unknown_words_count_more_against_a_file_that_repeats_its_words() {
        let repeating = vocabulary(&["lamp of the tower", "tower and lamp", "the lamp", "the tower", "lamp tower"]);
        let varied = vocabulary(&["lamp of the tower", "ferry to the island", "captain and storm", "keepers at night"]);
        assert!(repeating.topicality(key("pizza")) < varied.topicality(key("pizza")));
    }

    #[test]
    fn a_word_knows_the_classes_whose_wordings_contain_it() {
        let words = vocabulary(&["lamp of the tower", "the ferry", "tower"]);
        let classes = |word: &str| (0..4).filter(|&class| words.has(class, key(word))).collect::<Vec<_>>();
        assert_eq!(classes("tower"), [0, 2]);
        assert_eq!(classes("ferry"), [1]);
        assert_eq!(classes("quarry"), [0_u32; 0]);
    }
}
