//! The queue between answering and the list of unanswered questions, so that answering never waits for the database.
//! If the queue is full, it drops reports and logs their number, because answering matters more than the list. Each
//! member has a share, so that nobody can fill the list or decide its order alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use super::UnansweredReport;
use crate::moderation::{SharedDatabase, UnixMillis};
use crate::throttle::Bound;
use crate::throttle::rate_limit::RateLimiter;

/// The capacity of the queue, in reports: enough for a very busy server while the disk hangs for a few seconds. A full
/// queue takes at most 5 MB.
const CAPACITY: usize = 1_024;

/// The greatest number of reports that one transaction writes.
const BATCH: usize = 256;

/// The longest time that a report waits for others to join its transaction. A crash loses the waiting reports. Writing
/// each report in its own transaction would take a quarter of a busy bot's CPU time.
const BATCH_TIME: Duration = Duration::from_secs(1);

/// The interval at which questions that exceed the retention period are deleted.
const PURGE_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// The reports that the queue accepts from one member in [`SHARE_TIME`]: more than a person asks in an hour without
/// getting an answer. Filling the list would take one member two weeks of asking day and night.
const SHARE_MAX: u32 = 30;

/// The time in which the reports of one member are counted.
const SHARE_TIME: Duration = Duration::from_secs(60 * 60);

/// A message from an [`UnansweredQueue`] to its writer.
enum QueueMessage {
    Report(UnansweredReport),
    /// A request to write all earlier reports without waiting for others, and then to notify the requester.
    Flush(oneshot::Sender<()>),
}

/// A handle to the queue. Clones share the queue.
#[derive(Clone, Debug)]
pub struct UnansweredQueue {
    /// `None` if the queue accepts no reports.
    sender: Option<mpsc::Sender<QueueMessage>>,
    /// The number of reports that were dropped, because the queue was full or the database failed.
    dropped: Arc<AtomicU64>,
    /// Counts the reports of each member, on a clock that starts with the queue.
    rate: Arc<RateLimiter>,
    started: Instant,
}

impl UnansweredQueue {
    /// Creates a queue and the future that writes its reports to the database. The caller runs that future as a task.
    ///
    /// The writer deletes questions older than `retention_days` when it starts and then once a day. It ends after the
    /// last handle is dropped and all reports are written, so await it at shutdown. With a retention of 0 days, the
    /// queue accepts no reports, and the writer deletes all questions and ends.
    pub fn new<C>(
        database: SharedDatabase,
        retention_days: u32,
        clock: C,
    ) -> (Self, impl Future<Output = ()> + Send + 'static)
    where
        C: Fn() -> UnixMillis + Send + Sync + 'static,
    {
        let (sender, receiver) = mpsc::channel(CAPACITY);
        let dropped = Arc::default();
        let writer = QueueWriter { database, retention_days, dropped: Arc::clone(&dropped), dropped_logged: 0 };
        let sender = (retention_days > 0).then_some(sender);
        (Self::with_sender(sender, dropped), writer.run(receiver, clock))
    }

    fn with_sender(sender: Option<mpsc::Sender<QueueMessage>>, dropped: Arc<AtomicU64>) -> Self {
        let rate = Arc::new(RateLimiter::with_window(SHARE_MAX, SHARE_TIME));
        Self { sender, dropped, rate, started: Instant::now() }
    }

    /// A queue that accepts no reports, for a bot without a database.
    #[must_use]
    pub fn off() -> Self {
        Self::with_sender(None, Arc::default())
    }

    /// Whether the queue accepts reports.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.sender.is_some()
    }

