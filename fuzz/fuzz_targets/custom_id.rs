//! Arbitrary text as the `custom_id` of a button, a menu or a form: no panic, and formatting the parsed value and
//! parsing it again yields the same value.
#![no_main]

use footnote::discord::fuzzing::custom_id;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| custom_id(text));
