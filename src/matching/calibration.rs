//! Calibration: adapts the confidence to the loaded file, by cross-validation on the file's own wordings.
//!
//! A second classifier is trained without some of the wordings and without some of the classes. The wordings left out
//! are then asked: those of a class that it knows are answerable; those of a class that it does not know, those of
//! boundaries and everyday questions are not. The confidence model is fitted to the outcome.

use super::classifier::Classifier;
use super::confidence::{ConfidenceModel, Sample};
use super::english::{everyday_questions, everyday_unspaced_questions};
use super::feature::word_key;
use super::lexicon::{CorrectionMemo, Lexicon};
use super::vectorizer::{LearningLimit, TooMuchToLearn};
use super::verdict::NEAR_TIE;
use crate::knowledge::wording::normalise;
use crate::knowledge::{EntryKey, ItemKey, Knowledge};

/// One class in this many is left out with all its wordings. More would leave too few rivals for the others.
const CLASSES_PER_OMITTED: u64 = 8;

/// One wording in this many is left out of its class. More would make the questions harder than those of users, for
/// whom all wordings are known.
pub(super) const WORDINGS_PER_HELD_OUT: u64 = 6;

/// The most rounds, each of which leaves out other wordings and classes.
const ROUNDS_MAX: u64 = WORDINGS_PER_HELD_OUT;

/// The wordings that all rounds together train on, about. A small file needs several rounds for enough samples.
const WORDINGS_TRAINED: usize = 2_000;

/// The fewest answerable questions to calibrate on. With fewer, the prior is the better guess.
const ANSWERABLE_MIN: usize = 10;

/// The most questions that the samples count for together, relative to the prior, which counts for one or two for each
/// parameter.
const WEIGHT_MAX: f64 = 1000.0;

/// The most scores computed in all rounds: questions times classes. A file with so many classes needs no more questions
/// to be calibrated than these, and asking more would take time that grows with the square of its size.
const SCORES_MAX: usize = 40_000_000;

/// The share of answerable questions among all that users ask; the intercept is corrected for it (King & Zeng 2001).
/// The curators of the public sets found 65 to 88 %; the bot also reads messages that are no question to it. With 0.6, it
/// answers 8 instead of 5 of 500 everyday messages, and one more of a hundred questions.
const ANSWERABLE_SHARE: f64 = 0.58;

/// The kinds of questions to calibrate on, with the share of each. Everyday questions have a large share because the
/// bot must stay silent on them in a channel that it listens to; the intercept is corrected for that.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum SampleKind {
    /// A wording left out of a known entry.
    Answerable,
    /// A wording of an entry that was left out.
    OmittedEntry,
    /// A wording left out of a known boundary.
    KnownBoundary,
    /// A wording of a boundary that was left out.
    OmittedBoundary,
    /// An everyday question in English. Foreign to a document in another language, it still teaches what a question about
    /// another subject looks like: without them, documents in German, French and Russian answer 60 % instead of 86 % of
    /// the questions, because too few samples are left.
    Everyday,
}

impl SampleKind {
    const ALL: [Self; 5] =
        [Self::Answerable, Self::OmittedEntry, Self::KnownBoundary, Self::OmittedBoundary, Self::Everyday];

    fn share(self) -> f64 {
        match self {
            Self::Answerable => 0.46,
            Self::OmittedEntry => 0.04,
            Self::KnownBoundary => 0.03,
            Self::OmittedBoundary => 0.02,
            Self::Everyday => 0.45,
        }
    }
}

