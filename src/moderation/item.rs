//! What an edit is about: an entry or a boundary of a knowledge file.
//! Both have an id, a question and wordings, and one id names one of them.

use serde::{Deserialize, Serialize};

use crate::knowledge::{Boundary, Document, Entry};

/// Anything with an id and wordings.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// A question that the text answers.
    Entry(Entry),
    /// A question that it does not answer.
    Boundary(Boundary),
}

impl Item {
    /// The entry or boundary of a document with this id.
    #[must_use]
    pub fn find(document: &Document, id: &str) -> Option<Self> {
        let entry = document.entries.iter().find(|entry| entry.id == id).cloned().map(Self::Entry);
        let boundary = || document.boundaries.iter().find(|boundary| boundary.id == id).cloned().map(Self::Boundary);
        entry.or_else(boundary)
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Entry(entry) => &entry.id,
            Self::Boundary(boundary) => &boundary.id,
        }
    }

    /// Its question.
    #[must_use]
    pub fn question(&self) -> &str {
        match self {
            Self::Entry(entry) => &entry.question,
            Self::Boundary(boundary) => &boundary.question,
        }
    }
}
