//! What strangers can send over Discord, read as the bot reads it, with the laws that must hold of any bytes.
//! For the fuzz targets alone: built with `--cfg fuzzing` only, where a law that is broken is a panic.

use std::path::PathBuf;

use serenity::all::Interaction;

use crate::discord::moderation::fuzzing::{form, step};
use crate::discord::transport::gateway::{Event, Payload, read};
use crate::discord::transport::markup::plain_text;
use crate::discord::view::button_action::{Action, NotOurs};
use crate::discord::view::limits::CUSTOM_ID_MAX;
use crate::knowledge::Document;

/// A component's `custom_id` means the same when it is written again, and is not of two kinds.
pub fn custom_id(text: &str) {
    let action = text.parse::<Action>();
    if let Ok(action) = &action {
        let written = action.to_string();
        assert_eq!(written.parse().as_ref(), Ok(action));
        assert!(written.chars().count() <= text.chars().count().max(CUSTOM_ID_MAX));
    }
    if step(text) {
        assert_eq!(action, Err(NotOurs));
    }
}

/// A payload of the gateway is read whatever it says, and so are its words, ids and forms.
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
