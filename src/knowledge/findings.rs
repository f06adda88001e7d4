//! What a check has to say: findings, each with its place and what would be right, and the report of them all.
//! A report is printed for people and serialised for programs.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Knowledge, limits};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The knowledge cannot be used.
    Error,
    /// The knowledge can be used, and would be better without.
    Warning,
}

/// One problem: where it is, what is wrong, what would be right.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// Whether the knowledge can be used in spite of it.
    pub severity: Severity,
    /// The file, as it was named.
    pub file: PathBuf,
    /// The line, from 1; none when the file could not be read.
    pub line: Option<usize>,
    /// The column in characters, from 1; none when the file could not be read.
    pub column: Option<usize>,
    /// Where in the document, as `$.entries[3].passage`; `$` is the whole document. List places count from 0.
    pub path: String,
    /// What is wrong: what was found and what was expected.
    pub message: String,
    /// What would be right.
    pub help: String,
}

/// As compilers do: `file:line:column: error: what is wrong`, then an indented line of help.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, "{line}:{column}:")?;
        }
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, " {severity}: {}", self.message)?;
        if self.path != "$" {
            write!(f, "\n    at {}", self.path)?;
        }
        write!(f, "\n    help: {}", self.help)
    }
}

/// What a check found, and the knowledge when it can be used.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    errors: usize,
    warnings: usize,
    files: Vec<PathBuf>,
    findings: Vec<Finding>,
    #[serde(skip)]
    knowledge: Option<Knowledge>,
}

impl Report {
    /// How many errors there are, those beyond [`limits::FINDINGS`] included.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// How many warnings there are, those beyond [`limits::FINDINGS`] included.
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.warnings
    }

    /// The knowledge files that were looked at, in loading order, and folders without any. Without an error, these are the
    /// files of the documents of [`Self::knowledge`], one each.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// The problems in the order of files and lines, at most [`limits::FINDINGS`].
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The knowledge, if there is no error.
    #[must_use]
    pub fn knowledge(&self) -> Option<&Knowledge> {
        self.knowledge.as_ref()
    }

    /// Gives the knowledge away; warnings are forgotten.
    ///
    /// # Errors
    /// When there is an error: the whole report.
    pub fn into_knowledge(mut self) -> Result<Knowledge, LoadError> {
        self.knowledge.take().ok_or_else(|| LoadError { report: Box::new(self) })
    }
}

/// Every finding, then one line that counts them.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        let untold = self.errors + self.warnings - self.findings.len();
        if untold > 0 {
            writeln!(f, "... and {untold} more")?;
        }
        let count = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
        let files = count(self.files.len(), "file");
        match (self.errors, self.warnings) {
            (0, 0) => write!(f, "no problems in {files}"),
            (0, warnings) => write!(f, "{} in {files}", count(warnings, "warning")),
            (errors, 0) => write!(f, "{} in {files}", count(errors, "error")),
            (errors, warnings) => write!(f, "{}, {} in {files}", count(errors, "error"), count(warnings, "warning")),
        }
    }
}

/// Knowledge that cannot be used, and everything that is wrong with it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the knowledge cannot be used:\n{report}")]
pub struct LoadError {
    /// What was found; holds at least one error.
    pub report: Box<Report>,
}

/// What a finding says of its file: line and column if it was read, the path in the document, and the words.
#[derive(Debug)]
pub(super) struct What {
    pub(super) position: Option<(usize, usize)>,
    pub(super) path: String,
    pub(super) message: String,
    pub(super) help: String,
}

/// Gathers findings up to [`limits::FINDINGS`]; what comes after is counted, and its words are never made.
#[derive(Debug, Default)]
pub(super) struct Findings {
    errors: usize,
    warnings: usize,
    files: Vec<PathBuf>,
    list: Vec<Finding>,
}

impl Findings {
    /// Takes down a problem in `file`.
    pub(super) fn push(&mut self, severity: Severity, file: &Path, what: impl FnOnce() -> What) {
        match severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
        }
        if self.list.len() < limits::FINDINGS {
            let What { position, path, message, help } = what();
            let (line, column) = position.unzip();
            self.list.push(Finding { severity, file: file.to_owned(), line, column, path, message, help });
        }
    }

    /// Takes down that a knowledge file, or a folder without one, is looked at.
    pub(super) fn looked_at(&mut self, file: &Path) {
        self.files.push(file.to_owned());
    }

    /// How many findings there are so far, those beyond [`limits::FINDINGS`] included.
    pub(super) fn count(&self) -> usize {
        self.errors + self.warnings
    }

    /// Whether there is any error so far.
    pub(super) fn any_error(&self) -> bool {
        self.errors > 0
    }

    /// Whether there are as many findings as are told; nobody reads on, so checks need not either.
    pub(super) fn is_full(&self) -> bool {
        self.list.len() >= limits::FINDINGS
    }

    /// Orders the findings by place, the source text last. `knowledge` is dropped when there is an error.
    pub(super) fn into_report(mut self, knowledge: Knowledge) -> Report {
        let order: HashMap<&Path, usize> = self.files.iter().enumerate().map(|(n, file)| (file.as_path(), n)).collect();
        let place = |f: &Finding| (order.get(f.file.as_path()).copied().unwrap_or(usize::MAX), f.line, f.column);
        self.list.sort_by_key(place);
        Report {
            errors: self.errors,
            warnings: self.warnings,
            files: self.files,
            findings: self.list,
            knowledge: (self.errors == 0).then_some(knowledge),
        }
    }
}

/// A piece of somebody's text as a message shows it: in back quotes, shortened, with what would upset a terminal escaped.
pub(super) fn shown(text: &str) -> String {
    /// Enough to recognise a wording, short enough for a line.
    const SHOWN_CHARS: usize = 80;
    let mut shown = String::from("`");
    for (n, c) in text.chars().enumerate() {
        if n == SHOWN_CHARS {
            shown.push('…');
            break;
        }
        match c {
            '"' | '\'' => shown.push(c),
            c => shown.extend(c.escape_debug()),
        }
    }
    shown.push('`');
    shown
}

/// The candidate that `found` is most likely a slip for, if any is near enough.
pub(super) fn nearest<'a>(found: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// From strsim's Jaro-Winkler similarity: below it, a "did you mean" is a guess that confuses.
    const SIMILAR: f64 = 0.8;
    /// A slip has about the length of the right name; longer texts are not compared.
    const LONGEST: usize = 2 * limits::ID_CHARS;
    /// Bounds the work for a file with many ids and as many slips.
    const CANDIDATES: usize = 2_000;
    if found.len() > LONGEST {
        return None;
    }
    candidates
        .into_iter()
        .take(CANDIDATES)
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (strsim::jaro_winkler(found, candidate), candidate))
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
