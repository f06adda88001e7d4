//! An answer follows its question: editing the question changes the answer, deleting it deletes the answer.

use footnote_sandbox::{MEMBER, MODERATOR, Message};

use crate::stage::{Stage, UNSURE};

#[tokio::test]
async fn an_edited_question_changes_its_answer() {
    let stage = Stage::start("").await;
    let asked = stage.mention(MEMBER, "general", "what is the best pizza in town?").await;
    let answer = stage.sandbox.wait_for_reply(asked).await.unwrap().id;
    let changed = stage.edit_question(asked, answer, "who built the lighthouse?", "Ada Holm").await;
    assert_eq!(changed.button_labels().len(), 6);
    let nonsense = stage.edit_question(asked, answer, "qwrt zxcv %%%", "does not answer that").await;
    assert!(!nonsense.button_labels().contains(&"Not what I meant"), "{:?}", nonsense.button_labels());
    let sensible = stage.edit_question(asked, answer, "how tall is the lighthouse", "41 metres").await;
    // The buttons still belong to the asker.
    stage.click(MEMBER, sensible.id, "Who built the lighthouse?").await;
    assert!(stage.sandbox.message(answer).unwrap().text().contains("Ada Holm"));
    assert_eq!(stage.bot_messages().len(), 1);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn an_edit_that_keeps_the_words_changes_nothing() {
    let mut stage = Stage::start("").await;
    let asked = stage.mention(MEMBER, "general", "who built the lighthouse?").await;
    let answer = stage.sandbox.wait_for_reply(asked).await.unwrap();
    let mention = stage.sandbox.mention();
    for same in [format!("who built the lighthouse? {mention}"), mention.clone()] {
        stage.sandbox.edit(MEMBER, asked, &same).await.unwrap();
    }
    stage.stop().await;
    assert_eq!(stage.sandbox.message(answer.id).unwrap().edited_unix_ms, None);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_suggestion_in_a_direct_message_is_followed_too() {
    let stage = Stage::start(UNSURE).await;
    let asked = stage.sandbox.post(MEMBER, "dm", "which vessel").await.unwrap();
    let answer = stage.sandbox.wait_for_reply(asked).await.unwrap();
    assert!(answer.text().contains("Did you mean"));
    stage.sandbox.edit(MEMBER, asked, "qwrt zxcv %%%").await.unwrap();
    let refused = |answer: &Message| answer.text().contains("does not answer that");
    stage.sandbox.wait_for_message(answer.id, refused).await.unwrap();
    stage.finish(&[]).await;
}

#[tokio::test]
async fn deleting_a_question_deletes_its_answer() {
    let mut stage = Stage::start("").await;
    for user in [MEMBER, MODERATOR] {
        let asked = stage.mention(MEMBER, "general", "who built the lighthouse?").await;
        let answer = stage.sandbox.wait_for_reply(asked).await.unwrap();
        stage.sandbox.delete(user, asked).await.unwrap();
        stage.sandbox.wait_for_deletion(answer.id).await.unwrap();
    }
    let asked = stage.sandbox.post(MEMBER, "dm", "who built the lighthouse?").await.unwrap();
    let answer = stage.sandbox.wait_for_reply(asked).await.unwrap();
    stage.sandbox.delete(MEMBER, asked).await.unwrap();
    stage.sandbox.wait_for_deletion(answer.id).await.unwrap();
    stage.stop().await;
    assert!(stage.bot_messages().is_empty());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn an_answer_that_was_removed_stays_removed() {
    let mut stage = Stage::start("").await;
    let asked = stage.mention(MEMBER, "general", "who built the lighthouse?").await;
    let answer = stage.sandbox.wait_for_reply(asked).await.unwrap();
    stage.click(MEMBER, answer.id, "Remove").await;
    stage.sandbox.wait_for_deletion(answer.id).await.unwrap();
    let mention = stage.sandbox.mention();
    stage.sandbox.edit(MEMBER, asked, &format!("{mention} how tall is the lighthouse?")).await.unwrap();
    stage.sandbox.wait_for_call(|call| call.method == "PATCH").await.unwrap();
    // The bot now knows that its answer is gone and does not try to edit it again.
    stage.sandbox.edit(MEMBER, asked, &format!("{mention} who was the first keeper?")).await.unwrap();
    stage.sandbox.delete(MEMBER, asked).await.unwrap();
    stage.stop().await;
    assert!(stage.bot_messages().is_empty());
    stage.finish(&[404]).await;
}
