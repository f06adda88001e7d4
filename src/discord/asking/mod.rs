//! What all handlers share: the library, the way to Discord, and who asked how often.
//! No state per server or member beyond that.

pub mod admission;
pub mod catch_up;
pub mod components;
pub mod cooldown;
pub mod cursors;
pub mod cursors_file;
pub mod feedback;
pub mod feedback_marks;
pub mod followed;
pub mod messages;
pub mod question_of;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use serenity::all::{ApplicationId, ChannelId, CommandInteraction, ComponentInteraction, UserId};
use serenity::all::{CreateAttachment, CreateInteractionResponseMessage, EditInteractionResponse, ModalInteraction};
use serenity::all::{CreateInteractionResponse, InteractionId, Timestamp};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::config::Limits;
use crate::discord::asking::admission::Admission;
use crate::discord::asking::cooldown::{Cooldown, Pass};
use crate::discord::asking::cursors::Places;
use crate::discord::asking::feedback_marks::Doubted;
use crate::discord::asking::followed::Answers;
use crate::discord::interaction::error::{Failure, Refusal};
use crate::discord::moderation::gate::Moderation;
use crate::discord::transport::rest::Rest;
use crate::discord::view::message_view::{Audience, Look, aside, reply};
use crate::knowledge::{Boundary, HasWordings as _};
use crate::library::handle::LibraryHandle;
use crate::library::reply::Reply;
use crate::matching::{Outcome, normalise};
use crate::moderation::UnixMillis;
use crate::moderation::unanswered::{UnansweredReason, UnansweredReport};
pub use crate::telemetry::Source;
use crate::telemetry::{QuestionRecord, Telemetry};

/// What all handlers share.
#[derive(Debug)]
pub struct Bot {
    /// What answers.
    pub library: Arc<LibraryHandle>,
    /// The way to Discord.
    pub rest: Rest,
    /// The application that the commands belong to.
    pub application: ApplicationId,
    /// Channels that are answered unasked.
    pub listen: HashSet<ChannelId>,
    /// Which answer belongs to which question.
    pub answers: Answers,
    /// Where questions are asked, to catch up with what was missed.
    pub places: Places,
    /// What is measured.
    pub telemetry: Telemetry,
    /// How much is worked on at once.
    pub admission: Admission,
    /// How the knowledge is moderated.
    pub moderation: Moderation,
    /// Which answers were marked as not meant.
    pub doubted: Doubted,
    /// What is being handled now; shutdown waits for it.
    pub busy: TaskTracker,
    users: Cooldown<UserId>,
    channels: Cooldown<ChannelId>,
}

/// A command of this bot.
pub type Command = poise::Command<Arc<Bot>, Failure>;

/// What a command is called with.
pub type Context<'a> = poise::ApplicationContext<'a, Arc<Bot>, Failure>;

/// A library's drawing of an answer, and whether it is one.
pub struct Drawn {
    /// How it looks.
    pub look: Look,
    /// What the matcher decided.
    pub outcome: Outcome,
    /// Wants to know what came of it.
    pub question: QuestionRecord,
    /// What is to be noted once it is shown.
    pub note: Option<UnansweredReport>,
}

impl Bot {
    /// Nothing is asked yet.
    #[must_use]
    pub fn new(
        library: Arc<LibraryHandle>,
        rest: Rest,
        application: ApplicationId,
        listen: HashSet<ChannelId>,
        limits: &Limits,
        telemetry: Telemetry,
        moderation: Moderation,
    ) -> Self {
        Self {
            library,
            rest,
            application,
            listen,
            answers: Answers::default(),
            places: Places::default(),
            telemetry,
            admission: Admission::default(),
            moderation,
            doubted: Doubted::default(),
            busy: TaskTracker::new(),
            users: Cooldown::new(limits.user_per_10s),
            channels: Cooldown::new(limits.channel_per_10s),
        }
    }

    /// Answers a question and draws the answer. The log gets a line when it is known what came of it.
    #[must_use]
    pub fn answer(&self, question: &str, audience: Audience, way: Source) -> Drawn {
        let began = Instant::now();
        let library = self.library.load();
        let answered = library.ask(question);
        let verdict = &answered.verdict;
        let measured = self.telemetry.questions().begin(way, question, verdict, began.elapsed());
        let mut look = reply(&answered.reply, audience);
        if let Some(id) = answered.reply.id().filter(|_| self.moderation.unanswered_queue.is_on()) {
            look = look.doubtful(id, audience);
        }
        let note = note(question, &answered.reply);
        Drawn { look, outcome: verdict.outcome, question: measured, note }
    }

    /// Notes that a question was shown no answer.
    pub fn note(&self, note: Option<UnansweredReport>) {
        note.into_iter().for_each(|note| self.moderation.unanswered_queue.push(note));
    }

