//! `/knowledge`: the parent of the moderators' subcommands. To add a subcommand, add a file and a line to
//! [`SUBCOMMANDS`].

use serenity::all::{CommandInteraction, CreateCommand};

use super::{
    ModerationContext, add, boundary, clear, edit, export, for_moderators, history, import, remove, restore,
    unanswered, undo, wording,
};
use crate::discord::interaction::command::{
    AutocompleteRequest, Choices, Command, Localized, Subcommand, slash_command, subcommand_name,
};
use crate::discord::interaction::error::{HandlerError, Refusal};

/// The command.
pub const COMMAND: Command<ModerationContext> = Command {
    name: "knowledge",
    definition,
    run: |context, call| Box::pin(run(context, call)),
    complete: Some(|context, request| Box::pin(complete(context, request))),
};

/// All subcommands, in the order in which Discord shows them.
static SUBCOMMANDS: [Subcommand<ModerationContext>; 12] = [
    add::COMMAND,
    edit::COMMAND,
    remove::COMMAND,
    wording::COMMAND,
    boundary::COMMAND,
    unanswered::COMMAND,
    clear::COMMAND,
    history::COMMAND,
    undo::COMMAND,
    restore::COMMAND,
    export::COMMAND,
    import::COMMAND,
];

fn definition() -> CreateCommand {
    let command = slash_command(
        Localized { en: COMMAND.name, ja: "知識", ru: "знания" },
        Localized {
            en: "Keep what I know right: for moderators",
            ja: "知識を正しく保つ（モデレーター用）",
            ru: "Поддерживать знания в порядке: для модераторов",
        },
    );
    let definitions = SUBCOMMANDS.iter().map(|subcommand| (subcommand.definition)());
    for_moderators(command).set_options(definitions.collect())
}

fn find(call: &CommandInteraction) -> Option<&'static Subcommand<ModerationContext>> {
    let name = subcommand_name(call)?;
    SUBCOMMANDS.iter().find(|subcommand| subcommand.name == name)
}

async fn run(context: &ModerationContext, call: &CommandInteraction) -> Result<(), HandlerError> {
    let subcommand = find(call).ok_or(Refusal::OutOfDate)?;
    (subcommand.run)(context, call).await
}

async fn complete(context: &ModerationContext, request: AutocompleteRequest<'_>) -> Choices {
    match find(request.interaction).and_then(|subcommand| subcommand.complete) {
        Some(complete) => complete(context, request).await,
        None => Choices::new(),
    }
}
