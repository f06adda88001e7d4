//! The [`Matcher`]: one [`DocumentMatcher`] for each document, and the questions that they are asked together.
//! Each document is learned, calibrated and asked alone; `merging` turns their verdicts into one.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::{Arc, LazyLock};

use super::cache::{self, CacheKey};
use super::classifier::ReadQuestion;
use super::document_matcher::{DocumentMatcher, DocumentVerdict, WordShare};
use super::index::POSTINGS_READ_MAX;
use super::language::Languages;
use super::language_words::LanguageWords;
use super::lexicon::CorrectionMemo;
use super::merging::merge;
use super::segments::{QUESTIONS_MAX, may_have_several, segments};
use super::small_talk::SmallTalkIndex;
use super::vectorizer::{LearningLimit, TooMuchToLearn};
use super::verdict::{Outcome, Reason, Thresholds, Verdict};
use crate::knowledge::wording::{QUESTION_CHARS_MAX, start_of_question};
use crate::knowledge::{BoundaryKey, EntryKey, ItemKey, Knowledge, SmallTalkKey, builtin_small_talk, limits};

/// The characters of a question that each document reads at least, however many documents share the work: a question of
/// fifty words.
const SHARED_CHARS_MIN: usize = 300;

/// The questions of a message that are asked one by one at least, however many documents share the work.
const SHARED_QUESTIONS_MIN: usize = 2;

/// A classifier of questions by the wordings of a [`Knowledge`]. The time of a question depends on its length and on the
/// number of documents, and hardly on their size.
#[derive(Clone, Debug)]
pub struct Matcher {
    thresholds: Thresholds,
    /// The documents that answer, in loading order. Without any, one that knows nothing.
    pub(super) documents: Vec<MatchedDocument>,
    /// The number of small talk of all documents. The built-in small talk has the keys that follow.
    small_talk: usize,
}

/// The matcher of one document, and the keys of its first entry, boundary and small talk.
#[derive(Clone, Debug)]
pub(super) struct MatchedDocument {
    pub matcher: Arc<DocumentMatcher>,
    /// The number of the document in loading order.
    pub number: usize,
    first_entry: usize,
    first_boundary: usize,
    first_small_talk: usize,
}

/// Facts about the words of one message. Its parts contain the same words.
pub(super) struct MessageMemo {
    /// The corrections that each document finds.
    corrections: Vec<CorrectionMemo>,
    /// Whether any document knows a word.
    known: HashMap<String, bool>,
    /// For each document, whether the text that is decided on follows or precedes a remark with content words.
    has_remark: Vec<bool>,
}

/// The matchers of documents that were learned earlier, so that a [`Matcher`] need not learn them again.
#[derive(Debug, Default)]
pub struct Learned(Vec<Option<Arc<DocumentMatcher>>>);

impl Learned {
    /// The matchers of the documents that are equal in `before`, from which `matcher` was built, and in `knowledge`.
    #[must_use]
    pub fn unchanged(matcher: &Matcher, before: &Knowledge, knowledge: &Knowledge) -> Self {
        let known = |document| {
            let number = before.documents().iter().position(|known| known == document)?;
            let known = matcher.documents.iter().find(|known| known.number == number)?;
            Some(Arc::clone(&known.matcher))
        };
        Self(knowledge.documents().iter().map(known).collect())
    }

    /// Reads what [`Matcher::to_cache`] wrote. Leaves out the documents that are damaged or changed, and those that
    /// another program wrote.
    #[must_use]
    pub fn from_cache(knowledge: &Knowledge, program: &str, mut bytes: impl Read) -> Self {
        let documents: Vec<Cow<'_, Knowledge>> = each_document(knowledge).collect();
        let keys: Vec<CacheKey> = documents.iter().map(|document| cache::key_of(document, program)).collect();
        let mut learned: Vec<Option<Arc<DocumentMatcher>>> = vec![None; documents.len()];
        let mut size = [0; size_of::<u64>()];
        while bytes.read_exact(&mut size).is_ok() {
            let size = u64::from_le_bytes(size);
            let mut part = bytes.by_ref().take(size);
            let Some(key) = cache::read_key(&mut part) else { break };
            if let Some(number) = keys.iter().position(|known| *known == key) {
                let matcher = DocumentMatcher::from_cache(&documents[number], key, &mut part, size);
                learned[number] = matcher.map(Arc::new);
            }
            if io::copy(&mut part, &mut io::sink()).is_err() {
                break;
            }
        }
        Self(learned)
    }

