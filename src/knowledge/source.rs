//! The text that a document is about, if the operator has it: one paragraph a line, sections under their titles.
//! It proves paragraph counts and quotes, and lets a reply show the cited paragraphs.

use super::draft::Draft;
use super::findings::{Findings, Severity, shown};
use super::place::Place;
use super::tree::Step::{Field, Index};
use super::{Citation, Document};

/// A source text, its paragraphs sorted into a document's sections.
///
/// Blank lines are ignored. A line equal to a section's title begins that section; lines before the first such line belong
/// to the first section if its title does not stand in the text, else to none.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SourceText {
    /// In the order of the document's sections.
    sections: Vec<SourceSection>,
    /// Paragraphs that belong to no section.
    stray: usize,
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct SourceSection {
    id: String,
    title_found: bool,
    paragraphs: Vec<String>,
}

impl SourceText {
    /// Sorts the lines of a text into the sections of a document.
    #[must_use]
    pub fn new(text: &str, document: &Document) -> Self {
        let titles: Vec<String> = document.sections.iter().map(|section| folded(&section.title)).collect();
        let sections =
            document.sections.iter().map(|section| SourceSection { id: section.id.clone(), ..Default::default() });
        let mut source = Self { sections: sections.collect(), stray: 0 };
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
            _ => source.stray = preface.len(),
        }
        source
    }

    /// A paragraph, counted from 1, of the section with this id.
    #[must_use]
    pub fn paragraph(&self, section: &str, number: u32) -> Option<&str> {
        let section = self.sections.iter().find(|candidate| candidate.id == section)?;
        let n = usize::try_from(number).ok()?.checked_sub(1)?;
        section.paragraphs.get(n).map(String::as_str)
    }

    /// Whether no section's title stands in the text.
    fn is_foreign(&self) -> bool {
        !self.sections.iter().any(|section| section.title_found)
    }
}

/// Holds the documents against the source text: those whose section titles stand in it, or the only one.
pub(super) fn check(drafts: &[Draft<'_>], source: &Place<'_>, findings: &mut Findings) {
    let mut used = false;
    for draft in drafts {
        let text = SourceText::new(&source.file.text, &draft.document);
        if drafts.len() == 1 || !text.is_foreign() {
            used = true;
            sections(draft, &text, source, findings);
            quotes(draft, &text, findings);
        }
    }
    if !used && !drafts.is_empty() {
        source.tell(findings, Severity::Error, 0, &[], || {
            let message = "no document is about this text: none of their sections' titles stands in it".to_owned();
            (message, "name the source text of one of the documents; each title is a line of its own".to_owned())
        });
    }
}

/// Tells sections whose title or paragraph count is not the text's.
fn sections(draft: &Draft<'_>, text: &SourceText, source: &Place<'_>, findings: &mut Findings) {
    for (n, (section, found)) in draft.document.sections.iter().zip(&text.sections).enumerate() {
        let count = found.paragraphs.len();
        // The first section may be an opening without a title.
        if n > 0 && !found.title_found && !section.title.is_empty() {
            draft.error(findings, &[Field("sections"), Index(n), Field("title")], || {
                let message = format!("the source text has no line {}", shown(&section.title));
                (message, "write the title as the text has it, or put it into the text on a line of its own".to_owned())
            });
        } else if section.paragraphs > 0 && usize::try_from(section.paragraphs) != Ok(count) {
            draft.error(findings, &[Field("sections"), Index(n), Field("paragraphs")], || {
                let (id, paragraphs) = (shown(&section.id), section.paragraphs);
                let message =
                    format!("the section {id} has {paragraphs} paragraphs here and {count} in the source text");
                (message, format!("write {count}; a paragraph is a line of the source text"))
            });
        }
    }
    if text.stray > 0 {
        source.tell(findings, Severity::Warning, 0, &[], || {
            let message = format!("{} paragraphs before the first section's title belong to no section", text.stray);
            (message, "remove them, or describe them as a section of their own".to_owned())
        });
    }
}

/// Tells quotes that do not stand in one of their cited paragraphs, and where they do stand.
fn quotes(draft: &Draft<'_>, text: &SourceText, findings: &mut Findings) {
    let paragraphs: Vec<(&str, usize, String)> = text
        .sections
        .iter()
        .flat_map(|section| {
            section.paragraphs.iter().enumerate().map(|(n, paragraph)| (section.id.as_str(), n + 1, folded(paragraph)))
        })
        .collect();
    for (n, entry) in draft.document.entries.iter().enumerate() {
        for (m, citation) in entry.citations.iter().enumerate() {
            let Some(quote) = citation.quote.as_deref().map(folded).filter(|quote| !quote.is_empty()) else { continue };
            let cites = |section: &str, number: usize| {
                section == citation.section && citation.paragraphs.iter().any(|n| usize::try_from(*n) == Ok(number))
            };
            let stands = |(section, number, paragraph): &&(&str, usize, String)| {
                cites(section, *number) && paragraph.contains(&quote)
            };
            if paragraphs.iter().any(|paragraph| stands(&paragraph)) {
                continue;
            }
            let path = [Field("entries"), Index(n), Field("citations"), Index(m), Field("quote")];
            draft.error(findings, &path, || {
                let message = format!("the quote does not stand in {}", cited(citation));
                let help = match paragraphs.iter().find(|(_, _, paragraph)| paragraph.contains(&quote)) {
                    Some((section, number, _)) => format!("it stands in paragraph {number} of {}", shown(section)),
                    None => "it stands nowhere in the source text; copy the words as they are there".to_owned(),
                };
                (message, help)
            });
        }
    }
}

/// The cited paragraphs in words.
fn cited(citation: &Citation) -> String {
    let numbers: Vec<String> = citation.paragraphs.iter().map(u32::to_string).collect();
    let what = if numbers.len() == 1 { "paragraph" } else { "paragraphs" };
    format!("{what} {} of {}", numbers.join(", "), shown(&citation.section))
}

/// The text with white space collapsed and typographic quotation marks made plain: what editors change by themselves.
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
