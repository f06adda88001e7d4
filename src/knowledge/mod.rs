//! Knowledge files: documents, sections, entries, boundaries, citations and small talk; reading, checking, editing and
//! saving them. [`Knowledge`] joins all loaded documents; the other modules use it.

#[cfg(test)]
pub(crate) mod arbitrary;
mod check;
mod contractions;
pub mod display;
pub mod draft;
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
mod small_talk;
mod source_text;
mod text_blocks;
pub mod wording;

use std::collections::HashMap;

pub use check::{WordingWarning, builtin, check, check_edited, check_files, load};
pub(crate) use findings::closest_match;
pub use findings::{Finding, LoadError, Report, Severity};
pub use model::{Boundary, Citation, Document, Entry, HasWordings, Section, SmallTalk, schema, schema_text};
pub use read::{TextFile, includes_file, list_files};
pub use rewrite::{RewriteError, element_key, parse_document, rewrite};
pub use save::{Fingerprint, FingerprintError, SaveError, folder_of_target, read_text, save};
pub use small_talk::builtin_small_talk;

/// All loaded documents together. Entries, boundaries and small talk are numbered across documents, in loading order.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    documents: Vec<Document>,
    /// See [`Self::document_names`].
    names: Vec<String>,
    entries: Vec<ListPosition>,
    boundaries: Vec<ListPosition>,
    small_talk: Vec<ListPosition>,
    by_id: HashMap<String, EntryKey>,
}

/// Identifies an entry of a [`Knowledge`]: its number in loading order, from 0. Valid only for that `Knowledge`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct EntryKey(pub usize);

/// Identifies a boundary of a [`Knowledge`]: its number in loading order, from 0. Valid only for that `Knowledge`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct BoundaryKey(pub usize);

/// Identifies small talk of a [`Knowledge`]: its number in loading order, from 0. Valid only for that `Knowledge`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SmallTalkKey(pub usize);

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

