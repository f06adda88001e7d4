//! The effect of an edit on replies: asks every wording before and after the edit, and lists those with different
//! replies. This asks two questions for each wording, on two threads, until the caller says to stop.

use std::collections::{HashMap, HashSet};
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
    /// The number of questions to ask. Greater than `asked` if there was no time for all.
    pub total: usize,
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

/// Asks two libraries every wording of both and the questions of a regression set, and compares the replies. New and
/// changed wordings come first, then the regression set, then the other wordings. Stops
/// early once `may_ask` is false; its argument is the number of questions asked so far.
#[must_use]
pub fn effect(
    before: &Library,
    after: &Library,
    regression: &[String],
    may_ask: impl Fn(usize) -> bool + Sync,
) -> Effect {
    let known: HashSet<(&str, &str)> = wordings(before.knowledge()).collect();
    let (new, unchanged): (Vec<_>, Vec<_>) = wordings(after.knowledge()).partition(|wording| !known.contains(wording));
    let owned = |(id, wording)| (Some(id), wording);
    let others = regression.iter().map(|question| (None, question.as_str()));
    let first = new.into_iter().map(owned).chain(others);
    let rest = unchanged.into_iter().chain(wordings(before.knowledge())).map(owned);
    // A question of the regression set that is also a wording has an owner.
    let mut owners: HashMap<&str, Option<&str>> = HashMap::new();
    let mut questions: Vec<&str> = Vec::new();
    for (owner, question) in first.chain(rest) {
        owners.entry(question).and_modify(|known| *known = known.or(owner)).or_insert_with(|| {
            questions.push(question);
            owner
        });
    }
    let (before, after) = thread::scope(|scope| {
        let before = scope.spawn(|| ask_all(before, &questions, &may_ask));
        let after = ask_all(after, &questions, &may_ask);
        (before.join(), after)
    });
    let before = before.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let (asked, total) = (before.len().min(after.len()), questions.len());
    let changes =
        questions.into_iter().zip(before.into_iter().zip(after)).filter(|(_, (before, after))| !before.is_like(after));
    let mut changes: Vec<ReplyChange> = changes
        .map(|(question, (before, after))| ReplyChange {
            question: question.to_owned(),
            owner: owners.get(question).copied().flatten().map(str::to_owned),
            before,
            after,
        })
        .collect();
    changes.sort_by_key(|change| !change.is_lost());
    let (changed, lost) = (changes.len(), changes.iter().filter(|change| change.is_lost()).count());
    changes.truncate(REPLY_CHANGES_MAX);
    Effect { asked, total, changed, lost, changes }
}

/// Asks questions in order until `may_ask` is false.
fn ask_all(library: &Library, questions: &[&str], may_ask: &(impl Fn(usize) -> bool + Sync)) -> Vec<PredictedReply> {
    questions.iter().enumerate().take_while(|(asked, _)| may_ask(*asked)).map(|(_, text)| ask(library, text)).collect()
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::knowledge;
    use crate::matching::Thresholds;

    #[test]
    fn a_comparison_that_is_stopped_has_asked_the_changed_wordings_first() {
        let before = knowledge::builtin().unwrap();
        let mut documents = before.documents().to_vec();
        let last = documents[0].entries.last_mut().unwrap();
        last.also_asked.push("Is the zorblax glimmering?".to_owned());
        let library = |knowledge| Library::new(knowledge, Thresholds::default());
        let (before, after) = (library(before), library(Knowledge::new(documents)));
        let regression = ["Who is Suga?".to_owned()];
        let all = effect(&before, &after, &regression, |_| true);
        assert_eq!(all.asked, all.total);
        let one = effect(&before, &after, &regression, |asked| asked < 1);
        assert_eq!((one.asked, one.total, one.changed), (1, all.total, 1));
        assert_eq!(one.changes[0].question, "Is the zorblax glimmering?");
        let none = effect(&before, &after, &regression, |_| false);
        assert_eq!((none.asked, none.total, none.changed), (0, all.total, 0));
    }
}
