//! The features of a text: its stems, pairs of neighbours, what groups of the thesaurus they are in, the form that they are asked
//! in, and their letters, which slips and inflections leave mostly as they were.

use super::feature::{Feature, FeatureKind, bigram_key, joined, word_key};
use super::lexicon::Lexicon;
use super::question_form::QuestionForm;
use super::tokens::WordToken;

/// The lengths of letter n-grams. Pairs of letters are in too many words to tell them apart; five add nothing to four.
const LETTERS: std::ops::RangeInclusive<usize> = 3..=4;

/// Each of a word's groups counts its number of groups to this power less: a word that means many things says less of
/// each, and together hardly more than one. Top-1 is flat from 0.7 to 1.
const GROUPS_POWER: f32 = 0.85;

/// The features of a text's words, in order.
pub(super) fn features<'a>(tokens: impl Iterator<Item = &'a WordToken>, lexicon: &Lexicon) -> Vec<Feature> {
    let tokens: Vec<&WordToken> = tokens.collect();
    let form = QuestionForm::of(&tokens);
    let mut features = Vec::with_capacity(tokens.len() * 16);
    let mut previous: Option<&WordToken> = None;
    let mut marked: Vec<char> = Vec::new();
    for (place, token) in (0..).zip(tokens) {
        let key = word_key(&token.stem);
        features.push(Feature { key, kind: FeatureKind::Word, place, count: 1.0 });
        if !lexicon.is_common(key) {
            let aspect = joined(form.head, form.of).chain([' ']).chain(token.stem.chars());
            features.push(Feature::new(FeatureKind::WordInForm, aspect, place));
        }
        push_senses(token, place, lexicon, &mut features);
        if let Some(previous) = previous {
            let key = bigram_key(&previous.stem, &token.stem);
            features.push(Feature { key, kind: FeatureKind::Bigram, place, count: 1.0 });
        }
        marked.clear();
        marked.push(' ');
        marked.extend(token.text.chars());
        marked.push(' ');
        for length in LETTERS {
            features.extend(
                marked
                    .windows(length)
                    .map(|letters| Feature::new(FeatureKind::LetterNgram, letters.iter().copied(), place)),
            );
        }
        previous = Some(token);
    }
    features
}

/// What a text is about: its stems and their groups alone. For passages, which are written to inform and not to ask.
pub(super) fn content_features<'a>(tokens: impl Iterator<Item = &'a WordToken>, lexicon: &Lexicon) -> Vec<Feature> {
    let mut features = Vec::new();
    for (place, token) in (0..).zip(tokens) {
        features.push(Feature { key: word_key(&token.stem), kind: FeatureKind::Word, place, count: 1.0 });
        push_senses(token, place, lexicon, &mut features);
    }
    features
}

fn push_senses(token: &WordToken, place: u32, lexicon: &Lexicon, features: &mut Vec<Feature>) {
    let groups = lexicon.thesaurus().groups(&token.stem);
    let count = (groups.len() as f32).powf(-GROUPS_POWER);
    features.extend(
        groups
            .iter()
            .map(|&group| Feature { count, ..Feature::new(FeatureKind::Sense, char::from_u32(group.into()), place) }),
    );
}
