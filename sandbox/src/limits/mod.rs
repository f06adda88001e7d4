//! Discord's limits of request bodies: messages, components, modals and command definitions. Lengths are in characters.

pub(super) mod commands;
pub(super) mod components;
pub(super) mod message;

use serde_json::{Map, Value};

use crate::error::FieldErrors;

/// Reads the fields of one object in a body and records their errors.
pub(super) struct Reader<'a> {
    object: &'a Map<String, Value>,
    path: String,
}

impl<'a> Reader<'a> {
    /// Creates a reader for the object at `path`; records an error if the value is not an object.
    pub(super) fn new(value: &'a Value, path: impl Into<String>, errors: &mut FieldErrors) -> Option<Self> {
        let path = path.into();
        let Value::Object(object) = value else {
            errors.add(&path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType");
            return None;
        };
        Some(Self { object, path })
    }

    pub(super) fn path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The field, unless it is missing or null.
    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.object.get(key).filter(|value| !value.is_null())
    }

    /// Whether the field exists; it may be null.
    pub(super) fn has(&self, key: &str) -> bool {
        self.object.contains_key(key)
    }

    /// A string of `least..=most` characters.
    pub(super) fn text(&self, key: &str, least: usize, most: usize, errors: &mut FieldErrors) -> Option<&'a str> {
        let value = self.get(key)?;
        let Some(text) = value.as_str() else {
            errors.add(&self.path(key), "STRING_TYPE_CONVERT", format!("Could not interpret \"{value}\" as string."));
            return None;
        };
        check_count(text.chars().count(), least, most, &self.path(key), errors).then_some(text)
    }

    /// Like [`Self::text`], but the field is required.
    pub(super) fn required_text(
        &self,
        key: &str,
        least: usize,
        most: usize,
        errors: &mut FieldErrors,
    ) -> Option<&'a str> {
        if self.get(key).is_none() {
            refuse_missing(&self.path(key), errors);
        }
        self.text(key, least, most, errors)
    }

    /// An integer in `least..=most`.
    pub(super) fn number(&self, key: &str, least: i64, most: i64, errors: &mut FieldErrors) -> Option<i64> {
        let value = self.get(key)?;
        let path = self.path(key);
        match value.as_i64() {
            None => errors.add(&path, "NUMBER_TYPE_COERCE", format!("Value \"{value}\" is not int.")),
            Some(number) if number < least => {
                errors.add(&path, "NUMBER_TYPE_MIN", format!("int value should be greater than or equal to {least}."));
            }
            Some(number) if number > most => {
                errors.add(&path, "NUMBER_TYPE_MAX", format!("int value should be less than or equal to {most}."));
            }
            Some(number) => return Some(number),
        }
        None
    }

    /// A boolean.
    pub(super) fn flag(&self, key: &str, errors: &mut FieldErrors) -> Option<bool> {
        let value = self.get(key)?;
        if value.as_bool().is_none() {
            let message = "Must be either true or false.";
            errors.add(&self.path(key), "BOOLEAN_TYPE_CONVERT", message);
        }
        value.as_bool()
    }

    /// An array of `least..=most` items; empty if the field is missing.
    pub(super) fn list(&self, key: &str, least: usize, most: usize, errors: &mut FieldErrors) -> &'a [Value] {
        let Some(value) = self.get(key) else { return &[] };
        let Some(list) = value.as_array() else {
            errors.add(&self.path(key), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
            return &[];
        };
        check_count(list.len(), least, most, &self.path(key), errors);
        list
    }

    /// A URL.
    pub(super) fn url(&self, key: &str, most: usize, errors: &mut FieldErrors) -> Option<&'a str> {
        let url = self.text(key, 0, most, errors)?;
        let known = ["http://", "https://", "discord://", "attachment://"].iter().any(|scheme| url.starts_with(scheme));
        if !known {
            let message = format!("Scheme of \"{url}\" must be one of ('http', 'https').");
            errors.add(&self.path(key), "URL_TYPE_INVALID_SCHEME", message);
        }
        known.then_some(url)
    }
}

/// Records an error if a number of characters or items is outside `least..=most`.
pub(super) fn check_count(count: usize, least: usize, most: usize, path: &str, errors: &mut FieldErrors) -> bool {
    if (least..=most).contains(&count) {
        return true;
    }
    if least == 0 {
        errors.add(path, "BASE_TYPE_MAX_LENGTH", format!("Must be {most} or fewer in length."));
    } else {
        errors.add(path, "BASE_TYPE_BAD_LENGTH", format!("Must be between {least} and {most} in length."));
    }
    false
}

pub(super) fn refuse_missing(path: &str, errors: &mut FieldErrors) {
    errors.add(path, "BASE_TYPE_REQUIRED", "This field is required");
}

/// The object without its null fields.
pub(super) fn without_nulls(object: &Map<String, Value>) -> Map<String, Value> {
    object.iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.clone(), value.clone())).collect()
}
