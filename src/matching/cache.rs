//! An index as bytes, so that what was learned once need not be learned again: numbers in little-endian order, lengths first.
//! What is read is believed in nothing: bytes that are no index, or one of other knowledge, give none.

use std::io::Read;

use sha2::{Digest as _, Sha256};

use super::index::Index;
use super::postings::{ClassIds, Postings};
use crate::knowledge::{HasWordings as _, Knowledge};

/// Names the layout of the bytes; a change of the layout changes it.
const LAYOUT: &[u8; 17] = b"footnote index 5\n";

/// A SHA-256.
const DIGEST_BYTES: usize = 32;

/// How many bytes are read at once. The whole would be as much memory again as the index; and an allocator that has given back
/// so large a piece keeps the next ones.
const READ_BYTES: usize = 64 << 10;

/// Everything that an index is made from: the wordings and passages, class by class, the synonyms, and the program that reads them.
pub(super) fn fingerprint(knowledge: &Knowledge, program: &str) -> [u8; DIGEST_BYTES] {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    add(program);
    for key in knowledge.entry_keys() {
        let entry = knowledge.entry(key);
        entry.wordings().for_each(&mut add);
        add("");
        add(&entry.passage);
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
    let mut bytes = [&LAYOUT[..], &fingerprint].concat();
    let (starts, classes, places, bounds) = index.postings.parts();
    for length in [index.classes, index.rarity.len(), places.len()] {
        bytes.extend((length as u64).to_le_bytes());
    }
    for number in [index.wordings, index.class_overlap].into_iter().chain(bounds) {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend(index.keys.iter().flat_map(|key| key.to_le_bytes()));
    bytes.extend(index.rarity.iter().flat_map(|rarity| rarity.to_le_bytes()));
    bytes.extend(starts.iter().flat_map(|start| start.to_le_bytes()));
    match classes {
        ClassIds::Few(few) => bytes.extend(few.iter().flat_map(|class| class.to_le_bytes())),
        ClassIds::Many(many) => bytes.extend(many.iter().flat_map(|class| class.to_le_bytes())),
    }
    bytes.extend(places);
    let digest = Sha256::digest(&bytes);
    bytes.extend(digest);
    bytes
}

/// The index that these bytes are, of which there are so many; none if they are damaged, or made from anything else.
pub(super) fn read(bytes: impl Read, count: u64, fingerprint: [u8; DIGEST_BYTES]) -> Option<Index> {
    let mut source = DigestReader { bytes, hash: Sha256::new() };
    if source.array()? != *LAYOUT || source.array()? != fingerprint {
        return None;
    }
    let (classes, features, items) = (source.length()?, source.length()?, source.length()?);
    // Before anything is set aside for them.
    if count != bytes_of(classes, features, items)? {
        return None;
    }
    let mut number = || source.array().map(f32::from_le_bytes);
    let (wordings, class_overlap, bounds) = (number()?, number()?, [number()?, number()?]);
    let keys = source.many(features, u32::from_le_bytes)?;
    let rarity = source.many(features, f32::from_le_bytes)?;
    let starts = source.many(features + 1, u32::from_le_bytes)?;
    let named = match ClassIds::of(classes) {
        ClassIds::Few(_) => ClassIds::Few(source.many(items, u16::from_le_bytes)?),
        ClassIds::Many(_) => ClassIds::Many(source.many(items, u32::from_le_bytes)?),
    };
    let places = source.many(items, u8::from_le_bytes)?;
    let digest: [u8; DIGEST_BYTES] = source.hash.clone().finalize().into();
    if source.array()? != digest {
        return None;
    }
    let postings = Postings::of_parts(starts, named, places, bounds, classes)?;
    keys.is_sorted().then_some(Index { keys, rarity, postings, classes, wordings, class_overlap })
}

/// How many bytes an index with so many classes, features and postings is.
fn bytes_of(classes: usize, features: usize, items: usize) -> Option<u64> {
    // The layout, the fingerprint, three lengths, four numbers, the start after the last, and the digest.
    const FIXED: usize = LAYOUT.len() + DIGEST_BYTES + 3 * 8 + 4 * 4 + 4 + DIGEST_BYTES;
    let posting = match ClassIds::of(classes) {
        ClassIds::Few(_) => size_of::<u16>() + 1,
        ClassIds::Many(_) => size_of::<u32>() + 1,
    };
    // A key, a rarity and a start each.
    let bytes = features.checked_mul(4 + 4 + 4)?.checked_add(items.checked_mul(posting)?)?.checked_add(FIXED)?;
    u64::try_from(bytes).ok()
}

/// Bytes, and the digest of those that were read.
struct DigestReader<R> {
    bytes: R,
    hash: Sha256,
}

impl<R: Read> DigestReader<R> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut array = [0; N];
        self.bytes.read_exact(&mut array).ok()?;
        self.hash.update(array);
        Some(array)
    }

    fn length(&mut self) -> Option<usize> {
        u64::from_le_bytes(self.array()?).try_into().ok()
    }

    fn many<const N: usize, T>(&mut self, count: usize, read: impl Fn([u8; N]) -> T) -> Option<Vec<T>> {
        let mut many = Vec::with_capacity(count);
        let mut buffer = vec![0; READ_BYTES];
        while many.len() < count {
            let (piece, _) = buffer.split_at_mut(READ_BYTES.min((count - many.len()) * N));
            self.bytes.read_exact(piece).ok()?;
            self.hash.update(&piece);
            many.extend(piece.as_chunks().0.iter().map(|&bytes| read(bytes)));
        }
        Some(many)
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

    fn from_cache(knowledge: &Knowledge, program: &str, bytes: &[u8]) -> Option<Matcher> {
        Matcher::from_cache(knowledge, program, bytes, bytes.len() as u64)
    }

    #[test]
    fn what_is_kept_answers_as_what_was_learned() {
        let knowledge = knowledge("the reason");
        let learned = Matcher::new(&knowledge);
        let bytes = learned.to_cache(&knowledge, "1");
        let kept = from_cache(&knowledge, "1", &bytes).unwrap();
        for question in ["why russia", "who built it", "teh reasno", "carbonara", ""] {
            assert_eq!(kept.ask(question), learned.ask(question), "{question}");
            assert_eq!(kept.complete(question, 5), learned.complete(question, 5), "{question}");
        }
        assert_eq!(kept.to_cache(&knowledge, "1"), bytes);
    }

    #[test]
    fn what_is_kept_of_another_program_or_knowledge_is_not_read() {
        let one = knowledge("the reason");
        let bytes = Matcher::new(&one).to_cache(&one, "1");
        assert!(from_cache(&one, "2", &bytes).is_none());
        assert!(from_cache(&knowledge("the reasons"), "1", &bytes).is_none());
        assert!(from_cache(&one, "1", &[]).is_none());
    }

    proptest! {
        #[test]
        fn damaged_bytes_are_not_read(place in any::<prop::sample::Index>(), change in 1..=255_u8, cut in any::<bool>()) {
            let knowledge = knowledge("the reason");
            let mut bytes = Matcher::new(&knowledge).to_cache(&knowledge, "1");
            let place = place.index(bytes.len());
            if cut { bytes.truncate(place) } else { bytes[place] ^= change }
            prop_assert!(from_cache(&knowledge, "1", &bytes).is_none());
        }

        /// Whoever can write a digest can write anything else, and still makes no more than a wrong answer.
        #[test]
        fn forged_bytes_make_no_panic(place in any::<prop::sample::Index>(), change in 1..=255_u8) {
            let knowledge = knowledge("the reason");
            let mut bytes = Matcher::new(&knowledge).to_cache(&knowledge, "1");
            bytes.truncate(bytes.len() - DIGEST_BYTES);
            let place = place.index(bytes.len());
            bytes[place] ^= change;
            let digest = Sha256::digest(&bytes);
            bytes.extend(digest);
            if let Some(matcher) = from_cache(&knowledge, "1", &bytes) {
                _ = matcher.ask("why did abe court russia");
            }
        }
    }
}
