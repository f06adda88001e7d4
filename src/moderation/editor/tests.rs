//! The editor with real files: refusals, reports, and races with other writers.
#![allow(clippy::unwrap_used)]

mod crash;

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::json;

use super::*;
use crate::knowledge::{self, Entry, Fingerprint, Knowledge, SaveError, parse_document, read_text};
use crate::library::Library;
use crate::matching::Thresholds;
use crate::moderation::lock::LockError;
use crate::moderation::{Item, PredictedReply};

/// A file small enough that an edit takes milliseconds.
pub(in crate::moderation) const SMALL: &str = r#"{
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

/// A journal in memory.
#[derive(Debug, Default)]
struct MemoryJournal(Mutex<Revisions>);

#[derive(Debug, Default)]
struct Revisions {
    saved: Vec<Option<String>>,
    begun: Vec<(RevisionId, String)>,
    last: i64,
}

impl Journal for MemoryJournal {
    fn reconcile(&self, _file: &Path, text: Option<&str>) -> Result<FileStatus, JournalError> {
        let mut revisions = self.0.lock().unwrap();
        let begun = std::mem::take(&mut revisions.begun);
        let last = revisions.saved.last().map(Option::as_deref);
        let status = match last == Some(text) {
            true => FileStatus::Unchanged,
            false if begun.iter().any(|(_, after)| Some(after.as_str()) == text) => FileStatus::EditSaved,
            false => FileStatus::ChangedOutside,
        };
        if status != FileStatus::Unchanged {
            revisions.saved.push(text.map(str::to_owned));
        }
        Ok(status)
    }

    fn begin(&self, _file: &Path, _edit: &Edit, after: &str) -> Result<RevisionId, JournalError> {
        let mut revisions = self.0.lock().unwrap();
        revisions.last += 1;
        let revision = RevisionId(revisions.last);
        revisions.begun.push((revision, after.to_owned()));
        Ok(revision)
    }

    fn finish(&self, revision: RevisionId, saved: bool) -> Result<(), JournalError> {
        let mut revisions = self.0.lock().unwrap();
        let place = revisions.begun.iter().position(|(begun, _)| *begun == revision).unwrap();
        let (_, text) = revisions.begun.remove(place);
        if saved {
            revisions.saved.push(Some(text));
        }
        Ok(())
    }
}

/// A folder with the small file, and an editor for it.
fn editor() -> (tempfile::TempDir, PathBuf, Editor) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("k.json");
    fs::write(&file, SMALL).unwrap();
    let editor = Editor::open(vec![folder.path().to_owned()], None).unwrap();
    (folder, file, editor)
}

pub(in crate::moderation) fn add_wording(id: &str, wording: &str) -> Edit {
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

/// A library that has nothing learned.
pub(super) fn empty_library() -> Library {
    Library::new(Knowledge::default(), Thresholds::default())
}

#[test]
fn an_edit_is_saved_recorded_and_answered_from() {
    let (_folder, file, editor) = editor();
    let journal = MemoryJournal::default();
    assert_eq!(editor.reconcile(&journal).unwrap(), [(file.clone(), FileStatus::ChangedOutside)]);
    assert_eq!(editor.reconcile(&journal).unwrap(), [(file.clone(), FileStatus::Unchanged)]);
    let edit = Edit::Add { item: Item::Entry(entry("lamp", "What lit the lamp?")) };
    let committed = editor.commit(&file, &edit, &empty_library(), &journal).unwrap();
    assert!(matches!(committed.library.ask("what lit the lamp").reply, crate::library::reply::Reply::Passage(_)));
    let revisions = journal.0.lock().unwrap();
    let after = fs::read_to_string(&file).unwrap();
    assert!(after.contains("What lit the lamp?"));
    assert_eq!(revisions.saved, [Some(SMALL.to_owned()), Some(after)]);
    assert!(revisions.begun.is_empty());
}

#[test]
fn a_preview_predicts_warnings_and_answers() {
    let (_folder, file, editor) = editor();
    let now = library(&file);
    let edit = Edit::Add { item: Item::Entry(entry("lamp", "What lit the lamp?")) };
    let regression = Regression { questions: vec!["what lit it?".to_owned()], problem: None };
    let preview = editor.preview(&file, &edit, &now, &regression, &AtomicBool::new(false)).unwrap();
    assert!(preview.warnings.iter().any(|warning| warning.message.contains("lamp")), "{:?}", preview.warnings);
    let own = preview.effect.changes.iter().find(|shift| shift.question == "What lit the lamp?").unwrap();
    assert_eq!((own.owner.as_deref(), &own.after), (Some("lamp"), &PredictedReply::Answer("lamp".into())));
    assert_eq!((preview.effect.asked, preview.effect.lost), (7, 0));
    assert_eq!(fs::read_to_string(&file).unwrap(), SMALL);
    // A wording that lost its answer comes first; a wording that existed before causes no warning.
    let remove = Edit::Remove { item: Item::find(&parse_document(SMALL).unwrap(), "builder").unwrap() };
    let effect = editor.preview(&file, &remove, &now, &Regression::default(), &AtomicBool::new(false)).unwrap().effect;
    assert_eq!((effect.lost, effect.changes.iter().take(3).filter(|shift| shift.is_lost()).count()), (3, 3));
}

#[test]
fn an_edit_that_the_check_refuses_changes_nothing() {
    let (_folder, file, editor) = editor();
    let journal = MemoryJournal::default();
    let edit = Edit::Add { item: Item::Entry(Entry { passage: String::new(), ..entry("lamp", "metres?") }) };
    match editor.commit(&file, &edit, &empty_library(), &journal).unwrap_err() {
        EditError::Refused(EditRefusal::Invalid(report)) => assert_eq!(report.errors(), 2, "{report}"),
        other => panic!("{other}"),
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), SMALL);
    let elsewhere =
        editor.commit(Path::new("/etc/k.json"), &add_wording("builder", "x"), &empty_library(), &journal).unwrap_err();
    assert!(matches!(elsewhere, EditError::Refused(EditRefusal::UnknownFile(_))));
    let schema = editor
        .commit(&file.with_file_name("schema.json"), &add_wording("builder", "x"), &empty_library(), &journal)
        .unwrap_err();
    assert!(matches!(schema, EditError::Refused(EditRefusal::UnknownFile(_))));
    assert!(journal.0.lock().unwrap().begun.is_empty());
}

