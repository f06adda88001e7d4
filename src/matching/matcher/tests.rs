#![allow(clippy::unwrap_used)]

use std::sync::LazyLock;

use proptest::prelude::*;

use super::SHARED_CHARS_MIN;
use crate::knowledge::{Boundary, BoundaryKey, Document, Entry, EntryKey, HasWordings as _, Knowledge, SmallTalk};
use crate::matching::document_matcher::TYPED_WORDS_MAX;
use crate::matching::feature::word_key;
use crate::matching::{
    Learned, LearningLimit, Matcher, Outcome, Reason, Thresholds, looks_like_question, start_of_question,
};

const ENTRIES: [(&str, &[&str]); 5] = [
    (
        "why-court-russia",
        &["Why did Abe want to get closer to Russia?", "What made Abe court Putin?", "reasons for the courtship"],
    ),
    ("islands-status", &["Who holds the disputed islands today?", "Are the Kurils Russian now?"]),
    ("sanctions", &["Did Japan join the sanctions of 2014?", "How did Tokyo react to Crimea's annexation?"]),
    ("bases", &["Could American bases be built on returned islands?", "Would the Pentagon put missiles there?"]),
    ("suga-policy", &["What should Suga change in Russia policy?", "advice for the new prime minister"]),
];

fn document() -> Document {
    let entry = |(id, wordings): &(&str, &[&str])| Entry {
        id: (*id).to_owned(),
        question: wordings[0].to_owned(),
        also_asked: wordings[1..].iter().map(|&wording| wording.to_owned()).collect(),
        ..Entry::default()
    };
    Document {
        entries: ENTRIES.iter().map(entry).collect(),
        boundaries: vec![Boundary {
            id: "trade".to_owned(),
            question: "How much do Japan and Russia trade?".to_owned(),
            also_asked: vec!["volume of Japanese exports to Russia".to_owned()],
            says: "The text gives no trade figures.".to_owned(),
            ..Boundary::default()
        }],
        synonyms: vec![vec!["Northern Territories".to_owned(), "Kurils".to_owned()]],
        ..Document::default()
    }
}

fn matcher() -> &'static (Knowledge, Matcher) {
    static MATCHER: LazyLock<(Knowledge, Matcher)> = LazyLock::new(|| {
        let knowledge = Knowledge::new(vec![document()]);
        let matcher = Matcher::new(&knowledge);
        (knowledge, matcher)
    });
    &MATCHER
}

fn first_of(question: &str) -> Option<String> {
    let (knowledge, matcher) = matcher();
    matcher.ask(question).ranked.first().map(|candidate| knowledge.entry(candidate.entry).id.clone())
}

#[test]
fn questions_find_the_intended_entry() {
    for (question, id) in [
        ("why was abe courting putin", Some("why-court-russia")),
        ("wyh did abbe wnat closer tyes with rusia", Some("why-court-russia")),
        ("status of the northern territories", Some("islands-status")),
        ("american misiles", Some("bases")),
        ("Crimea", Some("sanctions")),
        ("🐙🐙", None),
        ("", None),
    ] {
        assert_eq!(first_of(question).as_deref(), id, "{question}");
    }
}

#[test]
fn questions_that_share_nothing_with_the_file_are_unknown() {
    let (_, matcher) = matcher();
    for question in
        ["", "🐙🐙", "how many eggs for carbonara", "où est la gare ?", "lovely weather, isn't it", "こんにちは"]
    {
        let verdict = matcher.ask(question);
        assert_eq!(verdict.outcome, Outcome::Unknown, "{question}: {verdict:?}");
    }
}

#[test]
fn a_question_nearest_to_a_boundary_is_unknown() {
    let (knowledge, matcher) = matcher();
    let verdict = matcher.ask("how much is traded between Japan and Russia");
    assert_eq!(verdict.outcome, Outcome::Unknown);
    assert_eq!(verdict.boundary.map(|key| knowledge.boundary(key).id.as_str()), Some("trade"));
    assert!(!verdict.ranked.is_empty());
}

