//! Properties of rewriting that hold for any two documents, and the diffs of a file written by hand.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::knowledge::arbitrary::{GOOD, document, style, words, written};
use crate::knowledge::{Boundary, Citation, Entry, SmallTalk, TextFile};

/// Rewrites a text after a change to its document.
fn changed(text: &str, change: impl FnOnce(&mut Document)) -> String {
    let mut document = parse_document(text).unwrap();
    change(&mut document);
    rewrite(text, &document).unwrap()
}

/// The lines of `after` between the first and the last that differ from `before`.
fn differing<'a>(before: &str, after: &'a str) -> Vec<&'a str> {
    let (old, new): (Vec<_>, Vec<_>) = (before.split('\n').collect(), after.split('\n').collect());
    let head = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(old, new)| old == new).count();
    new[head..new.len() - tail].to_vec()
}

fn new_entry() -> Entry {
    Entry {
        id: "whose-lamp".into(),
        question: "Whose “lamp” was it?".into(),
        also_asked: vec!["lamp".into(), "owner of the \"lamp\"".into()],
        passage: "Nobody’s.\nIt was lent.".into(),
        citations: vec![Citation { section: "the-keeper".into(), paragraphs: vec![1, 2], quote: None }],
        ..Entry::default()
    }
}

#[test]
fn a_new_entry_looks_like_its_neighbours() {
    let after = changed(GOOD, |document| document.entries.push(new_entry()));
    let expected = r#"    },
    {
      "id": "whose-lamp",
      "question": "Whose “lamp” was it?",
      "also_asked": ["lamp", "owner of the \"lamp\""],
      "passage": "Nobody’s.\nIt was lent.",
      "citations": [{"section": "the-keeper", "paragraphs": [1, 2]}]"#;
    assert_eq!(differing(GOOD, &after), expected.split('\n').collect::<Vec<_>>());
    let bundled = TextFile::builtin().text;
    let after = changed(&bundled, |document| document.entries.insert(1, new_entry()));
    let lines = differing(&bundled, &after);
    assert_eq!(lines.len(), 18, "{lines:#?}");
    assert!(lines.contains(&"    \"owner of the \\\"lamp\\\"\""), "{lines:#?}");
}

#[test]
fn only_the_lines_of_a_change_differ() {
    type Case = (fn(&mut Document), &'static [&'static str]);
    let cases: [Case; 14] = [
        (|document| document.title = "X".into(), &[r#"  "title": "X","#]),
        (|document| document.about = None, &[]),
        (
            |document| document.entries[0].also_asked.push("é".into()),
            &[r#"      "also_asked": ["Whose work is the tower?", "builder", "é"],"#],
        ),
        (|document| document.entries[0].also_asked.clear(), &[]),
        (
            |document| document.entries[0].related.push("who-kept-it".into()),
            &[
                r#"      "citations": [{"section": "introduction", "paragraphs": [1], "quote": "the board’s lighthouse"}],"#,
                r#"      "related": ["who-kept-it"]"#,
            ],
        ),
        (
            |document| document.entries[1].related.clear(),
            &[
                r#"      "citations": [{"section": "the-keeper", "paragraphs": [1, 2], "quote": "kept it for forty years"}]"#,
            ],
        ),
        (|document| drop(document.entries.remove(0)), &[]),
        (
            |document| document.sections[0].paragraphs = 3,
            &[r#"    {"id": "introduction", "title": "Introduction", "paragraphs": 3},"#],
        ),
        (
            |document| document.boundaries.push(Boundary { id: "b".into(), ..Boundary::default() }),
            &[
                r#"    {"id": "height", "question": "How tall is it?", "also_asked": ["Its height in metres"], "says": "The essay does not say."},"#,
                r#"    {"id": "b", "question": "", "says": ""}"#,
            ],
        ),
        (|document| document.boundaries.clear(), &[]),
        (
            |document| document.small_talk[0].wordings.push("hey".into()),
            &[r#"    {"wordings": ["hi", "Good morning", "hey"], "reply": "Hello! Ask about the lighthouse."}"#],
        ),
        (
            |document| document.small_talk[0].reply = "Hey!".into(),
            &[r#"    {"wordings": ["hi", "Good morning"], "reply": "Hey!"}"#],
        ),
        (
            |document| {
                document.small_talk.push(SmallTalk { wordings: vec!["bye".into()], reply: "Goodbye!".into() });
            },
            &[
                r#"    {"wordings": ["hi", "Good morning"], "reply": "Hello! Ask about the lighthouse."},"#,
                r#"    {"wordings": ["bye"], "reply": "Goodbye!"}"#,
            ],
        ),
        (|document| document.small_talk.clear(), &[]),
    ];
    for (number, (change, lines)) in cases.into_iter().enumerate() {
        assert_eq!(differing(GOOD, &changed(GOOD, change)), lines, "case {number}");
    }
}

#[test]
fn handwritten_details_are_kept() {
    // Escapes, an empty list, a byte order mark, no line break at the end, odd spaces, fields in another order.
    let text = "\u{FEFF}{ \"entries\" :[],\"boundaries\": [ ],\r\n\"title\": \"\\u00e9\\/\" , \"sections\": [ ]}";
    let after = changed(text, |document| document.about = Some("x".into()));
    assert_eq!(after, text.replace("\\/\"", "\\/\",\"about\" :\"x\""));
}

#[test]
fn a_text_that_is_not_a_knowledge_file_is_rejected() {
    let sound = parse_document(GOOD).unwrap();
    for text in [
        "",
        "{",
        "[]",
        "null",
        "{\"title\": \"x\"}",
        &GOOD.replacen("\"about\"", "\"abut\"", 1),
        &GOOD.replacen("\"about\"", "\"title\"", 1),
    ] {
        assert!(matches!(rewrite(text, &sound), Err(RewriteError::NotKnowledge(_))), "{text}");
    }
}

/// A JSON string with every letter escaped.
fn escaped(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_text_in_one_style_becomes_the_other_documents_text_in_that_style(
        before in document(), after in document(), style in style(),
    ) {
        prop_assert_eq!(rewrite(&written(&before, style), &after).unwrap(), written(&after, style));
    }

    #[test]
    fn rewriting_with_the_same_document_changes_nothing(document in document(), style in style()) {
        let text = written(&document, style);
        prop_assert_eq!(&rewrite(&text, &document).unwrap(), &text);
    }

    #[test]
    fn a_handwritten_file_becomes_any_document(after in document()) {
        let text = rewrite(GOOD, &after).unwrap();
        prop_assert_eq!(&parse_document(&text).unwrap(), &after);
        // The way back restores the meaning, though perhaps not the layout.
        let good = parse_document(GOOD).unwrap();
        prop_assert_eq!(parse_document(&rewrite(&text, &good).unwrap()).unwrap(), good);
    }

    #[test]
    fn escapes_in_unchanged_values_are_kept(kept in words(), title in words()) {
        let text = GOOD.replacen("A family of three kept it.", &escaped(&kept), 1);
        let after = changed(&text, |document| document.title = title);
        prop_assert!(after.contains(&escaped(&kept)));
    }
}
