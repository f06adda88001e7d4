//! The journal that the editor writes to: [`Journal`] on top of the database, for the edits of one author.
//! It blocks, so use it on the thread that makes the edit.

use std::path::Path;

use super::database::{Database, UnixMillis};
use super::edit::Edit;
use super::editor::Journal;
use super::failure::JournalError;
use super::history::{FileStatus, Intent, RevisionAuthor, RevisionId};
use super::shared_database::SharedDatabase;

/// Records the edits of one author in the history.
#[derive(Debug)]
pub struct RevisionJournal {
    database: SharedDatabase,
    author: RevisionAuthor,
    restores: Option<RevisionId>,
}

impl RevisionJournal {
    /// A journal for the edits of `author`. `restores` is the revision whose text the edits bring back, if any.
    #[must_use]
    pub fn new(database: SharedDatabase, author: RevisionAuthor, restores: Option<RevisionId>) -> Self {
        Self { database, author, restores }
    }
}

impl Journal for RevisionJournal {
    /// A missing file does not become a revision: it has no text to store, and the history contains its last text.
    fn reconcile(&self, file: &Path, text: Option<&str>) -> Result<FileStatus, JournalError> {
        let Some(text) = text else { return Ok(FileStatus::Unchanged) };
        Ok(self.database.blocking(|database| database.reconcile(&document_name(file), text, UnixMillis::now()))?)
    }

    fn begin(&self, file: &Path, edit: &Edit, after: &str) -> Result<RevisionId, JournalError> {
        let (kind, summary) = match self.restores {
            Some(RevisionId(id)) => ("restore", format!("restore revision {id}")),
            None => (edit.kind(), edit.summary()),
        };
        let intent = Intent {
            document: document_name(file),
            at: UnixMillis::now(),
            author: self.author,
            kind: kind.to_owned(),
            summary,
            restores: self.restores,
            text: after.to_owned(),
        };
        Ok(self.database.blocking(|database| database.begin(&intent))?)
    }

    fn finish(&self, revision: RevisionId, saved: bool) -> Result<(), JournalError> {
        let finish = |database: &mut Database| match saved {
            true => database.finish(revision),
            false => database.abandon(revision),
        };
        Ok(self.database.blocking(finish)?)
    }
}

/// The name of a file in the history: its path as configured, which stays the same across restarts.
#[must_use]
pub fn document_name(file: &Path) -> String {
    file.to_string_lossy().into_owned()
}
