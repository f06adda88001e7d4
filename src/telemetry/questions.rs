//! Questions: how they were asked, what the matcher made of them, and what came of it. Each is counted once and gets one line
//! of the log, with an id that stands beside its measurements, too.

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

/// Where a confidence falls: in tenths, as `footnote eval` tells how well it holds.
const CONFIDENCES: [f64; 9] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/// How long finding an answer takes, in seconds: from a small file's to that of ten thousand entries on a slow machine.
const MATCH_TIMES: [f64; 9] = [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05];

/// How long it takes until Discord has the reply, in seconds: up to the time that a reply may take with all its tries.
const REPLY_TIMES: [f64; 12] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 180.0];

/// How a question reached the bot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Way {
    /// A message that mentions the bot, or replies to it.
    Mention,
    /// A direct message.
    Direct,
    /// A message in a channel that is listened to.
    Unasked,
    /// A message that was changed.
    Edit,
    /// `/ask`.
    Command,
    /// The message menu.
    Menu,
}

impl Way {
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
    }
}

/// What came of a question.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Reply {
    Sent,
    Withheld,
    Failed,
}

impl Reply {
    fn label(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Withheld => "withheld",
            Self::Failed => "failed",
        }
    }
}

/// Names a question in the log and beside its measurements; it says nothing of the question or who asked it.
#[derive(Clone, Copy, Debug)]
struct QuestionId(u64);

impl fmt::Display for QuestionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

type Exemplar = [Label<String>; 1];
type Measured = HistogramWithExemplars<Exemplar>;
type MeasuredByWay = Family<[Label<&'static str>; 1], Measured, fn() -> Measured>;

/// Counts questions.
#[derive(Clone, Debug)]
pub struct Questions {
    asked: Family<[Label<&'static str>; 3], Counter>,
    busy: Counter,
    confidence: Measured,
    match_time: Histogram,
    reply_time: MeasuredByWay,
    log_text: bool,
}

impl Questions {
    pub(super) fn register(registry: &mut Registry, log_text: bool) -> Self {
        let questions = Self {
            asked: Family::default(),
            busy: Counter::default(),
            confidence: Measured::new(CONFIDENCES.into_iter()),
            match_time: Histogram::new(MATCH_TIMES),
            reply_time: Family::new_with_constructor(|| Measured::new(REPLY_TIMES.into_iter())),
            log_text,
        };
        let help = "Questions by the way of asking, the matcher's verdict, and whether the reply was sent, withheld (a limit, \
                    or not sure enough to speak unasked) or failed";
        registry.register("questions", help, questions.asked.clone());
        let help = "Questions that were not looked at because too many were being answered";
        registry.register("questions_turned_away", help, questions.busy.clone());
        registry.register("confidence", "How sure the matcher was of each question", questions.confidence.clone());
        let help = "Time to find the answer";
        registry.register_with_unit("match", help, Unit::Seconds, questions.match_time.clone());
        let help = "Time until Discord had the reply, for replies that were sent";
        registry.register_with_unit("reply", help, Unit::Seconds, questions.reply_time.clone());
        questions
    }

    /// A question came for which there is no room.
    pub fn turned_away(&self) {
        self.busy.inc();
    }

    /// The matcher judged a question, which took so long. What comes of it is told to what this returns.
    #[must_use]
    pub fn judged(&self, way: Way, text: &str, verdict: &Verdict, took: Duration) -> Question {
        let id = QuestionId(fastrand::u64(..));
        let confidence = f64::from(verdict.confidence);
        self.confidence.observe(confidence, Some(exemplar(id)), None);
        self.match_time.observe(took.as_secs_f64());
        let text = self.log_text.then(|| text.chars().take(QUESTION_CHARS_MAX).collect());
        let (outcome, began) = (verdict.outcome, Instant::now());
        Question {
            questions: self.clone(),
            id,
            way,
            outcome,
            confidence,
            match_time: took,
            text,
            began,
            reply: Reply::Failed,
        }
    }
}

fn exemplar(id: QuestionId) -> Exemplar {
    [("question", id.to_string())]
}

/// A question whose reply is under way. It is counted and logged when this is dropped: as failed unless something else was told.
#[derive(Debug)]
pub struct Question {
    questions: Questions,
    id: QuestionId,
    way: Way,
    outcome: Outcome,
    confidence: f64,
    match_time: Duration,
    text: Option<String>,
    began: Instant,
    reply: Reply,
}

impl Question {
    /// Discord has the reply.
    pub fn sent(mut self) {
        self.reply = Reply::Sent;
        let measured = self.questions.reply_time.get_or_create_owned(&[("way", self.way.label())]);
        measured.observe(self.began.elapsed().as_secs_f64(), Some(exemplar(self.id)), None);
    }

    /// No reply is due: over a limit, or not sure enough to speak unasked.
    pub fn withheld(mut self) {
        self.reply = Reply::Withheld;
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        let (way, outcome, reply) = (self.way.label(), outcome_label(self.outcome), self.reply.label());
        self.questions.asked.get_or_create(&[("way", way), ("verdict", outcome), ("reply", reply)]).inc();
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

/// Milliseconds to a thousandth, which is as exact as anybody wants to read.
fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn verdict(outcome: Outcome, confidence: f32) -> Verdict {
        Verdict { outcome, confidence, ranked: Vec::new(), boundary: None }
    }

    fn text(registry: &Registry) -> String {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, registry).unwrap();
        text
    }

    #[test]
    fn each_question_is_counted_once_by_what_came_of_it() {
        let mut registry = Registry::default();
        let questions = Questions::register(&mut registry, false);
        let took = Duration::from_micros(300);
        questions.judged(Way::Mention, "why?", &verdict(Outcome::Answer, 0.93), took).sent();
        questions.judged(Way::Unasked, "why?", &verdict(Outcome::Unknown, 0.11), took).withheld();
        drop(questions.judged(Way::Command, "why?", &verdict(Outcome::Suggest, 0.4), took));
        questions.turned_away();
        let text = text(&registry);
        for line in [
            r#"questions_total{way="mention",verdict="answer",reply="sent"} 1"#,
            r#"questions_total{way="unasked",verdict="unknown",reply="withheld"} 1"#,
            r#"questions_total{way="command",verdict="suggest",reply="failed"} 1"#,
            "questions_turned_away_total 1",
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
    fn measurements_carry_the_questions_id() {
        let mut registry = Registry::default();
        let questions = Questions::register(&mut registry, false);
        let question = questions.judged(Way::Menu, "", &verdict(Outcome::Answer, 0.93), Duration::ZERO);
        let exemplar = format!("# {{question=\"{}\"}}", question.id);
        question.sent();
        assert_eq!(text(&registry).matches(&exemplar).count(), 2, "{}", text(&registry));
    }
}
