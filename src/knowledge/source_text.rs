//! The source text of a document, if the operator has it: the paragraphs of each section, found by the sections' titles.
//! `check` verifies paragraph counts and quotes with it.

use std::collections::HashSet;

use super::findings::{Findings, Severity, closest_match, counted, listed, quoted};
use super::indexed_file::IndexedFile;
use super::json::PathStep::{Field, Index};
use super::parsed::ParsedDocument;
use super::text_blocks::{ComparableTitle, TextBlock, TextFormat, blocks, folded, without_marks};
use super::{Citation, Document, limits};

/// A source text, divided into a document's sections.
///
/// In plain text, a line that equals a section's title begins that section. In Markdown, a heading does, whatever its
/// case, number and level; deeper headings belong to the section, and another heading of that level ends it. What
/// precedes the first section belongs to the document's first section if the text does not contain that section's
/// title, and otherwise to no section.
#[derive(Debug)]
pub(super) struct SourceText {
    format: TextFormat,
    /// The sections, in the document's order.
    sections: Vec<SourceSection>,
    /// The paragraphs before the first section that belong to no section.
    preface: Vec<SourceParagraph>,
    /// Headings at the level of sections that are no section's title, if paragraphs follow them.
    other_headings: Vec<OtherHeading>,
}

#[derive(Debug, Default)]
struct SourceSection {
    title_found: bool,
    paragraphs: Vec<SourceParagraph>,
}

/// A heading that is no section's title.
#[derive(Debug)]
struct OtherHeading {
    title: String,
    /// Its place in the text, in bytes.
    offset: usize,
    paragraphs: Vec<SourceParagraph>,
}

/// A paragraph as quotes are compared with it.
#[derive(Debug)]
struct SourceParagraph {
    /// The text as readers see it.
    shown: String,
    /// The text with Markdown's marks, from which a curator may have copied; `None` if it has none.
    written: Option<String>,
}

impl SourceParagraph {
    fn new(block: &TextBlock, text: &str) -> Self {
        let shown = folded(&block.text);
        let written = folded(text.get(block.place.clone()).unwrap_or_default());
        Self { written: Some(written).filter(|written| *written != shown), shown }
    }

    fn contains(&self, quote: &Quote) -> bool {
        let written = self.written.as_deref().is_some_and(|written| written.contains(&quote.written));
        written || self.shown.contains(&quote.written) || self.shown.contains(&quote.shown)
    }
}

/// A quote as it is compared with paragraphs: with the marks of Markdown and without.
struct Quote {
    written: String,
    shown: String,
}

impl Quote {
    /// `None` if the quote is blank.
    fn new(quote: &str) -> Option<Self> {
        let written = folded(quote);
        let shown = Some(folded(&without_marks(quote))).filter(|shown| !shown.is_empty());
        (!written.is_empty()).then(|| Self { shown: shown.unwrap_or_else(|| written.clone()), written })
    }
}

impl SourceText {
    /// Divides a text into the sections of a document.
    #[must_use]
    pub(super) fn new(format: TextFormat, text: &str, document: &Document) -> Self {
        let blocks = blocks(format, text);
        let titles = SectionTitles::find(format, &blocks, document);
        let sections = document.sections.iter().map(|_| SourceSection::default()).collect();
        let mut source = Self { format, sections, preface: Vec::new(), other_headings: Vec::new() };
        let mut preface = Vec::new();
        let mut place = TextPart::Preface;
        for (n, block) in blocks.iter().enumerate() {
            if let Some(section) = titles.section_of(n) {
                place = TextPart::Section(section);
                if let Some(section) = source.sections.get_mut(section) {
                    section.title_found = true;
                }
            } else if titles.is_other(n) {
                place = TextPart::Other;
                let title = block.text.clone();
                source.other_headings.push(OtherHeading { title, offset: block.place.start, paragraphs: Vec::new() });
            } else if block.level.is_none() {
                let paragraphs = match place {
                    TextPart::Preface => Some(&mut preface),
                    TextPart::Section(n) => source.sections.get_mut(n).map(|section| &mut section.paragraphs),
                    TextPart::Other => source.other_headings.last_mut().map(|heading| &mut heading.paragraphs),
                };
                paragraphs.into_iter().for_each(|paragraphs| paragraphs.push(SourceParagraph::new(block, text)));
            }
        }
        source.other_headings.retain(|heading| !heading.paragraphs.is_empty());
        match source.sections.first_mut() {
            Some(first) if !first.title_found => first.paragraphs = preface,
            _ => source.preface = preface,
        }
        source
    }

