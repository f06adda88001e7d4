//! Limits of commands and their options, and of autocomplete choices
//! (<https://discord.com/developers/docs/interactions/application-commands>).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Reader, check_count, refuse_missing, without_nulls};
use crate::error::FieldErrors;

/// Slash commands per application, global or in one guild.
pub(crate) const CHAT_INPUT_COMMANDS: usize = 100;
/// Context-menu commands per application, of each type.
pub(crate) const CONTEXT_MENU_COMMANDS: usize = 15;
/// Characters in the name of a command or option.
pub(crate) const NAME: usize = 32;
/// Characters in the description of a command or option.
pub(crate) const DESCRIPTION: usize = 100;
/// Options per command, and choices per option.
pub(crate) const OPTIONS: usize = 25;
/// Characters in the name or value of a choice.
pub(crate) const CHOICE: usize = 100;
/// Characters in all names, descriptions and choice values of one command.
pub(crate) const COMMAND_TOTAL: usize = 8000;
/// Maximum of the length limits that an option can set for a text.
const TEXT_LIMIT: i64 = 6000;

/// Command type: slash command.
pub(crate) const CHAT_INPUT: u64 = 1;
/// Command type: context menu of a user.
pub(crate) const USER_MENU: u64 = 2;
/// Command type: context menu of a message.
pub(crate) const MESSAGE_MENU: u64 = 3;
/// Option type: subcommand.
pub(crate) const SUB_COMMAND: u64 = 1;
/// Option type: group of subcommands.
pub(crate) const SUB_COMMAND_GROUP: u64 = 2;

/// The languages of localised names (<https://discord.com/developers/docs/reference#locales>).
const LOCALES: [&str; 34] = [
    "ar", "bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "he", "hi", "hr", "hu", "id",
    "it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk", "vi", "zh-CN", "zh-TW",
];

