//! A document under check: what was read of it, and where its values stand in the file.
//! Findings on a value are told by its path.

use jsonc_parser::ast::Value;

use super::findings::{Findings, Severity};
use super::place::Place;
use super::read::TextFile;
use super::tree::{self, Step};
use super::{Document, shape};

/// A document under check, and where its values stand.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) place: Place<'a>,
    root: Value<'a>,
    pub(super) document: Document,
}

impl<'a> Draft<'a> {
    /// Reads one file's text as a document, whose unsound parts are blank; none when it is not JSON or hopeless.
    pub(super) fn read(file: &'a TextFile, schema: &serde_json::Value, findings: &mut Findings) -> Option<Self> {
        let place = Place::new(file);
        // Before the tree, which is several times as large and soon gone: so what stays lies together, and all memory above it is given back.
        let document = serde_json::from_str::<Document>(&file.text).ok().map(|mut document| {
            document.shrink_to_fit();
            document
        });
        let parse = if document.is_some() { tree::parse_proven } else { tree::parse };
        let root = match parse(&file.text) {
            Ok(root) => root,
            Err(error) => {
                place.tell(findings, Severity::Error, error.offset, &[], || (error.message, error.help.to_owned()));
                return None;
            }
        };
        let told = findings.count();
        shape::check(schema, &root, &place, findings);
        if let Some(document) = document
            && findings.count() == told
        {
            return Some(Self { place, root, document });
        }
        match serde_json::from_value(shape::sound(schema, &root, &place)?) {
            Ok(document) => Some(Self { place, root, document }),
            // What is left after the shape's check fits the types; should they ever part, it is told and not hidden.
            Err(error) => {
                place.tell(findings, Severity::Error, 0, &[], || {
                    (error.to_string(), "see `footnote schema`".to_owned())
                });
                None
            }
        }
    }

    /// Takes down an error at the value of this path.
    pub(super) fn error(&self, findings: &mut Findings, path: &[Step<'_>], words: impl FnOnce() -> (String, String)) {
        self.place.tell(findings, Severity::Error, tree::locate(&self.root, path), path, words);
    }

    /// Takes down a warning at the value of this path.
    pub(super) fn warning(&self, findings: &mut Findings, path: &[Step<'_>], words: impl FnOnce() -> (String, String)) {
        self.place.tell(findings, Severity::Warning, tree::locate(&self.root, path), path, words);
    }

    /// The file and line of this path's value, for the message of a finding that stands elsewhere.
    pub(super) fn site(&self, path: &[Step<'_>]) -> String {
        let (line, _) = self.place.position(tree::locate(&self.root, path));
        format!("{}:{line}", self.place.file.path.display())
    }
}
