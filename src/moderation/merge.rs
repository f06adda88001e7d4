//! Three-way merge of JSON values: the version that a moderator saw, the version that they want, and the current one.
//! Changes of different values are combined; two changes of one value are a conflict.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::knowledge::element_key;
use crate::text::truncate;

/// Longest key of a list element in [`Conflict::place`], in characters: enough to recognise a wording.
const KEY_CHARS: usize = 60;

/// Two changes of one value: the current version is not the one that the moderator saw.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Conflict {
    /// The path of the value: `entries[who-built-it].passage`.
    pub place: String,
    /// The version that the moderator saw; `None` if there was none.
    pub seen: Option<Value>,
    /// The version that the moderator wants; `None` to remove it.
    pub wanted: Option<Value>,
    /// The current version; `None` if there is none.
    pub found: Option<Value>,
}

/// Applies the changes between `seen` and `wanted` to `found`. An empty list and a missing one are equivalent.
///
/// Objects are merged field by field, and lists element by element. An element is identified by its id, or by its value
/// if it has none. A list that was reordered, or that contains an element twice, is merged as a whole.
pub(super) fn merge(seen: &Value, wanted: &Value, found: &Value, place: &str) -> Result<Value, Conflict> {
    merge_values(Some(seen), Some(wanted), Some(found), place).map(Option::unwrap_or_default)
}

fn merge_values(
    seen: Option<&Value>,
    wanted: Option<&Value>,
    found: Option<&Value>,
    place: &str,
) -> Result<Option<Value>, Conflict> {
    let conflict =
        || Conflict { place: place.to_owned(), seen: seen.cloned(), wanted: wanted.cloned(), found: found.cloned() };
    if wanted == seen || wanted == found {
        return Ok(found.cloned());
    }
    if found == seen {
        return Ok(wanted.cloned());
    }
    match (seen, wanted, found) {
        (Some(Value::Object(seen)), Some(Value::Object(wanted)), Some(Value::Object(found))) => {
            merge_fields(seen, wanted, found, place).map(Some)
        }
        _ => match [seen, wanted, found].map(as_list) {
            [Some(seen), Some(wanted), Some(found)] => merge_lists(seen, wanted, found, place, conflict),
            _ => Err(conflict()),
        },
    }
}

fn merge_fields(
    seen: &Map<String, Value>,
    wanted: &Map<String, Value>,
    found: &Map<String, Value>,
    place: &str,
) -> Result<Value, Conflict> {
    let mut merged = found.clone();
    for key in seen.keys().chain(wanted.keys()) {
        let inner = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
        match merge_values(seen.get(key), wanted.get(key), found.get(key), &inner)? {
            Some(value) => drop(merged.insert(key.clone(), value)),
            None => drop(merged.remove(key)),
        }
    }
    Ok(Value::Object(merged))
}

fn merge_lists(
    seen: &[Value],
    wanted: &[Value],
    found: &[Value],
    place: &str,
    conflict: impl Fn() -> Conflict,
) -> Result<Option<Value>, Conflict> {
    let (Some(had), Some(want), Some(have)) = (by_key(seen), by_key(wanted), by_key(found)) else {
        return Err(conflict());
    };
    let stays = |values: &[Value], other: &HashMap<String, usize>| -> Vec<String> {
        values.iter().map(element_key).filter(|key| other.contains_key(key)).collect()
    };
    if stays(seen, &want) != stays(wanted, &had) {
        return Err(conflict());
    }
    let value = |values: &'_ [Value], places: &HashMap<String, usize>, key: &String| {
        places.get(key).and_then(|&n| values.get(n)).cloned()
    };
    let mut merged: Vec<(String, Value)> = found.iter().map(|value| (element_key(value), value.clone())).collect();
    for key in seen.iter().map(element_key).filter(|key| !want.contains_key(key)) {
        if value(found, &have, &key) != value(seen, &had, &key) {
            return Err(at(place, &key, value(seen, &had, &key), None, value(found, &have, &key)));
        }
        merged.retain(|(other, _)| *other != key);
    }
    let mut before: Option<String> = None;
    for wanted in wanted {
        let key = element_key(wanted);
        let (saw, have) = (value(seen, &had, &key), value(found, &have, &key));
        let inner = format!("{place}[{}]", truncate(&key, KEY_CHARS));
        let result = merge_values(saw.as_ref(), Some(wanted), have.as_ref(), &inner)?;
        match (result, merged.iter().position(|(other, _)| *other == key)) {
            (Some(result), Some(n)) => merged[n].1 = result,
            (Some(result), None) => {
                // Insert it after the element that precedes it in `wanted`, if that element still exists.
                let place = merged.iter().position(|(other, _)| Some(other) == before.as_ref()).map(|n| n + 1);
                let place = place.unwrap_or(if before.is_some() { merged.len() } else { 0 });
                merged.insert(place, (key.clone(), result));
            }
            // Somebody else removed an element that the moderator did not change.
            (None, _) => {}
        }
        before = Some(key);
    }
    let merged: Vec<Value> = merged.into_iter().map(|(_, value)| value).collect();
    Ok((!merged.is_empty()).then_some(Value::Array(merged)))
}

fn at(place: &str, key: &str, seen: Option<Value>, wanted: Option<Value>, found: Option<Value>) -> Conflict {
    Conflict { place: format!("{place}[{}]", truncate(key, KEY_CHARS)), seen, wanted, found }
}

/// The elements of a list. A missing list is empty; `None` if the value is not a list.
fn as_list(value: Option<&Value>) -> Option<&[Value]> {
    match value {
        None => Some(&[]),
        Some(Value::Array(values)) => Some(values),
        Some(_) => None,
    }
}

/// The index of each element; `None` if two have the same key.
fn by_key(values: &[Value]) -> Option<HashMap<String, usize>> {
    let places: HashMap<String, usize> = values.iter().enumerate().map(|(n, value)| (element_key(value), n)).collect();
    (places.len() == values.len()).then_some(places)
}
