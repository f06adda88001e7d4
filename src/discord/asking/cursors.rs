//! Channel cursors: for each channel in which members ask, the message up to which all questions are finished. Catch-up
//! reads the messages after it. The number of channels is bounded. A [`CursorStore`] saves the cursors across restarts.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use serde::{Deserialize, Serialize};
use serenity::all::{ChannelId, GuildId, MessageId, UserId};
use tokio::sync::Notify;

use crate::atomic_file;

/// The most channels with a cursor, apart from those that the bot listens to. Catch-up needs at most two calls for each
/// channel, so four seconds for all at Discord's limit of 50 calls a second.
const CHANNELS_MAX: usize = 100;

/// The most questions in progress in one channel. When there are more, the oldest no longer holds the cursor.
const IN_PROGRESS_MAX: usize = 500;

/// The greatest size of the cursors' file, in bytes. A longer file cannot be read. [`CHANNELS_MAX`] cursors take a
/// tenth of this.
const FILE_BYTES_MAX: u64 = 1 << 18;

/// The cursor of one channel, as it is saved in the file that `discord.seen_file` names.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ChannelCursor {
    /// The channel.
    pub channel: ChannelId,
    /// The server of the channel, if it is known.
    pub guild: Option<GuildId>,
    /// Whether the channel is a direct-message channel.
    pub direct: bool,
    /// All questions up to and including this message are finished.
    #[serde(rename = "mark")]
    pub cursor: MessageId,
}

/// A question in a message, and the place where it was asked.
#[derive(Clone, Copy, Debug)]
pub struct AskedQuestion {
    /// The channel.
    pub channel: ChannelId,
    /// The server of the channel, if it is known.
    pub guild: Option<GuildId>,
    /// Whether the channel is a direct-message channel.
    pub direct: bool,
    /// The user who asks.
    pub user: UserId,
    /// The message.
    pub question: MessageId,
}

/// Saves cursors across restarts.
pub trait CursorStore: std::fmt::Debug + Send + Sync {
    /// Returns the cursors that were saved last, or none if they cannot be read.
    fn load(&self) -> Vec<ChannelCursor>;
    /// Replaces the saved cursors. Blocks.
    ///
    /// # Errors
    /// If the cursors cannot be written, for example because the disk is full.
    fn save(&self, cursors: &[ChannelCursor]) -> io::Result<()>;
}

/// The channels in which members ask, and those that the bot listens to.
#[derive(Debug)]
pub struct ChannelCursors {
    channels: Mutex<LruCache<ChannelId, ChannelProgress>>,
    /// Notified when a question begins or finishes, so that the cursors are saved.
    pub changed: Notify,
}

/// Channels that share the room for cursors. The group with the most channels loses one first. So neither a flood of
/// direct messages nor a user who asks in many threads displaces the channels of others.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum ChannelGroup {
    Direct,
    OfOneUser(UserId),
    OfServer(Option<GuildId>),
}

/// The progress in one channel.
#[derive(Debug)]
struct ChannelProgress {
    guild: Option<GuildId>,
    direct: bool,
    /// The newest message received; after [`ChannelCursors::restore`], the saved cursor.
    newest: MessageId,
    /// The user who asked here; `None` if several did, or if it is not known.
    only_asker: Option<UserId>,
    /// Whether the bot listens to the channel, so that its cursor is never forgotten.
    listened: bool,
    /// The questions received but not finished, and the placeholder of a catch-up. Each holds the cursor before it.
    in_progress: BTreeSet<MessageId>,
}

impl ChannelProgress {
    /// Returns the cursor: the id just before the oldest one in progress, or the newest message if none is in progress.
    fn cursor(&self) -> MessageId {
        let before = |first: &MessageId| MessageId::new((first.get() - 1).max(1));
        self.in_progress.first().map_or(self.newest, |first| before(first).min(self.newest))
    }

    fn new(guild: Option<GuildId>, direct: bool, newest: MessageId, only_asker: Option<UserId>) -> Self {
        Self { guild, direct, newest, only_asker, listened: false, in_progress: BTreeSet::new() }
    }

    /// The group of channels that this one belongs to when room is needed.
    fn group(&self) -> ChannelGroup {
        match self.only_asker {
            _ if self.direct => ChannelGroup::Direct,
            Some(user) => ChannelGroup::OfOneUser(user),
            None => ChannelGroup::OfServer(self.guild),
        }
    }

    fn to_cursor(&self, channel: ChannelId) -> ChannelCursor {
        ChannelCursor { channel, guild: self.guild, direct: self.direct, cursor: self.cursor() }
    }
}

