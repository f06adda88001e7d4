//! Limits of a knowledge file and the reasons for them. Lengths count characters (Unicode scalar values), not bytes.
//! The schema is generated with these constants, so editors warn about the same limits that the check enforces.

/// Bytes of one file, 32 MiB: enough for the entries of hundreds of books, and small enough to hold several copies in
/// memory.
pub const FILE_BYTES: u64 = 32 * 1024 * 1024;

/// Findings listed in one report. Further ones are only counted, so that a hostile file cannot exhaust the memory.
pub const FINDINGS: usize = 1_000;

/// Characters of an id. Ids are part of a button's `custom_id` (Discord's limit: 100); the bot's own part takes less
/// than 36.
pub const ID_CHARS: usize = 64;

/// The form of an id: words of lower-case ASCII letters and digits, joined by single hyphens.
pub const ID_PATTERN: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";

/// Characters of a URL: longer than the addresses that people share.
pub const URL_CHARS: usize = 500;

/// The form of a URL: `http` or `https`, and the characters of RFC 3986, without brackets and parentheses, so that it can
/// stand in a Markdown link. A browser shows a URL with other characters in percent-encoded form.
pub const URL_PATTERN: &str = "^https?://[A-Za-z0-9._~:/?#@!$&'*+,;=%-]+$";

/// Characters of an entry's label: those of a button that Discord's apps on a phone show.
pub const LABEL_CHARS: usize = 38;

/// Characters of a document's title. It may become an embed's title (Discord's limit: 256).
pub const DOCUMENT_TITLE_CHARS: usize = 256;

/// Characters of `about`: one or two sentences. It shares an embed's description (4,096) with an introduction to the
/// bot.
pub const ABOUT_CHARS: usize = 1_000;

/// The code of the language of a document that names none.
pub const ENGLISH: &str = "en";

/// The codes of a document's language: those that have a stemmer, or that the matcher recognises or has function words
/// of. Any other language would be read like an unknown one, so its code is more likely a typing error.
pub const LANGUAGES: &[&str] = &[
    "ar", "bg", "ca", "cs", "da", "de", "el", ENGLISH, "es", "fa", "fi", "fr", "he", "hi", "hu", "id", "it", "ja",
    "ko", "mr", "nl", "no", "pl", "pt", "ro", "ru", "sr", "sv", "ta", "th", "tl", "tr", "uk", "vi", "zh",
];

/// Sections of one document. They become the options of one select menu (25).
pub const SECTIONS: usize = 25;

/// Characters of a section's title. It is the label of a select menu's option (100).
pub const SECTION_TITLE_CHARS: usize = 100;

/// Characters of a section's summary. It is the value of an embed's field (1,024).
pub const SUMMARY_CHARS: usize = 1_000;

/// Paragraphs of one section: more than any chapter has, so a larger number is a typing error.
pub const SECTION_PARAGRAPHS: u32 = 10_000;

/// Characters of a question. It is the title of an embed (256).
pub const QUESTION_CHARS: usize = 256;

/// Characters of a wording: a little more than a question, because wordings are never shown. A longer text is not one
/// question.
pub const WORDING_CHARS: usize = 300;

/// Characters of a synonym. It is a part of a wording, so shorter than one.
pub const SYNONYM_CHARS: usize = 100;

/// Least number of synonyms in a group: one alone has no effect.
pub const SYNONYMS_LEAST: usize = 2;

/// Characters of a passage. It shares an embed's description (4,096) with its citations: at most [`CITATIONS`] quotes
/// and section titles, 1,500 characters. That leaves about 600 for paragraph numbers, the document's title and markup.
pub const PASSAGE_CHARS: usize = 2_000;

/// Characters of a boundary's `says`: one sentence, or a few.
pub const SAYS_CHARS: usize = 1_000;

/// Characters of the reply to small talk: a sentence, or a few, as [`SAYS_CHARS`]. With markup, it fits into a Discord
/// message (2,000).
pub const REPLY_CHARS: usize = 1_000;

/// Citations of one entry; see [`PASSAGE_CHARS`].
pub const CITATIONS: usize = 5;

/// Paragraphs of one citation. A citation of more would not help a reader to find the place.
pub const CITED_PARAGRAPHS: usize = 20;

/// Characters of a quote: twelve long words. See [`PASSAGE_CHARS`].
pub const QUOTE_CHARS: usize = 200;

/// Words of a quote: enough to find the place, too few to copy the text.
pub const QUOTE_WORDS: usize = 12;

/// Least number of wordings, including the question, without a warning. With fewer, differently worded questions rarely
/// find the entry.
pub const WORDINGS_LEAST: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_states_every_limit() {
        let characters = |limit: usize| format!("{limit} characters");
        let rows = [
            ("a knowledge file, or a text", format!("{} MiB", FILE_BYTES >> 20)),
            ("`title` of the document", characters(DOCUMENT_TITLE_CHARS)),
            ("`about`", characters(ABOUT_CHARS)),
            ("`url`", characters(URL_CHARS)),
            ("`id`", characters(ID_CHARS)),
            ("`sections`", SECTIONS.to_string()),
            ("`title` of a section", characters(SECTION_TITLE_CHARS)),
            ("`summary` of a section", characters(SUMMARY_CHARS)),
            ("paragraphs of a section", SECTION_PARAGRAPHS.to_string()),
            ("`question`", characters(QUESTION_CHARS)),
            ("`label`", characters(LABEL_CHARS)),
            ("each wording (`also_asked`, `wordings`)", characters(WORDING_CHARS)),
            ("`passage`", characters(PASSAGE_CHARS)),
            ("`citations` of an entry", CITATIONS.to_string()),
            ("`paragraphs` of a citation", CITED_PARAGRAPHS.to_string()),
            ("`quote`", format!("{QUOTE_WORDS} words and {QUOTE_CHARS} characters")),
            ("`says`", characters(SAYS_CHARS)),
            ("`reply` to small talk", characters(REPLY_CHARS)),
            ("each of the `synonyms`", characters(SYNONYM_CHARS)),
        ];
        let mut table = "| part | at most |\n| --- | --- |\n".to_owned();
        rows.iter().for_each(|(part, limit)| table += &format!("| {part} | {limit} |\n"));
        let guide = include_str!("../../knowledge/README.md").replace("\r\n", "\n");
        assert!(guide.contains(&table), "knowledge/README.md does not have this table:\n{table}");
        let least = format!(
            "A group of `synonyms` has at least {SYNONYMS_LEAST}. An entry with fewer than {WORDINGS_LEAST} wordings"
        );
        assert!(guide.contains(&least), "knowledge/README.md does not say: {least}");
    }
}
