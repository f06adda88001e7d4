//! The differences between two revisions of a knowledge file, for people: the changed items, their fields and their
//! words. The result is plain data of bounded size. The caller formats it, for example with removed words struck out.

use std::collections::{HashMap, HashSet};
use std::mem::take;

use similar::{ChangeTag, TextDiff};

use crate::knowledge::{Boundary, Citation, Document, Entry, Section};

/// The greatest number of changed items that are listed; the rest are counted. A longer list is not useful to read.
pub const CHANGES_MAX: usize = 100;

/// The greatest length of two texts, in characters together, to compare them word by word: two passages of the greatest
/// length. Longer texts are shown as removed and added as a whole.
pub const COMPARED_CHARS: usize = 5_000;

/// The greatest length of all texts that one difference compares word by word, in characters: ten pairs of the greatest
/// length, which is more than a message shows. Further texts are shown as removed and added as a whole.
pub const COMPARED_TOTAL_CHARS: usize = 10 * COMPARED_CHARS;

/// The greatest length of one field's runs together, in characters.
pub const FIELD_CHARS: usize = 8_000;

/// The difference of two revisions.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Difference {
    /// The changed items in the order of the new file, removed items last; at most [`CHANGES_MAX`].
    pub changes: Vec<Change>,
    /// The number of further changes.
    pub omitted: usize,
    /// Whether the items that both files have are in a different order.
    pub reordered: bool,
}

/// An item that was added, removed or changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    /// The kind of item.
    pub item: ItemKind,
    /// Its id; empty for the document itself.
    pub id: String,
    /// Whether it was added, removed or changed.
    pub kind: ChangeKind,
    /// The fields that differ. For an added or removed item, all fields that are not empty.
    pub fields: Vec<FieldChange>,
}

/// A part of a knowledge file that can change.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ItemKind {
    /// The document itself: title, about, url, language, synonyms.
    Document,
    /// A section.
    Section,
    /// An entry.
    Entry,
    /// A boundary.
    Boundary,
}

/// The kind of change.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ChangeKind {
    /// Only the new file has it.
    Added,
    /// Only the old file has it.
    Removed,
    /// Both files have it, with different fields.
    Changed,
}

/// A changed field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FieldChange {
    /// The field's name in the file: `passage`.
    pub name: &'static str,
    /// Its text in parts, in order. For a list such as `also_asked`, each removed or added element is a part, and
    /// unchanged elements are omitted.
    pub runs: Vec<Run>,
    /// Whether the runs were truncated to [`FIELD_CHARS`].
    pub is_cut: bool,
}

/// A part of a text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Run {
    /// Both texts have it.
    Kept(String),
    /// Only the old text has it.
    Removed(String),
    /// Only the new text has it.
    Added(String),
}

/// Compares two documents by the ids of their items. If several items have the same id, which the check refuses, the
/// last counts.
#[must_use]
pub fn difference(old: &Document, new: &Document) -> Difference {
    let (old, new) = (items(old), items(new));
    let (old_places, new_places) = (places(&old), places(&new));
    let pairs = new.iter().map(|item| (old_places.get(&item.key()).map(|&place| &old[place]), Some(item)));
    let gone = old.iter().filter(|item| !new_places.contains_key(&item.key())).map(|item| (Some(item), None));
    let mut difference = Difference::default();
    let mut left = COMPARED_TOTAL_CHARS;
    for (before, after) in pairs.chain(gone).filter(|(before, after)| before != after) {
        if difference.changes.len() == CHANGES_MAX {
            difference.omitted += 1;
        } else {
            difference.changes.extend(change(before, after, &mut left));
        }
    }
    let shared: Vec<usize> = new.iter().filter_map(|item| old_places.get(&item.key()).copied()).collect();
    difference.reordered = !shared.is_sorted();
    difference
}

/// The index of each item, by its kind and id.
fn places(items: &[ComparedItem]) -> HashMap<(ItemKind, &str), usize> {
    items.iter().enumerate().map(|(place, item)| (item.key(), place)).collect()
}

