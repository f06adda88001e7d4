//! The linear classifier: the trained index of all classes, with the vocabularies estimated from the same wordings.
//! A *class* is an entry or a boundary. Entries come first.

use std::ops::Range;

use super::evidence::Evidence;
use super::extract::{content_features, features};
use super::feature::{FeatureKind, bigram_key, text_key, topic_key, word_key};
use super::index::{Index, POSTINGS_READ_MAX, WeightedQuestion};
use super::language_words::LanguageWords;
use super::lexicon::{CorrectionMemo, Lexicon, QuestionWord};
use super::tokens::WordToken;
use super::topic::{WordRole, is_bare_topic};
use super::training::STEEPNESS;
use super::vectorizer::{LearningLimit, TooMuchToLearn, Vectorizer};
use super::verdict::RANKED_MAX;
use super::vocabulary::{TopicVocabulary, TopicVocabularyBuilder};
use crate::knowledge::{HasWordings as _, Knowledge};

/// A word with a smaller share of the score is unrelated to the class. Larger shares may be noise from letter n-grams.
pub(super) const UNRELATED_SHARE_MAX: f32 = 0.01;

/// The least topicality of a bare topic, summed over its words: it is twelve times likelier in a question that the file
/// answers than in an everyday question. Of the bare topics in public question sets (CLINC150, BANKING77, HINT3) that
/// reach it, 93 % are answered by the entry that contains them; a third of those that do not reach it.
const BARE_TOPICALITY_MIN: f32 = 2.5;

/// The largest unrelated share of a bare topic: all of its words support the entry.
const BARE_UNRELATED_MAX: f32 = 0.2;

/// The most features of a question that are weighed. A text of as many characters as are read has two for each; more come
/// from synonyms that replace a short word by a long phrase.
const QUESTION_FEATURES_MAX: usize = 5_000;

/// Words before or after a question that do not belong to it, as in "hi, what is it about lol".
const FILLERS: [&str; 18] = [
    "hi", "hey", "hello", "yo", "ok", "okay", "so", "and", "bot", "please", "pls", "plz", "thanks", "thx", "lol",
    "bro", "sir", "then",
];

/// The numbers of the classes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ClassLayout {
    /// The number of entries.
    pub entries: usize,
    /// The number of boundaries.
    pub boundaries: usize,
}

impl ClassLayout {
    /// The layout of a document's classes.
    pub fn new(knowledge: &Knowledge) -> Self {
        Self { entries: knowledge.entry_keys().len(), boundaries: knowledge.boundary_keys().len() }
    }

    /// The boundaries, as class numbers.
    pub fn boundaries(&self) -> Range<usize> {
        self.entries..self.entries + self.boundaries
    }
}

/// A question as the classifier reads it.
#[derive(Debug, Default)]
pub(super) struct ReadQuestion {
    /// Its words.
    pub words: Vec<QuestionWord>,
    /// Its vector.
    pub vector: WeightedQuestion,
    /// For each content word, its position and the key of its stem.
    pub content: Vec<(usize, u64)>,
    /// Whether the question is a part of a message whose other parts are remarks with content words.
    pub has_remark: bool,
}

/// The scores of a question.
#[derive(Debug)]
pub(super) struct Ranking {
    /// The score of each class.
    pub scores: Vec<f32>,
    /// At most [`RANKED_MAX`] entries that score above 0, the best first.
    pub entries: Vec<usize>,
}

/// The trained classifier.
#[derive(Debug)]
pub(super) struct Classifier {
    /// The trained weights.
    pub index: Index,
    /// The words of the entries.
    pub entry_words: TopicVocabulary,
    /// The words of the boundaries.
    pub boundary_words: TopicVocabulary,
    /// The keys of all wordings, and of the topics of entries' wordings that are bare topics, sorted, each with its class.
    pub wordings: Vec<(u64, u32)>,
    /// The classes.
    pub layout: ClassLayout,
}

/// The texts of a file as features, before training.
pub(super) struct Texts {
    /// The features of all texts.
    pub vectorizer: Vectorizer,
    entry_words: TopicVocabulary,
    boundary_words: TopicVocabulary,
    wordings: Vec<(u64, u32)>,
    layout: ClassLayout,
}

