//! Findings of a check, each with its position and a way to solve it, and the report that lists them.
//! A report can be printed for people and serialised for programs.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Knowledge, limits};
use crate::text::truncate;

/// The severity of a finding.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The knowledge cannot be used, or the source text contradicts it.
    Error,
    /// The knowledge can be used, but has a weakness.
    Warning,
}

/// One problem: its position, what is wrong, and how to solve it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// Whether the problem prevents the knowledge from being used.
    pub severity: Severity,
    /// The path of the file, as given to the check.
    pub file: PathBuf,
    /// The line, from 1; `None` if the file could not be read.
    pub line: Option<usize>,
    /// The column in characters, from 1; `None` if the file could not be read.
    pub column: Option<usize>,
    /// The path of the value, such as `$.entries[3].passage`. `$` is the whole document; list indices start at 0.
    pub path: String,
    /// The problem: what was found and, where it applies, what was expected.
    pub message: String,
    /// A way to solve the problem.
    pub help: String,
    /// Whether comparing the documents with their source text found it. Such an error does not prevent the knowledge
    /// from being used.
    #[serde(skip)]
    pub about_source: bool,
}

/// Prints a finding as compilers do: `file:line:column: error: message`, then indented lines with the path and the
/// help.
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

/// The findings of a check, and the knowledge if it can be used.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    errors: usize,
    warnings: usize,
    files: Vec<PathBuf>,
    findings: Vec<Finding>,
    #[serde(skip)]
    source_problem: Option<String>,
    #[serde(skip)]
    knowledge: Option<Knowledge>,
}

impl Report {
    /// The number of errors, including those beyond [`limits::FINDINGS`].
    #[must_use]
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// The number of warnings, including those beyond [`limits::FINDINGS`].
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.warnings
    }

    /// The checked knowledge files in loading order, and folders that contain none. If there is no error, these are the
    /// files of [`Self::knowledge`]'s documents, one each.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// The findings, at most [`limits::FINDINGS`]: errors before warnings, then in order of file and line.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The reason that quotes could not be verified: the source text cannot be read, or it is not the text of these
    /// documents. `None` if it fits, or if there is none.
    #[must_use]
    pub fn source_problem(&self) -> Option<&str> {
        self.source_problem.as_deref()
    }

    /// The knowledge; `None` if there is an error other than about the source text.
    #[must_use]
    pub fn knowledge(&self) -> Option<&Knowledge> {
        self.knowledge.as_ref()
    }

    /// The findings that `before`, the report of an earlier version of the files, does not have, or not as often.
    /// Compares messages without digits, because an edit shifts line numbers and changes counts.
    #[must_use]
    pub fn new_since(&self, before: &Self) -> Vec<Finding> {
        let without_digits = |finding: &Finding| finding.message.replace(|letter: char| letter.is_ascii_digit(), "");
        let mut known: HashMap<String, usize> = HashMap::new();
        for finding in &before.findings {
            *known.entry(without_digits(finding)).or_default() += 1;
        }
        let is_new = |finding: &&Finding| match known.get_mut(&without_digits(finding)).filter(|count| **count > 0) {
            Some(count) => {
                *count -= 1;
                false
            }
            None => true,
        };
        self.findings.iter().filter(is_new).cloned().collect()
    }

    /// Replaces the findings.
    #[must_use]
    pub fn with_findings(mut self, findings: Vec<Finding>) -> Self {
        self.errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
        self.warnings = findings.len() - self.errors;
        self.findings = findings;
        self
    }

    /// Returns the knowledge and discards the findings.
    ///
    /// # Errors
    /// If the knowledge cannot be used: the whole report.
    pub fn into_knowledge(mut self) -> Result<Knowledge, LoadError> {
        self.knowledge.take().ok_or_else(|| LoadError { report: Box::new(self) })
    }
}

/// Prints every error, then every warning, then one line with their numbers.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut previous = None;
        for finding in &self.findings {
            if previous.is_some_and(|previous| previous != finding.severity) {
                writeln!(f)?;
            }
            previous = Some(finding.severity);
            writeln!(f, "{finding}")?;
        }
        let omitted = self.errors + self.warnings - self.findings.len();
        if omitted > 0 {
            writeln!(f, "... and {omitted} more")?;
        }
        let files = counted(self.files.len(), "file");
        match (self.errors, self.warnings) {
            (0, 0) => write!(f, "no problems in {files}"),
            (0, warnings) => write!(f, "{} in {files}", counted(warnings, "warning")),
            (errors, 0) => write!(f, "{} in {files}", counted(errors, "error")),
            (errors, warnings) => {
                write!(f, "{}, {} in {files}", counted(errors, "error"), counted(warnings, "warning"))
            }
        }
    }
}

/// Knowledge that cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the knowledge cannot be used:\n{report}")]
pub struct LoadError {
    /// The findings, at least one of them an error.
    pub report: Box<Report>,
}

/// A finding without its severity and file.
#[derive(Debug)]
pub(super) struct FindingText {
    /// Line and column, from 1; `None` if the file could not be read.
    pub(super) position: Option<(usize, usize)>,
    pub(super) path: String,
    pub(super) message: String,
    pub(super) help: String,
}

