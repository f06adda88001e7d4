//! Three thousand everyday English words that a question may have and the file need not.
//! Without them "bike" would be taken for a slip of "like", "dessert" for "desert".

/// The words in their base forms; the stemmer knows the others. Written down for Footnote, in no order that matters.
pub(super) fn english_words() -> impl Iterator<Item = &'static str> {
    include_str!("english.txt").split_ascii_whitespace()
}

#[cfg(test)]
mod tests {
    use super::english_words;

    #[test]
    fn words_are_plain_and_stand_there_once() {
        let mut words: Vec<&str> = english_words().collect();
        let count = words.len();
        assert!(words.iter().all(|word| word.chars().all(|letter| letter.is_ascii_lowercase())));
        words.sort_unstable();
        words.dedup();
        assert_eq!((words.len(), words.len() > 2000), (count, true));
    }
}
