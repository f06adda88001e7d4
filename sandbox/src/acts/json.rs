//! Acts as JSON objects, as the page sends them and as scripts contain them, one per line. They name users, channels,
//! commands and buttons as the methods of [`Sandbox`] do.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::acts::ChannelRef;
use crate::directory::MEMBER;
use crate::error::ActError;
use crate::server::Sandbox;
use crate::snowflake::Snowflake;
use crate::world::World;

/// An act. `as` is a user's name; `channel` is a channel's name, its id or `dm`. A message is given by its id. In a
/// script, the `name` of an earlier line also works: `NAME` is the message that the line posted, `NAME.answer` the
/// bot's answer to it, for which the script waits.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Posts a message. `@footnote` or `@` and another user's name is a mention.
    Post {
        /// The user's name.
        #[serde(rename = "as", default = "member")]
        user: String,
        /// The channel.
        #[serde(default = "general")]
        channel: String,
        /// The message's text.
        text: String,
    },
    /// Replies to a message.
    Reply {
        /// The user's name.
        #[serde(rename = "as", default = "member")]
        user: String,
        /// The message to reply to.
        message: String,
        /// The reply's text.
        text: String,
        /// Whether to ping the message's author. Discord's default is to ping.
        #[serde(default = "yes")]
        ping: bool,
    },
    /// Edits the text of a message.
    Edit {
        /// The user's name.
        #[serde(rename = "as", default = "member")]
        user: String,
        /// The message.
        message: String,
        /// The new text.
        text: String,
    },
    /// Deletes a message, or dismisses an ephemeral one.
    Delete {
        /// The user's name.
        #[serde(rename = "as", default = "member")]
        user: String,
        /// The message.
        message: String,
    },
    /// Runs a slash command.
    Slash {
        /// The user's name.
        #[serde(rename = "as", default = "member")]
        user: String,
        /// The channel.
        #[serde(default = "general")]
        channel: String,
        /// The command's name with its subcommands: `entry add`.
        command: String,
        /// The options by name. A file is an object: `{"filename": "notes.txt", "text": "the file's content"}`.
        #[serde(default)]
        options: Map<String, Value>,
    },
    /// Types into an option with autocompletion.
    Autocomplete {
        /// The user's name.
        #[serde(rename = "as", default = "member")]
        user: String,
        /// The channel.
        #[serde(default = "general")]
        channel: String,
        /// The command's name with its subcommands.
        command: String,
        /// The options that are already filled in.
        #[serde(default)]
        options: Map<String, Value>,
        /// The name of the option to complete.
        focused: String,
    },
    /// Runs a command from a message's context menu.
    MessageCommand {
        /// The user's name.
        #[serde(rename = "as", default = "member")]
        user: String,
        /// The message.
        message: String,
        /// The command's name.
        command: String,
    },
    /// Presses a button.
    Click {
        /// The user's name.
        #[serde(rename = "as", default = "member")]
        user: String,
        /// The message with the button.
        message: String,
        /// The button's label or custom id.
        button: String,
    },
    /// Chooses options from a select menu.
    Select {
        /// The user's name.
        #[serde(rename = "as", default = "member")]
        user: String,
        /// The message with the menu.
        message: String,
        /// The menu's placeholder or custom id.
        menu: String,
        /// The labels or values of the chosen options.
        values: Vec<String>,
    },
    /// Submits a modal.
    SubmitModal {
        /// The interaction that opened the modal: its id or, in a script, the name of the line.
        opener: String,
        /// The new texts by custom id. The other inputs keep their initial text.
        #[serde(default)]
        texts: HashMap<String, String>,
    },
}

/// Every act of a script with its fields, apart from `act`, `name`, `as` and `channel`, for help texts. `expect` is not an
/// [`Act`], because nobody performs it: the script waits.
pub const ACTS: [(&str, &[&str]); 11] = [
    ("post", &["text"]),
    ("reply", &["message", "text", "ping"]),
    ("edit", &["message", "text"]),
    ("delete", &["message"]),
    ("slash", &["command", "options"]),
    ("autocomplete", &["command", "options", "focused"]),
    ("message_command", &["message", "command"]),
    ("click", &["message", "button"]),
    ("select", &["message", "menu", "values"]),
    ("submit_modal", &["opener", "texts"]),
    ("expect", &["message", "text", "gone"]),
];

