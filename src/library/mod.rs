//! The library: knowledge together with the matcher built from it, and the reply it gives to a question.
//! `handle` holds the version in use, `reload` replaces it when files change, `weight_cache` saves learned weights;
//! `scope` limits it to some of the documents.

pub mod expected_entry;
pub mod explanation;
pub mod handle;
pub mod language_notice;
pub mod reload;
pub mod reply;
pub mod scope;
pub mod score_breakdown;
pub mod self_test;
pub mod weight_cache;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use crate::knowledge::{Document, Entry, EntryKey, Knowledge};
use crate::matching::{Learned, LearningLimit, Matcher, Reason, Thresholds, TooMuchToLearn, Verdict};
use expected_entry::ExpectedEntry;
use explanation::Explanation;
use reply::{NEAREST_MAX, Passage, Reply, SUGGESTED_MAX};
use scope::Scope;

/// Knowledge and the matcher built from it. They are always replaced together.
#[derive(Debug)]
pub struct Library {
    knowledge: Arc<Knowledge>,
    matcher: Matcher,
    /// All entries that may be offered, in the order of [`Self::starters`].
    starters: Arc<[EntryKey]>,
    /// The numbers of the documents that answer. `None` for all.
    documents: Option<Vec<usize>>,
}

/// The most entries that [`Library::starters`] returns: as many as Discord shows in an autocompletion.
const STARTERS_MAX: usize = 25;

/// A verdict and the reply it leads to.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The matcher's verdict on the question.
    pub verdict: Verdict,
    /// The reply to show.
    pub reply: Reply<'a>,
}

impl Library {
    /// Builds the matcher for this knowledge.
    #[must_use]
    pub fn new(knowledge: Knowledge, thresholds: Thresholds) -> Self {
        let matcher = Matcher::new(&knowledge).with_thresholds(thresholds);
        Self::from_parts(knowledge, matcher)
    }

    /// This library with other knowledge. Learns only the documents that changed.
    #[must_use]
    pub fn updated(&self, knowledge: Knowledge) -> Self {
        match self.updated_within(knowledge, LearningLimit::NONE) {
            Ok(library) => library,
            Err(TooMuchToLearn { .. }) => unreachable!("there is no limit"),
        }
    }

    /// Like [`Self::updated`], but uses a limited amount of memory to learn.
    ///
    /// # Errors
    /// If the wordings of a document that changed have more features than `limit` allows.
    pub fn updated_within(&self, knowledge: Knowledge, limit: LearningLimit) -> Result<Self, TooMuchToLearn> {
        let learned = Learned::unchanged(&self.matcher, &self.knowledge, &knowledge);
        let matcher = Matcher::new_within(&knowledge, &learned, limit)?.with_thresholds(self.matcher.thresholds());
        Ok(Self::from_parts(knowledge, matcher))
    }

    /// A library from a matcher that was already built for this knowledge.
    #[must_use]
    pub fn from_parts(knowledge: Knowledge, matcher: Matcher) -> Self {
        let starters = starters(&knowledge);
        Self { knowledge: Arc::new(knowledge), matcher, starters, documents: None }
    }

    /// This library with only the documents of a scope, as if the others were not loaded. The keys stay the same.
    #[must_use]
    pub fn within(self: &Arc<Self>, scope: &Scope) -> Arc<Self> {
        let Some(numbers) = scope.numbers(&self.knowledge) else { return Arc::clone(self) };
        Arc::new(Self {
            knowledge: Arc::clone(&self.knowledge),
            matcher: self.matcher.only(&numbers),
            starters: Arc::clone(&self.starters),
            documents: Some(numbers),
        })
    }

    /// The documents that answer, with their numbers in loading order.
    pub fn documents(&self) -> impl Iterator<Item = (usize, &Document)> {
        self.knowledge.documents().iter().enumerate().filter(|(number, _)| self.includes(*number))
    }

