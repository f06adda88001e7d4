//! The real binary as a process of its own, with its standard error captured while it runs. It is killed when dropped.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::sync::watch;

/// How long a test waits for the process; plenty for a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was read of standard error.
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
    /// Starts it in a folder that has its `config.toml`, with this environment and no other.
    pub fn start(folder: &Path, environment: &[(&str, &str)]) -> Self {
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

    /// What it wrote so far.
    pub fn log(&self) -> String {
        self.captured.borrow().text.clone()
    }

    /// Waits until it has written this.
    pub async fn wait_for_log(&self, words: &str) {
        self.wait_for_log_times(words, 1).await;
    }

    /// Waits until it has written this so many times.
    pub async fn wait_for_log_times(&self, words: &str, times: usize) {
        let mut captured = self.captured.clone();
        let written = |captured: &Captured| captured.text.matches(words).count() >= times;
        let found = tokio::time::timeout(PATIENCE, captured.wait_for(|captured| captured.ended || written(captured)));
        let found = found.await.is_ok_and(|found| found.is_ok_and(|captured| written(&captured)));
        assert!(found, "the bot never logged {words:?} {times} times");
    }

    /// Sends a signal: `TERM`, `INT`. The shell has `kill` everywhere.
    pub fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Waits until it ends; its exit code, and all that it wrote.
    pub async fn ended(mut self) -> (Option<i32>, String) {
        let mut captured = self.captured.clone();
        let ended = tokio::time::timeout(PATIENCE, captured.wait_for(|captured| captured.ended)).await;
        assert!(ended.is_ok(), "the bot does not end:\n{}", self.log());
        (self.child.wait().unwrap().code(), self.log())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
