//! The self-test: asks each wording of a matcher that was trained without it, as if it were a new question. This is the
//! cross-validation of `calibration`, with every class known.

use std::collections::HashSet;
use std::sync::Arc;
use std::thread;

use super::calibration::{WORDINGS_PER_HELD_OUT, hash};
use super::classifier::Classifier;
use super::document_matcher::{DocumentMatcher, lexicon_of};
use super::matcher::{MatchedDocument, Matcher, one_document};
use super::vectorizer::LearningLimit;
use super::verdict::Verdict;
use crate::knowledge::{EntryKey, ItemKey, Knowledge, WordingKey};

/// The number of folds. As many wordings of a class are left out together as in calibration, or fewer.
const FOLDS: usize = WORDINGS_PER_HELD_OUT as usize;

/// A wording that was asked of a matcher that does not know it.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldOutWording {
    /// The wording.
    pub wording: WordingKey,
    /// The verdict on it. Its keys are those of the whole knowledge.
    pub verdict: Verdict,
    /// The content words that no other text of its entry has; none for the wording of a boundary.
    pub missing_words: Vec<String>,
}

impl Matcher {
    /// Asks every wording of the knowledge that the matcher was built from, each of a matcher that was trained without
    /// it. Each item also lacks up to `fewer` of its other wordings, but at least one remains. Leaves out items with a
    /// single wording. The order is that of the keys.
    ///
    /// Trains the classifier six times, on as many threads. The confidence is that of this matcher.
    #[must_use]
    pub fn ask_held_out(&self, knowledge: &Knowledge, fewer: usize) -> Vec<HeldOutWording> {
        let mut asked: Vec<HeldOutWording> = thread::scope(|scope| {
            let folds = (0..FOLDS).map(|fold| scope.spawn(move || self.ask_fold(knowledge, fold, fewer)));
            let folds: Vec<_> = folds.collect();
            let asked = folds.into_iter().map(|fold| fold.join());
            asked.flat_map(|asked| asked.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        });
        asked.sort_by_key(|asked| asked.wording);
        asked
    }

    fn ask_fold(&self, knowledge: &Knowledge, fold: usize, fewer: usize) -> Vec<HeldOutWording> {
        let mut asked: Vec<(WordingKey, Vec<String>)> = Vec::new();
        let without_held_out = |document: &MatchedDocument| {
            let content = one_document(knowledge, document.number);
            let splits: Vec<Split<'_>> =
                content.item_keys().map(|item| Split::new(&content, item, fold, fewer)).collect();
            let left_out = splits.iter().enumerate().flat_map(|(class, split)| {
                split.held_out.iter().chain(&split.dropped).map(move |&(_, wording)| (class, wording))
            });
            let left_out: HashSet<(usize, &str)> = left_out.collect();
            let includes = |class: usize, wording: Option<&str>| {
                !wording.is_some_and(|wording| left_out.contains(&(class, wording)))
            };
            let lexicon = lexicon_of(&content, includes);
            let Ok(classifier) = Classifier::new(&content, &lexicon, LearningLimit::NONE, includes) else {
                unreachable!("there is no limit")
            };
            let matcher = DocumentMatcher::from_parts(&content, lexicon, classifier, document.matcher.confidence);
            for (item, split) in content.item_keys().zip(&splits) {
                for &(number, wording) in &split.held_out {
                    let missing_words = match item {
                        ItemKey::Entry(EntryKey(own)) => matcher.content_words(wording, own, true),
                        ItemKey::Boundary(_) => Vec::new(),
                    };
                    asked.push((WordingKey { item: document.global_item(item), number }, missing_words));
                }
            }
            Arc::new(matcher)
        };
        let matcher = self.with_matchers(without_held_out);
        let ask = |(wording, missing_words): (WordingKey, Vec<String>)| {
            let verdict = matcher.ask(knowledge.wordings_of(wording.item)[wording.number]);
            HeldOutWording { wording, verdict, missing_words }
        };
        asked.into_iter().map(ask).collect()
    }
}

/// The wordings of an item that a fold does not train on, with their numbers. They are chosen by a hash of their text,
/// so that the order of a file does not matter.
struct Split<'a> {
    /// Those that the fold asks.
    held_out: Vec<(usize, &'a str)>,
    /// Those left out to see the effect of having fewer.
    dropped: Vec<(usize, &'a str)>,
}

impl<'a> Split<'a> {
    fn new(knowledge: &'a Knowledge, item: ItemKey, fold: usize, fewer: usize) -> Self {
        let mut wordings: Vec<(usize, &str)> = knowledge.wordings_of(item).into_iter().enumerate().collect();
        if wordings.len() < 2 {
            return Self { held_out: Vec::new(), dropped: Vec::new() };
        }
        // Different items begin with different folds, so that the folds have about as many wordings.
        let first_fold = hash(wordings[0].1) as usize;
        wordings.sort_by_cached_key(|&(_, wording)| hash(wording));
        let is_held_out = |place: usize| first_fold.wrapping_add(place) % FOLDS == fold;
        let (held_out, mut kept): (Vec<_>, Vec<_>) =
            wordings.into_iter().enumerate().partition(|&(place, _)| is_held_out(place));
        let turn = fold % kept.len().max(1);
        kept.rotate_left(turn);
        let dropped = kept.iter().take(fewer.min(kept.len().saturating_sub(1)));
        let dropped = dropped.map(|&(_, wording)| wording).collect();
        Self { held_out: held_out.into_iter().map(|(_, wording)| wording).collect(), dropped }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::{Boundary, Document, Entry};
    use crate::matching::Outcome;

    fn knowledge() -> Knowledge {
        let entry = |wordings: &[&str]| Entry {
            question: wordings[0].to_owned(),
            also_asked: wordings[1..].iter().map(|&wording| wording.to_owned()).collect(),
            ..Entry::default()
        };
        let entries = vec![
            entry(&["Who built the lighthouse?", "builder of the lighthouse", "which mason raised the lighthouse"]),
            entry(&["When does the ferry leave?", "departure of the ferry", "ferry times", "zorblax"]),
            entry(&["What is the only wording?"]),
        ];
        let boundary = Boundary {
            question: "What did it cost?".into(),
            also_asked: vec!["its price".into()],
            ..Boundary::default()
        };
        Knowledge::new(vec![Document { entries, boundaries: vec![boundary], ..Document::default() }])
    }

    #[test]
    fn each_wording_is_asked_once_of_a_matcher_that_does_not_know_it() {
        let knowledge = knowledge();
        let matcher = Matcher::new(&knowledge);
        let asked = matcher.ask_held_out(&knowledge, 0);
        assert_eq!(asked.len(), 3 + 4 + 2, "an item with one wording is left out");
        let keys: HashSet<WordingKey> = asked.iter().map(|asked| asked.wording).collect();
        assert_eq!(keys.len(), asked.len());
        let of = |number| {
            let key = WordingKey { item: ItemKey::Entry(EntryKey(1)), number };
            asked.iter().find(|asked| asked.wording == key)
        };
        // The whole knowledge has it as a wording; without it nothing is known about it.
        assert_eq!(matcher.ask("zorblax").outcome, Outcome::Answer);
        let unknown = of(3).map(|asked| (asked.verdict.outcome, asked.missing_words.clone()));
        assert_eq!(unknown, Some((Outcome::Unknown, vec!["zorblax".to_owned()])));
        let first = |number| of(number).and_then(|asked| asked.verdict.ranked.first()).map(|first| first.entry);
        assert_eq!(first(1), Some(EntryKey(1)), "the other wordings are known");
    }

    #[test]
    fn fewer_wordings_leave_at_least_one() {
        let knowledge = knowledge();
        for fold in 0..FOLDS {
            for item in knowledge.item_keys() {
                let all = knowledge.wordings_of(item).len();
                for fewer in [0, 1, 9] {
                    let Split { held_out, dropped } = Split::new(&knowledge, item, fold, fewer);
                    assert!(held_out.len() <= 1 && held_out.iter().all(|held_out| !dropped.contains(held_out)));
                    let kept = all - held_out.len() - dropped.len();
                    assert!(kept >= 1 && (fewer > 0 || dropped.is_empty()), "{item:?} {fold} {fewer}");
                    assert!(all == 1 || fewer != 9 || kept == 1, "{item:?} {fold}");
                }
            }
        }
    }
}
