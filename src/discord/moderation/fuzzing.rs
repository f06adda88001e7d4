//! What moderators, and whoever forges their forms, can send: see [`crate::discord::fuzzing`].

use std::path::PathBuf;

use serenity::all::ModalInteraction;

use super::action::Step;
use super::form::{self, Subject, Typed};
use super::{citations, is_step};
use crate::knowledge::Document;
use crate::moderation::Item;

/// Whether a `custom_id` is a step of moderators, which means the same when it is written again.
pub fn step(text: &str) -> bool {
    let Ok(step) = text.parse::<Step>() else { return false };
    assert!(is_step(text));
    assert_eq!(step.to_string().parse(), Ok(step));
    true
}

/// A form that was sent becomes an edit, or is told what is wrong with it. Citations that were read are read again as the same from
/// how they are written.
pub fn form(modal: &ModalInteraction, files: &[(PathBuf, Document)]) {
    let typed = Typed::begun("", "", String::new()).sent(modal);
    for (file, document) in files {
        if let Ok(read) = citations::parse(&typed.citations, document) {
            assert_eq!(citations::parse(&citations::print(&read, document), document), Ok(read));
        }
        let items = document.entries.first().cloned().map(Item::Entry);
        let items = items.into_iter().chain(document.boundaries.first().cloned().map(Item::Boundary));
        let changes = items.map(|item| Subject::Change(file.clone(), item));
        for subject in changes.chain([Subject::NewEntry(None), Subject::NewBoundary(file.clone())]) {
            if let Err(wrong) = form::edit(&subject, &typed, files) {
                assert!(!wrong.to_string().is_empty());
            }
        }
    }
}
