//! The handle on the library in use. A new library replaces it as a whole, so that no reply mixes two versions.
//! If the current files have errors, the library in use stays, and the status contains the problems.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use arc_swap::{ArcSwap, Guard};
use tokio::sync::watch;

use super::Library;
use super::scope::Scope;

/// The library in use and the status of its files.
#[derive(Debug)]
pub struct LibraryHandle {
    library: ArcSwap<Library>,
    status: watch::Sender<LibraryStatus>,
    /// See [`LibraryHandle::lock_for_update`].
    update_lock: Mutex<()>,
}

/// The version of the library in use, and the problems of its files.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LibraryStatus {
    /// The number of libraries used since the start, including this one, so 1 for the first. Not related to the
    /// revisions of the history.
    pub revision: u64,
    /// The time at which this library was put in use, by the machine's clock.
    pub since: SystemTime,
    /// The number of [`LibraryHandle::reject`] calls since the start.
    pub rejections: u64,
    /// The errors of the current files, as `footnote check` reports them. `None` if the files are those in use.
    pub problems: Option<Arc<str>>,
}

impl LibraryHandle {
    /// A handle on the first library.
    #[must_use]
    pub fn new(library: Library) -> Self {
        let status = LibraryStatus { revision: 1, since: SystemTime::now(), rejections: 0, problems: None };
        Self {
            library: ArcSwap::from_pointee(library),
            status: watch::Sender::new(status),
            update_lock: Mutex::new(()),
        }
    }

    /// The library in use. The guard keeps this version alive after another has replaced it.
    pub fn load(&self) -> Guard<Arc<Library>> {
        self.library.load()
    }

    /// The library in use with only the documents of a scope.
    #[must_use]
    pub fn within(&self, scope: &Scope) -> Arc<Library> {
        self.library.load_full().within(scope)
    }

    /// Locks out other updates. Hold the guard from before the files are read or written until the new library is in
    /// use; otherwise a library built from an older version of the files could replace a newer one. Blocks while
    /// another thread holds the guard, which includes the time to build a library.
    pub fn lock_for_update(&self) -> MutexGuard<'_, ()> {
        self.update_lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the library in use, increases the revision, and clears the problems.
    pub fn swap(&self, library: Library) {
        self.library.store(Arc::new(library));
        self.status.send_modify(|status| {
            *status = LibraryStatus {
                revision: status.revision + 1,
                since: SystemTime::now(),
                rejections: status.rejections,
                problems: None,
            };
        });
    }

    /// Clears the problems. Call it when the files again have the content of the library in use.
    pub fn clear_problems(&self) {
        self.status.send_if_modified(|status| status.problems.take().is_some());
    }

    /// Keeps the library in use, counts a rejection, and records the problems of the current files. Notifies the
    /// receivers of [`Self::status`] only if the problems are new.
    pub fn reject(&self, problems: &str) {
        self.status.send_if_modified(|status| {
            let changed = status.problems.as_deref() != Some(problems);
            status.problems = Some(problems.into());
            status.rejections += 1;
            changed
        });
    }

    /// A receiver of the current status. It is notified of a new library and of new or cleared problems.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<LibraryStatus> {
        self.status.subscribe()
    }
}
