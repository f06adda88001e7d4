//! Buttons, select menus and modals.

use serde_json::{Value, json};

use crate::error::ActError;
use crate::interaction::{FirstAnswer, InteractionKind};
use crate::limits::components::{ACTION_ROW, BUTTON, INPUT_VALUE, STRING_SELECT, TEXT_INPUT};
use crate::message::Message;
use crate::server::Sandbox;
use crate::snowflake::Snowflake;

impl Sandbox {
    /// Presses the button with this label or custom id. Returns the interaction.
    ///
    /// # Errors
    ///
    /// Returns [`ActError`] if a user could not do this.
    pub async fn click(&self, user: &str, message: Snowflake, button: &str) -> Result<Snowflake, ActError> {
        self.shared.update(|world| {
            let (user, found) = world.locate_message(user, message)?;
            let control = find_control(found, BUTTON, button)?;
            let custom_id = control.get("custom_id").ok_or_else(|| unknown_component(found, button))?;
            let data = json!({ "custom_id": custom_id, "component_type": BUTTON, "id": control["id"] });
            let origin = (user.id, found.channel);
            Ok(world.interact(InteractionKind::Component, origin, data, Some(message), None))
        })
    }

    /// Chooses options by label or value from the menu with this custom id or placeholder. Returns the interaction.
    ///
    /// # Errors
    ///
    /// Returns [`ActError`] if a user could not do this.
    pub async fn select(
        &self,
        user: &str,
        message: Snowflake,
        menu: &str,
        chosen: &[&str],
    ) -> Result<Snowflake, ActError> {
        self.shared.update(|world| {
            let (user, found) = world.locate_message(user, message)?;
            let control = find_control(found, STRING_SELECT, menu)?;
            let values: Vec<_> =
                chosen.iter().map(|requested| option_value(control, requested)).collect::<Result<_, _>>()?;
            let bound = |key: &str| control[key].as_u64().unwrap_or(1);
            let (least, most) = (bound("min_values"), bound("max_values"));
            let count = values.len() as u64;
            if !(least..=most).contains(&count) {
                let message = format!("the menu takes {least} to {most} options, not {count}");
                return Err(ActError::BadInput(message));
            }
            let data = json!({
                "custom_id": control["custom_id"], "component_type": STRING_SELECT, "id": control["id"],
                "values": values,
            });
            let origin = (user.id, found.channel);
            Ok(world.interact(InteractionKind::Component, origin, data, Some(message), None))
        })
    }

    /// Submits the modal with which the bot answered `opener`. `texts` maps custom ids to the new texts; the other
    /// inputs keep their initial text. Returns the interaction.
    ///
    /// # Errors
    ///
    /// Returns [`ActError`] if a user could not do this.
    pub async fn submit_modal(&self, opener: Snowflake, texts: &[(&str, &str)]) -> Result<Snowflake, ActError> {
        self.shared.update(|world| {
            let opening = world.interaction(opener).ok_or(ActError::UnknownInteraction(opener))?;
            let Some(FirstAnswer::Modal(modal)) = &opening.first_answer else {
                return Err(ActError::BadInput(format!("interaction {opener} opened no modal")));
            };
            let data = json!({ "custom_id": modal["custom_id"], "components": filled_rows(modal, texts)? });
            let (origin, message) = ((opening.user, opening.channel), opening.message);
            Ok(world.interact(InteractionKind::ModalSubmit, origin, data, message, Some(opener)))
        })
    }
}

/// Finds the enabled control of this type with this label, placeholder or custom id.
fn find_control<'a>(message: &'a Message, kind: u64, requested: &str) -> Result<&'a Value, ActError> {
    let named = |control: &&Value| ["label", "placeholder", "custom_id"].iter().any(|key| control[key] == requested);
    let usable = |control: &&Value| control["type"] == kind && control["disabled"] != true;
    message.controls().filter(usable).find(named).ok_or_else(|| unknown_component(message, requested))
}

fn unknown_component(message: &Message, requested: &str) -> ActError {
    let controls: Vec<_> = message.controls().map(Value::to_string).collect();
    ActError::UnknownComponent { message: message.id, requested: requested.to_owned(), available: controls.join(", ") }
}

fn option_value(control: &Value, requested: &str) -> Result<Value, ActError> {
    let mut options = control["options"].as_array().into_iter().flatten();
    let found = options.find(|option| option["label"] == requested || option["value"] == requested);
    let options = &control["options"];
    found
        .map(|option| option["value"].clone())
        .ok_or_else(|| ActError::BadInput(format!("the menu has no option {requested:?}; its options are: {options}")))
}

fn filled_rows(modal: &Value, texts: &[(&str, &str)]) -> Result<Vec<Value>, ActError> {
    let inputs = || {
        let rows = modal["components"].as_array().into_iter().flatten();
        rows.filter_map(|row| row["components"].as_array()?.first().map(|input| (&row["id"], input)))
    };
    if let Some((name, _)) = texts.iter().find(|(name, _)| !inputs().any(|(_, input)| input["custom_id"] == *name)) {
        return Err(ActError::BadInput(format!("the modal {modal} has no input {name:?}")));
    }
    let fill = |(row, input): (&Value, &Value)| {
        let given = texts.iter().find(|(name, _)| input["custom_id"] == *name).map(|(_, text)| *text);
        let text = given.or(input["value"].as_str()).unwrap_or_default();
        check_input(input, text)?;
        let filled = json!({
            "type": TEXT_INPUT, "id": input["id"], "custom_id": input["custom_id"], "value": text,
        });
        Ok(json!({ "type": ACTION_ROW, "id": row, "components": [filled] }))
    };
    inputs().map(fill).collect()
}

fn check_input(input: &Value, text: &str) -> Result<(), ActError> {
    let count = text.chars().count() as u64;
    // An optional input enforces its minimum length only if it is not empty.
    if count == 0 && input["required"] == false {
        return Ok(());
    }
    let least = input["min_length"].as_u64().unwrap_or(0).max(1);
    let most = input["max_length"].as_u64().unwrap_or(INPUT_VALUE as u64);
    if (least..=most).contains(&count) {
        return Ok(());
    }
    let name = &input["custom_id"];
    Err(ActError::BadInput(format!("input {name} takes {least} to {most} characters, not {count}")))
}
