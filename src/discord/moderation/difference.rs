//! The difference of two revisions as text: what was removed is struck out, what was added is bold.
//! What does not fit is counted; nothing is cut within its marks.

use crate::discord::view::limits::clip;
use crate::discord::view::markdown::{bold, code, escape, struck};
use crate::knowledge::{Document, parse_document};
use crate::moderation::diff::{self, Change, ChangeKind, Difference, FieldChange, ItemKind, Run};

/// How many characters of unchanged text are shown on each side of a change: enough to see where it is.
const CONTEXT_CHARS: usize = 40;

/// How many characters of one removed or added part are shown: a long sentence, so that three fields fit a message.
const PART_CHARS: usize = 400;

/// How many characters of a field are shown. Several fit, and a passage that was rewritten is seen whole.
const FIELD_CHARS: usize = 1_200;

/// Room for the last line, which counts what is left out.
const REST_CHARS: usize = 60;

/// Draws a difference in at most `max` characters.
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
        (true, 0, false) => text += "Nothing that is read changed: spaces or the order of keys at most.",
        (false, 0, true) => text += "The order of entries changed, too.",
        (false, 0, false) => {}
    }
    text.trim_end().to_owned()
}

/// Draws the difference of two texts of a knowledge file in at most `max` characters. Takes a while with large ones.
#[must_use]
pub fn of_texts(old: Option<&str>, new: &str, max: usize) -> String {
    let read = |text: Option<&str>| text.map_or_else(|| Ok(Document::default()), parse_document);
    match (read(old), read(Some(new))) {
        (Ok(old), Ok(new)) => difference(&diff::difference(&old, &new), max),
        (Err(_), Ok(_)) => "Before it, the file could not be read as knowledge.".to_owned(),
        (_, Err(error)) => {
            clip(&format!("With it, the file cannot be read as knowledge: {}", escape(&error.to_string())), max)
        }
    }
}

/// An item and its fields, as many of them as fit in so many characters; the item's own line always.
fn block(change: &Change, room: usize) -> String {
    let mut block = heading(change) + "\n";
    let mut room = room.saturating_sub(block.chars().count());
    for (number, field) in change.fields.iter().enumerate() {
        let line = self::field(field) + "\n";
        let chars = line.chars().count();
        if chars + REST_CHARS > room {
            let rest: Vec<_> = change.fields[number..].iter().map(|field| field.name.replace('_', " ")).collect();
            let rest = rest.join(", ");
            return block + &clip(&format!("… also {rest}"), REST_CHARS) + "\n";
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

/// A field's name and what changed in it: in its line where words were kept, else each part on a line of its own.
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
        // What was removed and what came for it would stand together like one word.
        let apart = if inline && text.ends_with("~~") && part.starts_with("**") { " " } else { between };
        text += if place == 0 { "" } else { apart };
        text += &part;
    }
    if field.is_cut { text + " …" } else { text }
}

/// The ends of an unchanged text that stand beside changes.
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

/// A part of a bounded length, with the white space at its end.
fn clipped(text: &str) -> String {
    if text.chars().nth(PART_CHARS).is_none() { text.to_owned() } else { clip(text, PART_CHARS) + " " }
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
    fn words_are_struck_and_bold_where_they_stand() {
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
            (vec![], vec![], "Nothing that is read changed: spaces or the order of keys at most."),
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
