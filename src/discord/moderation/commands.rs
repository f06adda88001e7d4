//! `/knowledge` and **Add to knowledge**: hidden from members by Discord, refused to them by [`Moderation::gate`](super::gate::Moderation::gate).

use serenity::all::Message;
use std::path::PathBuf;

use super::draft::Draft;
use super::form::{self, Subject, Typed};
use super::gate::Moderator;
use super::pick;
use super::preview::propose;
use super::{history, transfer, unanswered};
use crate::discord::asking::{Command, Context};
use crate::discord::interaction::error::{Failure, Refusal};
use crate::discord::transport::markup::plain_text;
use crate::knowledge::Document;
use crate::matching::looks_like_question;
use crate::moderation::{Edit, Item};

/// Every command of moderators.
#[must_use]
pub fn all() -> Vec<Command> {
    vec![knowledge(), add_to_knowledge()]
}

/// Keep what I know right: for moderators
#[poise::command(
    slash_command,
    name_localized("ja", "知識"),
    name_localized("ru", "знания"),
    description_localized("ja", "知識を正しく保つ（モデレーター用）"),
    description_localized("ru", "Поддерживать знания в порядке: для модераторов"),
    subcommands(
        "add",
        "edit",
        "remove",
        "wording",
        "boundary",
        "unanswered::unanswered",
        "unanswered::clear",
        "history::history",
        "history::undo",
        "history::restore",
        "transfer::export",
        "transfer::import"
    ),
    default_member_permissions = "MANAGE_GUILD",
    install_context = "Guild",
    interaction_context = "Guild"
)]
async fn knowledge(_: Context<'_>) -> Result<(), Failure> {
    // Discord never calls a command that has subcommands.
    Ok(())
}

/// Add a question, its answer and where the text says so
#[poise::command(
    slash_command,
    name_localized("ja", "追加"),
    name_localized("ru", "добавить"),
    description_localized("ja", "質問と答えと出典を加える"),
    description_localized("ru", "Добавить вопрос, ответ и место в тексте")
)]
async fn add(
    context: Context<'_>,
    #[description = "The section that says so"]
    #[autocomplete = "pick::section"]
    #[max_length = 100]
    section: Option<String>,
    #[description = "Its paragraphs, like 3 or 2, 4-6"]
    #[autocomplete = "pick::paragraphs"]
    #[max_length = 100]
    paragraphs: Option<String>,
) -> Result<(), Failure> {
    let moderator = context.data().moderation.gate(context.interaction)?;
    let place = section.map(|section| format!("{section} {}", paragraphs.unwrap_or_default()));
    let typed = Typed::begun("", "", place.unwrap_or_default());
    open(context, Draft::to_type(moderator.user, Subject::NewEntry(None), typed)).await
}

/// Change a question, its wordings, its answer or its citation
#[poise::command(
    slash_command,
    name_localized("ja", "編集"),
    name_localized("ru", "изменить"),
    description_localized("ja", "質問・言い換え・答え・出典を直す"),
    description_localized("ru", "Изменить вопрос, формулировки, ответ или место")
)]
async fn edit(
    context: Context<'_>,
    #[description = "The question"]
    #[autocomplete = "pick::item"]
    entry: String,
) -> Result<(), Failure> {
    let moderator = context.data().moderation.gate(context.interaction)?;
    let (file, document, item) = find(&moderator, &entry).await?;
    let typed = Typed::of(&item, &document);
    open(context, Draft::to_type(moderator.user, Subject::Change(file, item), typed)).await
}

/// Remove a question and its answer
#[poise::command(
    slash_command,
    name_localized("ja", "削除"),
    name_localized("ru", "убрать"),
    description_localized("ja", "質問とその答えを取り除く"),
    description_localized("ru", "Убрать вопрос и ответ на него")
)]
async fn remove(
    context: Context<'_>,
    #[description = "The question"]
    #[autocomplete = "pick::item"]
    entry: String,
) -> Result<(), Failure> {
    let moderator = context.data().moderation.gate(context.interaction)?;
    let (file, _, item) = find(&moderator, &entry).await?;
    show(context, &moderator, Draft::of(moderator.user, file, Edit::Remove { item })).await
}

