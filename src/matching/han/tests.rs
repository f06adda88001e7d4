#![allow(clippy::unwrap_used)]

use super::{function_letters, is_han, simplified};
use crate::knowledge::{Document, Entry, Knowledge};
use crate::matching::{Matcher, Outcome};

/// The id of the questions that no entry answers.
const UNANSWERABLE: &str = "-";

/// An entry: its id and its wordings.
type Wordings<'a> = (&'a str, Vec<&'a str>);

/// A question: the id of the right entry, and the text.
type Question<'a> = (&'a str, &'a str);

/// The entries and the questions of a file, which `---` separates.
fn parse(file: &str) -> (Vec<Wordings<'_>>, Vec<Question<'_>>) {
    let (entries, questions) = file.split_once("---\n").unwrap();
    let pair = |line| str::split_once(line, ": ").unwrap();
    let entries = entries.lines().map(pair).map(|(id, wordings)| (id, wordings.split(" | ").collect()));
    (entries.collect(), questions.lines().map(pair).collect())
}

fn knowledge(entries: &[Wordings<'_>]) -> Knowledge {
    let entry = |(id, wordings): &Wordings<'_>| Entry {
        id: (*id).to_owned(),
        question: wordings[0].to_owned(),
        also_asked: wordings[1..].iter().map(|&wording| wording.to_owned()).collect(),
        ..Entry::default()
    };
    Knowledge::new(vec![Document { entries: entries.iter().map(entry).collect(), ..Document::default() }])
}

#[test]
fn questions_without_spaces_find_their_entry() {
    /// The fewest questions answered of 40; the others are suggested.
    const ANSWERED_MIN: usize = 38;
    for (file, answered_unanswerable_max) in [(include_str!("chinese.txt"), 7), (include_str!("japanese.txt"), 8)] {
        let (entries, questions) = parse(file);
        let knowledge = knowledge(&entries);
        let matcher = Matcher::new(&knowledge);
        let (mut answered, mut answered_unanswerable) = (0, 0);
        for (id, question) in questions {
            let verdict = matcher.ask(question);
            if id == UNANSWERABLE {
                answered_unanswerable += usize::from(verdict.outcome == Outcome::Answer);
            } else {
                let first = verdict.ranked.first().map(|candidate| knowledge.entry(candidate.entry).id.as_str());
                assert_eq!(first, Some(id), "{question}: {verdict:?}");
                assert_ne!(verdict.outcome, Outcome::Unknown, "{question}: {verdict:?}");
                answered += usize::from(verdict.outcome == Outcome::Answer);
            }
        }
        assert!(answered >= ANSWERED_MIN, "{answered}");
        assert!(answered_unanswerable <= answered_unanswerable_max, "{answered_unanswerable}");
    }
}

#[test]
fn questions_about_other_subjects_are_not_answered() {
    let (chinese, japanese) = (parse(include_str!("chinese.txt")).0, parse(include_str!("japanese.txt")).0);
    for (entries, questions) in [
        (chinese, ["怎么做红烧肉？", "你最喜欢什么颜色", "如何学习编程", "猫为什么喜欢睡觉", "谁赢了世界杯"]),
        (
            japanese,
            ["カレーの作り方を教えて", "好きな色は何ですか", "風邪に効く薬は", "スマホの電池が切れた", "こんにちは"],
        ),
    ] {
        let matcher = Matcher::new(&knowledge(&entries));
        for question in questions {
            let verdict = matcher.ask(question);
            assert_ne!(verdict.outcome, Outcome::Answer, "{question}: {verdict:?}");
        }
    }
}

#[test]
fn unknown_words_are_content_letters() {
    let (entries, _) = parse(include_str!("chinese.txt"));
    let matcher = Matcher::new(&knowledge(&entries));
    for (question, unknown) in [
        ("安倍為什麼想接近俄羅斯", &[][..]),
        ("岛屿是谁的", &[]),
        ("猫为什么喜欢睡觉", &["猫", "喜", "欢", "睡", "觉"]),
        ("はどうして", &[]),
    ] {
        assert_eq!(matcher.unknown_words(question), unknown, "{question}");
    }
}

#[test]
fn simplified_forms_are_pairs_and_final() {
    for pair in super::SIMPLIFIED.split_ascii_whitespace() {
        let letters: Vec<char> = pair.chars().collect();
        let [traditional, simple] = letters[..] else { panic!("{pair}") };
        assert!(is_han(traditional) && is_han(simple), "{pair}");
        assert_eq!((simplified(traditional), simplified(simple)), (simple, simple), "{pair}");
    }
    assert_eq!("島國爲甚麼abeの".chars().map(simplified).collect::<String>(), "岛国为什么abeの");
}

#[test]
fn function_letters_are_simplified_and_unique() {
    let mut letters: Vec<char> = function_letters().map(|(letter, _)| letter).collect();
    assert!(letters.iter().all(|&letter| is_han(letter) && simplified(letter) == letter), "{letters:?}");
    let count = letters.len();
    letters.sort_unstable();
    letters.dedup();
    assert_eq!(letters.len(), count);
}
