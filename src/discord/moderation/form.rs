//! The forms for entries and boundaries: what stands in them, and what is meant by what was typed.
//! The texts are checked for meaning by the preview, with all the knowledge; here only for what can be read at all.

use std::path::PathBuf;

use serenity::all::{
    ActionRowComponent, CreateActionRow, CreateInputText, CreateInteractionResponse, CreateModal, InputTextStyle,
    ModalInteraction,
};

use super::action::{DraftId, Step};
use super::citations::{self, BadCitation};
use crate::discord::view::limits::{INPUT_MAX, clip};
use crate::knowledge::{Boundary, Document, Entry, limits};
use crate::moderation::{Edit, Item, id_for};

/// What a form is about.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A new entry, of this file if that is known already; else of the first that has the sections that are cited.
    NewEntry(Option<PathBuf>),
    /// A new boundary of this file.
    NewBoundary(PathBuf),
    /// An entry or boundary of a file, as it was when the form was opened.
    Change(PathBuf, Item),
}

/// What stands in a form.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Typed {
    /// The question.
    pub question: String,
    /// Its other wordings, one a line; none: they do not fit into a form, and stay as they are.
    pub wordings: Option<String>,
    /// The passage; of a boundary, what it says.
    pub passage: String,
    /// The citations, one a line; not of a boundary.
    pub citations: String,
    /// The ids of related entries; not of a boundary.
    pub related: String,
}

/// The inputs' names in a sent form.
const QUESTION: &str = "question";
const WORDINGS: &str = "wordings";
const PASSAGE: &str = "passage";
const CITATIONS: &str = "citations";
const RELATED: &str = "related";

