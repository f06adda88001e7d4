//! What changed between two revisions of a knowledge file, for people: which items, which of their fields, which words.
//! Plain data, bounded in size; whoever shows it strikes out what was removed and sets in bold what was added.

use std::collections::{HashMap, HashSet};
use std::mem::take;

use similar::{ChangeTag, TextDiff};

use crate::knowledge::{Boundary, Citation, Document, Entry, Section};

/// How many changed items are told; the rest is counted. More than this is another file, which nobody reads as a list of changes.
pub const CHANGES_MAX: usize = 100;

/// How many characters a text may have, old and new together, to be compared word by word: two passages of the greatest
/// length and a little. What is longer is shown as removed and added whole.
pub const COMPARED_CHARS: usize = 5_000;

/// How many characters of one field are told at most, all its runs together.
pub const FIELD_CHARS: usize = 8_000;

/// The difference of two revisions.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Difference {
    /// What changed, in the order of the new file, removed items last; at most [`CHANGES_MAX`].
    pub changes: Vec<Change>,
    /// How many changes there are beyond that.
    pub omitted: usize,
    /// Whether items that both have stand in another order.
    pub reordered: bool,
}

/// An item that was added, removed or changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    /// Which kind of item.
    pub item: ItemKind,
    /// Its id; empty for the document itself.
    pub id: String,
    /// What happened to it.
    pub kind: ChangeKind,
    /// The fields that differ; of an added or removed item all that are not empty.
    pub fields: Vec<FieldChange>,
}

/// What can change in a knowledge file.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ItemKind {
    /// What stands at the top of the file: title, about, synonyms.
    Document,
    /// A section.
    Section,
    /// An entry.
    Entry,
    /// A boundary.
    Boundary,
}

/// What happened to an item.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ChangeKind {
    /// Only the new file has it.
    Added,
    /// Only the old file has it.
    Removed,
    /// Both have it, with other fields.
    Changed,
}

/// A field and what changed in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FieldChange {
    /// The field's name as the file has it: `passage`.
    pub name: &'static str,
    /// Its text in parts, in order. Of a list, such as `also_asked`, each removed or added member is a part; kept ones are left out.
    pub runs: Vec<Run>,
    /// Whether the end was left out because there is more than [`FIELD_CHARS`].
    pub is_cut: bool,
}

/// A part of a text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Run {
    /// Both have it.
    Kept(String),
    /// Only the old one has it.
    Removed(String),
    /// Only the new one has it.
    Added(String),
}

/// Compares two documents by the ids of their items; of several with one id, which a checked file does not have, the last counts.
#[must_use]
pub fn difference(old: &Document, new: &Document) -> Difference {
    let (old, new) = (items(old), items(new));
    let (old_places, new_places) = (places(&old), places(&new));
    let pairs = new.iter().map(|item| (old_places.get(&item.name()).map(|&place| &old[place]), Some(item)));
    let gone = old.iter().filter(|item| !new_places.contains_key(&item.name())).map(|item| (Some(item), None));
    let mut difference = Difference::default();
    for (before, after) in pairs.chain(gone).filter(|(before, after)| before != after) {
        if difference.changes.len() == CHANGES_MAX {
            difference.omitted += 1;
        } else {
            difference.changes.extend(change(before, after));
        }
    }
    let shared: Vec<usize> = new.iter().filter_map(|item| old_places.get(&item.name()).copied()).collect();
    difference.reordered = !shared.is_sorted();
    difference
}

/// Where the items stand, by what names them.
fn places(items: &[Described]) -> HashMap<(ItemKind, &str), usize> {
    items.iter().enumerate().map(|(place, item)| (item.name(), place)).collect()
}

