//! The log channel: one line for each change of the knowledge, made in Discord or in the file, and a message when the
//! files cannot be used. Changes are read from the history, so only changes that happened are announced. Nobody is
//! pinged.

use std::sync::Arc;
use std::time::Duration;

use serenity::all::{ChannelId, Nonce};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::ModerationContext;
use super::history::revision_line;
use crate::discord::interaction::error::HandlerError;
use crate::discord::view::limits::CONTENT_MAX;
use crate::discord::view::message_view::text_message;
use crate::library::handle::LibraryStatus;
use crate::moderation::history::{KIND_FOUND, PAGE_MAX, Revision, RevisionId, RevisionStatus};
use crate::moderation::{Database, DatabaseError, EditService};
use crate::text::truncate;

/// Changes in one message. When more happen at once, such as while Discord was unreachable, the rest is counted.
const LINES_MAX: usize = 5;

/// How long shutdown waits for the last announcement.
const LAST_ANNOUNCEMENT_TIMEOUT: Duration = Duration::from_secs(2);

/// Announces changes until `stop` is cancelled. Returns at once if no log channel is configured.
pub async fn run(context: Arc<ModerationContext>, stop: CancellationToken) {
    let Some(channel) = context.settings.log_channel else { return stop.cancelled().await };
    let edit_service = context.edit_service.as_ref().ok().cloned();
    let mut announcer = Announcer {
        announced: edit_service.as_ref().and_then(|edit_service| edit_service.newest_at_start()),
        history_changes: edit_service.as_ref().map(|edit_service| edit_service.history_changes()),
        library_status: context.library.status(),
        channel: channel.0.into(),
        announced_problems: None,
        edit_service,
        context,
    };
    loop {
        announcer.announce().await;
        tokio::select! {
            more = announcer.changed() => if !more { return },
            () = stop.cancelled() => {
                // An announcement that cannot be sent now must not delay the shutdown.
                _ = tokio::time::timeout(LAST_ANNOUNCEMENT_TIMEOUT, announcer.announce()).await;
                return;
            }
        }
    }
}

/// Announces changes, and remembers what it has announced.
struct Announcer {
    context: Arc<ModerationContext>,
    edit_service: Option<Arc<EditService>>,
    channel: ChannelId,
    history_changes: Option<watch::Receiver<u64>>,
    library_status: watch::Receiver<LibraryStatus>,
    /// The newest announced revision.
    announced: Option<RevisionId>,
    /// The problems of the files that were announced last.
    announced_problems: Option<Arc<str>>,
}

impl Announcer {
    /// Waits until there may be something to announce. Returns `false` if nothing can change any more.
    async fn changed(&mut self) -> bool {
        match &mut self.history_changes {
            Some(history) => tokio::select! {
                changed = history.changed() => changed.is_ok(),
                changed = self.library_status.changed() => changed.is_ok(),
            },
            None => self.library_status.changed().await.is_ok(),
        }
    }

    /// Announces everything that has not been announced.
    async fn announce(&mut self) {
        let problems = self.library_status.borrow_and_update().problems.clone();
        if problems != self.announced_problems {
            if let Some(problems) = &problems {
                self.post(&problems_message(problems)).await;
            }
            self.announced_problems = problems;
        }
        let Some(edit_service) = self.edit_service.clone() else { return };
        let announced = self.announced;
        match edit_service.database().run(move |database| revisions_since(database, announced)).await {
            Ok((revisions, several_files)) => {
                let Some(newest) = revisions.last() else { return };
                self.announced = Some(newest.id);
                let lines = change_lines(&revisions, several_files);
                if !lines.is_empty() {
                    self.post(&lines).await;
                }
            }
            Err(error) => HandlerError::from(error).log("reading the history for the log channel"),
        }
    }

    /// Posts a message. The nonce lets Discord discard the copy when the post is sent again.
    async fn post(&self, text: &str) {
        let nonce = Nonce::String(format!("{:x}", fastrand::u64(..)));
        let message = text_message(&truncate(text, CONTENT_MAX)).nonce(nonce).enforce_nonce(true);
        if let Err(error) = self.context.rest.post_message(self.channel, &message, None).await {
            HandlerError::from(error).log("posting to the log channel");
        }
    }
}

