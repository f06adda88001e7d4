//! Results and refusals of each kind of edit, and the laws of apply, undo and merge.
#![allow(clippy::unwrap_used)]

use std::collections::HashSet;

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::json;

use super::{Conflict, Edit, EditError, EditRefusal, Item};
use crate::knowledge::arbitrary::{boundary, entry, sound_document, style, words, written};
use crate::knowledge::{Document, Fingerprint, parse_document};

/// Two sections, an entry for each, and a boundary.
fn text() -> String {
    let document: Document = serde_json::from_value(json!({
        "title": "The Lighthouse",
        "sections": [{"id": "one", "title": "One", "paragraphs": 2}, {"id": "two", "title": "Two", "paragraphs": 2}],
        "entries": [
            {"id": "a", "question": "Who built it?", "also_asked": ["builder"], "passage": "Ada.",
             "citations": [{"section": "one", "paragraphs": [1]}], "related": ["b"]},
            {"id": "b", "question": "Who kept it?", "passage": "Bo.", "citations": [{"section": "two", "paragraphs": [1]}]},
        ],
        "boundaries": [{"id": "height", "question": "How tall is it?", "says": "Not told."}],
    }))
    .unwrap();
    written(&document, Some((" ", "\n")))
}

fn item(text: &str, id: &str) -> Item {
    Item::find(&parse_document(text).unwrap(), id).unwrap()
}

/// An item with one field changed.
fn with(item: &Item, field: &str, value: serde_json::Value) -> Item {
    let mut json = serde_json::to_value(item).unwrap();
    json.as_object_mut().unwrap().values_mut().for_each(|item| item[field] = value.clone());
    serde_json::from_value(json).unwrap()
}

fn change(text: &str, id: &str, field: &str, value: serde_json::Value) -> Edit {
    let before = item(text, id);
    Edit::Change { after: with(&before, field, value), before }
}

fn add_wording(id: &str, wording: &str) -> Edit {
    Edit::AddWording { id: id.into(), wording: wording.into() }
}

fn refused(edit: &Edit, text: &str) -> EditRefusal {
    match edit.apply(text).unwrap_err() {
        EditError::Refused(refusal) => refusal,
        error @ EditError::Busy(_) => panic!("{error}"),
        EditError::Failed(failure) => panic!("{failure}"),
    }
}

/// Lines that only `after` has, then lines that only `before` has.
fn diff<'a>(before: &'a str, after: &'a str) -> (Vec<&'a str>, Vec<&'a str>) {
    let only =
        |of: &'a str, other: &str| of.lines().filter(|line| !other.lines().any(|known| known == *line)).collect();
    (only(after, before), only(before, after))
}

#[test]
fn each_edit_changes_only_its_own_lines() {
    let text = text();
    let new = with(&with(&item(&text, "a"), "id", json!("c")), "question", json!("Whose?"));
    let cases = [
        (Edit::Add { item: new }, vec!["   \"id\": \"c\",", "   \"question\": \"Whose?\","], vec![]),
        (
            change(&text, "b", "passage", json!("“Bo”, née Ö.")),
            vec!["   \"passage\": \"“Bo”, née Ö.\","],
            vec!["   \"passage\": \"Bo.\","],
        ),
        (add_wording("b", "keeper"), vec!["    \"keeper\""], vec![]),
        (
            Edit::RemoveWording { id: "a".into(), wording: "builder".into() },
            vec![],
            vec!["   \"also_asked\": [", "    \"builder\""],
        ),
        (
            change(&text, "height", "says", json!("No.")),
            vec!["   \"says\": \"No.\""],
            vec!["   \"says\": \"Not told.\""],
        ),
    ];
    for (edit, added, removed) in cases {
        let after = edit.apply(&text).unwrap();
        assert_eq!(diff(&text, &after), (added, removed), "{}", edit.summary());
    }
}

#[test]
fn a_new_entry_is_inserted_after_the_last_of_its_section() {
    let text = text();
    let add = |id: &str, section: &str| {
        let citation = json!([{"section": section, "paragraphs": [2]}]);
        Edit::Add { item: with(&with(&item(&text, "a"), "id", json!(id)), "citations", citation) }
    };
    for (section, order) in [("one", ["a", "c", "b"]), ("two", ["a", "b", "c"]), ("none", ["a", "b", "c"])] {
        let after = parse_document(&add("c", section).apply(&text).unwrap()).unwrap();
        assert_eq!(after.entries.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>(), order);
    }
}

