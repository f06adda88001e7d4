//! Parses and prints citations as moderators type them, one per line: the title or id of a section, paragraphs, and an
//! optional quote: `Lessons From the Abe Era 3, 5-6 "a few words"`.

use crate::knowledge::wording::normalise;
use crate::knowledge::{Citation, Document, Section, limits};

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

/// Parses citations of a document.
///
/// # Errors
/// The first line that cannot be parsed.
pub fn parse(typed: &str, document: &Document) -> Result<Vec<Citation>, CitationError> {
    let lines = (1..).zip(typed.lines()).map(|(number, line)| (number, line.trim()));
    let citations = lines.filter(|(_, line)| !line.is_empty()).map(|(number, line)| citation(line, number, document));
    let citations = citations.collect::<Result<Vec<_>, _>>()?;
    if citations.is_empty() { Err(CitationError::Missing) } else { Ok(citations) }
}

fn citation(line: &str, number: usize, document: &Document) -> Result<Citation, CitationError> {
    let (section, rest) = section(line, document).ok_or_else(|| CitationError::NoSection {
        line: number,
        sections: document.sections.iter().map(|section| section.title.as_str()).collect::<Vec<_>>().join(" · "),
    })?;
    let start = rest.find(['"', '“', '„', '«']).unwrap_or(rest.len());
    let (places, quote) = rest.split_at(start);
    let quote = quote
        .trim_matches(|letter: char| letter.is_whitespace() || matches!(letter, '"' | '“' | '”' | '„' | '«' | '»'));
    let paragraphs = paragraphs(places)
        .ok_or_else(|| CitationError::NoParagraphs { line: number, found: places.trim().to_owned() })?;
    let quote = (!quote.is_empty()).then(|| quote.to_owned());
    Ok(Citation { section: section.id.clone(), paragraphs, quote })
}

/// Returns the section with the longest name that the line starts with, and the rest of the line.
fn section<'a, 'b>(line: &'b str, document: &'a Document) -> Option<(&'a Section, &'b str)> {
    let ends = line.char_indices().map(|(at, letter)| at + letter.len_utf8()).rev();
    // A name ends at the end of a word.
    let ends = ends.filter(|&end| !line[end..].starts_with(char::is_alphanumeric));
    for end in ends {
        let (name, rest) = line.split_at(end);
        let normal = normalise(name);
        let names = |section: &&Section| name.trim() == section.id || normal == normalise(&section.title);
        if let Some(section) = document.sections.iter().find(names) {
            return Some((section, rest));
        }
    }
    None
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
        let sections = vec![section("abe", "Abe"), section("abe-era", "Abe Era"), section("1945", "1945: The End")];
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
        ] {
            let read = parse(typed, &document()).unwrap();
            assert_eq!(read.len(), 1, "{typed}");
            let Citation { section: id, paragraphs: numbers, quote: words } = &read[0];
            assert_eq!((id.as_str(), &numbers[..], words.as_deref()), (section, paragraphs, quote), "{typed}");
        }
    }

    #[test]
    fn an_error_names_its_line() {
        let sections = "Abe · Abe Era · 1945: The End".to_owned();
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
    fn printed_citations_are_parsed_back() {
        let citations = vec![
            Citation { section: "abe-era".into(), paragraphs: vec![1, 2, 9], quote: Some("few words".into()) },
            Citation { section: "1945".into(), paragraphs: vec![7], quote: None },
        ];
        assert_eq!(parse(&print(&citations, &document()), &document()).unwrap(), citations);
    }
}
