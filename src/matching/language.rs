//! Language detection: the language of a question, if it is certain, and the languages that a file's wordings use.
//! The bot says that it cannot read a question in another language, instead of "The text does not answer that".
//!
//! The script decides where one language owns it (kana, Hangul, Thai, Greek, Hebrew). Languages that share a script
//! (Latin, Cyrillic, Arabic, Devanagari, Han) are distinguished by their function words and letters, because questions are
//! too short for statistics over letter groups.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::english;
use super::feature::{BuildKeyHasher, word_key};

/// Characters that are read. The language of a message shows in its first lines.
const CHARS_MAX: usize = 400;

/// Words of all languages, one language in each line, without case and accents: function words and, after the code with a
/// "+", other words that are frequent in questions. Compiled for Footnote.
const FUNCTION_WORDS: &str = include_str!("language/function_words.txt");

macro_rules! languages {
    ($($language:ident, $code:literal, $name:literal, $endonym:literal;)*) => {
        /// A language that the bot recognises.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum Language {
            $(#[doc = $name] $language,)*
        }

        impl Language {
            /// All languages.
            pub const ALL: &[Self] = &[$(Self::$language),*];

            /// The ISO 639-1 code.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$language => $code,)* }
            }

            /// The name in the language itself.
            #[must_use]
            pub fn endonym(self) -> &'static str {
                match self { $(Self::$language => $endonym,)* }
            }
        }
    };
}

languages! {
    English, "en", "English", "English";
    Japanese, "ja", "Japanese", "日本語";
    Chinese, "zh", "Chinese", "中文";
    Korean, "ko", "Korean", "한국어";
    Russian, "ru", "Russian", "русский";
    Ukrainian, "uk", "Ukrainian", "українська";
    German, "de", "German", "Deutsch";
    French, "fr", "French", "français";
    Spanish, "es", "Spanish", "español";
    Portuguese, "pt", "Portuguese", "português";
    Italian, "it", "Italian", "italiano";
    Dutch, "nl", "Dutch", "Nederlands";
    Polish, "pl", "Polish", "polski";
    Turkish, "tr", "Turkish", "Türkçe";
    Arabic, "ar", "Arabic", "العربية";
    Hebrew, "he", "Hebrew", "עברית";
    Hindi, "hi", "Hindi", "हिन्दी";
    Thai, "th", "Thai", "ไทย";
    Vietnamese, "vi", "Vietnamese", "Tiếng Việt";
    Indonesian, "id", "Indonesian", "Bahasa Indonesia";
    Swedish, "sv", "Swedish", "svenska";
    Greek, "el", "Greek", "Ελληνικά";
}

/// Returns the language of the text, if it is certain.
///
/// A name, a text of one or two words in Latin letters, and a text in a language that is not a [`Language`] give
/// `None`. So does a text that could be in two languages. English with typing errors gives English or `None`.
#[must_use]
pub fn detect(text: &str) -> Option<Language> {
    let script = Letters::of(text).script()?;
    detect_in(text, script)
}

/// Like [`detect`], for a text whose script is known.
fn detect_in(text: &str, script: WritingSystem) -> Option<Language> {
    match script {
        WritingSystem::Kana => Some(Language::Japanese),
        WritingSystem::Hangul => Some(Language::Korean),
        WritingSystem::Thai => Some(Language::Thai),
        WritingSystem::Greek => Some(Language::Greek),
        WritingSystem::Hebrew => Some(Language::Hebrew),
        WritingSystem::Han => detect_chinese(text),
        script => Words::of(text, script).language(text),
    }
}

/// The languages that a file's wordings use.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Languages {
    /// The languages that enough wordings certainly use, in the order of [`Language::ALL`].
    used: Vec<Language>,
    /// Scripts of wordings whose language is uncertain, if no wording in this script has a certain one. Any language of
    /// such a script may be the file's.
    uncertain: Vec<WritingSystem>,
}

/// A language in Latin letters counts as used if more than one in this many wordings is in it. Of 13,500 English lines
/// with typing errors, one was taken for another language, and it was French ("où est la gare ?").
const WORDINGS_PER_ERROR: usize = 5_000;