    /// Adds a report about a question of this member to the queue without waiting. Drops it if the queue is full or
    /// off. The member's id is only counted in memory; it reaches neither the database nor the log.
    ///
    /// # Errors
    /// If the member has used up their share, and the report was dropped.
    pub fn push(&self, member: u64, report: UnansweredReport) -> Result<(), Bound> {
        let Some(sender) = &self.sender else { return Ok(()) };
        if !self.rate.allows(member, self.started.elapsed()) {
            return Err(Bound::UserRate);
        }
        if sender.try_send(QueueMessage::Report(report)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Waits until the writer has written, or dropped after a database error, all reports pushed so far. Call it before
    /// reading the list.
    pub async fn flush(&self) {
        let Some(sender) = &self.sender else { return };
        let (flushed, done) = oneshot::channel();
        if sender.send(QueueMessage::Flush(flushed)).await.is_ok() {
            // An error means that the writer has ended, and then no report is waiting.
            let _ = done.await;
        }
    }
}

/// Writes the reports of a queue to the database.
struct QueueWriter {
    database: SharedDatabase,
    retention_days: u32,
    dropped: Arc<AtomicU64>,
    /// The number of dropped reports that were already logged.
    dropped_logged: u64,
}

impl QueueWriter {
    async fn run(mut self, mut messages: mpsc::Receiver<QueueMessage>, clock: impl Fn() -> UnixMillis) {
        self.purge(clock()).await;
        let mut purge_timer = tokio::time::interval_at(Instant::now() + PURGE_INTERVAL, PURGE_INTERVAL);
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                _ = purge_timer.tick() => self.purge(clock()).await,
                count = messages.recv_many(&mut batch, BATCH) => match count {
                    0 => return,
                    _ => {
                        fill_batch(&mut messages, &mut batch).await;
                        self.write(&mut batch).await;
                    }
                },
            }
        }
    }

    async fn write(&mut self, batch: &mut Vec<QueueMessage>) {
        let (mut reports, mut flushes) = (Vec::new(), Vec::new());
        for message in batch.drain(..) {
            match message {
                QueueMessage::Report(report) => reports.push(report),
                QueueMessage::Flush(sender) => flushes.push(sender),
            }
        }
        let count = reports.len() as u64;
        if count > 0 {
            match self.database.run(move |database| database.add_reports(&reports)).await {
                Ok(0) => {}
                Ok(deleted) => {
                    tracing::info!(
                        deleted,
                        "the list of unanswered questions is full; deleted the ones that were asked least"
                    );
                }
                Err(error) => {
                    tracing::warn!(%error, count, "could not record unanswered questions");
                    self.dropped_logged += count;
                    self.dropped.fetch_add(count, Ordering::Relaxed);
                }
            }
        }
        let dropped = self.dropped.load(Ordering::Relaxed);
        if dropped > self.dropped_logged {
            tracing::warn!(
                count = dropped - self.dropped_logged,
                "dropped unanswered questions because the queue was full"
            );
            self.dropped_logged = dropped;
        }
        for sender in flushes {
            // An error means that the caller of `flush` stopped waiting.
            let _ = sender.send(());
        }
    }

    async fn purge(&self, now: UnixMillis) {
        let days = self.retention_days;
        match self.database.run(move |database| database.purge(now, days)).await {
            Ok(0) => {}
            Ok(deleted) => {
                tracing::info!(deleted, days, "deleted unanswered questions that exceeded the retention period")
            }
            Err(error) => {
                tracing::warn!(%error, "could not delete unanswered questions that exceeded the retention period")
            }
        }
    }
}

