//! The words that the matcher knows, and how it reads a text with them: words, slips repaired, synonyms made one.
//! Known are the words of the file and the commonest English ones, so that "knpw" becomes "know" and not "known unknowns".

use std::collections::HashMap;

use super::common::{PRIOR_WORDINGS, common_words};
use super::english::english_words;
use super::feature::word_key;
use super::hashing::Hashed;
use super::normalise;
use super::spelling::{Correction, SpellingIndex};
use super::string_table::StringTable;
use super::synonyms::Synonyms;
use super::thesaurus::Thesaurus;
use super::tokens::{Tokeniser, WordToken};

/// The most words of one question that are read: more than a question has, and about as many as a Discord message of 1,500
/// characters. Bounds the time that any text can take.
const QUESTION_WORDS_MAX: usize = 256;

/// The most words of one question that are repaired: whoever slips more often than this is not writing words.
const REPAIRS_MAX: usize = 16;

/// The count of a thesaurus word that is not in the file: known, and so not a slip, but the last choice to repair to.
const ENGLISH_COUNT: f32 = 0.05;

/// What a word gains as a stand-in for each neighbour that the file has it beside, and for each e-fold of its frequency;
/// one slip in a word of five letters costs 0.2.
const NEIGHBOUR_GAIN: f32 = 0.1;
const FREQUENCY_GAIN: f32 = 0.02;

/// A word of a question as the matcher takes it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct QuestionWord {
    /// The word that is looked up.
    pub token: WordToken,
    /// What was written: other than the token's text where a slip was repaired or a synonym stands for it.
    pub written: String,
    /// How alike the two are: 1, or less where a slip was repaired, by the share of letters that slipped.
    pub similarity: f32,
}

/// The known words.
#[derive(Debug)]
pub(super) struct Lexicon {
    tokeniser: Tokeniser,
    synonyms: Synonyms,
    thesaurus: Thesaurus,
    /// In alphabetical order.
    words: StringTable,
    /// The stem of each word.
    stem_of: StringTable,
    /// How often each word was written; for common words, as if the prior's wordings had been read.
    counts: Vec<f32>,
    /// All stems that are known, in alphabetical order.
    stems: StringTable,
    typos: SpellingIndex,
    shares: HashMap<u64, f32, Hashed>,
}

