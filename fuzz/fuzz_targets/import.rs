//! Arbitrary bytes as a file that a moderator imports: no panic and no bug in the check, the preview and the
//! difference, and each preview shows the whole file. `fuzz/run` bounds the time and the memory of one import.
#![no_main]

use std::sync::LazyLock;

use footnote::discord::fuzzing::import;
use footnote::moderation::fuzzing::Importer;
use libfuzzer_sys::fuzz_target;

static IMPORTER: LazyLock<Importer> = LazyLock::new(|| Importer::open(include_str!("../seeds/import/harbour.json")));

fuzz_target!(|bytes: &[u8]| import(&IMPORTER, bytes));
