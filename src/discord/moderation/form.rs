//! The forms for entries and boundaries: their inputs, and the edit that a submitted form makes.
//! This module checks only that the text can be parsed. The preview checks the edit against all the knowledge.

use std::collections::HashSet;
use std::path::PathBuf;

use serenity::all::{
    ActionRowComponent, CreateActionRow, CreateInputText, CreateInteractionResponse, CreateModal, InputTextStyle,
    ModalInteraction,
};

use super::action::{DraftId, ModerationAction};
use super::citations::{self, CitationError};
use crate::discord::view::limits::INPUT_MAX;
use crate::knowledge::{Boundary, Document, Entry, limits};
use crate::moderation::{Edit, Item, id_for};
use crate::text::truncate;

/// The subject of a form.
#[derive(Clone, Debug)]
pub enum FormSubject {
    /// A new entry in this file or, if the file is not known yet, in the first file that has the cited sections.
    NewEntry(Option<PathBuf>),
    /// A new boundary in this file.
    NewBoundary(PathBuf),
    /// A change of an entry or boundary, as it was when the form was opened.
    Change(PathBuf, Item),
}

/// The text of a form.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FormText {
    /// The question.
    pub question: String,
    /// The other wordings, one per line. `None` if they do not fit into a form; they then stay as they are.
    pub wordings: Option<String>,
    /// The passage of an entry, or the explanation of a boundary.
    pub passage: String,
    /// The citations, one per line. Empty for a boundary.
    pub citations: String,
    /// The ids of related entries.
    pub related: String,
    /// The short form of an entry's question; empty for none. An option of the command; the form has no room for it.
    pub label: String,
    /// Whether an entry's question rests on a false premise. An option of the command, as [`Self::label`].
    pub false_premise: bool,
}

/// The `custom_id` of each input.
const QUESTION: &str = "question";
const WORDINGS: &str = "wordings";
const PASSAGE: &str = "passage";
const CITATIONS: &str = "citations";
const RELATED: &str = "related";

impl FormSubject {
    fn is_boundary(&self) -> bool {
        matches!(self, Self::NewBoundary(_) | Self::Change(_, Item::Boundary(_)))
    }

    fn title(&self) -> &'static str {
        match self {
            Self::NewEntry(_) => "A new question and its answer",
            Self::NewBoundary(_) => "A question the text does not answer",
            Self::Change(_, Item::Entry(_)) => "Change a question and its answer",
            Self::Change(_, Item::Boundary(_)) => "Change a question without answer",
        }
    }
}

impl FormText {
    /// Fills a form with an item.
    #[must_use]
    pub fn of(item: &Item, document: &Document) -> Self {
        let wordings = |wordings: &[String]| {
            let lines = wordings.join("\n");
            (lines.chars().count() <= INPUT_MAX).then_some(lines)
        };
        match item {
            Item::Entry(entry) => Self {
                question: entry.question.clone(),
                wordings: wordings(&entry.also_asked),
                passage: entry.passage.clone(),
                citations: citations::print(&entry.citations, document),
                related: entry.related.join(", "),
                label: entry.label.clone().unwrap_or_default(),
                false_premise: entry.false_premise,
            },
            Item::Boundary(boundary) => Self {
                question: boundary.question.clone(),
                wordings: wordings(&boundary.also_asked),
                passage: boundary.says.clone(),
                related: boundary.related.join(", "),
                ..Self::default()
            },
        }
    }

    /// Fills a form with a question, a passage and citations.
    #[must_use]
    pub fn new(question: &str, passage: &str, citations: String) -> Self {
        Self {
            question: question.chars().take(limits::QUESTION_CHARS).collect(),
            wordings: Some(String::new()),
            passage: passage.chars().take(limits::PASSAGE_CHARS).collect(),
            citations,
            ..Self::default()
        }
    }

    /// Replaces the text with a submitted form, at most [`INPUT_MAX`] characters of each input. Inputs that the form
    /// did not have stay as they are.
    #[must_use]
    pub fn submitted(mut self, modal: &ModalInteraction) -> Self {
        let inputs = modal.data.components.iter().flat_map(|row| &row.components);
        for component in inputs {
            let ActionRowComponent::InputText(input) = component else { continue };
            let value: String = input.value.iter().flat_map(|value| value.chars()).take(INPUT_MAX).collect();
            match input.custom_id.as_str() {
                QUESTION => self.question = value,
                WORDINGS => self.wordings = self.wordings.map(|_| value),
                PASSAGE => self.passage = value,
                CITATIONS => self.citations = value,
                RELATED => self.related = value,
                _ => {}
            }
        }
        self
    }
}

