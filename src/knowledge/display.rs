//! Texts that mislead when they are displayed: invisible characters, characters that reorder others, and Discord's
//! markup. The check reports them. The view removes them or shows them as plain text, whatever the check said.

use std::borrow::Cow;

use super::Document;
use super::findings::{Findings, quoted};
use super::json::PathStep::{self, Field, Index};
use super::parsed::ParsedDocument;

/// The kind of a text in a knowledge file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum TextKind {
    /// Displayed on one line, such as a title.
    Line,
    /// Displayed with its line breaks.
    Block,
    /// Compared with questions and not displayed to members.
    Wording,
}

/// Reports deceptive texts as errors and suspicious ones as warnings. At most one finding of each kind for each text.
pub(super) fn check(parsed: &ParsedDocument<'_>, findings: &mut Findings) {
    for_each_text(&parsed.document, &mut |path, kind, text| check_text(parsed, path, kind, text, findings));
}

/// Calls `visit` with every text of a document, except ids.
fn for_each_text(document: &Document, visit: &mut impl FnMut(&[PathStep<'static>], TextKind, &str)) {
    use TextKind::{Block, Line, Wording};
    visit(&[Field("title")], Line, &document.title);
    document.about.iter().for_each(|about| visit(&[Field("about")], Block, about));
    for (n, section) in document.sections.iter().enumerate() {
        let at = |field| [Field("sections"), Index(n), Field(field)];
        visit(&at("title"), Line, &section.title);
        section.summary.iter().for_each(|summary| visit(&at("summary"), Block, summary));
    }
    for (n, group) in document.synonyms.iter().enumerate() {
        for (m, word) in group.iter().enumerate() {
            visit(&[Field("synonyms"), Index(n), Index(m)], Wording, word);
        }
    }
    for (n, entry) in document.entries.iter().enumerate() {
        let at = |field| [Field("entries"), Index(n), Field(field)];
        visit(&at("question"), Line, &entry.question);
        entry.label.iter().for_each(|label| visit(&at("label"), Line, label));
        visit(&at("passage"), Block, &entry.passage);
        for (m, wording) in entry.also_asked.iter().enumerate() {
            visit(&[Field("entries"), Index(n), Field("also_asked"), Index(m)], Wording, wording);
        }
        for (m, citation) in entry.citations.iter().enumerate() {
            let path = [Field("entries"), Index(n), Field("citations"), Index(m), Field("quote")];
            citation.quote.iter().for_each(|quote| visit(&path, Line, quote));
        }
    }
    for (n, boundary) in document.boundaries.iter().enumerate() {
        let at = |field| [Field("boundaries"), Index(n), Field(field)];
        visit(&at("question"), Line, &boundary.question);
        visit(&at("says"), Block, &boundary.says);
        for (m, wording) in boundary.also_asked.iter().enumerate() {
            visit(&[Field("boundaries"), Index(n), Field("also_asked"), Index(m)], Wording, wording);
        }
    }
    for (n, talk) in document.small_talk.iter().enumerate() {
        visit(&[Field("small_talk"), Index(n), Field("reply")], Block, &talk.reply);
        for (m, wording) in talk.wordings.iter().enumerate() {
            visit(&[Field("small_talk"), Index(n), Field("wordings"), Index(m)], Wording, wording);
        }
    }
}

fn check_text(
    parsed: &ParsedDocument<'_>,
    path: &[PathStep<'static>],
    kind: TextKind,
    text: &str,
    findings: &mut Findings,
) {
    if !text.is_ascii()
        && let Some(found) = text.chars().find(|&letter| is_override(letter))
    {
        parsed.error(findings, path, || {
            let message = format!("the text contains {}, which changes the order of the letters after it", name(found));
            (message, "remove it; text in right-to-left scripts does not need it".to_owned())
        });
    }
    if kind == TextKind::Wording {
        return;
    }
    if kind == TextKind::Line && text.contains(is_line_break) {
        parsed.error(findings, path, || {
            ("the text contains a line break, expected a single line".to_owned(), "use a space instead".to_owned())
        });
    }
    if !text.is_ascii() {
        if let Some(problem) = direction_problem(text) {
            parsed.warning(findings, path, || {
                let help = "remove it; if a right-to-left name needs it, put it between U+2068 and U+2069";
                (problem, help.to_owned())
            });
        }
        if let Some(found) = invisible(text) {
            parsed.warning(findings, path, || {
                let message = format!("the text contains the invisible character {}", name(found));
                (message, "remove it; members cannot see it".to_owned())
            });
        }
    }
    if let Some(MarkupProblem { message, help, found }) = markup_problem(text) {
        parsed.warning(findings, path, || (format!("{message}: {}", quoted(found)), help.to_owned()));
    }
}

fn name(letter: char) -> String {
    format!("U+{:04X}", u32::from(letter))
}

fn is_line_break(letter: char) -> bool {
    matches!(letter, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

/// Whether a character shows the letters after it in another order than they have: "exe.txt" for "txt.exe".
fn is_override(letter: char) -> bool {
    matches!(letter, '\u{202D}' | '\u{202E}')
}

/// Whether a character begins or ends an embedding, which affects the text around it; isolates have replaced them.
fn is_embedding(letter: char) -> bool {
    matches!(letter, '\u{202A}'..='\u{202C}')
}

/// Describes a character that may reorder the text around it: an embedding, or an isolate without its partner. Complete
/// isolates and direction marks are part of normal text in right-to-left scripts.
fn direction_problem(text: &str) -> Option<String> {
    if let Some(found) = text.chars().find(|&letter| is_embedding(letter)) {
        return Some(format!("the text contains {}, which may reorder the text around it", name(found)));
    }
    let mut open = Vec::new();
    for letter in text.chars() {
        match letter {
            '\u{2066}'..='\u{2068}' => open.push(letter),
            '\u{2069}' if open.pop().is_none() => {
                return Some("the text contains U+2069, which ends an isolate that does not exist".to_owned());
            }
            // An isolate does not continue on the next line.
            letter if is_line_break(letter) && !open.is_empty() => break,
            _ => {}
        }
    }
    let open = open.last()?;
    Some(format!("the text contains {} without U+2069, which ends it", name(*open)))
}

/// The first invisible character that no script needs. Joiners, variation selectors and the tags in emoji flags are
/// part of normal text.
fn invisible(text: &str) -> Option<char> {
    let mut in_flag = false;
    text.chars().find(|&letter| {
        in_flag = letter == '\u{1F3F4}' || in_flag && is_tag(letter);
        !in_flag && is_hidden(letter)
    })
}

fn is_tag(letter: char) -> bool {
    matches!(letter, '\u{E0020}'..='\u{E007F}')
}

fn is_hidden(letter: char) -> bool {
    matches!(letter,
        '\u{115F}' | '\u{1160}' | '\u{2061}'..='\u{2064}' | '\u{206A}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0001}')
        || is_tag(letter)
}

/// Removes the characters that reorder the text around them: overrides and embeddings and, unless they are complete,
/// isolates.
#[must_use]
pub fn without_reordering(text: &str) -> Cow<'_, str> {
    let reorders =
        |letter: char| is_override(letter) || is_embedding(letter) || matches!(letter, '\u{2066}'..='\u{2069}');
    if text.is_ascii() || !text.contains(reorders) {
        return Cow::Borrowed(text);
    }
    let kept: String = text.chars().filter(|&letter| !is_override(letter) && !is_embedding(letter)).collect();
    match direction_problem(&kept) {
        None => Cow::Owned(kept),
        Some(_) => Cow::Owned(kept.chars().filter(|&letter| !reorders(letter)).collect()),
    }
}

/// Markup that would display a text, or what follows it, as something else.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MarkupProblem<'t> {
    /// The problem, as the beginning of a sentence.
    pub message: &'static str,
    /// A way to solve it.
    pub help: &'static str,
    /// The markup: the beginning of the line, or the mark.
    pub found: &'t str,
}

/// Finds markup that makes a text look like another part of an answer (headings, block quotes, masked links), hides it,
/// or is not closed and so affects what follows. Members see such a text as it is written. Emphasis, inline code and
/// lists are fine.
#[must_use]
pub fn markup_problem(text: &str) -> Option<MarkupProblem<'_>> {
    let problem = |message, help, found| Some(MarkupProblem { message, help, found });
    if !text.contains(['#', '>', '-', '[', '`', '|', '*', '_', '~']) {
        return None;
    }
    for line in text.split(is_line_break) {
        let start = line.trim_start();
        let begins = |marks: &[&str]| {
            marks.iter().any(|mark| {
                start.strip_prefix(mark).is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
            })
        };
        if begins(&["#", "##", "###", "-#"]) {
            return problem("the line looks like a heading", "write a sentence without the mark", start);
        }
        if begins(&[">", ">>>"]) {
            return problem("the line looks like a quote", "remove the mark; `citations` contains the quotes", start);
        }
        let ticks = line.matches('`').count();
        if line.contains("``") {
            return problem("the text contains a block of code", "write plain text", line);
        }
        if ticks % 2 == 1 || ticks > 0 && line.contains('\\') {
            return problem("the text contains code that does not end on its line", "add or remove a mark", "`");
        }
    }
    if let Some(start) = text.find('[').filter(|&start| text[start..].contains("](")) {
        return problem(
            "the text contains a link whose address is not visible",
            "write the address itself",
            &text[start..],
        );
    }
    if text.contains("||") {
        return problem("the text contains a mark that hides text", "remove it", "||");
    }
    let open = ["**", "__", "~~"].into_iter().find(|mark| text.matches(mark).count() % 2 == 1)?;
    problem("the text contains a mark that is not closed", "add its partner, or remove it", open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_scripts_and_emoji_need_has_no_problem() {
        for text in [
            "نمی\u{200C}خواهم",
            "क्\u{200D}ष हिन्दी",
            "👩\u{200D}🔬 ❤\u{FE0F} 🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
            "שלום\u{200F}, Abe\u{200E} (2018)",
            "The name \u{2068}שלום\u{2069} and \u{2067}نام \u{2066}Abe\u{2069}\u{2069}.",
            "葛\u{E0100}城 ไทย\u{200B}แลนด์ Zeit\u{AD}raum",
            "한국어 日本語 Ελληνικά",
        ] {
            assert_eq!((direction_problem(text), invisible(text)), (None, None), "{text:?}");
            assert_eq!(without_reordering(text), text);
        }
    }

    #[test]
    fn characters_that_reorder_are_removed() {
        for (text, shown) in [
            ("a\u{202E}b\u{202C}c", "abc"),
            ("\u{202D}\u{202A}\u{202B}x", "x"),
            ("\u{2067}open", "open"),
            ("close\u{2069}", "close"),
            ("\u{2068}a\u{2069} \u{202E}b", "\u{2068}a\u{2069} b"),
            ("\u{2068}one\ntwo\u{2069}", "one\ntwo"),
        ] {
            assert_eq!(without_reordering(text), shown, "{text:?}");
        }
    }

    #[test]
    fn markup_that_pretends_hides_or_stays_open_is_found() {
        for (text, found) in [
            ("# Heading", Some("# Heading")),
            ("One.\n  -# small", Some("-# small")),
            ("One.\n> “Fake”", Some("> “Fake”")),
            (">>> all", Some(">>> all")),
            ("See [the text](https://x.example)", Some("[the text](https://x.example)")),
            ("See ](x) and [x](y)", Some("[x](y)")),
            ("See ](x", None),
            ("```\ncode", Some("```")),
            ("a `b", Some("`")),
            ("a `b\nc` d", Some("`")),
            ("a `b\\` c", Some("`")),
            ("||hidden||", Some("||")),
            ("**bold", Some("**")),
            ("~~a~~ __b", Some("__")),
            ("plain", None),
            ("**bold**, *it*, `/sections`, ~~no~~", None),
            ("- one\n- two\n1. three", None),
            ("#1, >5, -3, 2 * 3, a_b, [1], (x)", None),
        ] {
            assert_eq!(markup_problem(text).map(|problem| problem.found), found, "{text:?}");
        }
    }
}