/// Forgets channels until at most [`CHANNELS_MAX`] are left: each time the least recently used one of the largest group.
fn make_room(channels: &mut LruCache<ChannelId, ChannelProgress>) {
    while channels.len() > CHANNELS_MAX {
        let mut groups: HashMap<ChannelGroup, (usize, ChannelId)> = HashMap::new();
        let mut count = 0;
        // The most recently used channel comes first, so the last one of each group remains.
        for (&id, channel) in channels.iter().filter(|(_, channel)| !channel.listened) {
            count += 1;
            let group = groups.entry(channel.group()).or_insert((0, id));
            *group = (group.0 + 1, id);
        }
        if count <= CHANNELS_MAX {
            return;
        }
        let Some((_, forgotten)) = groups.into_values().max() else { return };
        channels.pop(&forgotten);
    }
}

impl Default for ChannelCursors {
    fn default() -> Self {
        Self { channels: Mutex::new(LruCache::unbounded()), changed: Notify::new() }
    }
}

impl ChannelCursors {
    /// Adds a saved cursor, unless the channel already has one.
    pub fn restore(&self, saved: ChannelCursor) {
        let ChannelCursor { guild, direct, cursor, .. } = saved;
        let mut channels = self.lock();
        channels.get_or_insert(saved.channel, || ChannelProgress::new(guild, direct, cursor, None));
        make_room(&mut channels);
    }

    /// Keeps the cursor of a channel that the bot listens to. A channel without a cursor starts at this message.
    pub fn listen(&self, channel: ChannelId, cursor: MessageId) {
        let new = || ChannelProgress::new(None, false, cursor, None);
        self.lock().get_or_insert_mut(channel, new).listened = true;
    }

    /// Advances the cursor past a message that asks nothing. Does nothing in a channel without a cursor.
    pub fn skip(&self, channel: ChannelId, message: MessageId) {
        if let Some(channel) = self.lock().peek_mut(&channel) {
            channel.newest = channel.newest.max(message);
        }
    }

    /// Holds the channel's cursor before a question, until [`Self::acknowledge`] is called.
    pub fn begin(&self, asked: &AskedQuestion) {
        let &AskedQuestion { channel, guild, direct, user, question } = asked;
        let mut channels = self.lock();
        let new = || ChannelProgress::new(guild, direct, question, Some(user));
        let progress = channels.get_or_insert_mut(channel, new);
        progress.guild = progress.guild.or(guild);
        progress.only_asker = progress.only_asker.filter(|&asker| asker == user);
        progress.newest = progress.newest.max(question);
        progress.in_progress.insert(question);
        if progress.in_progress.len() > IN_PROGRESS_MAX {
            progress.in_progress.pop_first();
        }
        make_room(&mut channels);
        drop(channels);
        self.changed.notify_one();
    }

    /// Records that a question is finished: it no longer holds the cursor.
    pub fn acknowledge(&self, channel: ChannelId, question: MessageId) {
        if let Some(channel) = self.lock().peek_mut(&channel) {
            channel.in_progress.remove(&question);
        }
        self.changed.notify_one();
    }

    /// Holds the cursors of the matching channels for a catch-up, and returns them, most recently used first. The id
    /// beside each cursor is a placeholder for the messages that catch-up has yet to read: the cursor does not advance
    /// until [`Self::acknowledge`] is called with this id.
    pub fn begin_catch_up(&self, matches: impl Fn(&ChannelCursor) -> bool) -> Vec<(ChannelCursor, MessageId)> {
        let mut channels = self.lock();
        let all = channels.iter_mut().filter_map(|(id, channel)| {
            let cursor = channel.to_cursor(*id);
            let placeholder = MessageId::new(cursor.cursor.get().saturating_add(1));
            matches(&cursor).then(|| {
                channel.in_progress.insert(placeholder);
                (cursor, placeholder)
            })
        });
        all.collect()
    }

    /// Forgets a channel that the bot can no longer read.
    pub fn forget(&self, channel: ChannelId) {
        self.lock().pop(&channel);
    }