#[test]
fn a_boundary_that_wins_with_low_confidence_is_not_named() {
    let (knowledge, matcher) = matcher();
    // One of its words occurs in the boundary, none in an entry.
    let question = "do the bakeries of Norway ship croissants and sourdough exports overseas";
    let verdict = matcher.ask(question);
    let strict = Matcher::new(knowledge).with_thresholds(Thresholds { answer: 0.0, suggest: 0.0 }).ask(question);
    assert_eq!((verdict.outcome, verdict.boundary), (Outcome::Unknown, None));
    assert_eq!(strict.boundary, knowledge.boundary_keys().next(), "the boundary has the highest score");
}

#[test]
fn an_unrelated_entry_changes_little() {
    let (_, matcher) = matcher();
    let mut larger = document();
    larger.entries.push(Entry {
        id: "carbonara".to_owned(),
        question: "How many eggs go into carbonara?".to_owned(),
        ..Entry::default()
    });
    let larger = Matcher::new(&Knowledge::new(vec![larger]));
    for (_, wordings) in ENTRIES {
        for wording in wordings {
            let (before, after) = (matcher.ask(wording), larger.ask(wording));
            assert_eq!(before.outcome, after.outcome, "{wording}");
            assert!((before.confidence - after.confidence).abs() < 0.05, "{wording}: {before:?} {after:?}");
        }
    }
}

#[test]
fn a_bare_topic_beside_a_remark_is_not_answered_as_a_topic() {
    let (_, matcher) = matcher();
    assert_eq!(matcher.ask("Sanctions?").reason, Reason::Topic);
    // The confidence decides instead.
    let beside_remark = matcher.ask("My dentist sent the invoice for a crown. Sanctions?");
    assert_eq!(beside_remark.reason, Reason::Confident);
}

#[test]
fn a_question_without_content_is_not_answered_unless_it_is_a_wording() {
    let mut document = document();
    document.entries[4].also_asked.push("what now".to_owned());
    let matcher = Matcher::new(&Knowledge::new(vec![document]));
    for question in ["why?", "why not", "more", "since when?", "what about it", "says who", "huh"] {
        let verdict = matcher.ask(question);
        assert_eq!((verdict.outcome, verdict.reason), (Outcome::Unknown, Reason::NoContent), "{question}");
    }
    let verdict = matcher.ask("What now?");
    assert_eq!((verdict.outcome, verdict.reason), (Outcome::Answer, Reason::Wording));
    assert_eq!(verdict.ranked[0].entry, EntryKey(4));
}

#[test]
fn unknown_words_that_carry_the_question_refuse_it() {
    let (_, matcher) = matcher();
    for subject in ["football", "bananas", "the Olympics", "pop music"] {
        let question = format!("What should Suga change in {subject}?");
        let verdict = matcher.ask(&format!("What about {subject}?"));
        assert_ne!(verdict.outcome, Outcome::Answer, "{subject}: {verdict:?}");
        assert!(!matcher.unknown_words(&question).is_empty(), "{question}");
    }
    assert_eq!(matcher.unknown_words("should Suga change the carbonara policy of Norway"), ["carbonara", "norway"]);
    assert!(matcher.unknown_words("chnage the polcy").is_empty(), "misspelled words are known");
}

#[test]
fn a_bare_topic_goes_to_the_entry_that_is_about_it_despite_a_boundary() {
    let mut document = document();
    document.entries[4].also_asked.push("Who is Suga?".to_owned());
    document.boundaries[0].also_asked.push("When was Suga born?".to_owned());
    let matcher = Matcher::new(&Knowledge::new(vec![document]));
    for question in ["suga", "tell me about suga please", "what does the text say about Suga"] {
        let verdict = matcher.ask(question);
        assert_eq!((verdict.outcome, verdict.reason), (Outcome::Answer, Reason::Topic), "{question}: {verdict:?}");
        assert_eq!(verdict.ranked[0].entry, EntryKey(4), "{question}");
    }
    assert_eq!(matcher.ask("When was Suga born?").reason, Reason::Boundary);
}

