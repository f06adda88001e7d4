//! Edits of the knowledge files: read the file, apply the edit, check all files, build the new library, save, and
//! record the revision. An edit is acknowledged once the file and the history are both safe on disk.
//!
//! A crash can happen between saving the file and recording the revision. So the journal first stores the edit
//! ([`Journal::begin`]), then the file is replaced, then the journal marks the edit as saved ([`Journal::finish`]). At
//! the start and before each edit, [`Journal::reconcile`] compares the file with the history. If the file contains the
//! text of an unfinished edit, that edit was saved. If it contains neither that nor the text of the last revision,
//! another program changed the file, and the text becomes a revision of its own. So the history contains every text
//! that an edit replaced.
//!
//! All functions block, and building a matcher for thousands of wordings takes up to a second. From asynchronous code,
//! use `tokio::task::spawn_blocking`.

use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::edit::Edit;
use super::effect::{Effect, effect};
use super::failure::{EditError, EditRefusal, JournalError, SaveFailure};
use super::history::{FileStatus, RevisionId};
use super::lock::FolderLock;
use crate::knowledge::{self, Finding, Fingerprint, Report, SaveError, Severity, TextFile, limits, read_text};
use crate::library::Library;
use crate::matching::{LearningLimit, Matcher};
use crate::throttle::Bound;

/// The number of attempts to save an edit while other programs change the file. If a file changes before each of them,
/// the changes come from a program that saves continuously, not from a person.
const ATTEMPTS_MAX: u32 = 8;

/// The longest time for which a preview compares replies: enough for ten thousand wordings. The moderator waits for it,
/// and so do the other previews.
pub const COMPARE_TIME: Duration = Duration::from_secs(2);

/// The memory for learning the knowledge after an edit, as the matcher estimates it. The bundled knowledge takes half of
/// it. The rest of a process with the bundled knowledge, and an import of the largest size, take less than 50 MiB.
const LEARNING_BYTES: usize = 60 << 20;

/// The memory by which an edit may exceed that of the current text, if that is more than [`LEARNING_BYTES`] already: the
/// text of a form takes less.
const GROWTH_BYTES: usize = 1 << 20;

/// The history as the editor uses it. Each method returns only when its changes are on disk. An implementation supplies
/// the author of the edits. The editor never calls it for two edits at once.
pub trait Journal {
    /// Brings the history in line with a file, while no edit of the file is in progress. `text` is the text of the
    /// file; `None` if there is no file.
    ///
    /// Marks an unfinished edit as saved if it produced this text, and as abandoned otherwise. Then, if the last
    /// revision has another text, records this one as a new revision made outside the bot.
    ///
    /// # Errors
    /// If the history cannot be read or written.
    fn reconcile(&self, file: &Path, text: Option<&str>) -> Result<FileStatus, JournalError>;

    /// Stores an edit before the file is saved, with the whole text that the edit produces. After saving, call
    /// [`Self::finish`].
    ///
    /// # Errors
    /// If the edit could not be stored on disk. Then the file must not be saved.
    fn begin(&self, file: &Path, edit: &Edit, after: &str) -> Result<RevisionId, JournalError>;

    /// Marks an edit that began as saved, or as abandoned if the file was not saved.
    ///
    /// # Errors
    /// If the mark could not be stored on disk. The next [`Self::reconcile`] of the file then sets it.
    fn finish(&self, revision: RevisionId, saved: bool) -> Result<(), JournalError>;
}

/// The labelled questions that a preview asks in addition to every wording.
#[derive(Clone, Debug, Default)]
pub struct Regression {
    /// The questions.
    pub questions: Vec<String>,
    /// The reason that the configured questions cannot be asked, if so.
    pub problem: Option<String>,
}

/// The predicted result of an edit.
#[derive(Debug)]
pub struct Preview {
    /// The whole current text of the file; `None` if there is no file.
    pub before: Option<String>,
    /// The whole text after the edit.
    pub after: String,
    /// The warnings about the text after the edit that the current text does not have.
    pub warnings: Vec<Finding>,
    /// The parts of the preview that a wrong setting prevented, one sentence each.
    pub omissions: Vec<String>,
    /// The library that would be in use after the edit.
    pub library: Library,
    /// The questions that would be answered differently.
    pub effect: Effect,
}

/// An edit that was made and is safe on disk.
#[derive(Debug)]
pub struct Committed {
    /// Its number in the history.
    pub revision: RevisionId,
    /// The library built from the new text. The caller puts it in use.
    pub library: Library,
    /// The report of the check of all files. It has no errors, but may have warnings.
    pub report: Report,
}

