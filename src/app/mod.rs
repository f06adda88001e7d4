//! Builds a running program from a configuration. `App` is the bot of `serve` and `sandbox`: it loads the knowledge,
//! starts, watches and stops the background tasks, and runs [`discord::serve`]. `doctor` and `eval` use only the
//! submodules.

pub mod doctor;
pub mod knowledge;
pub mod labelled;
pub mod logging;
mod moderation;
pub mod runtime;
pub mod sandbox;
pub mod serve;
mod tasks;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::atomic_file;
use crate::config::{Config, ConfigError, Token};
use crate::discord::{self, CursorFile, CursorStore, ServeError, Setup};
use crate::knowledge::LoadError;
use crate::library::handle::LibraryHandle;
use crate::library::reload::{self, Origin};
use crate::library::weight_cache;
use crate::telemetry::{ListenError, MetricsServer, Telemetry};
use tasks::{TaskEnded, Tasks};

/// The error with which the program ends.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A setting or the token is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The knowledge files cannot be used.
    #[error(transparent)]
    Knowledge(#[from] LoadError),
    /// Discord refuses the bot or cannot be reached.
    #[error(transparent)]
    Discord(#[from] ServeError),
    /// The metrics cannot be served.
    #[error(transparent)]
    Metrics(#[from] ListenError),
    /// The sandbox cannot start, or its script failed.
    #[error(transparent)]
    Sandbox(#[from] sandbox::SandboxError),
    /// A background task that the bot needs has ended.
    #[error(transparent)]
    Task(#[from] TaskEnded),
    /// The asynchronous runtime cannot start.
    #[error(transparent)]
    Runtime(#[from] runtime::RuntimeError),
    /// An operation of the system failed.
    #[error("an operation of the system failed: {0}")]
    System(#[from] io::Error),
}

/// The API to connect to, and the bot's token. The sandbox has its own.
#[derive(Debug)]
struct DiscordEndpoint {
    token: Token,
    /// The base URL of the REST API; `None` for Discord's own.
    api_url: Option<String>,
}

/// A bot that is starting or running, with its background tasks.
struct App<'a> {
    config: &'a Config,
    origin: Origin,
    telemetry: Telemetry,
    tasks: Tasks,
    /// The time that stopping waits for the answers in progress.
    shutdown_timeout: Duration,
}

impl<'a> App<'a> {
    /// Starts telemetry, and the metrics server if one is configured.
    async fn start(config: &'a Config, origin: Origin) -> Result<Self, AppError> {
        let telemetry = Telemetry::new(config.log.questions);
        let mut tasks = Tasks::default();
        if let Some(address) = config.metrics.listen {
            let server = MetricsServer::bind(address).await?;
            tracing::info!(address = %server.address()?, "metrics and health are served");
            tasks.spawn("metrics server", server.run(telemetry.clone()));
        }
        Ok(Self { config, origin, telemetry, tasks, shutdown_timeout: discord::SHUTDOWN_TIMEOUT })
    }

    /// Loads the knowledge and builds the library, with weights from the cache (`learned_file`) if possible.
    async fn load_library(&mut self) -> Result<Arc<LibraryHandle>, AppError> {
        let (origin, config) = (self.origin.clone(), self.config.clone());
        if let Some(notice) = knowledge::builtin_notice(&origin.paths) {
            tracing::warn!("{notice}");
        }
        tracing::debug!("reading the knowledge");
        let loading = tokio::task::spawn_blocking(move || {
            let knowledge = knowledge::load(&origin.paths)?;
            knowledge::check_names(&config, &knowledge)?;
            let cache = config.learned_file.as_deref();
            Ok::<_, AppError>(weight_cache::build_library(knowledge, origin.thresholds, cache))
        });
        let (library, learned_anew) = loading.await.map_err(io::Error::other)??;
        tracing::info!(
            documents = library.knowledge().documents().len(),
            questions = library.knowledge().entry_keys().len(),
            learned_anew,
            "knowledge loaded"
        );
        let library = Arc::new(LibraryHandle::new(library));
        self.telemetry.set_library(Arc::clone(&library));
        if let Some(file) = self.config.learned_file.clone() {
            // Optional: without the cache, the next start only takes longer.
            let library = Arc::clone(&library);
            self.tasks.spawn_optional("weight cache", async move {
                weight_cache::run(&library, file, learned_anew).await;
            });
        }
        Ok(library)
    }

    /// Connects to Discord and answers questions until `stop` resolves or a task that the bot needs ends. Then finishes
    /// the answers in progress and stops the tasks.
    async fn run(
        mut self,
        endpoint: DiscordEndpoint,
        library: Arc<LibraryHandle>,
        stop: impl Future<Output = ()>,
    ) -> Result<(), AppError> {
        let (unanswered_queue, moderation) =
            moderation::open(&self.config.moderation, &self.origin, &library, &self.telemetry, &mut self.tasks).await?;
        // Optional: the system may refuse to watch files, and the bot then answers from the knowledge that it has.
        self.tasks.spawn_optional("reload", watch_knowledge(Arc::clone(&library), self.origin));
        let settings = &self.config.discord;
        for file in [&settings.seen_file, &self.config.learned_file].into_iter().flatten() {
            // A folder that cannot be read is reported when the file is saved.
            _ = atomic_file::remove_stale_temporary_files(atomic_file::folder_of(file));
        }
        let setup = Setup {
            token: endpoint.token,
            api_url: endpoint.api_url,
            guild: settings.guild,
            shards: settings.shards,
            listen_channels: settings.listen_channels.clone(),
            documents: self.config.documents.clone(),
            limits: self.config.limits.clone(),
            library,
            telemetry: self.telemetry,
            cursors: settings.seen_file.clone().map(|path| Arc::new(CursorFile(path)) as Arc<dyn CursorStore>),
            moderation,
            shutdown_timeout: self.shutdown_timeout,
        };
        let mut tasks = self.tasks;
        // The bot stops when `stop` resolves or a required task ends; `watched` keeps that task's error.
        let mut watched = Ok(());
        let served = discord::serve(setup, async { watched = tasks.watch(stop).await }).await;
        // Before the shutdown aborts the task that writes the queue.
        unanswered_queue.flush().await;
        tasks.shutdown().await;
        served?;
        Ok(watched?)
    }
}

/// Reloads the knowledge when its files change.
async fn watch_knowledge(library: Arc<LibraryHandle>, origin: Origin) {
    if let Err(error) = reload::watch(library, origin).await {
        tracing::error!(%error, "changes to the knowledge files take effect only after a restart");
    }
}
