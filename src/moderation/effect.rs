//! What an edit does to answers: every wording is asked before and after, and those that are answered differently are told.
//! Costs two questions for each wording, on two cores at once.

use std::collections::HashSet;
use std::thread;

use crate::knowledge::{HasWordings as _, Knowledge};
use crate::library::Library;
use crate::matching::Outcome;

/// How many changed answers are told in full: more than a moderator reads before saving; the rest is counted.
pub const REPLY_CHANGES_MAX: usize = 50;

/// What is said to a question.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PredictedReply {
    /// The entry with this id.
    Answer(String),
    /// Suggestions, the entry with this id first.
    Suggest(String),
    /// What the boundary with this id says is missing.
    Boundary(String),
    /// That the text does not answer it.
    Unknown,
}

/// A question that is answered differently.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReplyChange {
    /// The question.
    pub question: String,
    /// The id of the entry or boundary whose wording it is after the edit, or was before; none: a question of the regression set.
    pub of: Option<String>,
    /// What was said.
    pub before: PredictedReply,
    /// What is said now.
    pub after: PredictedReply,
}

/// What an edit does to answers.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Effect {
    /// How many questions were asked.
    pub asked: usize,
    /// How many of them are answered differently.
    pub changed: usize,
    /// How many of those are wordings that their own entry or boundary answered before, and does not any more.
    pub lost: usize,
    /// The questions that are answered differently, lost ones first; at most [`REPLY_CHANGES_MAX`].
    pub changes: Vec<ReplyChange>,
}

impl ReplyChange {
    /// Whether its own entry or boundary answered it before, and does not any more.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        let own = |said: &PredictedReply| matches!(said, PredictedReply::Answer(id) | PredictedReply::Boundary(id) if Some(id) == self.of.as_ref());
        own(&self.before) && !own(&self.after)
    }
}

/// Asks two libraries every wording of both, and the questions of a regression set.
#[must_use]
pub fn effect(before: &Library, after: &Library, regression: &[String]) -> Effect {
    let mut seen = HashSet::new();
    let own = wordings(after.knowledge()).chain(wordings(before.knowledge())).map(|(id, wording)| (Some(id), wording));
    let others = regression.iter().map(|question| (None, question.as_str()));
    let questions: Vec<(Option<&str>, &str)> =
        own.chain(others).filter(|(_, question)| seen.insert(*question)).collect();
    // The two know nothing of each other, so each may have a core.
    let (was, is) = thread::scope(|scope| {
        let was = scope.spawn(|| ask_all(before, &questions));
        let is = ask_all(after, &questions);
        (was.join(), is)
    });
    let was = was.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let asked = questions.len();
    let changes = questions.into_iter().zip(was.into_iter().zip(is)).filter(|(_, (was, is))| was != is);
    let mut changes: Vec<ReplyChange> = changes
        .map(|((of, question), (before, after))| ReplyChange {
            question: question.to_owned(),
            of: of.map(str::to_owned),
            before,
            after,
        })
        .collect();
    changes.sort_by_key(|shift| !shift.is_lost());
    let (changed, lost) = (changes.len(), changes.iter().filter(|shift| shift.is_lost()).count());
    changes.truncate(REPLY_CHANGES_MAX);
    Effect { asked, changed, lost, changes }
}

fn ask_all(library: &Library, questions: &[(Option<&str>, &str)]) -> Vec<PredictedReply> {
    questions.iter().map(|(_, question)| ask(library, question)).collect()
}

fn ask(library: &Library, question: &str) -> PredictedReply {
    let verdict = library.matcher().ask(question);
    let knowledge = library.knowledge();
    let first = || verdict.ranked.first().map(|candidate| knowledge.entry(candidate.entry).id.clone());
    let said = match verdict.outcome {
        Outcome::Answer => first().map(PredictedReply::Answer),
        Outcome::Suggest => first().map(PredictedReply::Suggest),
        Outcome::Unknown => verdict.boundary.map(|key| PredictedReply::Boundary(knowledge.boundary(key).id.clone())),
    };
    said.unwrap_or(PredictedReply::Unknown)
}

/// Every wording with the id of its entry or boundary.
fn wordings(knowledge: &Knowledge) -> impl Iterator<Item = (&str, &str)> {
    let entries = knowledge.documents().iter().flat_map(|document| &document.entries);
    let boundaries = knowledge.documents().iter().flat_map(|document| &document.boundaries);
    let of_entries = entries.flat_map(|entry| entry.wordings().map(|wording| (entry.id.as_str(), wording)));
    of_entries.chain(boundaries.flat_map(|boundary| boundary.wordings().map(|wording| (boundary.id.as_str(), wording))))
}
