//! `/knowledge wording`: proposes to add a wording to an entry or boundary.

use serenity::all::{CommandInteraction, CommandOptionType, CreateCommandOption};

use super::{ModerationContext, item_option, preview};
use crate::discord::interaction::command::{CallArguments, Command, Localized, Subcommand, subcommand};
use crate::discord::interaction::error::HandlerError;
use crate::discord::moderation::draft::Draft;
use crate::discord::moderation::lookup;
use crate::knowledge::limits;
use crate::moderation::Edit;

/// The subcommand.
pub const COMMAND: Subcommand<ModerationContext> = Command {
    name: "wording",
    definition,
    run: |context, call| Box::pin(run(context, call)),
    complete: Some(|context, request| Box::pin(lookup::complete_item(context, request))),
};

fn definition() -> CreateCommandOption {
    subcommand(
        Localized { en: COMMAND.name, ja: "言い換え", ru: "формулировка" },
        Localized {
            en: "Teach a question another wording",
            ja: "質問に別の言い方を教える",
            ru: "Научить вопрос ещё одной формулировке",
        },
    )
    .add_sub_option(item_option())
    .add_sub_option(
        CreateCommandOption::new(CommandOptionType::String, "text", "How else members ask it")
            .required(true)
            .max_length(limits::WORDING_CHARS as u16),
    )
}

async fn run(context: &ModerationContext, call: &CommandInteraction) -> Result<(), HandlerError> {
    let moderator = context.authorize(call)?;
    let options = CallArguments::of(call);
    let (file, item, _) = lookup::find_item(&moderator, options.required_text("entry")?).await?;
    let wording = options.required_text("text")?.trim().to_owned();
    let edit = Edit::AddWording { id: item.id().to_owned(), wording };
    preview(context, call, &moderator, Draft::with_edit(moderator.user, file, edit)).await
}
