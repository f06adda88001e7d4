//! The subject of an edit: an entry or a boundary of a knowledge file.
//! Both have an id, a question and wordings, and share one namespace of ids. New ids are derived from the question.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::knowledge::limits::ID_CHARS;
use crate::knowledge::wording::normalise;
use crate::knowledge::{Boundary, Document, Entry, HasWordings as _};

/// The greatest length of an id derived from a question, in characters: long enough to recognise the question, short
/// enough to type. With a number appended, it stays within [`ID_CHARS`].
const DERIVED_ID_CHARS: usize = 40;

const _: () = assert!(DERIVED_ID_CHARS + "-18446744073709551615".len() <= ID_CHARS);

/// The id for a question without ASCII letters and digits.
const FALLBACK_ID: &str = "question";

/// An entry or a boundary.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// A question that the text answers.
    Entry(Entry),
    /// A question that the text does not answer.
    Boundary(Boundary),
}

impl Item {
    /// Finds the entry or boundary of a document that has this id.
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

    /// The bytes of its texts, which are unbounded because there may be any number of wordings.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        let answer = match self {
            Self::Entry(entry) => entry.passage.len(),
            Self::Boundary(boundary) => boundary.says.len(),
        };
        answer + self.wordings().map(str::len).sum::<usize>()
    }

    pub(super) fn wordings(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match self {
            Self::Entry(entry) => Box::new(entry.wordings()),
            Self::Boundary(boundary) => Box::new(boundary.wordings()),
        }
    }

    pub(super) fn also_asked(&mut self) -> &mut Vec<String> {
        match self {
            Self::Entry(entry) => &mut entry.also_asked,
            Self::Boundary(boundary) => &mut boundary.also_asked,
        }
    }
}

/// Derives an unused id from a question: as many of its words as fit, plus a number if another item has that id.
#[must_use]
pub fn id_for(question: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let normal: String = normalise(question).nfkd().filter(|letter| *letter != '\'').collect();
    let words = normal.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut id = String::new();
    for word in words {
        let hyphen = usize::from(!id.is_empty());
        if id.len() + hyphen + word.len() > DERIVED_ID_CHARS {
            if id.is_empty() {
                id = word.chars().take(DERIVED_ID_CHARS).collect();
            }
            break;
        }
        id.extend((hyphen == 1).then_some('-'));
        id.push_str(word);
    }
    if id.is_empty() {
        FALLBACK_ID.clone_into(&mut id);
    }
    if !is_taken(&id) {
        return id;
    }
    let numbered = (2_u64..).map(|number| format!("{id}-{number}")).find(|id| !is_taken(id));
    numbered.unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_consist_of_the_words_of_the_question() {
        let long = "a".repeat(99);
        for (question, taken, id) in [
            ("Why did Abe court Russia?", &[][..], "why-did-abe-court-russia"),
            ("What's  the U.S.-Japan Alliance?", &[], "what-is-the-us-japan-alliance"),
            ("Où est le café?", &[], "ou-est-le-cafe"),
            ("灯台は？", &[], "question"),
            ("", &["question"], "question-2"),
            ("Who built it?", &["who-built-it", "who-built-it-2"], "who-built-it-3"),
            ("Who was it that first thought of building the tower here?", &[], "who-was-it-that-first-thought-of"),
            (&long, &[], &long[..40]),
        ] {
            assert_eq!(id_for(question, |id| taken.contains(&id)), id, "{question}");
        }
    }

    proptest! {
        #[test]
        fn every_question_gets_a_valid_id(question in any::<String>(), taken in 0..3_usize) {
            let id = id_for(&question, |id| taken > 0 && !id.ends_with(&format!("-{}", taken + 1)));
            prop_assert!(id.len() <= ID_CHARS && !id.is_empty());
            let is_valid =
                |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
            prop_assert!(id.split('-').all(is_valid), "{}", id);
        }
    }
}