    /// Counts a question by when Discord says it was asked. Everybody in a channel shares its limit; what only the asker sees
    /// is not counted there.
    #[must_use]
    pub fn may_ask(&self, user: UserId, channel: Option<ChannelId>, asked: Timestamp) -> (Pass, Refusal) {
        let asked = Duration::from_nanos(u64::try_from(asked.unix_timestamp_nanos()).unwrap_or(0));
        match (self.users.pass(user, asked), channel) {
            (Pass::Go, Some(channel)) => (self.channels.pass(channel, asked), Refusal::ChannelTooFast),
            (pass, _) => (pass, Refusal::UserTooFast),
        }
    }

    /// The same for an interaction, which must be answered even when it is refused.
    ///
    /// # Errors
    /// If the user or the channel is over its limit.
    pub fn may_interact(&self, user: UserId, channel: Option<ChannelId>, asked: Timestamp) -> Result<(), Refusal> {
        match self.may_ask(user, channel, asked) {
            (Pass::Go, _) => Ok(()),
            (_, refusal) => Err(refusal),
        }
    }

    /// Gives an interaction its first response.
    ///
    /// # Errors
    /// If Discord does not take it.
    pub async fn respond(&self, to: impl Into<Ticket>, response: CreateInteractionResponse) -> Result<(), Failure> {
        let Ticket { id, token } = to.into();
        Ok(self.rest.respond(id, &token, &response).await?)
    }

    /// A response that promises another, for the user alone.
    #[must_use]
    pub fn defer(&self) -> CreateInteractionResponse {
        CreateInteractionResponse::Defer(CreateInteractionResponseMessage::new().ephemeral(true))
    }

    /// Puts something in place of the response that was promised, or of the message whose button was pressed.
    ///
    /// # Errors
    /// If Discord does not take it.
    pub async fn revise(&self, ticket: &Ticket, shown: EditInteractionResponse) -> Result<(), Failure> {
        Ok(self.rest.edit_original(self.application, &ticket.token, &shown).await?)
    }

    /// The same with a file.
    ///
    /// # Errors
    /// If Discord does not take it.
    pub async fn send(
        &self,
        ticket: &Ticket,
        shown: EditInteractionResponse,
        file: CreateAttachment,
    ) -> Result<(), Failure> {
        Ok(self.rest.edit_original_with(self.application, &ticket.token, shown, file).await?)
    }

    /// Shows a look as an interaction's response.
    ///
    /// # Errors
    /// If Discord does not take it.
    pub async fn show(&self, to: impl Into<Ticket>, look: Look, private: bool) -> Result<(), Failure> {
        self.respond(to, CreateInteractionResponse::Message(look.response().ephemeral(private))).await
    }

    /// Tells the user of an interaction what went wrong, as far as that is possible, and logs what was the bot's fault.
    pub async fn confess(&self, to: impl Into<Ticket>, failure: &Failure, doing: &str) {
        failure.log(doing);
        let response = CreateInteractionResponse::Message(aside(&failure.sentence()));
        if let Err(error) = self.respond(to, response).await {
            tracing::debug!(doing, %error, "could not tell the user");
        }
    }
}

/// What is to be noted of a question: that it is unknown, or that nobody has taken a suggestion yet. What a curator wrote down for
/// a boundary is dealt with; what is merely near to one may be answered yet.
fn note(question: &str, reply: &Reply<'_>) -> Option<UnansweredReport> {
    let normal = normalise(question);
    let is_written = |boundary: &Boundary| boundary.wordings().any(|wording| normalise(wording) == normal);
    let reason = match reply {
        Reply::Unknown { boundary } if !boundary.is_some_and(is_written) => UnansweredReason::Unknown,
        Reply::Suggestions(_) => UnansweredReason::Suggested,
        Reply::Unknown { .. } | Reply::Passage(_) => return None,
    };
    Some(UnansweredReport::Asked { question: question.to_owned(), reason, at: UnixMillis::now() })
}

/// What an interaction is answered with.
#[derive(Clone, Debug)]
pub struct Ticket {
    id: InteractionId,
    token: Arc<str>,
}

impl From<&CommandInteraction> for Ticket {
    fn from(interaction: &CommandInteraction) -> Self {
        Self { id: interaction.id, token: interaction.token.as_str().into() }
    }
}

impl From<&ModalInteraction> for Ticket {
    fn from(interaction: &ModalInteraction) -> Self {
        Self { id: interaction.id, token: interaction.token.as_str().into() }
    }
}

impl From<&ComponentInteraction> for Ticket {
    fn from(interaction: &ComponentInteraction) -> Self {
        Self { id: interaction.id, token: interaction.token.as_str().into() }
    }
}
