//! A file that keeps what was learned from the knowledge, so that a restart need not learn it again: from more than a second
//! to less than a tenth for ten thousand wordings. It can be deleted at any time.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::knowledge::Knowledge;
use crate::matching::{Matcher, Thresholds};
use crate::reply::Library;
use crate::shelf::Shelf;

/// A larger file is none of ours: a hundred thousand wordings make a thirtieth of this.
const FILE_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// Makes the library of some knowledge: with what the file keeps, if that was learned from the same by the same program, else by
/// learning anew. The second value tells whether it was learned anew.
#[must_use]
pub fn library(knowledge: Knowledge, thresholds: Thresholds, file: Option<&Path>) -> (Library, bool) {
    let kept = file.and_then(|file| {
        let file = fs::File::open(file).ok()?;
        let size = file.metadata().ok()?.len();
        (size <= FILE_BYTES_MAX).then(|| Matcher::kept(&knowledge, &program()?, file, size))?
    });
    match kept {
        Some(matcher) => (Library::with(knowledge, matcher.with_thresholds(thresholds)), false),
        None => (Library::new(knowledge, thresholds), true),
    }
}

/// Keeps what was learned in the file, now and whenever another library takes its place, for as long as it is polled.
pub async fn keep(shelf: &Shelf, file: PathBuf, learned_anew: bool) {
    let mut status = shelf.status();
    let mut revision = if learned_anew { 0 } else { status.borrow().revision };
    loop {
        let now = status.borrow_and_update().revision;
        if now != revision {
            revision = now;
            let (library, file) = (shelf.load().clone(), file.clone());
            let written = tokio::task::spawn_blocking(move || write(&library, &file)).await;
            match written {
                Ok(Ok(())) => tracing::debug!("kept what was learned"),
                Ok(Err(error)) => {
                    tracing::warn!(%error, "what was learned is not kept: the next start learns it again")
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
    let Some(program) = program() else { return Ok(()) };
    crate::atomic_file::replace(file, &library.matcher().keep(library.knowledge(), &program))
}

/// Tells this program from any other that might have learned otherwise: its size and time of making.
fn program() -> Option<String> {
    let made = fs::metadata(std::env::current_exe().ok()?).ok()?;
    let time = made.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{} {} {}", env!("CARGO_PKG_VERSION"), made.len(), time.as_nanos()))
}
