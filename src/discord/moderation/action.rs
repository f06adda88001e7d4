//! The steps that moderators take by components and forms, written into the `custom_id`. What is about to be changed does not
//! fit there and is a draft; the id names it. It comes back from strangers: whoever takes a step is checked anew.

use std::fmt;
use std::str::FromStr;

use crate::discord::view::button_action::NotOurs;
use crate::moderation::history::RevisionId;
use crate::moderation::unanswered::QuestionKey;

/// What stands before every step, and before no press of a member's.
const PREFIX: &str = "knowledge:";

/// Names a draft; cannot be guessed, though nothing hangs on that.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct DraftId(pub u64);

/// A step: with a draft, with the history, or with the list of unanswered questions. What is chosen from a menu is its value.
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
    /// Show the history before this revision, or with the number after the greatest all of it.
    History(RevisionId),
    /// Show the revision that is chosen.
    Revision,
    /// Propose to undo a revision.
    Undo(RevisionId),
    /// Propose to bring a revision's text back.
    Restore(RevisionId),
    /// Show a page of the unanswered questions, counted from 0.
    Questions(u64),
    /// Show the group with the question that is chosen.
    Group,
    /// Propose to teach the entry that is chosen the question of a group.
    Teach(QuestionKey),
    /// Open the form of a new entry that answers a group.
    Answer(QuestionKey),
    /// Open the form of a new boundary that refuses a group.
    Bound(QuestionKey),
    /// Take a group off the list.
    Dismiss(QuestionKey),
    /// Empty the list.
    Clear,
}

/// Whether a `custom_id` is a moderator's step, of this version or another.
#[must_use]
pub fn is_step(custom_id: &str) -> bool {
    custom_id.starts_with(PREFIX)
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, number): (_, &dyn fmt::Display) = match self {
            Self::Save(draft) => ("save", &draft.0),
            Self::Cancel(draft) => ("cancel", &draft.0),
            Self::Change(draft) => ("change", &draft.0),
            Self::Sent(draft) => ("sent", &draft.0),
            Self::History(before) => ("history", &before.0),
            Self::Revision => ("revision", &""),
            Self::Undo(revision) => ("undo", &revision.0),
            Self::Restore(revision) => ("restore", &revision.0),
            Self::Questions(page) => ("questions", page),
            Self::Group => ("group", &""),
            Self::Teach(question) => ("teach", &question.0),
            Self::Answer(question) => ("answer", &question.0),
            Self::Bound(question) => ("bound", &question.0),
            Self::Dismiss(question) => ("dismiss", &question.0),
            Self::Clear => ("clear", &""),
        };
        write!(formatter, "{PREFIX}{name}:{number}")
    }
}

impl FromStr for Step {
    type Err = NotOurs;

    fn from_str(text: &str) -> Result<Self, NotOurs> {
        let (name, number) = text.strip_prefix(PREFIX).and_then(|rest| rest.split_once(':')).ok_or(NotOurs)?;
        let draft = || number.parse().map(DraftId).map_err(|_| NotOurs);
        let revision = || number.parse().map(RevisionId).map_err(|_| NotOurs);
        let question = || number.parse().map(QuestionKey).map_err(|_| NotOurs);
        match name {
            "save" => draft().map(Self::Save),
            "cancel" => draft().map(Self::Cancel),
            "change" => draft().map(Self::Change),
            "sent" => draft().map(Self::Sent),
            "history" => revision().map(Self::History),
            "undo" => revision().map(Self::Undo),
            "restore" => revision().map(Self::Restore),
            "questions" => number.parse().map(Self::Questions).map_err(|_| NotOurs),
            "teach" => question().map(Self::Teach),
            "answer" => question().map(Self::Answer),
            "bound" => question().map(Self::Bound),
            "dismiss" => question().map(Self::Dismiss),
            "revision" if number.is_empty() => Ok(Self::Revision),
            "group" if number.is_empty() => Ok(Self::Group),
            "clear" if number.is_empty() => Ok(Self::Clear),
            _ => Err(NotOurs),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::discord::view::button_action::Action;
    use crate::discord::view::limits::CUSTOM_ID_MAX;

    proptest! {
        #[test]
        fn what_is_written_is_read(number in any::<u64>(), key in any::<i64>()) {
            let (draft, revision, question) = (DraftId(number), RevisionId(key), QuestionKey(key));
            for step in [
                Step::Save(draft),
                Step::Cancel(draft),
                Step::Change(draft),
                Step::Sent(draft),
                Step::History(revision),
                Step::Revision,
                Step::Undo(revision),
                Step::Restore(revision),
                Step::Questions(number),
                Step::Group,
                Step::Teach(question),
                Step::Answer(question),
                Step::Bound(question),
                Step::Dismiss(question),
                Step::Clear,
            ] {
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
