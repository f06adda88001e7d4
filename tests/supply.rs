//! Checks of the dependencies, without the network: licences, sources, yanked versions, duplicates, and unused
//! dependencies. The check for yanked versions reads cargo's local copy of the registry's index.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;
use spdx::{Expression, ParseMode};

/// Permissive licences, under which anybody may distribute the binary. CDLA-Permissive-2.0 is the licence of the root
/// certificates.
const LICENCES: [&str; 11] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Zlib",
];

/// The only registry.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Crates that are in the binary in several versions, and the reason. Most belong to the WebSocket that serenity uses.
const DUPLICATES: [(&str, &str); 12] = [
    ("base64", "axum, reqwest and serenity want 0.22, hyper-util 0.23"),
    ("getrandom", "ring and rand_core 0.6 want 0.2, rand_core 0.9 0.3, tempfile 0.4"),
    ("rand", "serenity's tungstenite wants 0.8, the present one 0.9"),
    ("rand_chacha", "as rand"),
    ("rand_core", "as rand"),
    ("rustls", "serenity's tokio-tungstenite wants 0.22, the present one and reqwest 0.23"),
    ("rustls-webpki", "as rustls"),
    ("thiserror", "serenity's tungstenite wants 1"),
    ("tokio-rustls", "as rustls"),
    ("tokio-tungstenite", "serenity wants 0.21, axum and the gateway 0.29"),
    ("tungstenite", "as tokio-tungstenite"),
    ("webpki-roots", "tokio-tungstenite wants 0.26, reqwest 1"),
];

/// The output of `cargo metadata` for this platform.
static METADATA: LazyLock<Value> = LazyLock::new(|| {
    let host = Command::new(std::env::var("RUSTC").unwrap_or("rustc".into())).arg("-vV").output().unwrap().stdout;
    let host = String::from_utf8(host).unwrap().lines().find_map(|line| Some(line.strip_prefix("host: ")?.to_owned()));
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["metadata", "--offline", "--locked", "--format-version=1"]);
    let output = command.args(["--filter-platform", &host.unwrap()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
});

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// The packages of this workspace and all others.
fn members_and_dependencies() -> (Vec<&'static Value>, Vec<&'static Value>) {
    METADATA["packages"].as_array().unwrap().iter().partition(|package| package["source"].is_null())
}

/// The packages of other projects.
fn packages() -> Vec<&'static Value> {
    members_and_dependencies().1
}

/// The packages of this workspace.
fn members() -> Vec<&'static Value> {
    let members = members_and_dependencies().0;
    assert_eq!(members.len(), 2, "{members:?}");
    members
}

/// Names and versions of the crates in the binary: all normal dependencies except procedural macros, which run at build
/// time.
fn in_the_binary() -> BTreeMap<String, BTreeSet<String>> {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["tree", "--offline", "--locked", "--prefix=none"]);
    command.args(["--package", env!("CARGO_PKG_NAME")]);
    let output = command.args(["--edges=normal,no-proc-macro", "--format={p}"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let (name, version) = line.split_once(" v").unwrap();
        let version = version.split(' ').next().unwrap_or_default();
        versions.entry(name.to_owned()).or_default().insert(version.to_owned());
    }
    versions
}

#[test]
fn every_licence_is_permissive() {
    let is_fine = |licence: &str| {
        let expression = Expression::parse_mode(licence, ParseMode::LAX).expect(licence);
        let among = |wanted: &spdx::LicenseReq| {
            wanted.license.id().is_some_and(|id| LICENCES.contains(&id.name)) || wanted.to_string() == "MIT-0"
        };
        expression.evaluate(among)
    };
    assert!(is_fine("MIT/Apache-2.0") && !is_fine("GPL-3.0-only") && !is_fine("MIT AND MPL-2.0"));
    for package in packages() {
        assert!(is_fine(text(package, "license")), "{} {}", text(package, "name"), package["license"]);
    }
}

