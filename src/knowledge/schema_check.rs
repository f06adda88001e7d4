//! Checks a file's JSON against the schema and reports every unknown, missing, mistyped, empty or overlong value.
//! Replaces invalid values by blank ones, so that `rules` can check the rest of the document in the same run.

use std::collections::HashSet;

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use serde_json::{Map, Value as Json};

use super::findings::{Findings, Severity, closest_match, counted, quoted};
use super::indexed_file::IndexedFile;
use super::json::PathStep;
use super::limits;
use super::wording::is_blank;

/// Reports everything that the schema does not allow.
pub(super) fn check(schema: &Json, root: &Value<'_>, source: &IndexedFile<'_>, findings: &mut Findings) {
    SchemaChecker { schema, source, findings, builds_output: false, path: Vec::new() }.value(schema, "", root);
}

/// Returns the document with everything removed that the schema does not allow. Unknown fields are left out; missing
/// and mistyped values become an empty text, an empty list or zero.
///
/// Returns `None` if there are [`limits::FINDINGS`] problems or more: millions of invalid values would become as many
/// blanks.
pub(super) fn sanitize(schema: &Json, root: &Value<'_>, source: &IndexedFile<'_>) -> Option<Json> {
    let mut findings = Findings::default();
    let checker = SchemaChecker { schema, source, findings: &mut findings, builds_output: true, path: Vec::new() };
    let sanitized = { checker }.value(schema, "", root);
    (!findings.is_full()).then_some(sanitized)
}

/// Returns `true` if a text matches [`limits::ID_PATTERN`].
fn is_id(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    text.split('-').all(is_word)
}

/// Returns `true` if a text matches [`limits::URL_PATTERN`].
fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._~:/?#@!$&'*+,;=%-".contains(&byte);
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(is_allowed))
}

/// Walks a JSON tree along its schema.
struct SchemaChecker<'w, 'v> {
    schema: &'w Json,
    source: &'w IndexedFile<'w>,
    findings: &'w mut Findings,
    /// Whether to build the sanitized value. If not, the results of the methods are meaningless.
    builds_output: bool,
    /// The path of the current value.
    path: Vec<PathStep<'v>>,
}

impl<'w, 'v> SchemaChecker<'w, 'v> {
    /// Checks a value against its part of the schema and returns the sanitized value. `about` describes the value's
    /// purpose; a description in the schema takes precedence.
    fn value(&mut self, schema: &'w Json, about: &'w str, value: &'v Value<'v>) -> Json {
        let about = schema["description"].as_str().unwrap_or(about);
        let schema = self.resolve(schema);
        let about = if about.is_empty() { schema["description"].as_str().unwrap_or(about) } else { about };
        match (type_of(schema), value) {
            ("object", Value::Object(object)) => self.object(schema, object),
            ("array", Value::Array(array)) => {
                self.length(schema, about, value, array.elements.len(), "Items");
                let mut items = Vec::new();
                for (n, element) in array.elements.iter().enumerate() {
                    self.path.push(PathStep::Index(n));
                    let item = self.value(&schema["items"], about, element);
                    items.extend(self.builds_output.then_some(item));
                    self.path.pop();
                }
                // The excess has been reported. Without it, later checks can afford to search the list repeatedly.
                items.truncate(limit(schema, "maxItems").unwrap_or(usize::MAX));
                Json::Array(items)
            }
            ("string", Value::StringLit(text)) => {
                self.text(schema, about, value, &text.value);
                if self.builds_output { Json::from(text.value.as_ref()) } else { Json::Null }
            }
            ("boolean", Value::BooleanLit(truth)) => Json::from(truth.value),
            ("integer", Value::NumberLit(number)) => self.number(schema, about, value, number.value),
            (kind, found) => {
                let message = || format!("expected {}, found {}", type_name(kind), describe(found));
                self.report(value, || (message(), help(about)));
                self.blank(schema)
            }
        }
    }

