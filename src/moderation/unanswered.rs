//! The list of unanswered questions that moderators work through: how often each was asked, and with what outcome.
//! Stores the text of a question and when it was last asked, but neither the asker nor the channel.

mod queue;

use std::cmp::Reverse;

use rusqlite::{Row, Statement, Transaction, params};
use sha2::{Digest as _, Sha256};

use super::database::{Database, DatabaseError, UnixMillis, integer_column};
use crate::knowledge::limits::WORDING_CHARS;
use crate::matching::{Matcher, normalise};
use crate::text::one_line;

pub use queue::UnansweredQueue;

/// The greatest length of a stored question in characters. A longer one could not be added as a wording.
pub const QUESTION_CHARS: usize = WORDING_CHARS;

/// The greatest number of rows in the list: about 3 MB, and more than moderators read. Beyond it, the rows that were
/// asked least are deleted, and among equally frequent ones those that were last asked longest ago. So one-off nonsense
/// does not displace a question that many members ask.
pub const ROWS_MAX: usize = 10_000;

/// The number of rows that stay however rarely they were asked, because they were asked last. Otherwise a new question
/// could never become frequent once the list is full of questions that were asked twice.
const NEWEST_ROWS: usize = 1_000;

/// The greatest number of questions that are grouped and shown at once, the most frequent ones first. Grouping them
/// takes about half a second in a debug build. The others appear as moderators work through these.
pub const SHOWN_MAX: usize = 2_000;

/// Milliseconds per day. The retention period is in days.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Identifies a question by a hash of its normalised text. It fits into a button's `custom_id` and reveals no text.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct QuestionKey(pub i64);

impl QuestionKey {
    /// The key of a question; `None` for a text without words.
    #[must_use]
    pub fn of(question: &str) -> Option<Self> {
        let normal = normalise(question);
        let hash = Sha256::digest(&normal);
        let start = hash.first_chunk().filter(|_| !normal.is_empty())?;
        Some(Self(i64::from_le_bytes(*start)))
    }
}

/// The outcome that put a question on the list.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum UnansweredReason {
    /// The bot found no answer.
    Unknown,
    /// The bot suggested entries, and the asker chose none.
    Suggested,
    /// The asker marked the answer as not helpful.
    Wrong {
        /// The id of the entry that was the answer.
        entry: String,
    },
}

/// A report of what happened to a question: an item of the queue.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum UnansweredReport {
    /// A question was asked and not answered.
    Asked {
        /// Its text without mentions of users. Truncated to [`QUESTION_CHARS`] when stored.
        question: String,
        /// The outcome.
        reason: UnansweredReason,
        /// The time of the question.
        at: UnixMillis,
    },
    /// The asker chose a suggestion, so one asking of this question was answered after all.
    SuggestionTaken(QuestionKey),
}

/// A question on the list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnansweredQuestion {
    /// Its key.
    pub key: QuestionKey,
    /// The text with which it was last asked.
    pub asked: String,
    /// The number of times that it was asked and not answered.
    pub count: u64,
    /// The time at which it was last asked.
    pub last: UnixMillis,
    /// The outcomes, each with its number of occurrences.
    pub reasons: Vec<(UnansweredReason, u64)>,
}

/// A version of the database, by which a reader notices that it changed. Valid until the process ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DatabaseVersion {
    others: i64,
    own: i64,
}

/// Questions with a similar meaning; never empty.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QuestionGroup {
    /// The most frequent question, which represents the group.
    pub head: UnansweredQuestion,
    /// The others, the most frequent first.
    pub others: Vec<UnansweredQuestion>,
}

impl QuestionGroup {
    /// All questions of the group, the most frequent first.
    pub fn questions(&self) -> impl Iterator<Item = &UnansweredQuestion> {
        std::iter::once(&self.head).chain(&self.others)
    }

    /// The number of times that its questions were asked.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.questions().map(|question| question.count).sum()
    }

    /// The time at which one of them was last asked.
    #[must_use]
    pub fn last(&self) -> UnixMillis {
        self.questions().map(|question| question.last).max().unwrap_or_default()
    }

    /// The keys of its questions, for [`Database::resolve`] and [`Database::dismiss`].
    #[must_use]
    pub fn keys(&self) -> Vec<QuestionKey> {
        self.questions().map(|question| question.key).collect()
    }
}

