//! The questions that nobody could answer, so that moderators can: how often each was asked, and what came of it.
//! A question's words are kept and when they were last asked; never who asked, or where.

pub mod queue;

use std::cmp::Reverse;

use rusqlite::{Row, Statement, Transaction, params};

use super::database::{Database, DatabaseError, UnixMillis, integer_column};
use super::pieces;
use crate::knowledge::limits::WORDING_CHARS;
use crate::matching::{Matcher, normalise};
use crate::text::one_line;

/// How many characters of a question are kept: as many as a wording may have, since what is longer cannot be taught as one.
pub const QUESTION_CHARS: usize = WORDING_CHARS;

/// How many rows the list has at most; then those go first that were asked longest ago. About 3 MB, and more than anybody
/// reads through.
pub const ROWS_MAX: usize = 10_000;

/// How many questions are grouped and shown at once, the most frequent ones: grouping them takes about half a second in a debug build.
/// The others come up as these are dealt with.
pub const SHOWN_MAX: usize = 2_000;

/// Milliseconds of a day, the unit of retention.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Names a question however it is spelt, by a hash of its normal form: small enough for a button, and nobody's words.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct QuestionKey(pub i64);

impl QuestionKey {
    /// The key of a question; none for a text without words.
    #[must_use]
    pub fn of(question: &str) -> Option<Self> {
        let normal = normalise(question);
        let [a, b, c, d, e, f, g, h, ..] = pieces::hash(normal.as_bytes());
        (!normal.is_empty()).then_some(Self(i64::from_le_bytes([a, b, c, d, e, f, g, h])))
    }
}

/// Why a question is in the list.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum UnansweredReason {
    /// It was not answered.
    Unknown,
    /// Entries were suggested, and nobody took one.
    Suggested,
    /// Somebody said that the answer was not what was meant.
    Wrong {
        /// The id of the entry that answered.
        entry: String,
    },
}

/// Something that changes the list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum UnansweredReport {
    /// A question was asked and belongs into the list.
    Asked {
        /// As it was asked, without mentions of users; what is beyond [`QUESTION_CHARS`] is cut.
        question: String,
        /// Why it belongs there.
        reason: UnansweredReason,
        /// When.
        at: UnixMillis,
    },
    /// Somebody took a suggestion: the question was answered after all, once.
    SuggestionTaken(QuestionKey),
}

/// A question of the list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnansweredQuestion {
    /// Its name.
    pub key: QuestionKey,
    /// As it was asked last.
    pub asked: String,
    /// How often it was asked without being answered.
    pub count: u64,
    /// When it was asked last.
    pub last: UnixMillis,
    /// What came of it, with how often each did.
    pub reasons: Vec<(UnansweredReason, u64)>,
}

/// Questions that ask alike; never empty.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QuestionGroup {
    /// The commonest question of the group, by which it is named and shown.
    pub head: UnansweredQuestion,
    /// The others, the more frequent first.
    pub others: Vec<UnansweredQuestion>,
}

impl QuestionGroup {
    /// All its questions, the commonest first.
    pub fn questions(&self) -> impl Iterator<Item = &UnansweredQuestion> {
        std::iter::once(&self.head).chain(&self.others)
    }

    /// How often its questions were asked.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.questions().map(|question| question.count).sum()
    }

    /// When one of them was asked last.
    #[must_use]
    pub fn last(&self) -> UnixMillis {
        self.questions().map(|question| question.last).max().unwrap_or_default()
    }

    /// The names of its questions, for [`Database::resolve`] and [`Database::dismiss`].
    #[must_use]
    pub fn keys(&self) -> Vec<QuestionKey> {
        self.questions().map(|question| question.key).collect()
    }
}