/// Collects up to [`limits::FINDINGS`] findings. Further ones are only counted, and their texts are never built.
#[derive(Debug, Default)]
pub(super) struct Findings {
    errors: usize,
    warnings: usize,
    files: Vec<PathBuf>,
    list: Vec<Finding>,
    /// The number of errors about the source text.
    source_errors: usize,
    /// Whether the documents are being compared with their source text.
    comparing_source: bool,
    source_problem: Option<String>,
}

impl Findings {
    /// Adds a finding in `file`.
    pub(super) fn push(&mut self, severity: Severity, file: &Path, text: impl FnOnce() -> FindingText) {
        match severity {
            Severity::Error => {
                self.errors += 1;
                self.source_errors += usize::from(self.comparing_source);
            }
            Severity::Warning => self.warnings += 1,
        }
        if self.list.len() >= limits::FINDINGS && severity == Severity::Error {
            // An error is worth more than a warning.
            if let Some(warning) = self.list.iter().rposition(|finding| finding.severity == Severity::Warning) {
                self.list.remove(warning);
            }
        }
        if self.list.len() < limits::FINDINGS {
            let FindingText { position, path, message, help } = text();
            let (line, column) = position.unzip();
            let (file, about_source) = (file.to_owned(), self.comparing_source);
            self.list.push(Finding { severity, file, line, column, path, message, help, about_source });
        }
    }

    /// Compares the documents with the source text in `file`; `compare` returns whether it is their text.
    pub(super) fn compare_source(&mut self, file: &Path, compare: impl FnOnce(&mut Self) -> bool) {
        let first = self.list.len();
        self.comparing_source = true;
        let fits = compare(self);
        self.comparing_source = false;
        if !fits {
            let error = self.list.iter().skip(first).find(|finding| finding.severity == Severity::Error);
            let message = error.map_or("it is not the text of these documents", |error| &error.message);
            self.source_problem = Some(format!("{}: {message}", file.display()));
        }
    }

    /// Adds a file, or a folder without knowledge files, to [`Report::files`].
    pub(super) fn add_file(&mut self, file: &Path) {
        self.files.push(file.to_owned());
    }

    /// The number of findings so far, including those beyond [`limits::FINDINGS`].
    pub(super) fn count(&self) -> usize {
        self.errors + self.warnings
    }

    /// Returns `true` if there is any error so far.
    pub(super) fn any_error(&self) -> bool {
        self.errors > 0
    }

    /// Returns `true` if no further finding will be listed, so that checks may stop early.
    pub(super) fn is_full(&self) -> bool {
        self.list.len() >= limits::FINDINGS
    }

    /// Sorts the findings by severity, file and position, those in the source text last. Drops `knowledge` if it cannot
    /// be used.
    pub(super) fn into_report(mut self, knowledge: Knowledge) -> Report {
        let order: HashMap<&Path, usize> = self.files.iter().enumerate().map(|(n, file)| (file.as_path(), n)).collect();
        let file = |f: &Finding| order.get(f.file.as_path()).copied().unwrap_or(usize::MAX);
        self.list.sort_by_key(|f| (f.severity, file(f), f.line, f.column));
        Report {
            errors: self.errors,
            warnings: self.warnings,
            files: self.files,
            findings: self.list,
            source_problem: self.source_problem,
            knowledge: (self.errors == self.source_errors).then_some(knowledge),
        }
    }
}

/// A number with its noun, in the plural unless the number is 1: `2 errors`.
pub(super) fn counted(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// Lists texts in backticks for a message, as many as anybody reads.
pub(super) fn listed<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut texts = texts.peekable();
    let mut list: Vec<String> = texts.by_ref().take(limits::SECTIONS).map(quoted).collect();
    if texts.peek().is_some() {
        list.push("...".to_owned());
    }
    list.join(", ")
}

/// Quotes a text in backticks for a message: shortened, and with control characters and the like escaped so that it is
/// safe to print to a terminal.
pub(super) fn quoted(text: &str) -> String {
    /// Enough to recognise a wording, and short enough for one line.
    const QUOTED_CHARS: usize = 80;
    let mut quoted = String::from("`");
    for c in truncate(text, QUOTED_CHARS).chars() {
        match c {
            '"' | '\'' => quoted.push(c),
            c => quoted.extend(c.escape_debug()),
        }
    }
    quoted.push('`');
    quoted
}

/// The candidate that `found` is most likely a misspelling of, for "did you mean". Returns `None` if none is similar
/// enough.
pub(crate) fn closest_match<'a>(found: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Least Jaro-Winkler similarity (`strsim`). With a lower one, suggestions are more confusing than helpful.
    const SIMILARITY_MIN: f64 = 0.8;
    /// Longest text to compare, in bytes. A misspelling is about as long as the name it stands for.
    const BYTES_MAX: usize = 2 * limits::ID_CHARS;
    /// Bounds the time for a file with many ids and as many misspellings.
    const CANDIDATES_MAX: usize = 2_000;
    if found.len() > BYTES_MAX {
        return None;
    }
    candidates
        .into_iter()
        .take(CANDIDATES_MAX)
        .filter(|candidate| candidate.len() <= BYTES_MAX)
        .map(|candidate| (strsim::jaro_winkler(found, candidate), candidate))
        .filter(|(similarity, _)| *similarity >= SIMILARITY_MIN)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
