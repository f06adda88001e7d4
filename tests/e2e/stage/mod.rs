//! A stage for each test: the stand-in for Discord, and the real binary that answers from a small knowledge file.
//! [`Stage::finish`] checks the rules that hold for every run.

mod checks;
mod members;
mod metrics;
mod moderators;
mod process;

use std::path::Path;

use footnote::moderation::Database;
use footnote::moderation::unanswered::UnansweredReason;
use footnote_sandbox::{OWNER, Options, Sandbox};
use tempfile::TempDir;

pub use members::{BUILDER, QUESTION};
pub use process::Process;

/// The guide from which the bot of these tests answers.
pub const KNOWLEDGE: &str = include_str!("../../support/harbour.json");

/// The setting that makes the bot answer from [`KNOWLEDGE`].
pub const GUIDE: &str = "knowledge = [\"harbour.json\"]\n";

/// Switches off the rate limits on questions.
pub const NO_LIMITS: &str = "[limits]\nuser_per_10s = 0\nchannel_per_10s = 0\n";

/// No entry is certain enough to be an answer; candidates are suggested.
pub const UNSURE: &str = "[matching]\nanswer = 1.0\nsuggest = 0.2\n";

/// The last table of every configuration. A test may write it to set something in it.
const LOG_TABLE: &str = "[log]\n";

/// Logs everything, including what libraries log, so that `finish` finds any secret in it.
const LOG_LEVEL: &str = "level = \"trace,serenity=trace,reqwest=trace,hyper=trace,rustls=trace,tungstenite=trace\"\n";

/// Metrics and readiness, by which tests wait. The system chooses the port.
const METRICS: &str = "[metrics]\nlisten = \"127.0.0.1:0\"\n";

/// The stand-in, and the bot while it runs.
pub struct Stage {
    /// The stand-in for Discord.
    pub sandbox: Sandbox,
    folder: TempDir,
    bot: Option<Process>,
    /// The standard error of all bots that have ended.
    log: String,
    /// The number of the bot's worker threads.
    threads: usize,
    /// Whether a bot was configured to log what is asked.
    questions_logged: bool,
    finished: bool,
}

