//! Edits while the bot answers: connects the editor, the history of its files and the library handle that answers.
//! Previews and edits take up to a second, so they run one at a time on a thread that may block.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{Mutex, watch};
use tokio::task::spawn_blocking;

use super::database::OpenError;
use super::edit::Edit;
use super::editor::{Committed, Editor, Preview};
use super::failure::{EditError, SaveFailure};
use super::history::{FileStatus, RevisionAuthor, RevisionId};
use super::item::Item;
use super::revision_journal::RevisionJournal;
use super::shared_database::SharedDatabase;
use crate::knowledge::{Document, Finding, parse_document, read_text};
use crate::library::handle::LibraryHandle;
use crate::matching::Thresholds;

/// The reason that moderation is off, for moderators and for the log. The bot still answers questions.
#[derive(Debug, thiserror::Error)]
pub enum ModerationUnavailable {
    /// The knowledge is the built-in copy, which cannot be edited.
    #[error(
        "expected knowledge files to edit, found only the copy that is built into me; my operator can put a file into a \
         folder `knowledge/` next to me and restart me"
    )]
    BuiltIn,
    /// The database could not be opened.
    #[error("expected a database for the history, found: {0}")]
    Database(#[from] OpenError),
    /// A folder could not be locked or read, or the history could not be written.
    #[error(transparent)]
    Save(#[from] SaveFailure),
}

/// Makes edits and previews while the bot answers questions.
#[derive(Debug)]
pub struct EditService {
    editor: Arc<Editor>,
    database: SharedDatabase,
    library: Arc<LibraryHandle>,
    /// Questions that a preview asks in addition to every wording.
    regression: Arc<[String]>,
    /// Held during each preview and edit: one at a time, because each occupies a core while it builds a matcher.
    turn: Arc<Mutex<()>>,
    /// The newest revision before the files were reconciled at the start.
    newest_at_start: Option<RevisionId>,
    /// Increases whenever the history may have grown.
    history_changes: watch::Sender<u64>,
}

/// An edit that is in the file and in the history, and that answers use.
#[derive(Clone, Debug)]
pub struct Saved {
    /// Its number in the history.
    pub revision: RevisionId,
    /// The warnings of the check, for all files.
    pub warnings: Vec<Finding>,
}

impl EditService {
    /// Locks the folders of these files and reconciles the files with the history. Blocks.
    ///
    /// `source` is the text that quotes are verified against, if there is one; `regression` are questions that a
    /// preview asks in addition to every wording.
    ///
    /// # Errors
    /// If there is no file to edit, another process edits these files, or the history cannot be written.
    pub fn open(
        paths: Vec<PathBuf>,
        source: Option<PathBuf>,
        thresholds: Thresholds,
        database: SharedDatabase,
        library: Arc<LibraryHandle>,
        regression: Vec<String>,
    ) -> Result<Self, ModerationUnavailable> {
        if paths.is_empty() {
            return Err(ModerationUnavailable::BuiltIn);
        }
        let editor = Arc::new(Editor::open(paths, source, thresholds)?);
        let newest = database
            .blocking(|database| database.revisions(None, None, 1))
            .map_err(|error| SaveFailure::Journal(error.into()))?;
        let newest_at_start = newest.first().map(|revision| revision.id);
        reconcile(&editor, &database)?;
        let (turn, history_changes) = (Arc::default(), watch::Sender::new(0));
        Ok(Self { editor, database, library, regression: regression.into(), turn, newest_at_start, history_changes })
    }

    /// The newest revision from before this service was opened; `None` if the history was empty.
    #[must_use]
    pub fn newest_at_start(&self) -> Option<RevisionId> {
        self.newest_at_start
    }

    /// Notifies whenever the history may have grown.
    #[must_use]
    pub fn history_changes(&self) -> watch::Receiver<u64> {
        self.history_changes.subscribe()
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &SharedDatabase {
        &self.database
    }

    /// The handle to the library that answers.
    #[must_use]
    pub fn library(&self) -> &Arc<LibraryHandle> {
        &self.library
    }

    /// The knowledge files that exist, in loading order.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        self.editor.files()
    }

    /// Reads all files now. Leaves out those that cannot be read.
    pub async fn documents(&self) -> Vec<(PathBuf, Document)> {
        let editor = Arc::clone(&self.editor);
        blocking(move || {
            let read = |file: PathBuf| {
                let text = read_text(&file).ok()??;
                Some((file, parse_document(&text).ok()?))
            };
            editor.files().into_iter().filter_map(read).collect()
        })
        .await
    }

    /// Reads the entry or boundary with this id, and the path of its file.
    pub async fn find(&self, id: &str) -> Option<(PathBuf, Item)> {
        let documents = self.documents().await;
        documents.into_iter().find_map(|(file, document)| Some((file, Item::find(&document, id)?)))
    }

    /// Predicts the result of an edit. Changes nothing.
    ///
    /// # Errors
    /// As for [`Self::commit`].
    pub async fn preview(&self, file: &Path, edit: Edit) -> Result<Preview, EditError> {
        let (editor, library, regression) =
            (Arc::clone(&self.editor), Arc::clone(&self.library), Arc::clone(&self.regression));
        let file = file.to_owned();
        self.one_at_a_time(move || editor.preview(&file, &edit, &library.load(), &regression)).await
    }

    /// Makes an edit. On `Ok`, the edit is on disk in the file and in the history, and the bot answers from it.
    ///
    /// An edit that has started is completed even if its caller stops waiting. `restores` is the revision whose text
    /// the edit brings back, if any.
    ///
    /// # Errors
    /// As `Editor::commit`: the edit is refused, or it could not be saved.
    pub async fn commit(
        &self,
        file: &Path,
        edit: Edit,
        author: RevisionAuthor,
        restores: Option<RevisionId>,
    ) -> Result<Saved, EditError> {
        let (editor, handle) = (Arc::clone(&self.editor), Arc::clone(&self.library));
        let journal = RevisionJournal::new(self.database.clone(), author, restores);
        let file = file.to_owned();
        self.one_at_a_time(move || {
            // Held until the new library answers, so that the reload triggered by the save finds nothing left to do.
            let _changing = handle.lock_for_update();
            let Committed { revision, library, report } = editor.commit(&file, &edit, &journal)?;
            handle.swap(library);
            Ok(Saved { revision, warnings: report.findings().to_vec() })
        })
        .await
    }

    /// Runs slow work when no other preview or edit is running. The work keeps its turn to its end, even if the caller
    /// stops waiting.
    async fn one_at_a_time<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        blocking(move || {
            let _turn = turn;
            work()
        })
        .await
    }

    /// Records changes from outside the bot in the history whenever the library changes. Ends with the library handle.
    pub async fn follow(&self) {
        let mut status = self.library.status();
        while status.changed().await.is_ok() {
            let (editor, database) = (Arc::clone(&self.editor), self.database.clone());
            match blocking(move || reconcile(&editor, &database)).await {
                Ok(statuses) => {
                    for (file, _) in statuses.iter().filter(|(_, status)| *status == FileStatus::ChangedOutside) {
                        tracing::info!(file = %file.display(), "recorded a change from outside in the history");
                    }
                }
                Err(error) => tracing::error!(%error, "could not record a change from outside in the history yet"),
            }
            self.history_changes.send_modify(|changes| *changes += 1);
        }
    }
}

