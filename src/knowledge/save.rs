//! Saves a knowledge file all or nothing, and durably: whatever happens at whatever instant, the old text or the new one
//! stands there whole. Saves only over the text that the writer knows.

use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use super::limits;

/// What the names of unfinished files begin and end with: hidden, and never taken for knowledge.
const UNFINISHED: (&str, &str) = (".footnote-", ".tmp");

/// Tells one text from any other: its SHA-256.
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

/// As 64 hexadecimal digits.
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

/// A text that is no fingerprint.
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

/// Why a file was not read or saved. Unless it says otherwise, the file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// It holds something else than the writer knows.
    #[error("expected {} as it was read, found that it was changed meanwhile", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be read.
    #[error("expected to read {}, found: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is a folder, a device, a link to nothing or something else that is no file.
    #[error("expected a file at {}, found {found}", path.display())]
    NoFile {
        /// The path.
        path: PathBuf,
        /// What stands there.
        found: &'static str,
    },
    /// Nobody may write it.
    #[error("expected {} to be writable, found that its permissions let nobody write it", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The new text cannot be put beside the old: the folder is missing, read-only, or the disk is full.
    #[error("expected to write a new file in {}, found: {source}; the old file is untouched", folder.display())]
    Write {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The new text cannot take the place of the old.
    #[error("expected to replace {}, found: {source}; the old file is untouched", path.display())]
    Replace {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The new text stands there, and may be the old again after a power cut.
    #[error("expected {} to be safe on the disk, found: {source}; the file is the new one, and a power cut may undo that", path.display())]
    Unsure {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// The text of a file; none when there is none.
///
/// # Errors
/// When it cannot be read, is no file, is too large or not UTF-8.
pub fn read_text(path: &Path) -> Result<Option<String>, SaveError> {
    let unread = |source| SaveError::Read { path: path.to_owned(), source };
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        // What is no file cannot be edited; a pipe that nobody writes would keep the reader for ever.
        return Err(SaveError::NoFile { path: path.to_owned(), found: "a folder, a pipe or a device" });
    }
    match super::read::read_bytes(path) {
        Ok(Some(bytes)) => {
            String::from_utf8(bytes).map(Some).map_err(|error| unread(io::Error::new(ErrorKind::InvalidData, error)))
        }
        Ok(None) => Err(unread(io::Error::new(
            ErrorKind::FileTooLarge,
            format!("it is larger than {} MiB", limits::FILE_BYTES >> 20),
        ))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unread(error)),
    }
}

/// Saves a text in place of the expected one; `None` expects no file. When it returns `Ok`, the text is on the disk.
///
/// The text is written to a new file in the same folder and forced to the disk, then takes the old one's name in one step,
/// which is forced to the disk too. Permissions are kept, the owner where the system allows it; a symbolic link stays,
/// its target is replaced. Other hard links keep the old text; extended attributes are not kept.
///
/// The file is read again and compared right before that step. On Linux the two files change places, so that what was replaced
/// is looked at too, and put back if another program saved in just that instant. Elsewhere, and on file systems that cannot
/// do that, such a save within microseconds is written over. A program that writes into the open old file, instead of putting a
/// new one in its place, is only noticed if it does so before.
///
/// # Errors
/// [`SaveError::Changed`] when the file is not what is expected. After any error but [`SaveError::Unsure`] the file is as it was.
pub fn save(path: &Path, expected: Option<&Fingerprint>, text: &str) -> Result<(), SaveError> {
    let target = follow(path)?;
    let old = metadata(&target)?;
    let folder = folder_of(&target);
    let unwritten = |source| SaveError::Write { folder: folder.to_owned(), source };
    let new = write_beside(folder, old.as_ref(), text).map_err(unwritten)?;
    if read_text(&target)?.as_deref().map(Fingerprint::of).as_ref() != expected {
        return Err(SaveError::Changed { path: path.to_owned() });
    }
    let replaced = match expected {
        Some(expected) => replace(new, &target, expected),
        None => new.persist_noclobber(&target).map(|_| Displaced::Nothing).map_err(|error| error.error),
    };
    match replaced {
        Ok(Displaced::Other) => return Err(SaveError::Changed { path: path.to_owned() }),
        // What is left of the old file goes when its name is safe.
        Ok(_displaced) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(SaveError::Changed { path: path.to_owned() });
        }
        Err(source) => return Err(SaveError::Replace { path: path.to_owned(), source }),
    }
    sync_folder(folder).map_err(|source| SaveError::Unsure { path: path.to_owned(), source })
}

/// Removes what saves left in a folder that were cut off by a crash. To be called when nobody else saves there.
///
/// # Errors
/// When the folder cannot be read, or a file in it not removed.
pub fn remove_unfinished(folder: &Path) -> io::Result<()> {
    let (begin, end) = UNFINISHED;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(begin) && name.ends_with(end) && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The folder that a file's replacement is written in, which is where a symbolic link leads to.
///
/// # Errors
/// When a link leads to nothing.
pub fn folder_of_target(path: &Path) -> Result<PathBuf, SaveError> {
    Ok(folder_of(&follow(path)?).to_owned())
}

/// Where symbolic links lead to; where there is no file yet, the path itself.
fn follow(path: &Path) -> Result<PathBuf, SaveError> {
    match fs::canonicalize(path) {
        Ok(target) => Ok(target),
        Err(error) if error.kind() == ErrorKind::NotFound => match fs::symlink_metadata(path) {
            Ok(_) => Err(SaveError::NoFile { path: path.to_owned(), found: "a link that leads to nothing" }),
            Err(_) => Ok(path.to_owned()),
        },
        Err(source) => Err(SaveError::Read { path: path.to_owned(), source }),
    }
}

/// What is known of the file that is to be replaced; none when there is none.
fn metadata(target: &Path) -> Result<Option<Metadata>, SaveError> {
    let path = || target.to_owned();
    match fs::metadata(target) {
        Ok(found) if found.is_dir() => Err(SaveError::NoFile { path: path(), found: "a folder" }),
        Ok(found) if !found.is_file() => Err(SaveError::NoFile { path: path(), found: "a device or the like" }),
        Ok(found) if found.permissions().readonly() => Err(SaveError::ReadOnly { path: path() }),
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(SaveError::Read { path: path(), source }),
    }
}

fn folder_of(target: &Path) -> &Path {
    target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file with a name that nobody can guess, holding the text, safe on the disk. Dropped, it is removed.
fn write_beside(folder: &Path, old: Option<&Metadata>, text: &str) -> io::Result<NamedTempFile> {
    let (begin, end) = UNFINISHED;
    let mut builder = tempfile::Builder::new();
    builder.prefix(begin).suffix(end);
    // Without an old file to learn from, as any program makes a file: the process's mask takes from it what it should.
    #[cfg(unix)]
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    #[cfg(unix)]
    if old.is_none() {
        builder.permissions(permissions);
    }
    let mut new = builder.tempfile_in(folder)?;
    new.write_all(text.as_bytes())?;
    if let Some(old) = old {
        keep_owner(new.as_file(), old)?;
        new.as_file().set_permissions(old.permissions())?;
    }
    new.as_file().sync_all()?;
    Ok(new)
}

/// What a new file was put in the place of.
#[derive(Debug)]
pub(super) enum Displaced {
    /// Of no file, or of the old one, which is gone.
    Nothing,
    /// Of the old one, which is removed when this is dropped.
    Old { _file: NamedTempFile },
    /// Of another program's file, which is back in its place.
    Other,
}

/// Puts the new file in the place of the old one in one step, and back if it was not the expected one.
pub(super) fn replace(new: NamedTempFile, target: &Path, expected: &Fingerprint) -> io::Result<Displaced> {
    match exchange(new.path(), target) {
        Ok(()) => {}
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput) => {
            new.persist(target)?;
            return Ok(Displaced::Nothing);
        }
        Err(error) => return Err(error),
    }
    let old = super::read::read_bytes(new.path())?;
    if old.is_some_and(|bytes| Fingerprint(Sha256::digest(bytes).into()) == *expected) {
        return Ok(Displaced::Old { _file: new });
    }
    exchange(new.path(), target)?;
    Ok(Displaced::Other)
}

/// Lets two files change places, if the system can do that.
#[cfg(target_os = "linux")]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(target_os = "linux"))]
fn exchange(_one: &Path, _other: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Gives the new file the old one's owner and group, as far as the system lets this process.
#[cfg(unix)]
fn keep_owner(new: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let made = new.metadata()?;
    for (now, was, owner, group) in
        [(made.gid(), old.gid(), None, Some(old.gid())), (made.uid(), old.uid(), Some(old.uid()), None)]
    {
        match fchown(new, owner, group) {
            Err(error) if now != was && error.kind() != ErrorKind::PermissionDenied => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn keep_owner(_new: &File, _old: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Forces a folder's names to the disk. Windows does that by itself and lets nobody ask for it.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
