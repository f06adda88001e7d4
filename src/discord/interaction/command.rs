//! The parts of a command: its definition in every language, its arguments, its autocompletion and its handler.
//! Each command is one file with a `COMMAND` constant; [`crate::discord::commands`] lists them all.

use futures_util::future::BoxFuture;
use serenity::all::{
    Attachment, AutocompleteChoice, CommandDataOption, CommandInteraction, CommandOptionType, CommandType,
    CreateAutocompleteResponse, CreateCommand, CreateCommandOption, CreateInteractionResponse, Message, ResolvedOption,
    ResolvedTarget, ResolvedValue,
};

use super::error::{HandlerError, Refusal};
use crate::discord::view::limits::{CHOICE_MAX, CHOICES_MAX};
use crate::text::truncate;

/// A command or subcommand. `C` is the context that its handlers use. `D` is its definition: [`CreateCommand`], or
/// [`CreateCommandOption`] for a subcommand.
pub struct Command<C: 'static, D = CreateCommand> {
    /// The English name, by which Discord identifies the command in an interaction.
    pub name: &'static str,
    /// Returns the definition to register with Discord.
    pub definition: fn() -> D,
    /// Handles an invocation.
    pub run: Handler<C>,
    /// Completes the option that the user is typing, if the command has options to complete.
    pub complete: Option<Completer<C>>,
}

/// A subcommand, such as `/knowledge add`.
pub type Subcommand<C> = Command<C, CreateCommandOption>;

/// Handles a command. The dispatcher logs a returned error and, if the interaction has no response yet, shows it to the
/// user.
pub type Handler<C> = for<'a> fn(&'a C, &'a CommandInteraction) -> BoxFuture<'a, Result<(), HandlerError>>;

/// Returns the choices for the option that the user is typing.
pub type Completer<C> = for<'a> fn(&'a C, AutocompleteRequest<'a>) -> BoxFuture<'a, Choices>;

/// An autocompletion request.
#[derive(Clone, Copy)]
pub struct AutocompleteRequest<'a> {
    /// The interaction, which contains the user and the other options.
    pub interaction: &'a CommandInteraction,
    /// The name of the option.
    pub option: &'a str,
    /// The text typed so far.
    pub text: &'a str,
}

/// The choices of an autocompletion, at most [`CHOICES_MAX`].
pub type Choices = Vec<AutocompleteChoice>;

/// Converts labels and values to choices. Shortens a long label. Leaves out a value of more than [`CHOICE_MAX`]
/// characters, because a shortened value would name something else.
pub fn choices(labelled: impl Iterator<Item = (String, String)>) -> Choices {
    let labelled = labelled.filter(|(_, value)| value.chars().count() <= CHOICE_MAX).take(CHOICES_MAX);
    labelled.map(|(label, value)| AutocompleteChoice::new(truncate(&label, CHOICE_MAX), value)).collect()
}

/// Wraps choices as a response.
pub fn autocomplete_response(choices: Choices) -> CreateInteractionResponse {
    CreateInteractionResponse::Autocomplete(CreateAutocompleteResponse::new().set_choices(choices))
}

/// A text of a command's definition in every language that Discord shows it in. The bundled knowledge is about Japan
/// and Russia, hence Japanese and Russian. To add a language, add a field here and its locale in
/// [`Localized::translations`].
#[derive(Clone, Copy)]
pub struct Localized {
    /// English, the default.
    pub en: &'static str,
    /// Japanese.
    pub ja: &'static str,
    /// Russian.
    pub ru: &'static str,
}

impl Localized {
    /// Returns the translations with their locales
    /// (<https://discord.com/developers/docs/reference#locales>).
    fn translations(self) -> [(&'static str, &'static str); 2] {
        [("ja", self.ja), ("ru", self.ru)]
    }
}

/// Returns the definition of a slash command, without options.
pub fn slash_command(name: Localized, description: Localized) -> CreateCommand {
    let command = localized_name(CreateCommand::new(name.en).description(description.en), name);
    let descriptions = description.translations().into_iter();
    descriptions.fold(command, |command, (locale, text)| command.description_localized(locale, text))
}

/// Returns the definition of a message command, which Discord shows in the menu of a message.
pub fn message_command(name: Localized) -> CreateCommand {
    localized_name(CreateCommand::new(name.en).kind(CommandType::Message), name)
}

