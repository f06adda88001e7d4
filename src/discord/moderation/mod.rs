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

use serenity::all::GuildId;

use crate::config;
use crate::discord::interaction::Responder;
use crate::discord::transport::rest::Rest;
use crate::library::handle::LibraryHandle;
use crate::moderation::{EditService, ModerationUnavailable, UnansweredQueue};
pub use action::is_moderation;
use draft::Drafts;

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
    /// The first two servers that the bot turned out to be in. With two, no home server can be inferred.
    guilds: Mutex<Vec<GuildId>>,
    drafts: Drafts,
}

impl ModerationContext {
    /// Creates the state for a bot that is connected through `rest` and answers from `library`.
    #[must_use]
    pub fn new(setup: ModerationSetup, rest: Arc<Rest>, responder: Responder, library: Arc<LibraryHandle>) -> Self {
        let ModerationSetup { edit_service, unanswered_queue, settings } = setup;
        let (guilds, drafts) = (Mutex::default(), Drafts::default());
        Self { rest, responder, library, edit_service, unanswered_queue, settings, guilds, drafts }
    }
}
