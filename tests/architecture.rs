//! The program's imports follow `docs/ARCHITECTURE.md`: each module uses only modules below it, files do not import
//! each other in a cycle, only `discord` names serenity, and the sandbox knows nothing of the bot.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The modules in the order of the table in `docs/ARCHITECTURE.md`, from the lowest to the highest, with the modules
/// that each may use. Every module may use those in [`SHARED`].
const MODULES: [(&str, &[&str]); 17] = [
    ("text", &[]),
    ("atomic_file", &[]),
    ("throttle", &[]),
    ("knowledge", &[]),
    ("matching", &["knowledge"]),
    ("library", &["knowledge", "matching"]),
    ("moderation", &["knowledge", "matching", "library"]),
    ("config", &["matching"]),
    ("telemetry", &["matching", "library"]),
    ("discord::transport", &["config", "telemetry"]),
    ("discord::view", &["knowledge", "library"]),
    ("discord::interaction", &["moderation", "discord::transport", "discord::view"]),
    ("discord::asking", &HANDLERS_USE),
    ("discord::moderation", &HANDLERS_USE),
    ("discord", &DISCORD_USES),
    ("app", &["knowledge", "matching", "library", "moderation", "config", "telemetry", "discord"]),
    ("cli", &["knowledge", "matching", "library", "moderation", "config", "telemetry", "discord", "app"]),
];

/// The modules that `discord::asking` and `discord::moderation` may use.
const HANDLERS_USE: [&str; 9] = [
    "knowledge",
    "matching",
    "library",
    "moderation",
    "config",
    "telemetry",
    "discord::transport",
    "discord::view",
    "discord::interaction",
];

/// The modules that the files directly in `discord/` may use.
const DISCORD_USES: [&str; 11] = [
    "knowledge",
    "matching",
    "library",
    "moderation",
    "config",
    "telemetry",
    "discord::transport",
    "discord::view",
    "discord::interaction",
    "discord::asking",
    "discord::moderation",
];

/// Modules that every module may use. They use none.
const SHARED: [&str; 3] = ["text", "atomic_file", "throttle"];

/// The path of a module or an item: `["knowledge", "save"]` for `crate::knowledge::save`.
type ModulePath = Vec<String>;

/// The code of one file, without comments and unit tests.
struct Source {
    code: String,
    /// The items that the file re-exports: their names, and their paths where they are defined.
    exports: BTreeMap<String, ModulePath>,
}

/// All files of a crate, by the path of their module.
struct Crate(BTreeMap<ModulePath, Source>);

impl Crate {
    fn read(folder: &Path) -> Self {
        let mut files = Vec::new();
        rust_files(folder, &mut files);
        let mut sources = BTreeMap::new();
        let mut excluded = BTreeSet::new();
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let module = module_path(file.strip_prefix(folder).unwrap());
            excluded.extend(conditional_modules(&text).map(|name| joined(&module, &[name])));
            sources.insert(module, Source { code: code(&text), exports: BTreeMap::new() });
        }
        sources.retain(|module, _| !excluded.iter().any(|excluded| module.starts_with(excluded)));
        let mut program = Self(sources);
        let modules: Vec<ModulePath> = program.0.keys().cloned().collect();
        for module in modules {
            let exports = use_statements(&program.0[&module].code).filter(|(public, _)| *public);
            let exports = exports.flat_map(|(_, tree)| expand(tree)).filter_map(|path| {
                let path = program.absolute(&module, &path)?;
                Some((path.last()?.clone(), path))
            });
            program.0.get_mut(&module).unwrap().exports = exports.collect();
        }
        program
    }

    /// The absolute form of a path that a module's code names. Returns `None` for paths into other crates.
    fn absolute(&self, module: &[String], path: &str) -> Option<ModulePath> {
        let mut names: Vec<&str> = path.split("::").collect();
        let mut base = module.to_vec();
        match *names.first()? {
            "crate" => base.clear(),
            "self" => {}
            "super" => {
                while names.get(1) == Some(&"super") {
                    base.pop();
                    names.remove(0);
                }
                base.pop();
            }
            first if self.0.contains_key(&joined(module, &[first])) => return Some(joined(module, &names)),
            _ => return None,
        }
        Some(joined(&base, &names[1..]))
    }

    /// The module whose file defines the item with this path, following re-exports.
    fn defining_module(&self, path: &[String]) -> Option<ModulePath> {
        let (module, item) = (1..=path.len())
            .rev()
            .map(|length| path.split_at(length))
            .find(|(module, _)| self.0.contains_key(*module))?;
        match item.first().and_then(|name| self.0[module].exports.get(name)) {
            Some(definition) if definition.as_slice() != path => {
                self.defining_module(&[definition, &item[1..]].concat())
            }
            _ => Some(module.to_vec()),
        }
    }

    /// The paths within the crate that a module's code names, except in re-exports.
    fn named_paths(&self, module: &ModulePath) -> impl Iterator<Item = ModulePath> {
        let code = &self.0[module].code;
        let used = use_statements(code).filter(|(public, _)| !public).flat_map(|(_, tree)| expand(tree));
        used.chain(inline_paths(code)).filter_map(|path| self.absolute(module, &path)).filter(|path| !path.is_empty())
    }

    /// The modules whose files each module uses.
    fn imports(&self) -> BTreeMap<&ModulePath, BTreeSet<ModulePath>> {
        let imports = self.0.keys().map(|module| {
            let modules = self.named_paths(module).filter_map(|path| self.defining_module(&path));
            (module, modules.filter(|used| used != module).collect())
        });
        imports.collect()
    }
}

