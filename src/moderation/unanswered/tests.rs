//! The list of unanswered questions: counting, removal, grouping.
//! A property test compares random reports with a simple count.

#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::fs;

use proptest::prelude::*;

use super::*;

fn database() -> (tempfile::TempDir, Database) {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("state.db")).unwrap();
    (folder, database)
}

fn asked(question: &str, reason: UnansweredReason, at: i64) -> UnansweredReport {
    UnansweredReport::Asked { question: question.into(), reason, at: UnixMillis(at) }
}

fn unknown(question: &str, at: i64) -> UnansweredReport {
    asked(question, UnansweredReason::Unknown, at)
}

fn list(database: &Database) -> Vec<(String, u64)> {
    database.questions().unwrap().into_iter().map(|question| (question.asked, question.count)).collect()
}

fn rows(list: &[(&str, u64)]) -> Vec<(String, u64)> {
    list.iter().map(|&(question, count)| (question.into(), count)).collect()
}

#[test]
fn spellings_of_one_question_are_counted_together() {
    let (_folder, mut database) = database();
    let wrong = |entry: &str| UnansweredReason::Wrong { entry: entry.into() };
    let reports = [
        unknown("Who is Suga?", 1),
        unknown("what's a\n\u{7} Kuril", 2),
        unknown("🐙", 3),
        unknown("WHO is  suga", 4),
        asked("who is Suga??", wrong("abe"), 3),
        asked("who is Suga??", UnansweredReason::Suggested, 2),
        unknown(&format!("why {}", "x".repeat(400)), 9),
    ];
    database.add_reports(&reports).unwrap();
    let found = database.questions().unwrap();
    assert_eq!(found.len(), 3);
    assert_eq!(database.question_count().unwrap(), 3);
    let suga = &found[0];
    assert_eq!((suga.asked.as_str(), suga.count, suga.last), ("WHO is suga", 4, UnixMillis(4)));
    assert_eq!(suga.reasons, [(UnansweredReason::Unknown, 2), (wrong("abe"), 1), (UnansweredReason::Suggested, 1)]);
    assert_eq!(found[1].asked.chars().count(), QUESTION_CHARS);
    assert_eq!(found[2].asked, "what's a Kuril");
}

#[test]
fn resolved_and_dismissed_questions_leave_the_list() {
    let (_folder, mut database) = database();
    let reports = [unknown("one", 3), unknown("two", 2), unknown("three", 1)];
    let key = |question: &str| QuestionKey::of(question).unwrap();
    database.add_reports(&reports).unwrap();
    assert_eq!(database.resolve(&[key("one"), key("four")]).unwrap(), 1);
    assert_eq!(database.dismiss(&[key("two")]).unwrap(), 1);
    assert_eq!(list(&database), rows(&[("three", 1)]));
    database.add_reports(&reports).unwrap();
    assert_eq!(list(&database), rows(&[("three", 2), ("one", 1)]), "a dismissed question stays hidden");
    assert_eq!(database.clear().unwrap(), 2);
    database.add_reports(&reports).unwrap();
    assert_eq!(list(&database), rows(&[("one", 1), ("two", 1), ("three", 1)]));
}

#[test]
fn questions_are_deleted_exactly_after_the_retention_period() {
    let (_folder, mut database) = database();
    let now = UnixMillis(100 * DAY_MS);
    let reports = [unknown("old", 10 * DAY_MS), unknown("new", 10 * DAY_MS + 1)];
    database.add_reports(&reports).unwrap();
    assert_eq!(database.purge(now, 90).unwrap(), 1);
    assert_eq!(list(&database), rows(&[("new", 1)]));
    assert_eq!(database.purge(now, u32::MAX).unwrap(), 0);
    assert_eq!(database.purge(UnixMillis(0), 0).unwrap(), 1);
}

#[test]
fn a_frequent_question_survives_a_flood_of_others() {
    let (_folder, mut database) = database();
    let reports: Vec<_> = (0..300).map(|at| unknown("where do the gulls nest", at)).collect();
    database.add_reports(&reports).unwrap();
    let nonsense = |n: i64| unknown(&format!("nonsense {n}"), 1_000 + n);
    let flood: Vec<_> = (0..10_400).map(nonsense).collect();
    let deleted: usize = flood.chunks(256).map(|batch| database.add_reports(batch).unwrap()).sum();
    assert_eq!(deleted, 10_401 - ROWS_MAX);
    let questions = database.questions().unwrap();
    assert_eq!((questions[0].asked.as_str(), questions[0].count), ("where do the gulls nest", 300));
}

#[test]
fn a_new_question_can_become_frequent_in_a_full_list() {
    let (_folder, mut database) = database();
    let twice: Vec<_> = (0..2 * ROWS_MAX as i64).map(|n| unknown(&format!("question {}", n / 2), n)).collect();
    database.add_reports(&twice).unwrap();
    for at in 0..3 {
        database.add_reports(&[unknown("a new question", 1_000_000 + at)]).unwrap();
    }
    assert_eq!(list(&database)[0], ("a new question".to_owned(), 3));
    assert_eq!(database.question_count().unwrap(), ROWS_MAX as u64);
}

