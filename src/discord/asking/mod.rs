//! Answers questions from commands and messages. Handles the buttons of an answer, edits and deletions of its question,
//! feedback, follow-up questions, and catching up after an outage. The handlers share [`Asking`].

pub mod catch_up;
pub mod commands;
pub mod components;
mod context;
pub mod cursors;
mod feedback;
pub mod followed;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod messages;
pub mod scopes;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use serenity::all::{ChannelId, Timestamp, UserId};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::config::Limits;
use crate::discord::interaction::Responder;
use crate::discord::interaction::error::Refusal;
use crate::discord::transport::rest::Rest;
use crate::discord::view::message_view::{Audience, MessageView, reply_view};
use crate::library::handle::LibraryHandle;
use crate::library::reply::Reply;
use crate::library::scope::Scope;
use crate::library::{Answer, Library};
use crate::matching::{Matcher, Outcome};
use crate::moderation::unanswered::{UnansweredReason, UnansweredReport};
use crate::moderation::{UnansweredQueue, UnixMillis};
use crate::telemetry::{QuestionRecord, Source, Telemetry};
use crate::throttle::admission::Admission;
use crate::throttle::rate_limit::{QuestionRates, RateDecision, RateLimiter};
use crate::throttle::{Bound, Work};
use context::RecentEntries;
use cursors::ChannelCursors;
use followed::{FeedbackMarks, FollowedQuestions};
use scopes::Scopes;

/// Questions in progress at once. Only when Discord accepts no replies do they accumulate: this is what a busy bot (ten
/// questions a second) receives in the time that a reply may take with all its attempts (three minutes).
const QUESTIONS_MAX: usize = 2_000;

/// Questions in progress of one user, or in one channel: a quarter of the total, so that a flood leaves capacity for
/// all others. It also bounds the questions of one channel that arrive together after an outage.
const QUESTIONS_SHARE_MAX: usize = QUESTIONS_MAX / 4;

/// For each question that a user may ask, the unasked messages that are matched, in the channels that the bot listens to:
/// by default, as many as Discord lets a user post.
const UNASKED_PER_QUESTION: u32 = 2;

/// The context of all handlers that answer questions.
#[derive(Debug)]
pub struct Asking {
    /// The library that answers.
    pub library: Arc<LibraryHandle>,
    /// The client for Discord's REST API.
    pub rest: Arc<Rest>,
    /// Sends the responses to interactions.
    pub responder: Responder,
    /// The channels in which the bot answers without a mention ([`Source::Unasked`]).
    pub listen: HashSet<ChannelId>,
    /// The documents that answer in each channel and server.
    pub scopes: Scopes,
    /// The answered questions whose edits and deletions the bot follows.
    pub followed: FollowedQuestions,
    /// For each channel in which members ask, the message up to which all questions are finished.
    pub cursors: ChannelCursors,
    /// Metrics and the log of questions.
    pub telemetry: Telemetry,
    /// Limits the questions in progress.
    pub admission: Admission,
    /// Collects the questions without an answer for the moderators.
    pub unanswered: UnansweredQueue,
    /// The tasks that handle events. Shutdown waits for them.
    pub tasks: TaskTracker,
    feedback: FeedbackMarks,
    recent: RecentEntries,
    rates: QuestionRates,
    /// Limits the unasked messages that are matched.
    unasked_rate: RateLimiter,
}

/// A reply that is ready to be sent.
pub struct RenderedAnswer {
    /// The message.
    pub view: MessageView,
    /// The matcher's outcome.
    pub outcome: Outcome,
    /// The id of the entry that the message shows, if the outcome is an answer.
    pub shown: Option<String>,
    /// The record of the question for the metrics and the log. The handler must report to it whether the answer was
    /// sent or withheld.
    pub record: QuestionRecord,
    /// The report for the unanswered queue. The handler queues it after it has sent the answer.
    pub unanswered: Option<UnansweredReport>,
}

