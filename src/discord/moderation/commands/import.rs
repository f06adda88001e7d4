//! `/knowledge import`: proposes to replace a knowledge file with an uploaded one. The upload is downloaded from
//! Discord only, bounded and checked. Nothing is replaced before Save.

use std::path::PathBuf;

use serenity::all::{Attachment, CommandInteraction, CommandOptionType, CreateCommandOption};

use super::{ModerationContext, file_option};
use crate::discord::interaction::command::{CallArguments, Command, Localized, Subcommand, option, subcommand};
use crate::discord::interaction::error::{HandlerError, Refusal};
use crate::discord::moderation::access::Moderator;
use crate::discord::moderation::draft::Draft;
use crate::discord::moderation::history::replacement;
use crate::discord::moderation::lookup;
use crate::discord::moderation::page::show_result;
use crate::discord::moderation::preview::preview_new_draft;

/// Size of the largest file that can be imported, in bytes: ten times the entries of a book. Drafts are kept in memory.
const IMPORT_BYTES_MAX: u32 = 4 * 1024 * 1024;

/// The subcommand.
pub const COMMAND: Subcommand<ModerationContext> = Command {
    name: "import",
    definition,
    run: |context, call| Box::pin(run(context, call)),
    complete: Some(|context, request| Box::pin(lookup::complete_file(context, request))),
};

fn definition() -> CreateCommandOption {
    let attachment = option(
        CommandOptionType::Attachment,
        Localized { en: "attachment", ja: "添付", ru: "вложение" },
        Localized { en: "The knowledge file", ja: "知識ファイル", ru: "Файл знаний" },
    );
    subcommand(
        Localized { en: COMMAND.name, ja: "読み込み", ru: "загрузить" },
        Localized {
            en: "Replace a knowledge file by one you send, after you have seen what that changes",
            ja: "送ったファイルで知識を置き換える（変更点を確かめてから）",
            ru: "Заменить файл знаний присланным, увидев сначала, что изменится",
        },
    )
    .add_sub_option(attachment.required(true))
    .add_sub_option(file_option(Localized {
        en: "Which file it replaces, where there are several",
        ja: "ファイルが複数あるとき、どれを置き換えるか",
        ru: "Какой файл заменить, если их несколько",
    }))
}

async fn run(context: &ModerationContext, call: &CommandInteraction) -> Result<(), HandlerError> {
    let moderator = context.authorize(call)?;
    let options = CallArguments::of(call);
    let (attachment, name) = (options.required_attachment("attachment")?, options.text("file")?);
    let token = context.responder.defer(call).await?;
    let _turn = match context.file_turn(&moderator, None).await {
        Ok(turn) => turn,
        Err(refusal) => return show_result(context, &token, Err(refusal.into())).await,
    };
    let draft = draft(context, &moderator, attachment, name).await;
    preview_new_draft(context, &token, &moderator, draft.map_err(HandlerError::from)).await
}

/// Downloads the upload and returns a draft that replaces the named file, or the file with the same name. Checks the
/// size before the download.
async fn draft(
    context: &ModerationContext,
    moderator: &Moderator,
    attachment: &Attachment,
    name: Option<&str>,
) -> Result<Draft, Refusal> {
    if attachment.size > IMPORT_BYTES_MAX {
        return Err(Refusal::TooLargeToImport { most: IMPORT_BYTES_MAX.into(), found: attachment.size.into() });
    }
    let files: Vec<PathBuf> = moderator.edit_service.files().await;
    let file = match (name, lookup::find_file(&files, &attachment.filename)) {
        (None, Some(same_name)) => same_name,
        _ => lookup::choose_file(&files, name)?,
    };
    let bytes = context.rest.download(&attachment.url, attachment.size as usize).await;
    let bytes = bytes.map_err(|error| Refusal::NotFetched(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| Refusal::NoText)?;
    let edit = replacement(file.clone(), text).await;
    Ok(Draft::with_edit(moderator.user, file, edit))
}
