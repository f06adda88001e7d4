//! `footnote eval`: the figures over labelled questions, overall and by kind.

use serde_json::json;

use crate::{HARBOUR, Shell};

const QUESTIONS: &str = r#"{"id": "1", "q": "who built the lighthouse?", "kind": "plain", "gold": [{"section": "the-lighthouse", "paragraphs": [2, 3]}]}
{"id": "2", "q": "how tall is the lighthouse?", "kind": "plain", "gold": [{"section": "the-ferry", "paragraphs": [1]}]}

{"id": "3", "q": "what is the best pizza in town?", "kind": "off", "gold": []}
{"id": "4", "q": "who was the first keeper?", "kind": "off", "gold": [], "note": "answered all the same"}
{"id": "5", "q": "what is the best pizza in town?", "kind": "plain", "gold": [{"section": "the-keepers", "paragraphs": [1]}]}
"#;

#[test]
fn figures_are_told_overall_and_by_kind() {
    let shell = Shell::new();
    shell.write("questions.jsonl", QUESTIONS);
    let figures = shell.run(&["eval", "--json", "--knowledge", HARBOUR, "questions.jsonl"]).json();
    let tally = |questions, right, wrong, refused| {
        json!({ "questions": questions, "right": right, "wrong": wrong, "suggested_with": 0,
                "suggested_without": 0, "refused": refused, "top1": right })
    };
    assert_eq!(figures["answerable"], tally(3, 1, 1, 1));
    assert_eq!(figures["unanswerable"], tally(2, 0, 1, 1));
    assert_eq!(figures["kinds"], json!({ "plain": tally(3, 1, 1, 1), "off": tally(2, 0, 1, 1) }));
    assert!(figures["microseconds_a_question"].as_f64().unwrap() > 0.0);

    let table = shell.run(&["eval", "--knowledge", HARBOUR, "questions.jsonl"]).good();
    let row = |name: &str| table.lines().find(|line| line.trim_start().starts_with(name)).unwrap().to_owned();
    let counts: Vec<_> = row("answerable").split_whitespace().skip(1).map(str::to_owned).collect();
    assert_eq!(counts[..5], ["3", "1", "33.3%", "1", "33.3%"]);
    for words in ["plain", "off", "right", "wrong", "refused", "microseconds a question"] {
        assert!(table.contains(words), "{words}: {table}");
    }
}

#[test]
fn suggestions_are_counted_with_and_without_the_right_one() {
    let shell = Shell::new();
    shell.write("config.toml", "[matching]\nanswer = 1.0\nsuggest = 0.2\n");
    let line = |section: &str| {
        format!(r#"{{"q": "who built the lighthouse?", "gold": [{{"section": "{section}", "paragraphs": [1]}}]}}"#)
    };
    shell.write("questions.jsonl", &format!("{}\n{}\n", line("the-lighthouse"), line("nowhere")));
    let figures = shell.run(&["eval", "--json", "--knowledge", HARBOUR, "questions.jsonl"]).json();
    let answerable = &figures["answerable"];
    assert_eq!((&answerable["suggested_with"], &answerable["suggested_without"]), (&json!(1), &json!(1)));
}

#[test]
fn what_is_wrong_with_the_questions_is_told() {
    let shell = Shell::new();
    shell.write("empty.jsonl", "\n\n");
    shell.write("broken.jsonl", &format!("{}{{\"q\": 1}}\n", QUESTIONS));
    for (file, words) in [
        ("nowhere.jsonl", "nowhere.jsonl: expected a readable file"),
        ("empty.jsonl", "expected at least one question"),
        ("broken.jsonl", "broken.jsonl:7: expected a labelled question"),
    ] {
        let told = shell.run(&["eval", "--knowledge", HARBOUR, file]).failed(1);
        assert!(told.starts_with("footnote: ") && told.contains(words), "{told}");
    }
}
