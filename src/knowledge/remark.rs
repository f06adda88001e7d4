//! Remarks on wordings by whoever can judge what they do, such as a matcher; they become warnings with file and line.

use super::draft::Draft;
use super::findings::{Findings, shown};
use super::meaning::wording_path;
use super::{ItemKey, Knowledge, WordingKey};

/// What somebody has to say of a wording of sound knowledge.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Remark {
    /// The wording.
    pub on: WordingKey,
    /// What is wrong with it, as what follows its words in a sentence.
    pub message: String,
    /// What would be right.
    pub help: String,
}

/// Takes remarks on the knowledge that was made of these drafts down as warnings.
pub(super) fn warn(remarks: Vec<Remark>, knowledge: &Knowledge, drafts: &[Draft<'_>], findings: &mut Findings) {
    for Remark { on, message, help } in remarks {
        let (list, place) = match on.of {
            ItemKey::Entry(key) => ("entries", knowledge.entries[key.0]),
            ItemKey::Boundary(key) => ("boundaries", knowledge.boundaries[key.0]),
        };
        drafts[place.document].warning(findings, &wording_path(list, place.item, on.number), || {
            let wordings = knowledge.wordings_of(on.of);
            let wording = wordings.get(on.number).copied().unwrap_or_default();
            (format!("{} {message}", shown(wording)), help)
        });
    }
}
