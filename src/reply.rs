//! From a verdict to what should be said: passage, citation, related questions. Plain data, no Discord in it.
//! A [`Library`] is what answers: the knowledge and the matcher made from it, always swapped together.

mod explained;

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::knowledge::{Boundary, Entry, EntryKey, Knowledge};
use crate::matching::{Matcher, Outcome, Thresholds, Verdict};
pub use explained::{Explained, Weighed};

/// How many related questions an answer offers; one row of Discord buttons has five places, and Remove takes one.
pub const RELATED_MAX: usize = 4;

/// How many entries are suggested: more than three choices is a search result, not a question back.
pub const SUGGESTED_MAX: usize = 3;

/// Knowledge with the matcher made from it.
#[derive(Debug)]
pub struct Library {
    knowledge: Knowledge,
    matcher: Matcher,
}

/// A verdict and what to say.
#[derive(Debug)]
pub struct Answered<'a> {
    /// What the matcher made of the question.
    pub verdict: Verdict,
    /// What to say to it.
    pub reply: Reply<'a>,
}

/// What should be said to a question.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply<'a> {
    /// The text answers it.
    Passage(Passage<'a>),
    /// One of these could be meant; two or three, the likeliest first.
    Suggestions(Vec<&'a Entry>),
    /// The text does not answer it.
    Unknown {
        /// The boundary that says what is missing, if one matched.
        boundary: Option<&'a Boundary>,
    },
}

/// An answer with everything that belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// Where the text says so.
    pub citations: Vec<Place<'a>>,
    /// At most [`RELATED_MAX`] entries that a reader may want next.
    pub related: Vec<&'a Entry>,
}

/// A citation with the names a reader knows it by.
#[derive(Clone, Debug, PartialEq)]
pub struct Place<'a> {
    /// The document's title, when several are loaded.
    pub document: Option<&'a str>,
    /// The section's title.
    pub section: &'a str,
    /// Paragraph numbers within the section, from 1.
    pub paragraphs: &'a [u32],
    /// The words of the text, if the entry quotes any.
    pub quote: Option<&'a str>,
}

impl<'a> Reply<'a> {
    /// The id of the entry or boundary that the reply is of; none for suggestions, and where nothing fits.
    #[must_use]
    pub fn id(&self) -> Option<&'a str> {
        match self {
            Self::Passage(passage) => Some(&passage.entry.id),
            Self::Unknown { boundary } => boundary.map(|boundary| boundary.id.as_str()),
            Self::Suggestions(_) => None,
        }
    }
}

impl Library {
    /// Makes the matcher for this knowledge.
    #[must_use]
    pub fn new(knowledge: Knowledge, thresholds: Thresholds) -> Self {
        let matcher = Matcher::new(&knowledge).with_thresholds(thresholds);
        Self { knowledge, matcher }
    }

    /// A library with the matcher that was made for its knowledge.
    #[must_use]
    pub fn with(knowledge: Knowledge, matcher: Matcher) -> Self {
        Self { knowledge, matcher }
    }

    /// The knowledge.
    #[must_use]
    pub fn knowledge(&self) -> &Knowledge {
        &self.knowledge
    }

