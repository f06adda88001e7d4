//! Warns about nearly equal wordings of different entries, boundaries or small talk: a message like them could mean
//! either. Two wordings are nearly equal if they have the same content words in any order, with at most two typing
//! errors.

use std::collections::{BTreeSet, HashMap};

use super::edit_distance::{LetterMask, distance_within};
use super::findings::{Findings, quoted};
use super::limits;
use super::parsed::ParsedDocument;
use super::rules::WordingOwner;
use super::wording::normalise;

/// Words without content, which the comparison ignores. The list omits question words and `not`, because questions that
/// differ in them have different answers. (The matcher has a list of its own, of common English words with their
/// frequencies, which includes question words.)
const FUNCTION_WORDS: [&str; 58] = [
    "a", "about", "an", "and", "any", "are", "as", "at", "be", "been", "being", "but", "by", "can", "could", "did",
    "do", "does", "for", "from", "had", "has", "have", "if", "in", "into", "is", "it", "its", "just", "may", "might",
    "must", "of", "on", "or", "please", "shall", "should", "so", "some", "such", "than", "that", "the", "their",
    "then", "there", "these", "they", "this", "those", "to", "was", "were", "will", "with", "would",
];

/// The most edits (inserted, deleted, replaced or swapped letters) by which two nearly equal wordings differ in total:
/// about as many as the typing errors in a hasty sentence.
const EDITS_MAX: usize = 2;

/// The most earlier wordings that [`check`] compares with a wording because they share a given rare word. Rare words of
/// real files occur in far fewer wordings; the limit bounds the time for a file made to be slow.
const COMPARED_MAX: usize = 32;

/// A wording to compare.
struct ComparedWording<'d> {
    owner: WordingOwner<'d>,
    /// The index of the wording among its owner's.
    number: usize,
    text: &'d str,
    /// The normal form of the text.
    normal: &'d str,
    /// The ranks of the content words in the [`Vocabulary`], without duplicates, ascending: the rarest word first.
    words: Vec<usize>,
}

