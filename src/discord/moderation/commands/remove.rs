//! `/knowledge remove`: proposes to remove an entry or boundary.

use serenity::all::{CommandInteraction, CreateCommandOption};

use super::{ModerationContext, item_option, preview};
use crate::discord::interaction::command::{CallArguments, Command, Localized, Subcommand, subcommand};
use crate::discord::interaction::error::HandlerError;
use crate::discord::moderation::draft::Draft;
use crate::discord::moderation::lookup;
use crate::moderation::Edit;

/// The subcommand.
pub const COMMAND: Subcommand<ModerationContext> = Command {
    name: "remove",
    definition,
    run: |context, call| Box::pin(run(context, call)),
    complete: Some(|context, request| Box::pin(lookup::complete_item(context, request))),
};

fn definition() -> CreateCommandOption {
    subcommand(
        Localized { en: COMMAND.name, ja: "削除", ru: "убрать" },
        Localized {
            en: "Remove a question and its answer",
            ja: "質問とその答えを取り除く",
            ru: "Убрать вопрос и ответ на него",
        },
    )
    .add_sub_option(item_option())
}

async fn run(context: &ModerationContext, call: &CommandInteraction) -> Result<(), HandlerError> {
    let moderator = context.authorize(call)?;
    let (file, item, _) = lookup::find_item(&moderator, CallArguments::of(call).required_text("entry")?).await?;
    preview(context, call, &moderator, Draft::with_edit(moderator.user, file, Edit::Remove { item })).await
}
