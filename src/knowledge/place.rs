//! A file under check: its text, where its lines are, and how a finding in it is taken down.

use super::findings::{Findings, Severity, What};
use super::read::TextFile;
use super::tree::{Marks, Path, Step};

/// A file whose findings have lines.
#[derive(Debug)]
pub(super) struct Place<'a> {
    /// The file.
    pub(super) file: &'a TextFile,
    marks: Marks,
}

impl<'a> Place<'a> {
    /// Goes through the text once, to know its lines.
    pub(super) fn new(file: &'a TextFile) -> Self {
        Self { file, marks: Marks::new(&file.text) }
    }

    /// Takes down what is wrong at a byte of the file; `words` are what is wrong, and what would be right.
    pub(super) fn tell(
        &self,
        findings: &mut Findings,
        severity: Severity,
        offset: usize,
        path: &[Step<'_>],
        words: impl FnOnce() -> (String, String),
    ) {
        findings.push(severity, &self.file.path, || {
            let (message, help) = words();
            What { position: Some(self.position(offset)), path: Path(path).to_string(), message, help }
        });
    }

    /// The line and column of a byte of the file.
    pub(super) fn position(&self, offset: usize) -> (usize, usize) {
        self.marks.position(&self.file.text, offset)
    }
}
