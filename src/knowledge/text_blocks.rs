//! Divides the text of a document into headings and paragraphs, from Markdown or from plain text.
//! Source texts are compared with knowledge files, and drafts are made from texts, by these blocks.

use std::ops::Range;
use std::path::Path;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::wording::normalise;

/// The format in which a text marks its headings and paragraphs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum TextFormat {
    /// Each line is a paragraph. Nothing marks a heading.
    Plain,
    /// CommonMark with tables, front matter and the other common extensions.
    Markdown,
}

impl TextFormat {
    /// A text is Markdown if its file's name says so, or if a line is a heading marked with `#`.
    pub(super) fn of(path: &Path, text: &str) -> Self {
        let extension = path.extension().unwrap_or_default();
        let named = ["md", "markdown"].into_iter().any(|markdown| extension.eq_ignore_ascii_case(markdown));
        if named || text.lines().any(is_marked_heading) { Self::Markdown } else { Self::Plain }
    }
}

/// Returns `true` if a line is a heading such as `## Claims`. A hashtag such as `#claims` is none.
fn is_marked_heading(line: &str) -> bool {
    let rest = line.trim_start_matches('#');
    (1..=6).contains(&(line.len() - rest.len())) && rest.starts_with([' ', '\t']) && !rest.trim().is_empty()
}

/// A heading or a paragraph, as a reader sees it: on one line and without marks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct TextBlock {
    /// The level of a heading, from 1; `None` for a paragraph.
    pub(super) level: Option<usize>,
    /// The text with single spaces. Never blank.
    pub(super) text: String,
    /// The text in the parts that a reader sees apart: the items of a list, the cells of a table.
    pub(super) parts: Vec<String>,
    /// The block's place in the text, in bytes. It includes the block's marks.
    pub(super) place: Range<usize>,
}

/// Divides a text into its blocks.
///
/// In Markdown, each of these is one paragraph: a run of lines, a list, a table, a quotation, a code block. Front matter,
/// comments, rules and images without a text are none.
pub(super) fn blocks(format: TextFormat, text: &str) -> Vec<TextBlock> {
    match format {
        TextFormat::Plain => plain_blocks(text),
        TextFormat::Markdown => markdown_blocks(text),
    }
}

fn plain_blocks(text: &str) -> Vec<TextBlock> {
    let mut blocks = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        push(&mut blocks, None, vec![line.to_owned()], start..start + line.trim_end().len());
        start += line.len();
    }
    blocks
}

fn markdown_blocks(text: &str) -> Vec<TextBlock> {
    let mut blocks = Vec::new();
    let mut block = BlockText::default();
    let mut depth = 0_usize;
    let (_, body) = front_matter(text);
    let start = text.len() - body.len();
    for (event, place) in Parser::new_ext(body, options()).into_offset_iter() {
        match &event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        block.add(&event);
        // A rule is the only block without a start and an end; it has no text.
        if depth == 0 {
            let level = if let Event::End(TagEnd::Heading(level)) = event { Some(level as usize) } else { None };
            push(&mut blocks, level, std::mem::take(&mut block).parts(), start + place.start..start + place.end);
        }
    }
    blocks
}

/// Divides a text into its front matter and the rest. Front matter stands at the beginning between two lines `---` or
/// `+++`; the parser would also find it between two rules in the middle of a text.
pub(super) fn front_matter(text: &str) -> (&str, &str) {
    let mut lines = text.split_inclusive('\n');
    let Some(mark) = lines.next().filter(|line| ["---", "+++"].contains(&line.trim_end())) else { return ("", text) };
    let mut end = mark.len();
    for (n, line) in lines.enumerate() {
        if line.trim_end() == mark.trim_end() {
            return (text[mark.len()..end].trim(), &text[end + line.len()..]);
        }
        // A blank line follows a rule.
        if n == 0 && line.trim().is_empty() {
            break;
        }
        end += line.len();
    }
    ("", text)
}

/// Adds a block, unless it is blank.
fn push(blocks: &mut Vec<TextBlock>, level: Option<usize>, parts: Vec<String>, place: Range<usize>) {
    let parts: Vec<String> = parts.iter().map(|part| one_space(part)).filter(|part| !part.is_empty()).collect();
    if !parts.is_empty() {
        blocks.push(TextBlock { level, text: parts.join(" "), parts, place });
    }
}

/// The extensions that programs for Markdown commonly have. Typographic ones are off: they would change letters.
fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
}

