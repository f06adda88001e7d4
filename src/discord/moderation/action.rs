//! The steps that moderators take by components and forms, written into the `custom_id`. What is about to be changed does not
//! fit there and is a draft; the id names it. It comes back from strangers: whoever takes a step is checked anew.

use std::fmt;
use std::str::FromStr;

use super::draft::DraftId;
use crate::discord::action::NotOurs;

/// What stands before every step, and before no press of a member's.
const PREFIX: &str = "knowledge:";

/// A step with a draft.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// Make the edit.
    Save(DraftId),
    /// Forget it.
    Cancel(DraftId),
    /// Open the form again, with what was typed.
    Change(DraftId),
    /// The form was sent.
    Sent(DraftId),
}

/// Whether a `custom_id` is a moderator's step, of this version or another.
#[must_use]
pub fn is_step(custom_id: &str) -> bool {
    custom_id.starts_with(PREFIX)
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, draft) = match self {
            Self::Save(draft) => ("save", draft),
            Self::Cancel(draft) => ("cancel", draft),
            Self::Change(draft) => ("change", draft),
            Self::Sent(draft) => ("sent", draft),
        };
        write!(formatter, "{PREFIX}{name}:{}", draft.0)
    }
}

impl FromStr for Step {
    type Err = NotOurs;

    fn from_str(text: &str) -> Result<Self, NotOurs> {
        let (name, draft) = text.strip_prefix(PREFIX).and_then(|rest| rest.split_once(':')).ok_or(NotOurs)?;
        let draft = DraftId(draft.parse().map_err(|_| NotOurs)?);
        match name {
            "save" => Ok(Self::Save(draft)),
            "cancel" => Ok(Self::Cancel(draft)),
            "change" => Ok(Self::Change(draft)),
            "sent" => Ok(Self::Sent(draft)),
            _ => Err(NotOurs),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::discord::action::Action;
    use crate::discord::platform::CUSTOM_ID_MAX;

    proptest! {
        #[test]
        fn what_is_written_is_read(number in any::<u64>()) {
            let draft = DraftId(number);
            for step in [Step::Save(draft), Step::Cancel(draft), Step::Change(draft), Step::Sent(draft)] {
                let id = step.to_string();
                prop_assert!(is_step(&id) && id.chars().count() <= CUSTOM_ID_MAX);
                prop_assert_eq!(id.parse::<Action>(), Err(NotOurs));
                prop_assert_eq!(id.parse::<Step>(), Ok(step));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            _ = text.parse::<Step>();
            _ = format!("{PREFIX}{text}").parse::<Step>();
        }
    }
}
