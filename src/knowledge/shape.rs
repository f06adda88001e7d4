//! Holds a file's JSON against the schema: every unknown, missing, mistyped, empty or over-long value is told at once.
//! What is sound is handed on, with blanks in place of the rest, so that its meaning can be checked in the same go.

use std::collections::HashSet;

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use serde_json::{Map, Value as Json};

use super::findings::{Findings, Severity, nearest, shown};
use super::limits;
use super::place::Place;
use super::tree::Step;
use super::wording::is_blank;

/// Tells everything that the schema does not allow.
pub(super) fn check(schema: &Json, root: &Value<'_>, place: &Place<'_>, findings: &mut Findings) {
    Walk { schema, place, findings, keeps: false, path: Vec::new() }.value(schema, "", root);
}

/// What the schema allows, as a document of the right shape: unknown fields are left out, and what is missing or of the wrong type
/// is an empty text, an empty list or zero. With [`limits::FINDINGS`] problems there is none: millions of unsound values would
/// be as many blanks.
pub(super) fn sound(schema: &Json, root: &Value<'_>, place: &Place<'_>) -> Option<Json> {
    let mut findings = Findings::default();
    let walk = Walk { schema, place, findings: &mut findings, keeps: true, path: Vec::new() };
    let sound = { walk }.value(schema, "", root);
    (!findings.is_full()).then_some(sound)
}

/// Whether a text looks as [`limits::ID_PATTERN`] says, the one pattern that the schema has.
fn is_id(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    text.split('-').all(is_word)
}

struct Walk<'w, 'v> {
    schema: &'w Json,
    place: &'w Place<'w>,
    findings: &'w mut Findings,
    /// Whether what is sound is kept.
    keeps: bool,
    path: Vec<Step<'v>>,
}

impl<'w, 'v> Walk<'w, 'v> {
    /// Checks a value against its part of the schema, and gives what is sound of it if that is kept. `about` says what the value is for,
    /// unless the schema knows better.
    fn value(&mut self, schema: &'w Json, about: &'w str, value: &'v Value<'v>) -> Json {
        let about = schema["description"].as_str().unwrap_or(about);
        let schema = self.resolve(schema);
        let about = if about.is_empty() { schema["description"].as_str().unwrap_or(about) } else { about };
        match (kind_of(schema), value) {
            ("object", Value::Object(object)) => self.object(schema, object),
            ("array", Value::Array(array)) => {
                self.length(schema, about, value, array.elements.len(), "Items");
                let mut items = Vec::new();
                for (n, element) in array.elements.iter().enumerate() {
                    self.path.push(Step::Index(n));
                    let item = self.value(&schema["items"], about, element);
                    items.extend(self.keeps.then_some(item));
                    self.path.pop();
                }
                // What is too many has been told; without it, checks may search the list however often they like.
                items.truncate(limit(schema, "maxItems").unwrap_or(usize::MAX));
                Json::Array(items)
            }
            ("string", Value::StringLit(text)) => {
                self.text(schema, about, value, &text.value);
                if self.keeps { Json::from(text.value.as_ref()) } else { Json::Null }
            }
            ("integer", Value::NumberLit(number)) => self.number(schema, about, value, number.value),
            (kind, found) => {
                let message = || format!("expected {}, found {}", in_words(kind), describe(found));
                self.tell(value, || (message(), help(about)));
                self.blank(schema)
            }
        }
    }

    /// Checks the fields of an object: none twice, none unknown, none missing.
    fn object(&mut self, schema: &'w Json, object: &'v Object<'v>) -> Json {
        let known = &schema["properties"];
        let names = || known.as_object().into_iter().flat_map(Map::keys).map(String::as_str);
        let mut fields = Map::new();
        let mut seen = HashSet::new();
        for property in &object.properties {
            let name = property.name.as_str();
            self.path.push(Step::Field(name));
            if !seen.insert(name) {
                self.tell(property, || {
                    (format!("the field {} stands here twice", shown(name)), "keep one of them".to_owned())
                });
            }
            match known.get(name) {
                Some(schema) => {
                    let value = self.value(schema, "", &property.value);
                    if self.keeps {
                        fields.insert(name.to_owned(), value);
                    }
                }
                None => self.tell(property, || {
                    let help = match nearest(name, names()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("the fields here are {}", list(names())),
                    };
                    (format!("unknown field {}", shown(name)), help)
                }),
            }
            self.path.pop();
        }
        for name in required(schema).filter(|name| !seen.contains(name)) {
            let about = known[name]["description"].as_str().unwrap_or_default();
            self.tell(object, || (format!("the field `{name}` is missing"), format!("`{name}`: {}", help(about))));
            if self.keeps {
                fields.insert(name.to_owned(), self.blank(&known[name]));
            }
        }
        Json::Object(fields)
    }

