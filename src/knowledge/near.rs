//! Warnings of wordings that are nearly the same in different entries: a member who asks so could mean either.
//! Nearly the same is to have the same content words in any order, a slip of the pen or two aside.

use std::collections::{BTreeSet, HashMap};

use super::draft::Draft;
use super::findings::{Findings, shown};
use super::limits;
use super::meaning::Item;
use super::wording::normalise;

/// Words that say how a question is put, not what it is about. Question words are not among them: `when` and `why` ask for
/// different answers; nor is `not`.
const FUNCTION_WORDS: [&str; 58] = [
    "a", "about", "an", "and", "any", "are", "as", "at", "be", "been", "being", "but", "by", "can", "could", "did",
    "do", "does", "for", "from", "had", "has", "have", "if", "in", "into", "is", "it", "its", "just", "may", "might",
    "must", "of", "on", "or", "please", "shall", "should", "so", "some", "such", "than", "that", "the", "their",
    "then", "there", "these", "they", "this", "those", "to", "was", "were", "will", "with", "would",
];

/// Letters that may differ between two wordings in all: the slips of one hasty sentence.
const SLIPS: usize = 2;

/// Earlier wordings that one is compared with for the sake of one word. Rare words stand in far fewer; the bound is for
/// files that are made to be slow.
const COMPARED: usize = 32;

/// A wording to compare.
struct Wording<'d> {
    item: Item<'d>,
    number: usize,
    text: &'d str,
    normal: &'d str,
    /// The content words by rank, each once, ascending: the rarest first.
    words: Vec<usize>,
}

