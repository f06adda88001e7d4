//! The desk over real files: what it refuses, what it reports, and races with others.
#![allow(clippy::unwrap_used)]

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::json;

use super::*;
use crate::knowledge::{self, Entry, Fingerprint, SaveError, parse_document, read_text};
use crate::matching::Thresholds;
use crate::library::Library;

/// A file small enough that an edit takes milliseconds.
pub(super) const SMALL: &str = r#"{
  "title": "The Lighthouse",
  "sections": [{"id": "one", "title": "One", "paragraphs": 2}],
  "entries": [
    {
      "id": "builder",
      "question": "Who built the lighthouse?",
      "also_asked": ["the architect of the tower", "mason's name"],
      "passage": "Ada built it.",
      "citations": [{"section": "one", "paragraphs": [1]}]
    }
  ],
  "boundaries": [
    {"id": "height", "question": "How tall is it?", "also_asked": ["metres"], "says": "The essay does not say."}
  ]
}
"#;

/// A history in memory.
#[derive(Debug, Default)]
struct Memory(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    revisions: Vec<Option<String>>,
    begun: Vec<(i64, String)>,
    next: i64,
}

impl Journal for Memory {
    fn meet(&self, _file: &Path, text: Option<&str>) -> Result<Met, JournalError> {
        let mut kept = self.0.lock().unwrap();
        let begun = std::mem::take(&mut kept.begun);
        let last = kept.revisions.last().map(Option::as_deref);
        let met = match last == Some(text) {
            true => Met::Known,
            false if begun.iter().any(|(_, made)| Some(made.as_str()) == text) => Met::Landed,
            false => Met::Outside,
        };
        if met != Met::Known {
            kept.revisions.push(text.map(str::to_owned));
        }
        Ok(met)
    }

    fn begin(&self, _file: &Path, _edit: &Edit, after: &str) -> Result<i64, JournalError> {
        let mut kept = self.0.lock().unwrap();
        kept.next += 1;
        let number = kept.next;
        kept.begun.push((number, after.to_owned()));
        Ok(number)
    }

    fn settle(&self, number: i64, landed: bool) -> Result<(), JournalError> {
        let mut kept = self.0.lock().unwrap();
        let place = kept.begun.iter().position(|(begun, _)| *begun == number).unwrap();
        let (_, text) = kept.begun.remove(place);
        if landed {
            kept.revisions.push(Some(text));
        }
        Ok(())
    }
}

/// A folder with the small file, and its desk.
fn desk() -> (tempfile::TempDir, PathBuf, Desk) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("k.json");
    fs::write(&file, SMALL).unwrap();
    let desk = Desk::open(vec![folder.path().to_owned()], None, Thresholds::default()).unwrap();
    (folder, file, desk)
}

pub(super) fn teach(id: &str, wording: &str) -> Edit {
    Edit::AddWording { id: id.into(), wording: wording.into() }
}

pub(super) fn entry(id: &str, question: &str) -> Entry {
    serde_json::from_value(json!({
        "id": id, "question": question, "passage": "So it is.", "citations": [{"section": "one", "paragraphs": [2]}]
    }))
    .unwrap()
}

fn library(file: &Path) -> Library {
    Library::new(knowledge::load(&[file.to_owned()]).unwrap(), Thresholds::default())
}

#[test]
fn an_edit_is_in_the_file_in_the_history_and_answers() {
    let (_folder, file, desk) = desk();
    let journal = Memory::default();
    assert_eq!(desk.recover(&journal).unwrap(), [(file.clone(), Met::Outside)]);
    assert_eq!(desk.recover(&journal).unwrap(), [(file.clone(), Met::Known)]);
    let edit = Edit::Add { item: Item::Entry(entry("lamp", "What lit the lamp?")) };
    let committed = desk.commit(&file, &edit, &journal).unwrap();
    assert_eq!(committed.before.as_deref(), Some(SMALL));
    assert_eq!(fs::read_to_string(&file).unwrap(), committed.after);
    assert!(matches!(committed.library.ask("what lit the lamp").reply, crate::library::reply::Reply::Passage(_)));
    let kept = journal.0.lock().unwrap();
    assert_eq!(kept.revisions, [Some(SMALL.to_owned()), Some(committed.after)]);
    assert!(kept.begun.is_empty());
}

