//! Arbitrary text as a payload of Discord's gateway (messages, commands, buttons, submitted forms): no panic.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use footnote::discord::fuzzing::payload;
use footnote::knowledge::{self, Document};
use libfuzzer_sys::fuzz_target;

static FILES: LazyLock<Vec<(PathBuf, Document)>> = LazyLock::new(|| {
    let knowledge = knowledge::builtin().expect("the bundled knowledge loads");
    knowledge.documents().iter().map(|document| ("bundled.json".into(), document.clone())).collect()
});

fuzz_target!(|text: &str| payload(text, &FILES));
