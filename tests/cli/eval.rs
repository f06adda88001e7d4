//! `footnote eval`: the figures over labelled questions, overall and by kind; confidence, the curve and its picture.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use footnote::matching::normalise;
use serde_json::{Value, json};

use crate::{HARBOUR, Shell, keys};

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
    shell.write("questions.jsonl", &format!("{}\n{}\n", line("the-lighthouse"), line("the-ferry")));
    let figures = shell.run(&["eval", "--json", "--knowledge", HARBOUR, "questions.jsonl"]).json();
    let answerable = &figures["answerable"];
    assert_eq!((&answerable["suggested_with"], &answerable["suggested_without"]), (&json!(1), &json!(1)));
}

/// A German document with four wordings of each entry, and questions in other words, inflected and with typing errors.
/// Read as English, it answers 24 right, 2 wrong, and 1 that it should not; as German 27, 0 and 0.
#[test]
fn a_document_is_read_in_its_declared_language() {
    let folder = format!("{}/tests/questions/german", env!("CARGO_MANIFEST_DIR"));
    let (knowledge, questions) = (format!("{folder}/knowledge.json"), format!("{folder}/questions.jsonl"));
    let figures = Shell::new().run(&["eval", "--json", "--knowledge", &knowledge, &questions]).json();
    let count = |group: &str, count: &str| figures[group][count].as_u64().unwrap();
    assert_eq!((count("answerable", "questions"), count("unanswerable", "questions")), (28, 12));
    assert!(count("answerable", "right") >= 26, "{figures}");
    assert!(count("answerable", "wrong") <= 1, "{figures}");
    assert_eq!(count("unanswerable", "wrong"), 0, "{figures}");
}

/// Bounds a little worse than the measured figures (`docs/performance.md`), so that a small change of the knowledge does
/// not fail the test and a broken verdict does.
#[test]
fn the_bundled_knowledge_answers_what_it_can_and_refuses_the_rest() {
    let shell = Shell::new();
    for (file, right_least, wrong_most, unanswerable_most) in [
        ("japan-russia.jsonl", 0.80, 0.04, 0.06),
        ("first-questions.jsonl", 0.88, 0.03, 0.02),
        ("second-questions.jsonl", 0.80, 0.06, 0.02),
        ("everyday.jsonl", 0.0, 0.0, 0.01),
    ] {
        let path = format!("{}/tests/questions/{file}", env!("CARGO_MANIFEST_DIR"));
        let figures: Value = serde_json::from_str(&shell.run(&["eval", "--json", &path]).good_with_builtin()).unwrap();
        let share = |group: &str, count: &str| {
            figures[group][count].as_f64().unwrap() / figures[group]["questions"].as_f64().unwrap().max(1.0)
        };
        assert!(share("answerable", "right") >= right_least, "{file}: {figures}");
        assert!(share("answerable", "wrong") <= wrong_most, "{file}: {figures}");
        assert!(share("unanswerable", "wrong") <= unanswerable_most, "{file}: {figures}");
        let contentless = &figures["kinds"]["contentless"];
        assert!(contentless.is_null() || contentless["wrong"] == json!(0), "{file}: {contentless}");
    }
}

#[test]
fn confidence_is_held_against_what_was_right() {
    let shell = Shell::new();
    shell.write("questions.jsonl", QUESTIONS);
    let figures = shell.run(&["eval", "--json", "--knowledge", HARBOUR, "questions.jsonl"]).json();
    let auroc = figures["auroc"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&auroc), "{auroc}");
    assert!((0.0..=1.0).contains(&figures["expected_calibration_error"].as_f64().unwrap()));
    let bins = figures["reliability"].as_array().unwrap();
    assert_eq!(bins.len(), 10);
    for bin in bins {
        assert_eq!(keys(bin), ["from", "mean_confidence", "questions", "right", "share_right"]);
        assert_eq!(bin["mean_confidence"].is_null(), bin["questions"] == 0);
    }
    let sum = |field: &str| bins.iter().map(|bin| bin[field].as_u64().unwrap()).sum::<u64>();
    // Of five, the first is right only for the one that the text answers where the label says.
    assert_eq!((sum("questions"), sum("right")), (5, 1));
    assert!(figures["microseconds_median"].as_f64().unwrap() > 0.0);

    let table = shell.run(&["eval", "--knowledge", HARBOUR, "questions.jsonl"]).good();
    let printed = format!("AUROC {:.1}%", 100.0 * auroc);
    for words in [&printed, "0.9 to 1.0", "expected calibration error", "median"] {
        assert!(table.contains(words), "{words}: {table}");
    }
}

