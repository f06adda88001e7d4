//! Feature extraction: computes the features of a text from its words.
//! Letter n-grams match words despite misspellings and inflections; senses match words of similar meaning.

use super::feature::{Feature, FeatureKind, bigram_key, joined, word_key};
use super::lexicon::Lexicon;
use super::question_form::QuestionForm;
use super::tokens::{WordBreaking, WordToken};

/// The lengths of letter n-grams. Two letters occur in too many words to distinguish them; five add nothing to four.
const NGRAM_LETTERS: std::ops::RangeInclusive<usize> = 3..=4;

/// A word in n thesaurus groups has a sense feature with the count n^-0.85 for each. So each sense of an ambiguous word
/// counts less, and all of them together (n^0.15) count little more than the sense of an unambiguous word. Accuracy on
/// public question sets is the same from 0.7 to 1.
const GROUPS_POWER: f32 = 0.85;

/// All features of a text, in the order of its words.
pub(super) fn features<'a>(tokens: impl Iterator<Item = &'a WordToken>, lexicon: &Lexicon) -> Vec<Feature> {
    let tokens: Vec<&WordToken> = tokens.collect();
    let form = QuestionForm::of(&tokens);
    let mut features = Vec::with_capacity(tokens.len() * 16);
    let mut previous: Option<&WordToken> = None;
    let mut delimited: Vec<char> = Vec::new();
    for (position, token) in (0..).zip(tokens) {
        let key = word_key(&token.stem);
        let kind = kind_of(token);
        features.push(Feature { key, kind, position, count: 1.0 });
        if kind == FeatureKind::Word && !lexicon.language().is_common(key) {
            let letters = joined(form.head, form.detail).chain([' ']).chain(token.stem.chars());
            features.push(Feature::new(FeatureKind::WordInForm, letters, position));
        }
        push_senses(lexicon.thesaurus().groups(token), position, &mut features);
        if let Some(previous) = previous {
            push_senses(lexicon.thesaurus().groups_of_pair(previous, token), position, &mut features);
            features.extend(bigram(previous, token, position));
        }
        previous = Some(token);
        if kind != FeatureKind::Word {
            continue;
        }
        delimited.clear();
        delimited.push(' ');
        delimited.extend(token.text.chars());
        delimited.push(' ');
        for length in NGRAM_LETTERS {
            let ngrams = delimited.windows(length);
            features
                .extend(ngrams.map(|ngram| Feature::new(FeatureKind::LetterNgram, ngram.iter().copied(), position)));
        }
    }
    features
}

/// The features that show the topic of a text: its stems and their senses. Used for passages, which are not
/// worded like questions. Omits letter n-grams, the question form, and bigrams except pairs of Han letters.
pub(super) fn content_features<'a>(tokens: impl Iterator<Item = &'a WordToken>, lexicon: &Lexicon) -> Vec<Feature> {
    let mut features = Vec::new();
    let mut previous: Option<&WordToken> = None;
    for (position, token) in (0..).zip(tokens) {
        features.push(Feature { key: word_key(&token.stem), kind: kind_of(token), position, count: 1.0 });
        push_senses(lexicon.thesaurus().groups(token), position, &mut features);
        let pair = previous.map_or(&[][..], |previous| lexicon.thesaurus().groups_of_pair(previous, token));
        push_senses(pair, position, &mut features);
        let bigram = previous.and_then(|previous| bigram(previous, token, position));
        features.extend(bigram.filter(|bigram| bigram.kind == FeatureKind::HanPair));
        previous = Some(token);
    }
    features
}

/// The kind of a word's own feature.
fn kind_of(token: &WordToken) -> FeatureKind {
    match token.word_breaking() {
        WordBreaking::Han => FeatureKind::HanLetter,
        WordBreaking::Hiragana => FeatureKind::Hiragana,
        WordBreaking::Spaced | WordBreaking::Paired => FeatureKind::Word,
    }
}

/// The feature of two adjacent words. Hiragana has none: particles may stand beside any word.
fn bigram(left: &WordToken, right: &WordToken, position: u32) -> Option<Feature> {
    let kind = match (left.word_breaking(), right.word_breaking()) {
        (WordBreaking::Han, WordBreaking::Han) => FeatureKind::HanPair,
        (WordBreaking::Hiragana, _) | (_, WordBreaking::Hiragana) => return None,
        _ => FeatureKind::Bigram,
    };
    Some(Feature { key: bigram_key(&left.stem, &right.stem), kind, position, count: 1.0 })
}

/// Adds the senses of a word or a pair of words, given its thesaurus groups.
fn push_senses(groups: &[u16], position: u32, features: &mut Vec<Feature>) {
    // The key of a sense is the hash of its group's number, encoded as a character. The thesaurus has fewer groups than
    // 0xD800, the first number that is not a character.
    let count = (groups.len() as f32).powf(-GROUPS_POWER);
    features.extend(groups.iter().map(|&group| {
        let number = char::from_u32(group.into());
        Feature { count, ..Feature::new(FeatureKind::Sense, number, position) }
    }));
}
