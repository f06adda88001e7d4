//! A small English thesaurus: groups of everyday words with similar meanings.
//! A shared group is weaker evidence than a shared word. Exact synonyms belong in a knowledge file's `synonyms`.

use std::collections::HashMap;

use super::tokens::Tokeniser;

/// One group per line, compiled for Footnote. A word may belong to several groups.
const GROUPS: &str = include_str!("thesaurus.txt");

/// The group of all words that start with a digit: years, amounts, times of day.
const NUMBERS: u16 = u16::MAX;

/// Maps stems to the numbers of their groups.
#[derive(Debug)]
pub(super) struct Thesaurus {
    groups: HashMap<String, Vec<u16>>,
}

impl Thesaurus {
    /// Parses the built-in groups.
    pub fn new(tokeniser: &Tokeniser) -> Self {
        let mut groups: HashMap<String, Vec<u16>> = HashMap::new();
        for (number, line) in (0..).zip(GROUPS.lines()) {
            for word in line.split(' ') {
                let numbers = groups.entry(tokeniser.token(word).stem).or_default();
                if numbers.last() != Some(&number) {
                    numbers.push(number);
                }
            }
        }
        Self { groups }
    }

    /// The groups of a stem.
    pub fn groups(&self, stem: &str) -> &[u16] {
        match self.groups.get(stem) {
            Some(groups) => groups,
            None if stem.starts_with(|letter: char| letter.is_ascii_digit()) => &[NUMBERS],
            None => &[],
        }
    }

    /// The words of all groups. A word that belongs to several groups occurs several times.
    pub fn words() -> impl Iterator<Item = &'static str> {
        GROUPS.split_whitespace()
    }
}

#[cfg(test)]
mod tests {
    use super::{GROUPS, Thesaurus};
    use crate::knowledge::wording::normalise;
    use crate::matching::tokens::Tokeniser;

    #[test]
    fn groups_are_words_in_normal_form() {
        for line in GROUPS.lines() {
            assert!(line.split(' ').count() >= 2, "{line}");
            assert_eq!(normalise(line), line);
        }
    }

    #[test]
    fn words_of_a_group_share_its_number() {
        let tokeniser = Tokeniser::default();
        let thesaurus = Thesaurus::new(&tokeniser);
        let groups = |word: &str| thesaurus.groups(&tokeniser.token(word).stem).to_vec();
        assert!(groups("purchasing").iter().any(|group| groups("bought").contains(group)));
        assert!(!groups("purchase").iter().any(|group| groups("island").contains(group)));
        assert_eq!(groups("1985"), groups("5pm"));
        assert!(groups("carbonaras").is_empty());
    }
}
