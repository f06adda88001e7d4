//! A draft from answers: they become the passages, and the paragraphs of a text of their own, which the entries cite.
//! So citations and quotes can be checked and shown like those of any other text.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;

use super::{DraftError, ENTRIES_MAX, Ids, KnowledgeDraft, suggest_quote, title_of};
use crate::knowledge::text_blocks::{TextBlock, TextFormat, blocks};
use crate::knowledge::wording::normalise;
use crate::knowledge::{Citation, Document, Entry, Section, limits};
use crate::text::one_line;

/// The level of the heading of a question; headings within an answer are one deeper.
const QUESTION_LEVEL: usize = 3;

/// Characters of a heading in the text. Longer questions are shortened there.
const HEADING_CHARS: usize = 200;

/// An answer, and how members ask for it.
#[derive(Debug, Default)]
pub(super) struct ImportedAnswer {
    /// The name of the answer, or its question. It becomes the entry's id and the heading in the text.
    pub(super) name: String,
    /// The question; empty if the curator has to write it.
    pub(super) question: String,
    /// Other wordings.
    pub(super) wordings: Vec<String>,
    pub(super) passage: String,
}

/// Makes a draft from answers. `kind` is the title of its only section.
pub(super) fn draft(
    path: &Path,
    kind: &str,
    answers: Vec<ImportedAnswer>,
    mut omissions: Vec<String>,
) -> Result<KnowledgeDraft, DraftError> {
    if answers.len() > ENTRIES_MAX {
        return Err(DraftError::TooMany(ENTRIES_MAX));
    }
    let mut document = Document { title: title_of(path), ..KnowledgeDraft::empty() };
    let mut text = format!("# {}\n\n## {kind}\n", document.title);
    let (mut ids, mut number) = (Ids::default(), 0_u32);
    let section = kind.to_lowercase();
    for answer in answers {
        let passage = printable(&answer.passage);
        let body = below_heading(&passage);
        // Below a heading, as in the text: at the beginning of a text, it could have front matter.
        let placed = blocks(TextFormat::Markdown, &format!("# heading\n\n{body}"));
        let paragraphs: Vec<TextBlock> = placed.into_iter().filter(|block| block.level.is_none()).collect();
        if paragraphs.is_empty() {
            omissions.push(format!("{}: left out, because it has no text", one_line(&answer.name, HEADING_CHARS)));
            continue;
        }
        let heading = one_line(&answer.name, HEADING_CHARS);
        // Writing to a string cannot fail.
        let _ = write!(text, "\n### {heading}\n\n{body}\n");
        let last = number.saturating_add(u32::try_from(paragraphs.len()).unwrap_or(u32::MAX));
        let cited: Vec<u32> = (number + 1..=last).take(limits::CITED_PARAGRAPHS).collect();
        number = last;
        if number > limits::SECTION_PARAGRAPHS {
            return Err(DraftError::TooMany(usize::try_from(limits::SECTION_PARAGRAPHS).unwrap_or(usize::MAX)));
        }
        let citation = Citation { section: section.clone(), paragraphs: cited, quote: None };
        let mut seen = HashSet::from([normalise(&answer.question)]);
        document.entries.push(Entry {
            id: ids.unique(&answer.name, limits::ID_CHARS - 6, "answer"),
            question: one_line(&printable(&answer.question), usize::MAX - 1),
            also_asked: answer
                .wordings
                .iter()
                .map(|wording| one_line(&printable(wording), usize::MAX - 1))
                .filter(|wording| {
                    let normal = normalise(wording);
                    !normal.is_empty() && seen.insert(normal)
                })
                .collect(),
            passage,
            citations: vec![citation],
            ..Entry::default()
        });
    }
    if document.entries.is_empty() {
        return Err(DraftError::Empty { path: path.to_owned(), expected: "answer" });
    }
    // A link that one answer defines changes the text of others, so quotes come from the whole text.
    let placed = blocks(TextFormat::Markdown, &text);
    let placed: Vec<&TextBlock> = placed.iter().filter(|block| block.level.is_none()).collect();
    for citation in document.entries.iter_mut().flat_map(|entry| &mut entry.citations) {
        let first = citation.paragraphs.first().and_then(|number| placed.get(*number as usize - 1));
        citation.quote = first.and_then(|paragraph| suggest_quote(&paragraph.parts));
    }
    document.sections.push(Section { id: section, title: kind.to_owned(), paragraphs: number, summary: None });
    Ok(KnowledgeDraft { document, text: Some(text), omissions })
}

/// The text with line feeds as its only control characters.
fn printable(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', "    ");
    text.replace(|c: char| c.is_control() && c != '\n', "").trim().to_owned()
}

/// An answer as it can stand below its heading: its own headings are deeper, and no block reaches beyond its end.
fn below_heading(passage: &str) -> String {
    let body = blocks(TextFormat::Markdown, passage).into_iter().map(|block| {
        let written = passage.get(block.place.clone()).unwrap_or_default().trim_end();
        if block.level.is_some() {
            format!("{} {}", "#".repeat(QUESTION_LEVEL + 1), block.text)
        } else if stands_alone(written, &block) {
            written.to_owned()
        } else {
            // A block of code that is not closed, for example.
            let longest = written.split(|c| c != '`').map(str::len).max().unwrap_or_default();
            let fence = "`".repeat(longest.max(2) + 1);
            format!("{fence}\n{written}\n{fence}")
        }
    });
    body.collect::<Vec<_>>().join("\n\n")
}

/// Returns `true` if a block is the same paragraph if a heading precedes and follows it.
fn stands_alone(written: &str, block: &TextBlock) -> bool {
    let between = blocks(TextFormat::Markdown, &format!("# a\n\n{written}\n\n# b"));
    let [start, same, end] = between.as_slice() else { return false };
    let is_heading = |block: &TextBlock| block.level == Some(1);
    is_heading(start) && same.level.is_none() && same.text == block.text && is_heading(end)
}
