//! Parses and prints citations as moderators type them, one per line: the title or id of a section, paragraphs, and an
//! optional quote: `Lessons From the Abe Era 3, 5-6 "a few words"`.

use crate::knowledge::wording::normalise;
use crate::knowledge::{Citation, Document, Section, limits};

/// The length of the start of a line in which the name of a section is looked for, in characters: a title of the
/// greatest length, typed with a space or a mark after each letter.
const NAME_CHARS_MAX: usize = 2 * limits::SECTION_TITLE_CHARS;

/// How much shorter the normal form of a longer text can be, in bytes: "u" becomes "you", and "U.S." becomes "us".
const NORMAL_SLACK: usize = 8;

/// The first error in the citations, for the moderator.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CitationError {
    /// The line does not start with a section of the document.
    #[error("Line {line} of the citations does not start with a section of the text. The sections are: {sections}.")]
    NoSection {
        /// The line, from 1.
        line: usize,
        /// The titles of all sections.
        sections: String,
    },
    /// The text after the section is not a list of paragraphs.
    #[error(
        "Line {line} of the citations: I expected paragraph numbers after the section, such as `3` or `2, 4-6`, and found `{found}`."
    )]
    NoParagraphs {
        /// The line, from 1.
        line: usize,
        /// The text after the section.
        found: String,
    },
    /// There are no citations.
    #[error("An answer needs at least one citation: the section and the paragraphs where the text says so.")]
    Missing,
}

/// Parses citations of a document. Takes linear time: it reads only a bounded part of each line for the section's name,
/// and normalises each title once.
///
/// # Errors
/// The first line that cannot be parsed.
pub fn parse(typed: &str, document: &Document) -> Result<Vec<Citation>, CitationError> {
    let names = SectionNames::of(document);
    let lines = (1..).zip(typed.lines()).map(|(number, line)| (number, line.trim()));
    let citations = lines.filter(|(_, line)| !line.is_empty()).map(|(number, line)| citation(line, number, &names));
    let citations = citations.collect::<Result<Vec<_>, _>>()?;
    if citations.is_empty() { Err(CitationError::Missing) } else { Ok(citations) }
}

fn citation(line: &str, number: usize, names: &SectionNames<'_>) -> Result<Citation, CitationError> {
    let (section, rest) = names.split(line).ok_or_else(|| CitationError::NoSection {
        line: number,
        sections: names.sections.iter().map(|(section, _)| section.title.as_str()).collect::<Vec<_>>().join(" · "),
    })?;
    let (places, quote) = rest.split_at(rest.find(is_opening).unwrap_or(rest.len()));
    let quote =
        quote.trim_matches(|letter: char| letter.is_whitespace() || is_opening(letter) || matches!(letter, '”' | '»'));
    let paragraphs = paragraphs(places)
        .ok_or_else(|| CitationError::NoParagraphs { line: number, found: places.trim().to_owned() })?;
    let quote = (!quote.is_empty()).then(|| quote.to_owned());
    Ok(Citation { section: section.id.clone(), paragraphs, quote })
}

/// Whether a quote can begin with this character.
fn is_opening(letter: char) -> bool {
    matches!(letter, '"' | '“' | '„' | '«')
}

/// The sections of a document with the normal forms of their titles.
struct SectionNames<'a> {
    sections: Vec<(&'a Section, String)>,
    /// The length of the longest normal form, in bytes.
    longest: usize,
}

impl<'a> SectionNames<'a> {
    fn of(document: &'a Document) -> Self {
        let named = |section: &'a Section| (section, normalise(&section.title));
        let sections: Vec<_> = document.sections.iter().map(named).collect();
        let longest = sections.iter().map(|(_, normal)| normal.len()).max().unwrap_or(0);
        Self { sections, longest }
    }

    /// Splits a line into the section with the longest name that the line starts with, and the rest. A name is a title
    /// in any spelling, or an id.
    fn split<'b>(&self, line: &'b str) -> Option<(&'a Section, &'b str)> {
        let verbatim = self.sections.iter().filter_map(|(section, _)| {
            let starts = [&section.id, &section.title].into_iter().filter(|name| line.starts_with(name.as_str()));
            let end = starts.map(String::len).filter(|&end| end > 0 && is_word_end(line, end)).max()?;
            Some((end, *section))
        });
        let mut found = verbatim.rev().max_by_key(|(end, _)| *end);
        for (end, normal) in self.starts(line) {
            let titled = self.sections.iter().find(|(_, title)| *title == normal);
            if let Some((section, _)) = titled.filter(|_| found.is_none_or(|(longest, _)| end > longest)) {
                found = Some((end, section));
            }
        }
        let (end, section) = found?;
        // The marks between the name and the paragraphs: `Abe Era: 3`.
        Some((section, line[end..].trim_start_matches(|mark: char| !mark.is_alphanumeric() && !is_opening(mark))))
    }

    /// The starts of a line that can be a title: their ends in bytes, and their normal forms.
    fn starts(&self, line: &str) -> impl Iterator<Item = (usize, String)> {
        let letters = line.char_indices().take(NAME_CHARS_MAX).filter(|(_, letter)| letter.is_alphanumeric());
        let ends = letters.map(|(at, letter)| at + letter.len_utf8()).filter(|&end| is_word_end(line, end));
        let starts = ends.map(|end| (end, normalise(&line[..end])));
        starts.take_while(|(_, normal)| normal.len() <= self.longest + NORMAL_SLACK)
    }
}

