//! Edit distance of words, bounded: optimal string alignment (`strsim`), preceded by a cheap test that rejects most
//! pairs. Serves the search for similar wordings and the matcher's spelling correction.

/// The set of a word's letters. Letters other than a to z may share a bit, which never makes a distance look larger.
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
        (self.0 ^ other.0).count_ones() <= BITS_PER_EDIT * edits
    }
}

/// The number of edits between two words (insertion, deletion or replacement of a letter, or exchange of two adjacent
/// ones), if it is at most `edits`. Takes time proportional to the product of the lengths.
#[must_use]
pub fn distance_within(word: &str, other: &str, edits: usize) -> Option<usize> {
    Some(strsim::osa_distance(word, other)).filter(|distance| *distance <= edits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{LetterMask, distance_within};

    proptest! {
        #[test]
        fn letter_masks_reject_no_pair_within_the_distance(word in "[a-eé]{0,8}", other in "[a-eé]{0,8}", edits in 0..4_u32) {
            let within = distance_within(&word, &other, edits as usize).is_some();
            prop_assert!(!within || LetterMask::of(&word).may_be_within(LetterMask::of(&other), edits));
        }
    }
}
