//! Any text as the `custom_id` of a pressed button, a menu or a form: no panic, and it means the same when written again.
#![no_main]

use footnote::discord::fuzzing::custom_id;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| custom_id(text));