/// The path of the module that a file contains, relative to the crate's `src`.
fn module_path(file: &Path) -> ModulePath {
    let path = file.with_extension("");
    let mut names: ModulePath = path.iter().map(|name| name.to_str().unwrap().to_owned()).collect();
    if names.last().is_some_and(|name| ["mod", "lib", "main"].contains(&name.as_str())) {
        names.pop();
    }
    names
}

fn joined(module: &[String], names: &[&str]) -> ModulePath {
    module.iter().cloned().chain(names.iter().map(|name| (*name).to_owned())).collect()
}

/// Every Rust file in a folder and its subfolders, except `main.rs`, which only calls the library.
fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("src/main.rs") {
            found.push(path);
        }
    }
}

/// The names of the modules that a file declares for tests or fuzzing only.
fn conditional_modules(text: &str) -> impl Iterator<Item = &str> {
    let declarations = text.split("#[cfg(").skip(1).filter_map(|rest| rest.split_once(")]"));
    declarations.filter(|(condition, _)| ["test", "fuzzing"].contains(condition)).filter_map(|(_, rest)| {
        let declaration = rest.trim_start().lines().next()?;
        declaration.rsplit_once("mod ")?.1.strip_suffix(';')
    })
}

/// A file's code, without comments and without its unit tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    text.lines().flat_map(|line| [line.split("//").next().unwrap(), "\n"]).collect()
}

/// The `use` statements in some code: whether each is public, and its tree of paths.
fn use_statements(code: &str) -> impl Iterator<Item = (bool, &str)> {
    code.split(';').filter_map(|statement| {
        let start = statement.match_indices("use ").map(|(start, _)| start).find(|&start| {
            let line = statement[..start].rsplit('\n').next().unwrap().trim_start();
            line.is_empty() || line.starts_with("pub")
        })?;
        let line = statement[..start].rsplit('\n').next().unwrap();
        Some((line.contains("pub"), &statement[start + "use ".len()..]))
    })
}

/// The paths of a `use` tree: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expand(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((prefix, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap().trim();
        return vec![path.strip_suffix("::self").unwrap_or(path).to_owned()];
    };
    let (mut paths, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (position, letter) in rest.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                let branch = rest[start..position].trim();
                if !branch.is_empty() {
                    paths.extend(expand(&format!("{prefix}{branch}")));
                }
                start = position + 1;
            }
            _ => {}
        }
    }
    paths
}

