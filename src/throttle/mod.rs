//! Limits for the work that users cause: a rate for each user and channel (`rate_limit`), the work in progress for each
//! (`admission`), and a queue in which users take turns (`turns`).
//!
//! Every source of work asks its limits before the work is done. [`Work`] names the source and [`Bound`] the limit, for
//! the metrics.

pub mod admission;
pub mod rate_limit;
pub mod turns;

/// A kind of work that a stranger can cause: the value of the metric label `work`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Work {
    /// A message or a command that asks a question.
    Question,
    /// A message that is not addressed to the bot, in a channel that it listens to.
    Unasked,
    /// An edit of a question.
    Edit,
    /// The completion of an option while a user types.
    Autocomplete,
    /// A command, a button, a menu or a form.
    Interaction,
    /// The preview of a moderator's edit.
    Preview,
    /// A save of a moderator's edit.
    Save,
    /// A report of an unanswered question to the moderators' list.
    Unanswered,
}

impl Work {
    /// The value of the metric label.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Unasked => "unasked",
            Self::Edit => "edit",
            Self::Autocomplete => "autocomplete",
            Self::Interaction => "interaction",
            Self::Preview => "preview",
            Self::Save => "save",
            Self::Unanswered => "unanswered",
        }
    }
}

/// The limit that refused a piece of work: the value of the metric label `bound`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum Bound {
    /// The user asks too often.
    #[error("too often for one user")]
    UserRate,
    /// Too much is asked in the channel.
    #[error("too often for one channel")]
    ChannelRate,
    /// The user has too much work in progress, or in the queue.
    #[error("too much at once for one user")]
    User,
    /// The channel has too much work in progress, or in its queue.
    #[error("too much at once for one channel")]
    Channel,
    /// There is too much work of this kind.
    #[error("too much at once")]
    Total,
    /// Newer work of the same user took the place of this work.
    #[error("replaced by newer work")]
    Replaced,
}

impl Bound {
    /// The value of the metric label.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::UserRate => "user_rate",
            Self::ChannelRate => "channel_rate",
            Self::User => "user",
            Self::Channel => "channel",
            Self::Total => "total",
            Self::Replaced => "replaced",
        }
    }
}

/// Runs slow work on a thread that may block, so that the thread which answers goes on meanwhile.
///
/// # Panics
/// If the work panics.
pub async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down, so no caller will poll this again.
            Err(_) => std::future::pending().await,
        },
    }
}