/// Whether no word of the line continues at this byte.
fn is_word_end(line: &str, end: usize) -> bool {
    line.get(end..).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

/// Parses paragraphs and ranges of paragraphs, such as `3` or `¶ 2, 4–6`, to ascending distinct numbers. Returns `None`
/// for anything else.
fn paragraphs(typed: &str) -> Option<Vec<u32>> {
    let bare = typed.replace(['¶', '§', ':', '.'], " ").replace(['–', '—'], "-");
    let mut numbers = Vec::new();
    for part in bare.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u32, u32) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        if last < first || last - first >= limits::CITED_PARAGRAPHS as u32 {
            return None;
        }
        numbers.extend(first..=last);
        if numbers.len() > limits::CITED_PARAGRAPHS {
            return None;
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    (!numbers.is_empty()).then_some(numbers)
}

/// Prints citations in the format that [`parse`] reads.
#[must_use]
pub fn print(citations: &[Citation], document: &Document) -> String {
    let line = |citation: &Citation| {
        let section = document.section(&citation.section).map_or(citation.section.as_str(), |section| &section.title);
        let paragraphs = citation.paragraphs.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
        let quote = citation.quote.as_ref().map(|quote| format!(" \"{quote}\"")).unwrap_or_default();
        format!("{section} {paragraphs}{quote}")
    };
    citations.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn document() -> Document {
        let section =
            |id: &str, title: &str| Section { id: id.into(), title: title.into(), paragraphs: 40, summary: None };
        let sections = vec![
            section("abe", "Abe"),
            section("abe-era", "Abe Era"),
            section("1945", "1945: The End"),
            section("us", "The U.S. Policy"),
            section("octopus", "🐙"),
            section("cafe", "Café"),
        ];
        Document { sections, ..Document::default() }
    }

    #[test]
    fn citations_are_parsed_in_the_ways_people_write_them() {
        for (typed, section, paragraphs, quote) in [
            ("Abe 3", "abe", &[3][..], None),
            ("abe era: 3, 5-6", "abe-era", &[3, 5, 6], None),
            ("abe-era ¶ 4–5, 2", "abe-era", &[2, 4, 5], None),
            ("1945 the end, ¶ 1", "1945", &[1], None),
            ("1945 7 “a few words”", "1945", &[7], Some("a few words")),
            ("ABE ERA 1 \"so \"called\" words\"", "abe-era", &[1], Some("so \"called\" words")),
            ("Abe — 2 \"a few words\"", "abe", &[2], Some("a few words")),
            ("the u.s. policy 4", "us", &[4], None),
            ("The U.S. Policy, 4", "us", &[4], None),
            ("🐙 2", "octopus", &[2], None),
            ("cafe\u{301} 3", "cafe", &[3], None),
        ] {
            let read = parse(typed, &document()).unwrap();
            assert_eq!(read.len(), 1, "{typed}");
            let Citation { section: id, paragraphs: numbers, quote: words } = &read[0];
            assert_eq!((id.as_str(), &numbers[..], words.as_deref()), (section, paragraphs, quote), "{typed}");
        }
    }

    #[test]
    fn an_error_names_its_line() {
        let sections = "Abe · Abe Era · 1945: The End · The U.S. Policy · 🐙 · Café".to_owned();
        for (typed, told) in [
            ("", CitationError::Missing),
            ("\n  \n", CitationError::Missing),
            ("Abe 1\nPutin 3", CitationError::NoSection { line: 2, sections: sections.clone() }),
            ("Aber 3", CitationError::NoSection { line: 1, sections }),
            ("Abe", CitationError::NoParagraphs { line: 1, found: String::new() }),
            ("Abe three", CitationError::NoParagraphs { line: 1, found: "three".into() }),
            ("Abe 5-3", CitationError::NoParagraphs { line: 1, found: "5-3".into() }),
            ("Abe 1-4000000000", CitationError::NoParagraphs { line: 1, found: "1-4000000000".into() }),
        ] {
            assert_eq!(parse(typed, &document()).unwrap_err(), told, "{typed:?}");
        }
    }

    #[test]
    fn a_long_line_is_read_only_as_far_as_a_name_can_reach() {
        for line in ["\u{FDFA} ".repeat(2_000), "\u{FDFA}".repeat(4_000), "a-".repeat(2_000), "a---".repeat(1_000)] {
            let document = document();
            let names = SectionNames::of(&document);
            let read: usize = names.starts(&line).map(|(end, _)| line[..end].chars().count()).sum();
            assert!(read <= 4 * NAME_CHARS_MAX, "{read} characters of {:?}…", &line[..8]);
        }
    }

    #[test]
    fn printed_citations_are_parsed_back() {
        let citations = vec![
            Citation { section: "abe-era".into(), paragraphs: vec![1, 2, 9], quote: Some("few words".into()) },
            Citation { section: "1945".into(), paragraphs: vec![7], quote: None },
        ];
        assert_eq!(parse(&print(&citations, &document()), &document()).unwrap(), citations);
    }
}