#[test]
fn the_curve_says_what_each_threshold_would_answer() {
    let shell = Shell::new();
    shell.write("questions.jsonl", QUESTIONS);
    let arguments = ["eval", "--json", "--knowledge", HARBOUR, "questions.jsonl"];
    let curve = shell.run(&arguments).json()["curve"].clone();
    assert_eq!((&curve["answerable"], &curve["unanswerable"]), (&json!(3), &json!(2)));
    let points = curve["points"].as_array().unwrap();
    assert_eq!((points.len(), &points[20]["threshold"]), (21, &json!(1.0)));
    // The same as when the threshold is set.
    for (threshold, point) in [("0.3", &points[6]), ("0.55", &points[11]), ("0.9", &points[18])] {
        shell.write("config.toml", &format!("[matching]\nanswer = {threshold}\nsuggest = 0.0\n"));
        let figures = shell.run(&arguments).json();
        assert_eq!(
            (&point["right"], &point["wrong"]),
            (&figures["answerable"]["right"], &figures["answerable"]["wrong"])
        );
        assert_eq!(point["unanswerable_answered"], figures["unanswerable"]["wrong"]);
        assert_eq!(figures["curve"]["answer_threshold"].to_string(), threshold);
        assert_eq!(figures["curve"]["points"], curve["points"]);
    }
}

#[test]
fn a_boundary_that_matched_is_answered_at_no_threshold() {
    let shell = Shell::new();
    shell.write("questions.jsonl", "{\"q\": \"what did the lighthouse cost to build\", \"gold\": []}\n");
    let figures = shell.run(&["eval", "--json", "--knowledge", HARBOUR, "questions.jsonl"]).json();
    assert_eq!(figures["auroc"], json!(null));
    assert_eq!(figures["expected_calibration_error"], json!(0.0));
    let nothing = json!({ "threshold": 0.0, "right": 0, "wrong": 0, "unanswerable_answered": 0 });
    assert_eq!(figures["curve"]["points"][0], nothing);
}

#[test]
fn the_curve_is_drawn() {
    let shell = Shell::new();
    shell.write("questions.jsonl", QUESTIONS);
    let arguments = |file| ["eval", "--knowledge", HARBOUR, "questions.jsonl", "--plot", file];
    assert!(shell.run(&arguments("curve.svg")).good().contains("answerable"));
    let picture = std::fs::read_to_string(shell.0.path().join("curve.svg")).unwrap();
    assert!(picture.starts_with("<svg xmlns=") && picture.ends_with("</svg>\n"), "{picture}");
    assert!(picture.contains("3 answerable and 2 unanswerable questions"), "{picture}");
    let told = shell.run(&arguments("nowhere/curve.svg")).failed(1);
    assert!(told.contains("nowhere/curve.svg: expected a file that can be written"), "{told}");
}

#[test]
fn what_is_wrong_with_the_questions_is_told() {
    let shell = Shell::new();
    shell.write("empty.jsonl", "\n\n");
    shell.write("broken.jsonl", &format!("{QUESTIONS}{{\"q\": 1}}\n{{\"q\": \"a\", \"entries\": [\"who-built\"]}}\n"));
    for (file, words) in [
        ("nowhere.jsonl", "nowhere.jsonl: expected a readable file"),
        ("empty.jsonl", "expected at least one question"),
        ("broken.jsonl", "\nbroken.jsonl:7: expected a text as \"q\", found a number\n"),
        ("broken.jsonl", "\nbroken.jsonl:8: unknown entry `who-built`, did you mean `who-built-it`?\n"),
    ] {
        let told = shell.run(&["eval", "--knowledge", HARBOUR, file]).failed(1);
        assert!(told.starts_with("footnote: ") && told.contains(words), "{told}");
    }
}

