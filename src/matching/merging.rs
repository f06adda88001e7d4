//! Merges the verdicts of several documents on one question into one. Each document decides alone; [`merge`] chooses the
//! document that replies, and ranks the entries of all.

use std::cmp::Reverse;

use super::document_matcher::DocumentVerdict;
use super::verdict::{Candidate, Outcome, RANKED_MAX, Reason, Verdict};

/// Merges the verdicts of the documents that were asked, in loading order; of equally good ones the first wins.
///
/// 1. An entry that has the question as a wording, then one that it is a topic of, is what the member asked for, even
///    where another document takes the message for small talk.
/// 2. Then small talk of a document.
/// 3. Then the surest answer or suggestion. A boundary says what its own document lacks, so it never refuses what an
///    entry of another document answers. It refuses what another document only suggests, if it is surer.
/// 4. If no document has an answer, the nearest one says so: that with the surest boundary, else that with the surest
///    entry.
pub(super) fn merge(mut verdicts: Vec<DocumentVerdict>) -> Verdict {
    let chosen = choose(&verdicts);
    if verdicts.len() == 1 {
        return verdicts.swap_remove(chosen).verdict;
    }
    let (ranked, plausible) = rank(&verdicts, chosen);
    Verdict { ranked, plausible, ..verdicts.swap_remove(chosen).verdict }
}

/// The index of the verdict of the document that replies.
fn choose(verdicts: &[DocumentVerdict]) -> usize {
    let surest = |is_eligible: &dyn Fn(&Verdict) -> bool, confidence: &dyn Fn(&DocumentVerdict) -> f32| {
        let eligible = verdicts.iter().enumerate().filter(|(_, document)| is_eligible(&document.verdict));
        // `max_by` returns the last of equal maxima; reversed, that is the first document.
        eligible.rev().max_by(|left, right| confidence(left.1).total_cmp(&confidence(right.1))).map(|(index, _)| index)
    };
    let by_reason = |reason| surest(&|verdict| verdict.reason == reason, &|document| document.entry_confidence);
    let offered = surest(&|verdict| matches!(verdict.outcome, Outcome::Answer | Outcome::Suggest), &|document| {
        document.verdict.confidence
    });
    let refused = surest(&|verdict| verdict.reason == Reason::Boundary, &boundary_confidence);
    let offered = offered.filter(|&offered| {
        let is_answer = verdicts[offered].verdict.outcome == Outcome::Answer;
        is_answer
            || refused.is_none_or(|refused| boundary_confidence(&verdicts[refused]) <= confidence(verdicts, offered))
    });
    [by_reason(Reason::Wording), by_reason(Reason::Topic), by_reason(Reason::SmallTalk), offered, refused]
        .into_iter()
        .flatten()
        .next()
        // A question without a content word in the language of one document has no topic in another language.
        .or_else(|| by_reason(Reason::NoContent))
        // A document in another language says less than any other.
        .or_else(|| surest(&|verdict| verdict.reason != Reason::OtherLanguage, &|document| document.entry_confidence))
        .unwrap_or(0)
}

fn confidence(verdicts: &[DocumentVerdict], index: usize) -> f32 {
    verdicts[index].verdict.confidence
}

/// The confidence in the boundary that refuses a question; 1 if it has the question as a wording.
fn boundary_confidence(document: &DocumentVerdict) -> f32 {
    let Verdict { boundary, rival, .. } = &document.verdict;
    rival.filter(|rival| Some(rival.boundary) == *boundary).map_or(1.0, |rival| rival.confidence)
}

/// The entries of all documents, at most [`RANKED_MAX`], the best first, and the number of plausible ones among them,
/// which come before the others. The first entry of the document that replies stays first.
///
/// Scores of different documents cannot be compared, because each document weighs words by their rarity in its own
/// wordings. The confidence can, but is known of a document's first entry only; its other entries count for as much less
/// as their scores are lower.
fn rank(verdicts: &[DocumentVerdict], chosen: usize) -> (Vec<Candidate>, usize) {
    struct Ranked {
        candidate: Candidate,
        is_first: bool,
        is_plausible: bool,
        confidence: f32,
    }
    let is_offered = matches!(verdicts[chosen].verdict.outcome, Outcome::Answer | Outcome::Suggest);
    let mut all: Vec<Ranked> = Vec::new();
    for (index, DocumentVerdict { verdict, entry_confidence }) in verdicts.iter().enumerate() {
        let Some(best) = verdict.ranked.first().map(|first| first.score) else { continue };
        for (position, &candidate) in verdict.ranked.iter().enumerate() {
            let share = (candidate.score / best.max(f32::MIN_POSITIVE)).min(1.0);
            let is_plausible = position < verdict.plausible;
            // The topic of a boundary is nearest to the entries of its own document.
            let is_first = index == chosen && if is_offered { position == 0 } else { is_plausible };
            all.push(Ranked { candidate, is_first, is_plausible, confidence: entry_confidence * share });
        }
    }
    all.sort_by(|left, right| {
        let group = |ranked: &Ranked| Reverse((ranked.is_first, ranked.is_plausible));
        group(left).cmp(&group(right)).then(right.confidence.total_cmp(&left.confidence))
    });
    all.truncate(RANKED_MAX);
    let plausible = all.iter().take_while(|ranked| ranked.is_plausible).count();
    (all.into_iter().map(|ranked| ranked.candidate).collect(), plausible)
}

