//! Metrics, readiness, and one log line for each question. Labels take few, known values. Nothing here knows who asks;
//! the log contains questions only if `log.questions` is set.

mod calls;
mod process;
mod questions;
mod server;
mod shards;
mod stalls;
mod throttled;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use tokio_util::sync::CancellationToken;

use crate::library::handle::LibraryHandle;
use crate::throttle::{Bound, Work};
pub use calls::{CallMetrics, CallResult};
use process::ProcessCollector;
pub use questions::{QuestionMetrics, QuestionRecord, Source};
pub use server::{ListenError, MetricsServer};
pub use shards::{ShardMetrics, ShardState};
pub use stalls::StallMetrics;
use throttled::ThrottleMetrics;

/// A label: name and value.
type Label<T> = (&'static str, T);

/// The telemetry of one process. Clones share it.
#[derive(Clone, Debug)]
pub struct Telemetry(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    registry: Registry,
    questions: QuestionMetrics,
    calls: CallMetrics,
    shards: ShardMetrics,
    throttled: ThrottleMetrics,
    stalls: StallMetrics,
    knowledge: Arc<KnowledgeCollector>,
    stopping: CancellationToken,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self::new(false)
    }
}

impl Telemetry {
    /// New telemetry, all zero. `log_questions`: whether the log contains the text of questions.
    #[must_use]
    pub fn new(log_questions: bool) -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(ProcessCollector::new()));
        let own = registry.sub_registry_with_prefix("footnote");
        own.register("build", "Version of the program", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        let questions = QuestionMetrics::register(own, log_questions);
        let calls = CallMetrics::register(own);
        let shards = ShardMetrics::register(own);
        let throttled = ThrottleMetrics::register(own);
        let stalls = StallMetrics::register(own);
        let knowledge = Arc::<KnowledgeCollector>::default();
        own.register_collector(Box::new(Arc::clone(&knowledge)));
        let stopping = CancellationToken::new();
        Self(Arc::new(Parts { registry, questions, calls, shards, throttled, stalls, knowledge, stopping }))
    }

    /// Metrics of questions.
    #[must_use]
    pub fn questions(&self) -> &QuestionMetrics {
        &self.0.questions
    }

    /// Metrics of calls to Discord's REST API.
    #[must_use]
    pub fn calls(&self) -> &CallMetrics {
        &self.0.calls
    }

    /// Metrics of the gateway's shards.
    #[must_use]
    pub fn shards(&self) -> &ShardMetrics {
        &self.0.shards
    }

    /// Metrics of the time that tasks occupy the thread that answers.
    #[must_use]
    pub fn stalls(&self) -> &StallMetrics {
        &self.0.stalls
    }

    /// Counts a piece of work that a limit refused or replaced. Logs the first one of a minute.
    pub fn throttled(&self, work: Work, bound: Bound) {
        self.0.throttled.record(work, bound);
    }

    /// Sets the library to report on; it makes readiness possible. Later calls have no effect.
    pub fn set_library(&self, library: Arc<LibraryHandle>) {
        self.0.knowledge.library.get_or_init(|| library);
    }

    /// Sets the number of unanswered questions on the list.
    pub fn set_unanswered(&self, count: u64) {
        self.0.knowledge.unanswered.get_or_init(AtomicU64::default).store(count, Ordering::Relaxed);
    }

    /// Marks the bot as shutting down: it is not ready any more.
    pub fn stop(&self) {
        self.0.stopping.cancel();
    }

    /// Checks whether the bot answers questions now.
    ///
    /// # Errors
    /// The reason why it does not, as one line of text.
    pub fn ready(&self) -> Result<(), String> {
        if self.0.stopping.is_cancelled() {
            return Err("shutting down".to_owned());
        }
        if self.0.knowledge.library.get().is_none() {
            return Err("the knowledge is not loaded yet".to_owned());
        }
        self.0.shards.ready()
    }

    /// All metrics as OpenMetrics text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail. If an encoder did, the text would lack its end mark, and Prometheus would
        // reject it.
        if let Err(error) = prometheus_client::encoding::text::encode(&mut text, &self.0.registry) {
            tracing::error!(%error, "could not encode the metrics");
        }
        text
    }
}

/// Reads the status of the library and its files whenever the metrics are collected.
#[derive(Debug, Default)]
struct KnowledgeCollector {
    library: OnceLock<Arc<LibraryHandle>>,
    /// Empty if no list is kept.
    unanswered: OnceLock<AtomicU64>,
}

