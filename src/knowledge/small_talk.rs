//! Small talk that is built into the program, for messages that are not questions and that no file has a reply to.
//! Its replies name no text, so that it fits every document.

use std::sync::LazyLock;

use super::model::SmallTalk;

/// The messages and their replies. A file that has other replies to the same messages is preferred.
const SMALL_TALK: [(&[&str], &str); 9] = [
    (
        &[
            "hi",
            "hello",
            "hey",
            "hiya",
            "heya",
            "yo",
            "hi there",
            "hello there",
            "hey there",
            "good morning",
            "good afternoon",
            "good evening",
            "morning",
            "greetings",
            "howdy",
            "nice to meet you",
        ],
        "Hello! Ask me a question in your own words. `/sections` lists what I can answer.",
    ),
    (
        &[
            "how are you",
            "how are you doing",
            "how are you today",
            "how are you doing today",
            "how is it going",
            "how's it going",
            "how do you do",
            "what's up",
            "whats up",
            "you ok",
            "are you ok",
        ],
        "I am fine, thank you! What would you like to know?",
    ),
    (
        &[
            "thanks",
            "thank you",
            "thx",
            "ty",
            "tysm",
            "thank you so much",
            "thank you very much",
            "thanks a lot",
            "thanks a million",
            "many thanks",
            "much appreciated",
            "cheers",
            "ok thanks",
            "ok thank you",
            "great thanks",
            "perfect thanks",
            "got it thanks",
            "thanks for the help",
            "thanks for your help",
            "thank you for your help",
            "thanks for the answer",
            "that helped",
            "that helps",
            "that was helpful",
        ],
        "You are welcome! Ask me more whenever you like.",
    ),
    (
        &[
            "bye",
            "goodbye",
            "bye bye",
            "good bye",
            "good night",
            "gn",
            "see you",
            "see you later",
            "cya",
            "take care",
            "ttyl",
            "have a nice day",
            "have a good day",
        ],
        "Goodbye! Come back when you have another question.",
    ),
    (
        &[
            "good bot",
            "nice bot",
            "great bot",
            "well done",
            "good job",
            "great job",
            "nice work",
            "you are great",
            "you are awesome",
            "you're great",
            "you're awesome",
            "i love this bot",
            "great answer",
            "nice one",
        ],
        "Thank you, that is kind! Ask me anything else.",
    ),
    (
        &["bad bot", "stupid bot", "dumb bot", "useless bot", "you are useless", "you are stupid", "you suck"],
        "I am sorry that I was no help. Please ask your question in other words.",
    ),
    (
        &["test", "testing", "ping", "are you there", "you there", "are you online", "are you working", "anyone here"],
        "I am here! Ask me a question.",
    ),
    (
        &[
            "can i ask you a question",
            "can i ask a question",
            "can i ask you something",
            "may i ask a question",
            "i have a question",
            "i have a question for you",
            "quick question",
            "question",
        ],
        "Yes, please ask!",
    ),
    (
        &[
            "who are you",
            "what are you",
            "what can you do",
            "what do you do",
            "how do you work",
            "how does this work",
            "how does this bot work",
            "how do i use you",
            "how do i use this bot",
            "what can i ask",
            "what can i ask you",
            "are you a bot",
            "are you an ai",
            "are you human",
            "are you real",
        ],
        "I am a bot. Ask me one question, in your own words: I find the passage that answers it, written by people, and \
         show its place in the text. `/sections` lists what I can answer, and `/about` says what I store.",
    ),
];

/// The built-in small talk.
#[must_use]
pub fn builtin_small_talk() -> &'static [SmallTalk] {
    static BUILTIN: LazyLock<Vec<SmallTalk>> = LazyLock::new(|| {
        let owned = |(wordings, reply): &(&[&str], &str)| SmallTalk {
            wordings: wordings.iter().map(ToString::to_string).collect(),
            reply: (*reply).to_owned(),
        };
        SMALL_TALK.iter().map(owned).collect()
    });
    &BUILTIN
}
