//! Finds knowledge files and reads them as text, bounded in size. A UTF-8 byte order mark, which some editors
//! write, is accepted and dropped; any other encoding is refused.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::findings::{Findings, Severity, What};
use super::limits;
use super::tree::Marks;

/// The name of schema files, which lie beside knowledge files and are none.
const SCHEMA_NAME: &str = "schema.json";

/// A file's name and text. The file need not exist: an edit is checked before it is saved.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TextFile {
    /// What findings call the file.
    pub path: PathBuf,
    /// Its content.
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

/// Reads files and folders in the given order; of a folder every `*.json`, sorted by name, schemas and hidden files aside.
/// What cannot be read is a finding. The edited file's text is taken as it is given.
pub(super) fn read_all(paths: &[PathBuf], edited: Option<&TextFile>, findings: &mut Findings) -> Vec<TextFile> {
    let mut files = Vec::new();
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
                findings.looked_at(path);
                let help = "put a `*.json` file into it (`schema.json` does not count), or name another folder";
                findings.unread(path, "the folder holds no knowledge file".to_owned(), help);
            }
            Ok(found) => {
                for path in found {
                    findings.looked_at(&path);
                    match edited.filter(|edited| edited.path == path) {
                        Some(edited) => files.push(edited.clone()),
                        None => files.extend(read(&path, findings)),
                    }
                }
            }
            Err(error) => {
                findings.looked_at(path);
                findings.unreadable(path, &error);
            }
        }
    }
    files
}

/// The knowledge files that these paths name: files, and of folders what [`check()`](super::check()) reads. A folder that cannot be
/// read has none.
#[must_use]
pub fn list_files(paths: &[PathBuf]) -> Vec<PathBuf> {
    paths.iter().flat_map(|path| expand(path).unwrap_or_default()).collect()
}

/// Whether these paths name this file, whether or not it exists: itself, or its folder if it has the name of a knowledge file.
#[must_use]
pub fn includes_file(paths: &[PathBuf], file: &Path) -> bool {
    paths.iter().any(|path| path == file || file.parent() == Some(path) && has_knowledge_name(file) && path.is_dir())
}

/// A file as it is, a folder as its knowledge files.
fn expand(path: &Path) -> io::Result<Vec<PathBuf>> {
    if path.is_dir() { list(path) } else { Ok(vec![path.to_owned()]) }
}

/// Reads one file, checking its size first and its encoding after.
pub(super) fn read(path: &Path, findings: &mut Findings) -> Option<TextFile> {
    match read_bytes(path) {
        Ok(Some(bytes)) => decode(path, bytes, findings),
        Ok(None) => {
            findings.unread(
                path,
                format!("the file is larger than {} MiB", limits::FILE_BYTES >> 20),
                "split it into several files, one a document",
            );
            None
        }
        Err(error) => {
            findings.unreadable(path, &error);
            None
        }
    }
}

/// The `*.json` files of a folder.
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

/// Whether a file in a folder of knowledge is called as knowledge files are.
fn has_knowledge_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".json") && !name.starts_with('.') && name != SCHEMA_NAME
}

/// The bytes of a file, or none when there are more than [`limits::FILE_BYTES`]. The size that the system tells is asked
/// first and not relied on: a file can grow, and a device has none.
pub(super) fn read_bytes(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = File::open(path)?;
    if file.metadata()?.len() > limits::FILE_BYTES {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(limits::FILE_BYTES + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limits::FILE_BYTES).then_some(bytes))
}

/// The bytes as text, without a byte order mark.
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
                ("the file is not UTF-8: it begins as UTF-16 does".to_owned(), "save it as UTF-8")
            } else {
                let byte = bytes.get(valid).copied().unwrap_or_default();
                (
                    format!("the file is not UTF-8: byte {byte:#04x} cannot stand here"),
                    "save the file as UTF-8; a file in another encoding breaks at its first accented letter or curly quote",
                )
            };
            let readable = String::from_utf8_lossy(bytes.get(..valid).unwrap_or_default());
            let (line, column) = Marks::new(&readable).position(&readable, valid);
            findings.push(Severity::Error, path, || What {
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
    /// A file or folder that the system does not give.
    fn unreadable(&mut self, path: &Path, error: &io::Error) {
        let help = match error.kind() {
            io::ErrorKind::NotFound => {
                "check the name; it is looked for from the folder that the program was started in"
            }
            io::ErrorKind::PermissionDenied => "let the program's user read it",
            _ => "name a file or a folder that can be read",
        };
        self.unread(path, format!("cannot be read: {error}"), help);
    }

    /// A file or folder that is not read, so that there is no line to tell.
    fn unread(&mut self, path: &Path, message: String, help: &str) {
        self.push(Severity::Error, path, || What {
            position: None,
            path: "$".to_owned(),
            message,
            help: help.to_owned(),
        });
    }
}
