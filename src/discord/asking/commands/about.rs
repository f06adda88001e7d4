//! `/about`: says what the bot knows, from when the text is, and what data the bot stores.

use serenity::all::{CommandInteraction, CreateCommand};

use super::{Asking, everywhere, library};
use crate::discord::asking::followed::FOLLOWED_FOR;
use crate::discord::interaction::command::{Command, Localized, slash_command};
use crate::discord::interaction::error::HandlerError;
use crate::discord::view::sections::about_view;

/// The command.
pub const COMMAND: Command<Asking> =
    Command { name: "about", definition, run: |asking, call| Box::pin(run(asking, call)), complete: None };

fn definition() -> CreateCommand {
    everywhere(slash_command(
        Localized { en: COMMAND.name, ja: "概要", ru: "о-боте" },
        Localized {
            en: "What I know, from when the text is, and what I store",
            ja: "何を知っているか、本文の時期、保存する情報について",
            ru: "Что я знаю, от какого времени текст и что я храню",
        },
    ))
}

async fn run(asking: &Asking, call: &CommandInteraction) -> Result<(), HandlerError> {
    let view = { about_view(&library(asking, call), asking.unanswered.is_on(), FOLLOWED_FOR.as_secs() / 60) };
    asking.responder.show(call, view, true).await
}
