//! Hot reload: watches the knowledge files, reads and checks them after a change, and puts the new library in use.
//! Files with errors are logged and rejected; the library in use stays.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::task::{JoinError, spawn_blocking};

use super::handle::LibraryHandle;
use crate::knowledge::{self, Knowledge};
use crate::matching::Thresholds;

/// The time without a change before files are read: editors save in several steps, and git writes one file after
/// another.
const QUIET_TIME: Duration = Duration::from_millis(250);

/// The origin of a library: its files and settings.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Knowledge files and folders. Empty for the knowledge built into the program.
    pub paths: Vec<PathBuf>,
    /// The lowest confidence that answers and the lowest that suggests.
    pub thresholds: Thresholds,
    /// The names of the documents that the configuration gives to channels and servers.
    pub named: Vec<String>,
}

/// Reads the files and puts the result in use, unless it equals the library in use. Building a library takes long
/// enough to need a thread of its own; questions are answered meanwhile.
///
/// # Errors
/// If that thread panicked or the runtime is shutting down.
pub async fn reload(handle: &Arc<LibraryHandle>, origin: &Origin) -> Result<(), JoinError> {
    let (handle, origin) = (Arc::clone(handle), origin.clone());
    spawn_blocking(move || {
        let _update = handle.lock_for_update();
        match knowledge::load(&origin.paths) {
            Ok(knowledge) if is_same(&knowledge, handle.load().knowledge()) => handle.clear_problems(),
            Ok(knowledge) => {
                let questions = knowledge.entry_keys().len();
                for document in missing(&origin.named, &knowledge) {
                    tracing::error!(
                        document,
                        "a document that the configuration names in `documents` is gone: its channels get answers from their \
                         other documents only"
                    );
                }
                let library = handle.load().updated(knowledge);
                handle.swap(library);
                tracing::info!(questions, "knowledge reloaded");
            }
            Err(error) => {
                handle.reject(&error.to_string());
                tracing::error!(problems = %error, "knowledge not reloaded: the last good version keeps answering");
            }
        }
    })
    .await
}

fn is_same(left: &Knowledge, right: &Knowledge) -> bool {
    left.document_names() == right.document_names() && left.documents() == right.documents()
}

/// The names that no document of the knowledge has.
pub fn missing<'a>(names: &'a [String], knowledge: &Knowledge) -> impl Iterator<Item = &'a str> {
    names.iter().filter(|name| !knowledge.document_names().contains(name)).map(String::as_str)
}

/// Watches the files and reloads them after each change. Runs until it is dropped.
///
/// # Errors
/// If the system cannot watch them.
pub async fn watch(handle: Arc<LibraryHandle>, origin: Origin) -> Result<(), WatchError> {
    // A capacity of one is enough: the next reading sees every change made before it.
    let (changed, mut changes) = mpsc::channel(1);
    let paths = origin.paths.clone();
    let on_event = move |event: notify::Result<Event>| {
        // An error may hide a change.
        if event.map_or(true, |event| may_change_knowledge(&event, &paths)) {
            let _already_queued = changed.try_send(());
        }
    };
    let mut watcher = notify::recommended_watcher(on_event)?;
    for path in &origin.paths {
        add_watches(&mut watcher, path)?;
    }
    while changes.recv().await.is_some() {
        while let Ok(Some(())) = tokio::time::timeout(QUIET_TIME, changes.recv()).await {}
        reload(&handle, &origin).await?;
    }
    Ok(())
}

/// An error that ends the watching of files.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The system refuses to watch them.
    #[error("the system cannot watch the knowledge files: {0}")]
    System(#[from] notify::Error),
    /// The thread that reads them panicked.
    #[error("the thread that reads the knowledge files failed: {0}")]
    Reading(#[from] JoinError),
}

/// Watches a folder, or the folders that contain a file and its link target. A watch on the file itself would end when
/// an editor replaces the file.
fn add_watches(watcher: &mut RecommendedWatcher, path: &Path) -> notify::Result<()> {
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

/// Whether an event may have changed knowledge: not if a file was only read, or is neither JSON nor one of `paths`.
fn may_change_knowledge(event: &Event, paths: &[PathBuf]) -> bool {
    let concerns = |changed: &PathBuf| {
        changed.extension() == Some(OsStr::new("json"))
            || paths.iter().any(|path| path.file_name() == changed.file_name())
    };
    !event.kind.is_access() && (event.need_rescan() || event.paths.iter().any(concerns))
}
