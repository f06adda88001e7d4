//! A thesaurus: groups of everyday words and word pairs with similar meanings.
//! A shared group is weaker evidence than a shared word. Exact synonyms belong in a knowledge file's `synonyms`.

use std::collections::HashMap;

use super::feature::{BuildKeyHasher, bigram_key, word_key};
use super::tokens::{Tokeniser, WordToken};

/// One group per line, compiled for Footnote. A word may belong to several groups. "sign_up" stands for two adjacent
/// words.
pub(super) const ENGLISH_THESAURUS: &str = include_str!("thesaurus.txt");

/// Maps stems and pairs of stems to the numbers of their groups.
#[derive(Debug)]
pub(super) struct Thesaurus {
    /// By the key of the stem or of the pair.
    groups: HashMap<u64, Vec<u16>, BuildKeyHasher>,
}

impl Thesaurus {
    /// Parses groups in the form of [`ENGLISH_THESAURUS`].
    pub fn new(lines: &str, tokeniser: &Tokeniser) -> Self {
        let mut groups: HashMap<u64, Vec<u16>, BuildKeyHasher> = HashMap::default();
        for (number, line) in (0..).zip(lines.lines()) {
            for word in line.split(' ') {
                let key = match word.split_once('_') {
                    Some((left, right)) => bigram_key(&tokeniser.token(left).stem, &tokeniser.token(right).stem),
                    None => word_key(&tokeniser.token(word).stem),
                };
                let numbers = groups.entry(key).or_default();
                if numbers.last() != Some(&number) {
                    numbers.push(number);
                }
            }
        }
        Self { groups }
    }

    /// The groups of a word.
    pub fn groups(&self, token: &WordToken) -> &[u16] {
        self.groups.get(&word_key(&token.stem)).map_or(&[], Vec::as_slice)
    }

    /// The groups of two adjacent words.
    pub fn groups_of_pair(&self, left: &WordToken, right: &WordToken) -> &[u16] {
        self.groups.get(&bigram_key(&left.stem, &right.stem)).map_or(&[], Vec::as_slice)
    }

    /// The words of all groups, without the pairs. A word that belongs to several groups occurs several times.
    pub fn words(lines: &str) -> impl Iterator<Item = &str> {
        lines.split_whitespace().filter(|word| !word.contains('_'))
    }
}

#[cfg(test)]
mod tests {
    use super::{ENGLISH_THESAURUS, Thesaurus};
    use crate::knowledge::wording::normalise;
    use crate::matching::tokens::Tokeniser;

    #[test]
    fn groups_are_words_in_normal_form() {
        for line in ENGLISH_THESAURUS.lines() {
            assert!(line.split(' ').count() >= 2, "{line}");
            assert_eq!(normalise(line), line.replace('_', " "));
        }
    }

    #[test]
    fn words_of_a_group_share_its_number() {
        let tokeniser = Tokeniser::new("en");
        let thesaurus = Thesaurus::new(ENGLISH_THESAURUS, &tokeniser);
        let groups = |word: &str| thesaurus.groups(&tokeniser.token(word)).to_vec();
        assert!(groups("purchasing").iter().any(|group| groups("bought").contains(group)));
        assert!(!groups("purchase").iter().any(|group| groups("island").contains(group)));
        assert!(groups("1985").is_empty(), "a number says nothing about another one");
        assert!(groups("carbonaras").is_empty());
        let pair = |left: &str, right: &str| {
            thesaurus.groups_of_pair(&tokeniser.token(left), &tokeniser.token(right)).to_vec()
        };
        assert!(pair("signing", "up").iter().any(|group| groups("register").contains(group)));
        assert!(pair("up", "signing").is_empty());
    }
}
