//! Moderators work through the unanswered questions: teach an entry, add an entry or a boundary, dismiss, clear.

use footnote_sandbox::{FirstAnswer, MEMBER, MODERATOR, OTHER};
use serde_json::json;

use crate::stage::{NO_LIMITS, Stage};

const PIZZA: &str = "what is the best pizza in town?";
const RIDE: &str = "zorblax glimmer fremp?";
const LIST: &str = "Choose a question";
const TEACH: &str = "It is a wording of …";
/// Near to the entry `captain`, but not near enough for its answer.
const NEAR: &str = "which vessel needs a helmsman?";

/// A part of the answer of the entry `captain`.
const STEERING: &str = "Mira Lund";

const PASSAGE: &str = "The keeper bakes it himself.";

#[tokio::test]
async fn an_unanswered_question_becomes_an_entry_and_the_entry_is_undone() {
    let stage = Stage::start(NO_LIMITS).await;
    let before = stage.file();
    for (user, question) in [(MEMBER, PIZZA), (OTHER, "What is the best pizza in town"), (MEMBER, RIDE)] {
        assert!(stage.ask(user, "general", question).await.text().contains("does not answer that"));
    }
    let list = stage.knowledge(MODERATOR, "unanswered", &[]).await;
    let lines: Vec<_> = list.text().lines().map(str::to_owned).collect();
    assert!(lines[1].starts_with("1\\. **2×** What is the best pizza in town, <t:"), "{lines:?}");
    assert!(lines[2].starts_with("2\\. **1×** zorblax glimmer fremp?, <t:"), "{lines:?}");

    let group = stage.choose(&list, LIST, "What is the best pizza in town").await;
    assert!(group.text().contains("**2×** What is the best pizza in town (unknown, last <t:"), "{}", group.text());
    let texts = [("wordings", "pizza of the harbour"), ("passage", PASSAGE), ("citations", "The Keepers 2")];
    let preview = stage.fill(&group, "New entry", &texts).await;
    assert!(preview.text().contains(PASSAGE) && preview.text().contains("The Keepers, ¶ 2"), "{}", preview.text());
    assert_eq!(stage.file(), before, "nothing changes before Save");
    let saved = stage.press(&preview, "Save").await;
    assert!(saved.text().starts_with("Saved as revision 2:"), "{}", saved.text());
    let list = stage.press(&saved, "Back to the list").await;
    assert!(!list.text().contains("pizza") && list.text().contains("zorblax"), "{}", list.text());
    assert!(stage.ask(OTHER, "general", PIZZA).await.text().contains(PASSAGE));

    let undo = stage.knowledge(MODERATOR, "undo", &[]).await;
    assert!(undo.text().contains("**Entry** `what-is-the-best-pizza-in-town` removed"), "{}", undo.text());
    assert!(undo.text().contains("~~The keeper bakes it himself.~~"), "{}", undo.text());
    assert!(stage.press(&undo, "Save").await.text().starts_with("Saved as revision 3:"));
    assert_eq!(stage.file(), before);
    assert!(stage.ask(OTHER, "general", PIZZA).await.text().contains("does not answer that"));

    let history = stage.knowledge(MODERATOR, "history", &[]).await.text();
    let moderator = stage.id_of(MODERATOR);
    let told: Vec<_> = history.lines().skip(1).map(|line| line.split_once("f>, ").unwrap().1).collect();
    assert_eq!(
        told,
        [
            format!("<@{moderator}>: undo: revision 2 (add entry what-is-the-best-pizza-in-town)"),
            format!("<@{moderator}>: add entry what-is-the-best-pizza-in-town"),
            "in the file: found when the bot began to keep history".to_owned(),
        ]
    );
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_question_is_taught_as_a_wording_of_an_entry() {
    let stage = Stage::start(NO_LIMITS).await;
    assert!(!stage.ask(MEMBER, "general", NEAR).await.text().contains(STEERING));
    let list = stage.knowledge(MODERATOR, "unanswered", &[]).await;
    let group = stage.choose(&list, LIST, NEAR).await;
    let preview = stage.choose(&group, TEACH, "captain").await;
    assert!(preview.text().contains("add a wording to captain"), "{}", preview.text());
    stage.press(&preview, "Save").await;
    assert!(stage.file().contains(NEAR));
    assert!(stage.ask(MEMBER, "general", NEAR).await.text().contains(STEERING));
    let list = stage.knowledge(MODERATOR, "unanswered", &[]).await;
    assert!(list.text().contains("No question waits"), "{}", list.text());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_question_is_bounded_dismissed_or_cleared_away() {
    let mut stage = Stage::start(NO_LIMITS).await;
    for question in [PIZZA, RIDE, "qwrtz plonk vexing?"] {
        stage.ask(MEMBER, "general", question).await;
    }
    let list = stage.knowledge(MODERATOR, "unanswered", &[]).await;
    let group = stage.choose(&list, LIST, PIZZA).await;
    let texts = [("passage", "The guide names no pizzeria.")];
    let preview = stage.fill(&group, "The text does not say", &texts).await;
    let saved = stage.press(&preview, "Save").await;
    assert!(stage.ask(MEMBER, "general", PIZZA).await.text().contains("The guide names no pizzeria."));

    let list = stage.press(&saved, "Back to the list").await;
    let group = stage.choose(&list, LIST, RIDE).await;
    let list = stage.press(&group, "Dismiss").await;
    assert!(!list.text().contains("zorblax"), "{}", list.text());
    stage.ask(MEMBER, "general", RIDE).await;
    let group = stage.choose(&list, LIST, "qwrtz plonk vexing?").await;
    let back = stage.press(&group, "Back to the list").await;
    assert!(!back.text().contains("zorblax"), "dismissed for good: {}", back.text());

    let clear = stage.knowledge(MODERATOR, "clear", &[]).await;
    assert!(clear.text().contains("1 on the list"), "{}", clear.text());
    let cleared = stage.press(&clear, "Empty the list").await;
    assert_eq!(cleared.text(), "The list of unanswered questions is empty.");
    // This page shows the list as it was before.
    let gone = stage.choose(&back, LIST, "qwrtz plonk vexing?").await;
    assert_eq!(gone.text(), "That question is no longer on the list: another moderator handled it.");
    stage.stop().await;
    assert!(stage.unanswered_questions().is_empty());
    let bytes = std::fs::read(stage.folder().join("state.db")).unwrap();
    assert!(!bytes.windows(5).any(|window| window == b"vexin"), "the database no longer contains its words");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn an_answer_that_was_not_meant_is_listed_with_its_entry() {
    let stage = Stage::start(NO_LIMITS).await;
    let answer = stage.ask(MEMBER, "general", "who built the beacon?").await;
    stage.click(MEMBER, answer.id, "Not what I meant").await;
    let list = stage.knowledge(MODERATOR, "unanswered", &[]).await;
    let group = stage.choose(&list, LIST, "who built the beacon?").await;
    assert!(group.text().contains("(`who-built-it` was not meant, last"), "{}", group.text());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn the_list_comes_in_pages() {
    let stage = Stage::start(NO_LIMITS).await;
    let words =
        ["xylophone", "quartz", "vortex", "nimbus", "fjord", "glyph", "bazooka", "kumquat", "tundra", "ukulele"];
    for word in words {
        stage.ask(MEMBER, "general", word).await;
    }
    let first = stage.knowledge(MODERATOR, "unanswered", &[]).await;
    assert_eq!((first.text().lines().count(), first.button_labels()), (9, vec!["Next ▶"]));
    let second = stage.press(&first, "Next ▶").await;
    assert_eq!((second.text().lines().count(), second.button_labels()), (3, vec!["◀ Previous"]));
    assert_eq!(stage.press(&second, "◀ Previous").await.text(), first.text());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn members_cannot_moderate_by_command_button_or_form() {
    let mut stage = Stage::start(NO_LIMITS).await;
    stage.ask(MEMBER, "general", PIZZA).await;
    let before = stage.file();
    for command in ["unanswered", "clear", "history", "undo", "restore", "export", "import"] {
        let hidden = stage.sandbox.slash(MEMBER, "general", &format!("knowledge {command}"), &[]).await;
        assert!(hidden.is_err(), "{command} is hidden from members");
    }
    // The admin of a server can show the command to everybody, so the bot checks too.
    stage.open_to_everybody().await;
    let refused = "Only moderators can do that.";
    let file = stage.sandbox.attach("harbour.json", before.replace("Ada Holm", "Bo Holm"));
    for (command, options) in [
        ("unanswered", vec![]),
        ("clear", vec![]),
        ("history", vec![]),
        ("undo", vec![]),
        ("restore", vec![("revision", json!(1))]),
        ("export", vec![]),
        ("import", vec![("attachment", json!(file))]),
    ] {
        assert_eq!(stage.knowledge(MEMBER, command, &options).await.text(), refused, "{command}");
    }
    let completed = stage.complete(MEMBER, "knowledge restore", "revision", "").await;
    assert!(completed.is_empty(), "{completed:?}");
    let key = "1234567890123456789";
    let mut forged = Vec::new();
    for step in ["history", "undo", "restore", "questions", "answer", "bound", "dismiss", "teach"] {
        forged.push(format!("knowledge:{step}:{}", if step == "undo" || step == "restore" { "1" } else { key }));
    }
    for step in ["revision", "group", "clear"] {
        forged.push(format!("knowledge:{step}:"));
    }
    for custom_id in forged {
        let message = stage.post_as_bot(&custom_id).await;
        let told = stage.click(MEMBER, message, "Old").await.message().unwrap();
        assert_eq!((told.text().as_str(), told.only_for.is_some()), (refused, true), "{custom_id}");
    }
    stage.stop().await;
    assert_eq!((stage.file(), stage.unanswered_questions().len()), (before, 1));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_forged_action_of_a_moderator_is_refused_politely() {
    let stage = Stage::start(NO_LIMITS).await;
    let gone = "That question is no longer on the list: another moderator handled it.";
    let out_of_date = "This is from an earlier version of me and no longer works. Ask again with /ask.";
    for (custom_id, told) in [
        ("knowledge:answer:5", gone),
        ("knowledge:bound:-5", gone),
        ("knowledge:dismiss:5", gone),
        ("knowledge:teach:5", out_of_date),
        ("knowledge:group:", out_of_date),
        ("knowledge:revision:", out_of_date),
        ("knowledge:undo:99", "There is no revision 99 in the history."),
        ("knowledge:undo:1", "There is nothing to undo."),
        ("knowledge:restore:-1", "There is no revision -1 in the history."),
        ("knowledge:questions:18446744073709551615", "Unanswered questions\nNo question waits for an answer."),
    ] {
        let message = stage.post_as_bot(custom_id).await;
        let old = stage.sandbox.message(message).unwrap();
        let shown = stage.click(MODERATOR, message, "Old").await;
        let told_now = match shown.first_answer {
            FirstAnswer::Message => shown.message().unwrap().text(),
            _ => stage.changed(&old).await.text(),
        };
        assert_eq!(told_now, told, "{custom_id}");
    }
    stage.finish(&[]).await;
}
