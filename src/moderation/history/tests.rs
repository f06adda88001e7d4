//! The history under every order of storing, saving, confirming and being killed; and its size on disk.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::*;
use crate::moderation::unanswered::{QuestionKey, UnansweredReason, UnansweredReport};

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
        author: RevisionAuthor::User(42),
        kind: "edit".into(),
        summary: "changes b".into(),
        restores: None,
        text: text.into(),
    }
}

/// Reconciles with a text that is new to the history; returns its revision.
fn found(database: &mut Database, text: &str) -> RevisionId {
    assert_eq!(database.reconcile(FILE, text, UnixMillis(1)).unwrap(), FileStatus::ChangedOutside);
    database.latest(FILE).unwrap().unwrap().id
}

fn statuses(database: &Database) -> Vec<RevisionStatus> {
    let mut revisions = database.revisions(None, None, PAGE_MAX).unwrap();
    revisions.reverse();
    revisions.into_iter().map(|revision| revision.status).collect()
}

#[test]
fn an_intent_is_stored_and_confirmed() {
    let (folder, mut database) = database();
    let found = found(&mut database, "one");
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
        author: RevisionAuthor::User(42),
        kind: "edit".into(),
        summary: "changes b".into(),
        restores: None,
        status: RevisionStatus::Done,
    };
    assert_eq!(database.latest(FILE).unwrap().unwrap(), expected);
    assert_eq!(database.revision(id).unwrap(), expected);
    assert_eq!(database.previous(id).unwrap().unwrap().id, found);
    assert_eq!(database.previous(found).unwrap(), None);
    let restored = database.begin(&Intent { restores: Some(found), ..intent("one") }).unwrap();
    assert_eq!(database.revision(restored).unwrap().restores, Some(found));
    assert_eq!(database.reconcile(FILE, "one", UnixMillis(9)).unwrap(), FileStatus::EditSaved);
    assert_eq!(database.latest(FILE).unwrap().unwrap().id, restored);
}

#[test]
fn a_missing_revision_is_an_error() {
    let (_folder, mut database) = database();
    let none = RevisionId(7);
    assert!(matches!(database.finish(none), Err(DatabaseError::NoRevision(id)) if id == none.0));
    assert!(matches!(database.revision(none), Err(DatabaseError::NoRevision(_))));
    assert!(matches!(database.text(none), Err(DatabaseError::NoRevision(_))));
    assert!(database.begin(&Intent { restores: Some(none), ..intent("") }).is_err());
    assert_eq!(database.latest(FILE).unwrap(), None);
}

#[test]
fn reconciling_brings_the_history_in_line_with_the_file() {
    use RevisionStatus::{Abandoned, Done};
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
        let of_file: Vec<RevisionStatus> = {
            let mut page = database.revisions(Some(FILE), None, PAGE_MAX).unwrap();
            page.reverse();
            page.into_iter().map(|revision| revision.status).collect()
        };
        assert_eq!(of_file, expected, "the file has {file:?}");
        let latest = database.latest(FILE).unwrap().unwrap();
        assert_eq!(database.text(latest.id).unwrap(), file);
        assert_eq!(database.reconcile(FILE, file, UnixMillis(4)).unwrap(), FileStatus::Unchanged);
        assert_eq!(database.text(two).unwrap(), "two", "an abandoned text is not lost");
        assert_eq!(database.documents().unwrap(), [FILE, "other.json"]);
    }
}

