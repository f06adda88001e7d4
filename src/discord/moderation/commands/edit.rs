//! `/knowledge edit`: opens the form of an entry or boundary.

use serenity::all::{CommandInteraction, CreateCommandOption};

use super::{ModerationContext, item_option, open_form};
use crate::discord::interaction::command::{CallArguments, Command, Localized, Subcommand, subcommand};
use crate::discord::interaction::error::HandlerError;
use crate::discord::moderation::draft::Draft;
use crate::discord::moderation::form::FormSubject;
use crate::discord::moderation::lookup;

/// The subcommand.
pub const COMMAND: Subcommand<ModerationContext> = Command {
    name: "edit",
    definition,
    run: |context, call| Box::pin(run(context, call)),
    complete: Some(|context, request| Box::pin(lookup::complete_item(context, request))),
};

fn definition() -> CreateCommandOption {
    subcommand(
        Localized { en: COMMAND.name, ja: "編集", ru: "изменить" },
        Localized {
            en: "Change a question, its wordings, its answer or its citation",
            ja: "質問・言い換え・答え・出典を直す",
            ru: "Изменить вопрос, формулировки, ответ или место",
        },
    )
    .add_sub_option(item_option())
}

async fn run(context: &ModerationContext, call: &CommandInteraction) -> Result<(), HandlerError> {
    let moderator = context.authorize(call)?;
    let (file, item, text) = lookup::find_item(&moderator, CallArguments::of(call).required_text("entry")?).await?;
    open_form(context, call, Draft::with_form(moderator.user, FormSubject::Change(file, item), text)).await
}