#[test]
fn a_boundary_does_not_refuse_what_an_entry_of_another_document_answers() {
    let other = Document {
        entries: vec![Entry {
            id: "exports".to_owned(),
            question: "How much do Japan and Russia trade with each other?".to_owned(),
            also_asked: vec!["value of the trade between Japan and Russia".to_owned()],
            ..Entry::default()
        }],
        ..Document::default()
    };
    let question = "how much trade is there between Japan and Russia";
    let (_, alone) = matcher();
    assert_eq!(alone.ask(question).outcome, Outcome::Unknown);
    let both = Matcher::new(&Knowledge::new(vec![document(), other])).ask(question);
    assert_eq!((both.outcome, both.ranked[0].entry), (Outcome::Answer, EntryKey(ENTRIES.len())), "{both:?}");
}

/// A document about something else, with a boundary and small talk of its own.
fn workshop() -> Document {
    let entry = |id: &str, wordings: &[&str]| Entry {
        id: id.to_owned(),
        question: wordings[0].to_owned(),
        also_asked: wordings[1..].iter().map(|&wording| wording.to_owned()).collect(),
        ..Entry::default()
    };
    Document {
        entries: vec![
            entry("tyres", &["How do I fix a flat tyre?", "my tube has a puncture", "tyre repair"]),
            entry("rental", &["Can I rent a cargo bike?", "cargo bike for a day", "hire a tandem"]),
            entry("exports", &["Who ships the curlis to Russia?", "curlis abroad"]),
        ],
        boundaries: vec![Boundary {
            id: "accounts".to_owned(),
            question: "May I see the accounts?".to_owned(),
            also_asked: vec!["why did Abe court Russia at all".to_owned()],
            says: "The handbook has no accounts.".to_owned(),
            ..Boundary::default()
        }],
        small_talk: vec![SmallTalk {
            wordings: vec!["hello".to_owned(), "ring ring".to_owned()],
            reply: "Welcome to the workshop!".to_owned(),
        }],
        ..Document::default()
    }
}

#[test]
fn a_document_answers_beside_another_as_it_answers_alone() {
    let (essay, handbook) = (document(), workshop());
    let alone = [&essay, &handbook].map(|document| Matcher::new(&Knowledge::new(vec![document.clone()])));
    let both = Matcher::new(&Knowledge::new(vec![essay.clone(), handbook.clone()]));
    let questions_of = |document: &Document| -> Vec<String> {
        document.entries.iter().flat_map(|entry| entry.wordings().map(str::to_owned).collect::<Vec<_>>()).collect()
    };
    for (number, (matcher, document)) in alone.iter().zip([&essay, &handbook]).enumerate() {
        let first = if number == 0 { 0 } else { essay.entries.len() };
        for question in questions_of(document) {
            let question = format!("please tell me: {question}");
            let (before, after) = (matcher.ask(&question), both.ask(&question));
            assert_eq!((before.outcome, before.confidence), (after.outcome, after.confidence), "{question}");
            assert_eq!(before.ranked[0].entry.0 + first, after.ranked[0].entry.0, "{question}");
            assert_eq!(before.ranked[0].score, after.ranked[0].score, "{question}");
        }
        let kept = both.only(&[number]);
        for question in ["how do i fix a tyre", "why court russia", "carbonara", "curlis"] {
            let (before, after) = (matcher.ask(question), kept.ask(question));
            assert_eq!((before.outcome, before.confidence), (after.outcome, after.confidence), "{question}");
        }
    }
    assert_eq!(both.only(&[]).ask("How do I fix a flat tyre?").outcome, Outcome::Unknown);
    assert_eq!(both.only(&[7]).complete("tyre", 5), []);
}

#[test]
fn a_word_that_another_document_knows_is_not_corrected() {
    let question = "what about curlis";
    let corrected = |matcher: &Matcher| {
        let words = matcher.explain(question, EntryKey(1)).into_iter();
        words.filter_map(|word| word.read_as).collect::<Vec<_>>()
    };
    assert_eq!(corrected(&Matcher::new(&Knowledge::new(vec![document()]))), ["northern territories"]);
    assert_eq!(corrected(&Matcher::new(&Knowledge::new(vec![document(), workshop()]))), Vec::<String>::new());
}

