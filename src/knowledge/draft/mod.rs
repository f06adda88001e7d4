//! Drafts of knowledge files: from a text, and from questions and answers in other formats.
//! A draft invents nothing. Where its input has no question or no answer, it is empty, and `check` asks for it.

mod answers;
mod csv;
mod outline;
mod tags;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde_json::json;

use self::outline::Outline;
use super::display::{markup_problem, without_reordering};
use super::wording::normalise;
use super::{Citation, Document, Entry, SaveError, Section, limits, read_text, schema_text};
use crate::atomic_file::{Access, folder_of, sync_folder, write_temporary};

/// The name of the schema next to a draft.
const SCHEMA_NAME: &str = "schema.json";

/// Entries of one draft. Nobody completes more; it also bounds the time for making ids unique.
const ENTRIES_MAX: usize = 20_000;

/// Characters of a section's id. Leaves room for a paragraph number in the ids of entries.
const SECTION_ID_CHARS: usize = 40;

/// Words of a suggested quote that are never cut, so that it can be found.
const QUOTE_WORDS_LEAST: usize = 4;

/// The reason that there is no draft.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// The input or the output cannot be read.
    #[error(transparent)]
    Read(#[from] SaveError),
    /// The folder cannot be read.
    #[error("cannot read the folder {}: {error}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// There is no such file.
    #[error("{} does not exist", .0.display())]
    Missing(PathBuf),
    /// The input does not have the format that its name promises.
    #[error("{}: {found}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The mistake and its place.
        found: String,
    },
    /// The input is a knowledge file already.
    #[error("{}: expected a text, a CSV file, a TOML file of tags or a folder of tags, found a JSON file", .0.display())]
    Json(PathBuf),
    /// The draft would replace the schema.
    #[error("`schema.json` is the name of the schema: write the draft to another file with `--output`")]
    SchemaName,
    /// The input has nothing to cite.
    #[error("{}: expected at least one {expected}, found none", path.display())]
    Empty {
        /// The input.
        path: PathBuf,
        /// A paragraph, an answer or a tag.
        expected: &'static str,
    },
    /// The text has more headings than a document may have sections.
    #[error(
        "the text has {0} sections, but a document may have {most} at most: divide the text into several files, or make \
         the headings of less important parts deeper (`###`)",
        most = limits::SECTIONS
    )]
    TooManySections(usize),
    /// A heading is longer than a section's title may be.
    #[error("expected headings of at most {most} characters, found: {0}", most = limits::SECTION_TITLE_CHARS)]
    LongTitle(String),
    /// The input has more paragraphs or answers than a draft may have.
    #[error("expected at most {} paragraphs or answers, found more; divide the input into several files", .0)]
    TooMany(usize),
    /// A file is there already.
    #[error("{} exists; use another name (`-o`), or overwrite it with `--force`", .0.display())]
    Exists(PathBuf),
    /// A file cannot be written.
    #[error("cannot write {}: {error}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
}

/// A knowledge file to be completed.
#[derive(Clone, Debug)]
pub struct KnowledgeDraft {
    /// The document. Texts that the curator has to write are empty.
    pub document: Document,
    /// The text that it cites, if that was made from answers; `None` if the input is that text.
    pub text: Option<String>,
    /// The parts of the input that the draft leaves out, one sentence each.
    pub omissions: Vec<String>,
}

/// The files that [`KnowledgeDraft::save`] wrote.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SavedDraft {
    /// The text that the draft cites, if the draft has one of its own.
    pub text: Option<PathBuf>,
    /// The schema.
    pub schema: PathBuf,
    /// Whether another schema is there, which was left as it is.
    pub other_schema: bool,
}

impl KnowledgeDraft {
    /// Makes a draft from a text, from a CSV file (`.csv`), from a TOML file of tags (`.toml`) or from a folder of
    /// tags.
    ///
    /// # Errors
    /// If the input cannot be read, does not have the format, or exceeds a limit of knowledge files.
    pub fn of(input: &Path) -> Result<Self, DraftError> {
        let extension = input.extension().unwrap_or_default().to_ascii_lowercase();
        if input.is_dir() {
            return tags::of_folder(input);
        }
        let text = read(input)?;
        match extension.to_str() {
            Some("csv") => csv::of_table(input, &text),
            Some("toml") => tags::of_toml(input, &text),
            Some("json") => Err(DraftError::Json(input.to_owned())),
            _ => Self::of_text(input, &text),
        }
    }

    /// Makes a draft with an entry for each paragraph of a text.
    fn of_text(path: &Path, text: &str) -> Result<Self, DraftError> {
        let outline = Outline::new(path, text)?;
        let mut document = Document { title: outline.title, ..Self::empty() };
        let mut ids = Ids::default();
        for (n, section) in outline.sections.iter().enumerate() {
            let id = ids.unique(&section.title, SECTION_ID_CHARS, &format!("section-{}", n + 1));
            let paragraphs = u32::try_from(section.paragraphs.len()).unwrap_or(u32::MAX);
            for (number, paragraph) in (1..=paragraphs).zip(&section.paragraphs) {
                let citation =
                    Citation { section: id.clone(), paragraphs: vec![number], quote: suggest_quote(&paragraph.parts) };
                let id = format!("{id}-{number}");
                document.entries.push(Entry { id, citations: vec![citation], ..Entry::default() });
            }
            document.sections.push(Section { id, title: section.title.clone(), paragraphs, summary: None });
        }
        Ok(Self { document, text: None, omissions: Vec::new() })
    }

