//! The form of a question: what sort of answer it asks for. "When is the bill due?" and "How do I pay the bill?" share their
//! weightiest word and mean different things; a word together with the form that it stands in tells them apart.

use super::tokens::WordToken;

/// How far into a question its form is looked for, in words: "could you please let me know how long ...".
const OPENING_WORDS: usize = 8;

/// What "how" can ask the measure of; without one it asks for the way.
const MEASURES: [&str; 10] = ["long", "much", "many", "far", "often", "old", "soon", "come", "big", "fast"];

/// What "what" can ask for that is another sort of answer than a thing.
const SORTS: [&str; 7] = ["time", "day", "date", "kind", "type", "happened", "happens"];

/// A question's form; two that ask for the same sort of answer have the same.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct QuestionForm<'a> {
    /// The question word, or what stands for one.
    pub head: &'a str,
    /// The measure or sort that is asked for; empty where none is.
    pub of: &'a str,
}

impl<'a> QuestionForm<'a> {
    /// The form of a text; of a remark that is no question, too.
    pub fn of(tokens: &[&'a WordToken]) -> Self {
        let word = |place: usize| tokens.get(place).map_or("", |token| token.text.as_str());
        let form = |head, of| Self { head, of };
        let one_of = |list: &[&str], word: &'a str| if list.contains(&word) { word } else { "" };
        for place in 0..tokens.len().min(OPENING_WORDS) {
            match word(place) {
                "how" => return form("how", one_of(&MEASURES, word(place + 1))),
                "what" => return form("what", one_of(&SORTS, word(place + 1))),
                "who" | "whom" | "whose" => return form("who", ""),
                "when" | "where" | "why" | "which" => return form(word(place), ""),
                _ => {}
            }
        }
        match word(0) {
            "is" | "are" | "was" | "were" | "am" | "do" | "does" | "did" | "has" | "have" | "will" | "should" => {
                form("whether", "")
            }
            "can" | "could" | "would" | "may" => form("can", one_of(&["you"], word(1))),
            "i" | "we" | "my" => form("i", ""),
            _ => form("", ""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::QuestionForm;
    use crate::matching::normalise;
    use crate::matching::tokens::{Tokeniser, WordToken};

    #[test]
    fn questions_that_ask_for_the_same_sort_of_answer_have_one_form() {
        for (text, head, of) in [
            ("How long is the border?", "how", "long"),
            ("so, how LONG did it take", "how", "long"),
            ("how do I leave", "how", ""),
            ("how", "how", ""),
            ("What's the time?", "what", ""),
            ("what time is it", "what", "time"),
            ("Whose islands are they?", "who", ""),
            ("tell me who holds them", "who", ""),
            ("please let me know when it ends", "when", ""),
            ("Did Abe meet Putin?", "whether", ""),
            ("could you explain the treaty", "can", "you"),
            ("can I read it", "can", ""),
            ("I want to read it", "i", ""),
            ("the treaty of 1956", "", ""),
            ("nobody in this long remark has asked so far why", "", ""),
            ("日本とロシアは", "", ""),
            ("", "", ""),
        ] {
            let tokens = Tokeniser::default().tokens(&normalise(text));
            let tokens: Vec<&WordToken> = tokens.iter().collect();
            assert_eq!(QuestionForm::of(&tokens), QuestionForm { head, of }, "{text:?}");
        }
    }
}