#[test]
fn small_talk_of_one_document_does_not_speak_for_another() {
    let reply = |knowledge: &Knowledge, message: &str| {
        let verdict = Matcher::new(knowledge).ask(message);
        verdict.small_talk.map(|key| knowledge.small_talk_of(key).reply.clone())
    };
    let (alone, both) = (Knowledge::new(vec![workshop()]), Knowledge::new(vec![document(), workshop()]));
    let without = Knowledge::new(vec![document()]);
    let neutral = |message| reply(&without, message).unwrap();
    assert!(neutral("hello").starts_with("Hello! Ask me a question"));
    assert!(neutral("thank you!").starts_with("You are welcome!"));
    assert_eq!(reply(&alone, "hello").as_deref(), Some("Welcome to the workshop!"));
    assert_eq!(reply(&alone, "thanks"), Some(neutral("thanks")), "the document has no such phrase");
    assert_eq!(reply(&both, "hello"), Some(neutral("hello")));
    assert_eq!(reply(&both, "ring ring").as_deref(), Some("Welcome to the workshop!"));
    let mut greeting = document();
    greeting.entries[0].also_asked.push("Ring ring!".to_owned());
    let verdict = Matcher::new(&Knowledge::new(vec![greeting, workshop()])).ask("ring ring");
    assert_eq!(
        (verdict.outcome, verdict.reason),
        (Outcome::Answer, Reason::Wording),
        "a wording of an entry comes first"
    );
}

#[test]
fn a_message_with_questions_to_two_documents_has_two_answers() {
    let both = Matcher::new(&Knowledge::new(vec![document(), workshop()]));
    let verdict = both.ask("Who holds the disputed islands today? And how do I fix a flat tyre?");
    let answers = [verdict.ranked[0].entry, verdict.second.unwrap()];
    assert!(answers.contains(&EntryKey(1)) && answers.contains(&EntryKey(ENTRIES.len())), "{verdict:?}");
}

#[test]
fn all_documents_complete_and_explain_a_question() {
    let knowledge = Knowledge::new(vec![document(), workshop()]);
    let both = Matcher::new(&knowledge);
    let complete =
        |typed| both.complete(typed, 1).into_iter().map(|key| knowledge.entry(key).id.clone()).collect::<Vec<_>>();
    assert_eq!(complete("who holds the isl"), ["islands-status"]);
    assert_eq!(complete("fix a flat ty"), ["tyres"]);
    let question = "how do I fix the ilands and a carbonara";
    for candidate in both.ask(question).ranked {
        let sum: f32 = both.explain(question, candidate.entry).iter().map(|word| word.share).sum();
        assert!((sum - candidate.score).abs() < 1e-4, "{sum} is not {}", candidate.score);
    }
    assert_eq!(both.unknown_words(question), ["carbonara"]);
    let refused = both.ask("may I see the accounts");
    assert_eq!((refused.reason, refused.boundary), (Reason::Boundary, Some(BoundaryKey(1))), "{refused:?}");
    assert!(both.explain_boundary("see the accounts", BoundaryKey(1)).iter().any(|word| word.share > 0.0));
    assert!(both.is_boundary_wording("May I see the ACCOUNTS", BoundaryKey(1)));
    assert!(!both.is_boundary_wording("May I see the ACCOUNTS", BoundaryKey(0)));
}

#[test]
fn many_documents_share_the_work_of_a_message() {
    let knowledge = Knowledge::new((0..20).map(|_| workshop()).collect());
    let matcher = Matcher::new(&knowledge);
    let (long, at_end) = ("bicycle ".repeat(200), " how do I fix a flat tyre?");
    let read: usize = matcher.explain(&long, EntryKey(0)).iter().map(|word| word.written.len() + 1).sum();
    // The last word has no space after it.
    assert!((SHARED_CHARS_MIN - 10..=SHARED_CHARS_MIN + 1).contains(&read), "{read}");
    assert_eq!(matcher.ask(&format!("{long}.{at_end}")).outcome, Outcome::Answer, "the question is read on its own");
    let few = Matcher::new(&Knowledge::new(vec![document(), workshop()]));
    assert_eq!(few.explain(&"bicycle ".repeat(100), EntryKey(0)).len(), 100);
}