impl Subject {
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

impl Typed {
    /// A form as an item fills it.
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
            },
            Item::Boundary(boundary) => Self {
                question: boundary.question.clone(),
                wordings: wordings(&boundary.also_asked),
                passage: boundary.says.clone(),
                ..Self::default()
            },
        }
    }

    /// A form with no more than a question and a passage in it.
    #[must_use]
    pub fn begun(question: &str, passage: &str, citations: String) -> Self {
        Self {
            question: question.chars().take(limits::QUESTION_CHARS).collect(),
            wordings: Some(String::new()),
            passage: passage.chars().take(limits::PASSAGE_CHARS).collect(),
            citations,
            related: String::new(),
        }
    }

    /// What was sent; what the form did not ask for stays as it was.
    #[must_use]
    pub fn sent(mut self, modal: &ModalInteraction) -> Self {
        let inputs = modal.data.components.iter().flat_map(|row| &row.components);
        for component in inputs {
            let ActionRowComponent::InputText(input) = component else { continue };
            let value = input.value.clone().unwrap_or_default();
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
pub fn open(id: DraftId, subject: &Subject, typed: &Typed) -> CreateInteractionResponse {
    let short = |label: &str, name: &str, max: usize, value: &str| {
        CreateInputText::new(InputTextStyle::Short, label, name).max_length(max as u16).value(value)
    };
    let long = |label: &str, name: &str, max: usize, value: &str| {
        CreateInputText::new(InputTextStyle::Paragraph, label, name).max_length(max as u16).value(value)
    };
    let (citations, related) = (clip(&typed.citations, INPUT_MAX), clip(&typed.related, INPUT_MAX));
    let mut inputs = vec![short("Question", QUESTION, limits::QUESTION_CHARS, &typed.question)];
    if let Some(wordings) = &typed.wordings {
        let input = long("Other wordings, one a line", WORDINGS, INPUT_MAX, wordings);
        inputs.push(input.required(false).placeholder("How members would ask the same, three or more"));
    }
    if subject.is_boundary() {
        let input = long("What the text does not say", PASSAGE, limits::SAYS_CHARS, &typed.passage);
        inputs.push(input.placeholder("The text gives no trade figures."));
    } else {
        let passage = long("Answer, in your own words", PASSAGE, limits::PASSAGE_CHARS, &typed.passage);
        inputs.push(passage.placeholder("Two to four sentences, no more than the text says"));
        let cited = long("Where the text says so, one a line", CITATIONS, INPUT_MAX, &citations);
        inputs.push(cited.placeholder("Section title 3, 5-6 \"a few words of the text\""));
        let related = short("Related questions, by id (optional)", RELATED, INPUT_MAX, &related);
        inputs.push(related.required(false));
    }
    let rows = inputs.into_iter().map(CreateActionRow::InputText).collect();
    CreateInteractionResponse::Modal(CreateModal::new(Step::Sent(id).to_string(), subject.title()).components(rows))
}

/// Why what was typed is no edit; told to whoever typed it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BadForm {
    /// The citations.
    #[error(transparent)]
    Citation(#[from] BadCitation),
    /// The file is not there any more.
    #[error("The knowledge file that this belongs to is gone. An older version can be restored from the history.")]
    NoFile,
    /// There is nothing.
    #[error("The question is empty.")]
    NoQuestion,
}

/// The edit that a sent form means, and of which file. `documents` are the files as they are now.
///
/// # Errors
/// If it means none.
pub fn edit(subject: &Subject, typed: &Typed, documents: &[(PathBuf, Document)]) -> Result<(PathBuf, Edit), BadForm> {
    let question = line(&typed.question);
    if question.is_empty() {
        return Err(BadForm::NoQuestion);
    }
    let of = |file: &PathBuf| documents.iter().find(|(path, _)| path == file).ok_or(BadForm::NoFile);
    let new_id = || id_for(&question, |id| documents.iter().any(|(_, document)| Item::find(document, id).is_some()));
    let entry = |id: String, citations, also_asked| Entry {
        id,
        question: question.clone(),
        also_asked,
        passage: typed.passage.trim().to_owned(),
        citations,
        related: typed.related.split([',', ' ', '\n']).filter(|id| !id.is_empty()).map(str::to_owned).collect(),
    };
    let boundary = |id: String, also_asked| Boundary {
        id,
        question: question.clone(),
        also_asked,
        says: typed.passage.trim().to_owned(),
    };
    let wordings = |before: &[String]| match &typed.wordings {
        Some(typed) => typed.lines().map(line).filter(|line| !line.is_empty()).collect(),
        None => before.to_vec(),
    };
    match subject {
        Subject::NewEntry(file) => {
            let (file, citations) = match file {
                Some(file) => (file.clone(), citations::parse(&typed.citations, &of(file)?.1)?),
                None => cited(&typed.citations, documents)?,
            };
            Ok((file, Edit::Add { item: Item::Entry(entry(new_id(), citations, wordings(&[]))) }))
        }
        Subject::NewBoundary(file) => {
            of(file)?;
            Ok((file.clone(), Edit::Add { item: Item::Boundary(boundary(new_id(), wordings(&[]))) }))
        }
        Subject::Change(file, before) => {
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

/// The first file whose sections are cited, and the citations; else what is wrong with them in the first file.
fn cited(
    typed: &str,
    documents: &[(PathBuf, Document)],
) -> Result<(PathBuf, Vec<crate::knowledge::Citation>), BadForm> {
    let mut first = None;
    for (file, document) in documents {
        match citations::parse(typed, document) {
            Ok(citations) => return Ok((file.clone(), citations)),
            Err(error) => {
                first.get_or_insert(error);
            }
        }
    }
    Err(first.map_or(BadForm::NoFile, BadForm::Citation))
}

/// A line without the spaces around it; line breaks that were pasted are spaces.
fn line(typed: &str) -> String {
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
        };
        let boundary = Boundary {
            id: "trade".into(),
            question: "How much?".into(),
            says: "No figures.".into(),
            also_asked: vec![],
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
    fn a_form_that_is_sent_as_it_was_filled_changes_nothing() {
        let documents = documents();
        let (file, document) = &documents[0];
        for id in ["why", "trade"] {
            let item = Item::find(document, id).unwrap();
            let subject = Subject::Change(file.clone(), item.clone());
            let made = edit(&subject, &Typed::of(&item, document), &documents).unwrap();
            assert_eq!(made, (file.clone(), Edit::Change { before: item.clone(), after: item }));
        }
    }

    #[test]
    fn a_new_entry_has_an_id_of_its_question_and_the_file_of_its_section() {
        let documents = documents();
        let typed = Typed {
            wordings: Some(" one  way \n\nanother".into()),
            ..Typed::begun("Why\n?", "Since.", "part one 3".into())
        };
        let (file, made) = edit(&Subject::NewEntry(None), &typed, &documents).unwrap();
        let Edit::Add { item: Item::Entry(entry) } = made else { panic!("{made:?}") };
        assert_eq!(file, documents[0].0);
        assert_ne!(entry.id, "why", "taken");
        assert_eq!(entry.question, "Why ?");
        assert_eq!(entry.also_asked, ["one way", "another"]);
        assert_eq!(entry.citations, [Citation { section: "one".into(), paragraphs: vec![3], quote: None }]);
    }

    #[test]
    fn wordings_that_do_not_fit_into_a_form_stay() {
        let mut documents = documents();
        let many: Vec<String> = (0..200).map(|number| format!("wording number {number} of many")).collect();
        documents[0].1.entries[0].also_asked.clone_from(&many);
        let (file, document) = &documents[0];
        let item = Item::find(document, "why").unwrap();
        let typed = Typed { passage: "New.".into(), ..Typed::of(&item, document) };
        assert_eq!(typed.wordings, None);
        let (_, made) = edit(&Subject::Change(file.clone(), item), &typed, &documents).unwrap();
        let Edit::Change { after: Item::Entry(after), .. } = made else { panic!("{made:?}") };
        assert_eq!((after.passage.as_str(), after.also_asked), ("New.", many));
    }

    #[test]
    fn what_means_nothing_is_told() {
        let documents = documents();
        let told = |question: &str, citations: &str| {
            edit(&Subject::NewEntry(None), &Typed::begun(question, "x", citations.into()), &documents).unwrap_err()
        };
        assert_eq!(told(" \n", "part one 1"), BadForm::NoQuestion);
        assert_eq!(told("Why?", ""), BadForm::Citation(BadCitation::Missing));
        assert!(matches!(told("Why?", "two 3"), BadForm::Citation(BadCitation::NoSection { .. })));
        let gone = edit(&Subject::NewBoundary("b.json".into()), &Typed::begun("Why?", "x", String::new()), &documents);
        assert_eq!(gone.unwrap_err(), BadForm::NoFile);
    }
}