impl Lexicon {
    /// Collects the words of a file's texts and synonyms.
    pub fn new<'a>(texts: impl Iterator<Item = &'a str>, synonyms: impl Iterator<Item = &'a [String]> + Clone) -> Self {
        let tokeniser = Tokeniser::default();
        let mut lexicon = Self {
            synonyms: Synonyms::new(synonyms.clone(), &tokeniser),
            thesaurus: Thesaurus::new(&tokeniser),
            tokeniser,
            words: StringTable::default(),
            stem_of: StringTable::default(),
            counts: Vec::new(),
            stems: StringTable::default(),
            typos: SpellingIndex::default(),
            shares: HashMap::default(),
        };
        let mut counted: Vec<(WordToken, f32)> = Vec::new();
        for (word, share) in common_words() {
            let token = lexicon.tokeniser.token(word);
            *lexicon.shares.entry(word_key(&token.stem)).or_default() += share;
            counted.push((token, share * PRIOR_WORDINGS));
        }
        counted.extend(Thesaurus::words().map(|word| (lexicon.tokeniser.token(word), ENGLISH_COUNT)));
        let phrases = synonyms.flatten().map(String::as_str);
        let mut written: HashMap<Box<str>, f32> = HashMap::new();
        for text in texts.chain(phrases) {
            for word in normalise(text).split(' ') {
                match written.get_mut(word) {
                    Some(count) => *count += 1.0,
                    None => drop(written.insert(word.into(), 1.0)),
                }
            }
        }
        // Each word is stemmed once, however often it is written; sorted, since the order of a map is not the same twice.
        let mut written: Vec<(Box<str>, f32)> = written.into_iter().collect();
        written.sort_unstable_by(|left, right| left.0.cmp(&right.0));
        for (word, count) in written {
            counted.extend(lexicon.tokeniser.tokens(&word).into_iter().map(|token| (token, count)));
        }
        // Sorted, so that the order of entries decides nothing.
        counted.sort_by(|left, right| left.0.text.cmp(&right.0.text));
        counted.dedup_by(|next, kept| {
            let same = next.0.text == kept.0.text;
            if same {
                kept.1 += next.1;
            }
            same
        });
        // English words are no slips; but nothing is repaired to what the file does not have.
        let english: Vec<String> = english_words().map(|word| lexicon.tokeniser.token(word).stem).collect();
        let mut stems: Vec<&String> = counted.iter().map(|(token, _)| &token.stem).chain(&english).collect();
        stems.sort_unstable();
        stems.dedup();
        lexicon.stems = stems.iter().collect();
        lexicon.words = counted.iter().map(|(token, _)| &token.text).collect();
        lexicon.stem_of = counted.iter().map(|(token, _)| &token.stem).collect();
        lexicon.counts = counted.iter().map(|&(_, count)| count).collect();
        lexicon.typos = SpellingIndex::new(lexicon.words.iter());
        lexicon
    }

    /// The share of English questions that have a stem, by its key; 0 for one that is not among the commonest.
    pub fn share(&self, key: u64) -> f32 {
        self.shares.get(&key).copied().unwrap_or(0.0)
    }

    /// Whether a stem, by its key, is among the commonest of English questions, so that it says little of what one is about.
    pub fn is_common(&self, key: u64) -> bool {
        self.shares.contains_key(&key)
    }

    /// Reads a text of the file: its words are all known.
    pub fn read_wording(&self, text: &str) -> Vec<WordToken> {
        self.unify(self.tokeniser.tokens(&normalise(text)), |_, token| token.clone())
    }

    /// Reads a question, its slips repaired. `are_pair` tells whether two stems stand side by side in the file.
    pub fn read_question(&self, text: &str, are_pair: impl Fn(&str, &str) -> bool) -> Vec<QuestionWord> {
        let mut written = self.tokeniser.tokens(&normalise(text));
        written.truncate(QUESTION_WORDS_MAX);
        let mut repairs = 0;
        let mut repaired = written.clone();
        let mut similarities = vec![1.0_f32; written.len()];
        for place in 0..written.len() {
            if repairs == REPAIRS_MAX {
                break;
            }
            if self.knows(&written[place]) {
                continue;
            }
            let before = place.checked_sub(1).map(|before| repaired[before].stem.as_str());
            let after = written.get(place + 1).map(|after| after.stem.as_str());
            let fitness = |correction: &Correction| {
                let stem = self.stem_of.get(correction.word as usize);
                let neighbours = before.is_some_and(|before| are_pair(before, stem)) as u8
                    + after.is_some_and(|after| are_pair(stem, after)) as u8;
                correction.similarity
                    + NEIGHBOUR_GAIN * f32::from(neighbours)
                    + FREQUENCY_GAIN * self.counts[correction.word as usize].ln()
            };
            let corrections = self.typos.corrections(&written[place].text, |word| self.words.get(word as usize));
            let best = corrections.iter().max_by(|left, right| fitness(left).total_cmp(&fitness(right)));
            if let Some(correction) = best {
                repaired[place] = self.word(correction.word as usize);
                similarities[place] = correction.similarity;
                repairs += 1;
            }
        }
        self.unify(repaired, |places, token| {
            let words: Vec<&str> = written[places.clone()].iter().map(|token| token.text.as_str()).collect();
            let similarity = similarities[places].iter().copied().fold(1.0, f32::min);
            QuestionWord { token: token.clone(), written: words.join(" "), similarity }
        })
    }

    /// The thesaurus.
    pub fn thesaurus(&self) -> &Thesaurus {
        &self.thesaurus
    }

    /// The known words that start with these letters, at most `limit`, in alphabetical order.
    pub fn starting_with(&self, letters: &str, limit: usize) -> impl Iterator<Item = WordToken> {
        let words = (self.words.place_of(letters)..self.words.len()).take(limit);
        words.take_while(move |&word| self.words.get(word).starts_with(letters)).map(|word| self.word(word))
    }

    fn word(&self, number: usize) -> WordToken {
        WordToken { text: self.words.get(number).to_owned(), stem: self.stem_of.get(number).to_owned() }
    }

    fn knows(&self, token: &WordToken) -> bool {
        self.words.contains(&token.text) || self.stems.contains(&token.stem)
    }

    /// Puts one word for each phrase that has one; `read` is given the places of the tokens that it stands for.
    fn unify<T>(&self, tokens: Vec<WordToken>, read: impl Fn(std::ops::Range<usize>, &WordToken) -> T) -> Vec<T> {
        let mut readings = Vec::with_capacity(tokens.len());
        let mut place = 0;
        while place < tokens.len() {
            let (token, length) = self.synonyms.find(&tokens[place..]).unwrap_or((&tokens[place], 1));
            readings.push(read(place..place + length, token));
            place += length;
        }
        readings
    }
}

#[cfg(test)]
mod tests {
    use super::Lexicon;

    #[test]
    fn questions_are_read_with_the_files_words() {
        let synonyms = [vec!["Northern Territories".to_owned(), "Kurils".to_owned()]];
        let wordings = ["Why did Abe want the islands?"];
        let lexicon = Lexicon::new(wordings.into_iter(), synonyms.iter().map(Vec::as_slice));
        for (question, read) in [
            ("Why the islands", "whi/why the/the island/islands"),
            ("wyh teh ilands", "whi/wyh the/teh island/ilands"),
            ("Kurlis", "northern territori/kurlis"),
            ("northern territory", "northern territori/northern territory"),
            ("carbonara", "carbonara/carbonara"),
        ] {
            let readings = lexicon.read_question(question, |_, _| false);
            let actual: Vec<String> =
                readings.iter().map(|reading| format!("{}/{}", reading.token.stem, reading.written)).collect();
            assert_eq!(actual.join(" "), read);
        }
    }
}
