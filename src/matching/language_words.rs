//! The matcher's knowledge of the language of a document: the frequencies of the commonest words, which words exist, and
//! how they are inflected. A knowledge file contains too little text to infer any of it.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use super::english::{
    common_words, conversation_words, everyday_questions, everyday_unspaced_questions, everyday_words,
};
use super::feature::{BuildKeyHasher, word_key};
use super::han::function_letters;
use super::language::{function_words, is_word_of_others};
use super::thesaurus::{ENGLISH_THESAURUS, Thesaurus};
use super::tokens::{Tokeniser, WordBreaking, WordToken};
use super::topic::WordRole;
use crate::knowledge::{Document, Knowledge, limits};

/// The share of questions that contain a function word of another language than English, of which no frequencies are
/// known. Four files in German, French and Russian answer as well with 0.02; with 0.15, the Russian one answers 13 instead
/// of 16 of 16 questions.
const FUNCTION_WORD_SHARE: f32 = 0.06;

/// Lists of words of a language, in no particular order. Those that Footnote lacks are empty.
struct WordLists {
    /// The commonest words, each with the share of questions that contain it.
    common: Vec<(&'static str, f32)>,
    /// Words that keep a conversation going or name the text itself.
    conversation: Vec<&'static str>,
    /// Correctly spelled words of everyday speech, in their base forms.
    everyday: Vec<&'static str>,
    /// See [`Thesaurus`].
    thesaurus: &'static str,
}

impl WordLists {
    fn of(code: &str) -> Self {
        if code == limits::ENGLISH {
            return Self {
                common: common_words().collect(),
                conversation: conversation_words().collect(),
                everyday: everyday_words().collect(),
                thesaurus: ENGLISH_THESAURUS,
            };
        }
        let common = function_words(code).map(|word| (word, FUNCTION_WORD_SHARE)).collect();
        Self { common, conversation: Vec::new(), everyday: Vec::new(), thesaurus: "" }
    }
}

/// Facts about the words of a language and about Han letters, by the keys of their stems. It does not depend on the
/// loaded knowledge.
pub(super) struct LanguageWords {
    /// The code of the language.
    code: &'static str,
    lists: WordLists,
    /// Splits texts in this language into words.
    pub tokeniser: Tokeniser,
    /// The share of questions that contain each common stem, and of Chinese ones for each function letter.
    frequencies: HashMap<u64, f32, BuildKeyHasher>,
    /// The stems of conversation words that are not common.
    conversation: HashSet<u64, BuildKeyHasher>,
    /// The stems of everyday words.
    everyday: HashSet<u64, BuildKeyHasher>,
    /// The content words of everyday questions.
    pub questions: WordCounts,
    /// The Han letters among the content words of everyday questions without spaces.
    pub han_questions: WordCounts,
}

impl std::fmt::Debug for LanguageWords {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("LanguageWords").field(&self.code).finish()
    }
}

impl Default for &LanguageWords {
    fn default() -> Self {
        LanguageWords::of(limits::ENGLISH)
    }
}