impl Asking {
    /// Creates the state for a bot that has answered nothing yet, and in which all documents answer everywhere.
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
            scopes: Scopes::default(),
            followed: FollowedQuestions::default(),
            cursors: ChannelCursors::default(),
            telemetry,
            admission: Admission::new(QUESTIONS_MAX, QUESTIONS_SHARE_MAX),
            unanswered,
            tasks: TaskTracker::new(),
            feedback: FeedbackMarks::default(),
            recent: RecentEntries::default(),
            rates: QuestionRates::new(limits.user_per_10s, limits.channel_per_10s),
            unasked_rate: RateLimiter::new(limits.user_per_10s.saturating_mul(UNASKED_PER_QUESTION)),
        }
    }

    /// Matches a question and renders the reply of the documents in `scope`. Sends nothing. `context` is the id of the
    /// entry whose answer the question follows, if any.
    #[must_use]
    pub fn answer(
        &self,
        question: &str,
        scope: &Scope,
        context: Option<&str>,
        audience: Audience,
        source: Source,
    ) -> RenderedAnswer {
        let started = Instant::now();
        let library = self.library.within(scope);
        let answer = ask(&library, question, context);
        let verdict = &answer.verdict;
        let record = self.telemetry.questions().begin(source, question, verdict, started.elapsed());
        let shown = match &answer.reply {
            Reply::Passage(passage) => Some(passage.entry.id.clone()),
            _ => None,
        };
        RenderedAnswer {
            view: reply_view(&answer.reply, audience).with_feedback(&answer.reply, audience),
            outcome: verdict.outcome,
            shown,
            record,
            unanswered: unanswered_report(question, &answer, library.matcher()),
        }
    }

    /// Remembers the entry that was shown in direct messages, so that the next question there can refer to it. `at` is
    /// the time of the question, edit or press that it answers.
    fn remember_shown(&self, direct: bool, channel: ChannelId, shown: Option<String>, at: Timestamp) {
        if let Some(entry) = shown.filter(|_| direct) {
            self.recent.remember(channel, entry, at);
        }
    }

    /// Adds a report about a question of this member to the unanswered queue, if there is one.
    pub fn queue_unanswered(&self, member: UserId, report: Option<UnansweredReport>) {
        if let Some(report) = report
            && let Err(bound) = self.unanswered.push(member.get(), report)
        {
            self.telemetry.throttled(Work::Unanswered, bound);
        }
    }

    /// Counts a question against the rate limits of its user and its channel. `channel` is `None` for a question that
    /// adds no message to a channel: an edit, or a question with an ephemeral reply.
    #[must_use]
    pub fn check_rate(&self, user: UserId, channel: Option<ChannelId>, asked_at: Timestamp) -> RateDecision {
        self.rates.check(user.get(), channel.map(ChannelId::get), since_epoch(asked_at))
    }

    /// Counts an unasked message that the bot would answer against the rate limits of its user and its channel.
    ///
    /// # Errors
    /// The limit that it exceeds.
    pub fn check_unasked_rate(&self, user: UserId, channel: ChannelId, asked_at: Timestamp) -> Result<(), Bound> {
        self.rates.check_unasked(user.get(), channel.get(), since_epoch(asked_at))
    }

    /// Counts a question asked through an interaction. An interaction always gets a response, so a question over the
    /// limit is refused each time, not ignored.
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
            RateDecision::Warn(bound) | RateDecision::Ignore(bound) => {
                self.telemetry.throttled(Work::Question, bound);
                Err(Refusal::too_fast(bound))
            }
        }
    }
}

/// The time since 1970 of a question or an interaction, for the rate limits.
pub fn since_epoch(asked_at: Timestamp) -> Duration {
    Duration::from_nanos(u64::try_from(asked_at.unix_timestamp_nanos()).unwrap_or(0))
}

/// Asks a library, in the context of the entry with this id. An entry that no longer exists, or whose document does not
/// answer here, gives no context.
fn ask<'a>(library: &'a Library, question: &str, context: Option<&str>) -> Answer<'a> {
    match context.and_then(|id| library.find(id)) {
        Some(context) => {
            tracing::debug!(context = library.knowledge().entry(context).id, "a question follows an answer");
            library.ask_in_context(question, context)
        }
        None => library.ask(question),
    }
}

/// Returns the report of a question for the unanswered queue, or `None` if the question needs no moderator. It needs
/// one if the reply is "unknown" or suggestions. An exception is a question that is a wording of a boundary: a curator
/// has already decided that the text does not answer it.
fn unanswered_report(question: &str, answer: &Answer<'_>, matcher: &Matcher) -> Option<UnansweredReport> {
    let is_wording = |boundary| matcher.is_boundary_wording(question, boundary);
    let reason = match &answer.reply {
        Reply::Unknown { .. } if !answer.verdict.boundary.is_some_and(is_wording) => UnansweredReason::Unknown,
        Reply::Suggestions { .. } => UnansweredReason::Suggested,
        Reply::Unknown { .. }
        | Reply::Passage(_)
        | Reply::Unclear { .. }
        | Reply::OtherLanguage(_)
        | Reply::SmallTalk(_) => return None,
    };
    Some(UnansweredReport::Asked { question: question.to_owned(), reason, at: UnixMillis::now() })
}
