//! The check of knowledge files: reads them all, tells every problem at once, and gives the knowledge only without an error.
//! Shape comes first (`shape`), then what a single document and all of them together must mean (`meaning`).

use std::path::{Path, PathBuf};

use super::draft::Draft;
use super::findings::{Findings, LoadError, Report};
use super::place::Place;
use super::read::{self, TextFile};
use super::{Document, Knowledge, WordingWarning, meaning, near, remark, schema, source};

/// Checks knowledge files, or folders of them, with the source text if there is one; without either what is built into the program.
/// `judge` is asked about knowledge that has no error.
///
/// Of a folder every `*.json` is read, sorted by name; `schema.json` and hidden files aside.
#[must_use]
pub fn check(paths: &[PathBuf], source: Option<&Path>, judge: impl Fn(&Knowledge) -> Vec<WordingWarning>) -> Report {
    if paths.is_empty() && source.is_none() {
        return check_judged(&[TextFile::builtin()], None, judge);
    }
    let mut findings = Findings::default();
    let files = read::read_all(paths, None, &mut findings);
    let source = source.and_then(|path| read::read(path, &mut findings));
    check_text(&files, source.as_ref(), findings, judge)
}

/// Checks knowledge files, or folders of them, as [`check`] would if `edited` were saved: its text is taken for the file of that
/// path, which need not exist.
#[must_use]
pub fn check_edited(paths: &[PathBuf], edited: &TextFile, source: Option<&Path>) -> Report {
    let mut findings = Findings::default();
    let files = read::read_all(paths, Some(edited), &mut findings);
    let source = source.and_then(|path| read::read(path, &mut findings));
    check_text(&files, source.as_ref(), findings, no_judge)
}

/// Checks knowledge files whose text is at hand: an edit before it is saved, or [`TextFile::builtin`].
#[must_use]
pub fn check_files(files: &[TextFile], source: Option<&TextFile>) -> Report {
    check_judged(files, source, no_judge)
}

fn check_judged(
    files: &[TextFile],
    source: Option<&TextFile>,
    judge: impl Fn(&Knowledge) -> Vec<WordingWarning>,
) -> Report {
    let mut findings = Findings::default();
    for file in files {
        findings.looked_at(&file.path);
    }
    check_text(files, source, findings, judge)
}

fn no_judge(_: &Knowledge) -> Vec<WordingWarning> {
    Vec::new()
}

/// Loads knowledge files, or folders of them, all or nothing.
///
/// # Errors
/// When [`check`] finds an error: all errors that it finds.
pub fn load(paths: &[PathBuf]) -> Result<Knowledge, LoadError> {
    let mut findings = Findings::default();
    let files = read::read_all(paths, None, &mut findings);
    load_text(&files, findings)
}

/// Loads the knowledge that is built into the program.
///
/// # Errors
/// Never for a released program: a test checks what is built in.
pub fn builtin() -> Result<Knowledge, LoadError> {
    load_text(&[TextFile::builtin()], Findings::default())
}

fn check_text(
    files: &[TextFile],
    source: Option<&TextFile>,
    mut findings: Findings,
    judge: impl Fn(&Knowledge) -> Vec<WordingWarning>,
) -> Report {
    let mut drafts = drafts(files, &mut findings);
    if let Some(file) = source {
        source::check(&drafts, &Place::new(file), &mut findings);
    }
    // Last, so that no error goes untold for these warnings.
    near::check(&drafts, &mut findings);
    let knowledge = Knowledge::new(documents(&mut drafts));
    if !findings.any_error() {
        remark::warn(judge(&knowledge), &knowledge, &drafts, &mut findings);
    }
    findings.into_report(knowledge)
}

/// Without the search for wordings that are near each other, which takes longer than all else and finds no error.
fn load_text(files: &[TextFile], mut findings: Findings) -> Result<Knowledge, LoadError> {
    let documents = documents(&mut drafts(files, &mut findings));
    findings.into_report(Knowledge::new(documents)).into_knowledge()
}

/// Takes the documents out of the drafts, which still tell where they stand.
fn documents(drafts: &mut [Draft<'_>]) -> Vec<Document> {
    drafts.iter_mut().map(|draft| std::mem::take(&mut draft.document)).collect()
}

/// Reads the files' texts as documents, with the errors in each and between them.
fn drafts<'a>(files: &'a [TextFile], findings: &mut Findings) -> Vec<Draft<'a>> {
    // After an unreadable file, what other files refer to may have stood in it.
    let mut complete = !findings.any_error();
    let schema = schema::schema();
    let mut drafts = Vec::with_capacity(files.len());
    for file in files {
        let draft = Draft::read(file, &schema, findings);
        complete &= draft.is_some();
        drafts.extend(draft);
    }
    meaning::check(&drafts, complete, findings);
    drafts
}
