//! History against every order of writing down, saving, confirming and being killed; and what it takes on the disk.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::*;
use crate::moderation::unanswered::{Note, QuestionKey, Reason};

const FILE: &str = "a.json";

fn database() -> (tempfile::TempDir, Database) {
    let folder = tempfile::tempdir().unwrap();
    let database = open(folder.path());
    (folder, database)
}

fn open(folder: &Path) -> Database {
    Database::open(&folder.join("state.db")).unwrap()
}

fn intent(text: &str) -> Intent {
    Intent {
        document: FILE.into(),
        at: UnixMillis(5),
        who: Who::User(42),
        kind: "edit".into(),
        summary: "changes b".into(),
        restores: None,
        text: text.into(),
    }
}

fn statuses(database: &Database) -> Vec<Status> {
    let mut revisions = database.revisions(None, None, PAGE_MAX).unwrap();
    revisions.reverse();
    revisions.into_iter().map(|revision| revision.status).collect()
}

#[test]
fn a_save_is_written_down_and_confirmed() {
    let (folder, mut database) = database();
    let found = database.reconcile(FILE, "one", UnixMillis(1)).unwrap().outside.unwrap();
    let id = database.begin(&intent("two")).unwrap();
    drop(database);
    let mut database = open(folder.path());
    assert_eq!(database.latest(FILE).unwrap().unwrap().id, found);
    assert_eq!(database.text(id).unwrap(), "two");
    database.finish(id).unwrap();
    database.finish(id).unwrap();
    database.abandon(id).unwrap();
    let expected = Revision {
        id,
        document: FILE.into(),
        at: UnixMillis(5),
        who: Who::User(42),
        kind: "edit".into(),
        summary: "changes b".into(),
        restores: None,
        status: Status::Done,
    };
    assert_eq!(database.latest(FILE).unwrap().unwrap(), expected);
    assert_eq!(database.revision(id).unwrap(), expected);
    assert_eq!(database.previous(id).unwrap().unwrap().id, found);
    assert_eq!(database.previous(found).unwrap(), None);
    let restored = database.begin(&Intent { restores: Some(found), ..intent("one") }).unwrap();
    assert_eq!(database.revision(restored).unwrap().restores, Some(found));
    assert_eq!(database.reconcile(FILE, "one", UnixMillis(9)).unwrap().done, Some(restored));
}

#[test]
fn what_is_not_there_is_told() {
    let (_folder, mut database) = database();
    let none = RevisionId(7);
    assert!(matches!(database.finish(none), Err(StateError::NoRevision(id)) if id == none));
    assert!(matches!(database.revision(none), Err(StateError::NoRevision(_))));
    assert!(matches!(database.text(none), Err(StateError::NoRevision(_))));
    assert!(database.begin(&Intent { restores: Some(none), ..intent("") }).is_err());
    assert_eq!(database.latest(FILE).unwrap(), None);
}

#[test]
fn start_brings_history_in_line_with_the_file() {
    use Status::{Abandoned, Done};
    for (file, expected) in [
        ("one", vec![Done, Abandoned, Abandoned]),
        ("two", vec![Done, Done, Abandoned]),
        ("three", vec![Done, Abandoned, Done]),
        ("four", vec![Done, Abandoned, Abandoned, Done]),
    ] {
        let (_folder, mut database) = database();
        database.reconcile(FILE, "one", UnixMillis(1)).unwrap();
        let two = database.begin(&intent("two")).unwrap();
        database.begin(&intent("three")).unwrap();
        database.reconcile("other.json", "two", UnixMillis(2)).unwrap();
        database.reconcile(FILE, file, UnixMillis(3)).unwrap();
        let of_file: Vec<Status> = {
            let mut page = database.revisions(Some(FILE), None, PAGE_MAX).unwrap();
            page.reverse();
            page.into_iter().map(|revision| revision.status).collect()
        };
        assert_eq!(of_file, expected, "the file has {file:?}");
        let latest = database.latest(FILE).unwrap().unwrap();
        assert_eq!(database.text(latest.id).unwrap(), file);
        assert_eq!(database.reconcile(FILE, file, UnixMillis(4)).unwrap(), Met::default());
        assert_eq!(database.text(two).unwrap(), "two", "abandoned is not lost");
        assert_eq!(database.documents().unwrap(), [FILE, "other.json"]);
    }
}

