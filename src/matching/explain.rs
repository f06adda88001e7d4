//! Why an entry or a boundary scored what it did: what each word of the question adds, and what was repaired to what.
//! The words' shares add up to the score.

use serde::Serialize;

use super::Matcher;
use crate::knowledge::{BoundaryKey, EntryKey};

/// A word of a question and what it says for an entry or a boundary.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WordShare {
    /// The word as it was asked, in normal form; several words where a synonym stands for a phrase.
    pub written: String,
    /// The word of the file that it was read as, if another: a slip repaired, or a synonym.
    pub read_as: Option<String>,
    /// What it adds to the score; less than 0 where it speaks against.
    pub share: f32,
}

impl Matcher {
    /// What each word of the question adds to the [score](super::Candidate::score) of an entry, in the question's order. For a key
    /// of other knowledge the shares are 0.
    #[must_use]
    pub fn explain(&self, question: &str, entry: EntryKey) -> Vec<WordShare> {
        self.shares(question, entry.0)
    }

    /// The same for a boundary. It wins where its shares add up to more than the best entry's score.
    #[must_use]
    pub fn explain_boundary(&self, question: &str, boundary: BoundaryKey) -> Vec<WordShare> {
        self.shares(question, self.entries.saturating_add(boundary.0))
    }

    fn shares(&self, question: &str, class: usize) -> Vec<WordShare> {
        let readings = self.read(question);
        let asked = self.weigh(&readings);
        let mut words: Vec<WordShare> = readings
            .into_iter()
            .map(|reading| WordShare {
                read_as: (reading.token.text != reading.written).then_some(reading.token.text),
                written: reading.written,
                share: 0.0,
            })
            .collect();
        for contribution in self.index.contributions(&asked, class) {
            words[contribution.place as usize].share += contribution.share;
        }
        words
    }
}
