//! Allows one process per folder, by an operating-system lock on a file in it. The system releases the lock when the
//! process ends for any reason. The lock file itself remains and means nothing.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::atomic_file;

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
        // Does not follow a link: the process id would overwrite the file that it leads to.
        let mut file = atomic_file::open_private(&path).map_err(failed)?;
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
    fn a_lock_file_that_is_a_link_is_refused_and_its_target_kept() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("target");
        std::fs::write(&target, "theirs").unwrap();
        std::os::unix::fs::symlink(&target, folder.path().join(NAME)).unwrap();
        let refused = FolderLock::acquire(folder.path()).unwrap_err();
        assert!(refused.to_string().contains("a symbolic link"), "{refused}");
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "theirs");
    }

    #[test]
    fn a_missing_folder_cannot_be_locked() {
        let folder = tempfile::tempdir().unwrap();
        let refused = FolderLock::acquire(&folder.path().join("gone")).unwrap_err();
        assert!(matches!(refused, LockError::Io { .. }), "{refused}");
    }
}
