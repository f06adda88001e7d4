//! `/knowledge undo`: proposes to undo the newest revision.

use serenity::all::{CommandInteraction, CreateCommandOption};

use super::ModerationContext;
use crate::discord::interaction::command::{Command, Localized, Subcommand, subcommand};
use crate::discord::interaction::error::HandlerError;
use crate::discord::moderation::history::undo_newest_draft;
use crate::discord::moderation::page::show_result;
use crate::discord::moderation::preview::preview_new_draft;

/// The subcommand.
pub const COMMAND: Subcommand<ModerationContext> =
    Command { name: "undo", definition, run: |context, call| Box::pin(run(context, call)), complete: None };

fn definition() -> CreateCommandOption {
    subcommand(
        Localized { en: COMMAND.name, ja: "取り消し", ru: "отменить" },
        Localized {
            en: "Undo the last change, after you have seen what that does",
            ja: "最後の変更を、内容を確かめてから取り消す",
            ru: "Отменить последнее изменение, увидев сначала, что изменится",
        },
    )
}

async fn run(context: &ModerationContext, call: &CommandInteraction) -> Result<(), HandlerError> {
    let moderator = context.authorize(call)?;
    let token = context.responder.defer(call).await?;
    let _turn = match context.file_turn(&moderator, None).await {
        Ok(turn) => turn,
        Err(refusal) => return show_result(context, &token, Err(refusal.into())).await,
    };
    preview_new_draft(context, &token, &moderator, undo_newest_draft(&moderator).await).await
}
