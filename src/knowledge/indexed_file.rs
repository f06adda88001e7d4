//! A text file with an index of its lines, so that findings name a line and a column.
//! Used while a file is checked.

use super::findings::{FindingText, Findings, Severity};
use super::json::{JsonPath, LineIndex, PathStep};
use super::read::TextFile;

/// A text file with an index of its lines.
#[derive(Debug)]
pub(super) struct IndexedFile<'a> {
    pub(super) file: &'a TextFile,
    lines: LineIndex,
}

impl<'a> IndexedFile<'a> {
    /// Indexes the lines of a file.
    pub(super) fn new(file: &'a TextFile) -> Self {
        Self { file, lines: LineIndex::new(&file.text) }
    }

    /// Adds a finding at a byte offset of the file. `words` returns its message and its help.
    pub(super) fn report(
        &self,
        findings: &mut Findings,
        severity: Severity,
        offset: usize,
        path: &[PathStep<'_>],
        words: impl FnOnce() -> (String, String),
    ) {
        findings.push(severity, &self.file.path, || {
            let (message, help) = words();
            FindingText { position: Some(self.position(offset)), path: JsonPath(path).to_string(), message, help }
        });
    }

    /// The line and column of a byte offset.
    pub(super) fn position(&self, offset: usize) -> (usize, usize) {
        self.lines.position(&self.file.text, offset)
    }
}
