//! `footnote sandbox`: the real bot against a stand-in for Discord on this machine, and a page in the browser to try it.
//! What only the bot knows and the page shows is told here.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;

use clap::Args;
use footnote_sandbox::page::{BotInfo, InspectedQuestion, KnowledgeStatus, Page, Reach};
use footnote_sandbox::{ActError, Options, Script, ScriptError};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::serve::{keep_up, log, stopped};
use super::{CliError, Ended, From, load, moderation, paths};
use crate::config::{self, Config, Token};
use crate::discord::{self, Setup};
use crate::library::Library;
use crate::library::handle::LibraryHandle;
use crate::library::reload::Origin;
use crate::telemetry::Telemetry;

/// How many questions a newcomer is offered.
const STARTERS: usize = 3;

/// The most servers: how many one connection of a bot may serve
/// (<https://discord.com/developers/docs/events/gateway#sharding>).
const GUILDS_MAX: u16 = 2500;

/// Runs the bot against a stand-in for Discord on this machine, and serves a page to try it.
///
/// A script has one act a line, a JSON object such as {"act": "post", "as": "member", "channel": "general", "text": "@footnote why?",
/// "name": "q"}. The acts are post (text), reply (message, text, ping), edit (message, text), delete (message), slash (command,
/// options), message_command (message, command), click (message, button), select (message, menu, values), submit_modal (opener,
/// texts) and expect (message, text; or gone). "as" is owner, moderator, member or other; "channel" general, offtopic, mods or dm.
/// A file among the options is {"filename": "notes.json", "text": "what is in it"}.
/// A later line means a message by its name, "q", and the bot's answer to it by "q.answer". A line that fails ends it all with code 1.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(super) struct Sandbox {
    /// The page's port; 0 is any free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The address that the page is served on; one that others can reach needs --open-to-network
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// Let everybody who can reach --bind read and write as any of the sandbox's users, and read your knowledge
    #[arg(long)]
    open_to_network: bool,
    /// How many servers the bot is in
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=i64::from(GUILDS_MAX)))]
    guilds: u16,
    /// Append the bot's REST calls to this file, one JSON object a line
    #[arg(long, value_name = "CALLS.jsonl")]
    log: Option<PathBuf>,
    /// Play the acts of this file, then stay
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// End when the script has been played
    #[arg(long, requires = "script")]
    exit: bool,
    #[command(flatten)]
    from: From,
}

/// Why there is no sandbox, or why it ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum SandboxError {
    #[error("{address}: expected a free address of this machine, found: {error}; --port takes another")]
    Address { address: SocketAddr, error: std::io::Error },
    #[error("{}: expected a readable script, found: {error}", path.display())]
    Unreadable { path: PathBuf, error: std::io::Error },
    #[error("{}: {error}", path.display())]
    Script { path: PathBuf, error: ScriptError },
    #[error("expected a stand-in for Discord and its log, found: {0}")]
    StandIn(std::io::Error),
    #[error("expected the bot to connect, found: {0}")]
    NoBot(ActError),
    #[error("expected a folder for what moderators do, found: {0}")]
    NoFolder(std::io::Error),
}

impl Sandbox {
    pub fn run(&self, out: &mut impl Write) -> Ended {
        if !self.bind.is_loopback() && !self.open_to_network {
            return Err(CliError::Usage(
                "expected a loopback address for --bind, found one that others can reach; --open-to-network lets them in",
            ));
        }
        let script = self.script.as_deref().map(read_script).transpose()?;
        let config = self.from.config()?;
        log(&config.log);
        let origin = Origin { paths: paths(&self.from.knowledge, &config), thresholds: config.matching };
        let library = Arc::new(LibraryHandle::new(Library::new(load(&origin.paths)?, origin.thresholds)));
        // Of one thread, as for `serve`: there the bot's events begin in the order in which they came.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(self.play(&config, library, origin, script, out))
    }

