//! The effect of an edit on replies: asks every wording before and after the edit, and lists those with different
//! replies. This asks two questions for each wording, on two threads.

use std::collections::HashSet;
use std::thread;

use crate::knowledge::{HasWordings as _, Knowledge};
use crate::library::Library;
use crate::matching::{Outcome, Reason};

/// The greatest number of changed replies that are listed: more than a moderator reads before saving. The rest are
/// counted.
pub const REPLY_CHANGES_MAX: usize = 50;

/// The reply to a question, by the ids of entries and boundaries.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PredictedReply {
    /// The answer of the entry with this id.
    Answer(String),
    /// Suggestions. The first is the entry with this id.
    Suggest(String, Reason),
    /// The text does not answer it, as the boundary with this id explains.
    Boundary(String),
    /// The text does not answer it.
    Unknown(Reason),
}

impl PredictedReply {
    /// Whether users would see the same reply. The reason for it may differ.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Suggest(id, _), Self::Suggest(other, _)) => id == other,
            (Self::Unknown(_), Self::Unknown(_)) => true,
            _ => self == other,
        }
    }
}

/// A question whose reply changes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReplyChange {
    /// The question.
    pub question: String,
    /// The id of the entry or boundary that has this wording after the edit, or had it before. `None` for a question of
    /// the regression set.
    pub owner: Option<String>,
    /// The reply before the edit.
    pub before: PredictedReply,
    /// The reply after the edit.
    pub after: PredictedReply,
}

/// The effect of an edit on replies.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Effect {
    /// The number of questions that were asked.
    pub asked: usize,
    /// The number of questions whose reply changes.
    pub changed: usize,
    /// The number of wordings that their own entry or boundary answered before the edit but not after it.
    pub lost: usize,
    /// The questions whose reply changes, lost ones first; at most [`REPLY_CHANGES_MAX`].
    pub changes: Vec<ReplyChange>,
}

impl ReplyChange {
    /// Whether its own entry or boundary answered it before the edit but not after it.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        let own = |reply: &PredictedReply| matches!(reply, PredictedReply::Answer(id) | PredictedReply::Boundary(id) if Some(id) == self.owner.as_ref());
        own(&self.before) && !own(&self.after)
    }
}

/// Asks two libraries every wording of both and the questions of a regression set, and compares the replies.
#[must_use]
pub fn effect(before: &Library, after: &Library, regression: &[String]) -> Effect {
    let mut seen = HashSet::new();
    let own = wordings(after.knowledge()).chain(wordings(before.knowledge())).map(|(id, wording)| (Some(id), wording));
    let others = regression.iter().map(|question| (None, question.as_str()));
    let questions: Vec<(Option<&str>, &str)> =
        own.chain(others).filter(|(_, question)| seen.insert(*question)).collect();
    let (before, after) = thread::scope(|scope| {
        let before = scope.spawn(|| ask_all(before, &questions));
        let after = ask_all(after, &questions);
        (before.join(), after)
    });
    let before = before.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let asked = questions.len();
    let changes =
        questions.into_iter().zip(before.into_iter().zip(after)).filter(|(_, (before, after))| !before.is_like(after));
    let mut changes: Vec<ReplyChange> = changes
        .map(|((owner, question), (before, after))| ReplyChange {
            question: question.to_owned(),
            owner: owner.map(str::to_owned),
            before,
            after,
        })
        .collect();
    changes.sort_by_key(|change| !change.is_lost());
    let (changed, lost) = (changes.len(), changes.iter().filter(|change| change.is_lost()).count());
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
    let reply = match verdict.outcome {
        Outcome::Answer => first().map(PredictedReply::Answer),
        Outcome::Suggest => first().map(|id| PredictedReply::Suggest(id, verdict.reason)),
        Outcome::Unknown => verdict.boundary.map(|key| PredictedReply::Boundary(knowledge.boundary(key).id.clone())),
        Outcome::SmallTalk => None,
    };
    reply.unwrap_or(PredictedReply::Unknown(verdict.reason))
}

/// Every wording with the id of its entry or boundary.
fn wordings(knowledge: &Knowledge) -> impl Iterator<Item = (&str, &str)> {
    let entries = knowledge.documents().iter().flat_map(|document| &document.entries);
    let boundaries = knowledge.documents().iter().flat_map(|document| &document.boundaries);
    let of_entries = entries.flat_map(|entry| entry.wordings().map(|wording| (entry.id.as_str(), wording)));
    of_entries.chain(boundaries.flat_map(|boundary| boundary.wordings().map(|wording| (boundary.id.as_str(), wording))))
}
