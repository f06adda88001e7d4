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

    /// Sends a signal: `TERM`, `INT`. Every shell has `kill`.
    pub fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// The largest resident memory so far, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1024
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