/// Groups questions that the matcher considers similar. The most frequent groups come first; among equally frequent
/// ones, the most recent. Expects the order of [`Database::questions`]. Takes long, so call it on a thread that may
/// block.
#[must_use]
pub fn group(questions: Vec<UnansweredQuestion>, matcher: &Matcher) -> Vec<QuestionGroup> {
    let asked: Vec<&str> = questions.iter().map(|question| question.asked.as_str()).collect();
    let places = matcher.group_similar(&asked);
    let mut questions: Vec<Option<UnansweredQuestion>> = questions.into_iter().map(Some).collect();
    let mut take = |place: usize| questions.get_mut(place).and_then(Option::take);
    let mut groups: Vec<QuestionGroup> = places
        .into_iter()
        .filter_map(|group| {
            let mut members = group.into_iter().filter_map(&mut take);
            Some(QuestionGroup { head: members.next()?, others: members.collect() })
        })
        .collect();
    groups.sort_by_key(|group| Reverse((group.count(), group.last())));
    groups
}

impl Database {
    /// Records reports, all of them or none. Returns the number of rows that were deleted to stay within
    /// [`ROWS_MAX`].
    ///
    /// # Errors
    /// If the database cannot be written.
    pub fn add_reports(&mut self, reports: &[UnansweredReport]) -> Result<usize, DatabaseError> {
        let transaction = self.write_transaction()?;
        let mut statement = transaction.prepare(ADD)?;
        for report in reports {
            match report {
                UnansweredReport::Asked { question, reason, at } => add(&mut statement, question, reason, *at)?,
                UnansweredReport::SuggestionTaken(key) => uncount_suggestion(&transaction, *key)?,
            }
        }
        drop(statement);
        let rows: i64 = transaction.query_row("SELECT count(*) FROM question", [], |row| row.get(0))?;
        let excess = rows - ROWS_MAX as i64;
        let deleted = match excess {
            1.. => transaction.execute(DELETE_LEAST_ASKED, [excess, NEWEST_ROWS as i64])?,
            _ => 0,
        };
        transaction.commit()?;
        Ok(deleted)
    }

    /// Reads at most [`SHOWN_MAX`] questions of the list: the most frequent first, and among equally frequent ones the
    /// most recent.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn questions(&self) -> Result<Vec<UnansweredQuestion>, DatabaseError> {
        let sql = "SELECT key, asked, count, last_ms, outcome, entry FROM question WHERE dismissed = 0
                   ORDER BY key, last_ms DESC, id";
        let mut list = self.connection.prepare(sql)?;
        let mut questions: Vec<UnansweredQuestion> = Vec::new();
        for row in list.query_map([], question)? {
            let row = row?;
            match questions.last_mut().filter(|last| last.key == row.key) {
                Some(last) => {
                    last.count += row.count;
                    last.reasons.extend(row.reasons);
                }
                None => questions.push(row),
            }
        }
        questions.sort_by_key(|question| (Reverse((question.count, question.last)), question.key));
        questions.truncate(SHOWN_MAX);
        Ok(questions)
    }

    /// The version of the database, which differs after any change.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn version(&self) -> Result<DatabaseVersion, DatabaseError> {
        // The first changes with the changes of other connections, the second with those of this one.
        let others = self.connection.query_row("PRAGMA data_version", [], |row| row.get(0))?;
        let own = self.connection.query_row("SELECT total_changes()", [], |row| row.get(0))?;
        Ok(DatabaseVersion { others, own })
    }

    /// Counts the questions of the list, including those beyond [`SHOWN_MAX`].
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn question_count(&self) -> Result<u64, DatabaseError> {
        let sql = "SELECT count(DISTINCT key) FROM question WHERE dismissed = 0";
        Ok(self.connection.query_row(sql, [], |row| Ok(u64::from(row.get::<_, u32>(0)?)))?)
    }

    /// Removes questions that have an answer now. They return if they are asked again and not answered. Returns the
    /// number of questions that were on the list.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub fn resolve(&mut self, keys: &[QuestionKey]) -> Result<usize, DatabaseError> {
        self.for_each_key(keys, "DELETE FROM question WHERE key = ?1 AND dismissed = 0")
    }

    /// Hides questions that need no answer. They stay hidden when they are asked again, until the retention period
    /// ends. Returns the number of questions that were on the list.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub fn dismiss(&mut self, keys: &[QuestionKey]) -> Result<usize, DatabaseError> {
        self.for_each_key(keys, "UPDATE question SET dismissed = 1 WHERE key = ?1 AND dismissed = 0")
    }

    /// Executes a statement for each key. Returns the number of keys for which it changed a row.
    fn for_each_key(&mut self, keys: &[QuestionKey], sql: &str) -> Result<usize, DatabaseError> {
        let transaction = self.write_transaction()?;
        let mut found = 0;
        for key in keys {
            found += usize::from(transaction.execute(sql, [key])? > 0);
        }
        transaction.commit()?;
        Ok(found)
    }

    /// Deletes all questions, including hidden ones. Their text is no longer anywhere in the database's files. Returns
    /// the number of questions that were on the list.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub fn clear(&mut self) -> Result<u64, DatabaseError> {
        let found = self.question_count()?;
        self.connection.execute("DELETE FROM question", [])?;
        self.truncate_log()?;
        Ok(found)
    }

    /// Deletes the questions that were last asked `days` or more ago; with 0 days, all questions. Returns the number of
    /// rows deleted.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub fn purge(&mut self, now: UnixMillis, days: u32) -> Result<usize, DatabaseError> {
        let oldest = now.0.saturating_sub(i64::from(days).saturating_mul(DAY_MS));
        let deleted = match days {
            0 => self.connection.execute("DELETE FROM question", [])?,
            _ => self.connection.execute("DELETE FROM question WHERE last_ms <= ?1", [oldest])?,
        };
        if deleted > 0 {
            self.truncate_log()?;
        }
        Ok(deleted)
    }

    /// Empties the write-ahead log, so that it does not contain deleted text. If another process is reading, the log is
    /// emptied later.
    fn truncate_log(&self) -> Result<(), DatabaseError> {
        Ok(self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }
}

