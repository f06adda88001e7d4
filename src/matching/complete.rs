//! Completion while a question is typed: the last word may be the start of one.
//! No verdict and no repair: what is typed next says more than a guess.

use super::extract::features;
use super::normalise;
use super::tokens::WordToken;
use super::{Matcher, best};
use crate::knowledge::EntryKey;

/// How many known words the last letters may be the start of; after a letter or two any word will do.
const ENDINGS_MAX: usize = 48;

impl Matcher {
    /// The entries nearest to a question that is still being typed, the best first; before a letter is typed, none.
    #[must_use]
    pub fn complete(&self, typed: &str, limit: usize) -> Vec<EntryKey> {
        let normal = normalise(typed);
        let ended = typed.ends_with(|letter: char| !letter.is_alphanumeric());
        let (typed_words, start) = match normal.rsplit_once(' ') {
            _ if ended => (normal.as_str(), ""),
            Some((words, start)) => (words, start),
            None => ("", normal.as_str()),
        };
        let words = self.lexicon.read_wording(typed_words);
        let scores_of = |words: &mut dyn Iterator<Item = &WordToken>| {
            self.index.scores(&self.index.weigh(features(words, &self.lexicon), &self.lexicon, |_| 1.0))
        };
        let mut scores = scores_of(&mut words.iter());
        if !start.is_empty() {
            let mut endings = vec![0.0_f32; scores.len()];
            for token in self.lexicon.starting_with(start, ENDINGS_MAX) {
                let with_ending = scores_of(&mut words.iter().chain([&token]));
                endings.iter_mut().zip(with_ending).for_each(|(best, score)| *best = best.max(score));
            }
            scores.iter_mut().zip(endings).for_each(|(score, ending)| *score = score.max(ending));
        }
        scores.truncate(self.entries);
        best(&scores, limit).into_iter().map(EntryKey).collect()
    }
}
