//! One-line texts of a bounded length, as lists show them.
//! White space and control characters become single spaces; what is cut ends in an ellipsis.

/// The text on one line, of at most `limit` characters.
pub(super) fn one_line(text: &str, limit: usize) -> String {
    let spaced = |letter: char| letter.is_whitespace() || letter.is_control();
    let words = text.split(spaced).filter(|word| !word.is_empty());
    let mut line = String::new();
    // Counted on the way, so that a long text costs no more than its limit.
    let mut room = limit;
    for letter in words.flat_map(|word| std::iter::once(' ').chain(word.chars())).skip(1) {
        if room == 0 {
            line.pop();
            line.push('…');
            break;
        }
        line.push(letter);
        room -= 1;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn lines_are_short_and_single() {
        for (text, limit, line) in [
            ("", 3, ""),
            (" \n\t", 3, ""),
            (" a\n\u{0}b ", 5, "a b"),
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("日本とロシア", 4, "日本と…"),
        ] {
            assert_eq!(one_line(text, limit), line, "{text:?}");
        }
    }
}
