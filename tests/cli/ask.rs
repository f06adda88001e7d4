//! `footnote ask`: output for people, the JSON contract for programs, questions by the line, and which knowledge is
//! asked.

use serde_json::{Value, json};
use std::io::Write;
use std::process::Stdio;

use crate::{HARBOUR, Ran, Shell, keys};

#[test]
fn an_answer_for_people_has_passage_quote_citation_and_related() {
    let out = Shell::new().run(&["ask", "--knowledge", HARBOUR, "who buildt the beacon"]).good();
    assert_eq!(
        out,
        "Who built the lighthouse?\n\nAda Holm built it, with stone from the old quarry.\n\n\
         \u{20} “built by Ada Holm in three summers”\n  — The Lighthouse, ¶ 1–2\n\nRelated\n  \
         - How tall is the lighthouse?\n  - Why is the lighthouse painted red?\n  \
         - Who was the first keeper?\n  - What happened in the great storm?\n"
    );
}

#[test]
fn a_refusal_and_a_suggestion_for_people() {
    let shell = Shell::new();
    let cost = shell.run(&["ask", "--knowledge", HARBOUR, "what did the lighthouse cost to build"]).good();
    let reason = "The text does not answer that.\nThe guide names no sum for the tower.\nNearest questions:\n  - ";
    assert!(cost.starts_with(reason) && cost.ends_with("?\nWhat it does cover: footnote sections\n"), "{cost}");
    assert!((5..=7).contains(&cost.lines().count()), "{cost}");
    let nonsense = shell.run(&["ask", "--knowledge", HARBOUR, "%%%"]).good();
    assert!(nonsense.starts_with("I cannot tell what that is about. You can ask, for example:\n  - "), "{nonsense}");
    shell.write("config.toml", "[matching]\nanswer = 1.0\nsuggest = 0.2\n");
    let vessel = shell.run(&["ask", "--knowledge", HARBOUR, "which vessel"]).good();
    assert!(vessel.starts_with("Did you mean\n  - "), "{vessel}");
    assert!((3..=4).contains(&vessel.lines().count()), "{vessel}");
}

#[test]
fn json_has_the_fields_of_the_contract_and_no_others() {
    let shell = Shell::new();
    for (question, verdict, boundary) in [
        ("Who built the lighthouse?", "answer", Value::Null),
        ("what did the lighthouse cost to build?", "unknown", json!("cost-of-tower")),
        ("", "unknown", Value::Null),
    ] {
        let out = shell.run(&["ask", "--json", "--knowledge", HARBOUR, question]).good();
        assert_eq!(out.lines().count(), 1);
        let line: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(keys(&line), ["boundary", "confidence", "question", "ranked", "reason", "verdict"]);
        assert_eq!((&line["question"], &line["verdict"]), (&json!(question), &json!(verdict)));
        assert_eq!(line["boundary"], boundary);
        assert!((0.0..=1.0).contains(&line["confidence"].as_f64().unwrap()));
        let ranked = line["ranked"].as_array().unwrap();
        assert!(ranked.len() <= 10 && ranked.is_empty() == question.is_empty());
        let scores: Vec<_> = ranked.iter().map(|candidate| candidate["score"].as_f64().unwrap()).collect();
        assert!(scores.is_sorted_by(|left, right| left >= right), "{scores:?}");
        for candidate in ranked {
            assert_eq!(keys(candidate), ["citations", "id", "question", "score"]);
            for citation in candidate["citations"].as_array().unwrap() {
                assert_eq!(keys(citation), ["paragraphs", "section"]);
            }
        }
    }
    let best = &shell.run(&["ask", "--json", "--knowledge", HARBOUR, "who built it, the tower"]).json()["ranked"][0];
    assert_eq!((&best["id"], &best["question"]), (&json!("who-built-it"), &json!("Who built the lighthouse?")));
    assert_eq!(best["citations"], json!([{ "section": "the-lighthouse", "paragraphs": [1, 2] }]));
}

#[test]
fn an_explanation_for_people_follows_the_answer() {
    let shell = Shell::new();
    let question = "who buildt the beacon";
    let answer = shell.run(&["ask", "--knowledge", HARBOUR, question]).good();
    let explained = shell.run(&["ask", "--explain", "--knowledge", HARBOUR, question]).good();
    let table = explained.strip_prefix(&answer).unwrap();
    for words in ["buildt (read as built)", "beacon (read as lighthouse)", "\nscore ", "1  Who built the lighthouse?\n"]
    {
        assert!(table.contains(words), "{words}: {table}");
    }
    assert!(table.contains("\nreason      the question is a wording of the entry\nconfidence  0.99"), "{table}");
    let rows = table.lines().skip_while(|line| !line.starts_with("word ")).take(6);
    let rows: Vec<_> = rows.map(|line| line.chars().count()).collect();
    assert!(rows.iter().all(|width| *width == rows[0]), "{table}");
    let boundary = shell.run(&["ask", "--explain", "--knowledge", HARBOUR, "what did the lighthouse cost"]).good();
    assert!(boundary.contains("\nword") && boundary.contains("\nboundary  What did"), "{boundary}");
    let nothing = shell.run(&["ask", "--explain", "--knowledge", HARBOUR, "🐙"]).good();
    assert!(nothing.ends_with("\nNo word of the question speaks for any entry.\n"), "{nothing}");
}

