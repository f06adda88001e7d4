//! Stand-ins for words that the file does not know: the known words that a slip of the finger or two turns into them.
//! Candidates are of nearly the same letters; strsim's optimal string alignment has the last word.

/// Shorter words are not repaired: too many known words are one slip away from them.
const REPAIRED_LETTERS_MIN: usize = 3;

/// Longer words are not repaired; no language's everyday words reach it, and alignment takes time that grows with the square.
const REPAIRED_LETTERS_MAX: usize = 24;

/// From this length on two slips are repaired; below it one.
const TWO_SLIPS_LETTERS_MIN: usize = 6;

/// The most stand-ins that one word gets.
const STAND_INS_MAX: usize = 16;

/// A known word in the place of an unknown one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Correction {
    /// The number of the known word, as it was given to [`Typos::new`].
    pub word: u32,
    /// How alike the two are: 1 less the share of letters that slipped.
    pub similarity: f32,
}

/// The words that questions may be repaired to, by their number of letters.
#[derive(Debug, Default)]
pub(super) struct SpellingIndex {
    /// What letters each word has.
    letters: Vec<LetterMask>,
    /// Its number.
    words: Vec<u32>,
    /// Where the words of so many letters start.
    starts: Vec<usize>,
}

impl SpellingIndex {
    /// Indexes the words that questions may be repaired to.
    pub fn new<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut by_length: Vec<(usize, u32, LetterMask)> = (0..)
            .zip(words)
            .filter_map(|(number, word)| is_repaired(word).map(|length| (length, number, LetterMask::of(word))))
            .collect();
        by_length.sort_unstable_by_key(|&(length, number, _)| (length, number));
        let starts = (0..=REPAIRED_LETTERS_MAX + 1).map(|length| by_length.partition_point(|word| word.0 < length));
        Self {
            starts: starts.collect(),
            letters: by_length.iter().map(|word| word.2).collect(),
            words: by_length.iter().map(|word| word.1).collect(),
        }
    }

    /// The words that this one may be a slip of, the likeliest first. `text_of` gives the words that are indexed.
    pub fn corrections<'a>(&self, word: &str, text_of: impl Fn(u32) -> &'a str) -> Vec<Correction> {
        let Some(length) = is_repaired(word) else { return Vec::new() };
        let slips = if length >= TWO_SLIPS_LETTERS_MIN { 2 } else { 1 };
        let letters = LetterMask::of(word);
        let lengths = self.starts[length - slips]..self.starts[(length + slips).min(REPAIRED_LETTERS_MAX) + 1];
        let near = lengths.filter(|&place| self.letters[place].differences(letters) <= LETTERS_A_SLIP * slips as u32);
        let correction = |place: usize| {
            let known = text_of(self.words[place]);
            let distance = strsim::osa_distance(word, known);
            let longest = length.max(known.chars().count());
            (distance <= slips)
                .then(|| Correction { word: self.words[place], similarity: 1.0 - distance as f32 / longest as f32 })
        };
        let mut corrections: Vec<Correction> = near.filter_map(correction).collect();
        corrections
            .sort_by(|left, right| right.similarity.total_cmp(&left.similarity).then(left.word.cmp(&right.word)));
        corrections.truncate(STAND_INS_MAX);
        corrections
    }
}

/// The number of letters of a word that is repaired, or repaired to; none for what is too short, too long or has digits.
fn is_repaired(word: &str) -> Option<usize> {
    let length = word.chars().take(REPAIRED_LETTERS_MAX + 1).count();
    let fits = (REPAIRED_LETTERS_MIN..=REPAIRED_LETTERS_MAX).contains(&length);
    (fits && !word.contains(char::is_numeric)).then_some(length)
}

/// In how many of [`Letters`]' bits a slip can make two words differ: a letter in the place of another takes one away and adds one.
const LETTERS_A_SLIP: u32 = 2;

/// Which letters a word has, whatever their order: a bit for each that it has once, and a bit for each that it has more often. Letters
/// beyond a to z share the bits of others, which makes candidates too many, and misses none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct LetterMask(u64);

impl LetterMask {
    fn of(word: &str) -> Self {
        let bit = |letter: char| 1 << (u32::from(letter) % 32);
        let (once, more) = word.chars().map(bit).fold((0_u64, 0), |(once, more), bit| (once | bit, more | once & bit));
        Self(once | more << 32)
    }

    fn differences(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}

#[cfg(test)]
mod tests {
    use super::SpellingIndex;

    fn best(word: &str) -> Option<&'static str> {
        const WORDS: [&str; 7] = ["japan", "russia", "exchange", "islands", "significance", "abe", "dependence"];
        let typos = SpellingIndex::new(WORDS.into_iter());
        typos
            .corrections(word, |number| WORDS[number as usize])
            .first()
            .map(|correction| WORDS[correction.word as usize])
    }

    #[test]
    fn slips_are_repaired() {
        for (typo, word) in [
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
            assert_eq!(best(typo), word, "{typo}");
        }
    }
}