    /// The matcher made from it.
    #[must_use]
    pub fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    /// Answers a question.
    #[must_use]
    pub fn ask(&self, question: &str) -> Answered<'_> {
        let verdict = self.matcher.ask(question);
        let reply = self.reply(&verdict);
        Answered { verdict, reply }
    }

    /// What should be said to a verdict of this library's matcher.
    #[must_use]
    pub fn reply(&self, verdict: &Verdict) -> Reply<'_> {
        match (verdict.outcome, verdict.ranked.first()) {
            (Outcome::Answer, Some(best)) => Reply::Passage(self.passage(best.entry)),
            (Outcome::Suggest, Some(_)) => {
                let likeliest = verdict.ranked.iter().take(SUGGESTED_MAX);
                Reply::Suggestions(likeliest.map(|candidate| self.knowledge.entry(candidate.entry)).collect())
            }
            _ => Reply::Unknown { boundary: verdict.boundary.map(|key| self.knowledge.boundary(key)) },
        }
    }

    /// An entry as an answer.
    #[must_use]
    pub fn passage(&self, key: EntryKey) -> Passage<'_> {
        let entry = self.knowledge.entry(key);
        let document = self.knowledge.document_of(key);
        let title = (self.knowledge.documents().len() > 1).then_some(document.title.as_str());
        let citations = entry.citations.iter().map(|citation| Place {
            document: title,
            section: document.section(&citation.section).map_or(citation.section.as_str(), |section| &section.title),
            paragraphs: &citation.paragraphs,
            quote: citation.quote.as_deref(),
        });
        Passage { entry, citations: citations.collect(), related: self.related(key) }
    }

    /// The entries to offer before anything is typed: those that most others name as related, in file order among equals.
    #[must_use]
    pub fn starters(&self, limit: usize) -> Vec<EntryKey> {
        let mut named: HashMap<EntryKey, usize> = HashMap::new();
        for key in self.knowledge.entry_keys() {
            for related in self.knowledge.entry(key).related.iter().filter_map(|id| self.knowledge.find(id)) {
                *named.entry(related).or_default() += 1;
            }
        }
        let mut keys: Vec<_> = self.knowledge.entry_keys().collect();
        keys.sort_by_key(|key| Reverse(named.get(key).copied()));
        keys.truncate(limit);
        keys
    }

    /// The related entries that the curator named; where that leaves room, the next ones that cite the same paragraph.
    fn related(&self, key: EntryKey) -> Vec<&Entry> {
        let entry = self.knowledge.entry(key);
        let named = entry.related.iter().filter_map(|id| self.knowledge.find(id)).map(|key| self.knowledge.entry(key));
        let siblings = &self.knowledge.document_of(key).entries;
        let own = siblings.iter().position(|sibling| std::ptr::eq(sibling, entry)).unwrap_or_default();
        let following = siblings.iter().cycle().skip(own + 1).take(siblings.len().saturating_sub(1));
        let mut related: Vec<&Entry> = Vec::with_capacity(RELATED_MAX);
        for candidate in named.chain(following.filter(|other| cite_one_paragraph(entry, other))) {
            if candidate.id != entry.id && !related.iter().any(|known| known.id == candidate.id) {
                related.push(candidate);
            }
            if related.len() == RELATED_MAX {
                break;
            }
        }
        related
    }
}

/// Whether two entries of one document cite a paragraph in common.
fn cite_one_paragraph(one: &Entry, other: &Entry) -> bool {
    one.citations.iter().any(|mine| {
        other.citations.iter().any(|theirs| {
            mine.section == theirs.section && mine.paragraphs.iter().any(|number| theirs.paragraphs.contains(number))
        })
    })
}

impl Place<'_> {
    /// The place as a reader is told it: `Lessons From the Abe Era, ¶ 3–4, 7`.
    #[must_use]
    pub fn label(&self) -> String {
        let place = format!("{}, ¶ {}", self.section, ranges(self.paragraphs));
        match self.document {
            Some(document) => format!("{document}: {place}"),
            None => place,
        }
    }
}