#[test]
fn a_revision_that_was_abandoned_too_early_can_still_finish() {
    let (_folder, mut database) = database();
    found(&mut database, "one");
    let save = database.begin(&intent("three")).unwrap();
    let outside = found(&mut database, "two");
    assert_eq!(database.revision(save).unwrap().status, RevisionStatus::Abandoned);
    database.finish(save).unwrap();
    assert_eq!(database.latest(FILE).unwrap().unwrap().id, save);
    assert_eq!(database.previous(save).unwrap().unwrap().id, outside);
    assert_eq!(database.reconcile(FILE, "three", UnixMillis(3)).unwrap(), FileStatus::Unchanged);
    assert_eq!(statuses(&database), [RevisionStatus::Done; 3]);
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
fn a_full_disk_is_an_error_and_changes_nothing() {
    let (_folder, mut database) = database();
    let first = found(&mut database, "one");
    let pages: i64 = database.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    let limit = |database: &Database, pages: i64| {
        database.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    };
    limit(&database, pages + 2);
    let large: String = (0..20_000).map(|number| format!("{number},")).collect();
    assert!(matches!(database.begin(&intent(&large)), Err(DatabaseError::Full)));
    assert_eq!(statuses(&database), [RevisionStatus::Done]);
    assert_eq!(database.text(first).unwrap(), "one");
    limit(&database, i64::from(u32::MAX) - 1);
    let id = database.begin(&intent(&large)).unwrap();
    assert_eq!(database.text(id).unwrap(), large);
}

#[test]
fn a_damaged_text_is_never_returned() {
    let (_folder, mut database) = database();
    let id = database.begin(&intent("one")).unwrap();
    database.connection.execute("UPDATE piece SET content = x'6f6e66'", []).unwrap();
    assert!(matches!(database.text(id), Err(DatabaseError::Damaged { .. })));
}

#[test]
fn edits_of_a_large_file_take_little_space() {
    let (folder, mut database) = database();
    let mut text = include_str!("../../../knowledge/japan-russia.json").to_owned();
    database.reconcile(FILE, &text, UnixMillis(0)).unwrap();
    let size = || std::fs::metadata(folder.path().join("state.db")).unwrap().len();
    let empty_log = |database: &Database| {
        database.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    };
    empty_log(&database);
    let before = size();
    let edits = 50;
    for edit in 0..edits {
        let place = text.match_indices("\"passage\": \"").nth(edit * 2).unwrap().0 + 12;
        text.insert_str(place, &format!("Edit {edit}. "));
        let id = database.begin(&intent(&text)).unwrap();
        database.finish(id).unwrap();
    }
    empty_log(&database);
    let each = (size() - before) / edits as u64;
    assert!(each < 20_000, "{each} bytes per edit of a file of {} bytes", text.len());
}

/// An event in the life of a file and its history.
#[derive(Clone, Debug)]
enum JournalEvent {
    Begin(u8),
    Save,
    Finish,
    Abandon,
    ChangeOutside(u8),
    Restart,
}

fn events() -> impl Strategy<Value = Vec<JournalEvent>> {
    let event = prop_oneof![
        (0..4_u8).prop_map(JournalEvent::Begin),
        Just(JournalEvent::Save),
        Just(JournalEvent::Finish),
        Just(JournalEvent::Abandon),
        (0..4_u8).prop_map(JournalEvent::ChangeOutside),
        Just(JournalEvent::Restart),
    ];
    proptest::collection::vec(event, 0..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_order_of_saving_and_crashing_ends_with_the_text_of_the_file(events in events()) {
        let (folder, mut database) = database();
        let mut file = "0".to_owned();
        // Every text that the history read from the file or stored.
        let mut seen: Vec<String> = Vec::new();
        let mut begun: Option<(RevisionId, String)> = None;
        for event in events {
            match event {
                JournalEvent::Begin(text) => {
                    let id = database.begin(&intent(&text.to_string())).unwrap();
                    seen.push(text.to_string());
                    begun = Some((id, text.to_string()));
                }
                JournalEvent::Save => if let Some((_, text)) = &begun { file.clone_from(text) },
                JournalEvent::Finish => if let Some((id, _)) = begun.take_if(|(_, text)| *text == file) { database.finish(id).unwrap() },
                JournalEvent::Abandon => if let Some((id, _)) = begun.take_if(|(_, text)| *text != file) { database.abandon(id).unwrap() },
                JournalEvent::ChangeOutside(text) => file = text.to_string(),
                JournalEvent::Restart => {
                    begun = None;
                    drop(database);
                    database = open(folder.path());
                    database.reconcile(FILE, &file, UnixMillis(0)).unwrap();
                    seen.push(file.clone());
                    prop_assert!(!statuses(&database).contains(&RevisionStatus::Intended));
                }
            }
        }
        database.reconcile(FILE, &file, UnixMillis(0)).unwrap();
        let latest = database.latest(FILE).unwrap().unwrap();
        prop_assert_eq!(database.text(latest.id).unwrap(), file.clone());
        prop_assert_eq!(database.reconcile(FILE, &file, UnixMillis(0)).unwrap(), FileStatus::Unchanged);
        let revisions = database.revisions(None, None, PAGE_MAX).unwrap();
        prop_assert!(revisions.iter().all(|revision| revision.status != RevisionStatus::Intended));
        let texts: Vec<String> = revisions.iter().map(|revision| database.text(revision.id).unwrap()).collect();
        prop_assert!(seen.iter().all(|text| texts.contains(text)), "the history contains every text that it has seen");
    }
}

/// The folder that the child process of [`acknowledged_writes_survive_a_kill`] writes to. Only the child has this
/// variable.
const CHILD_FOLDER: &str = "FOOTNOTE_TEST_HISTORY_FOLDER";

/// The number of kills: enough to hit every phase of a write.
const KILLS: usize = 60;

#[test]
fn acknowledged_writes_survive_a_kill() {
    if let Some(folder) = std::env::var_os(CHILD_FOLDER) {
        write_until_killed(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(FILE);
    let mut begun = 0;
    let mut finished = 0;
    let mut reported = 0;
    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "moderation::history::tests::acknowledged_writes_survive_a_kill"])
            .env(CHILD_FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut acknowledged: Vec<String> = Vec::new();
        let is_acknowledgement =
            |line: &String| ["begun ", "finished ", "reported "].iter().any(|word| line.starts_with(word));
        // Each child is killed one line later, so at another point of the loop, while it makes the next write.
        acknowledged.extend(lines.by_ref().filter(is_acknowledgement).take(1 + kill % 7));
        child.kill().unwrap();
        // Lines printed before the kill took effect count too. The last line may be incomplete.
        acknowledged.extend(lines.filter(is_acknowledgement).filter(|line| line.ends_with('.')));
        child.wait().unwrap();
        let mut database = open(folder.path());
        for line in &acknowledged {
            let (word, id) = line.trim_end_matches('.').split_once(' ').unwrap();
            let id = RevisionId(id.parse().unwrap());
            let revision = database.revision(id).unwrap();
            assert!(database.text(id).unwrap().starts_with(&revision.summary));
            match word {
                "begun" => begun += 1,
                "finished" => {
                    finished += 1;
                    assert_eq!(revision.status, RevisionStatus::Done);
                }
                _ => {
                    reported += 1;
                    let key = QuestionKey::of(&format!("question {}", id.0)).unwrap();
                    assert_eq!(database.resolve(&[key]).unwrap(), 1);
                }
            }
        }
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        database.reconcile(FILE, &text, UnixMillis(0)).unwrap();
        assert!(!statuses(&database).contains(&RevisionStatus::Intended));
        let latest = database.latest(FILE).unwrap().unwrap();
        assert_eq!(database.text(latest.id).unwrap(), text);
    }
    assert!(begun >= KILLS && finished > 0 && reported > 0, "{begun} begun, {finished} finished, {reported} reported");
}

/// Saves revisions and prints a line after each acknowledged write, until it is killed.
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
        database
            .add_reports(&[UnansweredReport::Asked {
                question,
                reason: UnansweredReason::Unknown,
                at: UnixMillis(id.0),
            }])
            .unwrap();
        println!("\nreported {}.", id.0);
    }
    unreachable!("the numbers never end")
}
