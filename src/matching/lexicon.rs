//! The words that the matcher knows, and how it reads a text with them: tokens, corrected spelling, synonyms replaced.
//! It knows everyday English besides an English file's words, so that "knpw" becomes "know" and not "known unknowns".

use std::collections::HashMap;
use std::ops::Range;

use super::english::PRIOR_WORDINGS;
use super::feature::word_key;
use super::language_words::LanguageWords;
use super::number_table::NumberTable;
use super::spelling::{Correction, SpellingIndex};
use super::string_table::StringTable;
use super::synonyms::Synonyms;
use super::thesaurus::Thesaurus;
use super::tokens::{Tokeniser, WordToken};

/// The most words read of one question: about as many as a Discord message of 1,500 characters has. Bounds the time
/// that any text can take.
const QUESTION_WORDS_MAX: usize = 256;

/// The most words corrected in one question. A text with more unknown words is probably not English.
const CORRECTIONS_MAX: usize = 16;

/// The most different words of one message for which corrections are sought, with or without success, because each
/// search takes up to 20 µs. Nobody misspells more of them, and there may be some names.
const WORDS_LOOKED_UP_MAX: usize = 32;

/// The corrections of the words of one message. Its parts contain the same words, so they share one.
#[derive(Debug)]
pub(super) struct CorrectionMemo {
    corrections: HashMap<String, Vec<Correction>>,
    /// The most words that are looked up.
    words_max: usize,
}

impl Default for CorrectionMemo {
    fn default() -> Self {
        Self::shared_by(1)
    }
}

impl CorrectionMemo {
    /// The memo of one of several documents that read the same message. Together they look up as many words as one.
    pub fn shared_by(documents: usize) -> Self {
        Self { corrections: HashMap::new(), words_max: WORDS_LOOKED_UP_MAX.div_ceil(documents.max(1)) }
    }

    /// The corrections of a word, the most similar first; none if too many words were looked up already.
    fn corrections(&mut self, word: &str, look_up: impl FnOnce(&str) -> Vec<Correction>) -> &[Correction] {
        if self.corrections.len() < self.words_max && !self.corrections.contains_key(word) {
            self.corrections.insert(word.to_owned(), look_up(word));
        }
        self.corrections.get(word).map_or(&[], Vec::as_slice)
    }
}

/// The count of a thesaurus word that the file lacks: low, so that such a word is the last choice for a correction.
const THESAURUS_COUNT: f32 = 0.05;

/// Added to a correction's similarity for each adjacent word that is also adjacent in some wording of the file. For
/// comparison: one error in a word of five letters costs 0.2.
const NEIGHBOUR_BONUS: f32 = 0.1;

/// Added to a correction's similarity, times the natural logarithm of the word's count.
const FREQUENCY_BONUS: f32 = 0.02;

/// A word of a question as the matcher reads it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct QuestionWord {
    /// The word to look up.
    pub token: WordToken,
    /// The text that the user wrote, in normal form. Differs from the token's text after a correction or a synonym.
    pub written: String,
    /// The similarity of the two: 1, or less after a correction (see [`Correction::similarity`]).
    pub similarity: f32,
}

/// A corrected word with fewer letters than this may be another word that happens to be similar.
const SURE_CORRECTION_LETTERS_MIN: usize = 5;

impl QuestionWord {
    /// Whether the word was corrected, and is so short that the correction is a guess.
    pub fn is_guess(&self) -> bool {
        self.similarity < 1.0 && self.written.chars().count() < SURE_CORRECTION_LETTERS_MIN
    }
}

/// The known words.
#[derive(Debug)]
pub(super) struct Lexicon {
    language: &'static LanguageWords,
    synonyms: Synonyms,
    thesaurus: Thesaurus,
    /// The words that a question may be corrected to, sorted.
    words: StringTable,
    /// The stem of each word.
    stem_of: StringTable,
    /// The number of occurrences of each word in the file, plus those in [`PRIOR_WORDINGS`] imaginary
    /// questions.
    counts: Vec<f32>,
    /// The stems of all correctly spelled words, sorted.
    stems: StringTable,
    spelling: SpellingIndex,
}

/// The words of a list of texts, as [`Tokeniser::each_part`] cuts them, and the number of occurrences of each.
fn count_words<'a>(texts: impl Iterator<Item = &'a str>, tokeniser: &Tokeniser) -> (StringTable, Vec<f32>) {
    let (mut words, mut counts, mut numbers) = (StringTable::default(), Vec::<f32>::new(), NumberTable::default());
    let mut count = |word: &str| {
        let hash_of = |number: usize| word_key(words.get(number));
        let number = numbers.number(word_key(word), counts.len(), hash_of, |number| words.get(number) == word);
        if number == counts.len() {
            words.push(word);
            counts.push(0.0);
        }
        counts[number] += 1.0;
    };
    for text in texts {
        tokeniser.each_part(&tokeniser.words(text), &mut count);
    }
    (words, counts)
}