/// Compares two texts word by word. The kept and removed runs together are the old text, the kept and added ones the new.
#[must_use]
pub fn words(old: &str, new: &str) -> Vec<Run> {
    if old == new {
        return Vec::from_iter((!old.is_empty()).then(|| Run::Kept(old.into())));
    }
    // Counted no further than needed.
    let is_long = old.chars().chain(new.chars()).nth(COMPARED_CHARS).is_some();
    if is_long {
        return runs(String::new(), old.into(), new.into());
    }
    let mut told = Vec::new();
    let (mut kept, mut removed, mut added, mut space) = (String::new(), String::new(), String::new(), String::new());
    for change in TextDiff::from_unicode_words(old, new).iter_all_changes() {
        let is_changing = !(removed.is_empty() && added.is_empty());
        match change.tag() {
            ChangeTag::Equal if !is_changing => kept.push_str(change.value()),
            ChangeTag::Equal => {
                // White space between two changes joins them: from "a b" to "c d" is one change and not two.
                space.push_str(change.value());
                if !space.trim().is_empty() {
                    told.extend(runs(take(&mut kept), take(&mut removed), take(&mut added)));
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
    told.extend(runs(kept, removed, added));
    told.extend(runs(space, String::new(), String::new()));
    told
}

/// What was kept before a change, and the change, without what is empty.
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

/// An item as fields that can be compared.
#[derive(Debug, Eq, PartialEq)]
struct Described {
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
    /// What changed from one to the other; nothing for two lists that differ in order only.
    fn runs(&self, new: &Self) -> Vec<Run> {
        let (old, new) = match (self, new) {
            (Self::Text(old), Self::Text(new)) => return words(old, new),
            (old, new) => (old.members(), new.members()),
        };
        let missing = |from: &[&str], among: &[&str]| -> Vec<String> {
            let among: HashSet<&str> = among.iter().copied().collect();
            from.iter().filter(|member| !among.contains(*member)).map(|&member| member.into()).collect()
        };
        let (mut removed, mut added) = (missing(&old, &new), missing(&new, &old));
        match (&mut removed[..], &mut added[..]) {
            ([removed], [added]) => words(removed, added),
            _ => removed.into_iter().map(Run::Removed).chain(added.into_iter().map(Run::Added)).collect(),
        }
    }

    fn members(&self) -> Vec<&str> {
        match self {
            Self::Text(text) => Vec::from_iter((!text.is_empty()).then_some(text.as_str())),
            Self::List(members) => members.iter().map(String::as_str).collect(),
        }
    }

    /// The same field with nothing in it.
    fn emptied(&self) -> Self {
        match self {
            Self::Text(_) => Self::Text(String::new()),
            Self::List(_) => Self::List(Vec::new()),
        }
    }
}

impl Described {
    fn name(&self) -> (ItemKind, &str) {
        (self.item, &self.id)
    }
}

/// The change of an item from one to the other; one of them there is.
fn change(old: Option<&Described>, new: Option<&Described>) -> Option<Change> {
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
            fields.push(field_change(name, before.runs(after)));
        }
    }
    Some(Change { item: shown.item, id: shown.id.clone(), kind, fields })
}

/// Cuts the runs of a field to [`FIELD_CHARS`].
fn field_change(name: &'static str, runs: Vec<Run>) -> FieldChange {
    let mut room = FIELD_CHARS;
    let mut change = FieldChange { name, runs: Vec::new(), is_cut: false };
    for run in runs {
        let text: String = run.text().chars().take(room).collect();
        room -= text.chars().count();
        change.is_cut |= text.len() < run.text().len();
        if !text.is_empty() {
            change.runs.push(run.with(text));
        }
    }
    change
}

/// The items of a document: itself, its sections, entries and boundaries.
fn items(document: &Document) -> Vec<Described> {
    let top = Described {
        item: ItemKind::Document,
        id: String::new(),
        fields: vec![
            ("title", text(&document.title)),
            ("about", optional(document.about.as_ref())),
            ("synonyms", Field::List(document.synonyms.iter().map(|group| group.join(" = ")).collect())),
        ],
    };
    let sections = document.sections.iter().map(section);
    let entries = document.entries.iter().map(entry);
    let boundaries = document.boundaries.iter().map(boundary);
    std::iter::once(top).chain(sections).chain(entries).chain(boundaries).collect()
}

fn section(section: &Section) -> Described {
    let fields = vec![
        ("title", text(&section.title)),
        ("paragraphs", Field::Text(section.paragraphs.to_string())),
        ("summary", optional(section.summary.as_ref())),
    ];
    Described { item: ItemKind::Section, id: section.id.clone(), fields }
}

fn entry(entry: &Entry) -> Described {
    let fields = vec![
        ("question", text(&entry.question)),
        ("also_asked", Field::List(entry.also_asked.clone())),
        ("passage", text(&entry.passage)),
        ("citations", Field::List(entry.citations.iter().map(citation).collect())),
        ("related", Field::List(entry.related.clone())),
    ];
    Described { item: ItemKind::Entry, id: entry.id.clone(), fields }
}

fn boundary(boundary: &Boundary) -> Described {
    let fields = vec![
        ("question", text(&boundary.question)),
        ("also_asked", Field::List(boundary.also_asked.clone())),
        ("says", text(&boundary.says)),
    ];
    Described { item: ItemKind::Boundary, id: boundary.id.clone(), fields }
}

/// A citation on one line: `lessons, ¶ 3, 4: "a few words"`.
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