/// Makes edits of a set of knowledge files, one at a time. While it exists, no other process can edit files in their
/// folders.
#[derive(Debug)]
pub struct Editor {
    paths: Vec<PathBuf>,
    source: Option<PathBuf>,
    /// Held while one edit is made or the files are reconciled.
    turn: Mutex<()>,
    _locks: Vec<FolderLock>,
}

impl Editor {
    /// Locks the folders of these knowledge files for this process, and removes temporary files that a crash left
    /// there.
    ///
    /// `paths` are files or folders, as for [`knowledge::check()`]; `source` is the text that quotes are verified
    /// against.
    ///
    /// # Errors
    /// If another process has locked one of the folders, or a folder cannot be written.
    pub fn open(paths: Vec<PathBuf>, source: Option<PathBuf>) -> Result<Self, SaveFailure> {
        let mut folders = BTreeSet::new();
        for path in &paths {
            let folder = if path.is_dir() { path.clone() } else { knowledge::folder_of_target(path)? };
            folders.insert(folder.canonicalize().map_err(|source| SaveError::Read { path: folder, source })?);
        }
        for file in knowledge::list_files(&paths) {
            folders.insert(knowledge::folder_of_target(&file)?);
        }
        let mut locks = Vec::with_capacity(folders.len());
        for folder in folders {
            locks.push(FolderLock::acquire(&folder)?);
            crate::atomic_file::remove_stale_temporary_files(&folder)
                .map_err(|source| SaveError::Write { folder, source })?;
        }
        Ok(Self { paths, source, turn: Mutex::new(()), _locks: locks })
    }

