//! The database file: opened, checked and brought to this program's version, or refused with what to do about it.
//! What it holds is read and written in `history` and `unanswered`.

use std::fs;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::migrations::{APPLICATION_ID, VERSION, migrate, version};

/// How long a call waits for another process that is writing (an operator with the `sqlite3` tool); well within the three
/// seconds that Discord gives an interaction.
const BUSY_TIME: Duration = Duration::from_secs(1);

/// Only the bot's own user reads the file: history names moderators, and questions are people's words.
const MODE: u32 = 0o600;

/// How much of the file SQLite keeps in memory, in KiB: what one transaction of ours reads, and more than once. By default it would keep
/// up to 2 MiB of what the check at the start has read once.
const CACHE_KIB: i32 = 64;

/// The history of the knowledge files and the list of unanswered questions.
///
/// Every call is one transaction, on disk when it returns (write-ahead log, `synchronous = FULL`).
#[derive(Debug)]
pub struct Database {
    pub(super) connection: Connection,
}

/// How long a call may take, waiting for its turn included: a moderator is told before the three seconds are over in which
/// Discord wants to hear something. The write itself takes milliseconds.
pub const CALL_TIME: Duration = Duration::from_millis(2_500);

/// Names a revision; counts up over all files and is never used again.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RevisionId(pub i64);

/// Why the database does not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file or its folder cannot be used.
    #[error("expected a file that can be made, read and written, found: {0}")]
    Unusable(#[from] std::io::Error),
    /// The file may be read but not written.
    #[error(
        "expected a database that can be written, found a read-only one; check the permissions of the file and its folder"
    )]
    ReadOnly,
    /// Somebody else's database.
    #[error("expected Footnote's database, found another program's; name another file with `moderation.state`")]
    Foreign,
    /// A database of a later Footnote.
    #[error(
        "expected a database of version {VERSION} or older, found version {found}; start the newer Footnote that made it"
    )]
    Newer {
        /// Its version.
        found: usize,
    },
    /// A database that is not whole.
    #[error(
        "expected a whole database, found: {found}; it was left as it is. Restore a backup of it; or save what can be read with \
         `sqlite3 FILE .recover`; or move it away, with its -wal file, to begin anew"
    )]
    Damaged {
        /// What is wrong with it.
        found: String,
    },
    /// No room on the disk.
    #[error("expected room on the disk, found it full; nothing was changed")]
    Full,
    /// Another process is writing and does not end.
    #[error("expected the database to be free within {} s, found another process writing to it", BUSY_TIME.as_secs())]
    Busy,
    /// The database takes too long.
    #[error("expected the database to answer within {} s; it may still do what it was asked", CALL_TIME.as_secs_f32())]
    Slow,
    /// No such revision.
    #[error("expected the number of a revision, found {}, which is none", .0.0)]
    NoRevision(RevisionId),
    /// Something else that SQLite says.
    #[error("expected the database to do its work, found: {0}")]
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for StateError {
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

/// Why there is no database; names the file.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct OpenError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: StateError,
}

impl Database {
    /// Opens the file, or makes it; its folder must exist.
    ///
    /// # Errors
    /// If it cannot be written, is damaged, another program's or a newer Footnote's. Such a file is left as it is.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        open(path).map_err(|reason| OpenError { path: path.into(), reason })
    }

    /// Looks at a file that is there as [`Self::open`] would, and changes nothing.
    ///
    /// # Errors
    /// The same.
    pub fn examine(path: &Path) -> Result<(), OpenError> {
        let examined = connect(path).and_then(|connection| prove(&connection));
        examined.map_err(|reason| OpenError { path: path.into(), reason })
    }

    /// A transaction that may write; waits for another writer first, so that it does not fail half-way.
    pub(super) fn begin_writing(&mut self) -> Result<Transaction<'_>, StateError> {
        Ok(self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
    }
}

fn open(path: &Path) -> Result<Database, StateError> {
    make_private(path)?;
    let mut connection = connect(path)?;
    prove(&connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Questions that were cleared or outlived their time do not stay behind in free pages of the file.
    connection.pragma_update(None, "secure_delete", true)?;
    migrate(&mut connection)?;
    Ok(Database { connection })
}

/// A connection to a file that is there.
fn connect(path: &Path) -> Result<Connection, StateError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIME)?;
    // Pages if it is positive, KiB if negative.
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    Ok(connection)
}

/// Makes the file if there is none, for nobody else to read. SQLite gives the -wal and -shm files beside it the same mode.
fn make_private(path: &Path) -> std::io::Result<()> {
    match fs::OpenOptions::new().write(true).create_new(true).mode(MODE).open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o077 == 0 { Ok(()) } else { fs::set_permissions(path, fs::Permissions::from_mode(MODE)) }
}

/// Refuses what is not a whole database of Footnote's, before anything is written to it.
fn prove(connection: &Connection) -> Result<(), StateError> {
    if connection.is_readonly(rusqlite::MAIN_DB)? {
        return Err(StateError::ReadOnly);
    }
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version = version(connection)?;
    let tables: u32 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let is_new = application == 0 && version == 0 && tables == 0;
    if application != APPLICATION_ID && !is_new {
        return Err(StateError::Foreign);
    }
    if version > VERSION {
        return Err(StateError::Newer { found: version });
    }
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found == "ok" { Ok(()) } else { Err(StateError::Damaged { found }) }
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
    fn it_is_durable_private_and_opens_again() {
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
                assert_eq!(mode & 0o777, MODE, "{name}");
            }
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        }
    }

    #[test]
    fn what_is_not_footnotes_is_refused_and_left_as_it_is() {
        let foreign = |sql: &str| {
            let (_folder, path) = file();
            let database = Connection::open(&path).unwrap();
            database.execute_batch(sql).unwrap();
            drop(database);
            fs::read(&path).unwrap()
        };
        let newer = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {};", VERSION + 1);
        for (content, words) in [
            (b"{\"title\": \"a knowledge file, named by mistake\"}".repeat(30), "a whole database"),
            (foreign("CREATE TABLE theirs (a)"), "another program's"),
            (foreign("PRAGMA application_id = 1"), "another program's"),
            (foreign("PRAGMA user_version = 1"), "another program's"),
            (foreign(&newer), "start the newer Footnote"),
        ] {
            let (_folder, path) = file();
            fs::write(&path, &content).unwrap();
            let error = Database::open(&path).unwrap_err().to_string();
            assert!(error.contains(words) && error.contains("state.db"), "{error}");
            assert_eq!(fs::read(&path).unwrap(), content, "{error}");
        }
    }

    #[test]
    fn a_damaged_database_is_refused_and_left_as_it_is() {
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
            assert!(matches!(error.reason, StateError::Damaged { .. }), "{error}");
            assert!(error.to_string().contains("Restore a backup"), "{error}");
            assert_eq!(fs::read(&path).unwrap(), damage);
        }
    }

    #[test]
    fn a_place_where_no_file_can_be_is_refused() {
        let (folder, _) = file();
        for path in [folder.path().join("absent/state.db"), folder.path().to_path_buf()] {
            let error = Database::open(&path).unwrap_err();
            assert!(matches!(error.reason, StateError::Unusable(_) | StateError::Sqlite(_)), "{error}");
        }
    }
}
