//! How moderators keep the knowledge right: edits as values, applied to a file's current text and saved so that nothing is lost;
//! their history, the difference of two revisions, and the questions nobody could answer, in one embedded database.
//! May use `knowledge`, `matching`, and `library`; knows nothing of Discord.

#[cfg(test)]
mod crash_tests;
mod database;
mod desk;
#[cfg(test)]
mod desk_tests;
pub mod diff;
mod edit;
#[cfg(test)]
mod edit_tests;
mod effect;
mod failure;
pub mod history;
mod item;
mod ledger;
mod lock;
mod merge;
mod migrations;
pub mod moment;
mod office;
mod pieces;
pub mod recorder;
mod slug;
pub mod state;
pub mod unanswered;

pub use desk::{Committed, Desk, Journal, Met, Preview};
pub use edit::Edit;
pub use effect::{Effect, SHIFTS_MAX, Said, Shift, effect};
pub use failure::{EditError, Failure, JournalError, Refusal};
pub use item::Item;
pub use ledger::name as document_name;
pub use lock::{Lock, LockError};
pub use merge::Conflict;
pub use office::{Closed, Office, Saved};
pub use slug::id_for;
