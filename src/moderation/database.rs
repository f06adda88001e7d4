//! The SQLite database: opens the file, verifies it and migrates it to this version, or refuses it and says what to do.
//! `history` and `unanswered` read and write its tables.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::migrations::{APPLICATION_ID, VERSION, migrate, version};
use crate::atomic_file::{self, PRIVATE_MODE};

/// The longest time that a call waits while another process writes, such as an operator's `sqlite3` tool. Short,
/// because a moderator waits for the call. Our own writes take milliseconds.
const BUSY_TIME: Duration = Duration::from_secs(1);

/// SQLite's page cache in KiB: enough for the pages that one of our transactions reads more than once. SQLite's default
/// would keep up to 2 MiB that only the integrity check at the start reads.
const CACHE_KIB: i32 = 64;

/// The history of the knowledge files and the list of unanswered questions.
///
/// Every call is one transaction and is on disk when it returns (write-ahead log, `synchronous = FULL`).
#[derive(Debug)]
pub struct Database {
    pub(super) connection: Connection,
}

/// A point in time, in milliseconds since 1970 (UTC). Callers pass it in, so tests need no clock.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// The time of the system clock; 0 if the clock is set before 1970.
    #[must_use]
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Lets SQLite store a newtype around `i64` as an integer.
macro_rules! integer_column {
    ($newtype:ty) => {
        impl rusqlite::types::ToSql for $newtype {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                self.0.to_sql()
            }
        }

        impl rusqlite::types::FromSql for $newtype {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                i64::column_result(value).map(Self)
            }
        }
    };
}
pub(super) use integer_column;

integer_column!(UnixMillis);

/// The error of a call to the database.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The file or its folder cannot be used.
    #[error("expected a file that can be created, read and written, found: {0}")]
    Unusable(#[from] std::io::Error),
    /// The file can be read but not written.
    #[error(
        "expected a database that can be written, found a read-only one; check the permissions of the file and its folder"
    )]
    ReadOnly,
    /// The database of another program.
    #[error("expected Footnote's database, found another program's; name another file with `moderation.state`")]
    Foreign,
    /// The database of a newer Footnote.
    #[error(
        "expected a database of version {VERSION} or older, found version {found}; start the newer Footnote that created it"
    )]
    Newer {
        /// The version of the database.
        found: usize,
    },
    /// The database is corrupt.
    #[error(
        "expected an intact database, found: {found}; it was not changed. Restore a backup; or save the readable part with \
         `sqlite3 FILE .recover`; or move the file and its -wal file away to start with an empty database"
    )]
    Damaged {
        /// SQLite's description of the damage.
        found: String,
    },
    /// The disk is full.
    #[error("expected free space on the disk, found none; nothing was changed")]
    Full,
    /// Another process holds a write transaction.
    #[error("expected the database to be free within {} s, found another process writing to it", BUSY_TIME.as_secs())]
    Busy,
    /// The call did not return within its time limit.
    #[error("expected the database to answer within {} s; it may still complete the call", limit.as_secs_f32())]
    Slow {
        /// The time limit.
        limit: Duration,
    },
    /// The history has no revision with this number.
    #[error("expected the number of a revision, found {0}, which does not exist")]
    NoRevision(i64),
    /// Any other error from SQLite.
    #[error("expected the database to complete a call, found: {0}")]
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Damaged { found: error.to_string() },
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            _ => Self::Sqlite(error),
        }
    }
}

/// The error of opening the database.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct OpenError {
    /// The file.
    pub path: PathBuf,
    /// The cause.
    pub reason: DatabaseError,
}

impl Database {
    /// Opens the file, or creates it. Its folder must exist.
    ///
    /// # Errors
    /// If the file cannot be written, is damaged, or belongs to another program or a newer Footnote, or if the path
    /// leads to a symbolic link. Such a file is not changed, and neither are its permissions.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        open(path).map_err(|reason| OpenError { path: path.into(), reason })
    }

    /// Checks an existing file as [`Self::open`] does, and changes nothing.
    ///
    /// # Errors
    /// As for [`Self::open`], and if the file does not exist.
    pub fn verify(path: &Path) -> Result<(), OpenError> {
        let verified = connect(path).and_then(|connection| verify(&connection));
        verified.map_err(|reason| OpenError { path: path.into(), reason })
    }

    /// Starts a write transaction. Waits for other writers now, so that the transaction does not fail half-way.
    pub(super) fn write_transaction(&mut self) -> Result<Transaction<'_>, DatabaseError> {
        Ok(self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
    }
}

