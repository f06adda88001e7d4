//! `/knowledge history`, `undo` and `restore`: every revision can be looked at, undone alone, or brought back whole, also when
//! the file is gone. What changes anything is proposed with its difference first.

use std::path::PathBuf;

use serenity::all::{
    AutocompleteChoice, ButtonStyle, ComponentInteraction, CreateActionRow, CreateAutocompleteResponse,
    EditInteractionResponse,
};

use super::action::Step;
use super::draft::Draft;
use super::gate::Moderator;
use super::page::{button, chosen, keep, menu, page, promise, promise_change};
use super::preview::propose;
use crate::discord::asking::{Bot, Context, Ticket};
use crate::discord::interaction::error::{Failure, Refusal};
use crate::discord::moderation::{difference, history_text as text};
use crate::discord::view::limits::{CHOICE_MAX, CHOICES_MAX, EMBED_DESCRIPTION_MAX, clip};
use crate::knowledge::{Fingerprint, read_text};
use crate::moderation::history::{Revision, RevisionId, RevisionStatus};
use crate::moderation::{Database, DatabaseError};
use crate::moderation::{Edit, document_name};

/// Before it is every revision.
const NEWEST: RevisionId = RevisionId(i64::MAX);

/// Room for a revision's own line above its difference: a summary with every letter escaped, a name and a moment.
const LINE_CHARS: usize = 600;

/// See who changed what and when; look at a change, undo it, or restore a version
#[poise::command(
    slash_command,
    name_localized("ja", "履歴"),
    name_localized("ru", "история"),
    description_localized("ja", "だれがいつ何を変えたかを見る。取り消しや復元もできる"),
    description_localized("ru", "Кто, когда и что изменил; посмотреть, отменить или вернуть")
)]
pub async fn history(context: Context<'_>) -> Result<(), Failure> {
    let bot = context.data();
    let moderator = bot.moderation.gate(context.interaction)?;
    let ticket = promise(bot, context.interaction).await?;
    keep(bot, &ticket, list(&moderator, NEWEST).await).await
}

/// Undo the last change, after you have seen what that does
#[poise::command(
    slash_command,
    name_localized("ja", "取り消し"),
    name_localized("ru", "отменить"),
    description_localized("ja", "最後の変更を、内容を確かめてから取り消す"),
    description_localized("ru", "Отменить последнее изменение, увидев сначала, что изменится")
)]
pub async fn undo(context: Context<'_>) -> Result<(), Failure> {
    let bot = context.data();
    let moderator = bot.moderation.gate(context.interaction)?;
    let ticket = promise(bot, context.interaction).await?;
    let draft = match moderator.edit_service.database().run(newest).await {
        Ok(Some(last)) => undoing(&moderator, last.id).await,
        Ok(None) => Err(Refusal::NothingToUndo.into()),
        Err(error) => Err(error.into()),
    };
    put(bot, &ticket, &moderator, draft).await
}

/// Bring back the file as it was at a revision
#[poise::command(
    slash_command,
    name_localized("ja", "復元"),
    name_localized("ru", "вернуть"),
    description_localized("ja", "ある版のファイルを元どおりにする"),
    description_localized("ru", "Вернуть файл таким, каким он был в одной из версий")
)]
pub async fn restore(
    context: Context<'_>,
    #[description = "The revision's number, as the history shows it"]
    #[name_localized("ja", "版")]
    #[name_localized("ru", "версия")]
    #[description_localized("ja", "履歴にある版の番号")]
    #[description_localized("ru", "Номер версии из истории")]
    #[autocomplete = "complete"]
    #[min = 1]
    revision: i64,
) -> Result<(), Failure> {
    let bot = context.data();
    let moderator = bot.moderation.gate(context.interaction)?;
    let ticket = promise(bot, context.interaction).await?;
    let draft = restoring(&moderator, RevisionId(revision)).await;
    put(bot, &ticket, &moderator, draft).await
}

/// The latest revisions whose number or summary has what is typed.
async fn complete(context: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let nothing = CreateAutocompleteResponse::new();
    let Ok(moderator) = context.data().moderation.gate(context.interaction) else { return nothing };
    let latest = moderator.edit_service.database().run(|database| database.revisions(None, None, 100)).await;
    let label = |revision: &Revision| format!("#{} {}", revision.id.0, revision.summary);
    let labels = latest.unwrap_or_default().into_iter().map(|revision| (label(&revision), revision.id.0));
    let fitting = labels.filter(|(label, _)| label.contains(typed.trim())).take(CHOICES_MAX);
    nothing.set_choices(fitting.map(|(label, id)| AutocompleteChoice::new(clip(&label, CHOICE_MAX), id)).collect())
}

/// Takes a step with the history.
///
/// # Errors
/// If Discord does not take the response.
pub async fn step(bot: &Bot, press: &ComponentInteraction, moderator: &Moderator, step: Step) -> Result<(), Failure> {
    let ticket = promise_change(bot, press).await?;
    match step {
        Step::Undo(id) => put(bot, &ticket, moderator, undoing(moderator, id).await).await,
        Step::Restore(id) => put(bot, &ticket, moderator, restoring(moderator, id).await).await,
        Step::History(before) => keep(bot, &ticket, list(moderator, before).await).await,
        _ => keep(bot, &ticket, one(press, moderator).await).await,
    }
}

/// Proposes a draft, or tells why there is none.
async fn put(bot: &Bot, ticket: &Ticket, moderator: &Moderator, draft: Result<Draft, Failure>) -> Result<(), Failure> {
    match draft {
        Ok(draft) => {
            let id = bot.moderation.drafts.keep(draft.clone());
            propose(bot, ticket, moderator, id, &draft).await
        }
        Err(failure) => keep(bot, ticket, Err(failure)).await,
    }
}

