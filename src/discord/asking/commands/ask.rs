//! `/ask`: answers a question, publicly or for the asker alone, and completes it from the curated questions.

use serenity::all::{CommandInteraction, CommandOptionType, CreateCommand};

use super::{Asking, answer, everywhere, library};
use crate::discord::interaction::command::{
    AutocompleteRequest, CallArguments, Choices, Command, Localized, choices, option, slash_command,
};
use crate::discord::interaction::error::HandlerError;
use crate::discord::view::limits::{CHOICE_MAX, CHOICES_MAX};
use crate::library::Library;
use crate::telemetry::Source;
use crate::text::truncate;
use crate::throttle::off_thread;

/// Characters of a question: more than anybody needs in one question, and little to match.
const QUESTION_MAX: u16 = 1_000;

/// The command.
pub const COMMAND: Command<Asking> = Command {
    name: "ask",
    definition,
    run: |asking, call| Box::pin(run(asking, call)),
    complete: Some(|asking, request| Box::pin(complete(asking, request))),
};

fn definition() -> CreateCommand {
    let command = slash_command(
        Localized { en: COMMAND.name, ja: "質問", ru: "вопрос" },
        Localized {
            en: "Ask a question; I answer from the text and show where it says so",
            ja: "質問すると、本文から出典つきで答えます",
            ru: "Задайте вопрос: отвечу по тексту и покажу, где это сказано",
        },
    );
    let question = option(
        CommandOptionType::String,
        Localized { en: "question", ja: "質問文", ru: "текст" },
        Localized {
            en: "Your question, in your own words",
            ja: "あなたの言葉での質問",
            ru: "Ваш вопрос своими словами",
        },
    );
    let private = option(
        CommandOptionType::Boolean,
        Localized { en: "private", ja: "非公開", ru: "лично" },
        Localized {
            en: "Show the answer to you alone",
            ja: "答えを自分だけに表示します",
            ru: "Показать ответ только вам",
        },
    );
    everywhere(command)
        .add_option(question.required(true).max_length(QUESTION_MAX).set_autocomplete(true))
        .add_option(private.required(false))
}

async fn run(asking: &Asking, call: &CommandInteraction) -> Result<(), HandlerError> {
    let options = CallArguments::of(call);
    let question = options.required_text("question")?;
    let private = options.flag("private")?.unwrap_or(false);
    answer(asking, call, question, private, Source::Command).await
}

async fn complete(asking: &Asking, request: AutocompleteRequest<'_>) -> Choices {
    let (library, typed) = (library(asking, request.interaction), request.text.to_owned());
    off_thread(move || completions(&library, &typed)).await
}

/// Offers the curated questions closest to the text. Before the member types anything, offers those that most other
/// entries name as related.
pub fn completions(library: &Library, typed: &str) -> Choices {
    let keys = library.complete(typed, CHOICES_MAX).into_iter();
    let questions = keys.map(|key| truncate(&library.knowledge().entry(key).question, CHOICE_MAX));
    choices(questions.map(|question| (question.clone(), question)))
}