/// The visible text of a block while its events arrive.
#[derive(Default)]
struct BlockText {
    /// The parts before the present one.
    finished: Vec<String>,
    text: String,
    /// HTML of a block, whose tags may reach over several events.
    html: String,
    /// Images that are open: their text is not shown.
    hidden: usize,
}

impl BlockText {
    fn parts(mut self) -> Vec<String> {
        self.finished.push(self.text);
        self.finished
    }

    fn add(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(Tag::Image { .. }) => self.hidden += 1,
            Event::End(TagEnd::Image) => self.hidden = self.hidden.saturating_sub(1),
            Event::End(TagEnd::HtmlBlock) => {
                let visible = without_tags(&std::mem::take(&mut self.html));
                self.text.push_str(&visible);
            }
            // Marks within a line do not separate words; everything else does.
            Event::Start(tag) if is_inline(&tag.to_end()) => {}
            Event::End(tag) if is_inline(tag) => {}
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                if self.hidden == 0 {
                    self.text.push_str(text);
                }
            }
            Event::Html(html) => self.html.push_str(html),
            Event::InlineHtml(html) if !html.starts_with("<br") => {}
            Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
            Event::Start(_) | Event::End(_) => self.finished.push(std::mem::take(&mut self.text)),
            _ => self.text.push(' '),
        }
    }
}

/// Returns `true` if a mark stands within a line, as emphasis and links do.
fn is_inline(tag: &TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Link
            | TagEnd::Superscript
            | TagEnd::Subscript
    )
}

/// HTML without its tags and comments.
fn without_tags(html: &str) -> String {
    let mut visible = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        visible.push_str(before);
        visible.push(' ');
        let end = if tag.starts_with("!--") { "-->" } else { ">" };
        rest = tag.split_once(end).map_or("", |(_, after)| after);
    }
    visible.push_str(rest);
    visible
}

/// A phrase of Markdown as a reader sees it. A phrase cut from the middle of a block may have marks without a partner;
/// they remain.
pub(super) fn without_marks(phrase: &str) -> String {
    let texts: Vec<String> = markdown_blocks(phrase).into_iter().map(|block| block.text).collect();
    texts.join(" ")
}

/// The text with single spaces and straight quotation marks: editors change both automatically.
pub(super) fn folded(text: &str) -> String {
    let straight = |c| match c {
        '‘' | '’' | '‚' | '‛' => '\'',
        '“' | '”' | '„' | '‟' => '"',
        c => c,
    };
    one_space(text).chars().map(straight).collect()
}

