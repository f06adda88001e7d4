//! Moderation from Discord: `/knowledge`, the message menu **Add to knowledge**, and the previews, buttons and forms behind them.
//! Each step goes through [`gate::Moderation::gate`] first, be it a command, an autocompletion, a pressed button or a sent form.
//!
//! A new step: a subcommand in `commands`, or an [`action::Step`] for a component or form, handled in `presses`. What changes
//! knowledge is a [`draft::Draft`] with an edit, shown by [`preview::propose`], and made when its Save is pressed.

mod action;
mod citations;
pub mod commands;
mod difference;
mod draft;
mod form;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod gate;
mod history;
mod history_text;
pub mod log_channel;
mod page;
mod pick;
mod presses;
mod preview;
mod transfer;
mod unanswered;
mod unanswered_text;

pub use action::is_step;
pub use presses::{pressed, submitted};