fn localized_name(command: CreateCommand, name: Localized) -> CreateCommand {
    name.translations().into_iter().fold(command, |command, (locale, text)| command.name_localized(locale, text))
}

/// Returns the definition of an option or a subcommand.
pub fn option(kind: CommandOptionType, name: Localized, description: Localized) -> CreateCommandOption {
    let option = CreateCommandOption::new(kind, name.en, description.en);
    let names = name.translations().into_iter();
    let option = names.fold(option, |option, (locale, text)| option.name_localized(locale, text));
    let descriptions = description.translations().into_iter();
    descriptions.fold(option, |option, (locale, text)| option.description_localized(locale, text))
}

/// Returns the definition of a subcommand, without options.
pub fn subcommand(name: Localized, description: Localized) -> CreateCommandOption {
    option(CommandOptionType::SubCommand, name, description)
}

/// The arguments of an invocation: the options that the user filled in. Those of a subcommand are found by name too.
pub struct CallArguments<'a>(Vec<ResolvedOption<'a>>);

impl<'a> CallArguments<'a> {
    /// Reads the arguments of an interaction.
    #[must_use]
    pub fn of(interaction: &'a CommandInteraction) -> Self {
        let mut options = interaction.data.options();
        while let [
            ResolvedOption { value: ResolvedValue::SubCommand(inner) | ResolvedValue::SubCommandGroup(inner), .. },
        ] = &mut options[..]
        {
            options = std::mem::take(inner);
        }
        Self(options)
    }

    fn find(&self, name: &str) -> Option<&ResolvedValue<'a>> {
        self.0.iter().find(|option| option.name == name).map(|option| &option.value)
    }

    /// Returns a text argument, or `None` if the user gave none. In an autocompletion request, this includes the option
    /// that the user is typing.
    ///
    /// # Errors
    /// If the argument has another type: Discord still has the command's definition from another version of the bot.
    pub fn text(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        match self.find(name) {
            None => Ok(None),
            Some(ResolvedValue::String(text) | ResolvedValue::Autocomplete { value: text, .. }) => Ok(Some(text)),
            Some(_) => Err(Refusal::OutOfDate),
        }
    }

    /// Returns a required text argument.
    ///
    /// # Errors
    /// If it is missing: Discord still has the command's definition from another version of the bot.
    pub fn required_text(&self, name: &str) -> Result<&'a str, Refusal> {
        self.text(name)?.ok_or(Refusal::OutOfDate)
    }

    /// Returns a Boolean argument, or `None` if the user gave none.
    ///
    /// # Errors
    /// If the argument has another type: Discord still has the command's definition from another version of the bot.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.find(name) {
            None => Ok(None),
            Some(ResolvedValue::Boolean(flag)) => Ok(Some(*flag)),
            Some(_) => Err(Refusal::OutOfDate),
        }
    }

    /// Returns a required integer argument.
    ///
    /// # Errors
    /// If it is missing: Discord still has the command's definition from another version of the bot.
    pub fn required_integer(&self, name: &str) -> Result<i64, Refusal> {
        match self.find(name) {
            Some(ResolvedValue::Integer(number)) => Ok(*number),
            _ => Err(Refusal::OutOfDate),
        }
    }

    /// Returns a required uploaded file.
    ///
    /// # Errors
    /// If it is missing: Discord still has the command's definition from another version of the bot.
    pub fn required_attachment(&self, name: &str) -> Result<&'a Attachment, Refusal> {
        match self.find(name) {
            Some(ResolvedValue::Attachment(attachment)) => Ok(attachment),
            _ => Err(Refusal::OutOfDate),
        }
    }
}

/// Returns the message that a message command was used on.
///
/// # Errors
/// If there is none: Discord still has the command's definition from another version of the bot.
pub fn target_message(interaction: &CommandInteraction) -> Result<&Message, Refusal> {
    match interaction.data.target() {
        Some(ResolvedTarget::Message(message)) => Ok(message),
        _ => Err(Refusal::OutOfDate),
    }
}

/// Returns the name of the subcommand of an invocation.
#[must_use]
pub fn subcommand_name(interaction: &CommandInteraction) -> Option<&str> {
    let is_subcommand = |option: &&CommandDataOption| option.kind() == CommandOptionType::SubCommand;
    interaction.data.options.first().filter(is_subcommand).map(|option| option.name.as_str())
}
