//! Laws that must hold of any bytes that strangers can send through Discord.
//! For the fuzz targets only, which build with `--cfg fuzzing`. A broken law panics.

use std::path::PathBuf;

use serenity::all::Interaction;

pub use super::asking::fuzzing::{autocompletion, events};
use super::moderation::fuzzing::{form, moderation_action};
pub use super::moderation::fuzzing::{form_text, import};
use super::transport::gateway::{Event, Payload, read};
use super::transport::markup::plain_text;
use super::view::button_id::{ButtonId, UnknownCustomId};
use super::view::limits::CUSTOM_ID_MAX;
use crate::knowledge::Document;

/// Checks that a `custom_id` is written as it was read, and is either a member's or a moderator's.
pub fn custom_id(text: &str) {
    let button = text.parse::<ButtonId>();
    if let Ok(button) = &button {
        let written = button.to_string();
        assert_eq!(written.parse().as_ref(), Ok(button));
        assert!(written.chars().count() <= text.chars().count().max(CUSTOM_ID_MAX));
    }
    if moderation_action(text) {
        assert_eq!(button, Err(UnknownCustomId));
    }
}

/// Checks that any gateway payload is read, together with its text, ids and forms.
pub fn payload(text: &str, files: &[(PathBuf, Document)]) {
    let Ok(Payload::Event(_, Some(event))) = read(text) else { return };
    match event {
        Event::MessageCreated(message) => {
            let question = plain_text(&message.content);
            assert!(question.chars().count() <= message.content.chars().count());
        }
        Event::InteractionCreated(interaction) => match *interaction {
            Interaction::Component(press) => custom_id(&press.data.custom_id),
            Interaction::Modal(modal) => {
                custom_id(&modal.data.custom_id);
                form(&modal, files);
            }
            Interaction::Command(command) | Interaction::Autocomplete(command) => _ = command.data.options(),
            _ => {}
        },
        _ => {}
    }
}
