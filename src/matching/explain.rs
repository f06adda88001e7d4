//! Why an entry scored what it did: what each word of the question adds, and what was repaired to what.
//! The words' shares add up to the score.

use super::Matcher;
use crate::knowledge::EntryKey;

/// A word of a question and what it says for an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct WordShare {
    /// The word as it was asked, in normal form; several words where a synonym stands for a phrase.
    pub written: String,
    /// The word of the file that it was read as, if another: a slip repaired, or a synonym.
    pub read_as: Option<String>,
    /// What it adds to the score.
    pub share: f32,
}

impl Matcher {
    /// What each word of the question adds to the [score](super::Candidate::score) of an entry, in the question's order. For a key
    /// of other knowledge the shares are 0.
    #[must_use]
    pub fn explain(&self, question: &str, entry: EntryKey) -> Vec<WordShare> {
        let readings = self.read(question);
        let asked = self.weigh(readings.iter().map(|reading| &reading.token));
        let mut words: Vec<WordShare> = readings
            .into_iter()
            .map(|reading| WordShare {
                read_as: (reading.token.text != reading.written).then_some(reading.token.text),
                written: reading.written,
                share: 0.0,
            })
            .collect();
        for (place, share) in self.index.contributions(&asked, entry.0) {
            words[place as usize].share += share;
        }
        words
    }
}
