//! The report of the self-test: how the library answers wordings that it does not know, and what to change in the file.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Library;
use super::reply::Reply;
use crate::knowledge::{Entry, EntryKey, ItemKey, Knowledge, WordingKey};
use crate::matching::{HeldOutWording, Outcome, Reason};

/// 95 % of a normal distribution are within this many standard deviations.
const CONFIDENCE_95: f64 = 1.96;

/// A share with its margin of error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// From 0 to 1; for a difference, from -1.
    pub share: f64,
    /// With a probability of 95 %, sampling error changes the share by no more than this.
    pub margin: f64,
}

/// The replies to wordings that were left out of training.
#[derive(Clone, Debug, Serialize)]
pub struct SelfTest {
    /// The replies to the wordings of entries.
    pub entries: SelfTestTally,
    /// The share of them that their own entry answers.
    pub right: Estimate,
    /// The number of wordings of boundaries that were asked.
    pub boundary_wordings: usize,
    /// The number of them that an entry answered.
    pub boundary_wordings_answered: usize,
    /// The ids of the entries with a single wording, which cannot be tested.
    pub untested: Vec<String>,
    /// The entries some of whose wordings they do not answer, those that need other words most first.
    pub weak_entries: Vec<WeakEntry>,
    /// The boundaries that are nearer to wordings of entries than their entries, those with the most first.
    pub taking_boundaries: Vec<TakingBoundary>,
    /// The wordings that an entry or boundary of another document takes.
    pub between_documents: Vec<FailedWording>,
    /// The difference that one wording makes: the share of wordings whose entry is ranked first, minus that share with
    /// one wording fewer in each entry and boundary. One more wording brings about as much, or a little less. It is not
    /// the share of right answers, because the confidence is that of the whole file. `None` if nothing was asked.
    pub gain_of_one_wording: Option<Estimate>,
}

/// The replies to wordings of entries.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SelfTestTally {
    /// All wordings.
    pub asked: usize,
    /// Answered by their own entry.
    pub right: usize,
    /// Answered by another entry that cites the same paragraph.
    pub same_paragraph: usize,
    /// Answered by another entry.
    pub wrong: usize,
    /// Their entry is among the suggestions.
    pub suggested_with: usize,
    /// Their entry is not among the suggestions.
    pub suggested_without: usize,
    /// Replied that the text does not answer them.
    pub refused: usize,
    /// Their entry is ranked first, whatever the reply.
    pub first: usize,
}

/// An entry that does not answer some of its wordings when they are left out.
#[derive(Clone, Debug, Serialize)]
pub struct WeakEntry {
    /// Its id.
    pub id: String,
    /// The wordings that were asked.
    pub asked: usize,
    /// The wordings that it did not answer.
    pub failed: Vec<FailedWording>,
    /// The words of those that none of its other texts has, the commonest first.
    pub lone_words: Vec<String>,
    /// The advice, in words.
    pub action: String,
}

/// A wording that its own entry did not answer when it was left out.
#[derive(Clone, Debug, Serialize)]
pub struct FailedWording {
    /// The id of its entry.
    pub entry: String,
    /// The wording.
    pub wording: String,
    /// The outcome.
    pub outcome: Outcome,
    /// Its reason.
    pub reason: Reason,
    /// The id of the entry that answered it or would have been suggested first, or of the boundary that was nearer.
    /// `None` if its own entry was the best but not sure enough, or nothing was near.
    pub went_to: Option<String>,
    /// Whether `went_to` is a boundary.
    pub to_boundary: bool,
    /// Whether `went_to` belongs to another document.
    pub to_other_document: bool,
}

/// A boundary that is nearer to wordings of entries than their entries.
#[derive(Clone, Debug, Serialize)]
pub struct TakingBoundary {
    /// Its id.
    pub id: String,
    /// The wordings.
    pub takes: Vec<FailedWording>,
}