    /// Returns `true` if nothing is left to learn from `knowledge`.
    #[must_use]
    pub fn is_complete(&self, knowledge: &Knowledge) -> bool {
        (0..knowledge.documents().len()).all(|number| self.of(number).is_some())
    }

    fn of(&self, number: usize) -> Option<Arc<DocumentMatcher>> {
        self.0.get(number).cloned().flatten()
    }
}

impl Matcher {
    /// Trains the classifiers and calibrates the confidence, with the default thresholds. Takes from 10 ms for 100
    /// wordings to 4 s for 100,000.
    #[must_use]
    pub fn new(knowledge: &Knowledge) -> Self {
        Self::with_learned(knowledge, &Learned::default())
    }

    /// Like [`Self::new`], without learning again what was learned earlier.
    #[must_use]
    pub fn with_learned(knowledge: &Knowledge, learned: &Learned) -> Self {
        match Self::new_within(knowledge, learned, LearningLimit::NONE) {
            Ok(matcher) => matcher,
            Err(TooMuchToLearn { .. }) => unreachable!("there is no limit"),
        }
    }

    /// Like [`Self::with_learned`], but uses a limited amount of memory. Documents are learned one after another, so the
    /// limit is that of each.
    ///
    /// # Errors
    /// If a document that is not learned yet has more features than `limit` allows.
    pub fn new_within(knowledge: &Knowledge, learned: &Learned, limit: LearningLimit) -> Result<Self, TooMuchToLearn> {
        let mut documents = Vec::with_capacity(knowledge.documents().len());
        let (mut first_entry, mut first_boundary, mut first_small_talk) = (0, 0, 0);
        for (number, (document, content)) in each_document(knowledge).zip(knowledge.documents()).enumerate() {
            let matcher = match learned.of(number) {
                Some(matcher) => matcher,
                None => Arc::new(DocumentMatcher::new(&document, limit)?),
            };
            documents.push(MatchedDocument { matcher, number, first_entry, first_boundary, first_small_talk });
            first_entry += content.entries.len();
            first_boundary += content.boundaries.len();
            first_small_talk += content.small_talk.len();
        }
        Ok(Self { thresholds: Thresholds::default(), documents, small_talk: first_small_talk }.or_empty())
    }

    /// Adds a document that knows nothing if there is none.
    fn or_empty(mut self) -> Self {
        static EMPTY: LazyLock<Arc<DocumentMatcher>> = LazyLock::new(|| {
            let matcher = DocumentMatcher::new(&Knowledge::default(), LearningLimit::NONE);
            Arc::new(matcher.unwrap_or_else(|TooMuchToLearn { .. }| unreachable!("there is no limit")))
        });
        if self.documents.is_empty() {
            let (matcher, number) = (Arc::clone(&EMPTY), usize::MAX);
            let (first_entry, first_boundary, first_small_talk) = (0, 0, 0);
            self.documents.push(MatchedDocument { matcher, number, first_entry, first_boundary, first_small_talk });
        }
        self
    }

    /// The same matcher without the other documents: as if they were not loaded, but with the same keys. `documents` are
    /// numbers in loading order.
    #[must_use]
    pub fn only(&self, documents: &[usize]) -> Self {
        let kept = self.documents.iter().filter(|document| documents.contains(&document.number)).cloned();
        Self { documents: kept.collect(), ..*self }.or_empty()
    }

    /// The same matcher with another matcher for each document.
    pub(super) fn with_matchers(&self, other: impl FnMut(&MatchedDocument) -> Arc<DocumentMatcher>) -> Self {
        let others: Vec<Arc<DocumentMatcher>> = self.documents.iter().map(other).collect();
        let documents = self.documents.iter().zip(others);
        let documents = documents.map(|(document, matcher)| MatchedDocument { matcher, ..*document }).collect();
        Self { documents, ..*self }
    }

