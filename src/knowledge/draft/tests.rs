//! Drafts of texts, tables and tags, and the properties that hold for any input.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::knowledge::{Report, Severity, TextFile, check_files};

const TEXT: &str = "---\ntags: x\n---\n# The *Harbour*\n\nA guide.\n\n## 1. The lighthouse\n\nAda Holm built it in three \
                    summers,\nwith stone from the old quarry.\n\n- It is forty metres tall, from rock to lantern.\n- \
                    red\n\n### Lamp\n\nOil.\n\n## Empty\n\n## The ferry\n\n| Day | Time of the departure |\n|---|---|\n| Monday | at noon sharp |\n";

/// The draft of a text, and the report of its check with the text.
fn checked(draft: &KnowledgeDraft, name: &str, text: &str) -> Report {
    let json = TextFile { path: "k.json".into(), text: draft.json() };
    check_files(&[json], Some(&TextFile { path: name.into(), text: text.to_owned() }))
}

fn of_text(name: &str, text: &str) -> KnowledgeDraft {
    KnowledgeDraft::of_text(Path::new(name), text).unwrap()
}

#[test]
fn a_draft_has_the_sections_and_an_entry_for_each_paragraph() {
    let draft = of_text("t.md", TEXT);
    assert_eq!(draft.document.title, "The Harbour");
    let sections: Vec<_> =
        draft.document.sections.iter().map(|s| (s.id.as_str(), s.title.as_str(), s.paragraphs)).collect();
    let expected = [
        ("introduction", "Introduction", 1),
        ("the-lighthouse", "1. The lighthouse", 3),
        ("the-ferry", "The ferry", 1),
    ];
    assert_eq!(sections, expected);
    let entries: Vec<_> = draft.document.entries.iter().map(|entry| (entry.id.as_str(), quote(entry))).collect();
    let expected = [
        ("introduction-1", Some("A guide")),
        ("the-lighthouse-1", Some("Ada Holm built it in three summers")),
        ("the-lighthouse-2", Some("It is forty metres tall, from rock to lantern")),
        ("the-lighthouse-3", Some("Oil")),
        ("the-ferry-1", Some("Time of the departure")),
    ];
    assert_eq!(entries, expected);
    assert_eq!((draft.unwritten(), draft.text.as_ref()), (5, None));
    let parsed: Document = serde_json::from_str(&draft.json()).unwrap();
    assert_eq!(parsed, draft.document);
}

fn quote(entry: &Entry) -> Option<&str> {
    entry.citations[0].quote.as_deref()
}

#[test]
fn the_check_of_a_draft_lists_the_entries_to_write_and_nothing_else() {
    let mut draft = of_text("t.md", TEXT);
    let report = checked(&draft, "t.md", TEXT);
    let messages: Vec<&str> = report.findings().iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(messages.len(), 5, "{report}");
    assert_eq!(messages[0], "`introduction-1` is not written yet: its `question` and `passage` are empty");
    for entry in &mut draft.document.entries {
        entry.question = format!("What is {}?", entry.id);
        entry.also_asked = vec![format!("tell me of {} please", entry.id), format!("{} details", entry.id)];
    }
    let report = checked(&draft, "t.md", TEXT);
    assert!(report.findings().iter().all(|finding| finding.path.ends_with("passage")), "{report}");
    draft.document.entries.iter_mut().for_each(|entry| entry.passage = "It says so.".to_owned());
    assert_eq!(checked(&draft, "t.md", TEXT).errors(), 0, "{report}");
}

