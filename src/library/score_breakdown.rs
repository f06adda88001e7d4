//! The score of one entry or boundary for a question: the share of each word, and the wording that resembles the question
//! most.

use serde::Serialize;

use crate::knowledge::{BoundaryKey, EntryKey, ItemKey, Knowledge};
use crate::matching::{Matcher, WordShare};

/// The shares of the words of a question in the score of one entry or boundary.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreBreakdown<'a> {
    /// The id of the entry or boundary.
    pub id: &'a str,
    /// Its question.
    pub question: &'a str,
    /// The words in the question's order, the same for every entry. Their shares add up to the score.
    pub words: Vec<WordShare>,
    /// The wording that resembles the question most. `None` if none shares anything with it.
    pub nearest: Option<NearestWording<'a>>,
}

/// The wording of an entry or boundary that resembles a question most.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct NearestWording<'a> {
    /// The wording.
    pub wording: &'a str,
    /// Its similarity to the question, from 0 to 1.
    pub similarity: f32,
}

impl<'a> ScoreBreakdown<'a> {
    /// The score of an entry for a question.
    pub(super) fn of_entry(knowledge: &'a Knowledge, matcher: &Matcher, question: &str, key: EntryKey) -> Self {
        Self::new(knowledge, matcher, question, ItemKey::Entry(key), matcher.explain(question, key))
    }

    /// The score of a boundary for a question.
    pub(super) fn of_boundary(knowledge: &'a Knowledge, matcher: &Matcher, question: &str, key: BoundaryKey) -> Self {
        Self::new(knowledge, matcher, question, ItemKey::Boundary(key), matcher.explain_boundary(question, key))
    }

    fn new(knowledge: &'a Knowledge, matcher: &Matcher, question: &str, item: ItemKey, words: Vec<WordShare>) -> Self {
        let wordings = knowledge.wordings_of(item);
        let nearest = matcher.most_similar(question, item, wordings.iter().copied());
        let nearest = nearest.map(|(number, similarity)| NearestWording { wording: wordings[number], similarity });
        let question = wordings.first().copied().unwrap_or_default();
        Self { id: knowledge.id_of(item), question, words, nearest }
    }

    /// The score; a higher score is a better match.
    #[must_use]
    pub fn score(&self) -> f32 {
        self.words.iter().map(|word| word.share).sum()
    }
}
