//! Limits of the components in messages and modals (<https://discord.com/developers/docs/components/reference>).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Reader, refuse_missing, without_nulls};
use crate::error::FieldErrors;

/// Action rows per message or modal.
pub(crate) const ROWS: usize = 5;
/// Buttons per row.
pub(crate) const BUTTONS: usize = 5;
/// Characters in a custom id.
pub(crate) const CUSTOM_ID: usize = 100;
/// Characters in the label of a button.
pub(crate) const BUTTON_LABEL: usize = 80;
/// Characters in the URL of a link button.
pub(crate) const BUTTON_URL: usize = 512;
/// Options per select menu, and maximum number of chosen ones.
pub(crate) const SELECT_OPTIONS: usize = 25;
/// Characters in the label, value or description of an option.
pub(crate) const OPTION_TEXT: usize = 100;
/// Characters in the placeholder of a select menu.
pub(crate) const SELECT_PLACEHOLDER: usize = 150;
/// Characters in the title of a modal.
pub(crate) const MODAL_TITLE: usize = 45;
/// Characters in the label of a text input.
pub(crate) const INPUT_LABEL: usize = 45;
/// Characters in the value of a text input.
pub(crate) const INPUT_VALUE: usize = 4000;
/// Characters in the placeholder of a text input.
pub(crate) const INPUT_PLACEHOLDER: usize = 100;

/// Component type: action row.
pub(crate) const ACTION_ROW: u64 = 1;
/// Component type: button.
pub(crate) const BUTTON: u64 = 2;
/// Component type: select menu with defined options.
pub(crate) const STRING_SELECT: u64 = 3;
/// Component type: text input.
pub(crate) const TEXT_INPUT: u64 = 4;
/// Component types: select menus of users, roles, both, and channels.
const ENTITY_SELECTS: std::ops::RangeInclusive<u64> = 5..=8;
/// Button style: opens a URL and sends no interaction.
const LINK: i64 = 5;

/// Validates the action rows of a message and returns them as Discord does.
pub(super) fn read_rows(reader: &Reader, errors: &mut FieldErrors) -> Vec<Value> {
    read_tree(reader, errors, read_control)
}

/// Validates a modal (`data` of an interaction callback) and returns it as clients receive it.
pub(crate) fn read_modal(data: &Value, errors: &mut FieldErrors) -> Option<Value> {
    let modal = Reader::new(data, "data", errors)?;
    let custom_id = modal.required_text("custom_id", 1, CUSTOM_ID, errors);
    let title = modal.required_text("title", 1, MODAL_TITLE, errors);
    if modal.list("components", 1, ROWS, errors).is_empty() {
        refuse_missing(&modal.path("components"), errors);
    }
    let components = read_tree(&modal, errors, read_text_input);
    Some(json!({ "custom_id": custom_id?, "title": title?, "components": components }))
}

