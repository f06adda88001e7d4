//! The types of a knowledge file, and the JSON schema generated from them. The doc comments are the schema's
//! descriptions: they are written for curators. Data outside this repository uses the field names.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits;

/// A knowledge file: questions about a text, with answers that cite it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The path of this schema, for editors. Footnote does not read it.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub schema: Option<String>,
    /// The title of the text.
    #[schemars(length(min = 1, max = limits::DOCUMENT_TITLE_CHARS))]
    pub title: String,
    /// One or two sentences: what the text is, when it was written, and that answers describe the state at that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1, max = limits::ABOUT_CHARS))]
    pub about: Option<String>,
    /// The address of the text on the web. Citations link to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(max = limits::URL_CHARS), pattern(limits::URL_PATTERN))]
    pub url: Option<String>,
    /// The language of the wordings, as a code of ISO 639-1 such as "de". English, unless stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("enum" = limits::LANGUAGES))]
    pub language: Option<String>,
    /// The sections of the text, in the text's order.
    #[schemars(length(min = 1, max = limits::SECTIONS))]
    pub sections: Vec<Section>,
    /// Groups of words or phrases that have the same meaning everywhere in this text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(length(min = limits::SYNONYMS_LEAST), inner(length(min = 1, max = limits::SYNONYM_CHARS))))]
    pub synonyms: Vec<Vec<String>>,
    /// The questions that the text answers.
    pub entries: Vec<Entry>,
    /// Questions on the topic that the text does not answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub boundaries: Vec<Boundary>,
    /// Greetings, thanks and other messages that are not questions, with the bot's replies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub small_talk: Vec<SmallTalk>,
}

impl Document {
    /// Releases the spare capacity of the lists: a parsed document does not grow any more.
    pub(super) fn shrink_to_fit(&mut self) {
        self.entries.shrink_to_fit();
        self.boundaries.shrink_to_fit();
        self.small_talk.shrink_to_fit();
        let entries = self.entries.iter_mut().map(|entry| &mut entry.also_asked);
        let boundaries = self.boundaries.iter_mut().map(|boundary| &mut boundary.also_asked);
        let small_talk = self.small_talk.iter_mut().map(|talk| &mut talk.wordings);
        entries.chain(boundaries).chain(small_talk).for_each(Vec::shrink_to_fit);
    }

    /// The code of the language in which the wordings are read.
    #[must_use]
    pub fn language_code(&self) -> &str {
        self.language.as_deref().unwrap_or(limits::ENGLISH)
    }

    /// Finds the section with this id.
    #[must_use]
    pub fn section(&self, id: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.id == id)
    }

    /// The entries to list for this section: those that cite it, apart from false premises. Those that cite no other
    /// section come first, otherwise in file order.
    #[must_use]
    pub fn entries_citing(&self, section: &str) -> Vec<&Entry> {
        let cites =
            |entry: &&Entry| !entry.false_premise && entry.citations.iter().any(|citation| citation.section == section);
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
    /// A short name in lower case with hyphens, unique within the document.
    #[schemars(length(max = limits::ID_CHARS), pattern(limits::ID_PATTERN))]
    pub id: String,
    /// The heading, exactly as in the text.
    #[schemars(length(min = 1, max = limits::SECTION_TITLE_CHARS))]
    pub title: String,
    /// The number of paragraphs in the section.
    #[schemars(range(min = 1, max = limits::SECTION_PARAGRAPHS))]
    pub paragraphs: u32,
    /// One or two sentences about the content of the section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1, max = limits::SUMMARY_CHARS))]
    pub summary: Option<String>,
}

/// A question that the text answers: its wordings, the passage that answers it, and citations that support the passage.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// A short name in lower case with hyphens, unique across all loaded documents.
    #[schemars(length(max = limits::ID_CHARS), pattern(limits::ID_PATTERN))]
    pub id: String,
    /// The question as the curator would ask it. It is the title of the answer.
    #[schemars(length(min = 1, max = limits::QUESTION_CHARS))]
    pub question: String,
    /// A short form of the question for buttons and menus, if the question is longer than they show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1, max = limits::LABEL_CHARS))]
    pub label: Option<String>,
    /// Whether the question assumes something that the text does not say. The entry answers such questions, but is never
    /// offered to a reader who did not ask.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub false_premise: bool,
    /// Other wordings of the same question.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(length(min = 1, max = limits::WORDING_CHARS)))]
    pub also_asked: Vec<String>,
    /// The answer: 2 to 4 sentences in the curator's own words, with no claim that the cited paragraphs do not make.
    #[schemars(length(min = 1, max = limits::PASSAGE_CHARS))]
    pub passage: String,
    /// The places in the text that support the passage; at least one.
    #[schemars(length(min = 1, max = limits::CITATIONS))]
    pub citations: Vec<Citation>,
    /// Ids of entries that a reader of this one may want to read next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<String>,
}

