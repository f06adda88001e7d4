//! The figures of a flood: a row of the table, and the bounds that they exceed.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::arena::Arrival;
use crate::floods::{Flood, FloodOutcome};

/// The first lines of the table.
pub const HEADING: &str = "| attack | no attack: median / max (ms) | innocent elsewhere: median / max (ms) | innocent in the flooded channel: median / max (ms) | longest stall (ms) | memory before / peak / after (MiB) | the metrics name | notes |\n| --- | --- | --- | --- | --- | --- | --- | --- |";

/// The largest median and maximum of the time in which an innocent member elsewhere is answered: nobody notices the
/// first, and nobody asks again within the second.
const MEDIAN_MAX: Duration = Duration::from_millis(100);
const LATENCY_MAX: Duration = Duration::from_secs(1);

/// The longest time for which one task may occupy the thread that answers: a tenth of it would delay nobody noticeably.
const STALL_MAX: Duration = Duration::from_millis(50);

/// The most memory in MiB: half of what `deploy/` allows.
const PEAK_MAX: f64 = 128.0;

/// How much more memory in MiB the bot may hold after the flood: heaps fragment.
const GROWTH_MAX: f64 = 10.0;

const STALL: &str = "footnote_longest_stall_seconds";

/// The counter of refused work.
const REFUSALS: &str = "footnote_throttled_total";

/// The times in which the bot replied to several messages, sorted.
#[derive(Debug, Default)]
pub struct Series {
    /// The times until the reply. A message without a reply counts with the time that its author has waited.
    times: Vec<Duration>,
    refused: usize,
    /// The number of messages without a reply.
    pub unanswered: usize,
}

impl Series {
    /// Reads when each message was posted and when it had its reply.
    pub fn new(messages: impl Iterator<Item = (Instant, Option<Arrival>)>) -> Self {
        let mut series = Self::default();
        for (posted, arrival) in messages {
            series.refused += usize::from(arrival.is_some_and(|arrival| !arrival.answer));
            series.unanswered += usize::from(arrival.is_none());
            series.times.push(arrival.map_or_else(Instant::now, |arrival| arrival.at) - posted);
        }
        series.times.sort_unstable();
        series
    }

    fn median(&self) -> Duration {
        self.times.get(self.times.len() / 2).copied().unwrap_or_default()
    }

    fn max(&self) -> Duration {
        self.times.last().copied().unwrap_or_default()
    }

    fn cell(&self) -> String {
        if self.times.is_empty() {
            return "–".to_owned();
        }
        let mut cell = format!("{} / {}", milliseconds(self.median()), milliseconds(self.max()));
        for (count, what) in [(self.refused, "refused"), (self.unanswered, "unanswered")] {
            if count > 0 {
                cell += &format!("; {count} of {} {what}", self.times.len());
            }
        }
        cell
    }
}

/// The figures of one flood. Pairs and triples are in the order of time.
pub struct Measured {
    pub baseline: Series,
    pub elsewhere: Series,
    pub crowd: Series,
    pub findings: FloodOutcome,
    /// Before, peak, after, in bytes. `None` after the process has ended.
    pub memory: [Option<u64>; 3],
    /// Before and after.
    pub metrics: [BTreeMap<String, f64>; 2],
}

impl Measured {
    /// The row of the table.
    pub fn row(&self, flood: &Flood) -> String {
        let memory =
            self.memory.map(|bytes| bytes.map_or("ended".to_owned(), |bytes| format!("{:.0}", mebibytes(bytes))));
        let mut notes = self.findings.notes.clone();
        if self.findings.deletions_lost > 0 {
            notes.push(format!("**{} deletions lost**", self.findings.deletions_lost));
        }
        let grown = self.grown().into_iter().map(|(name, by)| format!("{name} +{by}"));
        let cells = [
            flood.name.to_owned(),
            self.baseline.cell(),
            self.elsewhere.cell(),
            self.crowd.cell(),
            self.stall().map_or("–".to_owned(), milliseconds),
            memory.join(" / "),
            grown.collect::<Vec<_>>().join(", "),
            notes.join("; "),
        ];
        format!("| {} |", cells.join(" | "))
    }

    /// The bounds that the flood exceeded.
    pub fn problems(&self, flood: &Flood) -> Vec<String> {
        let mut problems = self.findings.problems.clone();
        let mut bound = |holds: bool, problem: String| {
            if !holds {
                problems.push(problem);
            }
        };
        let (median, max) = (self.elsewhere.median(), self.elsewhere.max());
        bound(median <= MEDIAN_MAX, format!("the median elsewhere is {} ms", milliseconds(median)));
        bound(max <= LATENCY_MAX, format!("the maximum elsewhere is {} ms", milliseconds(max)));
        let refused = self.elsewhere.refused + self.elsewhere.unanswered;
        bound(refused == 0, format!("{refused} innocent questions elsewhere got no answer"));
        if let Some(stall) = self.stall() {
            bound(stall <= STALL_MAX, format!("a task occupied the answering thread for {} ms", milliseconds(stall)));
        }
        match self.memory.map(|bytes| bytes.map(mebibytes)) {
            [Some(before), Some(peak), Some(after)] => {
                bound(peak <= PEAK_MAX, format!("the memory's peak is {peak:.0} MiB"));
                bound(after <= before + GROWTH_MAX, format!("the memory grew from {before:.0} to {after:.0} MiB"));
            }
            _ => bound(false, "the bot has ended".to_owned()),
        }
        let lost = self.findings.deletions_lost;
        bound(lost == 0, format!("{lost} answers remain of deleted questions"));
        if let Some(work) = flood.work {
            let label = format!("work=\"{work}\"");
            let named = self.grown().iter().any(|(name, _)| name.contains(&label));
            bound(named, format!("no metric grew with {label}"));
        }
        problems
    }

    /// The counters of refused work that grew, without the part that all names share, and by how much.
    fn grown(&self) -> Vec<(String, f64)> {
        let [before, after] = &self.metrics;
        let refusals = after.iter().filter(|(name, _)| name.starts_with(REFUSALS));
        let grown = refusals.map(|(name, value)| {
            let short = name.trim_start_matches("footnote_throttled_total").trim_start_matches("footnote_");
            (short.replace("_total", ""), value - before.get(name).copied().unwrap_or_default())
        });
        grown.filter(|(_, by)| *by > 0.0).collect()
    }

    fn stall(&self) -> Option<Duration> {
        self.metrics[1].get(STALL).map(|seconds| Duration::from_secs_f64(*seconds))
    }
}

/// A time in milliseconds, with one decimal if it is short.
pub fn milliseconds(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1e3;
    if milliseconds < 10.0 { format!("{milliseconds:.1}") } else { format!("{milliseconds:.0}") }
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
