//! `/sections`: lists the sections of every document, with menus to open them.

use serenity::all::{CommandInteraction, CreateCommand};

use super::{Asking, everywhere, library};
use crate::discord::interaction::command::{Command, Localized, slash_command};
use crate::discord::interaction::error::HandlerError;
use crate::discord::view::message_view::Audience;
use crate::discord::view::sections::sections_view;

/// The command.
pub const COMMAND: Command<Asking> =
    Command { name: "sections", definition, run: |asking, call| Box::pin(run(asking, call)), complete: None };

fn definition() -> CreateCommand {
    everywhere(slash_command(
        Localized { en: COMMAND.name, ja: "章一覧", ru: "разделы" },
        Localized {
            en: "See what I can answer, section by section",
            ja: "答えられる内容を章ごとに見る",
            ru: "Посмотреть по разделам, на что я могу ответить",
        },
    ))
}

async fn run(asking: &Asking, call: &CommandInteraction) -> Result<(), HandlerError> {
    let view = {
        let audience = Audience { asker: call.user.id, private: true };
        sections_view(&library(asking, call), audience)
    };
    asking.responder.show(call, view, true).await
}