fn member() -> String {
    MEMBER.to_owned()
}

fn general() -> String {
    "general".to_owned()
}

fn yes() -> bool {
    true
}

/// The immediate result of an act.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ActOutcome {
    /// The act posted this message.
    Posted(Snowflake),
    /// The act edited or deleted a message.
    Changed,
    /// The act started this interaction, which the bot has to answer.
    Interaction(Snowflake),
}

/// The results of earlier acts by the names that the script gave them.
#[derive(Debug, Default)]
pub struct ActResults {
    outcomes: HashMap<String, ActOutcome>,
}

impl ActResults {
    /// Stores the result of an act under a name.
    pub fn store(&mut self, name: String, outcome: ActOutcome) {
        self.outcomes.insert(name, outcome);
    }

    /// Resolves a message's id or name. Waits for the bot's answer if the name ends with `.answer`.
    ///
    /// # Errors
    ///
    /// Returns [`ActError::BadInput`] if no result has this name, or the error of waiting for the answer.
    pub async fn message(&self, sandbox: &Sandbox, reference: &str) -> Result<Snowflake, ActError> {
        if let Some(id) = Snowflake::parse(reference) {
            return Ok(id);
        }
        let (name, answer) = reference.strip_suffix(".answer").map_or((reference, false), |name| (name, true));
        match (self.outcomes.get(name), answer) {
            (Some(ActOutcome::Posted(message)), false) => Ok(*message),
            (Some(ActOutcome::Posted(message)), true) => Ok(sandbox.wait_for_reply(*message).await?.id),
            (Some(ActOutcome::Interaction(interaction)), true) => {
                Ok(sandbox.wait_for_answer(*interaction).await?.message()?.id)
            }
            _ => Err(ActError::BadInput(format!("there is no earlier act {reference:?} with a message"))),
        }
    }

    fn interaction(&self, reference: &str) -> Result<Snowflake, ActError> {
        match (Snowflake::parse(reference), self.outcomes.get(reference)) {
            (Some(id), _) => Ok(id),
            (None, Some(ActOutcome::Interaction(id))) => Ok(*id),
            _ => Err(ActError::BadInput(format!("there is no earlier act {reference:?} with an interaction"))),
        }
    }
}

impl Act {
    /// Performs the act.
    ///
    /// # Errors
    ///
    /// Returns [`ActError`] if a user could not do this.
    pub async fn perform(&self, sandbox: &Sandbox, results: &ActResults) -> Result<ActOutcome, ActError> {
        let typed = |text: &str| sandbox.read(|world| with_mentions(world, text));
        Ok(match self {
            Self::Post { user, channel, text } => {
                ActOutcome::Posted(sandbox.post(user, channel_ref(channel), &typed(text)).await?)
            }
            Self::Reply { user, message, text, ping } => {
                let message = results.message(sandbox, message).await?;
                ActOutcome::Posted(sandbox.reply(user, message, &typed(text), *ping).await?)
            }
            Self::Edit { user, message, text } => {
                let message = results.message(sandbox, message).await?;
                sandbox.edit(user, message, &typed(text)).await?;
                ActOutcome::Changed
            }
            Self::Delete { user, message } => {
                sandbox.delete(user, results.message(sandbox, message).await?).await?;
                ActOutcome::Changed
            }
            Self::Slash { user, channel, command, options } => ActOutcome::Interaction(
                sandbox.slash(user, channel_ref(channel), command, &prepare_options(sandbox, options)?).await?,
            ),
            Self::Autocomplete { user, channel, command, options, focused } => {
                let options = prepare_options(sandbox, options)?;
                ActOutcome::Interaction(
                    sandbox.autocomplete(user, channel_ref(channel), command, &options, focused).await?,
                )
            }
            Self::MessageCommand { user, message, command } => {
                let message = results.message(sandbox, message).await?;
                ActOutcome::Interaction(sandbox.message_command(user, message, command).await?)
            }
            Self::Click { user, message, button } => {
                ActOutcome::Interaction(sandbox.click(user, results.message(sandbox, message).await?, button).await?)
            }
            Self::Select { user, message, menu, values } => {
                let message = results.message(sandbox, message).await?;
                let values: Vec<&str> = values.iter().map(String::as_str).collect();
                ActOutcome::Interaction(sandbox.select(user, message, menu, &values).await?)
            }
            Self::SubmitModal { opener, texts } => {
                let texts: Vec<_> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
                ActOutcome::Interaction(sandbox.submit_modal(results.interaction(opener)?, &texts).await?)
            }
        })
    }
}

