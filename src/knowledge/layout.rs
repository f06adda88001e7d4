//! How a JSON text is laid out: what breaks over lines, how deep it indents, what stands around colons and commas.
//! Learnt from the text itself, so that what is written into it looks like its neighbours.

use std::collections::HashMap;

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::{Range, Ranged};

/// How a list or an object is laid out.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) enum Layout {
    /// All in one line, with this between a bracket and what stands beside it.
    Line(String),
    /// Each value on a line of its own.
    Lines,
}

/// The layout of a whole text.
#[derive(Debug)]
pub(super) struct Layouts<'a> {
    /// How often each layout is seen, by role and by kind.
    seen: HashMap<String, HashMap<Layout, usize>>,
    /// The layout of what has no example.
    fallback: Layout,
    /// One step of indentation.
    pub(super) unit: &'a str,
    /// The line break.
    pub(super) newline: &'a str,
    /// From a field's name to its value.
    pub(super) colon: &'a str,
    /// Between two values in one line.
    pub(super) comma: &'a str,
}

impl<'a> Layouts<'a> {
    /// Learns from a text and its tree.
    pub(super) fn new(text: &'a str, root: &Value<'_>) -> Self {
        let broken = text.trim_ascii().contains('\n');
        let mut layouts = Self {
            seen: HashMap::new(),
            fallback: if broken { Layout::Lines } else { Layout::Line(String::new()) },
            unit: "  ",
            newline: if text.contains("\r\n") { "\r\n" } else { "\n" },
            colon: ": ",
            comma: "",
        };
        if let Some(first) = root.as_object().and_then(|object| object.properties.first()) {
            let lead = text.get(root.start() + 1..first.range.start).unwrap_or_default();
            layouts.unit = lead.rsplit_once('\n').map_or(layouts.unit, |(_, indent)| indent);
            layouts.colon = text.get(first.name.end()..first.value.start()).unwrap_or(layouts.colon);
        }
        layouts.learn(text, root, ROOT);
        if layouts.comma.is_empty() {
            layouts.comma = if layouts.colon.ends_with(' ') { ", " } else { "," };
        }
        layouts
    }

    /// How values of a role are laid out most often; without an example, as other lists or objects of their kind are.
    pub(super) fn of(&self, role: &str, value: &Value<'_>) -> Layout {
        let seen = self.seen.get(role).or_else(|| self.seen.get(kind(value)));
        let most = seen.and_then(|seen| seen.iter().max_by_key(|(layout, times)| (**times, *layout)));
        most.map_or_else(|| self.fallback.clone(), |(layout, _)| layout.clone())
    }

    fn learn(&mut self, text: &'a str, value: &Value<'_>, role: &str) {
        let spans = spans(value);
        let Some(first) = spans.first() else { return };
        let lead = text.get(value.start() + 1..first.start).unwrap_or_default();
        let layout = if lead.contains('\n') { Layout::Lines } else { Layout::Line(lead.to_owned()) };
        for key in [role, kind(value)] {
            *self.seen.entry(key.to_owned()).or_default().entry(layout.clone()).or_default() += 1;
        }
        if let (Layout::Line(_), Some(second), true) = (&layout, spans.get(1), self.comma.is_empty()) {
            self.comma = text.get(first.end..second.start).unwrap_or_default();
        }
        match value {
            Value::Array(array) => {
                array.elements.iter().for_each(|element| self.learn(text, element, &element_role(role)));
            }
            Value::Object(Object { properties, .. }) => {
                for property in properties {
                    self.learn(text, &property.value, &field_role(role, property.name.as_str()));
                }
            }
            _ => {}
        }
    }
}

/// The role of the whole document. A role is a value's path without the numbers: `$.entries[].citations`.
pub(super) const ROOT: &str = "$";

/// The role of a list's values.
pub(super) fn element_role(role: &str) -> String {
    format!("{role}[]")
}

/// The role of an object's field.
pub(super) fn field_role(role: &str, name: &str) -> String {
    format!("{role}.{name}")
}

/// Where the values of a list, or the fields of an object, stand.
pub(super) fn spans(value: &Value<'_>) -> Vec<Range> {
    match value {
        Value::Array(array) => array.elements.iter().map(Ranged::range).collect(),
        Value::Object(object) => object.properties.iter().map(|property| property.range).collect(),
        _ => Vec::new(),
    }
}

/// What kind of container a value is; no role looks like this.
fn kind(value: &Value<'_>) -> &'static str {
    match value {
        Value::Array(array)
            if array.elements.iter().all(|value| value.as_array().is_none() && value.as_object().is_none()) =>
        {
            "list of plain values"
        }
        Value::Array(_) => "list",
        _ => "object",
    }
}
