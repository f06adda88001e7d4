//! What two questions can have in common, its kinds, and how much each weighs.
//! A feature is known by a hash that its kind is part of, so that kinds never meet.

use super::hashing::hash;

/// What kind of thing a feature is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum FeatureKind {
    /// A stem.
    Word = 1,
    /// Two neighbouring stems.
    Bigram = 2,
    /// Some letters of a word, its ends marked.
    LetterNgram = 3,
    /// A group of the thesaurus that a stem is in.
    Sense = 4,
    /// A stem and the form of the question that it stands in.
    WordInForm = 5,
}

impl FeatureKind {
    /// How much a feature of this kind weighs beside a stem that is as rare. Found on public sets of questions, where top-1
    /// is flat from 1.2 to 1.8 for groups, 0.4 to 0.7 for pairs, 0.3 to 0.6 for aspects and 0.25 to 0.4 for letters (a word
    /// has about eight).
    pub fn weight(self) -> f32 {
        match self {
            Self::Word => 1.0,
            Self::Sense => 1.5,
            Self::Bigram => 0.6,
            Self::WordInForm => 0.5,
            Self::LetterNgram => 0.3,
        }
    }
}

/// Something that two questions can have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Feature {
    /// Names the feature.
    pub key: u64,
    /// Its kind.
    pub kind: FeatureKind,
    /// The place in the text of the word that it is of; for a pair, of the second.
    pub place: u32,
    /// How often it counts: once, or less where a word shares itself out among its groups.
    pub count: f32,
}

impl Feature {
    /// A feature that counts once.
    pub fn new(kind: FeatureKind, letters: impl IntoIterator<Item = char>, place: u32) -> Self {
        Self { key: hash(kind as u8, letters), kind, place, count: 1.0 }
    }
}

/// The key of a stem.
pub(super) fn word_key(stem: &str) -> u64 {
    hash(FeatureKind::Word as u8, stem.chars())
}

/// The key of two neighbouring stems.
pub(super) fn bigram_key(left: &str, right: &str) -> u64 {
    hash(FeatureKind::Bigram as u8, joined(left, right))
}

/// Two words as one string of letters.
pub(super) fn joined<'a>(left: &'a str, right: &'a str) -> impl Iterator<Item = char> + 'a {
    left.chars().chain([' ']).chain(right.chars())
}
