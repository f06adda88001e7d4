//! Moderation of the knowledge: edits as values, their history and undo, and the list of unanswered questions, in one
//! embedded database. Uses `knowledge`, `matching` and the library; knows nothing about Discord.

mod database;
pub mod diff;
mod edit;
mod edit_service;
mod editor;
mod effect;
mod failure;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod history;
mod item;
mod lock;
mod merge;
mod migrations;
mod parsed_files;
mod revision_journal;
mod shared_database;
mod text_store;
pub mod unanswered;

pub use database::{Database, DatabaseError, UnixMillis};
pub use edit::Edit;
pub use edit_service::{EditService, ModerationUnavailable};
pub use editor::{Preview, Regression};
pub use effect::{PredictedReply, ReplyChange};
pub use failure::{EditError, EditRefusal, SaveFailure};
pub use item::{Item, id_for};
pub use revision_journal::document_name;
pub use shared_database::SharedDatabase;
pub use unanswered::{DatabaseVersion, UnansweredQueue};