    /// Returns `true` if the text contains the titles of at least half of the sections. A single title such as
    /// "Introduction" may also occur in the text of another document.
    fn has_most_titles(&self, document: &Document) -> bool {
        let any = self.sections.iter().any(|section| section.title_found);
        any && 2 * self.missing(document).len() <= self.sections.len()
    }

    /// The sections whose title the text lacks, by their index.
    fn missing(&self, document: &Document) -> Vec<usize> {
        let is_missing = |(n, (section, found)): (usize, (&super::Section, &SourceSection))| {
            // The first section may be an opening without a title. If there are other headings, one of them may be its
            // title, unless the count shows that it is not.
            let is_opening = n == 0
                && !found.paragraphs.is_empty()
                && (self.other_headings.is_empty() || found.paragraphs.len() == number(section.paragraphs));
            (!found.title_found && !is_opening && !section.title.is_empty()).then_some(n)
        };
        document.sections.iter().zip(&self.sections).enumerate().filter_map(is_missing).collect()
    }

    /// All paragraphs, each with its section's index, if any, and its number within the section, from 1.
    fn paragraphs(&self) -> impl Iterator<Item = (Option<usize>, usize, &SourceParagraph)> {
        let sections = self.sections.iter().enumerate().map(|(n, section)| (Some(n), &section.paragraphs));
        let others = self.other_headings.iter().map(|heading| (None, &heading.paragraphs));
        let lists = sections.chain([(None, &self.preface)]).chain(others);
        lists.flat_map(|(section, paragraphs)| {
            paragraphs.iter().enumerate().map(move |(n, paragraph)| (section, n + 1, paragraph))
        })
    }

    /// The headings that are no section's title, for a message.
    fn list_other_headings(&self) -> String {
        listed(self.other_headings.iter().map(|heading| heading.title.as_str()))
    }
}

/// The part of the text that a paragraph is in.
enum TextPart {
    Preface,
    Section(usize),
    Other,
}

/// The blocks of a text that are titles.
struct SectionTitles {
    /// The section that a block begins, by the block's index.
    sections: Vec<Option<usize>>,
    /// Whether a block is a heading that ends a section without beginning one.
    others: Vec<bool>,
}

impl SectionTitles {
    fn section_of(&self, block: usize) -> Option<usize> {
        self.sections.get(block).copied().flatten()
    }

    fn is_other(&self, block: usize) -> bool {
        self.others.get(block).copied().unwrap_or_default()
    }

    fn find(format: TextFormat, blocks: &[TextBlock], document: &Document) -> Self {
        // Plain text marks no heading, so only a line that equals a title to the letter is one.
        let comparable = if format == TextFormat::Plain { ComparableTitle::exact } else { ComparableTitle::new };
        let titles: Vec<_> = document.sections.iter().map(|section| comparable(&section.title)).collect();
        let is_candidate = |block: &TextBlock| match format {
            TextFormat::Plain => block.text.chars().count() <= limits::SECTION_TITLE_CHARS,
            TextFormat::Markdown => block.level.is_some(),
        };
        let candidates = blocks.iter().enumerate().filter(|(_, block)| is_candidate(block));
        let mut headings: Vec<Heading> = candidates
            .map(|(block, found)| Heading { block, level: found.level.unwrap_or(1), title: comparable(&found.text) })
            .collect();
        let mut is_title_of_text = false;
        if format == TextFormat::Markdown
            && let [first, rest @ ..] = headings.as_slice()
            && first.level == 1
        {
            // A section may have the title of the document.
            let title = ComparableTitle::new(&document.title);
            let is_section = |title: &ComparableTitle| titles.iter().any(|section| section.is(title));
            is_title_of_text = if is_section(&first.title) {
                title.is(&first.title) && rest.iter().any(|other| other.title.is(&first.title))
            } else {
                title.is(&first.title) || rest.iter().all(|other| other.level > 1)
            };
        }
        if is_title_of_text {
            headings.remove(0);
        }
        if format == TextFormat::Markdown {
            let levels = matches(&titles, &headings).into_iter().flatten().map(|(_, level)| level);
            drop_empty_repetitions(&mut headings, blocks, levels.max().unwrap_or_default());
        }
        let matches = matches(&titles, &headings);
        let shallowest = matches.iter().flatten().map(|(_, level)| *level).min().unwrap_or(usize::MAX);
        let mut found = Self { sections: vec![None; blocks.len()], others: vec![false; blocks.len()] };
        let mut taken = vec![false; titles.len()];
        let mut current = None;
        for heading in &headings {
            let fits = |n: &usize| {
                matches[*n]
                    .is_some_and(|(form, level)| level == heading.level && titles[*n].equals(&heading.title, form))
            };
            let mut fitting = (0..titles.len()).filter(fits);
            let section = fitting.clone().find(|n| !taken[*n]).or_else(|| fitting.next_back());
            if let Some(section) = section {
                taken[section] = true;
                current = Some(heading.level);
                found.sections[heading.block] = Some(section);
            } else if format == TextFormat::Markdown && heading.level <= current.unwrap_or(shallowest) {
                current = Some(heading.level);
                found.others[heading.block] = true;
            }
        }
        found
    }
}

