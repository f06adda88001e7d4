//! Edits of a knowledge file as values: they can be stored, shown and made later, on whatever the file says by then.
//! Each says what its editor saw, so that nobody's change is written over.

use serde::{Deserialize, Serialize};

use super::failure::{EditError, EditRefusal, SaveFailure};
use super::item::Item;
use super::merge::{Conflict, merge};
use crate::knowledge::wording::normalise;
use crate::knowledge::{Document, Entry, Fingerprint, HasWordings as _, RewriteError, parse_document, rewrite};

/// One change of one knowledge file.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Edit {
    /// Adds an entry behind the last one that cites its section, or a boundary at the end.
    Add {
        /// What is added; its id must be free.
        item: Item,
    },
    /// Changes an entry or a boundary. What differs between `before` and `after` is changed, wordings one by one; everything else
    /// is left as it is by then.
    Change {
        /// As the editor saw it.
        before: Item,
        /// As the editor wants it; its id may be another.
        after: Item,
    },
    /// Removes an entry or a boundary, and its id from the related ones of the same file.
    Remove {
        /// As the editor saw it.
        item: Item,
    },
    /// Teaches an entry or a boundary another wording.
    AddWording {
        /// The entry's or boundary's id.
        id: String,
        /// The wording, put last.
        wording: String,
    },
    /// Takes a wording away again.
    RemoveWording {
        /// The entry's or boundary's id.
        id: String,
        /// The wording, as it stands there.
        wording: String,
    },
    /// Replaces the whole text: an import, or a revision that is restored.
    Replace {
        /// What the editor saw; none: there was no file.
        expected: Option<Fingerprint>,
        /// The new text.
        text: String,
    },
    /// Undoes a revision, the last or an earlier one, and leaves what was changed since.
    Undo {
        /// The whole text before the revision.
        before: String,
        /// The whole text that the revision made of it.
        after: String,
        /// What the revision did, in a line.
        what: String,
    },
}

impl Edit {
    /// What the edit does, in one line for a log or a list: plain text, whoever draws it escapes it.
    #[must_use]
    pub fn summary(&self) -> String {
        let kind = |item: &Item| match item {
            Item::Entry(_) => "entry",
            Item::Boundary(_) => "boundary",
        };
        match self {
            Self::Add { item } => format!("add {} {}", kind(item), item.id()),
            Self::Change { before, after } if before.id() == after.id() => {
                format!("change {} {}", kind(after), after.id())
            }
            Self::Change { before, after } => format!("change {} {}, now {}", kind(after), before.id(), after.id()),
            Self::Remove { item } => format!("remove {} {}", kind(item), item.id()),
            Self::AddWording { id, wording } => format!("add a wording to {id}: {wording}"),
            Self::RemoveWording { id, wording } => format!("remove a wording of {id}: {wording}"),
            Self::Replace { .. } => "replace the whole file".to_owned(),
            Self::Undo { what, .. } => format!("undo: {what}"),
        }
    }

