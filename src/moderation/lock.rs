//! Allows one process per folder, by an operating-system lock on a file in it. The system releases the lock when the
//! process ends for any reason. The lock file itself remains and means nothing.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// The name of the lock file. It is hidden and is not read as a knowledge file.
const NAME: &str = ".footnote.lock";

/// The lock on a folder. It is held until it is dropped or the process ends.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

/// The error of [`FolderLock::acquire`].
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds the lock.
    #[error(
        "expected to be the only Footnote that edits {}, found that {} also does; stop it, or use another folder for this one",
        folder.display(),
        holder.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
    )]
    Held {
        /// The folder.
        folder: PathBuf,
        /// The id of the process that holds the lock, if the lock file contains it.
        holder: Option<u32>,
    },
    /// The lock file could not be written or locked.
    #[error("expected to lock {}, found: {source}", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
}

impl FolderLock {
    /// Locks a folder for this process.
    ///
    /// # Errors
    /// If another process holds the lock, or the lock file cannot be written.
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
        // The process id is only for the error message of another process.
        let write = |file: &mut File| {
            file.set_len(0)?;
            file.rewind()?;
            write!(file, "{}", std::process::id())
        };
        write(&mut file).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

/// Reads the process id from a lock file.
fn holder(file: &File) -> Option<u32> {
    /// Longer than any process id.
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
    fn a_locked_folder_is_refused_with_the_process_id_until_it_is_released() {
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
    fn a_missing_folder_cannot_be_locked() {
        let folder = tempfile::tempdir().unwrap();
        let refused = FolderLock::acquire(&folder.path().join("gone")).unwrap_err();
        assert!(matches!(refused, LockError::Io { .. }), "{refused}");
    }
}