impl Collector for KnowledgeCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
        let mut gauge = |name: &str, help: &str, unit: Option<&Unit>, value: f64| {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, unit, gauge.metric_type())?)
        };
        if let Some(unanswered) = self.unanswered.get() {
            let help = "Questions on the list of unanswered questions, at most a minute old";
            gauge("unanswered_questions", help, None, unanswered.load(Ordering::Relaxed) as f64)?;
        }
        let Some(library) = self.library.get() else { return Ok(()) };
        let status = library.status().borrow().clone();
        let entries = library.load().knowledge().entry_keys().len();
        gauge(
            "knowledge_revision",
            "Number of versions of the knowledge since the start, the current one included",
            None,
            status.revision as f64,
        )?;
        gauge("knowledge_entries", "Entries of the current knowledge", None, entries as f64)?;
        let help = "Time since 1970 at which the current knowledge was loaded; its age is time() minus this";
        gauge("knowledge_loaded_timestamp", help, Some(&Unit::Seconds), since_1970(status.since).as_secs_f64())?;
        let refused = f64::from(u8::from(status.problems.is_some()));
        gauge(
            "knowledge_refused",
            "1 while the current files have errors and an earlier version answers",
            None,
            refused,
        )?;
        let failures = ConstCounter::new(status.rejections);
        let help = "Number of times that changed knowledge files were rejected";
        failures.encode(encoder.encode_descriptor("knowledge_reload_failures", help, None, failures.metric_type())?)
    }
}

/// The time since 1970 (UTC), or zero if the clock is set to an earlier time.
fn since_1970(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::knowledge::{Document, Knowledge};
    use crate::library::Library;
    use crate::matching::Thresholds;

    fn library() -> Arc<LibraryHandle> {
        Arc::new(LibraryHandle::new(Library::new(Knowledge::new(vec![Document::default()]), Thresholds::default())))
    }

    #[test]
    fn the_bot_is_ready_when_knowledge_and_all_shards_are() {
        let telemetry = Telemetry::default();
        assert!(telemetry.ready().unwrap_err().contains("knowledge"));
        telemetry.set_library(library());
        assert!(telemetry.ready().unwrap_err().contains("not known yet"));
        telemetry.shards().expect(2..=3);
        telemetry.shards().set_state(2, ShardState::Connected);
        assert_eq!(telemetry.ready().unwrap_err(), "1 of 2 shards not connected: 3 (waiting)");
        telemetry.shards().set_state(3, ShardState::Connected);
        assert_eq!(telemetry.ready(), Ok(()));
        telemetry.shards().set_state(2, ShardState::Connecting);
        assert!(telemetry.ready().unwrap_err().contains("2 (connecting)"));
        telemetry.stop();
        assert_eq!(telemetry.ready().unwrap_err(), "shutting down");
    }

    #[test]
    fn metrics_follow_the_status_of_the_library() {
        let telemetry = Telemetry::default();
        assert!(!["footnote_knowledge", "unanswered"].iter().any(|name| telemetry.text().contains(name)));
        telemetry.set_unanswered(7);
        assert!(telemetry.text().contains("\nfootnote_unanswered_questions 7.0\n"), "{}", telemetry.text());
        let library = library();
        telemetry.set_library(Arc::clone(&library));
        let value = |name: &str| {
            let line =
                telemetry.text().lines().find_map(|line| line.strip_prefix(&format!("{name} ")).map(str::to_owned));
            line.unwrap().parse::<f64>().unwrap()
        };
        let names =
            ["footnote_knowledge_revision", "footnote_knowledge_refused", "footnote_knowledge_reload_failures_total"];
        assert_eq!(names.map(value), [1.0, 0.0, 0.0]);
        for _ in 0..2 {
            library.reject("bad");
        }
        assert_eq!(names.map(value), [1.0, 1.0, 2.0]);
        library.clear_problems();
        assert_eq!(names.map(value), [1.0, 0.0, 2.0]);
        assert!(value("footnote_knowledge_loaded_timestamp_seconds") > 1.0e9);
    }

    #[test]
    fn the_text_has_the_version_and_an_end_mark() {
        let text = Telemetry::default().text();
        assert!(text.ends_with("# EOF\n"), "{text}");
        assert!(
            text.contains(&format!("footnote_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"))),
            "{text}"
        );
    }
}
