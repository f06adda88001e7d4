//! Tokenisation: from a text in normal form to its words and their stems.
//! Text in a script without spaces is cut into single Han letters and overlapping pairs of other letters, which replace
//! words.

use rust_stemmers::{Algorithm, Stemmer};

use super::han::{is_han, simplified};
use crate::knowledge::limits;
use crate::knowledge::wording::{accented_words, is_accent, normalise, without_accents};

/// A word of a text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct WordToken {
    /// The word in normal form.
    pub text: String,
    /// The part that its inflections share; equal to `text` if no stemmer applies.
    pub stem: String,
}

impl WordToken {
    /// The script of the word.
    pub fn word_breaking(&self) -> WordBreaking {
        match self.text.chars().next().map_or(WordBreaking::Spaced, WordBreaking::of) {
            // The first phrase of a synonym group can consist of several words. It is one word like any other.
            WordBreaking::Han | WordBreaking::Hiragana | WordBreaking::Paired if self.text.contains(' ') => {
                WordBreaking::Spaced
            }
            script => script,
        }
    }
}

/// A group of scripts whose text is cut into words in the same way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum WordBreaking {
    /// A script with spaces between words.
    Spaced,
    /// Han. Each letter is a word.
    Han,
    /// Hiragana, which writes particles and endings. Each pair of adjacent letters is a word.
    Hiragana,
    /// Katakana, Thai, Lao, Myanmar or Khmer. Each pair of adjacent letters is a word.
    Paired,
}

impl WordBreaking {
    /// The script of a letter.
    pub fn of(letter: char) -> Self {
        match letter {
            '\0'..'\u{E00}' => Self::Spaced,
            '\u{3040}'..='\u{309F}' => Self::Hiragana,
            '\u{E00}'..='\u{EFF}'
            | '\u{1000}'..='\u{109F}'
            | '\u{1780}'..='\u{17FF}'
            | '\u{30A0}'..='\u{30FF}'
            | '\u{31F0}'..='\u{31FF}' => Self::Paired,
            letter if is_han(letter) => Self::Han,
            _ => Self::Spaced,
        }
    }
}

/// The stemmers ("Snowball") by the code of their language.
const STEMMERS: [(&str, Algorithm); 18] = [
    ("ar", Algorithm::Arabic),
    ("da", Algorithm::Danish),
    ("de", Algorithm::German),
    ("el", Algorithm::Greek),
    ("en", Algorithm::English),
    ("es", Algorithm::Spanish),
    ("fi", Algorithm::Finnish),
    ("fr", Algorithm::French),
    ("hu", Algorithm::Hungarian),
    ("it", Algorithm::Italian),
    ("nl", Algorithm::Dutch),
    ("no", Algorithm::Norwegian),
    ("pt", Algorithm::Portuguese),
    ("ro", Algorithm::Romanian),
    ("ru", Algorithm::Russian),
    ("sv", Algorithm::Swedish),
    ("ta", Algorithm::Tamil),
    ("tr", Algorithm::Turkish),
];

/// Splits a text into tokens, by the rules of one language. Stems words with the stemmer of the language, if there is
/// one. It shortens words of other languages too, which does no harm because it does so consistently.
pub(super) struct Tokeniser {
    stemmer: Option<Stemmer>,
    /// Whether English contractions are expanded.
    is_english: bool,
}

impl std::fmt::Debug for Tokeniser {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Tokeniser")
    }
}

impl Tokeniser {
    /// The tokeniser for a language, by its code.
    pub fn new(code: &str) -> Self {
        let algorithm = STEMMERS.into_iter().find(|(stemmed, _)| *stemmed == code);
        let stemmer = algorithm.map(|(_, algorithm)| Stemmer::create(algorithm));
        Self { stemmer, is_english: code == limits::ENGLISH }
    }

    /// The words of a text, separated by single spaces: its normal form in English. Stemmers of other languages need the
    /// accents.
    pub fn words(&self, text: &str) -> String {
        if self.is_english { normalise(text) } else { accented_words(text) }
    }

    /// The tokens of a text, in order.
    pub fn tokens(&self, text: &str) -> Vec<WordToken> {
        let words = self.words(text);
        let mut tokens = Vec::with_capacity(words.len() / 5 + 1);
        self.each_part(&words, |part| tokens.push(self.token(part)));
        tokens
    }

    /// The token of one of [`Self::words`], or of a part of it.
    pub fn token(&self, word: &str) -> WordToken {
        let stem = match &self.stemmer {
            Some(stemmer) if !word.contains(char::is_numeric) => stemmer.stem(word),
            _ => word.into(),
        };
        if word.is_ascii() {
            WordToken { text: word.to_owned(), stem: stem.into_owned() }
        } else {
            WordToken { text: without_accents(word), stem: without_accents(&stem) }
        }
    }

