//! Diagnoses everything that a running bot needs, on this machine and at Discord, for `footnote doctor`. It changes
//! nothing. Checks of this machine: the token's file, the knowledge, its source text and labelled questions, the
//! database, writable folders, and free disk space.

use std::path::{Path, PathBuf};

use super::{AppError, knowledge, moderation, runtime};
use crate::config::{Config, DiscordId, open_to_others};
use crate::discord::{self, Diagnostic, DiagnosticInput, Grade};
use crate::moderation::Database;

/// Less free disk space than this, in bytes, will run out one day: a year of history and questions needs a hundredth of
/// it.
const DISK_SPACE_LOW: u64 = 256 << 20;

/// With less free disk space than this, in bytes, SQLite may fail to write: it needs some pages, and twice that for its
/// log.
const DISK_SPACE_CRITICAL: u64 = 8 << 20;

/// Diagnoses this machine first, then Discord. Checks Discord's permissions in `channels`.
///
/// # Errors
/// If there is no working HTTP client or runtime.
pub fn examine(config: &Config, channels: Vec<DiscordId>) -> Result<Vec<Diagnostic>, AppError> {
    let mut diagnostics = examine_machine(config, &knowledge::paths(&[], config));
    match config.token() {
        Ok(token) => {
            let subject = DiagnosticInput {
                token,
                api_url: config.api_url(),
                guild: config.discord.guild,
                shards: config.discord.shards,
                listens: !config.discord.listen_channels.is_empty(),
                names_no_moderators: config.moderation.relies_on_home_server(),
                channels,
            };
            diagnostics.extend(runtime::block_on(discord::examine(subject))??);
        }
        Err(error) => diagnostics.push(Diagnostic::error("token", format!("{error}; Discord was not checked"))),
    }
    Ok(diagnostics)
}

fn examine_machine(config: &Config, knowledge: &[PathBuf]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    diagnostics.extend(config.token_file().and_then(token_file));
    diagnostics.push(knowledge_files(knowledge));
    diagnostics.extend(document_names(config, knowledge));
    // The built-in knowledge is no file that moderators could edit.
    if let Some(source) = config.moderation.source.as_ref().filter(|_| !knowledge.is_empty()) {
        diagnostics.push(match moderation::verify_source(knowledge, source) {
            Ok(()) => Diagnostic::ok("source text", format!("{}: fits the knowledge", source.display())),
            Err(problem) => Diagnostic::warning("source text", problem),
        });
    }
    if let Some(path) = &config.moderation.questions {
        diagnostics.push(match moderation::questions(path) {
            Ok(questions) => Diagnostic::ok("questions", format!("{}: {}", path.display(), questions.len())),
            Err(problem) => {
                Diagnostic::warning("questions", format!("{problem}. Until then, previews do not ask them"))
            }
        });
    }
    diagnostics.push(database(&config.moderation.state));
    let mut folders = vec![folder_of(&config.moderation.state)];
    for (key, file) in [("seen_file", &config.discord.seen_file), ("learned_file", &config.learned_file)] {
        if let Some(path) = file {
            diagnostics.push(writable(key, folder_of(path)));
            folders.push(folder_of(path));
        }
    }
    folders.sort_unstable();
    folders.dedup();
    diagnostics.extend(folders.into_iter().filter_map(disk_space));
    diagnostics
}

/// Returns `None` if the file cannot be read; the diagnosis of the token then says so.
fn token_file(path: &Path) -> Option<Diagnostic> {
    let path_shown = path.display();
    Some(match open_to_others(path).ok()? {
        None => Diagnostic::ok("token file", format!("{path_shown}: only its owner and group can read it")),
        Some(mode) => Diagnostic::warning(
            "token file",
            format!(
                "{path_shown}: every user of this machine can read or change it (mode {mode:03o}): run `chmod 600 {path_shown}`"
            ),
        ),
    })
}

