//! Acts as JSON objects: what the page sends, and what a script has one of a line.
//! They are the acts of [`Sandbox`], by the names of users, channels, commands and buttons.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::acts::ChannelRef;
use crate::directory::MEMBER;
use crate::error::ActError;
use crate::server::Sandbox;
use crate::snowflake::Snowflake;
use crate::world::World;

/// What somebody does. `as` is a user's name, `channel` a channel's name, its id or `dm`, and a message is named by its id or,
/// in a script, by the `name` of an earlier line: `NAME` is the message that it posted, `NAME.answer` the bot's answer to it,
/// which is waited for.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Posts a message; `@footnote` in its text, or any other user's name, is a mention.
    Post {
        /// Who.
        #[serde(rename = "as", default = "member")]
        user: String,
        /// Where.
        #[serde(default = "general")]
        channel: String,
        /// What.
        text: String,
    },
    /// Replies to a message.
    Reply {
        /// Who.
        #[serde(rename = "as", default = "member")]
        user: String,
        /// To which.
        message: String,
        /// What.
        text: String,
        /// Whether its author is pinged, which Discord does unless told otherwise.
        #[serde(default = "yes")]
        ping: bool,
    },
    /// Changes the text of a message.
    Edit {
        /// Who.
        #[serde(rename = "as", default = "member")]
        user: String,
        /// Which.
        message: String,
        /// The new text.
        text: String,
    },
    /// Deletes a message, or dismisses an ephemeral one.
    Delete {
        /// Who.
        #[serde(rename = "as", default = "member")]
        user: String,
        /// Which.
        message: String,
    },
    /// Runs a slash command.
    Slash {
        /// Who.
        #[serde(rename = "as", default = "member")]
        user: String,
        /// Where.
        #[serde(default = "general")]
        channel: String,
        /// The command, subcommands behind it: `entry add`.
        command: String,
        /// The options by name. A file is an object: `{"filename": "notes.txt", "text": "what is in it"}`.
        #[serde(default)]
        options: Map<String, Value>,
    },
    /// Types into an option that completes.
    Autocomplete {
        /// Who.
        #[serde(rename = "as", default = "member")]
        user: String,
        /// Where.
        #[serde(default = "general")]
        channel: String,
        /// The command, subcommands behind it.
        command: String,
        /// The options as far as they are filled in.
        #[serde(default)]
        options: Map<String, Value>,
        /// The option typed into.
        focused: String,
    },
    /// Picks a command from a message's menu.
    MessageCommand {
        /// Who.
        #[serde(rename = "as", default = "member")]
        user: String,
        /// On which.
        message: String,
        /// The command.
        command: String,
    },
    /// Presses a button.
    Click {
        /// Who.
        #[serde(rename = "as", default = "member")]
        user: String,
        /// On which message.
        message: String,
        /// Its label or custom id.
        button: String,
    },
    /// Chooses from a menu.
    Select {
        /// Who.
        #[serde(rename = "as", default = "member")]
        user: String,
        /// On which message.
        message: String,
        /// The menu's placeholder or custom id.
        menu: String,
        /// Labels or values.
        values: Vec<String>,
    },
    /// Sends a modal.
    SubmitModal {
        /// The interaction that opened it: its id or, in a script, the line's name.
        opener: String,
        /// What is typed, by custom id; what is left out stays as it was.
        #[serde(default)]
        texts: HashMap<String, String>,
    },
}

fn member() -> String {
    MEMBER.to_owned()
}

fn general() -> String {
    "general".to_owned()
}

fn yes() -> bool {
    true
}

/// What an act led to at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ActOutcome {
    /// This message stands there.
    Posted(Snowflake),
    /// A message changed or went.
    Changed,
    /// The bot was told, and has to answer.
    Interaction(Snowflake),
}

/// What earlier acts led to, by the names they were given.
#[derive(Debug, Default)]
pub struct ActResults {
    named: HashMap<String, ActOutcome>,
}

impl ActResults {
    /// Gives what an act led to a name.
    pub fn keep(&mut self, name: String, done: ActOutcome) {
        self.named.insert(name, done);
    }

    /// The message that a script or the page means.
    ///
    /// # Errors
    ///
    /// [`ActError::BadInput`] when nothing has the name; for an answer also when none comes.
    pub async fn message(&self, sandbox: &Sandbox, named: &str) -> Result<Snowflake, ActError> {
        if let Some(id) = Snowflake::parse(named) {
            return Ok(id);
        }
        let (name, answer) = named.strip_suffix(".answer").map_or((named, false), |name| (name, true));
        match (self.named.get(name), answer) {
            (Some(ActOutcome::Posted(message)), false) => Ok(*message),
            (Some(ActOutcome::Posted(message)), true) => Ok(sandbox.wait_for_reply(*message).await?.id),
            (Some(ActOutcome::Interaction(interaction)), true) => {
                Ok(sandbox.wait_for_answer(*interaction).await?.message()?.id)
            }
            _ => Err(ActError::BadInput(format!("no earlier act has left a message by the name {named:?}"))),
        }
    }

    fn interaction(&self, named: &str) -> Result<Snowflake, ActError> {
        match (Snowflake::parse(named), self.named.get(named)) {
            (Some(id), _) => Ok(id),
            (None, Some(ActOutcome::Interaction(id))) => Ok(*id),
            _ => Err(ActError::BadInput(format!("no earlier act has asked the bot by the name {named:?}"))),
        }
    }
}

impl Act {
    /// Does it.
    ///
    /// # Errors
    ///
    /// [`ActError`] when a person could not do this.
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
                sandbox.slash(user, channel_ref(channel), command, &given(sandbox, options)?).await?,
            ),
            Self::Autocomplete { user, channel, command, options, focused } => {
                let options = given(sandbox, options)?;
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

/// A text file, as it is given to a command.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptFile {
    filename: String,
    text: String,
}

/// Options as [`Sandbox::slash`] takes them; files are handed in.
fn given<'a>(sandbox: &Sandbox, options: &'a Map<String, Value>) -> Result<Vec<(&'a str, Value)>, ActError> {
    let given = options.iter().map(|(name, value)| {
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
    given.collect()
}

/// A text as it is sent: `@name` of a user becomes a mention, as Discord's client does it.
fn with_mentions(world: &World, text: &str) -> String {
    let mut sent = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@') {
        sent.push_str(before);
        let end = after.find(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.')));
        let name = after.get(..end.unwrap_or(after.len())).unwrap_or_default();
        // A sentence may end behind a name.
        let name = name.trim_end_matches('.');
        let user = world.directory.users.iter().find(|user| user.name == name);
        // What is written in Discord's own form stays so.
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

/// A text as it was typed: the reverse, for changing it and for copying it.
pub(crate) fn as_typed(world: &World, text: &str) -> String {
    world
        .directory
        .users
        .iter()
        .fold(text.to_owned(), |text, user| text.replace(&format!("<@{}>", user.id), &format!("@{}", user.name)))
}