    /// What the edit does, in a word of the history.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Add { .. } => "add",
            Self::Change { .. } => "change",
            Self::Remove { .. } => "remove",
            Self::AddWording { .. } => "teach",
            Self::RemoveWording { .. } => "unteach",
            Self::Replace { .. } => "import",
            Self::Undo { .. } => "undo",
        }
    }

    /// The id of the entry or boundary that stands there after the edit, if it is about one.
    #[must_use]
    pub fn item_id(&self) -> Option<&str> {
        match self {
            Self::Add { item } | Self::Change { after: item, .. } => Some(item.id()),
            Self::AddWording { id, .. } | Self::RemoveWording { id, .. } => Some(id),
            Self::Remove { .. } | Self::Replace { .. } | Self::Undo { .. } => None,
        }
    }

    /// Makes the edit on the text that a file has now, of which everything else stays as it is.
    ///
    /// What the result means is not looked at: that is for [`check_files`](crate::knowledge::check_files()).
    ///
    /// # Errors
    /// A [`EditRefusal`] when what the edit changes is not what its editor saw; it carries both versions.
    pub fn apply(&self, text: &str) -> Result<String, EditError> {
        let after = match self {
            Self::Replace { expected, .. } if *expected != Some(Fingerprint::of(text)) => {
                return Err(self.file_changed(Some(text)));
            }
            Self::Replace { text, .. } => text.clone(),
            // Exactly what stood there, to the last space.
            Self::Undo { before, after, .. } if after == text => before.clone(),
            _ => rewrite(text, &self.apply_to(parse_document(text)?)?)?,
        };
        if after == text { Err(EditRefusal::Nothing.into()) } else { Ok(after) }
    }

    /// Makes the edit where there is no file: only one that was removed can be put back.
    ///
    /// # Errors
    /// For every edit but [`Self::Replace`] of nothing.
    pub(super) fn apply_to_nothing(&self, path: &std::path::Path) -> Result<String, EditError> {
        match self {
            Self::Replace { expected: None, text } => Ok(text.clone()),
            Self::Replace { expected: Some(_), .. } => Err(self.file_changed(None)),
            _ => Err(EditRefusal::NoFile(path.to_owned()).into()),
        }
    }

    fn file_changed(&self, found: Option<&str>) -> EditError {
        let wanted = if let Self::Replace { text, .. } = self { text.clone() } else { String::new() };
        EditRefusal::FileChanged { wanted, found: found.map(str::to_owned) }.into()
    }

    /// Makes the edit on what a file says.
    fn apply_to(&self, mut document: Document) -> Result<Document, EditError> {
        match self {
            Self::Add { item } => {
                expect_free(&document, item)?;
                add(&mut document, item.clone());
            }
            Self::Change { before, after } => {
                let found = find(&document, before.id(), Some(after))?;
                if after.id() != before.id() {
                    expect_free(&document, after)?;
                }
                let merged = match (before, after, &found) {
                    (Item::Entry(before), Item::Entry(after), Item::Entry(found)) => {
                        Item::Entry(merged(before, after, found, &place_of("entries", &found.id))?)
                    }
                    (Item::Boundary(before), Item::Boundary(after), Item::Boundary(found)) => {
                        Item::Boundary(merged(before, after, found, &place_of("boundaries", &found.id))?)
                    }
                    _ => return Err(whole_conflict(Some(before), Some(after), &found)?.into()),
                };
                put(&mut document, before.id(), merged);
                relate(&mut document, before.id(), Some(after.id()));
            }
            Self::Remove { item } => {
                let found = find(&document, item.id(), None)?;
                if found != *item {
                    return Err(whole_conflict(Some(item), None, &found)?.into());
                }
                document.entries.retain(|entry| entry.id != item.id());
                document.boundaries.retain(|boundary| boundary.id != item.id());
                relate(&mut document, item.id(), None);
            }
            Self::AddWording { id, wording } => {
                let mut found = find(&document, id, None)?;
                let normal = normalise(wording);
                if let Some(same) = found.wordings().find(|known| normalise(known) == normal) {
                    return Err(EditRefusal::AlreadyAsked { id: id.clone(), wording: same.to_owned() }.into());
                }
                found.also_asked().push(wording.clone());
                put(&mut document, id, found);
            }
            Self::RemoveWording { id, wording } => {
                let mut found = find(&document, id, None)?;
                let Some(place) = found.also_asked().iter().position(|known| known == wording) else {
                    return Err(EditRefusal::NotAsked { id: id.clone(), wording: wording.clone() }.into());
                };
                found.also_asked().remove(place);
                put(&mut document, id, found);
            }
            Self::Undo { before, after, .. } => {
                return merged(&parse_document(after)?, &parse_document(before)?, &document, "");
            }
            Self::Replace { text, .. } => return Ok(parse_document(text)?),
        }
        Ok(document)
    }
}

