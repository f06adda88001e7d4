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
#[cfg(fuzzing)]
pub mod fuzzing;
mod gate;
mod history;
pub mod log_channel;
mod page;
mod pick;
mod presses;
mod preview;
mod transfer;
mod unanswered;

use std::sync::{Arc, Mutex, PoisonError};

use serenity::all::GuildId;

use crate::config;
use crate::discord::gateway::Shard;
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
    /// The first two servers that the bot turned out to be in.
    guilds: Mutex<Vec<GuildId>>,
    drafts: draft::Drafts,
    saving: presses::Saving,
}

impl Moderation {
    /// Moderation in an office, or the reason why there is none.
    #[must_use]
    pub fn new(office: Result<Arc<Office>, Closed>, recorder: Recorder, settings: config::Moderation) -> Self {
        let (guilds, drafts, saving) = (Mutex::default(), draft::Drafts::default(), presses::Saving::default());
        Self { recorder, office, settings, guilds, drafts, saving }
    }

    /// A session has begun, in these servers. Where the configuration names no moderators, those of the only server are meant;
    /// one that is joined later changes nothing before the next start. A bot of several shards has no only server: each shard knows
    /// but its own, and so may this process.
    pub fn is_in(&self, shard: Shard, guilds: impl Iterator<Item = GuildId>) {
        let mut known = self.guilds.lock().unwrap_or_else(PoisonError::into_inner);
        for guild in guilds {
            if shard.total == 1 && known.len() < 2 && !known.contains(&guild) {
                known.push(guild);
            }
        }
        if (shard.total > 1 || known.len() > 1) && self.names_nobody() {
            tracing::warn!(
                "the bot is in several servers: nobody moderates before `moderation.guild`, `roles` or `users` is set"
            );
        }
    }

    /// Whether the configuration leaves it to the server who moderates, and to the bot which server.
    fn names_nobody(&self) -> bool {
        self.settings.names_nobody()
    }
}
