//! English contractions and chat spellings, spelt out.
//! With and without their apostrophe, since people on a phone leave it out.

/// The long form of a word written without apostrophe, if it is a contraction or a usual chat spelling.
/// Words that are also others ("its", "well", "ill", "id", "were") are not here.
pub(super) fn spell_out(word: &str) -> Option<&'static str> {
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
        "weve" => "we have",
        "isnt" => "is not",
        "arent" => "are not",
        "wasnt" => "was not",
        "werent" => "were not",
        "dont" => "do not",
        "doesnt" => "does not",
        "didnt" => "did not",
        "cant" | "cannot" => "can not",
        "couldnt" => "could not",
        "wont" => "will not",
        "wouldnt" => "would not",
        "shouldnt" => "should not",
        "havent" => "have not",
        "hasnt" => "has not",
        "hadnt" => "had not",
        "gonna" => "going to",
        "wanna" => "want to",
        "gotta" => "got to",
        "gimme" => "give me",
        "lemme" => "let me",
        "dunno" => "do not know",
        "u" => "you",
        "ur" => "your",
        "abt" => "about",
        "pls" | "plz" => "please",
        "thx" => "thanks",
        "ppl" => "people",
        "bc" | "cuz" | "coz" => "because",
        "wat" | "wut" => "what",
        "btw" => "by the way",
        _ => return None,
    })
}

/// The two words of one written with an apostrophe, `head'tail`. The "s" of a possessive is dropped.
pub(super) fn spell_out_apostrophe<'a>(head: &'a str, tail: &'a str) -> (&'a str, &'a str) {
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
    use super::{spell_out, spell_out_apostrophe};

    #[test]
    fn contractions_are_spelt_out() {
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
            assert_eq!(spell_out_apostrophe(head, tail), (first, second), "{head}'{tail}");
        }
        assert_eq!(spell_out("whats"), Some("what is"));
        assert_eq!(spell_out("its"), None);
    }
}
