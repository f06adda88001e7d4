//! Renders the difference between two revisions: removed text is struck through, added text is bold.
//! Counts the changes that do not fit. Never cuts within a mark.

use crate::discord::view::markdown::{bold, code, escape, struck};
use crate::knowledge::{Document, parse_document};
use crate::moderation::diff::{self, Change, ChangeKind, Difference, FieldChange, ItemKind, Run};
use crate::text::truncate;

/// Characters of unchanged text on each side of a change: enough to recognize the place.
const CONTEXT_CHARS: usize = 40;

/// Characters of one removed or added part: a long sentence, so that three fields fit into a message.
const PART_CHARS: usize = 400;

/// Characters of a field. Several fit, and a rewritten passage is shown whole.
const FIELD_CHARS: usize = 1_200;

/// Characters reserved for the last line, which counts the omitted changes.
const REST_CHARS: usize = 60;

/// Renders a difference in at most `max` characters.
#[must_use]
pub fn difference(difference: &Difference, max: usize) -> String {
    let mut text = String::new();
    let mut room = max.saturating_sub(REST_CHARS);
    let mut omitted = difference.omitted;
    for (number, change) in difference.changes.iter().enumerate() {
        let block = block(change, room);
        let chars = block.chars().count();
        if chars > room {
            omitted += difference.changes.len() - number;
            break;
        }
        room -= chars;
        text += &block;
    }
    match (text.is_empty(), omitted, difference.reordered) {
        (_, 1.., _) => text += &format!("… and {omitted} more"),
        (true, 0, true) => text += "The order of entries changed, nothing else.",
        (true, 0, false) => text += "Nothing changed except spaces or the order of keys.",
        (false, 0, true) => text += "The order of entries changed too.",
        (false, 0, false) => {}
    }
    text.trim_end().to_owned()
}

/// Renders the difference between two texts of a knowledge file in at most `max` characters. Takes long for large
/// texts: call it where blocking is allowed.
#[must_use]
pub fn difference_of_texts(old: Option<&str>, new: &str, max: usize) -> String {
    let read = |text: Option<&str>| text.map_or_else(|| Ok(Document::default()), parse_document);
    match (read(old), read(Some(new))) {
        (Ok(old), Ok(new)) => difference(&diff::difference(&old, &new), max),
        (Err(_), Ok(_)) => "The previous version could not be read as knowledge.".to_owned(),
        (_, Err(error)) => {
            truncate(&format!("This version cannot be read as knowledge: {}", escape(&error.to_string())), max)
        }
    }
}

/// Renders the heading of an item and as many of its fields as fit into `room` characters.
fn block(change: &Change, room: usize) -> String {
    let mut block = heading(change) + "\n";
    let mut room = room.saturating_sub(block.chars().count());
    for (number, field) in change.fields.iter().enumerate() {
        let line = self::field(field) + "\n";
        let chars = line.chars().count();
        if chars + REST_CHARS > room {
            let rest: Vec<_> = change.fields[number..].iter().map(|field| field.name.replace('_', " ")).collect();
            let rest = rest.join(", ");
            return block + &truncate(&format!("… also {rest}"), REST_CHARS) + "\n";
        }
        room -= chars;
        block += &line;
    }
    block
}

/// `**Entry** `why-red`: changed`.
fn heading(change: &Change) -> String {
    let item = match change.item {
        ItemKind::Document => "The document",
        ItemKind::Section => "Section",
        ItemKind::Entry => "Entry",
        ItemKind::Boundary => "Boundary",
    };
    let id = if change.id.is_empty() { String::new() } else { format!(" {}", code(&change.id)) };
    let kind = match change.kind {
        ChangeKind::Added => "added",
        ChangeKind::Removed => "removed",
        ChangeKind::Changed => "changed",
    };
    format!("**{item}**{id} {kind}")
}

/// Renders a field: on one line if some words are unchanged, else with each part on its own line.
fn field(field: &FieldChange) -> String {
    let name = field.name.replace('_', " ");
    let last = field.runs.len().saturating_sub(1);
    let parts = field.runs.iter().enumerate().map(|(place, run)| match run {
        Run::Kept(text) => kept(text, place == 0, place == last && !field.is_cut),
        Run::Removed(text) => struck(&clipped(text)),
        Run::Added(text) => bold(&clipped(text)),
    });
    let is_exchange = matches!(field.runs[..], [Run::Removed(_), Run::Added(_)]);
    let inline = is_exchange || field.runs.iter().any(|run| matches!(run, Run::Kept(_)));
    let (begin, between) = if inline || last == 0 { (" ", "") } else { ("\n", "\n") };
    let mut text = format!("{name}:{begin}");
    for (place, part) in parts.enumerate() {
        if text.chars().count() + part.chars().count() > FIELD_CHARS {
            return text + " …";
        }
        // Without a space, the removed text and its replacement would look like one word.
        let apart = if inline && text.ends_with("~~") && part.starts_with("**") { " " } else { between };
        text += if place == 0 { "" } else { apart };
        text += &part;
    }
    if field.is_cut { text + " …" } else { text }
}