#[test]
fn ids_are_unique_over_all_files_but_wordings_may_compete() {
    let (folder, file, editor) = editor();
    let other = folder.path().join("other.json");
    fs::write(&other, SMALL.replace("builder\"", "b\"").replace("height", "h").replace("lighthouse", "ship")).unwrap();
    let same_id = Edit::Add { item: Item::Entry(entry("b", "Is it free?")) };
    let refused = editor.commit(&file, &same_id, &empty_library(), &MemoryJournal::default()).err().unwrap();
    assert!(matches!(refused, EditError::Refused(EditRefusal::Invalid(_))), "{refused}");
    let competing = add_wording("builder", "Who built the ship?");
    let preview =
        editor.preview(&file, &competing, &library(&file), &Regression::default(), &AtomicBool::new(false)).unwrap();
    let message = &preview.warnings[0].message;
    assert!(message.starts_with("`Who built the ship?` is also a wording of `builder`"), "{message}");
}

#[test]
fn an_outside_change_between_preview_and_commit_is_not_lost() {
    let (_folder, file, editor) = editor();
    let journal = MemoryJournal::default();
    editor.reconcile(&journal).unwrap();
    let document = parse_document(SMALL).unwrap();
    let before = Item::find(&document, "builder").unwrap();
    let after = Item::Entry(Entry { passage: "Eve built it.".into(), ..document.entries[0].clone() });
    let edit = Edit::Change { before, after };
    editor.preview(&file, &edit, &library(&file), &Regression::default(), &AtomicBool::new(false)).unwrap();
    let theirs = SMALL.replace("  ", "\t").replace("How tall", "How high");
    fs::write(&file, &theirs).unwrap();
    editor.commit(&file, &edit, &empty_library(), &journal).unwrap();
    let after = fs::read_to_string(&file).unwrap();
    assert_eq!(after, theirs.replace("Ada", "Eve"));
    assert_eq!(journal.0.lock().unwrap().saved, [SMALL, &theirs, &after].map(|text| Some(text.to_owned())));
    // An edit of a field that another program changed is refused, and its text stays.
    fs::write(&file, theirs.replace("Ada", "Ida")).unwrap();
    let refused = editor.commit(&file, &edit, &empty_library(), &journal).unwrap_err();
    assert!(matches!(refused, EditError::Refused(EditRefusal::Conflict(_))), "{refused}");
    assert!(fs::read_to_string(&file).unwrap().contains("Ida"));
}

/// A journal whose `begin` changes the file, `left` times, as another program could.
struct Interrupting<'a> {
    journal: MemoryJournal,
    file: &'a Path,
    left: Cell<u32>,
}

