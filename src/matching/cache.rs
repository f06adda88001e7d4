//! The format of the weight cache: a trained classifier as bytes, with little-endian numbers.
//! Input is untrusted: bytes that are damaged, or that belong to other knowledge or another program, yield `None`.

use std::io::Read;

use sha2::{Digest as _, Sha256};

use super::classifier::{ClassLayout, Classifier};
use super::confidence::{ConfidenceModel, PARAMETERS};
use super::index::Index;
use super::language_words::LanguageWords;
use super::postings::{ClassIds, Postings};
use super::vocabulary::TopicVocabulary;
use crate::knowledge::{HasWordings as _, Knowledge};

/// Identifies the format. Change it whenever the format changes.
const FORMAT: &[u8; 17] = b"footnote index 6\n";

/// The length of a SHA-256 digest.
const DIGEST_BYTES: usize = 32;

/// The size of the read buffer. A buffer for the whole file would double the memory, and the allocator would not return
/// it to the system.
const READ_BYTES: usize = 64 << 10;

/// Identifies the text and the program that a classifier was learned from and by.
pub(super) type CacheKey = [u8; DIGEST_BYTES];

/// A digest of everything that a classifier and its calibration depend on: the wordings, answers and citations of each
/// class, the language, the synonyms, small talk, and the program.
pub(super) fn key_of(knowledge: &Knowledge, program: &str) -> CacheKey {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    add(program);
    // Each list starts with its length, so that its end is unambiguous.
    let mut add_all = |texts: &[&str]| {
        add(&texts.len().to_string());
        texts.iter().for_each(|text| add(text));
    };
    for key in knowledge.entry_keys() {
        add_all(&knowledge.answer_texts(key).collect::<Vec<_>>());
    }
    for document in knowledge.documents() {
        add_all(&[document.language_code()]);
        for count in [document.entries.len(), document.boundaries.len(), document.synonyms.len()] {
            add_all(&[&count.to_string()]);
        }
        for entry in &document.entries {
            add_all(&entry.wordings().collect::<Vec<_>>());
            let citations: Vec<String> = entry
                .citations
                .iter()
                .map(|citation| format!("{} {:?}", citation.section, citation.paragraphs))
                .collect();
            add_all(&citations.iter().map(String::as_str).collect::<Vec<_>>());
        }
        for boundary in &document.boundaries {
            add_all(&boundary.wordings().collect::<Vec<_>>());
        }
        for group in &document.synonyms {
            add_all(&group.iter().map(String::as_str).collect::<Vec<_>>());
        }
        // Small talk is no class, but its words are known words.
        for small_talk in &document.small_talk {
            add_all(&small_talk.wordings().collect::<Vec<_>>());
        }
    }
    hash.finalize().into()
}

/// The lengths of the lists of a serialised classifier.
#[derive(Clone, Copy)]
struct Lengths {
    classes: usize,
    features: usize,
    postings: usize,
    /// The words, and the classes of all words, of each vocabulary.
    vocabularies: [(usize, usize); 2],
    wordings_of_classes: usize,
}

impl Lengths {
    /// The number of lengths.
    const COUNT: usize = 8;

    fn of(classifier: &Classifier) -> Self {
        let index = &classifier.index;
        Self {
            classes: index.classes,
            features: index.feature_weights.len(),
            postings: index.postings.parts().2.len(),
            vocabularies: [&classifier.entry_words, &classifier.boundary_words].map(TopicVocabulary::lengths),
            wordings_of_classes: classifier.wordings.len(),
        }
    }

    fn to_array(self) -> [usize; Self::COUNT] {
        let [(entry_words, entry_classes), (boundary_words, boundary_classes)] = self.vocabularies;
        let Self { classes, features, postings, wordings_of_classes, .. } = self;
        [classes, features, postings, entry_words, entry_classes, boundary_words, boundary_classes, wordings_of_classes]
    }

