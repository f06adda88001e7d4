//! The tables of the database, as the steps that made them: forward only, each in a transaction of its own.
//! A step that was published is never changed; a change is another step.

use rusqlite::{Connection, TransactionBehavior};

/// "Foot": marks a database as Footnote's in its header (`PRAGMA application_id`), so that no other program's is written to.
pub(super) const APPLICATION_ID: i32 = 0x466f_6f74;

/// The version that this program makes and knows, from 1 (`PRAGMA user_version`).
pub(super) const VERSION: usize = STEPS.len();

const STEPS: [&str; 2] = [HISTORY, QUESTIONS];

/// Revisions are never deleted. `landed` counts the order in which they became the file, which need not be the order in
/// which they were begun.
const HISTORY: &str = "
    PRAGMA application_id = 0x466f6f74;
    CREATE TABLE piece (
        id INTEGER PRIMARY KEY,
        hash BLOB NOT NULL UNIQUE,
        content BLOB NOT NULL
    ) STRICT;
    CREATE TABLE text (
        id INTEGER PRIMARY KEY,
        hash BLOB NOT NULL UNIQUE,
        pieces BLOB NOT NULL
    ) STRICT;
    CREATE TABLE revision (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        document TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        who TEXT NOT NULL,
        kind TEXT NOT NULL,
        summary TEXT NOT NULL,
        restores INTEGER REFERENCES revision (id),
        text INTEGER NOT NULL REFERENCES text (id),
        status TEXT NOT NULL CHECK (status IN ('intended', 'done', 'abandoned')),
        landed INTEGER UNIQUE,
        CHECK ((landed IS NOT NULL) = (status = 'done'))
    ) STRICT;
    CREATE INDEX revision_of_document ON revision (document, id);
";

/// `key` names a question, however it is spelt; `entry` is empty but for an answer that was marked as wrong.
const QUESTIONS: &str = "
    CREATE TABLE question (
        id INTEGER PRIMARY KEY,
        key INTEGER NOT NULL,
        asked TEXT NOT NULL,
        outcome TEXT NOT NULL CHECK (outcome IN ('unknown', 'suggested', 'wrong')),
        entry TEXT NOT NULL,
        count INTEGER NOT NULL CHECK (count > 0),
        last_ms INTEGER NOT NULL,
        dismissed INTEGER NOT NULL DEFAULT 0,
        UNIQUE (key, outcome, entry)
    ) STRICT;
    CREATE INDEX question_by_age ON question (last_ms);
";

/// The version of a database.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<usize> {
    connection.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0)).map(|version| version as usize)
}

/// Takes the steps that are missing.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    migrate_to(connection, VERSION)
}

/// Takes the missing steps up to a version.
fn migrate_to(connection: &mut Connection, goal: usize) -> rusqlite::Result<()> {
    loop {
        // The version is read again in each transaction: another process may have been faster.
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version = version(&step)?;
        let Some(sql) = STEPS.get(version).filter(|_| version < goal) else { return Ok(()) };
        step.execute_batch(sql)?;
        step.pragma_update(None, "user_version", version as u32 + 1)?;
        step.commit()?;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn schema(connection: &Connection) -> Vec<(String, Option<String>)> {
        let mut statement = connection.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[test]
    fn every_version_becomes_the_newest_and_keeps_what_it_holds() {
        let mut fresh = Connection::open_in_memory().unwrap();
        migrate(&mut fresh).unwrap();
        assert_eq!(version(&fresh).unwrap(), VERSION);
        for old in 0..=VERSION {
            let mut database = Connection::open_in_memory().unwrap();
            migrate_to(&mut database, old).unwrap();
            assert_eq!(version(&database).unwrap(), old);
            if old >= 1 {
                database
                    .execute_batch(
                        "INSERT INTO text VALUES (1, x'00', x'');
                         INSERT INTO revision VALUES (7, 'a.json', 5, '42', 'add', 'adds b', NULL, 1, 'done', 1);",
                    )
                    .unwrap();
            }
            migrate(&mut database).unwrap();
            assert_eq!(version(&database).unwrap(), VERSION);
            assert_eq!(schema(&database), schema(&fresh), "from version {old}");
            let kept: i64 = database.query_row("SELECT count(*) FROM revision", [], |row| row.get(0)).unwrap();
            assert_eq!(kept, i64::from(old >= 1));
        }
    }

    #[test]
    fn the_header_names_footnote() {
        let mut database = Connection::open_in_memory().unwrap();
        migrate(&mut database).unwrap();
        let id: i32 = database.pragma_query_value(None, "application_id", |row| row.get(0)).unwrap();
        assert_eq!(id, APPLICATION_ID);
    }

    #[test]
    fn a_step_that_fails_leaves_the_version_before_it() {
        let mut database = Connection::open_in_memory().unwrap();
        migrate_to(&mut database, 1).unwrap();
        database.execute_batch("CREATE TABLE question (id INTEGER)").unwrap();
        let before = schema(&database);
        migrate(&mut database).unwrap_err();
        assert_eq!((version(&database).unwrap(), schema(&database)), (1, before));
    }

    /// Whoever asked is nobody's business: the columns of a question are these and no other.
    #[test]
    fn no_column_tells_who_asked_or_where() {
        let mut database = Connection::open_in_memory().unwrap();
        migrate(&mut database).unwrap();
        let mut statement = database.prepare("SELECT name FROM pragma_table_info('question')").unwrap();
        let columns: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(columns, ["id", "key", "asked", "outcome", "entry", "count", "last_ms", "dismissed"]);
        let mut statement = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1").unwrap();
        let tables: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(tables, ["piece", "question", "revision", "sqlite_sequence", "text"]);
    }
}
