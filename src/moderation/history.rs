//! Who changed which knowledge file when and how, with the whole text of every revision. Nothing is ever deleted.
//! A save is written down before it happens and confirmed after, so that a process killed in between loses nothing.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

pub use super::database::RevisionId;
use super::database::{Database, StateError};
use super::moment::UnixMillis;
use super::pieces;
use crate::text::one_line;

/// How many characters a summary has at most: two lines of a Discord message.
pub const SUMMARY_CHARS: usize = 200;

/// How many characters the kind of a change has at most: one word.
pub const KIND_CHARS: usize = 20;

/// How many revisions one page lists at most; more is not read, and no page of Discord's shows as many.
pub const PAGE_MAX: usize = 100;

/// The kind of the first revision of a file, which was there before the bot.
pub const KIND_FOUND: &str = "found";

/// The kind of a change that somebody else made to the file: an editor, git.
pub const KIND_OUTSIDE: &str = "outside";

/// Who made a change.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Who {
    /// A moderator, by the id of the Discord account.
    User(u64),
    /// Somebody who changed the file outside the bot.
    File,
}

/// How far a change has come.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Status {
    /// Written down; the file may or may not be saved.
    Intended,
    /// The file had this text.
    Done,
    /// The file never had this text; kept all the same.
    Abandoned,
}

/// A change that is about to be saved.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Intent {
    /// Which knowledge file: a name that stays the same over restarts.
    pub document: String,
    /// When.
    pub at: UnixMillis,
    /// Who.
    pub who: Who,
    /// What was done, in a word of at most [`KIND_CHARS`]: `add`, `undo`.
    pub kind: String,
    /// What was done, for people: one line of at most [`SUMMARY_CHARS`]; what is longer is cut.
    pub summary: String,
    /// The revision whose text it brings back, if it does.
    pub restores: Option<RevisionId>,
    /// The whole new text of the file.
    pub text: String,
}

/// A change as history has it; its text is asked for by its id.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Revision {
    /// Its number.
    pub id: RevisionId,
    /// Which knowledge file.
    pub document: String,
    /// When it was begun, or noticed.
    pub at: UnixMillis,
    /// Who.
    pub who: Who,
    /// What was done, in a word.
    pub kind: String,
    /// What was done, in a line.
    pub summary: String,
    /// The revision whose text it brought back, if it did.
    pub restores: Option<RevisionId>,
    /// How far it has come.
    pub status: Status,
}

/// What became of history when it met the file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Met {
    /// The intent that the file turned out to be saved with.
    pub done: Option<RevisionId>,
    /// The revision that was made for a change outside the bot, or for a file never seen before.
    pub outside: Option<RevisionId>,
    /// Intents that the file was not saved with.
    pub abandoned: Vec<RevisionId>,
}

impl Database {
    /// Writes down a change with its whole text, before the file is saved. Follow with [`Self::finish`] or [`Self::abandon`].
    ///
    /// # Errors
    /// If nothing could be written: then the file must not be saved either.
    pub fn begin(&mut self, intent: &Intent) -> Result<RevisionId, StateError> {
        let writing = self.begin_writing()?;
        let id = insert(&writing, intent)?;
        writing.commit()?;
        Ok(id)
    }

    /// Says that the file was saved with a revision's text. Saying it twice changes nothing.
    ///
    /// # Errors
    /// If there is no such revision, or it could not be written; the file's next [`Self::reconcile`] makes up for that.
    pub fn finish(&mut self, id: RevisionId) -> Result<(), StateError> {
        let writing = self.begin_writing()?;
        land(&writing, id)?;
        let found = writing.query_row("SELECT 1 FROM revision WHERE id = ?1", [id], |_| Ok(())).optional()?;
        writing.commit()?;
        found.ok_or(StateError::NoRevision(id))
    }

    /// Says that the file was not saved. Its text is kept; a revision that is done stays so.
    ///
    /// # Errors
    /// If it could not be written; the file's next [`Self::reconcile`] makes up for that.
    pub fn abandon(&mut self, id: RevisionId) -> Result<(), StateError> {
        let sql = "UPDATE revision SET status = 'abandoned' WHERE id = ?1 AND status = 'intended'";
        self.connection.execute(sql, [id])?;
        Ok(())
    }

