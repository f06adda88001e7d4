//! Segmentation: splits a member's message into the parts that may be questions of their own.
//! A message can hold two questions, or one question among remarks; each segment is asked, and so is the whole text.

use std::ops::Range;

use super::question_detection::{is_question_mark, is_question_word, looks_like_question_in, opens_question};
use crate::knowledge::wording::normalise;

/// The most segments of a message. Each one costs a question to the matcher, a tenth of a millisecond. Eight questions
/// with a remark before each are more than anybody wants answered in one reply.
pub const SEGMENTS_MAX: usize = 16;

/// The most questions of a message that are asked one by one, each of which takes up to a tenth of a millisecond.
pub(super) const QUESTIONS_MAX: usize = 8;

/// The most pieces into which a text is split before fragments are joined; the rest of the text belongs to the last one.
/// A text of [`QUESTION_CHARS_MAX`](crate::knowledge::wording::QUESTION_CHARS_MAX) characters with more of them consists
/// of fragments.
const PIECES_MAX: usize = 128;

/// Words after a question word that make a question complete, so that "and why …" begins another one: "who is Abe". In
/// "when and where did they meet" nothing follows the first question word.
const WORDS_OF_A_QUESTION: usize = 2;

/// Words at the start of a segment among which a question word counts, as in "hey all, so why did …".
const OPENING_WORDS: usize = 6;

/// The longest abbreviation in characters, with inner full stops, such as "approx". Bounds the look back from a full
/// stop.
const ABBREVIATION_CHARS_MAX: usize = 8;

/// Words that join two questions.
const CONJUNCTIONS: [&str; 7] = ["and", "und", "et", "y", "e", "en", "и"];

/// Words between a conjunction and a question word: "and also why".
const FILLERS: [&str; 4] = ["also", "then", "so", "but"];

/// Abbreviations before a name, a number or an example. Their full stop never ends a sentence.
const LEADING_ABBREVIATIONS: [&str; 25] = [
    "mr", "mrs", "ms", "dr", "prof", "st", "vs", "gen", "sen", "rep", "gov", "col", "lt", "capt", "approx", "fig",
    "cf", "dept", "nr", "e.g", "i.e", "eg", "ie", "z.b", "bzw",
];

/// Abbreviations that may also be the last word of a sentence.
const TRAILING_ABBREVIATIONS: [&str; 9] = ["etc", "inc", "ltd", "co", "corp", "jr", "sr", "al", "usw"];

/// Questions that make no sense without the sentence before them.
const FOLLOW_UPS: [&str; 16] = [
    "why",
    "how",
    "how so",
    "how come",
    "why not",
    "when",
    "since when",
    "where",
    "who",
    "what",
    "really",
    "right",
    "or not",
    "なぜ",
    "为什么",
    "왜",
];

/// Pronouns that usually stand for something in the sentence before them.
const PRONOUNS: [&str; 12] = ["it", "its", "that", "this", "these", "those", "they", "them", "he", "him", "she", "her"];

/// Openings that make no sense without the sentence after them.
const LEAD_INS: [&str; 19] = [
    "so",
    "well",
    "and",
    "but",
    "ok",
    "okay",
    "hey",
    "hi",
    "hello",
    "hm",
    "hmm",
    "um",
    "uh",
    "oh",
    "also",
    "yo",
    "question",
    "quick question",
    "btw",
];

/// A part of a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Segment {
    /// The bytes of the message, without the white space and the list marker around them.
    pub range: Range<usize>,
    /// Whether the part looks like a question.
    pub is_question: bool,
    /// Whether the part contains a pronoun, so that it may make no sense without the rest of its message.
    pub refers_back: bool,
}