#[test]
fn failures_name_what_was_expected_and_given() {
    let shell = Shell::new();
    let entries = r#"{"q": "who built the lighthouse?", "entries": ["who-built-it"]}
{"q": "How tall is the lighthouse?", "entries": ["who-built-it"]}
{"q": "Who was the first keeper?", "entries": []}
{"q": "what did the lighthouse cost to build", "entries": ["who-built-it"]}
"#;
    shell.write("entries.jsonl", entries);
    shell.write("paragraphs.jsonl", QUESTIONS);
    let run = |arguments: &[&str]| shell.run(&[&["eval", "--knowledge", HARBOUR], arguments].concat());
    let figures = run(&["entries.jsonl", "--json", "--failures"]).json();
    let failures = figures["failures"].as_array().unwrap();
    let field = |name: &str| failures.iter().map(|failure| failure[name].clone()).collect::<Vec<_>>();
    assert_eq!(field("line"), [2, 3, 4]);
    assert_eq!(field("grade"), ["wrong", "wrong", "refused"]);
    assert_eq!(failures[0]["expected"]["entries"], json!(["who-built-it"]));
    assert_eq!(failures[0]["given"], json!({"outcome": "answer", "entries": ["how-tall-is-it"], "boundary": null}));
    assert_eq!(failures[0]["reason"], "wording");
    assert_eq!(failures[1]["expected"]["answerable"], false);
    assert_eq!(failures[2]["given"]["boundary"], "cost-of-tower");
    assert_eq!(failures[2]["runner_up"]["kind"], "entry");
    assert!(failures[2]["runner_up"]["score"].as_f64().unwrap() > 0.0);
    // The counts are the same with and without the list.
    let plain = run(&["entries.jsonl", "--json"]).json();
    assert_eq!((plain.get("failures"), &plain["answerable"]), (None, &figures["answerable"]));

    let text = run(&["entries.jsonl", "--failures"]).good();
    for words in [
        "\n3 of 4 questions were not handled as labelled\n\nanswered wrongly (2)\n",
        "\nline 2: How tall is the lighthouse?\n  expected   who-built-it (",
        "\n  given      answer: how-tall-is-it\n  runner-up  ",
        "\n  reason     confidence 0.99",
        ": the question is a wording of the entry\n",
        "\n  expected   no answer\n",
        "\nrefused (1)\n",
        "\n  given      no answer: boundary cost-of-tower\n",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let text = run(&["paragraphs.jsonl", "--failures"]).good();
    assert!(text.contains(") [the-keepers ¶ 1]\n"), "{text}");
    assert!(!run(&["paragraphs.jsonl"]).good().contains("not handled"));
}

#[test]
fn wordings_left_out_answer_nothing() {
    let shell = Shell::new();
    // The question and the second wording of an entry, which therefore answers it wrongly.
    let line = |question: &str| format!("{{\"q\": \"{question}\", \"kind\": \"plain\", \"entries\": []}}\n");
    shell.write("questions.jsonl", &(line("Who built the lighthouse?") + &line("By whom was the tower built?")));
    let exact = |wordings: &[&str]| {
        let arguments = ["eval", "--json", "--failures", "--knowledge", HARBOUR, "questions.jsonl"];
        let figures = shell.run(&[&arguments, wordings].concat()).json();
        let failures = figures["failures"].as_array().unwrap();
        failures.iter().filter(|failure| failure["reason"] == "wording").count()
    };
    assert_eq!((exact(&[]), exact(&["--wordings", "3"]), exact(&["--wordings", "1"])), (2, 2, 1));
}

/// Labels without a kind are one row, not one with an empty name besides.
#[test]
fn questions_without_a_kind_have_no_row_of_their_own() {
    let shell = Shell::new();
    shell.write("questions.jsonl", "{\"q\": \"who built the lighthouse?\", \"entries\": [\"who-built-it\"]}\n");
    let table = shell.run(&["eval", "--knowledge", HARBOUR, "questions.jsonl"]).good();
    let rows: Vec<&str> = table.lines().skip(1).take_while(|line| !line.is_empty()).collect();
    assert!(rows.len() == 2 && rows.iter().all(|row| row.contains("answerable")), "{table}");
}

/// A question that is also a wording proves nothing about other questions.
#[test]
fn no_test_question_is_a_wording_of_the_bundled_knowledge() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let knowledge: Value =
        serde_json::from_slice(&fs::read(root.join("knowledge/japan-russia.json")).unwrap()).unwrap();
    let texts = |item: &Value, field: &str| -> Vec<String> {
        let value = &item[field];
        let listed = value.as_array().into_iter().flatten().filter_map(Value::as_str);
        value.as_str().into_iter().chain(listed).map(normalise).collect()
    };
    let mut wordings = HashSet::new();
    for list in ["entries", "boundaries", "small_talk"] {
        for item in knowledge[list].as_array().unwrap() {
            wordings.extend(["question", "also_asked", "wordings"].iter().flat_map(|field| texts(item, field)));
        }
    }
    let mut shared = Vec::new();
    for file in fs::read_dir(root.join("tests/questions")).unwrap() {
        let file = file.unwrap().path();
        // A folder has questions about a document of its own.
        if file.is_dir() {
            continue;
        }
        for line in fs::read_to_string(&file).unwrap().lines() {
            let question: Value = serde_json::from_str(line).unwrap();
            if wordings.contains(&normalise(question["q"].as_str().unwrap())) {
                shared.push(line.to_owned());
            }
        }
    }
    assert_eq!(shared, [""; 0]);
}

/// The bounds within which the bundled knowledge answers more than it refuses.
#[test]
fn the_bundled_knowledge_has_more_answers_than_refusals() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("knowledge/japan-russia.json");
    let knowledge: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let list = |name: &str| knowledge[name].as_array().unwrap();
    let wordings =
        |name: &str| list(name).iter().map(|item| 1 + item["also_asked"].as_array().map_or(0, Vec::len)).sum::<usize>();
    assert!(list("boundaries").len() <= 180);
    assert!(2 * wordings("boundaries") <= wordings("entries"));
    let like_the_essay = |entry: &&Value| entry["passage"].as_str().unwrap().starts_with("The essay");
    assert!(6 * list("entries").iter().filter(like_the_essay).count() <= list("entries").len());
}
