//! An index as bytes, so that what was learned once need not be learned again: numbers in little-endian order, lengths first.
//! What is read is believed in nothing: bytes that are no index, or one of other knowledge, give none.

use sha2::{Digest as _, Sha256};

use super::index::Index;
use super::postings::Postings;
use crate::knowledge::{Asked as _, Knowledge};

/// Names the layout of the bytes; a change of the layout changes it.
const LAYOUT: &[u8] = b"footnote index 2\n";

/// A SHA-256.
const DIGEST_BYTES: usize = 32;

/// Everything that an index is made from: the wordings, class by class, the synonyms, and the program that reads them.
pub(super) fn fingerprint(knowledge: &Knowledge, program: &str) -> [u8; DIGEST_BYTES] {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    add(program);
    for key in knowledge.entry_keys() {
        knowledge.entry(key).wordings().for_each(&mut add);
        add("");
    }
    add("boundaries");
    for key in knowledge.boundary_keys() {
        knowledge.boundary(key).wordings().for_each(&mut add);
        add("");
    }
    for group in knowledge.documents().iter().flat_map(|document| &document.synonyms) {
        group.iter().for_each(|phrase| add(phrase));
        add("");
    }
    hash.finalize().into()
}

/// An index as bytes.
pub(super) fn write(index: &Index, fingerprint: [u8; DIGEST_BYTES]) -> Vec<u8> {
    let mut bytes = [LAYOUT, &fingerprint].concat();
    let (starts, packed, unit) = index.postings.parts();
    for length in [index.classes, index.rarity.len(), packed.len()] {
        bytes.extend((length as u64).to_le_bytes());
    }
    bytes.extend(index.wordings.to_le_bytes());
    bytes.extend(unit.to_le_bytes());
    let mut keys: Vec<(u32, u64)> = index.ids.iter().map(|(&key, &id)| (id, key)).collect();
    keys.sort_unstable();
    bytes.extend(keys.iter().flat_map(|(_, key)| key.to_le_bytes()));
    bytes.extend(index.rarity.iter().flat_map(|rarity| rarity.to_le_bytes()));
    bytes.extend(starts.iter().chain(packed).flat_map(|word| word.to_le_bytes()));
    let digest = Sha256::digest(&bytes);
    bytes.extend(digest);
    bytes
}

/// The index that these bytes are; none if they are damaged, or made from anything else.
pub(super) fn read(bytes: &[u8], fingerprint: [u8; DIGEST_BYTES]) -> Option<Index> {
    let (content, digest) = bytes.split_at_checked(bytes.len().checked_sub(DIGEST_BYTES)?)?;
    let rest = content.strip_prefix(LAYOUT)?.strip_prefix(&fingerprint)?;
    if Sha256::digest(content)[..] != *digest {
        return None;
    }
    let mut rest = Rest(rest);
    let (classes, features, items) = (rest.length()?, rest.length()?, rest.length()?);
    let (wordings, unit) = (f32::from_le_bytes(rest.one()?), f32::from_le_bytes(rest.one()?));
    let keys = rest.many(features, u64::from_le_bytes)?;
    let rarity = rest.many(features, f32::from_le_bytes)?;
    let starts = rest.many(features.checked_add(1)?, u32::from_le_bytes)?;
    let packed = rest.many(items, u32::from_le_bytes)?;
    if !rest.0.is_empty() {
        return None;
    }
    let postings = Postings::of_parts(starts, packed, unit, classes)?;
    Some(Index { ids: keys.into_iter().zip(0..).collect(), rarity, postings, classes, wordings })
}

/// What is not read yet.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn one<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    fn length(&mut self) -> Option<usize> {
        u64::from_le_bytes(self.one()?).try_into().ok()
    }

    fn many<const N: usize, T>(&mut self, count: usize, read: impl Fn([u8; N]) -> T) -> Option<Vec<T>> {
        let (these, rest) = self.0.split_at_checked(count.checked_mul(N)?)?;
        self.0 = rest;
        Some(these.as_chunks().0.iter().map(|&bytes| read(bytes)).collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::super::Matcher;
    use super::*;
    use crate::knowledge::{Document, Entry};

    fn knowledge(wording: &str) -> Knowledge {
        let entry = |id: &str, question: &str| Entry {
            id: id.into(),
            question: question.into(),
            also_asked: vec![wording.to_owned()],
            ..Entry::default()
        };
        let entries = vec![entry("why", "Why did Abe court Russia?"), entry("who", "Who built the lighthouse?")];
        Knowledge::new(vec![Document { entries, ..Document::default() }])
    }

    #[test]
    fn what_is_kept_answers_as_what_was_learned() {
        let knowledge = knowledge("the reason");
        let learned = Matcher::new(&knowledge);
        let bytes = learned.keep(&knowledge, "1");
        let kept = Matcher::kept(&knowledge, "1", &bytes).unwrap();
        for question in ["why russia", "who built it", "teh reasno", "carbonara", ""] {
            assert_eq!(kept.ask(question), learned.ask(question), "{question}");
            assert_eq!(kept.complete(question, 5), learned.complete(question, 5), "{question}");
        }
        assert_eq!(kept.keep(&knowledge, "1"), bytes);
    }

    #[test]
    fn what_is_kept_of_another_program_or_knowledge_is_not_read() {
        let one = knowledge("the reason");
        let bytes = Matcher::new(&one).keep(&one, "1");
        assert!(Matcher::kept(&one, "2", &bytes).is_none());
        assert!(Matcher::kept(&knowledge("the reasons"), "1", &bytes).is_none());
        assert!(Matcher::kept(&one, "1", &[]).is_none());
    }

    proptest! {
        #[test]
        fn damaged_bytes_are_not_read(place in any::<prop::sample::Index>(), change in 1..=255_u8, cut in any::<bool>()) {
            let knowledge = knowledge("the reason");
            let mut bytes = Matcher::new(&knowledge).keep(&knowledge, "1");
            let place = place.index(bytes.len());
            if cut { bytes.truncate(place) } else { bytes[place] ^= change }
            prop_assert!(Matcher::kept(&knowledge, "1", &bytes).is_none());
        }

        /// Whoever can write a digest can write anything else, and still makes no more than a wrong answer.
        #[test]
        fn forged_bytes_make_no_panic(place in any::<prop::sample::Index>(), change in 1..=255_u8) {
            let knowledge = knowledge("the reason");
            let mut bytes = Matcher::new(&knowledge).keep(&knowledge, "1");
            bytes.truncate(bytes.len() - DIGEST_BYTES);
            let place = place.index(bytes.len());
            bytes[place] ^= change;
            let digest = Sha256::digest(&bytes);
            bytes.extend(digest);
            if let Some(matcher) = Matcher::kept(&knowledge, "1", &bytes) {
                _ = matcher.ask("why did abe court russia");
            }
        }
    }
}
