//! The knowledge files as last parsed, for the forms. Many forms that are opened at once share one copy, and cost neither
//! parsing nor memory each. A file is parsed again only if its content changed.

use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::knowledge::{Document, parse_document, read_text};

/// The age from which the modification time of a file shows every change. A younger file may have changed again within
/// the resolution of its file system's clock, which is two seconds at most.
const SETTLED_AGE: Duration = Duration::from_secs(2);

/// Parsed files.
#[derive(Debug, Default)]
pub(super) struct ParsedFiles {
    documents: Vec<(PathBuf, Document)>,
    /// The content that each document was parsed from, in the same order.
    contents: Vec<Content>,
    hasher: RandomState,
}

/// Tells whether a file still has the content that was parsed.
#[derive(Debug)]
struct Content {
    /// `None` if the file was modified too shortly before it was read.
    stamp: Option<Stamp>,
    /// Not a fingerprint, which would take several times as long as reading the file.
    hash: u64,
}

/// The state of a file without its content: modification time, size and inode.
type Stamp = (SystemTime, u64, u64);

impl ParsedFiles {
    /// Reads these files and returns their documents. Leaves out files that cannot be read. Blocks.
    pub(super) fn refresh(&mut self, files: Vec<PathBuf>) -> &[(PathBuf, Document)] {
        let mut known: Vec<_> = std::mem::take(&mut self.documents).into_iter().zip(self.contents.drain(..)).collect();
        for file in files {
            let place = known.iter().position(|((path, _), _)| *path == file);
            let known = place.map(|place| known.swap_remove(place));
            if let Some((document, content)) = current(&file, known, &self.hasher) {
                self.documents.push((file, document));
                self.contents.push(content);
            }
        }
        &self.documents
    }
}

/// The document of a file: the known one if the file did not change.
fn current(
    file: &Path,
    known: Option<((PathBuf, Document), Content)>,
    hasher: &RandomState,
) -> Option<(Document, Content)> {
    // Before the file is read, so that a change in between is noticed the next time.
    let stamp = settled_stamp(file);
    let known = match known {
        Some(((_, document), content)) if stamp.is_some() && content.stamp == stamp => {
            return Some((document, content));
        }
        known => known,
    };
    let text = read_text(file).ok()??;
    let hash = hasher.hash_one(&text);
    let document = match known {
        Some(((_, document), content)) if content.hash == hash => document,
        _ => parse_document(&text).ok()?,
    };
    Some((document, Content { stamp, hash }))
}

/// The stamp of a file; `None` if it was modified too recently, or cannot be read.
fn settled_stamp(file: &Path) -> Option<Stamp> {
    let found = fs::metadata(file).ok()?;
    let modified = found.modified().ok()?;
    let age = SystemTime::now().duration_since(modified).ok()?;
    (age > SETTLED_AGE).then_some((modified, found.len(), found.ino()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::moderation::editor::tests::SMALL;

    #[test]
    fn a_file_is_parsed_again_only_if_it_changed() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two, bad] = ["one.json", "two.json", "bad.json"].map(|name| folder.path().join(name));
        fs::write(&one, SMALL).unwrap();
        fs::write(&two, SMALL).unwrap();
        fs::write(&bad, "{").unwrap();
        let all = vec![one.clone(), bad, two.clone()];
        let mut parsed = ParsedFiles::default();
        // The address of the parsed text tells whether it is still the same copy.
        let copies = |documents: &[(PathBuf, Document)]| -> Vec<(PathBuf, *const u8)> {
            documents.iter().map(|(file, document)| (file.clone(), document.entries[0].question.as_ptr())).collect()
        };
        let first = copies(parsed.refresh(all.clone()));
        assert_eq!(first.iter().map(|(file, _)| file).collect::<Vec<_>>(), [&one, &two]);
        assert_eq!(copies(parsed.refresh(all.clone())), first);
        fs::write(&one, SMALL.replace("Who built", "Who  built")).unwrap();
        let changed = parsed.refresh(all);
        assert!(changed[0].1.entries[0].question.contains("Who  built"));
        assert_eq!(copies(changed)[1], first[1]);
        // The same for a file that was written long ago, which is not even read.
        let old = SystemTime::now() - 10 * SETTLED_AGE;
        let age = |file: &Path| fs::File::options().write(true).open(file).unwrap().set_modified(old).unwrap();
        age(&one);
        let aged = copies(parsed.refresh(vec![one.clone()]));
        assert_eq!(copies(parsed.refresh(vec![one.clone()])), aged);
        fs::write(&one, SMALL).unwrap();
        age(&one);
        let changed = parsed.refresh(vec![one.clone(), two.clone()]);
        assert!(changed[0].1.entries[0].question.contains("Who built"));
        fs::remove_file(&two).unwrap();
        assert_eq!(parsed.refresh(vec![one, two]).len(), 1);
    }
}
