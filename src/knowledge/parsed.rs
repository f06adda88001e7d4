//! A knowledge file while it is checked: its document, and the line and column of every value.
//! Findings name a value by its path in the JSON.

use jsonc_parser::ast::Value;

use super::findings::{Findings, Severity};
use super::indexed_file::IndexedFile;
use super::json::{self, PathStep};
use super::read::TextFile;
use super::{Document, schema_check};

/// A document and its JSON tree, which locates the document's values in the file.
#[derive(Debug)]
pub(super) struct ParsedDocument<'a> {
    pub(super) source: IndexedFile<'a>,
    root: Value<'a>,
    pub(super) document: Document,
}

impl<'a> ParsedDocument<'a> {
    /// Parses a file and reports what the schema does not allow; invalid values become blank ones. Returns `None` if
    /// the file is not JSON or has more problems than a report lists.
    pub(super) fn parse(file: &'a TextFile, schema: &serde_json::Value, findings: &mut Findings) -> Option<Self> {
        let source = IndexedFile::new(file);
        // Parsed before the tree, which is several times as large and short-lived: the memory above the document can
        // then be returned to the system as one block.
        let document = serde_json::from_str::<Document>(&file.text).ok().map(|mut document| {
            document.shrink_to_fit();
            document
        });
        let parse = if document.is_some() { json::parse_verified } else { json::parse };
        let root = match parse(&file.text) {
            Ok(root) => root,
            Err(error) => {
                source.report(findings, Severity::Error, error.offset, &[], || (error.message, error.help.to_owned()));
                return None;
            }
        };
        let count = findings.count();
        schema_check::check(schema, &root, &source, findings);
        if let Some(document) = document
            && findings.count() == count
        {
            return Some(Self { source, root, document });
        }
        match serde_json::from_value(schema_check::sanitize(schema, &root, &source)?) {
            Ok(document) => Some(Self { source, root, document }),
            // A value that passes the schema check fits the types. If they ever disagree, report it rather than hide
            // it.
            Err(error) => {
                source.report(findings, Severity::Error, 0, &[], || {
                    (error.to_string(), "compare the file with the output of `footnote schema`".to_owned())
                });
                None
            }
        }
    }

    /// Adds an error at the value with this path. `words` returns its message and its help.
    pub(super) fn error(
        &self,
        findings: &mut Findings,
        path: &[PathStep<'_>],
        words: impl FnOnce() -> (String, String),
    ) {
        self.source.report(findings, Severity::Error, json::locate(&self.root, path), path, words);
    }

    /// Adds a warning at the value with this path. `words` returns its message and its help.
    pub(super) fn warning(
        &self,
        findings: &mut Findings,
        path: &[PathStep<'_>],
        words: impl FnOnce() -> (String, String),
    ) {
        self.source.report(findings, Severity::Warning, json::locate(&self.root, path), path, words);
    }

    /// The file and line of the value with this path, for the message of a finding elsewhere.
    pub(super) fn file_and_line(&self, path: &[PathStep<'_>]) -> String {
        let (line, _) = self.source.position(json::locate(&self.root, path));
        format!("{}:{line}", self.source.file.path.display())
    }
}
