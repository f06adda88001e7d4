//! A process that is killed at any instant while it edits, again and again: what it acknowledged is in the file.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::desk_tests::{SMALL, entry, teach};
use super::*;
use crate::knowledge::{parse_document, read_text};
use crate::matching::Thresholds;

/// The edit that follows a text with so many edits: each kind in turn, told by the number alone.
fn numbered(number: u64, text: &str) -> Edit {
    let document = parse_document(text).unwrap();
    let id = |number| format!("e{number}");
    let find = |number| Item::find(&document, &id(number)).unwrap();
    match number % 5 {
        0 => Edit::Add { item: Item::Entry(entry(&id(number), &format!("What is number {number}?"))) },
        1 => teach(&id(number - 1), &format!("tell me of {number}")),
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

/// Edits until it is killed, saying so after each edit that is acknowledged. The history is a folder of files.
fn edit_until_killed(folder: &Path) {
    let file = folder.join("k.json");
    let desk = Desk::open(vec![file.clone()], None, Thresholds::default()).unwrap();
    let journal = Folder(folder.join("history"));
    for (file, met) in desk.recover(&journal).unwrap() {
        assert!(met != Met::Outside, "{} is no revision", file.display());
    }
    let mut out = std::io::stdout();
    let mut number = journal.numbers().last().map_or(0, |last| last + 1);
    loop {
        let text = read_text(&file).unwrap().unwrap();
        desk.commit(&file, &numbered(number, &text), &journal).unwrap();
        writeln!(out, "acknowledged {number}").unwrap();
        out.flush().unwrap();
        number += 1;
    }
}

/// A history of files: `N.json` is the revision that edit N made, `N.begun` an edit that was begun.
struct Folder(PathBuf);

impl Folder {
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

impl Journal for Folder {
    fn meet(&self, _file: &Path, text: Option<&str>) -> Result<Met, JournalError> {
        let last = match self.numbers().last() {
            Some(number) => read_text(&self.path(number, ".json"))?,
            None => Some(SMALL.to_owned()),
        };
        let mut met = if last.as_deref() == text { Met::Known } else { Met::Outside };
        for number in self.with_end(".begun") {
            let landed = met == Met::Outside && read_text(&self.path(number, ".begun"))?.as_deref() == text;
            self.settle(i64::try_from(number)?, landed)?;
            met = if landed { Met::Landed } else { met };
        }
        Ok(met)
    }

    fn begin(&self, _file: &Path, _edit: &Edit, after: &str) -> Result<i64, JournalError> {
        let number = self.numbers().last().map_or(0, |last| last + 1);
        // Safe from a kill, which is all that is tested here, in one step and without waiting for the disk.
        fs::write(self.path(number, ".part"), after)?;
        fs::rename(self.path(number, ".part"), self.path(number, ".begun"))?;
        Ok(i64::try_from(number)?)
    }

    fn settle(&self, number: i64, landed: bool) -> Result<(), JournalError> {
        let begun = self.path(number, ".begun");
        if landed {
            fs::rename(begun, self.path(number, ".json"))?
        } else {
            fs::remove_file(begun)?
        }
        Ok(())
    }
}

/// 220 kills, each at an instant of its own: after some acknowledged edits and some turns of an empty loop. After each,
/// the file is exactly the text that some whole number of edits makes, and has every acknowledged one.
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
    // Knuth's MMIX generator; any will do, but the same instants on every run of one machine.
    let mut state = 20_u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    // The number of edits in the file, and the text that they make.
    let (mut made, mut text) = (0, SMALL.to_owned());
    let (mut unacknowledged, mut in_edit, mut beside_new_file) = (0, 0, 0);
    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "moderation::crash_tests::a_killed_process_loses_no_acknowledged_edit"])
            .env(KILLED, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut acknowledged = 0;
        let mut take = |line: String| {
            // The first line of a test has the harness's words before it.
            if let Some((_, number)) = line.split_once("acknowledged ") {
                acknowledged = number.parse::<u64>().unwrap() + 1;
            }
        };
        let edits = 1 + random(2) as usize;
        lines.by_ref().filter(|line| line.contains("acknowledged ")).take(edits).for_each(&mut take);
        // At a few nanoseconds a turn, about as long as an edit takes.
        for turn in 0..random(12_000_000) {
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
        let begun = !Folder(folder.path().join("history")).with_end(".begun").is_empty();
        let mut names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        beside_new_file += usize::from(names.any(|name| name.to_string_lossy().ends_with(".tmp")));
        in_edit += usize::from(begun);
    }
    println!(
        "{made} edits, {KILLS} kills: {in_edit} in a begun edit, {beside_new_file} beside a new file, {unacknowledged} after it"
    );
    assert!(in_edit > 0, "no kill fell into an edit");
}
