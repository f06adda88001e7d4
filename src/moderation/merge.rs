//! Three-way merge of JSON values: the version that a moderator saw, the version that they want, and the version found
//! in the file now. Changes of different values are combined; different changes of the same value are a conflict.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::knowledge::element_key;
use crate::text::truncate;

/// The length to which [`Conflict::place`] truncates the key of a list element, in characters: enough to recognise a
/// wording.
const KEY_CHARS: usize = 60;

/// A conflict: the moderator changed a value that somebody else has changed differently in the meantime.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Conflict {
    /// The path of the value, such as `entries[who-built-it].passage`.
    pub place: String,
    /// The version that the moderator saw; `None` if there was none.
    pub seen: Option<Value>,
    /// The version that the moderator wants; `None` to remove it.
    pub wanted: Option<Value>,
    /// The current version; `None` if there is none.
    pub found: Option<Value>,
}

/// Applies the changes from `seen` to `wanted` to `found`, the value at the path `place`. An empty list and a missing
/// one are equivalent.
///
/// Merges objects field by field, and lists element by element. The id of an element identifies it, or its value if it
/// has no id. If both sides changed a list, it is a conflict that the moderator reordered the list, or that one of the
/// three versions contains an element twice.
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
    let indices = (indices_by_key(seen), indices_by_key(wanted), indices_by_key(found));
    let (Some(seen_indices), Some(wanted_indices), Some(found_indices)) = indices else {
        return Err(conflict());
    };
    let shared_keys = |values: &[Value], other: &HashMap<String, usize>| -> Vec<String> {
        values.iter().map(element_key).filter(|key| other.contains_key(key)).collect()
    };
    if shared_keys(seen, &wanted_indices) != shared_keys(wanted, &seen_indices) {
        return Err(conflict());
    }
    let value = |values: &'_ [Value], indices: &HashMap<String, usize>, key: &String| {
        indices.get(key).and_then(|&n| values.get(n)).cloned()
    };
    let mut merged: Vec<(String, Value)> = found.iter().map(|value| (element_key(value), value.clone())).collect();
    for key in seen.iter().map(element_key).filter(|key| !wanted_indices.contains_key(key)) {
        let (seen, found) = (value(seen, &seen_indices, &key), value(found, &found_indices, &key));
        if found != seen {
            return Err(Conflict { place: element_path(place, &key), seen, wanted: None, found });
        }
        merged.retain(|(other, _)| *other != key);
    }
    // The key of the preceding element in `wanted`.
    let mut before: Option<String> = None;
    for wanted in wanted {
        let key = element_key(wanted);
        let (seen, found) = (value(seen, &seen_indices, &key), value(found, &found_indices, &key));
        let result = merge_values(seen.as_ref(), Some(wanted), found.as_ref(), &element_path(place, &key))?;
        match (result, merged.iter().position(|(other, _)| *other == key)) {
            (Some(result), Some(n)) => merged[n].1 = result,
            (Some(result), None) => {
                // Insert it after the element that precedes it in `wanted`, or at the end if that element is gone.
                let index = merged.iter().position(|(other, _)| Some(other) == before.as_ref()).map(|n| n + 1);
                let index = index.unwrap_or(if before.is_some() { merged.len() } else { 0 });
                merged.insert(index, (key.clone(), result));
            }
            // Somebody else removed an element that the moderator did not change.
            (None, _) => {}
        }
        before = Some(key);
    }
    let merged: Vec<Value> = merged.into_iter().map(|(_, value)| value).collect();
    Ok((!merged.is_empty()).then_some(Value::Array(merged)))
}

/// The path of an element of the list at `place`.
fn element_path(place: &str, key: &str) -> String {
    format!("{place}[{}]", truncate(key, KEY_CHARS))
}

/// The elements of a list. A missing list is empty; `None` if the value is not a list.
fn as_list(value: Option<&Value>) -> Option<&[Value]> {
    match value {
        None => Some(&[]),
        Some(Value::Array(values)) => Some(values),
        Some(_) => None,
    }
}

/// The index of each element by its key; `None` if two elements have the same key.
fn indices_by_key(values: &[Value]) -> Option<HashMap<String, usize>> {
    let indices: HashMap<String, usize> = values.iter().enumerate().map(|(n, value)| (element_key(value), n)).collect();
    (indices.len() == values.len()).then_some(indices)
}
