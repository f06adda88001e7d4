//! The pages that moderators read: a text with buttons and menus, in place of a deferred response.
//! An error after the response was deferred is shown there too.

use serenity::all::{
    ButtonStyle, CreateActionRow, CreateButton, CreateEmbed, CreateSelectMenu, CreateSelectMenuKind,
    CreateSelectMenuOption, EditInteractionResponse,
};

use super::ModerationContext;
use super::action::{DraftId, ModerationAction};
use super::draft::Draft;
use crate::discord::interaction::InteractionToken;
use crate::discord::interaction::error::HandlerError;
use crate::discord::view::limits::{
    CONTENT_MAX, EMBED_DESCRIPTION_MAX, EMBED_TITLE_MAX, SELECT_OPTION_MAX, SELECT_OPTIONS_MAX,
};
use crate::discord::view::message_view::{ANSWER_COLOR, no_mentions};
use crate::text::truncate;

/// Renders a page.
pub fn page(title: &str, text: &str, rows: Vec<CreateActionRow>) -> EditInteractionResponse {
    let embed =
        CreateEmbed::new().title(truncate(title, EMBED_TITLE_MAX)).description(truncate(text, EMBED_DESCRIPTION_MAX));
    let page = EditInteractionResponse::new().content("").embeds(vec![embed.color(ANSWER_COLOR)]);
    page.components(rows).allowed_mentions(no_mentions())
}

/// Renders a plain text, with the buttons of a draft if there is one, so that the moderator can return to its form.
pub fn text_page(text: &str, draft: Option<(DraftId, &Draft)>) -> EditInteractionResponse {
    let rows = draft.map(|(id, draft)| draft_buttons(id, draft, false)).unwrap_or_default();
    let page = EditInteractionResponse::new().content(truncate(text, CONTENT_MAX));
    page.embeds(Vec::new()).components(rows).allowed_mentions(no_mentions())
}

/// Returns a button for an action.
pub fn button(action: ModerationAction, label: &str, style: ButtonStyle) -> CreateButton {
    CreateButton::new(action.to_string()).label(label).style(style)
}

/// Returns the buttons of a draft: Save if it can be saved, Change if it has a form, and Cancel.
pub fn draft_buttons(id: DraftId, draft: &Draft, can_save: bool) -> Vec<CreateActionRow> {
    let save = can_save.then(|| button(ModerationAction::Save(id), "Save", ButtonStyle::Success));
    let change = draft.form.is_some().then(|| button(ModerationAction::Change(id), "Change", ButtonStyle::Primary));
    let cancel = button(ModerationAction::Cancel(id), "Cancel", ButtonStyle::Secondary);
    vec![CreateActionRow::Buttons(save.into_iter().chain(change).chain([cancel]).collect())]
}

/// Returns a menu of labels and values, or `None` if there are none.
#[must_use]
pub fn menu(action: ModerationAction, placeholder: &str, options: Vec<(String, String)>) -> Option<CreateActionRow> {
    let option =
        |(label, value): (String, String)| CreateSelectMenuOption::new(truncate(&label, SELECT_OPTION_MAX), value);
    let options: Vec<_> = options.into_iter().take(SELECT_OPTIONS_MAX).map(option).collect();
    let is_empty = options.is_empty();
    let menu = CreateSelectMenu::new(action.to_string(), CreateSelectMenuKind::String { options });
    (!is_empty).then(|| CreateActionRow::SelectMenu(menu.placeholder(placeholder)))
}

/// Replaces a deferred response with a page, or with the error that prevented it.
///
/// # Errors
/// If Discord refuses the edit or cannot be reached.
pub async fn show_result(
    context: &ModerationContext,
    token: &InteractionToken,
    page: Result<EditInteractionResponse, HandlerError>,
) -> Result<(), HandlerError> {
    let page = page.unwrap_or_else(|error| {
        error.log("a moderation command");
        text_page(&error.user_message(), None)
    });
    context.responder.edit(token, page).await
}
