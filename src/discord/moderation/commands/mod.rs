//! The commands for moderators, one file each: `/knowledge` with its subcommands, and **Add to knowledge**.
//! Discord hides them from members; [`ModerationContext::authorize`] refuses members all the same.

mod add;
pub mod add_to_knowledge;
mod boundary;
mod clear;
mod edit;
mod export;
mod history;
mod import;
pub mod knowledge;
mod remove;
mod restore;
mod unanswered;
mod undo;
mod wording;

use serenity::all::{
    CommandInteraction, CommandOptionType, CreateCommand, CreateCommandOption, InstallationContext, InteractionContext,
    Permissions,
};

use super::access::Moderator;
use super::draft::Draft;
use super::preview::preview_new_draft;
use super::{ModerationContext, form};
use crate::discord::interaction::command::{Localized, option};
use crate::discord::interaction::error::{HandlerError, Refusal};

/// Makes a command available in servers, to members with Manage Server.
fn for_moderators(command: CreateCommand) -> CreateCommand {
    command
        .default_member_permissions(Permissions::MANAGE_GUILD)
        .integration_types(vec![InstallationContext::Guild])
        .contexts(vec![InteractionContext::Guild])
}

/// The option that names an entry or boundary.
fn item_option() -> CreateCommandOption {
    CreateCommandOption::new(CommandOptionType::String, "entry", "The question").required(true).set_autocomplete(true)
}

/// The option that names a knowledge file.
fn file_option(description: Localized) -> CreateCommandOption {
    let name = Localized { en: "file", ja: "ファイル", ru: "файл" };
    option(CommandOptionType::String, name, description).required(false).set_autocomplete(true)
}

/// Stores a draft and opens its form.
async fn open_form(context: &ModerationContext, call: &CommandInteraction, draft: Draft) -> Result<(), HandlerError> {
    let Some((subject, text)) = draft.form.clone() else { return Err(Refusal::OutOfDate.into()) };
    let id = context.drafts.add(draft);
    context.responder.respond(call, form::open(id, &subject, &text)).await
}

/// Shows the preview of a draft.
async fn preview(
    context: &ModerationContext,
    call: &CommandInteraction,
    moderator: &Moderator,
    draft: Draft,
) -> Result<(), HandlerError> {
    let token = context.responder.defer(call).await?;
    preview_new_draft(context, &token, moderator, Ok(draft)).await
}
