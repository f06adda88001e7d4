//! The desk that edits are made at: read the file, make the edit, check all files, build what will answer, save, tell the
//! history. An edit is acknowledged when file and history are both safe on the disk.
//!
//! A crash may fall between the two, so the history hears of an edit first ([`Journal::begin`]), then the file is replaced,
//! then the history is told that it was ([`Journal::settle`]). At the next start, and before every edit, the file is held
//! against the history ([`Journal::meet`]): an edit that was begun has landed when the file is what it made; a file that is neither that nor the
//! last revision was changed by somebody else, and becomes a revision of its own. So every text that ever stood in the
//! file when Footnote looked at it is in the history.
//!
//! Everything here blocks; building a matcher for thousands of wordings takes up to a second. From async code, use
//! `tokio::task::spawn_blocking`.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::edit::Edit;
use super::effect::{Effect, effect};
use super::failure::{EditError, Failure, JournalError, Refusal};
use super::lock::Lock;
use crate::knowledge::{self, Finding, Fingerprint, Report, SaveError, TextFile, limits, read_text};
use crate::matching::Thresholds;
use crate::library::Library;

/// How often an edit is made anew because somebody else changed the file meanwhile: a program that saves that often in a row
/// is not somebody who edits.
const TRIES: u32 = 8;

/// The history as the desk needs it: what it is told is on the disk when it returns. Who made an edit is for the journal to
/// know. Only the desk calls it, never for two edits at once.
pub trait Journal {
    /// Brings the history in line with a file that no edit is under way for: an edit that was begun and made this text has landed,
    /// any other that was begun has not, and a text (none: no file) that the history does not have last was somebody
    /// else's and becomes a revision.
    ///
    /// # Errors
    /// When the history cannot be read, or what it keeps is not safe on the disk.
    fn meet(&self, file: &Path, text: Option<&str>) -> Result<Met, JournalError>;

    /// Keeps an edit that is about to be made, with the whole text that it makes; it is no revision yet. Returns its number.
    ///
    /// # Errors
    /// When it is not safe on the disk. The edit is not made then.
    fn begin(&self, file: &Path, edit: &Edit, after: &str) -> Result<i64, JournalError>;

    /// Ends what was begun: it is a revision now, or was not made.
    ///
    /// # Errors
    /// When it is not safe on the disk. The next [`Self::meet`] makes up for that.
    fn settle(&self, number: i64, landed: bool) -> Result<(), JournalError>;
}

/// How a file stood to the history.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Met {
    /// It is the last revision.
    Known,
    /// It is what an edit made that was cut off before the history knew; now it knows.
    Landed,
    /// Somebody else changed it; that is a revision now.
    Outside,
}

/// What an edit would do.
#[derive(Debug)]
pub struct Preview {
    /// The whole text of the file as it is; none when there is no file.
    pub before: Option<String>,
    /// The whole text as it would be.
    pub after: String,
    /// What the check warns of and did not before.
    pub warnings: Vec<Finding>,
    /// What would answer.
    pub library: Library,
    /// The questions that would be answered differently.
    pub effect: Effect,
}

/// An edit that is made and safe on the disk.
#[derive(Debug)]
pub struct Committed {
    /// The whole text of the file as it was; none when there was no file.
    pub before: Option<String>,
    /// The whole text as it is now.
    pub after: String,
    /// What should answer from now on.
    pub library: Library,
    /// The check of all files: no errors, perhaps warnings.
    pub report: Report,
}

/// Makes edits of a set of knowledge files, one at a time. While it lives, no other process can have one for their folders.
#[derive(Debug)]
pub struct Desk {
    paths: Vec<PathBuf>,
    source: Option<PathBuf>,
    thresholds: Thresholds,
    turn: Mutex<()>,
    _locks: Vec<Lock>,
}

