//! Finds knowledge files and reads them as UTF-8 text of bounded size. Removes the byte order mark that some editors
//! write; rejects other encodings.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::findings::{FindingText, Findings, Severity};
use super::json::LineIndex;
use super::limits;

/// The name of the schema file in a folder of knowledge files.
const SCHEMA_NAME: &str = "schema.json";

/// A file's path and text. The file need not exist: an edit is checked before it is saved.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TextFile {
    /// The path, as shown in findings.
    pub path: PathBuf,
    /// The content.
    pub text: String,
}

impl TextFile {
    /// The knowledge that is built into the program.
    #[must_use]
    pub fn builtin() -> Self {
        Self {
            path: PathBuf::from("<built in>/japan-russia.json"),
            text: include_str!("../../knowledge/japan-russia.json").to_owned(),
        }
    }
}

/// Reads files and folders in the given order: of a folder, every `*.json` in order of name, except `schema.json` and
/// hidden files. A file that is named twice, or together with its folder, is read once. Reports files that cannot be read.
/// For the edited file, uses the given text instead of the file's
/// content.
pub(super) fn read_all(paths: &[PathBuf], edited: Option<&TextFile>, findings: &mut Findings) -> Vec<TextFile> {
    let (mut files, mut seen) = (Vec::new(), HashSet::new());
    for path in paths {
        let mut found = expand(path);
        if let (Ok(found), Some(edited)) = (&mut found, edited)
            && includes_file(std::slice::from_ref(path), &edited.path)
            && !found.contains(&edited.path)
        {
            found.push(edited.path.clone());
            found.sort();
        }
        match found {
            Ok(found) if found.is_empty() => {
                findings.add_file(path);
                let help = "put a `*.json` file into it (`schema.json` does not count), or use another folder";
                findings.push_unread(path, "the folder contains no knowledge file".to_owned(), help);
            }
            Ok(found) => {
                for path in found.into_iter().filter(|path| seen.insert(identity(path))) {
                    findings.add_file(&path);
                    match edited.filter(|edited| edited.path == path) {
                        Some(edited) => files.push(edited.clone()),
                        None => files.extend(read(&path, findings)),
                    }
                }
            }
            Err(error) => {
                findings.add_file(path);
                findings.push_unreadable(path, &error);
            }
        }
    }
    files
}

/// Lists the knowledge files that these paths include: files, and those in folders that [`check()`](super::check())
/// reads. A folder that cannot be read counts as empty.
#[must_use]
pub fn list_files(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut seen = HashSet::new();
    let files = paths.iter().flat_map(|path| expand(path).unwrap_or_default());
    files.filter(|file| seen.insert(identity(file))).collect()
}

/// The path that tells whether two paths name the same file.
fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Whether these paths include this file or, if it has the name of a knowledge file, its folder. The file need not
/// exist.
#[must_use]
pub fn includes_file(paths: &[PathBuf], file: &Path) -> bool {
    paths.iter().any(|path| path == file || file.parent() == Some(path) && has_knowledge_name(file) && path.is_dir())
}

/// Returns a file itself, or the knowledge files of a folder.
fn expand(path: &Path) -> io::Result<Vec<PathBuf>> {
    if path.is_dir() { list(path) } else { Ok(vec![path.to_owned()]) }
}

/// Reads one file. Reports a file that is too large or not UTF-8.
pub(super) fn read(path: &Path, findings: &mut Findings) -> Option<TextFile> {
    match read_bytes(path) {
        Ok(Some(bytes)) => decode(path, bytes, findings),
        Ok(None) => {
            findings.push_unread(
                path,
                format!("the file is larger than {} MiB", limits::FILE_BYTES >> 20),
                "split it into several files, one per document",
            );
            None
        }
        Err(error) => {
            findings.push_unreadable(path, &error);
            None
        }
    }
}

/// As [`read`], but reports anything that is not a regular file, such as a pipe, instead of waiting for it.
pub(super) fn read_regular(path: &Path, findings: &mut Findings) -> Option<TextFile> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => {
            findings.push_unread(path, "is a folder, a pipe or a device".to_owned(), "use a file");
            None
        }
        _ => read(path, findings),
    }
}

/// Lists the knowledge files of a folder in order of name.
fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if has_knowledge_name(&path) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Whether the name is that of a knowledge file: `*.json`, not hidden, and not the schema.
fn has_knowledge_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".json") && !name.starts_with('.') && name != SCHEMA_NAME
}

/// Reads a file. Returns `None` if it has more than [`limits::FILE_BYTES`] bytes. Checks the size before and after
/// reading, because a file can grow and a device has no size.
pub(super) fn read_bytes(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = File::open(path)?;
    if file.metadata()?.len() > limits::FILE_BYTES {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(limits::FILE_BYTES + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limits::FILE_BYTES).then_some(bytes))
}

/// Decodes UTF-8 and removes a byte order mark.
fn decode(path: &Path, bytes: Vec<u8>, findings: &mut Findings) -> Option<TextFile> {
    match String::from_utf8(bytes) {
        Ok(mut text) => {
            if text.starts_with('\u{FEFF}') {
                text.drain(..'\u{FEFF}'.len_utf8());
            }
            Some(TextFile { path: path.to_owned(), text })
        }
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let bytes = error.as_bytes();
            let (message, help) = if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
                ("the file is UTF-16, not UTF-8".to_owned(), "save it as UTF-8")
            } else {
                let byte = bytes.get(valid).copied().unwrap_or_default();
                (
                    format!("the file is not UTF-8: byte {byte:#04x} is invalid here"),
                    "save the file as UTF-8; other encodings fail at the first accented letter or curly quote",
                )
            };
            let readable = String::from_utf8_lossy(bytes.get(..valid).unwrap_or_default());
            let (line, column) = LineIndex::new(&readable).position(&readable, valid);
            findings.push(Severity::Error, path, || FindingText {
                position: Some((line, column)),
                path: "$".to_owned(),
                message,
                help: help.to_owned(),
            });
            None
        }
    }
}

impl Findings {
    /// Adds an error for a file or folder that the system cannot read.
    fn push_unreadable(&mut self, path: &Path, error: &io::Error) {
        let help = match error.kind() {
            io::ErrorKind::NotFound => {
                "check the name; a relative path starts at the folder in which the program was started"
            }
            io::ErrorKind::PermissionDenied => "allow the user that runs the program to read it",
            _ => "use a file or folder that can be read",
        };
        self.push_unread(path, format!("cannot be read: {error}"), help);
    }

    /// Adds an error for a file or folder whose content is unknown, so that the finding has no line.
    fn push_unread(&mut self, path: &Path, message: String, help: &str) {
        self.push(Severity::Error, path, || FindingText {
            position: None,
            path: "$".to_owned(),
            message,
            help: help.to_owned(),
        });
    }
}
