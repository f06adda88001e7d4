//! Shortens text for display. Lengths count characters (Unicode scalar values), as Discord's limits do.
//! Any module may use this one; it uses none.

/// Shortens a text to at most `max_chars` characters. A shortened text ends in `…`, which counts as one of them.
#[must_use]
pub fn truncate(text: &str, max_chars: usize) -> String {
    if max_chars == 0 {
        return String::new();
    }
    let mut ends = text.char_indices().skip(max_chars - 1).map(|(start, _)| start);
    match (ends.next(), ends.next()) {
        (Some(end), Some(_)) => text[..end].trim_end().to_owned() + "…",
        _ => text.to_owned(),
    }
}

/// Returns the text on one line of at most `max_chars` characters: runs of white space and control characters become
/// one space, and leading and trailing ones are removed.
#[must_use]
pub fn one_line(text: &str, max_chars: usize) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    // Takes one character more than fits, so that `truncate` shortens the line. The rest of a long text is not read.
    let line = words.flat_map(|word| std::iter::once(' ').chain(word.chars())).skip(1).take(max_chars + 1);
    truncate(&line.collect::<String>(), max_chars)
}

#[cfg(test)]
mod tests {
    use super::{one_line, truncate};

    #[test]
    fn text_at_the_limit_stays_and_longer_text_is_truncated() {
        for (text, max_chars, expected) in [
            ("", 0, ""),
            ("a", 0, ""),
            ("", 3, ""),
            ("a", 1, "a"),
            ("ab", 1, "…"),
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("one two", 5, "one…"),
            ("日本とロシア", 6, "日本とロシア"),
            ("日本とロシア", 4, "日本と…"),
        ] {
            assert_eq!(truncate(text, max_chars), expected, "{text:?}");
        }
    }

    #[test]
    fn white_space_and_control_characters_become_single_spaces() {
        for (text, max_chars, expected) in [
            ("", 3, ""),
            (" \n\t", 3, ""),
            (" a\n\u{0}b ", 5, "a b"),
            ("a b ", 3, "a b"),
            ("ab\ncd", 4, "ab…"),
            ("日本とロシア", 4, "日本と…"),
        ] {
            assert_eq!(one_line(text, max_chars), expected, "{text:?}");
        }
    }
}