#[test]
fn a_change_outside_that_races_with_a_save_keeps_both_in_their_order() {
    let (_folder, mut database) = database();
    database.reconcile(FILE, "one", UnixMillis(1)).unwrap();
    let save = database.begin(&intent("three")).unwrap();
    let outside = database.observe(FILE, "two", UnixMillis(2)).unwrap().outside.unwrap();
    assert_eq!(database.revision(save).unwrap().status, Status::Intended);
    database.finish(save).unwrap();
    assert_eq!(database.latest(FILE).unwrap().unwrap().id, save);
    assert_eq!(database.previous(save).unwrap().unwrap().id, outside);
    assert_eq!(database.observe(FILE, "three", UnixMillis(3)).unwrap(), Met::default());
    let seen_first = database.begin(&intent("four")).unwrap();
    assert_eq!(database.observe(FILE, "four", UnixMillis(4)).unwrap().done, Some(seen_first));
    database.finish(seen_first).unwrap();
    assert_eq!(statuses(&database), [Status::Done; 4]);
}

#[test]
fn pages_go_from_the_newest_to_the_oldest() {
    let (_folder, mut database) = database();
    let ids: Vec<RevisionId> = (0..7).map(|number| database.begin(&intent(&number.to_string())).unwrap()).collect();
    let mut seen = Vec::new();
    while let page = database.revisions(Some(FILE), seen.last().copied(), 3).unwrap()
        && !page.is_empty()
    {
        seen.extend(page.into_iter().map(|revision| revision.id));
    }
    seen.reverse();
    assert_eq!(seen, ids);
    assert!(database.revisions(Some("other.json"), None, usize::MAX).unwrap().is_empty());
}

#[test]
fn summaries_are_one_short_line() {
    let (_folder, mut database) = database();
    let intent = Intent { summary: "a\nb".repeat(200), kind: "k".repeat(30), ..intent("") };
    let id = database.begin(&intent).unwrap();
    let revision = database.revision(id).unwrap();
    assert_eq!((revision.summary.chars().count(), revision.kind.chars().count()), (SUMMARY_CHARS, KIND_CHARS));
    assert!(revision.summary.starts_with("a ba b"));
}

#[test]
fn a_full_disk_is_told_and_changes_nothing() {
    let (_folder, mut database) = database();
    let first = database.reconcile(FILE, "one", UnixMillis(1)).unwrap().outside.unwrap();
    let pages: i64 = database.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    let limit = |database: &Database, pages: i64| {
        database.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    };
    limit(&database, pages + 2);
    let large: String = (0..20_000).map(|number| format!("{number},")).collect();
    assert!(matches!(database.begin(&intent(&large)), Err(StateError::Full)));
    assert_eq!(statuses(&database), [Status::Done]);
    assert_eq!(database.text(first).unwrap(), "one");
    limit(&database, i64::from(u32::MAX) - 1);
    let id = database.begin(&intent(&large)).unwrap();
    assert_eq!(database.text(id).unwrap(), large);
}

#[test]
fn a_text_that_is_not_whole_is_never_given_out() {
    let (_folder, mut database) = database();
    let id = database.begin(&intent("one")).unwrap();
    database.connection.execute("UPDATE piece SET content = x'6f6e66'", []).unwrap();
    assert!(matches!(database.text(id), Err(StateError::Damaged { .. })));
}

#[test]
fn edits_of_a_large_file_take_little_room() {
    let (folder, mut database) = database();
    let mut text = include_str!("../../../knowledge/japan-russia.json").to_owned();
    database.reconcile(FILE, &text, UnixMillis(0)).unwrap();
    let size = || std::fs::metadata(folder.path().join("state.db")).unwrap().len();
    let settle = |database: &Database| {
        database.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    };
    settle(&database);
    let before = size();
    let edits = 50;
    for edit in 0..edits {
        let place = text.match_indices("\"passage\": \"").nth(edit * 2).unwrap().0 + 12;
        text.insert_str(place, &format!("Edit {edit}. "));
        let id = database.begin(&intent(&text)).unwrap();
        database.finish(id).unwrap();
    }
    settle(&database);
    let each = (size() - before) / edits as u64;
    assert!(each < 20_000, "{each} bytes an edit of a file of {}", text.len());
}