#[test]
fn a_preview_tells_what_the_check_and_the_answers_would_say() {
    let (_folder, file, desk) = desk();
    let now = library(&file);
    let edit = Edit::Add { item: Item::Entry(entry("lamp", "What lit the lamp?")) };
    let preview = desk.preview(&file, &edit, &now, &["what lit it?".to_owned()]).unwrap();
    assert!(preview.warnings.iter().any(|warning| warning.message.contains("lamp")), "{:?}", preview.warnings);
    let own = preview.effect.shifts.iter().find(|shift| shift.question == "What lit the lamp?").unwrap();
    assert_eq!((own.of.as_deref(), &own.after), (Some("lamp"), &Said::Answer("lamp".into())));
    assert_eq!((preview.effect.asked, preview.effect.lost), (7, 0));
    assert_eq!(fs::read_to_string(&file).unwrap(), SMALL);
    // A wording that stood before is no news, one that loses its answer is told first.
    let remove = Edit::Remove { item: Item::find(&parse_document(SMALL).unwrap(), "builder").unwrap() };
    let effect = desk.preview(&file, &remove, &now, &[]).unwrap().effect;
    assert_eq!((effect.lost, effect.shifts.iter().take(3).filter(|shift| shift.is_lost()).count()), (3, 3));
}

#[test]
fn an_edit_that_the_check_refuses_changes_nothing() {
    let (_folder, file, desk) = desk();
    let journal = Memory::default();
    let edit = Edit::Add { item: Item::Entry(Entry { passage: String::new(), ..entry("lamp", "metres?") }) };
    match desk.commit(&file, &edit, &journal).unwrap_err() {
        EditError::Refused(Refusal::Invalid(report)) => assert_eq!(report.errors(), 2, "{report}"),
        other => panic!("{other}"),
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), SMALL);
    let elsewhere = desk.commit(Path::new("/etc/k.json"), &teach("builder", "x"), &journal).unwrap_err();
    assert!(matches!(elsewhere, EditError::Refused(Refusal::UnknownFile(_))));
    let schema = desk.commit(&file.with_file_name("schema.json"), &teach("builder", "x"), &journal).unwrap_err();
    assert!(matches!(schema, EditError::Refused(Refusal::UnknownFile(_))));
    assert!(journal.0.lock().unwrap().begun.is_empty());
}

#[test]
fn ids_and_wordings_are_unique_over_all_files() {
    let (folder, file, desk) = desk();
    let other = folder.path().join("other.json");
    fs::write(&other, SMALL.replace("builder\"", "b\"").replace("height", "h").replace("lighthouse", "ship")).unwrap();
    for edit in [Edit::Add { item: Item::Entry(entry("b", "Is it free?")) }, teach("builder", "Who built the ship?")] {
        let refused = desk.commit(&file, &edit, &Memory::default()).unwrap_err();
        assert!(matches!(refused, EditError::Refused(Refusal::Invalid(_))), "{refused}");
    }
}

#[test]
fn an_outside_change_between_preview_and_commit_is_kept() {
    let (_folder, file, desk) = desk();
    let journal = Memory::default();
    desk.recover(&journal).unwrap();
    let document = parse_document(SMALL).unwrap();
    let before = Item::find(&document, "builder").unwrap();
    let after = Item::Entry(Entry { passage: "Eve built it.".into(), ..document.entries[0].clone() });
    let edit = Edit::Change { before, after };
    desk.preview(&file, &edit, &library(&file), &[]).unwrap();
    let theirs = SMALL.replace("  ", "\t").replace("How tall", "How high");
    fs::write(&file, &theirs).unwrap();
    let committed = desk.commit(&file, &edit, &journal).unwrap();
    assert_eq!(committed.after, theirs.replace("Ada", "Eve"));
    assert_eq!(
        journal.0.lock().unwrap().revisions,
        [SMALL, &theirs, &committed.after].map(|text| Some(text.to_owned()))
    );
    // The same field: refused, and what is there stays.
    fs::write(&file, theirs.replace("Ada", "Ida")).unwrap();
    let refused = desk.commit(&file, &edit, &journal).unwrap_err();
    assert!(matches!(refused, EditError::Refused(Refusal::Conflict(_))), "{refused}");
    assert!(fs::read_to_string(&file).unwrap().contains("Ida"));
}

/// A history during whose writing somebody else saves the file.
struct Interrupted<'a> {
    journal: Memory,
    file: &'a Path,
    left: Cell<u32>,
}