/// Locates an entry, a boundary or small talk in its list.
#[derive(Clone, Copy, Debug)]
struct ListPosition {
    /// Index of the document.
    document: usize,
    /// Index within the document's entries, boundaries or small talk.
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
                knowledge.entries.push(ListPosition { document, index });
            }
            let boundaries = 0..content.boundaries.len();
            knowledge.boundaries.extend(boundaries.map(|index| ListPosition { document, index }));
            let small_talk = 0..content.small_talk.len();
            knowledge.small_talk.extend(small_talk.map(|index| ListPosition { document, index }));
        }
        knowledge.documents = documents;
        knowledge
    }

    /// Like [`Self::new`], with the names of the documents.
    #[must_use]
    pub fn named(names: Vec<String>, documents: Vec<Document>) -> Self {
        Self { names, ..Self::new(documents) }
    }

    /// The same knowledge with at most this number of wordings for each entry and boundary: the question, and others
    /// spread evenly over `also_asked`. Lists often begin with wordings of one kind, so the first ones would not
    /// represent them.
    #[must_use]
    pub fn with_wordings_at_most(&self, count: usize) -> Self {
        let others = count.saturating_sub(1);
        let mut documents = self.documents.clone();
        for document in &mut documents {
            let of_entries = document.entries.iter_mut().map(|entry| &mut entry.also_asked);
            let of_boundaries = document.boundaries.iter_mut().map(|boundary| &mut boundary.also_asked);
            of_entries.chain(of_boundaries).for_each(|also_asked| *also_asked = spread(also_asked, others));
        }
        Self::named(self.names.clone(), documents)
    }

    /// The documents in loading order.
    #[must_use]
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// The names of the documents in loading order: those of their files, without `.json`. Files in different folders
    /// may have the same name. Empty if the documents come from no files.
    #[must_use]
    pub fn document_names(&self) -> &[String] {
        &self.names
    }

    /// The number of the document that contains an entry, in loading order from 0.
    ///
    /// # Panics
    /// If the key belongs to another `Knowledge` and is out of range here.
    #[must_use]
    pub fn document_number(&self, key: EntryKey) -> usize {
        self.entries[key.0].document
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

    /// The texts that the answer of an entry shows: its passage, the quotes of its citations, and the titles of the
    /// sections that it cites, each title once.
    ///
    /// # Panics
    /// If the key belongs to other knowledge.
    pub fn answer_texts(&self, key: EntryKey) -> impl Iterator<Item = &str> {
        let (document, entry) = (self.document_of(key), self.entry(key));
        let quotes = entry.citations.iter().filter_map(|citation| citation.quote.as_deref());
        let is_cited = |section: &&Section| entry.citations.iter().any(|citation| citation.section == section.id);
        let titles = document.sections.iter().filter(is_cited).map(|section| section.title.as_str());
        [entry.passage.as_str()].into_iter().chain(quotes).chain(titles)
    }

    /// Returns the document that contains an entry or a boundary.
    ///
    /// # Panics
    /// If the key belongs to another `Knowledge` and is out of range here.
    #[must_use]
    pub fn document_with(&self, key: ItemKey) -> &Document {
        match key {
            ItemKey::Entry(key) => self.document_of(key),
            ItemKey::Boundary(key) => &self.documents[self.boundaries[key.0].document],
        }
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

    /// All small talk with its keys, in order.
    pub fn small_talk(&self) -> impl ExactSizeIterator<Item = (SmallTalkKey, &SmallTalk)> {
        (0..self.small_talk.len()).map(|number| (SmallTalkKey(number), self.small_talk_of(SmallTalkKey(number))))
    }

    /// Returns the small talk with this key. The keys after those of all documents are those of
    /// [`builtin_small_talk`].
    ///
    /// # Panics
    /// If the key belongs to another `Knowledge` and is out of range here.
    #[must_use]
    pub fn small_talk_of(&self, key: SmallTalkKey) -> &SmallTalk {
        match key.0.checked_sub(self.small_talk.len()) {
            Some(number) => &builtin_small_talk()[number],
            None => {
                let position = self.small_talk[key.0];
                &self.documents[position.document].small_talk[position.index]
            }
        }
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

/// At most `count` items, spread evenly over the list: the middle one of each of `count` equal parts.
fn spread(list: &[String], count: usize) -> Vec<String> {
    let parts = count.min(list.len());
    (0..parts).map(|part| list[(2 * part + 1) * list.len() / (2 * parts)].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_wordings_are_the_question_and_others_from_the_whole_list() {
        let list = |letters: &str| letters.chars().map(String::from).collect::<Vec<_>>();
        let entry = Entry { also_asked: list("abcdefgh"), ..Entry::default() };
        let boundary = Boundary { also_asked: list("abc"), ..Boundary::default() };
        let document = Document { entries: vec![entry], boundaries: vec![boundary], ..Document::default() };
        let knowledge = Knowledge::named(vec!["guide".to_owned()], vec![document]);
        for (count, of_entry, of_boundary) in [
            (0, "", ""),
            (1, "", ""),
            (2, "e", "b"),
            (3, "cg", "ac"),
            (5, "bdfh", "abc"),
            (8, "abcefgh", "abc"),
            (9, "abcdefgh", "abc"),
        ] {
            let kept = knowledge.with_wordings_at_most(count);
            assert_eq!(kept.entry(EntryKey(0)).also_asked, list(of_entry), "{count}");
            assert_eq!(kept.boundary(BoundaryKey(0)).also_asked, list(of_boundary), "{count}");
            assert_eq!(kept.document_names(), ["guide"]);
        }
    }

    #[test]
    fn small_talk_is_numbered_across_documents() {
        let talk =
            |reply: &str| SmallTalk { wordings: vec!["hi".to_owned(), "hey".to_owned()], reply: reply.to_owned() };
        let document = |small_talk| Document { small_talk, ..Document::default() };
        let documents = vec![document(vec![talk("a"), talk("b")]), Document::default(), document(vec![talk("c")])];
        let knowledge = Knowledge::new(documents);
        let replies: Vec<(usize, &str)> =
            knowledge.small_talk().map(|(key, talk)| (key.0, talk.reply.as_str())).collect();
        assert_eq!(replies, [(0, "a"), (1, "b"), (2, "c")]);
        assert!(knowledge.small_talk().all(|(key, talk)| knowledge.small_talk_of(key) == talk));
        assert_eq!(knowledge.small_talk_of(SmallTalkKey(0)).wordings().collect::<Vec<_>>(), ["hi", "hey"]);
        assert_eq!(knowledge.item_keys().count(), 0, "small talk is neither an entry nor a boundary");
    }
}
