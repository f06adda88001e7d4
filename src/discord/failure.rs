//! What can go wrong while somebody is answered: what the user did, told politely, and what the bot did, logged.

use super::rest::RestError;

/// Why a handler did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The user asked for what cannot be done.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The bot could not do what it should.
    #[error(transparent)]
    Broken(#[from] RestError),
}

/// What a user is told who asked for what cannot be done; its text is the sentence.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// Too many questions by one user.
    #[error("That was a lot of questions at once. Give me ten seconds, then ask again.")]
    UserTooFast,
    /// Too many questions in one channel.
    #[error("This channel asks faster than I answer. Give me ten seconds, then ask again.")]
    ChannelTooFast,
    /// Too many questions at once, or of somebody or somewhere.
    #[error("I am busy with a lot of questions. Please ask again in a minute.")]
    Busy,
    /// Somebody else's answer.
    #[error("Only the one who asked, or a moderator, can remove this answer.")]
    NotYours,
    /// Somebody else's question.
    #[error("Only the one who asked can say that.")]
    NotYourQuestion,
    /// An entry that was there when the button was made.
    #[error("That answer is no longer part of what I know. Ask again with /ask.")]
    EntryGone,
    /// A section that is not, or no longer, there.
    #[error("I know no section of that name. /sections shows them all.")]
    NoSuchSection,
    /// A component or command of another version.
    #[error("This is from an earlier version of me and no longer works. Ask again with /ask.")]
    OutOfDate,
    /// A moderator's step outside a server.
    #[error("Knowledge is moderated in a server, not in direct messages.")]
    NoServer,
    /// A moderator's step in a server where there are none.
    #[error("My knowledge is moderated in another server.")]
    OtherServer,
    /// A step of somebody who is no moderator.
    #[error("Only moderators can do that.")]
    NoModerator,
    /// There is no moderation; why.
    #[error("Moderation is off. {0}.")]
    ModerationOff(String),
    /// What was about to be changed is forgotten.
    #[error(
        "I have forgotten this draft: I was restarted, or it was long ago. Nothing was changed; please begin again."
    )]
    DraftGone,
    /// Somebody else's draft.
    #[error("This draft is somebody else's.")]
    NotYourDraft,
    /// An entry or boundary that is not there.
    #[error("I know no such question. Choose one from the list that opens while you type.")]
    NoSuchEntry,
    /// No file to add to.
    #[error("There is no knowledge file to add to. An older version can be restored from the history.")]
    NoKnowledgeFile,
    /// A message without text to answer.
    #[error("I find no question in that message.")]
    NothingAsked,
}

/// What a user is told when the bot could not do what it should.
pub const APOLOGY: &str = "Sorry, something went wrong on my side. Please try again in a moment.";

impl Failure {
    /// The sentence for the user.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.to_string(),
            Self::Broken(_) => APOLOGY.to_owned(),
        }
    }

    /// Logs what the bot did wrong; what a user did wrong is no event.
    pub fn log(&self, doing: &str) {
        match self {
            Self::Refused(refusal) => tracing::debug!(doing, %refusal, "refused"),
            Self::Broken(error) => tracing::error!(doing, %error, "failed"),
        }
    }
}
