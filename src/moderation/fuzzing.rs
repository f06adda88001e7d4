//! Laws of imported files; see [`crate::discord::fuzzing`].
//! For the fuzz targets only, which build with `--cfg fuzzing`. A broken law panics.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use super::edit::Edit;
use super::editor::{Editor, Preview, Regression};
use super::failure::{EditError, SaveFailure};
use crate::knowledge::{self, Fingerprint};
use crate::library::Library;
use crate::matching::Thresholds;

/// Previews imports into one knowledge file in a temporary folder.
#[derive(Debug)]
pub struct Importer {
    editor: Editor,
    file: PathBuf,
    text: String,
    library: Library,
}

impl Importer {
    /// Creates the file with this text, which is valid knowledge.
    #[must_use]
    pub fn open(text: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("footnote-fuzz-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("the temporary folder is writable");
        let file = folder.join("fuzzed.json");
        fs::write(&file, text).expect("the temporary folder is writable");
        let knowledge = knowledge::load(std::slice::from_ref(&file)).expect("the text is valid");
        let editor = Editor::open(vec![file.clone()], None).expect("the folder is not locked");
        Self { editor, file, text: text.to_owned(), library: Library::new(knowledge, Thresholds::default()) }
    }

    /// The text of the file.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Previews the import of a text, and checks the result or the refusal.
    #[must_use]
    pub fn preview(&self, text: &str) -> Option<Preview> {
        let edit = Edit::Replace { expected: Some(Fingerprint::of(&self.text)), text: text.to_owned() };
        match self.editor.preview(&self.file, &edit, &self.library, &Regression::default(), &AtomicBool::new(false)) {
            Ok(preview) => {
                assert_eq!((preview.before.as_ref(), preview.after.as_str()), (Some(&self.text), text));
                let effect = &preview.effect;
                assert!(
                    effect.asked <= effect.total && effect.lost <= effect.changed && effect.changed <= effect.asked
                );
                let undo = Edit::Undo { before: self.text.clone(), after: text.to_owned(), summary: String::new() };
                assert_eq!(undo.apply(text).ok().as_ref(), Some(&self.text));
                Some(preview)
            }
            Err(error) => {
                is_no_bug(&error);
                None
            }
        }
    }
}

/// Checks that an edit failed for a reason that a moderator can act on.
pub fn is_no_bug(error: &EditError) {
    assert!(!error.to_string().is_empty());
    assert!(!matches!(error, EditError::Failed(SaveFailure::Bug(_))), "{error}");
}