fn reconcile(editor: &Editor, database: &SharedDatabase) -> Result<Vec<(PathBuf, FileStatus)>, SaveFailure> {
    editor.reconcile(&RevisionJournal::new(database.clone(), RevisionAuthor::Outside, None))
}

/// Runs slow work on a thread that may block.
///
/// # Panics
/// If the work panics.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down, so no caller will poll this again.
            Err(_) => std::future::pending().await,
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;
    use crate::knowledge;
    use crate::library::Library;
    use crate::moderation::document_name;
    use crate::moderation::editor::tests::{SMALL, add_wording};

    #[test]
    fn an_edit_whose_caller_gives_up_completes_and_keeps_its_turn() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("k.json");
        fs::write(&file, SMALL).unwrap();
        let paths = vec![file.clone()];
        let library = Library::new(knowledge::load(&paths).unwrap(), Thresholds::default());
        let handle = Arc::new(LibraryHandle::new(library));
        let database = SharedDatabase::open(&folder.path().join("state.db"), Duration::from_secs(60)).unwrap();
        let (thresholds, questions) = (Thresholds::default(), Vec::new());
        let service = EditService::open(paths, None, thresholds, database, Arc::clone(&handle), questions).unwrap();

        let (locked, is_locked) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let reload = std::thread::spawn(move || {
            let _update = handle.lock_for_update();
            locked.send(()).unwrap();
            released.recv().unwrap();
        });
        is_locked.recv().unwrap();
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
            let commit = service.commit(&file, add_wording("builder", "engineer"), RevisionAuthor::User(42), None);
            tokio::select! {
                biased;
                _ = commit => unreachable!("the reload blocks the edit"),
                () = tokio::task::yield_now() => {}
            }
            assert!(service.turn.try_lock().is_err(), "the edit lost its turn");
            release.send(()).unwrap();
            let _turn = service.turn.lock().await;
            assert!(fs::read_to_string(&file).unwrap().contains("engineer"));
            let name = document_name(&file);
            let latest = service.database.run(move |database| database.latest(&name)).await.unwrap().unwrap();
            assert_eq!(latest.summary, "add a wording to builder: engineer");
        });
        reload.join().unwrap();
    }
}