    /// Brings history in line with a file at start, when no save can be under way: an intent with the file's text is done, all
    /// others are abandoned, and a text that history does not have last is a change outside the bot.
    ///
    /// # Errors
    /// If it could not be written.
    pub fn reconcile(&mut self, document: &str, text: &str, now: UnixMillis) -> Result<Met, StateError> {
        let writing = self.begin_writing()?;
        let mut met = meet(&writing, document, text, now)?;
        met.abandoned = {
            let sql =
                "UPDATE revision SET status = 'abandoned' WHERE document = ?1 AND status = 'intended' RETURNING id";
            let mut abandon = writing.prepare(sql)?;
            abandon.query_map([document], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        writing.commit()?;
        Ok(met)
    }

    /// The same while the bot runs, when a file was seen to change: intents whose save may be under way are let be.
    ///
    /// # Errors
    /// If it could not be written.
    pub fn observe(&mut self, document: &str, text: &str, now: UnixMillis) -> Result<Met, StateError> {
        let writing = self.begin_writing()?;
        let met = meet(&writing, document, text, now)?;
        writing.commit()?;
        Ok(met)
    }

    /// A page of the revisions of one file, or of all: the newest before `before`, at most `limit` and [`PAGE_MAX`].
    ///
    /// # Errors
    /// If it could not be read.
    pub fn revisions(
        &self,
        document: Option<&str>,
        before: Option<RevisionId>,
        limit: usize,
    ) -> Result<Vec<Revision>, StateError> {
        let mut list = self.connection.prepare(&format!(
            "SELECT {COLUMNS} FROM revision WHERE (?1 IS NULL OR document = ?1) AND id < ?2 ORDER BY id DESC LIMIT ?3"
        ))?;
        let before = before.map_or(i64::MAX, |id| id.0);
        let page = list.query_map(params![document, before, limit.min(PAGE_MAX) as i64], revision)?;
        Ok(page.collect::<Result<_, _>>()?)
    }

    /// One revision.
    ///
    /// # Errors
    /// If there is none, or it could not be read.
    pub fn revision(&self, id: RevisionId) -> Result<Revision, StateError> {
        let sql = format!("SELECT {COLUMNS} FROM revision WHERE id = ?1");
        self.connection.query_row(&sql, [id], revision).optional()?.ok_or(StateError::NoRevision(id))
    }

    /// The whole text of a revision, proved by its hash.
    ///
    /// # Errors
    /// If there is none, or it could not be read.
    pub fn text(&self, id: RevisionId) -> Result<String, StateError> {
        let sql = "SELECT text FROM revision WHERE id = ?1";
        let text: Option<i64> = self.connection.query_row(sql, [id], |row| row.get(0)).optional()?;
        let text = pieces::text(&self.connection, text.ok_or(StateError::NoRevision(id))?)?;
        text.ok_or_else(|| StateError::Damaged { found: format!("the text of revision {} is not whole", id.0) })
    }

    /// The revision that a file had last, as far as history knows.
    ///
    /// # Errors
    /// If it could not be read.
    pub fn latest(&self, document: &str) -> Result<Option<Revision>, StateError> {
        Ok(latest(&self.connection, document)?)
    }

    /// The revision that a file had before this one; for one that was never saved, the last that was done before it was begun.
    ///
    /// # Errors
    /// If there is no such revision, or it could not be read.
    pub fn previous(&self, id: RevisionId) -> Result<Option<Revision>, StateError> {
        let of = self.revision(id)?;
        let sql = format!(
            "SELECT {COLUMNS} FROM revision WHERE document = ?1 AND status = 'done' AND id <> ?2
             AND CASE ?3 WHEN 'done' THEN landed < (SELECT landed FROM revision WHERE id = ?2) ELSE id < ?2 END
             ORDER BY landed DESC LIMIT 1"
        );
        Ok(self.connection.query_row(&sql, params![of.document, id, of.status], revision).optional()?)
    }

    /// The files that history has, also those that are gone, by name.
    ///
    /// # Errors
    /// If it could not be read.
    pub fn documents(&self) -> Result<Vec<String>, StateError> {
        let mut list = self.connection.prepare("SELECT DISTINCT document FROM revision ORDER BY document")?;
        Ok(list.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }
}

/// What [`revision`] reads.
const COLUMNS: &str = "id, document, at_ms, who, kind, summary, restores, status";

fn revision(row: &Row<'_>) -> rusqlite::Result<Revision> {
    Ok(Revision {
        id: row.get(0)?,
        document: row.get(1)?,
        at: row.get(2)?,
        who: row.get(3)?,
        kind: row.get(4)?,
        summary: row.get(5)?,
        restores: row.get(6)?,
        status: row.get(7)?,
    })
}

fn insert(writing: &Transaction<'_>, intent: &Intent) -> rusqlite::Result<RevisionId> {
    let text = pieces::keep(writing, &intent.text)?;
    let sql = "INSERT INTO revision (document, at_ms, who, kind, summary, restores, text, status)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let kind = one_line(&intent.kind, KIND_CHARS);
    let summary = one_line(&intent.summary, SUMMARY_CHARS);
    let Intent { document, at, who, restores, .. } = intent;
    let row = params![document, at, who, kind, summary, restores, text, Status::Intended];
    writing.prepare(sql)?.insert(row).map(RevisionId)
}

/// Makes a revision the last one that is done, unless it is done already.
fn land(writing: &Transaction<'_>, id: RevisionId) -> rusqlite::Result<()> {
    let sql = "UPDATE revision SET status = 'done', landed = (SELECT coalesce(max(landed), 0) + 1 FROM revision)
               WHERE id = ?1 AND status <> 'done'";
    writing.execute(sql, [id]).map(drop)
}

fn latest(reading: &Connection, document: &str) -> rusqlite::Result<Option<Revision>> {
    let sql =
        format!("SELECT {COLUMNS} FROM revision WHERE document = ?1 AND status = 'done' ORDER BY landed DESC LIMIT 1");
    reading.query_row(&sql, [document], revision).optional()
}

/// Finds which revision the file's text is, and makes one if it is none.
fn meet(writing: &Transaction<'_>, document: &str, text: &str, now: UnixMillis) -> rusqlite::Result<Met> {
    let name = pieces::hash(text.as_bytes());
    let sql = "SELECT revision.id FROM revision JOIN text ON text.id = revision.text
               WHERE document = ?1 AND status = 'intended' AND hash = ?2 ORDER BY revision.id DESC LIMIT 1";
    if let Some(done) = writing.query_row(sql, params![document, name], |row| row.get(0)).optional()? {
        land(writing, done)?;
        return Ok(Met { done: Some(done), ..Met::default() });
    }
    let last = latest(writing, document)?;
    let is_last = match &last {
        Some(last) => {
            let sql = "SELECT hash = ?2 FROM revision JOIN text ON text.id = revision.text WHERE revision.id = ?1";
            writing.query_row(sql, params![last.id, name], |row| row.get(0))?
        }
        None => false,
    };
    if is_last {
        return Ok(Met::default());
    }
    let (kind, summary) = match last {
        Some(_) => (KIND_OUTSIDE, "changed outside the bot"),
        None => (KIND_FOUND, "found when the bot began to keep history"),
    };
    let outside = insert(
        writing,
        &Intent {
            document: document.into(),
            at: now,
            who: Who::File,
            kind: kind.into(),
            summary: summary.into(),
            restores: None,
            text: text.into(),
        },
    )?;
    land(writing, outside)?;
    Ok(Met { outside: Some(outside), ..Met::default() })
}

impl ToSql for RevisionId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for RevisionId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value).map(Self)
    }
}

/// In the database the digits of a user's id, or `file`.
impl ToSql for Who {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::User(id) => id.to_string().into(),
            Self::File => "file".into(),
        })
    }
}

impl FromSql for Who {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "file" => Ok(Self::File),
            digits => digits.parse().map(Self::User).map_err(FromSqlError::other),
        }
    }
}

impl Status {
    const ALL: [(Self, &str); 3] = [(Self::Intended, "intended"), (Self::Done, "done"), (Self::Abandoned, "abandoned")];
}

impl ToSql for Status {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let name = Self::ALL.into_iter().find_map(|(status, name)| (status == *self).then_some(name));
        Ok(name.unwrap_or_default().into())
    }
}

impl FromSql for Status {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let found = value.as_str()?;
        let status = Self::ALL.into_iter().find_map(|(status, name)| (name == found).then_some(status));
        status.ok_or(FromSqlError::InvalidType)
    }
}

#[cfg(test)]
mod tests;
