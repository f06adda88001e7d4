//! What moderators name, and its autocompletion: entries and boundaries, sections, paragraphs, files.
//! Members who call it get nothing.

use std::path::PathBuf;

use serenity::all::{AutocompleteChoice, CreateAutocompleteResponse, ResolvedOption, ResolvedValue};

use super::gate::Moderator;
use super::history::named;
use crate::discord::asking::{Bot, Context};
use crate::discord::interaction::error::Refusal;
use crate::discord::view::limits::{CHOICE_MAX, CHOICES_MAX, clip};
use crate::knowledge::Knowledge;
use crate::matching::normalise;
use crate::moderation::document_name;

/// The entries and boundaries that are nearest to what is typed, or whose id has it.
pub async fn item(context: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    if context.data().moderation.gate(context.interaction).is_err() {
        return CreateAutocompleteResponse::new();
    }
    let library = context.data().library.load();
    let knowledge = library.knowledge();
    let normal = normalise(typed);
    let id_has = |id: &str| id.contains(typed.trim()) && !typed.trim().is_empty();
    let named = knowledge.entry_keys().filter(|&key| id_has(&knowledge.entry(key).id));
    let mut keys: Vec<_> = named.take(CHOICES_MAX).collect();
    for key in library.matcher().complete(typed, CHOICES_MAX) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let entries = keys.into_iter().map(|key| knowledge.entry(key)).map(|entry| (entry.question.clone(), &entry.id));
    let boundaries = knowledge.boundary_keys().map(|key| knowledge.boundary(key));
    let boundaries =
        boundaries.filter(|boundary| id_has(&boundary.id) || normalise(&boundary.question).contains(&normal));
    let boundaries = boundaries.map(|boundary| (format!("(no answer) {}", boundary.question), &boundary.id));
    choices(entries.chain(boundaries).map(|(label, id)| (label, id.clone())))
}

/// The sections whose title has what is typed.
pub async fn section(context: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    if context.data().moderation.gate(context.interaction).is_err() {
        return CreateAutocompleteResponse::new();
    }
    let library = context.data().library.load();
    let titles = titles(library.knowledge());
    let normal = normalise(typed);
    choices(titles.into_iter().filter(|title| normalise(title).contains(&normal)).map(|title| (title.clone(), title)))
}

/// The paragraphs of the section that was chosen, after those that are typed already.
pub async fn paragraphs(context: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    if context.data().moderation.gate(context.interaction).is_err() {
        return CreateAutocompleteResponse::new();
    }
    let library = context.data().library.load();
    let options = context.interaction.data.options();
    let title = chosen(&options, "section").unwrap_or_default();
    let sections = library.knowledge().documents().iter().flat_map(|document| &document.sections);
    let count = sections.filter(|section| section.title == title).map(|section| section.paragraphs).max().unwrap_or(0);
    let (before, last) = typed.rsplit_once(',').map_or(("", typed), |(before, last)| (before, last));
    let fits = |number: &u32| number.to_string().starts_with(last.trim());
    let label =
        |number: u32| if before.is_empty() { number.to_string() } else { format!("{}, {number}", before.trim()) };
    choices((1..=count).filter(fits).map(label).map(|label| (label.clone(), label)))
}

/// The files whose name has what is typed.
pub async fn file(context: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Ok(moderator) = context.data().moderation.gate(context.interaction) else {
        return CreateAutocompleteResponse::new();
    };
    let names = moderator.edit_service.files().into_iter().map(|file| document_name(&file));
    choices(names.filter(|name| name.contains(typed)).map(|name| (name.clone(), name)))
}

/// The file that is named; without a name the only one.
///
/// # Errors
/// If there is no such file, or several to choose from.
pub fn which(files: Vec<PathBuf>, name: Option<&str>) -> Result<PathBuf, Refusal> {
    match (name, &files[..]) {
        (Some(name), _) => named(files, name).ok_or(Refusal::NoSuchFile),
        (None, [only]) => Ok(only.clone()),
        (None, []) => Err(Refusal::NoKnowledgeFile),
        (None, _) => Err(Refusal::WhichFile),
    }
}

/// The file that a question is likeliest about: that of the entry nearest to it, else the first.
///
/// # Errors
/// If there is no file.
pub async fn nearest(bot: &Bot, moderator: &Moderator, question: &str) -> Result<PathBuf, Refusal> {
    let library = bot.library.load();
    let nearest = library.matcher().ask(question).ranked.first().map(|first| library.knowledge().entry(first.entry));
    let found = match nearest {
        Some(entry) => moderator.edit_service.find(&entry.id).await,
        None => None,
    };
    let file = found.map(|(file, _)| file).or_else(|| moderator.edit_service.files().into_iter().next());
    file.ok_or(Refusal::NoKnowledgeFile)
}

/// Every section's title, in order, each once.
fn titles(knowledge: &Knowledge) -> Vec<String> {
    let mut titles: Vec<String> = Vec::new();
    for section in knowledge.documents().iter().flat_map(|document| &document.sections) {
        if !titles.contains(&section.title) {
            titles.push(section.title.clone());
        }
    }
    titles
}

/// An option of a subcommand.
fn chosen<'a>(options: &'a [ResolvedOption<'a>], name: &str) -> Option<&'a str> {
    options.iter().find_map(|option| match &option.value {
        ResolvedValue::SubCommand(inner) | ResolvedValue::SubCommandGroup(inner) => chosen(inner, name),
        ResolvedValue::String(text) if option.name == name => Some(*text),
        _ => None,
    })
}

fn choices(labels: impl Iterator<Item = (String, String)>) -> CreateAutocompleteResponse {
    // A value that is too long would be another thing when it is cut.
    let labels = labels.filter(|(_, value)| value.chars().count() <= CHOICE_MAX).take(CHOICES_MAX);
    let choices = labels.map(|(label, value)| AutocompleteChoice::new(clip(&label, CHOICE_MAX), value));
    CreateAutocompleteResponse::new().set_choices(choices.collect())
}