/// Opens the form of a draft.
#[must_use]
pub fn open(id: DraftId, subject: &FormSubject, typed: &FormText) -> CreateInteractionResponse {
    let short = |label: &str, name: &str, max: usize, value: &str| {
        CreateInputText::new(InputTextStyle::Short, label, name).max_length(max as u16).value(value)
    };
    let long = |label: &str, name: &str, max: usize, value: &str| {
        CreateInputText::new(InputTextStyle::Paragraph, label, name).max_length(max as u16).value(value)
    };
    let (citations, related) = (truncate(&typed.citations, INPUT_MAX), truncate(&typed.related, INPUT_MAX));
    let mut inputs = vec![short("Question", QUESTION, limits::QUESTION_CHARS, &typed.question)];
    if let Some(wordings) = &typed.wordings {
        let input = long("Other wordings, one per line", WORDINGS, INPUT_MAX, wordings);
        inputs.push(input.required(false).placeholder("How members would ask the same, three or more"));
    }
    if subject.is_boundary() {
        let input = long("What the text does not say", PASSAGE, limits::SAYS_CHARS, &typed.passage);
        inputs.push(input.placeholder("The text gives no trade figures."));
    } else {
        let passage = long("Answer, in your own words", PASSAGE, limits::PASSAGE_CHARS, &typed.passage);
        inputs.push(passage.placeholder("Two to four sentences, no more than the text says"));
        let cited = long("Where the text says so, one per line", CITATIONS, INPUT_MAX, &citations);
        inputs.push(cited.placeholder("Section title 3, 5-6 \"a few words of the text\""));
    }
    let related = short("Related questions, by id (optional)", RELATED, INPUT_MAX, &related);
    inputs.push(related.required(false));
    let rows = inputs.into_iter().map(CreateActionRow::InputText).collect();
    CreateInteractionResponse::Modal(
        CreateModal::new(ModerationAction::FormSubmitted(id).to_string(), subject.title()).components(rows),
    )
}

/// The reason why a submitted form makes no edit, for the moderator.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FormError {
    /// A citation cannot be parsed.
    #[error(transparent)]
    Citation(#[from] CitationError),
    /// The file no longer exists.
    #[error(
        "The knowledge file that this belongs to no longer exists. You can restore an earlier version from the history."
    )]
    NoFile,
    /// The question is empty.
    #[error("The question is empty.")]
    NoQuestion,
}

/// Returns the file and the edit that a form makes. `documents` are the files as they are now. Takes milliseconds for a
/// hostile form and for thousands of entries, so call it where blocking is allowed.
///
/// # Errors
/// If the text cannot be parsed.
pub fn edit(
    subject: &FormSubject,
    typed: &FormText,
    documents: &[(PathBuf, Document)],
) -> Result<(PathBuf, Edit), FormError> {
    let question = collapse(&typed.question);
    if question.is_empty() {
        return Err(FormError::NoQuestion);
    }
    let of = |file: &PathBuf| documents.iter().find(|(path, _)| path == file).ok_or(FormError::NoFile);
    let new_id = || {
        // Questions without ASCII letters all get the same id with a number, so there may be many ids to try.
        let ids: HashSet<&str> = documents.iter().flat_map(|(_, document)| ids(document)).collect();
        id_for(&question, |id| ids.contains(id))
    };
    let related = || typed.related.split([',', ' ', '\n']).filter(|id| !id.is_empty()).map(str::to_owned).collect();
    let label = Some(collapse(&typed.label)).filter(|label| !label.is_empty());
    let entry = |id: String, citations, also_asked| Entry {
        id,
        question: question.clone(),
        label: label.clone(),
        false_premise: typed.false_premise,
        also_asked,
        passage: typed.passage.trim().to_owned(),
        citations,
        related: related(),
    };
    let boundary = |id: String, also_asked| Boundary {
        id,
        question: question.clone(),
        also_asked,
        says: typed.passage.trim().to_owned(),
        related: related(),
    };
    let wordings = |before: &[String]| match &typed.wordings {
        Some(typed) => typed.lines().map(collapse).filter(|line| !line.is_empty()).collect(),
        None => before.to_vec(),
    };
    match subject {
        FormSubject::NewEntry(file) => {
            let (file, citations) = match file {
                Some(file) => (file.clone(), citations::parse(&typed.citations, &of(file)?.1)?),
                None => cited_file(&typed.citations, documents)?,
            };
            Ok((file, Edit::Add { item: Item::Entry(entry(new_id(), citations, wordings(&[]))) }))
        }
        FormSubject::NewBoundary(file) => {
            of(file)?;
            Ok((file.clone(), Edit::Add { item: Item::Boundary(boundary(new_id(), wordings(&[]))) }))
        }
        FormSubject::Change(file, before) => {
            let (_, document) = of(file)?;
            let after = match before {
                Item::Entry(was) => {
                    let citations = citations::parse(&typed.citations, document)?;
                    Item::Entry(entry(was.id.clone(), citations, wordings(&was.also_asked)))
                }
                Item::Boundary(was) => Item::Boundary(boundary(was.id.clone(), wordings(&was.also_asked))),
            };
            Ok((file.clone(), Edit::Change { before: before.clone(), after }))
        }
    }
}