    /// Finds the entry with this id in the documents that answer.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<EntryKey> {
        self.knowledge.find(id).filter(|&key| self.includes(self.knowledge.document_number(key)))
    }

    fn includes(&self, document: usize) -> bool {
        self.documents.as_ref().is_none_or(|documents| documents.contains(&document))
    }

    /// The knowledge, of all documents.
    #[must_use]
    pub fn knowledge(&self) -> &Knowledge {
        &self.knowledge
    }

    /// The matcher built from the documents that answer.
    #[must_use]
    pub fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    /// Answers a question.
    #[must_use]
    pub fn ask(&self, question: &str) -> Answer<'_> {
        let verdict = self.matcher.ask(question);
        let reply = self.reply(&verdict);
        Answer { verdict, reply }
    }

    /// Answers a question that replies to the answer of the entry `context`, or follows it.
    #[must_use]
    pub fn ask_in_context(&self, question: &str, context: EntryKey) -> Answer<'_> {
        let related = self.passage(context).related;
        let related = related.iter().filter_map(|entry| Some((self.find(&entry.id)?, entry.question.as_str())));
        let related: Vec<(EntryKey, &str)> = related.collect();
        let verdict =
            self.matcher.ask_in_context(question, (context, &self.knowledge.entry(context).question), &related);
        let reply = self.reply(&verdict);
        Answer { verdict, reply }
    }

    /// At most [`SUGGESTED_MAX`] entries to offer if the reply to a question was not what the user meant: the likeliest
    /// ones that the reply did not show, best first. `shown` are the ids of those that it showed.
    #[must_use]
    pub fn other_candidates(&self, verdict: &Verdict, shown: &[String]) -> Vec<&Entry> {
        let entries = verdict.ranked.iter().map(|candidate| self.knowledge.entry(candidate.entry));
        entries.filter(|entry| !shown.contains(&entry.id) && !entry.false_premise).take(SUGGESTED_MAX).collect()
    }

    /// The reply to a verdict of this library's matcher.
    #[must_use]
    pub fn reply(&self, verdict: &Verdict) -> Reply<'_> {
        let examples = if verdict.reason == Reason::NoContent { self.starters(NEAREST_MAX) } else { Vec::new() };
        match Reply::new(&self.knowledge, verdict, &self.matcher.languages(), &examples) {
            Reply::Passage(passage) => Reply::Passage(self.within_documents(passage)),
            Reply::Unknown { boundary, mut nearest } => {
                nearest.retain(|entry| self.find(&entry.id).is_some());
                Reply::Unknown { boundary, nearest }
            }
            reply => reply,
        }
    }

    /// An entry as an answer.
    #[must_use]
    pub fn passage(&self, key: EntryKey) -> Passage<'_> {
        self.within_documents(Passage::new(&self.knowledge, key))
    }

    /// Removes related entries of documents that do not answer here, and the name of the only document that does.
    fn within_documents<'a>(&self, mut passage: Passage<'a>) -> Passage<'a> {
        passage.related.retain(|entry| self.find(&entry.id).is_some());
        if self.documents.as_ref().is_some_and(|documents| documents.len() == 1) {
            passage.citations.iter_mut().for_each(|citation| citation.document = None);
        }
        passage
    }

    /// Explains a verdict of this library's matcher on a question.
    #[must_use]
    pub fn explain(&self, question: &str, verdict: &Verdict) -> Explanation<'_> {
        Explanation::new(&self.knowledge, &self.matcher, question, verdict)
    }

    /// Like [`Self::explain`], and also explains why an entry is not the answer. Builds the library again up to three
    /// times, to try wordings that would change that.
    #[must_use]
    pub fn explain_expected(&self, question: &str, verdict: &Verdict, expected: EntryKey) -> Explanation<'_> {
        let decided_text = verdict.decided_text.as_deref().unwrap_or(question);
        let expected = Some(ExpectedEntry::new(self, question, decided_text, expected));
        Explanation { expected, ..self.explain(question, verdict) }
    }

    /// At most `limit` entries to offer while the user types a question, the best first. Without text, those to start
    /// with.
    #[must_use]
    pub fn complete(&self, typed: &str, limit: usize) -> Vec<EntryKey> {
        if typed.trim().is_empty() {
            return self.starters(limit);
        }
        // Twice as many, because those with a false premise are left out.
        let found = self.matcher.complete(typed, 2 * limit).into_iter();
        found.filter(|&key| !self.knowledge.entry(key).false_premise).take(limit).collect()
    }

    /// At most `limit` entries, and at most `STARTERS_MAX`, to offer before the user types anything: those that most
    /// other entries name as related. Ties keep the order of the file.
    #[must_use]
    pub fn starters(&self, limit: usize) -> Vec<EntryKey> {
        let here = self.starters.iter().filter(|&&key| self.includes(self.knowledge.document_number(key)));
        here.copied().take(limit.min(STARTERS_MAX)).collect()
    }
}

