//! Moderation from Discord: `/knowledge`, the message menu **Add to knowledge**, and the previews, buttons and forms behind them.
//! Each step goes through [`Moderation::gate`] first, be it a command, an autocompletion, a pressed button or a sent form.
//!
//! A new step: a subcommand in `commands`, or an [`action::Step`] for a component or form, handled in `presses`. What changes
//! knowledge is a [`draft::Draft`] with an edit, shown by [`preview::propose`], and made when its Save is pressed.

mod action;
mod citations;
pub mod commands;
mod draft;
mod form;
mod gate;
mod history;
mod page;
mod pick;
mod presses;
mod preview;
mod transfer;
mod unanswered;

use std::sync::Arc;

use crate::config;
use crate::moderation::recorder::Recorder;
use crate::moderation::{Closed, Office};

pub use action::is_step;
pub use presses::{pressed, submitted};

/// What moderation needs: where edits are made, or why nowhere; who may make them; and what they are about to.
#[derive(Debug)]
pub struct Moderation {
    /// What notes the questions that nobody could answer.
    pub recorder: Recorder,
    office: Result<Arc<Office>, Closed>,
    settings: config::Moderation,
    drafts: draft::Drafts,
    saving: presses::Saving,
}

impl Moderation {
    /// Moderation in an office, or the reason why there is none.
    #[must_use]
    pub fn new(office: Result<Arc<Office>, Closed>, recorder: Recorder, settings: config::Moderation) -> Self {
        Self { recorder, office, settings, drafts: draft::Drafts::default(), saving: presses::Saving::default() }
    }
}