#[test]
fn a_text_that_exceeds_a_limit_has_no_draft() {
    let sections = |count: usize| (0..count).map(|n| format!("## S{n}x\n\ntext\n\n")).collect::<String>();
    assert_eq!(of_text("t.md", &sections(limits::SECTIONS)).document.sections.len(), limits::SECTIONS);
    let paragraphs = "a\n\n".repeat(10_001);
    for (text, words) in [
        (sections(limits::SECTIONS + 1), "26 sections"),
        (format!("# T\n\n## {}\n\ntext", "x".repeat(101)), "at most 100 characters"),
        (format!("# T\n\n{paragraphs}"), "at most 10000 paragraphs"),
        ("# T\n\n## U\n".to_owned(), "at least one paragraph"),
        (String::new(), "at least one paragraph"),
    ] {
        let error = KnowledgeDraft::of_text(Path::new("t.md"), &text).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn plain_text_is_one_section() {
    let text = "Introduction\nOne.\n\nTwo.\n";
    let draft = of_text("some-text.txt", text);
    let section = &draft.document.sections[0];
    assert_eq!(
        (draft.document.title.as_str(), section.title.as_str(), section.paragraphs),
        ("Some text", "Opening", 3)
    );
    assert!(
        checked(&draft, "some-text.txt", text).findings().iter().all(|finding| finding.message.contains("not written"))
    );
}

#[test]
fn quotes_are_whole_phrases_of_at_most_twelve_words() {
    for (text, quote) in [
        ("Short.", Some("Short")),
        ("No. But this is a sentence. And another.", Some("No. But this is a sentence")),
        (
            "one two three four five six seven, eight nine ten eleven twelve thirteen",
            Some("one two three four five six seven"),
        ),
        (
            "one two three four five six seven eight nine ten of the thirteen",
            Some("one two three four five six seven eight nine ten"),
        ),
        ("an **open mark", None),
        ("\u{202e}", None),
        ("a\u{7}b", None),
    ] {
        assert_eq!(suggest_quote(&[text.to_owned()]).as_deref(), quote, "{text:?}");
    }
    let long = suggest_quote(&["x".repeat(500)]).unwrap();
    assert_eq!(long.len(), limits::QUOTE_CHARS);
}

#[test]
fn a_table_of_questions_and_answers_becomes_a_text_and_entries() {
    let tables = [
        "Question,Answer,Question 2,Id\nHow tall?,\"Forty metres.\n\nFrom rock, to lantern.\",its height,7\nWho built it?,Ada.,,\n\
         builder?,Ada.,,\nNone?,,,\n,x,,\n",
        "How tall?;\"Forty metres.\n\nFrom rock, to lantern.\";its height\nWho built it?;Ada.;builder?\nNone?;\n;x\n",
    ];
    for (n, table) in tables.into_iter().enumerate() {
        let draft = csv::of_table(Path::new("faq.csv"), table).unwrap();
        let entries = &draft.document.entries;
        let found: Vec<_> =
            entries.iter().map(|e| (e.question.as_str(), e.also_asked.join("|"), &e.citations[0])).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!((found[0].0, found[0].1.as_str(), &found[0].2.paragraphs), ("How tall?", "its height", &vec![1, 2]));
        assert_eq!((found[1].0, found[1].1.as_str(), &found[1].2.paragraphs), ("Who built it?", "builder?", &vec![3]));
        assert_eq!(entries[0].id, "how-tall");
        assert_eq!(draft.omissions.len(), 2, "{:?}", draft.omissions);
        assert_eq!(
            (n > 0 || draft.omissions[0] == "line 7: left out, because it has no answer", draft.unwritten()),
            (true, 0)
        );
        let text = draft.text.clone().unwrap();
        assert!(text.starts_with("# Faq\n\n## Answers\n\n### How tall?\n\nForty metres.\n\nFrom rock"), "{text}");
        let report = checked(&draft, "faq.md", &text);
        assert!(report.findings().iter().all(|finding| finding.message.contains("too few wordings")), "{report}");
    }
    let broken = csv::of_table(Path::new("faq.csv"), "question,answer\n").unwrap_err();
    assert_eq!(broken.to_string(), "faq.csv: expected at least one answer, found none");
}

#[test]
fn tags_become_entries_whose_questions_are_to_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write(
        "type-hint.md",
        "---\naliases: [\"hints\", \"type_hint\", typing]\nembed:\n    title: \"Type hints\"\n    image: {url: x}\n---\n# Head\n\nA hint **names** a type.\n\n```py\nx: int\n",
    );
    write(
        "float.md",
        "---\naliases: fraction\nembed: {title: \"Why is 0.1 + 0.2 not 0.3?\"}\n---\nBinary fractions are inexact.\n",
    );
    write("bare.md", "Just a text, which ends\r\nin the next line.");
    write(".hidden.md", "no");
    write("notes.txt", "no");
    let draft = KnowledgeDraft::of(folder.path()).unwrap();
    let entries: Vec<_> =
        draft.document.entries.iter().map(|e| (e.id.as_str(), e.question.as_str(), e.also_asked.join("|"))).collect();
    let expected = [
        ("bare", "", "bare".to_owned()),
        ("float", "Why is 0.1 + 0.2 not 0.3?", "float|fraction".to_owned()),
        ("type-hint", "", "type hint|hints|typing".to_owned()),
    ];
    assert_eq!(entries[..2], expected[..2]);
    assert!(entries[2].2.starts_with("type hint|hints|typing"), "{entries:?}");
    let text = draft.text.clone().unwrap();
    assert!(text.contains("#### Head\n"), "{text}");
    let report = checked(&draft, "tags.md", &text);
    let errors: Vec<&str> =
        report.findings().iter().filter(|f| f.severity == Severity::Error).map(|f| f.path.as_str()).collect();
    assert_eq!(errors, ["$.entries[0].question", "$.entries[2].question"], "{report}");
    write("broken.md", "---\naliases: [\n---\ntext");
    assert!(KnowledgeDraft::of(folder.path()).unwrap_err().to_string().contains("broken.md"));
    let bomb: String = (0..30).map(|n| format!("a{n}: &a{n} [*a{}, *a{}]\n", n.max(1) - 1, n.max(1) - 1)).collect();
    write("broken.md", &format!("---\n{}---\ntext", bomb.replacen("[*a0, *a0]", "[x, x]", 1)));
    assert!(KnowledgeDraft::of(folder.path()).unwrap_err().to_string().contains("broken.md"));

    let toml = "[vps]\nkeywords = [\"host\", \"vps\"]\ncontent = \"\"\"\nRent a **server**.\n\"\"\"\n\n[\"a b\"]\nhoisted = true\ncontent = \"x\"\n";
    let draft = tags::of_toml(Path::new("tags.toml"), toml).unwrap();
    let entries: Vec<_> =
        draft.document.entries.iter().map(|e| (e.id.as_str(), e.also_asked.join("|"), e.passage.as_str())).collect();
    assert_eq!(entries, [("a-b", "a b".to_owned(), "x"), ("vps", "vps|host".to_owned(), "Rent a **server**.")]);
    let error = tags::of_toml(Path::new("tags.toml"), "a = 1").unwrap_err().to_string();
    assert!(error.starts_with("tags.toml: "), "{error}");
}

#[test]
fn saving_overwrites_nothing_unless_it_is_forced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("faq.json");
    let draft = csv::of_table(&path, "question,answer\na?,b").unwrap();
    let saved = draft.save(&path, false).unwrap();
    assert_eq!((saved.text.clone(), saved.other_schema), (Some(folder.path().join("faq.md")), false));
    assert_eq!(read_text(&saved.schema).unwrap().unwrap(), schema_text());
    fs::write(&saved.schema, "{}").unwrap();
    for file in ["faq.json", "faq.md"] {
        let error = draft.save(&path, false).unwrap_err();
        assert!(matches!(error, DraftError::Exists(_)), "{error}");
        fs::remove_file(folder.path().join(file)).unwrap();
    }
    draft.save(&path, false).unwrap();
    fs::write(&path, "mine").unwrap();
    assert!(draft.save(&path, true).unwrap().other_schema);
    assert_eq!(read_text(&path).unwrap().unwrap(), draft.json());
    assert_eq!(read_text(&saved.schema).unwrap().unwrap(), "{}", "another schema stays");
    assert!(matches!(draft.save(Path::new("/nonexistent/k.json"), true), Err(DraftError::Write { .. })));
}

