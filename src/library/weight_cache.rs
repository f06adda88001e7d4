//! The file that caches the weights that the matcher learned in training. For ten thousand wordings, loading takes less
//! than a tenth of a second and training more than a second. The file can be deleted at any time.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::Library;
use super::handle::LibraryHandle;
use crate::knowledge::Knowledge;
use crate::matching::{Learned, Matcher, Thresholds};

/// The size in bytes above which a file is not read. Footnote does not write such files: the weights of a hundred
/// thousand wordings take a thirtieth of it.
const FILE_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// Builds a library from the cached weights of the documents for which the file contains weights of the same document
/// and build of the program; learns the weights of the others. The second value is `true` if it learned any.
#[must_use]
pub fn build_library(knowledge: Knowledge, thresholds: Thresholds, file: Option<&Path>) -> (Library, bool) {
    let cached = file.and_then(|file| {
        let file = fs::File::open(file).ok()?;
        let size = file.metadata().ok()?.len();
        (size <= FILE_BYTES_MAX).then(|| Some(Learned::from_cache(&knowledge, &program_id()?, file)))?
    });
    let cached = cached.unwrap_or_default();
    let matcher = Matcher::with_learned(&knowledge, &cached).with_thresholds(thresholds);
    let learned = !cached.is_complete(&knowledge);
    (Library::from_parts(knowledge, matcher), learned)
}

/// Writes the weights to the file whenever another library is put in use, and once at the start if `learned`: the
/// second value of [`build_library`]. Does not return unless a write panics. Logs a failed write and goes on; the next
/// start then learns the weights again.
pub async fn run(handle: &LibraryHandle, file: PathBuf, learned: bool) {
    let mut status = handle.status();
    // The revision of the library whose weights are in the file.
    let mut written = if learned { 0 } else { status.borrow().revision };
    loop {
        let revision = status.borrow_and_update().revision;
        if revision != written {
            written = revision;
            let (library, file) = (handle.load().clone(), file.clone());
            match tokio::task::spawn_blocking(move || write(&library, &file)).await {
                Ok(Ok(())) => tracing::debug!("saved the learned weights"),
                Ok(Err(error)) => {
                    tracing::warn!(%error, "could not save the learned weights: the next start learns them again")
                }
                Err(_) => return,
            }
        }
        if status.changed().await.is_err() {
            return;
        }
    }
}

/// Replaces the file with the weights of this library.
fn write(library: &Library, file: &Path) -> io::Result<()> {
    let Some(program) = program_id() else { return Ok(()) };
    crate::atomic_file::replace(file, &library.matcher().to_cache(library.knowledge(), &program))
}

/// Identifies this build of the program by version, size and modification time: another build may learn other weights.
/// Returns `None` if the system does not provide size or time; then nothing is cached.
fn program_id() -> Option<String> {
    let executable = fs::metadata(std::env::current_exe().ok()?).ok()?;
    let modified = executable.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{} {} {}", env!("CARGO_PKG_VERSION"), executable.len(), modified.as_nanos()))
}
