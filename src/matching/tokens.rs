//! Tokenisation: from a text in normal form to its words and their stems.
//! Text in a script without spaces is cut into single Han letters and overlapping pairs of other letters, which replace
//! words.

use rust_stemmers::{Algorithm, Stemmer};

use super::han::{is_han, simplified};

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

/// Splits a text in normal form into tokens. Stems words in Latin letters as English, by the Porter2 ("Snowball")
/// algorithm; it shortens words of other languages too, which does no harm because it does so consistently.
pub(super) struct Tokeniser {
    stemmer: Stemmer,
}

impl std::fmt::Debug for Tokeniser {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Tokeniser")
    }
}

impl Default for Tokeniser {
    fn default() -> Self {
        Self { stemmer: Stemmer::create(Algorithm::English) }
    }
}

impl Tokeniser {
    /// The tokens of a text in normal form, in order.
    pub fn tokens(&self, normal: &str) -> Vec<WordToken> {
        let mut tokens = Vec::with_capacity(normal.len() / 5 + 1);
        for word in normal.split(' ').filter(|word| !word.is_empty()) {
            if word.is_ascii() {
                tokens.push(self.token(word));
            } else {
                self.push_parts(word, &mut tokens);
            }
        }
        tokens
    }

    /// The token of one word.
    pub fn token(&self, word: &str) -> WordToken {
        WordToken { text: word.to_owned(), stem: self.stem(word) }
    }

    fn stem(&self, word: &str) -> String {
        if word.bytes().all(|byte| byte.is_ascii_lowercase()) {
            self.stemmer.stem(word).into_owned()
        } else {
            word.to_owned()
        }
    }

    /// Cuts a word at each change of the script, and parts in a script without spaces into letters or pairs of letters.
    /// In Japanese a change of the script is often the end of a word.
    fn push_parts(&self, word: &str, tokens: &mut Vec<WordToken>) {
        let letters: Vec<char> = word.chars().collect();
        let mut push = |letters: &[char]| tokens.push(self.token(&letters.iter().collect::<String>()));
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
    use super::Tokeniser;
    use crate::knowledge::wording::normalise;

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
            let tokens = Tokeniser::default().tokens(&normalise(text));
            assert_eq!(tokens.iter().map(|token| token.stem.as_str()).collect::<Vec<_>>(), stems, "{text:?}");
        }
    }
}
