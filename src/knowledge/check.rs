//! The check of knowledge files: reads them all, tells every problem at once, and gives the knowledge only without an error.
//! Shape comes first (`shape`), then what a single document and all of them together must mean (`meaning`).

use std::path::{Path, PathBuf};

use super::draft::Draft;
use super::findings::{Findings, LoadError, Report};
use super::place::Place;
use super::read::{self, TextFile};
use super::{Knowledge, meaning, near, schema, source};

/// Checks knowledge files, or folders of them, with the source text if there is one.
///
/// Of a folder every `*.json` is read, sorted by name; `schema.json` and hidden files aside.
#[must_use]
pub fn check(paths: &[PathBuf], source: Option<&Path>) -> Report {
    let mut findings = Findings::default();
    let files = read::read_all(paths, None, &mut findings);
    let source = source.and_then(|path| read::read(path, &mut findings));
    check_text(&files, source.as_ref(), findings)
}

/// Checks knowledge files, or folders of them, as [`check`] would if `edited` were saved: its text is taken for the file of that
/// path, which need not exist.
#[must_use]
pub fn check_edited(paths: &[PathBuf], edited: &TextFile, source: Option<&Path>) -> Report {
    let mut findings = Findings::default();
    let files = read::read_all(paths, Some(edited), &mut findings);
    let source = source.and_then(|path| read::read(path, &mut findings));
    check_text(&files, source.as_ref(), findings)
}

/// Checks knowledge files whose text is at hand: an edit before it is saved, or [`TextFile::builtin`].
#[must_use]
pub fn check_files(files: &[TextFile], source: Option<&TextFile>) -> Report {
    let mut findings = Findings::default();
    for file in files {
        findings.looked_at(&file.path);
    }
    check_text(files, source, findings)
}

/// Loads knowledge files, or folders of them, all or nothing.
///
/// # Errors
/// When [`check`] finds an error: everything that it finds.
pub fn load(paths: &[PathBuf]) -> Result<Knowledge, LoadError> {
    check(paths, None).into_knowledge()
}

/// Loads the knowledge that is built into the program.
///
/// # Errors
/// Never for a released program: a test checks what is built in.
pub fn builtin() -> Result<Knowledge, LoadError> {
    check_files(&[TextFile::builtin()], None).into_knowledge()
}

fn check_text(files: &[TextFile], source: Option<&TextFile>, mut findings: Findings) -> Report {
    // After an unreadable file, what other files refer to may have stood in it.
    let mut complete = !findings.any_error();
    let schema = schema::schema();
    let mut drafts = Vec::with_capacity(files.len());
    for file in files {
        let draft = Draft::read(file, &schema, &mut findings);
        complete &= draft.is_some();
        drafts.extend(draft);
    }
    meaning::check(&drafts, complete, &mut findings);
    if let Some(file) = source {
        source::check(&drafts, &Place::new(file), &mut findings);
    }
    // Last, so that no error goes untold for these warnings.
    near::check(&drafts, &mut findings);
    let documents = drafts.into_iter().map(|draft| draft.document).collect();
    findings.into_report(Knowledge::new(documents))
}
