//! Runs the real bot against the sandbox, a stand-in for Discord on this machine, with a chat page for the browser.
//! Used by `footnote sandbox`.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use footnote_sandbox::page::{BotInfo, InspectedQuestion, KnowledgeStatus, Page, Reach};
use footnote_sandbox::{ActError, Options, Sandbox, Script, ScriptError};
use serde_json::Value;
use tokio::net::TcpListener;

use super::{App, AppError, DiscordEndpoint, knowledge, logging, runtime};
use crate::config::{self, Config, Token};
use crate::discord;
use crate::library::handle::LibraryHandle;

/// The number of example questions on the page.
const STARTERS: usize = 3;

/// The time that the bot has to finish the work of a script: as long as a reply may take that waits for rate limits.
const SCRIPT_END_TIMEOUT: Duration = Duration::from_secs(180);

/// Settings of the sandbox.
#[derive(Debug)]
pub struct SandboxOptions {
    /// The address of the page. With port 0 the system chooses a free port.
    pub address: SocketAddr,
    /// Whether the network can reach the page.
    pub reach: Reach,
    /// The number of servers that the bot is in.
    pub guilds: u16,
    /// The file that records the bot's REST calls, if any.
    pub log: Option<PathBuf>,
    /// The script to play, if any.
    pub script: Option<PathBuf>,
    /// Whether to exit after the script.
    pub exit: bool,
    /// Knowledge files and folders, in place of those of the configuration.
    pub knowledge: Vec<PathBuf>,
}

/// An error that keeps the sandbox from starting or ends it.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The page's address is not free.
    #[error("{address}: expected a free address of this machine, found: {error}; --port takes another")]
    Address {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        error: std::io::Error,
    },
    /// The script cannot be read.
    #[error("{}: expected a readable script, found: {error}", path.display())]
    Unreadable {
        /// The script.
        path: PathBuf,
        /// The system's error.
        error: std::io::Error,
    },
    /// The script is malformed, or one of its lines failed.
    #[error("{}: {error}", path.display())]
    Script {
        /// The script.
        path: PathBuf,
        /// The error, with its line.
        error: ScriptError,
    },
    /// The sandbox or its log file cannot be created.
    #[error("expected to start the sandbox and its log, found: {0}")]
    Start(std::io::Error),
    /// The bot did not connect to the sandbox.
    #[error("expected the bot to connect, found: {0}")]
    NoBot(ActError),
    /// The bot did not read all events of the script.
    #[error("expected the bot to read the events of the script, found: {0}")]
    Unread(ActError),
    /// The folder for the temporary database cannot be created.
    #[error("expected to create a temporary folder for the database, found: {0}")]
    NoFolder(std::io::Error),
}

/// Runs the bot in the sandbox until Ctrl-C, SIGTERM or the end of the script. Writes the page's address to `out`.
///
/// # Errors
/// If the sandbox or the bot cannot start, or a line of the script fails.
pub fn run(options: &SandboxOptions, config: &Config, out: &mut impl Write) -> Result<(), AppError> {
    let script = options.script.as_deref().map(read_script).transpose()?;
    logging::init(&config.log);
    runtime::block_on(run_in_sandbox(options, config, script, out))?
}

async fn run_in_sandbox(
    options: &SandboxOptions,
    config: &Config,
    script: Option<Script>,
    out: &mut impl Write,
) -> Result<(), AppError> {
    let sandbox_options = Options { guilds: options.guilds.into(), log: options.log.clone(), ..Options::default() };
    let sandbox = Arc::new(Sandbox::start(sandbox_options).await.map_err(SandboxError::Start)?);
    let folder = tempfile::tempdir().map_err(SandboxError::NoFolder)?;
    let config = sandbox_config(config, folder.path(), &sandbox);
    let mut app = App::start(&config, knowledge::origin(&options.knowledge, &config)).await?;
    if options.exit {
        app.shutdown_timeout = SCRIPT_END_TIMEOUT;
    }
    let library = app.load_library().await?;
    let stop_signal = runtime::stop_signal()?;

    let address = options.address;
    let in_use = |error| SandboxError::Address { address, error };
    let listener = TcpListener::bind(address).await.map_err(in_use)?;
    let info = LibraryInfo { library: Arc::clone(&library), files: app.origin.paths.clone() };
    let page = Page::start(listener, options.reach, Arc::clone(&sandbox), Arc::new(info)).map_err(in_use)?;
    writeln!(out, "Footnote is at {} — open it in a browser. Ctrl-C ends it.", page.url())?;
    out.flush()?;

    let token = Token::parse(&sandbox.token(), "the sandbox's token")?;
    let endpoint = DiscordEndpoint { token, api_url: Some(sandbox.base_url()) };
    let mut played = Ok(());
    let stop = async {
        played = tokio::select! {
            () = refresh_on_change(&library, &page) => Ok(()),
            () = stop_signal => Ok(()),
            played = play(script, options, &sandbox) => played,
        };
    };
    app.run(endpoint, Arc::clone(&library), stop).await?;
    page.stop().await;
    Ok(played?)
}

