//! Writes files safely. Replacing a file is atomic and durable: after a crash it holds the old or the new content,
//! never a mixture. Files of the program's state are private and never written through a symbolic link.
//! Any module may use this one; it uses none.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Duration;

use tempfile::NamedTempFile;

/// Prefix and suffix of temporary file names. The leading dot hides the files and keeps them from being read as
/// knowledge.
const TEMPORARY_NAME: (&str, &str) = (".footnote-", ".tmp");

/// The permissions of private files: only the owner may read and write them.
pub const PRIVATE_MODE: u32 = 0o600;

/// The age from which [`remove_stale_temporary_files`] removes a file. Writing one takes seconds.
const STALE_AFTER: Duration = Duration::from_secs(60 * 60);

/// The permissions of a file that replaces another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Access {
    /// [`PRIVATE_MODE`], for files that only the program reads.
    Private,
    /// Those of the old file. Without one, what the umask allows, as for any file that a program creates.
    Default,
}

/// Replaces the content of a private file, or creates the file. The new content is on the disk when this returns `Ok`.
///
/// The file becomes private, whatever its permissions were, and keeps its owner where the system allows it. A symbolic
/// link is replaced, not followed.
///
/// # Errors
/// If the folder is missing or not writable, or the disk is full. The old file is unchanged then, unless only the last
/// step failed, which makes the replacement durable.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let old = match fs::symlink_metadata(path) {
        Ok(old) => Some(old).filter(Metadata::is_file),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let folder = folder_of(path);
    write_temporary(folder, content, old.as_ref(), Access::Private)?.persist(path)?;
    sync_folder(folder)
}

/// Creates an empty private file, unless a file exists. Returns the file's metadata. Never follows a symbolic link, and
/// leaves an existing file as it is.
///
/// # Errors
/// If the path leads to a link, a folder or anything else that is not a file, or the file cannot be created.
pub fn create_private(path: &Path) -> io::Result<Metadata> {
    match OpenOptions::new().write(true).create_new(true).mode(PRIVATE_MODE).open(path) {
        Ok(file) => return file.metadata(),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    regular_metadata(path)
}

/// The metadata of a file.
///
/// # Errors
/// If the path leads to a link, a folder or anything else that is not a file, or to nothing.
pub fn regular_metadata(path: &Path) -> io::Result<Metadata> {
    let found = fs::symlink_metadata(path)?;
    let kind = match found.file_type() {
        kind if kind.is_file() => return Ok(found),
        kind if kind.is_symlink() => "a symbolic link; name the file itself",
        kind if kind.is_dir() => "a folder",
        _ => "a device, a pipe or a socket",
    };
    Err(io::Error::new(ErrorKind::InvalidInput, format!("not a file but {kind}")))
}

/// Opens a private file for reading and writing, or creates it, as [`create_private`] does.
///
/// # Errors
/// As for [`create_private`], and if the file cannot be opened.
pub fn open_private(path: &Path) -> io::Result<File> {
    create_private(path)?;
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    // If the name was made a link in the meantime, another file was opened.
    let (opened, named) = (file.metadata()?, regular_metadata(path)?);
    if (opened.dev(), opened.ino()) == (named.dev(), named.ino()) {
        Ok(file)
    } else {
        Err(io::Error::other("the file was replaced while it was opened"))
    }
}

/// Writes a temporary file with an unpredictable name and forces it to the disk. It is removed when dropped.
///
/// The file gets the permissions that `access` describes and, where the system allows it, the owner of `old`, the file
/// that it will replace.
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
    let default = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    if old.is_none() && access == Access::Default {
        builder.permissions(default);
    }
    // By default, `tempfile` creates files with `PRIVATE_MODE`, and never opens an existing one.
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(content)?;
    if let Some(old) = old {
        copy_owner(file.as_file(), old)?;
        if access == Access::Default {
            file.as_file().set_permissions(old.permissions())?;
        }
    }
    file.as_file().sync_all()?;
    Ok(file)
}

/// Removes temporary files that a killed process left in a folder at least an hour ago. Others may write there at the
/// same time.
///
/// # Errors
/// If the folder cannot be read, or one of the files cannot be removed.
pub fn remove_stale_temporary_files(folder: &Path) -> io::Result<()> {
    let (prefix, suffix) = TEMPORARY_NAME;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // `DirEntry::metadata` does not follow links.
        if name.starts_with(prefix) && name.ends_with(suffix) && is_stale_file(&entry.metadata()?) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Whether this is a file that was last written at least [`STALE_AFTER`] ago. A time in the future counts as now.
fn is_stale_file(found: &Metadata) -> bool {
    found.is_file() && found.modified().is_ok_and(|modified| modified.elapsed().unwrap_or_default() >= STALE_AFTER)
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
fn copy_owner(new: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::fchown;
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::fs::{PermissionsExt as _, symlink};

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
    fn a_replaced_file_is_private_whatever_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mode = || fs::metadata(&path).unwrap().mode() & 0o7777;
        replace(&path, b"old").unwrap();
        assert_eq!(mode(), PRIVATE_MODE);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!((mode(), fs::read_to_string(&path).unwrap().as_str()), (PRIVATE_MODE, "new"));
    }

    /// Every way in which the program writes its state.
    #[test]
    fn no_link_leads_a_write_to_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let (target, missing) = (folder.path().join("target"), folder.path().join("missing"));
        fs::write(&target, "theirs").unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o644)).unwrap();
        for (name, leads_to) in [("link", &target), ("dangling", &missing)] {
            let link = folder.path().join(name);
            symlink(leads_to, &link).unwrap();
            for refused in [create_private(&link).map(|_| ()), open_private(&link).map(|_| ())] {
                let refused = refused.unwrap_err().to_string();
                assert!(refused.contains("a symbolic link"), "{name}: {refused}");
            }
            // The names beside a file that a program might use for its new content.
            for beside in ["state.new", "state.tmp", "state~"] {
                symlink(leads_to, folder.path().join(format!("{name}-{beside}"))).unwrap();
            }
            replace(&folder.path().join(format!("{name}-state")), b"ours").unwrap();
            replace(&link, b"ours").unwrap();
            assert!(fs::symlink_metadata(&link).unwrap().is_file(), "the link itself was replaced");
        }
        let found = fs::metadata(&target).unwrap();
        assert_eq!((found.mode() & 0o7777, fs::read_to_string(&target).unwrap().as_str()), (0o644, "theirs"));
        assert!(!missing.exists());
    }

    #[test]
    fn a_private_file_is_created_once_and_then_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        assert_eq!(create_private(&path).unwrap().mode() & 0o7777, PRIVATE_MODE);
        open_private(&path).unwrap().write_all(b"kept").unwrap();
        drop(open_private(&path).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "kept");
        assert!(create_private(folder.path()).unwrap_err().to_string().contains("a folder"));
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
        remove_stale_temporary_files(folder.path()).unwrap();
        assert_eq!(names(), before);

        // This process or another may be writing the new one.
        let with_new = ["old", "new"].map(|name| folder.path().join(format!(".footnote-{name}.tmp")));
        let [old, new] = with_new.map(|path| (File::create(&path).unwrap(), path));
        old.0.set_modified(std::time::SystemTime::now() - STALE_AFTER).unwrap();
        remove_stale_temporary_files(folder.path()).unwrap();
        assert!(!old.1.exists() && new.1.exists());
    }
}
