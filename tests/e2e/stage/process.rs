//! The real binary as a process, with its standard error captured while it runs. Dropping it kills it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::sync::watch;

/// The time limit for the process; plenty for a busy machine. A call to Discord alone may take 30 seconds before the
/// bot gives up and exits.
const PATIENCE: Duration = Duration::from_secs(120);

/// The standard error so far.
#[derive(Default)]
struct Captured {
    text: String,
    ended: bool,
}

/// `footnote serve`, running.
pub struct Process {
    child: Child,
    captured: watch::Receiver<Captured>,
}

impl Process {
    /// Starts it in a folder, with this `config.toml`, with this environment and no other variables.
    pub fn start(folder: &Path, configuration: &str, environment: &[(&str, &str)]) -> Self {
        std::fs::write(folder.join("config.toml"), configuration).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_footnote"));
        command.arg("serve").current_dir(folder).env_clear().envs(environment.iter().copied());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, captured) = watch::channel(Captured::default());
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            let mut line = Vec::new();
            while stderr.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                sender.send_modify(|captured| captured.text += &String::from_utf8_lossy(&line));
                line.clear();
            }
            sender.send_modify(|captured| captured.ended = true);
        });
        Self { child, captured }
    }

    /// The standard error so far.
    pub fn log(&self) -> String {
        self.captured.borrow().text.clone()
    }

    /// Waits until a line of the log has a field of this name, and returns the field's first value. Fields are part of
    /// the interface for operators, unlike the sentences around them.
    pub async fn wait_for_field(&self, name: &str) -> String {
        let mut captured = self.captured.clone();
        let found = captured.wait_for(|captured| captured.ended || field(&captured.text, name).is_some());
        let found = tokio::time::timeout(PATIENCE, found).await;
        let value = found.ok().and_then(|found| field(&found.ok()?.text, name));
        value.unwrap_or_else(|| panic!("the bot never logged a field {name:?}:\n{}", self.log()))
    }

    /// The status and the body of an answer of the metrics server.
    pub async fn get(&self, path: &str) -> (u16, String) {
        let address = self.wait_for_field("address").await;
        let answer = reqwest::get(format!("http://{address}{path}")).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Waits until all shards of this process are connected and its knowledge is loaded.
    pub async fn wait_until_ready(&self) {
        self.wait_for("/readyz", |status, _| status == 200).await;
    }

    /// Asks for a path until its status and body are as expected; returns the body.
    pub async fn wait_for(&self, path: &str, is: impl Fn(u16, &str) -> bool) -> String {
        let mut last = String::new();
        let asking = async {
            loop {
                let (status, body) = self.get(path).await;
                if is(status, &body) {
                    return body;
                }
                last = format!("{status}: {body}");
                tokio::task::yield_now().await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, asking).await;
        found.unwrap_or_else(|_| panic!("{path} never became as expected; it is {last}\n{}", self.log()))
    }

    /// Sends a signal: `TERM`, `INT`. Every shell has `kill`.
    pub fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// The resident memory in bytes: `VmRSS` now, `VmHWM` the largest so far. `None` if the process has ended.
    pub fn memory(&self, field: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
    }

    /// Waits until it ends. Returns its exit code and its standard error.
    pub async fn ended(mut self) -> (Option<i32>, String) {
        let mut captured = self.captured.clone();
        let ended = tokio::time::timeout(PATIENCE, captured.wait_for(|captured| captured.ended)).await;
        assert!(ended.is_ok(), "the bot does not end:\n{}", self.log());
        (self.child.wait().unwrap().code(), self.log())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The process may have ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// The first value of a field in whole lines of a log, in its text form (`name=value`) or in JSON (`"name":"value"`).
fn field(log: &str, name: &str) -> Option<String> {
    let (as_text, as_json) = (format!(" {name}="), format!("\"{name}\":"));
    let whole = &log[..log.rfind('\n')?];
    let after = whole.split_once(&as_text).or_else(|| whole.split_once(&as_json))?.1;
    Some(after.split([' ', '\n', ',', '}']).next()?.trim_matches('"').to_owned())
}
