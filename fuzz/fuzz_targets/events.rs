//! Arbitrary sequences of creations, edits, deletions and duplicates of a few messages: no task waits forever, no
//! message is answered twice, and no answer remains after a deletion.
#![no_main]

use footnote::discord::fuzzing::events;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| events(bytes));
