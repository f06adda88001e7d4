//! The knowledge file's synonyms: every phrase of a group is replaced by the group's first phrase, as a single word.
//! The longest matching phrase wins; if two groups contain a phrase, the first group wins.

use std::collections::HashMap;

use super::tokens::WordToken;

/// The longest phrase that is replaced, in words. Names of treaties and offices are shorter.
const PHRASE_WORDS_MAX: usize = 8;

/// Maps each phrase, as stems separated by spaces, to its replacement.
#[derive(Debug, Default)]
pub(super) struct Synonyms {
    phrases: HashMap<String, WordToken>,
    /// The length of the longest phrase, in words.
    longest: usize,
}

impl Synonyms {
    /// Builds the map from the groups of a knowledge file. `tokens` splits a phrase.
    pub fn new<'a>(groups: impl Iterator<Item = &'a [String]>, tokens: impl Fn(&str) -> Vec<WordToken>) -> Self {
        let mut synonyms = Self::default();
        for group in groups {
            let mut phrases = group.iter().map(|phrase| tokens(phrase));
            let Some(first) = phrases.next().filter(|first| !first.is_empty()) else { continue };
            let token = WordToken { text: join(&first, |token| &token.text), stem: join(&first, |token| &token.stem) };
            for phrase in phrases.chain([first]).filter(|phrase| (1..=PHRASE_WORDS_MAX).contains(&phrase.len())) {
                synonyms.longest = synonyms.longest.max(phrase.len());
                synonyms.phrases.entry(join(&phrase, |token| &token.stem)).or_insert_with(|| token.clone());
            }
        }
        synonyms
    }

    /// The replacement of the longest phrase at the start of `tokens`, and the length of that phrase in words.
    pub fn find(&self, tokens: &[WordToken]) -> Option<(&WordToken, usize)> {
        let longest = self.longest.min(tokens.len());
        (1..=longest).rev().find_map(|length| {
            let token = self.phrases.get(&join(&tokens[..length], |token| &token.stem))?;
            Some((token, length))
        })
    }
}

fn join(tokens: &[WordToken], part: impl Fn(&WordToken) -> &str) -> String {
    let mut joined = String::new();
    for token in tokens {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(part(token));
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::Synonyms;
    use crate::matching::tokens::Tokeniser;

    #[test]
    fn the_longest_phrase_wins() {
        let tokeniser = Tokeniser::new("en");
        let groups = [
            vec!["Northern Territories".to_owned(), "Kurils".to_owned(), "the Kuril islands".to_owned()],
            vec!["Tokyo".to_owned(), "kurils".to_owned(), "Japan".to_owned()],
            vec![],
            vec!["!?".to_owned(), "x".to_owned()],
        ];
        let synonyms = Synonyms::new(groups.iter().map(Vec::as_slice), |text| tokeniser.tokens(text));
        for (text, found) in [
            ("kurils today", Some(("northern territori", 1))),
            ("the kuril islands", Some(("northern territori", 3))),
            ("northern territory", Some(("northern territori", 2))),
            ("japan", Some(("tokyo", 1))),
            ("kuril", Some(("northern territori", 1))),
            ("islands", None),
            ("x", None),
            ("", None),
        ] {
            let tokens = tokeniser.tokens(text);
            let actual = synonyms.find(&tokens).map(|(token, length)| (token.stem.as_str(), length));
            assert_eq!(actual, found, "{text}");
        }
    }
}
