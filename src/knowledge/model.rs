//! The types of a knowledge file: a document, its sections, and the entries and boundaries that curators write.
//! Field names are used by data outside this repository; the schema of the file is made from these types.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits;

/// One knowledge file: what a text says, as questions with cited answers.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Where the schema of this file is; for editors, not read by Footnote.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub schema: Option<String>,
    /// The title of the text.
    #[schemars(length(min = 1, max = limits::DOCUMENT_TITLE_CHARS))]
    pub title: String,
    /// One or two sentences: what the text is, from when, and that answers speak as of then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1, max = limits::ABOUT_CHARS))]
    pub about: Option<String>,
    /// The sections of the text, in its order.
    #[schemars(length(min = 1, max = limits::SECTIONS))]
    pub sections: Vec<Section>,
    /// Groups of words or phrases that mean the same everywhere in this text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(length(min = limits::SYNONYMS_LEAST), inner(length(min = 1, max = limits::SYNONYM_CHARS))))]
    pub synonyms: Vec<Vec<String>>,
    /// The questions that the text answers.
    pub entries: Vec<Entry>,
    /// Questions near the topic that the text does not answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub boundaries: Vec<Boundary>,
}

impl Document {
    /// Gives back what its lists have set aside to grow; a document that was read does not grow any more.
    pub(super) fn shrink_to_fit(&mut self) {
        self.entries.shrink_to_fit();
        self.boundaries.shrink_to_fit();
        let entries = self.entries.iter_mut().map(|entry| &mut entry.also_asked);
        let boundaries = self.boundaries.iter_mut().map(|boundary| &mut boundary.also_asked);
        entries.chain(boundaries).for_each(Vec::shrink_to_fit);
    }

    /// The section with this id.
    #[must_use]
    pub fn section(&self, id: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.id == id)
    }

    /// The entries that cite this section: those that cite no other first, each in the file's order.
    #[must_use]
    pub fn entries_citing(&self, section: &str) -> Vec<&Entry> {
        let cites = |entry: &&Entry| entry.citations.iter().any(|citation| citation.section == section);
        let (own, shared): (Vec<_>, Vec<_>) = self
            .entries
            .iter()
            .filter(cites)
            .partition(|entry| entry.citations.iter().all(|citation| citation.section == section));
        [own, shared].concat()
    }
}

/// A part of the text with its own heading.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Short name in lower case with hyphens, unique in its document.
    #[schemars(length(max = limits::ID_CHARS), pattern(limits::ID_PATTERN))]
    pub id: String,
    /// The heading as the text has it.
    #[schemars(length(min = 1, max = limits::SECTION_TITLE_CHARS))]
    pub title: String,
    /// How many paragraphs the section has; they count from 1.
    #[schemars(range(min = 1, max = limits::SECTION_PARAGRAPHS))]
    pub paragraphs: u32,
    /// One or two sentences: what the section is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1, max = limits::SUMMARY_CHARS))]
    pub summary: Option<String>,
}

/// A question that the text answers: its wordings, the passage that answers it, and where the text says so.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Short name in lower case with hyphens, unique over all loaded documents.
    #[schemars(length(max = limits::ID_CHARS), pattern(limits::ID_PATTERN))]
    pub id: String,
    /// The question as the curator would ask it; the title of the answer.
    #[schemars(length(min = 1, max = limits::QUESTION_CHARS))]
    pub question: String,
    /// Other wordings of the same question.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(length(min = 1, max = limits::WORDING_CHARS)))]
    pub also_asked: Vec<String>,
    /// The answer: 2 to 4 sentences in the curator's own words, no more than the cited paragraphs say.
    #[schemars(length(min = 1, max = limits::PASSAGE_CHARS))]
    pub passage: String,
    /// Where the text says so; at least one.
    #[schemars(length(min = 1, max = limits::CITATIONS))]
    pub citations: Vec<Citation>,
    /// Ids of entries that a reader of this one may want next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<String>,
}

/// A place in the text.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Citation {
    /// The id of the section.
    pub section: String,
    /// Paragraph numbers within the section, from 1, ascending.
    #[schemars(length(min = 1, max = limits::CITED_PARAGRAPHS), inner(range(min = 1, max = limits::SECTION_PARAGRAPHS)))]
    pub paragraphs: Vec<u32>,
    /// At most 12 words of a cited paragraph, verbatim, so that a reader finds the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1, max = limits::QUOTE_CHARS))]
    pub quote: Option<String>,
}

/// A question near the topic that the text does not answer, and what to say to it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Boundary {
    /// Short name in lower case with hyphens, unique over all loaded documents, entries included.
    #[schemars(length(max = limits::ID_CHARS), pattern(limits::ID_PATTERN))]
    pub id: String,
    /// The question as somebody would ask it.
    #[schemars(length(min = 1, max = limits::QUESTION_CHARS))]
    pub question: String,
    /// Other wordings of the same question.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(length(min = 1, max = limits::WORDING_CHARS)))]
    pub also_asked: Vec<String>,
    /// One sentence: what the text does not say and, where there is one, the nearest thing that it does.
    #[schemars(length(min = 1, max = limits::SAYS_CHARS))]
    pub says: String,
}

/// Anything that is found by its wordings.
pub trait HasWordings {
    /// The question and its other wordings, the question first.
    fn wordings(&self) -> impl Iterator<Item = &str>;
}

impl HasWordings for Entry {
    fn wordings(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.question.as_str()).chain(self.also_asked.iter().map(String::as_str))
    }
}

impl HasWordings for Boundary {
    fn wordings(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.question.as_str()).chain(self.also_asked.iter().map(String::as_str))
    }
}
