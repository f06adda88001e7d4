//! Ids for new entries and boundaries, made from their question: `why-court-russia`.
//! Lower-case ASCII words joined by hyphens, as the knowledge file wants them.

use unicode_normalization::UnicodeNormalization as _;

use crate::knowledge::limits::ID_CHARS;
use crate::knowledge::wording::normalise;

/// How long an id made from a question is at most, in characters: long enough to tell a question, short enough to be typed.
/// With a number behind it, it stays within [`ID_CHARS`].
const SLUG_CHARS: usize = 40;

/// The id of a question that has no ASCII letter and no digit.
const NAMELESS: &str = "question";

const _: () = assert!(SLUG_CHARS + "-18446744073709551615".len() <= ID_CHARS);

/// An id for a question that is not taken yet: as many of its words as fit, and a number if another has them too.
#[must_use]
pub fn id_for(question: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let normal: String = normalise(question).nfkd().filter(|letter| *letter != '\'').collect();
    let words = normal.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut slug = String::new();
    for word in words {
        let joint = usize::from(!slug.is_empty());
        if slug.len() + joint + word.len() > SLUG_CHARS {
            if slug.is_empty() {
                slug = word.chars().take(SLUG_CHARS).collect();
            }
            break;
        }
        slug.extend((joint == 1).then_some('-'));
        slug.push_str(word);
    }
    if slug.is_empty() {
        NAMELESS.clone_into(&mut slug);
    }
    if !is_taken(&slug) {
        return slug;
    }
    let numbered = (2_u64..).map(|number| format!("{slug}-{number}")).find(|id| !is_taken(id));
    numbered.unwrap_or(slug)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_are_made_of_the_questions_words() {
        let long = "a".repeat(99);
        for (question, taken, id) in [
            ("Why did Abe court Russia?", &[][..], "why-did-abe-court-russia"),
            ("What's  the U.S.-Japan Alliance?", &[], "what-is-the-us-japan-alliance"),
            ("Où est le café?", &[], "ou-est-le-cafe"),
            ("灯台は？", &[], "question"),
            ("", &["question"], "question-2"),
            ("Who built it?", &["who-built-it", "who-built-it-2"], "who-built-it-3"),
            ("Who was it that first thought of building the tower here?", &[], "who-was-it-that-first-thought-of"),
            (&long, &[], &long[..40]),
        ] {
            assert_eq!(id_for(question, |id| taken.contains(&id)), id, "{question}");
        }
    }

    proptest! {
        #[test]
        fn every_question_gets_an_id_that_the_check_takes(question in any::<String>(), taken in 0..3_usize) {
            let id = id_for(&question, |id| taken > 0 && !id.ends_with(&format!("-{}", taken + 1)));
            prop_assert!(id.len() <= ID_CHARS && !id.is_empty());
            let sound = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
            prop_assert!(id.split('-').all(sound), "{}", id);
        }
    }
}