impl Journal for Interrupted<'_> {
    fn meet(&self, file: &Path, text: Option<&str>) -> Result<Met, JournalError> {
        self.journal.meet(file, text)
    }

    fn begin(&self, file: &Path, edit: &Edit, after: &str) -> Result<i64, JournalError> {
        if let Some(left) = self.left.get().checked_sub(1) {
            self.left.set(left);
            let text = fs::read_to_string(self.file).unwrap();
            fs::write(self.file, text.replace("Ada", "Ada ")).unwrap();
        }
        self.journal.begin(file, edit, after)
    }

    fn settle(&self, number: i64, landed: bool) -> Result<(), JournalError> {
        self.journal.settle(number, landed)
    }
}

#[test]
fn a_save_by_somebody_else_at_the_last_moment_is_kept() {
    for (times, lands) in [(1, true), (3, true), (u32::MAX, false)] {
        let (_folder, file, desk) = desk();
        let journal = Interrupted { journal: Memory::default(), file: &file, left: Cell::new(times) };
        let committed = desk.commit(&file, &teach("builder", "engineer"), &journal);
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!((committed.is_ok(), text.contains("engineer")), (lands, lands), "{times}");
        if lands {
            assert!(text.contains(&format!("Ada{} built", " ".repeat(times as usize))));
            assert_eq!(journal.journal.0.lock().unwrap().revisions.len(), times as usize + 2);
        } else {
            assert!(matches!(committed.unwrap_err(), EditError::Failed(Failure::Busy(_))));
        }
        assert!(journal.journal.0.lock().unwrap().begun.is_empty());
    }
}

#[test]
fn edits_of_several_threads_and_an_editor_all_land() {
    const THREADS: usize = 4;
    const EACH: usize = 6;
    let (_folder, file, desk) = desk();
    let journal = Memory::default();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (desk, file, journal) = (&desk, &file, &journal);
            scope.spawn(move || {
                for n in 0..EACH {
                    desk.commit(file, &teach("builder", &format!("wording {thread} {n}")), journal).unwrap();
                }
            });
        }
        // Somebody with another program, who also saves only over what they read.
        scope.spawn(|| {
            let mut saved = 0;
            while saved < EACH {
                let text = read_text(&file).unwrap().unwrap();
                let edited = teach("height", &format!("by hand {saved}")).apply(&text).unwrap();
                match knowledge::save(&file, Some(&Fingerprint::of(&text)), &edited) {
                    Ok(()) => saved += 1,
                    Err(SaveError::Changed { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        });
    });
    let document = parse_document(&fs::read_to_string(&file).unwrap()).unwrap();
    let asked = &document.entries[0].also_asked;
    let missing = (0..THREADS).flat_map(|thread| (0..EACH).map(move |n| format!("wording {thread} {n}")));
    assert_eq!(missing.filter(|wording| !asked.contains(wording)).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn a_removed_file_is_restored() {
    let (_folder, file, desk) = desk();
    let journal = Memory::default();
    desk.recover(&journal).unwrap();
    fs::remove_file(&file).unwrap();
    let refused = desk.commit(&file, &teach("builder", "x"), &journal).unwrap_err();
    assert!(matches!(refused, EditError::Refused(Refusal::NoFile(_))), "{refused}");
    let restore = Edit::Replace { expected: None, text: SMALL.to_owned() };
    assert_eq!(desk.commit(&file, &restore, &journal).unwrap().before, None);
    assert_eq!(fs::read_to_string(&file).unwrap(), SMALL);
}

#[test]
fn an_edit_that_the_history_does_not_take_is_not_made() {
    /// A history whose disk is full.
    struct Full;
    impl Journal for Full {
        fn meet(&self, _file: &Path, _text: Option<&str>) -> Result<Met, JournalError> {
            Ok(Met::Known)
        }

        fn begin(&self, _file: &Path, _edit: &Edit, _after: &str) -> Result<i64, JournalError> {
            Err("disk full".into())
        }

        fn settle(&self, _number: i64, _landed: bool) -> Result<(), JournalError> {
            unreachable!("nothing was begun")
        }
    }
    let (_folder, file, desk) = desk();
    let failed = desk.commit(&file, &teach("builder", "engineer"), &Full).unwrap_err();
    assert!(matches!(failed, EditError::Failed(Failure::Journal(_))), "{failed}");
    assert_eq!(fs::read_to_string(&file).unwrap(), SMALL);
}

#[test]
fn a_second_desk_for_a_folder_is_refused() {
    let (folder, file, desk) = desk();
    for path in [folder.path().to_owned(), file] {
        let refused = Desk::open(vec![path], None, Thresholds::default()).unwrap_err();
        assert!(matches!(refused, Failure::Lock(LockError::Held { .. })), "{refused}");
    }
    drop(desk);
    Desk::open(vec![folder.path().to_owned()], None, Thresholds::default()).unwrap();
}
