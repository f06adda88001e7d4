//! `footnote serve`: the bot in Discord, from its settings until a signal.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::{CliError, Ended, load, moderation, paths};
use crate::config::{Config, Filter, Log, LogFormat, Token, open_to_others};
use crate::discord::{self, CursorFile, CursorStore, Setup};
use crate::library::handle::LibraryHandle;
use crate::library::reload::{self, Origin};
use crate::library::weight_cache;
use crate::telemetry::{MetricsServer, Telemetry};

/// What libraries say is for their authors, unless `log.level` names them.
const LIBRARIES: [&str; 5] = ["reqwest", "hyper", "hyper_util", "rustls", "tungstenite"];

/// Below these levels they write requests with the tokens of interactions; no setting brings that out.
const INDISCREET: [(&str, LevelFilter); 2] = [("serenity", LevelFilter::ERROR), ("poise", LevelFilter::WARN)];

#[derive(Args, Debug)]
pub(super) struct Serve {
    /// The configuration file [default: config.toml, if there is one]
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

impl Serve {
    pub fn run(&self) -> Ended {
        let config = Config::load(self.config.as_deref())?;
        log(&config.log);
        let token = config.token()?;
        warn_of_open_token_file(&config);
        let origin = Origin { paths: paths(&[], &config), thresholds: config.matching };
        // Of one thread, which begins tasks in the order in which they were spawned. Each event of the gateway is one: so a
        // question is known before its edit or deletion comes up. With several threads it need not be.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let ended = runtime.block_on(serve(&config, token, origin));
        // Knowledge that is still being read, maybe from a place that does not answer, is not waited for.
        runtime.shutdown_background();
        ended?;
        tracing::info!("stopped");
        Ok(true)
    }
}

/// A token in a file that others of this machine may read is as good as told.
fn warn_of_open_token_file(config: &Config) {
    if let Some((path, Ok(Some(mode)))) = config.token_file().map(|path| (path, open_to_others(path))) {
        let (path, mode) = (path.display(), format!("{mode:03o}"));
        tracing::warn!(%path, mode, "others on this machine may read or change the token's file; make it mode 600");
    }
}

/// Reads the knowledge, and runs the bot until a signal.
async fn serve(config: &Config, token: Token, origin: Origin) -> Result<(), CliError> {
    let mut stop = std::pin::pin!(stopped()?);
    let telemetry = Telemetry::new(config.log.questions);
    if let Some(address) = config.metrics.listen {
        // Before anything that takes time, so that whoever watches the start sees how far it is.
        let listener = MetricsServer::bind(address).await?;
        tracing::info!(address = %listener.address()?, "metrics and health are served");
        tokio::spawn(listener.run(telemetry.clone()));
    }
    let reading = tokio::task::spawn_blocking({
        let origin = origin.clone();
        let learned_file = config.learned_file.clone();
        move || {
            let knowledge = load(&origin.paths)?;
            Ok::<_, CliError>(weight_cache::build_library(knowledge, origin.thresholds, learned_file.as_deref()))
        }
    });
    tracing::debug!("reading the knowledge");
    let (library, learned_anew) = tokio::select! {
        read = reading => read.map_err(std::io::Error::other)??,
        () = &mut stop => return Ok(()),
    };
    tracing::info!(
        documents = library.knowledge().documents().len(),
        questions = library.knowledge().entry_keys().len(),
        learned_anew,
        "knowledge loaded"
    );
    let library = Arc::new(LibraryHandle::new(library));
    telemetry.set_library(Arc::clone(&library));
    let (unanswered_queue, moderation) = moderation::open(&config.moderation, &origin, &library, &telemetry).await?;
    let setup = Setup {
        token,
        api_url: config.api_url(),
        guild: config.discord.guild,
        shards: config.discord.shards,
        listen_channels: config.discord.listen_channels.clone(),
        limits: config.limits.clone(),
        library: Arc::clone(&library),
        telemetry,
        cursors: config.discord.seen_file.clone().map(|path| Arc::new(CursorFile(path)) as Arc<dyn CursorStore>),
        moderation,
    };
    if let Some(file) = config.learned_file.clone() {
        let library = Arc::clone(&library);
        tokio::spawn(async move { weight_cache::run(&library, file, learned_anew).await });
    }
    tokio::spawn(keep_up(library, origin));
    let ended = discord::serve(setup, stop).await;
    unanswered_queue.flush().await;
    Ok(ended?)
}

/// Follows the knowledge files. Without it the bot answers from what it has read at the start.
pub(super) async fn keep_up(library: Arc<LibraryHandle>, origin: Origin) {
    if let Err(error) = reload::watch(library, origin).await {
        tracing::error!(%error, "changes to the knowledge are taken up at the next start only");
    }
}

/// Resolves when the process is asked to end, by Ctrl-C or SIGTERM.
pub(super) fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    let (mut interrupted, mut terminated) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

/// Sends the log to standard error.
pub(super) fn log(settings: &Log) {
    let Filter(filter) = &settings.level;
    let libraries = LIBRARIES.into_iter().map(|library| (library, LevelFilter::WARN));
    // A filter that names parts of the program only says nothing of the rest.
    let default = filter.default_level().unwrap_or(LevelFilter::INFO);
    let filter = Targets::new().with_default(default).with_targets(libraries).with_targets(filter.iter());
    let discreet = Targets::new().with_default(LevelFilter::TRACE).with_targets(INDISCREET);
    let log = tracing_subscriber::registry().with(filter).with(discreet);
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(false);
    match settings.format {
        LogFormat::Human => log.with(lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))).init(),
        LogFormat::Json => log.with(lines.json()).init(),
    }
}
