//! Arbitrary text typed into an option: no panic, at most 25 choices within Discord's limits, and a bounded part of the
//! text is read.
#![no_main]

use std::sync::LazyLock;

use footnote::discord::fuzzing::autocompletion;
use footnote::knowledge;
use footnote::library::Library;
use footnote::matching::Thresholds;
use libfuzzer_sys::fuzz_target;

static LIBRARY: LazyLock<Library> =
    LazyLock::new(|| Library::new(knowledge::builtin().expect("the bundled knowledge loads"), Thresholds::default()));

// Loading takes seconds, which would count as the time of the first input.
fuzz_target!(init: { LazyLock::force(&LIBRARY); }, |text: &str| autocompletion(text, &LIBRARY));
