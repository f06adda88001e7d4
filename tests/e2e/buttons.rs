//! The buttons of an answer: related questions and Remove, pressed by the asker, by others and by moderators; and
//! buttons that this version never made.

use footnote_sandbox::{FirstAnswer, InteractionOutcome, MEMBER, MODERATOR, OTHER, OWNER};
use serde_json::json;

use crate::stage::{NO_LIMITS, Stage};

const RELATED: &str = "How tall is the lighthouse?";

/// The text of the ephemeral reply to a press.
fn ephemeral(shown: InteractionOutcome) -> String {
    assert_eq!(shown.first_answer, FirstAnswer::Message);
    let user = shown.interaction.user;
    let message = shown.message().unwrap();
    assert_eq!(message.only_for, Some(user));
    message.text()
}

#[tokio::test]
async fn the_asker_opens_related_questions_in_the_same_message() {
    let stage = Stage::start("").await;
    for place in ["general", "dm"] {
        let answer = stage.ask(MEMBER, place, "who built the lighthouse?").await;
        let pressed = stage.click(MEMBER, answer.id, RELATED).await;
        assert_eq!(pressed.first_answer, FirstAnswer::Update);
        let opened = stage.sandbox.message(answer.id).unwrap();
        assert!(opened.text().contains("41 metres") && opened.only_for.is_none());
        assert_eq!(opened.button_labels(), ["Who built the lighthouse?", "Remove"]);
        stage.click(MEMBER, answer.id, "Who built the lighthouse?").await;
        assert_eq!(stage.sandbox.message(answer.id).unwrap().embeds, answer.embeds, "and back");
    }
    stage.finish(&[]).await;
}

#[tokio::test]
async fn others_get_their_own_ephemeral_answer() {
    let stage = Stage::start("").await;
    let answer = stage.ask(MEMBER, "general", "who built the lighthouse?").await;
    let own = stage.click(OTHER, answer.id, RELATED).await;
    let reply = own.clone().message().unwrap();
    assert!(ephemeral(own).contains("41 metres"));
    assert_eq!(reply.button_labels(), ["Who built the lighthouse?"], "no Remove: Discord lets them dismiss it");
    assert_eq!(stage.sandbox.message(answer.id).unwrap().embeds, answer.embeds, "the public answer is unchanged");
    // They own this reply, so it changes in place.
    let pressed = stage.click(OTHER, reply.id, "Who built the lighthouse?").await;
    assert_eq!(pressed.first_answer, FirstAnswer::Update);
    assert!(stage.sandbox.message(reply.id).unwrap().text().contains("Ada Holm"));
    assert!(!stage.sandbox.message(reply.id).unwrap().button_labels().contains(&"Remove"));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn the_asker_and_moderators_remove_an_answer() {
    let stage = Stage::start("").await;
    for (user, place) in [(MEMBER, "general"), (MEMBER, "dm"), (MODERATOR, "general"), (OWNER, "general")] {
        let answer = stage.ask(MEMBER, place, "who built the lighthouse?").await;
        let pressed = stage.sandbox.click(user, answer.id, "Remove").await.unwrap();
        stage.sandbox.wait_for_deletion(answer.id).await.unwrap();
        let shown = stage.sandbox.wait_for_answer(pressed).await.unwrap();
        assert_eq!(shown.first_answer, FirstAnswer::DeferredUpdate, "{user} in {place}");
    }
    let by_command = stage.slash(MEMBER, "general", "ask", &[("question", json!("who built the lighthouse?"))]).await;
    let answer = by_command.message().unwrap();
    stage.sandbox.click(MODERATOR, answer.id, "Remove").await.unwrap();
    stage.sandbox.wait_for_deletion(answer.id).await.unwrap();
    stage.finish(&[]).await;
}

#[tokio::test]
async fn others_cannot_remove_an_answer() {
    let stage = Stage::start("").await;
    let answer = stage.ask(MEMBER, "general", "who built the lighthouse?").await;
    let refusal = ephemeral(stage.click(OTHER, answer.id, "Remove").await);
    assert_eq!(refusal, "Only the member who asked, or a moderator, can remove this answer.");
    assert!(stage.sandbox.message(answer.id).is_some());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_forged_or_outdated_button_is_refused_politely() {
    let stage = Stage::start(NO_LIMITS).await;
    let member = stage.id_of(MEMBER);
    let out_of_date = "This is from an earlier version of me and no longer works. Ask again with /ask.";
    let gone = "That answer has been removed. Ask again with /ask.";
    let no_section = "There is no section with that name. /sections lists them all.";
    for (custom_id, sentence) in [
        ("answer|42".to_owned(), out_of_date),
        ("show".to_owned(), out_of_date),
        ("show:0:how-tall-is-it".to_owned(), out_of_date),
        (format!("show:{member}:never-there"), gone),
        (format!("show:{member}:{}", "x".repeat(70)), gone),
        (format!("page:{member}:0:9.the-ferry"), no_section),
        (format!("page:{member}:0:0.never-there"), no_section),
        (format!("page:{member}:-1:0.the-ferry"), out_of_date),
        (format!("choose:{member}:0"), out_of_date),
        ("remove:18446744073709551616".to_owned(), out_of_date),
        ("remove:1".to_owned(), "Only the member who asked, or a moderator, can remove this answer."),
    ] {
        let message = stage.post_as_bot(&custom_id).await;
        assert_eq!(ephemeral(stage.click(MEMBER, message, "Old").await), sentence, "{custom_id}");
    }
    // A page beyond the last one shows the last one.
    let message = stage.post_as_bot(&format!("page:{member}:999999:0.the-ferry")).await;
    assert_eq!(stage.click(MEMBER, message, "Old").await.first_answer, FirstAnswer::Update);
    assert!(stage.sandbox.message(message).unwrap().text().contains("page 2 of 2"));
    stage.finish(&[]).await;
}
