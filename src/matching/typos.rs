//! Stand-ins for words that the file does not know: the known words that a slip of the finger or two turns into them.
//! Candidates share a spelling with letters deleted; strsim's optimal string alignment has the last word.

use super::hashing::hash;

/// Shorter words are not repaired: too many known words are one slip away from them.
const REPAIRED_LETTERS_MIN: usize = 3;

/// Longer words are not repaired; no language's everyday words reach it, and the number of deletions grows with length.
const REPAIRED_LETTERS_MAX: usize = 24;

/// From this length on two slips are repaired, and two deletions looked up; below it one.
const TWO_SLIPS_LETTERS_MIN: usize = 6;

/// The most stand-ins that one word gets.
const STAND_INS_MAX: usize = 16;

/// A known word in the place of an unknown one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct StandIn {
    /// The number of the known word, as it was given to [`Typos::new`].
    pub word: u32,
    /// How alike the two are: 1 less the share of letters that slipped.
    pub likeness: f32,
}

/// An index from spellings with deleted letters to the words that have them.
#[derive(Debug, Default)]
pub(super) struct Typos {
    /// The hash of each deleted spelling with the number of a word that has it, sorted. Half a hash does: words that share
    /// one by chance are candidates too many, which the distance drops, and the map of whole ones is four times as large.
    spellings: Vec<(u32, u32)>,
}

impl Typos {
    /// Indexes the words that questions may be repaired to.
    pub fn new<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut spellings: Vec<(u32, u32)> = Vec::new();
        for (number, word) in (0..).zip(words) {
            for_each_deletion(word, |spelling| spellings.push((spelling, number)));
        }
        spellings.sort_unstable();
        spellings.dedup();
        spellings.shrink_to_fit();
        Self { spellings }
    }

    /// The words that this one may be a slip of, the likeliest first. `text_of` gives the words that are indexed.
    pub fn stand_ins<'a>(&self, word: &str, text_of: impl Fn(u32) -> &'a str) -> Vec<StandIn> {
        let letters = word.chars().count();
        let slips = if letters >= TWO_SLIPS_LETTERS_MIN { 2 } else { 1 };
        let mut candidates: Vec<u32> = Vec::new();
        for_each_deletion(word, |spelling| {
            let start = self.spellings.partition_point(|&(listed, _)| listed < spelling);
            let run = self.spellings[start..].iter().take_while(|&&(listed, _)| listed == spelling);
            candidates.extend(run.map(|&(_, word)| word));
        });
        candidates.sort_unstable();
        candidates.dedup();
        let mut stand_ins: Vec<StandIn> = candidates
            .into_iter()
            .filter_map(|number| {
                let known = text_of(number);
                let distance = strsim::osa_distance(word, known);
                let longest = letters.max(known.chars().count());
                (distance <= slips).then(|| StandIn { word: number, likeness: 1.0 - distance as f32 / longest as f32 })
            })
            .collect();
        stand_ins.sort_by(|left, right| right.likeness.total_cmp(&left.likeness).then(left.word.cmp(&right.word)));
        stand_ins.truncate(STAND_INS_MAX);
        stand_ins
    }
}

/// The hashes of a word's spelling, of those with one letter deleted and, for long words, with two. Two words that are
/// one slip apart share one of these; of those two slips apart, all but the ones with two exchanges in short words do.
fn for_each_deletion(word: &str, mut found: impl FnMut(u32)) {
    let letters: Vec<char> = word.chars().collect();
    if !(REPAIRED_LETTERS_MIN..=REPAIRED_LETTERS_MAX).contains(&letters.len())
        || letters.iter().any(|letter| letter.is_numeric())
    {
        return;
    }
    let spelling = |skipped: [usize; 2]| {
        let left = letters.iter().enumerate().filter(|(place, _)| !skipped.contains(place));
        let whole = hash(0, left.map(|(_, &letter)| letter));
        (whole ^ (whole >> 32)) as u32
    };
    let none = usize::MAX;
    found(spelling([none, none]));
    for first in 0..letters.len() {
        found(spelling([first, none]));
        if letters.len() + 1 >= TWO_SLIPS_LETTERS_MIN {
            for second in first + 1..letters.len() {
                found(spelling([first, second]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Typos;

    fn best(word: &str) -> Option<&'static str> {
        const WORDS: [&str; 7] = ["japan", "russia", "exchange", "islands", "significance", "abe", "dependence"];
        let typos = Typos::new(WORDS.into_iter());
        typos.stand_ins(word, |number| WORDS[number as usize]).first().map(|stand_in| WORDS[stand_in.word as usize])
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
