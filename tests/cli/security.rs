//! SECURITY.md names the tests that prove it; each must be there.

use std::path::{Path, PathBuf};

const SECURITY: &str = include_str!("../../SECURITY.md");

/// Every Rust file below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_proof_is_a_test_of_its_file() {
    let mut files = Vec::new();
    for folder in ["src", "tests", "sandbox/src", "sandbox/tests"] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
    }
    let proofs: Vec<(&str, &str)> = SECURITY.split('`').filter_map(|word| word.split_once("::")).collect();
    let proofs: Vec<_> = proofs.into_iter().filter(|proof| *proof != ("file", "test")).collect();
    assert!(proofs.len() > 30, "{proofs:?}");
    for (file, test) in proofs {
        let named = files.iter().filter(|path| path.file_stem().is_some_and(|stem| stem == file));
        let is_there = named.map(|path| std::fs::read_to_string(path).unwrap()).any(|text| {
            let position = text.find(&format!("fn {test}("));
            // The attribute stands above it, for a law of proptest with a few lines between.
            position.is_some_and(|position| text[..position].rfind("test").is_some_and(|above| position - above < 200))
        });
        assert!(is_there, "SECURITY.md: there is no test {test} in a file {file}.rs");
    }
}
