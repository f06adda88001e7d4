//! Notices that knowledge files were saved, reads and checks them, and puts what is good on the shelf.
//! What is bad is told and changes nothing.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::task::{JoinError, spawn_blocking};

use crate::knowledge;
use crate::matching::Thresholds;
use crate::reply::Library;
use crate::shelf::Shelf;

/// How long files must be left alone before they are read: editors save in several steps, and git writes one file after the other.
const QUIET: Duration = Duration::from_millis(250);

/// Where the library comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Knowledge files and folders.
    pub paths: Vec<PathBuf>,
    /// From which confidence on the library answers.
    pub thresholds: Thresholds,
}

/// Puts on the shelf what the files say now, when that is another thing than what is there. Learning from it takes long
/// enough that it has a thread of its own; questions are answered meanwhile.
///
/// # Errors
/// If that thread panicked or was ended.
pub async fn reload(shelf: &Arc<Shelf>, origin: &Origin) -> Result<(), JoinError> {
    let (shelf, origin) = (Arc::clone(shelf), origin.clone());
    spawn_blocking(move || {
        let _changing = shelf.changing();
        match knowledge::load(&origin.paths) {
            Ok(knowledge) if knowledge.documents() == shelf.load().knowledge().documents() => shelf.unchanged(),
            Ok(knowledge) => {
                let questions = knowledge.entry_keys().len();
                shelf.swap(Library::new(knowledge, origin.thresholds));
                tracing::info!(questions, "knowledge reloaded");
            }
            Err(error) => {
                shelf.refuse(&error.to_string());
                tracing::error!(problems = %error, "knowledge not reloaded: the last good version keeps answering");
            }
        }
    })
    .await
}

/// Watches the files for as long as it is polled, and reloads them when they change.
///
/// # Errors
/// If the system cannot watch them.
pub async fn watch(shelf: Arc<Shelf>, origin: Origin) -> Result<(), WatchError> {
    // One place: a change that comes while another waits is seen by the same reading.
    let (changed, mut changes) = mpsc::channel(1);
    let watched = origin.paths.clone();
    let noticed = move |event: notify::Result<Event>| {
        // What cannot be told apart may be a change.
        if event.map_or(true, |event| concerns(&event, &watched)) {
            let _already_known = changed.try_send(());
        }
    };
    let mut watcher = notify::recommended_watcher(noticed)?;
    for path in &origin.paths {
        follow(&mut watcher, path)?;
    }
    while changes.recv().await.is_some() {
        while let Ok(Some(())) = tokio::time::timeout(QUIET, changes.recv()).await {}
        reload(&shelf, &origin).await?;
    }
    Ok(())
}

/// Why files are not watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The system refuses.
    #[error("expected to watch the knowledge files, found: {0}")]
    System(#[from] notify::Error),
    /// The thread that reads them is gone.
    #[error("expected to read the knowledge files, found: {0}")]
    Reading(#[from] JoinError),
}

/// Watches a folder, or the folders of a file and of what it links to: a file that is replaced takes its watch with it.
fn follow(watcher: &mut RecommendedWatcher, path: &Path) -> notify::Result<()> {
    if path.is_dir() {
        return watcher.watch(path, RecursiveMode::NonRecursive);
    }
    watcher.watch(folder_of(path), RecursiveMode::NonRecursive)?;
    match path.canonicalize() {
        Ok(target) if target != path => watcher.watch(folder_of(&target), RecursiveMode::NonRecursive),
        _ => Ok(()),
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether an event may have changed knowledge. Reading is no change; other files of the folders are none of ours.
fn concerns(event: &Event, paths: &[PathBuf]) -> bool {
    let named = |changed: &PathBuf| {
        changed.extension() == Some(OsStr::new("json"))
            || paths.iter().any(|path| path.file_name() == changed.file_name())
    };
    !event.kind.is_access() && (event.need_rescan() || event.paths.iter().any(named))
}
