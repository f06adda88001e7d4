//! Floods the release binary, which is connected to the sandbox on this machine, and measures what others notice.
//! `cargo bench --bench attack [-- --quick] [NAME ...]` prints a Markdown table and exits with 1 if a bound is exceeded.
#![allow(clippy::unwrap_used)]

mod arena;
mod floods;
#[allow(dead_code, reason = "shared with the benchmark of the matcher")]
#[path = "../support/generated.rs"]
mod generated;
mod members;
mod moderators;
mod operators;
#[allow(dead_code, reason = "shared with the end-to-end tests")]
#[path = "../../tests/e2e/stage/process.rs"]
mod process;
mod report;

use std::process::ExitCode;

use arena::Arena;
use floods::FLOODS;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let quick = arguments.iter().any(|argument| argument == "--quick");
    // Cargo passes `--bench`.
    let names: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let selected = |name: &str| names.is_empty() || names.iter().any(|part| name.contains(part.as_str()));
    let mut problems = Vec::new();
    println!("{}", report::HEADING);
    for flood in FLOODS.iter().filter(|flood| selected(flood.name)) {
        let measured = Arena::start(flood, quick).await.measure(flood).await;
        println!("{}", measured.row(flood));
        problems.extend(measured.problems(flood).into_iter().map(|problem| format!("{}: {problem}", flood.name)));
    }
    for problem in &problems {
        eprintln!("{problem}");
    }
    if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
