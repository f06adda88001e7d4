//! What can be seen without Discord: the token's file, the knowledge, the database, and room on the disk.

use std::path::{Path, PathBuf};

use crate::config::{Config, open_to_others};
use crate::discord::{Diagnostic, Grade};
use crate::moderation::Database;

/// Less room than this on a disk will be used up one day: a hundred times what a year of history and questions takes.
const ROOM_LOW: u64 = 256 << 20;

/// With less room than this SQLite cannot be sure to write: it wants some pages, and twice that for its log.
const ROOM_NONE: u64 = 8 << 20;

/// Looks at this machine.
pub(super) fn examine(config: &Config, knowledge: &[PathBuf]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    diagnostics.extend(config.token_file().and_then(token_file));
    diagnostics.push(self::knowledge(knowledge));
    diagnostics.push(state(&config.moderation.state));
    let mut folders = vec![folder_of(&config.moderation.state)];
    for (key, file) in [("seen_file", &config.discord.seen_file), ("learned_file", &config.learned_file)] {
        if let Some(path) = file {
            diagnostics.push(writable(key, folder_of(path)));
            folders.push(folder_of(path));
        }
    }
    folders.sort_unstable();
    folders.dedup();
    diagnostics.extend(folders.into_iter().filter_map(room));
    diagnostics
}

/// Nothing if it cannot be read: the token's own diagnostic says that.
fn token_file(path: &Path) -> Option<Diagnostic> {
    let path_shown = path.display();
    Some(match open_to_others(path).ok()? {
        None => Diagnostic::ok("token file", format!("{path_shown}: closed to other people of this machine")),
        Some(mode) => Diagnostic::warning(
            "token file",
            format!("{path_shown}: others may read or change it (mode {mode:03o}): `chmod 600 {path_shown}`"),
        ),
    })
}

fn knowledge(paths: &[PathBuf]) -> Diagnostic {
    let report = crate::knowledge::check(paths, None, |_| Vec::new());
    if report.errors() > 0 {
        return Diagnostic::error("knowledge", format!("{} errors: `footnote check` tells them", report.errors()));
    }
    let source = match paths {
        [] => "the copy built in".to_owned(),
        paths => paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", "),
    };
    match super::super::load(paths) {
        Ok(knowledge) => {
            let (documents, entries) = (knowledge.documents().len(), knowledge.entry_keys().len());
            Diagnostic::ok("knowledge", format!("{source}: documents: {documents}, entries: {entries}"))
        }
        Err(error) => Diagnostic::error("knowledge", error.to_string()),
    }
}

fn state(path: &Path) -> Diagnostic {
    if !path.exists() {
        let found = writable("state", folder_of(path));
        let new = || format!("{}: there is none yet, and its folder can be written", path.display());
        return if found.grade == Grade::Ok { Diagnostic::ok("state", new()) } else { found };
    }
    match Database::verify(path) {
        Ok(()) => Diagnostic::ok("state", format!("{}: whole, and can be written", path.display())),
        // The bot runs without, and moderation is off.
        Err(error) => {
            Diagnostic::warning("state", format!("{error}. Until then the bot answers, and moderation is off"))
        }
    }
}

/// Whether files can be made in a folder; made and removed, as no other test tells it for every kind of disk.
fn writable(subject: &str, folder: &Path) -> Diagnostic {
    match tempfile::tempfile_in(folder) {
        Ok(_) => Diagnostic::ok(subject, format!("{}: can be written", folder.display())),
        Err(error) => {
            let says = format!("{}: expected a folder that can be written, found: {error}", folder.display());
            Diagnostic::warning(subject, says)
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(target_os = "linux")]
fn room(folder: &Path) -> Option<Diagnostic> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(judge_room(folder, disk.f_bavail.saturating_mul(disk.f_frsize)))
}

/// Systems other than Linux are not asked.
#[cfg(not(target_os = "linux"))]
fn room(_folder: &Path) -> Option<Diagnostic> {
    None
}

fn judge_room(folder: &Path, free: u64) -> Diagnostic {
    let says = format!("{}: {} MiB free", folder.display(), free >> 20);
    match free {
        ..ROOM_NONE => Diagnostic::error("disk", format!("{says}: make room, or what moderators do cannot be saved")),
        ROOM_NONE..ROOM_LOW => Diagnostic::warning("disk", format!("{says}: make room")),
        _ => Diagnostic::ok("disk", says),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn room_is_judged_by_what_is_left() {
        for (free, grade) in [
            (0, Grade::Error),
            (ROOM_NONE - 1, Grade::Error),
            (ROOM_NONE, Grade::Warning),
            (ROOM_LOW - 1, Grade::Warning),
            (ROOM_LOW, Grade::Ok),
            (u64::MAX, Grade::Ok),
        ] {
            assert_eq!(judge_room(Path::new("."), free).grade, grade, "{free}");
        }
    }

    #[test]
    fn a_state_that_is_not_there_needs_a_folder_that_can_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let there = state(&folder.path().join("state.db"));
        assert!(there.grade == Grade::Ok && there.says.contains("none yet"), "{there:?}");
        let nowhere = state(&folder.path().join("absent/state.db"));
        assert!(nowhere.grade == Grade::Warning && nowhere.says.contains("absent"), "{nowhere:?}");
        assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing was made");
    }
}