/// Tokens with their numbers of occurrences, in any order. A token may be listed several times.
#[derive(Default)]
struct CountedTokens {
    texts: StringTable,
    stems: StringTable,
    counts: Vec<f32>,
}

impl CountedTokens {
    fn push(&mut self, token: &WordToken, count: f32) {
        self.texts.push(&token.text);
        self.stems.push(&token.stem);
        self.counts.push(count);
    }
}

impl Lexicon {
    /// Collects the words of a file's texts and synonyms.
    pub fn new<'a>(
        language: &'static LanguageWords,
        texts: impl Iterator<Item = &'a str>,
        synonyms: impl Iterator<Item = &'a [String]> + Clone,
    ) -> Self {
        let tokeniser = &language.tokeniser;
        let mut lexicon = Self {
            language,
            synonyms: Synonyms::default(),
            thesaurus: Thesaurus::new(language.thesaurus(), tokeniser),
            words: StringTable::default(),
            stem_of: StringTable::default(),
            counts: Vec::new(),
            stems: StringTable::default(),
            spelling: SpellingIndex::default(),
        };
        let phrases = synonyms.clone().flatten().map(String::as_str);
        let (in_file, file_counts) = count_words(texts.chain(phrases), tokeniser);
        let mut all = CountedTokens::default();
        for (word, share) in language.common_words() {
            all.push(&tokeniser.token(word), share * PRIOR_WORDINGS);
        }
        let thesaurus = Thesaurus::words(language.thesaurus());
        thesaurus.for_each(|word| all.push(&tokeniser.token(word), THESAURUS_COUNT));
        // Stem each word once, however often it occurs. Sort, so that the order of the file does not matter.
        let mut order: Vec<usize> = (0..in_file.len()).collect();
        order.sort_unstable_by(|&left, &right| in_file.get(left).cmp(in_file.get(right)));
        for number in order {
            all.push(&tokeniser.token(in_file.get(number)), file_counts[number]);
        }
        drop((in_file, file_counts));
        // Everyday words are correctly spelled, but no question is corrected to them.
        let everyday: Vec<String> = language.correct_words().map(|word| tokeniser.token(word).stem).collect();
        let mut stems: Vec<&str> = all.stems.iter().chain(everyday.iter().map(String::as_str)).collect();
        stems.sort_unstable();
        stems.dedup();
        lexicon.stems = stems.iter().collect();
        drop(stems);
        let mut order: Vec<u32> = (0..all.counts.len() as u32).collect();
        order.sort_by(|&left, &right| all.texts.get(left as usize).cmp(all.texts.get(right as usize)));
        let same = |&left: &u32, &right: &u32| all.texts.get(left as usize) == all.texts.get(right as usize);
        let firsts = || order.chunk_by(same).map(|run| run[0] as usize);
        lexicon.words = firsts().map(|first| all.texts.get(first)).collect();
        lexicon.stem_of = firsts().map(|first| all.stems.get(first)).collect();
        lexicon.counts = order
            .chunk_by(same)
            .map(|run| run.iter().map(|&number| all.counts[number as usize]).sum::<f32>())
            .collect();
        lexicon.spelling = SpellingIndex::new(lexicon.words.iter());
        lexicon.synonyms = Synonyms::new(synonyms, |phrase| lexicon.tokens(phrase));
        lexicon
    }

    /// The language of the file.
    pub fn language(&self) -> &'static LanguageWords {
        self.language
    }

    /// The tokens of a text. A known word has its known stem, because members omit accents that its stemmer needs.
    fn tokens(&self, text: &str) -> Vec<WordToken> {
        let mut tokens = self.language.tokeniser.tokens(text);
        for token in &mut tokens {
            if let Some(word) = self.words.position(&token.text) {
                let stem = self.stem_of.get(word);
                if token.stem != stem {
                    stem.clone_into(&mut token.stem);
                }
            }
        }
        tokens
    }

    /// Reads a text of the file. Its words are known, so nothing is corrected.
    pub fn read_wording(&self, text: &str) -> Vec<WordToken> {
        self.replace_synonyms(self.tokens(text), |_, token| token.clone())
    }

    /// Reads a question and corrects its spelling. `is_correct` returns whether an unknown word is correct all the same,
    /// such as one that another document knows; `are_adjacent`, whether two stems are adjacent in a wording of the file.
    pub fn read_question(
        &self,
        text: &str,
        memo: &mut CorrectionMemo,
        mut is_correct: impl FnMut(&str) -> bool,
        are_adjacent: impl Fn(&str, &str) -> bool,
    ) -> Vec<QuestionWord> {
        let mut written = self.tokens(text);
        written.truncate(QUESTION_WORDS_MAX);
        for token in &mut written {
            if let Some(shorter) = self.without_repetition(token)
                && !self.language.is_foreign(&token.text)
                && !is_correct(&token.text)
            {
                *token = shorter;
            }
        }
        let mut corrected_count = 0;
        let mut corrected = written.clone();
        let mut similarities = vec![1.0_f32; written.len()];
        for position in 0..written.len() {
            if corrected_count == CORRECTIONS_MAX {
                break;
            }
            let text = &written[position].text;
            if self.knows(&written[position]) || self.language.is_foreign(text) || is_correct(text) {
                continue;
            }
            let before = position.checked_sub(1).map(|before| corrected[before].stem.as_str());
            let after = written.get(position + 1).map(|after| after.stem.as_str());
            let score = |correction: &Correction| {
                let stem = self.stem_of.get(correction.word as usize);
                let neighbours = before.is_some_and(|before| are_adjacent(before, stem)) as u8
                    + after.is_some_and(|after| are_adjacent(stem, after)) as u8;
                correction.similarity
                    + NEIGHBOUR_BONUS * f32::from(neighbours)
                    + FREQUENCY_BONUS * self.counts[correction.word as usize].ln()
            };
            let look_up = |word: &str| self.spelling.corrections(word, |number| self.words.get(number as usize));
            let corrections = memo.corrections(&written[position].text, look_up);
            let best = corrections.iter().max_by(|left, right| score(left).total_cmp(&score(right)));
            if let Some(correction) = best {
                corrected[position] = self.word(correction.word as usize);
                similarities[position] = correction.similarity;
                corrected_count += 1;
            }
        }
        self.replace_synonyms(corrected, |range, token| {
            let words: Vec<&str> = written[range.clone()].iter().map(|token| token.text.as_str()).collect();
            let similarity = similarities[range].iter().copied().fold(1.0, f32::min);
            QuestionWord { token: token.clone(), written: words.join(" "), similarity }
        })
    }

    /// The thesaurus.
    pub fn thesaurus(&self) -> &Thesaurus {
        &self.thesaurus
    }

    /// At most `limit` known words that start with `prefix`, in alphabetical order.
    pub fn words_with_prefix(&self, prefix: &str, limit: usize) -> impl Iterator<Item = WordToken> {
        let words = (self.words.lower_bound(prefix)..self.words.len()).take(limit);
        words.take_while(move |&word| self.words.get(word).starts_with(prefix)).map(|word| self.word(word))
    }

    fn word(&self, number: usize) -> WordToken {
        WordToken { text: self.words.get(number).to_owned(), stem: self.stem_of.get(number).to_owned() }
    }

    /// Returns `true` if this is a correctly spelled word, as far as the file and everyday words tell.
    pub fn knows_word(&self, word: &str) -> bool {
        self.knows(&self.language.tokeniser.token(word))
    }

    fn knows(&self, token: &WordToken) -> bool {
        self.words.contains(&token.text) || self.stems.contains(&token.stem)
    }

    /// An unknown word with repeated letters as a known word with fewer of them ("sooo", "heyy").
    fn without_repetition(&self, token: &WordToken) -> Option<WordToken> {
        if !has_repetition(&token.text) || self.knows(token) {
            return None;
        }
        let shortened = [2, 1].map(|most| self.language.tokeniser.token(&shorten_runs(&token.text, most)));
        shortened.into_iter().find(|shorter| self.knows(shorter))
    }

    /// Replaces each phrase that has a synonym. Calls `make` with the range of the tokens that each resulting token
    /// replaces.
    fn replace_synonyms<T>(&self, tokens: Vec<WordToken>, make: impl Fn(Range<usize>, &WordToken) -> T) -> Vec<T> {
        let mut replaced = Vec::with_capacity(tokens.len());
        let mut position = 0;
        while position < tokens.len() {
            let (token, length) = self.synonyms.find(&tokens[position..]).unwrap_or((&tokens[position], 1));
            replaced.push(make(position..position + length, token));
            position += length;
        }
        replaced
    }
}