/// Increases the count of a question, or inserts the question.
const ADD: &str = "INSERT INTO question (key, asked, outcome, entry, count, last_ms) VALUES (?1, ?2, ?3, ?4, 1, ?5)
    ON CONFLICT (key, outcome, entry) DO UPDATE SET
        count = count + 1,
        asked = CASE WHEN excluded.last_ms >= last_ms THEN excluded.asked ELSE asked END,
        last_ms = max(last_ms, excluded.last_ms)";

/// Deletes the rows that were asked least, except for the newest ones.
const DELETE_LEAST_ASKED: &str = "DELETE FROM question WHERE id IN (
        SELECT id FROM question
        WHERE id NOT IN (SELECT id FROM question ORDER BY last_ms DESC, id DESC LIMIT ?2)
        ORDER BY count, last_ms, id LIMIT ?1
    )";

fn add(
    statement: &mut Statement<'_>,
    question: &str,
    reason: &UnansweredReason,
    at: UnixMillis,
) -> rusqlite::Result<()> {
    let Some(key) = QuestionKey::of(question) else { return Ok(()) };
    let (outcome, entry) = reason.columns();
    statement.execute(params![key, one_line(question, QUESTION_CHARS), outcome, entry, at]).map(drop)
}

/// Decreases the count of suggestions that the asker did not choose.
fn uncount_suggestion(transaction: &Transaction<'_>, key: QuestionKey) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM question WHERE key = ?1 AND outcome = 'suggested' AND count = 1", [key])?;
    transaction.execute(
        "UPDATE question SET count = count - 1 WHERE key = ?1 AND outcome = 'suggested' AND count > 1",
        [key],
    )?;
    Ok(())
}

fn question(row: &Row<'_>) -> rusqlite::Result<UnansweredQuestion> {
    let count = u64::from(row.get::<_, u32>(2)?);
    let outcome: String = row.get(4)?;
    let reason = match outcome.as_str() {
        "unknown" => UnansweredReason::Unknown,
        "suggested" => UnansweredReason::Suggested,
        _ => UnansweredReason::Wrong { entry: row.get(5)? },
    };
    let reasons = vec![(reason, count)];
    Ok(UnansweredQuestion { key: row.get(0)?, asked: row.get(1)?, count, last: row.get(3)?, reasons })
}

impl UnansweredReason {
    fn columns(&self) -> (&'static str, &str) {
        match self {
            Self::Unknown => ("unknown", ""),
            Self::Suggested => ("suggested", ""),
            Self::Wrong { entry } => ("wrong", entry),
        }
    }
}

integer_column!(QuestionKey);

#[cfg(test)]
mod tests;
