//! Explains why an entry did not answer a question, and tries which wording would change that.

use serde::Serialize;

use super::Library;
use super::reply::Reply;
use super::score_breakdown::ScoreBreakdown;
use crate::knowledge::wording::normalise;
use crate::knowledge::{EntryKey, HasWordings as _, Knowledge};
use crate::matching::{Outcome, Reason};

/// An entry that is expected to answer a question.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExpectedEntry<'a> {
    /// Its score, word by word.
    #[serde(flatten)]
    pub breakdown: ScoreBreakdown<'a>,
    /// Whether it is the answer.
    pub is_answer: bool,
    /// Its rank among the entries of its document by score, from 1. `None` if its score is not above 0.
    pub rank: Option<usize>,
    /// The content words of the question that do not speak for it: none of its texts contains them or a synonym.
    pub missing_words: Vec<String>,
    /// The wordings that were tried, in this order, up to the first that makes it the answer. Empty if it is the answer.
    pub tried: Vec<TriedWording>,
}

/// A wording that was added to the expected entry, and the verdict on the question with it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TriedWording {
    /// The wording.
    pub wording: String,
    /// Whether it is the question itself, which would then be answered as a known wording.
    pub is_question: bool,
    /// Whether the entry would be the answer.
    pub is_answer: bool,
    /// The outcome.
    pub outcome: Outcome,
    /// Its reason.
    pub reason: Reason,
    /// The confidence.
    pub confidence: f32,
}

impl<'a> ExpectedEntry<'a> {
    /// Explains why an entry of the library did not answer a question. `decided_text` is the part of the question that
    /// was decided on. Builds the library again for each wording that it tries.
    pub(super) fn new(library: &'a Library, question: &str, decided_text: &str, key: EntryKey) -> Self {
        let matcher = library.matcher();
        let entry = library.knowledge().entry(key);
        let content_words = |only_unsupported| matcher.content_words(decided_text, key, only_unsupported);
        let missing_words = content_words(true);
        // As it was read, so that the file does not learn typing errors.
        let read = matcher.explain(decided_text, key).into_iter().map(|word| word.read_as.unwrap_or(word.written));
        let question_wording = read.collect::<Vec<_>>().join(" ");
        let is_answer = is_answer(library, question, &entry.id);
        let mut tried: Vec<TriedWording> = Vec::new();
        // A wording of a single word would take every question about it.
        let keywords = [missing_words.clone(), content_words(false)].into_iter().filter(|words| words.len() > 1);
        let wordings = keywords.map(|words| words.join(" ")).chain([question_wording.clone()]);
        for wording in wordings.filter(|_| !is_answer) {
            let normal = normalise(&wording);
            let is_known = entry.wordings().any(|known| normalise(known) == normal)
                || tried.iter().any(|tried| normalise(&tried.wording) == normal);
            if normal.is_empty() || is_known {
                continue;
            }
            let is_question = normal == normalise(&question_wording);
            tried.push(TriedWording::new(library, question, key, wording, is_question));
            if tried.last().is_some_and(|tried| tried.is_answer) {
                break;
            }
        }
        Self {
            breakdown: ScoreBreakdown::of_entry(library.knowledge(), matcher, decided_text, key),
            is_answer,
            rank: matcher.rank_of(decided_text, key),
            missing_words,
            tried,
        }
    }
}

impl TriedWording {
    fn new(library: &Library, question: &str, key: EntryKey, wording: String, is_question: bool) -> Self {
        let id = &library.knowledge().entry(key).id;
        let mut documents = library.knowledge().documents().to_vec();
        let entries = documents.iter_mut().flat_map(|document| &mut document.entries);
        if let Some(entry) = entries.into_iter().find(|entry| entry.id == *id) {
            entry.also_asked.push(wording.clone());
        }
        let changed = library.updated(Knowledge::new(documents));
        let verdict = changed.matcher().ask(question);
        Self {
            is_answer: is_answer(&changed, question, id),
            wording,
            is_question,
            outcome: verdict.outcome,
            reason: verdict.reason,
            confidence: verdict.confidence,
        }
    }
}

fn is_answer(library: &Library, question: &str, id: &str) -> bool {
    matches!(library.ask(question).reply, Reply::Passage(passage) if passage.entry.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::{Document, Entry};
    use crate::matching::Thresholds;

    fn library() -> Library {
        let entry = |id: &str, wordings: &[&str]| Entry {
            id: id.to_owned(),
            question: wordings[0].to_owned(),
            also_asked: wordings[1..].iter().map(|&wording| wording.to_owned()).collect(),
            ..Entry::default()
        };
        let entries = vec![
            entry("builder", &["Who built the lighthouse?", "builder of the tower", "which mason raised it"]),
            entry("height", &["How tall is the lighthouse?", "height of the tower", "metres from rock to lantern"]),
            entry("ferry", &["When does the ferry leave?", "ferry times", "departures of the boat"]),
            entry("fares", &["What does the ferry cost?", "price of a ticket", "fares for the boat"]),
        ];
        Library::new(Knowledge::new(vec![Document { entries, ..Document::default() }]), Thresholds::default())
    }

    fn explained<'a>(library: &'a Library, question: &str, id: &str) -> ExpectedEntry<'a> {
        let key = library.knowledge().find(id).unwrap_or(EntryKey(0));
        ExpectedEntry::new(library, question, question, key)
    }

    #[test]
    fn a_proposed_wording_makes_the_entry_answer() {
        let library = library();
        let question = "how much is the crossing with the quavix pass";
        assert!(!is_answer(&library, question, "fares"));
        let expected = explained(&library, question, "fares");
        assert!(expected.missing_words.contains(&"quavix".to_owned()), "{expected:?}");
        let last = expected.tried.last().map(|tried| (tried.is_answer, tried.outcome));
        assert_eq!(last, Some((true, Outcome::Answer)), "{expected:?}");
        assert!(expected.tried.iter().rev().skip(1).all(|tried| !tried.is_answer), "{expected:?}");
        // The proposal is true of a library with that wording.
        let mut documents = library.knowledge().documents().to_vec();
        documents[0].entries[3].also_asked.extend(expected.tried.last().map(|tried| tried.wording.clone()));
        let mended = Library::new(Knowledge::new(documents), Thresholds::default());
        assert!(is_answer(&mended, question, "fares"));
    }

    #[test]
    fn a_single_word_is_never_proposed() {
        let library = library();
        let expected = explained(&library, "how abuot the hieght", "ferry");
        let tried: Vec<&str> = expected.tried.iter().map(|tried| tried.wording.as_str()).collect();
        assert_eq!(tried, ["how about the height"], "as it was read: {expected:?}");
        assert!(expected.tried[0].is_question && expected.tried[0].is_answer, "{expected:?}");
    }

    #[test]
    fn nothing_is_tried_for_an_entry_that_answers() {
        let library = library();
        let expected = explained(&library, "Who built the lighthouse?", "builder");
        assert_eq!((expected.is_answer, expected.rank, expected.tried), (true, Some(1), Vec::new()));
    }
}