impl Languages {
    /// Detects the languages of the wordings. All wordings are read, because one entry may be in a language of its own.
    /// A language that the document `declared`, by its code, counts as used.
    pub fn of<'a>(wordings: impl IntoIterator<Item = &'a str>, declared: Option<&str>) -> Self {
        let mut count = 0;
        let mut by_language = [0_usize; Language::ALL.len()];
        let mut by_script = [0_usize; WritingSystem::COUNT];
        for wording in wordings {
            count += 1;
            let Some(script) = Letters::of(wording).script() else { continue };
            by_script[script as usize] += 1;
            if let Some(language) = detect_in(wording, script) {
                by_language[language as usize] += 1;
            }
        }
        let is_used = |language: Language| {
            let script = script_of(language);
            let least = if script == WritingSystem::Latin { count / WORDINGS_PER_ERROR } else { 0 };
            by_language[language as usize] > least || declared == Some(language.code())
        };
        let used: Vec<Language> = Language::ALL.iter().copied().filter(|&language| is_used(language)).collect();
        let is_uncertain = |script: WritingSystem| {
            by_script[script as usize] > 0 && !used.iter().any(|&language| writes(language, script))
        };
        let uncertain = WritingSystem::ALL.into_iter().filter(|&script| is_uncertain(script)).collect();
        Self { used, uncertain }
    }

    /// The languages that any of several files uses.
    pub(super) fn union<'a>(of_files: impl Iterator<Item = &'a Self> + Clone) -> Self {
        let is_used = |language: &Language| of_files.clone().any(|languages| languages.used.contains(language));
        let is_uncertain =
            |script: &WritingSystem| of_files.clone().any(|languages| languages.uncertain.contains(script));
        let used: Vec<Language> = Language::ALL.iter().copied().filter(is_used).collect();
        Self { used, uncertain: WritingSystem::ALL.into_iter().filter(is_uncertain).collect() }
    }

    /// Whether a wording uses the language, or may use it. Contains every language if there are no wordings.
    #[must_use]
    pub fn contains(&self, language: Language) -> bool {
        self.used.contains(&language)
            || self.uncertain.iter().any(|&script| writes(language, script))
            || (self.used.is_empty() && self.uncertain.is_empty())
    }

    /// The languages that some wording certainly uses, in the order of [`Language::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = Language> + '_ {
        self.used.iter().copied()
    }
}

/// The scripts that matter for detection. Kana includes Japanese text with Han letters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum WritingSystem {
    Latin,
    Cyrillic,
    Arabic,
    Devanagari,
    Han,
    Kana,
    Hangul,
    Thai,
    Greek,
    Hebrew,
}

impl WritingSystem {
    const ALL: [Self; 10] = [
        Self::Latin,
        Self::Cyrillic,
        Self::Arabic,
        Self::Devanagari,
        Self::Han,
        Self::Kana,
        Self::Hangul,
        Self::Thai,
        Self::Greek,
        Self::Hebrew,
    ];
    const COUNT: usize = Self::ALL.len();

    fn of(letter: char) -> Option<Self> {
        Some(match letter {
            'a'..='z' | 'A'..='Z' | '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => Self::Latin,
            '\u{370}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}' => Self::Greek,
            '\u{400}'..='\u{52F}' => Self::Cyrillic,
            '\u{5D0}'..='\u{5EA}' => Self::Hebrew,
            '\u{620}'..='\u{6FF}' | '\u{750}'..='\u{77F}' => Self::Arabic,
            '\u{900}'..='\u{97F}' => Self::Devanagari,
            '\u{E00}'..='\u{E7F}' => Self::Thai,
            '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{FF66}'..='\u{FF9D}' => Self::Kana,
            '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' => Self::Han,
            // Whole syllables only: single letters such as "ㅋㅋ" are laughter, also in other languages.
            '\u{AC00}'..='\u{D7A3}' => Self::Hangul,
            _ => return None,
        })
    }

    /// The size of a letter, relative to a letter of an alphabet. A word has about five letters in an alphabet, three
    /// in a syllabary and two in Han.
    fn size(self) -> usize {
        match self {
            Self::Han | Self::Hangul => 3,
            Self::Kana => 2,
            _ => 1,
        }
    }
}

