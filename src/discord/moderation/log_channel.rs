//! The log channel: a line for each change of the knowledge, made from Discord or in the file, and for a file that cannot be used.
//! What is told is read from the history, so nothing is told that did not happen; nobody is pinged.

use std::sync::Arc;
use std::time::Duration;

use serenity::all::{ChannelId, Nonce};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::discord::asking::Bot;
use crate::discord::interaction::error::Failure;
use crate::discord::moderation::history_text as text;
use crate::discord::view::limits::{CONTENT_MAX, clip};
use crate::discord::view::message_view::sentence;
use crate::moderation::EditService;
use crate::moderation::history::{KIND_FOUND, PAGE_MAX, Revision, RevisionId, RevisionStatus};
use crate::moderation::{Database, DatabaseError};

/// How many changes one message tells; of more at once, such as after a time without Discord, the rest is counted.
const LINES_MAX: usize = 5;

/// How long the end waits for what happened last.
const LAST_TIME: Duration = Duration::from_secs(2);

/// Tells the log channel, if there is one, until the end.
pub async fn keep(bot: Arc<Bot>, end: CancellationToken) {
    let Some(channel) = bot.moderation.settings.log_channel else { return };
    let edit_service = bot.moderation.edit_service.as_ref().ok().cloned();
    let mut teller = Teller {
        told: edit_service.as_ref().and_then(|edit_service| edit_service.newest_at_start()),
        news: edit_service.as_ref().map(|edit_service| edit_service.history_changes()),
        status: bot.library.status(),
        channel: channel.0.into(),
        problems: None,
        edit_service,
        bot,
    };
    loop {
        teller.tell().await;
        tokio::select! {
            is_news = teller.changed() => if !is_news { return },
            () = end.cancelled() => {
                // What cannot be sent now would keep the shutdown waiting.
                _ = tokio::time::timeout(LAST_TIME, teller.tell()).await;
                return;
            }
        }
    }
}

/// What tells, and what it has told.
struct Teller {
    bot: Arc<Bot>,
    edit_service: Option<Arc<EditService>>,
    channel: ChannelId,
    news: Option<watch::Receiver<u64>>,
    status: watch::Receiver<crate::library::handle::LibraryStatus>,
    /// The newest revision that was told.
    told: Option<RevisionId>,
    /// What was wrong with the files when that was told.
    problems: Option<Arc<str>>,
}

impl Teller {
    /// Waits until there may be something to tell; false when there never will be.
    async fn changed(&mut self) -> bool {
        match &mut self.news {
            Some(news) => tokio::select! {
                changed = news.changed() => changed.is_ok(),
                changed = self.status.changed() => changed.is_ok(),
            },
            None => self.status.changed().await.is_ok(),
        }
    }

    /// Tells what was not told yet.
    async fn tell(&mut self) {
        let problems = self.status.borrow_and_update().problems.clone();
        if problems != self.problems {
            if let Some(problems) = &problems {
                self.post(&refusal(problems)).await;
            }
            self.problems = problems;
        }
        let Some(edit_service) = self.edit_service.clone() else { return };
        let told = self.told;
        match edit_service.database().run(move |database| since(database, told)).await {
            Ok((revisions, several)) => {
                let Some(newest) = revisions.last() else { return };
                self.told = Some(newest.id);
                let lines = lines(&revisions, several);
                if !lines.is_empty() {
                    self.post(&lines).await;
                }
            }
            Err(error) => Failure::from(error).log("reading the history for the log channel"),
        }
    }

    /// Posts, and tries again as with replies. A nonce keeps what is tried again from landing twice.
    async fn post(&self, text: &str) {
        let message = sentence(&clip(text, CONTENT_MAX)).nonce(Nonce::String(format!("{:x}", fastrand::u64(..))));
        if let Err(error) = self.bot.rest.post_message(self.channel, &message.enforce_nonce(true)).await {
            Failure::from(error).log("telling the log channel");
        }
    }
}

/// The revisions that became the file after one, the oldest first, and whether there are several files.
fn since(database: &mut Database, told: Option<RevisionId>) -> Result<(Vec<Revision>, bool), DatabaseError> {
    let newer =
        |revision: &Revision| told.is_none_or(|told| revision.id > told) && revision.status == RevisionStatus::Done;
    let mut revisions: Vec<_> = database.revisions(None, None, PAGE_MAX)?.into_iter().filter(newer).collect();
    revisions.reverse();
    Ok((revisions, database.documents()?.len() > 1))
}

/// A line for each change. That a file was there when history began is none.
fn lines(revisions: &[Revision], several: bool) -> String {
    let changes: Vec<_> = revisions.iter().filter(|revision| revision.kind != KIND_FOUND).collect();
    let mut lines: Vec<_> = changes.iter().take(LINES_MAX).map(|revision| text::line(revision, several)).collect();
    if changes.len() > LINES_MAX {
        lines.push(format!("… and {} more; `/knowledge history` has them all.", changes.len() - LINES_MAX));
    }
    lines.join("\n")
}

/// That the files cannot be used, and why.
fn refusal(problems: &str) -> String {
    /// Room for the words around them and for the marks of a block of code.
    const WORDS_CHARS: usize = 200;
    let problems = clip(&problems.replace("```", "'''"), CONTENT_MAX - WORDS_CHARS);
    format!(
        "The knowledge on the disk was changed and cannot be used as it is. I go on answering from the last good version.\n```\n{problems}\n```"
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
    fn each_change_that_was_made_is_told_once_and_no_other() {
        let (_folder, mut database) = database();
        database.reconcile("a.json", "found", UnixMillis(0)).unwrap();
        let told = |database: &mut Database, since_id| {
            let (revisions, several) = since(database, since_id).unwrap();
            lines(&revisions, several)
        };
        assert_eq!(told(&mut database, None), "", "a file that is found is no change");
        let first = change(&mut database, 1, true);
        change(&mut database, 2, false);
        change(&mut database, 3, true);
        assert_eq!(told(&mut database, Some(first)), "**#4** <t:5:f>, <@42>: add 3");
        assert_eq!(told(&mut database, None).lines().count(), 2);
        for number in 4..14 {
            change(&mut database, number, true);
        }
        let many = told(&mut database, Some(first));
        assert_eq!(many.lines().count(), LINES_MAX + 1);
        assert!(many.ends_with("… and 6 more; `/knowledge history` has them all."), "{many}");
    }

    #[test]
    fn the_longest_fit_a_message() {
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
        assert!(lines(&vec![revision; 99], true).chars().count() <= CONTENT_MAX);
        let refused = refusal(&"`".repeat(3 * CONTENT_MAX));
        assert!(refused.chars().count() <= CONTENT_MAX && refused.matches("```").count() == 2);
    }
}
