//! Compares a question with a single entry or wording, to explain a verdict: the rank of an entry, the words that do not
//! speak for it, and the wording that resembles the question most.

use super::classifier::UNRELATED_SHARE_MAX;
use super::document_matcher::DocumentMatcher;
use super::grouping::cosine;
use super::matcher::Matcher;
use crate::knowledge::{EntryKey, ItemKey};

impl Matcher {
    /// The rank of an entry among those of its document by its score for a question, from 1. Returns `None` if it does
    /// not score above 0.
    #[must_use]
    pub fn rank_of(&self, question: &str, entry: EntryKey) -> Option<usize> {
        let (document, own) = self.document_with(entry)?;
        document.rank_of(question, own)
    }

    /// The content words of a question as the entry's document reads them, in its order. `only_unsupported` leaves out
    /// those that speak for the entry.
    #[must_use]
    pub fn content_words(&self, question: &str, entry: EntryKey, only_unsupported: bool) -> Vec<String> {
        let document = self.document_with(entry);
        document.map_or_else(Vec::new, |(document, own)| document.content_words(question, own, only_unsupported))
    }

    /// The number of the text that resembles a question most, and their similarity, from 0 to 1: the cosine of their
    /// feature vectors, as the document that contains `item` reads them. Returns `None` if no text shares anything with
    /// the question.
    #[must_use]
    pub fn most_similar<'a>(
        &self,
        question: &str,
        item: ItemKey,
        texts: impl Iterator<Item = &'a str>,
    ) -> Option<(usize, f32)> {
        let document = self.documents.iter().find(|document| document.contains(item))?;
        document.matcher.most_similar(question, texts)
    }

    /// The matcher of the document that contains an entry, and the entry's number within the document.
    fn document_with(&self, entry: EntryKey) -> Option<(&DocumentMatcher, usize)> {
        self.documents.iter().find_map(|document| Some((&*document.matcher, document.own_entry(entry)?.0)))
    }
}

impl DocumentMatcher {
    fn rank_of(&self, question: &str, entry: usize) -> Option<usize> {
        let scores = self.classifier.rank(&self.read(question)).scores;
        let entries = scores.get(..self.classifier.layout.entries)?;
        let own = *entries.get(entry)?;
        (own > 0.0).then(|| 1 + entries.iter().filter(|&&score| score > own).count())
    }

    pub(super) fn content_words(&self, question: &str, entry: usize, only_unsupported: bool) -> Vec<String> {
        let read = self.read(question);
        let mut shares = vec![0.0; read.words.len()];
        for contribution in self.classifier.index.contributions(&read.vector, entry) {
            shares[contribution.position as usize] += contribution.share;
        }
        let words = read.words.iter().zip(&shares).enumerate();
        let content = words.filter(|(position, _)| read.content.iter().any(|&(content, _)| content == *position));
        let chosen = content.filter(|(_, (_, share))| !only_unsupported || **share < UNRELATED_SHARE_MAX);
        chosen.map(|(_, (word, _))| word.token.text.clone()).collect()
    }

    fn most_similar<'a>(&self, question: &str, texts: impl Iterator<Item = &'a str>) -> Option<(usize, f32)> {
        let question = self.question_vector(question);
        let similarities = texts.map(|text| cosine(&question, &self.question_vector(text))).enumerate();
        // `max_by` returns the last of equal maxima; the comparison of the numbers prefers the first.
        let nearest = similarities.max_by(|left, right| left.1.total_cmp(&right.1).then(right.0.cmp(&left.0)));
        nearest.filter(|&(_, similarity)| similarity > 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::{Document, Entry, Knowledge};

    fn matcher() -> Matcher {
        let entry = |question: &str, also_asked: &[&str]| Entry {
            question: question.to_owned(),
            also_asked: also_asked.iter().map(|&wording| wording.to_owned()).collect(),
            ..Entry::default()
        };
        let entries = vec![
            entry("Who built the lighthouse?", &["builder of the tower"]),
            entry("When does the ferry leave?", &["ferry times"]),
            entry("What does the ferry cost?", &["price of a ferry ticket"]),
        ];
        Matcher::new(&Knowledge::new(vec![Document { entries, ..Document::default() }]))
    }

    #[test]
    fn entries_are_ranked_by_their_scores() {
        let rank = |question, entry| matcher().rank_of(question, EntryKey(entry));
        assert_eq!((rank("price of the ferry", 2), rank("price of the ferry", 1)), (Some(1), Some(2)));
        assert_eq!((rank("zorblax", 0), rank("price of the ferry", 9)), (None, None));
    }

    #[test]
    fn words_that_do_not_speak_for_an_entry_are_told() {
        let words =
            |only_unsupported| matcher().content_words("price of teh lighthouse", EntryKey(0), only_unsupported);
        assert_eq!((words(false), words(true)), (vec!["price".into(), "lighthouse".into()], vec!["price".to_owned()]));
    }

    #[test]
    fn the_most_similar_text_is_found() {
        let texts = ["ferry times", "the lighthouse", "The lighthouse!"];
        let found = matcher().most_similar("which lighthouse", ItemKey::Entry(EntryKey(0)), texts.into_iter());
        assert!(found.is_some_and(|(number, similarity)| number == 1 && similarity > 0.3), "{found:?}");
        assert_eq!(matcher().most_similar("zorblax", ItemKey::Entry(EntryKey(0)), ["ferry"].into_iter()), None);
    }
}