/// The script in which a language is written.
fn script_of(language: Language) -> WritingSystem {
    match language {
        Language::Japanese => WritingSystem::Kana,
        Language::Chinese => WritingSystem::Han,
        Language::Korean => WritingSystem::Hangul,
        Language::Russian | Language::Ukrainian => WritingSystem::Cyrillic,
        Language::Arabic => WritingSystem::Arabic,
        Language::Hebrew => WritingSystem::Hebrew,
        Language::Hindi => WritingSystem::Devanagari,
        Language::Thai => WritingSystem::Thai,
        Language::Greek => WritingSystem::Greek,
        _ => WritingSystem::Latin,
    }
}

/// Whether a text in the language may be written in the script alone. Japanese titles may consist of Han letters.
fn writes(language: Language, script: WritingSystem) -> bool {
    script_of(language) == script || (language == Language::Japanese && script == WritingSystem::Han)
}

/// The letters of a text by script.
struct Letters {
    counts: [usize; WritingSystem::COUNT],
}

impl Letters {
    fn of(text: &str) -> Self {
        let mut counts = [0; WritingSystem::COUNT];
        if text.len() <= CHARS_MAX && text.is_ascii() {
            counts[WritingSystem::Latin as usize] = text.bytes().filter(u8::is_ascii_alphabetic).count();
            return Self { counts };
        }
        for script in text.chars().take(CHARS_MAX).filter_map(WritingSystem::of) {
            counts[script as usize] += script.size();
        }
        Self { counts }
    }

    /// The script of most letters. Two letters are necessary: a single one may be part of an emoticon.
    fn script(&self) -> Option<WritingSystem> {
        let mut counts = self.counts;
        // A Japanese sentence has kana between its Han letters; Chinese has none.
        if counts[WritingSystem::Kana as usize] > 0 {
            counts[WritingSystem::Kana as usize] += counts[WritingSystem::Han as usize];
            counts[WritingSystem::Han as usize] = 0;
        }
        let total: usize = counts.iter().sum();
        let script = WritingSystem::ALL.into_iter().max_by_key(|&script| counts[script as usize])?;
        let count = counts[script as usize];
        (count > script.size() && count * 2 > total).then_some(script)
    }
}

/// Chinese shares most letters with Japanese headlines and names, so it is certain only with one of its function words
/// or of the commonest simplified letters that Japanese lacks. "安倍晋三" may be in either language.
fn detect_chinese(text: &str) -> Option<Language> {
    let start: String = text.chars().take(CHARS_MAX).collect();
    TABLE.chinese.iter().any(|word| start.contains(word)).then_some(Language::Chinese)
}

/// A set of languages: bit n is the language of `Table::codes[n]`.
type LanguageSet = u64;

/// The number of English in `Table::codes`, and its bit.
const ENGLISH_NUMBER: usize = 0;
const ENGLISH: LanguageSet = 1 << ENGLISH_NUMBER;

/// The languages that [`Words`] can compare, at most.
const CODES_MAX: usize = LanguageSet::BITS as usize;

/// The function words of all languages.
struct Table {
    /// The codes of the languages. Some belong to no [`Language`], but to one that resembles it, such as Danish.
    codes: Vec<&'static str>,
    /// The languages that have a word, by the word's key.
    words: HashMap<u64, LanguageSet, BuildKeyHasher>,
    /// The languages of [`DISTANT`].
    distant: LanguageSet,
    /// The keys of the words that are no function words.
    topical: HashSet<u64, BuildKeyHasher>,
    /// The keys of [`NAME_PARTICLES`].
    particles: HashSet<u64, BuildKeyHasher>,
    /// Chinese words and letters. Chinese has no spaces, so they are sought within the text.
    chinese: Vec<&'static str>,
}

static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

impl Table {
    fn new() -> Self {
        let mut table = Self {
            codes: vec![Language::English.code()],
            words: HashMap::default(),
            distant: 0,
            topical: HashSet::default(),
            particles: NAME_PARTICLES.iter().map(|word| word_key(word)).collect(),
            chinese: Vec::new(),
        };
        for word in english::common_words().map(|(word, _)| word).chain(english::everyday_words()) {
            table.add(word, ENGLISH);
        }
        for line in FUNCTION_WORDS.lines() {
            let mut words = line.split_ascii_whitespace();
            let Some(marked) = words.next() else { continue };
            let code = marked.trim_end_matches('+');
            if code == Language::Chinese.code() {
                table.chinese.extend(words);
                continue;
            }
            let number = table.codes.iter().position(|&known| known == code).unwrap_or_else(|| {
                table.codes.push(code);
                table.codes.len() - 1
            });
            if code != marked {
                table.topical.extend(words.clone().map(word_key));
            }
            words.for_each(|word| table.add(word, 1 << number));
            table.distant |= u64::from(DISTANT.contains(&code)) << number;
        }
        table
    }

