//! What can go wrong while somebody is answered: what the user did, told politely, and what the bot did, logged.

use crate::discord::transport::rest::error::RestError;
use crate::moderation::DatabaseError;

/// Why a handler did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The user asked for what cannot be done.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The bot could not do what it should.
    #[error(transparent)]
    Broken(#[from] RestError),
    /// The database could not do what it should.
    #[error(transparent)]
    State(#[from] DatabaseError),
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
    /// A moderator's step in one of several servers, none of which is named.
    #[error(
        "I do not know whose knowledge this is: I am in several servers, or came into this one after my start. My operator \
         names the server in `moderation.guild`, or who moderates, and starts me again."
    )]
    NoHome,
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
    /// A question that was dealt with meanwhile.
    #[error("That question is no longer on the list: somebody dealt with it.")]
    QuestionGone,
    /// A revision that is not in the history.
    #[error("There is no revision {0} in the history.")]
    NoSuchRevision(i64),
    /// A file without a revision before the last.
    #[error("There is nothing to undo.")]
    NothingToUndo,
    /// A knowledge file that is not there.
    #[error("I know no knowledge file of that name. Choose one from the list that opens while you type.")]
    NoSuchFile,
    /// Several files, and none chosen.
    #[error("I know several knowledge files. Say with `file` which of them this replaces.")]
    WhichFile,
    /// Files that Discord does not take.
    #[error("The knowledge is larger than Discord takes in one message. Its operator finds it beside me.")]
    TooLargeToSend,
    /// A file that is not taken.
    #[error("I take files of at most {most} bytes, and this has {found}. Its operator can put it beside me.")]
    TooLargeToImport {
        /// The limit, in bytes.
        most: u64,
        /// The size, in bytes.
        found: u64,
    },
    /// A file that could not be fetched; why.
    #[error("I could not fetch that file from Discord: {0}. Please send it again.")]
    NotFetched(String),
    /// A file of something else.
    #[error("That file is not text in UTF-8, so it is no knowledge file.")]
    NoText,
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
            Self::Broken(_) | Self::State(_) => APOLOGY.to_owned(),
        }
    }

    /// Logs what the bot did wrong; what a user did wrong is no event.
    pub fn log(&self, doing: &str) {
        match self {
            Self::Refused(refusal) => tracing::debug!(doing, %refusal, "refused"),
            Self::Broken(error) => tracing::error!(doing, %error, "failed"),
            Self::State(error) => tracing::error!(doing, %error, "failed"),
        }
    }
}