/// A page of the history.
async fn list(moderator: &Moderator, before: RevisionId) -> Result<EditInteractionResponse, Failure> {
    let read = move |database: &mut Database| {
        let revisions = database.revisions(None, Some(before), text::PAGE + 1)?;
        Ok((revisions, database.documents()?.len() > 1))
    };
    let (mut revisions, several) = moderator.edit_service.database().run(read).await?;
    let is_more = revisions.len() > text::PAGE;
    revisions.truncate(text::PAGE);
    let option = |revision: &Revision| (format!("#{} {}", revision.id.0, revision.summary), revision.id.0.to_string());
    let mut rows = Vec::from_iter(menu(Step::Revision, "Look at a change", revisions.iter().map(option).collect()));
    let turn = |before, label| button(Step::History(before), label, ButtonStyle::Secondary);
    let newest = (before != NEWEST).then(|| turn(NEWEST, "◀ Newest"));
    let older = revisions.last().filter(|_| is_more).map(|last| turn(last.id, "Older ▶"));
    let turns: Vec<_> = newest.into_iter().chain(older).collect();
    if !turns.is_empty() {
        rows.push(CreateActionRow::Buttons(turns));
    }
    Ok(page("History of the knowledge", &text::page(&revisions, several), rows))
}

/// The revision that was chosen: what it changed, and what can be done about it.
async fn one(press: &ComponentInteraction, moderator: &Moderator) -> Result<EditInteractionResponse, Failure> {
    let id = RevisionId(chosen(press)?.parse().map_err(|_| Refusal::OutOfDate)?);
    let Found { revision, text, before } = find(moderator, id).await?;
    let is_first = before.is_none();
    let changed = tokio::task::spawn_blocking(move || {
        difference::of_texts(before.as_deref(), &text, EMBED_DESCRIPTION_MAX - LINE_CHARS)
    });
    // It does not panic, and if it did, the rest would still be told.
    let changed = changed.await.unwrap_or_default();
    let changed = if is_first { "Everything that the file then had came with it.".to_owned() } else { changed };
    let restore = button(Step::Restore(id), "Restore this version", ButtonStyle::Primary);
    let undo = (!is_first && revision.status == RevisionStatus::Done)
        .then(|| button(Step::Undo(id), "Undo this change alone", ButtonStyle::Primary));
    let back = button(Step::History(NEWEST), "Back to the history", ButtonStyle::Secondary);
    let rows = vec![CreateActionRow::Buttons(std::iter::once(restore).chain(undo).chain([back]).collect())];
    Ok(page(&format!("Revision {}", id.0), &format!("{}\n\n{changed}", text::line(&revision, true)), rows))
}

/// A revision with its text, and the text before it, if there was any.
struct Found {
    revision: Revision,
    text: String,
    before: Option<String>,
}

async fn find(moderator: &Moderator, id: RevisionId) -> Result<Found, Failure> {
    let read = move |database: &mut Database| {
        let before = database.previous(id)?.map(|before| database.text(before.id)).transpose()?;
        Ok(Found { revision: database.revision(id)?, text: database.text(id)?, before })
    };
    moderator.edit_service.database().run(read).await.map_err(|error| match error {
        DatabaseError::NoRevision(id) => Refusal::NoSuchRevision(id).into(),
        error => error.into(),
    })
}

/// The revision that became the newest of all files last.
fn newest(database: &mut Database) -> Result<Option<Revision>, DatabaseError> {
    let latest = database.documents()?.into_iter().filter_map(|document| database.latest(&document).transpose());
    let latest = latest.collect::<Result<Vec<_>, _>>()?;
    Ok(latest.into_iter().max_by_key(|revision| revision.id))
}

/// A draft that undoes a revision and leaves what was changed since.
async fn undoing(moderator: &Moderator, id: RevisionId) -> Result<Draft, Failure> {
    let Found { revision, text, before } = find(moderator, id).await?;
    let before = before.filter(|_| revision.status == RevisionStatus::Done).ok_or(Refusal::NothingToUndo)?;
    let what = format!("revision {} ({})", id.0, revision.summary);
    let edit = Edit::Undo { before, after: text, summary: what };
    Ok(Draft::of(moderator.user, PathBuf::from(revision.document), edit))
}

/// A draft that brings back the text of a revision, whether or not there is a file.
async fn restoring(moderator: &Moderator, id: RevisionId) -> Result<Draft, Failure> {
    let Found { revision, text, .. } = find(moderator, id).await?;
    let file = PathBuf::from(revision.document);
    let edit = replacing(file.clone(), text).await;
    Ok(Draft { restores: Some(id), ..Draft::of(moderator.user, file, edit) })
}

/// The edit that puts a text in place of what a file has now.
pub async fn replacing(file: PathBuf, text: String) -> Edit {
    // Of a file that cannot be read, the preview tells what is wrong.
    let now = tokio::task::spawn_blocking(move || read_text(&file).ok().flatten().as_deref().map(Fingerprint::of));
    Edit::Replace { expected: now.await.unwrap_or_default(), text }
}

/// The file that is meant by a name: its whole name in the history, or the last part of it.
#[must_use]
pub fn named(files: Vec<PathBuf>, name: &str) -> Option<PathBuf> {
    let is_it = |file: &PathBuf| document_name(file) == name || file.file_name().is_some_and(|last| last == name);
    files.into_iter().find(is_it)
}