    /// Checks the fields of an object: none may be repeated, unknown or missing.
    fn object(&mut self, schema: &'w Json, object: &'v Object<'v>) -> Json {
        let known = &schema["properties"];
        let names = || known.as_object().into_iter().flat_map(Map::keys).map(String::as_str);
        let mut fields = Map::new();
        let mut seen = HashSet::new();
        let unwritten = self.report_unwritten(schema, object);
        for property in &object.properties {
            let name = property.name.as_str();
            if unwritten.contains(&name) && seen.insert(name) {
                fields.insert(name.to_owned(), Json::from(""));
                continue;
            }
            self.path.push(PathStep::Field(name));
            if !seen.insert(name) {
                self.report(property, || {
                    (format!("the field {} appears twice", quoted(name)), "remove one of them".to_owned())
                });
            }
            match known.get(name) {
                Some(schema) => {
                    let value = self.value(schema, "", &property.value);
                    if self.builds_output {
                        fields.insert(name.to_owned(), value);
                    }
                }
                None => self.report(property, || {
                    let help = match closest_match(name, names()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("the allowed fields are {}", list(names())),
                    };
                    (format!("unknown field {}", quoted(name)), help)
                }),
            }
            self.path.pop();
        }
        for name in required(schema).filter(|name| !seen.contains(name)) {
            let about = known[name]["description"].as_str().unwrap_or_default();
            self.report(object, || (format!("the field `{name}` is missing"), format!("`{name}`: {}", help(about))));
            if self.builds_output {
                fields.insert(name.to_owned(), self.blank(&known[name]));
            }
        }
        Json::Object(fields)
    }