#[test]
fn everything_comes_from_one_registry_with_a_checksum() {
    let lock = include_str!("../Cargo.lock");
    let is_member = |package: &str| {
        members().iter().any(|member| package.contains(&format!("name = \"{}\"\n", text(member, "name"))))
    };
    let packages: Vec<&str> = lock.split("[[package]]").skip(1).filter(|package| !is_member(package)).collect();
    assert!(packages.len() > 100, "Cargo.lock has another format");
    for package in packages {
        let expected = format!("source = \"{REGISTRY}\"\nchecksum = \"");
        assert!(package.contains(&expected), "{package}");
    }
}

#[test]
fn the_binary_has_only_known_duplicates() {
    let versions = in_the_binary();
    assert!(versions.len() > 100, "`cargo tree` prints another format");
    let duplicates: Vec<_> = versions.iter().filter(|(_, versions)| versions.len() > 1).collect();
    let names: Vec<&str> = duplicates.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, DUPLICATES.map(|(name, _)| name), "{duplicates:?}");
}

/// The path of a package's file in cargo's copy of the index
/// (<https://doc.rust-lang.org/cargo/reference/registry-index.html>).
fn index_file(name: &str) -> PathBuf {
    match name.len() {
        1 => Path::new("1").join(name),
        2 => Path::new("2").join(name),
        3 => Path::new("3").join(&name[..1]).join(name),
        _ => Path::new(&name[..2]).join(&name[2..4]).join(name),
    }
}

#[test]
fn no_version_in_the_local_index_is_yanked() {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo"))).unwrap();
    let registries = std::fs::read_dir(home.join("registry/index")).into_iter().flatten().flatten();
    let caches: Vec<PathBuf> = registries.map(|registry| registry.path().join(".cache")).collect();
    let (mut known, mut unknown) = (0, Vec::new());
    for package in packages() {
        let (name, version) = (text(package, "name"), text(package, "version"));
        let files = caches.iter().filter_map(|cache| std::fs::read(cache.join(index_file(name))).ok());
        let lines: Vec<Value> = files
            .flat_map(|file| file.split(|&byte| byte == 0).map(<[u8]>::to_vec).collect::<Vec<_>>())
            .filter_map(|part| serde_json::from_slice(&part).ok())
            .collect();
        match lines.iter().find(|line| text(line, "vers") == version) {
            Some(line) => {
                assert_eq!(line["yanked"], false, "{name} {version} is yanked");
                known += 1;
            }
            None => unknown.push(name),
        }
    }
    assert!(known > 0, "cargo has no local index");
    // Bypass the test harness, which hides the output of tests that pass.
    _ = writeln!(
        std::io::stderr(),
        "left out: {} packages that are not in the local index: {unknown:?}",
        unknown.len()
    );
}

/// The text of all Rust files in a folder and its subfolders; empty if the folder does not exist.
fn sources(folder: &Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all += &sources(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all += &std::fs::read_to_string(path).unwrap();
        }
    }
    all
}

#[test]
fn every_dependency_is_used() {
    // Both packages compile the helpers in this folder into their tests.
    let shared = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support"));
    for member in members() {
        let root = Path::new(text(member, "manifest_path")).parent().unwrap();
        let program = sources(&root.join("src"));
        assert!(!program.is_empty(), "{} has no sources", root.display());
        let tests = program.clone() + &sources(&root.join("tests")) + &sources(&root.join("benches")) + &shared;
        for dependency in member["dependencies"].as_array().unwrap() {
            let name = text(dependency, "name").replace('-', "_");
            let used =
                |text: &str| [format!("{name}::"), format!("use {name};")].iter().any(|use_| text.contains(use_));
            let is_used = if dependency["kind"].is_null() { used(&program) } else { used(&tests) };
            assert!(is_used, "{} does not use {name}", text(member, "name"));
        }
    }
}
