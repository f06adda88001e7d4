//! A page of history as text: who changed what and when, the newest first.

use crate::discord::view::markdown::{code, escape, moment};
use crate::moderation::history::{Revision, RevisionAuthor, RevisionStatus};

/// How many revisions a page has: as many as a menu beneath it can name and a phone shows without much scrolling. With
/// summaries of the greatest length they take less than 3,500 of an embed's 4,096 characters, each letter of them escaped.
pub const PAGE: usize = 8;

/// Draws some revisions, a line each. `several` tells whether there are several files, so that each is named.
#[must_use]
pub fn page(revisions: &[Revision], several: bool) -> String {
    if revisions.is_empty() {
        return "Nothing was changed yet.".to_owned();
    }
    revisions.iter().map(|revision| line(revision, several)).collect::<Vec<_>>().join("\n")
}

/// `**#12** 4 May 2025 10:12, @mona: add entry why-red`.
#[must_use]
pub fn line(revision: &Revision, several: bool) -> String {
    let file = if several { format!(" in {}", code(&revision.document)) } else { String::new() };
    let summary = escape(&revision.summary);
    let (at, who) = (moment(revision.at), who(revision.author));
    let status = match revision.status {
        RevisionStatus::Done => "",
        RevisionStatus::Intended => " (being saved)",
        RevisionStatus::Abandoned => " (was not saved)",
    };
    format!("**#{}** {at}, {who}{file}: {summary}{status}", revision.id.0)
}

/// A mention, which shows the name and pings nobody where no mention is allowed; or that it was done in the file.
#[must_use]
pub fn who(who: RevisionAuthor) -> String {
    match who {
        RevisionAuthor::User(id) => format!("<@{id}>"),
        RevisionAuthor::Outside => "in the file".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discord::view::limits::EMBED_DESCRIPTION_MAX;
    use crate::moderation::UnixMillis;
    use crate::moderation::history::{RevisionId, SUMMARY_CHARS};

    fn revision(id: i64, who: RevisionAuthor, summary: &str, status: RevisionStatus) -> Revision {
        Revision {
            id: RevisionId(id),
            document: "guide.json".into(),
            at: UnixMillis(5_000),
            author: who,
            kind: "add".into(),
            summary: summary.into(),
            restores: None,
            status,
        }
    }

    #[test]
    fn a_line_tells_who_what_and_when() {
        let added = revision(2, RevisionAuthor::User(42), "add entry a", RevisionStatus::Done);
        let outside = revision(1, RevisionAuthor::Outside, "changed outside the bot", RevisionStatus::Abandoned);
        assert_eq!(
            page(&[added, outside.clone()], false),
            "**#2** <t:5:f>, <@42>: add entry a\n**#1** <t:5:f>, in the file: changed outside the bot (was not saved)"
        );
        assert_eq!(
            page(&[outside], true),
            "**#1** <t:5:f>, in the file in `guide.json`: changed outside the bot (was not saved)"
        );
        assert_eq!(page(&[], false), "Nothing was changed yet.");
    }

    #[test]
    fn a_page_of_the_longest_lines_fits() {
        let longest =
            revision(i64::MAX, RevisionAuthor::User(u64::MAX), &"*".repeat(SUMMARY_CHARS), RevisionStatus::Abandoned);
        let text = page(&vec![longest; PAGE], false);
        assert!(text.chars().count() <= EMBED_DESCRIPTION_MAX, "{}", text.chars().count());
    }
}