    /// The memory that learning this knowledge takes, in bytes, as [`LearningLimit`] counts it: that of the document
    /// that takes the most.
    #[must_use]
    pub fn learning_bytes(knowledge: &Knowledge) -> usize {
        each_document(knowledge).map(|document| DocumentMatcher::learning_bytes(&document)).max().unwrap_or(0)
    }

    /// The trained classifiers as bytes for [`Learned::from_cache`]: those of each document after their length.
    /// `program` identifies the program, because another version may train differently.
    #[must_use]
    pub fn to_cache(&self, knowledge: &Knowledge, program: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        for document in self.documents.iter().filter(|document| document.number < knowledge.documents().len()) {
            let part = document.matcher.to_cache(cache::key_of(&one_document(knowledge, document.number), program));
            bytes.extend((part.len() as u64).to_le_bytes());
            bytes.extend(part);
        }
        bytes
    }

    /// The languages of the entries' wordings.
    #[must_use]
    pub fn languages(&self) -> Languages {
        Languages::union(self.documents.iter().map(|document| &document.matcher.languages))
    }

    /// The same matcher with other thresholds.
    #[must_use]
    pub fn with_thresholds(mut self, thresholds: Thresholds) -> Self {
        self.thresholds = thresholds;
        self
    }

    /// The least confidence for each outcome.
    #[must_use]
    pub fn thresholds(&self) -> Thresholds {
        self.thresholds
    }

    /// Ranks the entries for a message and decides how to respond. Accepts any text; ignores what follows
    /// [`start_of_question`].
    ///
    /// A message with several sentences is asked as a whole, and so is each question in it. If the whole is no answer
    /// but one of the questions is, the surest one wins: it stands among remarks. If none of the questions is and a
    /// boundary refuses one of them, the message is refused, even if its remarks resemble an entry. A question that has
    /// another answer is reported as the second one.
    #[must_use]
    pub fn ask(&self, message: &str) -> Verdict {
        let message = start_of_question(message);
        let mut memo = self.memo();
        let whole = self.decide(message, &mut memo);
        if matches!(whole.reason, Reason::SmallTalk | Reason::OtherLanguage) {
            return whole;
        }
        let segments = if may_have_several(message) { segments(message) } else { Vec::new() };
        if segments.len() < 2 {
            return whole;
        }
        let questions_max = (QUESTIONS_MAX / self.documents.len()).max(SHARED_QUESTIONS_MIN);
        let has_remark = |document: &MatchedDocument| {
            let mut remarks = segments.iter().filter(|segment| !segment.is_question);
            remarks.any(|segment| document.has_content(&message[segment.range.clone()]))
        };
        memo.has_remark = self.documents.iter().map(has_remark).collect();
        let questions = segments.iter().filter(|segment| segment.is_question && !segment.refers_back);
        let verdicts = questions.take(questions_max).map(|segment| {
            let text = &message[segment.range.clone()];
            Verdict { decided_text: Some(text.to_owned()), ..self.decide(text, &mut memo) }
        });
        let verdicts: Vec<Verdict> = verdicts.collect();
        let answers = || verdicts.iter().filter(|verdict| verdict.outcome == Outcome::Answer);
        let refused = verdicts.iter().find(|verdict| verdict.reason == Reason::Boundary);
        let surest = answers().max_by(|left, right| left.confidence.total_cmp(&right.confidence));
        let best = match (surest, refused) {
            (Some(surest), _) if whole.outcome != Outcome::Answer => surest.clone(),
            // The remarks around a question that a boundary refuses do not answer it.
            (None, Some(refused)) => refused.clone(),
            _ => whole,
        };
        let first_of = |verdict: &Verdict| verdict.ranked.first().map(|candidate| candidate.entry);
        let second = answers().filter_map(first_of).find(|&entry| Some(entry) != first_of(&best));
        Verdict { second, ..best }
    }