    fn empty() -> Document {
        Document { schema: Some(SCHEMA_NAME.to_owned()), ..Document::default() }
    }

    /// The number of entries whose question or passage is to be written.
    #[must_use]
    pub fn unwritten(&self) -> usize {
        let is_unwritten = |entry: &&Entry| entry.question.is_empty() || entry.passage.is_empty();
        self.document.entries.iter().filter(is_unwritten).count()
    }

    /// The draft as the text of a knowledge file. Unlike the serialised document, it has the lists that a curator
    /// fills.
    #[must_use]
    pub fn json(&self) -> String {
        let Document { schema, title, sections, entries, .. } = &self.document;
        let sections = sections.iter().map(|section| {
            let Section { id, title, paragraphs, .. } = section;
            format!("    {{\"id\": {}, \"title\": {}, \"paragraphs\": {paragraphs}}}", json!(id), json!(title))
        });
        let entries = entries.iter().map(|entry| {
            let wordings: Vec<String> = entry.also_asked.iter().map(|wording| format!("        {}", json!(wording))).collect();
            let wordings =
                if wordings.is_empty() { "[]".to_owned() } else { format!("[\n{}\n      ]", wordings.join(",\n")) };
            let citations: Vec<String> = entry.citations.iter().map(citation_json).collect();
            format!(
                "    {{\n      \"id\": {},\n      \"question\": {},\n      \"also_asked\": {wordings},\n      \"passage\": {},\n      \
                 \"citations\": [{}]\n    }}",
                json!(entry.id),
                json!(entry.question),
                json!(entry.passage),
                citations.join(", ")
            )
        });
        let list = |items: Vec<String>| items.join(",\n");
        format!(
            "{{\n  \"$schema\": {},\n  \"title\": {},\n  \"sections\": [\n{}\n  ],\n  \"entries\": [\n{}\n  ]\n}}\n",
            json!(schema),
            json!(title),
            list(sections.collect()),
            list(entries.collect())
        )
    }

    /// Writes the draft to `path`, its text, if any, to the file of that name with `.md`, and the schema into the same
    /// folder. Unless `force` is set, overwrites nothing; a schema that is there stays in any case.
    ///
    /// # Errors
    /// If a file exists or cannot be written. Files that were written before the error remain.
    pub fn save(&self, path: &Path, force: bool) -> Result<SavedDraft, DraftError> {
        let schema = folder_of(path).join(SCHEMA_NAME);
        if path.file_name().is_some_and(|name| name.eq_ignore_ascii_case(SCHEMA_NAME)) {
            return Err(DraftError::SchemaName);
        }
        let text = self.text.as_ref().map(|text| (path.with_extension("md"), text));
        let files = [path.to_owned()].into_iter().chain(text.iter().map(|(path, _)| path.clone()));
        if let Some(existing) = files.into_iter().find(|file| !force && fs::symlink_metadata(file).is_ok()) {
            return Err(DraftError::Exists(existing));
        }
        if let Some((path, text)) = &text {
            write(path, text, force)?;
        }
        write(path, &self.json(), force)?;
        let other_schema = match read_text(&schema)? {
            Some(found) => found.replace("\r\n", "\n") != schema_text(),
            None => write(&schema, &schema_text(), false).map(|()| false)?,
        };
        Ok(SavedDraft { text: text.map(|(path, _)| path), schema, other_schema })
    }
}

fn citation_json(citation: &Citation) -> String {
    let paragraphs: Vec<String> = citation.paragraphs.iter().map(u32::to_string).collect();
    let quote = citation.quote.as_ref().map(|quote| format!(", \"quote\": {}", json!(quote)));
    format!(
        "{{\"section\": {}, \"paragraphs\": [{}]{}}}",
        json!(citation.section),
        paragraphs.join(", "),
        quote.unwrap_or_default()
    )
}

/// Lists the paragraphs of a text with their numbers, for citing: at most 200 characters of each.
///
/// # Errors
/// If the text cannot be read or exceeds a limit of knowledge files.
pub fn numbered_paragraphs(path: &Path) -> Result<String, DraftError> {
    use crate::text::one_line;
    /// Enough to recognise a paragraph.
    const SHOWN_CHARS: usize = 200;
    let text = read(path)?;
    let draft = KnowledgeDraft::of_text(path, &text)?;
    let outline = Outline::new(path, &text)?;
    let mut list = format!("{}\n", one_line(&outline.title, SHOWN_CHARS));
    for (section, found) in draft.document.sections.iter().zip(&outline.sections) {
        list += &format!("\n{} (`{}`)\n", one_line(&section.title, SHOWN_CHARS), section.id);
        for (n, paragraph) in found.paragraphs.iter().enumerate() {
            list += &format!("{:>5}  {}\n", n + 1, one_line(&paragraph.text, SHOWN_CHARS));
        }
    }
    Ok(list)
}