/// Returns the saved revisions after one, oldest first, and whether there are several files.
fn revisions_since(
    database: &mut Database,
    announced: Option<RevisionId>,
) -> Result<(Vec<Revision>, bool), DatabaseError> {
    let newer = |revision: &Revision| {
        announced.is_none_or(|announced| revision.id > announced) && revision.status == RevisionStatus::Done
    };
    let mut revisions: Vec<_> = database.revisions(None, None, PAGE_MAX)?.into_iter().filter(newer).collect();
    revisions.reverse();
    Ok((revisions, database.documents()?.len() > 1))
}

/// Renders one line for each change. The first sight of a file is not a change.
fn change_lines(revisions: &[Revision], several_files: bool) -> String {
    let changes: Vec<_> = revisions.iter().filter(|revision| revision.kind != KIND_FOUND).collect();
    let mut lines: Vec<_> =
        changes.iter().take(LINES_MAX).map(|revision| revision_line(revision, several_files)).collect();
    if changes.len() > LINES_MAX {
        lines.push(format!("… and {} more; `/knowledge history` lists them all.", changes.len() - LINES_MAX));
    }
    lines.join("\n")
}

/// Renders the problems of files that cannot be used.
fn problems_message(problems: &str) -> String {
    /// Characters reserved for the surrounding sentences and the code block.
    const SURROUNDING_CHARS: usize = 200;
    let problems = truncate(&problems.replace("```", "'''"), CONTENT_MAX - SURROUNDING_CHARS);
    format!(
        "The knowledge files changed and cannot be used. I keep answering from the last good version.\n```\n{problems}\n```"
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::moderation::UnixMillis;
    use crate::moderation::history::{Intent, RevisionAuthor, SUMMARY_CHARS};

    fn database() -> (tempfile::TempDir, Database) {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("state.db")).unwrap();
        (folder, database)
    }

    fn change(database: &mut Database, number: usize, landed: bool) -> RevisionId {
        let intent = Intent {
            document: "a.json".into(),
            at: UnixMillis(5_000),
            author: RevisionAuthor::User(42),
            kind: "add".into(),
            summary: format!("add {number}"),
            restores: None,
            text: format!("text {number}"),
        };
        let id = database.begin(&intent).unwrap();
        if landed { database.finish(id) } else { database.abandon(id) }.unwrap();
        id
    }

    #[test]
    fn each_saved_change_is_announced_once() {
        let (_folder, mut database) = database();
        database.reconcile("a.json", "found", UnixMillis(0)).unwrap();
        let announced = |database: &mut Database, since_id| {
            let (revisions, several) = revisions_since(database, since_id).unwrap();
            change_lines(&revisions, several)
        };
        assert_eq!(announced(&mut database, None), "", "the first sight of a file is not a change");
        let first = change(&mut database, 1, true);
        change(&mut database, 2, false);
        change(&mut database, 3, true);
        assert_eq!(announced(&mut database, Some(first)), "**#4** <t:5:f>, <@42>: add 3");
        assert_eq!(announced(&mut database, None).lines().count(), 2);
        for number in 4..14 {
            change(&mut database, number, true);
        }
        let many = announced(&mut database, Some(first));
        assert_eq!(many.lines().count(), LINES_MAX + 1);
        assert!(many.ends_with("… and 6 more; `/knowledge history` lists them all."), "{many}");
    }

    #[test]
    fn the_longest_texts_fit_a_message() {
        let revision = Revision {
            id: RevisionId(i64::MAX),
            document: "a.json".into(),
            at: UnixMillis(i64::MAX),
            author: RevisionAuthor::User(u64::MAX),
            kind: "add".into(),
            summary: "x".repeat(SUMMARY_CHARS),
            restores: None,
            status: RevisionStatus::Done,
        };
        assert!(change_lines(&vec![revision; 99], true).chars().count() <= CONTENT_MAX);
        let problems = problems_message(&"`".repeat(3 * CONTENT_MAX));
        assert!(problems.chars().count() <= CONTENT_MAX && problems.matches("```").count() == 2);
    }
}