    fn add(&mut self, word: &str, languages: LanguageSet) {
        let folded: String = word.chars().flat_map(fold).collect();
        *self.words.entry(word_key(&folded)).or_default() |= languages;
    }

    fn languages(&self, key: u64) -> LanguageSet {
        self.words.get(&key).copied().unwrap_or_default()
    }

    /// Whether the word is not in the table, but is an English word with a regular ending.
    fn is_english_inflection(&self, word: &str) -> bool {
        if self.languages(word_key(word)) != 0 {
            return false;
        }
        let mut bases = ENGLISH_ENDINGS.iter().filter_map(|ending| word.strip_suffix(ending));
        bases.any(|base| self.languages(word_key(base)) & ENGLISH != 0)
    }
}

/// The function words of a language, by its code.
pub(super) fn function_words(code: &str) -> impl Iterator<Item = &'static str> {
    let code = line_code(code);
    let lines = FUNCTION_WORDS.lines().filter_map(|line| line.split_once(' '));
    lines.filter(move |(of, _)| *of == code).flat_map(|(_, words)| words.split_ascii_whitespace())
}

/// The code of a language's lines in [`FUNCTION_WORDS`]: Danish and Norwegian share theirs.
fn line_code(code: &str) -> &str {
    if code == "no" { "da" } else { code }
}

/// Whether a word in normal form is a function word of other languages than that of the code, or an everyday English
/// one, and so long that it is hardly a typing error.
pub(super) fn is_word_of_others(word: &str, code: &str) -> bool {
    let key = word_key(word);
    let languages = TABLE.languages(key);
    let own = TABLE.codes.iter().position(|known| *known == line_code(code)).map_or(0, |number| 1 << number);
    word.len() >= UNIQUE_WORD_BYTES && languages != 0 && languages & own == 0 && !TABLE.topical.contains(&key)
}

/// Languages of the table that are no [`Language`] and that lose a tie with one. With the others of this kind (Danish,
/// Czech, Bulgarian, Serbian, Persian, Marathi) a tie decides nothing, because they share most of their short words
/// with a [`Language`].
const DISTANT: [&str; 5] = ["ca", "fi", "hu", "ro", "tl"];

/// Endings of English words that are not in the table with each ending.
const ENGLISH_ENDINGS: [&str; 7] = ["s", "d", "ed", "es", "ing", "ly", "er"];

/// Words that occur in names, such as "de la Torre" and "von der Leyen". They prove no language.
const NAME_PARTICLES: [&str; 34] = [
    "al", "ben", "da", "das", "de", "dei", "del", "della", "den", "der", "des", "di", "do", "dos", "du", "e", "el",
    "en", "et", "la", "las", "le", "les", "los", "san", "si", "te", "ten", "ter", "van", "von", "y", "zu", "zur",
];

/// A word of the table counts this many points. More than [`LETTER_POINTS_MAX`], so letters decide only between
/// languages with equally many words, such as Spanish and Portuguese.
const WORD_POINTS: u16 = 3;

/// The most points for letters that are proper to a language. A name can contain such letters too.
const LETTER_POINTS_MAX: u16 = 2;

/// A word that belongs to one language only counts as unique from this length, in bytes. Shorter ones are too often
/// typing errors, abbreviations or names.
const UNIQUE_WORD_BYTES: usize = 5;

/// A text of at most so many words may be a name or a term. In Latin letters it has no certain language.
const NAME_WORDS_MAX: u16 = 2;

/// The words of a language must be this share of the text, as one word in so many. A quoted foreign phrase is not the
/// language of the question.
const WORDS_PER_HIT: u16 = 4;

/// The evidence for each language in the words of a text.
struct Words {
    script: WritingSystem,
    /// The words of the text.
    count: u16,
    /// The words that a language has.
    hits: [u16; CODES_MAX],
    /// Of these, the words that English lacks and that occur in no names; for English, the words that only it has.
    strong: [u16; CODES_MAX],
    /// Long words that only this language has.
    unique: [u16; CODES_MAX],
    /// Letters that are proper to a language.
    letters: [u16; CODES_MAX],
}

