//! The errors of handlers. A mistake of the user becomes a polite sentence; a fault of the bot is logged and the user
//! gets an apology.

use crate::discord::transport::rest::error::RestError;
use crate::moderation::DatabaseError;
use crate::throttle::Bound;

/// An error of a handler.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The user asked for something that the bot cannot or may not do.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A call to Discord failed.
    #[error(transparent)]
    Rest(#[from] RestError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// A mistake of the user, or a request that the bot refuses. The error text is the sentence that the user sees.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// The user exceeded the limit of questions.
    #[error("That was a lot of questions at once. Give me ten seconds, then ask again.")]
    UserTooFast,
    /// The channel exceeded the limit of questions.
    #[error("This channel asks faster than I can answer. Give me ten seconds, then ask again.")]
    ChannelTooFast,
    /// Too many questions are in progress: in total, by this user, or in this channel.
    #[error("I am busy with a lot of questions. Please ask again in a minute.")]
    Busy,
    /// The answer belongs to another user.
    #[error("Only the member who asked, or a moderator, can remove this answer.")]
    NotYours,
    /// The feedback belongs to another user's question.
    #[error("Only the member who asked can give this feedback.")]
    NotYourQuestion,
    /// The entry was removed after the button was made.
    #[error("That answer has been removed. Ask again with /ask.")]
    EntryGone,
    /// No section has this name, or not any more.
    #[error("There is no section with that name. /sections lists them all.")]
    NoSuchSection,
    /// A component or command of another version of the bot.
    #[error("This is from an earlier version of me and no longer works. Ask again with /ask.")]
    OutOfDate,
    /// A moderation command outside a server.
    #[error("Knowledge is moderated in a server, not in direct messages.")]
    NoServer,
    /// A moderation command in a server that does not moderate the knowledge.
    #[error("My knowledge is moderated in another server.")]
    OtherServer,
    /// A moderation command while the bot is in several servers and the configuration names none of them.
    #[error(
        "I cannot tell which server moderates my knowledge: I am in several servers, or joined this one after I started. My \
         operator can set `moderation.guild`, `moderation.roles` or `moderation.users` and restart me."
    )]
    NoHome,
    /// A moderation command by a user who is not a moderator.
    #[error("Only moderators can do that.")]
    NoModerator,
    /// Moderation is off, for this reason.
    #[error("Moderation is off. {0}.")]
    ModerationOff(String),
    /// The draft is no longer in memory.
    #[error("I no longer have this draft: I was restarted, or it is too old. Nothing was changed. Please start again.")]
    DraftGone,
    /// The draft belongs to another moderator.
    #[error("This draft belongs to another moderator.")]
    NotYourDraft,
    /// No entry or boundary matches.
    #[error("There is no such question. Choose one from the list that opens while you type.")]
    NoSuchEntry,
    /// There is no knowledge file to add to.
    #[error("There is no knowledge file to add to. An older version can be restored from the history.")]
    NoKnowledgeFile,
    /// Another moderator handled the unanswered question.
    #[error("That question is no longer on the list: another moderator handled it.")]
    QuestionGone,
    /// The history has no such revision.
    #[error("There is no revision {0} in the history.")]
    NoSuchRevision(i64),
    /// The file has no earlier revision.
    #[error("There is nothing to undo.")]
    NothingToUndo,
    /// No knowledge file has this name.
    #[error("There is no knowledge file with that name. Choose one from the list that opens while you type.")]
    NoSuchFile,
    /// There are several knowledge files, and the moderator named none.
    #[error("There are several knowledge files. Name the one that this replaces with `file`.")]
    WhichFile,
    /// The file exceeds Discord's upload limit.
    #[error(
        "The knowledge file is larger than Discord accepts in one message. My operator can copy it from my machine."
    )]
    TooLargeToSend,
    /// The uploaded file is too large.
    #[error("I accept files of at most {most} bytes, and this one has {found}. My operator can copy it to my machine.")]
    TooLargeToImport {
        /// The limit, in bytes.
        most: u64,
        /// The size, in bytes.
        found: u64,
    },
    /// The uploaded file could not be downloaded, for this reason.
    #[error("I could not download that file from Discord: {0}. Please send it again.")]
    NotFetched(String),
    /// The uploaded file is not UTF-8 text.
    #[error("That file is not UTF-8 text, so it is not a knowledge file.")]
    NoText,
    /// The message contains no text to answer.
    #[error("I found no question in that message.")]
    NothingAsked,
}

impl Refusal {
    /// The refusal of a question by a rate limit.
    #[must_use]
    pub fn too_fast(bound: Bound) -> Self {
        if bound == Bound::ChannelRate { Self::ChannelTooFast } else { Self::UserTooFast }
    }
}

/// The message for a user when the bot is at fault.
pub const APOLOGY: &str = "Sorry, something went wrong on my side. Please try again in a moment.";

impl HandlerError {
    /// Returns the message for the user.
    #[must_use]
    pub fn user_message(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.to_string(),
            Self::Rest(_) | Self::Database(_) => APOLOGY.to_owned(),
        }
    }

    /// Logs the error: a fault of the bot as an error, a refusal for debugging only. `action` says what the user did.
    pub fn log(&self, action: &str) {
        match self {
            Self::Refused(refusal) => tracing::debug!(action, %refusal, "refused"),
            Self::Rest(error) => tracing::error!(action, %error, "failed"),
            Self::Database(error) => tracing::error!(action, %error, "failed"),
        }
    }
}
