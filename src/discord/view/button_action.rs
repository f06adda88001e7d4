//! What pressing a button or choosing from a menu does, written into its `custom_id`: all state of a component is there,
//! so that it still works after a restart. It comes back from strangers and is believed in nothing but its meaning.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use serenity::all::UserId;

/// A press of a component that Footnote made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Action {
    /// Who asked, and so may change the message.
    pub asker: UserId,
    /// What should happen.
    pub what: What,
}

/// What should happen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum What {
    /// Show the answer of the entry with this id.
    Show(String),
    /// Show the answer of the suggested entry with this id: it is what was meant.
    Take(String),
    /// Note that the answer of the entry with this id is not what was meant.
    Doubt(String),
    /// Delete the message.
    Remove,
    /// Show all sections.
    Sections,
    /// Show the section of this document that is chosen from the menu, whose values are section ids.
    ChooseSection(usize),
    /// Show a page, counted from 0, of a section's questions.
    Page(SectionName, usize),
}

/// Names a section of the loaded documents: the document's number and the section's id.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SectionName {
    /// Counts from 0 in loading order.
    pub document: usize,
    /// The section's id within the document.
    pub section: String,
}

impl fmt::Display for SectionName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.document, self.section)
    }
}

impl FromStr for SectionName {
    type Err = NotOurs;

    fn from_str(text: &str) -> Result<Self, NotOurs> {
        let (document, section) = text.split_once('.').ok_or(NotOurs)?;
        Ok(Self { document: document.parse().map_err(|_| NotOurs)?, section: section.to_owned() })
    }
}

/// A `custom_id` that this version of Footnote did not write.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected a custom_id that Footnote writes, found another")]
pub struct NotOurs;

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asker = self.asker;
        match &self.what {
            What::Show(entry) => write!(formatter, "show:{asker}:{entry}"),
            What::Take(entry) => write!(formatter, "take:{asker}:{entry}"),
            What::Doubt(entry) => write!(formatter, "doubt:{asker}:{entry}"),
            What::Remove => write!(formatter, "remove:{asker}"),
            What::Sections => write!(formatter, "sections:{asker}"),
            What::ChooseSection(document) => write!(formatter, "choose:{asker}:{document}"),
            What::Page(section, page) => write!(formatter, "page:{asker}:{page}:{section}"),
        }
    }
}

impl FromStr for Action {
    type Err = NotOurs;

    fn from_str(text: &str) -> Result<Self, NotOurs> {
        let (name, rest) = text.split_once(':').ok_or(NotOurs)?;
        let (asker, rest) = rest.split_once(':').map_or((rest, None), |(asker, rest)| (asker, Some(rest)));
        let what = match (name, rest) {
            ("show", Some(entry)) => What::Show(entry.to_owned()),
            ("take", Some(entry)) => What::Take(entry.to_owned()),
            ("doubt", Some(entry)) => What::Doubt(entry.to_owned()),
            ("remove", None) => What::Remove,
            ("sections", None) => What::Sections,
            ("choose", Some(document)) => What::ChooseSection(document.parse().map_err(|_| NotOurs)?),
            ("page", Some(rest)) => {
                let (page, section) = rest.split_once(':').ok_or(NotOurs)?;
                What::Page(section.parse()?, page.parse().map_err(|_| NotOurs)?)
            }
            _ => return Err(NotOurs),
        };
        let asker: NonZeroU64 = asker.parse().map_err(|_| NotOurs)?;
        Ok(Self { asker: asker.into(), what })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::discord::view::limits::CUSTOM_ID_MAX;
    use crate::knowledge::limits::ID_CHARS;

    fn all(asker: UserId, id: &str, number: usize) -> Vec<Action> {
        let section = SectionName { document: number, section: id.to_owned() };
        let whats = [
            What::Show(id.to_owned()),
            What::Take(id.to_owned()),
            What::Doubt(id.to_owned()),
            What::Remove,
            What::Sections,
            What::ChooseSection(number),
            What::Page(section, number),
        ];
        whats.into_iter().map(|what| Action { asker, what }).collect()
    }

    #[test]
    fn the_longest_of_each_fits() {
        for action in all(UserId::new(u64::MAX), &"x".repeat(ID_CHARS), 99) {
            assert!(action.to_string().chars().count() <= CUSTOM_ID_MAX, "{action}");
        }
    }

    #[test]
    fn what_is_not_ours_is_refused() {
        for text in
            ["", ":", "show", "show:1", "show:0:a", "show:x:a", "remove:1:x", "page:1:x:0.a", "page:1:1:a", "zap:1"]
        {
            assert_eq!(text.parse::<Action>(), Err(NotOurs), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(asker in 1..=u64::MAX, id in "[a-z0-9-]{1,64}", number in 0..1000usize) {
            for action in all(UserId::new(asker), &id, number) {
                prop_assert_eq!(action.to_string().parse::<Action>(), Ok(action));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = text.parse::<Action>();
        }
    }
}
