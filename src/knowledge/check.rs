//! Checks knowledge files: reads them all, reports all problems at once, and returns the knowledge if there is no
//! error. `schema_check` checks each file's structure, `rules` what the schema cannot express.

use std::path::{Path, PathBuf};

use super::findings::{Findings, LoadError, Report, quoted};
use super::indexed_file::IndexedFile;
use super::json::PathStep::Field;
use super::parsed::ParsedDocument;
use super::read::{self, TextFile};
use super::{ItemKey, Knowledge, WordingKey, model, rules, similar_wordings, source_text};
use crate::atomic_file;

#[cfg(test)]
mod tests;

/// A warning about a wording of otherwise correct knowledge, from a component that knows its effect, such as the
/// matcher.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WordingWarning {
    /// The wording.
    pub wording: WordingKey,
    /// The problem, as a phrase that continues a sentence after the quoted wording.
    pub message: String,
    /// A way to solve the problem.
    pub help: String,
}

/// Checks knowledge files or folders of them, and their quotes against a source text, if given. With neither, checks
/// the built-in knowledge. `inspect` may add warnings about wordings; it is called only if there is no error.
///
/// Of a folder, every `*.json` file is read in order of name, except `schema.json` and hidden files.
#[must_use]
pub fn check(paths: &[PathBuf], source: Option<&Path>, inspect: impl Fn(&Knowledge) -> Vec<WordingWarning>) -> Report {
    if paths.is_empty() && source.is_none() {
        return check_loaded(&[TextFile::builtin()], None, inspect);
    }
    let mut findings = Findings::default();
    let files = read::read_all(paths, None, &mut findings);
    let source = source.and_then(|path| read_source(path, &mut findings, read::read));
    check_all(&files, source.as_ref(), findings, inspect)
}

/// Checks knowledge files or folders of them as [`check`] would after `edited` is saved: its text replaces that of the
/// file with the same path, which need not exist. Nobody waits for this check in front of a terminal, so the source
/// text must be a regular file: reading a pipe could block forever.
#[must_use]
pub fn check_edited(paths: &[PathBuf], edited: Option<&TextFile>, source: Option<&Path>) -> Report {
    let mut findings = Findings::default();
    let files = read::read_all(paths, edited, &mut findings);
    let source = source.and_then(|path| read_source(path, &mut findings, read::read_regular));
    check_all(&files, source.as_ref(), findings, no_warnings)
}

fn read_source(
    path: &Path,
    findings: &mut Findings,
    read: fn(&Path, &mut Findings) -> Option<TextFile>,
) -> Option<TextFile> {
    let mut source = None;
    findings.compare_source(path, |findings| {
        source = read(path, findings);
        source.is_some()
    });
    source
}

/// Checks knowledge files that are already in memory, such as [`TextFile::builtin`].
#[must_use]
pub fn check_files(files: &[TextFile], source: Option<&TextFile>) -> Report {
    check_loaded(files, source, no_warnings)
}

/// Loads knowledge files or folders of them: all or none.
///
/// # Errors
/// If [`check`] finds an error. The result contains all of them.
pub fn load(paths: &[PathBuf]) -> Result<Knowledge, LoadError> {
    let mut findings = Findings::default();
    let files = read::read_all(paths, None, &mut findings);
    load_all(&files, findings)
}

/// Loads the knowledge that is built into the program.
///
/// # Errors
/// Never in a released program: a test checks the built-in knowledge.
pub fn builtin() -> Result<Knowledge, LoadError> {
    load_all(&[TextFile::builtin()], Findings::default())
}

fn check_loaded(
    files: &[TextFile],
    source: Option<&TextFile>,
    inspect: impl Fn(&Knowledge) -> Vec<WordingWarning>,
) -> Report {
    let mut findings = Findings::default();
    for file in files {
        findings.add_file(&file.path);
    }
    check_all(files, source, findings, inspect)
}

fn no_warnings(_: &Knowledge) -> Vec<WordingWarning> {
    Vec::new()
}

fn check_all(
    files: &[TextFile],
    source: Option<&TextFile>,
    mut findings: Findings,
    inspect: impl Fn(&Knowledge) -> Vec<WordingWarning>,
) -> Report {
    let mut parsed = parse_all(files, &mut findings);
    if let Some(file) = source {
        findings.compare_source(&file.path, |findings| source_text::check(&parsed, &IndexedFile::new(file), findings));
    }
    parsed.iter().for_each(|parsed| check_schema_path(parsed, &mut findings));
    // Warnings come last, so that they do not use up the limit on findings before every error is listed.
    similar_wordings::check(&parsed, &mut findings);
    let knowledge = join(&mut parsed);
    if !findings.any_error() {
        add_warnings(inspect(&knowledge), &knowledge, &parsed, &mut findings);
    }
    findings.into_report(knowledge)
}

/// Warns if `$schema` leads to no file. Asks only about files that are on the disk themselves.
fn check_schema_path(parsed: &ParsedDocument<'_>, findings: &mut Findings) {
    let file = &parsed.source.file.path;
    let Some(schema) = parsed.document.schema.as_deref().filter(|schema| !schema.contains("://")) else { return };
    let path = atomic_file::folder_of(file).join(schema);
    if file.is_file() && !path.exists() {
        parsed.warning(findings, &[Field("$schema")], || {
            let path = path.strip_prefix(".").unwrap_or(&path).display().to_string();
            let help = format!(
                "`footnote schema > {}` writes it; editors then check this file as you type",
                path.escape_debug()
            );
            (format!("there is no file {}", quoted(schema)), help)
        });
    }
}

/// Loads without searching for similar wordings, which takes longer than everything else and finds no errors.
fn load_all(files: &[TextFile], mut findings: Findings) -> Result<Knowledge, LoadError> {
    let knowledge = join(&mut parse_all(files, &mut findings));
    findings.into_report(knowledge).into_knowledge()
}

/// Moves the documents out and joins them. What remains can still locate their values.
fn join(parsed: &mut [ParsedDocument<'_>]) -> Knowledge {
    let name = |parsed: &ParsedDocument<'_>| {
        parsed.source.file.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    };
    let names = parsed.iter().map(name).collect();
    Knowledge::named(names, parsed.iter_mut().map(|parsed| std::mem::take(&mut parsed.document)).collect())
}

/// Parses the files and reports the errors within and between them.
fn parse_all<'a>(files: &'a [TextFile], findings: &mut Findings) -> Vec<ParsedDocument<'a>> {
    // An id that seems to be missing may be in a file that could not be read.
    let mut complete = !findings.any_error();
    let schema = model::schema();
    let mut parsed = Vec::with_capacity(files.len());
    for file in files {
        let document = ParsedDocument::parse(file, &schema, findings);
        complete &= document.is_some();
        parsed.extend(document);
    }
    rules::check(&parsed, complete, findings);
    parsed
}

fn add_warnings(
    warnings: Vec<WordingWarning>,
    knowledge: &Knowledge,
    parsed: &[ParsedDocument<'_>],
    findings: &mut Findings,
) {
    for WordingWarning { wording: WordingKey { item, number }, message, help } in warnings {
        let (list, position) = match item {
            ItemKey::Entry(key) => ("entries", knowledge.entries[key.0]),
            ItemKey::Boundary(key) => ("boundaries", knowledge.boundaries[key.0]),
        };
        let path = rules::wording_path(list, position.index, number);
        parsed[position.document].warning(findings, &path, || {
            let wordings = knowledge.wordings_of(item);
            let wording = wordings.get(number).copied().unwrap_or_default();
            (format!("{} {message}", quoted(wording)), help)
        });
    }
}
