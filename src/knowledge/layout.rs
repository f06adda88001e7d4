//! The layout of a JSON text: which values span several lines, the indentation, the spacing around colons and commas.
//! Learnt from the text itself, so that new values look like their neighbours.

use std::collections::HashMap;

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::{Range, Ranged};

/// The layout of a list or an object.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) enum Layout {
    /// All on one line, with this padding inside the brackets.
    Line(String),
    /// Each value on its own line.
    Lines,
}

/// The layouts used in a text.
#[derive(Debug)]
pub(super) struct Layouts<'a> {
    /// The number of times each layout occurs, by role and by container type.
    seen: HashMap<String, HashMap<Layout, usize>>,
    /// The layout for values without an example.
    fallback: Layout,
    /// One step of indentation.
    pub(super) unit: &'a str,
    /// The line break.
    pub(super) newline: &'a str,
    /// The text between a field's name and its value.
    pub(super) colon: &'a str,
    /// The text between two values on one line.
    pub(super) comma: &'a str,
}

impl<'a> Layouts<'a> {
    /// Learns the layouts of a text from its tree.
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

    /// The most frequent layout of values with this role or, without an example, of values with the same container
    /// type.
    pub(super) fn of(&self, role: &str, value: &Value<'_>) -> Layout {
        let seen = self.seen.get(role).or_else(|| self.seen.get(container_type(value)));
        let most = seen.and_then(|seen| seen.iter().max_by_key(|(layout, times)| (**times, *layout)));
        most.map_or_else(|| self.fallback.clone(), |(layout, _)| layout.clone())
    }

    fn learn(&mut self, text: &'a str, value: &Value<'_>, role: &str) {
        let spans = spans(value);
        let Some(first) = spans.first() else { return };
        let lead = text.get(value.start() + 1..first.start).unwrap_or_default();
        let layout = if lead.contains('\n') { Layout::Lines } else { Layout::Line(lead.to_owned()) };
        for key in [role, container_type(value)] {
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

/// The role of the whole document. A role is a value's path without the indices: `$.entries[].citations`.
pub(super) const ROOT: &str = "$";

/// The role of a list's elements.
pub(super) fn element_role(role: &str) -> String {
    format!("{role}[]")
}

/// The role of an object's field.
pub(super) fn field_role(role: &str, name: &str) -> String {
    format!("{role}.{name}")
}

/// The ranges of a list's elements or an object's fields.
pub(super) fn spans(value: &Value<'_>) -> Vec<Range> {
    match value {
        Value::Array(array) => array.elements.iter().map(Ranged::range).collect(),
        Value::Object(object) => object.properties.iter().map(|property| property.range).collect(),
        _ => Vec::new(),
    }
}

/// The container type of a value. It cannot be confused with a role, which starts with `$`.
fn container_type(value: &Value<'_>) -> &'static str {
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