/// The confidence model for a file: its prior, adapted to the file's own wordings.
///
/// # Errors
/// If the wordings have more features than `limit` allows.
pub(super) fn calibrate(
    knowledge: &Knowledge,
    lexicon: &Lexicon,
    limit: LearningLimit,
    prior: ConfidenceModel,
) -> Result<ConfidenceModel, TooMuchToLearn> {
    let wordings: usize = knowledge.item_keys().map(|item| knowledge.wordings_of(item).len()).sum();
    let rounds = (WORDINGS_TRAINED.div_ceil(wordings.max(1)) as u64).clamp(1, ROUNDS_MAX);
    let rounds: Vec<Round> = (0..rounds).map(|number| Round::new(knowledge, number, rounds)).collect();
    let answerable = |samples: &mut dyn Iterator<Item = SampleKind>| {
        samples.filter(|kind| *kind == SampleKind::Answerable).count() >= ANSWERABLE_MIN
    };
    let mut questions: Vec<Vec<CalibrationQuestion<'_>>> =
        rounds.iter().map(|round| round.questions(knowledge)).collect();
    if !answerable(&mut questions.iter().flatten().map(|question| question.kind)) {
        return Ok(prior);
    }
    let most = SCORES_MAX / rounds.len() / (knowledge.item_keys().count().max(1));
    questions.iter_mut().for_each(|questions| thin_out(questions, most));
    let mut samples: Vec<(SampleKind, Sample)> = Vec::new();
    for (round, questions) in rounds.iter().zip(&questions) {
        let includes = |class: usize, wording: Option<&str>| {
            !round.omits(class) && !wording.is_some_and(|wording| round.holds_out(wording))
        };
        let classifier = Classifier::new(knowledge, lexicon, limit, includes)?;
        let sample = |question: &CalibrationQuestion<'_>| {
            Some((question.kind, sample(&classifier, lexicon, question, knowledge)?))
        };
        samples.extend(questions.iter().filter_map(sample));
    }
    let has_negatives = samples.iter().any(|(kind, _)| *kind != SampleKind::Answerable);
    if !answerable(&mut samples.iter().map(|(kind, _)| *kind)) || !has_negatives {
        return Ok(prior);
    }
    weigh(&mut samples);
    let kinds = || SampleKind::ALL.into_iter().filter(|kind| samples.iter().any(|(of, _)| of == kind));
    let answerable = SampleKind::Answerable.share() / kinds().map(SampleKind::share).sum::<f64>();
    let log_odds = |share: f64| (share / (1.0 - share)).ln();
    let shift = (log_odds(ANSWERABLE_SHARE) - log_odds(answerable)) as f32;
    let samples: Vec<Sample> = samples.into_iter().map(|(_, sample)| sample).collect();
    Ok(prior.shifted(-shift).fitted(&samples).shifted(shift))
}

/// Keeps about `most` of the questions, chosen by their text, so that the order of the file does not matter.
fn thin_out(questions: &mut Vec<CalibrationQuestion<'_>>, most: usize) {
    const DIVISIONS: u64 = 1 << 16;
    if questions.len() > most {
        let kept = DIVISIONS * most as u64 / questions.len() as u64;
        // Uses other bits of the hash than `Round`.
        questions.retain(|question| hash(question.text) >> 8 & (DIVISIONS - 1) < kept);
    }
}

/// A question to calibrate on.
struct CalibrationQuestion<'a> {
    text: &'a str,
    kind: SampleKind,
    /// The class that the wording belongs to.
    class: Option<usize>,
}

/// Asks a question. Returns `None` if its confidence does not matter because another rule decides.
fn sample(
    classifier: &Classifier,
    lexicon: &Lexicon,
    question: &CalibrationQuestion<'_>,
    knowledge: &Knowledge,
) -> Option<Sample> {
    let read = classifier.read(question.text, lexicon, &mut CorrectionMemo::default());
    let ranking = classifier.rank(&read);
    let first = *ranking.entries.first()?;
    let rival = classifier.rival(&ranking, Some(first));
    if read.content.is_empty()
        || rival.is_some_and(|(_, lead)| lead < NEAR_TIE)
        || classifier.entry_about(&read, &ranking).is_some()
    {
        return None;
    }
    // Of entries that cite the same paragraph, one may answer the question of the other.
    let answers = |class| class == first || cite_the_same_paragraph(knowledge, class, first);
    let is_answered = question.class.is_some_and(answers);
    if question.kind == SampleKind::OmittedEntry && is_answered {
        return None;
    }
    let is_right = question.kind == SampleKind::Answerable && is_answered;
    let evidence = classifier.evidence(&read, &ranking.scores, first);
    Some(Sample { observations: evidence.observations(), is_right, weight: 1.0 })
}