/// The paths that code names outside of `use` statements and that begin with `crate` or `super`.
fn inline_paths(code: &str) -> impl Iterator<Item = String> {
    let starts = ["crate::", "super::"].into_iter().flat_map(|root| code.match_indices(root));
    starts.map(|(start, _)| {
        let is_path = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == ':';
        let path = code[start..].split(|letter| !is_path(letter)).next().unwrap();
        path.trim_end_matches(':').to_owned()
    })
}

/// The row of [`MODULES`] that a module belongs to.
fn row(module: &[String]) -> String {
    let names = module.iter().take(2).map(String::as_str).collect::<Vec<_>>().join("::");
    if MODULES.iter().any(|(name, _)| *name == names) { names } else { module[0].clone() }
}

/// A cycle in a graph, if there is one: modules that import each other in turn.
fn cycle<'a>(
    module: &'a ModulePath,
    graph: &'a BTreeMap<&ModulePath, BTreeSet<ModulePath>>,
    path: &mut Vec<&'a ModulePath>,
    finished: &mut BTreeSet<&'a ModulePath>,
) -> Option<String> {
    if let Some(start) = path.iter().position(|earlier| *earlier == module) {
        let names = path[start..].iter().chain([&module]).map(|module| module.join("::"));
        return Some(names.collect::<Vec<_>>().join(" → "));
    }
    if !finished.contains(module) {
        path.push(module);
        for used in &graph[module] {
            // A module and its submodules are one unit: submodules use what their parent declares.
            if !used.starts_with(module) && !module.starts_with(used) {
                let found = cycle(used, graph, path, finished);
                if found.is_some() {
                    return found;
                }
            }
        }
        path.pop();
        finished.insert(module);
    }
    None
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn each_module_uses_only_the_modules_of_its_row() {
    let program = Crate::read(&root().join("src"));
    let mut checked = 0;
    // `lib.rs`, whose path is empty, declares the modules.
    for module in program.0.keys().filter(|module| !module.is_empty()) {
        let (name, allowed) = MODULES.iter().find(|(name, _)| *name == row(module)).unwrap_or_else(|| {
            panic!("{} is not in the table of modules", module.join("::"));
        });
        for used in program.named_paths(module).filter(|used| row(used) != *name) {
            let target = row(&used);
            assert!(
                allowed.contains(&target.as_str()) || SHARED.contains(&target.as_str()) && !SHARED.contains(name),
                "{} uses {}, but {name} may not use {target}",
                module.join("::"),
                used.join("::")
            );
            checked += 1;
        }
    }
    assert!(checked > 200, "only {checked} imports were found");
}

#[test]
fn files_do_not_import_each_other_in_a_cycle() {
    for folder in ["src", "sandbox/src"] {
        let program = Crate::read(&root().join(folder));
        let graph = program.imports();
        let mut finished = BTreeSet::new();
        for module in program.0.keys() {
            let found = cycle(module, &graph, &mut Vec::new(), &mut finished);
            assert!(found.is_none(), "{folder}: {}", found.unwrap_or_default());
        }
    }
}

#[test]
fn only_discord_names_serenity_and_the_sandbox_names_nothing_of_the_bot() {
    let program = Crate::read(&root().join("src"));
    for (module, source) in &program.0 {
        let is_discord = module.first().is_some_and(|first| first == "discord");
        assert!(is_discord || !source.code.contains("serenity::"), "{} names serenity", module.join("::"));
    }
    for (module, source) in &Crate::read(&root().join("sandbox/src")).0 {
        assert!(!source.code.contains("footnote::"), "sandbox: {} names the bot", module.join("::"));
    }
}

#[test]
fn the_table_in_architecture_md_has_the_same_modules() {
    let text = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    let table = text.split("| module | responsibility | may use |").nth(1).unwrap().split("\n\n").next().unwrap();
    let cells = table.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    let names = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let names: Vec<String> = names.map(|name| name.trim_end_matches('/').replace('/', "::")).collect();
    let others = ["main", "sandbox", "footnote-sandbox"];
    let names: Vec<&str> = names.iter().map(String::as_str).filter(|name| !others.contains(name)).collect();
    assert_eq!(names, MODULES.map(|(name, _)| name));
}
