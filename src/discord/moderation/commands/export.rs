//! `/knowledge export`: sends a knowledge file exactly as it is on disk.

use std::path::PathBuf;

use serenity::all::{CommandInteraction, CreateAttachment, CreateCommandOption};

use super::{ModerationContext, file_option};
use crate::discord::interaction::command::{CallArguments, Command, Localized, Subcommand, subcommand};
use crate::discord::interaction::error::{HandlerError, Refusal};
use crate::discord::moderation::lookup;
use crate::discord::moderation::page::{show_result, text_page};
use crate::discord::view::limits::UPLOAD_BYTES_MAX;
use crate::knowledge::read_text;

/// The subcommand.
pub const COMMAND: Subcommand<ModerationContext> = Command {
    name: "export",
    definition,
    run: |context, call| Box::pin(run(context, call)),
    complete: Some(|context, request| Box::pin(lookup::complete_file(context, request))),
};

fn definition() -> CreateCommandOption {
    subcommand(
        Localized { en: COMMAND.name, ja: "書き出し", ru: "выгрузить" },
        Localized {
            en: "Get a knowledge file, just as it is",
            ja: "知識ファイルをそのまま受け取る",
            ru: "Получить файл знаний как он есть",
        },
    )
    .add_sub_option(file_option(Localized {
        en: "Which file, where there are several",
        ja: "ファイルが複数あるときに選ぶ",
        ru: "Какой файл, если их несколько",
    }))
}

async fn run(context: &ModerationContext, call: &CommandInteraction) -> Result<(), HandlerError> {
    let moderator = context.authorize(call)?;
    let arguments = CallArguments::of(call);
    let name = arguments.text("file")?;
    let token = context.responder.defer(call).await?;
    let _turn = match context.file_turn(&moderator, None).await {
        Ok(turn) => turn,
        Err(refusal) => return show_result(context, &token, Err(refusal.into())).await,
    };
    match read(&moderator.edit_service.files().await, name).await {
        Ok(file) => {
            let text = format!("`{}`, {} bytes.", file.filename, file.data.len());
            context.responder.edit_with_file(&token, text_page(&text, None), file).await
        }
        Err(refusal) => show_result(context, &token, Err(refusal.into())).await,
    }
}

/// Reads the file to send.
async fn read(files: &[PathBuf], name: Option<&str>) -> Result<CreateAttachment, Refusal> {
    let file = lookup::choose_file(files, name)?;
    let filename = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = tokio::task::spawn_blocking(move || read_text(&file).ok().flatten()).await;
    let text = text.unwrap_or_default().ok_or(Refusal::NoKnowledgeFile)?;
    if text.len() > UPLOAD_BYTES_MAX {
        return Err(Refusal::TooLargeToSend);
    }
    Ok(CreateAttachment::bytes(text, filename))
}