impl Words {
    fn of(text: &str, script: WritingSystem) -> Self {
        let none = [0; CODES_MAX];
        let mut words = Self { script, count: 0, hits: none, strong: none, unique: none, letters: none };
        each_word(text, |word| words.add_word(word));
        if !text.is_ascii() {
            text.chars()
                .take(CHARS_MAX)
                .filter(|letter| !letter.is_ascii())
                .for_each(|letter| words.add_letter(letter));
        }
        words
    }

    fn add_word(&mut self, word: &str) {
        // A single consonant is an elided word: "d'accord", "l'isola".
        self.count += u16::from(!matches!(word.as_bytes(), [letter] if !b"aeiouy".contains(letter)));
        let key = word_key(word);
        let languages = TABLE.languages(key);
        if languages == 0 {
            return;
        }
        let is_strong = if languages & ENGLISH == 0 { !TABLE.particles.contains(&key) } else { languages == ENGLISH };
        let is_unique = languages.count_ones() == 1 && word.len() >= UNIQUE_WORD_BYTES;
        let mut rest = languages;
        while rest != 0 {
            let number = rest.trailing_zeros() as usize;
            self.hits[number] += 1;
            self.strong[number] += u16::from(is_strong);
            self.unique[number] += u16::from(is_unique);
            rest &= rest - 1;
        }
    }

    fn add_letter(&mut self, letter: char) {
        if matches!(letter, '¿' | '¡') {
            return self.add_word("¿");
        }
        for code in letter.to_lowercase().flat_map(letter_languages) {
            if let Some(number) = TABLE.codes.iter().position(|known| known == code) {
                self.letters[number] += 1;
            }
        }
    }

    fn points(&self, number: usize) -> u16 {
        let points = self.hits[number] * WORD_POINTS + self.letters[number].min(LETTER_POINTS_MAX);
        points.saturating_sub(u16::from(TABLE.distant & 1 << number != 0))
    }

    /// The language with the most points, if no other has as many and the evidence suffices.
    fn language(&self, text: &str) -> Option<Language> {
        let (mut best, mut most, mut is_tied) = (ENGLISH_NUMBER, 0, true);
        for number in 0..TABLE.codes.len() {
            let points = self.points(number);
            if points > most {
                (best, most, is_tied) = (number, points, false);
            } else if points == most {
                is_tied = true;
            }
        }
        if is_tied || !self.suffices(best) {
            return None;
        }
        let language = Language::ALL.iter().copied().find(|language| language.code() == TABLE.codes[best])?;
        let is_certain = script_of(language) == self.script
            && (language == Language::English
                || self.script != WritingSystem::Latin
                || self.exceeds_english(best, text));
        is_certain.then_some(language)
    }

    /// Whether the evidence for the best language is enough, however little there is for the others.
    fn suffices(&self, best: usize) -> bool {
        // Latin letters write many languages, and names; the other scripts leave only a few possibilities.
        if self.script != WritingSystem::Latin {
            return self.strong[best] >= 1 || (self.count > NAME_WORDS_MAX && self.letters[best] >= LETTER_POINTS_MAX);
        }
        // Vietnamese words are syllables, and names consist of the same ones.
        let is_unlike_names = self.hits[ENGLISH_NUMBER] == 0 && TABLE.codes[best] != Language::Vietnamese.code();
        let is_distinct = self.letters[best] >= LETTER_POINTS_MAX || self.unique[best] >= 1;
        let hits = if is_unlike_names && is_distinct { 1 } else { 2 };
        self.count > NAME_WORDS_MAX
            && self.hits[best] >= hits
            && self.strong[best] >= 1
            && self.hits[best] * WORDS_PER_HIT >= self.count
    }

    /// Whether the text has more words of the language than of English. Here English includes its regular inflections;
    /// they are counted only now because few texts get here.
    fn exceeds_english(&self, number: usize, text: &str) -> bool {
        let mut inflected = 0;
        each_word(text, |word| inflected += u16::from(TABLE.is_english_inflection(word)));
        self.hits[number] > self.hits[ENGLISH_NUMBER] + inflected
    }
}

