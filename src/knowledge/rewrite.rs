//! Changes the text of a knowledge file so that it parses to a given document, with a minimal diff. Unchanged values
//! keep their order, indentation, line breaks and escapes; new values are laid out like their neighbours.

use std::collections::{HashMap, VecDeque};

use jsonc_parser::ast::{Array, Object, ObjectProp, Value};
use jsonc_parser::common::Ranged;
use serde_json::Value as Json;

use super::Document;
use super::json;
use super::layout::{Layout, Layouts, ROOT, element_role, field_role, spans};

/// Some editors write this at the start of a UTF-8 file.
const BYTE_ORDER_MARK: char = '\u{FEFF}';

/// The error of [`rewrite`] and [`parse_document`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RewriteError {
    /// The text is not a knowledge file.
    #[error("the text is not a knowledge file: {0}")]
    NotKnowledge(String),
    /// The rewritten text does not parse to the requested document and was discarded. A bug in this program.
    #[error("the rewritten text does not match the requested document (a bug in Footnote): {0}")]
    Mismatch(String),
}

/// Parses the text of a knowledge file, which may begin with a byte order mark. Checks its structure only;
/// [`check_files`](super::check_files()) checks the rest.
///
/// # Errors
/// [`RewriteError::NotKnowledge`] if the text is not JSON, or a field is missing or unknown.
pub fn parse_document(text: &str) -> Result<Document, RewriteError> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    serde_json::from_str(text).map_err(|error| RewriteError::NotKnowledge(error.to_string()))
}

/// Returns the text with as few changes as possible so that it parses to `document`. If the text has an empty list
/// where the document has no value, the two are equal, and the empty list stays in the text.
///
/// # Errors
/// [`RewriteError::NotKnowledge`] if the text is not a knowledge file; [`RewriteError::Mismatch`] if the result, which
/// is parsed again as a check, does not equal `document`.
pub fn rewrite(text: &str, document: &Document) -> Result<String, RewriteError> {
    if parse_document(text)? == *document {
        return Ok(text.to_owned());
    }
    let json_text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    // The serialised document has its fields in the order in which the Rust types declare them.
    let target = serde_json::to_string(document).map_err(|error| RewriteError::Mismatch(error.to_string()))?;
    let old = json::parse(json_text).map_err(|error| RewriteError::NotKnowledge(error.message))?;
    let new = json::parse(&target).map_err(|error| RewriteError::Mismatch(error.message))?;
    let layouts = Layouts::new(json_text, &old);
    let mut rewriter = Rewriter { text: json_text, layouts, out: String::with_capacity(text.len()) };
    rewriter.out.push_str(&text[..text.len() - json_text.len() + old.start()]);
    rewriter.write(&old, &new, ROOT);
    rewriter.out.push_str(&json_text[old.end()..]);
    match parse_document(&rewriter.out) {
        Ok(result) if result == *document => Ok(rewriter.out),
        Ok(_) => Err(RewriteError::Mismatch("it says something else".to_owned())),
        Err(error) => Err(RewriteError::Mismatch(error.to_string())),
    }
}

/// The key by which elements of two versions of a list are matched: the id or, without one, the element as JSON text.
#[must_use]
pub fn element_key(value: &Json) -> String {
    value["id"].as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// An element of a rewritten list, or a field of a rewritten object.
#[derive(Clone, Copy, Debug)]
enum Child {
    /// Child number `old` of the old text, rewritten to the value of child number `new` of the new document. Without
    /// `new`, an empty list that the document does not have, which is copied.
    Old { old: usize, new: Option<usize> },
    /// Child number `.0` of the new document, which the old text does not have.
    New(usize),
}

/// Writes the new text. In its methods, `old` and `new` are the same value in the old text and in the new document, and
/// `role` is the value's path without indices, by which [`Layouts`] finds values to imitate.
struct Rewriter<'a> {
    /// The old text.
    text: &'a str,
    layouts: Layouts<'a>,
    /// The new text so far.
    out: String,
}

