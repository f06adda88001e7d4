//! Makes a knowledge file's text say something else, and changes nothing besides: key order, indentation, line breaks and
//! escapes of what stays are kept, and what is new looks like its neighbours, so that a diff shows only what changed.

use std::collections::{BTreeMap, HashMap, VecDeque};

use jsonc_parser::ast::{Array, Object, ObjectProp, Value};
use jsonc_parser::common::Ranged;

use super::Document;
use super::layout::{Layout, Layouts, ROOT, element_role, field_role, spans};
use super::tree;

/// What some editors begin a UTF-8 file with.
const BYTE_ORDER_MARK: char = '\u{FEFF}';

/// Why a text could not be rewritten.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RewriteError {
    /// What stands there is no knowledge file.
    #[error("expected the text of a knowledge file, found: {0}")]
    NotKnowledge(String),
    /// The text that came out does not say what it should; it is thrown away. A mistake of the program.
    #[error("expected the rewritten text to say what was wanted, found: {0}")]
    Mismatch(String),
}

/// Reads the text of a knowledge file, which may begin with a byte order mark, as a document. Only its shape is looked at:
/// what it means is for [`check_files`](super::check_files()).
///
/// # Errors
/// [`RewriteError::NotKnowledge`] when it is not JSON, or lacks a field or has one too many.
pub fn parse_document(text: &str) -> Result<Document, RewriteError> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    serde_json::from_str(text).map_err(|error| RewriteError::NotKnowledge(error.to_string()))
}

/// The text, changed as little as possible, so that it says what `wanted` says. An empty list that stands in the text where
/// `wanted` has none says the same and stays.
///
/// # Errors
/// When the text is no knowledge file. The result is read again and compared before it is given.
pub fn rewrite(text: &str, wanted: &Document) -> Result<String, RewriteError> {
    if parse_document(text)? == *wanted {
        return Ok(text.to_owned());
    }
    let json = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    // Through its text, because that has the fields in the order of the types.
    let target = serde_json::to_string(wanted).map_err(|error| RewriteError::Mismatch(error.to_string()))?;
    let old = tree::parse(json).map_err(|error| RewriteError::NotKnowledge(error.message))?;
    let new = tree::parse(&target).map_err(|error| RewriteError::Mismatch(error.message))?;
    let mut writer = Writer { text: json, layouts: Layouts::new(json, &old), out: String::with_capacity(text.len()) };
    writer.out.push_str(&text[..text.len() - json.len() + old.start()]);
    writer.value(&old, &new, ROOT);
    writer.out.push_str(&json[old.end()..]);
    match parse_document(&writer.out) {
        Ok(said) if said == *wanted => Ok(writer.out),
        Ok(_) => Err(RewriteError::Mismatch("another document".to_owned())),
        Err(error) => Err(RewriteError::Mismatch(error.to_string())),
    }
}

/// One value of a rewritten list, or one field of a rewritten object, by its number.
#[derive(Clone, Copy, Debug)]
enum Piece {
    /// Stood there: its number in the old text, and in the new unless it stays as it is.
    Kept(usize, Option<usize>),
    /// Is new: its number in what is wanted.
    New(usize),
}

struct Writer<'a> {
    text: &'a str,
    layouts: Layouts<'a>,
    out: String,
}

