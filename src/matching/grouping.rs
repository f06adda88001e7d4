//! Which questions ask alike: the matcher's own features and weights, question against question.
//! One pass over the questions, each joining the group that it is most like; bounded however alike all of them are.

use std::collections::HashMap;

use super::Matcher;
use super::extract::features;
use super::feature::FeatureKind;

/// From this cosine on two questions ask alike. Of 750 questions of CLINC150, which the bundled knowledge does not answer, this
/// makes 487 groups with 96 % of the questions where most of their group mean the same; 0.4 makes 374 with 91 %, 0.6 makes 580
/// with 99 %. A group that mixes questions misleads a moderator more than one group too many.
const ALIKE: f32 = 0.5;

/// By how many of its weightiest words a question looks for groups: two questions that have none of these in common are
/// hardly alike.
const LOOKED_UP: usize = 8;

/// How many groups are looked at for each such word, the first ones. With [`LOOKED_UP`] it bounds the comparisons of one
/// question, 256, where every question has the same words.
const GROUPS_A_WORD: usize = 32;

/// A question's features with their weights: sorted by feature, of length 1.
struct QuestionVector {
    weights: Vec<(u64, f32)>,
    /// The weightiest words.
    words: Vec<u64>,
}

impl Matcher {
    /// Puts questions that ask alike together, by their places in the list: the groups in the order of their first members,
    /// the members in the order of the list. A group is like its first member, so the most important questions come first.
    #[must_use]
    pub fn group_similar(&self, questions: &[&str]) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut firsts: Vec<QuestionVector> = Vec::new();
        // Keys come from strangers' questions: a map whose hashing nobody can foresee.
        let mut by_word: HashMap<u64, Vec<usize>> = HashMap::new();
        for (place, question) in questions.iter().enumerate() {
            let vector = self.vector(question);
            let mut near: Vec<usize> =
                vector.words.iter().filter_map(|word| by_word.get(word)).flatten().copied().collect();
            near.sort_unstable();
            near.dedup();
            let similarity = near.into_iter().map(|group| (group, cosine(&vector, &firsts[group])));
            // Of equally near ones the first.
            let nearest = similarity.rev().max_by(|left, right| left.1.total_cmp(&right.1));
            if let Some((group, _)) = nearest.filter(|&(_, similarity)| similarity >= ALIKE) {
                groups[group].push(place);
                continue;
            }
            for &word in &vector.words {
                let groups_of_word = by_word.entry(word).or_default();
                if groups_of_word.len() < GROUPS_A_WORD {
                    groups_of_word.push(groups.len());
                }
            }
            groups.push(vec![place]);
            firsts.push(vector);
        }
        groups
    }

    fn vector(&self, question: &str) -> QuestionVector {
        let readings = self.read(question);
        let mut found = features(readings.iter().map(|reading| &reading.token), &self.lexicon);
        found.sort_unstable_by_key(|feature| (feature.key, feature.place));
        let mut weights: Vec<(u64, f32)> = Vec::with_capacity(found.len());
        let mut words: Vec<(u64, f32)> = Vec::new();
        for run in found.chunk_by(|left, right| left.key == right.key) {
            let Some(feature) = run.first() else { continue };
            let count: f32 = run.iter().map(|feature| feature.count).sum();
            let weight = count.sqrt() * self.index.rarity_of(feature, &self.lexicon);
            weights.push((feature.key, weight));
            if feature.kind == FeatureKind::Word {
                words.push((feature.key, weight));
            }
        }
        let length = weights.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
        weights.iter_mut().for_each(|(_, weight)| *weight /= length.max(f32::MIN_POSITIVE));
        words.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
        QuestionVector { weights, words: words.into_iter().take(LOOKED_UP).map(|(key, _)| key).collect() }
    }
}

/// The cosine of two vectors of length 1.
fn cosine(left: &QuestionVector, right: &QuestionVector) -> f32 {
    let mut others = right.weights.iter().peekable();
    let mut sum = 0.0;
    for (key, weight) in &left.weights {
        while others.next_if(|(other, _)| other < key).is_some() {}
        if let Some((_, other)) = others.next_if(|(other, _)| other == key) {
            sum += weight * other;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::knowledge::Knowledge;

    #[test]
    fn questions_that_ask_alike_stand_together() {
        let matcher = Matcher::new(&crate::knowledge::builtin().unwrap());
        let questions = [
            "How many whales live near the Kuril Islands?",
            "what's the best recipe for carbonara",
            "best carbonarra recipe??",
            "When is the next train?",
            "how many wales live near the kurils",
            "クリル諸島にクジラは何頭いますか",
            "",
            "クリル諸島のクジラは何頭",
            "🐙",
        ];
        let expected: [&[usize]; 6] = [&[0, 4], &[1, 2], &[3], &[5, 7], &[6], &[8]];
        assert_eq!(matcher.group_similar(&questions), expected);
    }

    #[test]
    fn questions_that_are_all_much_the_same_are_compared_within_bounds() {
        let matcher = Matcher::new(&Knowledge::default());
        let questions: Vec<String> =
            (0..2_000).map(|number| format!("what about thing {number} and {}", number * 7)).collect();
        let questions: Vec<&str> = questions.iter().map(String::as_str).collect();
        let groups = matcher.group_similar(&questions);
        assert_eq!(groups.iter().map(Vec::len).sum::<usize>(), questions.len());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_question_is_in_one_group(questions in prop::collection::vec("[a-c?]{0,3}( [a-c]{1,3}){0,3}", 0..30)) {
            let matcher = Matcher::new(&Knowledge::default());
            let asked: Vec<&str> = questions.iter().map(String::as_str).collect();
            let groups = matcher.group_similar(&asked);
            let mut places = groups.concat();
            places.sort_unstable();
            prop_assert_eq!(places, (0..asked.len()).collect::<Vec<_>>());
            prop_assert!(groups.iter().all(|group| group.is_sorted()));
            prop_assert!(groups.is_sorted_by_key(|group| group[0]));
            prop_assert_eq!(matcher.group_similar(&asked), groups);
        }
    }
}
