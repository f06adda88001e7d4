//! The database for code that must not wait for a disk: one call at a time, on a thread for such work, within a bound.
//! [`State`] is what the bot's handlers share.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::Mutex;

pub use super::database::{CALL_TIME, Database, OpenError, StateError};

/// The way of asynchronous code to the database; clones share it.
#[derive(Clone, Debug)]
pub struct State {
    database: Arc<Mutex<Database>>,
}

impl State {
    /// Opens the database; blocks, so do it before the runtime is busy.
    ///
    /// # Errors
    /// See [`Database::open`]. A bot goes on without: it answers, and moderation is off.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Ok(Self { database: Arc::new(Mutex::new(Database::open(path)?)) })
    }

    /// Does some work with the database on this thread, which must be one that may block.
    ///
    /// # Errors
    /// What the work says.
    ///
    /// # Panics
    /// In asynchronous code.
    pub fn blocking<T>(&self, work: impl FnOnce(&mut Database) -> Result<T, StateError>) -> Result<T, StateError> {
        work(&mut self.database.blocking_lock())
    }

    /// Does some work with the database and waits for it. Work is done in the order in which it was asked for; once begun it is
    /// done to its end, even if nobody waits for it any more.
    ///
    /// # Errors
    /// What the work says, or [`StateError::Slow`] after [`CALL_TIME`].
    ///
    /// # Panics
    /// If the work does.
    pub async fn run<T, W>(&self, work: W) -> Result<T, StateError>
    where
        T: Send + 'static,
        W: FnOnce(&mut Database) -> Result<T, StateError> + Send + 'static,
    {
        let done = async {
            let mut database = Arc::clone(&self.database).lock_owned().await;
            tokio::task::spawn_blocking(move || work(&mut database)).await
        };
        match tokio::time::timeout(CALL_TIME, done).await {
            Ok(Ok(result)) => result,
            Ok(Err(ended)) => match ended.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is shutting down and did not begin the work.
                Err(_) => Err(StateError::Slow),
            },
            Err(_) => Err(StateError::Slow),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::moderation::moment::UnixMillis;

    fn state() -> (tempfile::TempDir, State) {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(&folder.path().join("state.db")).unwrap();
        (folder, state)
    }

    #[tokio::test]
    async fn calls_take_their_turn() {
        let (_folder, state) = state();
        let meet = |text: &'static str| {
            state.run(move |database| database.reconcile("a.json", text, UnixMillis(0)).map(|met| met.outside))
        };
        let (one, two, three) = tokio::join!(meet("one"), meet("two"), meet("two"));
        assert!(one.unwrap() < two.unwrap());
        assert_eq!(three.unwrap(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_call_is_given_up_and_done_all_the_same() {
        let (_folder, state) = state();
        let (release, wait) = std::sync::mpsc::channel::<()>();
        let slow = tokio::spawn({
            let state = state.clone();
            async move {
                state
                    .run(move |database| {
                        wait.recv().unwrap();
                        database.reconcile("a.json", "text", UnixMillis(0))
                    })
                    .await
            }
        });
        tokio::task::yield_now().await;
        tokio::time::advance(CALL_TIME * 2).await;
        assert!(matches!(slow.await.unwrap(), Err(StateError::Slow)));
        release.send(()).unwrap();
        let documents = state.run(|database| database.documents()).await.unwrap();
        assert_eq!(documents, ["a.json"]);
    }

    #[tokio::test]
    async fn work_that_panics_leaves_the_database_usable() {
        let (_folder, state) = state();
        let broken = tokio::spawn({
            let state = state.clone();
            async move { state.run(|_| -> Result<(), StateError> { panic!("a bug") }).await }
        });
        assert!(broken.await.unwrap_err().is_panic());
        assert!(state.run(|database| database.documents()).await.unwrap().is_empty());
    }
}
