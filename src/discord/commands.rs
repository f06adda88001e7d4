//! The table of all commands. Registration and dispatch both read it. To add a command, add a file and a line here.

use futures_util::future::BoxFuture;
use serenity::all::{CommandInteraction, CreateCommand};

use super::asking::Asking;
use super::asking::commands::{about, answer_this, ask, section, sections};
use super::interaction::command::{AutocompleteRequest, Choices, Command};
use super::interaction::error::HandlerError;
use super::moderation::ModerationContext;
use super::moderation::commands::{add_to_knowledge, knowledge};
use super::transport::markup::plain_text;

/// A command and the context that its handlers use.
enum Registered {
    Asking(Command<Asking>),
    Moderation(Command<ModerationContext>),
}

use Registered::{Asking as ForMembers, Moderation as ForModerators};

/// Every command.
static COMMANDS: [Registered; 7] = [
    ForMembers(ask::COMMAND),
    ForMembers(answer_this::COMMAND),
    ForMembers(sections::COMMAND),
    ForMembers(section::COMMAND),
    ForMembers(about::COMMAND),
    ForModerators(knowledge::COMMAND),
    ForModerators(add_to_knowledge::COMMAND),
];

impl Registered {
    fn name(&self) -> &'static str {
        match self {
            Self::Asking(command) => command.name,
            Self::Moderation(command) => command.name,
        }
    }

    fn definition(&self) -> CreateCommand {
        match self {
            Self::Asking(command) => (command.definition)(),
            Self::Moderation(command) => (command.definition)(),
        }
    }
}

/// Returns the definitions of all commands, to register with Discord.
#[must_use]
pub fn definitions() -> Vec<CreateCommand> {
    COMMANDS.iter().map(Registered::definition).collect()
}

/// Runs the handler of a command. Returns `None` if there is no such command.
pub fn run<'a>(
    asking: &'a Asking,
    moderation: &'a ModerationContext,
    call: &'a CommandInteraction,
) -> Option<BoxFuture<'a, Result<(), HandlerError>>> {
    Some(match find(&call.data.name)? {
        Registered::Asking(command) => (command.run)(asking, call),
        Registered::Moderation(command) => (command.run)(moderation, call),
    })
}

/// Runs the autocompletion of a command. Returns `None` if there is no such command or it completes nothing.
pub fn complete<'a>(
    asking: &'a Asking,
    moderation: &'a ModerationContext,
    request: AutocompleteRequest<'a>,
) -> Option<BoxFuture<'a, Choices>> {
    Some(match find(&request.interaction.data.name)? {
        Registered::Asking(command) => (command.complete?)(asking, request),
        Registered::Moderation(command) => (command.complete?)(moderation, request),
    })
}

fn find(name: &str) -> Option<&'static Registered> {
    COMMANDS.iter().find(|command| command.name() == name)
}

/// Returns the question in the text of a message, or in the argument of the named command. Returns `None` if it asks
/// nothing. For the inspector of the sandbox.
#[must_use]
pub fn question_in(command: Option<&str>, text: &str) -> Option<String> {
    let question = match command {
        None => plain_text(text),
        Some(name) if name == answer_this::COMMAND.name => plain_text(text),
        Some(name) if name == ask::COMMAND.name => text.to_owned(),
        Some(_) => String::new(),
    };
    (!question.is_empty()).then_some(question)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::HashSet;

    use serde_json::Value;

    use super::*;

    /// Discord's limit for a description, in characters
    /// (<https://discord.com/developers/docs/interactions/application-commands#application-command-object>).
    const DESCRIPTION_MAX: usize = 100;

    fn all_definitions() -> Vec<Value> {
        definitions().iter().map(|definition| serde_json::to_value(definition).unwrap()).collect()
    }

    #[test]
    fn every_command_and_subcommand_has_its_name_and_description_in_three_languages() {
        for command in all_definitions() {
            let subcommands = command["options"].as_array().unwrap().iter().filter(|option| option["type"] == 1);
            for part in [&command].into_iter().chain(subcommands) {
                for locale in ["ja", "ru"] {
                    assert!(part["name_localizations"][locale].is_string(), "{part}");
                    let described = part["description"].is_string();
                    assert!(!described || part["description_localizations"][locale].is_string(), "{part}");
                }
            }
        }
    }

    #[test]
    fn every_option_of_a_members_command_is_in_three_languages() {
        for command in all_definitions().iter().filter(|command| command["default_member_permissions"].is_null()) {
            for option in command["options"].as_array().unwrap() {
                for locale in ["ja", "ru"] {
                    assert!(option["name_localizations"][locale].is_string(), "{option}");
                    assert!(option["description_localizations"][locale].is_string(), "{option}");
                }
            }
        }
    }

    #[test]
    fn names_are_unique_and_descriptions_are_within_discords_limit() {
        let definitions = all_definitions();
        let names: HashSet<_> = definitions.iter().map(|command| command["name"].as_str().unwrap()).collect();
        assert_eq!(names.len(), COMMANDS.len());
        for command in &definitions {
            let options = command["options"].as_array().unwrap();
            let nested = options.iter().flat_map(|option| option["options"].as_array().into_iter().flatten());
            for part in [command].into_iter().chain(options).chain(nested) {
                let description = part["description"].as_str().unwrap_or_default();
                assert!(description.chars().count() <= DESCRIPTION_MAX, "{description}");
            }
        }
    }

    #[test]
    fn moderators_commands_are_hidden_from_members() {
        for (command, definition) in COMMANDS.iter().zip(all_definitions()) {
            let hidden = definition["default_member_permissions"].is_string();
            assert_eq!(hidden, matches!(command, Registered::Moderation(_)), "{definition}");
        }
    }
}