impl Classifier {
    /// Trains a classifier on the texts for which `includes` returns `true`, given the class and the wording, or `None`
    /// for the texts of the answer. A class without a text keeps its number but never scores.
    ///
    /// # Errors
    /// If the texts have more features than `limit` allows.
    pub fn new(
        knowledge: &Knowledge,
        lexicon: &Lexicon,
        limit: LearningLimit,
        includes: impl Fn(usize, Option<&str>) -> bool,
    ) -> Result<Self, TooMuchToLearn> {
        let Texts { vectorizer, entry_words, boundary_words, wordings, layout } =
            Self::read_texts(knowledge, lexicon, limit, includes)?;
        Ok(Self { index: Index::new(vectorizer, lexicon.language()), entry_words, boundary_words, wordings, layout })
    }

    /// Reads the texts that [`Self::new`] learns from.
    pub fn read_texts(
        knowledge: &Knowledge,
        lexicon: &Lexicon,
        limit: LearningLimit,
        includes: impl Fn(usize, Option<&str>) -> bool,
    ) -> Result<Texts, TooMuchToLearn> {
        let layout = ClassLayout::new(knowledge);
        let (mut entry_words, mut boundary_words) =
            (TopicVocabularyBuilder::new(lexicon.language()), TopicVocabularyBuilder::new(lexicon.language()));
        let (mut entry_wordings, mut boundary_wordings) = (Vec::<(u64, u32)>::new(), Vec::<(u64, u32)>::new());
        let mut vectorizer = Vectorizer::default();
        for key in knowledge.entry_keys() {
            let entry = knowledge.entry(key);
            for wording in entry.wordings().filter(|wording| includes(key.0, Some(wording))) {
                let tokens = lexicon.read_wording(wording);
                entry_words.add_wording(key.0 as u32, &tokens);
                entry_wordings.push((tokens_key(&tokens), key.0 as u32));
                entry_wordings.extend(bare_topic(tokens.iter(), lexicon.language()).map(|topic| (topic, key.0 as u32)));
                vectorizer.add_wording(&features(tokens.iter(), lexicon));
                limit.check(&vectorizer)?;
            }
            let mut passage = Vec::new();
            if includes(key.0, None) {
                let tokens: Vec<WordToken> =
                    knowledge.answer_texts(key).flat_map(|text| lexicon.read_wording(text)).collect();
                entry_words.add_passage(&tokens);
                passage = content_features(tokens.iter(), lexicon);
            }
            vectorizer.end_class(&passage);
        }
        // A boundary's `says` describes what the text lacks. Its words are no evidence for the boundary.
        for (key, class) in knowledge.boundary_keys().zip(layout.boundaries()) {
            for wording in knowledge.boundary(key).wordings().filter(|wording| includes(class, Some(wording))) {
                let tokens = lexicon.read_wording(wording);
                boundary_words.add_wording(class as u32, &tokens);
                boundary_wordings.push((tokens_key(&tokens), class as u32));
                vectorizer.add_wording(&features(tokens.iter(), lexicon));
                limit.check(&vectorizer)?;
            }
            vectorizer.end_class(&[]);
        }
        let (entry_words, boundary_words) = (entry_words.build(), boundary_words.build());
        let mut wordings = entry_wordings;
        wordings.extend(boundary_wordings);
        wordings.sort_unstable();
        wordings.shrink_to_fit();
        limit.check(&vectorizer)?;
        Ok(Texts { vectorizer, entry_words, boundary_words, wordings, layout })
    }

    /// Splits a question into words, corrects their spelling and weighs them.
    pub fn read(&self, question: &str, lexicon: &Lexicon, memo: &mut CorrectionMemo) -> ReadQuestion {
        self.read_beside(question, lexicon, memo, |_| false, POSTINGS_READ_MAX)
    }