/// The kind of reply to a wording of an entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum HeldOutReply {
    Right,
    SameParagraph,
    Wrong,
    SuggestedWith,
    SuggestedWithout,
    Refused,
}

impl Estimate {
    /// A share of independent observations. The margin is that of Agresti and Coull (1998), which also holds for few
    /// observations and for shares near 0 and 1.
    fn of_share(count: usize, total: usize) -> Self {
        let (count, total) = (count as f64, total as f64);
        let squared = CONFIDENCE_95 * CONFIDENCE_95;
        let adjusted = (count + squared / 2.0) / (total + squared);
        let margin = CONFIDENCE_95 * (adjusted * (1.0 - adjusted) / (total + squared)).sqrt();
        Self { share: count / total.max(1.0), margin }
    }

    /// The difference of two shares of the same observations: `gained` changed to right, `lost` to something else.
    fn of_difference(gained: usize, lost: usize, total: usize) -> Self {
        let total = total.max(1) as f64;
        let margin = CONFIDENCE_95 * ((gained + lost) as f64).sqrt() / total;
        Self { share: (gained as f64 - lost as f64) / total, margin }
    }
}

impl SelfTest {
    /// Leaves out each wording of a library and asks it. Trains the matcher twelve times.
    #[must_use]
    pub fn run(library: &Library) -> Self {
        let knowledge = library.knowledge();
        let asked = library.matcher().ask_held_out(knowledge, 0);
        let with_fewer = library.matcher().ask_held_out(knowledge, 1);
        let mut entries = SelfTestTally::default();
        let mut weak: BTreeMap<EntryKey, WeakEntry> = BTreeMap::new();
        let mut lone_words: BTreeMap<EntryKey, BTreeMap<&str, usize>> = BTreeMap::new();
        let mut taking: BTreeMap<String, Vec<FailedWording>> = BTreeMap::new();
        let mut between_documents = Vec::new();
        let (mut boundary_wordings, mut boundary_wordings_answered) = (0, 0);
        let (mut gained, mut lost) = (0, 0);
        for (now, fewer) in asked.iter().zip(&with_fewer) {
            let ItemKey::Entry(key) = now.wording.item else {
                boundary_wordings += 1;
                boundary_wordings_answered += usize::from(now.verdict.outcome == Outcome::Answer);
                continue;
            };
            let result = HeldOutReply::of(library, key, now);
            let is_first =
                |asked: &HeldOutWording| asked.verdict.ranked.first().is_some_and(|first| first.entry == key);
            entries.first += usize::from(is_first(now));
            gained += usize::from(is_first(now) && !is_first(fewer));
            lost += usize::from(!is_first(now) && is_first(fewer));
            entries.count(result);
            let id = &knowledge.entry(key).id;
            let entry = weak.entry(key).or_insert_with(|| WeakEntry::new(id));
            entry.asked += 1;
            if result == HeldOutReply::Right {
                continue;
            }
            let failed = FailedWording::new(knowledge, key, now);
            if let Some(boundary) = failed.went_to.as_ref().filter(|_| failed.to_boundary) {
                taking.entry(boundary.clone()).or_default().push(failed.clone());
            }
            // A refusal without a boundary shows nothing of the other document.
            let is_taken = failed.to_boundary || failed.outcome != Outcome::Unknown;
            if failed.to_other_document && is_taken {
                between_documents.push(failed.clone());
            }
            entry.failed.push(failed);
            let words = lone_words.entry(key).or_default();
            now.missing_words.iter().for_each(|word| *words.entry(word.as_str()).or_default() += 1);
        }
        for (key, entry) in &mut weak {
            let mut words: Vec<(&str, usize)> = lone_words.remove(key).unwrap_or_default().into_iter().collect();
            words.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
            entry.lone_words = words.into_iter().map(|(word, _)| word.to_owned()).collect();
            entry.action = entry.advise();
        }
        let is_tested = |key| weak.contains_key(&key);
        let untested = knowledge.entry_keys().filter(|&key| !is_tested(key));
        let untested = untested.map(|key| knowledge.entry(key).id.clone()).collect();
        let mut weak_entries: Vec<WeakEntry> = weak.into_values().filter(|entry| !entry.failed.is_empty()).collect();
        weak_entries.sort_by(|left, right| right.need().total_cmp(&left.need()));
        let mut taking_boundaries: Vec<TakingBoundary> =
            taking.into_iter().map(|(id, takes)| TakingBoundary { id, takes }).collect();
        taking_boundaries.sort_by_key(|boundary| std::cmp::Reverse(boundary.takes.len()));
        Self {
            right: Estimate::of_share(entries.right, entries.asked),
            gain_of_one_wording: (entries.asked > 0).then(|| Estimate::of_difference(gained, lost, entries.asked)),
            entries,
            boundary_wordings,
            boundary_wordings_answered,
            untested,
            weak_entries,
            taking_boundaries,
            between_documents,
        }
    }
}