/// Whether a message may have several segments: `false` is certain. Most messages are a single sentence, and this check
/// takes a hundredth of the time of [`segments`].
pub(super) fn may_have_several(text: &str) -> bool {
    let text = text.trim_end_matches(|letter: char| !letter.is_alphanumeric());
    let separates = |letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, ' ' | ',' | '\'' | '"');
    text.contains(separates)
        || CONJUNCTIONS.iter().any(|word| text.split(' ').any(|other| other.eq_ignore_ascii_case(word)))
}

/// Splits a message into at most [`SEGMENTS_MAX`] segments, in order. They cover every letter and do not overlap. A
/// text without letters and digits has none.
#[must_use]
pub fn segments(text: &str) -> Vec<Segment> {
    let pieces = join_fragments(text, Splitter::new(text).split());
    let segments = pieces.into_iter().map(|range| {
        let part = &text[range.clone()];
        let normal = normalise(part);
        let refers_back = normal.split(' ').any(|word| PRONOUNS.contains(&word));
        Segment { range, is_question: looks_like_question_in(part, &normal), refers_back }
    });
    limit(segments.collect())
}

/// Joins fragments to the piece that they belong to. A piece without letters and digits, such as an emoji, belongs to
/// the piece before it.
fn join_fragments(text: &str, pieces: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::with_capacity(pieces.len());
    // Where the next piece starts, if it follows a lead-in.
    let mut lead_in: Option<usize> = None;
    for piece in pieces {
        let words = short_form(&text[piece.clone()]);
        let is_one_of = |list: &[&str]| words.as_deref().is_some_and(|words| list.contains(&words));
        match joined.last_mut() {
            Some(previous) if lead_in.is_none() && (is_one_of(&FOLLOW_UPS) || is_one_of(&[""])) => {
                previous.end = piece.end;
            }
            _ => {
                let start = lead_in.take().unwrap_or(piece.start);
                if is_one_of(&LEAD_INS) || is_one_of(&[""]) {
                    lead_in = Some(start);
                }
                match joined.last_mut() {
                    // The piece that the lead-in began.
                    Some(previous) if previous.start == start => previous.end = piece.end,
                    _ => joined.push(start..piece.end),
                }
            }
        }
    }
    joined.retain(|piece| text[piece.clone()].contains(char::is_alphanumeric));
    joined
}

/// The normal form of a piece that is short enough for a fragment.
fn short_form(piece: &str) -> Option<String> {
    /// More than the longest fragment, with punctuation.
    const FRAGMENT_BYTES_MAX: usize = 40;
    if piece.len() <= FRAGMENT_BYTES_MAX {
        return Some(normalise(piece));
    }
    (!piece.contains(char::is_alphanumeric)).then(String::new)
}

/// Joins segments until there are at most [`SEGMENTS_MAX`]: first adjacent remarks, then all that remain at the end.
fn limit(segments: Vec<Segment>) -> Vec<Segment> {
    if segments.len() <= SEGMENTS_MAX {
        return segments;
    }
    let mut limited: Vec<Segment> = Vec::with_capacity(SEGMENTS_MAX);
    for segment in segments {
        let is_full = limited.len() == SEGMENTS_MAX;
        match limited.last_mut() {
            Some(previous) if is_full || !(previous.is_question || segment.is_question) => {
                previous.range.end = segment.range.end;
                previous.is_question |= segment.is_question;
                previous.refers_back |= segment.refers_back;
            }
            _ => limited.push(segment),
        }
    }
    limited
}

/// Finds the ends of sentences in one pass over the characters.
struct Splitter<'a> {
    text: &'a str,
    letters: Vec<(usize, char)>,
    pieces: Vec<Range<usize>>,
    /// The index of the character at which the current piece starts.
    start: usize,
    /// The number that the next item of a numbered list has.
    next_item: u32,
    words: PieceWords,
}

/// The words of the current piece, as far as they matter for a conjunction.
#[derive(Default)]
struct PieceWords {
    count: usize,
    /// Words after the first question word; `None` before it.
    after_question: Option<usize>,
    ends_in_question_word: bool,
    /// After "between", "and" joins two things: "the difference between what he said and what he did".
    has_between: bool,
}

