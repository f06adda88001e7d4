//! Question detection, for channels in which the bot answers without being mentioned.
//! A missed question costs less there than an unwanted answer, so in doubt a message is not a question.

use crate::knowledge::wording::normalise;

/// The number of words at the start of a message among which a question word counts, as in "hey all, so why did …".
const OPENING_WORDS: usize = 4;

/// Whether the text ends with a question mark of any script, or a question word is near its start.
#[must_use]
pub fn looks_like_question(text: &str) -> bool {
    let ending = text.trim_end_matches(|letter: char| !letter.is_alphanumeric() && !is_question_mark(letter));
    let normal = normalise(text);
    if normal.is_empty() {
        return false;
    }
    ending.ends_with(is_question_mark)
        || normal.split(' ').next().is_some_and(opens_question)
        || normal.split(' ').take(OPENING_WORDS).any(is_question_word)
        || asks_in_japanese(&normal)
}

/// Question marks: Latin, full-width, small, Arabic, Greek (U+037E, which looks like a semicolon), Armenian, Ethiopic,
/// the doubled and mixed ones, and the interrobang.
fn is_question_mark(letter: char) -> bool {
    matches!(letter, '?' | '？' | '؟' | '\u{37E}' | '՞' | '፧' | '⁇' | '⁈' | '⁉' | '‽' | '﹖')
}

/// Words that mark a question anywhere near the start, in English, German, French, Spanish and Russian. Omits words
/// that mean something else in another of these languages.
fn is_question_word(word: &str) -> bool {
    matches!(
        word,
        "what"
            | "who"
            | "whom"
            | "whose"
            | "when"
            | "where"
            | "why"
            | "which"
            | "how"
            | "whether"
            | "warum"
            | "wieso"
            | "welche"
            | "welcher"
            | "wann"
            | "pourquoi"
            | "comment"
            | "quand"
            | "quel"
            | "quelle"
            | "porque"
            | "cuando"
            | "donde"
            | "quien"
            | "почему"
            | "зачем"
            | "кто"
            | "когда"
            | "где"
            | "какой"
            | "сколько"
    )
}

/// Words that mark a question only as the first word: "did Abe …", "tell me …".
fn opens_question(word: &str) -> bool {
    matches!(
        word,
        "is" | "are"
            | "was"
            | "were"
            | "am"
            | "do"
            | "does"
            | "did"
            | "has"
            | "have"
            | "had"
            | "can"
            | "could"
            | "will"
            | "would"
            | "should"
            | "shall"
            | "may"
            | "might"
            | "must"
            | "explain"
            | "describe"
            | "define"
            | "tell"
    )
}

/// Japanese marks a question by its ending, often without a question mark.
fn asks_in_japanese(normal: &str) -> bool {
    ["ですか", "ますか", "でしょうか", "ましたか", "のか"].iter().any(|ending| normal.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::looks_like_question;

    #[test]
    fn questions_are_distinguished_from_remarks() {
        for (text, asks) in [
            ("Why did Abe want closer ties?", true),
            ("abe wanted closer ties?", true),
            ("why did abe want closer ties", true),
            ("hey all, so why did abe do it", true),
            ("did abe want closer ties", true),
            ("Really? \u{1F914}", true),
            ("本当ですか", true),
            ("本当？", true),
            ("لماذا؟", true),
            ("Γιατί\u{37E}", true),
            ("почему он так сделал", true),
            ("I think so too.", false),
            ("nice weather today", false),
            ("he said that he did", false),
            ("???", false),
            ("", false),
        ] {
            assert_eq!(looks_like_question(text), asks, "{text:?}");
        }
    }
}