#[test]
fn only_changed_documents_are_learned_again() {
    let before = Knowledge::new(vec![document(), workshop()]);
    let matcher = Matcher::new(&before);
    let mut changed = document();
    changed.entries[0].also_asked.push("the courtship of Putin".to_owned());
    // The documents come in another order, too.
    let after = Knowledge::new(vec![workshop(), changed]);
    let is_known = |learned: &Learned| [0, 1].map(|number| learned.of(number).is_some());
    let learned = Learned::unchanged(&matcher, &before, &after);
    assert_eq!(is_known(&learned), [true, false]);
    let bytes = matcher.to_cache(&before, "1");
    assert_eq!(is_known(&Learned::from_cache(&after, "1", &*bytes)), [true, false]);
    assert_eq!(is_known(&Learned::from_cache(&before, "1", &*bytes)), [true, true]);
    let updated = Matcher::with_learned(&after, &learned);
    for question in ["the courtship of Putin", "who ships curlis", "my tube", "hello"] {
        assert_eq!(updated.ask(question), Matcher::new(&after).ask(question), "{question}");
    }
}

#[test]
fn a_message_with_two_questions_has_two_answers() {
    let (_, matcher) = matcher();
    let verdict = matcher.ask("Who holds the disputed islands today? And did Japan join the sanctions of 2014?");
    let both = [verdict.ranked[0].entry, verdict.second.unwrap()];
    assert_eq!(verdict.outcome, Outcome::Answer);
    assert!(both.contains(&EntryKey(1)) && both.contains(&EntryKey(2)), "{verdict:?}");
    let one = matcher.ask("Hello there. I am new here. Who holds the disputed islands today?");
    assert_eq!((one.outcome, one.ranked[0].entry, one.second), (Outcome::Answer, EntryKey(1), None));
}

#[test]
fn the_question_in_a_long_message_is_found() {
    let (_, matcher) = matcher();
    let chatter = "My neighbour repaired his bicycle on Monday and went to the lake with two friends. ".repeat(22);
    let verdict = matcher.ask(&format!("{chatter} Who holds the disputed islands today?"));
    assert_eq!((verdict.outcome, verdict.ranked[0].entry), (Outcome::Answer, EntryKey(1)), "{verdict:?}");
    assert_ne!(matcher.ask(&chatter).outcome, Outcome::Answer);
}

#[test]
fn a_question_in_another_language_is_recognised() {
    let (_, matcher) = matcher();
    for (question, code) in [
        ("Warum wollte Abe sich Russland annähern?", "de"),
        ("Почему Абэ хотел сблизиться с Россией?", "ru"),
        ("なぜ安倍はロシアに近づいたのか", "ja"),
    ] {
        let verdict = matcher.ask(question);
        assert_eq!((verdict.outcome, verdict.reason), (Outcome::Unknown, Reason::OtherLanguage), "{question}");
        assert_eq!(verdict.language.map(|language| language.code()), Some(code), "{question}");
    }
    let mut document = document();
    document.entries[0].also_asked.push("Warum wollte Abe sich Russland annähern?".to_owned());
    let german = Matcher::new(&Knowledge::new(vec![document])).ask("Warum wollte Abe Russland näher kommen?");
    assert_eq!(german.language, None);
    assert_eq!(german.ranked[0].entry, EntryKey(0));
}

#[test]
fn thresholds_decide_the_outcome() {
    let knowledge = Knowledge::new(vec![document()]);
    let outcome = |answer, suggest| {
        let matcher = Matcher::new(&knowledge).with_thresholds(Thresholds { answer, suggest });
        matcher.ask("why court russia").outcome
    };
    assert_eq!(outcome(0.0, 0.0), Outcome::Answer);
    assert_eq!(outcome(1.1, 0.0), Outcome::Suggest);
    assert_eq!(outcome(1.1, 1.1), Outcome::Unknown);
}

