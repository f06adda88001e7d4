//! Normalises wordings: case, width, accents, invisible characters, punctuation and contractions make no difference.
//! The check for repeated wordings and the matcher both compare texts by [`normalise`].

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

use super::contractions::{expand, expand_apostrophe};

/// Characters of a question that are read: as many as a Discord message can contain without a subscription. Bounds the
/// time that any text can take; nobody asks a question of more.
pub const QUESTION_CHARS_MAX: usize = 2_000;

/// Returns the normal form of a text: lower-case words separated by single spaces. Two texts with the same normal form
/// are the same question.
///
/// Compatibility forms (NFKC), case, accents, vowel points, zero-width characters, punctuation and the full stops of
/// abbreviations ("U.S.") make no difference. English contractions and chat spellings are expanded ("What's" becomes
/// "what is"). Only the first [`QUESTION_CHARS_MAX`] characters are read.
#[must_use]
pub fn normalise(text: &str) -> String {
    words_in(&fold(text, false), push_expanded, "and")
}

/// Like [`normalise`], but keeps accents and expands nothing: for a stemmer of another language than English. The words
/// without accents ([`without_accents`]) are the normal form, apart from English spellings.
#[must_use]
pub fn accented_words(text: &str) -> String {
    words_in(&fold(text, true), |words, word| word.split('\'').for_each(|part| push(words, part)), "")
}

/// A word without its accents, in the form that [`normalise`] gives it.
#[must_use]
pub fn without_accents(word: &str) -> String {
    fold(word, false)
}

/// The words of a folded text, separated by single spaces. `push_word` appends one; `ampersand` replaces "&".
fn words_in(letters: &str, push_word: impl Fn(&mut String, &str), ampersand: &str) -> String {
    let mut normal = String::with_capacity(letters.len());
    let mut word = String::new();
    let mut previous = ' ';
    // Letters since the last full stop or space. A full stop after a single letter belongs to an abbreviation.
    let mut run = 0;
    let mut rest = letters.chars().peekable();
    while let Some(letter) = rest.next() {
        let next = rest.peek().copied().unwrap_or(' ');
        let is_alphabetic = letter.is_alphabetic();
        if is_alphabetic || letter.is_numeric() || is_combining_mark(letter) {
            word.push(letter);
            run += if is_alphabetic { 1 } else { 2 };
        } else if letter == '.' && run == 1 {
            run = 0;
        } else if letter == '\'' && previous.is_alphabetic() && next.is_alphabetic() {
            word.push('\'');
        } else if !joins(previous, letter, next) {
            push_word(&mut normal, &word);
            word.clear();
            run = 0;
            if letter == '&' {
                push_word(&mut normal, ampersand);
            }
        }
        previous = letter;
    }
    push_word(&mut normal, &word);
    normal
}

/// The part of a question that is read: its start, with at most [`QUESTION_CHARS_MAX`] characters before and after
/// their compatibility forms are expanded (the single character "\u{FDFA}" becomes 18).
#[must_use]
pub fn start_of_question(text: &str) -> &str {
    let mut chars = text.char_indices();
    match excess(&mut chars, QUESTION_CHARS_MAX) {
        Some(end) => &text[..end],
        None => text,
    }
}

/// The end of a text that is still being typed, with at most `chars_max` characters before and after their compatibility
/// forms are expanded. Starts with a whole word, if there is more than one.
#[must_use]
pub fn end_of_typed(text: &str, chars_max: usize) -> &str {
    let mut chars = text.char_indices().rev();
    let Some(before) = excess(&mut chars, chars_max) else { return text };
    let end = text[before..].char_indices().nth(1).map_or(text.len(), |(start, _)| before + start);
    let end = &text[end..];
    end.split_once(char::is_whitespace).map_or(end, |(_, words)| words)
}

/// The position of the first character with which the characters so far would be more than `chars_max` when expanded.
fn excess(chars: &mut impl Iterator<Item = (usize, char)>, chars_max: usize) -> Option<usize> {
    let mut count = 0;
    chars
        .find(|&(_, letter)| {
            match letter {
                '\0'..='\u{7F}' => count += 1,
                _ => decompose_compatible(letter, |_| count += 1),
            }
            count > chars_max
        })
        .map(|(position, _)| position)
}

