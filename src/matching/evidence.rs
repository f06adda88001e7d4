//! Evidence: the observations about one class that determine the confidence in it.
//! Each is a property of the question and the class alone, so that it means the same in every file.

/// The number of observations.
pub(super) const OBSERVATIONS: usize = 5;

/// A topicality beyond this, in either direction, counts as this: three or four names are enough to know the topic.
const TOPICALITY_MAX: f32 = 8.0;

/// The largest and smallest odds of the posterior that count, as probabilities.
const POSTERIOR_MIN: f32 = 0.001;

/// The observations about one class. A word's *share* is the amount that it adds to the score of the class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Evidence {
    /// The score of the class.
    pub score: f32,
    /// The part of the score that thesaurus groups (senses) add.
    pub sense_share: f32,
    /// The part of the squared length of the question's vector, from 0 to 1, that comes from unrelated words: words
    /// that are not common and add hardly anything to the score.
    pub unrelated_share: f32,
    /// The classifier's probability of the class among all that compete with it, from 0 to 1.
    pub posterior: f32,
    /// The sum of the topicality of the question's content words.
    pub topicality: f32,
}

impl Evidence {
    /// The observations as the confidence model weighs them. The root of the score is used because a difference between
    /// low scores matters more than the same difference between high ones; the log-odds of the posterior likewise.
    pub fn observations(&self) -> [f32; OBSERVATIONS] {
        let posterior = self.posterior.clamp(POSTERIOR_MIN, 1.0 - POSTERIOR_MIN);
        [
            self.score.max(0.0).sqrt(),
            self.sense_share,
            self.unrelated_share,
            (posterior / (1.0 - posterior)).ln(),
            self.topicality.clamp(-TOPICALITY_MAX, TOPICALITY_MAX),
        ]
    }
}
