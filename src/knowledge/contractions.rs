//! Expands English contractions and chat spellings.
//! Contractions are recognised with and without an apostrophe, because people often omit it on a phone.

/// Expands a word without an apostrophe, if it is a contraction or a common chat spelling. Ambiguous spellings ("its",
/// "well", "ill", "id", "were") are not included.
pub(super) fn expand(word: &str) -> Option<&'static str> {
    Some(match word {
        "whats" => "what is",
        "wheres" => "where is",
        "whos" => "who is",
        "whens" => "when is",
        "whys" => "why is",
        "hows" => "how is",
        "thats" => "that is",
        "theres" => "there is",
        "heres" => "here is",
        "im" => "i am",
        "ive" => "i have",
        "youre" => "you are",
        "youve" => "you have",
        "theyre" => "they are",
        "theyve" => "they have",
        "hes" => "he is",
        "youll" => "you will",
        "theyll" => "they will",
        "itll" => "it will",
        "weve" => "we have",
        "isnt" => "is not",
        "arent" => "are not",
        "wasnt" => "was not",
        "werent" => "were not",
        "dont" | "dnt" => "do not",
        "doesnt" => "does not",
        "didnt" => "did not",
        "cant" | "cannot" => "can not",
        "couldnt" => "could not",
        "wont" => "will not",
        "wouldnt" => "would not",
        "shouldnt" => "should not",
        "havent" | "havnt" => "have not",
        "hasnt" => "has not",
        "hadnt" => "had not",
        "gonna" => "going to",
        "wanna" => "want to",
        "gotta" => "got to",
        "gimme" => "give me",
        "outta" => "out of",
        "kinda" => "kind of",
        "sorta" => "sort of",
        "tryna" => "trying to",
        "lemme" => "let me",
        "dunno" => "do not know",
        "u" => "you",
        "r" => "are",
        "w" => "with",
        "ur" => "your",
        "abt" => "about",
        "thru" => "through",
        "tho" => "though",
        "smth" | "sth" => "something",
        "tmrw" | "tmr" => "tomorrow",
        "rn" => "right now",
        "cud" => "could",
        "shud" => "should",
        "wud" => "would",
        "pls" | "plz" => "please",
        "thx" => "thanks",
        "ppl" => "people",
        "bc" | "cuz" | "coz" => "because",
        "wat" | "wut" => "what",
        "btw" => "by the way",
        _ => return None,
    })
}

/// Expands the word `head'tail` into two words. The "s" of a possessive is removed.
pub(super) fn expand_apostrophe<'a>(head: &'a str, tail: &'a str) -> (&'a str, &'a str) {
    match (head, tail) {
        ("can", "t") => ("can", "not"),
        ("won", "t") => ("will", "not"),
        ("shan", "t") => ("shall", "not"),
        ("ain", "t") => ("is", "not"),
        ("let", "s") => ("let", "us"),
        (head, "t") if head.ends_with('n') => (&head[..head.len() - 1], "not"),
        (
            "what" | "where" | "who" | "when" | "why" | "how" | "that" | "there" | "here" | "it" | "he" | "she"
            | "this",
            "s",
        ) => (head, "is"),
        (head, "s") => (head, ""),
        (head, "m") => (head, "am"),
        (head, "re") => (head, "are"),
        (head, "ve") => (head, "have"),
        (head, "ll") => (head, "will"),
        (head, "d") => (head, "would"),
        (head, tail) => (head, tail),
    }
}

#[cfg(test)]
mod tests {
    use super::{expand, expand_apostrophe};

    #[test]
    fn contractions_are_expanded() {
        for (head, tail, first, second) in [
            ("don", "t", "do", "not"),
            ("can", "t", "can", "not"),
            ("n", "t", "", "not"),
            ("it", "s", "it", "is"),
            ("abe", "s", "abe", ""),
            ("they", "ll", "they", "will"),
            ("l", "ile", "l", "ile"),
            ("rock", "n'roll", "rock", "n'roll"),
        ] {
            assert_eq!(expand_apostrophe(head, tail), (first, second), "{head}'{tail}");
        }
        assert_eq!(expand("whats"), Some("what is"));
        assert_eq!(expand("its"), None);
    }
}
