//! Arbitrary bytes as a knowledge file: no panic, the line of every finding exists, and there is knowledge exactly if
//! there is no error.
#![no_main]

use footnote::knowledge::{TextFile, check_files};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let lines = text.split('\n').count();
    let report = check_files(&[TextFile { path: "fuzzed.json".into(), text }], None);
    for finding in report.findings() {
        assert!(finding.line.is_some_and(|line| (1..=lines).contains(&line)), "{finding}");
        assert!(finding.column.is_some_and(|column| column >= 1), "{finding}");
    }
    assert_eq!(report.knowledge().is_some(), report.errors() == 0, "{report}");
});
