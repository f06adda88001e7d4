//! The source text of a document, if the operator has it: one paragraph per line, each section below its title.
//! `check` verifies paragraph counts and quotes with it, and replies can show the cited paragraphs.

use super::findings::{Findings, Severity, counted, quoted};
use super::indexed_file::IndexedFile;
use super::json::PathStep::{Field, Index};
use super::parsed::ParsedDocument;
use super::{Citation, Document};

/// A source text, divided into a document's sections.
///
/// Blank lines are ignored. A line that equals a section's title begins that section. Lines before the first title
/// belong to the first section if the text does not contain that section's title, and otherwise to no section.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SourceText {
    /// The sections, in the document's order.
    sections: Vec<SourceSection>,
    /// The number of paragraphs that belong to no section.
    unassigned: usize,
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct SourceSection {
    id: String,
    title_found: bool,
    paragraphs: Vec<String>,
}

impl SourceText {
    /// Divides a text into the sections of a document.
    #[must_use]
    pub fn new(text: &str, document: &Document) -> Self {
        let titles: Vec<String> = document.sections.iter().map(|section| folded(&section.title)).collect();
        let sections =
            document.sections.iter().map(|section| SourceSection { id: section.id.clone(), ..Default::default() });
        let mut source = Self { sections: sections.collect(), unassigned: 0 };
        let mut preface = Vec::new();
        let mut current = None;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let line_folded = folded(line);
            if let Some(n) = titles.iter().position(|title| *title == line_folded) {
                current = Some(n);
                if let Some(section) = source.sections.get_mut(n) {
                    section.title_found = true;
                }
            } else if let Some(section) = current.and_then(|n| source.sections.get_mut(n)) {
                section.paragraphs.push(line.to_owned());
            } else {
                preface.push(line.to_owned());
            }
        }
        match source.sections.first_mut() {
            Some(first) if !first.title_found => first.paragraphs = preface,
            _ => source.unassigned = preface.len(),
        }
        source
    }

    /// Returns a paragraph of the section with this id. Paragraphs count from 1.
    #[must_use]
    pub fn paragraph(&self, section: &str, number: u32) -> Option<&str> {
        let section = self.sections.iter().find(|candidate| candidate.id == section)?;
        let n = usize::try_from(number).ok()?.checked_sub(1)?;
        section.paragraphs.get(n).map(String::as_str)
    }

    /// Returns `true` if the text contains a section's title.
    fn has_any_title(&self) -> bool {
        self.sections.iter().any(|section| section.title_found)
    }
}

/// Checks documents against the source text. Checks only documents whose section titles occur in the text, unless there
/// is only one document.
pub(super) fn check(documents: &[ParsedDocument<'_>], source: &IndexedFile<'_>, findings: &mut Findings) {
    let mut used = false;
    for document in documents {
        let text = SourceText::new(&source.file.text, &document.document);
        if documents.len() == 1 || text.has_any_title() {
            used = true;
            check_sections(document, &text, source, findings);
            check_quotes(document, &text, findings);
        }
    }
    if !used && !documents.is_empty() {
        source.report(findings, Severity::Error, 0, &[], || {
            let message =
                "no document belongs to this source text: it contains none of their section titles".to_owned();
            (message, "use the source text of one of the documents, with each section title on its own line".to_owned())
        });
    }
}

/// Reports sections whose title or paragraph count differs from the text's.
fn check_sections(parsed: &ParsedDocument<'_>, text: &SourceText, source: &IndexedFile<'_>, findings: &mut Findings) {
    for (n, (section, found)) in parsed.document.sections.iter().zip(&text.sections).enumerate() {
        let count = found.paragraphs.len();
        // The first section may be an introduction without a title.
        if n > 0 && !found.title_found && !section.title.is_empty() {
            parsed.error(findings, &[Field("sections"), Index(n), Field("title")], || {
                let message = format!("the source text has no line {}", quoted(&section.title));
                (message, "write the title as it is in the text, or add it to the text on its own line".to_owned())
            });
        } else if section.paragraphs > 0 && usize::try_from(section.paragraphs) != Ok(count) {
            parsed.error(findings, &[Field("sections"), Index(n), Field("paragraphs")], || {
                let (id, paragraphs) = (quoted(&section.id), section.paragraphs);
                let message = format!(
                    "the section {id} has {} in the source text, not {paragraphs}",
                    counted(count, "paragraph")
                );
                (message, format!("write {count}; each line of the source text is one paragraph"))
            });
        }
    }
    if text.unassigned > 0 {
        source.report(findings, Severity::Warning, 0, &[], || {
            let message = format!("{} before the first section title", counted(text.unassigned, "paragraph"));
            (message, "remove them, or add a section for them to the document".to_owned())
        });
    }
}

/// Reports quotes that do not occur in one of their cited paragraphs, and where they do occur.
fn check_quotes(parsed: &ParsedDocument<'_>, text: &SourceText, findings: &mut Findings) {
    let paragraphs: Vec<(&str, usize, String)> = text
        .sections
        .iter()
        .flat_map(|section| {
            section.paragraphs.iter().enumerate().map(|(n, paragraph)| (section.id.as_str(), n + 1, folded(paragraph)))
        })
        .collect();
    for (n, entry) in parsed.document.entries.iter().enumerate() {
        for (m, citation) in entry.citations.iter().enumerate() {
            let Some(quote) = citation.quote.as_deref().map(folded).filter(|quote| !quote.is_empty()) else { continue };
            let cites = |section: &str, number: usize| {
                section == citation.section && citation.paragraphs.iter().any(|n| usize::try_from(*n) == Ok(number))
            };
            let contains_quote = |(section, number, paragraph): &&(&str, usize, String)| {
                cites(section, *number) && paragraph.contains(&quote)
            };
            if paragraphs.iter().any(|paragraph| contains_quote(&paragraph)) {
                continue;
            }
            let path = [Field("entries"), Index(n), Field("citations"), Index(m), Field("quote")];
            parsed.error(findings, &path, || {
                let message = format!("the quote does not occur in {}", cited(citation));
                let help = match paragraphs.iter().find(|(_, _, paragraph)| paragraph.contains(&quote)) {
                    Some((section, number, _)) => format!("it occurs in paragraph {number} of {}", quoted(section)),
                    None => "it occurs nowhere in the source text; copy the words exactly".to_owned(),
                };
                (message, help)
            });
        }
    }
}

/// Names the cited paragraphs for a message: "paragraphs 1, 2 of", followed by the section's id.
fn cited(citation: &Citation) -> String {
    let numbers: Vec<String> = citation.paragraphs.iter().map(u32::to_string).collect();
    let noun = if numbers.len() == 1 { "paragraph" } else { "paragraphs" };
    format!("{noun} {} of {}", numbers.join(", "), quoted(&citation.section))
}

/// The text with single spaces and straight quotation marks: editors change both automatically.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.chars().map(|c| match c {
            '‘' | '’' | '‚' | '‛' => '\'',
            '“' | '”' | '„' | '‟' => '"',
            c => c,
        }));
    }
    folded
}
