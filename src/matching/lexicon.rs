//! The words that the matcher knows, and how it reads a text with them: words, slips repaired, synonyms made one.
//! Known are the words of the file and the commonest English ones, so that "knpw" becomes "know" and not "known unknowns".

use std::collections::{HashMap, HashSet};

use super::common::{PRIOR_WORDINGS, common_words};
use super::features::word_key;
use super::hashing::Hashed;
use super::normalise::normalise;
use super::synonyms::Synonyms;
use super::tokens::{Token, Tokeniser};
use super::typos::Typos;

/// The most words of one question that are repaired: whoever slips more often than this is not writing words.
const REPAIRS_MAX: usize = 32;

/// A word of a question as the matcher takes it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reading {
    /// The word that is looked up.
    pub token: Token,
    /// What was written: other than the token's text where a slip was repaired or a synonym stands for it.
    pub written: String,
}

/// The known words.
#[derive(Debug)]
pub(super) struct Lexicon {
    tokeniser: Tokeniser,
    synonyms: Synonyms,
    words: Vec<Token>,
    /// How often each word was written, by its text; for common words, as if the prior's wordings had been read.
    counts: HashMap<Box<str>, f32>,
    stems: HashSet<Box<str>>,
    typos: Typos,
    shares: HashMap<u64, f32, Hashed>,
}

impl Lexicon {
    /// Collects the words of a file's wordings and synonyms.
    pub fn new<'a>(
        wordings: impl Iterator<Item = &'a str>,
        synonyms: impl Iterator<Item = &'a [String]> + Clone,
    ) -> Self {
        let tokeniser = Tokeniser::default();
        let mut lexicon = Self {
            synonyms: Synonyms::new(synonyms.clone(), &tokeniser),
            tokeniser,
            words: Vec::new(),
            counts: HashMap::new(),
            stems: HashSet::new(),
            typos: Typos::default(),
            shares: HashMap::default(),
        };
        for (word, share) in common_words() {
            let token = lexicon.tokeniser.token(word);
            *lexicon.shares.entry(word_key(&token.stem)).or_default() += share;
            lexicon.learn(token, share * PRIOR_WORDINGS);
        }
        let phrases = synonyms.flatten().map(String::as_str);
        for text in wordings.chain(phrases) {
            for token in lexicon.tokeniser.tokens(&normalise(text)) {
                lexicon.learn(token, 1.0);
            }
        }
        // Sorted, so that the order of entries decides nothing.
        lexicon.words.sort_unstable_by(|left, right| left.text.cmp(&right.text));
        lexicon.typos = Typos::new(lexicon.words.iter().map(|token| (&*token.text, lexicon.counts[&*token.text])));
        lexicon
    }

    fn learn(&mut self, token: Token, count: f32) {
        if let Some(counted) = self.counts.get_mut(&*token.text) {
            *counted += count;
        } else {
            self.counts.insert(token.text.as_str().into(), count);
            self.stems.insert(token.stem.as_str().into());
            self.words.push(token);
        }
    }

    /// The share of English questions that have a stem, by its key; 0 for one that is not among the commonest.
    pub fn share(&self, key: u64) -> f32 {
        self.shares.get(&key).copied().unwrap_or(0.0)
    }

    /// Reads a text of the file: its words are all known.
    pub fn read_wording(&self, text: &str) -> Vec<Token> {
        self.unify(self.tokeniser.tokens(&normalise(text)), |_, token| token.clone())
    }

    /// Reads a question, its slips repaired.
    pub fn read_question(&self, text: &str) -> Vec<Reading> {
        let written = self.tokeniser.tokens(&normalise(text));
        let mut repairs = 0;
        let mut repaired = written.clone();
        for token in repaired.iter_mut().filter(|token| !self.knows(token)) {
            if repairs == REPAIRS_MAX {
                break;
            }
            if let Some(stand_in) = self.typos.stand_ins(&token.text).first() {
                *token = self.words[stand_in.word as usize].clone();
                repairs += 1;
            }
        }
        self.unify(repaired, |places, token| {
            let words: Vec<&str> = written[places].iter().map(|token| token.text.as_str()).collect();
            Reading { token: token.clone(), written: words.join(" ") }
        })
    }

    /// The known words that start with these letters, at most `limit`, in alphabetical order.
    pub fn starting_with<'a>(&'a self, letters: &'a str, limit: usize) -> impl Iterator<Item = &'a Token> {
        let start = self.words.partition_point(|token| token.text.as_str() < letters);
        self.words[start..].iter().take_while(move |token| token.text.starts_with(letters)).take(limit)
    }

    fn knows(&self, token: &Token) -> bool {
        self.counts.contains_key(token.text.as_str()) || self.stems.contains(token.stem.as_str())
    }

    /// Puts one word for each phrase that has one; `read` is given the places of the tokens that it stands for.
    fn unify<T>(&self, tokens: Vec<Token>, read: impl Fn(std::ops::Range<usize>, &Token) -> T) -> Vec<T> {
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
            let readings = lexicon.read_question(question);
            let actual: Vec<String> =
                readings.iter().map(|reading| format!("{}/{}", reading.token.stem, reading.written)).collect();
            assert_eq!(actual.join(" "), read);
        }
    }
}
