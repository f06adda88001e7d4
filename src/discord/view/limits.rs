//! Discord's limits, each a named constant, all counted in characters (Unicode scalar values), never bytes.
//! Source: Discord's developer documentation, pages Message, Embed, Message Components and Application Commands.

/// Bytes of the files that a bot sends with one message.
/// Source: Discord's developer documentation, Reference, Uploading Files.
pub const UPLOAD_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Text of an embed's title.
pub const EMBED_TITLE_MAX: usize = 256;

/// Text of an embed's description.
pub const EMBED_DESCRIPTION_MAX: usize = 4_096;

/// Text of an embed's footer.
pub const EMBED_FOOTER_MAX: usize = 2_048;

/// Name of an embed's field.
pub const FIELD_NAME_MAX: usize = 256;

/// Value of an embed's field.
pub const FIELD_VALUE_MAX: usize = 1_024;

/// Fields of an embed.
pub const FIELDS_MAX: usize = 25;

/// All text of all embeds of a message together.
pub const EMBEDS_TOTAL_MAX: usize = 6_000;

/// Label of a button.
pub const BUTTON_LABEL_MAX: usize = 80;

/// Buttons in a row.
pub const ROW_BUTTONS_MAX: usize = 5;

/// Text of a message.
pub const CONTENT_MAX: usize = 2_000;

/// What is typed into an input of a form.
pub const INPUT_MAX: usize = 4_000;

/// The `custom_id` of a component.
pub const CUSTOM_ID_MAX: usize = 100;

/// Options of a select menu.
pub const SELECT_OPTIONS_MAX: usize = 25;

/// Label, value and description of a select menu's option.
pub const SELECT_OPTION_MAX: usize = 100;

/// Choices of an autocompletion.
pub const CHOICES_MAX: usize = 25;

/// Name and value of an autocompletion's choice.
pub const CHOICE_MAX: usize = 100;

/// Text that is at most `max` characters long; what is longer ends in an ellipsis.
#[must_use]
pub fn clip(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some(_) => {
            let kept = text.chars().take(max.saturating_sub(1)).collect::<String>();
            let ellipsis = if max == 0 { "" } else { "…" };
            kept.trim_end().to_owned() + ellipsis
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_at_the_limit_stays_and_one_over_is_clipped() {
        for limit in [BUTTON_LABEL_MAX, CHOICE_MAX, EMBED_TITLE_MAX, EMBED_DESCRIPTION_MAX] {
            for letter in ['a', 'ß', '島', '🐙'] {
                let at: String = std::iter::repeat_n(letter, limit).collect();
                assert_eq!(clip(&at, limit), at);
                let over = clip(&format!("{at}{letter}"), limit);
                assert_eq!(over.chars().count(), limit);
                assert!(over.ends_with('…'));
            }
        }
        assert_eq!(clip("", 0), "");
        assert_eq!(clip("a", 0), "");
        assert_eq!(clip("one two", 5), "one…");
    }
}
