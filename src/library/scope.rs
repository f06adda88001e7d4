//! The documents that may answer in one place, such as a channel. One bot can serve several texts without mixing them.
//! A scope names documents, because a reload changes their numbers; [`Library::within`](super::Library::within) applies it.

use std::sync::Arc;

use crate::knowledge::Knowledge;

/// The documents that may answer.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Scope {
    /// All documents.
    #[default]
    All,
    /// The documents with these names: see [`Knowledge::document_names`]. Those that are not loaded are ignored.
    Named(Arc<[String]>),
}

impl Scope {
    /// The numbers of the documents in loading order. `None` for all.
    pub(super) fn numbers(&self, knowledge: &Knowledge) -> Option<Vec<usize>> {
        let Self::Named(names) = self else { return None };
        let named = knowledge.document_names().iter().enumerate().filter(|(_, name)| names.contains(name));
        Some(named.map(|(number, _)| number).collect())
    }
}