#[test]
fn an_explanation_in_json_adds_up_to_the_score() {
    let shell = Shell::new();
    for (question, boundary) in [("who buildt the beacon", false), ("what did the lighthouse cost to build?", true)] {
        let line = shell.run(&["ask", "--json", "--explain", "--knowledge", HARBOUR, question]).json();
        let sum = |words: &Value| -> f64 {
            let words = words.as_array().unwrap();
            assert!(words.iter().all(|word| keys(word) == ["read_as", "share", "written"]), "{words:?}");
            words.iter().map(|word| word["share"].as_f64().unwrap()).sum()
        };
        let ranked = line["ranked"].as_array().unwrap();
        let explained = ranked.iter().take_while(|candidate| candidate.get("explanation").is_some());
        for candidate in explained.clone() {
            let score = candidate["score"].as_f64().unwrap();
            assert!((sum(&candidate["explanation"]) - score).abs() < 1e-4, "{candidate}");
        }
        assert_eq!(explained.count(), 3);
        assert!(ranked[3..].iter().all(|candidate| candidate.get("explanation").is_none()));
        assert_eq!(line.get("boundary_explanation").is_some(), boundary);
        if boundary {
            assert!(sum(&line["boundary_explanation"]) > ranked[0]["score"].as_f64().unwrap());
        }
    }
}

#[test]
fn an_expected_entry_is_explained_with_the_wording_that_makes_it_answer() {
    let shell = Shell::new();
    let question = "how much is the crossing on the quavix";
    let ask = |arguments: &[&str]| shell.run(&[&["ask", "--knowledge", HARBOUR], arguments].concat());
    let line = ask(&["--json", "--expect", "why-red", question]).json();
    let expected = &line["expected"];
    assert_eq!((&expected["id"], &expected["is_answer"]), (&json!("why-red"), &json!(false)));
    assert!(expected["missing_words"].as_array().unwrap().contains(&json!("quavix")), "{expected}");
    let tried = expected["tried"].as_array().unwrap();
    let wording = tried.iter().find(|tried| tried["is_answer"] == true).unwrap()["wording"].as_str().unwrap();
    shell.write_changed("mended.json", |guide| {
        let entries = guide["entries"].as_array_mut().unwrap();
        let entry = entries.iter_mut().find(|entry| entry["id"] == "why-red").unwrap();
        entry["also_asked"].as_array_mut().unwrap().push(json!(wording));
    });
    let mended = shell.run(&["ask", "--json", "--knowledge", "mended.json", question]).json();
    assert_eq!((&mended["verdict"], &mended["ranked"][0]["id"]), (&json!("answer"), &json!("why-red")));

    let text = ask(&["--expect", "why-red", question]).good();
    for words in ["\noutcome     ", "\nexpected    why-red: Why is the lighthouse painted red?\n", "\nit lacks    "] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(text.contains(&format!("  \"{wording}\": it is the answer, confidence 0.")), "{text}");
    let answered = ask(&["--expect", "why-red", "Why is the lighthouse painted red?"]).good();
    assert!(answered.ends_with("\n            it is the answer\n"), "{answered}");
    let told = ask(&["--expect", "why-re", question]).failed(1);
    assert_eq!(told, "footnote: expected the id of an entry, found `why-re`, did you mean `why-red`?\n");
}

#[test]
fn every_line_of_standard_input_is_a_question() {
    let input =
        "who built the lighthouse?\r\n\nhow tall is it, the lighthouse?\n\u{fffd}\0\u{202e}x\nlast, without an end";
    let out = Shell::new().feed(&["ask", "--json", "--knowledge", HARBOUR], input.as_bytes()).good();
    let questions: Vec<Value> =
        out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["question"].clone()).collect();
    let expected = input.replace('\r', "");
    assert_eq!(questions, expected.split('\n').map(|line| json!(line)).collect::<Vec<_>>());
    assert_eq!(Shell::new().feed(&["ask", "--knowledge", HARBOUR], b"").good(), "");
}

#[test]
fn a_line_that_is_no_text_is_a_question_too() {
    let out = Shell::new().feed(&["ask", "--json", "--knowledge", HARBOUR], b"\xff\xfe who built it\n").good();
    let line: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(line["question"], "\u{fffd}\u{fffd} who built it");
}

#[test]
fn knowledge_is_the_named_else_the_configured_else_the_folder_else_the_built_in() {
    let shell = Shell::new();
    let titles = |arguments: &[&str]| shell.run(&[&["sections"], arguments].concat()).good();
    let builtin = shell.run(&["sections"]).good_with_builtin();
    assert!(builtin.starts_with("Japan and Russia after Abe\n"), "{builtin}");
    let answer = shell.run(&["ask", "--json", "Who is Suga?"]).good_with_builtin();
    assert!(serde_json::from_str::<Value>(&answer).is_ok(), "{answer}");
    std::fs::create_dir(shell.0.path().join("knowledge")).unwrap();
    shell.write_changed("knowledge/guide.json", |guide| guide["title"] = json!("From the folder"));
    assert!(titles(&[]).starts_with("From the folder\n"));
    shell.write_changed("configured.json", |guide| guide["title"] = json!("From the config"));
    shell.write("config.toml", "knowledge = [\"configured.json\"]\n");
    assert!(titles(&[]).starts_with("From the config\n"));
    assert!(titles(&["--knowledge", HARBOUR]).starts_with("The Harbour of Oststrand\n"));
    shell.write("other.toml", "knowledge = [\"knowledge\"]\n");
    assert!(titles(&["--config", "other.toml"]).starts_with("From the folder\n"));
    let refused = shell.run(&["ask", "--knowledge", HARBOUR, "--knowledge", "knowledge", "why"]).failed(1);
    assert!(refused.contains("who-built-it"), "two files with the same ids: {refused}");
}

#[test]
fn who_stops_reading_is_no_error() {
    let shell = Shell::new();
    let mut command = shell.command(&["ask", "--knowledge", HARBOUR]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    // It ends at the first answer that nobody reads; then nobody reads the questions.
    while stdin.write_all(b"who built the lighthouse?\n").is_ok() {}
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
}
