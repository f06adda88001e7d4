//! Channel cursors: for each channel in which members ask, the message up to which all questions are finished. Catch-up
//! reads the messages after it. The number of channels is bounded. A [`CursorStore`] saves the cursors across restarts.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use serde::{Deserialize, Serialize};
use serenity::all::{ChannelId, GuildId, MessageId};
use tokio::sync::Notify;

use crate::atomic_file;

/// The most channels with a cursor. When there are more, the one whose last question is the oldest is forgotten.
/// Catch-up needs at most two calls for each channel, so four seconds for all at Discord's limit of 50 calls a second.
const CHANNELS_MAX: NonZeroUsize = NonZeroUsize::new(100).unwrap();

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

/// The progress in one channel.
#[derive(Debug)]
struct ChannelProgress {
    guild: Option<GuildId>,
    direct: bool,
    /// The newest message received; after [`ChannelCursors::restore`], the saved cursor.
    newest: MessageId,
    /// The questions received but not finished, and the placeholder of a catch-up. Each holds the cursor before it.
    in_progress: BTreeSet<MessageId>,
}

impl ChannelProgress {
    /// Returns the cursor: the id just before the oldest one in progress, or the newest message if none is in progress.
    fn cursor(&self) -> MessageId {
        let before = |first: &MessageId| MessageId::new((first.get() - 1).max(1));
        self.in_progress.first().map_or(self.newest, |first| before(first).min(self.newest))
    }

    fn to_cursor(&self, channel: ChannelId) -> ChannelCursor {
        ChannelCursor { channel, guild: self.guild, direct: self.direct, cursor: self.cursor() }
    }
}

impl Default for ChannelCursors {
    fn default() -> Self {
        Self { channels: Mutex::new(LruCache::new(CHANNELS_MAX)), changed: Notify::new() }
    }
}

impl ChannelCursors {
    /// Adds a saved cursor, unless the channel already has one.
    pub fn restore(&self, saved: ChannelCursor) {
        let ChannelCursor { guild, direct, cursor, .. } = saved;
        let channel = || ChannelProgress { guild, direct, newest: cursor, in_progress: BTreeSet::new() };
        self.lock().get_or_insert(saved.channel, channel);
    }

    /// Advances the cursor past a message that asks nothing. Does nothing in a channel without a cursor.
    pub fn skip(&self, channel: ChannelId, message: MessageId) {
        if let Some(channel) = self.lock().peek_mut(&channel) {
            channel.newest = channel.newest.max(message);
        }
    }

    /// Holds the channel's cursor before a question, until [`Self::acknowledge`] is called. `direct` says whether the
    /// channel is a direct-message channel.
    pub fn begin(&self, channel: ChannelId, guild: Option<GuildId>, direct: bool, question: MessageId) {
        let mut channels = self.lock();
        let new = || ChannelProgress { guild, direct, newest: question, in_progress: BTreeSet::new() };
        let channel = channels.get_or_insert_mut(channel, new);
        channel.guild = channel.guild.or(guild);
        channel.newest = channel.newest.max(question);
        channel.in_progress.insert(question);
        if channel.in_progress.len() > IN_PROGRESS_MAX {
            channel.in_progress.pop_first();
        }
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

    fn cursor(cursors: &ChannelCursors) -> Option<u64> {
        cursors.all().first().map(|channel| channel.cursor.get())
    }

    #[test]
    fn the_cursor_stays_before_questions_in_progress() {
        let cursors = ChannelCursors::default();
        cursors.skip(HERE, MessageId::new(5));
        assert_eq!(cursor(&cursors), None, "no question was asked there");
        for question in [10, 20] {
            cursors.begin(HERE, None, true, MessageId::new(question));
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
        for channel in 1..=CHANNELS_MAX.get() as u64 + 1 {
            cursors.begin(ChannelId::new(channel), None, false, MessageId::new(1));
        }
        for question in 1..=2 * IN_PROGRESS_MAX as u64 {
            cursors.begin(HERE, None, false, MessageId::new(question));
        }
        let all = cursors.all();
        assert_eq!((all.len(), all.first().map(|channel| channel.channel)), (CHANNELS_MAX.get(), Some(HERE)));
        assert!(!all.iter().any(|channel| channel.channel == ChannelId::new(1)));
        assert_eq!(cursors.lock().peek(&HERE).map(|channel| channel.in_progress.len()), Some(IN_PROGRESS_MAX));
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
