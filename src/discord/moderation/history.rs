//! The history as moderators see it: pages of revisions, and what one revision changed. From there a moderator can undo
//! one revision or restore one version, even if the file is gone. Both are proposed with their difference first.

use std::path::PathBuf;

use serenity::all::{ButtonStyle, ComponentInteraction, CreateActionRow, EditInteractionResponse};

use super::ModerationContext;
use super::access::Moderator;
use super::action::ModerationAction;
use super::difference;
use super::draft::Draft;
use super::page::{button, menu, page, show_result};
use super::preview::preview_new_draft;
use crate::discord::interaction::error::{HandlerError, Refusal};
use crate::discord::interaction::selected_value;
use crate::discord::view::limits::EMBED_DESCRIPTION_MAX;
use crate::discord::view::markdown::{code, date_time, escape};
use crate::knowledge::{Fingerprint, read_text};
use crate::moderation::history::{Revision, RevisionAuthor, RevisionId, RevisionStatus};
use crate::moderation::{Database, DatabaseError, Edit};
use crate::throttle::Bound;

/// Revisions on a page: as many as fit a phone without much scrolling. With summaries of the greatest length, every
/// character escaped, they take less than 3,500 of the 4,096 characters of an embed.
const PAGE: usize = 8;

/// The position of the first page: every revision is before it.
pub const NEWEST: RevisionId = RevisionId(i64::MAX);

/// Characters reserved for the line of a revision above its difference: an escaped summary, a name and a time.
const LINE_CHARS: usize = 600;

/// Handles a button or menu of the history.
///
/// # Errors
/// If Discord refuses the response.
pub async fn handle(
    context: &ModerationContext,
    press: &ComponentInteraction,
    moderator: &Moderator,
    action: ModerationAction,
) -> Result<(), HandlerError> {
    let token = context.responder.acknowledge(press).await?;
    if let ModerationAction::History(before) = action {
        return show_result(context, &token, history_page(moderator, before).await).await;
    }
    // Held to the end, because everything else holds the texts of whole revisions.
    let _turn = match context.file_turn(moderator, Some(press.message.id)).await {
        Ok(turn) => turn,
        // The newer press changes the same message.
        Err(Refusal::FilesBusy(Bound::Replaced)) => return Ok(()),
        Err(refusal) => return show_result(context, &token, Err(refusal.into())).await,
    };
    match action {
        ModerationAction::Undo(id) => {
            preview_new_draft(context, &token, moderator, undo_draft(moderator, id).await).await
        }
        ModerationAction::Restore(id) => {
            preview_new_draft(context, &token, moderator, restore_draft(moderator, id).await).await
        }
        _ => show_result(context, &token, selected_revision_page(press, moderator).await).await,
    }
}

/// Renders the page of the history that ends before a revision.
///
/// # Errors
/// If the history cannot be read.
pub async fn history_page(moderator: &Moderator, before: RevisionId) -> Result<EditInteractionResponse, HandlerError> {
    let read = move |database: &mut Database| {
        let revisions = database.revisions(None, Some(before), PAGE + 1)?;
        Ok((revisions, database.documents()?.len() > 1))
    };
    let (mut revisions, several_files) = moderator.edit_service.database().run(read).await?;
    let has_more = revisions.len() > PAGE;
    revisions.truncate(PAGE);
    let option = |revision: &Revision| (format!("#{} {}", revision.id.0, revision.summary), revision.id.0.to_string());
    let options = revisions.iter().map(option).collect();
    let mut rows = Vec::from_iter(menu(ModerationAction::Revision, "Look at a change", options));
    let turn = |before, label| button(ModerationAction::History(before), label, ButtonStyle::Secondary);
    let newest = (before != NEWEST).then(|| turn(NEWEST, "◀ Newest"));
    let older = revisions.last().filter(|_| has_more).map(|last| turn(last.id, "Older ▶"));
    let turns: Vec<_> = newest.into_iter().chain(older).collect();
    if !turns.is_empty() {
        rows.push(CreateActionRow::Buttons(turns));
    }
    Ok(page("History of the knowledge", &revision_lines(&revisions, several_files), rows))
}

/// Renders the selected revision: its changes, and buttons to undo it or to restore the version.
async fn selected_revision_page(
    press: &ComponentInteraction,
    moderator: &Moderator,
) -> Result<EditInteractionResponse, HandlerError> {
    let id = RevisionId(selected_value(press)?.parse().map_err(|_| Refusal::OutOfDate)?);
    let RevisionTexts { revision, text, before } = read_revision(moderator, id).await?;
    let is_first = before.is_none();
    let changes = tokio::task::spawn_blocking(move || {
        difference::difference_of_texts(before.as_deref(), &text, EMBED_DESCRIPTION_MAX - LINE_CHARS)
    });
    // The task does not panic. If it did, the rest of the page would still be useful.
    let changes = changes.await.unwrap_or_default();
    let changes = if is_first { "This revision contains the whole file as it was found.".to_owned() } else { changes };
    let restore = button(ModerationAction::Restore(id), "Restore this version", ButtonStyle::Primary);
    let undo = (!is_first && revision.status == RevisionStatus::Done)
        .then(|| button(ModerationAction::Undo(id), "Undo this change alone", ButtonStyle::Primary));
    let back = button(ModerationAction::History(NEWEST), "Back to the history", ButtonStyle::Secondary);
    let rows = vec![CreateActionRow::Buttons(std::iter::once(restore).chain(undo).chain([back]).collect())];
    Ok(page(&format!("Revision {}", id.0), &format!("{}\n\n{changes}", revision_line(&revision, true)), rows))
}

/// A revision with its text, and the text before it if there was one.
struct RevisionTexts {
    revision: Revision,
    text: String,
    before: Option<String>,
}