fn open(path: &Path) -> Result<Database, DatabaseError> {
    let mode = atomic_file::create_private(path)?.permissions().mode();
    let mut connection = connect(path)?;
    verify(&connection)?;
    // The database contains moderators' ids and members' questions, so only the bot's user may read it. This comes
    // after the check, since the file may be another program's.
    if mode & 0o077 != 0 {
        // SQLite gives the -wal and -shm files the mode that the database has when it creates them.
        drop(connection);
        fs::set_permissions(path, fs::Permissions::from_mode(PRIVATE_MODE))?;
        connection = connect(path)?;
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Overwrite deleted questions with zeros; otherwise their text would remain in free pages of the file.
    connection.pragma_update(None, "secure_delete", true)?;
    migrate(&mut connection)?;
    Ok(Database { connection })
}

/// Connects to an existing file.
fn connect(path: &Path) -> Result<Connection, DatabaseError> {
    atomic_file::regular_metadata(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIME)?;
    // SQLite reads a positive value as pages and a negative one as KiB.
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    Ok(connection)
}

/// Checks that the file is an intact database of Footnote's, before anything is written to it.
fn verify(connection: &Connection) -> Result<(), DatabaseError> {
    if connection.is_readonly(rusqlite::MAIN_DB)? {
        return Err(DatabaseError::ReadOnly);
    }
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version = version(connection)?;
    let tables: u32 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let is_new = application == 0 && version == 0 && tables == 0;
    if application != APPLICATION_ID && !is_new {
        return Err(DatabaseError::Foreign);
    }
    if version > VERSION {
        return Err(DatabaseError::Newer { found: version });
    }
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found == "ok" { Ok(()) } else { Err(DatabaseError::Damaged { found }) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn file() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        (folder, path)
    }

    fn pragma(database: &Database, name: &str) -> String {
        let text = |row: &rusqlite::Row<'_>| {
            Ok(row.get::<_, String>(0).or_else(|_| row.get::<_, i64>(0).map(|number| number.to_string())).unwrap())
        };
        database.connection.pragma_query_value(None, name, text).unwrap()
    }

    #[test]
    fn an_opened_database_is_durable_and_private() {
        let (_folder, path) = file();
        for _ in 0..2 {
            let database = Database::open(&path).unwrap();
            for (name, value) in
                [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1"), ("secure_delete", "1")]
            {
                assert_eq!(pragma(&database, name), value, "{name}");
            }
            for name in ["state.db", "state.db-wal", "state.db-shm"] {
                let mode = fs::metadata(path.with_file_name(name)).unwrap().permissions().mode();
                assert_eq!(mode & 0o777, PRIVATE_MODE, "{name}");
            }
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        }
    }

    #[test]
    fn a_foreign_or_newer_file_is_refused_unchanged() {
        let foreign = |sql: &str| {
            let (_folder, path) = file();
            let database = Connection::open(&path).unwrap();
            database.execute_batch(sql).unwrap();
            drop(database);
            fs::read(&path).unwrap()
        };
        let newer = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {};", VERSION + 1);
        for (content, words) in [
            (b"{\"title\": \"a knowledge file, named by mistake\"}".repeat(30), "an intact database"),
            (foreign("CREATE TABLE theirs (a)"), "another program's"),
            (foreign("PRAGMA application_id = 1"), "another program's"),
            (foreign("PRAGMA user_version = 1"), "another program's"),
            (foreign(&newer), "start the newer Footnote"),
        ] {
            let (_folder, path) = file();
            fs::write(&path, &content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            let error = Database::open(&path).unwrap_err().to_string();
            assert!(error.contains(words) && error.contains("state.db"), "{error}");
            assert_eq!(fs::read(&path).unwrap(), content, "{error}");
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644, "{error}");
        }
    }

    #[test]
    fn a_link_is_refused_and_its_target_unchanged() {
        let (folder, path) = file();
        let target = folder.path().join("target.db");
        drop(Database::open(&target).unwrap());
        fs::set_permissions(&target, fs::Permissions::from_mode(0o644)).unwrap();
        let missing = folder.path().join("missing.db");
        for leads_to in [&target, &missing] {
            std::os::unix::fs::symlink(leads_to, &path).unwrap();
            for error in [Database::open(&path).unwrap_err(), Database::verify(&path).unwrap_err()] {
                assert!(error.to_string().contains("a symbolic link"), "{error}");
            }
            fs::remove_file(&path).unwrap();
        }
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o644);
        assert!(!missing.exists());
    }

    #[test]
    fn a_damaged_database_is_refused_unchanged() {
        let (_folder, path) = file();
        drop(Database::open(&path).unwrap());
        let whole = fs::read(&path).unwrap();
        let page = 4096;
        assert!(whole.len() > 4 * page);
        for damage in [whole[..whole.len() - page].to_vec(), {
            let mut damaged = whole.clone();
            damaged[2 * page..3 * page].fill(0xAA);
            damaged
        }] {
            fs::write(&path, &damage).unwrap();
            let error = Database::open(&path).unwrap_err();
            assert!(matches!(error.reason, DatabaseError::Damaged { .. }), "{error}");
            assert!(error.to_string().contains("Restore a backup"), "{error}");
            assert_eq!(fs::read(&path).unwrap(), damage);
        }
    }

    #[test]
    fn a_path_that_cannot_be_a_file_is_refused() {
        let (folder, _) = file();
        for path in [folder.path().join("absent/state.db"), folder.path().to_path_buf()] {
            let error = Database::open(&path).unwrap_err();
            assert!(matches!(error.reason, DatabaseError::Unusable(_) | DatabaseError::Sqlite(_)), "{error}");
        }
    }
}
