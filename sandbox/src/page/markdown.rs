//! Renders Discord's dialect of Markdown as HTML with an allow list of elements; everything else appears as text. A
//! library parses CommonMark; this module adds Discord's quotes, subtext, underline, line breaks and mentions.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd, TextMergeWithOffset};

use crate::snowflake::timestamp;

/// Replaces `<` while the library parses CommonMark: Discord does not support HTML, so the parser must not see any.
/// This is a noncharacter, which no real text contains.
const LESS: char = '\u{FDD0}';
/// Replaces `&`, because Discord does not support entities.
const AMPERSAND: char = '\u{FDD1}';

/// Maximum nesting of elements; deeper ones are rendered without their tags. Real messages do not nest lists and quotes
/// this deeply.
const DEPTH_MAX: usize = 16;

/// The last timestamp that is rendered as a time, in Unix seconds: the end of the year 9999, the last one in RFC 3339.
const TIMESTAMP_MAX: u64 = 253_402_300_799;

/// Resolves ids in mentions to names. An unknown mention appears as it was written.
pub(super) trait MentionNames {
    /// The text for `<@1>`, `<@&1>` or `<#1>`; `reference` has no angle brackets.
    fn mention(&self, reference: &str) -> Option<String>;
}

/// Renders a message's text, an embed's description or a field's value.
pub(super) fn blocks(text: &str, names: &dyn MentionNames) -> String {
    let mut html = String::with_capacity(text.len() * 2);
    for part in split_text(text) {
        match part {
            Part::Plain(text) => render(&text, names, false, &mut html),
            Part::Quote(text) => {
                html.push_str("<blockquote>");
                for part in split_quote(&text) {
                    part.render(names, &mut html);
                }
                html.push_str("</blockquote>");
            }
            Part::Subtext(_) => part.render(names, &mut html),
        }
    }
    html
}

/// Renders a title or a field's name, without block elements.
pub(super) fn inline(text: &str, names: &dyn MentionNames) -> String {
    let mut html = String::with_capacity(text.len() * 2);
    render(text, names, true, &mut html);
    html
}

/// Appends text with HTML's special characters escaped.
pub(super) fn escape(text: &str, html: &mut String) {
    for letter in text.chars() {
        match letter {
            '<' | LESS => html.push_str("&lt;"),
            '&' | AMPERSAND => html.push_str("&amp;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            letter => html.push(letter),
        }
    }
}

/// Consecutive lines of the same kind.
#[derive(Debug, PartialEq)]
enum Part {
    Plain(String),
    Quote(String),
    Subtext(String),
}

impl Part {
    fn render(&self, names: &dyn MentionNames, html: &mut String) {
        match self {
            Self::Plain(text) | Self::Quote(text) => render(text, names, false, html),
            Self::Subtext(text) => {
                html.push_str("<p><small>");
                render(text, names, true, html);
                html.push_str("</small></p>");
            }
        }
    }
}

/// Splits a text into quotes, subtext and plain text. `>>> ` quotes the rest of the text. Fenced code stays in one
/// part.
fn split_text(text: &str) -> Vec<Part> {
    split_parts(text, true)
}

/// Splits the text of a quote, in which Discord supports no further quotes.
fn split_quote(text: &str) -> Vec<Part> {
    split_parts(text, false)
}

fn split_parts(text: &str, quotes: bool) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut fenced = false;
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        if !fenced
            && quotes
            && let Some(quoted) = rest.strip_prefix(">>> ")
        {
            parts.push(Part::Quote(quoted.to_owned()));
            break;
        }
        let quoted = line.strip_prefix("> ").or((line == ">").then_some("")).filter(|_| quotes && !fenced);
        match (quoted, line.strip_prefix("-# ").filter(|_| !fenced), parts.last_mut()) {
            (Some(quoted), _, Some(Part::Quote(text))) => extend(text, quoted),
            (Some(quoted), ..) => parts.push(Part::Quote(quoted.to_owned())),
            (_, Some(small), _) => parts.push(Part::Subtext(small.to_owned())),
            (.., Some(Part::Plain(text))) => extend(text, line),
            _ => parts.push(Part::Plain(line.to_owned())),
        }
        if quoted.is_none() && line.matches("```").count() % 2 == 1 {
            fenced = !fenced;
        }
        rest = after;
    }
    parts
}

fn extend(text: &mut String, line: &str) {
    text.push('\n');
    text.push_str(line);
}