async fn read_revision(moderator: &Moderator, id: RevisionId) -> Result<RevisionTexts, HandlerError> {
    let read = move |database: &mut Database| {
        let before = database.previous(id)?.map(|before| database.text(before.id)).transpose()?;
        Ok(RevisionTexts { revision: database.revision(id)?, text: database.text(id)?, before })
    };
    moderator.edit_service.database().run(read).await.map_err(|error| match error {
        DatabaseError::NoRevision(id) => Refusal::NoSuchRevision(id).into(),
        error => error.into(),
    })
}

/// Returns a draft that undoes the newest revision of all files.
///
/// # Errors
/// If there is nothing to undo, or the history cannot be read.
pub async fn undo_newest_draft(moderator: &Moderator) -> Result<Draft, HandlerError> {
    match moderator.edit_service.database().run(newest_revision).await? {
        Some(newest) => undo_draft(moderator, newest.id).await,
        None => Err(Refusal::NothingToUndo.into()),
    }
}

fn newest_revision(database: &mut Database) -> Result<Option<Revision>, DatabaseError> {
    let latest = database.documents()?.into_iter().filter_map(|document| database.latest(&document).transpose());
    let latest = latest.collect::<Result<Vec<_>, _>>()?;
    Ok(latest.into_iter().max_by_key(|revision| revision.id))
}

/// Returns a draft that undoes one revision and keeps later changes.
async fn undo_draft(moderator: &Moderator, id: RevisionId) -> Result<Draft, HandlerError> {
    let RevisionTexts { revision, text, before } = read_revision(moderator, id).await?;
    let before = before.filter(|_| revision.status == RevisionStatus::Done).ok_or(Refusal::NothingToUndo)?;
    let summary = format!("revision {} ({})", id.0, revision.summary);
    let edit = Edit::Undo { before, after: text, summary };
    Ok(Draft::with_edit(moderator.user, PathBuf::from(revision.document), edit))
}

/// Returns a draft that restores the text of a revision, whether or not the file exists.
///
/// # Errors
/// If there is no such revision, or the history cannot be read.
pub async fn restore_draft(moderator: &Moderator, id: RevisionId) -> Result<Draft, HandlerError> {
    let RevisionTexts { revision, text, .. } = read_revision(moderator, id).await?;
    let file = PathBuf::from(revision.document);
    let edit = replacement(file.clone(), text).await;
    Ok(Draft { restores: Some(id), ..Draft::with_edit(moderator.user, file, edit) })
}

/// Returns the edit that replaces the whole text of a file.
pub async fn replacement(file: PathBuf, text: String) -> Edit {
    // If the file cannot be read, the preview says why.
    let current = tokio::task::spawn_blocking(move || read_text(&file).ok().flatten().as_deref().map(Fingerprint::of));
    Edit::Replace { expected: current.await.unwrap_or_default(), text }
}

/// Renders one line for each revision. Names the file if there are several.
fn revision_lines(revisions: &[Revision], several_files: bool) -> String {
    if revisions.is_empty() {
        return "Nothing was changed yet.".to_owned();
    }
    revisions.iter().map(|revision| revision_line(revision, several_files)).collect::<Vec<_>>().join("\n")
}

/// Renders a revision: `**#12** 4 May 2025 10:12, @mona: add entry why-red`.
#[must_use]
pub fn revision_line(revision: &Revision, several_files: bool) -> String {
    let file = if several_files { format!(" in {}", code(&revision.document)) } else { String::new() };
    let summary = escape(&revision.summary);
    let (at, author) = (date_time(revision.at.0), author(revision.author));
    let status = match revision.status {
        RevisionStatus::Done => "",
        RevisionStatus::Intended => " (being saved)",
        RevisionStatus::Abandoned => " (was not saved)",
    };
    format!("**#{}** {at}, {author}{file}: {summary}{status}", revision.id.0)
}

/// Renders an author as a mention, which shows the name and pings nobody because no mentions are allowed.
fn author(author: RevisionAuthor) -> String {
    match author {
        RevisionAuthor::User(id) => format!("<@{id}>"),
        RevisionAuthor::Outside => "in the file".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moderation::UnixMillis;
    use crate::moderation::history::SUMMARY_CHARS;

    fn revision(id: i64, author: RevisionAuthor, summary: &str, status: RevisionStatus) -> Revision {
        Revision {
            id: RevisionId(id),
            document: "guide.json".into(),
            at: UnixMillis(5_000),
            author,
            kind: "add".into(),
            summary: summary.into(),
            restores: None,
            status,
        }
    }

    #[test]
    fn a_line_names_the_author_the_change_and_the_time() {
        let added = revision(2, RevisionAuthor::User(42), "add entry a", RevisionStatus::Done);
        let outside = revision(1, RevisionAuthor::Outside, "changed outside the bot", RevisionStatus::Abandoned);
        assert_eq!(
            revision_lines(&[added, outside.clone()], false),
            "**#2** <t:5:f>, <@42>: add entry a\n**#1** <t:5:f>, in the file: changed outside the bot (was not saved)"
        );
        assert_eq!(
            revision_lines(&[outside], true),
            "**#1** <t:5:f>, in the file in `guide.json`: changed outside the bot (was not saved)"
        );
        assert_eq!(revision_lines(&[], false), "Nothing was changed yet.");
    }

    #[test]
    fn a_page_of_the_longest_lines_fits_an_embed() {
        let longest =
            revision(i64::MAX, RevisionAuthor::User(u64::MAX), &"*".repeat(SUMMARY_CHARS), RevisionStatus::Abandoned);
        let text = revision_lines(&vec![longest; PAGE], false);
        assert!(text.chars().count() <= EMBED_DESCRIPTION_MAX, "{}", text.chars().count());
    }
}
