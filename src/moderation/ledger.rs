//! The history as the desk writes it: [`Journal`] over the database, for edits of one moderator.
//! Blocks; belongs on the thread that makes the edit.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};

use super::desk::{Journal, Met};
use super::edit::Edit;
use super::failure::JournalError;
use super::history::{Intent, RevisionId, Who};
use super::moment::UnixMillis;
use super::state::State;

/// Writes the edits of one moderator down.
#[derive(Debug)]
pub struct Ledger {
    state: State,
    who: Who,
    restores: Option<RevisionId>,
    begun: AtomicI64,
}

impl Ledger {
    /// For edits of `who`; `restores` is the revision whose text they bring back, if they do.
    #[must_use]
    pub fn new(state: State, who: Who, restores: Option<RevisionId>) -> Self {
        Self { state, who, restores, begun: AtomicI64::new(0) }
    }

    /// The number of the edit that was begun last.
    #[must_use]
    pub fn begun(&self) -> RevisionId {
        RevisionId(self.begun.load(Ordering::Relaxed))
    }
}

impl Journal for Ledger {
    /// A file that is gone is no revision: there is no text to keep, and what it said last is in the history.
    fn meet(&self, file: &Path, text: Option<&str>) -> Result<Met, JournalError> {
        let Some(text) = text else { return Ok(Met::Known) };
        let met = self.state.blocking(|database| database.reconcile(&name(file), text, UnixMillis::now()))?;
        Ok(match (met.done, met.outside) {
            (Some(_), _) => Met::Landed,
            (None, Some(_)) => Met::Outside,
            (None, None) => Met::Known,
        })
    }

    fn begin(&self, file: &Path, edit: &Edit, after: &str) -> Result<i64, JournalError> {
        let (kind, summary) = match self.restores {
            Some(RevisionId(id)) => ("restore", format!("restore revision {id}")),
            None => (edit.kind(), edit.summary()),
        };
        let intent = Intent {
            document: name(file),
            at: UnixMillis::now(),
            who: self.who,
            kind: kind.to_owned(),
            summary,
            restores: self.restores,
            text: after.to_owned(),
        };
        let RevisionId(number) = self.state.blocking(|database| database.begin(&intent))?;
        self.begun.store(number, Ordering::Relaxed);
        Ok(number)
    }

    fn settle(&self, number: i64, landed: bool) -> Result<(), JournalError> {
        let id = RevisionId(number);
        self.state.blocking(|database| if landed { database.finish(id) } else { database.abandon(id) })?;
        Ok(())
    }
}

/// What the history calls a file: its path as the configuration has it, which stays the same over restarts.
pub fn name(file: &Path) -> String {
    file.to_string_lossy().into_owned()
}
