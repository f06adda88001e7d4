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

/// The error of [`read_text`] and [`save`]. The file is unchanged unless the variant says otherwise.
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
        /// The kind of object that the path leads to.
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

/// Replaces the text of a file, if the file contains the text with the fingerprint `expected`; `None` if the file must
/// not exist yet. When this returns `Ok`, the new text is on the disk.
///
/// Writes the text to a new file in the same folder, syncs it to the disk, renames it to the old file's name in one
/// step, and syncs the folder. The new file gets the old one's permissions and, where the system allows it, its owner.
/// A symbolic link is followed: the link stays and its target is replaced. Other hard links to the old file keep the
/// old text, and extended attributes are lost.
///
/// The file is compared with `expected` right before it is replaced. On Linux, the old and the new file then exchange
/// their names, and the old file is compared once more; if another program saved between the first comparison and the
/// exchange, the exchange is reversed. On other systems, and on file systems that cannot exchange names, the new text
/// overwrites such a save. If a program writes into the old file in place, instead of replacing it, a write after the
/// last comparison is lost.
///
/// # Errors
/// [`SaveError::Changed`] if the file does not contain the expected text. After any error the file is unchanged, with
/// two exceptions: [`SaveError::NotDurable`], and [`SaveError::Replace`] if the exchange with the new file cannot be
/// reversed.
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
        // This drops and so removes the old file.
        Ok(Replaced::Nothing | Replaced::Expected { .. }) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(SaveError::Changed { path: path.to_owned() });
        }
        Err(source) => return Err(SaveError::Replace { path: path.to_owned(), source }),
    }
    atomic_file::sync_folder(folder).map_err(|source| SaveError::NotDurable { path: path.to_owned(), source })
}

/// The folder in which [`save`] creates the new file: the folder of the file that `path` leads to through symbolic
/// links.
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

/// The file that the new file replaced.
#[derive(Debug)]
pub(super) enum Replaced {
    /// There was no file, or the rename removed it without a second comparison.
    Nothing,
    /// The old file contained the expected text. It now has a temporary name, and dropping this removes it.
    Expected { _file: NamedTempFile },
    /// The old file contained another text. The exchange was reversed, so the file is unchanged.
    Unexpected,
}

