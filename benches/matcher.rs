//! How long the matcher takes to load and to answer, by the size of the knowledge, beside strsim over all wordings.
//! `cargo bench --bench matcher` runs all; a name after `--`, such as `question`, runs a part.

#[path = "support/generated.rs"]
mod generated;

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, SamplingMode, criterion_group, criterion_main};
use footnote::knowledge::{self, HasWordings, Knowledge};
use footnote::matching::{Matcher, QUESTION_CHARS_MAX, normalise};

/// The sizes of the knowledge, in wordings.
const SIZES: [usize; 4] = [100, 1_500, 10_000, 100_000];

/// Sizes at which every wording is compared with the question; beyond, it takes too long to wait for.
const COMPARED_SIZES: [usize; 2] = [100, 1_500];

/// How many different questions are asked in turn, so that no single one decides the figure.
const QUESTIONS: usize = 200;

/// What the bundled knowledge is asked.
const BUNDLED_QUESTIONS: [&str; 4] = [
    "Why did Abe want closer ties with Russia?",
    "who holds the disputed ilands today",
    "did the sanctions of 2014 chnage anything",
    "how many eggs go into a carbonara",
];

fn question(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("question");
    for size in SIZES {
        let knowledge = generated::knowledge(size);
        let matcher = Matcher::new(&knowledge);
        let questions = generated::questions(&knowledge, QUESTIONS);
        let mut turn = questions.iter().cycle();
        group.bench_function(BenchmarkId::new("wordings", size), |bencher| {
            bencher.iter(|| turn.next().map(|question| matcher.ask(question)));
        });
        let long: String =
            turn.flat_map(|question| [question, " "]).flat_map(str::chars).take(QUESTION_CHARS_MAX).collect();
        group.bench_function(BenchmarkId::new("of 6,000 characters, wordings", size), |bencher| {
            bencher.iter(|| matcher.ask(black_box(&long)));
        });
    }
    let matcher = Matcher::new(&bundled());
    let mut turn = BUNDLED_QUESTIONS.iter().cycle();
    group.bench_function("bundled", |bencher| {
        bencher.iter(|| turn.next().map(|question| matcher.ask(question)));
    });
}

fn load(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("load");
    group.sampling_mode(SamplingMode::Flat);
    for size in SIZES {
        let knowledge = generated::knowledge(size);
        group.bench_function(BenchmarkId::new("wordings", size), |bencher| {
            bencher.iter(|| Matcher::new(black_box(&knowledge)));
        });
    }
    let knowledge = bundled();
    group.bench_function("bundled", |bencher| {
        bencher.iter(|| Matcher::new(black_box(&knowledge)));
    });
}

/// The plain way: the question's edit distance to every wording, the nearest wins.
fn strsim(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("strsim");
    for size in COMPARED_SIZES {
        let knowledge = generated::knowledge(size);
        let wordings: Vec<String> =
            knowledge.entry_keys().flat_map(|key| knowledge.entry(key).wordings()).map(normalise).collect();
        let questions = generated::questions(&knowledge, QUESTIONS);
        let mut turn = questions.iter().cycle();
        group.bench_function(BenchmarkId::new("wordings", size), |bencher| {
            bencher.iter(|| {
                let question = normalise(turn.next().map_or("", String::as_str));
                let likenesses = wordings.iter().map(|wording| likeness(&question, wording));
                likenesses.enumerate().max_by(|left, right| left.1.total_cmp(&right.1))
            });
        });
    }
}

/// Optimal string alignment, normalised: 1 less the share of letters that differ.
fn likeness(left: &str, right: &str) -> f64 {
    let longer = left.chars().count().max(right.chars().count());
    1.0 - strsim::osa_distance(left, right) as f64 / longer.max(1) as f64
}

/// The bundled knowledge; a test of the crate checks that it loads.
fn bundled() -> Knowledge {
    knowledge::builtin().unwrap_or_default()
}

criterion_group! {
    name = benches;
    // The least that criterion takes: the figures are told apart by factors, not by percents.
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = question, load, strsim
}
criterion_main!(benches);
