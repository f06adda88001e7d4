//! Edits while the bot answers: connects the editor, the history of its files and the library handle that answers.
//! Previews and edits take seconds, so they run one at a time on a thread that may block, and moderators take turns.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as AsyncMutex, watch};

use super::database::OpenError;
use super::edit::Edit;
use super::editor::{Committed, Editor, Preview, Regression};
use super::failure::{EditError, SaveFailure};
use super::history::{FileStatus, RevisionAuthor, RevisionId};
use super::item::Item;
use super::parsed_files::ParsedFiles;
use super::revision_journal::RevisionJournal;
use super::shared_database::SharedDatabase;
use crate::knowledge::{Document, Finding};
use crate::library::handle::LibraryHandle;
use crate::throttle::off_thread;
use crate::throttle::turns::{Turn, TurnQueue, Waiting};

/// The previews that may wait, and the saves that may wait. One takes less than five seconds with the largest file that
/// can be imported: the check and the learning are bounded by the size of the files, and the comparison by
/// [`COMPARE_TIME`](super::editor::COMPARE_TIME). So the last one waits about a minute, of the 15 minutes for which
/// Discord accepts a response.
const WAITING_MAX: usize = 12;

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
    regression: Arc<Regression>,
    /// The parsed files, for the forms.
    parsed: Arc<AsyncMutex<ParsedFiles>>,
    /// Gives turns to previews and edits: one at a time, because each occupies a core while it builds a matcher.
    turns: TurnQueue<u64>,
    /// The preview that began last.
    previewing: Mutex<Option<RunningPreview>>,
    /// The newest revision before the files were reconciled at the start.
    newest_at_start: Option<RevisionId>,
    /// Increases whenever the history may have grown.
    history_changes: watch::Sender<u64>,
}

/// A preview in progress.
#[derive(Debug)]
struct RunningPreview {
    moderator: u64,
    draft: u64,
    /// Set once there is a newer version of the draft. The preview then ends early.
    superseded: Arc<AtomicBool>,
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
    /// `source` is the text that quotes are verified against, if there is one.
    ///
    /// # Errors
    /// If there is no file to edit, another process edits these files, or the history cannot be written.
    pub fn open(
        paths: Vec<PathBuf>,
        source: Option<PathBuf>,
        database: SharedDatabase,
        library: Arc<LibraryHandle>,
        regression: Regression,
    ) -> Result<Self, ModerationUnavailable> {
        if paths.is_empty() {
            return Err(ModerationUnavailable::BuiltIn);
        }
        let editor = Arc::new(Editor::open(paths, source)?);
        let newest = database
            .blocking(|database| database.revisions(None, None, 1))
            .map_err(|error| SaveFailure::Journal(error.into()))?;
        let newest_at_start = newest.first().map(|revision| revision.id);
        reconcile(&editor, &database)?;
        Ok(Self {
            editor,
            database,
            library,
            regression: Arc::new(regression),
            parsed: Arc::default(),
            turns: TurnQueue::new(1, WAITING_MAX),
            previewing: Mutex::default(),
            newest_at_start,
            history_changes: watch::Sender::new(0),
        })
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
    pub async fn files(&self) -> Vec<PathBuf> {
        let editor = Arc::clone(&self.editor);
        off_thread(move || editor.files()).await
    }

    /// As [`Self::files`], for a thread that may block.
    #[must_use]
    pub fn files_blocking(&self) -> Vec<PathBuf> {
        self.editor.files()
    }

    /// Reads all files now, and calls `work` with them on a thread that may block. Leaves out files that cannot be
    /// read. Calls take turns and share the parsed files, so that any number of forms needs the memory of one.
    pub async fn read<T: Send + 'static>(&self, work: impl FnOnce(&[(PathBuf, Document)]) -> T + Send + 'static) -> T {
        let mut parsed = Arc::clone(&self.parsed).lock_owned().await;
        let editor = Arc::clone(&self.editor);
        off_thread(move || work(parsed.refresh(editor.files()))).await
    }

    /// Reads the entry or boundary with this id, and the path of its file.
    pub async fn find(&self, id: &str) -> Option<(PathBuf, Item)> {
        let id = id.to_owned();
        self.read(move |documents| {
            documents.iter().find_map(|(file, document)| Some((file.clone(), Item::find(document, &id)?)))
        })
        .await
    }

