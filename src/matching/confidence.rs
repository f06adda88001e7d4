//! From scores to confidence: how sure the matcher is that the best entry is right.
//! A logistic curve over four observations, the same for every file.

/// From what share of the score on a word speaks for an entry; less is noise of letters and common words.
pub(super) const SPEAKING_SHARE: f32 = 0.05;

// The curve's coefficients come from a logistic regression of "the first entry is right" on public sets of questions
// (CLINC150, BANKING77) and a curated file with boundaries, at 1 to 20 wordings an entry, with and without slips.
// The lead over the second entry is left out on purpose: it tells right from wrong, but blurs known from unknown.

/// Log-odds for a score of 1.
const PER_SCORE: f32 = 4.77;

/// Log-odds for each speaking word, up to [`WORDS_MAX`]: agreement of several words is worth more than one loud one.
const PER_WORD: f32 = 0.18;

/// From here on more words add nothing.
const WORDS_MAX: usize = 4;

/// Log-odds for a lead of 1 over the best boundary.
const PER_LEAD: f32 = 15.29;

/// A lead over boundaries larger than this, or a lag, adds nothing more. A file without boundaries gives every entry this lead.
const LEAD_MAX: f32 = 0.15;

/// Log-odds for each e-fold of wordings that the file has of an entry: the more there are, the easier one of them is met
/// by a question that means something else.
const PER_WORDINGS: f32 = -0.38;

/// Log-odds before anything is observed.
const OFFSET: f32 = -4.82;

/// What confidence rests on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence {
    /// The score of the best entry.
    pub score: f32,
    /// How many words of the question speak for it.
    pub words: usize,
    /// The score of the best boundary, if one has any.
    pub boundary: Option<f32>,
    /// How many wordings the file has of an entry or a boundary, on average; at least 1.
    pub wordings: f32,
}

impl Evidence {
    /// How sure it is that the best entry is right, from 0 to 1; 0 where nothing speaks for it or more for a boundary.
    pub fn confidence(self) -> f32 {
        let lead = self.score - self.boundary.unwrap_or(f32::NEG_INFINITY);
        if self.score <= 0.0 || lead < 0.0 {
            return 0.0;
        }
        let log_odds = OFFSET
            + PER_SCORE * self.score
            + PER_WORD * self.words.min(WORDS_MAX) as f32
            + PER_LEAD * lead.min(LEAD_MAX)
            + PER_WORDINGS * self.wordings.max(1.0).ln();
        1.0 / (1.0 + (-log_odds).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::Evidence;

    fn confidence(score: f32, words: usize, boundary: Option<f32>) -> f32 {
        Evidence { score, words, boundary, wordings: 10.0 }.confidence()
    }

    #[test]
    fn each_observation_moves_confidence_its_way() {
        assert!(confidence(0.6, 2, None) > confidence(0.4, 2, None));
        assert!(confidence(0.4, 3, None) > confidence(0.4, 1, None));
        assert!(confidence(0.4, 2, None) > confidence(0.4, 2, Some(0.35)));
        assert_eq!(confidence(0.4, 2, None), confidence(0.4, 2, Some(0.1)));
        assert_eq!(confidence(0.4, 2, Some(0.5)), 0.0);
        assert_eq!(confidence(0.0, 0, None), 0.0);
    }
}