fn knowledge_files(paths: &[PathBuf]) -> Diagnostic {
    let report = crate::knowledge::check(paths, None, |_| Vec::new());
    if report.errors() > 0 {
        return Diagnostic::error("knowledge", format!("{} errors: `footnote check` lists them", report.errors()));
    }
    let source = match paths {
        [] => "the built-in copy".to_owned(),
        paths => paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", "),
    };
    match knowledge::load(paths) {
        Ok(knowledge) => {
            let (documents, entries) = (knowledge.documents().len(), knowledge.entry_keys().len());
            Diagnostic::ok("knowledge", format!("{source}: documents: {documents}, entries: {entries}"))
        }
        Err(error) => Diagnostic::error("knowledge", error.to_string()),
    }
}

/// Returns `None` if the configuration names no documents, or the knowledge cannot be loaded.
fn document_names(config: &Config, paths: &[PathBuf]) -> Option<Diagnostic> {
    let knowledge = knowledge::load(paths).ok().filter(|_| !config.documents.is_empty())?;
    Some(match knowledge::check_names(config, &knowledge) {
        Ok(()) => {
            Diagnostic::ok("documents", format!("channels and servers with their own: {}", config.documents.len()))
        }
        Err(error) => Diagnostic::error("documents", error.to_string()),
    })
}

fn database(path: &Path) -> Diagnostic {
    if !path.exists() {
        let found = writable("state", folder_of(path));
        let new = || format!("{}: does not exist yet; its folder is writable", path.display());
        return if found.grade == Grade::Ok { Diagnostic::ok("state", new()) } else { found };
    }
    match Database::verify(path) {
        Ok(()) => Diagnostic::ok("state", format!("{}: intact and writable", path.display())),
        // The bot runs without a database; only moderation is off.
        Err(error) => Diagnostic::warning(
            "state",
            format!("{error}. Until then the bot answers questions, but moderation is off"),
        ),
    }
}

/// Creates and removes a file. No other check of write access is reliable on every kind of disk.
fn writable(subject: &str, folder: &Path) -> Diagnostic {
    match tempfile::tempfile_in(folder) {
        Ok(_) => Diagnostic::ok(subject, format!("{}: writable", folder.display())),
        Err(error) => {
            let says = format!("{}: expected a writable folder, found: {error}", folder.display());
            Diagnostic::warning(subject, says)
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(target_os = "linux")]
fn disk_space(folder: &Path) -> Option<Diagnostic> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(grade_disk_space(folder, disk.f_bavail.saturating_mul(disk.f_frsize)))
}

/// Only implemented for Linux.
#[cfg(not(target_os = "linux"))]
fn disk_space(_folder: &Path) -> Option<Diagnostic> {
    None
}

fn grade_disk_space(folder: &Path, free: u64) -> Diagnostic {
    let says = format!("{}: {} MiB free", folder.display(), free >> 20);
    match free {
        ..DISK_SPACE_CRITICAL => {
            Diagnostic::error("disk", format!("{says}: free some disk space, or moderators' edits cannot be saved"))
        }
        DISK_SPACE_CRITICAL..DISK_SPACE_LOW => Diagnostic::warning("disk", format!("{says}: free some disk space")),
        _ => Diagnostic::ok("disk", says),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn disk_space_is_graded_by_free_bytes() {
        for (free, grade) in [
            (0, Grade::Error),
            (DISK_SPACE_CRITICAL - 1, Grade::Error),
            (DISK_SPACE_CRITICAL, Grade::Warning),
            (DISK_SPACE_LOW - 1, Grade::Warning),
            (DISK_SPACE_LOW, Grade::Ok),
            (u64::MAX, Grade::Ok),
        ] {
            assert_eq!(grade_disk_space(Path::new("."), free).grade, grade, "{free}");
        }
    }

    #[test]
    fn a_missing_database_needs_a_writable_folder() {
        let folder = tempfile::tempdir().unwrap();
        let found = database(&folder.path().join("state.db"));
        assert!(found.grade == Grade::Ok && found.says.contains("not exist yet"), "{found:?}");
        let missing = database(&folder.path().join("absent/state.db"));
        assert!(missing.grade == Grade::Warning && missing.says.contains("absent"), "{missing:?}");
        assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "no file was created");
    }
}
