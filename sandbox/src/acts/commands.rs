//! Commands and the completion of their options.

use serde_json::{Map, Value, json};

use super::ChannelRef;
use crate::directory::moderators_json;
use crate::error::ActError;
use crate::interaction::InteractionKind;
use crate::limits::commands::{CHAT_INPUT, MESSAGE_MENU, SUB_COMMAND, SUB_COMMAND_GROUP};
use crate::message::Upload;
use crate::server::Sandbox;
use crate::snowflake::Snowflake;
use crate::world::World;

const STRING: u64 = 3;
const INTEGER: u64 = 4;
const BOOLEAN: u64 = 5;
const USER: u64 = 6;
const CHANNEL: u64 = 7;
const ROLE: u64 = 8;
const NUMBER: u64 = 10;
const ATTACHMENT: u64 = 11;

impl Sandbox {
    /// Runs a slash command as a user. A subcommand follows the command's name (`"entry add"`). Checks the options
    /// against the registered definition; give users, channels, roles and files by their id. Returns the interaction;
    /// pass it to [`Sandbox::wait_for_answer`].
    ///
    /// # Errors
    ///
    /// Returns [`ActError`] if a user could not do this.
    pub async fn slash(
        &self,
        user: &str,
        channel_ref: impl Into<ChannelRef>,
        command: &str,
        options: &[(&str, Value)],
    ) -> Result<Snowflake, ActError> {
        let channel_ref = channel_ref.into();
        self.shared.update(|world| {
            let data = world.command_data(user, &channel_ref, command, options, None)?;
            world.run(InteractionKind::Command, user, &channel_ref, data)
        })
    }

    /// Stores a file for a command. Pass the returned id as the value of the option.
    pub fn attach(&self, filename: &str, content: impl Into<Vec<u8>>) -> Snowflake {
        let content: Vec<u8> = content.into();
        let upload = Upload { number: 0, filename: filename.to_owned(), content: content.into() };
        self.shared.update(|world| world.store_files(vec![upload])).first().map_or(Snowflake(0), |file| file.id)
    }

    /// Types into an option with autocompletion. `options` holds the other options that are already filled in. Returns
    /// the interaction; the bot's answer contains the choices.
    ///
    /// # Errors
    ///
    /// Returns [`ActError`] if a user could not do this.
    pub async fn autocomplete(
        &self,
        user: &str,
        channel_ref: impl Into<ChannelRef>,
        command: &str,
        options: &[(&str, Value)],
        focused: &str,
    ) -> Result<Snowflake, ActError> {
        let channel_ref = channel_ref.into();
        self.shared.update(|world| {
            let data = world.command_data(user, &channel_ref, command, options, Some(focused))?;
            world.run(InteractionKind::Autocomplete, user, &channel_ref, data)
        })
    }

    /// Runs a command from a message's context menu. Returns the interaction.
    ///
    /// # Errors
    ///
    /// Returns [`ActError`] if a user could not do this.
    pub async fn message_command(&self, user: &str, message: Snowflake, command: &str) -> Result<Snowflake, ActError> {
        self.shared.update(|world| {
            let (_, target) = world.locate_message(user, message)?;
            let channel_ref = ChannelRef::Id(target.channel);
            let json = world.message_json(target);
            let definition = world.find_command(user, &channel_ref, MESSAGE_MENU, command)?;
            let mut data = command_head(definition);
            data["target_id"] = json!(message);
            data["resolved"] = json!({ "messages": { (message.to_string()): json } });
            world.run(InteractionKind::Command, user, &channel_ref, data)
        })
    }
}

impl World {
    fn run(
        &mut self,
        kind: InteractionKind,
        user: &str,
        channel_ref: &ChannelRef,
        data: Value,
    ) -> Result<Snowflake, ActError> {
        let (user, channel) = self.locate(user, channel_ref)?;
        let origin = (user.id, channel.id);
        Ok(self.interact(kind, origin, data, None, None))
    }

    fn find_command(
        &self,
        user: &str,
        channel_ref: &ChannelRef,
        kind: u64,
        name: &str,
    ) -> Result<&Map<String, Value>, ActError> {
        let (user, channel) = self.locate(user, channel_ref)?;
        let visible = self.visible_commands(user.id, channel.id, kind);
        visible.iter().find(|command| command["name"] == name).copied().ok_or_else(|| {
            let names: Vec<_> = visible.iter().filter_map(|command| command["name"].as_str()).collect();
            ActError::UnknownCommand { user: user.name.clone(), name: name.to_owned(), visible: names.join(", ") }
        })
    }

    /// Builds `data` of a slash command or of an autocompletion.
    fn command_data(
        &self,
        user: &str,
        channel_ref: &ChannelRef,
        command: &str,
        given: &[(&str, Value)],
        focused: Option<&str>,
    ) -> Result<Value, ActError> {
        let mut words = command.split_whitespace();
        let definition = self.find_command(user, channel_ref, CHAT_INPUT, words.next().unwrap_or_default())?;
        let mut level = definition.get("options");
        let mut path = Vec::new();
        for word in words {
            let below = items(level).find(|option| is_command(option) && option["name"] == word);
            let below = below.ok_or_else(|| bad_option(word, "is not a subcommand"))?;
            path.push((below["type"].clone(), word));
            level = below.get("options");
        }
        if items(level).any(is_command) {
            return Err(bad_option(command, "requires a subcommand"));
        }
        let mut resolved = Map::new();
        let mut options = self.filled_options(items(level).collect(), given, focused, &mut resolved)?;
        for (kind, name) in path.into_iter().rev() {
            options = json!([{ "type": kind, "name": name, "options": options }]);
        }
        let mut data = command_head(definition);
        data["options"] = options;
        if !resolved.is_empty() {
            data["resolved"] = Value::Object(resolved);
        }
        Ok(data)
    }

