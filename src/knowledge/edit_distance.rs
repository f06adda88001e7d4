//! Edit distance of words, bounded: optimal string alignment (`strsim`), preceded by a cheap test that rejects most
//! pairs. Serves the search for similar wordings and the matcher's spelling correction.

/// The set of a word's letters. ShortWord other than a to z may share a bit, which never makes a distance look larger.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LetterMask(u64);

/// Bits of a [`LetterMask`] that one edit changes at most: a replaced letter removes one and adds another.
const BITS_PER_EDIT: u32 = 2;

impl LetterMask {
    /// The letters of a word: a bit for each letter that occurs, and another for each that occurs more than once.
    #[must_use]
    pub fn of(word: &str) -> Self {
        let bit = |letter: char| 1 << (u32::from(letter) % 32);
        let (once, more) = word.chars().map(bit).fold((0_u64, 0), |(once, more), bit| (once | bit, more | once & bit));
        Self(once | more << 32)
    }

    /// Whether the words of two masks may be at most `edits` apart. `false` is certain, `true` is not.
    #[must_use]
    pub fn may_be_within(self, other: Self, edits: u32) -> bool {
        let mut different = self.0 ^ other.0;
        // Removes the lowest bit each time. Faster than counting all bits, for which the processors that the program is
        // compiled for may have no instruction.
        for _ in 0..BITS_PER_EDIT * edits {
            different &= different.wrapping_sub(1);
        }
        different == 0
    }

    /// Calls `visit` with the indices of the masks whose words may be at most `EDITS` apart from this one's.
    pub fn each_within<const EDITS: u32>(self, masks: &[Self], mut visit: impl FnMut(usize)) {
        /// As many as the compiler compares at once, and a few.
        const BLOCK: usize = 16;
        for (number, block) in masks.chunks(BLOCK).enumerate() {
            if block.iter().fold(false, |any, mask| any | self.may_be_within(*mask, EDITS)) {
                let near = block.iter().enumerate().filter(|(_, mask)| self.may_be_within(**mask, EDITS));
                near.for_each(|(at, _)| visit(number * BLOCK + at));
            }
        }
    }
}

/// The number of edits between two words (insertion, deletion or replacement of a letter, or exchange of two adjacent
/// ones), if it is at most `edits`. Takes time proportional to the product of the lengths, and much less for words of
/// usual length.
#[must_use]
pub fn distance_within(word: &str, other: &str, edits: usize) -> Option<usize> {
    let distance = match (ShortWord::of(word), ShortWord::of(other)) {
        (Some(word), Some(other)) => short_distance_within(word.as_slice(), other.as_slice(), edits),
        _ => Some(strsim::osa_distance(word, other)),
    };
    distance.filter(|distance| *distance <= edits)
}

/// The most letters of a word that is compared without allocating memory.
const SHORT_LETTERS_MAX: usize = 32;

/// The letters of a word of at most [`SHORT_LETTERS_MAX`].
struct ShortWord {
    letters: [char; SHORT_LETTERS_MAX],
    length: usize,
}

impl ShortWord {
    fn of(word: &str) -> Option<Self> {
        let mut letters = Self { letters: ['\0'; SHORT_LETTERS_MAX], length: 0 };
        for letter in word.chars() {
            *letters.letters.get_mut(letters.length)? = letter;
            letters.length += 1;
        }
        Some(letters)
    }

    fn as_slice(&self) -> &[char] {
        &self.letters[..self.length]
    }
}

/// The optimal string alignment distance of two short words, or `None` if it is certainly larger than `edits`. Computes
/// only the part of the table near its diagonal: the other alignments insert or delete more letters than `edits`.
fn short_distance_within(word: &[char], other: &[char], edits: usize) -> Option<usize> {
    if word.len().abs_diff(other.len()) > edits {
        return None;
    }
    const FAR: usize = SHORT_LETTERS_MAX * 2;
    let mut before_last = [FAR; SHORT_LETTERS_MAX + 1];
    let mut last: [usize; SHORT_LETTERS_MAX + 1] = std::array::from_fn(|at| if at <= edits { at } else { FAR });
    for (row, &letter) in word.iter().enumerate() {
        let mut next = [FAR; SHORT_LETTERS_MAX + 1];
        if row < edits {
            next[0] = row + 1;
        }
        let mut least = next[0];
        for at in row.saturating_sub(edits)..other.len().min(row + edits + 1) {
            let replaced = last[at] + usize::from(letter != other[at]);
            let mut distance = replaced.min(last[at + 1] + 1).min(next[at] + 1);
            if row > 0 && at > 0 && letter == other[at - 1] && word[row - 1] == other[at] {
                distance = distance.min(before_last[at - 1] + 1);
            }
            next[at + 1] = distance;
            least = least.min(distance);
        }
        if least > edits {
            return None;
        }
        (before_last, last) = (last, next);
    }
    Some(last[other.len()])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{LetterMask, distance_within};

    proptest! {
        #[test]
        fn distances_of_short_words_are_those_of_strsim(word in "[a-cé]{0,34}", other in "[a-cé]{0,34}", near in "[a-cé]{0,9}", edits in 0..4_usize) {
            let similar = format!("{near}{word}");
            for (word, other) in [(&word, &other), (&word, &similar), (&near, &other)] {
                let distance = strsim::osa_distance(word, other);
                prop_assert_eq!(distance_within(word, other, edits), Some(distance).filter(|distance| *distance <= edits));
            }
        }

        #[test]
        fn near_masks_are_found_in_blocks(words in proptest::collection::vec("[a-e]{0,5}", 0..50), word in "[a-e]{0,5}") {
            let masks: Vec<LetterMask> = words.iter().map(|word| LetterMask::of(word)).collect();
            let mask = LetterMask::of(&word);
            let mut found = Vec::new();
            mask.each_within::<1>(&masks, |at| found.push(at));
            let expected: Vec<usize> = (0..masks.len()).filter(|&at| mask.may_be_within(masks[at], 1)).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn letter_masks_reject_no_pair_within_the_distance(word in "[a-eé]{0,8}", other in "[a-eé]{0,8}", edits in 0..4_u32) {
            let within = distance_within(&word, &other, edits as usize).is_some();
            prop_assert!(!within || LetterMask::of(&word).may_be_within(LetterMask::of(&other), edits));
        }
    }
}
