//! The actions of the moderators' buttons, menus and forms, encoded in their `custom_id`. An edit does not fit there;
//! the `custom_id` names the draft that contains it. It is untrusted input: every action authorizes the user again.

use std::fmt;
use std::str::FromStr;

use crate::discord::view::button_id::UnknownCustomId;
use crate::moderation::history::RevisionId;
use crate::moderation::unanswered::QuestionKey;

/// The prefix of every moderation `custom_id`. No `custom_id` of a member's button has it.
const PREFIX: &str = "knowledge:";

/// Identifies a draft. Random, although security does not depend on it: a draft also checks its owner.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct DraftId(pub u64);

/// An action on a draft, the history, or the list of unanswered questions. A menu's selection is in the value of the
/// interaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ModerationAction {
    /// Carry out the edit.
    Save(DraftId),
    /// Discard the draft.
    Cancel(DraftId),
    /// Open the form again, with the text typed before.
    Change(DraftId),
    /// The form was submitted.
    FormSubmitted(DraftId),
    /// Show the history before this revision. [`i64::MAX`] shows the newest revisions.
    History(RevisionId),
    /// Show the selected revision.
    Revision,
    /// Propose to undo a revision.
    Undo(RevisionId),
    /// Propose to restore the text of a revision.
    Restore(RevisionId),
    /// Show a page of the unanswered questions, counted from 0.
    Questions(u64),
    /// Show the group of the selected question.
    Group,
    /// Propose to add the question of a group to the selected entry as a wording.
    Teach(QuestionKey),
    /// Open the form of a new entry that answers a group.
    Answer(QuestionKey),
    /// Open the form of a new boundary that refuses a group.
    Bound(QuestionKey),
    /// Remove a group from the list.
    Dismiss(QuestionKey),
    /// Empty the list.
    Clear,
}

/// Whether a `custom_id` is a moderation action, of this or another version of the bot.
#[must_use]
pub fn is_moderation(custom_id: &str) -> bool {
    custom_id.starts_with(PREFIX)
}

impl fmt::Display for ModerationAction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, number): (_, &dyn fmt::Display) = match self {
            Self::Save(draft) => ("save", &draft.0),
            Self::Cancel(draft) => ("cancel", &draft.0),
            Self::Change(draft) => ("change", &draft.0),
            Self::FormSubmitted(draft) => ("sent", &draft.0),
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

impl FromStr for ModerationAction {
    type Err = UnknownCustomId;

    fn from_str(text: &str) -> Result<Self, UnknownCustomId> {
        let (name, number) = text.strip_prefix(PREFIX).and_then(|rest| rest.split_once(':')).ok_or(UnknownCustomId)?;
        let draft = || number.parse().map(DraftId).map_err(|_| UnknownCustomId);
        let revision = || number.parse().map(RevisionId).map_err(|_| UnknownCustomId);
        let question = || number.parse().map(QuestionKey).map_err(|_| UnknownCustomId);
        match name {
            "save" => draft().map(Self::Save),
            "cancel" => draft().map(Self::Cancel),
            "change" => draft().map(Self::Change),
            "sent" => draft().map(Self::FormSubmitted),
            "history" => revision().map(Self::History),
            "undo" => revision().map(Self::Undo),
            "restore" => revision().map(Self::Restore),
            "questions" => number.parse().map(Self::Questions).map_err(|_| UnknownCustomId),
            "teach" => question().map(Self::Teach),
            "answer" => question().map(Self::Answer),
            "bound" => question().map(Self::Bound),
            "dismiss" => question().map(Self::Dismiss),
            "revision" if number.is_empty() => Ok(Self::Revision),
            "group" if number.is_empty() => Ok(Self::Group),
            "clear" if number.is_empty() => Ok(Self::Clear),
            _ => Err(UnknownCustomId),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::discord::view::button_id::ButtonId;
    use crate::discord::view::limits::CUSTOM_ID_MAX;

    proptest! {
        #[test]
        fn a_custom_id_is_read_back_as_written(number in any::<u64>(), key in any::<i64>()) {
            let (draft, revision, question) = (DraftId(number), RevisionId(key), QuestionKey(key));
            for action in [
                ModerationAction::Save(draft),
                ModerationAction::Cancel(draft),
                ModerationAction::Change(draft),
                ModerationAction::FormSubmitted(draft),
                ModerationAction::History(revision),
                ModerationAction::Revision,
                ModerationAction::Undo(revision),
                ModerationAction::Restore(revision),
                ModerationAction::Questions(number),
                ModerationAction::Group,
                ModerationAction::Teach(question),
                ModerationAction::Answer(question),
                ModerationAction::Bound(question),
                ModerationAction::Dismiss(question),
                ModerationAction::Clear,
            ] {
                let id = action.to_string();
                prop_assert!(is_moderation(&id) && id.chars().count() <= CUSTOM_ID_MAX);
                prop_assert_eq!(id.parse::<ButtonId>(), Err(UnknownCustomId));
                prop_assert_eq!(id.parse::<ModerationAction>(), Ok(action));
            }
        }

        #[test]
        fn no_text_makes_parsing_panic(text in ".*") {
            _ = text.parse::<ModerationAction>();
            _ = format!("{PREFIX}{text}").parse::<ModerationAction>();
        }
    }
}