/// Renders the ends of an unchanged text that are next to a change.
fn kept(text: &str, is_first: bool, is_last: bool) -> String {
    let chars: Vec<char> = text.chars().collect();
    let shown = if is_first || is_last { CONTEXT_CHARS } else { 2 * CONTEXT_CHARS };
    if chars.len() <= shown + 1 {
        return escape(text);
    }
    let begin: String = if is_first { String::new() } else { chars.iter().take(CONTEXT_CHARS).collect() };
    let end: String = if is_last { String::new() } else { chars[chars.len() - CONTEXT_CHARS..].iter().collect() };
    format!("{}…{}", escape(&begin), escape(&end))
}

/// Shortens a part, and keeps a space at its end.
fn clipped(text: &str) -> String {
    if text.chars().nth(PART_CHARS).is_none() { text.to_owned() } else { truncate(text, PART_CHARS) + " " }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::knowledge::Entry;

    fn entry(id: &str, passage: &str, also_asked: &[&str]) -> Entry {
        Entry {
            id: id.into(),
            question: format!("What of {id}?"),
            passage: passage.into(),
            also_asked: also_asked.iter().map(ToString::to_string).collect(),
            ..Entry::default()
        }
    }

    fn told(old: Vec<Entry>, new: Vec<Entry>) -> String {
        let document = |entries| Document { title: "Guide".into(), entries, ..Document::default() };
        difference(&diff::difference(&document(old), &document(new)), 4_096)
    }

    #[test]
    fn changed_words_are_struck_or_bold_in_place() {
        for (old, new, text) in [
            (
                vec![entry("a", "Built by Ada Holm in 1871.", &[])],
                vec![entry("a", "Built by Bo Holm in 1871.", &[])],
                "**Entry** `a` changed\npassage: Built by ~~Ada~~ **Bo** Holm in 1871.",
            ),
            (
                vec![entry("a", "One.", &["b", "c"])],
                vec![entry("a", "One.", &["b", "d*", "e"])],
                "**Entry** `a` changed\nalso asked:\n~~c~~\n**d\\***\n**e**",
            ),
            (vec![], vec![entry("a", "One.", &[])], "**Entry** `a` added\nquestion: **What of a?**\npassage: **One.**"),
            (
                vec![entry("a", "One.", &[]), entry("b", "Two.", &[])],
                vec![entry("b", "Two.", &[]), entry("a", "One.", &[])],
                "The order of entries changed, nothing else.",
            ),
            (vec![], vec![], "Nothing changed except spaces or the order of keys."),
        ] {
            assert_eq!(told(old, new), text);
        }
    }

    #[test]
    fn unchanged_text_is_shortened_beside_a_change() {
        let long = "word ".repeat(50);
        let text =
            told(vec![entry("a", &format!("{long}x {long}"), &[])], vec![entry("a", &format!("{long}y {long}"), &[])]);
        let near = "word ".repeat(8);
        assert_eq!(text, format!("**Entry** `a` changed\npassage: …{near}~~x~~ **y** {}…", near.trim_end()));
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let many = |passage: &str| (0..60).map(|n| entry(&format!("e{n}"), passage, &[])).collect::<Vec<_>>();
        let text = told(many(&"old ".repeat(60)), many(&"new ".repeat(60)));
        assert!(text.chars().count() <= 4_096);
        let shown = text.matches("**Entry**").count();
        assert!(text.ends_with(&format!("… and {} more", 60 - shown)), "{text}");
    }

    proptest! {
        #[test]
        fn it_is_never_longer_than_it_may_be(old in "\\PC{0,300}", new in "\\PC{0,300}", count in 0..9usize, max in 200..4_096usize) {
            let entries = |passage: &str| (0..count).map(|n| entry(&n.to_string(), passage, &[passage])).collect();
            let document = |entries| Document { entries, ..Document::default() };
            let changed = diff::difference(&document(entries(&old)), &document(entries(&new)));
            prop_assert!(difference(&changed, max).chars().count() <= max);
        }
    }
}
