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
    let mut merged: Vec<Option<Value>> = found.iter().cloned().map(Some).collect();
    let mut inserted: HashMap<ListPlace, Vec<Value>> = HashMap::new();
    let mut places: HashMap<String, ListPlace> =
        found_indices.iter().map(|(key, &index)| (key.clone(), ListPlace::After(index))).collect();
    for key in seen.iter().map(element_key).filter(|key| !wanted_indices.contains_key(key)) {
        let (seen, found) = (value(seen, &seen_indices, &key), value(found, &found_indices, &key));
        if found != seen {
            return Err(Conflict { place: element_path(place, &key), seen, wanted: None, found });
        }
        if let Some(ListPlace::After(index)) = places.remove(&key) {
            merged[index] = None;
        }
    }
    // The key of the preceding element in `wanted`.
    let mut before: Option<String> = None;
    for wanted in wanted {
        let key = element_key(wanted);
        let (seen, found) = (value(seen, &seen_indices, &key), value(found, &found_indices, &key));
        let result = merge_values(seen.as_ref(), Some(wanted), found.as_ref(), &element_path(place, &key))?;
        match (result, places.get(&key)) {
            (Some(result), Some(&ListPlace::After(index))) => merged[index] = Some(result),
            (Some(result), _) => {
                // Insert it after the element that precedes it in `wanted`, or at the end if that element is gone.
                let place = match &before {
                    None => ListPlace::Start,
                    Some(before) => places.get(before).copied().unwrap_or(ListPlace::End),
                };
                inserted.entry(place).or_default().push(result);
                places.insert(key.clone(), place);
            }
            // Somebody else removed an element that the moderator did not change.
            (None, _) => {}
        }
        before = Some(key);
    }
    let mut take = |place| inserted.remove(&place).unwrap_or_default();
    let mut list = take(ListPlace::Start);
    for (index, element) in merged.into_iter().enumerate() {
        list.extend(element);
        list.append(&mut take(ListPlace::After(index)));
    }
    list.append(&mut take(ListPlace::End));
    Ok((!list.is_empty()).then_some(Value::Array(list)))
}

/// A place between the elements of the list in the file, where new elements are inserted one behind the other. Finding
/// elements by their place instead of searching the list keeps merging linear in its length.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum ListPlace {
    Start,
    /// After the element with this index.
    After(usize),
    End,
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn changes_of_different_elements_are_combined_in_place() {
        for (seen, wanted, found, merged) in [
            (json!(["a", "b"]), json!(["a", "x", "y", "b"]), json!(["a", "b", "c"]), json!(["a", "x", "y", "b", "c"])),
            (json!(["a", "b"]), json!(["x", "y", "a", "b"]), json!(["z", "a", "b"]), json!(["x", "y", "z", "a", "b"])),
            (json!(["a", "b"]), json!(["a", "b", "x"]), json!(["a", "c", "d"]), json!(["a", "c", "d", "x"])),
            (json!(["a", "b"]), json!(["a", "x"]), json!(["c", "a", "b"]), json!(["c", "a", "x"])),
            (json!(["a"]), json!(["a", "x", "y"]), json!(["b"]), json!(["b", "x", "y"])),
            (json!(["a"]), json!([]), json!(["a", "b"]), json!(["b"])),
        ] {
            assert_eq!(merge(&seen, &wanted, &found, "").unwrap(), merged, "{seen} {wanted} {found}");
        }
    }

    proptest! {
        #[test]
        fn both_sides_keep_their_elements(removed in 0..8_u8, kept in 0..8_usize, mine in 0..6_usize, theirs in 0..6_usize) {
            let seen: Vec<String> = (0..8).map(|number| format!("seen {number}")).collect();
            let add = |side: &str, count: usize| (0..count).map(|number| format!("{side} {number}")).collect::<Vec<_>>();
            let mut wanted = seen.clone();
            wanted.remove(removed.into());
            wanted.splice(kept.min(7)..kept.min(7), add("mine", mine));
            let mut found = seen.clone();
            found.splice(kept..kept, add("theirs", theirs));
            let merged = merge(&json!(seen), &json!(wanted), &json!(found), "").unwrap();
            let merged: Vec<&str> = merged.as_array().unwrap().iter().map(|element| element.as_str().unwrap()).collect();
            prop_assert_eq!(merged.len(), 7 + mine + theirs);
            for (side, list) in [("mine", &wanted), ("theirs", &found), ("seen", &wanted)] {
                let of = |list: &[&str]| list.iter().filter(|element| element.starts_with(side)).map(|element| element.to_string()).collect::<Vec<_>>();
                prop_assert_eq!(of(&merged), of(&list.iter().map(String::as_str).collect::<Vec<_>>()));
            }
        }
    }
}
