//! The message command **Answer this**: answers the question in another member's message.

use serenity::all::{CommandInteraction, CreateCommand};

use super::{Asking, answer, everywhere};
use crate::discord::interaction::command::{Command, Localized, message_command, target_message};
use crate::discord::interaction::error::{HandlerError, Refusal};
use crate::discord::transport::markup::plain_text;
use crate::telemetry::Source;

/// The command.
pub const COMMAND: Command<Asking> =
    Command { name: "Answer this", definition, run: |asking, call| Box::pin(run(asking, call)), complete: None };

fn definition() -> CreateCommand {
    everywhere(message_command(Localized {
        en: COMMAND.name, ja: "これに回答", ru: "Ответить на это"
    }))
}

async fn run(asking: &Asking, call: &CommandInteraction) -> Result<(), HandlerError> {
    let question = plain_text(&target_message(call)?.content);
    if question.is_empty() {
        return Err(Refusal::NothingAsked.into());
    }
    answer(asking, call, &question, false, Source::Menu).await
}
