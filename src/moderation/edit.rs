//! Edits of a knowledge file as values. They can be shown and previewed, and applied later to a newer version of the
//! file. Each contains what the moderator saw, so that it does not overwrite changes made since.

use serde::{Deserialize, Serialize};

use super::failure::{EditError, EditRefusal, SaveFailure};
use super::item::Item;
use super::merge::{Conflict, merge};
use crate::knowledge::wording::normalise;
use crate::knowledge::{Document, Entry, Fingerprint, RewriteError, parse_document, rewrite};

/// One change of one knowledge file.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Adds an entry after the last one that cites the same section, or a boundary at the end.
    Add {
        /// The new entry or boundary. Its id must be unused.
        item: Item,
    },
    /// Changes an entry or a boundary: applies the differences between `before` and `after`, wordings one by one, and
    /// leaves everything else as it is in the file.
    Change {
        /// The version that the moderator saw.
        before: Item,
        /// The version that the moderator wants. Its id may differ.
        after: Item,
    },
    /// Removes an entry or a boundary, and its id from the `related` lists of the same file.
    Remove {
        /// The version that the moderator saw.
        item: Item,
    },
    /// Adds a wording to an entry or a boundary.
    AddWording {
        /// The entry's or boundary's id.
        id: String,
        /// The wording, which becomes the last one.
        wording: String,
    },
    /// Removes a wording from an entry or a boundary.
    RemoveWording {
        /// The entry's or boundary's id.
        id: String,
        /// The wording as written in the file.
        wording: String,
    },
    /// Replaces the whole text: an import, or the restored text of a revision.
    Replace {
        /// The fingerprint of the text that the moderator saw; `None` if there was no file.
        expected: Option<Fingerprint>,
        /// The new text.
        text: String,
    },
    /// Undoes the last or an earlier revision, and keeps all later changes.
    Undo {
        /// The whole text before the revision.
        before: String,
        /// The whole text after the revision.
        after: String,
        /// The summary of the revision, in one line.
        summary: String,
    },
}

