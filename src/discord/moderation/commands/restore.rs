//! `/knowledge restore`: proposes to restore the file as it was at a revision.

use serenity::all::{AutocompleteChoice, CommandInteraction, CommandOptionType, CreateCommandOption};

use super::ModerationContext;
use crate::discord::interaction::command::{
    AutocompleteRequest, CallArguments, Choices, Command, Localized, Subcommand, option, subcommand,
};
use crate::discord::interaction::error::HandlerError;
use crate::discord::moderation::history::restore_draft;
use crate::discord::moderation::page::show_result;
use crate::discord::moderation::preview::preview_new_draft;
use crate::discord::view::limits::{CHOICE_MAX, CHOICES_MAX};
use crate::moderation::history::{PAGE_MAX, Revision, RevisionId};
use crate::text::truncate;

/// The largest integer that Discord accepts in an option: 2^53 - 1
/// (<https://discord.com/developers/docs/interactions/application-commands#application-command-object-application-command-option-type>).
const INTEGER_MAX: u64 = (1 << 53) - 1;

/// The subcommand.
pub const COMMAND: Subcommand<ModerationContext> = Command {
    name: "restore",
    definition,
    run: |context, call| Box::pin(run(context, call)),
    complete: Some(|context, request| Box::pin(complete(context, request))),
};

fn definition() -> CreateCommandOption {
    let revision = option(
        CommandOptionType::Integer,
        Localized { en: "revision", ja: "版", ru: "версия" },
        Localized {
            en: "The revision's number, as the history shows it",
            ja: "履歴にある版の番号",
            ru: "Номер версии из истории",
        },
    );
    subcommand(
        Localized { en: COMMAND.name, ja: "復元", ru: "вернуть" },
        Localized {
            en: "Bring back the file as it was at a revision",
            ja: "ある版のファイルを元どおりにする",
            ru: "Вернуть файл таким, каким он был в одной из версий",
        },
    )
    .add_sub_option(revision.required(true).min_int_value(1).max_int_value(INTEGER_MAX).set_autocomplete(true))
}

async fn run(context: &ModerationContext, call: &CommandInteraction) -> Result<(), HandlerError> {
    let moderator = context.authorize(call)?;
    let revision = RevisionId(CallArguments::of(call).required_integer("revision")?);
    let token = context.responder.defer(call).await?;
    let _turn = match context.file_turn(&moderator, None).await {
        Ok(turn) => turn,
        Err(refusal) => return show_result(context, &token, Err(refusal.into())).await,
    };
    preview_new_draft(context, &token, &moderator, restore_draft(&moderator, revision).await).await
}

/// Offers the newest revisions whose number or summary contains the text.
async fn complete(context: &ModerationContext, request: AutocompleteRequest<'_>) -> Choices {
    let Ok(moderator) = context.authorize(request.interaction) else { return Choices::new() };
    let newest = moderator.edit_service.database().run(|database| database.revisions(None, None, PAGE_MAX)).await;
    let label = |revision: &Revision| format!("#{} {}", revision.id.0, revision.summary);
    let labels = newest.unwrap_or_default().into_iter().map(|revision| (label(&revision), revision.id.0));
    let matching = labels.filter(|(label, _)| label.contains(request.text.trim())).take(CHOICES_MAX);
    matching.map(|(label, id)| AutocompleteChoice::new(truncate(&label, CHOICE_MAX), id)).collect()
}
