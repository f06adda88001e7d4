//! Parses JSON and locates its values, so that a finding can name line and column.
//! `serde_json` decides which texts are valid and how deep they may nest; `jsonc-parser` provides the positions.

use std::fmt;

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

/// One step of a path: from a JSON value to a value inside it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum PathStep<'a> {
    /// To the value of an object's field.
    Field(&'a str),
    /// To a list element, from 0.
    Index(usize),
}

/// Displays a path as findings print it: `$.entries[3].passage`.
pub(super) struct JsonPath<'p, 'a>(pub(super) &'p [PathStep<'a>]);

impl fmt::Display for JsonPath<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Unknown fields can have names of any length. This many characters are enough to recognise one.
        const NAME_CHARS: usize = 80;
        f.write_str("$")?;
        for step in self.0 {
            match step {
                PathStep::Field(name) if name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$')) => {
                    write!(f, ".{name:.NAME_CHARS$}")?;
                }
                PathStep::Field(name) => write!(f, "[{:?}]", name.chars().take(NAME_CHARS).collect::<String>())?,
                PathStep::Index(n) => write!(f, "[{n}]")?,
            }
        }
        Ok(())
    }
}

/// A text that is not valid JSON.
#[derive(Debug)]
pub(super) struct SyntaxError {
    /// The byte offset of the error.
    pub(super) offset: usize,
    pub(super) message: String,
    pub(super) help: &'static str,
}

/// Parses strict JSON, nested at most 128 levels deep (serde_json's limit).
pub(super) fn parse(text: &str) -> Result<Value<'_>, SyntaxError> {
    // serde_json's tree has no positions, so only its verdict is used.
    serde_json::from_str::<serde_json::Value>(text).map_err(|error| strict_error(text, &error))?;
    parse_verified(text)
}

/// Parses a text that serde_json has accepted. Call it only then: `jsonc-parser` is less strict and does not limit
/// nesting.
pub(super) fn parse_verified(text: &str) -> Result<Value<'_>, SyntaxError> {
    let options = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options).map_err(|error| SyntaxError {
        offset: error.range().start,
        message: format!("not valid JSON: {}", error.kind()),
        help: HELP_JSON,
    })?;
    parsed.value.ok_or(SyntaxError { offset: 0, message: "the file is empty".to_owned(), help: HELP_JSON })
}

const HELP_JSON: &str =
    "a knowledge file is one JSON object: {\"title\": ..., \"sections\": [...], \"entries\": [...]}";

/// Rewords serde_json's error for people who do not write JSON every day.
fn strict_error(text: &str, error: &serde_json::Error) -> SyntaxError {
    let full = error.to_string();
    let message = full.rsplit_once(" at line ").map_or(full.as_str(), |(message, _)| message);
    let help = match message {
        _ if text.trim_ascii().is_empty() => HELP_JSON,
        "trailing comma" => "remove the comma before the closing bracket or brace",
        "recursion limit exceeded" => "a knowledge file is nested a few levels deep; the limit is 128",
        _ if error.is_eof() => "the file ends too early: close every quotation mark, bracket and brace",
        _ if message.starts_with("control character") => {
            "add the closing quotation mark on the same line; write a line break inside a text as \\n"
        }
        _ if message.starts_with("expected `,`") => {
            "put a comma between two values; write a quotation mark inside a text as \\\""
        }
        _ if message.starts_with("key must be") => "put field names in quotation marks; JSON has no comments",
        "trailing characters" => "the file must be one JSON object; remove everything after it",
        "invalid escape" => "write a backslash inside a text as \\\\",
        _ => HELP_JSON,
    };
    // serde_json counts lines and columns from 1, columns in bytes. Column 0 is the end of the previous line.
    let line_start: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let offset = (line_start + error.column()).saturating_sub(1);
    // An error at the end of the file is reported at its last visible character, which an editor can show.
    let end = text.trim_ascii_end().len();
    SyntaxError { offset: offset.min(end), message: format!("not valid JSON: {message}"), help }
}

/// The byte offset of the value with this path, or of the last value that exists along the path.
pub(super) fn locate(root: &Value<'_>, path: &[PathStep<'_>]) -> usize {
    let mut value = root;
    for step in path {
        let inner = match (step, value) {
            // If a field appears twice, the last one counts, as in serde_json.
            (PathStep::Field(name), Value::Object(object)) => {
                object.properties.iter().rev().find(|property| property.name.as_str() == *name).map(|p| &p.value)
            }
            (PathStep::Index(n), Value::Array(array)) => array.elements.get(*n),
            _ => None,
        };
        match inner {
            Some(inner) => value = inner,
            None => break,
        }
    }
    value.start()
}

/// Converts byte offsets into lines and columns. Stores the positions of checkpoints; the characters after the nearest
/// one are counted.
#[derive(Debug)]
pub(super) struct LineIndex(Vec<Checkpoint>);

#[derive(Clone, Copy, Debug)]
struct Checkpoint {
    offset: usize,
    line: usize,
    column: usize,
}

impl LineIndex {
    /// Bytes between checkpoints within one line: bounds the time per finding in a file that is one huge line.
    const STRIDE: usize = 4096;

    /// Indexes a text in one pass.
    pub(super) fn new(text: &str) -> Self {
        let mut last = Checkpoint { offset: 0, line: 1, column: 1 };
        let mut checkpoints = vec![last];
        let (mut line, mut column) = (1, 1);
        for (offset, c) in text.char_indices() {
            if offset - last.offset >= Self::STRIDE || (column == 1 && line > last.line) {
                last = Checkpoint { offset, line, column };
                checkpoints.push(last);
            }
            (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        Self(checkpoints)
    }

    /// The line and column of a byte offset in the text that was indexed, both from 1; the column counts characters. An
    /// offset beyond the text counts as its end.
    pub(super) fn position(&self, text: &str, offset: usize) -> (usize, usize) {
        let after = self.0.partition_point(|checkpoint| checkpoint.offset <= offset);
        let nearest = after.checked_sub(1).and_then(|n| self.0.get(n)).copied();
        let Checkpoint { offset: start, line, column } =
            nearest.unwrap_or(Checkpoint { offset: 0, line: 1, column: 1 });
        let rest = text.get(start..).unwrap_or_default();
        let characters = rest.char_indices().take_while(|(at, c)| start + at < offset && *c != '\n').count();
        (line, column + characters)
    }
}
