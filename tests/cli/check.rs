//! `footnote check`: all problems in one run, for people and programs, and quotes checked against a source text.

use serde_json::{Value, json};

use crate::{HARBOUR, Shell, keys};

/// A token of the right form; nobody has it.
const TOKEN: &str = "MTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde.abcdefghijklmnopqrstuvwxyz0123456789ABCD";

#[test]
fn a_correct_file_has_no_findings() {
    let shell = Shell::new();
    assert_eq!(shell.run(&["check", HARBOUR]).good(), "no problems in 1 file\n");
    let report = shell.run(&["check", "--json", HARBOUR]).json();
    assert_eq!(report, json!({ "errors": 0, "warnings": 0, "files": [HARBOUR], "findings": [] }));
    shell.run(&["check"]).good_with_builtin();
}

#[test]
fn a_file_that_is_named_twice_is_read_once() {
    let shell = Shell::new();
    shell.write_changed("guide.json", |_| {});
    let report = shell.run(&["check", "guide.json", "./guide.json", "guide.json"]).good();
    assert!(report.ends_with("in 1 file\n"), "{report}");
}

#[test]
fn a_source_text_is_not_compared_with_a_document_that_shares_one_title() {
    let shell = Shell::new();
    let document = |id: &str, titles: [&str; 3]| {
        let section = |n: usize, title: &str| json!({ "id": format!("{id}-{n}"), "title": title, "paragraphs": 1 });
        let sections: Vec<Value> = titles.iter().enumerate().map(|(n, title)| section(n, title)).collect();
        let citation = json!([{ "section": format!("{id}-0"), "paragraphs": [1], "quote": format!("about {id}") }]);
        let wordings = [format!("{id} rules"), format!("the {id} in short")];
        let entry = json!({ "id": id, "question": format!("What is the {id}?"), "also_asked": wordings, "passage": "It is.",
            "citations": citation });
        json!({ "title": id, "sections": sections, "entries": [entry] }).to_string()
    };
    shell.write("club.json", &document("club", ["Introduction", "Members", "Fees"]));
    shell.write("cup.json", &document("cup", ["Introduction", "Teams", "Prizes"]));
    shell.write(
        "cup.md",
        "# Cup\n\n## Introduction\n\nThis is about cup and field.\n\n## Teams\n\nTen.\n\n## Prizes\n\nOne.\n",
    );
    let report = shell.run(&["check", "--json", "--source", "cup.md", "club.json", "cup.json"]).json();
    assert_eq!(report["errors"], 0, "{report}");
}