/// Replaces the old file with the new one in one step. Reverses that if the old file does not contain the expected
/// text, or cannot be read. If reversing fails, the new file stays in place and the old one keeps its temporary name.
pub(super) fn replace(new: NamedTempFile, target: &Path, expected: &Fingerprint) -> io::Result<Replaced> {
    match exchange(new.path(), target) {
        Ok(()) => {}
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput) => {
            new.persist(target)?;
            return Ok(Replaced::Nothing);
        }
        Err(error) => return Err(error),
    }
    let old = super::read::read_bytes(new.path());
    if let Ok(Some(bytes)) = &old
        && Fingerprint(Sha256::digest(bytes).into()) == *expected
    {
        return Ok(Replaced::Expected { _file: new });
    }
    if let Err(error) = exchange(new.path(), target) {
        // The temporary file is the old one now, perhaps with the text of another program. Do not remove it.
        new.keep()?;
        return Err(error);
    }
    old.map(|_| Replaced::Unexpected)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// A folder with a file `k.json` that contains `old`.
    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("k.json");
        fs::write(&path, "old").unwrap();
        (folder, path)
    }

    fn of(text: &str) -> Option<Fingerprint> {
        Some(Fingerprint::of(text))
    }

    /// The names in a folder.
    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_old_file_that_cannot_be_read_stays_in_place() {
        let (folder, path) = folder();
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        fs::write(path.join("inside"), "kept").unwrap();
        let new = NamedTempFile::new_in(folder.path()).unwrap();
        assert!(replace(new, &path, &Fingerprint::of("old")).is_err());
        assert_eq!(fs::read_to_string(path.join("inside")).unwrap(), "kept");
        assert_eq!(names(folder.path()), ["k.json"]);
    }

    #[test]
    fn a_fingerprint_is_a_sha_256_and_can_be_stored() {
        let empty = Fingerprint::of("");
        // The hash of the empty text (FIPS 180-4).
        assert_eq!(empty.to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        let stored = serde_json::to_string(&empty).unwrap();
        assert_eq!(serde_json::from_str::<Fingerprint>(&stored).unwrap(), empty);
        for text in ["", "x", &"g".repeat(64), &"0".repeat(63), &"0".repeat(65), &"é".repeat(32)] {
            assert!(Fingerprint::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn only_the_expected_text_is_replaced() {
        let (folder, path) = folder();
        save(&path, of("old").as_ref(), "new é").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new é");
        for expected in [of("old"), None] {
            let refused = save(&path, expected.as_ref(), "newer").unwrap_err();
            assert!(matches!(refused, SaveError::Changed { .. }), "{refused}");
        }
        let other = folder.path().join("other.json");
        assert!(matches!(save(&other, of("old").as_ref(), "x").unwrap_err(), SaveError::Changed { .. }));
        save(&other, None, "x").unwrap();
        assert_eq!(read_text(&other).unwrap().as_deref(), Some("x"));
        assert_eq!(names(folder.path()), ["k.json", "other.json"]);
    }

    /// Covers a save between the comparison of the file and its replacement.
    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_saved_by_another_program_at_the_last_instant_is_restored() {
        let (folder, path) = folder();
        let beside = || {
            let mut new = tempfile::NamedTempFile::new_in(folder.path()).unwrap();
            std::io::Write::write_all(&mut new, b"new").unwrap();
            new
        };
        fs::write(&path, "theirs").unwrap();
        assert!(matches!(replace(beside(), &path, &Fingerprint::of("old")).unwrap(), Replaced::Unexpected));
        assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
        assert!(matches!(replace(beside(), &path, &Fingerprint::of("theirs")).unwrap(), Replaced::Expected { .. }));
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(names(folder.path()), ["k.json"]);
    }

    #[test]
    #[cfg(unix)]
    fn permissions_and_owner_are_kept() {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
        let (_folder, path) = folder();
        for mode in [0o640, 0o664, 0o600] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            // Only root may change the owner.
            let given = chown(&path, Some(12), Some(34)).is_ok();
            let text = read_text(&path).unwrap().unwrap();
            save(&path, of(&text).as_ref(), &format!("{text}+")).unwrap();
            let saved = fs::metadata(&path).unwrap();
            assert_eq!(saved.mode() & 0o7777, mode);
            assert!(!given || (saved.uid(), saved.gid()) == (12, 34));
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_link_stays_and_its_target_is_replaced() {
        let (folder, path) = folder();
        let elsewhere = tempfile::tempdir().unwrap();
        let (first, second) = (elsewhere.path().join("link.json"), folder.path().join("second.json"));
        std::os::unix::fs::symlink(&path, &first).unwrap();
        std::os::unix::fs::symlink(&first, &second).unwrap();
        save(&second, of("old").as_ref(), "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert!([&first, &second].iter().all(|link| fs::symlink_metadata(link).unwrap().is_symlink()));
        assert_eq!(names(elsewhere.path()), ["link.json"]);
        fs::remove_file(&path).unwrap();
        let refused = save(&second, None, "new").unwrap_err();
        assert!(matches!(refused, SaveError::NotAFile { .. }), "{refused}");
    }

    /// Permissions do not stop root. This test uses failures that do: a missing folder, a file in place of a folder,
    /// and folders of the kernel.
    #[test]
    #[cfg(target_os = "linux")]
    fn unwritable_folders_are_write_errors() {
        let (folder, path) = folder();
        let missing = save(&folder.path().join("gone").join("k.json"), None, "x").unwrap_err();
        assert!(matches!(missing, SaveError::Write { .. }), "{missing}");
        let under_a_file = save(&path.join("k.json"), None, "x").unwrap_err();
        assert!(matches!(under_a_file, SaveError::Read { .. } | SaveError::Write { .. }), "{under_a_file}");
        let kernel = save(Path::new("/proc/self/k.json"), None, "x").unwrap_err();
        assert!(matches!(kernel, SaveError::Write { .. }), "{kernel}");
        let kernel_file = save(Path::new("/proc/self/comm"), of("x").as_ref(), "x").unwrap_err();
        assert!(matches!(kernel_file, SaveError::Write { .. }), "{kernel_file}");
        for (path, found) in [(folder.path(), "a folder"), (Path::new("/dev/null"), "a device or a pipe")] {
            let refused = save(path, None, "x").unwrap_err();
            assert!(refused.to_string().contains(found), "{refused}");
        }
        assert_eq!(names(folder.path()), ["k.json"]);
    }

    #[test]
    fn a_read_only_file_is_not_changed() {
        let (_folder, path) = folder();
        let mut permissions = fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).unwrap();
        let refused = save(&path, of("old").as_ref(), "new").unwrap_err();
        assert!(matches!(refused, SaveError::ReadOnly { .. }), "{refused}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    }

    /// Simulates a full disk by the process's limit on file sizes, with several limits. Runs in its own process,
    /// because the limit applies to the whole process.
    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_leaves_the_old_file() {
        const CHILD: &str = "FOOTNOTE_TEST_FULL_DISK";
        if let Some(path) = std::env::var_os(CHILD) {
            let refused = save(Path::new(&path), of("old").as_ref(), &"x".repeat(1 << 20)).unwrap_err();
            assert!(matches!(refused, SaveError::Write { .. }), "{refused}");
            println!("refused: {refused}");
            return;
        }
        let (folder, path) = folder();
        for kibibytes in [0, 1, 64, 1023] {
            // The shell sets the limit and ignores its signal, so that writes fail as they do on a full disk.
            let script = format!("ulimit -f {kibibytes}; trap '' XFSZ; exec \"$0\" --exact --nocapture \"$1\"");
            let output = std::process::Command::new("bash")
                .args(["-c", &script])
                .arg(std::env::current_exe().unwrap())
                .arg("knowledge::save::tests::a_full_disk_leaves_the_old_file")
                .env(CHILD, &path)
                .output()
                .unwrap();
            let output_text = String::from_utf8_lossy(&output.stdout);
            assert!(
                output.status.success() && output_text.contains("refused: cannot write"),
                "{kibibytes}: {output_text}"
            );
            assert_eq!(fs::read_to_string(&path).unwrap(), "old");
            assert_eq!(names(folder.path()), ["k.json"], "{kibibytes}");
        }
    }
}
