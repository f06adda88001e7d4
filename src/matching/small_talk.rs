//! Recognises small talk: messages that consist of nothing but greetings, thanks and the like.
//! Compares whole phrases, because a single word of small talk says nothing about the rest of a message.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::feature::text_key;
use super::lexicon::QuestionWord;
use super::tokens::Tokeniser;
use crate::knowledge::{HasWordings as _, SmallTalk, SmallTalkKey};

/// The most words of a message of small talk. Longer messages say something else, too.
const MESSAGE_WORDS_MAX: usize = 16;

/// Words that may stand beside a phrase of small talk.
const COMPANIONS: [&str; 12] =
    ["bot", "footnote", "there", "all", "everyone", "guys", "mate", "friend", "please", "so", "and", "again"];

/// The phrases of the small talk of one document, or of the built-in small talk.
#[derive(Debug, Default)]
pub(super) struct SmallTalkIndex {
    /// The first small talk with each wording, by the key of the wording in reduced form.
    phrases: HashMap<u64, SmallTalkKey>,
    /// The keys of the first words of phrases. A message that starts with neither one of them nor a companion is
    /// no small talk.
    openings: HashSet<u64>,
    /// The length of the longest phrase, in words.
    longest: usize,
}

impl SmallTalkIndex {
    /// Indexes small talk by its keys.
    pub fn new<'a>(small_talk: impl Iterator<Item = (SmallTalkKey, &'a SmallTalk)>, tokeniser: &Tokeniser) -> Self {
        let mut index = Self::default();
        for (key, small_talk) in small_talk {
            for wording in small_talk.wordings() {
                let tokens = tokeniser.tokens(wording);
                let words: Vec<Cow<'_, str>> = tokens.iter().map(|token| without_stretching(&token.text)).collect();
                index.longest = index.longest.max(words.len());
                index.openings.extend(words.first().map(|first| text_key([&**first])));
                index.phrases.entry(text_key(words.iter().map(AsRef::as_ref))).or_insert(key);
            }
        }
        index
    }

    /// The small talk that a message consists of: the longest of its phrases. Compares the words as written and as
    /// corrected.
    pub fn find(&self, words: &[QuestionWord]) -> Option<SmallTalkKey> {
        let opens = |word: &str| {
            let word = without_stretching(word);
            COMPANIONS.contains(&&*word) || self.openings.contains(&text_key([&*word]))
        };
        let first = words.first()?;
        if words.len() > MESSAGE_WORDS_MAX || !(opens(&first.written) || opens(&first.token.text)) {
            return None;
        }
        let written: Vec<Cow<'_, str>> = words.iter().map(|word| without_stretching(&word.written)).collect();
        let corrected: Vec<Cow<'_, str>> = words.iter().map(|word| without_stretching(&word.token.text)).collect();
        self.cover(&written).or_else(|| self.cover(&corrected))
    }

    /// Splits a message into phrases and companions from left to right, each time at the longest phrase. Returns `None`
    /// if something else remains.
    fn cover(&self, words: &[Cow<'_, str>]) -> Option<SmallTalkKey> {
        let mut longest: Option<(usize, SmallTalkKey)> = None;
        let mut rest = words;
        while let Some(first) = rest.first() {
            let phrase = (1..=self.longest.min(rest.len())).rev().find_map(|length| {
                let key = self.phrases.get(&text_key(rest[..length].iter().map(AsRef::as_ref)))?;
                Some((length, *key))
            });
            let length = match phrase {
                Some((length, key)) => {
                    if longest.is_none_or(|(longest, _)| length > longest) {
                        longest = Some((length, key));
                    }
                    length
                }
                None if COMPANIONS.contains(&&**first) => 1,
                None => return None,
            };
            rest = &rest[length..];
        }
        longest.map(|(_, key)| key)
    }
}

/// The word with each run of three or more equal letters cut to one: "hiiii" and "thaaanks" are stretched.
fn without_stretching(word: &str) -> Cow<'_, str> {
    let is_stretched =
        || word.as_bytes().windows(3).any(|letters| letters[0] == letters[1] && letters[1] == letters[2]);
    if word.is_ascii() && !is_stretched() {
        return Cow::Borrowed(word);
    }
    let letters: Vec<char> = word.chars().collect();
    let runs = letters.chunk_by(|left, right| left == right);
    runs.flat_map(|run| if run.len() > 2 { &run[..1] } else { run }).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::{Document, Knowledge};
    use crate::matching::Matcher;

    #[test]
    fn a_message_of_nothing_but_small_talk_is_recognised() {
        let small_talk = |wordings: &[&str]| SmallTalk {
            wordings: wordings.iter().map(ToString::to_string).collect(),
            reply: "Hi.".to_owned(),
        };
        let small_talk = vec![small_talk(&["hello", "good morning"]), small_talk(&["thanks", "thanks a lot"])];
        let document = Document { small_talk, ..Document::default() };
        let matcher = Matcher::new(&Knowledge::new(vec![document]));
        let found = |message: &str| matcher.ask(message).small_talk;
        let (hello, thanks) = (Some(SmallTalkKey(0)), Some(SmallTalkKey(1)));
        for (message, expected) in [
            ("hello", hello),
            ("HELLOOO!!!", hello),
            ("good morning everyone", hello),
            ("ok hello", None),
            ("hello bot, thanks a lot", thanks),
            ("thx", thanks),
            ("thankss", thanks),
            ("hello, who holds the islands", None),
            ("bot", None),
            ("", None),
        ] {
            assert_eq!(found(message), expected, "{message}");
        }
        let flood = "hello ".repeat(MESSAGE_WORDS_MAX + 1);
        assert_eq!(found(&flood), None, "a long message is not only small talk");
    }
}
