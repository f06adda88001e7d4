//! Moderation of the knowledge: edits as values, their history and undo, and the list of unanswered questions, in one
//! embedded database. Uses `knowledge`, `matching` and the library; knows nothing about Discord.

mod database;
pub mod diff;
mod edit;
mod edit_service;
mod editor;
mod effect;
mod failure;
pub mod history;
mod item;
mod lock;
mod merge;
mod migrations;
mod revision_journal;
mod shared_database;
mod text_store;
pub mod unanswered;

pub use database::{Database, DatabaseError, OpenError, UnixMillis};
pub use edit::Edit;
pub use edit_service::{EditService, ModerationUnavailable, Saved};
pub use editor::{Committed, Editor, Journal, Preview};
pub use effect::{Effect, PredictedReply, REPLY_CHANGES_MAX, ReplyChange, effect};
pub use failure::{EditError, EditRefusal, JournalError, SaveFailure};
pub use item::{Item, id_for};
pub use lock::{FolderLock, LockError};
pub use merge::Conflict;
pub use revision_journal::document_name;
pub use shared_database::SharedDatabase;
pub use unanswered::UnansweredQueue;
