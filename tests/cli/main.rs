//! The command line as scripts use it: the real binary, its output, its exit codes.
#![allow(clippy::unwrap_used)]

mod ask;
mod check;
mod doctor;
mod documents;
mod eval;
mod examples;
mod init;
#[path = "../support/openapi.rs"]
mod openapi;
mod sandbox;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The knowledge that these tests ask.
const HARBOUR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/harbour.json");

/// A folder to run in, so that no config and no knowledge lies about.
struct Shell(TempDir);

impl Shell {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_footnote"));
        command.args(arguments).current_dir(self.0.path()).env_clear().stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.command(arguments).output().unwrap().into()
    }

    /// Runs with these bytes as standard input.
    fn feed(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command(arguments);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap().into()
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Writes the harbour with a change.
    fn write_changed(&self, name: &str, change: impl FnOnce(&mut Value)) {
        let mut harbour = serde_json::from_str(&std::fs::read_to_string(HARBOUR).unwrap()).unwrap();
        change(&mut harbour);
        self.write(name, &serde_json::to_string_pretty(&harbour).unwrap());
    }
}

/// How a command ended.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Ran {
    /// The output of a command that went well.
    fn good(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""));
        self.out
    }

    /// The output of a command that went well with the built-in knowledge, which it named on standard error.
    fn good_with_builtin(self) -> String {
        let notice =
            "footnote: this uses the built-in knowledge about \"Japan and Russia after Abe\": there is no folder";
        assert_eq!(
            (self.code, self.err.starts_with(notice), self.err.lines().count()),
            (Some(0), true, 1),
            "{}",
            self.err
        );
        self.out
    }

    /// What a command that failed told, which is all on standard error.
    fn failed(self, code: i32) -> String {
        assert_eq!((self.code, self.out.as_str()), (Some(code), ""), "{}", self.err);
        self.err
    }

    fn json(self) -> Value {
        serde_json::from_str(&self.good()).unwrap()
    }
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn sections_are_listed_with_their_questions() {
    assert_eq!(
        Shell::new().run(&["sections", "--knowledge", HARBOUR]).good(),
        "The Harbour of Oststrand\n  The Lighthouse (3 paragraphs, 3 questions)\n    The tower and who made it.\n  \
         The Keepers (2 paragraphs, 2 questions)\n    Who kept the light.\n  The Ferry (12 paragraphs, 12 questions)\n    \
         How to cross the bay.\n"
    );
}

#[test]
fn the_schema_is_the_one_in_the_repository() {
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/knowledge/schema.json");
    assert_eq!(Shell::new().run(&["schema"]).good(), std::fs::read_to_string(kept).unwrap());
}

#[test]
fn wrong_usage_ends_with_2() {
    let shell = Shell::new();
    for arguments in [
        &[][..],
        &["answer"],
        &["ask", "--jsn", "why"],
        &["ask", "who", "built", "it"],
        &["eval"],
        &["eval", "--wordings", "0", "questions.jsonl"],
        &["check", "--source"],
        &["check", "--source", "text.txt"],
    ] {
        let told = shell.run(arguments).failed(2);
        assert!(!told.is_empty(), "{arguments:?}");
    }
    for arguments in [&["--help"][..], &["ask", "--help"], &["--version"]] {
        shell.run(arguments).good();
    }
}

#[test]
fn a_wrong_number_of_worker_threads_is_an_error() {
    let shell = Shell::new();
    for threads in ["0", "two", ""] {
        let mut command = shell.command(&["doctor"]);
        command.env("DISCORD_TOKEN", "abc").env("FOOTNOTE_WORKER_THREADS", threads);
        let error = Ran::from(command.output().unwrap()).failed(1);
        assert!(
            error.contains(&format!(
                "FOOTNOTE_WORKER_THREADS: expected a number of threads from 1 on, found `{threads}`"
            )),
            "{error}"
        );
    }
}

#[test]
fn an_unknown_key_is_named_with_the_nearest_known_one() {
    let shell = Shell::new();
    shell.write("config.toml", "[limits]\nuser_per_10 = 3\n");
    for arguments in [&["ask", "why"][..], &["sections"], &["check"], &["serve"]] {
        let told = shell.run(arguments).failed(1);
        assert_eq!(
            told,
            "footnote: config.toml: unknown key `limits.user_per_10`, did you mean `limits.user_per_10s`?; \
             config.example.toml has them all\n",
            "{arguments:?}"
        );
    }
}

#[test]
fn files_that_are_named_must_be_there() {
    let shell = Shell::new();
    for arguments in [
        &["ask", "--config", "nowhere.toml", "why"][..],
        &["check", "--config", "nowhere.toml"],
        &["serve", "--config", "nowhere.toml"],
        &["ask", "--knowledge", "nowhere.toml", "why"],
        &["sections", "--knowledge", "nowhere.toml"],
    ] {
        let told = shell.run(arguments).failed(1);
        assert!(told.starts_with("footnote: ") && told.contains("nowhere.toml"), "{told}");
    }
    shell.write("config.toml", "[discord]\ntoken_file = \"nowhere.txt\"\n");
    let told = shell.run(&["serve"]).failed(1);
    assert!(told.contains("nowhere.txt: expected a readable file"), "{told}");
}
