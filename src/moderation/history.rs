//! The history: who changed which knowledge file, when and how, with the whole text of every revision, forever.
//! An intent is stored before a file is saved and confirmed afterwards, so that a crash loses no edit.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::database::{Database, DatabaseError, UnixMillis, integer_column};
use super::text_store;
use crate::text::one_line;

/// The greatest length of a summary in characters: two lines of a Discord message.
pub const SUMMARY_CHARS: usize = 200;

/// The greatest length of a change's kind in characters: one word.
pub const KIND_CHARS: usize = 20;

/// The greatest number of revisions that [`Database::revisions`] returns. No page shows as many.
pub const PAGE_MAX: usize = 100;

/// The kind of a file's first revision: the text that the file had when the history began.
pub const KIND_FOUND: &str = "found";

/// The kind of a change that was made outside the bot, for example with an editor or git.
pub const KIND_OUTSIDE: &str = "outside";

/// The number of a revision. Numbers increase over all files and are never reused.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RevisionId(pub i64);

/// The author of a change.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum RevisionAuthor {
    /// A moderator, by the id of the Discord account.
    User(u64),
    /// Somebody who changed the file outside the bot.
    Outside,
}

/// Whether the text of a revision reached the file.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum RevisionStatus {
    /// The revision is stored; the file may or may not have been saved.
    Intended,
    /// The file had this text.
    Done,
    /// The file never had this text. The text is kept nevertheless.
    Abandoned,
}

/// A change that is about to be saved.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Intent {
    /// The name of the knowledge file, which stays the same across restarts.
    pub document: String,
    /// The time of the change.
    pub at: UnixMillis,
    /// The author of the change.
    pub author: RevisionAuthor,
    /// The kind of change, in one word of at most [`KIND_CHARS`]: `add`, `undo`.
    pub kind: String,
    /// A description for people: one line of at most [`SUMMARY_CHARS`], otherwise truncated.
    pub summary: String,
    /// The revision whose text the change brings back, if any.
    pub restores: Option<RevisionId>,
    /// The whole new text of the file.
    pub text: String,
}

/// A change in the history, without its text. [`Database::text`] reads the text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Revision {
    /// Its number.
    pub id: RevisionId,
    /// The name of the knowledge file.
    pub document: String,
    /// When the change began, or was noticed.
    pub at: UnixMillis,
    /// The author of the change.
    pub author: RevisionAuthor,
    /// The kind of change, in one word.
    pub kind: String,
    /// A description in one line.
    pub summary: String,
    /// The revision whose text the change brought back, if any.
    pub restores: Option<RevisionId>,
    /// Whether its text reached the file.
    pub status: RevisionStatus,
}

/// The result of comparing a file with its history.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FileStatus {
    /// The file has the text of its last revision.
    Unchanged,
    /// The file has the text of an edit that was interrupted before it was confirmed. It is confirmed now.
    EditSaved,
    /// The file was changed outside the bot, or is new to the history. Its text is a revision now.
    ChangedOutside,
}

impl Database {
    /// Stores a change with its whole text, before the file is saved. Follow with [`Self::finish`] or
    /// [`Self::abandon`].
    ///
    /// # Errors
    /// If the change could not be stored. Then the file must not be saved.
    pub fn begin(&mut self, intent: &Intent) -> Result<RevisionId, DatabaseError> {
        let transaction = self.write_transaction()?;
        let id = insert(&transaction, intent)?;
        transaction.commit()?;
        Ok(id)
    }

    /// Records that the file was saved with a revision's text. Calling it again changes nothing.
    ///
    /// # Errors
    /// If there is no such revision, or the database cannot be written. The file's next [`Self::reconcile`] makes up
    /// for it.
    pub fn finish(&mut self, id: RevisionId) -> Result<(), DatabaseError> {
        let transaction = self.write_transaction()?;
        mark_done(&transaction, id)?;
        let found = transaction.query_row("SELECT 1 FROM revision WHERE id = ?1", [id], |_| Ok(())).optional()?;
        transaction.commit()?;
        found.ok_or(DatabaseError::NoRevision(id.0))
    }