/// Escapes the syntax of CommonMark that Discord does not support: HTML, entities, rules, underlined headings, further
/// quotes, and list items that continue in an unindented line.
fn escape_unsupported(text: &str) -> String {
    let (mut fenced, mut in_list) = (false, false);
    let lines = text.split('\n').map(|line| {
        let consists_of = |mark: char| line.chars().all(|letter| letter == mark || letter == ' ');
        let is_rule = !fenced && !line.trim().is_empty() && "-=*_".chars().any(consists_of);
        let ends_list = in_list && !is_item(line) && !line.starts_with(' ') && !line.is_empty();
        in_list = !fenced && !ends_list && (in_list || is_item(line));
        if line.matches("```").count() % 2 == 1 {
            fenced = !fenced;
        }
        let is_unsupported = is_rule || !fenced && line.trim_start().starts_with('>');
        let line = if is_unsupported { format!("\\{}", line.trim_start()) } else { line.to_owned() };
        if ends_list { format!("\n{line}") } else { line }
    });
    let text = lines.collect::<Vec<_>>().join("\n").replace([LESS, AMPERSAND], "");
    text.replace('<', &LESS.to_string()).replace('&', &AMPERSAND.to_string())
}

/// Whether a line is a list item.
fn is_item(line: &str) -> bool {
    let line = line.trim_start();
    let after_number = line.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let numbered = after_number.len() < line.len() && after_number.starts_with(". ");
    numbered || line.starts_with("- ") || line.starts_with("* ")
}

fn render(text: &str, names: &dyn MentionNames, inline: bool, html: &mut String) {
    let text = escape_unsupported(text);
    let events = Parser::new_ext(&text, Options::ENABLE_STRIKETHROUGH).into_offset_iter();
    let mut renderer = HtmlRenderer { names, inline, html, open: Vec::new() };
    for (event, range) in TextMergeWithOffset::new(events) {
        renderer.write(event, text.get(range).unwrap_or_default());
    }
}

struct HtmlRenderer<'a> {
    names: &'a dyn MentionNames,
    inline: bool,
    html: &'a mut String,
    /// The end of each open element: a tag, or an empty string if the element is not rendered.
    open: Vec<String>,
}

