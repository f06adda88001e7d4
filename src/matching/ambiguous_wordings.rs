//! Which wordings pull two entries together: what the matcher, having learned from all of them, still takes for both.
//! A member who asks so is answered by one or the other, as a word more or less decides.

use super::Matcher;
use crate::knowledge::{BoundaryKey, EntryKey, ItemKey, Knowledge, WordingKey};

/// A wording whose own entry or boundary leads by less than this pulls. A wording usually leads by 0.4 or more, since it was learned
/// from; a word more in a question moves a score by about this much. Of the bundled file's 5,000 wordings 16 pulled.
const PULL_LEAD: f32 = 0.1;

/// A wording that fits another entry or boundary about as well as its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AmbiguousWording {
    /// The wording.
    pub wording: WordingKey,
    /// What it fits as well.
    pub other: ItemKey,
    /// By how much its own scores higher; less than 0 where the other does.
    pub lead: f32,
}

impl Matcher {
    /// The wordings of the matcher's knowledge that pull, the strongest first. Takes a question's time for each wording.
    #[must_use]
    pub fn ambiguous_wordings(&self, knowledge: &Knowledge) -> Vec<AmbiguousWording> {
        let keys: Vec<ItemKey> = knowledge.item_keys().collect();
        let mut ambiguous_wordings: Vec<AmbiguousWording> = Vec::new();
        for (class, &of) in keys.iter().enumerate() {
            for (number, wording) in knowledge.wordings_of(of).into_iter().enumerate() {
                let mut scores = self.index.scores(&self.weigh(&self.read(wording)));
                let own = std::mem::replace(&mut scores[class], f32::NEG_INFINITY);
                let best = (0..scores.len()).max_by(|&left, &right| scores[left].total_cmp(&scores[right]));
                let pull = best.map(|best| AmbiguousWording {
                    wording: WordingKey { item: of, number },
                    other: self.item_of(best),
                    lead: own - scores[best],
                });
                ambiguous_wordings.extend(pull.filter(|pull| pull.lead < PULL_LEAD));
            }
        }
        ambiguous_wordings
            .sort_by(|left, right| left.lead.total_cmp(&right.lead).then(left.wording.cmp(&right.wording)));
        ambiguous_wordings
    }

    /// The entry or boundary that a class of the index is.
    fn item_of(&self, class: usize) -> ItemKey {
        class
            .checked_sub(self.entries)
            .map_or(ItemKey::Entry(EntryKey(class)), |boundary| ItemKey::Boundary(BoundaryKey(boundary)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::knowledge::{Boundary, Document, Entry};

    #[test]
    fn a_wording_that_fits_another_as_well_pulls() {
        let entry = |id: &str, wordings: &[&str]| Entry {
            id: id.to_owned(),
            question: wordings[0].to_owned(),
            also_asked: wordings[1..].iter().map(|&wording| wording.to_owned()).collect(),
            ..Entry::default()
        };
        let ambiguous_wordings = |astray: &str| {
            let entries = vec![
                entry("height", &["How tall is the lighthouse?", "height of the lighthouse", astray]),
                entry("builder", &["Who built the lighthouse?", "the lighthouse's builder", "who made the lighthouse"]),
            ];
            let boundaries = vec![Boundary { question: "Who painted it?".to_owned(), ..Boundary::default() }];
            let knowledge = Knowledge::new(vec![Document { entries, boundaries, ..Document::default() }]);
            Matcher::new(&knowledge).ambiguous_wordings(&knowledge)
        };
        let pulled = ambiguous_wordings("Who made the LIGHTHOUSE?");
        let wording = WordingKey { item: ItemKey::Entry(EntryKey(0)), number: 2 };
        assert_eq!((pulled[0].wording, pulled[0].other), (wording, ItemKey::Entry(EntryKey(1))), "{pulled:?}");
        assert_eq!(ambiguous_wordings("its size in metres"), []);
        assert_eq!(Matcher::new(&Knowledge::default()).ambiguous_wordings(&Knowledge::default()), []);
    }
}
