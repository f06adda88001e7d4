//! `/knowledge export` and `import`: a whole knowledge file out of Discord and back. What comes in is fetched from Discord alone,
//! bounded, checked, and proposed with its difference; nothing is replaced before Save.

use std::path::PathBuf;

use serenity::all::{Attachment, CreateAttachment};

use super::draft::Draft;
use super::history::{named, replacing};
use super::page::{keep, promise};
use super::pick::{self, which};
use super::preview::{propose, sentence};
use crate::discord::asking::{Bot, Context, Ticket};
use crate::discord::interaction::error::{Failure, Refusal};
use crate::discord::view::limits::UPLOAD_BYTES_MAX;
use crate::knowledge::read_text;

/// How large a file may be that is imported: ten times a book's worth of entries. Drafts are kept in memory.
const IMPORT_BYTES: u32 = 4 * 1024 * 1024;

/// Get a knowledge file, just as it is
#[poise::command(
    slash_command,
    name_localized("ja", "書き出し"),
    name_localized("ru", "выгрузить"),
    description_localized("ja", "知識ファイルをそのまま受け取る"),
    description_localized("ru", "Получить файл знаний как он есть")
)]
pub async fn export(
    context: Context<'_>,
    #[description = "Which file, where there are several"]
    #[name_localized("ja", "ファイル")]
    #[name_localized("ru", "файл")]
    #[description_localized("ja", "ファイルが複数あるときに選ぶ")]
    #[description_localized("ru", "Какой файл, если их несколько")]
    #[autocomplete = "pick::file"]
    file: Option<String>,
) -> Result<(), Failure> {
    let bot = context.data();
    let moderator = bot.moderation.gate(context.interaction)?;
    let ticket = promise(bot, context.interaction).await?;
    match content(moderator.edit_service.files(), file.as_deref()).await {
        Ok(file) => send(bot, &ticket, file).await,
        Err(refusal) => keep(bot, &ticket, Err(refusal.into())).await,
    }
}

/// The file as it is, to be sent.
async fn content(files: Vec<PathBuf>, name: Option<&str>) -> Result<CreateAttachment, Refusal> {
    let file = which(files, name)?;
    let last = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = tokio::task::spawn_blocking(move || read_text(&file).ok().flatten()).await;
    let text = text.unwrap_or_default().ok_or(Refusal::NoKnowledgeFile)?;
    if text.len() > UPLOAD_BYTES_MAX {
        return Err(Refusal::TooLargeToSend);
    }
    Ok(CreateAttachment::bytes(text, last))
}

async fn send(bot: &Bot, ticket: &Ticket, file: CreateAttachment) -> Result<(), Failure> {
    let told = format!("`{}`, {} bytes.", file.filename, file.data.len());
    bot.send(ticket, sentence(&told, None), file).await
}

/// Replace a knowledge file by one you send, after you have seen what that changes
#[poise::command(
    slash_command,
    name_localized("ja", "読み込み"),
    name_localized("ru", "загрузить"),
    description_localized("ja", "送ったファイルで知識を置き換える（変更点を確かめてから）"),
    description_localized("ru", "Заменить файл знаний присланным, увидев сначала, что изменится")
)]
pub async fn import(
    context: Context<'_>,
    #[description = "The knowledge file"]
    #[name_localized("ja", "添付")]
    #[name_localized("ru", "вложение")]
    #[description_localized("ja", "知識ファイル")]
    #[description_localized("ru", "Файл знаний")]
    attachment: Attachment,
    #[description = "Which file it replaces, where there are several"]
    #[name_localized("ja", "ファイル")]
    #[name_localized("ru", "файл")]
    #[description_localized("ja", "ファイルが複数あるとき、どれを置き換えるか")]
    #[description_localized("ru", "Какой файл заменить, если их несколько")]
    #[autocomplete = "pick::file"]
    file: Option<String>,
) -> Result<(), Failure> {
    let bot = context.data();
    let moderator = bot.moderation.gate(context.interaction)?;
    let ticket = promise(bot, context.interaction).await?;
    let name = file.as_deref();
    match fetched(bot, moderator.edit_service.files(), &attachment, name).await {
        Ok((file, text)) => {
            let edit = replacing(file.clone(), text).await;
            let draft = Draft::of(moderator.user, file, edit);
            let id = bot.moderation.drafts.keep(draft.clone());
            propose(bot, &ticket, &moderator, id, &draft).await
        }
        Err(refusal) => keep(bot, &ticket, Err(refusal.into())).await,
    }
}

/// The file that is to be replaced, and the text that was sent. Its size is looked at before it is fetched.
async fn fetched(
    bot: &Bot,
    files: Vec<PathBuf>,
    sent: &Attachment,
    name: Option<&str>,
) -> Result<(PathBuf, String), Refusal> {
    if sent.size > IMPORT_BYTES {
        return Err(Refusal::TooLargeToImport { most: IMPORT_BYTES.into(), found: sent.size.into() });
    }
    let same_name = || named(files.clone(), &sent.filename);
    let file = match (name, same_name()) {
        (None, Some(file)) => file,
        _ => which(files, name)?,
    };
    let bytes = bot.rest.download(&sent.url, sent.size as usize).await;
    let bytes = bytes.map_err(|error| Refusal::NotFetched(error.to_string()))?;
    Ok((file, String::from_utf8(bytes).map_err(|_| Refusal::NoText)?))
}