impl HtmlRenderer<'_> {
    /// Renders one event; `source` is the text that it covers.
    fn write(&mut self, event: Event<'_>, source: &str) {
        match event {
            Event::Start(tag) => self.start(&tag, source),
            Event::End(TagEnd::TableRow | TagEnd::Table) => {}
            Event::End(_) => {
                let end = self.open.pop().unwrap_or_default();
                self.html.push_str(&end);
            }
            Event::Text(text) if self.in_code() => escape(&text, self.html),
            Event::Text(text) => self.text(&text),
            Event::Code(code) => {
                self.html.push_str("<code>");
                escape(&code, self.html);
                self.html.push_str("</code>");
            }
            Event::SoftBreak | Event::HardBreak => self.html.push_str("<br>"),
            // Possible markup is escaped and appears as it was written.
            _ => escape(source, self.html),
        }
    }

    fn in_code(&self) -> bool {
        self.open.last().is_some_and(|end| end == "</code></pre>")
    }

    fn start(&mut self, tag: &Tag<'_>, source: &str) {
        let (start, end) = if self.open.len() < DEPTH_MAX { self.element(tag, source) } else { Default::default() };
        self.html.push_str(&start);
        self.open.push(end);
    }

    /// The start and end tag of an element.
    fn element(&self, tag: &Tag<'_>, source: &str) -> (String, String) {
        let tags = |name: &str| (format!("<{name}>"), format!("</{name}>"));
        match tag {
            Tag::Emphasis => tags("em"),
            Tag::Strong if source.starts_with("__") => tags("u"),
            Tag::Strong => tags("strong"),
            Tag::Strikethrough if source.starts_with("~~") => tags("s"),
            Tag::Strikethrough => ("~".to_owned(), "~".to_owned()),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => match address(dest_url) {
                // An image becomes a link with `!` in front.
                Some(address) if matches!(tag, Tag::Image { .. }) => link(&address, "!"),
                Some(address) => link(&address, ""),
                None => {
                    let mut end = "](".to_owned();
                    escape(dest_url, &mut end);
                    ("[".to_owned(), end + ")")
                }
            },
            _ if self.inline => Default::default(),
            Tag::Paragraph => tags("p"),
            Tag::CodeBlock(CodeBlockKind::Fenced(_)) => ("<pre><code>".to_owned(), "</code></pre>".to_owned()),
            // Discord has no code blocks by indentation.
            Tag::CodeBlock(CodeBlockKind::Indented) => tags("p"),
            // Below the page's own headings, for a correct outline in screen readers.
            Tag::Heading { level: HeadingLevel::H1, .. } => tags("h3"),
            Tag::Heading { level: HeadingLevel::H2, .. } => tags("h4"),
            Tag::Heading { level: HeadingLevel::H3, .. } => tags("h5"),
            Tag::Heading { level, .. } => (format!("<p>{} ", "#".repeat(*level as usize)), "</p>".to_owned()),
            Tag::List(None) => tags("ul"),
            Tag::List(Some(first)) => (format!("<ol start=\"{first}\">"), "</ol>".to_owned()),
            Tag::Item => tags("li"),
            _ => Default::default(),
        }
    }

    /// Renders text with its mentions and bare URLs.
    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(place) = rest.find([LESS, 'h', '@']) {
            let (before, from) = rest.split_at(place);
            escape(before, self.html);
            let length = self.mention(from).or_else(|| self.bare_address(from));
            let length = length.unwrap_or_else(|| {
                let first = from.chars().next().map_or(0, char::len_utf8);
                escape(from.get(..first).unwrap_or_default(), self.html);
                first
            });
            rest = from.get(length..).unwrap_or_default();
        }
        escape(rest, self.html);
    }

    /// Renders the mention or timestamp at the start of a text. Returns its length in bytes.
    fn mention(&mut self, text: &str) -> Option<usize> {
        let everyone = ["@everyone", "@here"].into_iter().find(|name| text.starts_with(name));
        let (shown, length) = match everyone {
            Some(name) => (name.to_owned(), name.len()),
            None => {
                let inside = text.strip_prefix(LESS)?;
                let (reference, _) = inside.split_once('>')?;
                if let Some(time) = timestamp_html(reference) {
                    self.html.push_str(&time);
                    return Some(LESS.len_utf8() + reference.len() + 1);
                }
                (self.names.mention(reference)?, LESS.len_utf8() + reference.len() + 1)
            }
        };
        self.html.push_str("<span class=\"mention\">");
        escape(&shown, self.html);
        self.html.push_str("</span>");
        Some(length)
    }

    /// Renders the URL at the start of a text, with or without angle brackets. Returns its length in bytes.
    fn bare_address(&mut self, text: &str) -> Option<usize> {
        let bracketed = text.strip_prefix(LESS);
        let from = bracketed.unwrap_or(text);
        let end = from.find(|letter: char| letter.is_whitespace() || matches!(letter, '>' | '"' | LESS));
        let whole = from.get(..end.unwrap_or(from.len()))?;
        let shown = whole.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'', '*', '_']);
        let address = address(shown)?;
        if self.open.iter().any(|end| end == "</a>") {
            return None;
        }
        let (start, end) = link(&address, "");
        self.html.push_str(&start);
        escape(shown, self.html);
        self.html.push_str(&end);
        let closed = bracketed.filter(|_| from.get(shown.len()..).is_some_and(|after| after.starts_with('>')));
        Some(shown.len() + (text.len() - from.len()) + usize::from(closed.is_some()))
    }
}

/// Renders `<t:1795494387:f>`; `reference` has no angle brackets. The page's script formats the time in the reader's
/// time zone and in the given style
/// (<https://discord.com/developers/docs/reference#message-formatting-timestamp-styles>).
fn timestamp_html(reference: &str) -> Option<String> {
    let reference = reference.strip_prefix("t:")?;
    let (seconds, style) = reference.split_once(':').unwrap_or((reference, "f"));
    let seconds = seconds.parse::<u64>().ok().filter(|seconds| *seconds <= TIMESTAMP_MAX)?;
    let time = timestamp(seconds * 1000);
    let known = ["t", "T", "d", "D", "f", "F", "s", "S", "R"].contains(&style);
    known.then(|| format!("<time datetime=\"{time}\" data-style=\"{style}\">{time}</time>"))
}

/// Returns the text if it is a web address, the only kind of link allowed.
fn address(text: &str) -> Option<String> {
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    let rest = ["http://", "https://"].into_iter().find(|scheme| lower.starts_with(scheme)).map(str::len)?;
    text.get(rest..).is_some_and(|rest| !rest.is_empty()).then(|| text.to_owned())
}

fn link(address: &str, mark: &str) -> (String, String) {
    let mut start = format!("{mark}<a target=\"_blank\" rel=\"noopener noreferrer nofollow\" href=\"");
    escape(address, &mut start);
    (start + "\">", "</a>".to_owned())
}

#[cfg(test)]
mod tests;
