//! Texts that take the matcher as long as possible, each in another way. Found by trying out many and timing them.

use footnote::knowledge::{HasWordings as _, Knowledge};
use footnote::matching::normalise;

/// Characters of each text: more than any message has.
const CHARS: usize = 6_000;

/// The kinds of texts, and the texts.
pub fn texts(knowledge: &Knowledge) -> Vec<(&'static str, String)> {
    let wordings = knowledge.entry_keys().flat_map(|key| knowledge.entry(key).wordings());
    let mut words: Vec<String> =
        wordings.flat_map(|wording| normalise(wording).split(' ').map(str::to_owned).collect::<Vec<_>>()).collect();
    words.sort_unstable();
    words.dedup();
    let long: Vec<&str> = words.iter().map(String::as_str).filter(|word| word.len() > 4 && word.is_ascii()).collect();
    let misspelt = |at: usize| {
        let word = long[at * 7_919 % long.len()];
        format!("{}q{}", &word[..2], &word[2..])
    };
    let alphabets: Vec<char> = "aя字アกαא한عह1 é?".chars().collect();
    let mixed = |at: usize| alphabets[at * at * 7 % 1_009 % alphabets.len()].to_string();
    let letter = |first: u32, count: usize, at: usize| {
        char::from_u32(first + (at * 7_919 % count) as u32).map_or_else(String::new, String::from)
    };
    vec![
        ("every word of the file", repeated(|at| format!("{} ", words[at * 31 % words.len()]))),
        ("misspelt words", repeated(|at| format!("{} ", misspelt(at)))),
        ("misspelt questions", repeated(|at| format!("{}{} ", if at % 15 == 0 { "? why " } else { "" }, misspelt(at)))),
        ("short questions", repeated(|at| format!("why {}? ", words[at * 31 % words.len()]))),
        ("conjunctions", repeated(|_| "why is it and ".to_owned())),
        ("question marks", repeated(|_| "? ".to_owned())),
        ("letters that expand", repeated(|_| "\u{FDFA}".to_owned())),
        ("one long word", repeated(|at| letter(97, 26, at * at))),
        (
            "words of ten letters",
            repeated(|at| format!("{}{}", letter(97, 26, at * at), if at % 10 == 9 { " " } else { "" })),
        ),
        ("marks", repeated(|at| letter(0x300, 0x70, at))),
        ("Thai marks", repeated(|at| letter(0xE38, 18, at))),
        ("jamo", repeated(|_| "\u{1112}\u{1161}\u{11AB}".to_owned())),
        ("Hangul", repeated(|at| letter(0xAC00, 11_172, at))),
        ("Han", repeated(|at| letter(0x4E00, 20_000, at))),
        ("mixed scripts", repeated(mixed)),
    ]
}

fn repeated(part: impl Fn(usize) -> String) -> String {
    (0..CHARS).flat_map(|at| part(at).chars().collect::<Vec<_>>()).take(CHARS).collect()
}
