//! Metrics of questions: their source, the matcher's verdict, and whether the reply was sent. Each question is counted
//! once and gets one log line. An id links the log line to the exemplars in the metrics.

use std::fmt;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tokio::time::Instant;

use super::Label;
use crate::matching::{Outcome, QUESTION_CHARS_MAX, Verdict};

/// Bucket bounds of the confidence: tenths, as in the calibration table of `footnote eval`.
const CONFIDENCES: [f64; 9] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/// Bucket bounds of the matching time, in seconds: from a small file to ten thousand entries on a slow machine.
const MATCH_TIMES: [f64; 9] = [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05];

/// Bucket bounds of the time from the verdict until Discord has the reply, in seconds. The last one is the time limit
/// of a reply with all its retries.
const REPLY_TIMES: [f64; 12] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 180.0];

/// How a question reached the bot: the value of the metric label `way`.
///
/// Defined here, and not in the code that answers questions, so that the values of the label are a fixed, small set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Source {
    /// A message that mentions the bot, or replies to it.
    Mention,
    /// A direct message.
    Direct,
    /// A message that is not addressed to the bot, in a channel of `discord.listen_channels`.
    Unasked,
    /// An edit of a message.
    Edit,
    /// `/ask`.
    Command,
    /// The message menu *Answer this*.
    Menu,
}

impl Source {
    fn label(self) -> &'static str {
        match self {
            Self::Mention => "mention",
            Self::Direct => "direct",
            Self::Unasked => "unasked",
            Self::Edit => "edit",
            Self::Command => "command",
            Self::Menu => "menu",
        }
    }
}

fn outcome_label(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Answer => "answer",
        Outcome::Suggest => "suggest",
        Outcome::Unknown => "unknown",
        Outcome::SmallTalk => "small_talk",
    }
}

/// What happened to a reply.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum ReplyOutcome {
    Sent,
    Withheld,
    Failed,
}

impl ReplyOutcome {
    fn label(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Withheld => "withheld",
            Self::Failed => "failed",
        }
    }
}

/// The id of a question in the log and in exemplars. It is random, so it reveals nothing about the question or its
/// author.
#[derive(Clone, Copy, Debug)]
struct QuestionId(u64);

impl fmt::Display for QuestionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