impl<'a> Splitter<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            letters: text.char_indices().collect(),
            pieces: Vec::new(),
            start: 0,
            next_item: 1,
            words: PieceWords::default(),
        }
    }

    fn split(mut self) -> Vec<Range<usize>> {
        let mut at = self.skip_marker(0);
        self.start = at;
        while self.pieces.len() + 1 < PIECES_MAX
            && let Some(letter) = self.letter(at)
        {
            at = match letter {
                '\n' | '\r' | '\u{2028}' | '\u{2029}' => self.cut_line(at),
                letter if is_terminator(letter) => self.pass_terminators(at),
                '-' | '–' | '—' if self.is_dash(at) => self.cut(at, at + 1),
                letter if letter.is_alphanumeric() => self.pass_word(at),
                _ => at + 1,
            };
        }
        self.cut(self.letters.len(), self.letters.len());
        self.pieces
    }

    fn letter(&self, at: usize) -> Option<char> {
        self.letters.get(at).map(|&(_, letter)| letter)
    }

    fn is_space(&self, at: usize) -> bool {
        self.letter(at).is_none_or(char::is_whitespace)
    }

    fn offset(&self, at: usize) -> usize {
        self.letters.get(at).map_or(self.text.len(), |&(offset, _)| offset)
    }

    /// The end of the word that starts at a character.
    fn word_end(&self, at: usize) -> usize {
        let rest = self.letters.get(at..).unwrap_or_default();
        at + rest.iter().take_while(|(_, letter)| letter.is_alphanumeric()).count()
    }

    /// The word that starts at a character or after white space, in lower case, and its end.
    fn word(&self, mut at: usize) -> (String, usize) {
        while self.letter(at).is_some_and(char::is_whitespace) {
            at += 1;
        }
        let end = self.word_end(at);
        (self.text[self.offset(at)..self.offset(end)].to_lowercase(), end)
    }

    /// Ends the current piece before `end`; the next one starts at `next`.
    fn cut(&mut self, end: usize, next: usize) -> usize {
        let (from, to) = (self.offset(self.start), self.offset(end));
        let piece = &self.text[from..to.max(from)];
        let start = from + piece.len() - piece.trim_start().len();
        let trimmed = piece.trim();
        if !trimmed.is_empty() {
            self.pieces.push(start..start + trimmed.len());
        }
        self.start = next;
        self.words = PieceWords::default();
        next
    }

    /// Ends the piece at a line break and skips the marker of the next line.
    fn cut_line(&mut self, at: usize) -> usize {
        self.cut(at, at + 1);
        self.start = self.skip_marker(at + 1);
        self.start
    }

    /// The first character after white space and a list marker at the start of a line: "- ", "* ", "• ", "1. ", "2) ".
    fn skip_marker(&mut self, mut at: usize) -> usize {
        while self.letter(at).is_some_and(|letter| letter.is_whitespace() && letter != '\n') {
            at += 1;
        }
        match self.letter(at) {
            Some('-' | '–' | '—' | '*' | '•' | '·' | '>') if self.is_space(at + 1) => at + 1,
            _ => match self.numbered(at) {
                Some((number, end)) => {
                    self.next_item = number.saturating_add(1);
                    end
                }
                None => at,
            },
        }
    }

    /// The number and the end of a marker such as "2." or "2)" before white space.
    fn numbered(&self, at: usize) -> Option<(u32, usize)> {
        /// A longer number is a year or an amount.
        const DIGITS_MAX: usize = 2;
        let end = self.word_end(at);
        let number = self.text[self.offset(at)..self.offset(end)].parse().ok()?;
        let is_marker = end - at <= DIGITS_MAX && matches!(self.letter(end), Some('.' | ')')) && self.is_space(end + 1);
        is_marker.then_some((number, end + 1))
    }

    /// Whether the dash stands between spaces, and not between two numbers.
    fn is_dash(&self, at: usize) -> bool {
        let is_digit = |at: usize| self.letter(at).is_some_and(|letter| letter.is_ascii_digit());
        at > 0 && self.is_space(at - 1) && self.is_space(at + 1) && !(at >= 2 && is_digit(at - 2) && is_digit(at + 2))
    }

    /// Passes full stops, question marks and closing quotes, and ends the piece after them if the sentence ends.
    fn pass_terminators(&mut self, at: usize) -> usize {
        let rest = &self.letters[at..];
        let count = rest.iter().take_while(|&&(_, letter)| is_terminator(letter) || is_closer(letter)).count();
        let end = at + count;
        let has = |test: fn(char) -> bool| rest[..count].iter().any(|&(_, letter)| test(letter));
        let is_end = if has(is_wide_terminator) {
            true
        } else if self.is_space(end) {
            count > 1 || has(|letter| letter != '.') || self.ends_sentence(at)
        } else {
            // "who is abe?why did he …", but not "example.org/?page=2".
            has(|letter| letter == '?')
                && at > 0
                && self.letter(at - 1).is_some_and(char::is_alphanumeric)
                && self.letter(end).is_some_and(char::is_alphabetic)
                && opens(&self.word(end).0)
        };
        if is_end { self.cut(end, end) } else { end }
    }

    /// Whether the full stop before white space ends a sentence, as it does not after an abbreviation or an ordinal.
    fn ends_sentence(&self, at: usize) -> bool {
        let start = (at.saturating_sub(ABBREVIATION_CHARS_MAX)..at)
            .rev()
            .take_while(|&before| self.letter(before).is_some_and(|letter| letter.is_alphanumeric() || letter == '.'))
            .last()
            .unwrap_or(at);
        let last = self.text[self.offset(start)..self.offset(at)].to_lowercase();
        let (next, next_end) = self.word(at + 1);
        let next_start = next_end.saturating_sub(next.chars().count());
        let begins_question = opens(&next);
        let begins_upper = self.letter(next_start).is_some_and(char::is_uppercase);
        let is_initial = self.letter(start).is_some_and(char::is_uppercase) && last.chars().count() == 1 && last != "i";
        let is_dotted = last.contains('.') && last.split('.').all(|part| part.chars().count() <= 1);
        if LEADING_ABBREVIATIONS.contains(&last.as_str()) {
            false
        } else if last == "no" {
            !next.starts_with(|letter: char| letter.is_ascii_digit())
        } else if is_initial || is_dotted || TRAILING_ABBREVIATIONS.contains(&last.as_str()) {
            begins_question && begins_upper
        } else if last.len() <= 2 && last.bytes().all(|byte| byte.is_ascii_digit()) {
            begins_question || next.is_empty()
        } else {
            true
        }
    }

    /// Passes a word, and starts a piece before it if it is the marker of the next item of a list, or a conjunction
    /// before a second question.
    fn pass_word(&mut self, at: usize) -> usize {
        if at > self.start
            && self.is_space(at - 1)
            && self.next_item > 1
            && let Some((number, end)) = self.numbered(at)
            && number == self.next_item
        {
            self.next_item += 1;
            return self.cut(at, end);
        }
        let (word, end) = self.word(at);
        if self.words.is_whole_question() && CONJUNCTIONS.contains(&word.as_str()) && self.question_follows(end) {
            self.cut(at, at);
        }
        self.words.add(&word);
        end
    }

    /// Whether a question word follows, perhaps after a filler.
    fn question_follows(&self, at: usize) -> bool {
        let (word, end) = self.word(at);
        is_question_word(&word) || (FILLERS.contains(&word.as_str()) && is_question_word(&self.word(end).0))
    }
}

