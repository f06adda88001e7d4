//! `footnote sandbox` as a process: scripts, the log, and invalid arguments.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const KNOWLEDGE: &str = include_str!("../support/harbour.json");

/// Runs `footnote sandbox` in this folder until it exits.
fn run(folder: &Path, arguments: &[&str], script: &str) -> Output {
    std::fs::write(folder.join("harbour.json"), KNOWLEDGE).unwrap();
    std::fs::write(folder.join("script.jsonl"), script).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_footnote"));
    command.current_dir(folder).env_clear().args(["sandbox", "--knowledge", "harbour.json"]).args(arguments);
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const PLAY: [&str; 5] = ["--port", "0", "--script", "script.jsonl", "--exit"];

const SCRIPT: &str = r#"# Somebody asks, changes the question, presses a button and clears up.
{"act": "post", "text": "@footnote When does the first ferry leave?", "name": "q"}
{"act": "expect", "message": "q.answer", "text": "ferry"}
{"act": "edit", "message": "q", "text": "@footnote How do I pay on the ferry?"}
{"act": "slash", "as": "other", "channel": "offtopic", "command": "sections", "name": "s"}
{"act": "expect", "message": "s.answer", "text": "The"}
{"act": "message_command", "as": "moderator", "message": "q", "command": "Answer this"}
{"act": "click", "message": "q.answer", "button": "Remove"}
"#;

#[test]
fn a_script_is_replayed_and_the_calls_are_logged() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run(folder.path(), &[&PLAY[..], &["--log", "calls.jsonl", "--guilds", "2"]].concat(), SCRIPT);
    let (out, log) = (text(&ended.stdout), text(&ended.stderr));
    assert_eq!(ended.status.code(), Some(0), "{out}{log}");
    assert!(out.starts_with("Footnote is at http://127.0.0.1:") && !out.contains(":0/"), "{out}");
    assert!(log.contains("guilds=2"), "{log}");
    let calls = std::fs::read_to_string(folder.path().join("calls.jsonl")).unwrap();
    let calls: Vec<Value> = calls.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let made = |method: &str| calls.iter().filter(|call| call["method"] == method).count();
    assert!(made("POST") >= 4 && made("DELETE") == 1, "{calls:?}");
}

/// Regression: the sandbox stopped the bot before it had read the last posts.
#[test]
fn a_script_with_exit_ends_after_every_post_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    // Discord's own limits remain, so that the last replies wait for them.
    std::fs::write(folder.path().join("config.toml"), "[limits]\nuser_per_10s = 0\nchannel_per_10s = 0\n").unwrap();
    let questions = ["Who built the lighthouse?", "How tall is the lighthouse?"];
    let people = ["member", "other", "moderator"];
    let posts = people.iter().flat_map(|person| {
        questions.map(|question| {
            format!("{{\"act\": \"post\", \"as\": \"{person}\", \"text\": \"@footnote {question}\"}}\n")
        })
    });
    let ended = run(folder.path(), &[&PLAY[..], &["--log", "calls.jsonl"]].concat(), &posts.collect::<String>());
    assert_eq!(ended.status.code(), Some(0), "{}", text(&ended.stderr));
    let calls = std::fs::read_to_string(folder.path().join("calls.jsonl")).unwrap();
    let calls = calls.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let is_reply = |call: &Value| {
        call["method"] == "POST" && call["status"] == 200 && !call["body"]["message_reference"].is_null()
    };
    assert_eq!(calls.filter(is_reply).count(), people.len() * questions.len(), "{}", text(&ended.stderr));
}

#[test]
fn the_help_lists_every_act() {
    let folder = tempfile::tempdir().unwrap();
    let help = text(&run(folder.path(), &["--help"], "").stdout);
    for (act, fields) in footnote_sandbox::ACTS {
        let line = help.lines().find(|line| line.trim_start().starts_with(&format!("{act} ")));
        assert!(line.is_some_and(|line| line.ends_with(&fields.join(", "))), "{act}: {help}");
    }
}

#[test]
fn the_configured_documents_are_those_of_the_first_channels() {
    let folder = tempfile::tempdir().unwrap();
    let market = KNOWLEDGE.replace("Oststrand", "Weststrand").replace("Ada Holm", "Bo Lund");
    let mut market: Value = serde_json::from_str(&market).unwrap();
    // Ids are unique across documents.
    market["boundaries"] = Value::Array(Vec::new());
    for entry in market["entries"].as_array_mut().unwrap() {
        entry["id"] = format!("west-{}", entry["id"].as_str().unwrap()).into();
        entry["related"] = Value::Array(Vec::new());
    }
    std::fs::write(folder.path().join("west.json"), market.to_string()).unwrap();
    let config = "[documents]\n123456789012345678 = [\"harbour\"]\n223456789012345678 = [\"west\"]\n";
    std::fs::write(folder.path().join("config.toml"), config).unwrap();
    let script = r#"{"act": "post", "text": "@footnote Who built the lighthouse?", "name": "east"}
{"act": "expect", "message": "east.answer", "text": "Ada Holm"}
{"act": "post", "channel": "offtopic", "text": "@footnote Who built the lighthouse?", "name": "west"}
{"act": "expect", "message": "west.answer", "text": "Bo Lund"}
"#;
    let ended = run(folder.path(), &[&PLAY[..], &["--knowledge", "west.json"]].concat(), script);
    assert_eq!(ended.status.code(), Some(0), "{}", text(&ended.stderr));
}

#[test]
fn a_failing_line_is_named_and_the_exit_code_is_1() {
    let folder = tempfile::tempdir().unwrap();
    for (script, words) in [
        (
            "{\"act\": \"post\", \"text\": \"hi\"}\n{\"act\": \"delete\", \"message\": \"1\"}",
            "script.jsonl: line 2: member sees no message 1",
        ),
        ("{\"act\": \"slash\", \"command\": \"nothing\"}", "script.jsonl: line 1: member sees no command \"nothing\""),
        ("\n\n{\"act\": \"jump\"}", "script.jsonl: line 3: expected an act"),
    ] {
        // Also without --exit.
        let ended = run(folder.path(), &PLAY[..4], script);
        assert_eq!(ended.status.code(), Some(1), "{}", text(&ended.stderr));
        assert!(text(&ended.stderr).contains(words), "{}", text(&ended.stderr));
    }
}

#[test]
fn a_public_address_needs_open_to_network() {
    let folder = tempfile::tempdir().unwrap();
    let refused = run(folder.path(), &["--port", "0", "--bind", "0.0.0.0"], "");
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("--open-to-network"), "{}", text(&refused.stderr));
    let opened = run(folder.path(), &[&PLAY[..], &["--bind", "0.0.0.0", "--open-to-network"]].concat(), "");
    assert_eq!(opened.status.code(), Some(0), "{}", text(&opened.stderr));
}

#[test]
fn invalid_arguments_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["--exit"][..], &["--guilds", "0"], &["--guilds", "2501"], &["--bind", "localhost"]] {
        assert_eq!(run(folder.path(), arguments, "").status.code(), Some(2), "{arguments:?}");
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ended = run(folder.path(), &["--port", &port], "");
    assert_eq!(ended.status.code(), Some(1));
    assert!(text(&ended.stderr).contains("--port takes another"), "{}", text(&ended.stderr));
}