/// The ids of all entries and boundaries.
fn ids(document: &Document) -> impl Iterator<Item = &str> {
    let entries = document.entries.iter().map(|entry| entry.id.as_str());
    entries.chain(document.boundaries.iter().map(|boundary| boundary.id.as_str()))
}

/// Returns the first file that has all cited sections, and the citations; else the error for the first file.
fn cited_file(
    typed: &str,
    documents: &[(PathBuf, Document)],
) -> Result<(PathBuf, Vec<crate::knowledge::Citation>), FormError> {
    let mut first = None;
    for (file, document) in documents {
        match citations::parse(typed, document) {
            Ok(citations) => return Ok((file.clone(), citations)),
            Err(error) => {
                first.get_or_insert(error);
            }
        }
    }
    Err(first.map_or(FormError::NoFile, FormError::Citation))
}

/// Replaces each run of white space with one space, pasted line breaks included.
fn collapse(typed: &str) -> String {
    typed.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::knowledge::{Citation, Section};

    fn documents() -> Vec<(PathBuf, Document)> {
        let section = Section { id: "one".into(), title: "Part One".into(), paragraphs: 9, summary: None };
        let entry = Entry {
            id: "why".into(),
            question: "Why?".into(),
            also_asked: vec!["how come".into(), "for what reason".into()],
            passage: "Because.".into(),
            citations: vec![Citation { section: "one".into(), paragraphs: vec![2], quote: Some("as it is".into()) }],
            related: vec!["what".into()],
            label: Some("The reason".into()),
            false_premise: true,
        };
        let boundary = Boundary {
            id: "trade".into(),
            question: "How much?".into(),
            says: "No figures.".into(),
            also_asked: vec![],
            related: vec!["why".into()],
        };
        let document = Document {
            title: "T".into(),
            sections: vec![section],
            entries: vec![entry],
            boundaries: vec![boundary],
            ..Document::default()
        };
        vec![("a.json".into(), document)]
    }

    #[test]
    fn submitting_an_unchanged_form_changes_nothing() {
        let documents = documents();
        let (file, document) = &documents[0];
        for id in ["why", "trade"] {
            let item = Item::find(document, id).unwrap();
            let subject = FormSubject::Change(file.clone(), item.clone());
            let made = edit(&subject, &FormText::of(&item, document), &documents).unwrap();
            assert_eq!(made, (file.clone(), Edit::Change { before: item.clone(), after: item }));
        }
    }

    #[test]
    fn a_new_entry_gets_an_id_from_its_question_and_the_file_of_its_section() {
        let documents = documents();
        let typed = FormText {
            wordings: Some(" one  way \n\nanother".into()),
            ..FormText::new("Why\n?", "Since.", "part one 3".into())
        };
        let (file, made) = edit(&FormSubject::NewEntry(None), &typed, &documents).unwrap();
        let Edit::Add { item: Item::Entry(entry) } = made else { panic!("{made:?}") };
        assert_eq!(file, documents[0].0);
        assert_ne!(entry.id, "why", "taken");
        assert_eq!(entry.question, "Why ?");
        assert_eq!(entry.also_asked, ["one way", "another"]);
        assert_eq!(entry.citations, [Citation { section: "one".into(), paragraphs: vec![3], quote: None }]);
    }

    #[test]
    fn wordings_that_do_not_fit_into_a_form_stay_unchanged() {
        let mut documents = documents();
        let many: Vec<String> = (0..200).map(|number| format!("wording number {number} of many")).collect();
        documents[0].1.entries[0].also_asked.clone_from(&many);
        let (file, document) = &documents[0];
        let item = Item::find(document, "why").unwrap();
        let typed = FormText { passage: "New.".into(), ..FormText::of(&item, document) };
        assert_eq!(typed.wordings, None);
        let (_, made) = edit(&FormSubject::Change(file.clone(), item), &typed, &documents).unwrap();
        let Edit::Change { after: Item::Entry(after), .. } = made else { panic!("{made:?}") };
        assert_eq!((after.passage.as_str(), after.also_asked), ("New.", many));
    }

    #[test]
    fn text_that_cannot_be_parsed_is_an_error() {
        let documents = documents();
        let error = |question: &str, citations: &str| {
            edit(&FormSubject::NewEntry(None), &FormText::new(question, "x", citations.into()), &documents).unwrap_err()
        };
        assert_eq!(error(" \n", "part one 1"), FormError::NoQuestion);
        assert_eq!(error("Why?", ""), FormError::Citation(CitationError::Missing));
        assert!(matches!(error("Why?", "two 3"), FormError::Citation(CitationError::NoSection { .. })));
        let gone =
            edit(&FormSubject::NewBoundary("b.json".into()), &FormText::new("Why?", "x", String::new()), &documents);
        assert_eq!(gone.unwrap_err(), FormError::NoFile);
    }
}