#[test]
fn the_oldest_of_equally_frequent_rows_are_deleted_beyond_the_maximum() {
    let (_folder, mut database) = database();
    let reports: Vec<UnansweredReport> = (0..=ROWS_MAX as i64).map(|n| unknown(&format!("question {n}"), n)).collect();
    assert_eq!(database.add_reports(&reports).unwrap(), 1);
    assert_eq!(database.question_count().unwrap(), ROWS_MAX as u64);
    assert_eq!(database.resolve(&[QuestionKey::of("question 0").unwrap()]).unwrap(), 0);
    assert_eq!(database.questions().unwrap().len(), SHOWN_MAX);
}

#[test]
fn cleared_text_is_nowhere_on_the_disk() {
    let (folder, mut database) = database();
    database.add_reports(&[unknown("a word like Xylophonist", 1)]).unwrap();
    let holds = || {
        fs::read_dir(folder.path())
            .unwrap()
            .any(|file| fs::read(file.unwrap().path()).unwrap().windows(11).any(|letters| letters == b"Xylophonist"))
    };
    assert!(holds());
    database.clear().unwrap();
    assert!(!holds());
}

#[test]
fn similar_questions_are_grouped_the_most_frequent_first() {
    let (_folder, mut database) = database();
    for (question, times) in [
        ("How many whales live near the Kuril Islands?", 2),
        ("what is the best recipe for carbonara", 3),
        ("how many whales live near the kurils", 2),
        ("best carbonarra recipe", 1),
        ("Whales near the Kuril Islands, how many?", 1),
        ("who won the football match", 4),
        ("when is the next train", 4),
    ] {
        let reports: Vec<UnansweredReport> = (0..times).map(|at| unknown(question, at)).collect();
        database.add_reports(&reports).unwrap();
    }
    let matcher = Matcher::new(&crate::knowledge::builtin().unwrap());
    let groups = group(database.questions().unwrap(), &matcher);
    let shown: Vec<(&str, u64, usize)> =
        groups.iter().map(|group| (group.head.asked.as_str(), group.count(), group.others.len())).collect();
    assert_eq!(shown[0].1, 5);
    assert_eq!(shown[0].2, 2);
    assert!(shown[0].0.contains("hales"));
    assert_eq!(groups.len(), 4);
    assert_eq!(shown[1..].iter().map(|row| row.1).collect::<Vec<_>>(), [4, 4, 4]);
    let keys: usize = groups.iter().map(|group| database.resolve(&group.keys()).unwrap()).sum();
    assert_eq!((keys, database.question_count().unwrap()), (7, 0));
}

/// Random reports: one of three questions is asked with an outcome, or its suggestion is chosen.
fn random_reports() -> impl Strategy<Value = Vec<(usize, usize, bool)>> {
    proptest::collection::vec((0..3_usize, 0..3_usize, any::<bool>()), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn the_count_is_askings_minus_chosen_suggestions(events in random_reports()) {
        let (_folder, mut database) = database();
        let questions = ["whales", "carbonara", "football"];
        let mut counts: HashMap<(usize, usize), u64> = HashMap::new();
        let mut reports = Vec::new();
        for &(question, reason, is_chosen) in &events {
            if is_chosen {
                reports.push(UnansweredReport::SuggestionTaken(QuestionKey::of(questions[question]).unwrap()));
                let count = counts.entry((question, 1)).or_default();
                *count = count.saturating_sub(1);
            } else {
                let why = [UnansweredReason::Unknown, UnansweredReason::Suggested, UnansweredReason::Wrong { entry: "abe".into() }];
                reports.push(asked(questions[question], why[reason].clone(), 0));
                *counts.entry((question, reason)).or_default() += 1;
            }
        }
        let half = reports.len() / 2;
        database.add_reports(&reports[..half]).unwrap();
        database.add_reports(&reports[half..]).unwrap();
        let expected = |question: usize| (0..3).map(|reason| counts.get(&(question, reason)).copied().unwrap_or(0)).sum::<u64>();
        let found: HashMap<String, u64> = list(&database).into_iter().collect();
        for (place, question) in questions.iter().enumerate() {
            prop_assert_eq!(found.get(*question).copied().unwrap_or(0), expected(place));
        }
    }

    #[test]
    fn a_chosen_suggestion_leaves_no_trace(before in random_reports()) {
        let (_folder, mut database) = database();
        let questions = ["whales", "carbonara", "football"];
        let reports: Vec<UnansweredReport> = before.iter().map(|&(question, ..)| unknown(questions[question], 5)).collect();
        database.add_reports(&reports).unwrap();
        let left = database.questions().unwrap();
        database.add_reports(&[asked("whales", UnansweredReason::Suggested, 5), UnansweredReport::SuggestionTaken(QuestionKey::of("WHALES?").unwrap())]).unwrap();
        prop_assert_eq!(database.questions().unwrap(), left);
    }
}
