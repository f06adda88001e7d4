//! Tokenisation: from a text in normal form to its words and their stems.
//! Text in a script without spaces between words is cut into overlapping pairs of letters, which replace words.

use rust_stemmers::{Algorithm, Stemmer};

/// A word of a text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct WordToken {
    /// The word in normal form.
    pub text: String,
    /// The part that its inflections share; equal to `text` if no stemmer applies.
    pub stem: String,
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

    /// Cuts a word at each change between a script without spaces and another script, and the former into pairs of
    /// letters.
    fn push_parts(&self, word: &str, tokens: &mut Vec<WordToken>) {
        let letters: Vec<char> = word.chars().collect();
        for run in letters.chunk_by(|&left, &right| is_unspaced(left) == is_unspaced(right)) {
            if run.first().is_some_and(|&letter| is_unspaced(letter)) && run.len() > 1 {
                tokens.extend(run.windows(2).map(|pair| self.token(&pair.iter().collect::<String>())));
            } else {
                tokens.push(self.token(&run.iter().collect::<String>()));
            }
        }
    }
}

/// Whether the letter belongs to a script without spaces between words: Han, kana, Thai, Lao, Myanmar or Khmer.
fn is_unspaced(letter: char) -> bool {
    matches!(letter,
        '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}')
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
            ("日本とロシアは", vec!["日本", "本と", "とロ", "ロシ", "シア", "アは"]),
            ("島", vec!["島"]),
            ("Abe首相は?", vec!["abe", "首相", "相は"]),
            ("почему Россия", vec!["почему", "россия"]),
            ("한국어 질문", vec!["한국어", "질문"]),
        ] {
            let tokens = Tokeniser::default().tokens(&normalise(text));
            assert_eq!(tokens.iter().map(|token| token.stem.as_str()).collect::<Vec<_>>(), stems, "{text:?}");
        }
    }
}