    fn from_array(array: [usize; Self::COUNT]) -> Self {
        let [
            classes,
            features,
            postings,
            entry_words,
            entry_classes,
            boundary_words,
            boundary_classes,
            wordings_of_classes,
        ] = array;
        let vocabularies = [(entry_words, entry_classes), (boundary_words, boundary_classes)];
        Self { classes, features, postings, vocabularies, wordings_of_classes }
    }

    /// The size in bytes of the classifier, or `None` if it overflows.
    fn serialised_size(self) -> Option<u64> {
        // Format, key, lengths, four numbers of the index, the parameters, the end of the last posting list, for
        // each vocabulary the end of the last list and the topicality of unknown words, and the digest.
        const FIXED: usize =
            FORMAT.len() + DIGEST_BYTES + Lengths::COUNT * 8 + 4 * 4 + PARAMETERS * 4 + 4 + 2 * (4 + 4) + DIGEST_BYTES;
        let posting = match ClassIds::of(self.classes) {
            ClassIds::Narrow(_) => size_of::<u16>() + 1,
            ClassIds::Wide(_) => size_of::<u32>() + 1,
        };
        // A feature has a key, a weight and a start; a word has a key, a topicality and a start; a wording has a key and
        // a class.
        let mut bytes = FIXED
            .checked_add(self.features.checked_mul(4 + 4 + 4)?)?
            .checked_add(self.postings.checked_mul(posting)?)?
            .checked_add(self.wordings_of_classes.checked_mul(8 + 4)?)?;
        for (words, classes) in self.vocabularies {
            bytes = bytes.checked_add(words.checked_mul(8 + 4 + 4)?)?.checked_add(classes.checked_mul(4)?)?;
        }
        u64::try_from(bytes).ok()
    }
}

