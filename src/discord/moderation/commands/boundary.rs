//! `/knowledge boundary`: opens the form of a new boundary, in the named file or the file of the closest entry.

use serenity::all::{CommandInteraction, CommandOptionType, CreateCommandOption};

use super::{ModerationContext, open_form};
use crate::discord::interaction::command::{CallArguments, Command, Localized, Subcommand, subcommand};
use crate::discord::interaction::error::HandlerError;
use crate::discord::moderation::draft::Draft;
use crate::discord::moderation::form::{FormSubject, FormText};
use crate::discord::moderation::lookup;
use crate::knowledge::limits;

/// The subcommand.
pub const COMMAND: Subcommand<ModerationContext> = Command {
    name: "boundary",
    definition,
    run: |context, call| Box::pin(run(context, call)),
    complete: Some(|context, request| Box::pin(lookup::complete_file(context, request))),
};

fn definition() -> CreateCommandOption {
    subcommand(
        Localized { en: COMMAND.name, ja: "範囲外", ru: "граница" },
        Localized {
            en: "Add a question that the text does not answer, and what to say to it",
            ja: "本文が答えない質問と、その返事を加える",
            ru: "Добавить вопрос, на который текст не отвечает",
        },
    )
    .add_sub_option(
        CreateCommandOption::new(CommandOptionType::String, "question", "The question")
            .required(false)
            .max_length(limits::QUESTION_CHARS as u16),
    )
    .add_sub_option(
        CreateCommandOption::new(
            CommandOptionType::String,
            "file",
            "Which file, where there are several: else that of the question nearest to it",
        )
        .required(false)
        .set_autocomplete(true),
    )
}

async fn run(context: &ModerationContext, call: &CommandInteraction) -> Result<(), HandlerError> {
    let moderator = context.authorize(call)?;
    let options = CallArguments::of(call);
    let question = options.text("question")?.unwrap_or_default();
    let file = match options.text("file")? {
        Some(name) => lookup::choose_file(&moderator.edit_service.files().await, Some(name))?,
        None => lookup::closest_file(context, &moderator, question).await?,
    };
    let text = FormText::new(question, "", String::new());
    open_form(context, call, Draft::with_form(moderator.user, FormSubject::NewBoundary(file), text)).await
}