/// A block that may be a title.
struct Heading {
    /// The block's index.
    block: usize,
    level: usize,
    title: ComparableTitle,
}

/// For each section, the most exact form in which the text has its title, and the level of that heading. If several
/// headings have the title, the deeper ones belong to other sections.
fn matches(titles: &[ComparableTitle], headings: &[Heading]) -> Vec<Option<(usize, usize)>> {
    let find = |title: &ComparableTitle| {
        (0..ComparableTitle::FORMS).find_map(|form| {
            let levels = headings.iter().filter(|found| found.title.equals(title, form)).map(|found| found.level);
            Some((form, levels.min()?))
        })
    };
    titles.iter().map(find).collect()
}

/// Removes headings without a paragraph of their own whose title another heading with paragraphs has. A heading owns the
/// paragraphs before the next one of the level `deepest` or above.
fn drop_empty_repetitions(headings: &mut Vec<Heading>, blocks: &[TextBlock], deepest: usize) {
    let mut has_text = vec![false; blocks.len()];
    let mut text_follows = false;
    for (block, has_text) in blocks.iter().zip(&mut has_text).rev() {
        *has_text = text_follows;
        text_follows = block.level.is_none_or(|level| text_follows && level > deepest);
    }
    let used = headings.iter().filter(|heading| has_text[heading.block]).map(|heading| heading.title.clone());
    let used: HashSet<ComparableTitle> = used.collect();
    headings.retain(|heading| !used.contains(&heading.title) || has_text[heading.block]);
}