    /// The knowledge files that exist, in loading order, named as in findings.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        knowledge::list_files(&self.paths)
    }

    /// Reconciles every file with the history. Call it at the start, before the first edit.
    ///
    /// # Errors
    /// If a file cannot be read, or the history cannot be read or written.
    pub fn reconcile(&self, journal: &impl Journal) -> Result<Vec<(PathBuf, FileStatus)>, SaveFailure> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let reconcile = |file: PathBuf| {
            let status = journal.reconcile(&file, read_text(&file)?.as_deref()).map_err(SaveFailure::Journal)?;
            Ok((file, status))
        };
        self.files().into_iter().map(reconcile).collect()
    }

    /// Predicts the result of an edit. Changes nothing. `answering` is the library in use; `regression` are
    /// questions to ask in addition to every wording. Compares replies for at most [`COMPARE_TIME`].
    ///
    /// # Errors
    /// An [`EditRefusal`] as for [`Self::commit`]; a [`SaveFailure`] if the file cannot be read; [`EditError::Busy`] if
    /// `superseded` became true, as soon as the preview notices.
    pub fn preview(
        &self,
        file: &Path,
        edit: &Edit,
        answering: &Library,
        regression: &Regression,
        superseded: &AtomicBool,
    ) -> Result<Preview, EditError> {
        let is_superseded = || superseded.load(Ordering::Relaxed);
        let go_on = || if is_superseded() { Err(EditError::Busy(Bound::Replaced)) } else { Ok(()) };
        go_on()?;
        let (before, after) = self.apply(file, edit)?;
        go_on()?;
        let current = LazyCell::new(|| before.as_deref().map(|before| self.check_text(file, before)));
        let (library, report) = self.check(file, &after, &current, answering)?;
        go_on()?;
        let mut warnings = match &*current {
            Some(current) => report.new_since(current),
            None => report.findings().to_vec(),
        };
        // A source text that does not fit is the operator's mistake, not the edit's.
        let source_problem = report.source_problem();
        warnings.retain(|finding| source_problem.is_none() || !finding.about_source);
        let unverified = source_problem.map(|problem| format!("Quotes were not verified: {problem}."));
        let unasked =
            regression.problem.as_ref().map(|problem| format!("The labelled questions were not asked: {problem}."));
        let omissions = unverified.into_iter().chain(unasked).collect();
        let began = Instant::now();
        let effect =
            effect(answering, &library, &regression.questions, |_| !is_superseded() && began.elapsed() < COMPARE_TIME);
        go_on()?;
        Ok(Preview { before, after, warnings, omissions, library, effect })
    }

    /// Makes an edit of a file. On `Ok`, the edit is in the file and in the history, and both are safe on disk.
    ///
    /// If another program changes the file in the meantime, the edit is applied again to the new text. `answering` is the
    /// library in use; documents that the edit does not change are not learned again.
    ///
    /// # Errors
    /// An [`EditRefusal`] if the edit does not fit the file or would make the knowledge unusable; a [`SaveFailure`] if
    /// the edit could not be saved. Then the file is unchanged; only after [`SaveError::NotDurable`] it may have either
    /// text.
    pub fn commit(
        &self,
        file: &Path,
        edit: &Edit,
        answering: &Library,
        journal: &impl Journal,
    ) -> Result<Committed, EditError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..ATTEMPTS_MAX {
            let (before, after) = self.apply(file, edit)?;
            journal.reconcile(file, before.as_deref()).map_err(SaveFailure::Journal)?;
            let current = LazyCell::new(|| before.as_deref().map(|before| self.check_text(file, before)));
            let (library, report) = self.check(file, &after, &current, answering)?;
            let revision = journal.begin(file, edit, &after).map_err(SaveFailure::Journal)?;
            let expected = before.as_deref().map(Fingerprint::of);
            match knowledge::save(file, expected.as_ref(), &after) {
                Ok(()) => {
                    finish(journal, revision, true);
                    return Ok(Committed { revision, library, report });
                }
                Err(SaveError::Changed { .. }) => finish(journal, revision, false),
                // After a power cut the file may have either text. The next reconciliation finds out which.
                Err(error @ SaveError::NotDurable { .. }) => return Err(error.into()),
                Err(error) => {
                    finish(journal, revision, false);
                    return Err(error.into());
                }
            }
        }
        Err(SaveFailure::Busy(ATTEMPTS_MAX).into())
    }

    /// Reads a file and applies an edit to its text; returns both texts.
    fn apply(&self, file: &Path, edit: &Edit) -> Result<(Option<String>, String), EditError> {
        if !knowledge::includes_file(&self.paths, file) {
            return Err(EditRefusal::UnknownFile(file.to_owned()).into());
        }
        let before = read_text(file)?;
        let after = match &before {
            Some(before) => edit.apply(before)?,
            None => edit.apply_without_file(file)?,
        };
        match after.len() as u64 {
            bytes if bytes > limits::FILE_BYTES => Err(EditRefusal::TooLarge { bytes }.into()),
            _ => Ok((before, after)),
        }
    }

    /// Checks all files, with `text` in place of one of them, and builds a library from them. `current` is the report of
    /// the check with that file's current text; `None` if there is no file.
    ///
    /// Errors about the source text refuse an edit only if they are new and the source text fits the current text:
    /// nobody can correct a wrong source text from Discord, and another entry's wrong quote is not this edit's.
    fn check<F: FnOnce() -> Option<Report>>(
        &self,
        file: &Path,
        text: &str,
        current: &LazyCell<Option<Report>, F>,
        answering: &Library,
    ) -> Result<(Library, Report), EditRefusal> {
        let report = self.check_text(file, text);
        if report.errors() > 0 {
            let new = current.as_ref().map_or_else(|| report.findings().to_vec(), |current| report.new_since(current));
            let source_problem = current.as_ref().unwrap_or(&report).source_problem();
            let is_cause = |finding: &Finding| {
                finding.severity == Severity::Error && (source_problem.is_none() || !finding.about_source)
            };
            if new.iter().any(is_cause) {
                return Err(EditRefusal::Invalid(Box::new(report.with_findings(new))));
            }
        }
        let Some(knowledge) = report.knowledge() else { return Err(EditRefusal::Invalid(Box::new(report))) };
        let library = answering.updated_within(knowledge.clone(), LearningLimit::bytes(LEARNING_BYTES));
        let library = library.or_else(|refused| {
            // An operator may load a larger file. It can still be edited, but not made much larger.
            let current = current.as_ref().and_then(Report::knowledge);
            let most = current.map_or(0, Matcher::learning_bytes) + GROWTH_BYTES;
            if most <= LEARNING_BYTES {
                return Err(refused);
            }
            answering.updated_within(knowledge.clone(), LearningLimit::bytes(most))
        });
        Ok((library?, report))
    }

    fn check_text(&self, file: &Path, text: &str) -> Report {
        let edited = TextFile { path: file.to_owned(), text: text.trim_start_matches('\u{FEFF}').to_owned() };
        knowledge::check_edited(&self.paths, Some(&edited), self.source.as_deref())
    }
}

/// Marks an edit as saved or abandoned. Only logs an error, because the next [`Journal::reconcile`] sets the mark.
fn finish(journal: &impl Journal, revision: RevisionId, saved: bool) {
    if let Err(error) = journal.finish(revision, saved) {
        let revision = revision.0;
        tracing::warn!(revision, saved, %error, "could not record how an edit ended; the next reconciliation finds it out");
    }
}

#[cfg(test)]
pub(super) mod tests;
