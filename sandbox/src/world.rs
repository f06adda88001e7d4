//! The state of the stand-in: who is there, what was said, what the bot registered, which calls it made.
//! One lock guards all of it; every change wakes those who wait for one.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::attachment::{self, Attachment, Upload};
use crate::call_log::CallLog;
use crate::directory::{Channel, Directory, User};
use crate::faults::Faults;
use crate::interaction::Interaction;
use crate::message::Message;
use crate::options::Options;
use crate::sessions::Sessions;
use crate::snowflake::{Clock, Snowflake};

/// How many messages, and how many interactions, are remembered. A test makes a few; a page left open for days
/// must not grow without bound.
const REMEMBERED: usize = 10_000;

/// Everything the stand-in knows. Tests look at it through [`Sandbox::read`](super::Sandbox::read) and
/// [`Sandbox::wait_for`](super::Sandbox::wait_for).
#[derive(Debug)]
pub struct World {
    /// Users, guilds and channels.
    pub directory: Directory,
    /// The bot's REST calls.
    pub log: CallLog,
    /// The gateway's sessions.
    pub sessions: Sessions,
    pub(super) settings: Settings,
    pub(super) clock: Clock,
    pub(super) faults: Faults,
    pub(super) commands: BTreeMap<Option<Snowflake>, Vec<Map<String, Value>>>,
    messages: BTreeMap<Snowflake, Message>,
    interactions: BTreeMap<Snowflake, Interaction>,
    attachments: BTreeMap<Snowflake, Attachment>,
}

/// What was set at the start.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) token: String,
    pub(super) public: bool,
    pub(super) approved_intents: u64,
    pub(super) shards: u64,
    pub(super) identify_groups: u64,
    pub(super) identify_interval: Duration,
    pub(super) first_answer: Duration,
    pub(super) token_life: Duration,
    pub(super) heartbeat: Duration,
    /// The gateway's address.
    pub(super) gateway_url: String,
    /// The address of REST and of files.
    pub(super) base_url: String,
}

impl World {
    pub(super) fn new(options: &Options, log: CallLog, address: SocketAddr) -> Self {
        let mut clock = Clock::start();
        Self {
            directory: Directory::new(&mut clock, options.guilds),
            log,
            sessions: Sessions::default(),
            settings: Settings {
                token: options.token.clone(),
                public: options.public,
                approved_intents: options.approved_intents,
                shards: options.shards,
                identify_groups: options.identify_groups.max(1),
                identify_interval: options.identify_interval,
                first_answer: options.first_answer,
                token_life: options.token_life,
                heartbeat: options.heartbeat,
                gateway_url: format!("ws://{address}/gateway"),
                base_url: format!("http://{address}"),
            },
            clock,
            faults: Faults::default(),
            commands: BTreeMap::new(),
            messages: BTreeMap::new(),
            interactions: BTreeMap::new(),
            attachments: BTreeMap::new(),
        }
    }

    /// The message with this id, unless it was deleted.
    pub fn message(&self, id: Snowflake) -> Option<&Message> {
        self.messages.get(&id)
    }

    /// All messages, oldest first.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages.values()
    }

    /// The interaction with this id.
    pub fn interaction(&self, id: Snowflake) -> Option<&Interaction> {
        self.interactions.get(&id)
    }

    /// All interactions, oldest first.
    pub fn interactions(&self) -> impl DoubleEndedIterator<Item = &Interaction> {
        self.interactions.values()
    }

    /// The commands as registered, global (`None`) or of a guild, with ids; none when nothing was ever registered.
    pub fn commands(&self, guild: Option<Snowflake>) -> Option<&[Map<String, Value>]> {
        self.commands.get(&guild).map(Vec::as_slice)
    }

    /// The file with this id.
    pub fn attachment(&self, id: Snowflake) -> Option<&Attachment> {
        self.attachments.get(&id)
    }

    /// Whether a user sees a message.
    pub fn sees(&self, user: Snowflake, message: &Message) -> bool {
        message.only_for.is_none_or(|only| only == user)
            && self.directory.channel(message.channel).is_some_and(|channel| self.directory.sees(user, channel))
    }

    /// The bot's user.
    pub(super) fn bot_user(&self) -> Option<&User> {
        self.directory.user(self.directory.bot)
    }

    /// The channel, if the bot sees it.
    pub(super) fn bot_channel(&self, id: Snowflake) -> Option<&Channel> {
        self.directory.channel(id).filter(|channel| self.directory.sees(self.directory.bot, channel))
    }

    /// Keeps files, and gives each its id.
    pub(super) fn store_files(&mut self, files: Vec<Upload>) -> Vec<Attachment> {
        let mut kept = Vec::with_capacity(files.len());
        for Upload { filename, content, .. } in files {
            let file = Attachment { id: self.clock.next_id(), filename, content };
            self.attachments.insert(file.id, file.clone());
            kept.push(file);
        }
        while self.attachments.len() > attachment::REMEMBERED {
            self.attachments.pop_first();
        }
        kept
    }

    pub(super) fn store_message(&mut self, message: Message) {
        self.messages.insert(message.id, message);
        if self.messages.len() > REMEMBERED {
            self.messages.pop_first();
        }
    }

    pub(super) fn discard_message(&mut self, id: Snowflake) -> Option<Message> {
        self.messages.remove(&id)
    }

    pub(super) fn interaction_mut(&mut self, id: Snowflake) -> Option<&mut Interaction> {
        self.interactions.get_mut(&id)
    }

    pub(super) fn store_interaction(&mut self, interaction: Interaction) {
        self.interactions.insert(interaction.id, interaction);
        if self.interactions.len() > REMEMBERED {
            self.interactions.pop_first();
        }
    }
}

/// The world behind its lock, and the signal that it changed.
#[derive(Debug)]
pub(super) struct SharedWorld {
    world: Mutex<World>,
    changed: watch::Sender<()>,
    /// Cancelled when the server stops.
    pub(super) stop: CancellationToken,
}

impl SharedWorld {
    pub(super) fn new(world: World) -> Self {
        Self { world: Mutex::new(world), changed: watch::Sender::new(()), stop: CancellationToken::new() }
    }

    /// Looks at the world.
    pub(super) fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.lock())
    }

    /// Changes the world and wakes those who wait.
    pub(super) fn update<T>(&self, update: impl FnOnce(&mut World) -> T) -> T {
        let result = update(&mut self.lock());
        self.changed.send_replace(());
        result
    }

    /// Tells of every change from now on.
    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Waits until `look` finds something.
    pub(super) async fn wait_until<T>(&self, mut look: impl FnMut(&World) -> Option<T>) -> T {
        let mut changes = self.changed.subscribe();
        loop {
            changes.mark_unchanged();
            if let Some(found) = self.read(&mut look) {
                return found;
            }
            if changes.changed().await.is_err() {
                // The sender lives in `self`, so it cannot be gone.
                std::future::pending::<()>().await;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
