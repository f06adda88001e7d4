//! `footnote init`: from a text or from questions and answers to a draft that `check` guides to completion.

use std::fs;

use serde_json::Value;

use crate::Shell;

const TEXT: &str = "# Rules\n\nBe kind.\n\n## 1. Claims\n\nA claim lasts *ninety days*\nafter your last visit.\n";

#[test]
fn a_text_becomes_a_draft_that_the_check_guides_to_completion() {
    let shell = Shell::new();
    shell.write("rules.md", TEXT);
    let told = shell.run(&["init", "rules.md"]).good();
    assert!(told.starts_with("wrote rules.json: sections: 2, entries: 2, to be written: 2\n"), "{told}");
    assert!(told.contains("footnote check --source rules.md rules.json"), "{told}");
    let listed = shell.run(&["init", "--paragraphs", "rules.md"]).good();
    assert!(
        listed.contains("1. Claims (`claims`)\n    1  A claim lasts ninety days after your last visit.\n"),
        "{listed}"
    );

    let ran = shell.run(&["check", "--source", "rules.md", "rules.json"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.out.contains("`claims-1` is not written yet") && ran.out.ends_with("2 errors in 1 file\n"),
        "{}",
        ran.out
    );
    let path = shell.0.path().join("rules.json");
    let mut draft: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    for (entry, words) in draft["entries"].as_array_mut().unwrap().iter_mut().zip(["behave", "keep land"]) {
        entry["question"] = format!("How do I {words}?").into();
        entry["also_asked"] = vec![format!("{words} rule"), format!("tell me how to {words} properly")].into();
        entry["passage"] = "The rules say it.".into();
    }
    fs::write(&path, draft.to_string()).unwrap();
    assert_eq!(shell.run(&["check", "--source", "rules.md", "rules.json"]).good(), "no problems in 1 file\n");
    assert!(
        shell.run(&["ask", "--knowledge", "rules.json", "how do I keep my land"]).out.contains("The rules say it.")
    );

    assert!(shell.run(&["init", "rules.md"]).failed(1).contains("rules.json exists"));
    assert_eq!(fs::read_to_string(&path).unwrap(), draft.to_string());
    shell.run(&["init", "--force", "rules.md"]).good();
    assert!(fs::read_to_string(&path).unwrap().contains("\"question\": \"\""));
}

#[test]
fn a_table_becomes_a_knowledge_file_and_the_text_that_it_cites() {
    let shell = Shell::new();
    shell.write("faq.csv", "question,answer\nHow tall is it?,Forty metres.\n,nothing\n");
    let told = shell.run(&["init", "faq.csv", "-o", "guide.json"]).good();
    for words in ["wrote guide.json: sections: 1, entries: 1, to be written: 0", "wrote guide.md", "note: line 3"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let told = shell.run(&["check", "--source", "guide.md", "guide.json"]).good();
    assert!(told.contains("too few wordings") && told.ends_with("1 warning in 1 file\n"), "{told}");
}

#[test]
fn inputs_and_outputs_that_do_not_fit_are_refused() {
    let shell = Shell::new();
    shell.write("k.json", "{}");
    shell.write("t.md", TEXT);
    assert!(shell.run(&["init", "k.json"]).failed(1).contains("found a JSON file"));
    assert!(shell.run(&["init", "missing.md"]).failed(1).contains("does not exist"));
    assert!(shell.run(&["init", "t.md", "-o", "schema.json", "--force"]).failed(1).contains("name of the schema"));
    assert!(shell.run(&["init", "t.md", "-o", "t.txt"]).failed(2).contains("must end in .json"));
    assert!(!shell.0.path().join("schema.json").exists(), "nothing was written");
}

#[test]
fn a_schema_path_that_leads_nowhere_is_a_warning_with_its_remedy() {
    let shell = Shell::new();
    shell.write_changed("guide.json", |guide| guide["$schema"] = "../nowhere/schema.json".into());
    let told = shell.run(&["check", "guide.json"]).good();
    assert!(told.contains("warning: there is no file `../nowhere/schema.json`"), "{told}");
    assert!(told.contains("help: `footnote schema > ../nowhere/schema.json` writes it"), "{told}");
    for schema in ["https://example.org/schema.json", "guide.json"] {
        shell.write_changed("guide.json", |guide| guide["$schema"] = schema.into());
        assert_eq!(shell.run(&["check", "guide.json"]).good(), "no problems in 1 file\n");
    }
}