#[test]
fn an_explanation_adds_up_to_the_score() {
    let (_, matcher) = matcher();
    let question = "did tokio react to the anexation, the kurils and the carbonara";
    for candidate in matcher.ask(question).ranked {
        let words = matcher.explain(question, candidate.entry);
        let sum: f32 = words.iter().map(|word| word.share).sum();
        assert!((sum - candidate.score).abs() < 1e-4, "{sum} is not {}", candidate.score);
        let repaired: Vec<_> =
            words.iter().filter_map(|word| Some((&*word.written, word.read_as.as_deref()?))).collect();
        assert_eq!(repaired, [("tokio", "tokyo"), ("anexation", "annexation"), ("kurils", "northern territories")]);
    }
    assert!(matcher.explain(question, EntryKey(999)).iter().all(|word| word.share == 0.0));
}

#[test]
fn a_boundary_that_won_is_explained_by_more_than_the_best_entry() {
    let (_, matcher) = matcher();
    let question = "how much is traded between Japan and Russia";
    let verdict = matcher.ask(question);
    let words = matcher.explain_boundary(question, verdict.boundary.unwrap());
    let sum: f32 = words.iter().map(|word| word.share).sum();
    assert!(sum > verdict.ranked[0].score && sum <= 1.0, "{sum}: {verdict:?}");
    assert_eq!(words.iter().map(|word| &*word.written).collect::<Vec<_>>().join(" "), question.to_lowercase());
    assert!(matcher.explain_boundary(question, BoundaryKey(usize::MAX)).iter().all(|word| word.share == 0.0));
}

#[test]
fn half_typed_questions_are_completed() {
    let (knowledge, matcher) = matcher();
    let complete = |typed: &str, limit| -> Vec<String> {
        matcher.complete(typed, limit).into_iter().map(|key| knowledge.entry(key).id.clone()).collect()
    };
    assert_eq!(complete("", 5), Vec::<String>::new());
    assert_eq!(complete("?", 5), Vec::<String>::new());
    assert_eq!(complete("Pentag", 1), ["bases"]);
    assert_eq!(complete("did japan join the sanc", 1), ["sanctions"]);
    assert_eq!(complete("who holds ", 1), ["islands-status"]);
    assert!(complete("the is", 2).contains(&"islands-status".to_owned()));
    assert_eq!(complete("russia", 0), Vec::<String>::new());
    assert!(complete("r", 25).len() <= ENTRIES.len());
}

/// With very many entries, the features that most of them share are dropped. The right entry is still found, and its
/// explanation still adds up to its score.
#[test]
fn with_very_many_entries_the_commonest_features_are_dropped() {
    const ENTRIES: usize = 12_000;
    let entry = |number: usize| Entry {
        id: format!("e{number}"),
        question: format!("what does the warehouse know about item {number} and its whereabouts"),
        ..Entry::default()
    };
    let document = Document { entries: (0..ENTRIES).map(entry).collect(), ..Document::default() };
    let matcher = Matcher::new(&Knowledge::new(vec![document]));
    let question = "what does the warehouse know about item 4711";
    let of_document = &matcher.documents[0].matcher;
    let warehouse = word_key(&of_document.read("warehouse").words[0].token.stem);
    assert!(of_document.classifier.index.contains(warehouse));
    let words = matcher.explain(question, EntryKey(4711));
    assert!(
        words.iter().any(|word| word.written == "warehouse" && word.share == 0.0),
        "no feature was dropped: {words:?}"
    );
    let ranked = matcher.ask(question).ranked;
    assert_eq!(ranked[0].entry, EntryKey(4711));
    let sum: f32 = matcher.explain(question, ranked[0].entry).iter().map(|word| word.share).sum();
    assert!((sum - ranked[0].score).abs() < 1e-4, "{sum} is not {}", ranked[0].score);
}