    /// Reports the required texts of an object that are blank, if there are several, with one finding: a draft has many
    /// such objects. Returns the names of these fields.
    fn report_unwritten(&mut self, schema: &Json, object: &'v Object<'v>) -> Vec<&'v str> {
        let is_blank_text = |name: &str, value: &Value<'_>| {
            let required = required(schema).any(|required| required == name);
            let text = if let Value::StringLit(text) = value { text.value.as_ref() } else { return false };
            required
                && must_have_text(self.resolve(&schema["properties"][name]))
                && is_blank(text)
                && !text.contains(is_forbidden)
        };
        let blank = object.properties.iter().filter(|property| is_blank_text(property.name.as_str(), &property.value));
        let blank: Vec<_> = blank.collect();
        let [first, .., last] = blank.as_slice() else { return Vec::new() };
        self.report(&first.value, || {
            let id = object.properties.iter().find(|property| property.name.as_str() == "id");
            let id =
                id.and_then(|id| if let Value::StringLit(id) = &id.value { Some(quoted(&id.value)) } else { None });
            let owner = id.unwrap_or_else(|| "this part".to_owned());
            let others = blank.iter().take(blank.len() - 1).map(|property| property.name.as_str());
            let message =
                format!("{owner} is not written yet: its {} and `{}` are empty", list(others), last.name.as_str());
            (message, "write them, or remove the whole object in its braces {}".to_owned())
        });
        blank.iter().map(|property| property.name.as_str()).collect()
    }

    fn text(&mut self, schema: &Json, about: &str, value: &Value<'_>, text: &str) {
        if must_have_text(schema) && is_blank(text) {
            self.report(value, || ("the text is empty: it has no visible character".to_owned(), help(about)));
        } else {
            self.length(schema, about, value, text.chars().count(), "Length");
        }
        // The line feed is the only control character that Discord displays as intended.
        if let Some(control) = text.chars().find(|c| is_forbidden(*c)) {
            self.report(value, || {
                let message = format!("the text contains the control character U+{:04X}", u32::from(control));
                (message, "remove it; use a space, or \\n for a line break".to_owned())
            });
        }
        self.choice(schema, value, text);
        if schema["pattern"] == limits::ID_PATTERN && !is_id(text) {
            self.report(value, || {
                let help =
                    "use lower-case letters a to z and digits, with single hyphens between words, as in `why-court-russia`";
                (format!("{} is not a valid id", quoted(text)), help.to_owned())
            });
        }
        if schema["pattern"] == limits::URL_PATTERN && !is_url(text) {
            self.report(value, || {
                let help = "write the whole address, as in `https://example.org/essay`; write %28 and %29 for parentheses, and \
                            percent-encode letters that are not English";
                (format!("{} is not a web address", quoted(text)), help.to_owned())
            });
        }
    }

    /// Checks that a text is one of those that the schema lists.
    fn choice(&mut self, schema: &Json, value: &Value<'_>, text: &str) {
        let Some(choices) = schema["enum"].as_array() else { return };
        let choices = || choices.iter().filter_map(Json::as_str);
        if !choices().any(|choice| choice == text) {
            self.report(value, || {
                let message = format!("{} is not one of the accepted values", quoted(text));
                (message, format!("use one of {}", list(choices())))
            });
        }
    }

    fn number(&mut self, schema: &Json, about: &str, value: &Value<'_>, literal: &str) -> Json {
        // Compared as a float, which can represent a literal of any length; the limits are exact in it.
        let whole = literal.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit());
        let number = literal.parse::<f64>().unwrap_or(f64::NAN);
        let (least, most) = (schema["minimum"].as_f64(), schema["maximum"].as_f64());
        if !whole {
            self.report(value, || (format!("expected a whole number, found {}", quoted(literal)), help(about)));
        } else if least.is_some_and(|least| number < least) || most.is_some_and(|most| number > most) {
            self.report(value, || {
                let range = [least.map(|n| format!("at least {n}")), most.map(|n| format!("at most {n}"))];
                let range = range.into_iter().flatten().collect::<Vec<_>>().join(" and ");
                (format!("expected {range}, found {}", quoted(literal)), help(about))
            });
        } else if let Ok(number) = literal.parse::<u32>() {
            return Json::from(number);
        }
        Json::from(0)
    }

    /// Checks a number of characters or list values. `unit` is the ending of the schema's keywords: `Length` or
    /// `Items`.
    fn length(&mut self, schema: &Json, about: &str, value: &Value<'_>, found: usize, unit: &str) {
        let has = match unit {
            "Items" => format!("the list has {}", counted(found, "value")),
            _ => format!("the text has {}", counted(found, "character")),
        };
        if let Some(least) = limit(schema, &format!("min{unit}")).filter(|least| found < *least) {
            self.report(value, || (format!("{has}, expected at least {least}"), help(about)));
        }
        if let Some(most) = limit(schema, &format!("max{unit}")).filter(|most| found > *most) {
            self.report(value, || (format!("{has}, expected at most {most}"), help(about)));
        }
    }

    /// Adds an error at a value. `words` returns its message and its help.
    fn report(&mut self, at: &impl Ranged, words: impl FnOnce() -> (String, String)) {
        self.source.report(self.findings, Severity::Error, at.start(), &self.path, words);
    }

    /// The schema that a `$ref` refers to, or the schema itself.
    fn resolve(&self, schema: &'w Json) -> &'w Json {
        let target = schema["$ref"].as_str().and_then(|target| self.schema.pointer(target.trim_start_matches('#')));
        target.unwrap_or(schema)
    }

    /// An empty value of the type that the schema requires.
    fn blank(&self, schema: &'w Json) -> Json {
        if self.findings.is_full() {
            return Json::Null;
        }
        let schema = self.resolve(schema);
        match type_of(schema) {
            "object" => Json::Object(
                required(schema).map(|name| (name.to_owned(), self.blank(&schema["properties"][name]))).collect(),
            ),
            "array" => Json::Array(Vec::new()),
            "integer" => Json::from(0),
            "boolean" => Json::from(false),
            _ => Json::from(""),
        }
    }
}

