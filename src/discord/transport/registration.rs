//! Telling Discord which commands there are: once at start-up, and only when it knows others.
//! Discord counts registrations, and every one makes clients load the commands anew.

use serde_json::{Map, Value, json};
use serenity::all::{ApplicationId, CreateCommand, GuildId};

use crate::discord::transport::rest::Rest;
use crate::discord::transport::rest::error::RestError;

/// What makes two commands the same; the rest of Discord's answer is its own book-keeping.
const COMPARED: [&str; 9] = [
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

/// The type of a command that names none: a slash command.
const CHAT_INPUT: u8 = 1;

/// Registers these commands, everywhere or in one server, if others are registered there.
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

/// Whether Discord knows these commands, everywhere or in one server, and no others.
///
/// # Errors
/// If Discord refuses or cannot be reached.
pub async fn are_registered(
    rest: &Rest,
    application: ApplicationId,
    guild: Option<GuildId>,
    commands: &[CreateCommand],
) -> Result<bool, RestError> {
    let theirs = rest.commands(application, guild).await?;
    Ok(compared(&json!(commands)) == compared(&theirs))
}

/// A list of commands as far as it matters, in an order of its own.
fn compared(commands: &Value) -> Vec<String> {
    let matters = |command: &Value| {
        let mut kept: Map<String, Value> = Map::new();
        for key in COMPARED {
            kept.insert(key.to_owned(), essence(&command[key]));
        }
        if kept["type"].is_null() {
            kept.insert("type".to_owned(), essence(&CHAT_INPUT.into()));
        }
        Value::Object(kept).to_string()
    };
    let mut list: Vec<_> = commands.as_array().into_iter().flatten().map(matters).collect();
    list.sort_unstable();
    list
}

/// A value without what says nothing (null, false, empty), with lists of numbers in order, and with 1.0 for 1: Discord adds, sorts and
/// writes as it likes. The last digits of a number are left out: what is read with a point may be off by one there.
fn essence(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().map(|(key, field)| (key.clone(), essence(field)));
            let kept: Map<_, _> = kept.filter(|(_, field)| !field.is_null()).collect();
            if kept.is_empty() { Value::Null } else { Value::Object(kept) }
        }
        Value::Array(items) => {
            let mut kept: Vec<_> = items.iter().map(essence).collect();
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

    /// The same as Discord gives it back: with ids, defaults written out or left out, in another order.
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
    fn what_discord_gives_back_is_the_same() {
        assert_eq!(compared(&ours()), compared(&theirs()));
    }

    #[test]
    fn any_difference_that_matters_is_seen() {
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
            if let Some(place) = changed.pointer_mut(change.0) {
                *place = change.1;
            }
            assert_ne!(compared(&ours()), compared(&changed), "{}", change.0);
        }
        assert_ne!(compared(&ours()), compared(&json!([])));
    }
}