#[test]
fn only_the_end_of_a_typed_text_is_completed() {
    let (_, matcher) = matcher();
    let expected = matcher.complete("who holds the isl", 5);
    assert!(!expected.is_empty());
    for before in ["unrelated ", "ﷺ ", "zq", "? "] {
        let words = vec!["what"; TYPED_WORDS_MAX].join(" ");
        let end = format!("{words} who holds the isl");
        let typed = format!("{}{end}", before.repeat(3_000));
        assert_eq!(matcher.complete(&typed, 5), matcher.complete(&end, 5), "{before}");
    }
}

#[test]
fn knowledge_beyond_the_limit_is_refused_before_it_is_learned() {
    let knowledge = Knowledge::new(vec![document()]);
    let bytes = Matcher::learning_bytes(&knowledge);
    let within = |bytes| Matcher::new_within(&knowledge, &Learned::default(), LearningLimit::bytes(bytes));
    assert!(within(bytes).is_ok());
    assert_eq!(within(bytes - 1).err().map(|error| error.limit), Some(bytes - 1));
}

#[test]
fn an_empty_matcher_answers_nothing() {
    let matcher = Matcher::new(&Knowledge::default());
    assert_eq!(matcher.ask("anything").outcome, Outcome::Unknown);
    assert!(matcher.ask("anything").ranked.is_empty());
    assert!(matcher.complete("any", 5).is_empty());
}

/// Wordings of two to five words with distinct normal forms.
fn wordings() -> impl Strategy<Value = Vec<String>> {
    let wording = proptest::collection::vec("[a-z]{3,9}", 2..6).prop_map(|words| words.join(" "));
    proptest::collection::btree_set(wording, 1..30).prop_map(|set| set.into_iter().collect())
}

/// A document with one entry per wording.
fn one_wording_entries(wordings: &[String]) -> Document {
    entries_of(wordings.chunks(1))
}

/// A document with one entry per group of wordings.
fn entries_of<'a>(groups: impl Iterator<Item = &'a [String]>) -> Document {
    let entry = |(number, wordings): (usize, &[String])| Entry {
        id: format!("e{number}"),
        question: wordings[0].clone(),
        also_asked: wordings[1..].to_vec(),
        ..Entry::default()
    };
    Document { entries: groups.enumerate().map(entry).collect(), ..Document::default() }
}

/// The most that an entry that shares no letter with the others may change their confidence. It makes every other word
/// a little rarer.
const UNRELATED_CHANGE_MAX: f32 = 0.1;

