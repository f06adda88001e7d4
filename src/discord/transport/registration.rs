//! Registers the bot's commands with Discord at start-up, but only if the registered ones differ: Discord limits
//! registrations per day, and each one makes all clients load the commands again.

use serde_json::{Map, Value, json};
use serenity::all::{ApplicationId, CreateCommand, GuildId};

use crate::discord::transport::rest::Rest;
use crate::discord::transport::rest::error::RestError;

/// The fields in which registered commands are compared. Discord adds others, such as ids and versions.
const COMPARED_FIELDS: [&str; 9] = [
    "type",
    "name",
    "name_localizations",
    "description",
    "description_localizations",
    "options",
    "default_member_permissions",
    "contexts",
    "integration_types",
];

/// The type of a command without a type: a slash command.
const CHAT_INPUT: u8 = 1;

/// Registers these commands, globally or in one server, unless exactly these are registered there.
///
/// # Errors
/// If Discord refuses them or cannot be reached.
pub async fn register(
    rest: &Rest,
    application: ApplicationId,
    guild: Option<GuildId>,
    commands: &[CreateCommand],
) -> Result<(), RestError> {
    if are_registered(rest, application, guild, commands).await? {
        tracing::info!("the registered commands are up to date");
        return Ok(());
    }
    rest.set_commands(application, guild, &json!(commands)).await?;
    tracing::info!(commands = commands.len(), "registered the commands");
    Ok(())
}

/// Whether exactly these commands are registered, globally or in one server.
///
/// # Errors
/// If Discord refuses the call or cannot be reached.
pub async fn are_registered(
    rest: &Rest,
    application: ApplicationId,
    guild: Option<GuildId>,
    commands: &[CreateCommand],
) -> Result<bool, RestError> {
    let registered = rest.commands(application, guild).await?;
    Ok(normalized(&json!(commands)) == normalized(&registered))
}

/// The compared fields of a list of commands, in an order that does not depend on that of the list.
fn normalized(commands: &Value) -> Vec<String> {
    let normalize = |command: &Value| {
        let mut fields: Map<String, Value> = Map::new();
        for key in COMPARED_FIELDS {
            fields.insert(key.to_owned(), normalized_value(&command[key]));
        }
        if fields["type"].is_null() {
            fields.insert("type".to_owned(), normalized_value(&CHAT_INPUT.into()));
        }
        Value::Object(fields).to_string()
    };
    let mut list: Vec<_> = commands.as_array().into_iter().flatten().map(normalize).collect();
    list.sort_unstable();
    list
}

/// Removes the differences between a value that was sent to Discord and the same value in its answer: Discord adds
/// empty fields (null, false, empty text), sorts lists of numbers, and writes 1 for 1.0. Large numbers may differ in
/// their last digit, so numbers are compared in single precision.
fn normalized_value(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().map(|(key, field)| (key.clone(), normalized_value(field)));
            let kept: Map<_, _> = kept.filter(|(_, field)| !field.is_null()).collect();
            if kept.is_empty() { Value::Null } else { Value::Object(kept) }
        }
        Value::Array(items) => {
            let mut kept: Vec<_> = items.iter().map(normalized_value).collect();
            if kept.iter().all(Value::is_number) {
                let number = |value: &Value| value.as_f64().unwrap_or_default();
                kept.sort_by(|left, right| number(left).total_cmp(&number(right)));
            }
            if kept.is_empty() { Value::Null } else { Value::Array(kept) }
        }
        Value::Bool(false) => Value::Null,
        Value::String(text) if text.is_empty() => Value::Null,
        Value::Number(number) => json!(number.as_f64().map(|number| number as f32)),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours() -> Value {
        json!([
            {"name": "ask", "description": "Ask.", "contexts": [0, 1], "name_localizations": {"ru": "вопрос"},
             "options": [{"type": 3, "name": "question", "description": "It.", "required": true, "autocomplete": true},
                         {"type": 4, "name": "number", "description": "It.", "min_value": 1.0, "max_value": 9_007_199_254_740_991.0},
                         {"type": 5, "name": "private", "description": "It.", "required": false}]},
            {"type": 3, "name": "Answer this", "name_localizations": {}, "options": []}
        ])
    }

    /// The same commands as Discord returns them: with ids, with defaults added or omitted, and in another order.
    fn theirs() -> Value {
        json!([
            {"id": "2", "type": 3, "name": "Answer this", "description": "", "version": "9", "nsfw": false},
            {"id": "1", "type": 1, "name": "ask", "description": "Ask.", "contexts": [1, 0], "application_id": "7",
             "name_localizations": {"ru": "вопрос"}, "description_localizations": null, "default_member_permissions": null,
             "options": [{"type": 3, "name": "question", "description": "It.", "required": true, "autocomplete": true},
                         {"type": 4, "name": "number", "description": "It.", "min_value": 1, "max_value": 9_007_199_254_740_990_u64},
                         {"type": 5, "name": "private", "description": "It."}]}
        ])
    }

    #[test]
    fn commands_equal_what_discord_returns_for_them() {
        assert_eq!(normalized(&ours()), normalized(&theirs()));
    }

    #[test]
    fn each_relevant_difference_is_found() {
        for change in [
            ("/0/type", json!(2)),
            ("/0/name", json!("other")),
            ("/1/description", json!("Other.")),
            ("/1/name_localizations/ru", json!("другой")),
            ("/1/contexts", json!([0])),
            ("/1/options/0/required", json!(false)),
            ("/1/options/1/min_value", json!(2)),
            ("/1/options/2/name", json!("secret")),
            ("/1/default_member_permissions", json!("32")),
        ] {
            let mut changed = theirs();
            if let Some(value) = changed.pointer_mut(change.0) {
                *value = change.1;
            }
            assert_ne!(normalized(&ours()), normalized(&changed), "{}", change.0);
        }
        assert_ne!(normalized(&ours()), normalized(&json!([])));
    }
}
