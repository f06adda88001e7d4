//! From words to features: stems, the thesaurus's groups, pairs of neighbouring stems, letter n-grams of each word.
//! Stems and groups carry the meaning, pairs the order, n-grams what inflections, compounds and unrepaired slips have in common.

use super::hashing::hash;
use super::thesaurus::Thesaurus;
use super::tokens::Token;

/// The lengths of letter n-grams. Pairs of letters are in too many words to tell them apart; five add nothing to four.
const LETTERS: std::ops::RangeInclusive<usize> = 3..=4;

/// Each of a word's groups counts its number of groups to this power less: a word that means many things says less of
/// each, but together they say more than one.
const GROUPS_POWER: f32 = 0.7;

/// What kind of thing a feature is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// A stem.
    Word = 1,
    /// Two neighbouring stems.
    Pair = 2,
    /// A group of the thesaurus that a stem is in.
    Sense = 4,
    /// Some letters of a word, its ends marked.
    Letters = 3,
}

impl Kind {
    /// How much a feature of this kind weighs beside a stem that is as rare. Found on public sets of questions, where top-1
    /// is flat from 1 to 1.8 for groups, 0.4 to 0.7 for pairs and 0.2 to 0.4 for letters (a word has about eight).
    pub fn weight(self) -> f32 {
        match self {
            Self::Word => 1.0,
            Self::Sense => 1.5,
            Self::Pair => 0.5,
            Self::Letters => 0.3,
        }
    }
}

/// Something that two questions can have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Feature {
    /// Names the feature.
    pub key: u64,
    /// Its kind.
    pub kind: Kind,
    /// The place in the text of the word that it is of; for a pair, of the second.
    pub place: u32,
    /// How often it counts: once, or less where a word shares itself out among its groups.
    pub count: f32,
}

/// The key of a stem.
pub(super) fn word_key(stem: &str) -> u64 {
    hash(Kind::Word as u8, stem.chars())
}

/// The key of two neighbouring stems.
pub(super) fn pair_key(left: &str, right: &str) -> u64 {
    hash(Kind::Pair as u8, left.chars().chain([' ']).chain(right.chars()))
}

/// The features of a text's words, in order.
pub(super) fn features<'a>(tokens: impl Iterator<Item = &'a Token>, thesaurus: &Thesaurus) -> Vec<Feature> {
    let mut features = Vec::new();
    let mut previous: Option<&Token> = None;
    let mut marked: Vec<char> = Vec::new();
    for (place, token) in (0..).zip(tokens) {
        features.push(Feature { key: word_key(&token.stem), kind: Kind::Word, place, count: 1.0 });
        let groups = thesaurus.groups(&token.stem);
        let count = (groups.len() as f32).powf(-GROUPS_POWER);
        features.extend(groups.iter().map(|&group| Feature {
            key: hash(Kind::Sense as u8, char::from_u32(group.into())),
            kind: Kind::Sense,
            place,
            count,
        }));
        if let Some(previous) = previous {
            features.push(Feature { key: pair_key(&previous.stem, &token.stem), kind: Kind::Pair, place, count: 1.0 });
        }
        marked.clear();
        marked.push(' ');
        marked.extend(token.text.chars());
        marked.push(' ');
        for length in LETTERS {
            features.extend(marked.windows(length).map(|letters| Feature {
                key: hash(Kind::Letters as u8, letters.iter().copied()),
                kind: Kind::Letters,
                place,
                count: 1.0,
            }));
        }
        previous = Some(token);
    }
    features
}
