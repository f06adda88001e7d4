//! Discord's markdown, as much of it as the bot writes: texts that must not be taken for it, struck and bold parts, moments.
//! Source: Discord's developer documentation, Reference, Message Formatting; <https://support.discord.com/hc/articles/210298617>.

use crate::moderation::UnixMillis;

/// The characters that mean something anywhere in Discord's markdown; a backslash before one takes the meaning away.
const MARKS: &str = "\\*_~`|<[";

/// Those that mean something where a line begins: headings, quotes, lists.
const LINE_MARKS: &str = "#>-+";

/// A text so that it shows as it stands: no emphasis, masked links, mentions or lists.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut begins = true;
    for letter in text.chars() {
        if MARKS.contains(letter) || begins && LINE_MARKS.contains(letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
        begins = letter == '\n' || begins && letter.is_whitespace();
    }
    escaped
}

/// The same on one line.
#[must_use]
pub fn one_line(text: &str) -> String {
    escape(&text.replace('\n', " "))
}

/// A text as code: what names something in the file.
#[must_use]
pub fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'"))
}

/// A text that was taken away.
#[must_use]
pub fn struck(text: &str) -> String {
    marked(text, "~~")
}

/// A text that was put there.
#[must_use]
pub fn bold(text: &str) -> String {
    marked(text, "**")
}

/// The escaped text between two marks, which stand close to its letters: white space inside them would show the marks.
fn marked(text: &str, mark: &str) -> String {
    let words = text.trim();
    if words.is_empty() {
        return text.to_owned();
    }
    let before = &text[..text.len() - text.trim_start().len()];
    let after = &text[text.trim_end().len()..];
    format!("{before}{mark}{}{mark}{after}", escape(words))
}

/// A moment in the reader's own time and language.
#[must_use]
pub fn moment(at: UnixMillis) -> String {
    format!("<t:{}:f>", at.0.div_euclid(1_000))
}

/// How long ago a moment is.
#[must_use]
pub fn ago(at: UnixMillis) -> String {
    format!("<t:{}:R>", at.0.div_euclid(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_is_written_so_that_it_does_not() {
        for (text, escaped) in [
            ("plain words, 3.5%", "plain words, 3.5%"),
            ("**bold** <@1> `x`", "\\*\\*bold\\*\\* \\<@1> \\`x\\`"),
            ("[a](https://b)", "\\[a](https://b)"),
            ("# well-kept > a\n - b", "\\# well-kept > a\n \\- b"),
        ] {
            assert_eq!(escape(text), escaped);
        }
        assert_eq!(one_line("a\n- *b*"), "a - \\*b\\*");
    }

    #[test]
    fn marks_stand_close_to_the_words() {
        assert_eq!(struck(" old words "), " ~~old words~~ ");
        assert_eq!(bold("*"), "**\\***");
        assert_eq!(bold("  "), "  ");
        assert_eq!(code("a`b"), "`a'b`");
    }

    #[test]
    fn moments_are_in_whole_seconds() {
        assert_eq!(moment(UnixMillis(1_999)), "<t:1:f>");
        assert_eq!(ago(UnixMillis(-1)), "<t:-1:R>");
    }
}