/// A reference to paragraphs of the text.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Citation {
    /// The id of the section.
    pub section: String,
    /// Paragraph numbers within the section, from 1, in ascending order.
    #[schemars(length(min = 1, max = limits::CITED_PARAGRAPHS), inner(range(min = 1, max = limits::SECTION_PARAGRAPHS)))]
    pub paragraphs: Vec<u32>,
    /// At most 12 words of a cited paragraph, verbatim, so that a reader can find it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1, max = limits::QUOTE_CHARS))]
    pub quote: Option<String>,
}

/// A question on the topic that the text does not answer, and the reply to it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Boundary {
    /// A short name in lower case with hyphens, unique across all loaded documents and different from every entry's id.
    #[schemars(length(max = limits::ID_CHARS), pattern(limits::ID_PATTERN))]
    pub id: String,
    /// The question as a member would ask it.
    #[schemars(length(min = 1, max = limits::QUESTION_CHARS))]
    pub question: String,
    /// Other wordings of the same question.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(length(min = 1, max = limits::WORDING_CHARS)))]
    pub also_asked: Vec<String>,
    /// One sentence: what the text does not say and, if possible, the most closely related thing that it does say.
    #[schemars(length(min = 1, max = limits::SAYS_CHARS))]
    pub says: String,
    /// Ids of entries with the most closely related things that the text does say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<String>,
}

/// Messages that are not questions, such as greetings, and the reply to them.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SmallTalk {
    /// Different messages with this reply; at least one.
    #[schemars(length(min = 1), inner(length(min = 1, max = limits::WORDING_CHARS)))]
    pub wordings: Vec<String>,
    /// One or two friendly sentences. They do not say that the text lacks something.
    #[schemars(length(min = 1, max = limits::REPLY_CHARS))]
    pub reply: String,
}

/// An entry, a boundary or small talk: members' messages are compared with its wordings.
pub trait HasWordings {
    /// All wordings: of an entry or a boundary, the question and then the others.
    fn wordings(&self) -> impl Iterator<Item = &str>;
}

impl Entry {
    /// The question for a button or a menu: the label if the entry has one, else the question.
    #[must_use]
    pub fn label(&self) -> &str {
        self.label.as_deref().unwrap_or(&self.question)
    }

    /// Whether both entries, which must belong to one document, cite the same paragraph.
    #[must_use]
    pub fn cites_a_paragraph_of(&self, other: &Self) -> bool {
        self.citations.iter().any(|mine| {
            other.citations.iter().any(|theirs| {
                mine.section == theirs.section
                    && mine.paragraphs.iter().any(|number| theirs.paragraphs.contains(number))
            })
        })
    }
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

impl HasWordings for SmallTalk {
    fn wordings(&self) -> impl Iterator<Item = &str> {
        self.wordings.iter().map(String::as_str)
    }
}

/// The JSON schema (draft 2020-12) of a knowledge file.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Document).to_value()
}

/// The schema as `footnote schema` prints it and `knowledge/schema.json` contains it: indented, with a final line
/// break.
#[must_use]
pub fn schema_text() -> String {
    format!("{:#}\n", schema())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_schema_in_the_repository_matches_the_types() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/knowledge/schema.json");
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed.replace("\r\n", "\n") == schema_text(),
            "knowledge/schema.json is stale; regenerate it with\n    cargo run -- schema > knowledge/schema.json"
        );
    }

    #[test]
    fn an_independent_validator_accepts_the_bundled_knowledge() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let bundled = serde_json::from_str(&crate::knowledge::TextFile::builtin().text).unwrap();
        assert!(validator.validate(&bundled).is_ok());
    }
}
