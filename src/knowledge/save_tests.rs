//! Saving: over the expected text alone, all or nothing, with everything that belongs to the file kept.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use super::save::*;

/// A folder with a file `k.json` that says `old`.
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

#[test]
fn a_fingerprint_is_the_sha_256_and_can_be_stored() {
    let empty = Fingerprint::of("");
    // FIPS 180-4, the hash of nothing.
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

/// The instant between the last look at the file and its replacement.
#[test]
#[cfg(target_os = "linux")]
fn what_another_program_saves_in_the_last_instant_is_put_back() {
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
        // Only root may give a file away.
        let given = chown(&path, Some(12), Some(34)).is_ok();
        let text = read_text(&path).unwrap().unwrap();
        save(&path, of(&text).as_ref(), &format!("{text}+")).unwrap();
        let kept = fs::metadata(&path).unwrap();
        assert_eq!(kept.mode() & 0o7777, mode);
        assert!(!given || (kept.uid(), kept.gid()) == (12, 34));
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

/// Root may write where permissions forbid it, so what is tested is what stops root too: a folder that is none, that is
/// missing, or that the system keeps for itself.
#[test]
#[cfg(target_os = "linux")]
fn where_nothing_can_be_written_the_error_says_so() {
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
fn a_file_that_nobody_may_write_is_left_alone() {
    let (_folder, path) = folder();
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    let refused = save(&path, of("old").as_ref(), "new").unwrap_err();
    assert!(matches!(refused, SaveError::ReadOnly { .. }), "{refused}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
}

/// The disk is full at every size that the file may reach: the limit of the process on the size of files, which for the
/// writer is the same. In a process of its own, because the limit is of the whole process.
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
        // The shell sets the limit, and has its signal ignored so that writing fails as it does on a full disk.
        let script = format!("ulimit -f {kibibytes}; trap '' XFSZ; exec \"$0\" --exact --nocapture \"$1\"");
        let output = std::process::Command::new("bash")
            .args(["-c", &script])
            .arg(std::env::current_exe().unwrap())
            .arg("knowledge::save_tests::a_full_disk_leaves_the_old_file")
            .env(CHILD, &path)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && told.contains("refused: cannot write"), "{kibibytes}: {told}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(folder.path()), ["k.json"], "{kibibytes}");
    }
}
