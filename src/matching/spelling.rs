//! Spelling correction: the known words within one or two typing errors of an unknown word.
//! Indexes the known words by their length and letters, so that few of them need an exact comparison.

use crate::knowledge::edit_distance::{LetterMask, distance_within};

/// The fewest letters of a word that is corrected. Too many known words are one error away from a shorter word.
const LETTERS_MIN: usize = 3;

/// The most letters of a word that is corrected. Everyday words are shorter, and the time of an alignment grows with
/// the square of the length.
const LETTERS_MAX: usize = 24;

/// The fewest letters of a word in which two errors are corrected; in shorter words one.
const TWO_ERRORS_LETTERS_MIN: usize = 6;

/// The most corrections returned for one word.
const CORRECTIONS_MAX: usize = 16;

/// A known word that may be the intended one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Correction {
    /// The number of the known word, as passed to [`SpellingIndex::new`].
    pub word: u32,
    /// 1 minus the edit distance divided by the length of the longer word in letters.
    pub similarity: f32,
}

/// The known words, sorted by their number of letters.
#[derive(Debug, Default)]
pub(super) struct SpellingIndex {
    /// The mask of each word.
    masks: Vec<LetterMask>,
    /// The number of each word.
    words: Vec<u32>,
    /// For each number of letters, the index of the first word that long.
    starts: Vec<usize>,
}

impl SpellingIndex {
    /// Indexes the known words.
    pub fn new<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut by_length: Vec<(usize, u32, LetterMask)> = (0..)
            .zip(words)
            .filter_map(|(number, word)| correctable_length(word).map(|length| (length, number, LetterMask::of(word))))
            .collect();
        by_length.sort_unstable_by_key(|&(length, number, _)| (length, number));
        let starts = (0..=LETTERS_MAX + 1).map(|length| by_length.partition_point(|word| word.0 < length));
        Self {
            starts: starts.collect(),
            masks: by_length.iter().map(|word| word.2).collect(),
            words: by_length.iter().map(|word| word.1).collect(),
        }
    }

    /// The known words that `word` may be a misspelling of, the most similar first. `text_of` returns the text of a
    /// known word by its number.
    pub fn corrections<'a>(&self, word: &str, text_of: impl Fn(u32) -> &'a str) -> Vec<Correction> {
        let Some(length) = correctable_length(word) else { return Vec::new() };
        let errors = if length >= TWO_ERRORS_LETTERS_MIN { 2 } else { 1 };
        let mask = LetterMask::of(word);
        let start = self.starts[length - errors];
        let masks = &self.masks[start..self.starts[(length + errors).min(LETTERS_MAX) + 1]];
        let mut near: Vec<usize> = Vec::new();
        match errors {
            1 => mask.each_within::<1>(masks, |at| near.push(start + at)),
            _ => mask.each_within::<2>(masks, |at| near.push(start + at)),
        }
        let correction = |at: usize| {
            let known = text_of(self.words[at]);
            let distance = distance_within(word, known, errors)?;
            let longest = length.max(known.chars().count());
            Some(Correction { word: self.words[at], similarity: 1.0 - distance as f32 / longest as f32 })
        };
        let mut corrections: Vec<Correction> = near.into_iter().filter_map(correction).collect();
        corrections
            .sort_by(|left, right| right.similarity.total_cmp(&left.similarity).then(left.word.cmp(&right.word)));
        corrections.truncate(CORRECTIONS_MAX);
        corrections
    }
}

/// The number of letters of a word, or `None` if the word is too short or too long to be corrected or contains digits.
fn correctable_length(word: &str) -> Option<usize> {
    let length = word.chars().take(LETTERS_MAX + 1).count();
    let fits = (LETTERS_MIN..=LETTERS_MAX).contains(&length);
    (fits && !word.contains(char::is_numeric)).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::SpellingIndex;

    fn best(word: &str) -> Option<&'static str> {
        const WORDS: [&str; 7] = ["japan", "russia", "exchange", "islands", "significance", "abe", "dependence"];
        let index = SpellingIndex::new(WORDS.into_iter());
        index
            .corrections(word, |number| WORDS[number as usize])
            .first()
            .map(|correction| WORDS[correction.word as usize])
    }

    #[test]
    fn misspellings_are_corrected() {
        for (misspelled, word) in [
            ("japn", Some("japan")),
            ("jappan", Some("japan")),
            ("jpaan", Some("japan")),
            ("japam", Some("japan")),
            ("rusia", Some("russia")),
            ("excahge", Some("exchange")),
            ("significnace", Some("significance")),
            ("dependance", Some("dependence")),
            ("abbe", Some("abe")),
            ("ab", None),
            ("carbonara", None),
            ("jpn", None),
            ("", None),
            ("japan1", None),
        ] {
            assert_eq!(best(misspelled), word, "{misspelled}");
        }
    }
}
