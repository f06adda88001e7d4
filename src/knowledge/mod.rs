//! What a knowledge file means: documents, sections, entries, citations; reading and checking them.
//! Everything else asks [`Knowledge`], the loaded documents as one.

#[cfg(test)]
pub(crate) mod arbitrary;
mod check;
mod contractions;
mod draft;
mod findings;
#[cfg(test)]
mod laws;
mod layout;
pub mod limits;
mod meaning;
mod model;
mod near;
mod place;
mod read;
mod remark;
mod rewrite;
#[cfg(test)]
mod rewrite_tests;
mod save;
#[cfg(test)]
mod save_tests;
mod schema;
mod shape;
mod source;
#[cfg(test)]
mod tests;
mod tree;
pub mod wording;

use std::collections::HashMap;

pub use check::{builtin, check, check_edited, check_files, load};
pub use findings::{Finding, LoadError, Report, Severity};
pub use model::{Boundary, Citation, Document, Entry, HasWordings, Section};
pub use read::{TextFile, includes_file, list_files};
pub use remark::WordingWarning;
pub use rewrite::{RewriteError, parse_document, rewrite};
pub use save::{Fingerprint, FingerprintError, SaveError, folder_of_target, read_text, save};
pub use schema::{schema, schema_text};
pub use source::SourceText;

/// All loaded documents, read as one: entries and boundaries are numbered through, documents in loading order.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    documents: Vec<Document>,
    entries: Vec<Place>,
    boundaries: Vec<Place>,
    by_id: HashMap<String, EntryKey>,
}

/// Names one entry of a [`Knowledge`]; counts from 0 in loading order. Means nothing for another `Knowledge`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct EntryKey(pub usize);

/// Names one boundary of a [`Knowledge`]; counts from 0 in loading order. Means nothing for another `Knowledge`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct BoundaryKey(pub usize);

/// Names an entry or a boundary of a [`Knowledge`].
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ItemKey {
    /// An entry.
    Entry(EntryKey),
    /// A boundary.
    Boundary(BoundaryKey),
}

/// Names one wording of a [`Knowledge`].
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct WordingKey {
    /// Whose wording it is.
    pub item: ItemKey,
    /// Its number there: the question is 0, its other wordings follow.
    pub number: usize,
}

/// Where an entry or a boundary stands: the document's number and its own number in it.
#[derive(Clone, Copy, Debug)]
struct Place {
    document: usize,
    item: usize,
}

impl Knowledge {
    /// Joins documents. What [`check()`] would find is not looked for here; of two entries with one id the first is found by it.
    #[must_use]
    pub fn new(documents: Vec<Document>) -> Self {
        let mut knowledge = Self::default();
        for (document, content) in documents.iter().enumerate() {
            for (item, entry) in content.entries.iter().enumerate() {
                let key = EntryKey(knowledge.entries.len());
                knowledge.by_id.entry(entry.id.clone()).or_insert(key);
                knowledge.entries.push(Place { document, item });
            }
            let boundaries = 0..content.boundaries.len();
            knowledge.boundaries.extend(boundaries.map(|item| Place { document, item }));
        }
        knowledge.documents = documents;
        knowledge
    }

    /// The documents in loading order.
    #[must_use]
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// Every entry's key, in order.
    pub fn entry_keys(&self) -> impl ExactSizeIterator<Item = EntryKey> + use<> {
        (0..self.entries.len()).map(EntryKey)
    }

    /// Every boundary's key, in order.
    pub fn boundary_keys(&self) -> impl ExactSizeIterator<Item = BoundaryKey> + use<> {
        (0..self.boundaries.len()).map(BoundaryKey)
    }

    /// The entry of this key.
    ///
    /// # Panics
    /// If the key is another `Knowledge`'s and out of range here.
    #[must_use]
    pub fn entry(&self, key: EntryKey) -> &Entry {
        let place = self.entries[key.0];
        &self.documents[place.document].entries[place.item]
    }

    /// The document that the entry of this key stands in.
    ///
    /// # Panics
    /// If the key is another `Knowledge`'s and out of range here.
    #[must_use]
    pub fn document_of(&self, key: EntryKey) -> &Document {
        &self.documents[self.entries[key.0].document]
    }

    /// The boundary of this key.
    ///
    /// # Panics
    /// If the key is another `Knowledge`'s and out of range here.
    #[must_use]
    pub fn boundary(&self, key: BoundaryKey) -> &Boundary {
        let place = self.boundaries[key.0];
        &self.documents[place.document].boundaries[place.item]
    }

    /// Every entry's and then every boundary's key, in order.
    pub fn item_keys(&self) -> impl Iterator<Item = ItemKey> + use<> {
        self.entry_keys().map(ItemKey::Entry).chain(self.boundary_keys().map(ItemKey::Boundary))
    }

    /// The id of an entry or a boundary.
    ///
    /// # Panics
    /// If the key is another `Knowledge`'s and out of range here.
    #[must_use]
    pub fn id_of(&self, key: ItemKey) -> &str {
        match key {
            ItemKey::Entry(key) => &self.entry(key).id,
            ItemKey::Boundary(key) => &self.boundary(key).id,
        }
    }

    /// The wordings of an entry or a boundary, the question first.
    ///
    /// # Panics
    /// If the key is another `Knowledge`'s and out of range here.
    #[must_use]
    pub fn wordings_of(&self, key: ItemKey) -> Vec<&str> {
        match key {
            ItemKey::Entry(key) => self.entry(key).wordings().collect(),
            ItemKey::Boundary(key) => self.boundary(key).wordings().collect(),
        }
    }

    /// The key of the entry with this id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<EntryKey> {
        self.by_id.get(id).copied()
    }
}
