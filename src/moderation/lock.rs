//! One process a folder: a lock file with the operating system's lock on it, which ends with the process, however it ends.
//! The file stays; it is the lock that counts.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// The name of the lock file; hidden, and no knowledge file.
const NAME: &str = ".footnote.lock";

/// The lock on a folder, held until it is dropped or the process ends.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

/// Why a folder is not this process's.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error(
        "expected to be the only Footnote that edits {}, found that {} does already: stop it, or give this one a folder of its own",
        folder.display(),
        holder.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
    )]
    Held {
        /// The folder.
        folder: PathBuf,
        /// The process that holds it, if it has written its number down.
        holder: Option<u32>,
    },
    /// The lock file cannot be written or locked.
    #[error("expected to lock {}, found: {source}", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl FolderLock {
    /// Takes a folder for this process.
    ///
    /// # Errors
    /// When another process has it, or the lock file cannot be written.
    pub fn acquire(folder: &Path) -> Result<Self, LockError> {
        let path = folder.join(NAME);
        let failed = |source| LockError::Io { path: path.clone(), source };
        let mut options = OpenOptions::new();
        let mut file = options.read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Held { folder: folder.to_owned(), holder: holder(&file) });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        // For whoever comes second; the lock is held with or without it.
        let write = |file: &mut File| {
            file.set_len(0)?;
            file.rewind()?;
            write!(file, "{}", std::process::id())
        };
        write(&mut file).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

/// The process number in a lock file.
fn holder(file: &File) -> Option<u32> {
    /// More digits than a process number has.
    const DIGITS_MAX: u64 = 20;
    let mut text = String::new();
    file.take(DIGITS_MAX).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_second_is_told_who_has_the_folder_until_the_first_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let first = FolderLock::acquire(folder.path()).unwrap();
        let refused = FolderLock::acquire(folder.path()).unwrap_err();
        let pid = std::process::id();
        assert!(matches!(refused, LockError::Held { holder, .. } if holder == Some(pid)), "{refused}");
        assert!(refused.to_string().contains(&format!("process {pid}")), "{refused}");
        drop(first);
        FolderLock::acquire(folder.path()).unwrap();
    }

    #[test]
    fn a_folder_that_is_not_there_cannot_be_locked() {
        let folder = tempfile::tempdir().unwrap();
        let refused = FolderLock::acquire(&folder.path().join("gone")).unwrap_err();
        assert!(matches!(refused, LockError::Io { .. }), "{refused}");
    }
}
