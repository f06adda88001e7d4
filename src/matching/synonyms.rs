//! The file's synonyms: words and phrases that mean the same everywhere in a text are read as one word.
//! The longest phrase wins; of two groups that claim a phrase, the first.

use std::collections::HashMap;

use super::normalise;
use super::tokens::{Tokeniser, WordToken};

/// Longer phrases are not looked for, in words. The longest names of treaties and offices stay below it.
const PHRASE_WORDS_MAX: usize = 8;

/// From phrases, as stems with spaces between, to the word that stands for them.
#[derive(Debug, Default)]
pub(super) struct Synonyms {
    phrases: HashMap<String, WordToken>,
    longest: usize,
}

impl Synonyms {
    /// Reads groups as the knowledge file has them. The first of a group stands for all.
    pub fn new<'a>(groups: impl Iterator<Item = &'a [String]>, tokeniser: &Tokeniser) -> Self {
        let mut synonyms = Self::default();
        for group in groups {
            let mut phrases = group.iter().map(|phrase| tokeniser.tokens(&normalise(phrase)));
            let Some(first) = phrases.next().filter(|first| !first.is_empty()) else { continue };
            let token = WordToken { text: join(&first, |token| &token.text), stem: join(&first, |token| &token.stem) };
            for phrase in phrases.chain([first]).filter(|phrase| (1..=PHRASE_WORDS_MAX).contains(&phrase.len())) {
                synonyms.longest = synonyms.longest.max(phrase.len());
                synonyms.phrases.entry(join(&phrase, |token| &token.stem)).or_insert_with(|| token.clone());
            }
        }
        synonyms
    }

    /// The word that stands for the longest phrase at the start of `tokens`, and the phrase's length in words.
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
        let tokeniser = Tokeniser::default();
        let groups = [
            vec!["Northern Territories".to_owned(), "Kurils".to_owned(), "the Kuril islands".to_owned()],
            vec!["Tokyo".to_owned(), "kurils".to_owned(), "Japan".to_owned()],
            vec![],
            vec!["!?".to_owned(), "x".to_owned()],
        ];
        let synonyms = Synonyms::new(groups.iter().map(Vec::as_slice), &tokeniser);
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