impl Journal for Interrupting<'_> {
    fn reconcile(&self, file: &Path, text: Option<&str>) -> Result<FileStatus, JournalError> {
        self.journal.reconcile(file, text)
    }

    fn begin(&self, file: &Path, edit: &Edit, after: &str) -> Result<RevisionId, JournalError> {
        if let Some(left) = self.left.get().checked_sub(1) {
            self.left.set(left);
            let text = fs::read_to_string(self.file).unwrap();
            fs::write(self.file, text.replace("Ada", "Ada ")).unwrap();
        }
        self.journal.begin(file, edit, after)
    }

    fn finish(&self, revision: RevisionId, saved: bool) -> Result<(), JournalError> {
        self.journal.finish(revision, saved)
    }
}

#[test]
fn a_save_by_somebody_else_at_the_last_moment_is_not_lost() {
    for (times, lands) in [(1, true), (3, true), (u32::MAX, false)] {
        let (_folder, file, editor) = editor();
        let journal = Interrupting { journal: MemoryJournal::default(), file: &file, left: Cell::new(times) };
        let committed = editor.commit(&file, &add_wording("builder", "engineer"), &empty_library(), &journal);
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!((committed.is_ok(), text.contains("engineer")), (lands, lands), "{times}");
        if lands {
            assert!(text.contains(&format!("Ada{} built", " ".repeat(times as usize))));
            assert_eq!(journal.journal.0.lock().unwrap().saved.len(), times as usize + 2);
        } else {
            assert!(matches!(committed.unwrap_err(), EditError::Failed(SaveFailure::Busy(_))));
        }
        assert!(journal.journal.0.lock().unwrap().begun.is_empty());
    }
}

#[test]
fn concurrent_edits_of_threads_and_another_program_all_land() {
    const THREADS: usize = 4;
    const EACH: usize = 6;
    let (_folder, file, editor) = editor();
    let journal = MemoryJournal::default();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (editor, file, journal) = (&editor, &file, &journal);
            scope.spawn(move || {
                for n in 0..EACH {
                    editor
                        .commit(
                            file,
                            &add_wording("builder", &format!("wording {thread} {n}")),
                            &empty_library(),
                            journal,
                        )
                        .unwrap();
                }
            });
        }
        // Another program, which also saves only if the file still has the text that it read.
        scope.spawn(|| {
            let mut saved = 0;
            while saved < EACH {
                let text = read_text(&file).unwrap().unwrap();
                let edited = add_wording("height", &format!("by hand {saved}")).apply(&text).unwrap();
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
    let (_folder, file, editor) = editor();
    let journal = MemoryJournal::default();
    editor.reconcile(&journal).unwrap();
    fs::remove_file(&file).unwrap();
    let refused = editor.commit(&file, &add_wording("builder", "x"), &empty_library(), &journal).unwrap_err();
    assert!(matches!(refused, EditError::Refused(EditRefusal::NoFile(_))), "{refused}");
    let restore = Edit::Replace { expected: None, text: SMALL.to_owned() };
    editor.commit(&file, &restore, &empty_library(), &journal).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), SMALL);
}

#[test]
fn an_edit_that_the_history_cannot_store_is_not_made() {
    /// A journal whose disk is full.
    struct Full;
    impl Journal for Full {
        fn reconcile(&self, _file: &Path, _text: Option<&str>) -> Result<FileStatus, JournalError> {
            Ok(FileStatus::Unchanged)
        }

        fn begin(&self, _file: &Path, _edit: &Edit, _after: &str) -> Result<RevisionId, JournalError> {
            Err("disk full".into())
        }

        fn finish(&self, _revision: RevisionId, _saved: bool) -> Result<(), JournalError> {
            unreachable!("no edit began")
        }
    }
    let (_folder, file, editor) = editor();
    let failed = editor.commit(&file, &add_wording("builder", "engineer"), &empty_library(), &Full).unwrap_err();
    assert!(matches!(failed, EditError::Failed(SaveFailure::Journal(_))), "{failed}");
    assert_eq!(fs::read_to_string(&file).unwrap(), SMALL);
}

#[test]
fn a_second_editor_for_a_folder_is_refused() {
    let (folder, file, editor) = editor();
    for path in [folder.path().to_owned(), file] {
        let refused = Editor::open(vec![path], None).unwrap_err();
        assert!(matches!(refused, SaveFailure::Lock(LockError::Held { .. })), "{refused}");
    }
    drop(editor);
    Editor::open(vec![folder.path().to_owned()], None).unwrap();
}
