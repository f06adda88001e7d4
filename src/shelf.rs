//! The library that answers now. Another takes its place as a whole, so that no question is answered from two of them;
//! one that cannot be read leaves the last good one in place and its problems for whoever asks.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use arc_swap::{ArcSwap, Guard};
use tokio::sync::watch;

use crate::reply::Library;

/// The library that answers now, and how it stands with its files.
#[derive(Debug)]
pub struct Shelf {
    library: ArcSwap<Library>,
    status: watch::Sender<Status>,
    changing: Mutex<()>,
}

/// How the library stands with the files that it was read from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Status {
    /// How many libraries have been put in place; 1 from the start.
    pub revision: u64,
    /// Since when the present one answers, by the machine's clock.
    pub since: SystemTime,
    /// How often files were refused since the start.
    pub refusals: u64,
    /// Why the files as they are now were refused, if they were: what `check` says of them.
    pub problems: Option<Arc<str>>,
}

impl Shelf {
    /// A shelf with its first library.
    #[must_use]
    pub fn new(library: Library) -> Self {
        let status = Status { revision: 1, since: SystemTime::now(), refusals: 0, problems: None };
        Self { library: ArcSwap::from_pointee(library), status: watch::Sender::new(status), changing: Mutex::new(()) }
    }

    /// The library that answers now. Whoever holds it keeps it, even when another takes its place.
    pub fn load(&self) -> Guard<Arc<Library>> {
        self.library.load()
    }

    /// To be held from before the files are read or written until the library made of them is in place: of two who do that
    /// at once, the one who looked first could come last. Blocks for as long as another learns.
    pub fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts another library in place.
    pub fn swap(&self, library: Library) {
        self.library.store(Arc::new(library));
        self.status.send_modify(|status| {
            *status = Status {
                revision: status.revision + 1,
                since: SystemTime::now(),
                refusals: status.refusals,
                problems: None,
            };
        });
    }

    /// Tells that the files as they are now are as good as what answers.
    pub fn unchanged(&self) {
        self.status.send_if_modified(|status| status.problems.take().is_some());
    }

    /// Keeps the library, and tells why the files as they are now did not replace it.
    pub fn refuse(&self, problems: &str) {
        self.status.send_if_modified(|status| {
            let new = status.problems.as_deref() != Some(problems);
            status.problems = Some(problems.into());
            status.refusals += 1;
            new
        });
    }

    /// How it stands, now and with every change.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }
}
