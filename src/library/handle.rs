//! The handle on the library in use. A new library replaces it as a whole, so that no reply mixes two versions.
//! If files cannot be used, the previous library stays in use and the status holds the problems.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use arc_swap::{ArcSwap, Guard};
use tokio::sync::watch;

use super::Library;

/// The library in use and the status of its files.
#[derive(Debug)]
pub struct LibraryHandle {
    library: ArcSwap<Library>,
    status: watch::Sender<LibraryStatus>,
    update: Mutex<()>,
}

/// The version of the library in use, and the problems of its files.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LibraryStatus {
    /// The number of libraries used so far, this one included; 1 from the start.
    pub revision: u64,
    /// When this library was put in use, by the machine's clock.
    pub since: SystemTime,
    /// The number of times that files were rejected since the start.
    pub rejections: u64,
    /// The findings of `check` on the current files, if they were rejected.
    pub problems: Option<Arc<str>>,
}

impl LibraryHandle {
    /// A handle on the first library.
    #[must_use]
    pub fn new(library: Library) -> Self {
        let status = LibraryStatus { revision: 1, since: SystemTime::now(), rejections: 0, problems: None };
        Self { library: ArcSwap::from_pointee(library), status: watch::Sender::new(status), update: Mutex::new(()) }
    }

    /// The library in use. The guard keeps this version alive after another has replaced it.
    pub fn load(&self) -> Guard<Arc<Library>> {
        self.library.load()
    }

    /// Locks out other updates. Hold the guard from before the files are read or written until the new library is in
    /// use; otherwise an older reading could replace a newer one. Blocks while another thread builds a library.
    pub fn lock_for_update(&self) -> MutexGuard<'_, ()> {
        self.update.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts another library in use.
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

    /// Clears the problems: the files equal the library in use again.
    pub fn clear_problems(&self) {
        self.status.send_if_modified(|status| status.problems.take().is_some());
    }

    /// Keeps the library in use and records the problems of the current files.
    pub fn reject(&self, problems: &str) {
        self.status.send_if_modified(|status| {
            let new = status.problems.as_deref() != Some(problems);
            status.problems = Some(problems.into());
            status.rejections += 1;
            new
        });
    }

    /// The status now, and every change of it.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<LibraryStatus> {
        self.status.subscribe()
    }
}
