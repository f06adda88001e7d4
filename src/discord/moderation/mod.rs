//! Moderation from Discord: `/knowledge`, the message command **Add to knowledge**, and the previews, buttons and forms
//! behind them. [`ModerationContext`] is the state that all of these share.
//!
//! Every interaction first passes [`ModerationContext::authorize`]. To add a subcommand, add a file to `commands/` and
//! a line to its table. To add a button or form, add a [`action::ModerationAction`] and handle it in `components`.
//! Whatever changes the knowledge is a [`draft::Draft`] with an edit: [`preview::preview_draft`] shows it, and its Save
//! button carries it out.

mod access;
mod action;
mod citations;
pub mod commands;
pub mod components;
mod difference;
mod draft;
mod form;
#[cfg(fuzzing)]
pub mod fuzzing;
mod history;
pub mod log_channel;
mod lookup;
mod page;
mod preview;
mod unanswered;

use std::sync::{Arc, Mutex};

use serenity::all::{GuildId, MessageId};

use crate::config;
use crate::discord::interaction::Responder;
use crate::discord::interaction::error::Refusal;
use crate::discord::transport::rest::Rest;
use crate::library::handle::LibraryHandle;
use crate::moderation::{EditService, ModerationUnavailable, UnansweredQueue};
use crate::telemetry::Telemetry;
use crate::throttle::Work;
use crate::throttle::turns::{Turn, TurnQueue, Waiting};
use access::Moderator;
pub use action::is_moderation;
use draft::Drafts;
use unanswered::GroupCache;

/// Commands and presses at once that hold the texts of whole files: imports, undoing, restoring, looking at a revision,
/// exports. Each takes a few times the size of a file.
const FILE_WORK_MAX: usize = 2;

/// Commands and presses that wait for one of these. Each ends after at most half a minute of downloading and a minute
/// of waiting for its preview, so the last one waits six of the 15 minutes for which Discord accepts a response.
const FILE_WORK_WAITING_MAX: usize = 8;

/// The parts of moderation that exist before the bot is connected.
#[derive(Debug)]
pub struct ModerationSetup {
    /// The service that makes edits, or the reason why moderation is off.
    pub edit_service: Result<Arc<EditService>, ModerationUnavailable>,
    /// The queue of unanswered questions.
    pub unanswered_queue: UnansweredQueue,
    /// The settings.
    pub settings: config::Moderation,
}

/// The state that all moderation handlers share.
#[derive(Debug)]
pub struct ModerationContext {
    rest: Arc<Rest>,
    responder: Responder,
    library: Arc<LibraryHandle>,
    edit_service: Result<Arc<EditService>, ModerationUnavailable>,
    unanswered_queue: UnansweredQueue,
    settings: config::Moderation,
    telemetry: Telemetry,
    /// The first two servers that the bot turned out to be in. With two, no home server can be inferred.
    guilds: Mutex<Vec<GuildId>>,
    drafts: Drafts,
    /// The unanswered questions as they were last grouped.
    groups: tokio::sync::Mutex<GroupCache>,
    /// Gives turns to work that holds the texts of whole files.
    file_work: TurnQueue<u64>,
}

impl ModerationContext {
    /// Creates the state for a bot that is connected through `rest` and answers from `library`.
    #[must_use]
    pub fn new(
        setup: ModerationSetup,
        rest: Arc<Rest>,
        responder: Responder,
        library: Arc<LibraryHandle>,
        telemetry: Telemetry,
    ) -> Self {
        let ModerationSetup { edit_service, unanswered_queue, settings } = setup;
        Self {
            rest,
            responder,
            library,
            edit_service,
            unanswered_queue,
            settings,
            telemetry,
            guilds: Mutex::default(),
            drafts: Drafts::default(),
            groups: tokio::sync::Mutex::default(),
            file_work: TurnQueue::new(FILE_WORK_MAX, FILE_WORK_WAITING_MAX),
        }
    }

    /// Waits for a turn to do work that holds the texts of whole files, before it reads or downloads one. A newer press
    /// on the same `message` takes the place of one that waits; the bound is then `Bound::Replaced`.
    ///
    /// # Errors
    /// [`Refusal::FilesBusy`].
    async fn file_turn(&self, moderator: &Moderator, message: Option<MessageId>) -> Result<Turn, Refusal> {
        let waiting = message.map_or(Waiting::InOrder, |message| Waiting::Replacing(message.get()));
        let turn = self.file_work.turn(moderator.user.get(), waiting).await;
        turn.map_err(|bound| {
            self.telemetry.throttled(Work::Preview, bound);
            Refusal::FilesBusy(bound)
        })
    }
}