impl Stage {
    /// A stage without a bot.
    pub async fn empty(options: Options) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("harbour.json"), KNOWLEDGE).unwrap();
        Self { sandbox, folder, bot: None, log: String::new(), threads: 1, questions_logged: false, finished: false }
    }

    /// A stage with a bot that is connected and has registered its commands. `settings` are lines of its `config.toml`.
    pub async fn start(settings: &str) -> Self {
        let mut stage = Self::empty(Options::default()).await;
        stage.run(settings).await;
        stage
    }

    /// Makes the next bots run on this number of worker threads. The default is the program's default, 1.
    pub fn set_threads(&mut self, threads: usize) {
        self.threads = threads;
    }

    /// Starts a bot that answers from [`KNOWLEDGE`], and waits until it is ready.
    pub async fn run(&mut self, settings: &str) {
        self.run_with(&format!("{GUIDE}{settings}")).await;
    }

    /// Starts a bot with a configuration that names its knowledge, and waits until it is ready: until all its shards
    /// are connected and it has compared the registered commands with its own.
    pub async fn run_with(&mut self, settings: &str) {
        let compared = self.count_calls("GET", "/commands");
        self.connect(settings);
        self.wait_until_ready().await;
        let registered = |world: &footnote_sandbox::World| {
            let calls = |method| {
                world.log.calls().filter(|call| call.method == method && call.route().ends_with("/commands")).count()
            };
            (calls("GET") > compared && calls("PUT") > 0).then_some(())
        };
        self.sandbox.wait_for("commands to be registered", registered).await.unwrap();
    }

    /// Starts a bot with the token and address of the stand-in, and does not wait.
    pub fn connect(&mut self, settings: &str) {
        let (token, address) = (self.sandbox.token(), self.sandbox.base_url());
        let threads = self.threads.to_string();
        let environment = [
            ("DISCORD_TOKEN", token.as_str()),
            ("FOOTNOTE_DISCORD_API_URL", &address),
            ("FOOTNOTE_WORKER_THREADS", &threads),
        ];
        self.spawn(settings, &environment);
    }

    /// Starts a bot with this environment and no other variables.
    pub fn spawn(&mut self, settings: &str, environment: &[(&str, &str)]) {
        self.questions_logged |= settings.contains("questions = true");
        assert!(self.bot.is_none(), "one bot at a time");
        self.bot = Some(Process::start(self.folder.path(), &configuration(settings), environment));
    }

    /// Starts a process for some of the shards, with a folder of its own. Its `shards` are a value of `discord.shards`.
    pub fn spawn_shards(&self, shards: &str) -> (Process, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("harbour.json"), KNOWLEDGE).unwrap();
        let settings = configuration(&format!("{GUIDE}[discord]\nshards = {shards}\n{NO_LIMITS}"));
        let (token, address) = (self.sandbox.token(), self.sandbox.base_url());
        let environment = [("DISCORD_TOKEN", token.as_str()), ("FOOTNOTE_DISCORD_API_URL", &address)];
        (Process::start(folder.path(), &settings, &environment), folder)
    }

    /// The folder with the bot's files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The bot that runs.
    pub fn bot(&self) -> &Process {
        self.bot.as_ref().unwrap()
    }

    /// The standard error of all bots that have ended.
    pub fn log(&self) -> &str {
        &self.log
    }

    /// Waits until the bot exits. Returns its exit code and its standard error.
    pub async fn ended(&mut self) -> (Option<i32>, String) {
        let (code, log) = self.bot.take().unwrap().ended().await;
        self.log += &log;
        (code, log)
    }

    /// Stops the bot by a signal, as an operator does, once it has read every event. It finishes what it has begun, so
    /// that it says nothing more afterwards.
    pub async fn stop(&mut self) {
        self.all_events_read().await;
        self.bot().signal("TERM");
        let (code, log) = self.ended().await;
        assert_eq!(code, Some(0), "{log}");
    }

    /// Kills the bot, so that it cannot finish anything.
    pub async fn kill(&mut self) {
        self.bot().signal("KILL");
        self.ended().await;
    }

    /// Waits until the bot has read every event so far. Completing an option is the one event that leaves no trace.
    async fn all_events_read(&self) {
        if !self.sandbox.commands_for(OWNER, "general").unwrap().is_empty() {
            self.complete(OWNER, "ask", "question", "").await;
        }
    }

    /// The unanswered questions in the database, with the reasons. The bot must have ended.
    pub fn unanswered_questions(&self) -> Vec<(String, Vec<(UnansweredReason, u64)>)> {
        let questions = Database::open(&self.folder().join("state.db")).unwrap().questions().unwrap();
        let mut questions: Vec<_> = questions.into_iter().map(|question| (question.asked, question.reasons)).collect();
        questions.sort();
        questions
    }

    /// Ends the test: stops the bot, and checks the rules that hold for every run. `refusals` are the statuses from 400
    /// on that the test expects, in the order of the calls.
    pub async fn finish(mut self, refusals: &[u16]) {
        if self.bot.is_some() {
            self.stop().await;
        }
        self.finished = true;
        assert_eq!(self.refusals(), refusals, "statuses of refused calls");
        self.check();
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let bot = self.bot.as_ref().map(Process::log).unwrap_or_default();
            eprintln!("--- standard error of the bot\n{}{bot}---", self.log);
        } else {
            assert!(self.finished, "a test ends with Stage::finish");
        }
    }
}

/// A whole `config.toml`: with metrics, unless the test sets them, and with the log's level.
fn configuration(settings: &str) -> String {
    let metrics = if settings.contains("[metrics]") { "" } else { METRICS };
    match settings.split_once(LOG_TABLE) {
        Some((tables, log)) => format!("{tables}{metrics}{LOG_TABLE}{log}{LOG_LEVEL}"),
        None => format!("{settings}{metrics}{LOG_TABLE}{LOG_LEVEL}"),
    }
}
