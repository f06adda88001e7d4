//! The texts in `examples/` keep working as `docs/your-own-text.md` says: checked, and measured alone and beside the
//! bundled essay.

use std::collections::HashSet;

use serde_json::Value;

use crate::Shell;

const NAMES: [&str; 2] = ["bicycle-workshop", "game-server"];

/// The most points of right answers that the essay may cost an example.
const LOSS_BESIDE_ESSAY: f64 = 2.0;

fn path(name: &str) -> String {
    format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn example(name: &str, ending: &str) -> String {
    path(&format!("examples/{name}.{ending}"))
}

/// The figures of an example with its questions, beside these other files.
fn figures(name: &str, others: &[&str], options: &[&str]) -> Value {
    let (knowledge, questions) = (example(name, "json"), example(name, "jsonl"));
    let mut arguments = vec!["eval", "--json", "--failures", "--knowledge", &knowledge];
    others.iter().for_each(|other| arguments.extend(["--knowledge", other]));
    arguments.extend(options);
    arguments.push(&questions);
    Shell::new().run(&arguments).json()
}

fn count(figures: &Value, group: &str, field: &str) -> u64 {
    figures[group][field].as_u64().unwrap()
}

#[test]
fn examples_agree_with_their_texts() {
    for name in NAMES {
        let report =
            Shell::new().run(&["check", "--json", "--source", &example(name, "md"), &example(name, "json")]).json();
        let findings = report["findings"].as_array().unwrap();
        assert_eq!(report["errors"], 0, "{name}: {findings:?}");
        // Nobody asks about every paragraph. Any other warning is a fault.
        let other = findings.iter().find(|finding| !finding["message"].as_str().unwrap().starts_with("no entry cites"));
        assert_eq!(other, None, "{name}");
    }
}

#[test]
fn all_examples_can_be_loaded_with_the_essay() {
    let (examples, essay) = (path("examples"), path("knowledge"));
    let sections = Shell::new().run(&["sections", "--knowledge", &examples, "--knowledge", &essay]).good();
    for title in
        ["Spoke & Thread: Workshop Handbook", "Larkhollow: Rules and Player Guide", "Japan and Russia after Abe"]
    {
        assert!(sections.lines().any(|line| line == title), "{title}: {sections}");
    }
}

/// Bounds a little worse than the measured figures, so that a small change of the matcher does not fail the test and a
/// broken one does.
#[test]
fn examples_answer_their_questions_alone_and_beside_the_essay() {
    let essay = path("knowledge/japan-russia.json");
    for name in NAMES {
        let (alone, beside) = (figures(name, &[], &[]), figures(name, &[&essay], &[]));
        assert!(count(&alone, "answerable", "right") >= 49, "{name}: {}", alone["answerable"]);
        for figures in [&alone, &beside] {
            assert!(count(figures, "answerable", "wrong") <= 6, "{name}: {}", figures["answerable"]);
            assert!(count(figures, "unanswerable", "wrong") <= 5, "{name}: {}", figures["unanswerable"]);
        }
        let share = |figures| 100.0 * count(figures, "answerable", "right") as f64 / 90.0;
        assert!(share(&beside) >= share(&alone) - LOSS_BESIDE_ESSAY, "{name}: {}", beside["answerable"]);
    }
}

#[test]
fn the_essay_neither_answers_nor_refuses_questions_of_an_example() {
    let essay = path("knowledge/japan-russia.json");
    for name in NAMES {
        let document: Value = serde_json::from_str(&std::fs::read_to_string(example(name, "json")).unwrap()).unwrap();
        let own: HashSet<&str> = ["entries", "boundaries"]
            .iter()
            .flat_map(|list| document[list].as_array().unwrap())
            .map(|item| item["id"].as_str().unwrap())
            .collect();
        let beside = figures(name, &[&essay], &[]);
        let failures = beside["failures"].as_array().unwrap();
        let of_answerable = failures.iter().filter(|failure| failure["expected"]["answerable"] == true);
        for given in of_answerable.map(|failure| &failure["given"]) {
            // A suggestion of the essay's is one of three to choose from.
            let answers = given["entries"].as_array().into_iter().flatten().filter(|_| given["outcome"] == "answer");
            let mut named = answers.chain([&given["boundary"]]).filter_map(Value::as_str);
            assert_eq!(named.find(|id| !own.contains(id)), None, "{name}: {given:?}");
            assert_ne!(given["outcome"], "small_talk", "{name}: {given:?}");
        }
    }
    for name in NAMES {
        let arithmetic =
            Shell::new().run(&["ask", "--json", "--knowledge", &example(name, "json"), "what's 12 times 12"]).json();
        assert_eq!(arithmetic["verdict"], "unknown", "{name}: {arithmetic}");
    }
    let arguments = ["ask", "--knowledge", &path("examples"), "--knowledge", &path("knowledge")];
    let replies = Shell::new().feed(&arguments, b"how do I quit\nhow do i leave\ncan I use my own tools\n").good();
    assert!(!replies.to_lowercase().contains("essay"), "{replies}");
}

#[test]
fn more_wordings_answer_more_questions() {
    for name in NAMES {
        let right = |wordings| count(&figures(name, &[], &["--wordings", wordings]), "answerable", "right");
        let (two, five) = (right("2"), right("5"));
        assert!(two + 9 <= five, "{name}: {two} with 2 wordings, {five} with 5");
        assert_eq!(right("99"), count(&figures(name, &[], &[]), "answerable", "right"));
    }
}
