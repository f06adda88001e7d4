//! Arbitrary text as the inputs of a moderator's form, one after each NUL: no panic, parsed citations survive printing,
//! and the edit that the form makes is applied or refused.
#![no_main]

use footnote::discord::fuzzing::form_text;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| form_text(text, include_str!("../seeds/import/harbour.json")));
