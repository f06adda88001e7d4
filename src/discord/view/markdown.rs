//! Writes Discord's Markdown: escapes text, makes curators' text safe, marks changes, and formats timestamps.
//! Source: Discord's developer documentation, Reference, Message Formatting;
//! <https://support.discord.com/hc/articles/210298617>.

use std::borrow::Cow;

use crate::knowledge::display::{markup_problem, without_reordering};
use crate::text::{one_line, truncate};

/// The characters that have a meaning anywhere in Discord's Markdown. A backslash before one removes the meaning.
const SPECIAL: &str = "\\*_~`|<[";

/// The characters that have a meaning at the start of a line: headings, quotes and lists.
const SPECIAL_AT_LINE_START: &str = "#>-+";

/// Escapes a text, so that Discord shows it verbatim: without emphasis, masked links, mentions or lists. Removes
/// characters that would reorder the text around them.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut at_line_start = true;
    for letter in without_reordering(text).chars() {
        if SPECIAL.contains(letter) || at_line_start && SPECIAL_AT_LINE_START.contains(letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
        at_line_start = letter == '\n' || at_line_start && letter.is_whitespace();
    }
    escaped
}

/// Escapes a text and replaces its line breaks with spaces.
#[must_use]
pub fn escape_line(text: &str) -> String {
    escape(&text.replace('\n', " "))
}

/// Makes a text of a knowledge file safe to show: markup stays only if it cannot affect what follows, hide anything or
/// pretend to be another part of the message. Otherwise the whole text is escaped.
#[must_use]
pub fn curated(text: &str) -> Cow<'_, str> {
    match markup_problem(text) {
        Some(_) => Cow::Owned(escape(text)),
        None => without_reordering(text),
    }
}

/// Makes a text of a knowledge file safe to show, and at most `max_chars` characters long.
#[must_use]
pub fn curated_within(text: &str, max_chars: usize) -> String {
    let whole = curated(text);
    if whole.chars().nth(max_chars).is_none() {
        return whole.into_owned();
    }
    // Escaped as a whole, because the end may cut off the partner of a mark.
    let escaped = truncate(&escape(text), max_chars);
    let kept = escaped.trim_end_matches('…').trim_end_matches('\\');
    format!("{}…", without_reordering(kept))
}

/// Makes a text of a knowledge file safe to show on one line.
#[must_use]
pub fn curated_line(text: &str) -> String {
    curated(&one_line(text, usize::MAX - 1)).into_owned()
}

/// Makes a text safe where Discord shows no Markdown, such as the label of a button: on one line of at most `max_chars`
/// characters.
#[must_use]
pub fn label(text: &str, max_chars: usize) -> String {
    // Last, because the end may cut off the partner of an isolate.
    without_reordering(&one_line(text, max_chars)).into_owned()
}

/// Formats a text as inline code.
#[must_use]
pub fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'"))
}

/// Escapes a text and strikes it through. Differences show removed text like this.
#[must_use]
pub fn struck(text: &str) -> String {
    marked(text, "~~")
}

/// Escapes a text and sets it in bold. Differences show added text like this.
#[must_use]
pub fn bold(text: &str) -> String {
    marked(text, "**")
}

/// Escapes a text and puts it between two marks. White space stays outside: Discord shows marks literally next to white
/// space.
fn marked(text: &str, mark: &str) -> String {
    let words = text.trim();
    if words.is_empty() {
        return text.to_owned();
    }
    let before = &text[..text.len() - text.trim_start().len()];
    let after = &text[text.trim_end().len()..];
    format!("{before}{mark}{}{mark}{after}", escape(words))
}

/// Formats a time, in milliseconds since the Unix epoch. Discord shows it in the reader's time zone and language.
#[must_use]
pub fn date_time(unix_millis: i64) -> String {
    format!("<t:{}:f>", unix_millis.div_euclid(1_000))
}

/// Formats a time, in milliseconds since the Unix epoch, relative to now: "2 hours ago".
#[must_use]
pub fn relative_time(unix_millis: i64) -> String {
    format!("<t:{}:R>", unix_millis.div_euclid(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_with_a_meaning_are_escaped() {
        for (text, escaped) in [
            ("plain words, 3.5%", "plain words, 3.5%"),
            ("**bold** <@1> `x`", "\\*\\*bold\\*\\* \\<@1> \\`x\\`"),
            ("[a](https://b)", "\\[a](https://b)"),
            ("# well-kept > a\n - b", "\\# well-kept > a\n \\- b"),
        ] {
            assert_eq!(escape(text), escaped);
        }
        assert_eq!(escape_line("a\n- *b*"), "a - \\*b\\*");
    }

    #[test]
    fn marks_enclose_the_words_without_white_space() {
        assert_eq!(struck(" old words "), " ~~old words~~ ");
        assert_eq!(bold("*"), "**\\***");
        assert_eq!(bold("  "), "  ");
        assert_eq!(code("a`b"), "`a'b`");
    }

    #[test]
    fn times_are_in_whole_seconds() {
        assert_eq!(date_time(1_999), "<t:1:f>");
        assert_eq!(relative_time(-1), "<t:-1:R>");
    }
}