/// Reads a text of at most [`limits::FILE_BYTES`] without a byte order mark.
fn read(path: &Path) -> Result<String, DraftError> {
    let text = read_text(path)?.ok_or_else(|| DraftError::Missing(path.to_owned()))?;
    Ok(text.trim_start_matches('\u{FEFF}').to_owned())
}

/// Writes a file with the permissions that the umask allows.
fn write(path: &Path, content: &str, force: bool) -> Result<(), DraftError> {
    let failed = |error| DraftError::Write { path: path.to_owned(), error };
    let old = fs::metadata(path).ok().filter(|_| force);
    let folder = folder_of(path);
    let file = write_temporary(folder, content.as_bytes(), old.as_ref(), Access::Default).map_err(failed)?;
    let written = if force { file.persist(path) } else { file.persist_noclobber(path) };
    match written {
        Ok(_) => sync_folder(folder).map_err(failed),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Err(DraftError::Exists(path.to_owned())),
        Err(error) => Err(failed(error.error)),
    }
}

/// The title of a document that has none: its file's name, as words.
fn title_of(path: &Path) -> String {
    let name = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = name.file_stem().unwrap_or_default().to_string_lossy().replace(['-', '_'], " ");
    let mut letters = name.trim().chars();
    let title: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    shown_title(&title).filter(|title| !title.is_empty()).unwrap_or_else(|| "Untitled".to_owned())
}

/// A text that can be a document's title: on one line, and not too long.
fn shown_title(title: &str) -> Option<String> {
    let title = without_reordering(title).replace(char::is_control, "");
    let title: String = title.trim().chars().take(limits::DOCUMENT_TITLE_CHARS).collect();
    (!super::wording::is_blank(&title)).then(|| title.trim_end().to_owned())
}

/// Ids that are given once each.
#[derive(Debug, Default)]
struct Ids {
    given: HashSet<String>,
    /// The next number for each id that was given before.
    next: HashMap<String, usize>,
}

impl Ids {
    /// An id of the words of a text, of at most `max_chars` characters before a number that makes it unique. Without
    /// English letters and digits in the text, `fallback`.
    fn unique(&mut self, text: &str, max_chars: usize, fallback: &str) -> String {
        let mut id = String::new();
        let normal = normalise(super::text_blocks::without_number(text));
        let words = normal.split(' ').map(|word| word.replace(|c: char| !c.is_ascii_alphanumeric(), ""));
        for word in words.filter(|word| !word.is_empty()) {
            let room = max_chars.saturating_sub(id.len() + usize::from(!id.is_empty()));
            if id.is_empty() {
                id.extend(word.chars().take(room));
            } else if word.len() <= room {
                id = format!("{id}-{word}");
            } else {
                break;
            }
        }
        if id.is_empty() {
            id = fallback.to_owned();
        }
        let mut unique = id.clone();
        let number = self.next.entry(id.clone()).or_insert(2);
        while !self.given.insert(unique.clone()) {
            unique = format!("{id}-{number}");
            *number += 1;
        }
        unique
    }
}

/// Suggests a quote by which a reader finds a paragraph: the beginning of its first sentence, up to the end of a clause
/// if there is one. `parts` are the items or cells of a list or a table; the first with enough words is quoted. `None` if
/// the words could not be shown as they are.
fn suggest_quote(parts: &[String]) -> Option<String> {
    /// Words that a phrase does not end with.
    const UNFINISHED: [&str; 24] = [
        "a", "an", "the", "of", "to", "in", "on", "at", "by", "for", "from", "with", "and", "or", "but", "that",
        "which", "who", "is", "are", "be", "as", "if", "your",
    ];
    let enough = |part: &&String| part.split(' ').nth(QUOTE_WORDS_LEAST - 1).is_some();
    let part = parts.iter().find(enough).or_else(|| parts.first())?;
    let mut words: Vec<&str> = Vec::new();
    let mut clause = None;
    for word in part.split(' ') {
        if words.len() == limits::QUOTE_WORDS {
            let end = clause.unwrap_or_else(|| {
                let is_finished = |word: &&str| !UNFINISHED.contains(&word.to_lowercase().as_str());
                words.iter().rposition(is_finished).map_or(0, |last| last + 1)
            });
            words.truncate(end.max(QUOTE_WORDS_LEAST));
            break;
        }
        words.push(word);
        if words.len() >= QUOTE_WORDS_LEAST {
            if word.ends_with(['.', '!', '?', '。']) {
                break;
            }
            if word.ends_with([',', ';', ':', '–', '—']) {
                clause = Some(words.len());
            }
        }
    }
    let quote: String = words.join(" ").chars().take(limits::QUOTE_CHARS).collect();
    let quote = quote.trim_end_matches(['.', ',', ';', ':', '–', '—', ' ']);
    let is_plain = !quote.contains(char::is_control) && without_reordering(quote) == quote;
    (is_plain && markup_problem(quote).is_none() && !super::wording::is_blank(quote)).then(|| quote.to_owned())
}

#[cfg(test)]
mod tests;