impl Item {
    fn wordings(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match self {
            Self::Entry(entry) => Box::new(entry.wordings()),
            Self::Boundary(boundary) => Box::new(boundary.wordings()),
        }
    }

    fn also_asked(&mut self) -> &mut Vec<String> {
        match self {
            Self::Entry(entry) => &mut entry.also_asked,
            Self::Boundary(boundary) => &mut boundary.also_asked,
        }
    }
}

fn find(document: &Document, id: &str, wanted: Option<&Item>) -> Result<Item, EditRefusal> {
    let gone = || EditRefusal::Gone { id: id.to_owned(), wanted: wanted.cloned().map(Box::new) };
    Item::find(document, id).ok_or_else(gone)
}

fn expect_free(document: &Document, item: &Item) -> Result<(), EditRefusal> {
    match Item::find(document, item.id()) {
        Some(found) => Err(EditRefusal::Taken { wanted: Box::new(item.clone()), found: Box::new(found) }),
        None => Ok(()),
    }
}

fn add(document: &mut Document, item: Item) {
    match item {
        Item::Boundary(boundary) => document.boundaries.push(boundary),
        Item::Entry(entry) => {
            let first_section = |entry: &Entry| entry.citations.first().map(|citation| citation.section.clone());
            let section = first_section(&entry);
            let last = document.entries.iter().rposition(|other| first_section(other) == section);
            document.entries.insert(last.map_or(document.entries.len(), |last| last + 1), entry);
        }
    }
}

/// Puts an item in the place of the one with this id.
fn put(document: &mut Document, id: &str, item: Item) {
    match item {
        Item::Entry(entry) => {
            document.entries.iter_mut().filter(|other| other.id == id).for_each(|other| other.clone_from(&entry))
        }
        Item::Boundary(boundary) => {
            document.boundaries.iter_mut().filter(|other| other.id == id).for_each(|other| other.clone_from(&boundary));
        }
    }
}

/// Renames an id where entries are related to it, or removes it there.
fn relate(document: &mut Document, id: &str, now: Option<&str>) {
    for related in document.entries.iter_mut().map(|entry| &mut entry.related) {
        match now {
            Some(now) => related.iter_mut().filter(|other| *other == id).for_each(|other| now.clone_into(other)),
            None => related.retain(|other| other != id),
        }
    }
}

fn place_of(list: &str, id: &str) -> String {
    format!("{list}[{id}]")
}

/// [`merge`] for values with a type.
fn merged<T: Serialize + for<'de> Deserialize<'de>>(
    seen: &T,
    wanted: &T,
    found: &T,
    place: &str,
) -> Result<T, EditError> {
    let [seen, wanted, found] = [json(seen)?, json(wanted)?, json(found)?];
    Ok(serde_json::from_value(merge(&seen, &wanted, &found, place)?).map_err(wrong)?)
}

/// A conflict over a whole item.
fn whole_conflict(seen: Option<&Item>, wanted: Option<&Item>, found: &Item) -> Result<Conflict, SaveFailure> {
    let value = |item: &Item| match item {
        Item::Entry(entry) => json(entry),
        Item::Boundary(boundary) => json(boundary),
    };
    let list = if matches!(found, Item::Entry(_)) { "entries" } else { "boundaries" };
    Ok(Conflict {
        place: place_of(list, found.id()),
        seen: seen.map(value).transpose()?,
        wanted: wanted.map(value).transpose()?,
        found: Some(value(found)?),
    })
}

fn json(value: &impl Serialize) -> Result<serde_json::Value, SaveFailure> {
    serde_json::to_value(value).map_err(wrong)
}

fn wrong(error: serde_json::Error) -> SaveFailure {
    SaveFailure::Wrong(RewriteError::Mismatch(error.to_string()))
}

#[cfg(test)]
mod tests;