/// Validates a bulk overwrite and returns the definitions as Discord stores them, without ids.
pub(crate) fn read_commands(body: &Value, errors: &mut FieldErrors) -> Vec<Map<String, Value>> {
    let Some(list) = body.as_array() else {
        errors.add("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
        return Vec::new();
    };
    let mut names = BTreeSet::new();
    let mut commands = Vec::new();
    for (index, command) in list.iter().enumerate() {
        let Some(reader) = Reader::new(command, index.to_string(), errors) else { continue };
        let kind = reader.number("type", 1, 3, errors).and_then(|kind| u64::try_from(kind).ok()).unwrap_or(CHAT_INPUT);
        let name = read_names(&reader, kind == CHAT_INPUT, errors);
        if name.is_some_and(|name| !names.insert((kind, name))) {
            let message = "Application command names must be unique";
            errors.add(&reader.path("name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", message);
        }
        read_descriptions(&reader, kind == CHAT_INPUT, errors);
        let mut stored = without_nulls(reader.object);
        if kind == CHAT_INPUT {
            let options = read_options(&reader, errors);
            if !options.is_empty() {
                stored.insert("options".to_owned(), json!(options));
            } else {
                stored.remove("options");
            }
        }
        check_count(total_length(command), 0, COMMAND_TOTAL, &index.to_string(), errors);
        let permissions = reader.get("default_member_permissions").map(|value| match value {
            Value::Number(number) => json!(number.to_string()),
            other => other.clone(),
        });
        stored.insert("type".to_owned(), json!(kind));
        stored.insert("default_member_permissions".to_owned(), permissions.unwrap_or(Value::Null));
        stored.entry("description").or_insert_with(|| json!(""));
        stored.entry("nsfw").or_insert_with(|| json!(false));
        commands.push(stored);
    }
    for (kind, most) in
        [(CHAT_INPUT, CHAT_INPUT_COMMANDS), (USER_MENU, CONTEXT_MENU_COMMANDS), (MESSAGE_MENU, CONTEXT_MENU_COMMANDS)]
    {
        let count = commands.iter().filter(|command| command["type"] == kind).count();
        if count > most {
            let message = format!("Maximum number of application commands reached ({most})");
            errors.add("", "APPLICATION_COMMANDS_MAX", message);
        }
    }
    commands
}

/// Validates the choices of an option, or of an autocomplete answer at `data`.
pub(crate) fn read_choices(reader: &Reader, errors: &mut FieldErrors) -> Vec<Value> {
    let list = reader.list("choices", 0, OPTIONS, errors);
    for (index, choice) in list.iter().enumerate() {
        let Some(choice) = Reader::new(choice, reader.path(&format!("choices.{index}")), errors) else { continue };
        choice.required_text("name", 1, CHOICE, errors);
        read_localised(&choice, "name_localizations", CHOICE, false, errors);
        match choice.get("value") {
            None => refuse_missing(&choice.path("value"), errors),
            Some(Value::Number(_)) => {}
            Some(_) => _ = choice.text("value", 1, CHOICE, errors),
        }
    }
    list.iter().filter_map(Value::as_object).map(|choice| Value::Object(without_nulls(choice))).collect()
}

fn read_options(parent: &Reader, errors: &mut FieldErrors) -> Vec<Value> {
    let (mut names, mut optional_seen) = (BTreeSet::new(), false);
    let mut options = Vec::new();
    for (index, option) in parent.list("options", 0, OPTIONS, errors).iter().enumerate() {
        let Some(option) = Reader::new(option, parent.path(&format!("options.{index}")), errors) else { continue };
        let kind = option.number("type", 1, 11, errors).and_then(|kind| u64::try_from(kind).ok());
        if kind.is_none() && option.get("type").is_none() {
            refuse_missing(&option.path("type"), errors);
        }
        let name = read_names(&option, true, errors);
        if name.is_some_and(|name| !names.insert(name)) {
            let message = "Option name already exists";
            errors.add(&option.path("name"), "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", message);
        }
        read_descriptions(&option, true, errors);
        option.number("min_length", 0, TEXT_LIMIT, errors);
        option.number("max_length", 1, TEXT_LIMIT, errors);
        let required = option.flag("required", errors) == Some(true);
        let completes = option.flag("autocomplete", errors) == Some(true);
        let choices = read_choices(&option, errors);
        if completes && !choices.is_empty() {
            let message = "Choices and autocomplete cannot both be set";
            errors.add(&option.path(""), "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE", message);
        }
        let is_command = kind.is_some_and(|kind| kind == SUB_COMMAND || kind == SUB_COMMAND_GROUP);
        if required && optional_seen {
            let message = "Required options must be placed before non-required options";
            errors.add(&option.path(""), "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message);
        }
        optional_seen |= !required && !is_command;
        options.push(stored_option(&option, &choices, errors));
    }
    options
}

/// An option as Discord stores it, without empty lists and false values.
fn stored_option(option: &Reader, choices: &[Value], errors: &mut FieldErrors) -> Value {
    let mut stored = without_nulls(option.object);
    let below = read_options(option, errors);
    for key in ["required", "autocomplete"] {
        if stored.get(key) == Some(&json!(false)) {
            stored.remove(key);
        }
    }
    for (key, list) in [("choices", choices), ("options", below.as_slice())] {
        if list.is_empty() {
            stored.remove(key);
        } else {
            stored.insert(key.to_owned(), json!(list));
        }
    }
    Value::Object(stored)
}

fn read_names<'a>(reader: &Reader<'a>, strict: bool, errors: &mut FieldErrors) -> Option<&'a str> {
    let name = reader.required_text("name", 1, NAME, errors)?;
    if strict {
        check_name(name, &reader.path("name"), errors);
    }
    read_localised(reader, "name_localizations", NAME, strict, errors);
    Some(name)
}

fn read_descriptions(reader: &Reader, needed: bool, errors: &mut FieldErrors) {
    if needed {
        reader.required_text("description", 1, DESCRIPTION, errors);
    } else {
        reader.text("description", 0, 0, errors);
    }
    read_localised(reader, "description_localizations", DESCRIPTION, false, errors);
}

fn read_localised(reader: &Reader, key: &str, most: usize, is_name: bool, errors: &mut FieldErrors) {
    let Some(texts) = reader.get(key).and_then(|value| Reader::new(value, reader.path(key), errors)) else { return };
    for (locale, _) in texts.object {
        if !LOCALES.contains(&locale.as_str()) {
            errors.add(&texts.path(locale), "ENUM_TYPE_COERCE", format!("Value \"{locale}\" is not a known locale."));
        }
        let text = texts.text(locale, 1, most, errors);
        if let Some(name) = text.filter(|_| is_name) {
            check_name(name, &texts.path(locale), errors);
        }
    }
}

/// Checks Discord's pattern for names, `^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$`, and that letters are lower
/// case.
fn check_name(name: &str, path: &str, errors: &mut FieldErrors) {
    let known = |letter: char| letter.is_alphanumeric() || "-_'".contains(letter) || is_combining_mark(letter);
    if !name.chars().all(known) || name.to_lowercase() != name {
        errors.add(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
    }
}

/// Whether this is a character of Devanagari or Thai, which the pattern allows although some are not letters.
fn is_combining_mark(letter: char) -> bool {
    matches!(letter, '\u{0900}'..='\u{097F}' | '\u{0E00}'..='\u{0E7F}')
}

/// Number of characters in a command's names, descriptions and choice values, without localisations.
fn total_length(command: &Value) -> usize {
    let own = ["name", "description", "value"].iter().filter_map(|key| command[key].as_str());
    let own: usize = own.map(|text| text.chars().count()).sum();
    let below = ["options", "choices"].iter().filter_map(|key| command[key].as_array()).flatten();
    own + below.map(total_length).sum::<usize>()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn verdict(commands: Value) -> Option<String> {
        let mut errors = FieldErrors::default();
        read_commands(&commands, &mut errors);
        errors.into_result().err().map(|error| error.errors.unwrap().to_string())
    }

    fn named(name: &str) -> Value {
        json!([{ "name": name, "description": "d" }])
    }

    #[test]
    fn names_follow_the_pattern() {
        for name in ["ask", "ask-me", "質問", "вопрос", "o'clock", "ใคร", "a".repeat(32).as_str()] {
            assert_eq!(verdict(named(name)), None, "{name}");
        }
        for name in ["", "Ask", "two words", "a/b", "a.b", "🦀", "Вопрос", "a".repeat(33).as_str()] {
            assert!(verdict(named(name)).is_some(), "{name}");
        }
        assert_eq!(verdict(json!([{ "type": 3, "name": "Answer this" }])), None);
        assert!(verdict(json!([{ "type": 3, "name": "Answer this", "description": "no" }])).is_some());
    }

    #[test]
    fn definitions_are_checked() {
        let with = |option: Value| json!([{ "name": "ask", "description": "d", "options": [option] }]);
        let option = |more: Value| {
            let mut option = json!({ "type": 3, "name": "question", "description": "d" });
            option.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            option
        };
        let fine = [json!({}), json!({ "required": true }), json!({ "autocomplete": true, "choices": [] })];
        for more in fine {
            assert_eq!(verdict(with(option(more.clone()))), None, "{more}");
        }
        let choice = |count: usize| json!({ "name": "n".repeat(count), "value": "v" });
        assert_eq!(verdict(with(option(json!({ "choices": [choice(100)] })))), None);
        let wrong = [
            (json!({ "choices": [choice(101)] }), "BASE_TYPE_BAD_LENGTH"),
            (json!({ "choices": [choice(1)], "autocomplete": true }), "CHOICES_AUTOCOMPLETE"),
            (json!({ "description": "d".repeat(101) }), "BASE_TYPE_BAD_LENGTH"),
            (json!({ "type": 12 }), "NUMBER_TYPE_MAX"),
            (json!({ "name_localizations": { "jp": "質問" } }), "ENUM_TYPE_COERCE"),
            (json!({ "name_localizations": { "ja": "質 問" } }), "INVALID_NAME"),
        ];
        for (more, code) in wrong {
            let found = verdict(with(option(more.clone()))).unwrap_or_default();
            assert!(found.contains(code), "{more}: {found}");
        }
        let late = json!([{ "name": "ask", "description": "d", "options": [option(json!({})),
            option(json!({ "name": "must", "required": true }))] }]);
        assert!(verdict(late).unwrap().contains("REQUIRED_INVALID"));
        assert!(verdict(json!([named("ask")[0], named("ask")[0]])).unwrap().contains("DUPLICATE_NAME"));
    }
}
