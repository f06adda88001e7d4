//! Times of loading the matcher and of a question, by the size of the knowledge, compared with strsim over all
//! wordings.
//! `cargo bench --bench matcher` runs everything; a name after `--`, such as `question`, selects a part.

#[path = "support/generated.rs"]
mod generated;
#[path = "support/hostile.rs"]
mod hostile;

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, SamplingMode, criterion_group, criterion_main};
use footnote::knowledge::{self, HasWordings, Knowledge};
use footnote::matching::{Matcher, QUESTION_CHARS_MAX, normalise};

/// The sizes of the generated knowledge, in wordings.
const SIZES: [usize; 4] = [100, 1_500, 10_000, 100_000];

/// The sizes at which strsim compares the question with every wording. Larger sizes take too long.
const COMPARED_SIZES: [usize; 2] = [100, 1_500];

/// The number of different questions that are asked in turn, so that no single question decides the result.
const QUESTIONS: usize = 200;

/// The wordings of the large file for hostile texts: 1,500 entries.
const HOSTILE_SIZE: usize = 1_500 * generated::WORDINGS_AN_ENTRY;

/// Questions for the bundled knowledge.
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
        group.bench_function(BenchmarkId::new("of 2,000 characters, wordings", size), |bencher| {
            bencher.iter(|| matcher.ask(black_box(&long)));
        });
    }
    let matcher = Matcher::new(&bundled());
    let mut turn = BUNDLED_QUESTIONS.iter().cycle();
    group.bench_function("bundled", |bencher| {
        bencher.iter(|| turn.next().map(|question| matcher.ask(question)));
    });
}

/// The texts that take longest, as questions and as unfinished questions.
fn hostile(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hostile");
    for (name, knowledge) in [("bundled", bundled()), ("generated", generated::knowledge(HOSTILE_SIZE))] {
        let matcher = Matcher::new(&knowledge);
        for (kind, text) in hostile::texts(&knowledge) {
            group.bench_function(BenchmarkId::new(format!("ask {name}"), kind), |bencher| {
                bencher.iter(|| matcher.ask(black_box(&text)));
            });
            group.bench_function(BenchmarkId::new(format!("complete {name}"), kind), |bencher| {
                bencher.iter(|| matcher.complete(black_box(&text), 25));
            });
        }
    }
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

/// The baseline: the edit distance of the question to every wording; the nearest wins.
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
                let similarities = wordings.iter().map(|wording| similarity(&question, wording));
                similarities.enumerate().max_by(|left, right| left.1.total_cmp(&right.1))
            });
        });
    }
}

/// Normalised similarity: 1 minus the optimal string alignment distance divided by the length of the longer text.
fn similarity(left: &str, right: &str) -> f64 {
    let longer = left.chars().count().max(right.chars().count());
    1.0 - strsim::osa_distance(left, right) as f64 / longer.max(1) as f64
}

/// The bundled knowledge. A unit test checks that it loads.
fn bundled() -> Knowledge {
    knowledge::builtin().unwrap_or_default()
}

criterion_group! {
    name = benches;
    // Criterion's minimum of samples is enough, because the comparison is about factors rather than percents.
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = question, hostile, load, strsim
}
criterion_main!(benches);