    /// Decides on a question that follows an answer. `context` is the answer's entry with its question; `related` are
    /// its related entries with their questions.
    ///
    /// A question that makes sense on its own is decided as usual, by all documents. Otherwise a related entry answers it
    /// if it asks for the same sort of thing ("why", "when") and contains its words; if there is none, the related
    /// entries are suggested. Related entries of other documents do not count.
    #[must_use]
    pub fn ask_in_context(&self, question: &str, context: (EntryKey, &str), related: &[(EntryKey, &str)]) -> Verdict {
        let verdict = self.ask(question);
        let Some(document) = self.document_of(context.0) else { return verdict };
        let related: Vec<(EntryKey, &str)> =
            related.iter().filter_map(|&(entry, text)| Some((document.own_entry(entry)?, text))).collect();
        let in_context = document.matcher.decide_in_context(question, &verdict, context.1, &related);
        in_context.map_or(verdict, |in_context| document.with_global_keys(in_context))
    }

    /// The verdict of each document on a single question, given the question as each reads it.
    pub(super) fn decide_each(&self, text: &str, questions: &[ReadQuestion]) -> Vec<DocumentVerdict> {
        let decide = |(document, question): (&MatchedDocument, &ReadQuestion)| {
            let DocumentVerdict { verdict, entry_confidence } =
                document.matcher.decide(self.thresholds, text, question);
            DocumentVerdict { verdict: document.with_global_keys(verdict), entry_confidence }
        };
        self.documents.iter().zip(questions).map(decide).collect()
    }

    /// Decides on a single question.
    fn decide(&self, text: &str, memo: &mut MessageMemo) -> Verdict {
        let questions = self.read_by_all(text, memo);
        let verdict = merge(self.decide_each(text, &questions));
        match self.neutral_small_talk(&verdict, &questions) {
            Some(small_talk) => {
                let verdict = Verdict::new(Outcome::SmallTalk, Reason::SmallTalk, 0.0, verdict.ranked);
                Verdict { small_talk: Some(small_talk), plausible: 0, ..verdict }
            }
            None => verdict,
        }
    }

    /// The built-in small talk that a message consists of. A document's own small talk is preferred if no other document
    /// answers: its reply may speak of that document only. The file is preferred where it has the very words.
    fn neutral_small_talk(&self, verdict: &Verdict, questions: &[ReadQuestion]) -> Option<SmallTalkKey> {
        static NEUTRAL: LazyLock<SmallTalkIndex> = LazyLock::new(|| {
            let english = &LanguageWords::of(limits::ENGLISH).tokeniser;
            SmallTalkIndex::new((0..).map(SmallTalkKey).zip(builtin_small_talk()), english)
        });
        let decided = match verdict.reason {
            Reason::Wording | Reason::Topic | Reason::Boundary => true,
            Reason::SmallTalk => self.documents.len() == 1,
            _ => false,
        };
        let found = if decided { None } else { questions.iter().find_map(|question| NEUTRAL.find(&question.words)) };
        found.map(|SmallTalkKey(number)| SmallTalkKey(self.small_talk + number))
    }

    /// The memo for a new message.
    pub(super) fn memo(&self) -> MessageMemo {
        let documents = self.documents.len();
        let corrections = self.documents.iter().map(|_| CorrectionMemo::shared_by(documents)).collect();
        MessageMemo { corrections, known: HashMap::new(), has_remark: vec![false; documents] }
    }