/// Weighs the samples so that each kind has its share.
fn weigh(samples: &mut [(SampleKind, Sample)]) {
    let count = |kind| samples.iter().filter(|(of, _)| *of == kind).count();
    let counts = SampleKind::ALL.map(|kind| (kind, count(kind)));
    let shares: f64 = counts.iter().filter(|&&(_, count)| count > 0).map(|(kind, _)| kind.share()).sum();
    let total = WEIGHT_MAX.min(2.0 * counts[0].1 as f64);
    for (kind, sample) in samples {
        let count = counts.iter().find(|(of, _)| of == kind).map_or(1, |&(_, count)| count);
        sample.weight = total * kind.share() / shares / count as f64;
    }
}

/// One round of the cross-validation. A wording or a class is left out by a hash of its text, so that the order of a
/// file does not matter.
struct Round {
    number: u64,
    /// The number of all rounds.
    rounds: u64,
    /// For each class, whether it is left out.
    omitted: Vec<bool>,
}

impl Round {
    fn new(knowledge: &Knowledge, number: u64, rounds: u64) -> Self {
        let question = |item| knowledge.wordings_of(item).first().copied().unwrap_or_default();
        let omits = |item| hash(question(item)) % CLASSES_PER_OMITTED == number % CLASSES_PER_OMITTED;
        Self { number, rounds, omitted: knowledge.item_keys().map(omits).collect() }
    }

    fn omits(&self, class: usize) -> bool {
        self.omitted[class]
    }

    fn holds_out(&self, wording: &str) -> bool {
        // Uses other bits of the hash than `omits`.
        hash(wording) / CLASSES_PER_OMITTED % WORDINGS_PER_HELD_OUT == self.number
    }

    /// The wordings that are left out, and the everyday questions.
    fn questions<'a>(&self, knowledge: &'a Knowledge) -> Vec<CalibrationQuestion<'a>> {
        let mut questions: Vec<CalibrationQuestion<'_>> = Vec::new();
        for (class, item) in knowledge.item_keys().enumerate() {
            let wordings = knowledge.wordings_of(item);
            // A class whose wordings are all left out is not known either.
            let is_known = !self.omits(class) && wordings.iter().any(|wording| !self.holds_out(wording));
            let kind = match (item, is_known) {
                (ItemKey::Entry(_), true) => SampleKind::Answerable,
                (ItemKey::Entry(_), false) => SampleKind::OmittedEntry,
                (ItemKey::Boundary(_), true) => SampleKind::KnownBoundary,
                (ItemKey::Boundary(_), false) => SampleKind::OmittedBoundary,
            };
            let asked = wordings.into_iter().filter(|wording| !is_known || self.holds_out(wording));
            questions.extend(asked.map(|text| CalibrationQuestion { text, kind, class: Some(class) }));
        }
        // All rounds together ask each everyday question once.
        let everyday = everyday_questions().chain(everyday_unspaced_questions()).enumerate();
        let everyday = everyday.filter(|&(position, _)| position as u64 % self.rounds == self.number);
        questions.extend(everyday.map(|(_, text)| CalibrationQuestion {
            text,
            kind: SampleKind::Everyday,
            class: None,
        }));
        questions
    }
}

/// A number that depends on the text in normal form alone.
pub(super) fn hash(text: &str) -> u64 {
    word_key(&normalise(text)) >> u32::BITS
}