impl Writer<'_> {
    /// Writes what `new` says over the text of `old`.
    fn value(&mut self, old: &Value<'_>, new: &Value<'_>, role: &str) {
        if Meaning::of(old) == Meaning::of(new) {
            self.keep(old.start(), old.end());
            return;
        }
        match (old, new) {
            (Value::Object(before), Value::Object(after)) => {
                let pieces = field_pieces(before, after);
                self.container(old, new, &pieces, role, |writer, piece| match piece {
                    Piece::Kept(n, Some(wanted)) => {
                        let (field, wanted) = (&before.properties[n], &after.properties[wanted]);
                        writer.keep(field.range.start, field.value.start());
                        writer.value(&field.value, &wanted.value, &field_role(role, wanted.name.as_str()));
                    }
                    Piece::Kept(n, None) => {
                        let range = before.properties[n].range;
                        writer.keep(range.start, range.end);
                    }
                    Piece::New(n) => writer.new_field(&after.properties[n], role),
                });
            }
            (Value::Array(before), Value::Array(after)) => {
                let pieces = element_pieces(before, after);
                let inner = element_role(role);
                self.container(old, new, &pieces, role, |writer, piece| match piece {
                    Piece::Kept(n, Some(wanted)) => {
                        writer.value(&before.elements[n], &after.elements[wanted], &inner);
                    }
                    Piece::Kept(n, None) => writer.keep(before.elements[n].start(), before.elements[n].end()),
                    Piece::New(n) => writer.new_value(&after.elements[n], &inner),
                });
            }
            _ => self.new_value(new, role),
        }
    }

    /// Writes a list or an object piece by piece. A piece that stays brings along what stood between it and the one before.
    fn container(
        &mut self,
        old: &Value<'_>,
        new: &Value<'_>,
        pieces: &[Piece],
        role: &str,
        mut write: impl FnMut(&mut Self, Piece),
    ) {
        let spans = spans(old);
        let (Some(first), Some(last), false) = (spans.first(), spans.last(), pieces.is_empty()) else {
            self.new_value(new, role);
            return;
        };
        let lead = &self.text[old.start() + 1..first.start];
        let before = |n: usize| (n > 0).then(|| &self.text[spans[n - 1].end..spans[n].start]);
        let usual = before(1.min(spans.len() - 1)).map_or_else(
            || if lead.contains('\n') { format!(",{lead}") } else { self.layouts.comma.to_owned() },
            str::to_owned,
        );
        let gaps: Vec<String> = pieces
            .iter()
            .enumerate()
            .map(|(place, piece)| match piece {
                _ if place == 0 => lead.to_owned(),
                Piece::Kept(n, _) => before(*n).unwrap_or(&usual).to_owned(),
                Piece::New(_) => usual.clone(),
            })
            .collect();
        self.keep(old.start(), old.start() + 1);
        for (piece, gap) in pieces.iter().zip(gaps) {
            self.out.push_str(&gap);
            write(self, *piece);
        }
        self.keep(last.end, old.end());
    }

    /// Writes a value that has no old text, laid out as others in its role.
    fn new_value(&mut self, value: &Value<'_>, role: &str) {
        match value {
            Value::StringLit(text) => self.out.push_str(&quoted(&text.value)),
            Value::NumberLit(number) => self.out.push_str(number.value),
            Value::BooleanLit(truth) => self.out.push_str(if truth.value { "true" } else { "false" }),
            Value::NullKeyword(_) => self.out.push_str("null"),
            Value::Array(array) => {
                let inner = element_role(role);
                self.new_container(value, role, ('[', ']'), &array.elements, |writer, element| {
                    writer.new_value(element, &inner);
                });
            }
            Value::Object(object) => {
                self.new_container(value, role, ('{', '}'), &object.properties, |writer, field| {
                    writer.new_field(field, role);
                });
            }
        }
    }

    fn new_field(&mut self, field: &ObjectProp<'_>, role: &str) {
        let name = field.name.as_str();
        self.out.push_str(&quoted(name));
        self.out.push_str(self.layouts.colon);
        self.new_value(&field.value, &field_role(role, name));
    }

    fn new_container<T>(
        &mut self,
        value: &Value<'_>,
        role: &str,
        (open, close): (char, char),
        items: &[T],
        mut write: impl FnMut(&mut Self, &T),
    ) {
        self.out.push(open);
        if !items.is_empty() {
            let (lead, comma, tail) = match self.layouts.of(role, value) {
                Layout::Line(pad) => (pad.clone(), self.layouts.comma.to_owned(), pad),
                Layout::Lines => {
                    let outer = format!("{}{}", self.layouts.newline, self.indent());
                    let inner = format!("{outer}{}", self.layouts.unit);
                    (inner.clone(), format!(",{inner}"), outer)
                }
            };
            for (place, item) in items.iter().enumerate() {
                self.out.push_str(if place == 0 { &lead } else { &comma });
                write(self, item);
            }
            self.out.push_str(&tail);
        }
        self.out.push(close);
    }

    /// The white space that the line being written begins with.
    fn indent(&self) -> &str {
        let line = self.out.rsplit_once('\n').map_or(self.out.as_str(), |(_, line)| line);
        &line[..line.len() - line.trim_ascii_start().len()]
    }

    fn keep(&mut self, from: usize, to: usize) {
        self.out.push_str(&self.text[from..to]);
    }
}