proptest! {
    // Each case builds one or two indexes.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_is_read_without_panic(question in any::<String>(), knowledge in proptest::collection::vec(any::<String>(), 0..6)) {
        let (_, matcher) = matcher();
        let strange = Matcher::new(&Knowledge::new(vec![one_wording_entries(&knowledge)]));
        for matcher in [matcher, &strange] {
            let verdict = matcher.ask(&question);
            prop_assert!((0.0..=1.0).contains(&verdict.confidence));
            // An entry that has the question as a wording is first whatever its score.
            let others = verdict.ranked.get(1..).unwrap_or_default();
            prop_assert!(others.is_sorted_by(|left, right| left.score >= right.score));
            let _ = matcher.complete(&question, 25);
            let _ = matcher.explain(&question, EntryKey(0));
            prop_assert_eq!(matcher.ask(&question), verdict);
        }
    }

    #[test]
    fn a_long_question_is_decided_like_the_part_that_is_read(
        parts in proptest::collection::vec(("[a-z]{1,12}( [a-z]{1,9}){0,3}|\\PC{1,6}|ﷺ|why russia\\? |the ilands", 1..300_usize), 1..9),
    ) {
        let question: String = parts.iter().map(|(part, count)| part.repeat(*count)).collect();
        let (_, matcher) = matcher();
        let read = start_of_question(&question);
        let (long, short) = (matcher.ask(&question), matcher.ask(read));
        prop_assert_eq!(&long, &short);
        prop_assert_eq!(matcher.unknown_words(&question), matcher.unknown_words(read));
        prop_assert_eq!(matcher.explain(&question, EntryKey(0)), matcher.explain(read, EntryKey(0)));
        let (context, related) = ((EntryKey(0), "Why?"), [(EntryKey(1), "Who holds the disputed islands today?")]);
        prop_assert_eq!(
            matcher.ask_in_context(&question, context, &related),
            matcher.ask_in_context(read, context, &related)
        );
        prop_assert_eq!(looks_like_question(&question), looks_like_question(read));
    }

    #[test]
    fn a_wording_finds_its_own_entry(wordings in wordings(), an_entry in 1..4_usize) {
        let matcher = Matcher::new(&Knowledge::new(vec![entries_of(wordings.chunks(an_entry))]));
        for (number, wording) in wordings.iter().enumerate() {
            let ranked = matcher.ask(wording).ranked;
            let own = EntryKey(number / an_entry);
            prop_assert_eq!(ranked.first().map(|candidate| candidate.entry), Some(own), "{}", wording);
        }
    }

    #[test]
    fn an_unrelated_entry_barely_changes_confidence(wordings in wordings(), unrelated in "[а-п]{3,9}( [а-п]{3,9}){1,5}") {
        let alone = Matcher::new(&Knowledge::new(vec![entries_of(wordings.chunks(2))]));
        let beside = Matcher::new(&Knowledge::new(vec![entries_of(wordings.chunks(2).chain([&[unrelated][..]]))]));
        for wording in &wordings {
            let (before, after) = (alone.ask(wording), beside.ask(wording));
            let change = (before.confidence - after.confidence).abs();
            prop_assert!(change <= UNRELATED_CHANGE_MAX, "{wording}: {before:?} {after:?}");
            prop_assert_eq!(before.ranked.first().map(|first| first.entry), after.ranked.first().map(|first| first.entry));
        }
    }

    #[test]
    fn the_order_of_entries_does_not_matter(mut wordings in wordings(), question in "[a-z ]{0,40}") {
        let forward = Matcher::new(&Knowledge::new(vec![one_wording_entries(&wordings)])).ask(&question);
        wordings.reverse();
        let backward = Matcher::new(&Knowledge::new(vec![one_wording_entries(&wordings)])).ask(&question);
        // Of two equally good entries the first in the file ranks first, and the confidence is that of the first
        // ranked.
        if !matches!(&forward.ranked[..], [first, second, ..] if first.score - second.score < 1e-3) {
            prop_assert_eq!(forward.outcome, backward.outcome);
            prop_assert!((forward.confidence - backward.confidence).abs() < 1e-3);
        }
        prop_assert_eq!(forward.ranked.len(), backward.ranked.len());
        for (left, right) in forward.ranked.iter().zip(&backward.ranked) {
            prop_assert!((left.score - right.score).abs() < 1e-3);
        }
    }

    #[test]
    fn letter_case_accents_and_punctuation_change_nothing(words in proptest::collection::vec("[a-z]{1,8}", 1..8), seed in any::<u64>()) {
        let plain = words.join(" ");
        let mut seed = seed;
        let mut styled = String::from("  \u{201C}");
        for letter in plain.chars() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            match (seed >> 33) % 6 {
                0 => styled.extend(letter.to_uppercase()),
                1 => styled.extend([letter, '\u{301}']),
                2 => styled.extend(['\u{200B}', letter]),
                3 if letter != ' ' => styled.extend(char::from_u32(u32::from(letter) - 0x20 + 0xFF00)),
                4 if letter == ' ' => styled.push_str(" \u{2014} "),
                _ => styled.push(letter),
            }
        }
        styled.push_str("\u{201D}!?");
        let (_, matcher) = matcher();
        // The accents of a few short words may be those of another language.
        let (plain, asked) = (matcher.ask(&plain), matcher.ask(&styled));
        prop_assert_eq!(plain.ranked, asked.ranked, "{}", styled);
        if asked.language == plain.language {
            prop_assert_eq!(plain.confidence, asked.confidence, "{}", styled);
            prop_assert_eq!(plain.reason, asked.reason, "{}", styled);
        }
    }
}