#[test]
fn removals_and_renames_update_related_lists() {
    let text = text();
    let after = parse_document(&Edit::Remove { item: item(&text, "b") }.apply(&text).unwrap()).unwrap();
    assert_eq!((after.entries.len(), after.entries[0].related.len()), (1, 0));
    let after = parse_document(&change(&text, "b", "id", json!("keeper")).apply(&text).unwrap()).unwrap();
    assert_eq!((after.entries[1].id.as_str(), &after.entries[0].related[..]), ("keeper", &["keeper".to_owned()][..]));
}

#[test]
fn concurrent_changes_are_not_overwritten() {
    let text = text();
    let theirs = |edit: Edit| edit.apply(&text).unwrap();
    let mine = change(&text, "a", "passage", json!("Eve."));
    // The same field.
    let conflict = Conflict {
        place: "entries[a].passage".into(),
        seen: Some(json!("Ada.")),
        wanted: Some(json!("Eve.")),
        found: Some(json!("Ida.")),
    };
    match refused(&mine, &theirs(change(&text, "a", "passage", json!("Ida.")))) {
        EditRefusal::Conflict(found) => assert_eq!(*found, conflict),
        other => panic!("{other}"),
    }
    let message = EditRefusal::from(conflict).to_string();
    assert!(["Ada.", "Eve.", "Ida.", "entries[a].passage"].iter().all(|part| message.contains(part)), "{message}");
    // Changes of different fields, and of different wordings, are combined.
    let both = mine.apply(&theirs(change(&text, "a", "question", json!("By whom?")))).unwrap();
    assert!(both.contains("Eve.") && both.contains("By whom?"));
    let wordings = change(&text, "a", "also_asked", json!(["builder", "mason"]));
    let both = parse_document(&wordings.apply(&theirs(add_wording("a", "architect"))).unwrap()).unwrap();
    assert_eq!(both.entries[0].also_asked, ["builder", "mason", "architect"]);
    // Two changes of one wording conflict.
    let reworded = change(&text, "a", "also_asked", json!(["the builder"]));
    let other = theirs(change(&text, "a", "also_asked", json!(["a builder"])));
    assert!(matches!(refused(&reworded, &other), EditRefusal::Conflict(_)));
    // The item is gone, its new id is taken, it was changed before its removal, or it is of another kind.
    let gone = theirs(Edit::Remove { item: item(&text, "a") });
    assert!(matches!(refused(&mine, &gone), EditRefusal::Gone { id, wanted: Some(_) } if id == "a"));
    assert!(matches!(refused(&add_wording("a", "x"), &gone), EditRefusal::Gone { .. }));
    assert!(matches!(refused(&Edit::Add { item: item(&text, "a") }, &text), EditRefusal::Taken { .. }));
    assert!(matches!(refused(&change(&text, "a", "id", json!("height")), &text), EditRefusal::Taken { .. }));
    let remove = Edit::Remove { item: item(&text, "a") };
    assert!(matches!(refused(&remove, &theirs(add_wording("a", "x"))), EditRefusal::Conflict(_)));
    let turned = Edit::Change { before: item(&text, "a"), after: with(&item(&text, "height"), "id", json!("a")) };
    assert!(matches!(refused(&turned, &text), EditRefusal::Conflict(_)));
}

