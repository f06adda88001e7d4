//! Arbitrary text as a configuration: no panic, and every accepted configuration has valid thresholds.
#![no_main]

use std::path::Path;

use footnote::config::Config;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| match Config::parse(Path::new("fuzzed.toml"), text) {
    Ok(config) => {
        let (answer, suggest) = (config.matching.answer, config.matching.suggest);
        assert!((0.0..=1.0).contains(&answer) && (0.0..=answer).contains(&suggest), "{config:?}");
    }
    Err(error) => assert!(error.to_string().contains("fuzzed.toml"), "{error}"),
});
