//! Recognises a bare topic: a name or a short phrase alone or in a usual frame, as in "Putin", "tell me about the
//! treaty" and "who is Navalny?". Such a question asks for whatever the text says about the topic.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::han::is_han;

/// The most content words of a bare topic. Names and terms are shorter than questions.
const TOPIC_WORDS_MAX: usize = 3;

/// The Han letters of a usual word. Each of them is read as a word.
const HAN_LETTERS_OF_A_WORD: usize = 2;

/// Words that may precede a topic. They occur in requests such as "tell me about", "what does the text say on", "who
/// is", "is there anything about".
const FRAME: &str = "what whats who whos is are was were s the a an of on about to tell me us in it its this that say \
                     says said talk talks does do did anything something any there here please kindly how and more \
                     some know i id want give show part bit stuff your you can could would with for so ok hey hi find \
                     read like see let my we they up into yo thanks deal whole all or re im m d ll just \
                     fill 请 什 么 是 谁 和 在";

/// Words that may separate the words of a topic, as in "balance of power".
const INNER: &str = "the a an of s and in on for with 的 和 与 在";

/// Words that may follow a topic, as in "the treaty please".
const TRAILING: &str = "please kindly thanks too then though here there in it this the 是 谁 什 么 吗 \
                        的 呢 と とは は って 何";

/// The part that a word plays in a question.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum WordRole {
    /// A content word: it has a topic.
    Content,
    /// A conversation word, such as "text" or "details".
    Conversation,
    /// A common word.
    Common,
}

/// Whether a question is a bare topic. Each word comes with its role.
pub(super) fn is_bare_topic(words: &[(&str, WordRole)]) -> bool {
    static LISTS: LazyLock<[HashSet<&str>; 3]> =
        LazyLock::new(|| [FRAME, INNER, TRAILING].map(|list| list.split(' ').collect()));
    let is_content = |(_, role): &(&str, WordRole)| *role == WordRole::Content;
    // In Han letters.
    let length = |(word, _): &(&str, WordRole)| if word.chars().all(is_han) { 1 } else { HAN_LETTERS_OF_A_WORD };
    let content: usize = words.iter().filter(|word| is_content(word)).map(length).sum();
    if content > TOPIC_WORDS_MAX * HAN_LETTERS_OF_A_WORD {
        return false;
    }
    let Some(first) = words.iter().position(is_content) else { return false };
    let last = words.iter().rposition(is_content).unwrap_or(first);
    // "I like Japan" says something; "I want to know about Japan" asks.
    let is_statement = words.iter().any(|(word, _)| ["i", "we", "my"].contains(word))
        && !words.iter().any(|(word, _)| ["know", "tell", "want", "read", "find", "see"].contains(word));
    if is_statement {
        return false;
    }
    let [frame, inner, trailing] = &*LISTS;
    words.iter().enumerate().all(|(position, (word, role))| match role {
        WordRole::Content => true,
        WordRole::Conversation => position < first || position > last,
        WordRole::Common if position < first => frame.contains(word),
        WordRole::Common if position > last => trailing.contains(word),
        WordRole::Common => inner.contains(word),
    })
}

#[cfg(test)]
mod tests {
    use super::{WordRole, is_bare_topic};

    #[test]
    fn names_and_phrases_in_a_usual_frame_are_topics() {
        const CONTENT: [&str; 12] =
            ["putin", "treaty", "balance", "power", "cold", "war", "russia", "need", "北", "方", "领", "土"];
        for (question, expected) in [
            ("putin", true),
            ("who is putin", true),
            ("tell me about the treaty please", true),
            ("the balance of power", true),
            ("what does the text say about the cold war", true),
            ("i want to know about putin", true),
            ("i like putin", false),
            ("we are in russia", false),
            ("why putin", false),
            ("when was the cold war", false),
            ("does russia need the treaty", true),
            ("does russia about putin", false),
            ("the cold war balance power", false),
            ("putin treaty signed", false),
            ("what", false),
            ("北 方 领 土", true),
            ("的 北 方 领 土 是 什 么", false),
            ("领 土 是 什 么", true),
            ("领 土 为 什 么", false),
            ("北 方 领 土 北 方 领", false),
            ("", false),
        ] {
            let role = |word: &str| match word {
                word if CONTENT.contains(&word) => WordRole::Content,
                "text" => WordRole::Conversation,
                _ => WordRole::Common,
            };
            let words: Vec<(&str, WordRole)> = question.split(' ').map(|word| (word, role(word))).collect();
            assert_eq!(is_bare_topic(&words), expected, "{question}");
        }
    }
}