type Exemplar = [Label<String>; 1];
type TracedHistogram = HistogramWithExemplars<Exemplar>;
type HistogramBySource = Family<[Label<&'static str>; 1], TracedHistogram, fn() -> TracedHistogram>;

/// Metrics of questions.
#[derive(Clone, Debug)]
pub struct QuestionMetrics {
    counts: Family<[Label<&'static str>; 3], Counter>,
    confidence: TracedHistogram,
    match_time: Histogram,
    reply_time: HistogramBySource,
    log_text: bool,
}

impl QuestionMetrics {
    pub(super) fn register(registry: &mut Registry, log_text: bool) -> Self {
        let questions = Self {
            counts: Family::default(),
            confidence: TracedHistogram::new(CONFIDENCES.into_iter()),
            match_time: Histogram::new(MATCH_TIMES),
            reply_time: Family::new_with_constructor(|| TracedHistogram::new(REPLY_TIMES.into_iter())),
            log_text,
        };
        let help = "Questions by source, the matcher's verdict, and whether the reply was sent, withheld (because \
                    the bot was not sure enough to answer unasked) or failed";
        registry.register("questions", help, questions.counts.clone());
        registry.register("confidence", "The matcher's confidence in its answers", questions.confidence.clone());
        let help = "Time to find the answer";
        registry.register_with_unit("match", help, Unit::Seconds, questions.match_time.clone());
        let help = "Time until Discord had the reply, of replies that were sent";
        registry.register_with_unit("reply", help, Unit::Seconds, questions.reply_time.clone());
        questions
    }

    /// Records the verdict on a question and the time that the matcher took. Through the returned record, the caller
    /// reports whether the reply was sent.
    #[must_use]
    pub fn begin(&self, source: Source, text: &str, verdict: &Verdict, match_time: Duration) -> QuestionRecord {
        let id = QuestionId(fastrand::u64(..));
        let confidence = f64::from(verdict.confidence);
        self.confidence.observe(confidence, Some(exemplar(id)), None);
        self.match_time.observe(match_time.as_secs_f64());
        let text = self.log_text.then(|| text.chars().take(QUESTION_CHARS_MAX).collect());
        let (outcome, began) = (verdict.outcome, Instant::now());
        QuestionRecord {
            metrics: self.clone(),
            id,
            source,
            outcome,
            confidence,
            match_time,
            text,
            began,
            reply: ReplyOutcome::Failed,
        }
    }
}

fn exemplar(id: QuestionId) -> Exemplar {
    [("question", id.to_string())]
}

/// A question whose reply is in progress. Dropping the record counts and logs the question; its reply counts as failed
/// unless [`sent`](Self::sent) or [`withheld`](Self::withheld) was called.
#[derive(Debug)]
pub struct QuestionRecord {
    metrics: QuestionMetrics,
    id: QuestionId,
    source: Source,
    outcome: Outcome,
    confidence: f64,
    match_time: Duration,
    text: Option<String>,
    began: Instant,
    reply: ReplyOutcome,
}

impl QuestionRecord {
    /// Records that Discord has the reply.
    pub fn sent(mut self) {
        self.reply = ReplyOutcome::Sent;
        let reply_time = self.metrics.reply_time.get_or_create_owned(&[("way", self.source.label())]);
        reply_time.observe(self.began.elapsed().as_secs_f64(), Some(exemplar(self.id)), None);
    }

    /// Records that no reply is sent: a limit was exceeded, or the bot is not sure enough to answer unasked.
    pub fn withheld(mut self) {
        self.reply = ReplyOutcome::Withheld;
    }
}

impl Drop for QuestionRecord {
    fn drop(&mut self) {
        let (way, outcome, reply) = (self.source.label(), outcome_label(self.outcome), self.reply.label());
        self.metrics.counts.get_or_create(&[("way", way), ("verdict", outcome), ("reply", reply)]).inc();
        tracing::info!(
            id = %self.id,
            %way,
            verdict = %outcome,
            confidence = (self.confidence * 1_000.0).round() / 1_000.0,
            %reply,
            match_ms = millis(self.match_time),
            total_ms = millis(self.match_time + self.began.elapsed()),
            text = self.text.as_deref(),
            "question"
        );
    }
}

/// The time in milliseconds, rounded to whole microseconds, for the log.
fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::matching::Reason;

    fn verdict(outcome: Outcome, confidence: f32) -> Verdict {
        Verdict::new(outcome, Reason::Confident, confidence, Vec::new())
    }

    fn text(registry: &Registry) -> String {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, registry).unwrap();
        text
    }

    #[test]
    fn each_question_is_counted_once_with_its_reply_outcome() {
        let mut registry = Registry::default();
        let questions = QuestionMetrics::register(&mut registry, false);
        let took = Duration::from_micros(300);
        questions.begin(Source::Mention, "why?", &verdict(Outcome::Answer, 0.93), took).sent();
        questions.begin(Source::Unasked, "why?", &verdict(Outcome::Unknown, 0.11), took).withheld();
        drop(questions.begin(Source::Command, "why?", &verdict(Outcome::Suggest, 0.4), took));
        let text = text(&registry);
        for line in [
            r#"questions_total{way="mention",verdict="answer",reply="sent"} 1"#,
            r#"questions_total{way="unasked",verdict="unknown",reply="withheld"} 1"#,
            r#"questions_total{way="command",verdict="suggest",reply="failed"} 1"#,
            r#"confidence_bucket{le="0.2"} 1"#,
            "confidence_count 3",
            "match_seconds_count 3",
            r#"reply_seconds_count{way="mention"} 1"#,
        ] {
            assert!(text.lines().any(|found| found.split(" # ").next() == Some(line)), "{line}:\n{text}");
        }
        assert!(!text.contains("why"));
    }

    #[test]
    fn exemplars_carry_the_id_of_the_question() {
        let mut registry = Registry::default();
        let questions = QuestionMetrics::register(&mut registry, false);
        let question = questions.begin(Source::Menu, "", &verdict(Outcome::Answer, 0.93), Duration::ZERO);
        let exemplar = format!("# {{question=\"{}\"}}", question.id);
        question.sent();
        assert_eq!(text(&registry).matches(&exemplar).count(), 2, "{}", text(&registry));
    }
}
