//! Discord's limits, one named constant each. All count characters (Unicode scalar values) unless they say otherwise.
//! Source: Discord's developer documentation, pages Message, Embed, Message Components and Application Commands.

/// Total size of the files that a bot uploads with one message, in bytes.
/// Source: Discord's developer documentation, Reference, Uploading Files.
pub const UPLOAD_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Length of an embed title.
pub const EMBED_TITLE_MAX: usize = 256;

/// Length of an embed description.
pub const EMBED_DESCRIPTION_MAX: usize = 4_096;

/// Length of the text in all embeds of a message together.
pub const EMBEDS_TOTAL_MAX: usize = 6_000;

/// Length of a button label.
pub const BUTTON_LABEL_MAX: usize = 80;

/// Number of buttons in an action row.
pub const ROW_BUTTONS_MAX: usize = 5;

/// Length of a message's content.
pub const CONTENT_MAX: usize = 2_000;

/// Length of the value of a text input in a modal.
pub const INPUT_MAX: usize = 4_000;

/// Length of a component's `custom_id`.
pub const CUSTOM_ID_MAX: usize = 100;

/// Number of options in a select menu.
pub const SELECT_OPTIONS_MAX: usize = 25;

/// Length of the label, the value and the description of a select option.
pub const SELECT_OPTION_MAX: usize = 100;

/// Number of choices in an autocomplete response.
pub const CHOICES_MAX: usize = 25;

/// Length of the name and of the value of an autocomplete choice.
pub const CHOICE_MAX: usize = 100;

/// Number of action rows in a message.
pub const ACTION_ROWS_MAX: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::truncate;

    #[test]
    fn text_at_the_limit_stays_and_longer_text_is_truncated() {
        for limit in [BUTTON_LABEL_MAX, CHOICE_MAX, EMBED_TITLE_MAX, EMBED_DESCRIPTION_MAX, CONTENT_MAX] {
            for letter in ['a', 'ß', '島', '🐙'] {
                let at: String = std::iter::repeat_n(letter, limit).collect();
                assert_eq!(truncate(&at, limit), at);
                let over = truncate(&format!("{at}{letter}"), limit);
                assert_eq!(over.chars().count(), limit);
                assert!(over.ends_with('…'));
            }
        }
    }
}
