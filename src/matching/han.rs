//! Han letters, which write Chinese and most content words of Japanese: function letters, and simplified forms.
//! A letter is read as a word, because where words begin and end cannot be seen in text without spaces.

use std::sync::LazyLock;

/// Function letters by the share of short Chinese questions that contain them, rounded to the nearest of two levels.
/// Our own estimate; only the order of magnitude matters. They include pronouns, question words and the commonest
/// auxiliaries of Chinese, and those of Japanese that are written with Han letters. Simplified forms only.
const FUNCTION_LETTERS: [(f32, &str); 2] = [
    (0.25, "的是吗什么有在了"),
    (
        0.06,
        "不我你您他她它们这那哪谁怎样为和与跟及或把被给对从到由于以向而且但就也都还又再很最已正着过得地会能可要想该\
         应请呢吧啊呀嘛哦个些几多少一上下里中之其何所没别只才如若因此并将吾私仆々〇",
    ),
];

/// Pairs of a traditional letter and its simplified form. Compiled for Footnote from the commonest letters.
const SIMPLIFIED: &str = include_str!("han/simplified.txt");

/// The pairs of [`SIMPLIFIED`], sorted.
static SIMPLIFIED_FORMS: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let pair = |pair: &str| {
        let mut letters = pair.chars();
        Some((letters.next()?, letters.next()?))
    };
    let mut forms: Vec<(char, char)> = SIMPLIFIED.split_ascii_whitespace().filter_map(pair).collect();
    forms.sort_unstable();
    forms
});

/// The letters that have no topic of their own, each with the share of Chinese questions that contain it.
pub(super) fn function_letters() -> impl Iterator<Item = (char, f32)> {
    FUNCTION_LETTERS.into_iter().flat_map(|(share, letters)| letters.chars().map(move |letter| (letter, share)))
}

/// The simplified form of a traditional letter, or the letter itself. Applied to Japanese too, so that a letter has one
/// form in all texts.
pub(super) fn simplified(letter: char) -> char {
    let forms = &*SIMPLIFIED_FORMS;
    forms.binary_search_by_key(&letter, |&(traditional, _)| traditional).map_or(letter, |found| forms[found].1)
}

/// Whether a letter is Han, or a mark that stands for one.
pub(super) fn is_han(letter: char) -> bool {
    matches!(letter,
        '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{323AF}')
}

#[cfg(test)]
mod tests;