    async fn play(
        &self,
        config: &Config,
        library: Arc<LibraryHandle>,
        origin: Origin,
        script: Option<Script>,
        out: &mut impl Write,
    ) -> Ended {
        let stopped = stopped()?;
        let options = Options { guilds: self.guilds.into(), log: self.log.clone(), ..Options::default() };
        let stand_in = Arc::new(footnote_sandbox::Sandbox::start(options).await.map_err(SandboxError::StandIn)?);
        let address = SocketAddr::new(self.bind, self.port);
        let taken = |error| SandboxError::Address { address, error };
        let listener = TcpListener::bind(address).await.map_err(taken)?;
        let reach = if self.open_to_network { Reach::Network } else { Reach::Loopback };
        let knower = Knower { library: Arc::clone(&library), files: origin.paths.clone() };
        let page = Page::start(listener, reach, Arc::clone(&stand_in), Arc::new(knower)).map_err(taken)?;
        writeln!(out, "Footnote is at {} — open it in a browser. Ctrl-C ends it.", page.url())?;
        out.flush()?;

        // What happens here is forgotten with the sandbox: the database that the configuration names is that of the bot in Discord.
        let folder = tempfile::tempdir().map_err(SandboxError::NoFolder)?;
        let settings = config::Moderation {
            state: folder.path().join("state.db"),
            guild: None,
            roles: Vec::new(),
            users: Vec::new(),
            log_channel: log_channel(&stand_in),
            ..config.moderation.clone()
        };
        let telemetry = Telemetry::new(config.log.questions);
        let (unanswered_queue, moderation) = moderation::open(&settings, &origin, &library, &telemetry).await?;

        let stop = CancellationToken::new();
        let setup = setup(config, &stand_in, &library, moderation, telemetry)?;
        let bot = discord::serve(setup, stop.clone().cancelled_owned());
        let mut bot = pin!(bot);
        let keeping = tokio::spawn(keep_up(Arc::clone(&library), origin));
        let played = tokio::select! {
            served = &mut bot => return Ok(served.map(|()| true)?),
            () = tell_changes(&library, &page) => Ok(()),
            () = stopped => Ok(()),
            played = self.perform(script, &stand_in) => played,
        };
        keeping.abort();
        stop.cancel();
        bot.await?;
        unanswered_queue.flush().await;
        page.stop().await;
        Ok(played.map(|()| true)?)
    }

    /// Plays the script once the bot is there. Returns at its end only if that ends everything.
    async fn perform(&self, script: Option<Script>, stand_in: &footnote_sandbox::Sandbox) -> Result<(), SandboxError> {
        if let (Some(path), Some(script)) = (&self.script, script) {
            let failed = |error| SandboxError::Script { path: path.clone(), error };
            let ready = async {
                stand_in.wait_for_identify(1).await?;
                stand_in.wait_for_commands().await
            };
            ready.await.map_err(SandboxError::NoBot)?;
            script.play(stand_in).await.map_err(failed)?;
            tracing::info!(script = %path.display(), "script played");
            if self.exit {
                return Ok(());
            }
        }
        std::future::pending().await
    }
}

fn read_script(path: &Path) -> Result<Script, SandboxError> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| SandboxError::Unreadable { path: path.into(), error })?;
    Script::parse(&text).map_err(|error| SandboxError::Script { path: path.into(), error })
}

/// The bot as for `serve`, but in the stand-in. Servers and channels that the config names are not there.
fn setup(
    config: &Config,
    stand_in: &footnote_sandbox::Sandbox,
    library: &Arc<LibraryHandle>,
    moderation: discord::ModerationSetup,
    telemetry: Telemetry,
) -> Result<Setup, CliError> {
    Ok(Setup {
        token: Token::parse(&stand_in.token(), "the sandbox's token")?,
        api_url: Some(stand_in.base_url()),
        guild: None,
        shards: None,
        listen_channels: Vec::new(),
        limits: config.limits.clone(),
        library: Arc::clone(library),
        telemetry,
        cursors: None,
        moderation,
    })
}

/// Where changes to the knowledge are told: the moderators' channel of the first server.
fn log_channel(stand_in: &footnote_sandbox::Sandbox) -> Option<config::DiscordId> {
    let channel =
        stand_in.read(|world| world.directory.channels.iter().find(|channel| channel.restricted).map(|mods| mods.id));
    NonZeroU64::new(channel?.0).map(config::DiscordId)
}

/// Has the page drawn anew whenever the knowledge changes, or is refused.
async fn tell_changes(library: &LibraryHandle, page: &Page) {
    let mut status = library.status();
    while status.changed().await.is_ok() {
        page.refresh();
    }
}

/// What only the bot's side knows.
struct Knower {
    library: Arc<LibraryHandle>,
    files: Vec<PathBuf>,
}

impl BotInfo for Knower {
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
        let answered = library.ask(question);
        serde_json::to_value(library.explain(question, &answered.verdict)).unwrap_or_default()
    }

    fn knowledge(&self) -> KnowledgeStatus {
        let status = self.library.status().borrow().clone();
        let documents = self.library.load();
        KnowledgeStatus {
            titles: documents.knowledge().documents().iter().map(|document| document.title.clone()).collect(),
            files: self.files.iter().map(|path| path.display().to_string()).collect(),
            revision: status.revision,
            problems: status.problems.iter().flat_map(|problems| problems.lines()).map(str::to_owned).collect(),
        }
    }
}