#[test]
fn inputs_that_are_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("k.json"), "{}").unwrap();
    fs::write(path("latin.md"), b"\xe9").unwrap();
    assert!(matches!(KnowledgeDraft::of(&path("k.json")), Err(DraftError::Json(_))));
    assert!(matches!(KnowledgeDraft::of(&path("missing.md")), Err(DraftError::Missing(_))));
    assert!(matches!(KnowledgeDraft::of(&path("latin.md")), Err(DraftError::Read(_))));
    assert!(matches!(KnowledgeDraft::of(folder.path()), Err(DraftError::Read(_))));
    fs::remove_file(path("latin.md")).unwrap();
    assert!(matches!(KnowledgeDraft::of(folder.path()), Err(DraftError::Empty { .. })));
}

/// Pieces of Markdown that have a meaning together.
fn markdown() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "# A\n",
        "## B\n",
        "## B",
        "### 1. C\n",
        "text\n",
        "other words, more.\n",
        "\n\n",
        "\n",
        "- x\n",
        "1. y\n",
        "> z\n",
        "```\n",
        "    code\n",
        "---\n",
        "===\n",
        "|a|b|\n|-|-|\n",
        "|c|d|\n",
        "<!-- ",
        "-->",
        "<b>\n",
        "*",
        "`",
        "[r]: u\n",
        "[r]",
        "&amp;",
        "![i](u)\n",
        "\t",
        "\r\n",
        "é",
        "Introduction\n",
        "~~~\n",
        "+++\n",
    ]);
    prop_oneof![
        9 => prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// The draft fits its text: the check finds nothing but what the curator has to write.
    #[test]
    fn the_draft_of_any_text_fits_it(text in markdown(), name in prop::sample::select(vec!["t.md", "t.txt"])) {
        if let Ok(draft) = KnowledgeDraft::of_text(Path::new(name), &text) {
            let report = checked(&draft, name, &text);
            let unexpected = report.findings().iter().find(|finding| {
                finding.severity == Severity::Error && !finding.message.contains("is not written yet")
            });
            prop_assert!(unexpected.is_none(), "{}\n{}", draft.json(), report);
            prop_assert_eq!(serde_json::from_str::<Document>(&draft.json()).unwrap(), draft.document);
        }
    }

    /// The text that is made from answers fits the draft.
    #[test]
    fn the_text_made_from_any_answers_fits_the_draft(passages in prop::collection::vec(markdown(), 1..5)) {
        let answer = |(n, passage)| answers::ImportedAnswer {
            name: format!("name {n}"), question: format!("Question {n}?"), wordings: Vec::new(), passage,
        };
        let answers = passages.into_iter().enumerate().map(answer).collect();
        if let Ok(draft) = answers::draft(Path::new("faq.csv"), "Answers", answers, Vec::new()) {
            let text = draft.text.clone().unwrap();
            let report = checked(&draft, "faq.md", &text);
            let unexpected = report.findings().iter().find(|finding| finding.about_source);
            prop_assert!(unexpected.is_none(), "{}\n{}\n{}", text, draft.json(), report);
        }
    }
}
