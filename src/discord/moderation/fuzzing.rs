//! Laws of the input that moderators, and forged forms, can send; see [`crate::discord::fuzzing`].

use std::path::PathBuf;

use serenity::all::ModalInteraction;

use super::action::ModerationAction;
use super::form::{self, FormSubject, FormText};
use super::{citations, is_moderation};
use crate::knowledge::Document;
use crate::moderation::Item;

/// Returns whether a `custom_id` is a moderation action, and checks that it is written as it was read.
pub fn moderation_action(text: &str) -> bool {
    let Ok(action) = text.parse::<ModerationAction>() else { return false };
    assert!(is_moderation(text));
    assert_eq!(action.to_string().parse(), Ok(action));
    true
}

/// Checks that a submitted form becomes an edit or an error, and that parsed citations survive printing.
pub fn form(modal: &ModalInteraction, files: &[(PathBuf, Document)]) {
    let text = FormText::new("", "", String::new()).submitted(modal);
    for (file, document) in files {
        if let Ok(parsed) = citations::parse(&text.citations, document) {
            assert_eq!(citations::parse(&citations::print(&parsed, document), document), Ok(parsed));
        }
        let items = document.entries.first().cloned().map(Item::Entry);
        let items = items.into_iter().chain(document.boundaries.first().cloned().map(Item::Boundary));
        let changes = items.map(|item| FormSubject::Change(file.clone(), item));
        for subject in changes.chain([FormSubject::NewEntry(None), FormSubject::NewBoundary(file.clone())]) {
            if let Err(error) = form::edit(&subject, &text, files) {
                assert!(!error.to_string().is_empty());
            }
        }
    }
}
