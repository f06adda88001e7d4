//! Features: the properties that two questions can share, and the weight of each kind.
//! A feature is identified by a 64-bit hash of its kind and its letters.

use std::hash::{BuildHasherDefault, Hasher};

/// The weight of a Han letter, which is at least half a word. On the questions in `han/chinese.txt` and
/// `han/japanese.txt` the right entry comes first as often from 0.7 to 1.3.
const HAN_LETTER: f32 = 1.0;

/// The weight of a pair of Han letters. Most pairs are words, and a word distinguishes entries better than its letters.
/// The right entry comes first as often from 0.7 to 1.5; beside an English file, 1 answers the most.
const HAN_PAIR: f32 = 1.0;

/// The weight of a pair of hiragana letters. Few of them are words; most are particles and endings.
const HIRAGANA: f32 = 0.3;

/// The kinds of features. The discriminant is part of the hash that identifies a feature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum FeatureKind {
    /// The stem of a word.
    Word = 1,
    /// The stems of two adjacent words.
    Bigram = 2,
    /// Three or four adjacent letters of a word; a space marks the start and the end of the word.
    LetterNgram = 3,
    /// A thesaurus group that contains the stem.
    Sense = 4,
    /// A stem together with the form of the question: "bill" in a "how" question differs from "bill" in a "when"
    /// question.
    WordInForm = 5,
    /// A Han letter. Its key is that of a word.
    HanLetter = 6,
    /// Two adjacent Han letters, which are often a word. The key is that of two adjacent words.
    HanPair = 7,
    /// A pair of hiragana letters. Its key is that of a word.
    Hiragana = 8,
}

impl FeatureKind {
    /// The weight of a feature of this kind, relative to a stem of the same rarity. Tuned on public question sets. The
    /// accuracy of the best entry is the same in these ranges: senses 0.8 to 1.2, bigrams 0.4 to 0.7, words in forms
    /// 0.3 to 0.6, letter n-grams 0.25 to 0.4. Letter n-grams weigh least because a word has about eight of them.
    pub fn weight(self) -> f32 {
        match self {
            Self::Word => 1.0,
            Self::Sense => 0.8,
            Self::Bigram => 0.6,
            Self::WordInForm => 0.5,
            Self::LetterNgram => 0.3,
            Self::HanLetter => HAN_LETTER,
            Self::HanPair => HAN_PAIR,
            Self::Hiragana => HIRAGANA,
        }
    }
}

/// One occurrence of a feature in a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Feature {
    /// The hash that identifies the feature.
    pub key: u64,
    /// The kind.
    pub kind: FeatureKind,
    /// The position of the feature's word in the text; for a bigram, of the second word.
    pub position: u32,
    /// The count of this occurrence: 1, except for the senses of a word in several thesaurus groups, which count less.
    pub count: f32,
}

impl Feature {
    /// A feature that counts once.
    pub fn new(kind: FeatureKind, letters: impl IntoIterator<Item = char>, position: u32) -> Self {
        Self { key: hash(kind as u8, letters), kind, position, count: 1.0 }
    }
}

/// The key of a stem.
pub(super) fn word_key(stem: &str) -> u64 {
    hash(FeatureKind::Word as u8, stem.chars())
}

/// The key of two adjacent stems.
pub(super) fn bigram_key(left: &str, right: &str) -> u64 {
    hash(FeatureKind::Bigram as u8, joined(left, right))
}

/// The key of a whole text, given its words.
pub(super) fn text_key<'a>(words: impl IntoIterator<Item = &'a str>) -> u64 {
    hash(0, words.into_iter().flat_map(|word| [' '].into_iter().chain(word.chars())))
}

/// The key of a topic, given the keys of its content words.
pub(super) fn topic_key(mut words: Vec<u64>) -> u64 {
    words.sort_unstable();
    let state = OFFSET_BASIS.wrapping_mul(PRIME);
    words.into_iter().fold(state, |state, word| (state ^ word).wrapping_mul(PRIME))
}

/// The letters of two words with a space between them.
pub(super) fn joined<'a>(left: &'a str, right: &'a str) -> impl Iterator<Item = char> + 'a {
    left.chars().chain([' ']).chain(right.chars())
}

/// The 64-bit offset basis of FNV-1a (Fowler, Noll, Vo).
const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// The 64-bit prime of FNV-1a.
const PRIME: u64 = 0x0100_0000_01b3;

/// FNV-1a over the letters, seeded with the kind. The function is published and fixed, so the same file produces the
/// same index on every machine.
fn hash(kind: u8, letters: impl IntoIterator<Item = char>) -> u64 {
    let state = (OFFSET_BASIS ^ u64::from(kind)).wrapping_mul(PRIME);
    letters.into_iter().fold(state, |state, letter| (state ^ u64::from(letter)).wrapping_mul(PRIME))
}

/// Builds the hasher of a map whose keys are feature keys. Such a map contains keys of the curated file only, never of
/// questions, so a user cannot choose keys that collide.
pub(super) type BuildKeyHasher = BuildHasherDefault<KeyHasher>;

/// Uses a feature key as its own hash. Mixes in the high bits because FNV-1a is weakest in the low ones.
#[derive(Debug, Default)]
pub(super) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash(0, bytes.iter().map(|&byte| char::from(byte)));
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}