    fn filled_options(
        &self,
        definitions: Vec<&Value>,
        given: &[(&str, Value)],
        focused: Option<&str>,
        resolved: &mut Map<String, Value>,
    ) -> Result<Value, ActError> {
        for definition in &definitions {
            let name = definition["name"].as_str().unwrap_or_default();
            let filled = given.iter().any(|(given, _)| *given == name);
            if focused.is_none() && definition["required"] == true && !filled {
                return Err(bad_option(name, "is required"));
            }
            if focused == Some(name) && definition["autocomplete"] != true {
                return Err(bad_option(name, "has no autocompletion"));
            }
        }
        let mut options = Vec::new();
        for (name, value) in given {
            let definition = definitions.iter().find(|definition| definition["name"] == *name);
            let definition = definition.ok_or_else(|| bad_option(name, "is not an option of this command"))?;
            let mut option = json!({ "type": definition["type"], "name": name, "value": value });
            if focused == Some(*name) {
                option["focused"] = json!(true);
            } else {
                self.check_value(definition, value, resolved).map_err(|problem| bad_option(name, &problem))?;
            }
            options.push(option);
        }
        if let Some(focused) = focused.filter(|focused| !given.iter().any(|(name, _)| name == focused)) {
            let definition = definitions.iter().find(|definition| definition["name"] == focused);
            let definition = definition.ok_or_else(|| bad_option(focused, "is not an option of this command"))?;
            options.push(json!({ "type": definition["type"], "name": focused, "value": "", "focused": true }));
        }
        Ok(Value::Array(options))
    }

    /// Checks a value against the definition of its option, and adds the object that it refers to to `resolved`.
    fn check_value(&self, option: &Value, value: &Value, resolved: &mut Map<String, Value>) -> Result<(), String> {
        let choices = option["choices"].as_array().filter(|choices| !choices.is_empty());
        if choices.is_some_and(|choices| !choices.iter().any(|choice| choice["value"] == *value)) {
            return Err(format!("{value} is not one of its choices"));
        }
        let within = |number: f64, least: &str, most: &str| {
            option[least].as_f64().is_none_or(|least| number >= least)
                && option[most].as_f64().is_none_or(|most| number <= most)
        };
        let fits = match option["type"].as_u64() {
            Some(STRING) => value.as_str().is_some_and(|text| {
                let count = text.chars().count();
                // Discord's client rejects texts of more than 6000 characters even if the definition sets no limit.
                count <= 6000 && within(count as f64, "min_length", "max_length")
            }),
            Some(INTEGER) => value.as_i64().is_some_and(|number| within(number as f64, "min_value", "max_value")),
            Some(NUMBER) => value.as_f64().is_some_and(|number| within(number, "min_value", "max_value")),
            Some(BOOLEAN) => value.is_boolean(),
            Some(kind @ (USER | CHANNEL | ROLE | ATTACHMENT)) => self.resolve(kind, value, resolved).is_some(),
            kind => return Err(format!("the sandbox does not model options of type {kind:?}")),
        };
        if fits { Ok(()) } else { Err(format!("{value} does not match the definition {option}")) }
    }

    fn resolve(&self, kind: u64, value: &Value, resolved: &mut Map<String, Value>) -> Option<()> {
        let id = Snowflake::from_value(value)?;
        let (key, json) = match kind {
            USER => ("users", self.directory.user(id)?.json()),
            CHANNEL => {
                ("channels", self.directory.channel(id).filter(|channel| channel.guild.is_some())?.partial_json(0))
            }
            ATTACHMENT => ("attachments", self.attachment(id)?.json(&self.base_url)),
            _ => {
                let guild = self.directory.guilds.iter().find(|guild| guild.moderators == id)?;
                ("roles", moderators_json(guild))
            }
        };
        let group = resolved.entry(key).or_insert_with(|| json!({}));
        group[id.to_string()] = json;
        Some(())
    }
}

fn command_head(definition: &Map<String, Value>) -> Value {
    let mut data = json!({ "id": definition["id"], "name": definition["name"], "type": definition["type"] });
    if let Some(guild) = definition.get("guild_id") {
        data["guild_id"] = guild.clone();
    }
    data
}

fn items(options: Option<&Value>) -> impl Iterator<Item = &Value> {
    options.and_then(Value::as_array).into_iter().flatten()
}

fn is_command(option: &Value) -> bool {
    option["type"] == SUB_COMMAND || option["type"] == SUB_COMMAND_GROUP
}

fn bad_option(name: &str, problem: &str) -> ActError {
    ActError::BadOption { name: name.to_owned(), problem: problem.to_owned() }
}