    /// Returns all cursors, most recently used first.
    #[must_use]
    pub fn all(&self) -> Vec<ChannelCursor> {
        self.lock().iter().map(|(id, channel)| channel.to_cursor(*id)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<ChannelId, ChannelProgress>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A JSON file of cursors. Saving replaces it atomically.
#[derive(Debug)]
pub struct CursorFile(pub PathBuf);

impl CursorStore for CursorFile {
    fn load(&self) -> Vec<ChannelCursor> {
        match read(&self.0) {
            Ok(cursors) => cursors,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                tracing::warn!(path = %self.0.display(), %error, "cannot read the saved channel cursors; starting without them");
                Vec::new()
            }
        }
    }

    fn save(&self, cursors: &[ChannelCursor]) -> io::Result<()> {
        atomic_file::replace(&self.0, &serde_json::to_vec(cursors)?)
    }
}

fn read(path: &Path) -> io::Result<Vec<ChannelCursor>> {
    let mut text = Vec::new();
    File::open(path)?.take(FILE_BYTES_MAX).read_to_end(&mut text)?;
    Ok(serde_json::from_slice(&text)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const HERE: ChannelId = ChannelId::new(7);

    /// A question of user 1 in direct messages.
    fn asked(channel: ChannelId, question: u64) -> AskedQuestion {
        AskedQuestion { channel, guild: None, direct: true, user: UserId::new(1), question: MessageId::new(question) }
    }

    fn cursor(cursors: &ChannelCursors) -> Option<u64> {
        cursors.all().first().map(|channel| channel.cursor.get())
    }

    #[test]
    fn the_cursor_stays_before_questions_in_progress() {
        let cursors = ChannelCursors::default();
        cursors.skip(HERE, MessageId::new(5));
        assert_eq!(cursor(&cursors), None, "no question was asked there");
        for question in [10, 20] {
            cursors.begin(&asked(HERE, question));
        }
        cursors.skip(HERE, MessageId::new(30));
        assert_eq!(cursor(&cursors), Some(9));
        cursors.acknowledge(HERE, MessageId::new(20));
        assert_eq!(cursor(&cursors), Some(9));
        cursors.acknowledge(HERE, MessageId::new(10));
        assert_eq!(cursor(&cursors), Some(30));
    }

    #[test]
    fn the_cursor_does_not_move_while_a_channel_is_caught_up() {
        let cursors = ChannelCursors::default();
        cursors.restore(ChannelCursor { channel: HERE, guild: None, direct: false, cursor: MessageId::new(9) });
        let begun = cursors.begin_catch_up(|channel| !channel.direct);
        assert_eq!(begun.iter().map(|(channel, _)| channel.cursor.get()).collect::<Vec<_>>(), [9]);
        assert!(cursors.begin_catch_up(|channel| channel.direct).is_empty());
        cursors.skip(HERE, MessageId::new(50));
        assert_eq!(cursor(&cursors), Some(9));
        for (channel, first) in begun {
            cursors.acknowledge(channel.channel, first);
        }
        assert_eq!(cursor(&cursors), Some(50));
    }

    #[test]
    fn memory_is_bounded_and_the_most_recent_channels_are_kept() {
        let cursors = ChannelCursors::default();
        for channel in 1..=CHANNELS_MAX as u64 + 1 {
            cursors.begin(&asked(ChannelId::new(channel), 1));
        }
        for question in 1..=2 * IN_PROGRESS_MAX as u64 {
            cursors.begin(&asked(HERE, question));
        }
        let all = cursors.all();
        assert_eq!((all.len(), all.first().map(|channel| channel.channel)), (CHANNELS_MAX, Some(HERE)));
        assert!(!all.iter().any(|channel| channel.channel == ChannelId::new(1)));
        assert_eq!(cursors.lock().peek(&HERE).map(|channel| channel.in_progress.len()), Some(IN_PROGRESS_MAX));
    }

    #[test]
    fn a_flood_of_places_displaces_no_channel_of_others() {
        let server = Some(GuildId::new(5));
        let in_server = |channel: u64, user: u64| AskedQuestion {
            guild: server,
            direct: false,
            user: UserId::new(user),
            ..asked(ChannelId::new(channel), channel)
        };
        let cursors = ChannelCursors::default();
        let (general, quiet, listened) = (ChannelId::new(1), ChannelId::new(2), ChannelId::new(3));
        cursors.begin(&in_server(general.get(), 7));
        cursors.begin(&in_server(general.get(), 8));
        cursors.begin(&in_server(quiet.get(), 7));
        cursors.listen(listened, MessageId::new(1));
        let known = |channel| cursors.all().iter().any(|cursor| cursor.channel == channel);
        for thread in 0..200 {
            cursors.begin(&in_server(1_000 + thread, 9));
        }
        assert!(known(general) && known(quiet) && known(listened), "one user in many threads");
        for direct in 0..200 {
            cursors.begin(&AskedQuestion {
                user: UserId::new(100 + direct),
                ..asked(ChannelId::new(2_000 + direct), direct + 1)
            });
        }
        assert!(known(general) && known(quiet) && known(listened), "many users in direct messages");
        assert_eq!(cursors.all().len(), CHANNELS_MAX + 1);
    }

    #[test]
    fn saved_cursors_are_loaded_and_a_damaged_file_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let file = CursorFile(folder.path().join("seen.json"));
        assert_eq!(file.load(), []);
        let cursor = ChannelCursor {
            channel: ChannelId::new(1),
            guild: Some(GuildId::new(2)),
            direct: false,
            cursor: MessageId::new(u64::MAX),
        };
        // A predictable name beside the file, which must not be written through.
        let target = folder.path().join("target");
        std::fs::write(&target, "theirs").unwrap();
        std::os::unix::fs::symlink(&target, folder.path().join("seen.json.new")).unwrap();
        file.save(&[cursor]).unwrap();
        assert_eq!(file.load(), [cursor]);
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "theirs");
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&file.0).unwrap());
        assert_eq!(mode & 0o777, atomic_file::PRIVATE_MODE, "only the bot may read where members ask");
        for damaged in ["", "{", "[{}]"] {
            std::fs::write(&file.0, damaged).unwrap();
            assert_eq!(file.load(), []);
        }
        assert!(CursorFile(folder.path().join("missing").join("seen.json")).save(&[cursor]).is_err());
    }
}