/// Plays the script once the bot is connected. Returns after it if the program should then exit, as soon as the bot has
/// read all events, so that its shutdown finishes the work on them; otherwise never.
async fn play(script: Option<Script>, options: &SandboxOptions, sandbox: &Sandbox) -> Result<(), SandboxError> {
    if let (Some(path), Some(script)) = (&options.script, script) {
        let ready = async {
            sandbox.wait_for_identify(1).await?;
            sandbox.wait_for_commands().await
        };
        ready.await.map_err(SandboxError::NoBot)?;
        script.play(sandbox).await.map_err(|error| SandboxError::Script { path: path.clone(), error })?;
        tracing::info!(script = %path.display(), "script played");
        if options.exit {
            return sandbox.wait_until_read().await.map_err(SandboxError::Unread);
        }
    }
    std::future::pending().await
}

fn read_script(path: &Path) -> Result<Script, SandboxError> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| SandboxError::Unreadable { path: path.into(), error })?;
    Script::parse(&text).map_err(|error| SandboxError::Script { path: path.into(), error })
}

/// The configuration for a bot in the sandbox. Servers and channels that the operator configured do not exist there
/// ([`documents`] replaces some of them). The database is a temporary one, because the configured one belongs to the bot
/// in Discord.
fn sandbox_config(config: &Config, folder: &Path, sandbox: &Sandbox) -> Config {
    Config {
        discord: config::Discord::default(),
        metrics: config::Metrics::default(),
        documents: documents(config, sandbox),
        learned_file: None,
        moderation: config::Moderation {
            state: folder.join("state.db"),
            guild: None,
            roles: Vec::new(),
            users: Vec::new(),
            log_channel: log_channel(sandbox),
            ..config.moderation.clone()
        },
        ..config.clone()
    }
}

/// The table `[documents]` for the channels of the first server: the first channel gets the documents of the first line
/// in the order of the ids, and so on.
fn documents(config: &Config, sandbox: &Sandbox) -> BTreeMap<config::DiscordId, Vec<String>> {
    let channels = sandbox.read(|world| {
        let first = world.directory.guilds.first().map(|guild| guild.id);
        let public = world.directory.channels.iter().filter(|channel| channel.guild == first && !channel.restricted);
        public.map(|channel| (channel.id, channel.name.clone())).collect::<Vec<_>>()
    });
    let mut documents = BTreeMap::new();
    for ((id, names), (channel, name)) in config.documents.iter().zip(channels) {
        let Some(channel) = NonZeroU64::new(channel.0) else { continue };
        tracing::info!(channel = name, documents = ?names, "this channel stands for {} of `documents`", id.0);
        documents.insert(config::DiscordId(channel), names.clone());
    }
    documents
}

/// The log channel: the moderators' channel of the first server.
fn log_channel(sandbox: &Sandbox) -> Option<config::DiscordId> {
    let channel =
        sandbox.read(|world| world.directory.channels.iter().find(|channel| channel.restricted).map(|mods| mods.id));
    NonZeroU64::new(channel?.0).map(config::DiscordId)
}

/// Refreshes the page whenever the library or the problems of its files change.
async fn refresh_on_change(library: &LibraryHandle, page: &Page) {
    let mut status = library.status();
    while status.changed().await.is_ok() {
        page.refresh();
    }
}

/// Gives the page what only the bot knows.
struct LibraryInfo {
    library: Arc<LibraryHandle>,
    files: Vec<PathBuf>,
}

impl BotInfo for LibraryInfo {
    fn starters(&self) -> Vec<String> {
        let library = self.library.load();
        let keys = library.starters(STARTERS);
        keys.into_iter().map(|key| library.knowledge().entry(key).question.clone()).collect()
    }

    fn extract_question(&self, asked: &InspectedQuestion) -> Option<String> {
        discord::question_in(asked.command.as_deref(), &asked.text)
    }

    fn explain(&self, question: &str) -> Value {
        let library = self.library.load();
        let answer = library.ask(question);
        serde_json::to_value(library.explain(question, &answer.verdict)).unwrap_or_default()
    }

    fn knowledge(&self) -> KnowledgeStatus {
        let status = self.library.status().borrow().clone();
        let library = self.library.load();
        KnowledgeStatus {
            titles: library.knowledge().documents().iter().map(|document| document.title.clone()).collect(),
            files: self.files.iter().map(|path| path.display().to_string()).collect(),
            revision: status.revision,
            problems: status.problems.iter().flat_map(|problems| problems.lines()).map(str::to_owned).collect(),
        }
    }
}
