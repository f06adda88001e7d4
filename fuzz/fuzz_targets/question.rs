//! Arbitrary bytes as a question to the bundled knowledge: no panic, a confidence from 0 to 1, and `ranked` sorted by
//! score.
#![no_main]

use std::sync::LazyLock;

use footnote::knowledge;
use footnote::matching::{Matcher, RANKED_MAX};
use libfuzzer_sys::fuzz_target;

static MATCHER: LazyLock<Matcher> =
    LazyLock::new(|| Matcher::new(&knowledge::builtin().expect("the bundled knowledge loads")));

fuzz_target!(|bytes: &[u8]| {
    let question = String::from_utf8_lossy(bytes);
    let verdict = MATCHER.ask(&question);
    assert!((0.0..=1.0).contains(&verdict.confidence), "{verdict:?}");
    assert!(verdict.ranked.len() <= RANKED_MAX, "{verdict:?}");
    assert!(verdict.ranked.is_sorted_by(|left, right| left.score >= right.score), "{verdict:?}");
    if let Some(first) = verdict.ranked.first() {
        let sum: f32 = MATCHER.explain(&question, first.entry).iter().map(|word| word.share).sum();
        assert!((sum - first.score).abs() < 1e-3, "{sum} is not {}", first.score);
    }
    let _ = MATCHER.complete(&question, RANKED_MAX);
});
