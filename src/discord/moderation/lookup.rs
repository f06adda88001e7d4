//! Finds the things that moderators name: entries and boundaries, sections, paragraphs and files. Completes their names
//! while a moderator types; other members get no choices.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::ModerationContext;
use super::access::Moderator;
use super::form::FormText;
use crate::discord::interaction::command::{AutocompleteRequest, CallArguments, Choices, choices};
use crate::discord::interaction::error::Refusal;
use crate::discord::view::limits::CHOICES_MAX;
use crate::knowledge::{Document, Knowledge, limits};
use crate::library::Library;
use crate::matching::normalise;
use crate::moderation::{EditService, Item, document_name};
use crate::throttle::off_thread;

/// Characters of a typed text that are completed: the longest wording.
const COMPLETED_CHARS: usize = limits::WORDING_CHARS;

/// Completes an option for a moderator, on a thread that may block.
async fn complete(
    context: &ModerationContext,
    request: AutocompleteRequest<'_>,
    offer: impl FnOnce(&Library, &EditService, &str) -> Choices + Send + 'static,
) -> Choices {
    let Ok(moderator) = context.authorize(request.interaction) else { return Choices::new() };
    let text: String = request.text.chars().take(COMPLETED_CHARS).collect();
    let library = Arc::clone(&context.library.load());
    off_thread(move || offer(&library, &moderator.edit_service, &text)).await
}

/// Offers the entries and boundaries that are closest to the text or whose id contains it.
pub async fn complete_item(context: &ModerationContext, request: AutocompleteRequest<'_>) -> Choices {
    complete(context, request, |library, _, text| {
        let knowledge = library.knowledge();
        let normal = normalise(text);
        let typed_id = text.trim();
        let id_matches = |id: &str| !typed_id.is_empty() && id.contains(typed_id);
        let by_id = knowledge.entry_keys().filter(|&key| id_matches(&knowledge.entry(key).id));
        let mut keys: Vec<_> = by_id.take(CHOICES_MAX).collect();
        for key in library.matcher().complete(text, CHOICES_MAX) {
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
    })
    .await
}

/// Offers the sections whose title contains the text.
pub async fn complete_section(context: &ModerationContext, request: AutocompleteRequest<'_>) -> Choices {
    complete(context, request, |library, _, text| {
        let normal = normalise(text);
        let titles = section_titles(library.knowledge()).into_iter().filter(|title| normalise(title).contains(&normal));
        choices(titles.map(|title| (title.to_owned(), title.to_owned())))
    })
    .await
}

/// Offers the paragraphs of the section in the option `section`, after those already typed.
pub async fn complete_paragraphs(context: &ModerationContext, request: AutocompleteRequest<'_>) -> Choices {
    let options = CallArguments::of(request.interaction);
    let title = options.text("section").ok().flatten().unwrap_or_default().to_owned();
    complete(context, request, move |library, _, text| {
        let sections = library.knowledge().documents().iter().flat_map(|document| &document.sections);
        let count =
            sections.filter(|section| section.title == title).map(|section| section.paragraphs).max().unwrap_or(0);
        let (before, last) = text.rsplit_once(',').map_or(("", text), |(before, last)| (before, last));
        let matches = |number: &u32| number.to_string().starts_with(last.trim());
        let label =
            |number: u32| if before.is_empty() { number.to_string() } else { format!("{}, {number}", before.trim()) };
        choices((1..=count).filter(matches).map(label).map(|label| (label.clone(), label)))
    })
    .await
}

/// Offers the files whose name contains the text.
pub async fn complete_file(context: &ModerationContext, request: AutocompleteRequest<'_>) -> Choices {
    complete(context, request, |_, edit_service, text| {
        let names = edit_service.files_blocking().into_iter().map(|file| document_name(&file));
        choices(names.filter(|name| name.contains(text)).map(|name| (name.clone(), name)))
    })
    .await
}

/// Finds an entry or boundary by its id, or by its whole question if a moderator typed that instead of choosing.
/// Returns its file, the item, and the text that fills its form.
///
/// # Errors
/// If there is none.
pub async fn find_item(moderator: &Moderator, named: &str) -> Result<(PathBuf, Item, FormText), Refusal> {
    let named = named.trim().to_owned();
    let find = move |(file, document): &(PathBuf, Document)| {
        let by_question = || {
            let entry = document.entries.iter().find(|entry| entry.question == named).map(|entry| &entry.id);
            entry.or_else(|| Some(&document.boundaries.iter().find(|boundary| boundary.question == named)?.id))
        };
        let item = Item::find(document, by_question().unwrap_or(&named))?;
        let text = FormText::of(&item, document);
        Some((file.clone(), item, text))
    };
    moderator.edit_service.read(move |documents| documents.iter().find_map(find)).await.ok_or(Refusal::NoSuchEntry)
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
    let (library, question) = (Arc::clone(&context.library.load()), question.to_owned());
    let closest = off_thread(move || {
        let ranked = library.matcher().ask(&question).ranked;
        ranked.first().map(|first| library.knowledge().entry(first.entry).id.clone())
    });
    let found = match closest.await {
        Some(id) => moderator.edit_service.find(&id).await,
        None => None,
    };
    let file = match found {
        Some((file, _)) => Some(file),
        None => moderator.edit_service.files().await.into_iter().next(),
    };
    file.ok_or(Refusal::NoKnowledgeFile)
}

/// Returns the distinct titles of all sections, in order.
fn section_titles(knowledge: &Knowledge) -> Vec<&str> {
    let mut seen = HashSet::new();
    let sections = knowledge.documents().iter().flat_map(|document| &document.sections);
    sections.map(|section| section.title.as_str()).filter(|title| seen.insert(*title)).collect()
}