impl LanguageWords {
    /// The only instance for a language, by its code. A code that no document may declare has no words and no stemmer.
    /// The first call takes a few milliseconds.
    pub fn of(code: &str) -> &'static Self {
        const UNKNOWN: usize = limits::LANGUAGES.len();
        static ALL: [OnceLock<LanguageWords>; UNKNOWN + 1] = [const { OnceLock::new() }; UNKNOWN + 1];
        let number = limits::LANGUAGES.iter().position(|known| *known == code).unwrap_or(UNKNOWN);
        ALL[number].get_or_init(|| Self::new(limits::LANGUAGES.get(number).copied().unwrap_or_default()))
    }

    /// The words of the language of the knowledge, which is that of its first document.
    pub fn of_knowledge(knowledge: &Knowledge) -> &'static Self {
        Self::of(knowledge.documents().first().map_or(limits::ENGLISH, Document::language_code))
    }

    fn new(code: &'static str) -> Self {
        let (tokeniser, lists) = (Tokeniser::new(code), WordLists::of(code));
        let key_of = |word: &str| word_key(&tokeniser.token(word).stem);
        let mut words = Self {
            code,
            frequencies: HashMap::default(),
            conversation: lists.conversation.iter().copied().map(key_of).collect(),
            everyday: lists.everyday.iter().copied().chain(Thesaurus::words(lists.thesaurus)).map(key_of).collect(),
            questions: WordCounts::default(),
            han_questions: WordCounts::default(),
            lists,
            tokeniser: Tokeniser::new(code),
        };
        for &(word, share) in &words.lists.common {
            *words.frequencies.entry(key_of(word)).or_default() += share;
        }
        for (letter, share) in function_letters() {
            words.frequencies.insert(word_key(letter.encode_utf8(&mut [0; 4])), share);
        }
        words.conversation.retain(|key| !words.frequencies.contains_key(key));
        let (mut questions, mut han_questions) = (WordCounts::default(), WordCounts::default());
        for question in everyday_questions() {
            let tokens = tokeniser.tokens(question);
            questions.add(tokens.iter().filter_map(|token| words.content_key(token)));
        }
        for question in everyday_unspaced_questions() {
            let tokens = tokeniser.tokens(question);
            let letters = tokens.iter().filter(|token| token.word_breaking() == WordBreaking::Han);
            han_questions.add(letters.filter_map(|letter| words.content_key(letter)));
        }
        Self { questions, han_questions, ..words }
    }

    /// The commonest words, each with the share of questions that contain it.
    pub fn common_words(&self) -> impl Iterator<Item = (&'static str, f32)> {
        self.lists.common.iter().copied()
    }

    /// Words in base form that are correctly spelled, even if the file lacks them.
    pub fn correct_words(&self) -> impl Iterator<Item = &'static str> {
        self.lists.everyday.iter().chain(&self.lists.conversation).copied()
    }

    /// The groups of words with similar meanings.
    pub fn thesaurus(&self) -> &'static str {
        self.lists.thesaurus
    }

    /// Returns `true` if a word that is not in the file is a correct one of another language.
    pub fn is_foreign(&self, word: &str) -> bool {
        is_word_of_others(word, self.code)
    }

    /// The share of questions in the language that contain a stem, or of Chinese ones; 0 if the stem is not common.
    pub fn frequency(&self, key: u64) -> f32 {
        self.frequencies.get(&key).copied().unwrap_or(0.0)
    }

    /// Returns `true` if a stem is among the commonest in questions and so says little about their topic.
    pub fn is_common(&self, key: u64) -> bool {
        self.frequencies.contains_key(&key)
    }

    /// Returns `true` if a stem that is not common keeps a conversation going or names the text itself.
    pub fn is_conversation(&self, key: u64) -> bool {
        self.conversation.contains(&key)
    }

    /// The key of the stem of a content word, which has a topic: it is neither a common word, nor part of a conversation,
    /// nor hiragana, which writes particles and endings.
    pub fn content_key(&self, token: &WordToken) -> Option<u64> {
        let key = word_key(&token.stem);
        let has_topic =
            !self.is_common(key) && !self.is_conversation(key) && token.word_breaking() != WordBreaking::Hiragana;
        has_topic.then_some(key)
    }

    /// The part that a word plays in a question.
    pub fn role(&self, token: &WordToken) -> WordRole {
        match self.content_key(token) {
            Some(_) => WordRole::Content,
            None if self.is_conversation(word_key(&token.stem)) => WordRole::Conversation,
            None => WordRole::Common,
        }
    }

    /// Returns `true` if a stem is everyday speech. Names and terms of a subject are not.
    pub fn is_everyday(&self, key: u64) -> bool {
        self.everyday.contains(&key)
    }
}

/// The words of a sample of questions, by the keys of their stems.
#[derive(Default)]
pub(super) struct WordCounts {
    /// The number of questions that contain each word.
    counts: HashMap<u64, f32, BuildKeyHasher>,
    /// The sum of `counts`.
    pub total: f32,
}

impl WordCounts {
    /// Adds the words of a question.
    fn add(&mut self, words: impl Iterator<Item = u64>) {
        for key in words.collect::<HashSet<_>>() {
            *self.counts.entry(key).or_default() += 1.0;
            self.total += 1.0;
        }
    }

    /// The number of questions that contain a word.
    pub fn count(&self, key: u64) -> f32 {
        self.counts.get(&key).copied().unwrap_or(0.0)
    }

    /// The share of the words that are not `known`, between 0 and 1 exclusively.
    pub fn share_outside(&self, known: impl Fn(u64) -> bool) -> f32 {
        let outside = self.counts.iter().filter(|&(&key, _)| !known(key));
        (outside.map(|(_, count)| count).sum::<f32>() + 1.0) / (self.total + 2.0)
    }
}
