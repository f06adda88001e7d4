//! Tags of other bots: a folder of Markdown files, as Python Discord's bot has them, or a TOML file, as discord.js's bot
//! has it. A tag has names, not a question, so the curator writes the questions.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::answers::{self, ImportedAnswer};
use super::{DraftError, ENTRIES_MAX, KnowledgeDraft, read};
use crate::knowledge::limits;
use crate::knowledge::text_blocks::front_matter;

/// The front matter of a tag's file. Other fields are ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FrontMatter {
    aliases: Names,
    embed: Option<TagEmbed>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TagEmbed {
    title: Option<String>,
}

/// A name, or a list of names.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Several(Vec<String>),
}

impl Default for Names {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl Names {
    fn list(self) -> Vec<String> {
        match self {
            Self::One(name) => vec![name],
            Self::Several(names) => names,
        }
    }
}

/// A tag of a TOML file. Other fields are ignored.
#[derive(Debug, Deserialize)]
struct TomlTag {
    #[serde(default)]
    keywords: Names,
    content: String,
}

/// Makes a draft from the Markdown files of a folder, in order of name. Each is a tag with the name of its file.
pub(super) fn of_folder(folder: &Path) -> Result<KnowledgeDraft, DraftError> {
    let failed = |error| DraftError::Folder { path: folder.to_owned(), error };
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let is_markdown = path.extension().is_some_and(|extension| extension == "md" || extension == "markdown");
        if is_markdown && !is_hidden && path.is_file() {
            files.push(path);
        }
        if files.len() > ENTRIES_MAX {
            return Err(DraftError::TooMany(ENTRIES_MAX));
        }
    }
    files.sort();
    let mut answers = Vec::new();
    let mut room = usize::try_from(limits::FILE_BYTES).unwrap_or(usize::MAX);
    for path in files {
        let text = read(&path)?;
        let malformed = |found| DraftError::Malformed { path: path.clone(), found };
        room = room
            .checked_sub(text.len())
            .ok_or_else(|| malformed("the files of the folder are too large".to_owned()))?;
        let (head, content) = front_matter(&text);
        // The parser limits nesting and the expansion of aliases.
        let head: FrontMatter = match head {
            "" => FrontMatter::default(),
            head => serde_saphyr::from_str(head).map_err(|error| malformed(error.to_string()))?,
        };
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let title = head.embed.and_then(|embed| embed.title);
        answers.push(tag(&name, title, head.aliases.list(), content.to_owned()));
    }
    answers::draft(folder, "Tags", answers, Vec::new())
}

/// Makes a draft from the text of a TOML file with a table for each tag.
pub(super) fn of_toml(path: &Path, text: &str) -> Result<KnowledgeDraft, DraftError> {
    let tags: BTreeMap<String, TomlTag> = toml::from_str(text)
        .map_err(|error| DraftError::Malformed { path: path.to_owned(), found: error.to_string() })?;
    let answers = tags.into_iter().map(|(name, found)| tag(&name, None, found.keywords.list(), found.content));
    answers::draft(path, "Tags", answers.collect(), Vec::new())
}

/// A tag as an answer. Its title is the question if it is one.
fn tag(name: &str, title: Option<String>, aliases: Vec<String>, passage: String) -> ImportedAnswer {
    let title = title.unwrap_or_default();
    let is_question = title.trim_end().ends_with('?');
    let names = [name.to_owned()].into_iter().chain(aliases).map(|name| name.replace(['-', '_'], " "));
    let mut wordings: Vec<String> = names.collect();
    let question = if is_question {
        title
    } else {
        wordings.push(title);
        String::new()
    };
    ImportedAnswer { name: name.to_owned(), question, wordings, passage }
}
