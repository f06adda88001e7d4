//! Three-way merge of what a knowledge file says: what an editor saw, what the editor wants, and what stands there now.
//! Changes of different things both land; two changes of one thing are a conflict, told with all versions.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::text::truncate;

/// Longest name of a list element in [`Conflict::place`], in characters: enough to recognise a wording.
const NAME_CHARS: usize = 60;

/// Two changes of one thing: what an edit expected to find is not what is there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Conflict {
    /// Where: `entries[who-built-it].passage`.
    pub place: String,
    /// What the editor saw there; none: nothing.
    pub seen: Option<Value>,
    /// What the editor wants there; none: nothing.
    pub wanted: Option<Value>,
    /// What is there now; none: nothing.
    pub found: Option<Value>,
}

/// Makes of `found` what turns `seen` into `wanted`. An empty list is as good as none.
///
/// Objects are merged field by field, lists of values that have an id or are texts value by value. A list whose order is
/// changed, and one in which a value stands twice, is merged as a whole.
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
    for name in seen.keys().chain(wanted.keys()) {
        let inner = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
        match merge_values(seen.get(name), wanted.get(name), found.get(name), &inner)? {
            Some(value) => drop(merged.insert(name.clone(), value)),
            None => drop(merged.remove(name)),
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
    let (Some(had), Some(want), Some(have)) = (by_name(seen), by_name(wanted), by_name(found)) else {
        return Err(conflict());
    };
    let stays = |values: &[Value], other: &HashMap<Name, usize>| -> Vec<Name> {
        values.iter().map(name).filter(|name| other.contains_key(name)).collect()
    };
    if stays(seen, &want) != stays(wanted, &had) {
        return Err(conflict());
    }
    let value = |values: &'_ [Value], places: &HashMap<Name, usize>, name: &Name| {
        places.get(name).and_then(|&n| values.get(n)).cloned()
    };
    let mut merged: Vec<(Name, Value)> = found.iter().map(|value| (name(value), value.clone())).collect();
    for name in seen.iter().map(name).filter(|name| !want.contains_key(name)) {
        if value(found, &have, &name) != value(seen, &had, &name) {
            return Err(at(place, &name, value(seen, &had, &name), None, value(found, &have, &name)));
        }
        merged.retain(|(other, _)| *other != name);
    }
    let mut before: Option<Name> = None;
    for wanted in wanted {
        let name = name(wanted);
        let (saw, have) = (value(seen, &had, &name), value(found, &have, &name));
        let inner = format!("{place}[{}]", truncate(&name, NAME_CHARS));
        let result = merge_values(saw.as_ref(), Some(wanted), have.as_ref(), &inner)?;
        match (result, merged.iter().position(|(other, _)| *other == name)) {
            (Some(result), Some(n)) => merged[n].1 = result,
            (Some(result), None) => {
                // Where the editor put it: behind the one that comes before it, if that is still there.
                let place = merged.iter().position(|(other, _)| Some(other) == before.as_ref()).map(|n| n + 1);
                let place = place.unwrap_or(if before.is_some() { merged.len() } else { 0 });
                merged.insert(place, (name.clone(), result));
            }
            // Somebody else removed what the editor left as it was.
            (None, _) => {}
        }
        before = Some(name);
    }
    let merged: Vec<Value> = merged.into_iter().map(|(_, value)| value).collect();
    Ok((!merged.is_empty()).then_some(Value::Array(merged)))
}

fn at(place: &str, name: &Name, seen: Option<Value>, wanted: Option<Value>, found: Option<Value>) -> Conflict {
    Conflict { place: format!("{place}[{}]", truncate(name, NAME_CHARS)), seen, wanted, found }
}

/// A list's values; none stands for an empty list.
fn as_list(value: Option<&Value>) -> Option<&[Value]> {
    match value {
        None => Some(&[]),
        Some(Value::Array(values)) => Some(values),
        Some(_) => None,
    }
}

/// What a value of a list is known by: its id, or itself as JSON.
type Name = String;

fn name(value: &Value) -> Name {
    value["id"].as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Where each value stands; none when two have one name.
fn by_name(values: &[Value]) -> Option<HashMap<Name, usize>> {
    let places: HashMap<Name, usize> = values.iter().enumerate().map(|(n, value)| (name(value), n)).collect();
    (places.len() == values.len()).then_some(places)
}
