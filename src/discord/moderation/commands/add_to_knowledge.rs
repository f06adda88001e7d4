//! The message command **Add to knowledge**: opens the form of a new entry that contains a message. A question becomes
//! the question; an answer becomes the passage, together with the question it replies to.

use serenity::all::{CommandInteraction, CreateCommand};

use super::{ModerationContext, for_moderators, open_form};
use crate::discord::interaction::command::{Command, Localized, message_command, target_message};
use crate::discord::interaction::error::HandlerError;
use crate::discord::moderation::draft::Draft;
use crate::discord::moderation::form::{FormSubject, FormText};
use crate::discord::transport::markup::plain_text;
use crate::matching::looks_like_question;

/// The command.
pub const COMMAND: Command<ModerationContext> =
    Command { name: "Add to knowledge", definition, run: |context, call| Box::pin(run(context, call)), complete: None };

fn definition() -> CreateCommand {
    for_moderators(message_command(Localized {
        en: COMMAND.name, ja: "知識に追加", ru: "Добавить в знания"
    }))
}

async fn run(context: &ModerationContext, call: &CommandInteraction) -> Result<(), HandlerError> {
    let moderator = context.authorize(call)?;
    let message = target_message(call)?;
    let content = plain_text(&message.content);
    let question = message.referenced_message.as_ref().map(|question| plain_text(&question.content));
    let text = match question {
        Some(question) => FormText::new(&question, &content, String::new()),
        None if looks_like_question(&content) => FormText::new(&content, "", String::new()),
        None => FormText::new("", &content, String::new()),
    };
    open_form(context, call, Draft::with_form(moderator.user, FormSubject::NewEntry(None), text)).await
}
