//! Arbitrary bytes as a question to the bundled knowledge: no panic, a confidence from 0 to 1, and `ranked` sorted by
//! score. An entry that has the question as a wording or a topic is first whatever its score.
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
    let scores: Vec<f32> = verdict.ranked.iter().skip(1).map(|candidate| candidate.score).collect();
    assert!(scores.is_sorted_by(|left, right| left >= right), "{verdict:?}");
    if let Some(first) = verdict.ranked.first() {
        let decided = verdict.decided_text.as_deref().unwrap_or(&question);
        let sum: f32 = MATCHER.explain(decided, first.entry).iter().map(|word| word.share).sum();
        assert!((sum - first.score).abs() < 1e-3, "{sum} is not {}", first.score);
    }
    let _ = MATCHER.complete(&question, RANKED_MAX);
});