/// Removes case, width and invisible characters, and unless `keeps_accents`, accents. Decomposes the text first, so that
/// one filter removes every accent, and recomposes it afterwards for scripts in which marks are letters (Hangul, voiced
/// kana).
fn fold(text: &str, keeps_accents: bool) -> String {
    if text.is_ascii() {
        return text.chars().take(QUESTION_CHARS_MAX).map(|letter| letter.to_ascii_lowercase()).collect();
    }
    let mut folded = String::with_capacity(text.len());
    // Apostrophes first: some keyboards type an acute accent instead, which NFKD turns into a space. And again afterwards:
    // the letter ŉ decomposes into an apostrophe and n.
    let plain = |letter| if is_apostrophe(letter) { '\'' } else { letter };
    let is_dropped = |letter| !keeps_accents && is_accent(letter);
    let read = text.chars().take(QUESTION_CHARS_MAX).map(plain);
    // One character can decompose into eighteen, so the limit is applied again.
    let decomposed = read.nfkd().map(plain);
    for letter in decomposed.filter(|&letter| !is_invisible(letter) && !is_dropped(letter)).take(QUESTION_CHARS_MAX) {
        for lower in letter.to_lowercase() {
            match plain_letter(lower).filter(|_| !keeps_accents) {
                Some(plain) => folded.push_str(plain),
                // Lower-casing can add an accent, as for the Turkish İ.
                None if is_dropped(lower) => {}
                None => folded.push(lower),
            }
        }
    }
    folded.nfc().collect()
}

fn is_apostrophe(letter: char) -> bool {
    matches!(
        letter,
        '\u{2019}' | '\u{2018}' | '\u{201B}' | '\u{02BC}' | '\u{02B9}' | '\u{2032}' | '`' | '\u{B4}' | '\u{FF07}'
    )
}

/// Whether a character is an accent or vowel point that writers may omit: Latin, Greek and Cyrillic accents, Hebrew
/// points, Arabic marks and the tatweel. Vowel signs of Indic scripts and voicing marks of kana are letters, so they
/// are not included.
#[must_use]
pub fn is_accent(letter: char) -> bool {
    matches!(letter,
        '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5C7}' | '\u{610}'..='\u{61A}'
        | '\u{640}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6ED}' | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

/// Returns `true` for invisible characters: soft hyphen, zero-width and direction marks, variation selectors, tags.
fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Replaces lower-case ligatures and letters with a stroke, which do not decompose, by what people type on other
/// keyboards.
fn plain_letter(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ð' | 'đ' => "d",
        'þ' => "th",
        'ł' => "l",
        'ħ' => "h",
        'ı' => "i",
        'ς' => "σ",
        _ => return None,
    })
}

/// Whether a punctuation mark is part of a word, like the comma of "1,000".
fn joins(previous: char, mark: char, next: char) -> bool {
    mark == ',' && previous.is_ascii_digit() && next.is_ascii_digit()
}

/// Appends a word, unless it is empty, and a space before it.
fn push(normal: &mut String, word: &str) {
    if !word.is_empty() {
        if !normal.is_empty() {
            normal.push(' ');
        }
        normal.push_str(word);
    }
}

/// Appends a word with its English contraction expanded.
fn push_expanded(normal: &mut String, word: &str) {
    match word.split_once('\'') {
        None => push(normal, expand(word).unwrap_or(word)),
        Some((head, tail)) => {
            let (first, second) = expand_apostrophe(head, tail);
            let parts = std::iter::once(first).chain(second.split('\''));
            parts.for_each(|part| push(normal, expand(part).unwrap_or(part)));
        }
    }
}

/// Returns `true` for symbols without ink: the empty Braille cell, the null note head, and controls of notations.
fn is_blank_symbol(letter: char) -> bool {
    matches!(letter, '\u{2800}' | '\u{13430}'..='\u{1343F}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D159}' | '\u{1D173}'..='\u{1D17A}')
}