/// Serialises a classifier and its confidence model.
pub(super) fn write(classifier: &Classifier, confidence: &ConfidenceModel, key: CacheKey) -> Vec<u8> {
    let mut bytes = [&FORMAT[..], &key].concat();
    for length in Lengths::of(classifier).to_array() {
        bytes.extend((length as u64).to_le_bytes());
    }
    let index = &classifier.index;
    let (starts, classes, codes, bounds) = index.postings.parts();
    for number in [index.wordings, index.class_overlap].into_iter().chain(bounds).chain(confidence.parameters) {
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
    for vocabulary in [&classifier.entry_words, &classifier.boundary_words] {
        let (keys, topicalities, starts, classes, unknown_topicality) = vocabulary.parts();
        bytes.extend(unknown_topicality.to_le_bytes());
        bytes.extend(keys.iter().flat_map(|key| key.to_le_bytes()));
        bytes.extend(topicalities.iter().flat_map(|topicality| topicality.to_le_bytes()));
        bytes.extend(starts.iter().chain(classes).flat_map(|number| number.to_le_bytes()));
    }
    for (key, class) in &classifier.wordings {
        bytes.extend(key.to_le_bytes());
        bytes.extend(class.to_le_bytes());
    }
    let digest = Sha256::digest(&bytes);
    bytes.extend(digest);
    bytes
}

/// Begins to read what [`write()`] wrote. Returns `None` if it has another format.
pub(super) fn read_key(bytes: impl Read) -> Option<CacheKey> {
    let mut reader = DigestReader { bytes, hash: Sha256::new() };
    (reader.array()? == *FORMAT).then(|| reader.array())?
}

/// Deserialises `size` bytes, of which [`read_key`] has read the first. Returns `None` if they are damaged.
pub(super) fn read(
    bytes: impl Read,
    size: u64,
    knowledge: &Knowledge,
    key: CacheKey,
) -> Option<(Classifier, ConfidenceModel)> {
    let mut reader = DigestReader { bytes, hash: Sha256::new() };
    reader.hash.update(FORMAT);
    reader.hash.update(key);
    let mut array = [0; Lengths::COUNT];
    for length in &mut array {
        *length = reader.length()?;
    }
    let lengths = Lengths::from_array(array);
    // Check the lengths before allocating memory for them.
    if Some(size) != lengths.serialised_size() {
        return None;
    }
    let (wordings, class_overlap, bounds) = (reader.number()?, reader.number()?, [reader.number()?, reader.number()?]);
    let mut parameters = [0.0; PARAMETERS];
    for parameter in &mut parameters {
        *parameter = reader.number()?;
    }
    let keys = reader.vec(lengths.features, u32::from_le_bytes)?;
    let feature_weights = reader.vec(lengths.features, f32::from_le_bytes)?;
    let starts = reader.vec(lengths.features + 1, u32::from_le_bytes)?;
    let class_ids = match ClassIds::of(lengths.classes) {
        ClassIds::Narrow(_) => ClassIds::Narrow(reader.vec(lengths.postings, u16::from_le_bytes)?),
        ClassIds::Wide(_) => ClassIds::Wide(reader.vec(lengths.postings, u32::from_le_bytes)?),
    };
    let codes = reader.vec(lengths.postings, u8::from_le_bytes)?;
    let mut vocabulary = |(words, classes): (usize, usize)| {
        let unknown_topicality = reader.number()?;
        let keys = reader.vec(words, u64::from_le_bytes)?;
        let topicalities = reader.vec(words, f32::from_le_bytes)?;
        let starts = reader.vec(words + 1, u32::from_le_bytes)?;
        let classes = reader.vec(classes, u32::from_le_bytes)?;
        TopicVocabulary::from_parts(keys, topicalities, starts, classes, unknown_topicality)
    };
    let [entry_words, boundary_words] = lengths.vocabularies;
    let (entry_words, boundary_words) = (vocabulary(entry_words)?, vocabulary(boundary_words)?);
    let mut wordings_of_classes = Vec::with_capacity(lengths.wordings_of_classes);
    for _ in 0..lengths.wordings_of_classes {
        wordings_of_classes.push((u64::from_le_bytes(reader.array()?), u32::from_le_bytes(reader.array()?)));
    }
    let digest: [u8; DIGEST_BYTES] = reader.hash.clone().finalize().into();
    if reader.array()? != digest {
        return None;
    }
    let layout = ClassLayout::new(knowledge);
    let classes_exist = wordings_of_classes.iter().all(|&(_, class)| (class as usize) < lengths.classes);
    let consistent = keys.is_sorted()
        && wordings_of_classes.is_sorted()
        && classes_exist
        && layout.entries + layout.boundaries == lengths.classes
        && parameters.iter().all(|parameter| parameter.is_finite());
    let postings = Postings::from_parts(starts, class_ids, codes, bounds, lengths.classes)?;
    let language = LanguageWords::of_knowledge(knowledge);
    let index = Index { language, keys, feature_weights, postings, classes: lengths.classes, wordings, class_overlap };
    let classifier = Classifier { index, entry_words, boundary_words, wordings: wordings_of_classes, layout };
    consistent.then_some((classifier, ConfidenceModel { parameters }))
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

    fn number(&mut self) -> Option<f32> {
        self.array().map(f32::from_le_bytes)
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

    use super::super::{Learned, Matcher};
    use super::*;
    use crate::knowledge::{Citation, Document, Entry};

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
        let learned = Learned::from_cache(knowledge, program, bytes);
        learned.is_complete(knowledge).then(|| Matcher::with_learned(knowledge, &learned))
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
        // Calibration depends on which entries cite the same paragraph.
        let mut cited = one.documents().to_vec();
        cited[0].entries[0].citations.push(Citation { section: "one".into(), paragraphs: vec![1], quote: None });
        assert!(from_cache(&Knowledge::new(cited), "1", &bytes).is_none());
        let mut split = one.documents().to_vec();
        let second = Document { entries: split[0].entries.split_off(1), ..Document::default() };
        split.push(second);
        assert!(from_cache(&Knowledge::new(split), "1", &bytes).is_none());
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