impl PieceWords {
    fn add(&mut self, word: &str) {
        self.count += 1;
        self.ends_in_question_word = is_question_word(word);
        self.has_between |= word == "between";
        match &mut self.after_question {
            Some(after) => *after += 1,
            None if self.ends_in_question_word && self.count <= OPENING_WORDS => self.after_question = Some(0),
            None => {}
        }
    }

    fn is_whole_question(&self) -> bool {
        self.after_question.is_some_and(|after| after >= WORDS_OF_A_QUESTION)
            && !self.ends_in_question_word
            && !self.has_between
    }
}

/// Whether a question can start with the word.
fn opens(word: &str) -> bool {
    is_question_word(word) || opens_question(word)
}

fn is_terminator(letter: char) -> bool {
    matches!(letter, '.' | '!' | '…') || is_question_mark(letter) || is_wide_terminator(letter)
}

/// Whether the mark ends a sentence even if no space follows it.
fn is_wide_terminator(letter: char) -> bool {
    matches!(letter, '。' | '！' | '．' | '｡' | '।' | '۔' | '‼') || (letter != '?' && is_question_mark(letter))
}

fn is_closer(letter: char) -> bool {
    matches!(letter, '"' | '\'' | ')' | ']' | '”' | '’' | '»' | '」' | '』' | '）' | '*' | '_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{SEGMENTS_MAX, may_have_several, segments};

    fn parts(text: &str) -> Vec<(&str, bool)> {
        segments(text).into_iter().map(|segment| (&text[segment.range], segment.is_question)).collect()
    }

    #[test]
    fn messages_are_split_into_sentences() {
        for (text, expected) in [
            ("", &[][..]),
            (" ?! \n", &[]),
            ("why did Abe court Putin", &["why did Abe court Putin"]),
            ("Who is Abe? Why did he court Putin?", &["Who is Abe?", "Why did he court Putin?"]),
            ("who is abe?why did he court putin", &["who is abe?", "why did he court putin"]),
            ("see example.org/?page=2 for more", &["see example.org/?page=2 for more"]),
            ("I read it. \"Great!\" What now?", &["I read it.", "\"Great!\"", "What now?"]),
            ("安倍是谁？他想要什么？", &["安倍是谁？", "他想要什么？"]),
            ("なぜ接近したのか。島は誰のもの", &["なぜ接近したのか。", "島は誰のもの"]),
            ("من هو آبي؟ماذا أراد؟", &["من هو آبي؟", "ماذا أراد؟"]),
            ("first line\nsecond line\r\n\nthird", &["first line", "second line", "third"]),
            ("loved the essay - who wrote it", &["loved the essay", "who wrote it"]),
            ("they won 2 - 1 there", &["they won 2 - 1 there"]),
            ("well-known facts", &["well-known facts"]),
            ("1. who is Abe\n2. who is Suga", &["who is Abe", "who is Suga"]),
            ("1) who is Abe 2) who is Suga 3) why", &["who is Abe", "who is Suga 3) why"]),
            ("- who is Abe\n* who is Suga\n• islands", &["who is Abe", "who is Suga", "islands"]),
            ("Did it fall by 2 or 3? 5 more", &["Did it fall by 2 or 3?", "5 more"]),
        ] {
            let found: Vec<&str> = parts(text).into_iter().map(|(part, _)| part).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn abbreviations_and_numbers_stay_whole() {
        for text in [
            "did the U.S. Congress object",
            "did the U.S. object to it",
            "what did Mr. Putin say",
            "who is Dr. J. Kanehara",
            "islands, e.g. Etorofu, are Russian",
            "is 3.5 percent much",
            "No. 5 is missing",
            "Was geschah am 3. Oktober",
            "tanks, ships etc. were sold",
            "Apple Inc. sells phones",
            "version 1.2.3 crashes",
        ] {
            assert_eq!(parts(text).len(), 1, "{text:?} {:?}", parts(text));
        }
        for text in [
            "I live in the U.S. Why did Congress object?",
            "tanks, ships etc. Who bought them?",
            "I am on level 10. how do I go on",
            "No. Why did he do it?",
            "so did I. Who else?",
        ] {
            assert_eq!(parts(text).len(), 2, "{text:?} {:?}", parts(text));
        }
    }

    #[test]
    fn two_questions_with_question_words_are_split_at_the_conjunction() {
        for (text, expected) in [
            ("who is Abe and why did he court Putin?", &["who is Abe", "and why did he court Putin?"][..]),
            ("who is Abe, and also what did he want", &["who is Abe,", "and also what did he want"]),
            ("wann kam Abe und warum ging er", &["wann kam Abe", "und warum ging er"]),
            ("what about Abe and Putin", &["what about Abe and Putin"]),
            ("when and where did they meet", &["when and where did they meet"]),
            ("tell me when and where they met", &["tell me when and where they met"]),
            (
                "explain the gap between what he said and what he did",
                &["explain the gap between what he said and what he did"],
            ),
            ("Abe and what he wanted", &["Abe and what he wanted"]),
        ] {
            let found: Vec<&str> = parts(text).into_iter().map(|(part, _)| part).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn fragments_join_the_sentence_that_they_belong_to() {
        for (text, expected) in [
            ("So? Why did he do it?", &[("So? Why did he do it?", true)][..]),
            ("Hi! Quick question. Who is Abe?", &[("Hi! Quick question. Who is Abe?", true)]),
            ("Abe courted Putin. Why?", &[("Abe courted Putin. Why?", true)]),
            ("Abe courted Putin. \u{1F914}", &[("Abe courted Putin. \u{1F914}", false)]),
            ("\u{1F914} \u{1F914}\nwho is Abe", &[("\u{1F914} \u{1F914}\nwho is Abe", true)]),
            ("Thanks. Who is Suga?", &[("Thanks.", false), ("Who is Suga?", true)]),
            ("Putin? Abe?", &[("Putin?", true), ("Abe?", true)]),
            ("Why? Who is Abe?", &[("Why?", true), ("Who is Abe?", true)]),
            ("ok", &[("ok", false)]),
        ] {
            assert_eq!(parts(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_long_message_keeps_its_questions_apart() {
        let remarks = "I liked the part on China. ".repeat(40);
        let message = format!("{remarks}Why did Abe court Putin? {remarks}");
        let found = parts(&message);
        assert_eq!(found.len(), 3);
        assert_eq!(found[1], ("Why did Abe court Putin?", true));
        let many = "who is Abe? ".repeat(100);
        assert_eq!(parts(&many).len(), SEGMENTS_MAX);
    }

    fn message() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "\\PC{0,6}",
            "[a-zA-Z]{1,6}",
            Just("who is Abe".to_owned()),
            Just("and why".to_owned()),
            Just("so".to_owned()),
            Just("1. ".to_owned()),
            Just("2) ".to_owned()),
            "[.?!。？\\n\\-–* )]{1,3}",
            Just(" ".to_owned()),
        ];
        proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn a_message_that_cannot_have_several_segments_has_one(text in "[a-c ?.!'\",-]{0,20}( and | y )?[a-cwhy ?]{0,12}") {
            prop_assert!(may_have_several(&text) || segments(&text).len() < 2, "{:?}", segments(&text));
        }

        #[test]
        fn segments_are_in_order_and_cover_every_letter(text in message()) {
            let segments = segments(&text);
            prop_assert!(segments.len() <= SEGMENTS_MAX);
            let mut end = 0;
            for segment in &segments {
                prop_assert!(segment.range.start >= end && segment.range.end > segment.range.start);
                prop_assert!(!text[end..segment.range.start].contains(char::is_alphabetic));
                prop_assert!(text[segment.range.clone()].contains(char::is_alphanumeric));
                end = segment.range.end;
            }
            prop_assert!(!text[end..].contains(char::is_alphabetic));
        }
    }
}
