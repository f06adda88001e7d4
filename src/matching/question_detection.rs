//! Whether a message looks like a question at all; for channels that are listened to unasked.
//! It only spares the matcher's answer where nobody asked: it errs on the side of silence.

use super::normalise;

/// How far a question word may stand from the start of the message, in words: "hey all, so why did ...".
const OPENING_WORDS: usize = 4;

/// Whether the text ends in a question mark of any script or opens with a question word.
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

/// Question marks: Latin, full width, Arabic, Greek (which is the semicolon's look-alike U+037E), Armenian, Ethiopic and the doubled ones.
fn is_question_mark(letter: char) -> bool {
    matches!(letter, '?' | '？' | '؟' | '\u{37E}' | '՞' | '፧' | '⁇' | '⁈' | '⁉' | '‽' | '﹖')
}

/// Words that ask wherever they stand near the start. German, French, Spanish and Russian have theirs here too, as far
/// as they are no word of another of these languages.
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

/// Words that ask only as the first of a sentence: "did Abe ...", "tell me ...".
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

/// Japanese marks a question at its end, often without a question mark.
fn asks_in_japanese(normal: &str) -> bool {
    ["ですか", "ますか", "でしょうか", "ましたか", "のか"].iter().any(|ending| normal.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::looks_like_question;

    #[test]
    fn questions_are_told_from_remarks() {
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
