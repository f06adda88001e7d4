//! Generated knowledge of any size, equal on every machine and in every version, so that results are comparable.
//! Word frequencies follow Zipf's law, as in natural languages, and the wordings of an entry share some words.

use footnote::knowledge::{Document, Entry, Knowledge};

/// The number of wordings of each entry.
pub const WORDINGS_AN_ENTRY: usize = 10;

/// The number of different words: about as many as 100,000 short English questions have, including names.
const VOCABULARY: usize = 40_000;

/// The number of words of a wording; the mean is 8.
const WORDS: std::ops::RangeInclusive<usize> = 5..=11;

/// The number of topic words of an entry.
const TOPIC_WORDS: usize = 6;

/// Knowledge with this number of wordings, rounded up to whole entries.
pub fn knowledge(wordings: usize) -> Knowledge {
    let mut random = Random(1);
    let entries = (0..wordings.div_ceil(WORDINGS_AN_ENTRY)).map(|number| entry(number, &mut random)).collect();
    Knowledge::new(vec![Document { entries, ..Document::default() }])
}

/// Questions for that knowledge: wordings with one word removed, one word added, and a typo in one word.
pub fn questions(knowledge: &Knowledge, count: usize) -> Vec<String> {
    let mut random = Random(2);
    let entries: Vec<_> = knowledge.entry_keys().map(|key| knowledge.entry(key)).collect();
    let question = |_| {
        let entry = entries[random.below(entries.len())];
        let wording = &entry.also_asked[random.below(entry.also_asked.len())];
        let mut words: Vec<String> = wording.split(' ').map(str::to_owned).collect();
        words.remove(random.below(words.len()));
        words.push(random.word());
        let misspelled = random.below(words.len());
        words[misspelled].insert(1, 'e');
        words.join(" ")
    };
    (0..count).map(question).collect()
}

fn entry(number: usize, random: &mut Random) -> Entry {
    let topic: Vec<String> = (0..TOPIC_WORDS).map(|_| random.word()).collect();
    let mut wording = || {
        let words = WORDS.start() + random.below(WORDS.end() - WORDS.start() + 1);
        let word = |_| if random.below(2) == 0 { topic[random.below(TOPIC_WORDS)].clone() } else { random.word() };
        (0..words).map(word).collect::<Vec<String>>().join(" ")
    };
    let question = wording();
    let also_asked = (1..WORDINGS_AN_ENTRY).map(|_| wording()).collect();
    Entry { id: format!("e{number}"), question, also_asked, ..Entry::default() }
}

/// A random number generator with a fixed sequence (`SplitMix64`, Steele, Lea and Flood 2014).
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The next number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// A word of the vocabulary by Zipf's law: the probability of a rank is proportional to 1 / rank, so the logarithm
    /// of the rank is uniformly distributed.
    fn word(&mut self) -> String {
        let uniform = self.next() as f64 / u64::MAX as f64;
        word((VOCABULARY as f64).powf(uniform) as usize)
    }
}

/// The word of a rank, composed of syllables. Common words are short.
fn word(rank: usize) -> String {
    let mut random = Random(rank as u64);
    let syllables = 1 + usize::from(rank > 100) + usize::from(rank > 3_000) + random.below(2);
    let mut pick = |letters: [&'static str; 8]| letters[random.below(letters.len())];
    let syllable = |_| {
        [
            pick(["b", "d", "f", "g", "k", "m", "n", "p"]),
            pick(["a", "e", "i", "o", "u", "ai", "ou", "ea"]),
            pick(["", "", "l", "r", "s", "t", "n", "ck"]),
        ]
        .concat()
    };
    (0..syllables).map(syllable).collect()
}
