//! `/knowledge add`: opens the form of a new entry, with a citation if the moderator gave one.

use serenity::all::{CommandInteraction, CommandOptionType, CreateCommandOption};

use super::{ModerationContext, open_form};
use crate::discord::interaction::command::{
    AutocompleteRequest, CallArguments, Choices, Command, Localized, Subcommand, subcommand,
};
use crate::discord::interaction::error::HandlerError;
use crate::discord::moderation::draft::Draft;
use crate::discord::moderation::form::{FormSubject, FormText};
use crate::discord::moderation::lookup;
use crate::discord::view::limits::CHOICE_MAX;

/// The subcommand.
pub const COMMAND: Subcommand<ModerationContext> = Command {
    name: "add",
    definition,
    run: |context, call| Box::pin(run(context, call)),
    complete: Some(|context, request| Box::pin(complete(context, request))),
};

fn definition() -> CreateCommandOption {
    subcommand(
        Localized { en: COMMAND.name, ja: "追加", ru: "добавить" },
        Localized {
            en: "Add a question, its answer and where the text says so",
            ja: "質問と答えと出典を加える",
            ru: "Добавить вопрос, ответ и место в тексте",
        },
    )
    .add_sub_option(text_option("section", "The section that says so"))
    .add_sub_option(text_option("paragraphs", "Its paragraphs, like 3 or 2, 4-6"))
}

fn text_option(name: &str, description: &str) -> CreateCommandOption {
    let option = CreateCommandOption::new(CommandOptionType::String, name, description);
    option.required(false).max_length(CHOICE_MAX as u16).set_autocomplete(true)
}

async fn run(context: &ModerationContext, call: &CommandInteraction) -> Result<(), HandlerError> {
    let moderator = context.authorize(call)?;
    let options = CallArguments::of(call);
    let paragraphs = options.text("paragraphs")?.unwrap_or_default();
    let citation = options.text("section")?.map(|section| format!("{section} {paragraphs}"));
    let text = FormText::new("", "", citation.unwrap_or_default());
    open_form(context, call, Draft::with_form(moderator.user, FormSubject::NewEntry(None), text)).await
}

async fn complete(context: &ModerationContext, request: AutocompleteRequest<'_>) -> Choices {
    match request.option {
        "section" => lookup::complete_section(context, request).await,
        _ => lookup::complete_paragraphs(context, request).await,
    }
}
