//! The form of a question: the sort of answer that it asks for.
//! "When is the bill due?" and "How do I pay the bill?" share their rarest word; the form distinguishes them.

use super::tokens::WordToken;

/// The number of words at the start of a question among which the question word is sought, as in "could you please let
/// me know how long …".
const OPENING_WORDS: usize = 8;

/// Words that turn "how" into a question about a quantity. Without one, "how" asks for a method.
const QUANTITIES: [&str; 10] = ["long", "much", "many", "far", "often", "old", "soon", "come", "big", "fast"];

/// Words after "what" that ask for something other than a thing.
const SORTS: [&str; 7] = ["time", "day", "date", "kind", "type", "happened", "happens"];

/// The form of a question. Questions that ask for the same sort of answer have equal forms.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct QuestionForm<'a> {
    /// The question word, or the word that represents a group of openings, such as "whether" for "did …"; may be empty.
    pub head: &'a str,
    /// The quantity or sort that the question asks for; may be empty.
    pub detail: &'a str,
}

impl<'a> QuestionForm<'a> {
    /// The form of a text, which need not be a question.
    pub fn of(tokens: &[&'a WordToken]) -> Self {
        let word = |position: usize| tokens.get(position).map_or("", |token| token.text.as_str());
        let form = |head, detail| Self { head, detail };
        let one_of = |list: &[&str], word: &'a str| if list.contains(&word) { word } else { "" };
        for position in 0..tokens.len().min(OPENING_WORDS) {
            match word(position) {
                "how" => return form("how", one_of(&QUANTITIES, word(position + 1))),
                "what" => return form("what", one_of(&SORTS, word(position + 1))),
                "who" | "whom" | "whose" => return form("who", ""),
                "when" | "where" | "why" | "which" => return form(word(position), ""),
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
    use crate::matching::tokens::{Tokeniser, WordToken};

    #[test]
    fn questions_for_the_same_sort_of_answer_have_the_same_form() {
        for (text, head, detail) in [
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
            let tokens = Tokeniser::new("en").tokens(text);
            let tokens: Vec<&WordToken> = tokens.iter().collect();
            assert_eq!(QuestionForm::of(&tokens), QuestionForm { head, detail }, "{text:?}");
        }
    }
}
