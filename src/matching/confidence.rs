//! From scores to confidence: how sure the matcher is that the best entry is right.
//! A logistic curve over a few observations, the same for every file.

/// From what share of the score on a word speaks for an entry; less is noise of letters and common words.
pub(super) const SPEAKING_SHARE: f32 = 0.05;

/// Below what share of the score a word says nothing for an entry.
pub(super) const SILENT_SHARE: f32 = 0.01;

// The curve's coefficients come from a logistic regression of "the first entry is right" on public sets of questions
// (CLINC150, BANKING77) and a curated file with boundaries, at 1 to 20 wordings an entry, with and without slips.
// The lead over the second entry is left out on purpose: it tells right from wrong, but blurs known from unknown.

/// Log-odds for the root of a score of 1: between the least scores there is more to tell than between high ones.
const PER_ROOT_OF_SCORE: f32 = 9.48;

/// Log-odds for a score of 1 that comes from groups of the thesaurus: what is only alike is less sure than what is the same.
const PER_SENSES: f32 = -1.9;

/// Log-odds for each speaking word, up to [`WORDS_MAX`]: agreement of several words is worth more than one loud one.
const PER_WORD: f32 = 0.09;

/// From here on more words add nothing.
const WORDS_MAX: usize = 4;

/// Log-odds for a question that is all of words that say nothing for the entry: it is also about something else.
const PER_SILENT: f32 = -1.47;

/// Log-odds for a lead of 1 over the best boundary.
const PER_LEAD: f32 = 14.67;

/// A lead over boundaries larger than this, or a lag, adds nothing more. A file without boundaries gives every entry this lead.
const LEAD_MAX: f32 = 0.15;

/// Log-odds for each e-fold of wordings that the file has of an entry: the more there are, the easier one of them is met
/// by a question that means something else.
const PER_WORDINGS: f32 = -0.51;

/// Log-odds for a file whose entries cannot be told apart.
const PER_CLASS_OVERLAP: f32 = -15.24;

/// Files that are less crowded are taken as if they were as crowded as this, about the least of those that the curve was fitted to: a file
/// of a few entries that have little in common is no reason to believe more.
const CLASS_OVERLAP_MIN: f32 = 0.23;

/// Log-odds before anything is observed.
const OFFSET: f32 = -2.65;

/// What confidence rests on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence {
    /// The score of the best entry.
    pub score: f32,
    /// What of it comes from groups of the thesaurus.
    pub senses: f32,
    /// How many words of the question speak for it.
    pub words: usize,
    /// The share of the question, by the squares of its weights, in words that are not common and say nothing for the entry.
    pub silent: f32,
    /// The score of the best boundary, if one has any.
    pub boundary: Option<f32>,
    /// How many wordings the file has of an entry or a boundary, on average; at least 1.
    pub wordings: f32,
    /// How alike the file's entries are, from 0 to 1.
    pub class_overlap: f32,
}

impl Evidence {
    /// How sure it is that the best entry is right, from 0 to 1; 0 where nothing speaks for it or more for a boundary.
    pub fn confidence(self) -> f32 {
        let lead = self.score - self.boundary.unwrap_or(f32::NEG_INFINITY);
        if self.score <= 0.0 || lead < 0.0 {
            return 0.0;
        }
        let log_odds = OFFSET
            + PER_ROOT_OF_SCORE * self.score.sqrt()
            + PER_SENSES * self.senses
            + PER_WORD * self.words.min(WORDS_MAX) as f32
            + PER_SILENT * self.silent
            + PER_LEAD * lead.min(LEAD_MAX)
            + PER_WORDINGS * self.wordings.max(1.0).ln()
            + PER_CLASS_OVERLAP * self.class_overlap.max(CLASS_OVERLAP_MIN);
        1.0 / (1.0 + (-log_odds).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::Evidence;

    #[test]
    fn each_observation_moves_confidence_its_way() {
        let usual = Evidence {
            score: 0.4,
            senses: 0.1,
            words: 2,
            silent: 0.1,
            boundary: None,
            wordings: 10.0,
            class_overlap: 0.25,
        };
        for (surer, less_sure) in [
            (Evidence { score: 0.6, ..usual }, usual),
            (usual, Evidence { senses: 0.3, ..usual }),
            (Evidence { words: 3, ..usual }, usual),
            (usual, Evidence { silent: 0.3, ..usual }),
            (usual, Evidence { boundary: Some(0.35), ..usual }),
            (usual, Evidence { wordings: 20.0, ..usual }),
            (usual, Evidence { class_overlap: 0.3, ..usual }),
        ] {
            assert!(surer.confidence() > less_sure.confidence(), "{surer:?} {less_sure:?}");
        }
        let confidence = |evidence: Evidence| evidence.confidence();
        assert_eq!(confidence(usual), confidence(Evidence { boundary: Some(0.1), ..usual }));
        assert_eq!(
            confidence(Evidence { class_overlap: 0.1, ..usual }),
            confidence(Evidence { class_overlap: 0.23, ..usual })
        );
        assert_eq!(confidence(Evidence { boundary: Some(0.5), ..usual }), 0.0);
        assert_eq!(confidence(Evidence { score: 0.0, ..usual }), 0.0);
    }
}
