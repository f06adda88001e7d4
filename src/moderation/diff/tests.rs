//! Differences in a readable notation, and their bounds.
//! A property test rebuilds both texts from their runs.

use proptest::prelude::*;

use super::*;

/// Formats runs: `[-removed-]`, `{+added+}`.
fn shown(runs: &[Run]) -> String {
    runs.iter()
        .map(|run| match run {
            Run::Kept(text) => text.clone(),
            Run::Removed(text) => format!("[-{text}-]"),
            Run::Added(text) => format!("{{+{text}+}}"),
        })
        .collect()
}

#[test]
fn texts_are_compared_word_by_word() {
    for (old, new, difference) in [
        ("", "", ""),
        ("same", "same", "same"),
        ("", "new", "{+new+}"),
        ("old", "", "[-old-]"),
        ("Abe met Putin often.", "Abe met Putin rarely.", "Abe met Putin [-often-]{+rarely+}."),
        ("one two three four", "one 2 3 four", "one [-two three-]{+2 3+} four"),
        ("the islands", "the four islands", "the {+four +}islands"),
        ("can't go", "can go", "[-can't-]{+can+} go"),
        ("日本とロシア", "日本と中国", "日本と[-ロシア-]{+中国+}"),
    ] {
        assert_eq!(shown(&words(old, new)), difference, "{old:?} to {new:?}");
    }
}

#[test]
fn long_texts_are_not_compared_word_by_word() {
    let old = "a ".repeat(COMPARED_CHARS / 4);
    let new = old.replacen('a', "b", 1);
    assert_eq!(words(&old, &new).len(), 3);
    let longer = format!("{new}c");
    assert_eq!(words(&old, &longer), [Run::Removed(old), Run::Added(longer)]);
}

fn sample() -> Document {
    let entry = |id: &str| Entry {
        id: id.into(),
        question: format!("What is {id}?"),
        also_asked: vec!["tell me".into(), "say it".into()],
        passage: "It is so.".into(),
        citations: vec![Citation { section: "one".into(), paragraphs: vec![3, 4], quote: Some("a word".into()) }],
        ..Entry::default()
    };
    let boundary = Boundary {
        id: "price".into(),
        question: "What does it cost?".into(),
        says: "No price.".into(),
        ..Boundary::default()
    };
    Document {
        title: "A text".into(),
        sections: vec![Section { id: "one".into(), title: "One".into(), paragraphs: 9, summary: None }],
        entries: vec![entry("a"), entry("b")],
        boundaries: vec![boundary],
        ..Document::default()
    }
}

fn described(change: &Change) -> String {
    let fields: Vec<String> =
        change.fields.iter().map(|field| format!("{}: {}", field.name, shown(&field.runs))).collect();
    format!("{:?} {:?} {}; {}", change.kind, change.item, change.id, fields.join("; "))
}

#[test]
fn changes_are_listed_by_item_and_field() {
    type Edit = fn(&mut Document);
    let cases: [(Edit, &[&str]); 10] = [
        (|_| {}, &[]),
        (|new| new.title = "A book".into(), &["Changed Document ; title: A [-text-]{+book+}"]),
        (|new| new.language = Some("de".into()), &["Changed Document ; language: {+de+}"]),
        (
            |new| new.synonyms.push(vec!["isles".into(), "islands".into()]),
            &["Changed Document ; synonyms: {+isles = islands+}"],
        ),
        (|new| new.sections[0].paragraphs = 8, &["Changed Section one; paragraphs: [-9-]{+8+}"]),
        (|new| new.entries[0].also_asked.insert(0, "do tell".into()), &["Changed Entry a; also_asked: {+do tell+}"]),
        (
            |new| new.entries[1].citations[0].paragraphs = vec![5],
            &["Changed Entry b; citations: one, ¶ [-3, 4-]{+5+}: “a word”"],
        ),
        (
            |new| drop(new.entries.remove(0)),
            &["Removed Entry a; question: [-What is a?-]; also_asked: [-tell me-][-say it-]; passage: [-It is so.-]; \
               citations: [-one, ¶ 3, 4: “a word”-]"],
        ),
        (
            |new| {
                let boundary = new.boundaries.remove(0);
                new.boundaries.push(Boundary { id: "cost".into(), ..boundary });
            },
            &[
                "Added Boundary cost; question: {+What does it cost?+}; says: {+No price.+}",
                "Removed Boundary price; question: [-What does it cost?-]; says: [-No price.-]",
            ],
        ),
        (|new| new.entries[0].also_asked.reverse(), &["Changed Entry a; also_asked: "]),
    ];
    for (edit, expected) in cases {
        let (old, mut new) = (sample(), sample());
        edit(&mut new);
        let difference = difference(&old, &new);
        assert_eq!(difference.changes.iter().map(described).collect::<Vec<_>>(), expected);
        assert!(!difference.reordered && difference.omitted == 0);
    }
    let (old, mut new) = (sample(), sample());
    new.entries.reverse();
    assert_eq!(difference(&old, &new), Difference { reordered: true, ..Difference::default() });
}

#[test]
fn a_difference_is_bounded() {
    let mut new = sample();
    new.entries[0].also_asked = (0..1_000).map(|number| format!("{number} {}", "x".repeat(100))).collect();
    new.entries.extend((0..CHANGES_MAX).map(|number| Entry { id: format!("new-{number}"), ..Entry::default() }));
    let difference = difference(&sample(), &new);
    assert_eq!((difference.changes.len(), difference.omitted), (CHANGES_MAX, 1));
    let field = &difference.changes[0].fields[0];
    assert!(field.is_cut);
    assert_eq!(field.runs.iter().map(|run| run.text().chars().count()).sum::<usize>(), FIELD_CHARS);
}

#[test]
fn only_the_first_texts_are_compared_word_by_word() {
    let (mut old, mut new) = (sample(), sample());
    let long = "word ".repeat(COMPARED_CHARS / 10 - 1);
    let with_passage =
        |number: usize, passage: String| Entry { id: format!("e-{number}"), passage, ..Entry::default() };
    old.entries = (0..20).map(|number| with_passage(number, format!("{long}old"))).collect();
    new.entries = (0..20).map(|number| with_passage(number, format!("{long}new"))).collect();
    let changes = difference(&old, &new).changes;
    let compared: Vec<bool> = changes.iter().map(|change| matches!(change.fields[0].runs[0], Run::Kept(_))).collect();
    assert_eq!(compared, [[true; 10], [false; 10]].concat());
}

proptest! {
    #[test]
    fn the_runs_form_both_texts(old in "[ab .\n]{0,60}", new in "[ab .\n]{0,60}") {
        let runs = words(&old, &new);
        let side = |is_other: fn(&Run) -> bool| -> String { runs.iter().filter(|run| !is_other(run)).map(Run::text).collect() };
        prop_assert_eq!(side(|run| matches!(run, Run::Added(_))), old);
        prop_assert_eq!(side(|run| matches!(run, Run::Removed(_))), new);
        prop_assert!(runs.iter().all(|run| !run.text().is_empty()));
    }
}
