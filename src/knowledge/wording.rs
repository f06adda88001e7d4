//! What makes two wordings the same: everything that people vary without meaning anything by it is folded away.
//! The check for doubled wordings and the matcher both stand on [`normalise`].

use unicode_normalization::UnicodeNormalization;

/// The wording in Unicode NFKC, lower case, without diacritics, punctuation, symbols and zero-width characters, its words
/// separated by single spaces.
///
/// Apostrophes vanish (`Abe’s` is `abes`), as do the stops of abbreviations (`U.S.` is `us`); any other punctuation
/// separates words (`Japan-Russia` is `japan russia`). Normalising twice changes nothing more.
#[must_use]
pub fn normalise(wording: &str) -> String {
    let folded: String = wording
        .nfkd()
        .filter(|&c| !is_diacritic(c) && !is_zero_width(c))
        // Upper case first: it unites what lower case alone keeps apart, such as `ß` with `ss` and `ς` with `σ`.
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfkd()
        .filter(|&c| !is_diacritic(c))
        .nfc()
        .collect();

    let mut normal = String::with_capacity(folded.len());
    // Letters since the last stop or space: a stop after a single one belongs to an abbreviation.
    let mut run = 0;
    let mut space = false;
    for c in folded.chars() {
        if is_word(c) {
            if space && !normal.is_empty() {
                normal.push(' ');
            }
            space = false;
            normal.push(c);
            run += if c.is_alphabetic() { 1 } else { 2 };
        } else if !is_apostrophe(c) {
            space |= !(c == '.' && run == 1);
            run = 0;
        }
    }
    normal
}

/// Whether a reader sees nothing of this text: only white space, control and zero-width characters.
pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c.is_control() || is_zero_width(c))
}

/// Letters and digits, and the marks that stand within words of many scripts (a vowel sign is no decoration).
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c)
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '‘' | '’' | '‛' | 'ʼ' | '`' | '´')
}

/// The combining diacritics blocks. Marks of other blocks (voicing in Japanese, vowels in Devanagari) change the letter and stay.
fn is_diacritic(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

/// Characters that are invisible by design: joiners, direction marks, variation selectors, tags, fillers.
fn is_zero_width(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn folds_what_people_vary() {
        for (wording, normal) in [
            ("", ""),
            ("  Why did\tAbe\n court Russia?! ", "why did abe court russia"),
            ("Abe’s Abe's Abes", "abes abes abes"),
            ("Japan-Russia relations", "japan russia relations"),
            ("the U.S.-Japan alliance", "the us japan alliance"),
            ("the U.S.S.R.", "the ussr"),
            ("islands.Why", "islands why"),
            ("in 2.5 years", "in 2 5 years"),
            ("Shinzō ABE", "shinzo abe"),
            ("Ｆｕｌｌ ｗｉｄｔｈ ﬁle", "full width file"),
            ("STRASSE straße", "strasse strasse"),
            ("z\u{334}a\u{300}\u{301}lg\u{489}o", "zalgo"),
            ("zero\u{200B}width \u{202E}right\u{FEFF}", "zerowidth right"),
            ("ガ カ", "ガ カ"),
            ("Ёлка", "елка"),
            ("“frontline base”", "frontline base"),
            ("?!… 🙂", ""),
        ] {
            assert_eq!(normalise(wording), normal, "{wording:?}");
        }
    }

    #[test]
    fn blank_is_what_nobody_sees() {
        for (text, blank) in [("", true), (" \n\u{200B}\u{3164}", true), ("\u{7}", true), ("?", false), (" a ", false)]
        {
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
