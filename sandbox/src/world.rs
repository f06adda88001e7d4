//! The state of the sandbox: users and channels, messages, registered commands, sessions, and REST calls. One lock
//! guards all of it; every change wakes the waiting tasks.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::call_log::CallLog;
use crate::channel_limits::ChannelLimits;
use crate::directory::{Channel, Directory, User};
use crate::faults::Faults;
use crate::interaction::Interaction;
use crate::message::{Attachment, FILES_MAX, Message, Upload};
use crate::options::Options;
use crate::sessions::Sessions;
use crate::snowflake::{Clock, Snowflake};

/// The most messages, and the most interactions, kept in memory. A test creates a few; the limit is for a sandbox whose
/// chat page is used for days.
const ITEMS_MAX: usize = 10_000;

/// The complete state of the sandbox. Tests read it through [`Sandbox::read`](super::Sandbox::read) and
/// [`Sandbox::wait_for`](super::Sandbox::wait_for).
#[derive(Debug)]
pub struct World {
    /// Users, guilds and channels.
    pub directory: Directory,
    /// The bot's REST calls.
    pub log: CallLog,
    /// The gateway's sessions.
    pub sessions: Sessions,
    pub(super) options: Options,
    /// The bot's token.
    pub(super) token: String,
    /// The base URL of REST and of attachments.
    pub(super) base_url: String,
    /// The URL of the gateway.
    pub(super) gateway_url: String,
    pub(super) clock: Clock,
    pub(super) faults: Faults,
    pub(super) channel_limits: ChannelLimits,
    pub(super) commands: BTreeMap<Option<Snowflake>, Vec<Map<String, Value>>>,
    messages: BTreeMap<Snowflake, Message>,
    interactions: BTreeMap<Snowflake, Interaction>,
    attachments: BTreeMap<Snowflake, Attachment>,
}

impl World {
    pub(super) fn new(options: Options, token: String, log: CallLog, address: SocketAddr) -> Self {
        let mut clock = Clock::start();
        Self {
            directory: Directory::new(&mut clock, &options),
            log,
            sessions: Sessions::default(),
            options,
            token,
            base_url: format!("http://{address}"),
            gateway_url: format!("ws://{address}/gateway"),
            clock,
            faults: Faults::default(),
            channel_limits: ChannelLimits::default(),
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

    /// The commands that the bot registered in a guild, or globally for `None`, with the ids that the sandbox assigned.
    /// Returns `None` if the bot has not registered commands there.
    pub fn commands(&self, guild: Option<Snowflake>) -> Option<&[Map<String, Value>]> {
        self.commands.get(&guild).map(Vec::as_slice)
    }

    /// The attachment with this id, unless it was displaced by newer ones.
    pub fn attachment(&self, id: Snowflake) -> Option<&Attachment> {
        self.attachments.get(&id)
    }

    /// Whether a user can see a message: in a channel that they can see, and not ephemeral for another user.
    pub fn sees(&self, user: Snowflake, message: &Message) -> bool {
        message.only_for.is_none_or(|only| only == user)
            && self.directory.channel(message.channel).is_some_and(|channel| self.directory.sees(user, channel))
    }

    /// The bot's user.
    pub(super) fn bot_user(&self) -> Option<&User> {
        self.directory.user(self.directory.bot)
    }

    /// The channel, if the bot can see it.
    pub(super) fn bot_channel(&self, id: Snowflake) -> Option<&Channel> {
        self.directory.channel(id).filter(|channel| self.directory.sees(self.directory.bot, channel))
    }

    /// Stores files as attachments under new ids, and removes the oldest attachments above the limit.
    pub(super) fn store_files(&mut self, files: Vec<Upload>) -> Vec<Attachment> {
        let mut stored = Vec::with_capacity(files.len());
        for Upload { filename, content, .. } in files {
            let file = Attachment { id: self.clock.next_id(), filename, content };
            self.attachments.insert(file.id, file.clone());
            stored.push(file);
        }
        while self.attachments.len() > FILES_MAX {
            self.attachments.pop_first();
        }
        stored
    }

    pub(super) fn store_message(&mut self, message: Message) {
        self.messages.insert(message.id, message);
        if self.messages.len() > ITEMS_MAX {
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
        if self.interactions.len() > ITEMS_MAX {
            self.interactions.pop_first();
        }
    }
}

/// The world behind its lock, with a signal for its changes.
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

    /// Reads the world.
    pub(super) fn read<T>(&self, read: impl FnOnce(&World) -> T) -> T {
        read(&self.lock())
    }

    /// Changes the world and wakes the waiting tasks.
    pub(super) fn update<T>(&self, update: impl FnOnce(&mut World) -> T) -> T {
        let result = update(&mut self.lock());
        self.changed.send_replace(());
        result
    }

    /// A receiver that observes all changes from now on.
    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Waits until `find` returns a value. Calls it at once and after every change.
    pub(super) async fn wait_until<T>(&self, mut find: impl FnMut(&World) -> Option<T>) -> T {
        let mut changes = self.changed.subscribe();
        loop {
            changes.mark_unchanged();
            if let Some(found) = self.read(&mut find) {
                return found;
            }
            if changes.changed().await.is_err() {
                // Unreachable: the sender lives in `self`.
                std::future::pending::<()>().await;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
