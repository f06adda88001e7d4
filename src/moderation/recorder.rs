//! Takes notes of questions without keeping anybody waiting: a bounded queue before the database.
//! When it is full, notes are dropped and counted; the list is a help, the answer is the work.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use super::moment::UnixMillis;
use super::state::State;
use super::unanswered::Note;

/// How many notes wait at most: some seconds of the busiest server while the disk is slow, and at most 5 MB.
const QUEUE: usize = 1_024;

/// How many notes are written at once, with one wait for the disk.
const BATCH: usize = 256;

/// How long a note waits for others to be written with: what is noted within it is lost with the machine. Writing each by itself
/// would be a quarter of all the work of a busy bot.
const GATHERING: Duration = Duration::from_secs(1);

/// How often questions that outlived their time are taken off the list.
const PURGE_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// What is in the queue.
enum Item {
    Note(Note),
    /// Everything before it is to be written now, and the sender told.
    Settle(oneshot::Sender<()>),
}

/// Where questions are handed in; clones share the queue.
#[derive(Clone, Debug)]
pub struct Recorder {
    /// None when no list is kept.
    queue: Option<mpsc::Sender<Item>>,
    dropped: Arc<AtomicU64>,
}

impl Recorder {
    /// Begins to take notes, and purges the list now and once a day. With a retention of 0 days nothing is noted, and what
    /// is there goes. The task ends when the last recorder is gone and everything handed in is written: wait for it at shutdown.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[must_use]
    pub fn start<C>(state: State, retention_days: u32, clock: C) -> (Self, JoinHandle<()>)
    where
        C: Fn() -> UnixMillis + Send + Sync + 'static,
    {
        let (queue, items) = mpsc::channel(QUEUE);
        let dropped = Arc::default();
        let writer = Writer { state, retention_days, dropped: Arc::clone(&dropped), told: 0 };
        let task = tokio::spawn(writer.run(items, clock));
        (Self { queue: (retention_days > 0).then_some(queue), dropped }, task)
    }

    /// Takes no notes: for a bot without a database.
    #[must_use]
    pub fn off() -> Self {
        Self { queue: None, dropped: Arc::default() }
    }

    /// Whether notes are taken at all.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.queue.is_some()
    }

    /// Hands in a note; returns at once.
    pub fn note(&self, note: Note) {
        let Some(queue) = &self.queue else { return };
        if queue.try_send(Item::Note(note)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many notes were dropped since the start, because the queue was full or the database refused them.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Waits until what was handed in so far is written: before the list is shown.
    pub async fn settle(&self) {
        let Some(queue) = &self.queue else { return };
        let (settled, told) = oneshot::channel();
        if queue.send(Item::Settle(settled)).await.is_ok() {
            // An error means that the writer has ended, and then nothing is waiting.
            let _ = told.await;
        }
    }
}

/// The other end of the queue.
struct Writer {
    state: State,
    retention_days: u32,
    dropped: Arc<AtomicU64>,
    /// How many dropped notes the log knows of.
    told: u64,
}

impl Writer {
    async fn run(mut self, mut items: mpsc::Receiver<Item>, clock: impl Fn() -> UnixMillis) {
        self.purge(clock()).await;
        let mut days = tokio::time::interval_at(Instant::now() + PURGE_EVERY, PURGE_EVERY);
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                _ = days.tick() => self.purge(clock()).await,
                count = items.recv_many(&mut batch, BATCH) => match count {
                    0 => return,
                    _ => {
                        gather(&mut items, &mut batch).await;
                        self.write(&mut batch).await;
                    }
                },
            }
        }
    }

    async fn write(&mut self, batch: &mut Vec<Item>) {
        let (mut notes, mut settled) = (Vec::new(), Vec::new());
        for item in batch.drain(..) {
            match item {
                Item::Note(note) => notes.push(note),
                Item::Settle(sender) => settled.push(sender),
            }
        }
        let count = notes.len() as u64;
        if count > 0 {
            match self.state.run(move |database| database.note(&notes)).await {
                Ok(0) => {}
                Ok(gone) => tracing::info!(gone, "the list of unanswered questions is full; the oldest made room"),
                Err(error) => {
                    tracing::warn!(%error, count, "unanswered questions were not noted");
                    self.told += count;
                    self.dropped.fetch_add(count, Ordering::Relaxed);
                }
            }
        }
        let dropped = self.dropped.load(Ordering::Relaxed);
        if dropped > self.told {
            tracing::warn!(count = dropped - self.told, "unanswered questions came too fast to be noted");
            self.told = dropped;
        }
        for sender in settled {
            // Whoever asked may have given up.
            let _ = sender.send(());
        }
    }

    async fn purge(&self, now: UnixMillis) {
        let days = self.retention_days;
        match self.state.run(move |database| database.purge(now, days)).await {
            Ok(0) => {}
            Ok(gone) => tracing::info!(gone, days, "unanswered questions outlived their time and were deleted"),
            Err(error) => tracing::warn!(%error, "unanswered questions that outlived their time could not be deleted"),
        }
    }
}