/// Receives more messages until the batch is full, contains a flush, or [`BATCH_TIME`] has passed.
async fn fill_batch(messages: &mut mpsc::Receiver<QueueMessage>, batch: &mut Vec<QueueMessage>) {
    let until = Instant::now() + BATCH_TIME;
    while batch.len() < BATCH && !batch.iter().any(|message| matches!(message, QueueMessage::Flush(_))) {
        match timeout_at(until, messages.recv_many(batch, BATCH - batch.len())).await {
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
    use crate::moderation::unanswered::UnansweredReason;

    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

    fn database() -> (tempfile::TempDir, SharedDatabase) {
        let folder = tempfile::tempdir().unwrap();
        let database = SharedDatabase::open(&folder.path().join("state.db"), Duration::from_secs(60)).unwrap();
        (folder, database)
    }

    fn report(number: usize) -> UnansweredReport {
        UnansweredReport::Asked {
            question: format!("question {number}"),
            reason: UnansweredReason::Unknown,
            at: UnixMillis(0),
        }
    }

    async fn count(database: &SharedDatabase) -> u64 {
        database.run(|database| database.question_count()).await.unwrap()
    }

    #[tokio::test]
    async fn all_reports_are_written_before_the_writer_ends() {
        let (_folder, database) = database();
        let (queue, writer) = UnansweredQueue::new(database.clone(), 90, || UnixMillis(0));
        let writer = tokio::spawn(writer);
        (0..300).for_each(|number| queue.push(number as u64, report(number)).unwrap());
        queue.flush().await;
        assert_eq!(count(&database).await, 300);
        (300..600).for_each(|number| queue.push(number as u64, report(number)).unwrap());
        drop(queue);
        writer.await.unwrap();
        assert_eq!(count(&database).await, 600);
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_waits_for_more_reports_up_to_a_limit() {
        let (sender, mut messages) = mpsc::channel(CAPACITY);
        let send_slowly = |sender: mpsc::Sender<QueueMessage>| async move {
            for number in 0..4 {
                _ = sender.send(QueueMessage::Report(report(number))).await;
                tokio::time::sleep(BATCH_TIME * 2 / 5).await;
            }
        };
        let began = Instant::now();
        tokio::spawn(send_slowly(sender.clone()));
        let mut batch = Vec::new();
        assert_eq!(messages.recv_many(&mut batch, BATCH).await, 1);
        fill_batch(&mut messages, &mut batch).await;
        assert_eq!((batch.len(), began.elapsed()), (3, BATCH_TIME));
        // Neither a flush nor a full batch waits.
        let (flushed, _done) = oneshot::channel();
        assert!(sender.try_send(QueueMessage::Flush(flushed)).is_ok());
        fill_batch(&mut messages, &mut batch).await;
        assert_eq!((batch.len(), began.elapsed()), (4, BATCH_TIME));
        let mut batch: Vec<_> = (0..BATCH).map(|number| QueueMessage::Report(report(number))).collect();
        fill_batch(&mut messages, &mut batch).await;
        assert_eq!(began.elapsed(), BATCH_TIME);
    }

    #[tokio::test]
    async fn a_full_queue_drops_and_counts_reports() {
        let (_folder, database) = database();
        let (queue, writer) = UnansweredQueue::new(database.clone(), 90, || UnixMillis(0));
        (0..CAPACITY + 7).for_each(|number| queue.push(number as u64, report(number)).unwrap());
        assert_eq!(queue.dropped.load(Ordering::Relaxed), 7);
        tokio::spawn(writer);
        queue.flush().await;
        assert_eq!(count(&database).await, CAPACITY as u64);
    }

    #[tokio::test(start_paused = true)]
    async fn the_list_is_purged_at_the_start_and_every_day() {
        let (_folder, database) = database();
        database.run(|database| database.add_reports(&[report(1)])).await.unwrap();
        let now = Arc::new(AtomicI64::new(90 * DAY_MS - 1));
        let clock = Arc::clone(&now);
        let (queue, writer) =
            UnansweredQueue::new(database.clone(), 90, move || UnixMillis(clock.load(Ordering::Relaxed)));
        tokio::spawn(writer);
        queue.flush().await;
        assert_eq!(count(&database).await, 1);
        now.store(91 * DAY_MS, Ordering::Relaxed);
        tokio::time::advance(PURGE_INTERVAL).await;
        queue.flush().await;
        assert_eq!(count(&database).await, 0);
    }

    #[tokio::test]
    async fn without_retention_no_question_is_stored() {
        let (_folder, database) = database();
        database.run(|database| database.add_reports(&[report(1)])).await.unwrap();
        let (queue, writer) = UnansweredQueue::new(database.clone(), 0, || UnixMillis(0));
        assert!(!queue.is_on());
        queue.push(1, report(2)).unwrap();
        queue.flush().await;
        writer.await;
        assert_eq!(count(&database).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn one_member_cannot_fill_the_list() {
        let (_folder, database) = database();
        let (queue, writer) = UnansweredQueue::new(database.clone(), 90, || UnixMillis(0));
        tokio::spawn(writer);
        let refused = (0..100).filter(|&number| queue.push(1, report(number)) == Err(Bound::UserRate)).count();
        assert_eq!(refused, 100 - SHARE_MAX as usize);
        queue.push(2, report(100)).unwrap();
        queue.flush().await;
        assert_eq!(count(&database).await, u64::from(SHARE_MAX) + 1);
        tokio::time::advance(SHARE_TIME - Duration::from_millis(1)).await;
        assert_eq!(queue.push(1, report(101)), Err(Bound::UserRate));
        tokio::time::advance(Duration::from_millis(1)).await;
        queue.push(1, report(102)).unwrap();
        queue.flush().await;
        assert_eq!(count(&database).await, u64::from(SHARE_MAX) + 2);
    }
}
