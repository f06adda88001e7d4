//! Errors of edits: the moderator can act on an [`EditRefusal`]; a [`SaveFailure`] is a fault of the bot for its log.

use std::fmt;
use std::path::PathBuf;

use serde_json::Value;

use super::item::Item;
use super::lock::LockError;
use super::merge::Conflict;
use crate::knowledge::{Report, RewriteError, SaveError, limits};
use crate::matching::TooMuchToLearn;
use crate::text::truncate;
use crate::throttle::Bound;

/// An error of a [`Journal`](super::editor::Journal).
pub type JournalError = Box<dyn std::error::Error + Send + Sync>;

/// The error of an edit that was not made. Nothing was changed, unless the [`SaveFailure`] says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The edit does not fit the file. The message is for the moderator.
    #[error(transparent)]
    Refused(#[from] EditRefusal),
    /// The bot could not make the edit. The message is for the operator's log.
    #[error(transparent)]
    Failed(#[from] SaveFailure),
    /// Too much work was waiting, or newer work took the place of this work. The message is for the moderator.
    #[error("{}", busy(*.0))]
    Busy(Bound),
}

/// The sentence for a moderator whose preview or edit got no turn.
fn busy(bound: Bound) -> &'static str {
    match bound {
        Bound::Replaced => "A newer version of this form is being previewed.",
        Bound::User | Bound::UserRate => {
            "You have too many previews waiting, so I dropped this one. Nothing was changed. Please wait for the others, \
             then try again."
        }
        _ => "Too many previews and edits are waiting. Nothing was changed. Please try again in a minute.",
    }
}

/// The reason that an edit does not fit the current files.
#[derive(Debug, thiserror::Error)]
pub enum EditRefusal {
    /// The same part of the file was changed since the moderator saw it.
    #[error("somebody else changed the same text in the meantime. {0}")]
    Conflict(Box<Conflict>),
    /// No entry or boundary has this id.
    #[error("expected an entry or boundary `{id}`, found none; it was removed or renamed in the meantime")]
    Gone {
        /// The id.
        id: String,
        /// The new version of the entry or boundary, if the edit contains one.
        wanted: Option<Box<Item>>,
    },
    /// Another entry or boundary of the file has this id.
    #[error("expected an unused id, found `{}`, which is the id of {:?}", found.id(), found.question())]
    Taken {
        /// The entry or boundary that should get this id.
        wanted: Box<Item>,
        /// The entry or boundary that has this id.
        found: Box<Item>,
    },
    /// The entry or boundary has this wording already. Case, accents and punctuation are ignored.
    #[error("expected a new wording, found that `{id}` already has {wording:?}")]
    AlreadyAsked {
        /// The id of the entry or boundary.
        id: String,
        /// The wording as written in the file.
        wording: String,
    },
    /// The wording to remove does not exist. A question cannot be removed, only changed.
    #[error("expected {wording:?} among the other wordings of `{id}`, did not find it")]
    NotAsked {
        /// The id of the entry or boundary.
        id: String,
        /// The wording to remove.
        wording: String,
    },
    /// The edit replaces the whole file, and the file changed after the moderator saw it.
    #[error("expected the file as it was in the preview, found that it changed in the meantime")]
    FileChanged {
        /// The whole new text.
        wanted: String,
        /// The whole current text; `None` if there is no file.
        found: Option<String>,
    },
    /// The edit would not change the file.
    #[error("this changes nothing: the file already contains it")]
    Nothing,
    /// The text of the file or of a revision cannot be parsed as a knowledge file.
    #[error("expected the text of a knowledge file, found: {0}")]
    NotKnowledge(String),
    /// The file does not exist.
    #[error("expected the knowledge file {}, found none; restore it from the history", .0.display())]
    NoFile(PathBuf),
    /// The file is not one of those that are loaded.
    #[error("expected one of the loaded knowledge files, found {}", .0.display())]
    UnknownFile(PathBuf),
    /// The file would exceed the size limit.
    #[error("expected at most {} bytes in one knowledge file, found {bytes}", limits::FILE_BYTES)]
    TooLarge {
        /// The size that it would have.
        bytes: u64,
    },
    /// Learning the knowledge after the edit would take too much memory.
    #[error(transparent)]
    TooMuchToLearn(#[from] TooMuchToLearn),
    /// The check would find errors in the knowledge after the edit.
    #[error("the knowledge would not be usable:\n{0}")]
    Invalid(Box<Report>),
}

/// A fault of the bot or of the system that prevented an edit.
#[derive(Debug, thiserror::Error)]
pub enum SaveFailure {
    /// A file could not be read or saved.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// The history could not record the edit. The file was not changed.
    #[error("expected the history to record an edit, found: {0}")]
    Journal(#[source] JournalError),
    /// The file changed again and again while it was being saved.
    #[error("expected the file to stay unchanged during one save, found it changed {0} times in a row")]
    Busy(u32),
    /// Another process edits files in the folder.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A bug: the resulting text does not mean what the edit says. It was discarded.
    #[error(transparent)]
    Bug(RewriteError),
}

impl From<RewriteError> for EditError {
    fn from(error: RewriteError) -> Self {
        match error {
            RewriteError::NotKnowledge(found) => EditRefusal::NotKnowledge(found).into(),
            error @ RewriteError::Mismatch(_) => SaveFailure::Bug(error).into(),
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

/// Shows all three versions, each on its own line and truncated.
impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// The length of one version in characters. A message with three of them stays below 2,000 characters.
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
        write!(f, "the file now has: {}", shown(&self.found))
    }
}