#[test]
fn all_problems_are_reported_with_their_positions() {
    let shell = Shell::new();
    shell.write_changed("guide.json", |guide| {
        guide["entries"][0]["related"] = json!(["how-tall-it-is"]);
        guide["entries"][1]["citations"][0]["paragraphs"] = json!([9]);
        guide["entries"][2]["also_askd"] = json!([]);
    });
    let ran = shell.run(&["check", "guide.json"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    for words in ["how-tall-it-is", "$.entries[0].related[0]", "$.entries[1].citations[0].paragraphs[0]", "also_askd"] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
    assert!(ran.out.contains("guide.json:") && ran.out.contains(" error: ") && ran.out.contains("    help: "));

    let ran = shell.run(&["check", "--json", "guide.json"]);
    assert_eq!(ran.code, Some(1));
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["errors"], 3);
    for finding in report["findings"].as_array().unwrap() {
        assert_eq!(keys(finding), ["column", "file", "help", "line", "message", "path", "severity"]);
        assert!(finding["line"].is_u64() && finding["column"].is_u64());
    }
}

#[test]
fn the_documents_that_the_configuration_names_must_be_loaded() {
    let shell = Shell::new();
    shell.write_changed("guide.json", |_| {});
    let configure = |name: &str| {
        let config = format!("knowledge = ['guide.json']\n[documents]\n123456789012345678 = ['{name}']\n");
        shell.write("config.toml", &config);
    };
    configure("guide");
    shell.run(&["check"]).good();
    configure("rules");
    let told = "documents: expected the names of loaded knowledge files without `.json` (guide), found `rules`";
    let ran = shell.run(&["check"]);
    assert!(ran.code == Some(1) && ran.err.contains(told), "{ran:?}");
    shell.run(&["check", "guide.json"]).good();
    // The bot does not start either, and the doctor says why.
    let ran = shell.command(&["serve"]).env("DISCORD_TOKEN", TOKEN).output().unwrap();
    assert!(!ran.status.success() && String::from_utf8_lossy(&ran.stderr).contains(told), "{ran:?}");
    let ran = shell.run(&["doctor"]);
    let line = ran.out.lines().find(|line| line.starts_with("change documents "));
    assert!(ran.code == Some(1) && line.is_some_and(|line| line.ends_with(told)), "{}", ran.out);
}

#[test]
fn an_ambiguous_wording_is_a_warning() {
    let shell = Shell::new();
    shell.write_changed("guide.json", |guide| {
        guide["entries"][1]["also_asked"] = json!(["who built lighthouse"]);
    });
    let ran = shell.run(&["check", "--json", "guide.json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let ambiguous = |finding: &&Value| finding["message"].as_str().unwrap().contains("is ambiguous");
    let warning = report["findings"].as_array().unwrap().iter().find(ambiguous).unwrap();
    // Either of the two wordings may be reported.
    let path = warning["path"].as_str().unwrap();
    assert!(["$.entries[0].question", "$.entries[1].also_asked[0]"].contains(&path), "{warning}");
    assert_eq!(warning["severity"], "warning");
    let message = warning["message"].as_str().unwrap();
    assert!(message.contains("`who-built-it`") && message.contains("`how-tall-is-it`"), "{warning}");
}

#[test]
fn a_source_text_verifies_quotes() {
    let shell = Shell::new();
    // The text of one section with three paragraphs. The second lacks a word.
    let text = "The Lighthouse\nIt was built by Ada Holm in three summers.\nIt has forty metres from rock to \
                lantern.\nIt is red against the chalk.\n";
    shell.write("text.txt", text);
    shell.write_changed("guide.json", |guide| {
        guide["sections"].as_array_mut().unwrap().truncate(1);
        guide["entries"].as_array_mut().unwrap().truncate(3);
        guide["entries"][2]["citations"].as_array_mut().unwrap().truncate(1);
        guide["entries"][0]["related"] = json!([]);
    });
    let ran = shell.run(&["check", "--source", "text.txt", "guide.json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("$.entries[1].citations[0].quote"), "{}", ran.out);
    assert!(!ran.out.contains("$.entries[0].citations"), "{}", ran.out);
    shell.write("text.txt", &text.replace("forty ", "forty-one "));
    assert_eq!(shell.run(&["check", "--source", "text.txt", "guide.json"]).code, Some(0));
}

#[test]
fn unreadable_files_are_reported() {
    let shell = Shell::new();
    for arguments in [&["check", "nowhere.json"][..], &["check", HARBOUR, "--source", "nowhere.txt"]] {
        let ran = shell.run(arguments);
        assert_eq!(ran.code, Some(1));
        assert!(ran.out.contains("nowhere") && ran.out.contains("cannot be read"), "{}", ran.out);
    }
    shell.write("broken.json", "{\"title\": ");
    assert_eq!(shell.run(&["check", "broken.json"]).code, Some(1));
    let error = shell.run(&["ask", "--knowledge", "broken.json", "why"]).failed(1);
    assert!(error.starts_with("footnote: the knowledge cannot be used:\nbroken.json:1:"), "{error}");
}

#[test]
fn the_self_test_names_the_entries_that_need_other_words() {
    let shell = Shell::new();
    // Two wordings of this entry share nothing; another one is as a boundary asks.
    shell.write_changed("guide.json", |guide| {
        let entries = guide["entries"].as_array_mut().unwrap();
        let entry = entries.iter_mut().find(|entry| entry["id"] == "why-red").unwrap();
        entry["also_asked"] = json!(["zorblax quavix", "how much money went into building it"]);
    });
    let report = shell.run(&["check", "--self-test", "--json", "guide.json"]).json();
    assert_eq!((&report["errors"], &report["files"]), (&json!(0), &json!(["guide.json"])));
    let test = &report["self_test"];
    let entries = test["entries"].as_object().unwrap();
    let sum: u64 = entries
        .iter()
        .filter(|(name, _)| !["asked", "first"].contains(&name.as_str()))
        .map(|(_, count)| count.as_u64().unwrap())
        .sum();
    assert_eq!(json!(sum), entries["asked"]);
    let right = test["right"]["share"].as_f64().unwrap();
    assert!((right - entries["right"].as_f64().unwrap() / sum as f64).abs() < 1e-9);
    let weak = test["weak_entries"].as_array().unwrap().iter().find(|entry| entry["id"] == "why-red").unwrap();
    let failed = weak["failed"].as_array().unwrap();
    let lone = failed.iter().find(|failed| failed["wording"] == "zorblax quavix").unwrap();
    assert_eq!(
        (&lone["outcome"], &lone["went_to"], &lone["entry"]),
        (&json!("unknown"), &Value::Null, &json!("why-red"))
    );
    let lone_words = weak["lone_words"].as_array().unwrap();
    assert!(["zorblax", "quavix"].iter().all(|word| lone_words.contains(&json!(word))), "{weak}");
    assert!(test["gain_of_one_wording"]["margin"].as_f64().unwrap() >= 0.0);

    let text = shell.run(&["check", "--self-test", "guide.json"]).good();
    for words in [
        "no problems in 1 file\n\nself-test: ",
        "% right (± ",
        "\n  why-red: ",
        "\n    \"zorblax quavix\" was refused\n",
        "    words found in no other text of this entry: ",
        "    → its wordings have little in common",
        "\nWith one wording fewer in each entry, ",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(shell.run(&["check", "--json", "guide.json"]).json().get("self_test").is_none());
    // A file with errors is not tested.
    shell.write_changed("guide.json", |guide| guide["entries"][0]["related"] = json!(["nobody"]));
    let ran = shell.run(&["check", "--self-test", "--json", "guide.json"]);
    assert_eq!((ran.code, ran.out.contains("self_test")), (Some(1), false));
}
