//! Documents of every shape for property tests: sound in form, not always in meaning.
//! Few ids and wordings, so that two documents share some.

use proptest::prelude::*;

use super::{Boundary, Citation, Document, Entry, Section};

fn id() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c", "d", "e-1", "f"]).prop_map(str::to_owned)
}

/// Words with everything that JSON could get wrong.
pub(crate) fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec!["Who built it?", "who kept it", "灯台", "é “x”", "\"a\" \\ b", "a\nb\tc", "🙂", "\u{7f}", ""])
            .prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn list(most: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(words(), 0..most)
}

fn citation() -> impl Strategy<Value = Citation> {
    (id(), prop::collection::vec(0..9_u32, 0..4), prop::option::of(words()))
        .prop_map(|(section, paragraphs, quote)| Citation { section, paragraphs, quote })
}

/// An entry.
pub(crate) fn entry() -> impl Strategy<Value = Entry> {
    (id(), words(), list(4), words(), prop::collection::vec(citation(), 0..3), prop::collection::vec(id(), 0..3))
        .prop_map(|(id, question, also_asked, passage, citations, related)| Entry {
            id,
            question,
            also_asked,
            passage,
            citations,
            related,
        })
}

/// A boundary.
pub(crate) fn boundary() -> impl Strategy<Value = Boundary> {
    (id(), words(), list(3), words()).prop_map(|(id, question, also_asked, says)| Boundary {
        id,
        question,
        also_asked,
        says,
    })
}

fn section() -> impl Strategy<Value = Section> {
    (id(), words(), 0..9_u32, prop::option::of(words())).prop_map(|(id, title, paragraphs, summary)| Section {
        id,
        title,
        paragraphs,
        summary,
    })
}

/// A document, in which ids may stand twice.
pub(crate) fn document() -> impl Strategy<Value = Document> {
    (
        (prop::option::of(words()), words(), prop::option::of(words())),
        prop::collection::vec(section(), 0..3),
        prop::collection::vec(list(3), 0..3),
        prop::collection::vec(entry(), 0..5),
        prop::collection::vec(boundary(), 0..3),
    )
        .prop_map(|((schema, title, about), sections, synonyms, entries, boundaries)| Document {
            schema,
            title,
            about,
            sections,
            synonyms,
            entries,
            boundaries,
        })
}

/// A document in which no id stands twice.
pub(crate) fn sound_document() -> impl Strategy<Value = Document> {
    document().prop_map(|mut document| {
        let mut seen = std::collections::HashSet::new();
        document.entries.retain(|entry| seen.insert(entry.id.clone()));
        document.boundaries.retain(|boundary| seen.insert(boundary.id.clone()));
        document
    })
}

/// A way to write JSON, the same everywhere in a text: none is one line without a space.
pub(crate) fn style() -> impl Strategy<Value = Option<(&'static str, &'static str)>> {
    prop::option::of((
        prop::sample::select(vec![" ", "  ", "    ", "\t", ""]),
        prop::sample::select(vec!["\n", "\r\n"]),
    ))
}

/// The text of a document in a style.
pub(crate) fn written(document: &Document, style: Option<(&str, &str)>) -> String {
    use serde::Serialize as _;
    let Some((indent, newline)) = style else { return serde_json::to_string(document).unwrap_or_default() };
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(indent.as_bytes());
    let written = document.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter));
    assert!(written.is_ok());
    // Within texts, line breaks are escaped.
    String::from_utf8_lossy(&bytes).replace('\n', newline) + newline
}