    fn text(&mut self, schema: &Json, about: &str, value: &Value<'_>, text: &str) {
        let may_be_empty = schema["minLength"].as_u64().unwrap_or(0) == 0;
        if !may_be_empty && is_blank(text) {
            self.tell(value, || ("the text is empty: nothing of it would show".to_owned(), help(about)));
        } else {
            self.length(schema, about, value, text.chars().count(), "Length");
        }
        // A line feed is the one control character that Discord shows as what it is.
        if let Some(control) = text.chars().find(|c| c.is_control() && *c != '\n') {
            self.tell(value, || {
                let message = format!("the text holds the control character U+{:04X}", u32::from(control));
                (message, "remove it; write a space, or \\n for a line break".to_owned())
            });
        }
        if schema["pattern"] == limits::ID_PATTERN && !is_id(text) {
            self.tell(value, || {
                let help =
                    "use lower-case letters a to z, digits, and single hyphens between words: `why-court-russia`";
                (format!("{} cannot be an id", shown(text)), help.to_owned())
            });
        }
    }

    fn number(&mut self, schema: &Json, about: &str, value: &Value<'_>, literal: &str) -> Json {
        // A literal of digits alone is compared as a float, which can hold any of them; the limits are exact in it.
        let whole = literal.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit());
        let number = literal.parse::<f64>().unwrap_or(f64::NAN);
        let (least, most) = (schema["minimum"].as_f64(), schema["maximum"].as_f64());
        if !whole {
            self.tell(value, || (format!("expected a whole number, found {}", shown(literal)), help(about)));
        } else if least.is_some_and(|least| number < least) || most.is_some_and(|most| number > most) {
            self.tell(value, || {
                let range = [least.map(|n| format!("at least {n}")), most.map(|n| format!("at most {n}"))];
                let range = range.into_iter().flatten().collect::<Vec<_>>().join(" and ");
                (format!("expected {range}, found {}", shown(literal)), help(about))
            });
        } else if let Ok(number) = literal.parse::<u32>() {
            return Json::from(number);
        }
        Json::from(0)
    }

    /// Checks how many characters or list values there are; `unit` is `Length` or `Items`, as the schema's keywords end.
    fn length(&mut self, schema: &Json, about: &str, value: &Value<'_>, found: usize, unit: &str) {
        let has = match unit {
            "Items" => format!("the list has {found} values"),
            _ => format!("the text has {found} characters"),
        };
        if let Some(least) = limit(schema, &format!("min{unit}")).filter(|least| found < *least) {
            self.tell(value, || (format!("{has}, expected at least {least}"), help(about)));
        }
        if let Some(most) = limit(schema, &format!("max{unit}")).filter(|most| found > *most) {
            self.tell(value, || (format!("{has}, expected at most {most}"), help(about)));
        }
    }

    fn tell(&mut self, at: &impl Ranged, words: impl FnOnce() -> (String, String)) {
        self.place.tell(self.findings, Severity::Error, at.start(), &self.path, words);
    }

    /// The schema that this one refers to, or itself.
    fn resolve(&self, schema: &'w Json) -> &'w Json {
        let target = schema["$ref"].as_str().and_then(|target| self.schema.pointer(target.trim_start_matches('#')));
        target.unwrap_or(schema)
    }

    /// A value of the right type that says nothing.
    fn blank(&self, schema: &'w Json) -> Json {
        if self.findings.is_full() {
            return Json::Null;
        }
        let schema = self.resolve(schema);
        match kind_of(schema) {
            "object" => Json::Object(
                required(schema).map(|name| (name.to_owned(), self.blank(&schema["properties"][name]))).collect(),
            ),
            "array" => Json::Array(Vec::new()),
            "integer" => Json::from(0),
            _ => Json::from(""),
        }
    }
}

/// The JSON type that a schema asks for.
fn kind_of(schema: &Json) -> &str {
    schema["type"].as_str().unwrap_or_default()
}

/// The number that a keyword of the schema gives, if it has that keyword.
fn limit(schema: &Json, keyword: &str) -> Option<usize> {
    schema[keyword].as_u64().and_then(|limit| usize::try_from(limit).ok())
}

fn required(schema: &Json) -> impl Iterator<Item = &str> {
    schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str)
}

fn help(about: &str) -> String {
    // The types' documentation, which is what a curator needs to know of a field.
    about.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn in_words(kind: &str) -> &str {
    match kind {
        "object" => "an object in braces {}",
        "array" => "a list in brackets []",
        "string" => "a text in quotation marks",
        "integer" => "a whole number",
        other => other,
    }
}

fn describe(value: &Value<'_>) -> String {
    match value {
        Value::StringLit(text) => format!("the text {}", shown(&text.value)),
        Value::NumberLit(number) => format!("the number {}", shown(number.value)),
        Value::BooleanLit(truth) => format!("`{}`", truth.value),
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::NullKeyword(_) => "`null`".to_owned(),
    }
}
