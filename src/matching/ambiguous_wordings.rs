//! Ambiguous wordings: wordings that fit another entry or boundary about as well as their own.
//! The curator should reword them, because a small difference in a question decides which of the two answers it.

use super::document_matcher::DocumentMatcher;
use super::matcher::{MatchedDocument, Matcher};
use super::verdict::{Outcome, Reason};
use crate::knowledge::{BoundaryKey, EntryKey, HasWordings as _, ItemKey, Knowledge, WordingKey};

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
    /// The score of its own class minus the score of the other; may be negative. If the other is in another document,
    /// the confidence in its own minus that in the other.
    pub lead: f32,
}

impl Matcher {
    /// The ambiguous wordings of the knowledge that the matcher was built from, those with the smallest lead first.
    /// Asks each wording as a question. A wording of an entry is ambiguous, too, if another document answers it about as
    /// surely.
    #[must_use]
    pub fn ambiguous_wordings(&self, knowledge: &Knowledge) -> Vec<AmbiguousWording> {
        let mut found: Vec<AmbiguousWording> = Vec::new();
        for document in &self.documents {
            let Some(content) = knowledge.documents().get(document.number) else { continue };
            let global = |item| document.global_item(item);
            let entries = content.entries.iter().map(|entry| entry.wordings().collect::<Vec<_>>());
            let boundaries = content.boundaries.iter().map(|boundary| boundary.wordings().collect::<Vec<_>>());
            for (class, wordings) in entries.chain(boundaries).enumerate() {
                let item = document.matcher.item_of(class);
                for (number, wording) in wordings.into_iter().enumerate() {
                    let within = document.matcher.nearest_other(class, wording);
                    let within = within.map(|(other, lead)| (global(other), lead));
                    let beside = matches!(item, ItemKey::Entry(_)).then(|| self.rival_document(document, wording));
                    let wording = WordingKey { item: global(item), number };
                    let nearest = within.into_iter().chain(beside.flatten()).filter(|(_, lead)| *lead < AMBIGUOUS_LEAD);
                    found.extend(nearest.map(|(other, lead)| AmbiguousWording { wording, other, lead }));
                }
            }
        }
        found.sort_by(|left, right| left.lead.total_cmp(&right.lead).then(left.wording.cmp(&right.wording)));
        found
    }

    /// The entry of another document that answers a wording of this document most surely, and the lead in confidence
    /// over it. A wording that both have is none: `knowledge::check` warns about it.
    fn rival_document(&self, own: &MatchedDocument, wording: &str) -> Option<(ItemKey, f32)> {
        if self.documents.len() == 1 {
            return None;
        }
        let verdicts = self.decide_each(wording, &self.read_by_all(wording, &mut self.memo()));
        let (of_own, of_others): (Vec<_>, Vec<_>) =
            self.documents.iter().zip(&verdicts).partition(|(document, _)| document.number == own.number);
        let others = of_others.into_iter().map(|(_, of_document)| &of_document.verdict);
        let answers = others.filter(|verdict| verdict.outcome == Outcome::Answer && verdict.reason != Reason::Wording);
        let surest = answers.max_by(|left, right| left.confidence.total_cmp(&right.confidence))?;
        let entry = surest.ranked.first()?.entry;
        let (_, own) = of_own.first()?;
        Some((ItemKey::Entry(entry), own.verdict.confidence - surest.confidence))
    }
}

impl DocumentMatcher {
    /// The other class that a wording fits best, and the lead in score of its own class.
    fn nearest_other(&self, class: usize, wording: &str) -> Option<(ItemKey, f32)> {
        let mut scores = self.classifier.index.scores(&self.read(wording).vector);
        let own = std::mem::replace(&mut scores[class], f32::NEG_INFINITY);
        let best = (0..scores.len()).max_by(|&left, &right| scores[left].total_cmp(&scores[right]))?;
        Some((self.item_of(best), own - scores[best]))
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

    #[test]
    fn a_wording_that_another_document_answers_as_surely_is_ambiguous() {
        let entry = |id: &str, wordings: &[&str]| Entry {
            id: id.to_owned(),
            question: wordings[0].to_owned(),
            also_asked: wordings[1..].iter().map(|&wording| wording.to_owned()).collect(),
            ..Entry::default()
        };
        let document = |entries| Document { entries, ..Document::default() };
        let knowledge = Knowledge::new(vec![
            document(vec![
                entry("repair", &["Who repairs bicycles?", "repair of bicycles"]),
                entry("hours", &["When do you open?", "opening hours of the workshop"]),
            ]),
            document(vec![
                entry("lighthouse", &["How tall is the lighthouse?", "height of the lighthouse"]),
                entry("shop", &["Where is the shop?", "the shop's address", "hours"]),
            ]),
        ]);
        let found = Matcher::new(&knowledge).ambiguous_wordings(&knowledge);
        let between: Vec<_> = found.iter().map(|found| (found.wording.item, found.other)).collect();
        let (hours, shop) = (ItemKey::Entry(EntryKey(1)), ItemKey::Entry(EntryKey(3)));
        assert_eq!(between, [(hours, shop)], "{found:?}");
    }
}
