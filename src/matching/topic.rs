//! Recognises a bare topic: a name or a short phrase alone or in a usual frame, as in "Putin", "tell me about the
//! treaty" and "who is Navalny?". Such a question asks for whatever the text says about the topic.

/// The most content words of a bare topic. Names and terms are shorter than questions.
const TOPIC_WORDS_MAX: usize = 3;

/// Words that may precede a topic. They occur in requests such as "tell me about", "what does the text say on", "who
/// is", "is there anything about".
const FRAME: &str = "what whats who whos is are was were s the a an of on about to tell me us in it its this that say \
                     says said talk talks does do did anything something any there here please kindly how and more \
                     some know i id want give show part bit stuff your you can could would with for so ok hey hi find \
                     read like see let my we they up into yo thanks deal whole all or re im m d ll just \
                     fill";

/// Words that may separate the words of a topic, as in "balance of power".
const INNER: &str = "the a an of s and in on for with";

/// Words that may follow a topic, as in "the treaty please".
const TRAILING: &str = "please kindly thanks too then though here there in it this the";

/// Whether a question is a bare topic. Each word comes with whether it is a content word. Conversation words such as
/// "text" and "details" are no content words but belong to `is_conversation`.
pub(super) fn is_bare_topic<'a>(
    words: impl DoubleEndedIterator<Item = (&'a str, bool)> + ExactSizeIterator + Clone,
    is_conversation: impl Fn(&str) -> bool,
) -> bool {
    let is_one_of = |list: &str, word: &str| list.split(' ').any(|other| other == word);
    let content = words.clone().filter(|&(_, is_content)| is_content).count();
    let Some(first) = words.clone().position(|(_, is_content)| is_content) else { return false };
    let last = words.clone().rposition(|(_, is_content)| is_content).unwrap_or(first);
    let fits = |(position, (word, is_content)): (usize, (&str, bool))| {
        let list = match position {
            _ if is_content => return true,
            position if position < first => FRAME,
            position if position > last => TRAILING,
            _ => return is_one_of(INNER, word),
        };
        is_one_of(list, word) || is_conversation(word)
    };
    content <= TOPIC_WORDS_MAX && words.enumerate().all(fits)
}

#[cfg(test)]
mod tests {
    use super::is_bare_topic;

    #[test]
    fn names_and_phrases_in_a_usual_frame_are_topics() {
        const CONTENT: [&str; 8] = ["putin", "treaty", "balance", "power", "cold", "war", "russia", "need"];
        for (question, expected) in [
            ("putin", true),
            ("who is putin", true),
            ("tell me about the treaty please", true),
            ("the balance of power", true),
            ("what does the text say about the cold war", true),
            ("why putin", false),
            ("when was the cold war", false),
            ("does russia need the treaty", true),
            ("does russia about putin", false),
            ("the cold war balance power", false),
            ("putin treaty signed", false),
            ("what", false),
            ("", false),
        ] {
            let words: Vec<(&str, bool)> = question.split(' ').map(|word| (word, CONTENT.contains(&word))).collect();
            assert_eq!(is_bare_topic(words.into_iter(), |word| word == "text"), expected, "{question}");
        }
    }
}
