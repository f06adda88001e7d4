//! Finds the things that moderators name: entries and boundaries, sections, paragraphs and files. Completes their names
//! while a moderator types; other members get no choices.

use std::path::PathBuf;

use super::ModerationContext;
use super::access::Moderator;
use crate::discord::interaction::command::{AutocompleteRequest, CallArguments, Choices, choices};
use crate::discord::interaction::error::Refusal;
use crate::discord::view::limits::CHOICES_MAX;
use crate::knowledge::{Document, Knowledge};
use crate::matching::normalise;
use crate::moderation::{Item, document_name};

/// Offers the entries and boundaries that are closest to the text or whose id contains it.
pub fn complete_item(context: &ModerationContext, request: AutocompleteRequest<'_>) -> Choices {
    if context.authorize(request.interaction).is_err() {
        return Choices::new();
    }
    let library = context.library.load();
    let knowledge = library.knowledge();
    let normal = normalise(request.text);
    let typed_id = request.text.trim();
    let id_matches = |id: &str| !typed_id.is_empty() && id.contains(typed_id);
    let by_id = knowledge.entry_keys().filter(|&key| id_matches(&knowledge.entry(key).id));
    let mut keys: Vec<_> = by_id.take(CHOICES_MAX).collect();
    for key in library.matcher().complete(request.text, CHOICES_MAX) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let entries = keys.into_iter().map(|key| knowledge.entry(key)).map(|entry| (entry.question.clone(), &entry.id));
    let boundaries = knowledge.boundary_keys().map(|key| knowledge.boundary(key));
    let boundaries =
        boundaries.filter(|boundary| id_matches(&boundary.id) || normalise(&boundary.question).contains(&normal));
    let boundaries = boundaries.map(|boundary| (format!("(no answer) {}", boundary.question), &boundary.id));
    choices(entries.chain(boundaries).map(|(label, id)| (label, id.clone())))
}

/// Offers the sections whose title contains the text.
pub fn complete_section(context: &ModerationContext, request: AutocompleteRequest<'_>) -> Choices {
    if context.authorize(request.interaction).is_err() {
        return Choices::new();
    }
    let library = context.library.load();
    let normal = normalise(request.text);
    let titles = section_titles(library.knowledge()).into_iter().filter(|title| normalise(title).contains(&normal));
    choices(titles.map(|title| (title.clone(), title)))
}

/// Offers the paragraphs of the section in the option `section`, after those already typed.
pub fn complete_paragraphs(context: &ModerationContext, request: AutocompleteRequest<'_>) -> Choices {
    if context.authorize(request.interaction).is_err() {
        return Choices::new();
    }
    let library = context.library.load();
    let options = CallArguments::of(request.interaction);
    let title = options.text("section").ok().flatten().unwrap_or_default();
    let sections = library.knowledge().documents().iter().flat_map(|document| &document.sections);
    let count = sections.filter(|section| section.title == title).map(|section| section.paragraphs).max().unwrap_or(0);
    let (before, last) = request.text.rsplit_once(',').map_or(("", request.text), |(before, last)| (before, last));
    let matches = |number: &u32| number.to_string().starts_with(last.trim());
    let label =
        |number: u32| if before.is_empty() { number.to_string() } else { format!("{}, {number}", before.trim()) };
    choices((1..=count).filter(matches).map(label).map(|label| (label.clone(), label)))
}

/// Offers the files whose name contains the text.
pub fn complete_file(context: &ModerationContext, request: AutocompleteRequest<'_>) -> Choices {
    let Ok(moderator) = context.authorize(request.interaction) else { return Choices::new() };
    let names = moderator.edit_service.files().into_iter().map(|file| document_name(&file));
    choices(names.filter(|name| name.contains(request.text)).map(|name| (name.clone(), name)))
}

/// Finds an entry or boundary by its id, or by its whole question if a moderator typed that instead of choosing.
///
/// # Errors
/// If there is none.
pub async fn find_item(moderator: &Moderator, named: &str) -> Result<(PathBuf, Document, Item), Refusal> {
    let named = named.trim();
    for (file, document) in moderator.edit_service.documents().await {
        let by_question = || {
            let entry = document.entries.iter().find(|entry| entry.question == named).map(|entry| &entry.id);
            entry.or_else(|| Some(&document.boundaries.iter().find(|boundary| boundary.question == named)?.id))
        };
        let id = by_question().map_or(named, String::as_str);
        if let Some(item) = Item::find(&document, id) {
            return Ok((file, document, item));
        }
    }
    Err(Refusal::NoSuchEntry)
}

/// Finds a file by its whole name in the history, or by the last part of it.
#[must_use]
pub fn find_file(files: &[PathBuf], name: &str) -> Option<PathBuf> {
    let matches = |file: &&PathBuf| document_name(file) == name || file.file_name().is_some_and(|last| last == name);
    files.iter().find(matches).cloned()
}

/// Returns the named file, or the only file if there is no name.
///
/// # Errors
/// If there is no such file, or several to choose from.
pub fn choose_file(files: &[PathBuf], name: Option<&str>) -> Result<PathBuf, Refusal> {
    match (name, files) {
        (Some(name), _) => find_file(files, name).ok_or(Refusal::NoSuchFile),
        (None, [only]) => Ok(only.clone()),
        (None, []) => Err(Refusal::NoKnowledgeFile),
        (None, _) => Err(Refusal::WhichFile),
    }
}

/// Returns the file that a question most likely belongs to: the file of the closest entry, else the first file.
///
/// # Errors
/// If there is no file.
pub async fn closest_file(
    context: &ModerationContext,
    moderator: &Moderator,
    question: &str,
) -> Result<PathBuf, Refusal> {
    let library = context.library.load();
    let ranked = library.matcher().ask(question).ranked;
    let closest = ranked.first().map(|first| library.knowledge().entry(first.entry));
    let found = match closest {
        Some(entry) => moderator.edit_service.find(&entry.id).await,
        None => None,
    };
    let file = found.map(|(file, _)| file).or_else(|| moderator.edit_service.files().into_iter().next());
    file.ok_or(Refusal::NoKnowledgeFile)
}

/// Returns the distinct titles of all sections, in order.
fn section_titles(knowledge: &Knowledge) -> Vec<String> {
    let mut titles: Vec<String> = Vec::new();
    for section in knowledge.documents().iter().flat_map(|document| &document.sections) {
        if !titles.contains(&section.title) {
            titles.push(section.title.clone());
        }
    }
    titles
}
