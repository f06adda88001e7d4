//! How moderators keep the knowledge right: edits as values, applied to a file's current text and saved so that nothing is lost.
//! May use `knowledge`, `matching` and `reply`'s library; knows nothing of Discord.

#[cfg(test)]
mod crash_tests;
mod desk;
#[cfg(test)]
mod desk_tests;
mod edit;
#[cfg(test)]
mod edit_tests;
mod effect;
mod failure;
mod lock;
mod merge;
mod slug;

pub use desk::{Committed, Desk, Journal, JournalError, Met, Preview};
pub use edit::{Edit, Item};
pub use effect::{Effect, SHIFTS_MAX, Said, Shift, effect};
pub use failure::{EditError, Failure, Refusal};
pub use lock::{Lock, LockError};
pub use merge::Conflict;
pub use slug::id_for;
