//! Test data for this module and its users: a good file, mutations of it, and random documents, which fit the types but
//! may break other rules. Random documents use few ids and wordings, so that two documents share some.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::{Boundary, Citation, Document, Entry, Section, SmallTalk, limits};

/// A file without findings. Each test changes a line or two of it.
pub(crate) const GOOD: &str = r#"{
  "$schema": "schema.json",
  "title": "The Lighthouse",
  "about": "An essay on a lighthouse.",
  "sections": [
    {"id": "introduction", "title": "Introduction", "paragraphs": 1},
    {"id": "the-keeper", "title": "The Keeper", "paragraphs": 2, "summary": "Who lived there."}
  ],
  "synonyms": [["lighthouse", "light tower"]],
  "entries": [
    {
      "id": "who-built-it",
      "question": "Who built the lighthouse?",
      "also_asked": ["Whose work is the tower?", "builder"],
      "passage": "The harbour board built it.",
      "citations": [{"section": "introduction", "paragraphs": [1], "quote": "the board’s lighthouse"}]
    },
    {
      "id": "who-kept-it",
      "question": "Who kept the light burning?",
      "also_asked": ["What was the keeper called?", "Name of the keeper"],
      "passage": "A family of three kept it.\nThey lived there.",
      "citations": [{"section": "the-keeper", "paragraphs": [1, 2], "quote": "kept it for forty years"}],
      "related": ["who-built-it"]
    }
  ],
  "boundaries": [
    {"id": "height", "question": "How tall is it?", "also_asked": ["Its height in metres"], "says": "The essay does not say."}
  ],
  "small_talk": [
    {"wordings": ["hi", "Good morning"], "reply": "Hello! Ask about the lighthouse."}
  ]
}
"#;

fn id() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c", "d", "e-1", "f"]).prop_map(str::to_owned)
}

/// Texts that are difficult to write as JSON.
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

/// A random entry.
pub(crate) fn entry() -> impl Strategy<Value = Entry> {
    let questions = (words(), prop::option::of(words()), any::<bool>(), list(4));
    (id(), questions, words(), prop::collection::vec(citation(), 0..3), prop::collection::vec(id(), 0..3)).prop_map(
        |(id, (question, label, false_premise, also_asked), passage, citations, related)| Entry {
            id,
            question,
            label,
            false_premise,
            also_asked,
            passage,
            citations,
            related,
        },
    )
}

/// A random boundary.
pub(crate) fn boundary() -> impl Strategy<Value = Boundary> {
    (id(), words(), list(3), words(), prop::collection::vec(id(), 0..2))
        .prop_map(|(id, question, also_asked, says, related)| Boundary { id, question, also_asked, says, related })
}

fn small_talk() -> impl Strategy<Value = SmallTalk> {
    (list(3), words()).prop_map(|(wordings, reply)| SmallTalk { wordings, reply })
}

fn section() -> impl Strategy<Value = Section> {
    (id(), words(), 0..9_u32, prop::option::of(words())).prop_map(|(id, title, paragraphs, summary)| Section {
        id,
        title,
        paragraphs,
        summary,
    })
}

fn language() -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop::sample::select(limits::LANGUAGES).prop_map(str::to_owned))
}

/// A random document. Ids may occur more than once.
pub(crate) fn document() -> impl Strategy<Value = Document> {
    (
        (prop::option::of(words()), words(), prop::option::of(words()), prop::option::of(words()), language()),
        prop::collection::vec(section(), 0..3),
        prop::collection::vec(list(3), 0..3),
        prop::collection::vec(entry(), 0..5),
        prop::collection::vec(boundary(), 0..3),
        prop::collection::vec(small_talk(), 0..3),
    )
        .prop_map(
            |((schema, title, about, url, language), sections, synonyms, entries, boundaries, small_talk)| Document {
                schema,
                title,
                about,
                url,
                language,
                sections,
                synonyms,
                entries,
                boundaries,
                small_talk,
            },
        )
}

/// A random document in which every id is unique.
pub(crate) fn sound_document() -> impl Strategy<Value = Document> {
    document().prop_map(|mut document| {
        let mut seen = std::collections::HashSet::new();
        document.entries.retain(|entry| seen.insert(entry.id.clone()));
        document.boundaries.retain(|boundary| seen.insert(boundary.id.clone()));
        document
    })
}

/// A JSON style: indentation and line break, or `None` for one line without spaces.
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
    // JSON escapes line breaks within texts, so this replaces only those of the layout.
    String::from_utf8_lossy(&bytes).replace('\n', newline) + newline
}

/// The good file with pieces of its text replaced or removed: usually not valid JSON.
pub(crate) fn mutated_text() -> impl Strategy<Value = String> {
    let scraps =
        vec!["\"", "\\", ",", ":", "{", "}", "[", "]", "0", "-", "null", "\n", "\u{FEFF}", "é", "\"\"", "\"id\": ", ""];
    let edit = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), prop::sample::select(scraps));
    prop::collection::vec(edit, 1..6).prop_map(|edits| {
        let mut text: Vec<char> = GOOD.chars().collect();
        for (from, length, scrap) in edits {
            let from = from.index(text.len());
            let to = (from + length.index(8)).min(text.len());
            text.splice(from..to, scrap.chars());
        }
        text.into_iter().collect()
    })
}

/// The good file with some values replaced, removed or added: valid JSON that usually breaks the schema.
pub(crate) fn mutated_json() -> impl Strategy<Value = String> {
    let scraps = [
        r#""""#,
        r#""x""#,
        r#""who-built-it""#,
        r#""Not An Id""#,
        r#""a b c d e f g h i j k l m n""#,
        "0",
        "-1",
        "1.5",
        "7",
        "12345678901234567890",
        "null",
        "true",
        "[]",
        "{}",
        "[1]",
        "[3, 2]",
        r#"["a"]"#,
        r#"[["a", "b"]]"#,
        r#"[{"id": "x"}]"#,
        r#"[{"wordings": ["hi"], "reply": "x"}]"#,
    ];
    let edit = (any::<prop::sample::Index>(), 0..3, prop::sample::select(scraps.to_vec()));
    prop::collection::vec(edit, 0..4).prop_map(|edits| {
        let mut document: serde_json::Value = serde_json::from_str(GOOD).unwrap();
        for (at, kind, scrap) in edits {
            let mut pointers = Vec::new();
            pointers_into(&document, String::new(), &mut pointers);
            let pointer = &pointers[at.index(pointers.len())];
            let (parent, name) = pointer.rsplit_once('/').unwrap_or(("", ""));
            let scrap: serde_json::Value = serde_json::from_str(scrap).unwrap();
            match (kind, document.pointer_mut(parent).unwrap()) {
                (0, serde_json::Value::Object(fields)) => drop(fields.remove(name)),
                (1, serde_json::Value::Object(fields)) => drop(fields.insert(format!("{name}s"), scrap)),
                (0, serde_json::Value::Array(values)) => values.retain(|value| *value == scrap),
                (1, serde_json::Value::Array(values)) => values.push(scrap),
                _ => *document.pointer_mut(pointer).unwrap() = scrap,
            }
        }
        format!("{document:#}")
    })
}

/// The JSON pointers of a value and of everything inside it.
fn pointers_into(value: &serde_json::Value, pointer: String, pointers: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| pointers_into(value, format!("{pointer}/{name}"), pointers));
        }
        serde_json::Value::Array(values) => {
            values.iter().enumerate().for_each(|(n, value)| pointers_into(value, format!("{pointer}/{n}"), pointers));
        }
        _ => {}
    }
    pointers.push(pointer);
}