/// Calls a function with each word of the text that contains a letter, in lower case and without accents.
fn each_word(text: &str, mut visit: impl FnMut(&str)) {
    let mut word = String::new();
    for letter in text.chars().take(CHARS_MAX).chain([' ']) {
        if letter.is_ascii_alphanumeric() {
            word.push(letter.to_ascii_lowercase());
        } else if letter.is_alphanumeric() || is_combining_mark(letter) {
            word.extend(fold(letter));
        } else if !word.is_empty() {
            if word.bytes().any(|byte| !byte.is_ascii_digit()) {
                visit(&word);
            }
            word.clear();
        }
    }
}

/// The languages, by code, in which the lower-case letter is common and which few others use.
fn letter_languages(letter: char) -> &'static [&'static str] {
    match letter {
        'ß' => &["de"],
        'ä' => &["de", "sv", "fi"],
        'ö' => &["de", "sv", "fi", "tr", "hu"],
        'ü' => &["de", "tr", "hu"],
        'å' => &["sv", "da"],
        'ø' | 'æ' => &["da"],
        'ñ' => &["es", "tl"],
        'ã' | 'õ' => &["pt", "vi"],
        'ê' | 'ô' => &["fr", "pt", "vi"],
        'â' => &["fr", "pt", "vi", "ro"],
        'ç' => &["fr", "pt", "tr", "ca"],
        'è' => &["fr", "it", "ca", "vi"],
        'ù' => &["fr", "it", "vi"],
        'ì' | 'ò' => &["it", "vi"],
        'à' => &["fr", "it", "pt", "ca", "vi"],
        'é' => &["fr", "es", "pt", "it", "cs", "hu"],
        'á' | 'í' | 'ú' => &["es", "pt", "cs", "hu"],
        'ó' => &["es", "pt", "pl", "hu"],
        'û' | 'î' | 'ï' | 'œ' | 'ë' => &["fr", "nl"],
        'ą' | 'ę' | 'ł' | 'ś' | 'ź' | 'ż' | 'ć' | 'ń' => &["pl"],
        'ş' | 'ğ' | 'ı' => &["tr"],
        'ơ' | 'ư' | 'đ' | '\u{1EA0}'..='\u{1EF9}' => &["vi"],
        'č' | 'ě' | 'ř' | 'š' | 'ž' | 'ý' | 'ů' | 'ť' | 'ď' => &["cs"],
        'ă' | 'ș' | 'ț' => &["ro"],
        'ő' | 'ű' => &["hu"],
        'й' | 'щ' | 'ю' | 'я' => &["ru", "uk", "bg"],
        'ь' => &["ru", "uk"],
        'ы' | 'э' | 'ё' => &["ru"],
        'ъ' => &["ru", "bg"],
        'і' | 'ї' | 'є' | 'ґ' => &["uk"],
        'ј' | 'љ' | 'њ' | 'ћ' | 'ђ' => &["sr"],
        // Letters of Persian and Urdu that Arabic lacks.
        'پ' | 'چ' | 'ژ' | 'گ' | 'ک' | 'ی' | 'ٹ' | 'ڈ' | 'ے' | 'ہ' => &["fa"],
        _ => &[],
    }
}