    /// Like [`Self::read`], beside other documents. `is_correct` returns whether one of them knows a word; scoring the
    /// question reads at most `postings_max` postings.
    pub fn read_beside(
        &self,
        question: &str,
        lexicon: &Lexicon,
        memo: &mut CorrectionMemo,
        is_correct: impl FnMut(&str) -> bool,
        postings_max: usize,
    ) -> ReadQuestion {
        let are_adjacent = |left: &str, right: &str| self.index.contains(bigram_key(left, right));
        let words = lexicon.read_question(question, memo, is_correct, are_adjacent);
        let mut features = features(words.iter().map(|word| &word.token), lexicon);
        features.truncate(QUESTION_FEATURES_MAX);
        let vector = self.index.weigh_up_to(features, |position| words[position as usize].similarity, postings_max);
        let mut content: Vec<(usize, u64)> = Vec::new();
        for (position, word) in words.iter().enumerate() {
            content.extend(lexicon.language().content_key(&word.token).map(|key| (position, key)));
        }
        // Each content word counts once, where it occurs first.
        content.sort_unstable_by_key(|&(position, key)| (key, position));
        content.dedup_by_key(|&mut (_, key)| key);
        content.sort_unstable();
        ReadQuestion { words, vector, content, has_remark: false }
    }

    /// Scores all classes and ranks the entries.
    pub fn rank(&self, question: &ReadQuestion) -> Ranking {
        let scores = self.index.scores(&question.vector);
        let entries = best(&scores[..self.layout.entries], RANKED_MAX);
        Ranking { scores, entries }
    }

    /// The best boundary, and the lead of an entry over it, which is negative if the boundary is better.
    pub fn rival(&self, ranking: &Ranking, entry: Option<usize>) -> Option<(usize, f32)> {
        let rivals = self.layout.boundaries();
        let &best = best(&ranking.scores[rivals.clone()], 1).first()?;
        let class = rivals.start + best;
        Some((class, entry.map_or(0.0, |entry| ranking.scores[entry]) - ranking.scores[class]))
    }

    /// The class that has the question as a wording, with or without the fillers around it.
    pub fn class_with_wording(&self, question: &ReadQuestion) -> Option<usize> {
        let is_filler = |word: &QuestionWord| FILLERS.contains(&word.token.text.as_str());
        let first = question.words.iter().position(|word| !is_filler(word))?;
        let last = question.words.iter().rposition(|word| !is_filler(word))?;
        let class = |words: &[QuestionWord]| {
            self.classes_with(text_key(words.iter().map(|word| word.token.text.as_str()))).next()
        };
        class(&question.words).or_else(|| class(&question.words[first..=last]))
    }

    /// Whether a class has a wording with these words.
    pub fn has_wording(&self, class: usize, tokens: &[WordToken]) -> bool {
        self.wordings.binary_search(&(tokens_key(tokens), class as u32)).is_ok()
    }

    /// The classes with a wording or a topic of this key, in ascending order.
    fn classes_with(&self, key: u64) -> impl Iterator<Item = usize> {
        let first = self.wordings.partition_point(|&(other, _)| other < key);
        let same = self.wordings[first..].iter().take_while(move |&&(other, _)| other == key);
        same.map(|&(_, class)| class as usize)
    }

    /// Whether a text of the file contains a word, given the key of its stem.
    pub fn knows(&self, key: u64) -> bool {
        self.entry_words.contains(key) || self.boundary_words.contains(key)
    }

    /// The entry that is about the bare topic that a question consists of: one that has the topic as a wording, or the
    /// first ranked one whose wordings contain it if it is a topic of the file.
    pub fn entry_about(&self, question: &ReadQuestion, ranking: &Ranking) -> Option<usize> {
        let topic = bare_topic(question.words.iter().map(|word| &word.token), self.index.language)?;
        let with_topic = self.classes_with(topic).filter(|&class| class < self.layout.entries);
        let by_score = |left: &usize, right: &usize| ranking.scores[*left].total_cmp(&ranking.scores[*right]);
        if let Some(entry) = with_topic.max_by(by_score) {
            return Some(entry);
        }
        let topicality: f32 = question.content.iter().map(|&(_, key)| self.entry_words.topicality(key)).sum();
        if topicality < BARE_TOPICALITY_MIN || question.content.iter().any(|&(at, _)| question.words[at].is_guess()) {
            return None;
        }
        let contains = |entry: usize| question.content.iter().all(|&(_, key)| self.entry_words.has(entry as u32, key));
        let entry = ranking.entries.iter().copied().find(|&entry| contains(entry))?;
        let evidence = self.evidence(question, &ranking.scores, entry);
        (evidence.unrelated_share <= BARE_UNRELATED_MAX && self.is_phrase_of(entry, question)).then_some(entry)
    }

