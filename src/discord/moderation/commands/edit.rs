//! `/knowledge edit`: opens the form of an entry or boundary.

use serenity::all::{CommandInteraction, CommandOptionType, CreateCommandOption};

use super::{ModerationContext, item_option, open_form};
use crate::discord::interaction::command::{CallArguments, Command, Localized, Subcommand, subcommand};
use crate::discord::interaction::error::HandlerError;
use crate::discord::moderation::draft::Draft;
use crate::discord::moderation::form::FormSubject;
use crate::discord::moderation::lookup;
use crate::knowledge::limits;

/// The options for the fields that the form has no room for.
const LABEL: &str = "label";
const FALSE_PREMISE: &str = "false_premise";

/// The value of [`LABEL`] that removes the label.
const NO_LABEL: &str = "-";

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
    .add_sub_option(
        CreateCommandOption::new(CommandOptionType::String, LABEL, "A short title for buttons; - removes it")
            .max_length(limits::LABEL_CHARS as u16),
    )
    .add_sub_option(CreateCommandOption::new(
        CommandOptionType::Boolean,
        FALSE_PREMISE,
        "The question assumes something false: answer it, but never offer it",
    ))
}

async fn run(context: &ModerationContext, call: &CommandInteraction) -> Result<(), HandlerError> {
    let moderator = context.authorize(call)?;
    let options = CallArguments::of(call);
    let (file, item, mut text) = lookup::find_item(&moderator, options.required_text("entry")?).await?;
    match options.text(LABEL)?.map(str::trim) {
        Some(NO_LABEL) => text.label.clear(),
        Some(label) => text.label = label.to_owned(),
        None => {}
    }
    text.false_premise = options.flag(FALSE_PREMISE)?.unwrap_or(text.false_premise);
    open_form(context, call, Draft::with_form(moderator.user, FormSubject::Change(file, item), text)).await
}