impl Desk {
    /// Takes the folders of these knowledge files for this process, and clears away what a crash left in them.
    ///
    /// `paths` are files or folders, as for [`knowledge::check()`]; `source` is the text that quotes are proved against.
    ///
    /// # Errors
    /// When another process has one of the folders, or it cannot be written.
    pub fn open(paths: Vec<PathBuf>, source: Option<PathBuf>, thresholds: Thresholds) -> Result<Self, Failure> {
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
            locks.push(Lock::acquire(&folder)?);
            crate::atomic_file::remove_temporary_files(&folder)
                .map_err(|source| SaveError::Write { folder, source })?;
        }
        Ok(Self { paths, source, thresholds, turn: Mutex::new(()), _locks: locks })
    }

    /// The knowledge files there are, in loading order, named as in findings.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        knowledge::list_files(&self.paths)
    }

    /// Holds every file against the history. To be called at start, before the first edit.
    ///
    /// # Errors
    /// When a file cannot be read, or the history not written.
    pub fn recover(&self, journal: &impl Journal) -> Result<Vec<(PathBuf, Met)>, Failure> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let recover = |file: PathBuf| {
            let met = journal.meet(&file, read_text(&file)?.as_deref()).map_err(Failure::Journal)?;
            Ok((file, met))
        };
        self.files().into_iter().map(recover).collect()
    }

    /// What an edit of a file would do; nothing is changed. `now` is what answers at the moment, `regression` are questions
    /// to ask besides every wording.
    ///
    /// # Errors
    /// As [`Self::commit`] would.
    pub fn preview(
        &self,
        file: &Path,
        edit: &Edit,
        now: &Library,
        regression: &[String],
    ) -> Result<Preview, EditError> {
        let (before, after) = self.make(file, edit)?;
        let (library, report) = self.check(file, &after)?;
        let warnings = match &before {
            Some(before) => news(&report, &self.check_text(file, before)),
            None => report.findings().to_vec(),
        };
        let effect = effect(now, &library, regression);
        Ok(Preview { before, after, warnings, library, effect })
    }

    /// Makes an edit of a file. When it returns `Ok`, the edit is in the file and in the history, and both are safe on the disk.
    ///
    /// If somebody else changes the file meanwhile, the edit is made anew on what is there then.
    ///
    /// # Errors
    /// A [`Refusal`] when the edit does not fit or the knowledge could not be used after it; a [`Failure`] when it could not be
    /// saved. The file is as it was, but for [`SaveError::NotDurable`].
    pub fn commit(&self, file: &Path, edit: &Edit, journal: &impl Journal) -> Result<Committed, EditError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..TRIES {
            let (before, after) = self.make(file, edit)?;
            journal.meet(file, before.as_deref()).map_err(Failure::Journal)?;
            let (library, report) = self.check(file, &after)?;
            let number = journal.begin(file, edit, &after).map_err(Failure::Journal)?;
            let expected = before.as_deref().map(Fingerprint::of);
            match knowledge::save(file, expected.as_ref(), &after) {
                Ok(()) => {
                    settle(journal, number, true);
                    return Ok(Committed { before, after, library, report });
                }
                Err(SaveError::Changed { .. }) => settle(journal, number, false),
                // What is in the file after a power cut, the next look at it will tell.
                Err(error @ SaveError::NotDurable { .. }) => return Err(error.into()),
                Err(error) => {
                    settle(journal, number, false);
                    return Err(error.into());
                }
            }
        }
        Err(Failure::Busy(TRIES).into())
    }

    /// The text of a file and what the edit makes of it.
    fn make(&self, file: &Path, edit: &Edit) -> Result<(Option<String>, String), EditError> {
        if !knowledge::includes_file(&self.paths, file) {
            return Err(Refusal::UnknownFile(file.to_owned()).into());
        }
        let before = read_text(file)?;
        let after = match &before {
            Some(before) => edit.apply(before)?,
            None => edit.apply_to_nothing(file)?,
        };
        match after.len() as u64 {
            bytes if bytes > limits::FILE_BYTES => Err(Refusal::TooLarge { bytes }.into()),
            _ => Ok((before, after)),
        }
    }

    /// Checks all files with one text in place, and builds what answers from them.
    fn check(&self, file: &Path, text: &str) -> Result<(Library, Report), Refusal> {
        let report = self.check_text(file, text);
        match report.knowledge() {
            Some(knowledge) => Ok((Library::new(knowledge.clone(), self.thresholds), report)),
            None => Err(Refusal::Invalid(Box::new(report))),
        }
    }

    fn check_text(&self, file: &Path, text: &str) -> Report {
        let edited = TextFile { path: file.to_owned(), text: text.trim_start_matches('\u{FEFF}').to_owned() };
        knowledge::check_edited(&self.paths, &edited, self.source.as_deref())
    }
}

/// Ends what was begun. Should the history fail now, the next look at the file makes up for it: see [`Journal::meet`].
fn settle(journal: &impl Journal, number: i64, landed: bool) {
    if let Err(error) = journal.settle(number, landed) {
        tracing::warn!(number, landed, %error, "the history did not take how an edit ended; it will be found out from the file");
    }
}

/// The findings of a report that another does not have. Lines and numbers move with an edit, so words alone are compared.
fn news(report: &Report, before: &Report) -> Vec<Finding> {
    let words = |finding: &Finding| finding.message.replace(|letter: char| letter.is_ascii_digit(), "");
    let known: HashSet<String> = before.findings().iter().map(words).collect();
    report.findings().iter().filter(|finding| !known.contains(&words(finding))).cloned().collect()
}