/// Warns of each wording that is nearly the same as an earlier one of another entry or boundary.
pub(super) fn check(drafts: &[Draft<'_>], findings: &mut Findings) {
    let mut texts = Vec::new();
    for (item, wordings) in Item::all(drafts) {
        // What is longer has been told as an error, and may be millions of words.
        let bounded = |text: &str| text.chars().nth(limits::WORDING_CHARS).is_none();
        let numbered = wordings.into_iter().enumerate().filter(|(_, text)| bounded(text));
        texts.extend(numbered.map(|(number, text)| (item, number, text)));
    }
    let normals: Vec<String> = texts.iter().map(|(_, _, text)| normalise(text)).collect();
    let content: Vec<Vec<&str>> = normals.iter().map(|normal| content_words(normal)).collect();
    let lexicon = Lexicon::new(&content);
    let mut wordings = Vec::with_capacity(texts.len());
    for (((item, number, text), normal), words) in texts.into_iter().zip(&normals).zip(&content) {
        wordings.push(Wording { item, number, text, normal, words: lexicon.ranks(words) });
    }

    // Two wordings that differ in `SLIPS` words share one of their `SLIPS + 1` rarest, so the rest need not be looked up.
    // Equal words are looked up as a whole, for they may all be common.
    let mut by_word: HashMap<usize, Vec<&Wording<'_>>> = HashMap::new();
    let mut by_words: HashMap<&[usize], &Wording<'_>> = HashMap::new();
    for wording in &wordings {
        let rare = || wording.words.iter().take(SLIPS + 1);
        let equal = by_words.get(wording.words.as_slice());
        let candidates = equal.into_iter().chain(rare().filter_map(|word| by_word.get(word)).flatten());
        let near = candidates
            .filter(|other| !other.item.is(&wording.item) && other.normal != wording.normal)
            .find(|other| lexicon.are_near(&wording.words, &other.words));
        if let Some(other) = near {
            warn(wording, other, findings);
        }
        by_words.entry(&wording.words).or_insert(wording);
        for word in rare() {
            let others = by_word.entry(*word).or_default();
            if others.len() < COMPARED {
                others.push(wording);
            }
        }
    }
}

fn warn(wording: &Wording<'_>, other: &Wording<'_>, findings: &mut Findings) {
    let path = wording.item.wording_path(wording.number);
    wording.item.draft.warning(findings, &path, || {
        let site = other.item.draft.site(&other.item.wording_path(other.number));
        let (text, other_text, id) = (shown(wording.text), shown(other.text), shown(other.item.id));
        let message = format!("{text} is nearly the same as {other_text} of {id} at {site}");
        (message, "reword one of them by what tells the two apart, or keep it where it belongs".to_owned())
    });
}

/// The words of a normal wording that say what it is about, each once; all of them, if none does.
fn content_words(normal: &str) -> Vec<&str> {
    let mut words: BTreeSet<&str> = normal.split(' ').filter(|word| !FUNCTION_WORDS.contains(word)).collect();
    if words.is_empty() {
        words = normal.split(' ').collect();
    }
    words.into_iter().collect()
}

/// Every word, ranked by how few wordings have it.
struct Lexicon<'w> {
    ranks: HashMap<&'w str, usize>,
    /// By rank: the word and its [`letters`].
    words: Vec<(&'w str, u64)>,
}

impl<'w> Lexicon<'w> {
    fn new(wordings: &[Vec<&'w str>]) -> Self {
        let mut counts: HashMap<&'w str, usize> = HashMap::new();
        for word in wordings.iter().flatten() {
            *counts.entry(word).or_default() += 1;
        }
        let mut words: Vec<&str> = counts.keys().copied().collect();
        words.sort_unstable_by_key(|word| (counts.get(word), *word));
        Self {
            ranks: words.iter().enumerate().map(|(rank, word)| (*word, rank)).collect(),
            words: words.into_iter().map(|word| (word, letters(word))).collect(),
        }
    }

    /// The ranks of these words, ascending.
    fn ranks(&self, words: &[&str]) -> Vec<usize> {
        let mut ranks: Vec<usize> = words.iter().filter_map(|word| self.ranks.get(word).copied()).collect();
        ranks.sort_unstable();
        ranks
    }

    /// Whether two wordings have the same words, but for at most [`SLIPS`] letters in all.
    fn are_near(&self, words: &[usize], others: &[usize]) -> bool {
        let slip = |word, other| self.slip(word, other).unwrap_or(SLIPS + 1);
        match differing(words, others) {
            Some((left, right)) => match (&left[..], &right[..]) {
                ([], []) => true,
                ([word], [other]) => slip(*word, *other) <= SLIPS,
                // Which of two words is a slip for which is open.
                ([a, b], [c, d]) => (slip(*a, *c) + slip(*b, *d)).min(slip(*a, *d) + slip(*b, *c)) <= SLIPS,
                _ => false,
            },
            None => false,
        }
    }

    /// How many letters differ between two words, if one can be a slip for the other.
    fn slip(&self, word: usize, other: usize) -> Option<usize> {
        /// In a shorter word one letter makes another word: `who` and `why`.
        const ONE_SLIP: usize = 5;
        /// From here on two letters still leave the word recognisable.
        const TWO_SLIPS: usize = 8;
        /// Bytes; longer words are hardly any language's, and comparing takes time that grows with the square.
        const LONGEST: usize = 40;
        let ((word, letters), (other, other_letters)) = (self.words.get(word)?, self.words.get(other)?);
        // One digit more or less is another number, not a slip.
        if word.contains(char::is_numeric) || other.contains(char::is_numeric) {
            return None;
        }
        let (length, longer) = (word.chars().count().min(other.chars().count()), word.len().max(other.len()));
        let allowed = if length >= TWO_SLIPS { SLIPS } else { usize::from(length >= ONE_SLIP) };
        // A slip takes one letter for another at most: cheap to see for most words, before the costly comparison.
        if (letters ^ other_letters).count_ones() as usize > 2 * allowed || longer > LONGEST {
            return None;
        }
        (allowed > 0).then(|| strsim::osa_distance(word, other)).filter(|slips| *slips <= allowed)
    }
}

/// The set of a word's letters, one bit a letter; letters of one bit are taken for the same.
fn letters(word: &str) -> u64 {
    word.chars().fold(0, |letters, c| letters | 1 << (u32::from(c) % u64::BITS))
}

/// What stands in only one of two ascending lists: of the first, and of the second. None when there are more than [`SLIPS`].
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
        if left.len().max(right.len()) > SLIPS {
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
        let lexicon = Lexicon::new(&content);
        lexicon.are_near(&lexicon.ranks(&content[0]), &lexicon.ranks(&content[1]))
    }

    #[test]
    fn nearly_the_same_is_a_slip_or_another_order() {
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
    fn differing_tells_both_sides() {
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