    /// Whether the words from the first to the last content word are a phrase of the entry: each two neighbours are also
    /// neighbours in one of its wordings, unless both are names. An everyday word beside a name asks for something about
    /// the name, and everyday words that the file has in other places do not make a topic.
    fn is_phrase_of(&self, entry: usize, question: &ReadQuestion) -> bool {
        let (Some(&(first, _)), Some(&(last, _))) = (question.content.first(), question.content.last()) else {
            return false;
        };
        let is_everyday = |word: &QuestionWord| {
            let language = self.index.language;
            language.role(&word.token) == WordRole::Content && language.is_everyday(word_key(&word.token.stem))
        };
        question.words[first..=last].windows(2).all(|pair| {
            let key = bigram_key(&pair[0].token.stem, &pair[1].token.stem);
            pair.iter().all(|word| !is_everyday(word)) || self.index.weight(key, entry) > 0.0
        })
    }

    /// The evidence for a class, given the scores of all classes.
    pub fn evidence(&self, question: &ReadQuestion, scores: &[f32], class: usize) -> Evidence {
        let mut shares = vec![0.0; question.words.len()];
        let mut sense_share = 0.0;
        for contribution in self.index.contributions(&question.vector, class) {
            shares[contribution.position as usize] += contribution.share;
            if contribution.kind == FeatureKind::Sense {
                sense_share += contribution.share;
            }
        }
        let is_unrelated = |(word, share): (&QuestionWord, &f32)| {
            *share < UNRELATED_SHARE_MAX && self.index.language.role(&word.token) == WordRole::Content
        };
        let length_shares = question.words.iter().zip(&shares).zip(&question.vector.length_shares);
        let words = if class < self.layout.entries { &self.entry_words } else { &self.boundary_words };
        Evidence {
            score: scores[class],
            sense_share,
            unrelated_share: length_shares.filter(|(word, _)| is_unrelated(*word)).map(|(_, share)| share).sum(),
            posterior: self.posterior(scores, class),
            topicality: question.content.iter().map(|&(_, key)| words.topicality(key)).sum(),
        }
    }

    /// The softmax probability of a class, as in training.
    fn posterior(&self, scores: &[f32], class: usize) -> f32 {
        let likelihood = |&score: &f32| (STEEPNESS * (score - scores[class])).exp();
        1.0 / scores.iter().map(likelihood).sum::<f32>().max(1.0)
    }
}

/// The key of the topic, if the text is a bare topic.
fn bare_topic<'a>(tokens: impl Iterator<Item = &'a WordToken>, language: &LanguageWords) -> Option<u64> {
    let words: Vec<(&WordToken, WordRole)> = tokens.map(|token| (token, language.role(token))).collect();
    let roles: Vec<(&str, WordRole)> = words.iter().map(|(token, role)| (token.text.as_str(), *role)).collect();
    let content = words.iter().filter(|(_, role)| *role == WordRole::Content);
    is_bare_topic(&roles).then(|| topic_key(content.map(|(token, _)| word_key(&token.stem)).collect()))
}

fn tokens_key(tokens: &[WordToken]) -> u64 {
    text_key(tokens.iter().map(|token| token.text.as_str()))
}

/// The indices of the highest scores above 0, at most `limit`, the highest first. Of equal scores, the first comes
/// first.
pub(super) fn best(scores: &[f32], limit: usize) -> Vec<usize> {
    let by_score = |&left: &usize, &right: &usize| scores[right].total_cmp(&scores[left]).then(left.cmp(&right));
    let mut indices: Vec<usize> = (0..scores.len()).filter(|&index| scores[index] > 0.0).collect();
    if indices.len() > limit {
        indices.select_nth_unstable_by(limit, by_score);
        indices.truncate(limit);
    }
    indices.sort_unstable_by(by_score);
    indices
}
