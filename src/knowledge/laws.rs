//! Laws of the check that hold for any file: nothing panics, what is told exists, and the schema's walk agrees with a
//! validator that others wrote.
#![allow(clippy::unwrap_used)]

use std::fs;

use proptest::prelude::*;

use super::tests::{GOOD, check_one, file};
use super::*;

/// What the walk of the schema understands. An attribute in `model.rs` that adds another keyword must be added to the walk.
#[test]
fn the_schema_says_nothing_that_the_check_does_not_understand() {
    const KNOWN: [&str; 18] = [
        "$defs",
        "$ref",
        "$schema",
        "additionalProperties",
        "description",
        "format",
        "items",
        "maxItems",
        "maxLength",
        "maximum",
        "minItems",
        "minLength",
        "minimum",
        "pattern",
        "properties",
        "required",
        "title",
        "type",
    ];
    fn walk(schema: &serde_json::Value) {
        for (keyword, value) in schema.as_object().unwrap() {
            assert!(KNOWN.contains(&keyword.as_str()), "{keyword}");
            match keyword.as_str() {
                "properties" | "$defs" => value.as_object().unwrap().values().for_each(walk),
                "items" => walk(value),
                "pattern" => assert_eq!(value, limits::ID_PATTERN),
                "additionalProperties" => assert_eq!(value, false),
                "type" => assert!(["object", "array", "string", "integer"].contains(&value.as_str().unwrap())),
                _ => {}
            }
        }
    }
    walk(&schema());
}

/// The good file's text with pieces of it replaced or removed: mostly no JSON any more.
fn mutated_text() -> impl Strategy<Value = String> {
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

/// The good file with some values replaced, removed or added: JSON, and mostly of the wrong shape.
fn mutated_json() -> impl Strategy<Value = String> {
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

/// Laws of every report: what it tells exists, and it gives knowledge exactly when there is no error.
fn assert_sound(text: &str, report: &Report) {
    let lines = text.lines().count().max(1);
    for finding in report.findings() {
        let (line, column) = (finding.line.unwrap(), finding.column.unwrap());
        assert!((1..=lines).contains(&line), "{finding:?}");
        let length = text.lines().nth(line - 1).unwrap_or_default().chars().count();
        assert!((1..=length + 1).contains(&column), "{finding:?}");
        assert!(
            finding.path.starts_with('$') && !finding.message.is_empty() && !finding.help.is_empty(),
            "{finding:?}"
        );
    }
    assert_eq!(report.knowledge().is_some(), report.errors() == 0);
    assert_eq!(report.findings().len(), report.errors() + report.warnings());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_text_is_reported_soundly(text in any::<String>()) {
        assert_sound(&text, &check_one(&text));
    }

    #[test]
    fn any_bytes_are_reported_soundly(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("k.json");
        fs::write(&path, &bytes).unwrap();
        let report = check(std::slice::from_ref(&path), None, |_| Vec::new());
        prop_assert!(report.errors() > 0);
        prop_assert!(report.findings().iter().all(|finding| finding.line.is_some()));
    }

    #[test]
    fn a_mutated_file_is_reported_soundly(text in prop_oneof![mutated_text(), mutated_json()]) {
        let report = check_files(&[file("k.json", text.as_str())], Some(&file("k.json", text.as_str())));
        assert_sound(&text, &report);
    }

    /// The walk of the schema and an independent validator agree on what is sound, and what is sound fits the types and is read by them.
    #[test]
    fn the_walk_agrees_with_a_validator(text in mutated_json()) {
        let file = file("k.json", text.as_str());
        let mut findings = findings::Findings::default();
        let schema = schema();
        let root = tree::parse(&text).unwrap();
        shape::check(&schema, &root, &place::Place::new(&file), &mut findings);
        let sound = shape::sound(&schema, &root, &place::Place::new(&file)).unwrap();
        let value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(!findings.any_error(), jsonschema::validator_for(&schema).unwrap().is_valid(&value));
        let document = serde_json::from_value::<Document>(sound);
        prop_assert!(document.is_ok());
        if findings.count() == 0 {
            prop_assert_eq!(serde_json::from_str::<Document>(&text).ok(), document.ok());
        }
    }
}
