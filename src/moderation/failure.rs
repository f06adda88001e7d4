//! Why an edit is not made. A [`EditRefusal`] is told to whoever wants the edit; a [`SaveFailure`] is the bot's, and goes to its log.

use std::fmt;
use std::path::PathBuf;

use serde_json::Value;

use super::item::Item;
use super::lock::LockError;
use super::merge::Conflict;
use crate::knowledge::{Report, RewriteError, SaveError, limits};
use crate::text::truncate;

/// What went wrong in a journal: see [`crate::moderation::Journal`].
pub type JournalError = Box<dyn std::error::Error + Send + Sync>;

/// Why an edit is not made. Nothing is changed then, unless a [`SaveFailure`] says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The edit does not fit; its editor is told.
    #[error(transparent)]
    Refused(#[from] EditRefusal),
    /// The bot could not do it; its operator is told, and its editor that it was not saved.
    #[error(transparent)]
    Failed(#[from] SaveFailure),
}

/// Why an edit does not fit what is there now. Each says what the editor can do with it.
#[derive(Debug, thiserror::Error)]
pub enum EditRefusal {
    /// What the edit changes was changed by somebody else.
    #[error("somebody else changed this meanwhile. {0}")]
    Conflict(Box<Conflict>),
    /// There is no entry or boundary with this id any more, or not yet.
    #[error("expected an entry or boundary `{id}`, found none: it was removed or renamed meanwhile")]
    Gone {
        /// The id.
        id: String,
        /// What the editor wants to stand there, if the edit says that.
        wanted: Option<Box<Item>>,
    },
    /// The id belongs to another entry or boundary of the file.
    #[error("expected an id that is free, found that `{}` is taken by {:?}", found.id(), found.question())]
    Taken {
        /// What the editor wants to add, or to rename to this id.
        wanted: Box<Item>,
        /// What has the id.
        found: Box<Item>,
    },
    /// The wording is there already; case, accents and punctuation make no difference.
    #[error("expected a new wording, found that `{id}` has {wording:?} already")]
    AlreadyAsked {
        /// Whose wording it is.
        id: String,
        /// The wording as it stands there.
        wording: String,
    },
    /// There is no such wording to remove; a question is changed, not removed.
    #[error("expected {wording:?} among the other wordings of `{id}`, found it is not there")]
    NotAsked {
        /// The entry or boundary.
        id: String,
        /// What should be removed.
        wording: String,
    },
    /// The whole file was to be replaced, and is not what the editor saw.
    #[error("expected the file as it was when its replacement was looked at, found that it was changed meanwhile")]
    FileChanged {
        /// The whole text that the editor wants.
        wanted: String,
        /// The whole text that is there now; none when there is no file.
        found: Option<String>,
    },
    /// It is all there already.
    #[error("this changes nothing: the file says so already")]
    Nothing,
    /// A text, of the file or of a revision, is no knowledge file at the moment.
    #[error("expected the text of a knowledge file, found: {0}")]
    NotKnowledge(String),
    /// There is no file.
    #[error("expected the knowledge file {}, found none: restore it from the history", .0.display())]
    NoFile(PathBuf),
    /// The file is none of those that are loaded.
    #[error("expected one of the loaded knowledge files, found {}", .0.display())]
    UnknownFile(PathBuf),
    /// The file would be larger than is read.
    #[error("expected at most {} bytes in one knowledge file, found {bytes}", limits::FILE_BYTES)]
    TooLarge {
        /// How large it would be.
        bytes: u64,
    },
    /// The check finds errors in what the edit would make of the knowledge.
    #[error("the knowledge could not be used then:\n{0}")]
    Invalid(Box<Report>),
}

/// What went wrong in the bot or under it.
#[derive(Debug, thiserror::Error)]
pub enum SaveFailure {
    /// Reading or saving a file.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// The history would not take the edit, so the file was not touched.
    #[error("expected the history to record an edit, found: {0}")]
    Journal(#[source] JournalError),
    /// Somebody else keeps changing the file.
    #[error("expected the file to hold still for one save, found it changed {0} times in a row")]
    Busy(u32),
    /// The folder belongs to another process.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A mistake of the program; the text that came out was thrown away.
    #[error(transparent)]
    Wrong(RewriteError),
}

impl From<RewriteError> for EditError {
    fn from(error: RewriteError) -> Self {
        match error {
            RewriteError::NotKnowledge(found) => EditRefusal::NotKnowledge(found).into(),
            error @ RewriteError::Mismatch(_) => SaveFailure::Wrong(error).into(),
        }
    }
}

impl From<Conflict> for EditRefusal {
    fn from(conflict: Conflict) -> Self {
        Self::Conflict(Box::new(conflict))
    }
}

impl From<Conflict> for EditError {
    fn from(conflict: Conflict) -> Self {
        Self::Refused(conflict.into())
    }
}

impl From<SaveError> for EditError {
    fn from(error: SaveError) -> Self {
        SaveFailure::Save(error).into()
    }
}

/// All versions, each on a line of its own and shortened.
impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Three of these fit into a Discord message with what stands around them.
        const SHOWN_CHARS: usize = 550;
        let shown = |value: &Option<Value>| match value {
            None => "nothing".to_owned(),
            Some(value) => {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                truncate(&text, SHOWN_CHARS)
            }
        };
        writeln!(f, "At {}", self.place)?;
        writeln!(f, "you saw: {}", shown(&self.seen))?;
        writeln!(f, "you want: {}", shown(&self.wanted))?;
        write!(f, "there is now: {}", shown(&self.found))
    }
}