impl Rewriter<'_> {
    /// Writes the value `new`, and copies the text of `old` wherever the two are equal.
    fn write(&mut self, old: &Value<'_>, new: &Value<'_>, role: &str) {
        if canonical(old) == canonical(new) {
            self.copy(old.start(), old.end());
            return;
        }
        match (old, new) {
            (Value::Object(before), Value::Object(after)) => {
                let children = match_fields(before, after);
                self.write_children(old, new, &children, role, |rewriter, child| match child {
                    Child::Old { old, new: Some(new) } => {
                        let (field, new) = (&before.properties[old], &after.properties[new]);
                        rewriter.copy(field.range.start, field.value.start());
                        rewriter.write(&field.value, &new.value, &field_role(role, new.name.as_str()));
                    }
                    Child::Old { old, new: None } => {
                        let range = before.properties[old].range;
                        rewriter.copy(range.start, range.end);
                    }
                    Child::New(new) => rewriter.write_new_field(&after.properties[new], role),
                });
            }
            (Value::Array(before), Value::Array(after)) => {
                let children = match_elements(before, after);
                let inner = element_role(role);
                self.write_children(old, new, &children, role, |rewriter, child| match child {
                    Child::Old { old, new: Some(new) } => {
                        rewriter.write(&before.elements[old], &after.elements[new], &inner);
                    }
                    Child::Old { old, new: None } => {
                        rewriter.copy(before.elements[old].start(), before.elements[old].end());
                    }
                    Child::New(new) => rewriter.write_new(&after.elements[new], &inner),
                });
            }
            _ => self.write_new(new, role),
        }
    }

    /// Writes a list or an object child by child. An old child keeps the separator that precedes it in the old text.
    fn write_children(
        &mut self,
        old: &Value<'_>,
        new: &Value<'_>,
        children: &[Child],
        role: &str,
        mut write_child: impl FnMut(&mut Self, Child),
    ) {
        let spans = spans(old);
        let (Some(first), Some(last), false) = (spans.first(), spans.last(), children.is_empty()) else {
            self.write_new(new, role);
            return;
        };
        // The text between the opening bracket and the first child.
        let lead = &self.text[old.start() + 1..first.start];
        let separator_before = |n: usize| (n > 0).then(|| &self.text[spans[n - 1].end..spans[n].start]);
        let new_separator = separator_before(1.min(spans.len() - 1)).map_or_else(
            || if lead.contains('\n') { format!(",{lead}") } else { self.layouts.comma.to_owned() },
            str::to_owned,
        );
        let separators: Vec<String> = children
            .iter()
            .enumerate()
            .map(|(position, child)| match child {
                _ if position == 0 => lead.to_owned(),
                Child::Old { old, .. } => separator_before(*old).unwrap_or(&new_separator).to_owned(),
                Child::New(_) => new_separator.clone(),
            })
            .collect();
        self.copy(old.start(), old.start() + 1);
        for (child, separator) in children.iter().zip(separators) {
            self.out.push_str(&separator);
            write_child(self, *child);
        }
        self.copy(last.end, old.end());
    }

    /// Writes a value that the old text does not have, laid out like values with the same role.
    fn write_new(&mut self, value: &Value<'_>, role: &str) {
        match value {
            Value::StringLit(text) => self.out.push_str(&string_literal(&text.value)),
            Value::NumberLit(number) => self.out.push_str(number.value),
            Value::BooleanLit(boolean) => self.out.push_str(if boolean.value { "true" } else { "false" }),
            Value::NullKeyword(_) => self.out.push_str("null"),
            Value::Array(array) => {
                let inner = element_role(role);
                self.write_new_container(value, role, ('[', ']'), &array.elements, |rewriter, element| {
                    rewriter.write_new(element, &inner);
                });
            }
            Value::Object(object) => {
                self.write_new_container(value, role, ('{', '}'), &object.properties, |rewriter, field| {
                    rewriter.write_new_field(field, role);
                });
            }
        }
    }

    fn write_new_field(&mut self, field: &ObjectProp<'_>, role: &str) {
        let name = field.name.as_str();
        self.out.push_str(&string_literal(name));
        self.out.push_str(self.layouts.colon);
        self.write_new(&field.value, &field_role(role, name));
    }

    fn write_new_container<T>(
        &mut self,
        value: &Value<'_>,
        role: &str,
        (open, close): (char, char),
        children: &[T],
        mut write_child: impl FnMut(&mut Self, &T),
    ) {
        self.out.push(open);
        if !children.is_empty() {
            let (lead, comma, tail) = match self.layouts.of(role, value) {
                Layout::Line(padding) => (padding.clone(), self.layouts.comma.to_owned(), padding),
                Layout::Lines => {
                    let outer = format!("{}{}", self.layouts.newline, self.indentation());
                    let inner = format!("{outer}{}", self.layouts.unit);
                    (inner.clone(), format!(",{inner}"), outer)
                }
            };
            for (position, child) in children.iter().enumerate() {
                self.out.push_str(if position == 0 { &lead } else { &comma });
                write_child(self, child);
            }
            self.out.push_str(&tail);
        }
        self.out.push(close);
    }

    /// The indentation of the line that is being written.
    fn indentation(&self) -> &str {
        let line = self.out.rsplit_once('\n').map_or(self.out.as_str(), |(_, line)| line);
        &line[..line.len() - line.trim_ascii_start().len()]
    }

    /// Copies a range of the old text.
    fn copy(&mut self, from: usize, to: usize) {
        self.out.push_str(&self.text[from..to]);
    }
}

