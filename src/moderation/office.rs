//! Where edits are made while the bot answers: the desk, the history of its files, and the library handle that the result is put on.
//! What takes long has a thread of its own, one edit at a time, so that questions are answered meanwhile.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{Semaphore, watch};
use tokio::task::spawn_blocking;

use super::database::OpenError;
use super::desk::{Committed, Desk, Met, Preview};
use super::edit::Edit;
use super::failure::{EditError, Failure};
use super::history::{RevisionId, Who};
use super::item::Item;
use super::ledger::Ledger;
use super::state::State;
use crate::knowledge::{Document, Finding, parse_document, read_text};
use crate::matching::Thresholds;
use crate::library::handle::LibraryHandle;

/// Why there is no moderation: the bot answers all the same. The text is for whoever tries to moderate, and for the log.
#[derive(Debug, thiserror::Error)]
pub enum Closed {
    /// Nothing that could be edited.
    #[error(
        "expected knowledge files to edit, found only the copy that is built into me: its operator can put a file into a \
         folder `knowledge/` beside me and start me again"
    )]
    BuiltIn,
    /// No database.
    #[error("expected a database for the history, found: {0}")]
    State(#[from] OpenError),
    /// No folder, or somebody else's.
    #[error(transparent)]
    Desk(#[from] Failure),
}

/// The desk, and what goes with it.
#[derive(Debug)]
pub struct Office {
    desk: Arc<Desk>,
    state: State,
    library: Arc<LibraryHandle>,
    /// Questions that a preview asks besides every wording.
    regression: Arc<[String]>,
    /// One preview or edit at a time: each takes a core for as long as learning does.
    turn: Semaphore,
    /// The newest revision before the files were held against the history.
    before: Option<RevisionId>,
    /// Counts up when the history may have grown.
    news: watch::Sender<u64>,
}

/// An edit that is in the file and in the history, and answers.
#[derive(Clone, Debug)]
pub struct Saved {
    /// Its number in the history.
    pub revision: RevisionId,
    /// What the check warns of in all files.
    pub warnings: Vec<Finding>,
}

impl Office {
    /// Opens the office for these files, and the text that their quotes are proved against, if there is one; and holds them against the history. Blocks.
    ///
    /// # Errors
    /// When there is nothing to edit, or somebody else edits it, or the history cannot be written.
    pub fn open(
        paths: Vec<PathBuf>,
        source: Option<PathBuf>,
        thresholds: Thresholds,
        state: State,
        library: Arc<LibraryHandle>,
        regression: Vec<String>,
    ) -> Result<Self, Closed> {
        if paths.is_empty() {
            return Err(Closed::BuiltIn);
        }
        let desk = Arc::new(Desk::open(paths, source, thresholds)?);
        let newest = state
            .blocking(|database| database.revisions(None, None, 1))
            .map_err(|error| Failure::Journal(error.into()))?;
        let before = newest.first().map(|revision| revision.id);
        recover(&desk, &state)?;
        let (turn, news) = (Semaphore::new(1), watch::Sender::new(0));
        Ok(Self { desk, state, library, regression: regression.into(), turn, before, news })
    }

    /// The newest revision of the time before this office; none for a history that it began.
    #[must_use]
    pub fn before(&self) -> Option<RevisionId> {
        self.before
    }

    /// Changes when the history may have grown.
    #[must_use]
    pub fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// The database.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The library handle that edits are put on.
    #[must_use]
    pub fn library(&self) -> &Arc<LibraryHandle> {
        &self.library
    }

    /// The knowledge files there are, in loading order.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        self.desk.files()
    }

    /// The files with what they say at this moment; one that cannot be read is left out.
    pub async fn documents(&self) -> Vec<(PathBuf, Document)> {
        let desk = Arc::clone(&self.desk);
        blocking(move || {
            let read = |file: PathBuf| {
                let text = read_text(&file).ok()??;
                Some((file, parse_document(&text).ok()?))
            };
            desk.files().into_iter().filter_map(read).collect()
        })
        .await
    }

    /// The entry or boundary of this id as it stands in its file at this moment, and the file.
    pub async fn find(&self, id: &str) -> Option<(PathBuf, Item)> {
        let documents = self.documents().await;
        documents.into_iter().find_map(|(file, document)| Some((file, Item::find(&document, id)?)))
    }

    /// What an edit would do. Nothing is changed.
    ///
    /// # Errors
    /// As [`Self::commit`] would.
    pub async fn preview(&self, file: &Path, edit: Edit) -> Result<Preview, EditError> {
        let _turn = self.turn.acquire().await;
        let (desk, library, regression) = (Arc::clone(&self.desk), Arc::clone(&self.library), Arc::clone(&self.regression));
        let file = file.to_owned();
        blocking(move || desk.preview(&file, &edit, &library.load(), &regression)).await
    }

    /// Makes an edit. When it returns `Ok`, the edit is in the file and in the history, safe on the disk, and answers.
    /// Once begun it is done to its end, even if nobody waits for it any more.
    ///
    /// `restores` is the revision whose text the edit brings back, if it does.
    ///
    /// # Errors
    /// See [`Desk::commit`].
    pub async fn commit(
        &self,
        file: &Path,
        edit: Edit,
        who: Who,
        restores: Option<RevisionId>,
    ) -> Result<Saved, EditError> {
        let _turn = self.turn.acquire().await;
        let (desk, handle) = (Arc::clone(&self.desk), Arc::clone(&self.library));
        let ledger = Ledger::new(self.state.clone(), who, restores);
        let file = file.to_owned();
        blocking(move || {
            // Held until the result answers, so that the reload that the save brings about finds nothing left to do.
            let _changing = handle.lock_for_update();
            let Committed { library, report, .. } = desk.commit(&file, &edit, &ledger)?;
            handle.swap(library);
            Ok(Saved { revision: ledger.begun(), warnings: report.findings().to_vec() })
        })
        .await
    }

    /// Takes down in the history what others change in the files, for as long as it is polled.
    pub async fn follow(&self) {
        let mut status = self.library.status();
        while status.changed().await.is_ok() {
            let (desk, state) = (Arc::clone(&self.desk), self.state.clone());
            match blocking(move || recover(&desk, &state)).await {
                Ok(met) => {
                    for (file, _) in met.iter().filter(|(_, met)| *met == Met::Outside) {
                        tracing::info!(file = %file.display(), "a change from outside is in the history");
                    }
                }
                Err(error) => tracing::error!(%error, "a change from outside is not in the history yet"),
            }
            self.news.send_modify(|news| *news += 1);
        }
    }
}

fn recover(desk: &Desk, state: &State) -> Result<Vec<(PathBuf, Met)>, Failure> {
    desk.recover(&Ledger::new(state.clone(), Who::File, None))
}

/// Does what takes long on a thread of its own.
///
/// # Panics
/// If the work does.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match spawn_blocking(work).await {
        Ok(done) => done,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down: nobody waits any more.
            Err(_) => std::future::pending().await,
        },
    }
}
