//! Finds and loads the knowledge: from the command line, else from the configuration, else from the folder
//! `knowledge/`, else the copy built into the program.

use std::path::{Path, PathBuf};

use crate::config::{Config, ConfigError};
use crate::knowledge::{self, Knowledge, LoadError};
use crate::library::reload::{Origin, missing};

/// The folder that is read if neither the command line nor the configuration names knowledge.
const KNOWLEDGE_FOLDER: &str = "knowledge";

/// The files and folders to read. Empty for the copy built into the program.
#[must_use]
pub fn paths(named: &[PathBuf], config: &Config) -> Vec<PathBuf> {
    if !named.is_empty() {
        named.to_vec()
    } else if !config.knowledge.is_empty() {
        config.knowledge.clone()
    } else if Path::new(KNOWLEDGE_FOLDER).is_dir() {
        vec![KNOWLEDGE_FOLDER.into()]
    } else {
        Vec::new()
    }
}

/// Says that the knowledge built into the program answers, and how to name other knowledge. `None` if there are paths.
#[must_use]
pub fn builtin_notice(paths: &[PathBuf]) -> Option<String> {
    if !paths.is_empty() {
        return None;
    }
    let titles: Vec<String> = knowledge::builtin()
        .map(|builtin| builtin.documents().iter().map(|document| format!("\"{}\"", document.title)).collect())
        .unwrap_or_default();
    Some(format!(
        "this uses the built-in knowledge about {}: there is no folder `{KNOWLEDGE_FOLDER}` here, and neither the command \
         line nor the configuration names other knowledge",
        titles.join(", ")
    ))
}

/// The origin of the library: the paths and the configured thresholds.
#[must_use]
pub fn origin(named: &[PathBuf], config: &Config) -> Origin {
    Origin { paths: paths(named, config), thresholds: config.matching, named: config.document_names() }
}

/// Checks that all documents that the configuration names are loaded.
///
/// # Errors
/// If one is not.
pub fn check_names(config: &Config, knowledge: &Knowledge) -> Result<(), ConfigError> {
    match missing(&config.document_names(), knowledge).next() {
        Some(name) => {
            let (name, known) = (name.to_owned(), knowledge.document_names().to_vec());
            Err(ConfigError::UnknownDocument { name, known })
        }
        None => Ok(()),
    }
}

/// Loads knowledge from these paths, or the copy built into the program if there are none.
///
/// # Errors
/// If a file cannot be read or has errors.
pub fn load(paths: &[PathBuf]) -> Result<Knowledge, LoadError> {
    if paths.is_empty() { knowledge::builtin() } else { knowledge::load(paths) }
}
