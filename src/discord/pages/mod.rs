//! What moderators read, as texts in Discord's markdown within its limits: differences, history, unanswered questions.
//! Nothing of Discord but its markdown is in here; buttons and menus are put to it by who shows it.

pub mod difference;
pub mod history;
pub mod unanswered;