/// Validates rows of components, numbers them, and rejects duplicate custom ids.
fn read_tree(reader: &Reader, errors: &mut FieldErrors, read: fn(&Reader, &mut FieldErrors) -> Value) -> Vec<Value> {
    let (mut custom_ids, mut number) = (BTreeSet::new(), 0);
    let mut numbered = |mut component: Value| {
        number += 1;
        component["id"] = json!(number);
        component
    };
    let mut rows = Vec::new();
    for (index, row) in reader.list("components", 0, ROWS, errors).iter().enumerate() {
        let path = reader.path(&format!("components.{index}"));
        let Some(row) = Reader::new(row, path.clone(), errors) else { continue };
        if row.get("type") != Some(&json!(ACTION_ROW)) {
            errors.add(&format!("{path}.type"), "UNION_TYPE_CHOICES", "Value of field \"type\" must be one of (1,).");
            continue;
        }
        let list = row.list("components", 1, BUTTONS, errors);
        if list.is_empty() {
            refuse_missing(&row.path("components"), errors);
        }
        let mut out_row = numbered(json!({ "type": ACTION_ROW }));
        let mut children = Vec::new();
        for (index, child) in list.iter().enumerate() {
            let Some(child) = Reader::new(child, row.path(&format!("components.{index}")), errors) else { continue };
            let custom_id = child.get("custom_id").and_then(Value::as_str);
            if custom_id.is_some_and(|id| !custom_ids.insert(id.to_owned())) {
                let message = "Component custom id cannot be duplicated";
                errors.add(&child.path("custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", message);
            }
            if child.get("type") != Some(&json!(BUTTON)) && list.len() > 1 {
                let message = "The specified component exceeds the maximum width";
                errors.add(&child.path(""), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message);
            }
            children.push(numbered(read(&child, errors)));
        }
        out_row["components"] = json!(children);
        rows.push(out_row);
    }
    rows
}

fn read_control(control: &Reader, errors: &mut FieldErrors) -> Value {
    let mut out = without_nulls(control.object);
    match control.get("type").and_then(Value::as_u64) {
        Some(BUTTON) => check_button(control, errors),
        Some(STRING_SELECT) => {
            check_select(control, &mut out, errors);
            check_options(control, errors);
        }
        Some(kind) if ENTITY_SELECTS.contains(&kind) => check_select(control, &mut out, errors),
        _ => {
            let message = "Value of field \"type\" must be one of (2, 3, 5, 6, 7, 8).";
            errors.add(&control.path("type"), "UNION_TYPE_CHOICES", message);
        }
    }
    control.flag("disabled", errors);
    Value::Object(out)
}

fn check_button(button: &Reader, errors: &mut FieldErrors) {
    let style = button.number("style", 1, LINK, errors);
    if button.get("style").is_none() {
        refuse_missing(&button.path("style"), errors);
    }
    button.text("label", 0, BUTTON_LABEL, errors);
    if button.get("label").is_none_or(|label| label == "") && button.get("emoji").is_none() {
        refuse_missing(&button.path("label"), errors);
    }
    if style == Some(LINK) {
        if button.url("url", BUTTON_URL, errors).is_none() && button.get("url").is_none() {
            refuse_missing(&button.path("url"), errors);
        }
        if button.get("custom_id").is_some() {
            let message = "A custom id and url cannot both be specified";
            errors.add(&button.path("custom_id"), "BUTTON_COMPONENT_CUSTOM_ID_AND_URL", message);
        }
    } else {
        button.required_text("custom_id", 1, CUSTOM_ID, errors);
    }
}

fn check_select(select: &Reader, out: &mut Map<String, Value>, errors: &mut FieldErrors) {
    let options = SELECT_OPTIONS as i64;
    select.required_text("custom_id", 1, CUSTOM_ID, errors);
    select.text("placeholder", 0, SELECT_PLACEHOLDER, errors);
    let least = select.number("min_values", 0, options, errors).unwrap_or(1);
    let most = select.number("max_values", 1, options, errors).unwrap_or(1);
    if least > most {
        let message = "Min values must be less than or equal to max values";
        errors.add(&select.path("min_values"), "SELECT_COMPONENT_MIN_VALUES_GREATER_THAN_MAX", message);
    }
    out.insert("min_values".to_owned(), json!(least));
    out.insert("max_values".to_owned(), json!(most));
}

fn check_options(select: &Reader, errors: &mut FieldErrors) {
    let options = select.list("options", 1, SELECT_OPTIONS, errors);
    if select.get("options").is_none() {
        refuse_missing(&select.path("options"), errors);
    }
    let mut values = BTreeSet::new();
    for (index, option) in options.iter().enumerate() {
        let Some(option) = Reader::new(option, select.path(&format!("options.{index}")), errors) else { continue };
        option.required_text("label", 1, OPTION_TEXT, errors);
        option.text("description", 0, OPTION_TEXT, errors);
        let value = option.required_text("value", 1, OPTION_TEXT, errors);
        if value.is_some_and(|value| !values.insert(value)) {
            let message = "The specified option value is already used";
            errors.add(&option.path("value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message);
        }
    }
}

fn read_text_input(input: &Reader, errors: &mut FieldErrors) -> Value {
    let most = INPUT_VALUE as i64;
    if input.get("type") != Some(&json!(TEXT_INPUT)) {
        errors.add(&input.path("type"), "UNION_TYPE_CHOICES", "Value of field \"type\" must be one of (4,).");
    }
    if input.number("style", 1, 2, errors).is_none() && input.get("style").is_none() {
        refuse_missing(&input.path("style"), errors);
    }
    input.required_text("custom_id", 1, CUSTOM_ID, errors);
    input.required_text("label", 1, INPUT_LABEL, errors);
    input.text("placeholder", 0, INPUT_PLACEHOLDER, errors);
    input.text("value", 0, INPUT_VALUE, errors);
    input.flag("required", errors);
    let least = input.number("min_length", 0, most, errors).unwrap_or(0);
    if least > input.number("max_length", 1, most, errors).unwrap_or(most) {
        let message = "Min length must be less than or equal to max length";
        errors.add(&input.path("min_length"), "TEXT_INPUT_COMPONENT_MIN_LENGTH_GREATER_THAN_MAX", message);
    }
    Value::Object(without_nulls(input.object))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn refused(body: &Value) -> Option<String> {
        let mut errors = FieldErrors::default();
        let reader = Reader::new(body, "", &mut errors).unwrap();
        read_rows(&reader, &mut errors);
        errors.into_result().err().map(|error| error.errors.unwrap().to_string())
    }

    fn rows(rows: Vec<Vec<Value>>) -> Value {
        let rows: Vec<_> = rows.into_iter().map(|row| json!({ "type": 1, "components": row })).collect();
        json!({ "components": rows })
    }

    fn button(id: &str, label: usize) -> Value {
        json!({ "type": 2, "style": 1, "custom_id": id, "label": "é".repeat(label) })
    }

    fn buttons(row: usize, count: usize) -> Vec<Value> {
        (0..count).map(|number| button(&format!("{row} {number}"), 1)).collect()
    }

    fn select(options: usize, text: usize) -> Value {
        let option = |number: usize| json!({ "label": "é".repeat(text), "value": format!("{number:0text$}") });
        json!({ "type": 3, "custom_id": "s", "options": (0..options).map(option).collect::<Vec<_>>() })
    }

    #[test]
    fn every_limit_is_enforced_at_one_over() {
        let long = |count: usize| button(&"é".repeat(count), 1);
        let grid = |count: usize| rows((0..count).map(|row| buttons(row, 1)).collect());
        let table = [
            (grid(5), grid(6), "BASE_TYPE_MAX_LENGTH"),
            (rows(vec![buttons(0, 5)]), rows(vec![buttons(0, 6)]), "BASE_TYPE_BAD_LENGTH"),
            (rows(vec![buttons(0, 1)]), rows(vec![vec![]]), "BASE_TYPE_REQUIRED"),
            (rows(vec![vec![button("b", 80)]]), rows(vec![vec![button("b", 81)]]), "BASE_TYPE_MAX_LENGTH"),
            (rows(vec![vec![button("b", 1)]]), rows(vec![vec![button("b", 0)]]), "BASE_TYPE_REQUIRED"),
            (rows(vec![vec![long(100)]]), rows(vec![vec![long(101)]]), "BASE_TYPE_BAD_LENGTH"),
            (rows(vec![vec![select(25, 2)]]), rows(vec![vec![select(26, 2)]]), "BASE_TYPE_BAD_LENGTH"),
            (rows(vec![vec![select(1, 100)]]), rows(vec![vec![select(1, 101)]]), "BASE_TYPE_BAD_LENGTH"),
            (rows(vec![vec![select(1, 1)]]), rows(vec![vec![select(0, 1)]]), "BASE_TYPE_BAD_LENGTH"),
        ];
        for (fits, too_much, code) in table {
            assert_eq!(refused(&fits), None, "{fits}");
            assert!(refused(&too_much).is_some_and(|errors| errors.contains(code)), "{too_much}");
        }
    }

    #[test]
    fn ambiguous_and_unusable_components_are_refused() {
        let link = json!({ "type": 2, "style": 5, "label": "L", "url": "https://example.org" });
        assert_eq!(refused(&rows(vec![vec![link]])), None);
        let twice = rows(vec![vec![button("same", 1)], vec![button("same", 1)]]);
        let crowded = rows(vec![vec![select(1, 1), button("b", 1)]]);
        let mute = rows(vec![vec![json!({ "type": 2, "style": 1, "label": "L" })]]);
        let nowhere = rows(vec![vec![json!({ "type": 2, "style": 5, "label": "L" })]]);
        let input = rows(vec![vec![json!({ "type": 4, "custom_id": "i", "style": 1, "label": "L" })]]);
        let table = [
            (twice, "COMPONENT_CUSTOM_ID_DUPLICATED"),
            (crowded, "COMPONENT_LAYOUT_WIDTH_EXCEEDED"),
            (mute, "BASE_TYPE_REQUIRED"),
            (nowhere, "BASE_TYPE_REQUIRED"),
            (input, "UNION_TYPE_CHOICES"),
            (json!({ "components": [button("b", 1)] }), "UNION_TYPE_CHOICES"),
        ];
        for (body, code) in table {
            assert!(refused(&body).is_some_and(|errors| errors.contains(code)), "{body}");
        }
    }

    #[test]
    fn modals_are_checked() {
        let modal = |title: usize, label: usize, least: usize| {
            let input = json!({
                "type": 4, "custom_id": "i", "style": 1, "label": "é".repeat(label), "min_length": least,
                "max_length": 4000,
            });
            json!({
                "custom_id": "m", "title": "é".repeat(title),
                "components": [{ "type": 1, "components": [input] }],
            })
        };
        for (title, label, least, fits) in
            [(45, 45, 4000, true), (46, 45, 0, false), (45, 46, 0, false), (1, 1, 4001, false), (0, 1, 0, false)]
        {
            let mut errors = FieldErrors::default();
            read_modal(&modal(title, label, least), &mut errors);
            assert_eq!(errors.into_result().is_ok(), fits, "{title} {label} {least}");
        }
    }
}