/// Compares two texts word by word. The kept and removed runs form the old text; the kept and added runs form the new
/// one.
#[must_use]
pub fn words(old: &str, new: &str) -> Vec<Run> {
    if old == new {
        return Vec::from_iter((!old.is_empty()).then(|| Run::Kept(old.into())));
    }
    // `nth` stops at the limit, so a long text is not read to its end.
    let is_long = old.chars().chain(new.chars()).nth(COMPARED_CHARS).is_some();
    if is_long {
        return runs(String::new(), old.into(), new.into());
    }
    let mut found = Vec::new();
    let (mut kept, mut removed, mut added, mut space) = (String::new(), String::new(), String::new(), String::new());
    for change in TextDiff::from_unicode_words(old, new).iter_all_changes() {
        let is_changing = !(removed.is_empty() && added.is_empty());
        match change.tag() {
            ChangeTag::Equal if !is_changing => kept.push_str(change.value()),
            ChangeTag::Equal => {
                // Two changes with only white space between them become one: "a b" to "c d" is one change.
                space.push_str(change.value());
                if !space.trim().is_empty() {
                    found.extend(runs(take(&mut kept), take(&mut removed), take(&mut added)));
                    kept = take(&mut space);
                }
            }
            tag => {
                removed.push_str(&space);
                added.push_str(&space);
                space.clear();
                let side = if tag == ChangeTag::Delete { &mut removed } else { &mut added };
                side.push_str(change.value());
            }
        }
    }
    found.extend(runs(kept, removed, added));
    found.extend(runs(space, String::new(), String::new()));
    found
}

/// Compares two texts as [`words`] does if they are within what is `left`, and as a whole otherwise.
fn words_within(old: &str, new: &str, left: &mut usize) -> Vec<Run> {
    let chars = old.chars().count() + new.chars().count();
    // Such texts are not compared word by word.
    let is_free = old.is_empty() || new.is_empty() || chars > COMPARED_CHARS;
    match left.checked_sub(if is_free { 0 } else { chars }) {
        Some(rest) => {
            *left = rest;
            words(old, new)
        }
        None => runs(String::new(), old.into(), new.into()),
    }
}

/// The runs of a change and of the unchanged text before it, without empty ones.
fn runs(kept: String, removed: String, added: String) -> Vec<Run> {
    let runs = [Run::Kept(kept), Run::Removed(removed), Run::Added(added)];
    runs.into_iter().filter(|run| !run.text().is_empty()).collect()
}

impl Run {
    /// The text of the part.
    #[must_use]
    pub fn text(&self) -> &str {
        let (Self::Kept(text) | Self::Removed(text) | Self::Added(text)) = self;
        text
    }

    /// The same part with another text.
    fn with(&self, text: String) -> Self {
        match self {
            Self::Kept(_) => Self::Kept(text),
            Self::Removed(_) => Self::Removed(text),
            Self::Added(_) => Self::Added(text),
        }
    }
}

/// An item as a list of comparable fields.
#[derive(Debug, Eq, PartialEq)]
struct ComparedItem {
    item: ItemKind,
    id: String,
    fields: Vec<(&'static str, Field)>,
}

/// The content of a field.
#[derive(Debug, Eq, PartialEq)]
enum Field {
    Text(String),
    List(Vec<String>),
}

impl Field {
    /// The runs between two versions of a field; none for two lists that differ only in order. `left` is the number of
    /// characters that may still be compared word by word.
    fn runs(&self, new: &Self, left: &mut usize) -> Vec<Run> {
        let (old, new) = match (self, new) {
            (Self::Text(old), Self::Text(new)) => return words_within(old, new, left),
            (old, new) => (old.elements(), new.elements()),
        };
        let missing = |from: &[&str], among: &[&str]| -> Vec<String> {
            let among: HashSet<&str> = among.iter().copied().collect();
            from.iter().filter(|element| !among.contains(*element)).map(|&element| element.into()).collect()
        };
        let (mut removed, mut added) = (missing(&old, &new), missing(&new, &old));
        match (&mut removed[..], &mut added[..]) {
            ([removed], [added]) => words_within(removed, added, left),
            _ => removed.into_iter().map(Run::Removed).chain(added.into_iter().map(Run::Added)).collect(),
        }
    }

    fn elements(&self) -> Vec<&str> {
        match self {
            Self::Text(text) => Vec::from_iter((!text.is_empty()).then_some(text.as_str())),
            Self::List(elements) => elements.iter().map(String::as_str).collect(),
        }
    }