impl HeldOutReply {
    /// The reply to a wording of an entry.
    fn of(library: &Library, key: EntryKey, held_out: &HeldOutWording) -> Self {
        let knowledge = library.knowledge();
        let own = knowledge.entry(key);
        match library.reply(&held_out.verdict) {
            Reply::Passage(passage) if passage.entry.id == own.id => Self::Right,
            Reply::Passage(passage) if cites_a_paragraph_of(knowledge, key, passage.entry) => Self::SameParagraph,
            Reply::Passage(_) => Self::Wrong,
            Reply::Suggestions { entries, .. } if entries.iter().any(|entry| entry.id == own.id) => Self::SuggestedWith,
            Reply::Suggestions { .. } => Self::SuggestedWithout,
            _ => Self::Refused,
        }
    }
}

impl SelfTestTally {
    fn count(&mut self, result: HeldOutReply) {
        self.asked += 1;
        *match result {
            HeldOutReply::Right => &mut self.right,
            HeldOutReply::SameParagraph => &mut self.same_paragraph,
            HeldOutReply::Wrong => &mut self.wrong,
            HeldOutReply::SuggestedWith => &mut self.suggested_with,
            HeldOutReply::SuggestedWithout => &mut self.suggested_without,
            HeldOutReply::Refused => &mut self.refused,
        } += 1;
    }
}

impl WeakEntry {
    fn new(id: &str) -> Self {
        Self { id: id.to_owned(), asked: 0, failed: Vec::new(), lone_words: Vec::new(), action: String::new() }
    }

    /// The greater, the more its wordings need attention: an entry of four that fails in all of them comes before one of
    /// twenty that fails in five.
    fn need(&self) -> f64 {
        let failed = self.failed.len() as f64;
        failed * failed / self.asked.max(1) as f64
    }

    /// The advice about the failed wordings: it depends on whether most of them went to one place.
    fn advise(&self) -> String {
        let mut places: BTreeMap<(&str, bool), usize> = BTreeMap::new();
        for failed in &self.failed {
            if let Some(went_to) = &failed.went_to {
                *places.entry((went_to, failed.to_boundary)).or_default() += 1;
            }
        }
        let most = places.into_iter().max_by_key(|&(_, count)| count);
        // A single wording may go anywhere.
        let most = most.filter(|&(_, count)| count > 1 && 2 * count >= self.failed.len());
        match most.map(|(place, _)| place) {
            Some((boundary, true)) => format!(
                "boundary `{boundary}` is nearer: add wordings with the words of these, or take wordings like these out of the boundary"
            ),
            Some((entry, false)) => {
                format!("`{entry}` is nearer: add wordings that name what only this entry is about, or merge the two")
            }
            None if self.lone_words.is_empty() => {
                "its wordings have little in common: add some that combine their words".to_owned()
            }
            None => {
                "its wordings have little in common: add some that use these words, each with other words around it"
                    .to_owned()
            }
        }
    }
}