    /// The question as each document reads it. A document does not correct a word that another one knows.
    ///
    /// All together read about as many characters as one document may, and no more postings. Of the characters each
    /// document reads its share, but at least [`SHARED_CHARS_MIN`]. Of the postings each, the smallest document first,
    /// gets an equal share of those that are left, so that a larger one may read what a smaller one does not need.
    pub(super) fn read_by_all(&self, text: &str, memo: &mut MessageMemo) -> Vec<ReadQuestion> {
        let chars_max = (QUESTION_CHARS_MAX / self.documents.len()).max(SHARED_CHARS_MIN);
        let text = text.char_indices().nth(chars_max).map_or(text, |(end, _)| &text[..end]);
        let mut order: Vec<usize> = (0..self.documents.len()).collect();
        order.sort_by_key(|&index| self.documents[index].matcher.classifier.index.classes);
        let mut questions: Vec<ReadQuestion> = order.iter().map(|_| ReadQuestion::default()).collect();
        let &mut MessageMemo { ref mut corrections, ref mut known, ref has_remark } = memo;
        let mut is_known = |word: &str| {
            // A single document has been asked already.
            if self.documents.len() == 1 {
                return false;
            }
            known.get(word).copied().unwrap_or_else(|| {
                let is_known = self.documents.iter().any(|document| document.matcher.lexicon.knows_word(word));
                known.insert(word.to_owned(), is_known);
                is_known
            })
        };
        let mut postings = POSTINGS_READ_MAX;
        for (done, &index) in order.iter().enumerate() {
            let DocumentMatcher { classifier, lexicon, .. } = &*self.documents[index].matcher;
            let share = postings / (order.len() - done);
            let question = classifier.read_beside(text, lexicon, &mut corrections[index], &mut is_known, share);
            postings = postings.saturating_sub(classifier.index.postings_read(&question.vector));
            questions[index] = ReadQuestion { has_remark: has_remark[index], ..question };
        }
        questions
    }

    /// The entries that best match an unfinished question, at most `limit`, the best first. Returns no entries before
    /// the first letter. Does not correct the spelling, because the next letters are better evidence than a guess.
    ///
    /// Reads only the end of the text, because that is what the user is typing. Compares the scores of different
    /// documents, because an unfinished question has no confidence.
    #[must_use]
    pub fn complete(&self, typed: &str, limit: usize) -> Vec<EntryKey> {
        let documents = self.documents.len();
        let of_document = |document: &MatchedDocument| {
            let first = document.first_entry;
            let found = document.matcher.complete(typed, limit, documents).into_iter();
            found.map(|(entry, score)| (EntryKey(first + entry), score)).collect::<Vec<_>>()
        };
        let mut found: Vec<(EntryKey, f32)> = self.documents.iter().flat_map(of_document).collect();
        found.sort_by(|left, right| right.1.total_cmp(&left.1));
        found.into_iter().map(|(entry, _)| entry).take(limit).collect()
    }

    /// The content words of a question that no wording and no passage of any document contains, and that are no
    /// misspelling of one that does, as the user wrote them.
    #[must_use]
    pub fn unknown_words(&self, question: &str) -> Vec<String> {
        let questions = self.read_by_all(start_of_question(question), &mut self.memo());
        let mut unknown: Option<Vec<&str>> = None;
        for (document, question) in self.documents.iter().zip(&questions) {
            let of_document: Vec<&str> = document.matcher.unknown_words(question).collect();
            unknown = Some(match unknown {
                Some(unknown) => unknown.into_iter().filter(|word| of_document.contains(word)).collect(),
                None => of_document,
            });
        }
        unknown.unwrap_or_default().into_iter().map(str::to_owned).collect()
    }

    /// The share of each word of the question in the [score](super::Candidate::score) of an entry, in the order of the
    /// words. The shares add up to the score; all are 0 if the key belongs to other knowledge.
    #[must_use]
    pub fn explain(&self, question: &str, entry: EntryKey) -> Vec<WordShare> {
        let index = self.documents.iter().position(|document| document.own_entry(entry).is_some());
        let class = index.and_then(|index| self.documents[index].own_entry(entry)).map(|entry| entry.0);
        self.word_shares(question, index.unwrap_or(0), class)
    }

    /// The share of each word in the score of a boundary, like [`Self::explain`]. The boundary wins over the best entry
    /// of its document if its score is higher.
    #[must_use]
    pub fn explain_boundary(&self, question: &str, boundary: BoundaryKey) -> Vec<WordShare> {
        let index = self.documents.iter().position(|document| document.own_boundary(boundary).is_some());
        let class = index.and_then(|index| {
            let document = &self.documents[index];
            Some(document.matcher.classifier.layout.entries + document.own_boundary(boundary)?)
        });
        self.word_shares(question, index.unwrap_or(0), class)
    }

    fn word_shares(&self, question: &str, index: usize, class: Option<usize>) -> Vec<WordShare> {
        let mut questions = self.read_by_all(start_of_question(question), &mut self.memo());
        self.documents[index].matcher.word_shares(questions.swap_remove(index), class)
    }