    /// An empty field of the same type.
    fn emptied(&self) -> Self {
        match self {
            Self::Text(_) => Self::Text(String::new()),
            Self::List(_) => Self::List(Vec::new()),
        }
    }
}

impl ComparedItem {
    fn key(&self) -> (ItemKind, &str) {
        (self.item, &self.id)
    }
}

/// The change between two versions of an item. `None` only if both are missing.
fn change(old: Option<&ComparedItem>, new: Option<&ComparedItem>, left: &mut usize) -> Option<Change> {
    let (kind, shown) = match (old, new) {
        (Some(_), Some(new)) => (ChangeKind::Changed, new),
        (None, Some(new)) => (ChangeKind::Added, new),
        (Some(old), None) => (ChangeKind::Removed, old),
        (None, None) => return None,
    };
    let mut fields = Vec::new();
    for (place, (name, content)) in shown.fields.iter().enumerate() {
        let empty = content.emptied();
        let (before, after) =
            (old.map_or(&empty, |old| &old.fields[place].1), new.map_or(&empty, |new| &new.fields[place].1));
        if before != after {
            fields.push(field_change(name, before.runs(after, left)));
        }
    }
    Some(Change { item: shown.item, id: shown.id.clone(), kind, fields })
}

/// Truncates the runs of a field to [`FIELD_CHARS`].
fn field_change(name: &'static str, runs: Vec<Run>) -> FieldChange {
    let mut left = FIELD_CHARS;
    let mut change = FieldChange { name, runs: Vec::new(), is_cut: false };
    for run in runs {
        let text: String = run.text().chars().take(left).collect();
        left -= text.chars().count();
        change.is_cut |= text.len() < run.text().len();
        if !text.is_empty() {
            change.runs.push(run.with(text));
        }
    }
    change
}

/// The items of a document: itself, its sections, entries and boundaries.
fn items(document: &Document) -> Vec<ComparedItem> {
    let top = ComparedItem {
        item: ItemKind::Document,
        id: String::new(),
        fields: vec![
            ("title", text(&document.title)),
            ("about", optional(document.about.as_ref())),
            ("url", optional(document.url.as_ref())),
            ("language", optional(document.language.as_ref())),
            ("synonyms", Field::List(document.synonyms.iter().map(|group| group.join(" = ")).collect())),
        ],
    };
    let sections = document.sections.iter().map(section);
    let entries = document.entries.iter().map(entry);
    let boundaries = document.boundaries.iter().map(boundary);
    std::iter::once(top).chain(sections).chain(entries).chain(boundaries).collect()
}

fn section(section: &Section) -> ComparedItem {
    let fields = vec![
        ("title", text(&section.title)),
        ("paragraphs", Field::Text(section.paragraphs.to_string())),
        ("summary", optional(section.summary.as_ref())),
    ];
    ComparedItem { item: ItemKind::Section, id: section.id.clone(), fields }
}

fn entry(entry: &Entry) -> ComparedItem {
    let fields = vec![
        ("question", text(&entry.question)),
        ("label", optional(entry.label.as_ref())),
        ("false_premise", Field::Text(if entry.false_premise { "yes".to_owned() } else { String::new() })),
        ("also_asked", Field::List(entry.also_asked.clone())),
        ("passage", text(&entry.passage)),
        ("citations", Field::List(entry.citations.iter().map(citation).collect())),
        ("related", Field::List(entry.related.clone())),
    ];
    ComparedItem { item: ItemKind::Entry, id: entry.id.clone(), fields }
}

fn boundary(boundary: &Boundary) -> ComparedItem {
    let fields = vec![
        ("question", text(&boundary.question)),
        ("also_asked", Field::List(boundary.also_asked.clone())),
        ("says", text(&boundary.says)),
        ("related", Field::List(boundary.related.clone())),
    ];
    ComparedItem { item: ItemKind::Boundary, id: boundary.id.clone(), fields }
}

/// Formats a citation on one line: `lessons, ¶ 3, 4: “a few words”`.
fn citation(citation: &Citation) -> String {
    let numbers: Vec<String> = citation.paragraphs.iter().map(u32::to_string).collect();
    let place = format!("{}, ¶ {}", citation.section, numbers.join(", "));
    citation.quote.as_ref().map_or(place.clone(), |quote| format!("{place}: “{quote}”"))
}

fn text(text: &str) -> Field {
    Field::Text(text.into())
}

fn optional(text: Option<&String>) -> Field {
    Field::Text(text.cloned().unwrap_or_default())
}

#[cfg(test)]
mod tests;
