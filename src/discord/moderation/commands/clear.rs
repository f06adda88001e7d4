//! `/knowledge clear`: asks for confirmation, then empties the list of unanswered questions.

use serenity::all::{CommandInteraction, CreateCommandOption};

use super::ModerationContext;
use crate::discord::interaction::command::{Command, Localized, Subcommand, subcommand};
use crate::discord::interaction::error::HandlerError;
use crate::discord::moderation::page::show_result;
use crate::discord::moderation::unanswered::clear_page;

/// The subcommand.
pub const COMMAND: Subcommand<ModerationContext> =
    Command { name: "clear", definition, run: |context, call| Box::pin(run(context, call)), complete: None };

fn definition() -> CreateCommandOption {
    subcommand(
        Localized { en: COMMAND.name, ja: "一掃", ru: "очистить" },
        Localized {
            en: "Empty the list of questions I could not answer",
            ja: "未回答の質問の一覧を空にする",
            ru: "Очистить список вопросов без ответа",
        },
    )
}

async fn run(context: &ModerationContext, call: &CommandInteraction) -> Result<(), HandlerError> {
    let moderator = context.authorize(call)?;
    let token = context.responder.defer(call).await?;
    show_result(context, &token, clear_page(context, &moderator).await).await
}
