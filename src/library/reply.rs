//! Turns a verdict into a reply: a passage with citations and related questions, suggestions, or "not answered".
//! Replies are plain data; Discord and the command line render them.

use super::language_notice::language_notice;
use crate::knowledge::{Boundary, Entry, EntryKey, Knowledge, SmallTalk};
use crate::matching::{Languages, Outcome, Reason, Verdict};

/// The most related questions of one answer: more would compete with the answer for the reader's attention.
pub const RELATED_MAX: usize = 4;

/// The most suggestions: more than three choices would be a list of search results.
pub const SUGGESTED_MAX: usize = 3;

/// The most entries that a reply without an answer offers, for the same reason.
pub const NEAREST_MAX: usize = SUGGESTED_MAX;

/// The reply to a question.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply<'a> {
    /// The text answers it.
    Passage(Passage<'a>),
    /// The user may have meant one of these entries. A user who rejects all of them ("none of these") has an unanswered
    /// question, as after an answer that they did not mean.
    Suggestions {
        /// At most [`SUGGESTED_MAX`], the most likely first.
        entries: Vec<&'a Entry>,
        /// The boundary that matches about as well, if any; it says what the text lacks.
        boundary: Option<&'a Boundary>,
    },
    /// The text does not answer it.
    Unknown {
        /// The boundary that matched, if any; it says what the text lacks.
        boundary: Option<&'a Boundary>,
        /// The entries nearest to the question. At most [`NEAREST_MAX`], the nearest first.
        nearest: Vec<&'a Entry>,
    },
    /// The question has no content word, so the bot asks what is meant.
    Unclear {
        /// Entries to start with. At most [`NEAREST_MAX`].
        examples: Vec<&'a Entry>,
    },
    /// No wording is in the language of the question. The notice says so in that language.
    OtherLanguage(String),
    /// Small talk.
    SmallTalk(&'a SmallTalk),
}

/// An entry as an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// The places in the text that support the answer.
    pub citations: Vec<CitationView<'a>>,
    /// At most [`RELATED_MAX`] entries that a reader may want next.
    pub related: Vec<&'a Entry>,
    /// The entry that answers the second question of the message, if it had two.
    pub second: Option<&'a Entry>,
}

/// A citation with titles instead of ids, ready to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct CitationView<'a> {
    /// The document's title, if several documents are loaded.
    pub document: Option<&'a str>,
    /// The address of the document, if it has one.
    pub url: Option<&'a str>,
    /// The section's title.
    pub section: &'a str,
    /// Paragraph numbers within the section, from 1.
    pub paragraphs: &'a [u32],
    /// The quoted words, if the citation has any.
    pub quote: Option<&'a str>,
}

impl<'a> Reply<'a> {
    /// The reply to a verdict on this knowledge. `languages` are those of its wordings; `examples` are entries to offer
    /// if the question is unclear.
    #[must_use]
    pub fn new(knowledge: &'a Knowledge, verdict: &Verdict, languages: &Languages, examples: &[EntryKey]) -> Self {
        let entries = |limit| -> Vec<&Entry> {
            let ranked = verdict.ranked.iter().take(limit).map(|candidate| knowledge.entry(candidate.entry));
            ranked.filter(|entry| !entry.false_premise).collect()
        };
        let boundary = verdict.boundary.map(|key| knowledge.boundary(key));
        match (verdict.outcome, verdict.ranked.first(), verdict.small_talk) {
            (Outcome::SmallTalk, _, Some(key)) => Self::SmallTalk(knowledge.small_talk_of(key)),
            (Outcome::Answer, Some(first), _) => {
                let second = verdict.second.map(|key| knowledge.entry(key)).filter(|entry| !entry.false_premise);
                Self::Passage(Passage { second, ..Passage::new(knowledge, first.entry) })
            }
            (Outcome::Suggest, Some(_), _) if !entries(SUGGESTED_MAX).is_empty() => {
                Self::Suggestions { entries: entries(SUGGESTED_MAX), boundary }
            }
            _ => match (verdict.reason, verdict.language) {
                (Reason::OtherLanguage, Some(asked)) => Self::OtherLanguage(language_notice(asked, languages.iter())),
                (Reason::NoContent, _) => {
                    let examples = examples.iter().take(NEAREST_MAX).map(|&key| knowledge.entry(key));
                    Self::Unclear { examples: examples.collect() }
                }
                _ => Self::Unknown { boundary, nearest: nearest(knowledge, boundary, verdict) },
            },
        }
    }

