//! Background tasks, owned in one place. If a task that the bot needs ends, the program ends with an error and can be
//! restarted. Otherwise the bot would keep running without it unnoticed.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};

/// The time limit for tasks to stop. Aborted tasks stop at their next await, so only a long computation needs any time.
const SHUTDOWN_TIME: Duration = Duration::from_secs(2);

/// The background tasks of a program. Dropping this aborts them.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    running: JoinSet<()>,
    names: HashMap<Id, TaskName>,
}

#[derive(Clone, Copy, Debug)]
struct TaskName {
    name: &'static str,
    required: bool,
}

/// A task that the bot needs has ended. That is a bug, because such tasks run until shutdown.
#[derive(Debug, thiserror::Error)]
#[error("the background task \"{name}\" {how}; this is a bug in Footnote, please report it together with the log")]
pub struct TaskEnded {
    name: &'static str,
    how: &'static str,
}

impl Tasks {
    /// Starts a task that the bot needs. It must run until shutdown, and must be safe to abort at any await.
    pub fn spawn(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.start(TaskName { name, required: true }, task);
    }

    /// Starts a task that the bot can do without. It may end, and if it panics, only the log says so.
    pub fn spawn_optional(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.start(TaskName { name, required: false }, task);
    }

    fn start(&mut self, name: TaskName, task: impl Future<Output = ()> + Send + 'static) {
        let id = self.running.spawn(task).id();
        self.names.insert(id, name);
    }

    /// Waits until `stop` resolves.
    ///
    /// # Errors
    /// If a task that the bot needs ends before that.
    pub async fn watch(&mut self, stop: impl Future<Output = ()>) -> Result<(), TaskEnded> {
        tokio::select! {
            () = stop => Ok(()),
            ended = self.required_task_ended() => {
                tracing::error!(error = %ended, "stopping");
                Err(ended)
            }
        }
    }

    async fn required_task_ended(&mut self) -> TaskEnded {
        while let Some(ended) = self.running.join_next_with_id().await {
            let id = ended.as_ref().map_or_else(JoinError::id, |(id, ())| *id);
            let how = if ended.is_ok() { "ended" } else { "panicked" };
            match self.names.remove(&id) {
                Some(TaskName { name, required: true }) => return TaskEnded { name, how },
                Some(TaskName { name, .. }) if ended.is_err() => tracing::error!(name, "an optional task panicked"),
                _ => {}
            }
        }
        std::future::pending().await
    }

    /// Aborts all tasks and waits until they have stopped, at most [`SHUTDOWN_TIME`].
    pub async fn shutdown(mut self) {
        if tokio::time::timeout(SHUTDOWN_TIME, self.running.shutdown()).await.is_err() {
            tracing::warn!(tasks = self.running.len(), "shut down while background tasks were running");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::future::{pending, ready};

    use tokio::sync::oneshot;
    use tokio::time::{sleep, timeout};

    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    async fn panicking() {
        panic!("a task that panics for a test")
    }

    #[tokio::test(start_paused = true)]
    async fn a_required_task_that_ends_is_reported_by_name() {
        let mut tasks = Tasks::default();
        tasks.spawn("steady", pending());
        tasks.spawn("brief", sleep(DAY));
        let ended = tasks.watch(pending()).await.unwrap_err();
        assert_eq!((ended.name, ended.how), ("brief", "ended"));
    }

    #[tokio::test]
    async fn a_required_task_that_panics_is_reported_by_name() {
        let mut tasks = Tasks::default();
        tasks.spawn("steady", pending());
        tasks.spawn("broken", panicking());
        let ended = tasks.watch(pending()).await.unwrap_err();
        assert_eq!((ended.name, ended.how), ("broken", "panicked"));
    }

    #[tokio::test(start_paused = true)]
    async fn optional_tasks_may_end_and_panic() {
        let mut tasks = Tasks::default();
        tasks.spawn_optional("brief", ready(()));
        tasks.spawn_optional("broken", panicking());
        assert!(timeout(DAY, tasks.watch(pending())).await.is_err(), "it waits on");
        tasks.watch(ready(())).await.unwrap();
        assert!(tasks.running.is_empty() && tasks.names.is_empty());
    }

    #[tokio::test]
    async fn shutdown_ends_all_tasks() {
        let mut tasks = Tasks::default();
        let (alive, dropped) = oneshot::channel::<()>();
        tasks.spawn("steady", async move {
            let _alive = alive;
            pending().await
        });
        tasks.shutdown().await;
        assert!(dropped.await.is_err(), "the task was dropped");
    }
}