    /// Whether a text has the normal form of a wording of the boundary, or differs only in synonyms.
    #[must_use]
    pub fn is_boundary_wording(&self, question: &str, boundary: BoundaryKey) -> bool {
        self.documents.iter().any(|document| {
            let own = document.own_boundary(boundary);
            own.is_some_and(|own| document.matcher.is_boundary_wording(question, own))
        })
    }

    /// Groups similar questions. A group is a list of indices into `questions`, in ascending order; the groups are
    /// sorted by their first members. A question joins a group if it is similar to the group's first member, so pass
    /// the most important questions first. Questions are compared as the document with the most wordings reads them,
    /// because it knows best which words are common.
    #[must_use]
    pub fn group_similar(&self, questions: &[&str]) -> Vec<Vec<usize>> {
        let wordings = |document: &&MatchedDocument| document.matcher.classifier.index.wordings as usize;
        let largest = self.documents.iter().max_by_key(wordings);
        largest.map_or_else(Vec::new, |document| document.matcher.group_similar(questions))
    }

    /// The document that contains an entry.
    fn document_of(&self, entry: EntryKey) -> Option<&MatchedDocument> {
        self.documents.iter().find(|document| document.own_entry(entry).is_some())
    }
}

impl MatchedDocument {
    /// Returns `true` if a text has a content word in the language of the document.
    fn has_content(&self, text: &str) -> bool {
        let lexicon = &self.matcher.lexicon;
        lexicon.read_wording(text).iter().any(|token| lexicon.language().content_key(token).is_some())
    }

    /// The entry's key within the document, if the document contains it.
    pub fn own_entry(&self, EntryKey(number): EntryKey) -> Option<EntryKey> {
        let own = number.checked_sub(self.first_entry)?;
        (own < self.matcher.classifier.layout.entries).then_some(EntryKey(own))
    }

    /// Returns `true` if the document contains an entry or a boundary.
    pub fn contains(&self, item: ItemKey) -> bool {
        match item {
            ItemKey::Entry(key) => self.own_entry(key).is_some(),
            ItemKey::Boundary(key) => self.own_boundary(key).is_some(),
        }
    }

    /// The number of the boundary within the document, if the document contains it.
    fn own_boundary(&self, BoundaryKey(number): BoundaryKey) -> Option<usize> {
        let own = number.checked_sub(self.first_boundary)?;
        (own < self.matcher.classifier.layout.boundaries).then_some(own)
    }

    /// The key among all documents of an entry or boundary that is counted within the document.
    pub fn global_item(&self, item: ItemKey) -> ItemKey {
        match item {
            ItemKey::Entry(EntryKey(own)) => ItemKey::Entry(EntryKey(self.first_entry + own)),
            ItemKey::Boundary(BoundaryKey(own)) => ItemKey::Boundary(BoundaryKey(self.first_boundary + own)),
        }
    }

    /// Turns the keys of a verdict, which count within the document, into those of all documents.
    pub fn with_global_keys(&self, mut verdict: Verdict) -> Verdict {
        verdict.ranked.iter_mut().for_each(|candidate| candidate.entry.0 += self.first_entry);
        if let Some(rival) = &mut verdict.rival {
            rival.boundary.0 += self.first_boundary;
        }
        if let Some(boundary) = &mut verdict.boundary {
            boundary.0 += self.first_boundary;
        }
        if let Some(small_talk) = &mut verdict.small_talk {
            small_talk.0 += self.first_small_talk;
        }
        verdict
    }
}

/// The knowledge of each document alone, in loading order.
fn each_document(knowledge: &Knowledge) -> impl Iterator<Item = Cow<'_, Knowledge>> {
    (0..knowledge.documents().len()).map(|number| one_document(knowledge, number))
}

/// The knowledge of one document alone. Copies the document if there are several.
pub(super) fn one_document(knowledge: &Knowledge, number: usize) -> Cow<'_, Knowledge> {
    match knowledge.documents() {
        [_] => Cow::Borrowed(knowledge),
        documents => Cow::Owned(Knowledge::new(vec![documents[number].clone()])),
    }
}

#[cfg(test)]
mod tests;
