//! Matching: from the text of a question to ranked entries, a confidence and a verdict.
//! The rest of the program uses [`Matcher`] and [`Verdict`]; everything else is private.
//!
//! Each document has a linear text classifier of its own (`document_matcher`). Its classes are the entries and the
//! boundaries; the wordings of a class are its training examples. [`Matcher`] asks all of them and merges the verdicts
//! (`merging`). [`Matcher::new`] builds and trains them in less than a second for files of usual size, and
//! [`Matcher::ask`] takes about a tenth of a millisecond. A question passes these steps:
//!
//! 1. *Tokenise* (`tokens`, `han`). The text is normalised (`knowledge::wording`), split into words, and each word is
//!    stemmed in the language of the document (`language_words`). A Han letter is a word; other text without spaces is
//!    cut into pairs of letters.
//! 2. *Correct the spelling* (`lexicon`, `spelling`). A word that is neither in the file nor an everyday word is
//!    replaced by the most plausible known word within one or two typing errors, if there is one.
//! 3. *Expand synonyms* (`synonyms`). Phrases of a synonym group of the file become one word.
//! 4. *Extract features* (`extract`). Stems, pairs of adjacent stems, letter n-grams, thesaurus groups, and stems
//!    combined with the form of the question ("how long", "who").
//! 5. *Weigh* (`vectorizer`, `index`). The question becomes a vector of length 1. A feature weighs more the rarer it is
//!    in the file's wordings and in the document's language (TF-IDF).
//! 6. *Score* (`index`, `postings`). The score of a class is the dot product of the question's vector and the class's
//!    weights. An inverted index finds the classes that share a feature with the question. The weights start as the
//!    mean of the class's wordings and passage; softmax regression then trains them to separate classes that resemble
//!    each other (`training`).
//! 7. *Estimate the confidence* (`evidence`, `vocabulary`, `confidence`). A logistic model turns the evidence for the
//!    best entry into a probability. `calibration` adapts the model to the file when the file is loaded.
//! 8. *Decide* (`verdict`). Rules, the confidence and the configured thresholds decide between answer, suggest, unknown
//!    and small talk, and give the reason. `docs/matching.md` lists the rules.
//!
//! Training is deterministic. Its result can be cached (`cache`), because it takes most of the time of a start.

mod ambiguous_wordings;
mod cache;
mod calibration;
mod classifier;
mod comparison;
mod confidence;
mod context;
mod document_matcher;
mod english;
mod evidence;
mod extract;
mod feature;
mod grouping;
mod han;
mod index;
mod language;
mod language_words;
mod lexicon;
mod matcher;
mod merging;
mod number_table;
mod postings;
mod question_detection;
mod question_form;
mod segments;
mod self_test;
mod small_talk;
mod sparse_matrix;
mod spelling;
mod string_table;
mod synonyms;
mod thesaurus;
mod tokens;
mod topic;
mod training;
mod vectorizer;
mod verdict;
mod vocabulary;

pub use crate::knowledge::wording::{QUESTION_CHARS_MAX, normalise, start_of_question};
pub use ambiguous_wordings::AmbiguousWording;
pub use document_matcher::WordShare;
pub use language::{Language, Languages, detect as detect_language};
pub use matcher::{Learned, Matcher};
pub use question_detection::looks_like_question;
pub use self_test::HeldOutWording;
pub use vectorizer::{LearningLimit, TooMuchToLearn};
pub use verdict::{Candidate, Outcome, RANKED_MAX, Reason, Rival, Thresholds, Verdict};