/// What can happen to a file and its history.
#[derive(Clone, Debug)]
enum Step {
    Begin(u8),
    Save,
    Finish,
    Abandon,
    Outside(u8),
    Observe,
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..4_u8).prop_map(Step::Begin),
        Just(Step::Save),
        Just(Step::Finish),
        Just(Step::Abandon),
        (0..4_u8).prop_map(Step::Outside),
        Just(Step::Observe),
        Just(Step::Restart),
    ];
    proptest::collection::vec(step, 0..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_order_of_saving_and_dying_leaves_what_the_file_has(steps in steps()) {
        let (folder, mut database) = database();
        let mut file = "0".to_owned();
        // Every text that was in the file when history looked, or that was written down.
        let mut seen: Vec<String> = Vec::new();
        let mut begun: Option<(RevisionId, String)> = None;
        for step in steps {
            match step {
                Step::Begin(text) => {
                    let id = database.begin(&intent(&text.to_string())).unwrap();
                    seen.push(text.to_string());
                    begun = Some((id, text.to_string()));
                }
                Step::Save => if let Some((_, text)) = &begun { file.clone_from(text) },
                Step::Finish => if let Some((id, _)) = begun.take_if(|(_, text)| *text == file) { database.finish(id).unwrap() },
                Step::Abandon => if let Some((id, _)) = begun.take_if(|(_, text)| *text != file) { database.abandon(id).unwrap() },
                Step::Outside(text) => file = text.to_string(),
                Step::Observe => {
                    database.observe(FILE, &file, UnixMillis(0)).unwrap();
                    seen.push(file.clone());
                }
                Step::Restart => {
                    begun = None;
                    drop(database);
                    database = open(folder.path());
                    database.reconcile(FILE, &file, UnixMillis(0)).unwrap();
                    seen.push(file.clone());
                    prop_assert!(!statuses(&database).contains(&Status::Intended));
                }
            }
        }
        database.reconcile(FILE, &file, UnixMillis(0)).unwrap();
        let latest = database.latest(FILE).unwrap().unwrap();
        prop_assert_eq!(database.text(latest.id).unwrap(), file.clone());
        prop_assert_eq!(database.reconcile(FILE, &file, UnixMillis(0)).unwrap(), Met::default());
        let revisions = database.revisions(None, None, PAGE_MAX).unwrap();
        prop_assert!(revisions.iter().all(|revision| revision.status != Status::Intended));
        let texts: Vec<String> = revisions.iter().map(|revision| database.text(revision.id).unwrap()).collect();
        prop_assert!(seen.iter().all(|text| texts.contains(text)), "a text that was seen is in history for ever");
    }
}

/// Where the child of [`what_was_acknowledged_outlives_kill`] writes; without it that test's other half does nothing.
const CHILD_FOLDER: &str = "FOOTNOTE_TEST_HISTORY_FOLDER";

/// How often the child is killed: enough for kills to fall into every phase of a write.
const KILLS: usize = 60;

#[test]
fn what_was_acknowledged_outlives_kill() {
    if let Some(folder) = std::env::var_os(CHILD_FOLDER) {
        write_until_killed(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(FILE);
    let mut begun = 0;
    let mut finished = 0;
    let mut noted = 0;
    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "moderation::history::tests::what_was_acknowledged_outlives_kill"])
            .env(CHILD_FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut told: Vec<String> = Vec::new();
        let is_told = |line: &String| ["begun ", "finished ", "noted "].iter().any(|word| line.starts_with(word));
        // Killed after one word more each time, so at another place of the loop, while the next write is under way.
        told.extend(lines.by_ref().filter(is_told).take(1 + kill % 7));
        child.kill().unwrap();
        // What it still said before it died counts too. A line may be torn.
        told.extend(lines.filter(is_told).filter(|line| line.ends_with('.')));
        child.wait().unwrap();
        let mut database = open(folder.path());
        for line in &told {
            let (word, id) = line.trim_end_matches('.').split_once(' ').unwrap();
            let id = RevisionId(id.parse().unwrap());
            let revision = database.revision(id).unwrap();
            assert!(database.text(id).unwrap().starts_with(&revision.summary));
            match word {
                "begun" => begun += 1,
                "finished" => {
                    finished += 1;
                    assert_eq!(revision.status, Status::Done);
                }
                _ => {
                    noted += 1;
                    let key = QuestionKey::of(&format!("question {}", id.0)).unwrap();
                    assert_eq!(database.resolve(&[key]).unwrap(), 1);
                }
            }
        }
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        database.reconcile(FILE, &text, UnixMillis(0)).unwrap();
        assert!(!statuses(&database).contains(&Status::Intended));
        let latest = database.latest(FILE).unwrap().unwrap();
        assert_eq!(database.text(latest.id).unwrap(), text);
    }
    assert!(begun >= KILLS && finished > 0 && noted > 0, "{begun} begun, {finished} finished, {noted} noted");
}

/// Saves revision after revision, and says so on standard output, until somebody kills it.
fn write_until_killed(folder: &Path) -> ! {
    let mut database = open(folder);
    for number in 0_u64.. {
        let name = format!("text {} {number}", std::process::id());
        let text = format!("{name} {}", "and more ".repeat(1_000));
        let id = database.begin(&Intent { summary: name, ..intent(&text) }).unwrap();
        println!("\nbegun {}.", id.0);
        let fresh = folder.join("fresh");
        std::fs::write(&fresh, &text).unwrap();
        std::fs::rename(&fresh, folder.join(FILE)).unwrap();
        database.finish(id).unwrap();
        println!("\nfinished {}.", id.0);
        let question = format!("question {}", id.0);
        database.note(&[Note::Asked { question, reason: Reason::Unknown, at: UnixMillis(id.0) }]).unwrap();
        println!("\nnoted {}.", id.0);
    }
    unreachable!("numbers do not end")
}