fn one_space(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// A heading or a section's title in forms that can be compared, the most exact first. Two of them are the same title
/// if they agree in any form; a pair that agrees in an exact one fits better.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct ComparableTitle([String; 3]);

impl ComparableTitle {
    /// The number of forms.
    pub(super) const FORMS: usize = 3;

    /// A title that is the same only as texts that agree with it to the letter.
    pub(super) fn exact(title: &str) -> Self {
        Self([folded(title), String::new(), String::new()])
    }

    /// `title` may have Markdown's marks: `## 3. *Claims*` is the same title as `claims`.
    pub(super) fn new(title: &str) -> Self {
        let shown = without_marks(title);
        let plain = if shown.is_empty() { title } else { &shown };
        Self([folded(title), normalise(plain), normalise(without_number(plain))])
    }

    /// Returns `true` if both have the same text in this form. A blank form equals none.
    pub(super) fn equals(&self, other: &Self, form: usize) -> bool {
        self.0.get(form).is_some_and(|mine| !mine.is_empty() && other.0.get(form) == Some(mine))
    }

    /// Returns `true` if both have the same text in any form.
    pub(super) fn is(&self, other: &Self) -> bool {
        (0..Self::FORMS).any(|form| self.equals(other, form))
    }
}

/// A title without the number before it: `3. Claims`, `3) Claims`, `§ 3.1 Claims` and `IV. Claims` become `Claims`.
/// Returns a title that is only a number as it is.
pub(super) fn without_number(title: &str) -> &str {
    let title = title.trim();
    let Some((number, rest)) = title.trim_start_matches(['§', ' ']).split_once(char::is_whitespace) else {
        return title;
    };
    let digits = number.trim_end_matches(['.', ')', ':']);
    let is_decimal =
        digits.starts_with(|c: char| c.is_ascii_digit()) && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    // Letters and Roman numerals need a mark after them: "I" and "A" are also words.
    let is_letters = digits.len() < number.len()
        && (digits.chars().count() == 1 || digits.chars().all(|c| "IVXivx".contains(c)))
        && digits.chars().all(char::is_alphabetic);
    let rest = rest.trim_start_matches(['-', '–', '—', ' ']);
    if (is_decimal || is_letters) && !rest.is_empty() { rest } else { title }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn markdown(text: &str) -> Vec<(Option<usize>, String)> {
        blocks(TextFormat::Markdown, text).into_iter().map(|block| (block.level, block.text)).collect()
    }

    #[test]
    fn each_kind_of_block_is_one_paragraph() {
        for (text, expected) in [
            ("One\nline *and* **another**.\n\nTwo.", "One line and another.|Two."),
            ("- a\n- b\n  wrapped\n\n  again\n1. c\n2. d", "a b wrapped again|c d"),
            ("| A | B |\n|---|---|\n| c | `d` |", "A B c d"),
            ("> quoted\n> lines\n>\n> more", "quoted lines more"),
            ("```rust\nfn main() {}\n\nlet x;\n```\n    indented", "fn main() {} let x;|indented"),
            ("---\ntitle: x\n---\ntext", "text"),
            ("+++\ntitle = 'x'\n+++\ntext", "text"),
            ("---\n\na\n\n---\nb\n\n---\nc", "a|b|c"),
            ("a\n\n+++\nb\n+++", "a|+++ b +++"),
            ("<!-- a\n\n<b> comment -->\n\ntext<br>end <b>bold</b>", "text end bold"),
            ("<details>\n<summary>More</summary>\n\ntext\n</details>", "More|text"),
            ("![badge](x.png) [![b](y)](z)\n\n![a](b) text", "text"),
            ("a[^1] [link](http://x) <http://y> &amp; \\*\n\n[^1]: note", "a link http://y & *|note"),
            ("- [ ] open\n- [x] done\n\n***\n\nend", "open done|end"),
            ("in**ter**rupted", "interrupted"),
            ("[ref]: http://x\n\n[ref]", "ref"),
            ("   \n\n#\n\n## \n", ""),
        ] {
            let texts: Vec<String> = markdown(text).into_iter().map(|(_, text)| text).collect();
            assert_eq!(texts.join("|"), expected, "{text:?}");
        }
    }

    #[test]
    fn headings_have_a_level() {
        let found = markdown("# A #\nx\n\nB *b*\n===\n\nC\n---\n### D {#d}\n> # quoted");
        let headings: Vec<_> =
            found.iter().filter_map(|(level, text)| Some((level.as_ref()?, text.as_str()))).collect();
        assert_eq!(headings, [(&1, "A"), (&1, "B b"), (&2, "C"), (&3, "D")]);
    }

    #[test]
    fn a_block_knows_its_place() {
        let text = "# A\n\n- x\n- *y*\n\nend";
        for format in [TextFormat::Markdown, TextFormat::Plain] {
            let places: Vec<&str> =
                blocks(format, text).into_iter().filter_map(|block| text.get(block.place)).map(str::trim).collect();
            assert_eq!(places.join("|").replace('\n', "|"), "# A|- x|- *y*|end");
        }
    }

    #[test]
    fn the_format_follows_from_the_name_or_a_marked_heading() {
        for (name, text, format) in [
            ("a.md", "", TextFormat::Markdown),
            ("a.MarkDown", "", TextFormat::Markdown),
            ("a.txt", "a\n## b\n", TextFormat::Markdown),
            ("a.txt", "#channel\n#\n#######  x\n a", TextFormat::Plain),
            ("md", "a\n===", TextFormat::Plain),
        ] {
            assert_eq!(TextFormat::of(Path::new(name), text), format, "{name} {text:?}");
        }
    }

    #[test]
    fn titles_are_the_same_with_any_marker_case_and_number() {
        let same = |a: &str, b: &str| ComparableTitle::new(a).is(&ComparableTitle::new(b));
        for title in [
            "Claims",
            "## claims ##",
            "3. Claims",
            "3) CLAIMS",
            "§ 3.1 Claims:",
            "IV. *Claims*",
            "a) claims",
            "3 - Claims",
        ] {
            assert!(same(title, "Claims") && same("3. Claims", title), "{title}");
        }
        for (a, b) in
            [("Claims", "Claim"), ("2019", "2020"), ("I claim", "Claim"), ("???", "!!!"), ("A claim", "Claim")]
        {
            assert!(!same(a, b), "{a} {b}");
        }
        assert!(same("???", "???"));
    }
}