impl Edit {
    /// Describes the edit in one line, for a log or a list. The text is not escaped.
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
            Self::Undo { summary, .. } => format!("undo: {summary}"),
        }
    }

    /// The kind of the edit, in one word, for the history.
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

    /// The id that the changed entry or boundary has after the edit. `None` if the edit removes it or changes the whole
    /// file.
    #[must_use]
    pub fn item_id(&self) -> Option<&str> {
        match self {
            Self::Add { item } | Self::Change { after: item, .. } => Some(item.id()),
            Self::AddWording { id, .. } | Self::RemoveWording { id, .. } => Some(id),
            Self::Remove { .. } | Self::Replace { .. } | Self::Undo { .. } => None,
        }
    }

    /// The bytes of the texts that the edit contains, for limits on memory.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        match self {
            Self::Add { item } | Self::Remove { item } => item.text_bytes(),
            Self::Change { before, after } => before.text_bytes() + after.text_bytes(),
            Self::AddWording { wording, .. } | Self::RemoveWording { wording, .. } => wording.len(),
            Self::Replace { text, .. } => text.len(),
            Self::Undo { before, after, .. } => before.len() + after.len(),
        }
    }

    /// Applies the edit to the current text of a file, and leaves the rest of the text and its layout unchanged.
    ///
    /// Does not check the result; use [`check_files`](crate::knowledge::check_files()) for that.
    ///
    /// # Errors
    /// An [`EditRefusal`] if the file does not have what the moderator saw. It contains both versions.
    pub fn apply(&self, text: &str) -> Result<String, EditError> {
        let after = match self {
            Self::Replace { expected, .. } if *expected != Some(Fingerprint::of(text)) => {
                return Err(self.file_changed(Some(text)));
            }
            Self::Replace { text, .. } => text.clone(),
            // If nothing changed since the revision, restore the earlier text exactly, including its layout.
            Self::Undo { before, after, .. } if after == text => before.clone(),
            _ => rewrite(text, &self.apply_to(parse_document(text)?)?)?,
        };
        if after == text { Err(EditRefusal::Nothing.into()) } else { Ok(after) }
    }

    /// Applies the edit where there is no file. Only a [`Self::Replace`] that expects no file can create one.
    ///
    /// # Errors
    /// For every other edit.
    pub(super) fn apply_without_file(&self, path: &std::path::Path) -> Result<String, EditError> {
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

    /// Applies the edit to a parsed file.
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
                replace(&mut document, before.id(), merged);
                rename_related(&mut document, before.id(), Some(after.id()));
            }
            Self::Remove { item } => {
                let found = find(&document, item.id(), None)?;
                if found != *item {
                    return Err(whole_conflict(Some(item), None, &found)?.into());
                }
                document.entries.retain(|entry| entry.id != item.id());
                document.boundaries.retain(|boundary| boundary.id != item.id());
                rename_related(&mut document, item.id(), None);
            }
            Self::AddWording { id, wording } => {
                let mut found = find(&document, id, None)?;
                let normal = normalise(wording);
                if let Some(same) = found.wordings().find(|known| normalise(known) == normal) {
                    return Err(EditRefusal::AlreadyAsked { id: id.clone(), wording: same.to_owned() }.into());
                }
                found.also_asked().push(wording.clone());
                replace(&mut document, id, found);
            }
            Self::RemoveWording { id, wording } => {
                let mut found = find(&document, id, None)?;
                let Some(place) = found.also_asked().iter().position(|known| known == wording) else {
                    return Err(EditRefusal::NotAsked { id: id.clone(), wording: wording.clone() }.into());
                };
                found.also_asked().remove(place);
                replace(&mut document, id, found);
            }
            Self::Undo { before, after, .. } => {
                return merged(&parse_document(after)?, &parse_document(before)?, &document, "");
            }
            Self::Replace { text, .. } => return Ok(parse_document(text)?),
        }
        Ok(document)
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

/// Replaces the item with this id.
fn replace(document: &mut Document, id: &str, item: Item) {
    match item {
        Item::Entry(entry) => {
            document.entries.iter_mut().filter(|other| other.id == id).for_each(|other| other.clone_from(&entry))
        }
        Item::Boundary(boundary) => {
            document.boundaries.iter_mut().filter(|other| other.id == id).for_each(|other| other.clone_from(&boundary));
        }
    }
}

/// Renames an id in the `related` lists of all entries and boundaries, or removes it from them.
fn rename_related(document: &mut Document, id: &str, new: Option<&str>) {
    let of_entries = document.entries.iter_mut().map(|entry| &mut entry.related);
    for related in of_entries.chain(document.boundaries.iter_mut().map(|boundary| &mut boundary.related)) {
        match new {
            Some(new) => related.iter_mut().filter(|other| *other == id).for_each(|other| new.clone_into(other)),
            None => related.retain(|other| other != id),
        }
    }
}

fn place_of(list: &str, id: &str) -> String {
    format!("{list}[{id}]")
}

/// Merges typed values as [`merge`] does JSON values.
fn merged<T: Serialize + for<'de> Deserialize<'de>>(
    seen: &T,
    wanted: &T,
    found: &T,
    place: &str,
) -> Result<T, EditError> {
    let [seen, wanted, found] = [json(seen)?, json(wanted)?, json(found)?];
    Ok(serde_json::from_value(merge(&seen, &wanted, &found, place)?).map_err(json_error)?)
}

/// The conflict of an edit that changes or removes a whole item.
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
    serde_json::to_value(value).map_err(json_error)
}

fn json_error(error: serde_json::Error) -> SaveFailure {
    SaveFailure::Bug(RewriteError::Mismatch(error.to_string()))
}

#[cfg(test)]
mod tests;
