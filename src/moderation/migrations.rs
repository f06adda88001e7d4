//! The schema of the database, as a list of migrations. Each runs in its own transaction; there are no downgrades.
//! Never edit a released migration. To change the schema, add another.

use rusqlite::{Connection, TransactionBehavior};

/// "Foot" in ASCII: identifies Footnote's databases (`PRAGMA application_id`), so that the bot never writes to another
/// one.
pub(super) const APPLICATION_ID: i32 = 0x466f_6f74;

/// The newest schema version (`PRAGMA user_version`), which this program creates. The first is 1.
pub(super) const VERSION: usize = MIGRATIONS.len();

const MIGRATIONS: [&str; 2] = [HISTORY, QUESTIONS];

/// `text` and `piece` hold the texts and their chunks: see `text_store`. Revisions are never deleted. `landed` numbers
/// them in the order in which the file had their texts, which can differ from the order in which they began.
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

/// `key` identifies a question independently of its spelling. `entry` is empty unless an answer was marked as wrong.
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

/// Reads the schema version of a database.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<usize> {
    connection.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0)).map(|version| version as usize)
}

/// Applies all missing migrations.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    migrate_to(connection, VERSION)
}

/// Applies the missing migrations up to a version.
fn migrate_to(connection: &mut Connection, goal: usize) -> rusqlite::Result<()> {
    loop {
        // Read the version in each transaction, because another process may migrate at the same time.
        let migration = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version = version(&migration)?;
        let Some(sql) = MIGRATIONS.get(version).filter(|_| version < goal) else { return Ok(()) };
        migration.execute_batch(sql)?;
        migration.pragma_update(None, "user_version", version as u32 + 1)?;
        migration.commit()?;
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
    fn every_version_migrates_to_the_newest_without_loss() {
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
    fn the_header_contains_the_application_id() {
        let mut database = Connection::open_in_memory().unwrap();
        migrate(&mut database).unwrap();
        let id: i32 = database.pragma_query_value(None, "application_id", |row| row.get(0)).unwrap();
        assert_eq!(id, APPLICATION_ID);
    }

    #[test]
    fn a_failed_migration_changes_nothing() {
        let mut database = Connection::open_in_memory().unwrap();
        migrate_to(&mut database, 1).unwrap();
        database.execute_batch("CREATE TABLE question (id INTEGER)").unwrap();
        let before = schema(&database);
        migrate(&mut database).unwrap_err();
        assert_eq!((version(&database).unwrap(), schema(&database)), (1, before));
    }

    /// Members' privacy: a question has exactly these columns.
    #[test]
    fn no_column_stores_the_asker_or_the_channel() {
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