/// Waits for more notes, until there are enough, somebody wants them written, or it has waited long enough.
async fn gather(items: &mut mpsc::Receiver<Item>, batch: &mut Vec<Item>) {
    let until = Instant::now() + GATHERING;
    while batch.len() < BATCH && !batch.iter().any(|item| matches!(item, Item::Settle(_))) {
        match timeout_at(until, items.recv_many(batch, BATCH - batch.len())).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::atomic::AtomicI64;

    use super::*;
    use crate::moderation::unanswered::Reason;

    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

    fn state() -> (tempfile::TempDir, State) {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(&folder.path().join("state.db")).unwrap();
        (folder, state)
    }

    fn note(number: usize) -> Note {
        Note::Asked { question: format!("question {number}"), reason: Reason::Unknown, at: UnixMillis(0) }
    }

    async fn count(state: &State) -> u64 {
        state.run(|database| database.question_count()).await.unwrap()
    }

    #[tokio::test]
    async fn what_was_handed_in_is_written_before_the_end() {
        let (_folder, state) = state();
        let (recorder, task) = Recorder::start(state.clone(), 90, || UnixMillis(0));
        (0..300).for_each(|number| recorder.note(note(number)));
        recorder.settle().await;
        assert_eq!(count(&state).await, 300);
        (300..600).for_each(|number| recorder.note(note(number)));
        drop(recorder);
        task.await.unwrap();
        assert_eq!(count(&state).await, 600);
    }

    #[tokio::test(start_paused = true)]
    async fn notes_wait_for_others_and_not_for_long() {
        let (queue, mut items) = mpsc::channel(QUEUE);
        let gathered = |queue: mpsc::Sender<Item>| async move {
            for number in 0..4 {
                _ = queue.send(Item::Note(note(number))).await;
                tokio::time::sleep(GATHERING * 2 / 5).await;
            }
        };
        let began = Instant::now();
        tokio::spawn(gathered(queue.clone()));
        let mut batch = Vec::new();
        assert_eq!(items.recv_many(&mut batch, BATCH).await, 1);
        gather(&mut items, &mut batch).await;
        assert_eq!((batch.len(), began.elapsed()), (3, GATHERING));
        // Who wants the list waits for nobody, nor does a full batch.
        let (settled, _told) = oneshot::channel();
        assert!(queue.try_send(Item::Settle(settled)).is_ok());
        gather(&mut items, &mut batch).await;
        assert_eq!((batch.len(), began.elapsed()), (4, GATHERING));
        let mut batch: Vec<Item> = (0..BATCH).map(|number| Item::Note(note(number))).collect();
        gather(&mut items, &mut batch).await;
        assert_eq!(began.elapsed(), GATHERING);
    }

    #[tokio::test]
    async fn a_full_queue_drops_and_counts() {
        let (_folder, state) = state();
        let (recorder, _task) = Recorder::start(state.clone(), 90, || UnixMillis(0));
        // No await in between: the writer has no turn.
        (0..QUEUE + 7).for_each(|number| recorder.note(note(number)));
        assert_eq!(recorder.dropped(), 7);
        recorder.settle().await;
        assert_eq!(count(&state).await, QUEUE as u64);
    }

    #[tokio::test(start_paused = true)]
    async fn the_list_is_purged_at_start_and_every_day() {
        let (_folder, state) = state();
        state.run(|database| database.note(&[note(1)])).await.unwrap();
        let now = Arc::new(AtomicI64::new(90 * DAY_MS - 1));
        let clock = Arc::clone(&now);
        let (recorder, _task) = Recorder::start(state.clone(), 90, move || UnixMillis(clock.load(Ordering::Relaxed)));
        recorder.settle().await;
        assert_eq!(count(&state).await, 1);
        now.store(91 * DAY_MS, Ordering::Relaxed);
        tokio::time::advance(PURGE_EVERY).await;
        recorder.settle().await;
        assert_eq!(count(&state).await, 0);
    }

    #[tokio::test]
    async fn without_retention_nothing_is_kept() {
        let (_folder, state) = state();
        state.run(|database| database.note(&[note(1)])).await.unwrap();
        let (recorder, task) = Recorder::start(state.clone(), 0, || UnixMillis(0));
        assert!(!recorder.is_on());
        recorder.note(note(2));
        recorder.settle().await;
        drop(recorder);
        task.await.unwrap();
        assert_eq!(count(&state).await, 0);
    }
}
