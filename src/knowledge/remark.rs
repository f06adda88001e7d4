//! Remarks on wordings by whoever can judge what they do, such as a matcher; they become warnings with file and line.

use super::draft::Draft;
use super::findings::{Findings, shown};
use super::meaning::wording_path;
use super::{ItemKey, Knowledge, WordingKey};

/// What somebody has to say of a wording of sound knowledge.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WordingWarning {
    /// The wording.
    pub wording: WordingKey,
    /// What is wrong with it, as what follows its words in a sentence.
    pub message: String,
    /// What would be right.
    pub help: String,
}

/// Adds warnings about wordings of the knowledge that was made of these drafts.
pub(super) fn warn(
    warnings: Vec<WordingWarning>,
    knowledge: &Knowledge,
    drafts: &[Draft<'_>],
    findings: &mut Findings,
) {
    for WordingWarning { wording: WordingKey { item, number }, message, help } in warnings {
        let (list, place) = match item {
            ItemKey::Entry(key) => ("entries", knowledge.entries[key.0]),
            ItemKey::Boundary(key) => ("boundaries", knowledge.boundaries[key.0]),
        };
        drafts[place.document].warning(findings, &wording_path(list, place.item, number), || {
            let wordings = knowledge.wordings_of(item);
            let wording = wordings.get(number).copied().unwrap_or_default();
            (format!("{} {message}", shown(wording)), help)
        });
    }
}