/// The lower-case letters without accents. Vowel signs of Devanagari are letters and stay.
fn fold(letter: char) -> impl Iterator<Item = char> {
    let is_accent = |mark: &char| matches!(mark, '\u{300}'..='\u{36F}' | '\u{64B}'..='\u{65F}' | '\u{670}');
    letter.to_lowercase().nfd().filter(move |mark| !is_accent(mark)).map(|plain| match plain {
        'ı' => 'i',
        'ł' => 'l',
        'đ' => 'd',
        'ø' => 'o',
        'æ' => 'a',
        'ς' => 'σ',
        plain => plain,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{CODES_MAX, Language, Languages, TABLE, detect};

    /// Questions with the code of their language; "-" for texts that have no certain language. Written for Footnote.
    /// The function words were collected before the questions.
    const QUESTIONS: &str = include_str!("language/questions.txt");

    fn labelled() -> impl Iterator<Item = (&'static str, &'static str)> {
        QUESTIONS.lines().filter_map(|line| line.split_once('\t'))
    }

    #[test]
    fn no_question_is_taken_for_one_in_another_language() {
        for (code, question) in labelled() {
            let detected = detect(question).map(Language::code);
            let english = if code == "-" { "en" } else { code };
            assert!(detected.is_none_or(|found| found == english), "{question:?}: {detected:?} instead of {code}");
        }
    }

    #[test]
    fn most_questions_are_recognised_in_each_language() {
        let mut shares: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for (code, question) in labelled().filter(|(code, _)| !["-", "en"].contains(code)) {
            let (found, all) = shares.entry(code).or_default();
            *found += usize::from(detect(question).is_some());
            *all += 1;
        }
        assert_eq!(shares.len(), Language::ALL.len() - 1);
        for (code, (found, all)) in shares {
            assert!(all >= 15 && found * 100 >= all * 80, "{code}: {found} of {all}");
        }
    }

    #[test]
    fn english_questions_are_in_no_other_language() {
        let questions = include_str!("../../tests/questions/japan-russia.jsonl").lines();
        let questions = questions.filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let questions: Vec<String> = questions.filter_map(|value| value["q"].as_str().map(str::to_owned)).collect();
        let is_foreign = |question: &str| detect(question).is_some_and(|language| language != Language::English);
        let foreign: Vec<&str> = questions.iter().map(String::as_str).filter(|question| is_foreign(question)).collect();
        assert!(questions.len() >= 300, "{}", questions.len());
        let expected = [
            "Привет, как дела?",
            "오늘 점심 뭐 먹을까?",
            "明日は何時に起きればいいですか",
            "¿Cuánto cuesta el kilo de tomates?",
            "Wie spät ist es in Köln?",
            "j'ai perdu mon chat, aidez-moi",
        ];
        assert_eq!(foreign, expected);
    }

    #[test]
    fn a_text_without_words_has_no_language() {
        for text in
            ["", " ", "?", "42", "\u{0}\u{FFFD}", "¿", "a", "ツ", "ㅋㅋㅋ", "Putin", "Kanehara Nobukatsu", "Путин"]
        {
            assert_eq!(detect(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_wording_in_a_script_of_its_own_is_never_missed() {
        for (language, wording) in [
            (Language::Japanese, "ナワリヌイ"),
            (Language::Korean, "나발니"),
            (Language::Russian, "кто такой Навальный"),
        ] {
            let english = ["who is Abe", "what did he want", "why did they meet"];
            let wordings = english.into_iter().cycle().take(20_000).chain([wording]);
            let languages = Languages::of(wordings, None);
            assert!(languages.contains(language) && languages.contains(Language::English));
            assert!(!languages.contains(Language::German), "{language:?}");
            assert_eq!(languages.iter().collect::<Vec<_>>(), [Language::English, language]);
        }
    }

    #[test]
    fn a_language_may_be_used_unless_the_wordings_show_another() {
        for (wordings, language, contains) in [
            (&[][..], Language::German, true),
            (&["opening hours"][..], Language::German, true),
            (&["opening hours"][..], Language::Russian, false),
            (&["opening hours", "when do you open"][..], Language::German, false),
            (&["Öffnungszeiten", "Wann habt ihr geöffnet?"][..], Language::German, true),
            (&["Öffnungszeiten", "Wann habt ihr geöffnet?"][..], Language::English, false),
            (&["安倍晋三"][..], Language::Chinese, true),
            (&["なぜ接近したのか"][..], Language::Chinese, false),
            (&["安倍晋三"][..], Language::Japanese, true),
            (&["なぜ接近したのか", "北方領土"][..], Language::Chinese, false),
            (&["Навальный"][..], Language::Ukrainian, true),
        ] {
            let languages = Languages::of(wordings.iter().copied(), None);
            assert_eq!(languages.contains(language), contains, "{wordings:?} {language:?}");
        }
    }

    #[test]
    fn a_declared_language_is_used() {
        let languages = Languages::of(["Vereinsheim", "what is it about"], Some("de"));
        assert!(languages.contains(Language::German) && languages.contains(Language::English));
        assert!(!languages.contains(Language::French));
        assert_eq!(Languages::of(["what is it about"], Some("zz")), Languages::of(["what is it about"], None));
    }

    #[test]
    fn each_language_has_a_code_of_its_own_and_function_words_if_it_shares_a_script() {
        assert!(TABLE.codes.len() <= CODES_MAX);
        let codes: std::collections::BTreeSet<_> = Language::ALL.iter().map(|language| language.code()).collect();
        assert_eq!(codes.len(), Language::ALL.len());
        for language in [Language::German, Language::Ukrainian, Language::Arabic, Language::Hindi, Language::Indonesian]
        {
            assert!(TABLE.codes.contains(&language.code()), "{language:?}");
        }
    }
}