/// Ascending numbers with runs joined: `3–5, 7`.
fn ranges(numbers: &[u32]) -> String {
    let runs = numbers.chunk_by(|one, next| one.checked_add(1) == Some(*next));
    let runs = runs.map(|run| match run {
        [first, .., last] => format!("{first}–{last}"),
        _ => run.iter().map(u32::to_string).collect(),
    });
    runs.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::knowledge::{Boundary, Citation, Document, Section};
    use crate::matching::Candidate;

    fn entry(id: &str, paragraph: u32, related: &[&str]) -> Entry {
        Entry {
            id: id.into(),
            question: format!("What about {id}?"),
            passage: format!("All about {id}."),
            citations: vec![Citation { section: "one".into(), paragraphs: vec![paragraph], quote: None }],
            related: related.iter().map(ToString::to_string).collect(),
            ..Entry::default()
        }
    }

    fn document(title: &str, entries: Vec<Entry>) -> Document {
        let section = Section { id: "one".into(), title: "Section One".into(), paragraphs: 9, summary: None };
        let boundary = Boundary { id: "far".into(), says: "Not there.".into(), ..Boundary::default() };
        Document {
            title: title.into(),
            sections: vec![section],
            entries,
            boundaries: vec![boundary],
            ..Document::default()
        }
    }

    fn library(documents: Vec<Document>) -> Library {
        Library::new(Knowledge::new(documents), Thresholds::default())
    }

    fn ids(entries: &[&Entry]) -> Vec<String> {
        entries.iter().map(|entry| entry.id.clone()).collect()
    }

    #[test]
    fn numbers_are_joined_in_runs() {
        for (numbers, text) in
            [(&[3][..], "3"), (&[3, 4], "3–4"), (&[1, 3, 4, 5, 9], "1, 3–5, 9"), (&[], ""), (&[u32::MAX], "4294967295")]
        {
            assert_eq!(ranges(numbers), text);
        }
    }

    #[test]
    fn a_citation_names_its_document_only_among_several() {
        let alone = library(vec![document("Alone", vec![entry("a", 2, &[])])]);
        assert_eq!(alone.passage(EntryKey(0)).citations[0].label(), "Section One, ¶ 2");
        let two = library(vec![document("First", vec![entry("a", 2, &[])]), document("Second", vec![])]);
        assert_eq!(two.passage(EntryKey(0)).citations[0].label(), "First: Section One, ¶ 2");
    }

    #[test]
    fn related_are_the_named_ones_then_neighbours_of_the_paragraph_each_once() {
        let entries = vec![
            entry("a", 1, &[]),
            entry("b", 1, &["z", "a", "b", "gone"]),
            entry("c", 1, &[]),
            entry("d", 2, &[]),
            entry("z", 9, &[]),
        ];
        let library = library(vec![document("Alone", entries)]);
        assert_eq!(ids(&library.passage(EntryKey(1)).related), ["z", "a", "c"]);
        assert_eq!(ids(&library.passage(EntryKey(0)).related), ["b", "c"]);
        assert_eq!(ids(&library.passage(EntryKey(3)).related), Vec::<String>::new());
    }

    #[test]
    fn starters_are_what_most_entries_lead_to() {
        let entries = vec![entry("a", 1, &["c"]), entry("b", 1, &["c", "d"]), entry("c", 1, &[]), entry("d", 1, &[])];
        let starters = library(vec![document("Alone", entries)]).starters(3);
        assert_eq!(starters, [EntryKey(2), EntryKey(3), EntryKey(0)]);
    }

    #[test]
    fn each_outcome_has_its_reply() {
        let library = library(vec![document("Alone", (1..6).map(|n| entry(&format!("e{n}"), n, &[])).collect())]);
        let ranked: Vec<_> = (0..5).map(|n| Candidate { entry: EntryKey(n), score: 0.5 }).collect();
        let verdict = |outcome, boundary| Verdict { outcome, confidence: 0.5, boundary, ranked: ranked.clone() };
        let key = library.knowledge().boundary_keys().next();
        assert!(
            matches!(library.reply(&verdict(Outcome::Answer, None)), Reply::Passage(passage) if passage.entry.id == "e1")
        );
        match library.reply(&verdict(Outcome::Suggest, None)) {
            Reply::Suggestions(entries) => assert_eq!(ids(&entries), ["e1", "e2", "e3"]),
            other => panic!("{other:?}"),
        }
        assert_eq!(library.reply(&verdict(Outcome::Unknown, None)), Reply::Unknown { boundary: None });
        let boundary = key.map(|key| library.knowledge().boundary(key));
        assert_eq!(boundary.map(|boundary| boundary.says.as_str()), Some("Not there."));
        assert_eq!(library.reply(&verdict(Outcome::Unknown, key)), Reply::Unknown { boundary });
    }
}