    /// The id of the entry or boundary shown, or `None` for suggestions and for questions without a boundary.
    #[must_use]
    pub fn id(&self) -> Option<&'a str> {
        match self {
            Self::Passage(passage) => Some(&passage.entry.id),
            Self::Unknown { boundary, .. } => boundary.map(|boundary| boundary.id.as_str()),
            Self::Suggestions { .. } | Self::Unclear { .. } | Self::OtherLanguage(_) | Self::SmallTalk(_) => None,
        }
    }
}

impl<'a> Passage<'a> {
    /// An entry of this knowledge as an answer.
    #[must_use]
    pub fn new(knowledge: &'a Knowledge, key: EntryKey) -> Self {
        let entry = knowledge.entry(key);
        let document = knowledge.document_of(key);
        let title = (knowledge.documents().len() > 1).then_some(document.title.as_str());
        let citations = entry.citations.iter().map(|citation| CitationView {
            document: title,
            url: document.url.as_deref(),
            section: document.section(&citation.section).map_or(citation.section.as_str(), |section| &section.title),
            paragraphs: &citation.paragraphs,
            quote: citation.quote.as_deref(),
        });
        Self { entry, citations: citations.collect(), related: related(knowledge, key), second: None }
    }
}

/// The entries to offer with a refusal: those that the boundary names as related, then the plausible ones, the nearest
/// first. At most [`NEAREST_MAX`], without duplicates.
fn nearest<'a>(knowledge: &'a Knowledge, boundary: Option<&Boundary>, verdict: &Verdict) -> Vec<&'a Entry> {
    let named = boundary.into_iter().flat_map(|boundary| &boundary.related).filter_map(|id| knowledge.find(id));
    let plausible = verdict.ranked.iter().take(NEAREST_MAX.min(verdict.plausible)).map(|candidate| candidate.entry);
    offered(named.chain(plausible).map(|key| knowledge.entry(key)), NEAREST_MAX)
}

/// The first entries to offer to a reader, at most `limit`: without duplicates and false premises.
fn offered<'a>(candidates: impl Iterator<Item = &'a Entry>, limit: usize) -> Vec<&'a Entry> {
    let mut offered: Vec<&Entry> = Vec::with_capacity(limit);
    for candidate in candidates.filter(|entry| !entry.false_premise) {
        if offered.len() == limit {
            break;
        }
        if !offered.iter().any(|known| known.id == candidate.id) {
            offered.push(candidate);
        }
    }
    offered
}

/// The entries that the curator named as related, followed by the next entries that cite the same paragraph.
/// At most [`RELATED_MAX`], without duplicates.
fn related(knowledge: &Knowledge, key: EntryKey) -> Vec<&Entry> {
    let entry = knowledge.entry(key);
    let named = entry.related.iter().filter_map(|id| knowledge.find(id)).map(|key| knowledge.entry(key));
    let siblings = &knowledge.document_of(key).entries;
    let own = siblings.iter().position(|sibling| std::ptr::eq(sibling, entry)).unwrap_or_default();
    let following = siblings.iter().cycle().skip(own + 1).take(siblings.len().saturating_sub(1));
    let following = following.filter(|other| entry.cites_a_paragraph_of(other));
    offered(named.chain(following).filter(|other| other.id != entry.id), RELATED_MAX)
}

impl CitationView<'_> {
    /// The citation as text, such as `Lessons From the Abe Era, ¶ 3–4, 7`.
    #[must_use]
    pub fn label(&self) -> String {
        let place = format!("{}, ¶ {}", self.section, ranges(self.paragraphs));
        match self.document {
            Some(document) => format!("{document}: {place}"),
            None => place,
        }
    }
}

