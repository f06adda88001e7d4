//! Every way to ask a question, and everything that follows an answer: buttons, edits, deletions, feedback, and catching up after
//! an outage. [`Asking`] is the state that all of these share.

pub mod admission;
pub mod catch_up;
pub mod commands;
pub mod components;
pub mod cursors;
mod feedback;
pub mod followed;
pub mod messages;
mod rate_limit;

use std::collections::HashSet;
use std::sync::Arc;

use serenity::all::{ChannelId, Timestamp, UserId};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::config::Limits;
use crate::discord::interaction::Responder;
use crate::discord::interaction::error::Refusal;
use crate::discord::transport::rest::Rest;
use crate::discord::view::message_view::{Audience, MessageView, reply_view};
use crate::knowledge::{Boundary, HasWordings as _};
use crate::library::handle::LibraryHandle;
use crate::library::reply::Reply;
use crate::matching::{Outcome, normalise};
use crate::moderation::unanswered::{UnansweredReason, UnansweredReport};
use crate::moderation::{UnansweredQueue, UnixMillis};
use crate::telemetry::{QuestionRecord, Source, Telemetry};
use admission::Admission;
use cursors::ChannelCursors;
use followed::{FeedbackMarks, FollowedQuestions};
use rate_limit::{RateDecision, RateLimits};

/// The state that all ways of asking share.
#[derive(Debug)]
pub struct Asking {
    /// The library that answers.
    pub library: Arc<LibraryHandle>,
    /// The calls to Discord.
    pub rest: Arc<Rest>,
    /// The responses to interactions.
    pub responder: Responder,
    /// The channels in which the bot answers without a mention.
    pub listen: HashSet<ChannelId>,
    /// The answered questions whose edits and deletions the bot follows.
    pub followed: FollowedQuestions,
    /// How far each channel has been processed, for catching up.
    pub cursors: ChannelCursors,
    /// Metrics and the log of questions.
    pub telemetry: Telemetry,
    /// The bound on questions in progress.
    pub admission: Admission,
    /// The queue of unanswered questions.
    pub unanswered: UnansweredQueue,
    /// The tasks that handle events. Shutdown waits for them.
    pub tasks: TaskTracker,
    feedback: FeedbackMarks,
    rate_limits: RateLimits,
}

/// An answer that is ready to be sent.
pub struct RenderedAnswer {
    /// The message.
    pub view: MessageView,
    /// The outcome of the verdict.
    pub outcome: Outcome,
    /// The record of the question in the metrics and the log. Tell it whether the answer was sent.
    pub record: QuestionRecord,
    /// The entry for the unanswered queue, to be added once the answer was sent.
    pub unanswered: Option<UnansweredReport>,
}

impl Asking {
    /// Creates the state for a bot that has answered nothing yet.
    #[must_use]
    pub fn new(
        library: Arc<LibraryHandle>,
        rest: Arc<Rest>,
        responder: Responder,
        listen: HashSet<ChannelId>,
        limits: &Limits,
        telemetry: Telemetry,
        unanswered: UnansweredQueue,
    ) -> Self {
        Self {
            library,
            rest,
            responder,
            listen,
            followed: FollowedQuestions::default(),
            cursors: ChannelCursors::default(),
            telemetry,
            admission: Admission::default(),
            unanswered,
            tasks: TaskTracker::new(),
            feedback: FeedbackMarks::default(),
            rate_limits: RateLimits::new(limits),
        }
    }

    /// Answers a question and renders the answer.
    #[must_use]
    pub fn answer(&self, question: &str, audience: Audience, source: Source) -> RenderedAnswer {
        let started = Instant::now();
        let library = self.library.load();
        let answer = library.ask(question);
        let verdict = &answer.verdict;
        let record = self.telemetry.questions().begin(source, question, verdict, started.elapsed());
        let mut view = reply_view(&answer.reply, audience);
        if let Some(id) = answer.reply.id().filter(|_| self.unanswered.is_on()) {
            view = view.with_feedback(id, audience);
        }
        RenderedAnswer { view, outcome: verdict.outcome, record, unanswered: unanswered(question, &answer.reply) }
    }

    /// Adds a question to the unanswered queue, if there is one to add.
    pub fn queue_unanswered(&self, unanswered: Option<UnansweredReport>) {
        if let Some(unanswered) = unanswered {
            self.unanswered.push(unanswered);
        }
    }

    /// Counts a question against the limits of its user and, unless it is `None`, its channel. A private question has no channel,
    /// because only its user sees the answer.
    #[must_use]
    pub fn check_rate(&self, user: UserId, channel: Option<ChannelId>, asked_at: Timestamp) -> RateDecision {
        self.rate_limits.check(user, channel, asked_at)
    }

    /// Counts a question asked by an interaction. Unlike a message, an interaction always gets a response.
    ///
    /// # Errors
    /// If the user or the channel exceeded its limit.
    pub fn check_interaction_rate(
        &self,
        user: UserId,
        channel: Option<ChannelId>,
        asked_at: Timestamp,
    ) -> Result<(), Refusal> {
        match self.check_rate(user, channel, asked_at) {
            RateDecision::Allow => Ok(()),
            RateDecision::Warn(refusal) | RateDecision::Ignore(refusal) => Err(refusal),
        }
    }
}

/// Returns the entry of a question for the unanswered queue: it is unknown, or its suggestions await a decision. A question that a
/// curator wrote into a boundary is settled; one that is merely close to a boundary may still get an answer.
fn unanswered(question: &str, reply: &Reply<'_>) -> Option<UnansweredReport> {
    let normal = normalise(question);
    let is_wording = |boundary: &Boundary| boundary.wordings().any(|wording| normalise(wording) == normal);
    let reason = match reply {
        Reply::Unknown { boundary } if !boundary.is_some_and(is_wording) => UnansweredReason::Unknown,
        Reply::Suggestions(_) => UnansweredReason::Suggested,
        Reply::Unknown { .. } | Reply::Passage(_) => return None,
    };
    Some(UnansweredReport::Asked { question: question.to_owned(), reason, at: UnixMillis::now() })
}