/// The entries that may be offered, those most often named as related first. Takes time in proportion to the size of the
/// knowledge, so it is done once.
fn starters(knowledge: &Knowledge) -> Arc<[EntryKey]> {
    let mut mentions: HashMap<EntryKey, usize> = HashMap::new();
    for key in knowledge.entry_keys() {
        for related in knowledge.entry(key).related.iter().filter_map(|id| knowledge.find(id)) {
            *mentions.entry(related).or_default() += 1;
        }
    }
    let mut keys: Vec<_> = knowledge.entry_keys().filter(|&key| !knowledge.entry(key).false_premise).collect();
    keys.sort_by_key(|key| Reverse(mentions.get(key).copied()));
    keys.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::{Boundary, BoundaryKey, Document};
    use crate::matching::{Candidate, Outcome};

    #[test]
    fn other_candidates_are_the_best_entries_that_were_not_shown() {
        let entry = |id: &str| Entry { id: id.into(), ..Entry::default() };
        let document = Document { entries: ["a", "b", "c", "d", "e"].map(entry).into(), ..Document::default() };
        let library = Library::new(Knowledge::new(vec![document]), Thresholds::default());
        let ranked = (0..5).rev().map(|key| Candidate { entry: EntryKey(key), score: 0.5 }).collect();
        let verdict = Verdict::new(Outcome::Answer, Reason::Confident, 0.5, ranked);
        let ids = |shown: &[&str]| -> Vec<&str> {
            let shown: Vec<String> = shown.iter().map(ToString::to_string).collect();
            library.other_candidates(&verdict, &shown).iter().map(|entry| entry.id.as_str()).collect()
        };
        assert_eq!(ids(&["e"]), ["d", "c", "b"]);
        assert_eq!(ids(&["e", "c", "d", "gone"]), ["b", "a"]);
    }

    #[test]
    fn an_entry_with_a_false_premise_is_never_offered() {
        let entry = |id: &str, question: &str, false_premise| Entry {
            id: id.into(),
            question: question.into(),
            false_premise,
            related: vec!["crimea".into(), "islands".into()],
            ..Entry::default()
        };
        let entries = vec![
            entry("crimea", "Why did Japan annex Crimea?", true),
            entry("islands", "What about the islands of Japan?", false),
            entry("treaty", "Is there a treaty with Japan?", false),
        ];
        let boundaries = vec![Boundary {
            id: "trade".into(),
            question: "How much do they trade?".into(),
            related: vec!["crimea".into(), "treaty".into()],
            ..Boundary::default()
        }];
        let document = Document { entries, boundaries, ..Document::default() };
        let library = Library::new(Knowledge::new(vec![document]), Thresholds::default());
        let ids = |entries: &[&Entry]| entries.iter().map(|entry| entry.id.clone()).collect::<Vec<_>>();
        let keys = |keys: Vec<EntryKey>| keys.into_iter().map(|key| library.knowledge().entry(key)).collect::<Vec<_>>();
        assert_eq!(ids(&keys(library.starters(9))), ["islands", "treaty"]);
        assert_eq!(ids(&keys(library.complete("", 9))), ["islands", "treaty"]);
        assert!(!ids(&keys(library.complete("japan annex", 9))).contains(&"crimea".into()));
        assert_eq!(ids(&library.passage(EntryKey(2)).related), ["islands"]);
        let ranked = || (0..3).map(|key| Candidate { entry: EntryKey(key), score: 0.5 }).collect();
        let verdict = |outcome| Verdict { plausible: 3, ..Verdict::new(outcome, Reason::Confident, 0.5, ranked()) };
        assert_eq!(ids(&library.other_candidates(&verdict(Outcome::Answer), &[])), ["islands", "treaty"]);
        let Reply::Suggestions { entries, .. } = library.reply(&verdict(Outcome::Suggest)) else { panic!() };
        assert_eq!(ids(&entries), ["islands", "treaty"]);
        let unknown = Verdict { boundary: Some(BoundaryKey(0)), ..verdict(Outcome::Unknown) };
        let Reply::Unknown { nearest, .. } = library.reply(&unknown) else { panic!() };
        assert_eq!(ids(&nearest), ["treaty", "islands"], "that of the boundary comes first");
        // A member who asks the question is answered.
        assert_eq!(library.ask("Why did Japan annex Crimea?").reply.id(), Some("crimea"));
    }

    #[test]
    fn starters_are_the_entries_most_often_named_as_related() {
        let entry = |id: &str, related: &[&str]| Entry {
            id: id.into(),
            related: related.iter().map(ToString::to_string).collect(),
            ..Entry::default()
        };
        let entries = vec![entry("a", &["c"]), entry("b", &["c", "d"]), entry("c", &[]), entry("d", &[])];
        let document = Document { entries, ..Document::default() };
        let library = Library::new(Knowledge::new(vec![document]), Thresholds::default());
        assert_eq!(library.starters(3), [EntryKey(2), EntryKey(3), EntryKey(0)]);
    }
}