    /// Predicts the result of an edit, and returns what `show` makes of it on a thread that may block. Changes nothing.
    ///
    /// Moderators take turns. A newer version of the same draft replaces this preview while it waits, and ends it early
    /// while it runs.
    ///
    /// # Errors
    /// As for [`Self::commit`]; [`EditError::Busy`] also if a newer version of the draft replaced this one.
    pub async fn preview<T: Send + 'static>(
        &self,
        (moderator, draft): (u64, u64),
        file: &Path,
        edit: Arc<Edit>,
        show: impl FnOnce(&Preview) -> T + Send + 'static,
    ) -> Result<T, EditError> {
        if let Some(running) = &*self.running_preview()
            && (running.moderator, running.draft) == (moderator, draft)
        {
            running.superseded.store(true, Ordering::Relaxed);
        }
        let turn = self.turns.turn(moderator, Waiting::Replacing(draft)).await.map_err(EditError::Busy)?;
        let superseded = Arc::<AtomicBool>::default();
        *self.running_preview() = Some(RunningPreview { moderator, draft, superseded: Arc::clone(&superseded) });
        let (editor, library, regression) =
            (Arc::clone(&self.editor), Arc::clone(&self.library), Arc::clone(&self.regression));
        let file = file.to_owned();
        // The preview contains a library of its own. It is dropped before the next turn begins, so that only one
        // exists.
        in_turn(turn, move || {
            editor.preview(&file, &edit, &library.load(), &regression, &superseded).map(|preview| show(&preview))
        })
        .await
    }

    fn running_preview(&self) -> std::sync::MutexGuard<'_, Option<RunningPreview>> {
        self.previewing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes an edit. On `Ok`, the edit is on disk in the file and in the history, and the bot answers from it.
    ///
    /// Edits go before previews that wait. An edit that has started is completed even if its caller stops waiting.
    /// `restores` is the revision whose text the edit brings back, if any.
    ///
    /// # Errors
    /// As `Editor::commit`: the edit is refused, or it could not be saved. [`EditError::Busy`] if too many edits wait.
    pub async fn commit(
        &self,
        file: &Path,
        edit: Arc<Edit>,
        author: RevisionAuthor,
        restores: Option<RevisionId>,
    ) -> Result<Saved, EditError> {
        let moderator = match author {
            RevisionAuthor::User(id) => id,
            RevisionAuthor::Outside => 0,
        };
        let turn = self.turns.turn(moderator, Waiting::Urgent).await.map_err(EditError::Busy)?;
        let (editor, handle) = (Arc::clone(&self.editor), Arc::clone(&self.library));
        let journal = RevisionJournal::new(self.database.clone(), author, restores);
        let file = file.to_owned();
        in_turn(turn, move || {
            // Held until the new library answers, so that the reload triggered by the save finds nothing left to do.
            let _changing = handle.lock_for_update();
            let Committed { revision, library, report } = editor.commit(&file, &edit, &handle.load(), &journal)?;
            handle.swap(library);
            Ok(Saved { revision, warnings: report.findings().to_vec() })
        })
        .await
    }

    /// Records changes from outside the bot in the history whenever the library changes. Ends with the library handle.
    pub async fn follow(&self) {
        let mut status = self.library.status();
        while status.changed().await.is_ok() {
            let (editor, database) = (Arc::clone(&self.editor), self.database.clone());
            match off_thread(move || reconcile(&editor, &database)).await {
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

/// Runs slow work on a thread that may block. The work keeps its turn to its end, even if the caller stops waiting.
async fn in_turn<T: Send + 'static>(turn: Turn, work: impl FnOnce() -> T + Send + 'static) -> T {
    off_thread(move || {
        let done = work();
        drop(turn);
        done
    })
    .await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;
    use std::pin::{Pin, pin};
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;
    use crate::knowledge;
    use crate::library::Library;
    use crate::matching::Thresholds;
    use crate::moderation::document_name;
    use crate::moderation::editor::tests::{SMALL, add_wording};
    use crate::throttle::Bound;

    /// An edit service for one small file.
    fn service() -> (tempfile::TempDir, PathBuf, EditService) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("k.json");
        fs::write(&file, SMALL).unwrap();
        let paths = vec![file.clone()];
        let library = Library::new(knowledge::load(&paths).unwrap(), Thresholds::default());
        let handle = Arc::new(LibraryHandle::new(library));
        let database = SharedDatabase::open(&folder.path().join("state.db"), Duration::from_secs(60)).unwrap();
        let service = EditService::open(paths, None, database, handle, Regression::default()).unwrap();
        (folder, file, service)
    }

    /// Polls a future once, and expects it to wait.
    async fn begin<T>(future: Pin<&mut impl Future<Output = T>>) {
        tokio::select! {
            biased;
            _ = future => unreachable!("it did not wait"),
            () = std::future::ready(()) => {}
        }
    }

    #[test]
    fn an_edit_whose_caller_gives_up_completes_and_keeps_its_turn() {
        let (_folder, file, service) = service();
        let handle = Arc::clone(service.library());

        let (locked, is_locked) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let reload = std::thread::spawn(move || {
            let _update = handle.lock_for_update();
            locked.send(()).unwrap();
            released.recv().unwrap();
        });
        is_locked.recv().unwrap();
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
            let edit = Arc::new(add_wording("builder", "engineer"));
            let commit = service.commit(&file, edit, RevisionAuthor::User(42), None);
            // The reload blocks the edit, whose caller gives up.
            begin(pin!(commit)).await;
            // The edit still has its turn.
            begin(pin!(service.turns.turn(1, Waiting::InOrder))).await;
            release.send(()).unwrap();
            let _turn = service.turns.turn(1, Waiting::InOrder).await.unwrap();
            assert!(fs::read_to_string(&file).unwrap().contains("engineer"));
            let name = document_name(&file);
            let latest = service.database.run(move |database| database.latest(&name)).await.unwrap().unwrap();
            assert_eq!(latest.summary, "add a wording to builder: engineer");
        });
        reload.join().unwrap();
    }

    #[tokio::test]
    async fn a_save_goes_first_and_a_form_that_is_submitted_again_is_previewed_once() {
        let (_folder, file, service) = tokio::task::spawn_blocking(service).await.unwrap();
        let (shown, order) = mpsc::channel();
        let preview = |of: (u64, u64), wording: &'static str| {
            let shown = shown.clone();
            let edit = Arc::new(add_wording("builder", wording));
            service.preview(of, &file, edit, move |preview| {
                let after_save = preview.before.as_ref().unwrap().contains("engineer");
                shown.send((wording, after_save)).unwrap();
            })
        };
        let held = service.turns.turn(0, Waiting::InOrder).await.unwrap();
        let mut flood: Vec<_> = (0..30).map(|_| Box::pin(preview((1, 7), "resubmitted"))).collect();
        for form in &mut flood {
            begin(form.as_mut()).await;
        }
        let other_draft = preview((1, 8), "other draft");
        let other_moderator = preview((2, 7), "other moderator");
        let (mut other_draft, mut other_moderator) = (pin!(other_draft), pin!(other_moderator));
        begin(other_draft.as_mut()).await;
        begin(other_moderator.as_mut()).await;
        let edit = Arc::new(add_wording("builder", "engineer"));
        let mut saved = pin!(service.commit(&file, edit, RevisionAuthor::User(3), None));
        begin(saved.as_mut()).await;
        drop(held);
        let forms = futures_util::future::join_all(flood);
        let (forms, saved, ..) = tokio::join!(forms, saved, other_draft, other_moderator);
        saved.unwrap();
        let replaced = |form: &Result<(), EditError>| matches!(form, Err(EditError::Busy(Bound::Replaced)));
        assert_eq!(forms.iter().filter(|form| replaced(form)).count(), 29);
        assert!(forms[29].is_ok());
        let order: Vec<_> = order.try_iter().collect();
        assert_eq!(order, [("resubmitted", true), ("other moderator", true), ("other draft", true)]);
    }

    #[tokio::test]
    async fn a_newer_version_ends_the_running_preview_of_the_same_draft_only() {
        let (_folder, file, service) = tokio::task::spawn_blocking(service).await.unwrap();
        let (running, is_running) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let edit = || Arc::new(add_wording("builder", "engineer"));
        let older = service.preview((1, 7), &file, edit(), move |_| {
            running.send(()).unwrap();
            released.recv().unwrap();
        });
        let mut older = pin!(older);
        begin(older.as_mut()).await;
        is_running.recv().unwrap();
        let superseded = Arc::clone(&service.running_preview().as_ref().unwrap().superseded);
        for (of, ends) in [((2, 7), false), ((1, 8), false), ((1, 7), true)] {
            begin(pin!(service.preview(of, &file, edit(), |_| ()))).await;
            assert_eq!(superseded.load(Ordering::Relaxed), ends, "{of:?}");
        }
        release.send(()).unwrap();
        older.await.unwrap();
        let ended =
            service.editor.preview(&file, &edit(), &service.library.load(), &Regression::default(), &superseded);
        assert!(matches!(ended, Err(EditError::Busy(Bound::Replaced))));
    }

    #[tokio::test]
    async fn a_full_queue_refuses_and_says_so() {
        let (_folder, file, service) = tokio::task::spawn_blocking(service).await.unwrap();
        let _held = service.turns.turn(0, Waiting::InOrder).await.unwrap();
        let preview = |draft| service.preview((1, draft), &file, Arc::new(add_wording("builder", "x")), |_| ());
        let mut waiting: Vec<_> = (0..WAITING_MAX as u64).map(|draft| Box::pin(preview(draft))).collect();
        for preview in &mut waiting {
            begin(preview.as_mut()).await;
        }
        let refused = preview(99).await.unwrap_err();
        assert!(matches!(refused, EditError::Busy(Bound::Total)));
        assert!(refused.to_string().contains("Nothing was changed"), "{refused}");
        // Another moderator takes the place of the newest one.
        begin(pin!(service.preview((2, 1), &file, Arc::new(add_wording("builder", "x")), |_| ()))).await;
        let displaced = waiting.pop().unwrap().await.unwrap_err();
        assert!(
            matches!(displaced, EditError::Busy(Bound::User)) && displaced.to_string().contains("Nothing was changed")
        );
    }
}
