//! Access to the database from asynchronous code: one call at a time, on a thread that may block, within a time limit.
//! All clones of a [`SharedDatabase`] use the same connection.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::database::{Database, DatabaseError, OpenError};

/// A handle to the database that tasks share. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct SharedDatabase {
    database: Arc<Mutex<Database>>,
    limit: Duration,
}

impl SharedDatabase {
    /// Opens the database. `limit` bounds each call of [`Self::run`], including the wait for earlier calls.
    ///
    /// Blocks, so call it where blocking is allowed.
    ///
    /// # Errors
    /// See [`Database::open`].
    pub fn open(path: &Path, limit: Duration) -> Result<Self, OpenError> {
        Ok(Self { database: Arc::new(Mutex::new(Database::open(path)?)), limit })
    }

    /// Calls `work` with the database on this thread, and waits for earlier calls without a limit.
    ///
    /// `work` has exclusive access to the database, so it must not call [`Self::blocking`] or [`Self::run`] itself.
    ///
    /// # Errors
    /// Those of `work`.
    ///
    /// # Panics
    /// On a thread that runs asynchronous code.
    pub fn blocking<T>(
        &self,
        work: impl FnOnce(&mut Database) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        work(&mut self.database.blocking_lock())
    }

    /// Calls `work` with the database on another thread, and waits for it. Calls run in the order in which they were
    /// made.
    ///
    /// A call that has started runs to its end, even if its caller stops waiting.
    ///
    /// # Errors
    /// Those of `work`, or [`DatabaseError::Slow`] after the time limit.
    ///
    /// # Panics
    /// If `work` panics.
    pub async fn run<T, W>(&self, work: W) -> Result<T, DatabaseError>
    where
        T: Send + 'static,
        W: FnOnce(&mut Database) -> Result<T, DatabaseError> + Send + 'static,
    {
        let call = async {
            let mut database = Arc::clone(&self.database).lock_owned().await;
            tokio::task::spawn_blocking(move || work(&mut database)).await
        };
        match tokio::time::timeout(self.limit, call).await {
            Ok(Ok(result)) => result,
            Ok(Err(error)) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is shutting down and never started the call.
                Err(_) => Err(DatabaseError::Slow { limit: self.limit }),
            },
            Err(_) => Err(DatabaseError::Slow { limit: self.limit }),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::moderation::UnixMillis;
    use crate::moderation::history::FileStatus;

    const LIMIT: Duration = Duration::from_secs(60);

    fn database() -> (tempfile::TempDir, SharedDatabase) {
        let folder = tempfile::tempdir().unwrap();
        let database = SharedDatabase::open(&folder.path().join("state.db"), LIMIT).unwrap();
        (folder, database)
    }

    #[tokio::test]
    async fn calls_run_in_the_order_they_were_made() {
        let (_folder, database) = database();
        let reconcile =
            |text: &'static str| database.run(move |database| database.reconcile("a.json", text, UnixMillis(0)));
        let (one, two, three) = tokio::join!(reconcile("one"), reconcile("two"), reconcile("two"));
        assert_eq!((one.unwrap(), two.unwrap()), (FileStatus::ChangedOutside, FileStatus::ChangedOutside));
        assert_eq!(three.unwrap(), FileStatus::Unchanged);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_exceeds_the_limit_fails_and_still_completes() {
        let (_folder, database) = database();
        let (release, wait) = std::sync::mpsc::channel::<()>();
        let slow = tokio::spawn({
            let database = database.clone();
            async move {
                database
                    .run(move |database| {
                        wait.recv().unwrap();
                        database.reconcile("a.json", "text", UnixMillis(0))
                    })
                    .await
            }
        });
        tokio::task::yield_now().await;
        tokio::time::advance(LIMIT * 2).await;
        assert!(matches!(slow.await.unwrap(), Err(DatabaseError::Slow { limit: LIMIT })));
        release.send(()).unwrap();
        let documents = database.run(|database| database.documents()).await.unwrap();
        assert_eq!(documents, ["a.json"]);
    }

    #[tokio::test]
    async fn the_database_stays_usable_after_a_panic() {
        let (_folder, database) = database();
        let panicking = tokio::spawn({
            let database = database.clone();
            async move { database.run(|_| -> Result<(), DatabaseError> { panic!("a bug") }).await }
        });
        assert!(panicking.await.unwrap_err().is_panic());
        assert!(database.run(|database| database.documents()).await.unwrap().is_empty());
    }
}
