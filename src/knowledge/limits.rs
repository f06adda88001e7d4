//! How much a knowledge file may hold, and why. Text is counted in characters (Unicode scalar values), never bytes.
//! The schema is made with these constants, so an editor warns a curator of the same limits that the check enforces.

/// Bytes of one file, 32 MiB: hundreds of books' worth of entries, and still small enough to be held in memory several times over.
pub const FILE_BYTES: u64 = 32 * 1024 * 1024;

/// Problems that one report tells in full; the rest is only counted, so that a hostile file cannot fill the memory with complaints.
pub const FINDINGS: usize = 1_000;

/// An id stands in the `custom_id` of a button, of which Discord allows 100 characters; the bot's own part takes less than 36.
pub const ID_CHARS: usize = 64;

/// What an id looks like: words of lower-case ASCII letters and digits, joined by single hyphens.
pub const ID_PATTERN: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";

/// A document's title, like a question, may become an embed's title (256).
pub const DOCUMENT_TITLE_CHARS: usize = 256;

/// What a document is about: one or two sentences, which share an embed's description (4,096) with how the bot works.
pub const ABOUT_CHARS: usize = 1_000;

/// Sections of one document: the options of one select menu (25).
pub const SECTIONS: usize = 25;

/// A section's title is the label of a select menu's option (100).
pub const SECTION_TITLE_CHARS: usize = 100;

/// A section's summary is the value of an embed's field (1,024).
pub const SUMMARY_CHARS: usize = 1_000;

/// Paragraphs of one section: more than any chapter has; above it the number is a slip of the hand.
pub const SECTION_PARAGRAPHS: u32 = 10_000;

/// A question is the title of an embed (256).
pub const QUESTION_CHARS: usize = 256;

/// A wording is only matched, never shown; what is longer is not one question. A little above what a question may have.
pub const WORDING_CHARS: usize = 300;

/// A word or phrase of a synonym group: a wording is built of several of them.
pub const SYNONYM_CHARS: usize = 100;

/// A synonym group says that some words mean the same; one word alone says nothing.
pub const SYNONYMS_LEAST: usize = 2;

/// A passage shares an embed's description (4,096) with its citations. They take at most [`CITATIONS`] times a quote and a
/// section's title, 1,500 characters, which leaves about 600 for paragraph numbers, the document's title and markup.
pub const PASSAGE_CHARS: usize = 2_000;

/// What a boundary says: one sentence, or a few.
pub const SAYS_CHARS: usize = 1_000;

/// Citations of one entry; see [`PASSAGE_CHARS`].
pub const CITATIONS: usize = 5;

/// Paragraphs of one citation; more is the whole section, which shows nobody where to look.
pub const CITED_PARAGRAPHS: usize = 20;

/// Characters of a quote: twelve long words. See [`PASSAGE_CHARS`].
pub const QUOTE_CHARS: usize = 200;

/// Words of a quote: enough to find the place, too few to copy the text.
pub const QUOTE_WORDS: usize = 12;

/// With fewer wordings than this, the question included, an entry is hardly found by people who word it otherwise.
pub const WORDINGS_LEAST: usize = 3;
