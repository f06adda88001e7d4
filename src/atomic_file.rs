//! Replaces a file atomically and durably: after a crash the file holds the old or the new content, never a mixture.
//! Any module may use this one; it uses none.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;

/// Prefix and suffix of temporary file names. The leading dot hides the files and keeps them from being read as
/// knowledge.
const TEMPORARY_NAME: (&str, &str) = (".footnote-", ".tmp");

/// Access to a file that does not replace an existing one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Access {
    /// Only this process's user: files that only the program reads.
    Private,
    /// What the umask allows, as for any file that a program creates.
    Default,
}

/// Replaces the content of a file, or creates the file. The new content is on the disk when this returns `Ok`.
///
/// An existing file keeps its permissions and, where the system allows it, its owner. A symbolic link is replaced, not
/// followed.
///
/// # Errors
/// If the folder is missing or not writable, or the disk is full. The old file is unchanged then, unless only the last
/// step failed, which makes the replacement durable.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let old = match fs::metadata(path) {
        Ok(old) => Some(old),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let folder = folder_of(path);
    write_temporary(folder, content, old.as_ref(), Access::Private)?.persist(path)?;
    sync_folder(folder)
}

/// Writes a temporary file with an unpredictable name and forces it to the disk. It is removed when dropped.
///
/// The file gets the permissions and, where the system allows it, the owner of `old`; without `old`, it gets `access`.
///
/// # Errors
/// If the folder is missing or not writable, or the disk is full.
pub fn write_temporary(
    folder: &Path,
    content: &[u8],
    old: Option<&Metadata>,
    access: Access,
) -> io::Result<NamedTempFile> {
    let (prefix, suffix) = TEMPORARY_NAME;
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).suffix(suffix);
    #[cfg(unix)]
    let default = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    #[cfg(unix)]
    if old.is_none() && access == Access::Default {
        builder.permissions(default);
    }
    // By default, `tempfile` creates files with mode 0600.
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(content)?;
    if let Some(old) = old {
        copy_owner(file.as_file(), old)?;
        file.as_file().set_permissions(old.permissions())?;
    }
    file.as_file().sync_all()?;
    Ok(file)
}

/// Removes temporary files that a crash left in a folder. Call it only while no other thread or process writes there.
///
/// # Errors
/// If the folder cannot be read, or one of the files cannot be removed.
pub fn remove_temporary_files(folder: &Path) -> io::Result<()> {
    let (prefix, suffix) = TEMPORARY_NAME;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(prefix) && name.ends_with(suffix) && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The folder of a file; `.` for a bare file name.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Forces renames in a folder to the disk. Windows does so on its own and has no call for it.
///
/// # Errors
/// If the folder cannot be opened or the disk fails.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Gives the new file the owner and group of the old one, as far as this process may do so.
#[cfg(unix)]
fn copy_owner(new: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let created = new.metadata()?;
    for (current, wanted, owner, group) in
        [(created.gid(), old.gid(), None, Some(old.gid())), (created.uid(), old.uid(), Some(old.uid()), None)]
    {
        match fchown(new, owner, group) {
            Err(error) if current != wanted && error.kind() != ErrorKind::PermissionDenied => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn copy_owner(_new: &File, _old: &Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_file_is_created_and_then_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for content in ["old", "new"] {
            replace(&path, content.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(replace(&folder.path().join("missing").join("file"), b"").is_err());
    }

    #[test]
    #[cfg(unix)]
    fn a_new_file_is_private_and_an_old_one_keeps_its_permissions() {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mode = || fs::metadata(&path).unwrap().mode() & 0o7777;
        replace(&path, b"old").unwrap();
        assert_eq!(mode(), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(mode(), 0o640);
    }

    #[test]
    fn only_temporary_files_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let names = || {
            let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
            names.collect::<std::collections::BTreeSet<_>>()
        };
        for name in [".footnote.lock", ".other.tmp", "footnote-x.tmp"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::create_dir(folder.path().join(".footnote-folder.tmp")).unwrap();
        let before = names();
        fs::write(folder.path().join(".footnote-Ab12.tmp"), "").unwrap();
        remove_temporary_files(folder.path()).unwrap();
        assert_eq!(names(), before);
    }
}
