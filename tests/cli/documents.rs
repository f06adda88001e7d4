//! The documents agree with the repository: the tests that SECURITY.md names exist, and so do the files that any
//! document names or links to.

use std::fs;
use std::path::{Path, PathBuf};

/// The documents, relative to the repository's root.
const DOCUMENTS: [&str; 14] = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "deploy/README.md",
    "docs/ARCHITECTURE.md",
    "docs/matching.md",
    "docs/performance.md",
    "docs/reliability.md",
    "docs/usage.md",
    "docs/your-own-text.md",
    "examples/README.md",
    "knowledge/README.md",
    "sandbox/README.md",
];

/// Folders whose files the documents name by their path from the repository's root.
const FOLDERS: [&str; 9] =
    ["benches/", "deploy/", "docs/", "examples/", "fuzz/", "knowledge/", "sandbox/", "src/", "tests/"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every Rust file in a folder and its subfolders.
fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The module that a file's tests belong to: `src::moderation::editor` for `src/moderation/editor.rs` and for
/// `src/moderation/editor/tests.rs`.
fn module_of(file: &Path) -> String {
    let path = file.strip_prefix(root()).unwrap().with_extension("");
    let names: Vec<&str> = path.iter().map(|name| name.to_str().unwrap()).collect();
    let names = match names.as_slice() {
        [module @ .., "mod" | "tests"] => module,
        module => module,
    };
    names.join("::")
}

/// The words of a text between single backticks.
fn code_words(text: &str) -> impl Iterator<Item = &str> {
    text.split("```").step_by(2).flat_map(|prose| prose.split('`').skip(1).step_by(2))
}

#[test]
fn every_proof_in_security_md_is_a_test_of_the_module_it_names() {
    let mut files = Vec::new();
    for folder in ["src", "tests", "sandbox/src", "sandbox/tests"] {
        rust_files(&root().join(folder), &mut files);
    }
    let modules: Vec<(String, &PathBuf)> = files.iter().map(|file| (module_of(file), file)).collect();
    let security = read(&root().join("SECURITY.md"));
    let proofs: Vec<(&str, &str)> = code_words(&security).filter_map(|word| word.rsplit_once("::")).collect();
    let proofs: Vec<_> = proofs.into_iter().filter(|proof| *proof != ("module", "test")).collect();
    assert!(proofs.len() > 30, "{proofs:?}");
    for (module, test) in proofs {
        let suffix = format!("::{module}");
        let mut texts = modules.iter().filter(|(name, _)| name.ends_with(&suffix)).map(|(_, file)| read(file));
        let exists = texts.any(|text| {
            let position = text.find(&format!("fn {test}("));
            // The attribute precedes the function, with a few lines in between if it is a property test.
            position.is_some_and(|position| text[..position].rfind("test").is_some_and(|above| position - above < 200))
        });
        assert!(exists, "SECURITY.md: expected a test {test} in a module {module}, found none");
    }
}

#[test]
fn every_file_that_a_document_names_or_links_to_exists() {
    let mut checked = 0;
    for document in DOCUMENTS {
        let path = root().join(document);
        let text = read(&path);
        let named = code_words(&text)
            .filter(|word| FOLDERS.iter().any(|folder| word.starts_with(folder)) && !word.contains([' ', '*']))
            .map(|word| root().join(word));
        let links = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        let linked = links
            .filter(|link| !link.is_empty() && !link.contains("://"))
            .map(|link| path.parent().unwrap().join(link));
        for file in named.chain(linked) {
            assert!(file.exists(), "{document} names {}, which does not exist", file.display());
            checked += 1;
        }
    }
    assert!(checked > 50, "only {checked} files are named");
}