/// A text as JSON writes it; nothing but quotation marks, backslashes and control characters is escaped.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The fields of an object in the old text's order; a new one follows the field that it follows in the types.
fn field_pieces(old: &Object<'_>, new: &Object<'_>) -> Vec<Piece> {
    let place_of =
        |object: &Object<'_>, name: &str| object.properties.iter().position(|field| field.name.as_str() == name);
    let mut pieces: Vec<(&str, Piece)> = Vec::with_capacity(new.properties.len());
    for (n, field) in old.properties.iter().enumerate() {
        let name = field.name.as_str();
        let wanted = place_of(new, name);
        if wanted.is_some() || is_empty_list(&field.value) {
            pieces.push((name, Piece::Kept(n, wanted)));
        }
    }
    for (n, field) in new.properties.iter().enumerate() {
        if place_of(old, field.name.as_str()).is_none() {
            let before = n.checked_sub(1).map(|n| new.properties[n].name.as_str());
            let place = pieces.iter().position(|(name, _)| Some(*name) == before).map_or(0, |place| place + 1);
            pieces.insert(place, (field.name.as_str(), Piece::New(n)));
        }
    }
    pieces.into_iter().map(|(_, piece)| piece).collect()
}

/// The values of a list in the order that is wanted: each is found in the old list by its id or, without one, by what it
/// says; one that is not found takes the place of an old one that nobody claims, if that is where it comes to stand.
fn element_pieces(old: &Array<'_>, new: &Array<'_>) -> Vec<Piece> {
    let mut places: HashMap<Name<'_>, VecDeque<usize>> = HashMap::new();
    for (n, value) in old.elements.iter().enumerate() {
        places.entry(Name::of(value)).or_default().push_back(n);
    }
    let found: Vec<Option<usize>> =
        new.elements.iter().map(|value| places.get_mut(&Name::of(value)).and_then(VecDeque::pop_front)).collect();
    let mut free = vec![true; old.elements.len()];
    found.iter().flatten().for_each(|&n| free[n] = false);
    let mut next = 0;
    let claim = |(wanted, found): (usize, Option<usize>)| {
        let found = found.or_else(|| free.get(next).is_some_and(|free| *free).then_some(next));
        if let Some(n) = found {
            free[n] = false;
            next = n + 1;
        }
        found.map_or(Piece::New(wanted), |n| Piece::Kept(n, Some(wanted)))
    };
    found.into_iter().enumerate().map(claim).collect()
}

/// What a value of a list is found by.
#[derive(Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
enum Name<'a> {
    Id(&'a str),
    Meaning(Meaning<'a>),
}

impl<'a> Name<'a> {
    fn of(value: &'a Value<'_>) -> Self {
        let id = value.as_object().and_then(|object| object.get_string("id"));
        id.map_or_else(|| Self::Meaning(Meaning::of(value)), |id| Self::Id(&id.value))
    }
}

/// What a value says, however it is written: fields in any order, and an empty list is as good as none.
#[derive(Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
enum Meaning<'a> {
    Plain(Option<bool>),
    Number(&'a str),
    Text(&'a str),
    List(Vec<Meaning<'a>>),
    Object(BTreeMap<&'a str, Meaning<'a>>),
}

impl<'a> Meaning<'a> {
    fn of(value: &'a Value<'_>) -> Self {
        match value {
            Value::NullKeyword(_) => Self::Plain(None),
            Value::BooleanLit(truth) => Self::Plain(Some(truth.value)),
            Value::NumberLit(number) => Self::Number(number.value),
            Value::StringLit(text) => Self::Text(&text.value),
            Value::Array(array) => Self::List(array.elements.iter().map(Self::of).collect()),
            Value::Object(object) => {
                let fields = object.properties.iter().filter(|field| !is_empty_list(&field.value));
                Self::Object(fields.map(|field| (field.name.as_str(), Self::of(&field.value))).collect())
            }
        }
    }
}

fn is_empty_list(value: &Value<'_>) -> bool {
    value.as_array().is_some_and(|array| array.elements.is_empty())
}