    /// Calls a function with each part of the [`Self::words`] that is a token. Cuts a word at each change of the script,
    /// and parts in a script without spaces into letters or pairs of letters. In Japanese a change of the script is often
    /// the end of a word.
    pub fn each_part(&self, words: &str, mut visit: impl FnMut(&str)) {
        for word in words.split(' ').filter(|word| !word.is_empty()) {
            if word.is_ascii() { visit(word) } else { Self::each_part_of_word(word, &mut visit) }
        }
    }

    fn each_part_of_word(word: &str, visit: &mut impl FnMut(&str)) {
        let letters: Vec<char> = word.chars().collect();
        let mut push = |letters: &[char]| {
            if !letters.iter().all(|&letter| is_accent(letter)) {
                visit(&letters.iter().collect::<String>());
            }
        };
        for run in letters.chunk_by(|&left, &right| WordBreaking::of(left) == WordBreaking::of(right)) {
            match WordBreaking::of(run[0]) {
                WordBreaking::Han => run.iter().for_each(|&letter| push(&[simplified(letter)])),
                WordBreaking::Hiragana | WordBreaking::Paired if run.len() > 1 => run.windows(2).for_each(&mut push),
                _ => push(run),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::{STEMMERS, Tokeniser};
    use crate::knowledge::limits::LANGUAGES;
    use crate::matching::language::Language;

    #[test]
    fn texts_are_split_into_stems() {
        for (text, stems) in [
            ("", vec![]),
            ("Negotiating negotiations", vec!["negoti", "negoti"]),
            ("the 1980s, 3rd", vec!["the", "1980s", "3rd"]),
            ("日本とロシアは", vec!["日", "本", "と", "ロシ", "シア", "は"]),
            ("島々からの", vec!["岛", "々", "から", "らの"]),
            ("Abe首相は?", vec!["abe", "首", "相", "は"]),
            ("為什麼", vec!["为", "什", "么"]),
            ("ภาษา", vec!["ภา", "าษ", "ษา"]),
            ("почему Россия", vec!["почему", "россия"]),
            ("한국어 질문", vec!["한국어", "질문"]),
        ] {
            let tokens = Tokeniser::new("en").tokens(text);
            assert_eq!(tokens.iter().map(|token| token.stem.as_str()).collect::<Vec<_>>(), stems, "{text:?}");
        }
    }

    #[test]
    fn inflections_share_a_stem_in_the_language_of_the_document() {
        for (code, words) in [
            ("de", &["Mitglied", "Mitglieder", "mitgliedern"][..]),
            ("de", &["Bücher", "Büchern", "BUCHER"][..]),
            ("fr", &["cotisation", "cotisations"][..]),
            ("fr", &["national", "nationale", "nationaux"][..]),
            ("es", &["estación", "estaciones"][..]),
            ("it", &["riunione", "riunioni"][..]),
            ("pt", &["menino", "meninos"][..]),
            ("nl", &["vergadering", "vergaderingen"][..]),
            ("sv", &["föreningen", "föreningar"][..]),
            ("ru", &["новый", "новая", "нового", "новыми"][..]),
            ("fi", &["talo", "talot", "talossa"][..]),
            ("hu", &["ház", "házak", "házban"][..]),
        ] {
            let tokeniser = Tokeniser::new(code);
            let stems: BTreeSet<String> =
                words.iter().flat_map(|word| tokeniser.tokens(word)).map(|token| token.stem).collect();
            assert_eq!(stems.len(), 1, "{code} {words:?}: {stems:?}");
        }
        let unknown = Tokeniser::new("zz").tokens("Mitglieder");
        assert_eq!(unknown[0].stem, "mitglieder", "a language without a stemmer");
    }

    #[test]
    fn each_language_that_is_stemmed_or_recognised_may_be_declared() {
        assert!(LANGUAGES.is_sorted());
        let recognised = Language::ALL.iter().map(|language| language.code());
        for code in STEMMERS.iter().map(|(code, _)| *code).chain(recognised) {
            assert!(LANGUAGES.contains(&code), "{code}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_a_stemmer(text in r"(\PC| |[a-zäöüßéèàçñ]|[а-яё]|[ا-ي]|[α-ωάή]|[அ-்]){0,40}") {
            for code in LANGUAGES {
                for token in Tokeniser::new(code).tokens(&text) {
                    prop_assert!(!token.text.is_empty(), "{code}");
                }
            }
        }
    }
}