    /// Records that the file was not saved. The text is kept. A revision that is done stays done.
    ///
    /// # Errors
    /// If the database cannot be written. The file's next [`Self::reconcile`] makes up for it.
    pub fn abandon(&mut self, id: RevisionId) -> Result<(), DatabaseError> {
        let sql = "UPDATE revision SET status = 'abandoned' WHERE id = ?1 AND status = 'intended'";
        self.connection.execute(sql, [id])?;
        Ok(())
    }

    /// Brings the history in line with a file, while no save is in progress.
    ///
    /// The newest intent with the file's text is marked as done, and all other intents as abandoned. A text that is not
    /// the last revision becomes a new one, made outside the bot.
    ///
    /// # Errors
    /// If the database cannot be read or written.
    pub fn reconcile(&mut self, document: &str, text: &str, now: UnixMillis) -> Result<FileStatus, DatabaseError> {
        let transaction = self.write_transaction()?;
        let status = identify(&transaction, document, text, now)?;
        let sql = "UPDATE revision SET status = 'abandoned' WHERE document = ?1 AND status = 'intended'";
        transaction.execute(sql, [document])?;
        transaction.commit()?;
        Ok(status)
    }

    /// Reads revisions of one file, or of all: the newest before `before`, at most `limit` and [`PAGE_MAX`].
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn revisions(
        &self,
        document: Option<&str>,
        before: Option<RevisionId>,
        limit: usize,
    ) -> Result<Vec<Revision>, DatabaseError> {
        let mut list = self.connection.prepare(&format!(
            "SELECT {COLUMNS} FROM revision WHERE (?1 IS NULL OR document = ?1) AND id < ?2 ORDER BY id DESC LIMIT ?3"
        ))?;
        let before = before.map_or(i64::MAX, |id| id.0);
        let page = list.query_map(params![document, before, limit.min(PAGE_MAX) as i64], revision)?;
        Ok(page.collect::<Result<_, _>>()?)
    }

    /// Reads one revision.
    ///
    /// # Errors
    /// If it does not exist, or the database cannot be read.
    pub fn revision(&self, id: RevisionId) -> Result<Revision, DatabaseError> {
        let sql = format!("SELECT {COLUMNS} FROM revision WHERE id = ?1");
        self.connection.query_row(&sql, [id], revision).optional()?.ok_or(DatabaseError::NoRevision(id.0))
    }

    /// Reads the whole text of a revision, and verifies it by its hash.
    ///
    /// # Errors
    /// If the revision does not exist, its text is damaged, or the database cannot be read.
    pub fn text(&self, id: RevisionId) -> Result<String, DatabaseError> {
        let sql = "SELECT text FROM revision WHERE id = ?1";
        let text: Option<i64> = self.connection.query_row(sql, [id], |row| row.get(0)).optional()?;
        let text = text_store::load(&self.connection, text.ok_or(DatabaseError::NoRevision(id.0))?)?;
        text.ok_or_else(|| DatabaseError::Damaged {
            found: format!("the text of revision {} does not match its hash", id.0),
        })
    }

    /// Reads the last revision of a file.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn latest(&self, document: &str) -> Result<Option<Revision>, DatabaseError> {
        Ok(latest(&self.connection, document)?)
    }

    /// Reads the revision that the file had before this one. For a revision that was never saved, this is the last one
    /// that was done before it began.
    ///
    /// # Errors
    /// If there is no such revision, or the database cannot be read.
    pub fn previous(&self, id: RevisionId) -> Result<Option<Revision>, DatabaseError> {
        let of = self.revision(id)?;
        let sql = format!(
            "SELECT {COLUMNS} FROM revision WHERE document = ?1 AND status = 'done' AND id <> ?2
             AND CASE ?3 WHEN 'done' THEN landed < (SELECT landed FROM revision WHERE id = ?2) ELSE id < ?2 END
             ORDER BY landed DESC LIMIT 1"
        );
        Ok(self.connection.query_row(&sql, params![of.document, id, of.status], revision).optional()?)
    }

    /// Lists the names of all files in the history, in alphabetical order, including files that no longer exist.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn documents(&self) -> Result<Vec<String>, DatabaseError> {
        let mut list = self.connection.prepare("SELECT DISTINCT document FROM revision ORDER BY document")?;
        Ok(list.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }
}

/// The columns that [`revision`] reads.
const COLUMNS: &str = "id, document, at_ms, who, kind, summary, restores, status";

