//! The format of the weight cache: a trained index as bytes, with little-endian numbers.
//! Input is untrusted: bytes that are damaged, or that belong to other knowledge or another program, yield `None`.

use std::io::Read;

use sha2::{Digest as _, Sha256};

use super::index::Index;
use super::postings::{ClassIds, Postings};
use crate::knowledge::{HasWordings as _, Knowledge};

/// Identifies the format. Change it whenever the format changes.
const FORMAT: &[u8; 17] = b"footnote index 5\n";

/// The length of a SHA-256 digest.
const DIGEST_BYTES: usize = 32;

/// The size of the read buffer. A buffer for the whole file would double the memory, and the allocator would not return
/// it to the system.
const READ_BYTES: usize = 64 << 10;

/// A digest of everything that an index depends on: the wordings and passages of each class, the synonyms, and the
/// program.
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

/// Serialises an index.
pub(super) fn write(index: &Index, fingerprint: [u8; DIGEST_BYTES]) -> Vec<u8> {
    let mut bytes = [&FORMAT[..], &fingerprint].concat();
    let (starts, classes, codes, bounds) = index.postings.parts();
    for length in [index.classes, index.feature_weights.len(), codes.len()] {
        bytes.extend((length as u64).to_le_bytes());
    }
    for number in [index.wordings, index.class_overlap].into_iter().chain(bounds) {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend(index.keys.iter().flat_map(|key| key.to_le_bytes()));
    bytes.extend(index.feature_weights.iter().flat_map(|weight| weight.to_le_bytes()));
    bytes.extend(starts.iter().flat_map(|start| start.to_le_bytes()));
    match classes {
        ClassIds::Narrow(ids) => bytes.extend(ids.iter().flat_map(|class| class.to_le_bytes())),
        ClassIds::Wide(ids) => bytes.extend(ids.iter().flat_map(|class| class.to_le_bytes())),
    }
    bytes.extend(codes);
    let digest = Sha256::digest(&bytes);
    bytes.extend(digest);
    bytes
}

/// Deserialises an index of `size` bytes. Returns `None` if the bytes are damaged or have another fingerprint.
pub(super) fn read(bytes: impl Read, size: u64, fingerprint: [u8; DIGEST_BYTES]) -> Option<Index> {
    let mut reader = DigestReader { bytes, hash: Sha256::new() };
    if reader.array()? != *FORMAT || reader.array()? != fingerprint {
        return None;
    }
    let (classes, features, posting_count) = (reader.length()?, reader.length()?, reader.length()?);
    // Check the lengths before allocating memory for them.
    if size != serialised_size(classes, features, posting_count)? {
        return None;
    }
    let mut number = || reader.array().map(f32::from_le_bytes);
    let (wordings, class_overlap, bounds) = (number()?, number()?, [number()?, number()?]);
    let keys = reader.vec(features, u32::from_le_bytes)?;
    let feature_weights = reader.vec(features, f32::from_le_bytes)?;
    let starts = reader.vec(features + 1, u32::from_le_bytes)?;
    let class_ids = match ClassIds::of(classes) {
        ClassIds::Narrow(_) => ClassIds::Narrow(reader.vec(posting_count, u16::from_le_bytes)?),
        ClassIds::Wide(_) => ClassIds::Wide(reader.vec(posting_count, u32::from_le_bytes)?),
    };
    let codes = reader.vec(posting_count, u8::from_le_bytes)?;
    let digest: [u8; DIGEST_BYTES] = reader.hash.clone().finalize().into();
    if reader.array()? != digest {
        return None;
    }
    let postings = Postings::from_parts(starts, class_ids, codes, bounds, classes)?;
    keys.is_sorted().then_some(Index { keys, feature_weights, postings, classes, wordings, class_overlap })
}

/// The size in bytes of a serialised index, or `None` if it overflows.
fn serialised_size(classes: usize, features: usize, postings: usize) -> Option<u64> {
    // Format, fingerprint, three lengths, four numbers, the end of the last posting list, and the digest.
    const FIXED: usize = FORMAT.len() + DIGEST_BYTES + 3 * 8 + 4 * 4 + 4 + DIGEST_BYTES;
    let posting = match ClassIds::of(classes) {
        ClassIds::Narrow(_) => size_of::<u16>() + 1,
        ClassIds::Wide(_) => size_of::<u32>() + 1,
    };
    // Each feature has a key, a weight and a start.
    let bytes = features.checked_mul(4 + 4 + 4)?.checked_add(postings.checked_mul(posting)?)?.checked_add(FIXED)?;
    u64::try_from(bytes).ok()
}

/// Reads bytes and computes the digest of everything read so far. Its methods return `None` at the end of the input.
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

    fn vec<const N: usize, T>(&mut self, count: usize, decode: impl Fn([u8; N]) -> T) -> Option<Vec<T>> {
        let mut items = Vec::with_capacity(count);
        let mut buffer = vec![0; READ_BYTES];
        while items.len() < count {
            let (piece, _) = buffer.split_at_mut(READ_BYTES.min((count - items.len()) * N));
            self.bytes.read_exact(piece).ok()?;
            self.hash.update(&piece);
            items.extend(piece.as_chunks().0.iter().map(|&bytes| decode(bytes)));
        }
        Some(items)
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
    fn a_cached_matcher_answers_like_the_trained_one() {
        let knowledge = knowledge("the reason");
        let trained = Matcher::new(&knowledge);
        let bytes = trained.to_cache(&knowledge, "1");
        let cached = from_cache(&knowledge, "1", &bytes).unwrap();
        for question in ["why russia", "who built it", "teh reasno", "carbonara", ""] {
            assert_eq!(cached.ask(question), trained.ask(question), "{question}");
            assert_eq!(cached.complete(question, 5), trained.complete(question, 5), "{question}");
        }
        assert_eq!(cached.to_cache(&knowledge, "1"), bytes);
    }

    #[test]
    fn the_cache_of_another_program_or_knowledge_is_rejected() {
        let one = knowledge("the reason");
        let bytes = Matcher::new(&one).to_cache(&one, "1");
        assert!(from_cache(&one, "2", &bytes).is_none());
        assert!(from_cache(&knowledge("the reasons"), "1", &bytes).is_none());
        assert!(from_cache(&one, "1", &[]).is_none());
    }

    proptest! {
        #[test]
        fn damaged_bytes_are_rejected(at in any::<prop::sample::Index>(), change in 1..=255_u8, truncate in any::<bool>()) {
            let knowledge = knowledge("the reason");
            let mut bytes = Matcher::new(&knowledge).to_cache(&knowledge, "1");
            let at = at.index(bytes.len());
            if truncate { bytes.truncate(at) } else { bytes[at] ^= change }
            prop_assert!(from_cache(&knowledge, "1", &bytes).is_none());
        }

        /// Changed bytes with a valid digest may give wrong answers, but no panic.
        #[test]
        fn forged_bytes_cause_no_panic(at in any::<prop::sample::Index>(), change in 1..=255_u8) {
            let knowledge = knowledge("the reason");
            let mut bytes = Matcher::new(&knowledge).to_cache(&knowledge, "1");
            bytes.truncate(bytes.len() - DIGEST_BYTES);
            let at = at.index(bytes.len());
            bytes[at] ^= change;
            let digest = Sha256::digest(&bytes);
            bytes.extend(digest);
            if let Some(matcher) = from_cache(&knowledge, "1", &bytes) {
                _ = matcher.ask("why did abe court russia");
            }
        }
    }
}