#[test]
fn edits_without_effect_are_refused() {
    let text = text();
    for (edit, expected) in [
        (add_wording("a", " BUILDER! "), "found that `a` already has \"builder\""),
        (add_wording("height", "how tall is it"), "found that `height` already has \"How tall is it?\""),
        (Edit::RemoveWording { id: "a".into(), wording: "Who built it?".into() }, "did not find it"),
        (change(&text, "a", "passage", json!("Ada.")), "changes nothing"),
        (Edit::Replace { expected: Some(Fingerprint::of(&text)), text: text.clone() }, "changes nothing"),
    ] {
        let message = refused(&edit, &text).to_string();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_whole_file_is_replaced_only_if_it_is_unchanged() {
    let text = text();
    let edit = Edit::Replace { expected: Some(Fingerprint::of(&text)), text: "anything".into() };
    assert_eq!(edit.apply(&text).unwrap(), "anything");
    match refused(&edit, "other") {
        EditRefusal::FileChanged { wanted, found } => {
            assert_eq!((wanted.as_str(), found.as_deref()), ("anything", Some("other")))
        }
        other => panic!("{other}"),
    }
    let nothing = Edit::Replace { expected: None, text: text.clone() };
    assert!(matches!(refused(&nothing, &text), EditRefusal::FileChanged { .. }));
    assert_eq!(nothing.apply_without_file("k.json".as_ref()).unwrap(), text);
    assert!(
        edit.apply_without_file("k.json".as_ref()).is_err()
            && add_wording("a", "x").apply_without_file("k.json".as_ref()).is_err()
    );
}

#[test]
fn an_earlier_change_is_undone_below_later_ones_or_refused() {
    let first = text();
    let second = change(&first, "a", "passage", json!("Eve.")).apply(&first).unwrap();
    let undo = Edit::Undo { before: first.clone(), after: second.clone(), summary: String::new() };
    let later = add_wording("a", "mason").apply(&second).unwrap();
    assert_eq!(undo.apply(&later).unwrap(), add_wording("a", "mason").apply(&first).unwrap());
    let touched = change(&second, "a", "passage", json!("Ida.")).apply(&second).unwrap();
    assert!(matches!(refused(&undo, &touched), EditRefusal::Conflict(_)));
    assert!(matches!(refused(&undo, &first), EditRefusal::Nothing));
}

/// Random choices from which [`edit_of`] builds an edit of any document.
type Choice = (u8, Index, Index, Item, Item, String);

fn choice() -> impl Strategy<Value = Choice> {
    let item = || prop_oneof![entry().prop_map(Item::Entry), boundary().prop_map(Item::Boundary)];
    (0..7_u8, any::<Index>(), any::<Index>(), item(), item(), words())
}

/// An edit that a moderator who saw this document could make. The same choices give the same edit for the same
/// document.
fn edit_of(document: &Document, (kind, at, field, new, other, words): &Choice, prefix: &str) -> Edit {
    let entries = document.entries.iter().cloned().map(Item::Entry);
    let items: Vec<Item> = entries.chain(document.boundaries.iter().cloned().map(Item::Boundary)).collect();
    let new = with(new, "id", json!(format!("{prefix}-new")));
    if items.is_empty() {
        return Edit::Add { item: new };
    }
    let item = items[at.index(items.len())].clone();
    let id = item.id().to_owned();
    match kind {
        0 => Edit::Add { item: new },
        1 => Edit::Remove { item },
        2 => add_wording(&id, &format!("{prefix} {words}")),
        3 => {
            let known = serde_json::to_value(&item).unwrap();
            let also =
                known.as_object().unwrap().values().find_map(|item| item["also_asked"][0].as_str().map(str::to_owned));
            Edit::RemoveWording { id, wording: also.unwrap_or_default() }
        }
        _ => {
            // One of the fields of another item of the same kind.
            let (kind, names) = match item {
                Item::Entry(_) => ("entry", &["question", "also_asked", "passage", "citations", "related"][..]),
                Item::Boundary(_) => ("boundary", &["question", "also_asked", "says"][..]),
            };
            let name = names[field.index(names.len())];
            let value = serde_json::to_value(other).unwrap()[kind][name].clone();
            let empty = if matches!(name, "question" | "passage" | "says") { json!(words) } else { json!([]) };
            Edit::Change { after: with(&item, name, if value.is_null() { empty } else { value }), before: item }
        }
    }
}

/// The content of a document, with sorted lists. Omits related ids that do not exist, which the check refuses.
fn content(text: &str) -> serde_json::Value {
    fn sort(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Array(values) => {
                values.iter_mut().for_each(sort);
                values.sort_by_key(ToString::to_string);
            }
            serde_json::Value::Object(fields) => fields.values_mut().for_each(sort),
            _ => {}
        }
    }
    let mut document = parse_document(text).unwrap();
    let ids: Vec<String> = document.entries.iter().map(|entry| entry.id.clone()).collect();
    let of_entries = document.entries.iter_mut().map(|entry| &mut entry.related);
    let related = of_entries.chain(document.boundaries.iter_mut().map(|boundary| &mut boundary.related));
    related.for_each(|related| related.retain(|id| ids.contains(id)));
    let mut value = serde_json::to_value(document).unwrap();
    sort(&mut value);
    value
}

/// Each value in a document, with its field and its entry or boundary.
fn values(text: &str) -> HashSet<String> {
    fn collect(place: &str, value: &serde_json::Value, found: &mut HashSet<String>) {
        match value {
            serde_json::Value::Array(values) => {
                values.iter().for_each(|value| collect(&format!("{place} {}", value["id"]), value, found));
            }
            serde_json::Value::Object(fields) => {
                fields.iter().for_each(|(name, value)| collect(&format!("{place} {name}"), value, found));
            }
            value => drop(found.insert(format!("{place} {value}"))),
        }
    }
    let mut found = HashSet::new();
    collect("", &serde_json::to_value(parse_document(text).unwrap()).unwrap(), &mut found);
    found
}

proptest! {
    // Half of the pairs of edits are of one entry or remove one, so that about as many are rejected as accepted.
    #![proptest_config(ProptestConfig { max_global_rejects: 10_000, ..ProptestConfig::with_cases(1_000) })]

    /// Undoing an edit restores the exact text if the file is unchanged, and the exact content if its layout changed.
    #[test]
    fn undo_restores_the_text_before_the_edit(document in sound_document(), choice in choice(), one in style(), two in style()) {
        let before = written(&document, one);
        let Ok(after) = edit_of(&document, &choice, "one").apply(&before) else { return Ok(()) };
        let changed = parse_document(&after).unwrap();
        let undo = Edit::Undo { before: before.clone(), after, summary: String::new() };
        prop_assert_eq!(&undo.apply(&text_after(&undo)).unwrap(), &before);
        // A change of order alone looks like no change of the content. So the undo may be refused, but is never wrong.
        if let Ok(undone) = undo.apply(&(written(&changed, two) + " ")) {
            prop_assert_eq!(undone, written(&document, two) + " ");
        }
    }

    /// The layout of a file makes no difference to an edit.
    #[test]
    fn an_edit_means_the_same_in_every_layout(document in sound_document(), choice in choice(), one in style(), two in style()) {
        let edit = edit_of(&document, &choice, "one");
        match (edit.apply(&written(&document, one)), edit.apply(&written(&document, two))) {
            (Ok(one_after), Ok(two_after)) => {
                let after = parse_document(&one_after).unwrap();
                prop_assert_eq!(&one_after, &written(&after, one));
                prop_assert_eq!(&two_after, &written(&after, two));
            }
            (Err(EditError::Refused(one)), Err(EditError::Refused(two))) => prop_assert_eq!(one.to_string(), two.to_string()),
            (one, two) => prop_assert!(false, "{one:?} and {two:?}"),
        }
    }

    /// If two moderators saw the same file and both their edits succeed, the order makes no difference.
    #[test]
    fn two_edits_of_one_file_commute(document in sound_document(), one in choice(), two in choice()) {
        let text = written(&document, Some((" ", "\n")));
        let (one, two) = (edit_of(&document, &one, "one"), edit_of(&document, &two, "two"));
        let (Ok(first), Ok(second)) = (one.apply(&text), two.apply(&text)) else { return Ok(()) };
        if let (Ok(one_two), Ok(two_one)) = (two.apply(&first), one.apply(&second)) {
            prop_assert_eq!(content(&one_two), content(&two_one));
            // Undoing the first edit leaves the second, unless both added the same value.
            let new = |after: &str| &values(after) - &values(&text);
            let shared = !new(&first).is_disjoint(&new(&second));
            let undo = Edit::Undo { before: text.clone(), after: first, summary: String::new() };
            if let (Ok(left), false) = (undo.apply(&one_two), shared) {
                prop_assert_eq!(content(&left), content(&second));
            }
        }
    }

    /// Edits of different entries both succeed. Removals are excluded, because they also change other entries.
    #[test]
    fn edits_of_different_entries_both_succeed(document in sound_document(), one in choice(), two in choice()) {
        let text = written(&document, Some((" ", "\n")));
        let (one, two) = (edit_of(&document, &one, "one"), edit_of(&document, &two, "two"));
        let removes = |edit: &Edit| matches!(edit, Edit::Remove { .. });
        let of = |edit: &Edit| match edit {
            Edit::Remove { item } => item.id().to_owned(),
            edit => edit.item_id().unwrap().to_owned(),
        };
        prop_assume!(of(&one) != of(&two) && !removes(&one) && !removes(&two));
        let (Ok(first), Ok(second)) = (one.apply(&text), two.apply(&text)) else { return Ok(()) };
        prop_assert_eq!(content(&two.apply(&first).unwrap()), content(&one.apply(&second).unwrap()));
    }
}

fn text_after(undo: &Edit) -> String {
    if let Edit::Undo { after, .. } = undo { after.clone() } else { String::new() }
}