fn channel_ref(channel: &str) -> ChannelRef {
    Snowflake::parse(channel).map_or_else(|| channel.into(), ChannelRef::Id)
}

/// A text file given to a command.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptFile {
    filename: String,
    text: String,
}

/// Converts options for [`Sandbox::slash`]. Stores files and replaces them by their ids.
fn prepare_options<'a>(sandbox: &Sandbox, options: &'a Map<String, Value>) -> Result<Vec<(&'a str, Value)>, ActError> {
    let prepared = options.iter().map(|(name, value)| {
        if !value.is_object() {
            return Ok((name.as_str(), value.clone()));
        }
        let file = serde_json::from_value(value.clone());
        let ScriptFile { filename, text } = file.map_err(|error| ActError::BadOption {
            name: name.clone(),
            problem: format!("expected a file with filename and text, found: {error}"),
        })?;
        Ok((name.as_str(), json!(sandbox.attach(&filename, text))))
    });
    prepared.collect()
}

/// Replaces `@name` by a mention, as Discord's client does before it sends a message.
fn with_mentions(world: &World, text: &str) -> String {
    let mut sent = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@') {
        sent.push_str(before);
        let end = after.find(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.')));
        let name = after.get(..end.unwrap_or(after.len())).unwrap_or_default();
        // The full stop after a name may end a sentence.
        let name = name.trim_end_matches('.');
        let user = world.directory.users.iter().find(|user| user.name == name);
        // Text that already uses Discord's syntax stays unchanged.
        match user.filter(|_| !before.ends_with('<')) {
            Some(user) => sent.push_str(&format!("<@{}>", user.id)),
            None => {
                sent.push('@');
                sent.push_str(name);
            }
        }
        rest = after.get(name.len()..).unwrap_or_default();
    }
    sent + rest
}

/// The reverse of [`with_mentions`]: the text as the user typed it, for editing and copying.
pub(crate) fn as_typed(world: &World, text: &str) -> String {
    world
        .directory
        .users
        .iter()
        .fold(text.to_owned(), |text, user| text.replace(&format!("<@{}>", user.id), &format!("@{}", user.name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names in backticks after "expected" in the parser's message about an unknown name.
    fn expected_names(line: &str) -> Vec<String> {
        let message = serde_json::from_str::<Act>(line).map_err(|error| error.to_string()).err().unwrap_or_default();
        let names = message.split_once("expected").map(|(_, names)| names).unwrap_or_default();
        names.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn the_list_of_acts_is_complete() {
        let listed: Vec<&str> = ACTS.iter().map(|(name, _)| *name).filter(|name| *name != "expect").collect();
        assert_eq!(expected_names("{\"act\": \"?\"}"), listed);
        for (name, fields) in ACTS.iter().filter(|(name, _)| *name != "expect") {
            let mut accepted = expected_names(&format!("{{\"act\": \"{name}\", \"?\": 1}}"));
            accepted.retain(|field| !["as", "channel"].contains(&field.as_str()));
            assert_eq!(accepted, *fields, "{name}");
        }
    }
}