/// Whether a letter is repeated three times, or twice at the end of the word. Typing errors repeat a letter once.
fn has_repetition(word: &str) -> bool {
    let mut letters = word.chars().rev();
    let ends_in_pair = letters.next().is_some_and(|last| letters.next() == Some(last));
    let letters: Vec<char> = word.chars().collect();
    ends_in_pair || letters.windows(3).any(|run| run[0] == run[1] && run[1] == run[2])
}

/// The word with at most `most` equal letters in a row.
fn shorten_runs(word: &str, most: usize) -> String {
    let (mut shortened, mut run, mut previous) = (String::with_capacity(word.len()), 0, None);
    for letter in word.chars() {
        run = if previous == Some(letter) { run + 1 } else { 1 };
        previous = Some(letter);
        if run <= most {
            shortened.push(letter);
        }
    }
    shortened
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_is_corrected_and_synonyms_are_replaced() {
        let synonyms = [vec!["Northern Territories".to_owned(), "Kurils".to_owned()]];
        let wordings = ["Why did Abe want the islands?"];
        let lexicon = Lexicon::new(LanguageWords::of("en"), wordings.into_iter(), synonyms.iter().map(Vec::as_slice));
        for (question, expected) in [
            ("Why the islands", "whi/why the/the island/islands"),
            ("wyh teh ilands", "whi/wyh the/teh island/ilands"),
            ("Kurlis", "northern territori/kurlis"),
            ("northern territory", "northern territori/northern territory"),
            ("carbonara", "carbonara/carbonara"),
            ("sooo whyyy heyy", "so/so whi/why hey/hey"),
        ] {
            let words = lexicon.read_question(question, &mut CorrectionMemo::default(), |_| false, |_, _| false);
            let actual: Vec<String> =
                words.iter().map(|word| format!("{}/{}", word.token.stem, word.written)).collect();
            assert_eq!(actual.join(" "), expected);
        }
    }

    /// The words of a question as `read/written`.
    fn read(lexicon: &Lexicon, question: &str) -> String {
        let words = lexicon.read_question(question, &mut CorrectionMemo::default(), |_| false, |_, _| false);
        words.iter().map(|word| format!("{}/{}", word.token.text, word.written)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn foreign_words_are_not_repaired_to_words_of_the_document() {
        let lexicon = |code, wordings: &'static [&'static str]| {
            Lexicon::new(LanguageWords::of(code), wordings.iter().copied(), std::iter::empty())
        };
        let english = lexicon("en", &["locate the office", "how do I register"]);
        assert_eq!(read(&english, "möchte lokate"), "mochte/mochte locate/lokate");
        let german =
            lexicon("de", &["Wie hoch ist der Mitgliedsbeitrag?", "Bücher u. a. im Gefängnis", "Ich bin im Amt"]);
        for (question, expected) in [
            ("Ich möchte den mitgliedsbetrag", "ich/ich mochte/mochte den/den mitgliedsbeitrag/mitgliedsbetrag"),
            ("im u. a.", "im/im u/u a/a"),
            ("where kitchen", "where/where kitchen/kitchen"),
            ("BUCHER Buechr", "bucher/bucher bucher/buechr"),
        ] {
            assert_eq!(read(&german, question), expected, "{question}");
        }
    }

    #[test]
    fn a_word_without_its_accents_has_the_same_stem() {
        let wordings = ["estación de tren", "horario", "un élève", "новый"];
        for code in ["es", "fr", "ru"] {
            let lexicon = Lexicon::new(LanguageWords::of(code), wordings.into_iter(), std::iter::empty());
            for (accented, plain) in [("estación", "estacion"), ("élève", "eleve")] {
                assert_eq!(lexicon.read_wording(accented), lexicon.read_wording(plain), "{code}");
            }
        }
    }

    #[test]
    fn the_work_of_correcting_one_message_is_bounded() {
        let lexicon =
            Lexicon::new(LanguageWords::of("en"), ["Why did Abe want the islands?"].into_iter(), std::iter::empty());
        let mut memo = CorrectionMemo::default();
        let unknown: String = (0..1_000).map(|number| format!("zq{} ", "x".repeat(number % 20 + 1))).collect();
        for text in [&*unknown, "ilands", &unknown, "islnds"] {
            let words = lexicon.read_question(text, &mut memo, |_| false, |_, _| false);
            assert!(words.len() <= QUESTION_WORDS_MAX);
        }
        assert!(memo.corrections.len() <= WORDS_LOOKED_UP_MAX);
        assert!(memo.corrections.contains_key("ilands"), "{memo:?}");
        let many: String = (0..100).map(|number| format!("isl{}nds ", char::from(b'a' + number % 26))).collect();
        let words = lexicon.read_question(&many, &mut CorrectionMemo::default(), |_| false, |_, _| false);
        assert_eq!(words.iter().filter(|word| word.similarity < 1.0).count(), CORRECTIONS_MAX);
    }
}
