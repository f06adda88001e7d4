//! Questions that follow an answer and make no sense without it: "why?", "and Abe?", "since when?".
//! They are read in the context of the answer's entry, and answered by one of its related entries.

use super::document_matcher::DocumentMatcher;
use super::lexicon::QuestionWord;
use super::question_form::QuestionForm;
use super::tokens::WordToken;
use super::topic::{WordRole, is_bare_topic};
use super::verdict::{Candidate, Outcome, Reason, Verdict};
use crate::knowledge::EntryKey;

/// Words at the start of a question that continue the previous one: "and Abe?", "what about Abe?".
const CONTINUATIONS: [&[&str]; 6] =
    [&["and"], &["but"], &["what", "about"], &["how", "about"], &["and", "what", "about"], &["same", "for"]];

/// The most words of a question without content that is read in context. A longer one is no follow-up question.
const OPEN_WORDS_MAX: usize = 32;

/// The most words of a question that is read in context although it has content.
const CONTINUATION_WORDS_MAX: usize = 6;

impl DocumentMatcher {
    /// Decides on a question that follows an answer of this document, as
    /// [`Matcher::ask_in_context`](super::Matcher::ask_in_context) describes. `alone` is the verdict on the question
    /// alone. Returns `None` if that one counts.
    pub fn decide_in_context(
        &self,
        question: &str,
        alone: &Verdict,
        context: &str,
        related: &[(EntryKey, &str)],
    ) -> Option<Verdict> {
        let read = self.read(question);
        let is_open = alone.reason == Reason::NoContent || self.continuation(&read.words).is_some();
        let is_short = read.words.len() <= OPEN_WORDS_MAX;
        if !is_open || !is_short || related.is_empty() || alone.reason == Reason::SmallTalk {
            return None;
        }
        // Together with the words of the context, the question can be compared with the related entries.
        let combined_text = format!("{question} {context}");
        let combined = self.read(&combined_text);
        let scores = self.classifier.rank(&combined).scores;
        let mut ranked: Vec<Candidate> =
            related.iter().map(|&(entry, _)| Candidate { entry, score: scores[entry.0] }).collect();
        ranked.sort_by(|left, right| right.score.total_cmp(&left.score));
        // "what about" asks for no sort of thing.
        let opening = self.continuation(&read.words).map_or(0, <[&str]>::len);
        let tokens: Vec<&WordToken> = read.words[opening..].iter().map(|word| &word.token).collect();
        let form = QuestionForm::of(&tokens);
        let fits = |candidate: &Candidate| {
            let question = related.iter().find(|(entry, _)| *entry == candidate.entry).map_or("", |&(_, text)| text);
            let of_entry = self.read(question);
            let tokens: Vec<&WordToken> = of_entry.words.iter().map(|word| &word.token).collect();
            let has_form = form.head.is_empty() || QuestionForm::of(&tokens) == form;
            let has_words = read.content.iter().all(|(_, key)| of_entry.content.iter().any(|(_, other)| other == key));
            has_form && has_words
        };
        // A question such as "more" neither asks for a sort of thing nor names one.
        let is_specific = !form.head.is_empty() || !read.content.is_empty();
        let fitting = ranked.iter().position(fits).filter(|_| is_specific);
        if let Some(fitting) = fitting {
            let answer = ranked.remove(fitting);
            ranked.insert(0, answer);
        }
        if fitting.is_none() && alone.outcome == Outcome::Answer {
            return None;
        }
        let outcome = if fitting.is_some() { Outcome::Answer } else { Outcome::Suggest };
        let confidence = ranked.first().map_or(0.0, |first| self.confidence_in(&combined, &scores, first.entry.0));
        let verdict = Verdict::new(outcome, Reason::Context, confidence, ranked);
        Some(Verdict { decided_text: Some(combined_text), ..verdict })
    }

    /// The opening of a question that continues the previous one with another topic.
    fn continuation(&self, words: &[QuestionWord]) -> Option<&'static [&'static str]> {
        let texts: Vec<&str> = words.iter().map(|word| word.token.text.as_str()).collect();
        let roles: Vec<(&str, WordRole)> =
            words.iter().map(|word| (word.token.text.as_str(), self.lexicon.language().role(&word.token))).collect();
        let opening =
            CONTINUATIONS.iter().filter(|opening| texts.starts_with(opening)).max_by_key(|opening| opening.len());
        opening.copied().filter(|_| texts.len() <= CONTINUATION_WORDS_MAX && is_bare_topic(&roles))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::{Document, Entry, Knowledge};
    use crate::matching::Matcher;

    const QUESTIONS: [&str; 6] = [
        "When did Suga take office?",
        "Why did Suga abandon the policy?",
        "How long did Abe negotiate?",
        "What do the islands mean for Russia?",
        "Who was Shinzo Abe?",
        "Who is Kanehara?",
    ];

    #[test]
    fn a_question_without_content_is_read_in_the_context_of_the_answer() {
        let entry = |(number, question): (usize, &str)| Entry {
            id: format!("e{number}"),
            question: question.to_owned(),
            ..Entry::default()
        };
        let entries = QUESTIONS.into_iter().enumerate().map(entry).collect();
        let matcher = Matcher::new(&Knowledge::new(vec![Document { entries, ..Document::default() }]));
        let related: Vec<(EntryKey, &str)> = [1, 2, 3].map(|number| (EntryKey(number), QUESTIONS[number])).into();
        let ask = |question| matcher.ask_in_context(question, (EntryKey(0), QUESTIONS[0]), &related);
        for (question, outcome, reason, first) in [
            ("why?", Outcome::Answer, Reason::Context, 1),
            ("how long", Outcome::Answer, Reason::Context, 2),
            ("and abe?", Outcome::Answer, Reason::Context, 2),
            ("and russia", Outcome::Answer, Reason::Context, 3),
            ("what about abe", Outcome::Answer, Reason::Context, 2),
            ("how about russia?", Outcome::Answer, Reason::Context, 3),
            // No related entry is about it, but another one is.
            ("and Kanehara?", Outcome::Answer, Reason::Topic, 5),
            ("who?", Outcome::Suggest, Reason::Context, 1),
            ("more", Outcome::Suggest, Reason::Context, 1),
            ("who was shinzo abe", Outcome::Answer, Reason::Wording, 4),
        ] {
            let verdict = ask(question);
            assert_eq!((verdict.outcome, verdict.reason), (outcome, reason), "{question}: {verdict:?}");
            assert_eq!(verdict.ranked[0].entry, EntryKey(first), "{question}: {verdict:?}");
        }
        let alone = matcher.ask_in_context("why?", (EntryKey(0), QUESTIONS[0]), &[]);
        assert_eq!((alone.outcome, alone.reason), (Outcome::Unknown, Reason::NoContent));
    }
}
