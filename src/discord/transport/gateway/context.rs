//! The context that poise wants to be given with a command. serenity makes one only inside its own shard runner, and that
//! only over a connection; Footnote has a runner of its own, so it makes one, once, over a connection to itself.

use std::net::Ipv4Addr;
use std::sync::{Arc, OnceLock};

use serenity::all::{Context, GatewayIntents, Http, ShardId, ShardInfo, ShardManager};
use serenity::gateway::{Shard, ShardManagerOptions, ShardMessenger, ShardRunner, ShardRunnerOptions};
use serenity::prelude::TypeMap;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, RwLock};

/// What poise passes on to commands. Nothing here leads to the gateway, and no command of Footnote's looks for it there.
pub struct Surroundings {
    /// Its messenger has no listener.
    pub context: Context,
    /// It manages no shards.
    pub manager: Arc<ShardManager>,
}

/// Why there is no context.
#[derive(Debug, thiserror::Error)]
#[error("expected to be able to connect to this machine itself, at 127.0.0.1, found: {0}")]
pub struct NoContext(String);

impl Surroundings {
    /// Makes them. No token is spoken and no server but this process is reached.
    ///
    /// # Errors
    /// If the loopback address cannot be used.
    pub async fn make(http: Arc<Http>) -> Result<Self, NoContext> {
        let no_socket = |error: std::io::Error| NoContext(error.to_string());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(no_socket)?;
        let address = listener.local_addr().map_err(no_socket)?;
        let ws_url = Arc::new(Mutex::new(format!("ws://{address}/")));
        let answer = async {
            let (stream, _) = listener.accept().await.map_err(no_socket)?;
            tokio_tungstenite::accept_async(stream).await.map_err(|error| NoContext(error.to_string()))
        };
        let open = async {
            let info = ShardInfo { id: ShardId(0), total: 1 };
            let shard = Shard::new(Arc::clone(&ws_url), "", info, GatewayIntents::empty(), None);
            shard.await.map_err(|error| NoContext(error.to_string()))
        };
        let (shard, _answered) = tokio::try_join!(open, answer)?;

        let data = Arc::new(RwLock::new(TypeMap::new()));
        let (manager, _) = ShardManager::new(ShardManagerOptions {
            data: Arc::clone(&data),
            event_handlers: Vec::new(),
            raw_event_handlers: Vec::new(),
            framework: Arc::new(OnceLock::new()),
            shard_index: 0,
            shard_init: 0,
            shard_total: 1,
            ws_url,
            http: Arc::clone(&http),
            intents: GatewayIntents::empty(),
            presence: None,
        });
        let runner = ShardRunner::new(ShardRunnerOptions {
            data: Arc::clone(&data),
            event_handlers: Vec::new(),
            raw_event_handlers: Vec::new(),
            framework: None,
            manager: Arc::clone(&manager),
            shard,
            http: Arc::clone(&http),
        });
        let context = Context { data, shard: ShardMessenger::new(&runner), shard_id: ShardId(0), http };
        Ok(Self { context, manager })
    }
}