#[cfg(test)]
mod tests {
    use super::super::verdict::Rival;
    use super::*;
    use crate::knowledge::{BoundaryKey, EntryKey};

    /// The verdict of a document with two entries from `first` on, of which the second scores half as much.
    fn verdict(outcome: Outcome, reason: Reason, confidence: f32, first: usize) -> DocumentVerdict {
        let ranked = [(first, 0.6), (first + 1, 0.3)].map(|(entry, score)| Candidate { entry: EntryKey(entry), score });
        let is_refused = reason == Reason::Boundary;
        let shown = if is_refused { 0.0 } else { confidence };
        let boundary = Some(BoundaryKey(first)).filter(|_| is_refused);
        let rival = boundary.map(|boundary| Rival { boundary, lead: -0.2, confidence });
        let verdict = Verdict::new(outcome, reason, shown, ranked.into());
        DocumentVerdict { verdict: Verdict { boundary, rival, plausible: 1, ..verdict }, entry_confidence: confidence }
    }

    fn answer(reason: Reason, confidence: f32, first: usize) -> DocumentVerdict {
        verdict(Outcome::Answer, reason, confidence, first)
    }

    fn unknown(reason: Reason, confidence: f32, first: usize) -> DocumentVerdict {
        verdict(Outcome::Unknown, reason, confidence, first)
    }

    #[test]
    fn the_document_that_replies_is_the_one_with_the_best_reason_and_then_the_surest() {
        use Reason::{
            Boundary, Confident, NearTie, NoContent, OtherLanguage, Topic, UnknownWords, Unlikely, Unsure, Wording,
        };
        let suggest = |reason, confidence, first| verdict(Outcome::Suggest, reason, confidence, first);
        let small_talk = |first| verdict(Outcome::SmallTalk, Reason::SmallTalk, 0.0, first);
        for (one, other, reason, confidence) in [
            (answer(Confident, 0.6, 0), answer(Confident, 0.8, 10), Confident, 0.8),
            (answer(Topic, 0.9, 0), answer(Confident, 0.95, 10), Topic, 0.9),
            (answer(Wording, 0.99, 0), answer(Topic, 1.0, 10), Wording, 0.99),
            (answer(Wording, 0.99, 0), small_talk(10), Wording, 0.99),
            (answer(Confident, 0.9, 0), small_talk(10), Reason::SmallTalk, 0.0),
            // A boundary does not refuse what another document answers, however sure it is.
            (answer(Confident, 0.5, 0), unknown(Boundary, 0.95, 10), Confident, 0.5),
            (suggest(Unsure, 0.4, 0), unknown(Boundary, 0.3, 10), Unsure, 0.4),
            (suggest(Unsure, 0.4, 0), unknown(Boundary, 0.8, 10), Boundary, 0.0),
            (suggest(NearTie, 0.8, 0), answer(Confident, 0.6, 10), NearTie, 0.8),
            (suggest(Unsure, 0.4, 0), answer(Confident, 0.6, 10), Confident, 0.6),
            (unknown(UnknownWords, 0.1, 0), unknown(Unlikely, 0.2, 10), Unlikely, 0.2),
            (unknown(OtherLanguage, 0.0, 0), unknown(Unlikely, 0.2, 10), Unlikely, 0.2),
            (unknown(OtherLanguage, 0.0, 0), unknown(NoContent, 0.2, 10), NoContent, 0.2),
            (unknown(Unlikely, 0.4, 0), unknown(NoContent, 0.2, 10), NoContent, 0.2),
            (unknown(OtherLanguage, 0.0, 0), unknown(OtherLanguage, 0.0, 10), OtherLanguage, 0.0),
        ] {
            for verdicts in [vec![one.clone(), other.clone()], vec![other.clone(), one.clone()]] {
                let merged = merge(verdicts);
                assert_eq!((merged.reason, merged.confidence), (reason, confidence), "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn the_surest_boundary_is_named() {
        let merged = merge(vec![unknown(Reason::Boundary, 0.6, 0), unknown(Reason::Boundary, 0.7, 10)]);
        assert_eq!(merged.boundary, Some(BoundaryKey(10)));
        assert_eq!(merged.ranked[0].entry, EntryKey(10), "its own document has the nearest entry");
    }

    #[test]
    fn entries_are_ranked_by_the_confidence_of_their_document_plausible_ones_first() {
        let entries = |verdicts| {
            let merged: Verdict = merge(verdicts);
            let entries: Vec<usize> = merged.ranked.iter().map(|candidate| candidate.entry.0).collect();
            (entries, merged.plausible)
        };
        let suggest = |confidence, first| verdict(Outcome::Suggest, Reason::Unsure, confidence, first);
        assert_eq!(entries(vec![suggest(0.3, 0), suggest(0.4, 10)]), (vec![10, 0, 11, 1], 2));
        assert_eq!(entries(vec![suggest(0.3, 0), suggest(0.7, 10)]), (vec![10, 0, 11, 1], 2));
        let wording = answer(Reason::Wording, 0.99, 0);
        assert_eq!(entries(vec![answer(Reason::Confident, 1.0, 10), wording]), (vec![0, 10, 11, 1], 2));
        assert_eq!(entries(vec![suggest(0.4, 3)]), (vec![3, 4], 1), "a single document ranks alone");
    }
}
