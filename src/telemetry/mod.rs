//! What the bot tells of itself: metrics, whether it is ready, and one line of the log for each question.
//! Labels take a known few values; nothing here knows who asked, and only a log that is told to has what was asked.

mod calls;
mod process;
mod questions;
mod server;
mod shards;

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
pub use calls::{CallResult, Calls};
use process::Process;
pub use questions::{Question, Questions, Way};
pub use server::{ListenError, Listener};
pub use shards::{ShardState, Shards};

/// A label: its name and its value.
type Label<T> = (&'static str, T);

/// The measurements of one process; clones share them.
#[derive(Clone, Debug)]
pub struct Telemetry(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    registry: Registry,
    questions: Questions,
    calls: Calls,
    shards: Shards,
    standing: Arc<Standing>,
    stopping: CancellationToken,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self::new(false)
    }
}

impl Telemetry {
    /// Nothing has happened yet. `log_questions`: whether the log gets what was asked, in its words.
    #[must_use]
    pub fn new(log_questions: bool) -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Process::new()));
        let own = registry.sub_registry_with_prefix("footnote");
        own.register("build", "The program that runs", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        let questions = Questions::register(own, log_questions);
        let calls = Calls::register(own);
        let shards = Shards::register(own);
        let standing = Arc::<Standing>::default();
        own.register_collector(Box::new(Arc::clone(&standing)));
        let stopping = CancellationToken::new();
        Self(Arc::new(Parts { registry, questions, calls, shards, standing, stopping }))
    }

    /// Questions and their answers.
    #[must_use]
    pub fn questions(&self) -> &Questions {
        &self.0.questions
    }

    /// Calls of Discord's REST API.
    #[must_use]
    pub fn calls(&self) -> &Calls {
        &self.0.calls
    }

    /// The gateway's connections.
    #[must_use]
    pub fn shards(&self) -> &Shards {
        &self.0.shards
    }

    /// The knowledge is loaded, and stands there. The first one counts.
    pub fn knows(&self, library: Arc<LibraryHandle>) {
        self.0.standing.library.get_or_init(|| library);
    }

    /// How long the list of unanswered questions is.
    pub fn unanswered(&self, count: u64) {
        self.0.standing.unanswered.get_or_init(AtomicU64::default).store(count, Ordering::Relaxed);
    }

    /// The bot is asked to end: it is ready for nothing more.
    pub fn stop(&self) {
        self.0.stopping.cancel();
    }

    /// Whether questions are answered now.
    ///
    /// # Errors
    /// With the reason why not, as a sentence.
    pub fn ready(&self) -> Result<(), String> {
        if self.0.stopping.is_cancelled() {
            return Err("shutting down".to_owned());
        }
        if self.0.standing.library.get().is_none() {
            return Err("the knowledge is not loaded yet".to_owned());
        }
        self.0.shards.ready()
    }

    /// All metrics as OpenMetrics text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail; if an encoder ever did, what it wrote so far lacks its end mark and is refused.
        if let Err(error) = prometheus_client::encoding::text::encode(&mut text, &self.0.registry) {
            tracing::error!(%error, "the metrics could not be written");
        }
        text
    }
}

/// How the knowledge stands, read when somebody wants to know.
#[derive(Debug, Default)]
struct Standing {
    library: OnceLock<Arc<LibraryHandle>>,
    /// None where no list is kept.
    unanswered: OnceLock<AtomicU64>,
}

impl Collector for Standing {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
        let mut gauge = |name: &str, help: &str, unit: Option<&Unit>, value: f64| {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, unit, gauge.metric_type())?)
        };
        if let Some(unanswered) = self.unanswered.get() {
            let help = "Questions on the list of those that found no answer, as of the last minute";
            gauge("unanswered_questions", help, None, unanswered.load(Ordering::Relaxed) as f64)?;
        }
        let Some(library) = self.library.get() else { return Ok(()) };
        let status = library.status().borrow().clone();
        let entries = library.load().knowledge().entry_keys().len();
        gauge("knowledge_revision", "How many versions of the knowledge have answered", None, status.revision as f64)?;
        gauge("knowledge_entries", "Entries of the knowledge that answers", None, entries as f64)?;
        let help = "When the knowledge that answers was loaded, since 1970; its age is time() minus this";
        gauge("knowledge_loaded_timestamp", help, Some(&Unit::Seconds), since_1970(status.since).as_secs_f64())?;
        let refused = f64::from(u8::from(status.problems.is_some()));
        gauge("knowledge_refused", "1 while the files as they are now are not good enough to answer", None, refused)?;
        let failures = ConstCounter::new(status.rejections);
        let help = "Times that saved knowledge files were read and not taken up";
        failures.encode(encoder.encode_descriptor("knowledge_reload_failures", help, None, failures.metric_type())?)
    }
}

/// The time since 1970 (UTC); nothing for a clock that stands before that.
fn since_1970(moment: SystemTime) -> Duration {
    moment.duration_since(UNIX_EPOCH).unwrap_or_default()
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
    fn it_is_ready_when_everything_is() {
        let telemetry = Telemetry::default();
        assert!(telemetry.ready().unwrap_err().contains("knowledge"));
        telemetry.knows(library());
        assert!(telemetry.ready().unwrap_err().contains("not asked"));
        telemetry.shards().expect(2..=3);
        telemetry.shards().is(2, ShardState::Connected);
        assert_eq!(telemetry.ready().unwrap_err(), "1 of 2 shards not connected: 3 (waiting)");
        telemetry.shards().is(3, ShardState::Connected);
        assert_eq!(telemetry.ready(), Ok(()));
        telemetry.shards().is(2, ShardState::Connecting);
        assert!(telemetry.ready().unwrap_err().contains("2 (connecting)"));
        telemetry.stop();
        assert_eq!(telemetry.ready().unwrap_err(), "shutting down");
    }

    #[test]
    fn the_knowledge_is_told_as_it_stands() {
        let telemetry = Telemetry::default();
        assert!(!["footnote_knowledge", "unanswered"].iter().any(|name| telemetry.text().contains(name)));
        telemetry.unanswered(7);
        assert!(telemetry.text().contains("\nfootnote_unanswered_questions 7.0\n"), "{}", telemetry.text());
        let library = library();
        telemetry.knows(Arc::clone(&library));
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
    fn the_text_is_whole() {
        let text = Telemetry::default().text();
        assert!(text.ends_with("# EOF\n"), "{text}");
        assert!(
            text.contains(&format!("footnote_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"))),
            "{text}"
        );
    }
}