/// Returns `true` if a text has no visible character.
pub(super) fn is_blank(text: &str) -> bool {
    text.chars()
        .all(|letter| letter.is_whitespace() || letter.is_control() || is_invisible(letter) || is_blank_symbol(letter))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use unicode_normalization::UnicodeNormalization as _;

    use super::{
        QUESTION_CHARS_MAX, accented_words, end_of_typed, is_blank, normalise, start_of_question, without_accents,
    };

    #[test]
    fn differences_that_do_not_matter_are_removed() {
        for (text, normal) in [
            ("", ""),
            ("  What's   THIS?! ", "what is this"),
            ("What\u{2019}s this", "what is this"),
            ("I can't, won't & don't", "i can not will not and do not"),
            ("dont whats im", "do not what is i am"),
            ("Abe's policy; the islands' status", "abe policy the islands status"),
            ("the U.S.-Japan alliance, the U.S.S.R.", "the us japan alliance the ussr"),
            ("islands.Why? In 2.5 years.", "islands why in 2 5 years"),
            ("1,000 islands, 3 things", "1000 islands 3 things"),
            ("long-term/short_term", "long term short term"),
            // German
            ("Größe der STRASSE, für Müller", "grosse der strasse fur muller"),
            ("Gro\u{308}ße", "grosse"),
            // French, Polish, Turkish, Greek, Cyrillic
            ("Où est l'île d'Œdipe ?", "ou est l ile d oedipe"),
            ("Łódź İstanbul ıssız", "lodz istanbul issiz"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσευσ"),
            ("\u{149}", "n"),
            ("Ещё Ёлка", "еще елка"),
            // Japanese: width, voicing, long vowel
            ("ｶﾞｲｺｳ ガイコウ", "ガイコウ ガイコウ"),
            ("日本とロシアは？", "日本とロシアは"),
            ("ＡＢＥ　１２３", "abe 123"),
            // Korean stays in syllables
            ("한국어", "한국어"),
            // Arabic: vowel points, hamza, tatweel
            ("مُحَمَّد", "محمد"),
            ("أين الجـــزر؟", "اين الجزر"),
            // Hindi keeps its vowel signs
            ("हिन्दी", "हिन्दी"),
            // Emoji and symbols are not words
            ("🐙🐙", ""),
            ("why 🇯🇵 and 👩\u{200D}🔬?", "why and"),
            // Combining marks, zero-width and direction characters
            ("z\u{335}\u{327}a\u{310}l\u{489}go", "zalgo"),
            ("ab\u{200B}e\u{FEFF} sho\u{AD}gun \u{202E}x", "abe shogun x"),
            ("ﬁne ② Ⅳ ㎞", "fine 2 iv km"),
            ("\u{0}\u{7}\n\t", ""),
            ("'''", ""),
            ("rock'n'roll", "rock n roll"),
        ] {
            assert_eq!(normalise(text), normal, "{text:?}");
        }
    }

    #[test]
    fn words_of_other_languages_keep_their_accents_and_are_not_expanded() {
        for (text, words, plain) in [
            ("Wann MÖCHTE der Vorstand u. a. im Café tagen?", "wann möchte der vorstand u a im café tagen", None),
            ("Größe der Straße", "größe der straße", Some("grosse der strasse")),
            ("J\u{2019}ai & l'E\u{301}cole d'été", "j ai l école d été", Some("j ai l ecole d ete")),
            ("Новый Ёж", "новый ёж", Some("новыи еж")),
            ("Kıyı\u{AD}lar 1,000", "kıyılar 1000", Some("kiyilar 1000")),
            ("ὈΔΥΣΣΕΎΣ", "ὀδυσσεύσ", Some("οδυσσευσ")),
            ("ガイコウ", "ガイコウ", Some("ガイコウ")),
            ("", "", Some("")),
        ] {
            assert_eq!(accented_words(text), words, "{text:?}");
            assert_eq!(accented_words(words), words, "{text:?}");
            if let Some(plain) = plain {
                assert_eq!(without_accents(words), plain, "{text:?}");
            }
        }
    }

    #[test]
    fn a_normal_form_is_its_own_normal_form() {
        for text in ["u`Aೝ", "טּ'\u{dca}", "What's up?", "Größe", "can't", "ガイコウ", "Où est l'île?", "ﷺ"]
        {
            assert_eq!(normalise(&normalise(text)), normalise(text), "{text:?}");
        }
    }

    #[test]
    fn reads_no_more_than_its_limit() {
        assert_eq!(normalise(&"a".repeat(7_000)).len(), super::QUESTION_CHARS_MAX);
        assert!(normalise(&"ﷺ".repeat(7_000)).chars().count() <= super::QUESTION_CHARS_MAX);
    }

    #[test]
    fn a_question_is_cut_at_its_end_and_a_typed_text_at_its_start() {
        let expanded = |text: &str| text.nfkd().count();
        for letter in ["a", "é", "ﷺ", "字", "한", "\u{1D160}"] {
            let long = letter.repeat(QUESTION_CHARS_MAX + 1);
            let start = start_of_question(&long);
            assert!(long.starts_with(start) && expanded(start) <= QUESTION_CHARS_MAX, "{letter}");
            assert!(expanded(start) + 18 > QUESTION_CHARS_MAX, "{letter}");
            assert_eq!(start_of_question(start), start);
            let end = end_of_typed(&long, 100);
            assert!(long.ends_with(end) && expanded(end) <= 100 && expanded(end) + 18 > 100, "{letter}");
        }
        assert_eq!(start_of_question("why?"), "why?");
        assert_eq!(end_of_typed("who holds the islands", 100), "who holds the islands");
        assert_eq!(end_of_typed("who holds the islands", 14), "the islands");
        assert_eq!(end_of_typed("", 0), "");
    }

    #[test]
    fn a_text_without_visible_characters_is_blank() {
        for (text, blank) in [
            ("", true),
            (" \n\u{200B}\u{3164}", true),
            ("\u{2800}\u{115F}\u{1D159}\u{FFA0}", true),
            ("\u{7}", true),
            ("?", false),
            (" a ", false),
            ("\u{2801}", false),
        ] {
            assert_eq!(is_blank(text), blank, "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn normalising_twice_changes_nothing(wording in any::<String>()) {
            let once = normalise(&wording);
            prop_assert_eq!(normalise(&once), once);
        }

        #[test]
        fn case_and_outer_space_do_not_matter(wording in "[a-zA-Z' .?-]{0,40}") {
            prop_assert_eq!(normalise(&format!("  {}\n", wording.to_uppercase())), normalise(&wording));
        }
    }
}
