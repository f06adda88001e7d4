//! Saves a knowledge file atomically and durably, and only if it still contains the text that the caller last read
//! (compare and swap).

use std::fmt;
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use super::limits;
use crate::atomic_file::{self, Access};

/// The SHA-256 of a text. Two texts with the same fingerprint are the same text.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }
}

/// Writes 64 hexadecimal digits.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

/// A string that is not a fingerprint.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected a fingerprint of 64 hexadecimal digits, found {0:?}")]
pub struct FingerprintError(String);

impl TryFrom<String> for Fingerprint {
    type Error = FingerprintError;

    fn try_from(text: String) -> Result<Self, FingerprintError> {
        let digits: Option<Vec<u8>> =
            text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
        let bytes = digits
            .map(|digits| digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect());
        match bytes.map(<[u8; 32]>::try_from as fn(Vec<u8>) -> _) {
            Some(Ok(bytes)) if text.len() == 64 => Ok(Self(bytes)),
            _ => Err(FingerprintError(text)),
        }
    }
}

/// Why a file was not read or saved. The file is unchanged unless the variant says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The file does not contain the expected text.
    #[error("{} was changed by someone else since it was read; nothing was saved", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The path leads to a folder, a device, a dangling link or something else that is not a file.
    #[error("{} is not a file but {found}", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What the path leads to.
        found: &'static str,
    },
    /// The file's permissions forbid writing.
    #[error("cannot write {}: its permissions do not allow writing", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The new text cannot be written beside the old one: the folder is missing or read-only, or the disk is full.
    #[error("cannot write a new file in {}: {source}; the old file is unchanged", folder.display())]
    Write {
        /// The folder.
        folder: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The new file cannot replace the old one.
    #[error("cannot replace {}: {source}; the old file is unchanged", path.display())]
    Replace {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The file contains the new text, but the disk has not confirmed it: a power cut may bring back the old text.
    #[error("{} was saved, but the disk did not confirm it: {source}; after a power cut the old text may be back", path.display())]
    NotDurable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

/// Reads a file's text. Returns `None` if the file does not exist.
///
/// # Errors
/// If the file cannot be read, is not a regular file, is larger than [`limits::FILE_BYTES`], or is not UTF-8.
pub fn read_text(path: &Path) -> Result<Option<String>, SaveError> {
    let unreadable = |source| SaveError::Read { path: path.to_owned(), source };
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        // Reading a pipe without a writer would block forever.
        return Err(SaveError::NotAFile { path: path.to_owned(), found: "a folder, a pipe or a device" });
    }
    match super::read::read_bytes(path) {
        Ok(Some(bytes)) => String::from_utf8(bytes)
            .map(Some)
            .map_err(|error| unreadable(io::Error::new(ErrorKind::InvalidData, error))),
        Ok(None) => Err(unreadable(io::Error::new(
            ErrorKind::FileTooLarge,
            format!("it is larger than {} MiB", limits::FILE_BYTES >> 20),
        ))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(error)),
    }
}

/// Replaces the expected text of a file with a new one. `expected: None` means that the file must not exist yet. When this
/// returns `Ok`, the new text is on the disk.
///
/// The text is written to a new file in the same folder and forced to the disk. The new file then takes the old one's name
/// in one step, which is forced to the disk as well. The new file gets the old one's permissions and, where the system allows
/// it, its owner. A symbolic link is followed: the link stays and its target is replaced. Other hard links to the old file
/// keep the old text, and extended attributes are lost.
///
/// The file is compared with `expected` right before it is replaced. On Linux, the old and the new file then exchange their
/// names, so that the replaced file can be compared once more; if another program saved at that instant, the exchange is
/// reversed. Elsewhere, and on file systems without that operation, such a save within microseconds is overwritten. A
/// program that writes into the open old file, rather than replacing it, is noticed only if it writes before the comparison.
///
/// # Errors
/// [`SaveError::Changed`] if the file does not contain the expected text. After any error but [`SaveError::NotDurable`] the
/// file is unchanged.
pub fn save(path: &Path, expected: Option<&Fingerprint>, text: &str) -> Result<(), SaveError> {
    let target = follow_links(path)?;
    let old = writable_metadata(&target)?;
    let folder = atomic_file::folder_of(&target);
    let new = atomic_file::write_temporary(folder, text.as_bytes(), old.as_ref(), Access::Default)
        .map_err(|source| SaveError::Write { folder: folder.to_owned(), source })?;
    if read_text(&target)?.as_deref().map(Fingerprint::of).as_ref() != expected {
        return Err(SaveError::Changed { path: path.to_owned() });
    }
    let replaced = match expected {
        Some(expected) => replace(new, &target, expected),
        None => new.persist_noclobber(&target).map(|_| Replaced::Nothing).map_err(|error| error.error),
    };
    match replaced {
        Ok(Replaced::Unexpected) => return Err(SaveError::Changed { path: path.to_owned() }),
        // The old file is removed here.
        Ok(Replaced::Nothing | Replaced::Expected { .. }) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(SaveError::Changed { path: path.to_owned() });
        }
        Err(source) => return Err(SaveError::Replace { path: path.to_owned(), source }),
    }
    atomic_file::sync_folder(folder).map_err(|source| SaveError::NotDurable { path: path.to_owned(), source })
}