impl FailedWording {
    fn new(knowledge: &Knowledge, key: EntryKey, held_out: &HeldOutWording) -> Self {
        let HeldOutWording { wording: WordingKey { item, number }, verdict, .. } = held_out;
        let nearer = verdict.rival.filter(|rival| rival.lead < 0.0 && verdict.outcome != Outcome::Answer);
        let first = verdict.ranked.first().map(|first| first.entry).filter(|&first| first != key);
        let target = match nearer {
            Some(rival) => Some(ItemKey::Boundary(rival.boundary)),
            None => first.map(ItemKey::Entry),
        };
        let document = |item| std::ptr::from_ref(knowledge.document_with(item));
        let is_of_other_document = |target| document(target) != document(ItemKey::Entry(key));
        let (own, went_to) = (knowledge.entry(key).id.as_str(), target.map(|target| knowledge.id_of(target)));
        Self {
            entry: own.to_owned(),
            wording: knowledge.wordings_of(*item).get(*number).copied().unwrap_or_default().to_owned(),
            outcome: verdict.outcome,
            reason: verdict.reason,
            to_boundary: nearer.is_some(),
            to_other_document: target.is_some_and(is_of_other_document),
            went_to: went_to.map(str::to_owned),
        }
    }
}

/// Returns `true` if another entry belongs to the document of an entry and cites one of its paragraphs.
fn cites_a_paragraph_of(knowledge: &Knowledge, key: EntryKey, other: &Entry) -> bool {
    let document = knowledge.document_of(key);
    document.entries.iter().any(|entry| entry.id == other.id) && knowledge.entry(key).cites_a_paragraph_of(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(went_to: Option<&str>, to_boundary: bool) -> FailedWording {
        FailedWording {
            entry: "own".to_owned(),
            wording: "any".to_owned(),
            outcome: Outcome::Unknown,
            reason: Reason::Unlikely,
            went_to: went_to.map(str::to_owned),
            to_boundary,
            to_other_document: false,
        }
    }

    #[test]
    fn the_action_names_what_takes_most_of_the_wordings() {
        let advice = |failed: Vec<FailedWording>| WeakEntry { failed, ..WeakEntry::new("own") }.advise();
        let fares = || failed(Some("fares"), false);
        assert!(advice(vec![fares(), fares(), failed(None, false)]).starts_with("`fares` is nearer"));
        assert!(advice(vec![failed(Some("cost"), true), failed(Some("cost"), true)]).starts_with("boundary `cost`"));
        for scattered in [vec![fares()], vec![fares(), failed(Some("cost"), true), failed(None, false)]] {
            assert!(advice(scattered).starts_with("its wordings have little in common"));
        }
    }

    #[test]
    fn an_entry_that_fails_always_needs_more_than_one_that_fails_seldom() {
        let need = |count, asked| {
            WeakEntry { asked, failed: vec![failed(None, false); count], ..WeakEntry::new("own") }.need()
        };
        assert!(need(4, 4) > need(5, 20) && need(8, 20) > need(2, 2));
    }

    #[test]
    fn margins_shrink_with_the_number_of_observations() {
        let estimate = Estimate::of_share(50, 100);
        assert!((estimate.share - 0.5).abs() < 1e-9 && (0.09..0.1).contains(&estimate.margin), "{estimate:?}");
        assert!(Estimate::of_share(500, 1000).margin < estimate.margin);
        assert!(Estimate::of_share(0, 10).margin > 0.1, "no failure in ten does not mean that there is none");
        assert_eq!(Estimate::of_share(0, 0).share, 0.0);
        let difference = Estimate::of_difference(8, 2, 100);
        assert!((difference.share - 0.06).abs() < 1e-9 && (0.06..0.063).contains(&difference.margin), "{difference:?}");
    }
}
