//! The actions of the buttons and menus on a member's messages, encoded in their `custom_id`. The `custom_id` holds all
//! state, so a button still works after a restart. It is untrusted input: handlers check the user who presses again.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use serenity::all::UserId;

/// A decoded `custom_id`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ButtonId {
    /// The user who asked. Only this user may change the message.
    pub asker: UserId,
    /// The effect of the button.
    pub action: ButtonAction,
}

/// The effect of a button or menu.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ButtonAction {
    /// Show the answer of the entry with this id.
    Show(String),
    /// Show the answer of the suggested entry with this id, and record that the suggestion was accepted.
    Take(String),
    /// Record that the answer of the entry or boundary with this id was not helpful, and offer other entries.
    NotHelpful(String),
    /// Record that none of the suggested entries was meant, and offer other entries.
    NoneOfThese,
    /// Delete the message. If the message shows the answer of an entry, the entry's id is here too: it gives a question
    /// that replies to the message its context.
    Remove(Option<String>),
    /// Show all sections.
    Sections,
    /// Show the section that the user selects from the menu of this document. The menu's values are section ids.
    ChooseSection(usize),
    /// Show a page, counted from 0, of the questions of a section.
    Page(SectionId, usize),
}

/// Identifies a section across all loaded documents.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SectionId {
    /// The index of the document in loading order, from 0.
    pub document: usize,
    /// The id of the section within the document.
    pub section: String,
}

impl fmt::Display for SectionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.document, self.section)
    }
}

impl FromStr for SectionId {
    type Err = UnknownCustomId;

    fn from_str(text: &str) -> Result<Self, UnknownCustomId> {
        let (document, section) = text.split_once('.').ok_or(UnknownCustomId)?;
        Ok(Self { document: document.parse().map_err(|_| UnknownCustomId)?, section: section.to_owned() })
    }
}

/// A `custom_id` that this version of Footnote does not write.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected a custom_id that this version of Footnote writes, found another")]
pub struct UnknownCustomId;

impl fmt::Display for ButtonId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asker = self.asker;
        match &self.action {
            ButtonAction::Show(entry) => write!(formatter, "show:{asker}:{entry}"),
            ButtonAction::Take(entry) => write!(formatter, "take:{asker}:{entry}"),
            ButtonAction::NotHelpful(entry) => write!(formatter, "doubt:{asker}:{entry}"),
            ButtonAction::NoneOfThese => write!(formatter, "none:{asker}"),
            ButtonAction::Remove(None) => write!(formatter, "remove:{asker}"),
            ButtonAction::Remove(Some(entry)) => write!(formatter, "remove:{asker}:{entry}"),
            ButtonAction::Sections => write!(formatter, "sections:{asker}"),
            ButtonAction::ChooseSection(document) => write!(formatter, "choose:{asker}:{document}"),
            ButtonAction::Page(section, page) => write!(formatter, "page:{asker}:{page}:{section}"),
        }
    }
}

impl FromStr for ButtonId {
    type Err = UnknownCustomId;

    fn from_str(text: &str) -> Result<Self, UnknownCustomId> {
        let (name, rest) = text.split_once(':').ok_or(UnknownCustomId)?;
        let (asker, rest) = rest.split_once(':').map_or((rest, None), |(asker, rest)| (asker, Some(rest)));
        let action = match (name, rest) {
            ("show", Some(entry)) => ButtonAction::Show(entry.to_owned()),
            ("take", Some(entry)) => ButtonAction::Take(entry.to_owned()),
            ("doubt", Some(entry)) => ButtonAction::NotHelpful(entry.to_owned()),
            ("none", None) => ButtonAction::NoneOfThese,
            ("remove", entry) => ButtonAction::Remove(entry.map(str::to_owned)),
            ("sections", None) => ButtonAction::Sections,
            ("choose", Some(document)) => ButtonAction::ChooseSection(document.parse().map_err(|_| UnknownCustomId)?),
            ("page", Some(rest)) => {
                let (page, section) = rest.split_once(':').ok_or(UnknownCustomId)?;
                ButtonAction::Page(section.parse()?, page.parse().map_err(|_| UnknownCustomId)?)
            }
            _ => return Err(UnknownCustomId),
        };
        let asker: NonZeroU64 = asker.parse().map_err(|_| UnknownCustomId)?;
        Ok(Self { asker: asker.into(), action })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::discord::view::limits::CUSTOM_ID_MAX;
    use crate::knowledge::limits::ID_CHARS;

    fn all(asker: UserId, id: &str, number: usize) -> Vec<ButtonId> {
        let section = SectionId { document: number, section: id.to_owned() };
        let actions = [
            ButtonAction::Show(id.to_owned()),
            ButtonAction::Take(id.to_owned()),
            ButtonAction::NotHelpful(id.to_owned()),
            ButtonAction::NoneOfThese,
            ButtonAction::Remove(None),
            ButtonAction::Remove(Some(id.to_owned())),
            ButtonAction::Sections,
            ButtonAction::ChooseSection(number),
            ButtonAction::Page(section, number),
        ];
        actions.into_iter().map(|action| ButtonId { asker, action }).collect()
    }

    #[test]
    fn every_custom_id_fits_discords_limit() {
        for id in all(UserId::new(u64::MAX), &"x".repeat(ID_CHARS), 99) {
            assert!(id.to_string().chars().count() <= CUSTOM_ID_MAX, "{id}");
        }
    }

    #[test]
    fn unknown_custom_ids_are_refused() {
        for text in
            ["", ":", "show", "show:1", "show:0:a", "show:x:a", "none:1:x", "page:1:x:0.a", "page:1:1:a", "zap:1"]
        {
            assert_eq!(text.parse::<ButtonId>(), Err(UnknownCustomId), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_custom_id_is_read_back_as_written(asker in 1..=u64::MAX, id in "[a-z0-9-]{1,64}", number in 0..1000usize) {
            for button in all(UserId::new(asker), &id, number) {
                prop_assert_eq!(button.to_string().parse::<ButtonId>(), Ok(button));
            }
        }

        #[test]
        fn no_text_makes_parsing_panic(text in ".*") {
            let _ = text.parse::<ButtonId>();
        }
    }
}
