//! `/knowledge unanswered`: shows the list of unanswered questions.

use serenity::all::{CommandInteraction, CreateCommandOption};

use super::ModerationContext;
use crate::discord::interaction::command::{Command, Localized, Subcommand, subcommand};
use crate::discord::interaction::error::HandlerError;
use crate::discord::moderation::page::show_result;
use crate::discord::moderation::unanswered::list_page;

/// The subcommand.
pub const COMMAND: Subcommand<ModerationContext> =
    Command { name: "unanswered", definition, run: |context, call| Box::pin(run(context, call)), complete: None };

fn definition() -> CreateCommandOption {
    subcommand(
        Localized { en: COMMAND.name, ja: "未回答", ru: "без-ответа" },
        Localized {
            en: "See what I could not answer, and teach me",
            ja: "答えられなかった質問を見て、教える",
            ru: "Посмотреть, на что я не смог ответить, и научить меня",
        },
    )
}

async fn run(context: &ModerationContext, call: &CommandInteraction) -> Result<(), HandlerError> {
    let moderator = context.authorize(call)?;
    let token = context.responder.defer(call).await?;
    show_result(context, &token, list_page(context, &moderator, 0).await).await
}
