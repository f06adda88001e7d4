//! Kills a process at random instants while it edits: every edit that it acknowledged is in the file.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{SMALL, add_wording, empty_library, entry};
use crate::knowledge::{parse_document, read_text};
use crate::moderation::editor::{Editor, Journal};
use crate::moderation::failure::JournalError;
use crate::moderation::history::{FileStatus, RevisionId};
use crate::moderation::{Edit, Item};

/// The edit with this number: each kind in turn, determined by the number alone.
fn numbered(number: u64, text: &str) -> Edit {
    let document = parse_document(text).unwrap();
    let id = |number| format!("e{number}");
    let find = |number| Item::find(&document, &id(number)).unwrap();
    match number % 5 {
        0 => Edit::Add { item: Item::Entry(entry(&id(number), &format!("What is number {number}?"))) },
        1 => add_wording(&id(number - 1), &format!("tell me of {number}")),
        2 => {
            let before = find(number - 2);
            let Item::Entry(mut after) = before.clone() else { unreachable!() };
            after.passage = "So it is not. ".repeat(20);
            Edit::Change { before, after: Item::Entry(after) }
        }
        3 => Edit::RemoveWording { id: id(number - 3), wording: format!("tell me of {}", number - 2) },
        _ => Edit::Remove { item: find(number - 4) },
    }
}

const KILLED: &str = "FOOTNOTE_TEST_KILLED";

/// Makes edits until it is killed, and prints a line after each acknowledged edit. The journal is a folder of files.
fn edit_until_killed(folder: &Path) {
    let file = folder.join("k.json");
    let editor = Editor::open(vec![file.clone()], None).unwrap();
    let (answering, journal) = (empty_library(), FolderJournal(folder.join("history")));
    for (file, status) in editor.reconcile(&journal).unwrap() {
        assert!(status != FileStatus::ChangedOutside, "{} is no revision", file.display());
    }
    let mut out = std::io::stdout();
    let mut number = journal.numbers().last().map_or(0, |last| last + 1);
    loop {
        let text = read_text(&file).unwrap().unwrap();
        editor.commit(&file, &numbered(number, &text), &answering, &journal).unwrap();
        writeln!(out, "acknowledged {number}").unwrap();
        out.flush().unwrap();
        number += 1;
    }
}

/// A journal of files: `N.json` is the revision of edit N, `N.begun` an edit that began.
struct FolderJournal(PathBuf);

impl FolderJournal {
    fn numbers(&self) -> Vec<u64> {
        self.with_end(".json")
    }

    fn with_end(&self, end: &str) -> Vec<u64> {
        let names = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut numbers: Vec<u64> = names.filter_map(|name| name.strip_suffix(end)?.parse().ok()).collect();
        numbers.sort_unstable();
        numbers
    }

    fn path(&self, number: impl std::fmt::Display, end: &str) -> PathBuf {
        self.0.join(format!("{number}{end}"))
    }
}

impl Journal for FolderJournal {
    fn reconcile(&self, _file: &Path, text: Option<&str>) -> Result<FileStatus, JournalError> {
        let last = match self.numbers().last() {
            Some(number) => read_text(&self.path(number, ".json"))?,
            None => Some(SMALL.to_owned()),
        };
        let mut status = if last.as_deref() == text { FileStatus::Unchanged } else { FileStatus::ChangedOutside };
        for number in self.with_end(".begun") {
            let saved =
                status == FileStatus::ChangedOutside && read_text(&self.path(number, ".begun"))?.as_deref() == text;
            self.finish(RevisionId(i64::try_from(number)?), saved)?;
            status = if saved { FileStatus::EditSaved } else { status };
        }
        Ok(status)
    }

    fn begin(&self, _file: &Path, _edit: &Edit, after: &str) -> Result<RevisionId, JournalError> {
        let number = self.numbers().last().map_or(0, |last| last + 1);
        // The rename is atomic, so it survives a kill. This test does not simulate power cuts, so no sync is needed.
        fs::write(self.path(number, ".part"), after)?;
        fs::rename(self.path(number, ".part"), self.path(number, ".begun"))?;
        Ok(RevisionId(i64::try_from(number)?))
    }

    fn finish(&self, revision: RevisionId, saved: bool) -> Result<(), JournalError> {
        let RevisionId(number) = revision;
        let begun = self.path(number, ".begun");
        if saved {
            fs::rename(begun, self.path(number, ".json"))?
        } else {
            fs::remove_file(begun)?
        }
        Ok(())
    }
}

/// Kills the process 220 times, each time after some acknowledged edits and some turns of an empty loop. After each
/// kill, the file has exactly the text of a whole number of edits, and contains every acknowledged one.
#[test]
fn a_killed_process_loses_no_acknowledged_edit() {
    const KILLS: usize = 220;
    if let Some(folder) = std::env::var_os(KILLED) {
        edit_until_killed(Path::new(&folder));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("k.json");
    fs::write(&file, SMALL).unwrap();
    fs::create_dir(folder.path().join("history")).unwrap();
    // Knuth's MMIX generator. Any generator would do, but every run on one machine should use the same delays.
    let mut state = 20_u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    // The number of edits in the file, and the resulting text.
    let (mut made, mut text) = (0, SMALL.to_owned());
    let (mut unacknowledged, mut in_edit, mut beside_new_file) = (0, 0, 0);
    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "--nocapture",
                "moderation::editor::tests::crash::a_killed_process_loses_no_acknowledged_edit",
            ])
            .env(KILLED, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut acknowledged = 0;
        let mut take = |line: String| {
            // The test harness prints the name of the test before the first line.
            if let Some((_, number)) = line.split_once("acknowledged ") {
                acknowledged = number.parse::<u64>().unwrap() + 1;
            }
        };
        let edits = 1 + random(2) as usize;
        lines.by_ref().filter(|line| line.contains("acknowledged ")).take(edits).for_each(&mut take);
        // At a few nanoseconds per turn, this takes up to the time of an edit.
        for turn in 0..random(60_000_000) {
            std::hint::black_box(turn);
        }
        child.kill().unwrap();
        let ended = child.wait_with_output().unwrap();
        lines.for_each(&mut take);
        assert!(acknowledged > 0, "kill {kill}: {}", String::from_utf8_lossy(&ended.stderr));
        let found = fs::read_to_string(&file).unwrap();
        while made < acknowledged || (found != text && made <= acknowledged) {
            text = numbered(made, &text).apply(&text).unwrap();
            made += 1;
        }
        assert_eq!(found, text, "kill {kill}: {acknowledged} edits were acknowledged");
        unacknowledged += usize::from(made > acknowledged);
        let begun = !FolderJournal(folder.path().join("history")).with_end(".begun").is_empty();
        let mut names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        beside_new_file += usize::from(names.any(|name| name.to_string_lossy().ends_with(".tmp")));
        in_edit += usize::from(begun);
    }
    println!(
        "{made} edits, {KILLS} kills: {in_edit} in a begun edit, {beside_new_file} beside a new file, {unacknowledged} after it"
    );
    assert!(in_edit > 0, "no kill fell into an edit");
}