fn revision(row: &Row<'_>) -> rusqlite::Result<Revision> {
    Ok(Revision {
        id: row.get(0)?,
        document: row.get(1)?,
        at: row.get(2)?,
        author: row.get(3)?,
        kind: row.get(4)?,
        summary: row.get(5)?,
        restores: row.get(6)?,
        status: row.get(7)?,
    })
}

fn insert(transaction: &Transaction<'_>, intent: &Intent) -> rusqlite::Result<RevisionId> {
    let text = text_store::store(transaction, &intent.text)?;
    let sql = "INSERT INTO revision (document, at_ms, who, kind, summary, restores, text, status)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let kind = one_line(&intent.kind, KIND_CHARS);
    let summary = one_line(&intent.summary, SUMMARY_CHARS);
    let Intent { document, at, author, restores, .. } = intent;
    let row = params![document, at, author, kind, summary, restores, text, RevisionStatus::Intended];
    transaction.prepare(sql)?.insert(row).map(RevisionId)
}

/// Marks a revision as done and as the last one of its file, unless it is done already.
fn mark_done(transaction: &Transaction<'_>, id: RevisionId) -> rusqlite::Result<()> {
    let sql = "UPDATE revision SET status = 'done', landed = (SELECT coalesce(max(landed), 0) + 1 FROM revision)
               WHERE id = ?1 AND status <> 'done'";
    transaction.execute(sql, [id]).map(drop)
}

fn latest(connection: &Connection, document: &str) -> rusqlite::Result<Option<Revision>> {
    let sql =
        format!("SELECT {COLUMNS} FROM revision WHERE document = ?1 AND status = 'done' ORDER BY landed DESC LIMIT 1");
    connection.query_row(&sql, [document], revision).optional()
}

/// Finds the revision that has the file's text, and creates one if there is none.
fn identify(
    transaction: &Transaction<'_>,
    document: &str,
    text: &str,
    now: UnixMillis,
) -> rusqlite::Result<FileStatus> {
    let hash = text_store::hash(text.as_bytes());
    let sql = "SELECT revision.id FROM revision JOIN text ON text.id = revision.text
               WHERE document = ?1 AND status = 'intended' AND hash = ?2 ORDER BY revision.id DESC LIMIT 1";
    if let Some(saved) = transaction.query_row(sql, params![document, hash], |row| row.get(0)).optional()? {
        mark_done(transaction, saved)?;
        return Ok(FileStatus::EditSaved);
    }
    let last = latest(transaction, document)?;
    let is_last = match &last {
        Some(last) => {
            let sql = "SELECT hash = ?2 FROM revision JOIN text ON text.id = revision.text WHERE revision.id = ?1";
            transaction.query_row(sql, params![last.id, hash], |row| row.get(0))?
        }
        None => false,
    };
    if is_last {
        return Ok(FileStatus::Unchanged);
    }
    let (kind, summary) = match last {
        Some(_) => (KIND_OUTSIDE, "changed outside the bot"),
        None => (KIND_FOUND, "found when the bot began to keep history"),
    };
    let found = insert(
        transaction,
        &Intent {
            document: document.into(),
            at: now,
            author: RevisionAuthor::Outside,
            kind: kind.into(),
            summary: summary.into(),
            restores: None,
            text: text.into(),
        },
    )?;
    mark_done(transaction, found)?;
    Ok(FileStatus::ChangedOutside)
}

integer_column!(RevisionId);

/// The database stores the digits of a user's id, or `file`.
impl ToSql for RevisionAuthor {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::User(id) => id.to_string().into(),
            Self::Outside => "file".into(),
        })
    }
}

impl FromSql for RevisionAuthor {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "file" => Ok(Self::Outside),
            digits => digits.parse().map(Self::User).map_err(FromSqlError::other),
        }
    }
}

impl RevisionStatus {
    const ALL: [(Self, &str); 3] = [(Self::Intended, "intended"), (Self::Done, "done"), (Self::Abandoned, "abandoned")];
}

impl ToSql for RevisionStatus {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let name = Self::ALL.into_iter().find_map(|(status, name)| (status == *self).then_some(name));
        Ok(name.unwrap_or_default().into())
    }
}

impl FromSql for RevisionStatus {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let found = value.as_str()?;
        let status = Self::ALL.into_iter().find_map(|(status, name)| (name == found).then_some(status));
        status.ok_or(FromSqlError::InvalidType)
    }
}

#[cfg(test)]
mod tests;