/// Teach a question another wording
#[poise::command(
    slash_command,
    name_localized("ja", "言い換え"),
    name_localized("ru", "формулировка"),
    description_localized("ja", "質問に別の言い方を教える"),
    description_localized("ru", "Научить вопрос ещё одной формулировке")
)]
async fn wording(
    context: Context<'_>,
    #[description = "The question"]
    #[autocomplete = "pick::item"]
    entry: String,
    #[description = "How else members ask it"]
    #[max_length = 300]
    text: String,
) -> Result<(), Failure> {
    let moderator = context.data().moderation.gate(context.interaction)?;
    let (file, _, item) = find(&moderator, &entry).await?;
    let edit = Edit::AddWording { id: item.id().to_owned(), wording: text.trim().to_owned() };
    show(context, &moderator, Draft::of(moderator.user, file, edit)).await
}

/// Add a question that the text does not answer, and what to say to it
#[poise::command(
    slash_command,
    name_localized("ja", "範囲外"),
    name_localized("ru", "граница"),
    description_localized("ja", "本文が答えない質問と、その返事を加える"),
    description_localized("ru", "Добавить вопрос, на который текст не отвечает")
)]
async fn boundary(
    context: Context<'_>,
    #[description = "The question"]
    #[max_length = 256]
    question: Option<String>,
    #[description = "Which file, where there are several: else that of the question nearest to it"]
    #[autocomplete = "pick::file"]
    file: Option<String>,
) -> Result<(), Failure> {
    let bot = context.data();
    let moderator = bot.moderation.gate(context.interaction)?;
    let question = question.unwrap_or_default();
    let file = match file {
        Some(name) => pick::which(moderator.edit_service.files(), Some(&name))?,
        None => pick::nearest(bot, &moderator, &question).await?,
    };
    let typed = Typed::begun(&question, "", String::new());
    open(context, Draft::to_type(moderator.user, Subject::NewBoundary(file), typed)).await
}

/// Makes a new entry of the message that it is picked on: of a question the question, of an answer the answer.
#[poise::command(
    context_menu_command = "Add to knowledge",
    name_localized("ja", "知識に追加"),
    name_localized("ru", "Добавить в знания"),
    default_member_permissions = "MANAGE_GUILD",
    install_context = "Guild",
    interaction_context = "Guild"
)]
async fn add_to_knowledge(context: Context<'_>, message: Message) -> Result<(), Failure> {
    let moderator = context.data().moderation.gate(context.interaction)?;
    let text = plain_text(&message.content);
    let asked = message.referenced_message.as_ref().map(|asked| plain_text(&asked.content));
    let typed = match asked {
        Some(question) => Typed::begun(&question, &text, String::new()),
        None if looks_like_question(&text) => Typed::begun(&text, "", String::new()),
        None => Typed::begun("", &text, String::new()),
    };
    open(context, Draft::to_type(moderator.user, Subject::NewEntry(None), typed)).await
}

/// Opens the form of a draft.
async fn open(context: Context<'_>, draft: Draft) -> Result<(), Failure> {
    let bot = context.data();
    let Some((subject, typed)) = draft.form.clone() else { return Err(Refusal::OutOfDate.into()) };
    let id = bot.moderation.drafts.keep(draft);
    bot.respond(context.interaction, form::open(id, &subject, &typed)).await
}

/// Shows the preview of a draft.
async fn show(context: Context<'_>, moderator: &Moderator, draft: Draft) -> Result<(), Failure> {
    let bot = context.data();
    bot.respond(context.interaction, bot.defer()).await?;
    let id = bot.moderation.drafts.keep(draft.clone());
    propose(bot, &context.interaction.into(), moderator, id, &draft).await
}

/// An entry or boundary by its id, or by its whole question for who typed that instead of choosing.
async fn find(moderator: &Moderator, named: &str) -> Result<(PathBuf, Document, Item), Refusal> {
    let named = named.trim();
    for (file, document) in moderator.edit_service.documents().await {
        let by_question = || {
            let entry = document.entries.iter().find(|entry| entry.question == named).map(|entry| &entry.id);
            entry.or_else(|| Some(&document.boundaries.iter().find(|boundary| boundary.question == named)?.id))
        };
        let id = by_question().map_or(named, String::as_str);
        if let Some(item) = Item::find(&document, id) {
            return Ok((file, document, item));
        }
    }
    Err(Refusal::NoSuchEntry)
}