/// Whether both classes are entries of one document that cite the same paragraph.
fn cite_the_same_paragraph(knowledge: &Knowledge, class: usize, other: usize) -> bool {
    let entries = knowledge.entry_keys().len();
    if class >= entries || other >= entries {
        return false;
    }
    let (one, other) = (EntryKey(class), EntryKey(other));
    std::ptr::eq(knowledge.document_of(one), knowledge.document_of(other))
        && knowledge.entry(one).cites_a_paragraph_of(knowledge.entry(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::{Document, Entry};
    use crate::matching::language_words::LanguageWords;

    /// Six entries with twelve wordings each, of made-up names.
    fn knowledge() -> Knowledge {
        let entry = |number: usize| {
            let name = ["zorbl", "quavix", "mentral", "ploxin", "drathe", "yuvenko"][number];
            let frames = ["who is", "where is", "tell me of", "history of", "price of", "colour of", "size of"];
            let mut wordings: Vec<String> = frames.iter().map(|frame| format!("{frame} {name}")).collect();
            wordings.extend(["north", "south", "harbour", "garden", "tower"].map(|word| format!("{name} {word}")));
            Entry {
                id: name.to_owned(),
                question: wordings[0].clone(),
                also_asked: wordings[1..].to_vec(),
                ..Entry::default()
            }
        };
        Knowledge::new(vec![Document { entries: (0..6).map(entry).collect(), ..Document::default() }])
    }

    #[test]
    fn each_round_asks_what_it_leaves_out() {
        let knowledge = knowledge();
        let rounds: Vec<Round> = (0..ROUNDS_MAX).map(|number| Round::new(&knowledge, number, ROUNDS_MAX)).collect();
        let mut everyday = 0;
        for round in &rounds {
            for question in round.questions(&knowledge) {
                match question.kind {
                    SampleKind::Answerable => {
                        let class = question.class.unwrap_or_default();
                        assert!(round.holds_out(question.text) && !round.omits(class), "{}", question.text);
                    }
                    SampleKind::Everyday => everyday += 1,
                    _ => {}
                }
            }
        }
        let all = everyday_questions().chain(everyday_unspaced_questions()).count();
        assert_eq!(everyday, all, "all rounds together ask each everyday question once");
        let held_out = |wording: &str| rounds.iter().filter(|round| round.holds_out(wording)).count();
        let item = knowledge.item_keys().next();
        for wording in item.map(|item| knowledge.wordings_of(item)).unwrap_or_default() {
            assert_eq!(held_out(wording), 1, "each wording is left out once: {wording}");
        }
    }

    #[test]
    fn a_file_with_few_wordings_keeps_the_prior() {
        let entry = Entry { id: "a".into(), question: "Who built the tower?".into(), ..Entry::default() };
        let knowledge = Knowledge::new(vec![Document { entries: vec![entry], ..Document::default() }]);
        let lexicon = Lexicon::new(LanguageWords::of("en"), ["Who built the tower?"].into_iter(), std::iter::empty());
        let prior = ConfidenceModel::prior(1.0, 0.25);
        assert_eq!(calibrate(&knowledge, &lexicon, LearningLimit::NONE, prior), Ok(prior));
    }

    #[test]
    fn the_kinds_of_samples_have_their_shares() {
        let sample = Sample { observations: [0.0; 5], is_right: false, weight: 1.0 };
        let kinds = [SampleKind::Answerable, SampleKind::Answerable, SampleKind::Everyday];
        let mut samples: Vec<(SampleKind, Sample)> = kinds.map(|kind| (kind, sample)).into();
        weigh(&mut samples);
        let weight = |kind| samples.iter().filter(|(of, _)| *of == kind).map(|(_, sample)| sample.weight).sum::<f64>();
        let ratio = SampleKind::Answerable.share() / SampleKind::Everyday.share();
        assert!((weight(SampleKind::Answerable) / weight(SampleKind::Everyday) - ratio).abs() < 1e-9);
    }
}
