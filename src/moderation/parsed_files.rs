//! The knowledge files as last parsed. A file is parsed again only if its content changed, so that many forms opened at
//! once cost reading and hashing each time, but neither parsing nor memory.

use std::path::PathBuf;

use crate::knowledge::{Document, Fingerprint, parse_document, read_text};

/// Parsed files and the content that each was parsed from.
#[derive(Debug, Default)]
pub(super) struct ParsedFiles {
    documents: Vec<(PathBuf, Document)>,
    /// The fingerprints of the files in `documents`, in the same order.
    fingerprints: Vec<Fingerprint>,
}

impl ParsedFiles {
    /// Reads these files and returns their documents. Leaves out files that cannot be read. Blocks.
    pub(super) fn refresh(&mut self, files: Vec<PathBuf>) -> &[(PathBuf, Document)] {
        let mut known: Vec<_> =
            std::mem::take(&mut self.documents).into_iter().zip(self.fingerprints.drain(..)).collect();
        for file in files {
            let place = known.iter().position(|((path, _), _)| *path == file);
            let known = place.map(|place| known.swap_remove(place));
            let Ok(Some(text)) = read_text(&file) else { continue };
            let fingerprint = Fingerprint::of(&text);
            let document = match known {
                Some(((_, document), same)) if same == fingerprint => Some(document),
                _ => parse_document(&text).ok(),
            };
            if let Some(document) = document {
                self.documents.push((file, document));
                self.fingerprints.push(fingerprint);
            }
        }
        &self.documents
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

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
        fs::remove_file(&two).unwrap();
        assert_eq!(parsed.refresh(vec![one, two]).len(), 1);
    }
}
