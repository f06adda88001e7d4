//! `/knowledge history`: shows the revisions of the knowledge.

use serenity::all::{CommandInteraction, CreateCommandOption};

use super::ModerationContext;
use crate::discord::interaction::command::{Command, Localized, Subcommand, subcommand};
use crate::discord::interaction::error::HandlerError;
use crate::discord::moderation::history::{NEWEST, history_page};
use crate::discord::moderation::page::show_result;

/// The subcommand.
pub const COMMAND: Subcommand<ModerationContext> =
    Command { name: "history", definition, run: |context, call| Box::pin(run(context, call)), complete: None };

fn definition() -> CreateCommandOption {
    subcommand(
        Localized { en: COMMAND.name, ja: "履歴", ru: "история" },
        Localized {
            en: "See who changed what and when; look at a change, undo it, or restore a version",
            ja: "だれがいつ何を変えたかを見る。取り消しや復元もできる",
            ru: "Кто, когда и что изменил; посмотреть, отменить или вернуть",
        },
    )
}

async fn run(context: &ModerationContext, call: &CommandInteraction) -> Result<(), HandlerError> {
    let moderator = context.authorize(call)?;
    let token = context.responder.defer(call).await?;
    show_result(context, &token, history_page(&moderator, NEWEST).await).await
}
