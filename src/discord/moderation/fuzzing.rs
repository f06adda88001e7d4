//! Laws of the input that moderators, and forged forms, can send; see [`crate::discord::fuzzing`].

use std::path::PathBuf;

use serenity::all::ModalInteraction;

use super::action::ModerationAction;
use super::form::{self, FormSubject, FormText};
use super::{citations, difference, is_moderation};
use crate::knowledge::{Document, parse_document};
use crate::moderation::fuzzing::{Importer, is_no_bug};
use crate::moderation::{Edit, Item};

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
    for subject in subjects(files) {
        _ = made(&subject, &text, files);
    }
}

/// As [`form`] for the inputs of a form, each after a NUL. Checks too that the edit can be applied to the file.
pub fn form_text(inputs: &str, file_text: &str) {
    let document = parse_document(file_text).expect("the text is valid");
    let files = [(PathBuf::from("fuzzed.json"), document)];
    let mut inputs = inputs.split('\0').map(str::to_owned);
    let mut next = || inputs.next().unwrap_or_default();
    let (question, wordings) = (next(), Some(next()));
    let text =
        FormText { question, wordings, passage: next(), citations: next(), related: next(), ..FormText::default() };
    for subject in subjects(&files) {
        if let Some(edit) = made(&subject, &text, &files)
            && let Err(error) = edit.apply(file_text)
        {
            is_no_bug(&error);
        }
    }
}

/// The subjects of all kinds of forms for these files.
fn subjects(files: &[(PathBuf, Document)]) -> impl Iterator<Item = FormSubject> {
    files.iter().flat_map(|(file, document)| {
        let items = document.entries.first().cloned().map(Item::Entry);
        let items = items.into_iter().chain(document.boundaries.first().cloned().map(Item::Boundary));
        let changes = items.map(|item| FormSubject::Change(file.clone(), item));
        let new = [FormSubject::NewEntry(None), FormSubject::NewBoundary(file.clone())];
        changes.chain(new)
    })
}

/// Returns the edit that a form makes, and checks the citations or the error.
fn made(subject: &FormSubject, text: &FormText, files: &[(PathBuf, Document)]) -> Option<Edit> {
    for (_, document) in files {
        if let Ok(parsed) = citations::parse(&text.citations, document) {
            assert_eq!(citations::parse(&citations::print(&parsed, document), document), Ok(parsed));
        }
    }
    form::edit(subject, text, files)
        .inspect_err(|error| assert!(!error.to_string().is_empty()))
        .ok()
        .map(|(_, edit)| edit)
}

/// Checks that any bytes as an imported file give a preview whose difference fits its limit, or a refusal.
pub fn import(importer: &Importer, bytes: &[u8]) {
    const MAX: usize = 3_200;
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Some(preview) = importer.preview(text) {
        let shown = difference::difference_of_texts(preview.before.as_deref(), &preview.after, MAX);
        assert!(!shown.is_empty() && shown.chars().count() <= MAX, "{shown}");
    }
}