/// Checks documents against the source text. Checks only documents of which most section titles occur in
/// the text, unless there is only one document. Returns `false` if the text cannot be the one that these documents are
/// about, so that wrong quotes prove nothing.
pub(super) fn check(documents: &[ParsedDocument<'_>], source: &IndexedFile<'_>, findings: &mut Findings) -> bool {
    let format = TextFormat::of(&source.file.path, &source.file.text);
    let (mut used, mut fits) = (false, true);
    for document in documents {
        let text = SourceText::new(format, &source.file.text, &document.document);
        if documents.len() == 1 || text.has_most_titles(&document.document) {
            used = true;
            fits &= check_sections(document, &text, source, findings);
            // The quotes of another text would all be wrong.
            if text.missing(&document.document).len() < document.document.sections.len() {
                check_quotes(document, &text, findings);
            }
        }
    }
    if !used && !documents.is_empty() {
        source.report(findings, Severity::Error, 0, &[], || {
            let message =
                "no document belongs to this source text: it contains none of their section titles".to_owned();
            (message, headings_help(format, &headings(format, &source.file.text)))
        });
    }
    fits && (used || documents.is_empty())
}

/// The headings of a text, for a message.
fn headings(format: TextFormat, text: &str) -> String {
    let blocks = blocks(format, text);
    listed(blocks.iter().filter(|block| block.level.is_some()).map(|block| block.text.as_str()))
}

/// Says how section titles and a text's headings can be made to agree.
fn headings_help(format: TextFormat, headings: &str) -> String {
    match (format, headings) {
        (TextFormat::Plain, _) => {
            "write each section's title on a line of its own in the text, exactly as in the document, or mark \
                                   the text's headings with `#`"
                .to_owned()
        }
        (TextFormat::Markdown, "") => "the text has no other headings: mark its section titles with `##`".to_owned(),
        (TextFormat::Markdown, headings) => {
            format!("use the titles that the text has; its headings without a section are {headings}")
        }
    }
}

/// Reports sections whose title or paragraph count differs from the text's. Returns `false` if there are any.
fn check_sections(
    parsed: &ParsedDocument<'_>,
    text: &SourceText,
    source: &IndexedFile<'_>,
    findings: &mut Findings,
) -> bool {
    let sections = &parsed.document.sections;
    let missing = text.missing(&parsed.document);
    if !missing.is_empty() {
        // Paragraph counts would be wrong, too, and nothing could be learned from them.
        report_missing(parsed, text, &missing, findings);
        return false;
    }
    let mut fits = true;
    for (n, (section, found)) in sections.iter().zip(&text.sections).enumerate() {
        let count = found.paragraphs.len();
        if section.paragraphs > 0 && number(section.paragraphs) != count {
            fits = false;
            parsed.error(findings, &[Field("sections"), Index(n), Field("paragraphs")], || {
                let (id, paragraphs) = (quoted(&section.id), section.paragraphs);
                let message = format!(
                    "the section {id} has {} in the source text, not {paragraphs}",
                    counted(count, "paragraph")
                );
                let paragraph = match text.format {
                    TextFormat::Plain => "each line of the source text is one paragraph",
                    TextFormat::Markdown => "each list, table, quotation and block of code is one paragraph",
                };
                let help = match count {
                    0 => "the text has nothing below this title: remove the section, or complete the text".to_owned(),
                    count => format!("write {count}; {paragraph}"),
                };
                (message, help)
            });
        }
    }
    if !text.preface.is_empty() {
        source.report(findings, Severity::Warning, 0, &[], || {
            let message = format!("{} before the first section title", counted(text.preface.len(), "paragraph"));
            (message, "remove them, or add a section for them to the document".to_owned())
        });
    }
    if let Some(first) = text.other_headings.first() {
        source.report(findings, Severity::Warning, first.offset, &[], || {
            let message = format!("the document has no section for {}", text.list_other_headings());
            (message, "add sections, or ignore this warning if nobody would ask about them".to_owned())
        });
    }
    fits
}

/// Reports sections whose title the text lacks, with the titles that it has.
fn report_missing(parsed: &ParsedDocument<'_>, text: &SourceText, missing: &[usize], findings: &mut Findings) {
    let sections = &parsed.document.sections;
    if missing.len() == sections.len() && missing.len() > 1 {
        parsed.error(findings, &[Field("sections")], || {
            let message = "the source text contains none of the section titles".to_owned();
            (message, headings_help(text.format, &text.list_other_headings()))
        });
        return;
    }
    for &n in missing {
        let Some(section) = sections.get(n) else { continue };
        parsed.error(findings, &[Field("sections"), Index(n), Field("title")], || {
            let kind = if text.format == TextFormat::Plain { "line" } else { "heading" };
            let message = format!("the source text has no {kind} {}", quoted(&section.title));
            let others = text.other_headings.iter().map(|heading| heading.title.as_str());
            let help = match closest_match(&section.title, others) {
                Some(near) => format!("did you mean {}?", quoted(near)),
                None => headings_help(text.format, &text.list_other_headings()),
            };
            (message, help)
        });
    }
}

/// Reports quotes that do not occur in one of their cited paragraphs, and where they do occur. If a section is missing
/// from the text, reports only those that occur nowhere.
fn check_quotes(parsed: &ParsedDocument<'_>, text: &SourceText, findings: &mut Findings) {
    let document = &parsed.document;
    let incomplete = !text.missing(document).is_empty();
    let id = |section: Option<usize>| section.and_then(|n| document.sections.get(n)).map(|section| &section.id);
    for (n, entry) in document.entries.iter().enumerate() {
        for (m, citation) in entry.citations.iter().enumerate() {
            let Some(quote) = citation.quote.as_deref().and_then(Quote::new) else { continue };
            let mut elsewhere = None;
            let is_right =
                text.paragraphs().filter(|(_, _, paragraph)| paragraph.contains(&quote)).any(|(section, found, _)| {
                    elsewhere.get_or_insert((section, found));
                    let cites = |cited: &u32| number(*cited) == found;
                    id(section) == Some(&citation.section) && citation.paragraphs.iter().any(cites)
                });
            if is_right || incomplete && elsewhere.is_some() {
                continue;
            }
            let path = [Field("entries"), Index(n), Field("citations"), Index(m), Field("quote")];
            parsed.error(findings, &path, || {
                let message = format!("the quote does not occur in {}", cited(citation));
                let help = match elsewhere.map(|(section, found)| (id(section), found)) {
                    Some((Some(section), found)) => format!("it occurs in paragraph {found} of {}", quoted(section)),
                    Some((None, _)) => "it occurs in a part of the text that belongs to no section".to_owned(),
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

/// A paragraph number or count as a `usize`.
fn number(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
