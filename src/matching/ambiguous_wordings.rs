//! Ambiguous wordings: wordings that fit another entry or boundary about as well as their own.
//! The curator should reword them, because a small difference in a question decides which of the two answers it.

use super::matcher::Matcher;
use crate::knowledge::{BoundaryKey, EntryKey, ItemKey, Knowledge, WordingKey};

/// A wording is ambiguous if its own class leads by less than this. A wording usually leads by 0.4 or more, because it
/// is a training example; one more word in a question changes a score by about 0.1. Of the bundled file's 5,000
/// wordings 16 were ambiguous when this was chosen.
const AMBIGUOUS_LEAD: f32 = 0.1;

/// A wording that fits another entry or boundary about as well as its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AmbiguousWording {
    /// The wording.
    pub wording: WordingKey,
    /// The other entry or boundary that it fits.
    pub other: ItemKey,
    /// The score of its own class minus the score of the other; may be negative.
    pub lead: f32,
}

impl Matcher {
    /// The ambiguous wordings of the knowledge that the matcher was built from, those with the smallest lead first.
    /// Asks each wording as a question.
    #[must_use]
    pub fn ambiguous_wordings(&self, knowledge: &Knowledge) -> Vec<AmbiguousWording> {
        let keys: Vec<ItemKey> = knowledge.item_keys().collect();
        let mut found: Vec<AmbiguousWording> = Vec::new();
        for (class, &item) in keys.iter().enumerate() {
            for (number, wording) in knowledge.wordings_of(item).into_iter().enumerate() {
                let mut scores = self.classifier.index.scores(&self.read(wording).vector);
                let own = std::mem::replace(&mut scores[class], f32::NEG_INFINITY);
                let best = (0..scores.len()).max_by(|&left, &right| scores[left].total_cmp(&scores[right]));
                let nearest = best.map(|best| AmbiguousWording {
                    wording: WordingKey { item, number },
                    other: self.item_of(best),
                    lead: own - scores[best],
                });
                found.extend(nearest.filter(|nearest| nearest.lead < AMBIGUOUS_LEAD));
            }
        }
        found.sort_by(|left, right| left.lead.total_cmp(&right.lead).then(left.wording.cmp(&right.wording)));
        found
    }

    /// The entry or boundary of a class.
    fn item_of(&self, class: usize) -> ItemKey {
        class
            .checked_sub(self.classifier.layout.entries)
            .map_or(ItemKey::Entry(EntryKey(class)), |boundary| ItemKey::Boundary(BoundaryKey(boundary)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::knowledge::{Boundary, Document, Entry};

    #[test]
    fn a_wording_that_fits_another_entry_as_well_is_ambiguous() {
        let entry = |id: &str, wordings: &[&str]| Entry {
            id: id.to_owned(),
            question: wordings[0].to_owned(),
            also_asked: wordings[1..].iter().map(|&wording| wording.to_owned()).collect(),
            ..Entry::default()
        };
        let ambiguous_with = |wording: &str| {
            let entries = vec![
                entry("height", &["How tall is the lighthouse?", "height of the lighthouse", wording]),
                entry("builder", &["Who built the lighthouse?", "the lighthouse's builder", "who made the lighthouse"]),
            ];
            let boundaries = vec![Boundary { question: "Who painted it?".to_owned(), ..Boundary::default() }];
            let knowledge = Knowledge::new(vec![Document { entries, boundaries, ..Document::default() }]);
            Matcher::new(&knowledge).ambiguous_wordings(&knowledge)
        };
        let found = ambiguous_with("Who made the LIGHTHOUSE?");
        let wording = WordingKey { item: ItemKey::Entry(EntryKey(0)), number: 2 };
        assert_eq!((found[0].wording, found[0].other), (wording, ItemKey::Entry(EntryKey(1))), "{found:?}");
        assert_eq!(ambiguous_with("its size in metres"), []);
        assert_eq!(Matcher::new(&Knowledge::default()).ambiguous_wordings(&Knowledge::default()), []);
    }
}
