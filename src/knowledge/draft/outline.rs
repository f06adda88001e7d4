//! The outline of a text: its title, and its sections with their paragraphs.
//! A draft has the sections of the outline, and comparing it with the text finds the same ones.

use std::path::Path;

use super::{DraftError, ENTRIES_MAX, shown_title, title_of};
use crate::knowledge::limits;
use crate::knowledge::text_blocks::{ComparableTitle, TextBlock, TextFormat, blocks};

/// The deepest level of headings.
const DEEPEST: usize = 6;

/// Titles for the text before the first heading. The first that no heading has is used.
const OPENINGS: [&str; 3] = ["Introduction", "Opening", "Before the first heading"];

/// A text in sections.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) title: String,
    pub(super) sections: Vec<OutlineSection>,
}

/// A section of the text; it has at least one paragraph.
#[derive(Debug)]
pub(super) struct OutlineSection {
    pub(super) title: String,
    pub(super) paragraphs: Vec<TextBlock>,
}

impl Outline {
    /// Divides a text at its headings: down to the topmost level with at least two headings, or at every heading if
    /// there is no such level. A single heading of level 1 at the beginning is the title of the text. Plain text is one section.
    pub(super) fn new(path: &Path, text: &str) -> Result<Self, DraftError> {
        let format = TextFormat::of(path, text);
        let blocks = blocks(format, text);
        let levels: Vec<usize> = blocks.iter().filter_map(|block| block.level).collect();
        let first = blocks.iter().find(|block| block.level.is_some());
        let titled = levels.first() == Some(&1) && levels.iter().filter(|level| **level == 1).count() == 1;
        let title = first.filter(|_| titled).and_then(|block| shown_title(&block.text));
        let levels = levels.get(usize::from(titled)..).unwrap_or_default();
        let often = (1..=6).find(|level| levels.iter().filter(|found| *found == level).count() > 1);
        let opening = opening(format, &blocks);
        let mut sections = divide(&blocks, &opening, titled, often.unwrap_or(DEEPEST));
        if sections.iter().all(|section| section.title == opening) {
            // The headings of that level are empty: divide at all headings.
            sections = divide(&blocks, &opening, titled, DEEPEST);
        }
        if sections.is_empty() {
            return Err(DraftError::Empty { path: path.to_owned(), expected: "paragraph" });
        }
        if sections.len() > limits::SECTIONS {
            return Err(DraftError::TooManySections(sections.len()));
        }
        if let Some(long) = sections.iter().find(|section| section.title.chars().count() > limits::SECTION_TITLE_CHARS)
        {
            return Err(DraftError::LongTitle(crate::text::one_line(&long.title, limits::SECTION_TITLE_CHARS)));
        }
        let most = usize::try_from(limits::SECTION_PARAGRAPHS).unwrap_or(usize::MAX);
        if let Some(most) = [
            (most, sections.iter().map(|section| section.paragraphs.len()).max()),
            (ENTRIES_MAX, Some(sections.iter().map(|section| section.paragraphs.len()).sum())),
        ]
        .into_iter()
        .find_map(|(most, found)| (found > Some(most)).then_some(most))
        {
            return Err(DraftError::TooMany(most));
        }
        for section in &mut sections {
            section.title = section.title.replace(char::is_control, "");
        }
        Ok(Self { title: title.unwrap_or_else(|| title_of(path)), sections })
    }
}

/// Divides blocks at the headings down to a level. Leaves out sections without paragraphs.
fn divide(blocks: &[TextBlock], opening: &str, titled: bool, depth: usize) -> Vec<OutlineSection> {
    let section = |title: &str| OutlineSection { title: title.to_owned(), paragraphs: Vec::new() };
    let mut sections = vec![section(opening)];
    let mut at_title = titled;
    for block in blocks {
        match block.level {
            Some(_) if at_title => at_title = false,
            Some(level) if level <= depth => sections.push(section(&block.text)),
            Some(_) => {}
            None => sections.last_mut().into_iter().for_each(|section| section.paragraphs.push(block.clone())),
        }
    }
    sections.retain(|section| !section.paragraphs.is_empty());
    sections
}

/// A title for the text before the first heading that cannot be mistaken for a heading.
fn opening(format: TextFormat, blocks: &[TextBlock]) -> String {
    let titles = blocks.iter().filter(|block| format == TextFormat::Plain || block.level.is_some());
    let titles: Vec<_> = titles
        .filter(|block| block.text.len() <= 4 * limits::SECTION_TITLE_CHARS)
        .map(|block| ComparableTitle::new(&block.text))
        .collect();
    let is_free = |opening: &&&str| !titles.iter().any(|title| title.is(&ComparableTitle::new(opening)));
    OPENINGS.iter().find(is_free).unwrap_or(&"Text").to_string()
}