/// Returns `true` if a schema is that of a text which must not be blank.
fn must_have_text(schema: &Json) -> bool {
    type_of(schema) == "string" && schema["minLength"].as_u64().unwrap_or(0) > 0
}

/// Returns `true` if a character must not occur in a text.
fn is_forbidden(c: char) -> bool {
    c.is_control() && c != '\n'
}

/// The JSON type that a schema requires.
fn type_of(schema: &Json) -> &str {
    schema["type"].as_str().unwrap_or_default()
}

/// The value of a numeric keyword of the schema, such as `maxItems`.
fn limit(schema: &Json, keyword: &str) -> Option<usize> {
    schema[keyword].as_u64().and_then(|limit| usize::try_from(limit).ok())
}

fn required(schema: &Json) -> impl Iterator<Item = &str> {
    schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str)
}

/// The help of a finding: the field's description in the schema, on one line.
fn help(about: &str) -> String {
    about.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The name of a JSON type in a message.
fn type_name(kind: &str) -> &str {
    match kind {
        "object" => "an object in braces {}",
        "array" => "a list in brackets []",
        "string" => "text in quotation marks",
        "integer" => "a whole number",
        "boolean" => "`true` or `false`",
        other => other,
    }
}

/// Describes a value in a message.
fn describe(value: &Value<'_>) -> String {
    match value {
        Value::StringLit(text) => format!("the text {}", quoted(&text.value)),
        Value::NumberLit(number) => format!("the number {}", quoted(number.value)),
        Value::BooleanLit(truth) => format!("`{}`", truth.value),
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::NullKeyword(_) => "`null`".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::knowledge::arbitrary::mutated_json;
    use crate::knowledge::{Document, TextFile, json, schema};

    /// An attribute in `model.rs` that adds another keyword to the schema must be added to [`SchemaChecker`] first.
    #[test]
    fn the_schema_uses_only_keywords_that_the_checker_supports() {
        const SUPPORTED: [&str; 20] = [
            "$defs",
            "$ref",
            "$schema",
            "additionalProperties",
            "default",
            "description",
            "enum",
            "format",
            "items",
            "maxItems",
            "maxLength",
            "maximum",
            "minItems",
            "minLength",
            "minimum",
            "pattern",
            "properties",
            "required",
            "title",
            "type",
        ];
        fn walk(schema: &serde_json::Value) {
            for (keyword, value) in schema.as_object().unwrap() {
                assert!(SUPPORTED.contains(&keyword.as_str()), "{keyword}");
                match keyword.as_str() {
                    "properties" | "$defs" => value.as_object().unwrap().values().for_each(walk),
                    "items" => walk(value),
                    "pattern" => assert!([limits::ID_PATTERN, limits::URL_PATTERN].contains(&value.as_str().unwrap())),
                    "additionalProperties" => assert_eq!(value, false),
                    "type" => {
                        assert!(["object", "array", "string", "integer", "boolean"].contains(&value.as_str().unwrap()))
                    }
                    _ => {}
                }
            }
        }
        walk(&schema());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        /// The checker and an independent validator agree on which documents are valid. A sanitized document fits the
        /// types.
        #[test]
        fn the_checker_agrees_with_a_validator(text in mutated_json()) {
            let file = TextFile { path: "k.json".into(), text: text.clone() };
            let mut findings = Findings::default();
            let (schema, source) = (schema(), IndexedFile::new(&file));
            let root = json::parse(&text).unwrap();
            check(&schema, &root, &source, &mut findings);
            let sanitized = sanitize(&schema, &root, &source).unwrap();
            let value: Json = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(!findings.any_error(), jsonschema::validator_for(&schema).unwrap().is_valid(&value));
            let document = serde_json::from_value::<Document>(sanitized);
            prop_assert!(document.is_ok());
            if findings.count() == 0 {
                prop_assert_eq!(serde_json::from_str::<Document>(&text).ok(), document.ok());
            }
        }
    }
}
