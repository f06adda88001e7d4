//! Knowledge files: documents, sections, entries, boundaries and citations; reading, checking, editing and saving them.
//! [`Knowledge`] joins all loaded documents; the other modules use it.

#[cfg(test)]
pub(crate) mod arbitrary;
mod check;
mod contractions;
pub mod edit_distance;
mod findings;
mod indexed_file;
mod json;
mod layout;
pub mod limits;
mod model;
mod parsed;
mod read;
mod rewrite;
mod rules;
mod save;
mod schema_check;
mod similar_wordings;
mod source_text;
pub mod wording;

use std::collections::HashMap;

pub use check::{WordingWarning, builtin, check, check_edited, check_files, load};
pub use findings::{Finding, LoadError, Report, Severity};
pub use model::{Boundary, Citation, Document, Entry, HasWordings, Section, schema, schema_text};
pub use read::{TextFile, includes_file, list_files};
pub use rewrite::{RewriteError, element_key, parse_document, rewrite};
pub use save::{Fingerprint, FingerprintError, SaveError, folder_of_target, read_text, save};
pub use source_text::SourceText;

/// All loaded documents together. Entries and boundaries are numbered across documents, in loading order.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    documents: Vec<Document>,
    entries: Vec<ItemPosition>,
    boundaries: Vec<ItemPosition>,
    by_id: HashMap<String, EntryKey>,
}

/// Identifies an entry of a [`Knowledge`]: its number in loading order, from 0. Valid only for that `Knowledge`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct EntryKey(pub usize);

/// Identifies a boundary of a [`Knowledge`]: its number in loading order, from 0. Valid only for that `Knowledge`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct BoundaryKey(pub usize);

/// Identifies an entry or a boundary of a [`Knowledge`].
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ItemKey {
    /// An entry.
    Entry(EntryKey),
    /// A boundary.
    Boundary(BoundaryKey),
}

/// Identifies a wording of a [`Knowledge`].
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct WordingKey {
    /// The entry or boundary that has the wording.
    pub item: ItemKey,
    /// The wording's number within it: 0 is the question, the other wordings follow.
    pub number: usize,
}

/// Locates an entry or a boundary.
#[derive(Clone, Copy, Debug)]
struct ItemPosition {
    /// Index of the document.
    document: usize,
    /// Index within the document's entries or boundaries.
    index: usize,
}

impl Knowledge {
    /// Joins documents without checking them. If several entries have the same id, [`Self::find`] returns the first.
    #[must_use]
    pub fn new(documents: Vec<Document>) -> Self {
        let mut knowledge = Self::default();
        for (document, content) in documents.iter().enumerate() {
            for (index, entry) in content.entries.iter().enumerate() {
                let key = EntryKey(knowledge.entries.len());
                knowledge.by_id.entry(entry.id.clone()).or_insert(key);
                knowledge.entries.push(ItemPosition { document, index });
            }
            let boundaries = 0..content.boundaries.len();
            knowledge.boundaries.extend(boundaries.map(|index| ItemPosition { document, index }));
        }
        knowledge.documents = documents;
        knowledge
    }

    /// The documents in loading order.
    #[must_use]
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// The keys of all entries, in order.
    pub fn entry_keys(&self) -> impl ExactSizeIterator<Item = EntryKey> + use<> {
        (0..self.entries.len()).map(EntryKey)
    }

    /// The keys of all boundaries, in order.
    pub fn boundary_keys(&self) -> impl ExactSizeIterator<Item = BoundaryKey> + use<> {
        (0..self.boundaries.len()).map(BoundaryKey)
    }

    /// Returns an entry.
    ///
    /// # Panics
    /// If the key belongs to another `Knowledge` and is out of range here.
    #[must_use]
    pub fn entry(&self, key: EntryKey) -> &Entry {
        let position = self.entries[key.0];
        &self.documents[position.document].entries[position.index]
    }

    /// Returns the document that contains an entry.
    ///
    /// # Panics
    /// If the key belongs to another `Knowledge` and is out of range here.
    #[must_use]
    pub fn document_of(&self, key: EntryKey) -> &Document {
        &self.documents[self.entries[key.0].document]
    }

    /// Returns a boundary.
    ///
    /// # Panics
    /// If the key belongs to another `Knowledge` and is out of range here.
    #[must_use]
    pub fn boundary(&self, key: BoundaryKey) -> &Boundary {
        let position = self.boundaries[key.0];
        &self.documents[position.document].boundaries[position.index]
    }

    /// The keys of all entries and then of all boundaries, in order.
    pub fn item_keys(&self) -> impl Iterator<Item = ItemKey> + use<> {
        self.entry_keys().map(ItemKey::Entry).chain(self.boundary_keys().map(ItemKey::Boundary))
    }

    /// Returns the id of an entry or a boundary.
    ///
    /// # Panics
    /// If the key belongs to another `Knowledge` and is out of range here.
    #[must_use]
    pub fn id_of(&self, key: ItemKey) -> &str {
        match key {
            ItemKey::Entry(key) => &self.entry(key).id,
            ItemKey::Boundary(key) => &self.boundary(key).id,
        }
    }

    /// Returns the wordings of an entry or a boundary, its question first.
    ///
    /// # Panics
    /// If the key belongs to another `Knowledge` and is out of range here.
    #[must_use]
    pub fn wordings_of(&self, key: ItemKey) -> Vec<&str> {
        match key {
            ItemKey::Entry(key) => self.entry(key).wordings().collect(),
            ItemKey::Boundary(key) => self.boundary(key).wordings().collect(),
        }
    }

    /// Finds the entry with this id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<EntryKey> {
        self.by_id.get(id).copied()
    }
}