/// The folder that [`save`] writes a file's replacement into: that of the file itself, with symbolic links followed.
///
/// # Errors
/// If a link is dangling.
pub fn folder_of_target(path: &Path) -> Result<PathBuf, SaveError> {
    Ok(atomic_file::folder_of(&follow_links(path)?).to_owned())
}

/// Follows symbolic links. Returns the path itself if no file exists there yet.
fn follow_links(path: &Path) -> Result<PathBuf, SaveError> {
    match fs::canonicalize(path) {
        Ok(target) => Ok(target),
        Err(error) if error.kind() == ErrorKind::NotFound => match fs::symlink_metadata(path) {
            Ok(_) => Err(SaveError::NotAFile { path: path.to_owned(), found: "a dangling link" }),
            Err(_) => Ok(path.to_owned()),
        },
        Err(source) => Err(SaveError::Read { path: path.to_owned(), source }),
    }
}

/// The metadata of the file to be replaced, which must be a writable regular file. Returns `None` if it does not exist.
fn writable_metadata(target: &Path) -> Result<Option<Metadata>, SaveError> {
    let path = || target.to_owned();
    match fs::metadata(target) {
        Ok(found) if found.is_dir() => Err(SaveError::NotAFile { path: path(), found: "a folder" }),
        Ok(found) if !found.is_file() => Err(SaveError::NotAFile { path: path(), found: "a device or a pipe" }),
        Ok(found) if found.permissions().readonly() => Err(SaveError::ReadOnly { path: path() }),
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(SaveError::Read { path: path(), source }),
    }
}

/// The file that a new file replaced.
#[derive(Debug)]
pub(super) enum Replaced {
    /// No file, or the old one, which is gone already.
    Nothing,
    /// The expected file. Dropping this removes it.
    Expected { _file: NamedTempFile },
    /// Another program's file, which is back in its place: nothing was replaced.
    Unexpected,
}

/// Replaces the old file with the new one in one step, and reverses that if the old one was not the expected one.
pub(super) fn replace(new: NamedTempFile, target: &Path, expected: &Fingerprint) -> io::Result<Replaced> {
    match exchange(new.path(), target) {
        Ok(()) => {}
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput) => {
            new.persist(target)?;
            return Ok(Replaced::Nothing);
        }
        Err(error) => return Err(error),
    }
    let old = super::read::read_bytes(new.path())?;
    if old.is_some_and(|bytes| Fingerprint(Sha256::digest(bytes).into()) == *expected) {
        return Ok(Replaced::Expected { _file: new });
    }
    exchange(new.path(), target)?;
    Ok(Replaced::Unexpected)
}

/// Exchanges the names of two files in one step, if the system supports that.
#[cfg(target_os = "linux")]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(target_os = "linux"))]
fn exchange(_one: &Path, _other: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}
