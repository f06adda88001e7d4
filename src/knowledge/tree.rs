//! A knowledge file's JSON with the place of every value, so that a finding can say line and column.
//! serde_json decides what is JSON and how deep it may nest; jsonc-parser tells where its values stand.

use std::fmt;

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

/// One step from a JSON value to one inside it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Step<'a> {
    /// To the value of an object's field.
    Field(&'a str),
    /// To a list's value, from 0.
    Index(usize),
}

/// A path as findings print it: `$.entries[3].passage`.
pub(super) struct Path<'p, 'a>(pub(super) &'p [Step<'a>]);

impl fmt::Display for Path<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Names of unknown fields can be of any length; nobody reads more of them.
        const NAME_CHARS: usize = 80;
        f.write_str("$")?;
        for step in self.0 {
            match step {
                Step::Field(name) if name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$')) => {
                    write!(f, ".{name:.NAME_CHARS$}")?;
                }
                Step::Field(name) => write!(f, "[{:?}]", name.chars().take(NAME_CHARS).collect::<String>())?,
                Step::Index(n) => write!(f, "[{n}]")?,
            }
        }
        Ok(())
    }
}

/// Why a text is not JSON, and the byte where that shows.
#[derive(Debug)]
pub(super) struct SyntaxError {
    pub(super) offset: usize,
    pub(super) message: String,
    pub(super) help: &'static str,
}

/// Parses strict JSON, nested at most as deep as serde_json allows (128).
pub(super) fn parse(text: &str) -> Result<Value<'_>, SyntaxError> {
    // Its tree is not kept: it knows no places.
    serde_json::from_str::<serde_json::Value>(text).map_err(|error| strict_error(text, &error))?;
    parse_proven(text)
}

/// Parses what serde_json has read without an error: this parser is less strict, and goes as deep as the text.
pub(super) fn parse_proven(text: &str) -> Result<Value<'_>, SyntaxError> {
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
        message: format!("this is not JSON: {}", error.kind()),
        help: HELP_JSON,
    })?;
    parsed.value.ok_or(SyntaxError { offset: 0, message: "the file is empty".to_owned(), help: HELP_JSON })
}

const HELP_JSON: &str = "the file is one JSON object: {\"title\": ..., \"sections\": [...], \"entries\": [...]}";

/// serde_json's error in words for people who do not write JSON every day.
fn strict_error(text: &str, error: &serde_json::Error) -> SyntaxError {
    let full = error.to_string();
    let message = full.rsplit_once(" at line ").map_or(full.as_str(), |(message, _)| message);
    let help = match message {
        _ if text.trim_ascii().is_empty() => HELP_JSON,
        "trailing comma" => "remove the comma before the closing bracket or brace",
        "recursion limit exceeded" => "a knowledge file nests a few levels deep, never more than 128",
        _ if error.is_eof() => "the file ends too early: a quotation mark, bracket or brace is opened and never closed",
        _ if message.starts_with("control character") => {
            "close the text with a quotation mark before the line ends; a line break inside a text is written \\n"
        }
        _ if message.starts_with("expected `,`") => {
            "put a comma between two values; a quotation mark inside a text is written \\\""
        }
        _ if message.starts_with("key must be") => "put the field's name in quotation marks; JSON knows no comments",
        "trailing characters" => "the file is one JSON object; remove what follows it",
        "invalid escape" => "in a text, a backslash is written \\\\",
        _ => HELP_JSON,
    };
    // Lines count from 1 and columns in bytes from 1; column 0 is the end of the line before.
    let line_start: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let offset = (line_start + error.column()).saturating_sub(1);
    // Nothing stands after the last visible character, not even a line that a reader could look at.
    let end = text.trim_ascii_end().len();
    SyntaxError { offset: offset.min(end), message: format!("this is not JSON: {message}"), help }
}

/// The byte at which the value of this path begins; where the path leads nowhere, the last value on the way.
pub(super) fn locate(root: &Value<'_>, path: &[Step<'_>]) -> usize {
    let mut value = root;
    for step in path {
        let inner = match (step, value) {
            // Of a doubled field the last one counts, as for serde_json.
            (Step::Field(name), Value::Object(object)) => {
                object.properties.iter().rev().find(|property| property.name.as_str() == *name).map(|p| &p.value)
            }
            (Step::Index(n), Value::Array(array)) => array.elements.get(*n),
            _ => None,
        };
        match inner {
            Some(inner) => value = inner,
            None => break,
        }
    }
    value.start()
}

/// Turns bytes into lines and columns: known places in a text, close enough together to count on from.
#[derive(Debug)]
pub(super) struct Marks(Vec<Mark>);

#[derive(Clone, Copy, Debug)]
struct Mark {
    offset: usize,
    line: usize,
    column: usize,
}

impl Marks {
    /// Bytes between marks within one line, so that a file of one huge line is not counted anew for every finding.
    const STRIDE: usize = 4096;

    /// Goes through the text once.
    pub(super) fn new(text: &str) -> Self {
        let mut last = Mark { offset: 0, line: 1, column: 1 };
        let mut marks = vec![last];
        let (mut line, mut column) = (1, 1);
        for (offset, c) in text.char_indices() {
            if offset - last.offset >= Self::STRIDE || (column == 1 && line > last.line) {
                last = Mark { offset, line, column };
                marks.push(last);
            }
            (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        Self(marks)
    }

    /// Line and column of a byte, both from 1, the column in characters. What is beyond the text counts as its end.
    pub(super) fn position(&self, text: &str, offset: usize) -> (usize, usize) {
        let after = self.0.partition_point(|mark| mark.offset <= offset);
        let mark = after.checked_sub(1).and_then(|n| self.0.get(n)).copied();
        let Mark { offset: start, line, column } = mark.unwrap_or(Mark { offset: 0, line: 1, column: 1 });
        let rest = text.get(start..).unwrap_or_default();
        let characters = rest.char_indices().take_while(|(at, c)| start + at < offset && *c != '\n').count();
        (line, column + characters)
    }
}