/// Warns about each wording that is nearly equal to an earlier wording of another owner. Does not compare small talk
/// with small talk: function words make much of its meaning ("how are you", "who are you"), and a reply to the wrong
/// one misleads nobody.
pub(super) fn check(documents: &[ParsedDocument<'_>], findings: &mut Findings) {
    let mut texts = Vec::new();
    for (owner, wordings) in WordingOwner::all(documents) {
        // Skips wordings above the limit: they may have millions of words, and another rule reports them as errors.
        let bounded = |text: &str| text.chars().nth(limits::WORDING_CHARS).is_none();
        let numbered = wordings.into_iter().enumerate().filter(|(_, text)| bounded(text));
        texts.extend(numbered.map(|(number, text)| (owner, number, text)));
    }
    let normals: Vec<String> = texts.iter().map(|(_, _, text)| normalise(text)).collect();
    let content: Vec<Vec<&str>> = normals.iter().map(|normal| content_words(normal)).collect();
    let vocabulary = Vocabulary::new(&content);
    let mut wordings = Vec::with_capacity(texts.len());
    for (((owner, number, text), normal), words) in texts.into_iter().zip(&normals).zip(&content) {
        wordings.push(ComparedWording { owner, number, text, normal, words: vocabulary.ranks(words) });
    }

    // Two wordings that differ in at most `EDITS_MAX` words, and share a word, share one of their `EDITS_MAX + 1`
    // rarest words, so only those are looked up. Wordings without a common word, such as two spellings of a single
    // word, are not compared. Wordings with equal sets of words are also looked up by the whole set, because the lists
    // of frequent words are truncated at `COMPARED_MAX`.
    let mut by_word: HashMap<usize, Vec<&ComparedWording<'_>>> = HashMap::new();
    let mut by_words: HashMap<&[usize], &ComparedWording<'_>> = HashMap::new();
    for wording in &wordings {
        let rare = || wording.words.iter().take(EDITS_MAX + 1);
        let equal = by_words.get(wording.words.as_slice());
        let candidates = equal.into_iter().chain(rare().filter_map(|word| by_word.get(word)).flatten());
        let near = candidates
            .filter(|other| !other.owner.is(&wording.owner) && other.normal != wording.normal)
            .filter(|other| !(other.owner.is_small_talk() && wording.owner.is_small_talk()))
            .find(|other| vocabulary.are_near(&wording.words, &other.words));
        if let Some(other) = near {
            warn(wording, other, findings);
        }
        by_words.entry(&wording.words).or_insert(wording);
        for word in rare() {
            let others = by_word.entry(*word).or_default();
            if others.len() < COMPARED_MAX {
                others.push(wording);
            }
        }
    }
}

fn warn(wording: &ComparedWording<'_>, other: &ComparedWording<'_>, findings: &mut Findings) {
    let path = wording.owner.wording_path(wording.number);
    wording.owner.document.warning(findings, &path, || {
        let place = other.owner.document.file_and_line(&other.owner.wording_path(other.number));
        let (text, other_text, owner) = (quoted(wording.text), quoted(other.text), other.owner.name());
        let message = format!("{text} is nearly the same as {other_text} of {owner} at {place}");
        (message, "reword one of them to make the difference clear, or keep it only where it belongs".to_owned())
    });
}

/// The content words of a normalised wording, without duplicates; all words if none has content.
fn content_words(normal: &str) -> Vec<&str> {
    let mut words: BTreeSet<&str> = normal.split(' ').filter(|word| !FUNCTION_WORDS.contains(word)).collect();
    if words.is_empty() {
        words = normal.split(' ').collect();
    }
    words.into_iter().collect()
}

/// All words of the wordings, ranked by rarity: rank 0 occurs in the fewest wordings.
struct Vocabulary<'w> {
    ranks: HashMap<&'w str, usize>,
    /// The word of each rank, and its letters.
    words: Vec<(&'w str, LetterMask)>,
}

impl<'w> Vocabulary<'w> {
    fn new(wordings: &[Vec<&'w str>]) -> Self {
        let mut counts: HashMap<&'w str, usize> = HashMap::new();
        for word in wordings.iter().flatten() {
            *counts.entry(word).or_default() += 1;
        }
        let mut words: Vec<&str> = counts.keys().copied().collect();
        words.sort_unstable_by_key(|word| (counts.get(word), *word));
        Self {
            ranks: words.iter().enumerate().map(|(rank, word)| (*word, rank)).collect(),
            words: words.into_iter().map(|word| (word, LetterMask::of(word))).collect(),
        }
    }

    /// The ranks of words, ascending.
    fn ranks(&self, words: &[&str]) -> Vec<usize> {
        let mut ranks: Vec<usize> = words.iter().filter_map(|word| self.ranks.get(word).copied()).collect();
        ranks.sort_unstable();
        ranks
    }

    /// Returns `true` if two wordings have the same words, apart from at most [`EDITS_MAX`] edits in total.
    fn are_near(&self, words: &[usize], others: &[usize]) -> bool {
        let edits = |word, other| self.edits(word, other).unwrap_or(EDITS_MAX + 1);
        match differing(words, others) {
            Some((left, right)) => match (&left[..], &right[..]) {
                ([], []) => true,
                ([word], [other]) => edits(*word, *other) <= EDITS_MAX,
                // Either word of one side may be a misspelling of either word of the other.
                ([a, b], [c, d]) => (edits(*a, *c) + edits(*b, *d)).min(edits(*a, *d) + edits(*b, *c)) <= EDITS_MAX,
                _ => false,
            },
            None => false,
        }
    }

    /// The number of edits between two words, given by their ranks. Returns `None` if neither can be a misspelling of
    /// the other.
    fn edits(&self, word: usize, other: usize) -> Option<usize> {
        /// The least letters of a word for one edit. In shorter words, an edit usually makes another word: `who` and
        /// `why`.
        const ONE_EDIT_LETTERS_MIN: usize = 5;
        /// The least letters of a word for two edits. After two edits, a shorter word is not recognisable.
        const TWO_EDITS_LETTERS_MIN: usize = 8;
        /// Longest word to compare, in bytes: few real words are longer, and the time grows with the square.
        const BYTES_MAX: usize = 40;
        let ((word, letters), (other, other_letters)) = (self.words.get(word)?, self.words.get(other)?);
        // A number with one digit more or less is another number, not a misspelling.
        if word.contains(char::is_numeric) || other.contains(char::is_numeric) {
            return None;
        }
        let (length, bytes) = (word.chars().count().min(other.chars().count()), word.len().max(other.len()));
        let allowed = match length {
            TWO_EDITS_LETTERS_MIN.. => 2,
            ONE_EDIT_LETTERS_MIN.. => 1,
            _ => return None,
        };
        if bytes > BYTES_MAX || !letters.may_be_within(*other_letters, allowed) {
            return None;
        }
        distance_within(word, other, allowed as usize)
    }
}

/// The elements of the first ascending list that the second does not contain, and those of the second that the first
/// does not contain. Returns `None` if either are more than [`EDITS_MAX`].
fn differing(first: &[usize], second: &[usize]) -> Option<(Vec<usize>, Vec<usize>)> {
    let (mut first, mut second) = (first.iter().peekable(), second.iter().peekable());
    let (mut left, mut right) = (Vec::new(), Vec::new());
    loop {
        match (first.peek(), second.peek()) {
            (None, None) => return Some((left, right)),
            (Some(a), Some(b)) if a == b => {
                first.next();
                second.next();
            }
            (Some(a), b) if b.is_none_or(|b| a < b) => left.extend(first.next()),
            _ => right.extend(second.next()),
        }
        if left.len().max(right.len()) > EDITS_MAX {
            return None;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn are_near(wording: &str, other: &str) -> bool {
        let normals = [wording, other].map(normalise);
        let content = normals.each_ref().map(|normal| content_words(normal));
        let vocabulary = Vocabulary::new(&content);
        vocabulary.are_near(&vocabulary.ranks(&content[0]), &vocabulary.ranks(&content[1]))
    }

    #[test]
    fn wordings_are_near_despite_typing_errors_and_order() {
        for (wording, other, expected) in [
            ("Why did Abe court Russia?", "why abe did court russia", true),
            ("Is China before Japan?", "Is Japan before China?", true),
            ("Kanehara's role", "The roles of Kanehara", false),
            ("islands in dispute", "island in dispute", true),
            ("Japanese influence", "Japanesse influenced", true),
            ("negotiation tactics", "negotiatoin tactics", true),
            ("negotiation tactics", "negotiators tactics", false),
            ("negotiation tactics of Abe", "negotiations tactic Suga", false),
            ("negotiation tactics of islands", "tactic for negotiations on island", false),
            ("minister with islands", "island to ministers", true),
            ("Who told Abe?", "Why told Abe?", false),
            ("sanctions in 2012", "sanctions in 2014", false),
            ("sanctions in 20123456", "sanctions in 20124456", false),
            ("Why did Abe court Russia?", "When did Abe court Russia?", false),
            ("Did he do it?", "Did she do it?", false),
            ("Was it so?", "It was so", true),
            ("sanctions", "sanctions and the islands", false),
        ] {
            assert_eq!(are_near(wording, other), expected, "{wording:?} and {other:?}");
            assert_eq!(are_near(other, wording), expected, "{other:?} and {wording:?}");
        }
    }

    #[test]
    fn differing_returns_both_sides() {
        for (first, second, expected) in [
            (&[][..], &[][..], Some((vec![], vec![]))),
            (&[1, 2, 3], &[1, 2, 3], Some((vec![], vec![]))),
            (&[1, 2, 5], &[1, 3, 5, 9], Some((vec![2], vec![3, 9]))),
            (&[1, 2, 3], &[], None),
            (&[], &[4, 5, 6], None),
        ] {
            assert_eq!(differing(first, second), expected, "{first:?} and {second:?}");
        }
    }
}