/// A JSON string literal. Only quotation marks, backslashes and control characters are escaped.
fn string_literal(text: &str) -> String {
    Json::from(text).to_string()
}

/// Matches the fields of two objects by name. Old fields keep their order; a new field is inserted after the field that
/// precedes it in the new document.
fn match_fields(old: &Object<'_>, new: &Object<'_>) -> Vec<Child> {
    let position_of =
        |object: &Object<'_>, name: &str| object.properties.iter().position(|field| field.name.as_str() == name);
    let mut children: Vec<(&str, Child)> = Vec::with_capacity(new.properties.len());
    for (n, field) in old.properties.iter().enumerate() {
        let name = field.name.as_str();
        let new_position = position_of(new, name);
        if new_position.is_some() || is_empty_list(&field.value) {
            children.push((name, Child::Old { old: n, new: new_position }));
        }
    }
    for (n, field) in new.properties.iter().enumerate() {
        if position_of(old, field.name.as_str()).is_none() {
            let predecessor = n.checked_sub(1).map(|n| new.properties[n].name.as_str());
            let index = children.iter().position(|(name, _)| Some(*name) == predecessor).map_or(0, |index| index + 1);
            children.insert(index, (field.name.as_str(), Child::New(n)));
        }
    }
    children.into_iter().map(|(_, child)| child).collect()
}

/// Matches the elements of two lists by key, in the order of the new list. An element without a match replaces the old
/// element that follows the last reused one, unless that old element matches another new element.
fn match_elements(old: &Array<'_>, new: &Array<'_>) -> Vec<Child> {
    let key = |value: &Value<'_>| element_key(&canonical(value));
    let mut by_key: HashMap<String, VecDeque<usize>> = HashMap::new();
    for (n, value) in old.elements.iter().enumerate() {
        by_key.entry(key(value)).or_default().push_back(n);
    }
    let matches: Vec<Option<usize>> =
        new.elements.iter().map(|value| by_key.get_mut(&key(value)).and_then(VecDeque::pop_front)).collect();
    let mut free = vec![true; old.elements.len()];
    matches.iter().flatten().for_each(|&n| free[n] = false);
    // The old element after the last reused one.
    let mut next = 0;
    let claim = |(new, matched): (usize, Option<usize>)| {
        let claimed = matched.or_else(|| free.get(next).is_some_and(|free| *free).then_some(next));
        if let Some(n) = claimed {
            free[n] = false;
            next = n + 1;
        }
        claimed.map_or(Child::New(new), |old| Child::Old { old, new: Some(new) })
    };
    matches.into_iter().enumerate().map(claim).collect()
}

/// Normalises a value, so that values that differ only in notation are equal. Omits fields with an empty list, because
/// a missing field means the same.
fn canonical(value: &Value<'_>) -> Json {
    match value {
        Value::NullKeyword(_) => Json::Null,
        Value::BooleanLit(boolean) => Json::from(boolean.value),
        // `json::parse` accepts only numbers that serde_json can represent.
        Value::NumberLit(number) => number.value.parse().map_or(Json::Null, Json::Number),
        Value::StringLit(text) => Json::from(text.value.as_ref()),
        Value::Array(array) => array.elements.iter().map(canonical).collect(),
        Value::Object(object) => {
            let fields = object.properties.iter().filter(|field| !is_empty_list(&field.value));
            fields.map(|field| (field.name.as_str().to_owned(), canonical(&field.value))).collect()
        }
    }
}

fn is_empty_list(value: &Value<'_>) -> bool {
    value.as_array().is_some_and(|array| array.elements.is_empty())
}

#[cfg(test)]
mod tests;
