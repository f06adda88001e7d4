//! What moderators read and choose from: a text with buttons and menus, in place of the response that was promised.
//! What goes wrong after the promise is told there too.

use serenity::all::{
    ButtonStyle, CommandInteraction, ComponentInteraction, ComponentInteractionDataKind, CreateActionRow, CreateButton,
    CreateEmbed, CreateInteractionResponse, CreateSelectMenu, CreateSelectMenuKind, CreateSelectMenuOption,
    EditInteractionResponse,
};

use super::action::Step;
use super::preview::sentence;
use crate::discord::asking::{Bot, Ticket};
use crate::discord::interaction::error::{Failure, Refusal};
use crate::discord::view::limits::{
    EMBED_DESCRIPTION_MAX, EMBED_TITLE_MAX, SELECT_OPTION_MAX, SELECT_OPTIONS_MAX, clip,
};
use crate::discord::view::message_view::{INK, nobody};

/// A page.
pub fn page(title: &str, text: &str, rows: Vec<CreateActionRow>) -> EditInteractionResponse {
    let embed = CreateEmbed::new().title(clip(title, EMBED_TITLE_MAX)).description(clip(text, EMBED_DESCRIPTION_MAX));
    let page = EditInteractionResponse::new().content("").embeds(vec![embed.color(INK)]);
    page.components(rows).allowed_mentions(nobody())
}

/// A button for a step.
pub fn button(step: Step, label: &str, style: ButtonStyle) -> CreateButton {
    CreateButton::new(step.to_string()).label(label).style(style)
}

/// A menu of labels and values; none without any.
#[must_use]
pub fn menu(step: Step, placeholder: &str, options: Vec<(String, String)>) -> Option<CreateActionRow> {
    let option = |(label, value): (String, String)| CreateSelectMenuOption::new(clip(&label, SELECT_OPTION_MAX), value);
    let options: Vec<_> = options.into_iter().take(SELECT_OPTIONS_MAX).map(option).collect();
    let is_empty = options.is_empty();
    let menu = CreateSelectMenu::new(step.to_string(), CreateSelectMenuKind::String { options });
    (!is_empty).then(|| CreateActionRow::SelectMenu(menu.placeholder(placeholder)))
}

/// What was chosen from a menu.
///
/// # Errors
/// If nothing was: a forged press.
pub fn chosen(press: &ComponentInteraction) -> Result<&str, Refusal> {
    match &press.data.kind {
        ComponentInteractionDataKind::StringSelect { values } => values.first().map(String::as_str),
        _ => None,
    }
    .ok_or(Refusal::OutOfDate)
}

/// Promises a response to a command.
///
/// # Errors
/// If Discord does not take it.
pub async fn promise(bot: &Bot, command: &CommandInteraction) -> Result<Ticket, Failure> {
    bot.respond(command, bot.defer()).await?;
    Ok(command.into())
}

/// Promises that the message of a button will change.
///
/// # Errors
/// If Discord does not take it.
pub async fn promise_change(bot: &Bot, press: &ComponentInteraction) -> Result<Ticket, Failure> {
    bot.respond(press, CreateInteractionResponse::Acknowledge).await?;
    Ok(press.into())
}

/// Keeps a promise: with what was made, or with why it was not.
///
/// # Errors
/// If Discord does not take it.
pub async fn keep(bot: &Bot, ticket: &Ticket, made: Result<EditInteractionResponse, Failure>) -> Result<(), Failure> {
    let shown = made.unwrap_or_else(|failure| {
        failure.log("a moderator's step");
        sentence(&failure.sentence(), None)
    });
    bot.revise(ticket, shown).await
}