/// Formats ascending numbers and joins runs, such as `3–5, 7`.
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
    use crate::knowledge::{Citation, Document, Section};
    use crate::matching::{Candidate, Language};

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
        let alone = Knowledge::new(vec![document("Alone", vec![entry("a", 2, &[])])]);
        assert_eq!(Passage::new(&alone, EntryKey(0)).citations[0].label(), "Section One, ¶ 2");
        let two = Knowledge::new(vec![document("First", vec![entry("a", 2, &[])]), document("Second", vec![])]);
        assert_eq!(Passage::new(&two, EntryKey(0)).citations[0].label(), "First: Section One, ¶ 2");
    }

    #[test]
    fn related_entries_are_the_named_ones_then_those_of_the_same_paragraph() {
        let entries = vec![
            entry("a", 1, &[]),
            entry("b", 1, &["z", "a", "b", "gone"]),
            entry("c", 1, &[]),
            entry("d", 2, &[]),
            entry("z", 9, &[]),
        ];
        let knowledge = Knowledge::new(vec![document("Alone", entries)]);
        assert_eq!(ids(&Passage::new(&knowledge, EntryKey(1)).related), ["z", "a", "c"]);
        assert_eq!(ids(&Passage::new(&knowledge, EntryKey(0)).related), ["b", "c"]);
        assert_eq!(ids(&Passage::new(&knowledge, EntryKey(3)).related), Vec::<String>::new());
    }

    #[test]
    fn each_outcome_has_its_reply() {
        let knowledge =
            Knowledge::new(vec![document("Alone", (1..6).map(|n| entry(&format!("e{n}"), n, &[])).collect())]);
        let ranked: Vec<_> = (0..5).map(|n| Candidate { entry: EntryKey(n), score: 0.5 }).collect();
        let languages = Languages::of(["What about this?"], None);
        let verdict = |outcome, reason| Verdict::new(outcome, reason, 0.5, ranked.clone());
        let reply = |verdict: &Verdict| Reply::new(&knowledge, verdict, &languages, &[EntryKey(1)]);
        let key = knowledge.boundary_keys().next();
        let second = Verdict { second: Some(EntryKey(3)), ..verdict(Outcome::Answer, Reason::Confident) };
        match reply(&second) {
            Reply::Passage(passage) => {
                assert_eq!(passage.entry.id, "e1");
                assert_eq!(passage.second.map(|entry| entry.id.as_str()), Some("e4"));
            }
            other => panic!("{other:?}"),
        }
        for (boundary, says) in [(None, None), (key, Some("Not there."))] {
            match reply(&Verdict { boundary, ..verdict(Outcome::Suggest, Reason::NearTie) }) {
                Reply::Suggestions { entries, boundary } => {
                    assert_eq!(boundary.map(|boundary| boundary.says.as_str()), says);
                    assert_eq!(ids(&entries), ["e1", "e2", "e3"]);
                }
                other => panic!("{other:?}"),
            }
            match reply(&Verdict { boundary, plausible: 2, ..verdict(Outcome::Unknown, Reason::Boundary) }) {
                Reply::Unknown { boundary, nearest } => {
                    assert_eq!(boundary.map(|boundary| boundary.says.as_str()), says);
                    assert_eq!(ids(&nearest), ["e1", "e2"]);
                }
                other => panic!("{other:?}"),
            }
        }
        match reply(&verdict(Outcome::Unknown, Reason::NoContent)) {
            Reply::Unclear { examples } => assert_eq!(ids(&examples), ["e2"]),
            other => panic!("{other:?}"),
        }
        let german = Verdict { language: Some(Language::German), ..verdict(Outcome::Unknown, Reason::OtherLanguage) };
        assert!(matches!(reply(&german), Reply::OtherLanguage(notice) if notice.contains("Deutsch")));
    }
}
