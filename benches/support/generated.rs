//! Knowledge of any size, made by a fixed generator, so that figures can be compared between machines and versions.
//! Words follow Zipf's law, as in any language; an entry's wordings share some words, as the curator's do.

use footnote::knowledge::{Document, Entry, Knowledge};

/// How many wordings an entry has.
pub const WORDINGS_AN_ENTRY: usize = 10;

/// How many different words there are; as many as 100,000 short English questions have, names included.
const VOCABULARY: usize = 40_000;

/// Words a wording: the mean is 8.
const WORDS: std::ops::RangeInclusive<usize> = 5..=11;

/// How many words an entry is about.
const SUBJECTS: usize = 6;

/// Knowledge with so many wordings.
pub fn knowledge(wordings: usize) -> Knowledge {
    let mut random = Random(1);
    let entries = (0..wordings.div_ceil(WORDINGS_AN_ENTRY)).map(|number| entry(number, &mut random)).collect();
    Knowledge::new(vec![Document { entries, ..Document::default() }])
}

/// Questions to that knowledge: wordings that have lost a word, have gained one, and have a slip in another.
pub fn questions(knowledge: &Knowledge, count: usize) -> Vec<String> {
    let mut random = Random(2);
    let entries: Vec<_> = knowledge.entry_keys().map(|key| knowledge.entry(key)).collect();
    let question = |_| {
        let entry = entries[random.below(entries.len())];
        let wording = &entry.also_asked[random.below(entry.also_asked.len())];
        let mut words: Vec<String> = wording.split(' ').map(str::to_owned).collect();
        words.remove(random.below(words.len()));
        words.push(random.word());
        let slipped = random.below(words.len());
        words[slipped].insert(1, 'e');
        words.join(" ")
    };
    (0..count).map(question).collect()
}

fn entry(number: usize, random: &mut Random) -> Entry {
    let subjects: Vec<String> = (0..SUBJECTS).map(|_| random.word()).collect();
    let mut wording = || {
        let words = WORDS.start() + random.below(WORDS.end() - WORDS.start() + 1);
        let word = |_| if random.below(2) == 0 { subjects[random.below(SUBJECTS)].clone() } else { random.word() };
        (0..words).map(word).collect::<Vec<String>>().join(" ")
    };
    let question = wording();
    let also_asked = (1..WORDINGS_AN_ENTRY).map(|_| wording()).collect();
    Entry { id: format!("e{number}"), question, also_asked, ..Entry::default() }
}

/// Random numbers that are the same on every machine (`SplitMix64`, Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// A word of the vocabulary, by Zipf's law: a rank's chance is in proportion to 1 / rank, so its logarithm is uniform.
    fn word(&mut self) -> String {
        let uniform = self.next() as f64 / u64::MAX as f64;
        word((VOCABULARY as f64).powf(uniform) as usize)
    }
}

/// The word of a rank, made of syllables; common words are short.
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