/// Puts questions that the matcher finds alike together: the most frequent groups first, of equal ones the most recent.
/// Takes the list as [`Database::questions`] gives it. Works for a while: not for a thread that answers.
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
    /// Takes notes, all of them or none. Tells how many old questions had to make room.
    ///
    /// # Errors
    /// If nothing could be written.
    pub fn add_reports(&mut self, reports: &[UnansweredReport]) -> Result<usize, DatabaseError> {
        let writing = self.begin_writing()?;
        let mut adding = writing.prepare(ADD)?;
        for report in reports {
            match report {
                UnansweredReport::Asked { question, reason, at } => add(&mut adding, question, reason, *at)?,
                UnansweredReport::SuggestionTaken(key) => take(&writing, *key)?,
            }
        }
        drop(adding);
        let sql = "DELETE FROM question WHERE id IN (SELECT id FROM question ORDER BY last_ms DESC, id DESC LIMIT -1 OFFSET ?1)";
        let gone = writing.execute(sql, [ROWS_MAX as i64])?;
        writing.commit()?;
        Ok(gone)
    }

    /// The questions of the list, at most [`SHOWN_MAX`]: the most frequent first, of equal ones the most recent.
    ///
    /// # Errors
    /// If it could not be read.
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

    /// How many questions the list has, those beyond [`SHOWN_MAX`] included.
    ///
    /// # Errors
    /// If it could not be read.
    pub fn question_count(&self) -> Result<u64, DatabaseError> {
        let sql = "SELECT count(DISTINCT key) FROM question WHERE dismissed = 0";
        Ok(self.connection.query_row(sql, [], |row| Ok(u64::from(row.get::<_, u32>(0)?)))?)
    }

    /// Takes questions off the list that now have an answer. Asked again in vain, they come back. Tells how many there were.
    ///
    /// # Errors
    /// If nothing could be written.
    pub fn resolve(&mut self, keys: &[QuestionKey]) -> Result<usize, DatabaseError> {
        self.each(keys, "DELETE FROM question WHERE key = ?1 AND dismissed = 0")
    }

    /// Takes questions off the list that need no answer. Asked again, they stay away, until their time is over. Tells how
    /// many there were.
    ///
    /// # Errors
    /// If nothing could be written.
    pub fn dismiss(&mut self, keys: &[QuestionKey]) -> Result<usize, DatabaseError> {
        self.each(keys, "UPDATE question SET dismissed = 1 WHERE key = ?1 AND dismissed = 0")
    }

    /// Does something to the rows of each question; tells of how many there were any.
    fn each(&mut self, keys: &[QuestionKey], sql: &str) -> Result<usize, DatabaseError> {
        let writing = self.begin_writing()?;
        let mut found = 0;
        for key in keys {
            found += usize::from(writing.execute(sql, [key])? > 0);
        }
        writing.commit()?;
        Ok(found)
    }

    /// Empties the list; dismissed questions are forgotten too. Their words are no longer anywhere in the file.
    /// Tells how many questions there were.
    ///
    /// # Errors
    /// If nothing could be written.
    pub fn clear(&mut self) -> Result<u64, DatabaseError> {
        let found = self.question_count()?;
        self.connection.execute("DELETE FROM question", [])?;
        self.forget()?;
        Ok(found)
    }

    /// Takes questions off the list that were asked last `days` or more ago; 0 days takes all. Tells how many rows went.
    ///
    /// # Errors
    /// If nothing could be written.
    pub fn purge(&mut self, now: UnixMillis, days: u32) -> Result<usize, DatabaseError> {
        let oldest = now.0.saturating_sub(i64::from(days).saturating_mul(DAY_MS));
        let gone = match days {
            0 => self.connection.execute("DELETE FROM question", [])?,
            _ => self.connection.execute("DELETE FROM question WHERE last_ms <= ?1", [oldest])?,
        };
        if gone > 0 {
            self.forget()?;
        }
        Ok(gone)
    }

    /// Moves the write-ahead log into the file and empties it, so that deleted words are not left in there. Another process
    /// that is reading can keep it from that; the log is emptied later then.
    fn forget(&self) -> Result<(), DatabaseError> {
        Ok(self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }
}

/// Counts a question once more, or for the first time.
const ADD: &str = "INSERT INTO question (key, asked, outcome, entry, count, last_ms) VALUES (?1, ?2, ?3, ?4, 1, ?5)
    ON CONFLICT (key, outcome, entry) DO UPDATE SET
        count = count + 1,
        asked = CASE WHEN excluded.last_ms >= last_ms THEN excluded.asked ELSE asked END,
        last_ms = max(last_ms, excluded.last_ms)";

fn add(adding: &mut Statement<'_>, question: &str, reason: &UnansweredReason, at: UnixMillis) -> rusqlite::Result<()> {
    let Some(key) = QuestionKey::of(question) else { return Ok(()) };
    let (outcome, entry) = reason.columns();
    adding.execute(params![key, one_line(question, QUESTION_CHARS), outcome, entry, at]).map(drop)
}

/// Takes back one suggestion that nobody had taken.
fn take(writing: &Transaction<'_>, key: QuestionKey) -> rusqlite::Result<()> {
    writing.execute("DELETE FROM question WHERE key = ?1 AND outcome = 'suggested' AND count = 1", [key])?;
    writing.execute(
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
