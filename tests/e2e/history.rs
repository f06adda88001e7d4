//! The history of the knowledge file: revisions are shown, undone and restored, even if the file is gone.

use footnote_sandbox::{MEMBER, MODERATOR};
use serde_json::json;

use crate::stage::{KNOWLEDGE, NO_LIMITS, Stage};

const QUESTION: &str = "Who built the lighthouse?";

#[tokio::test]
async fn a_revision_is_shown_undone_alone_and_restored() {
    let stage = Stage::start(NO_LIMITS).await;
    stage.add_wording("who-built-it", "who laid the first stone").await;
    let second = stage.file();
    stage.add_wording("why-red", "whence the crimson").await;
    let history = stage.knowledge(MODERATOR, "history", &[]).await;
    let look = stage.choose(&history, "Look at a change", "2").await;
    assert!(
        look.text().contains("**Entry** `who-built-it` changed\nalso asked: **who laid the first stone**"),
        "{}",
        look.text()
    );
    let preview = stage.press(&look, "Undo this change alone").await;
    assert!(preview.text().contains("also asked: ~~who laid the first stone~~"), "{}", preview.text());
    stage.press(&preview, "Save").await;
    assert!(!stage.file().contains("first stone") && stage.file().contains("crimson"), "later changes stay");

    let preview = stage.knowledge(MODERATOR, "restore", &[("revision", json!(2))]).await;
    assert!(preview.text().contains("restore revision 2"), "{}", preview.text());
    assert!(
        preview.text().contains("**who laid the first stone**") && preview.text().contains("~~whence the crimson~~")
    );
    stage.press(&preview, "Save").await;
    assert_eq!(stage.file(), second);
    let history = stage.knowledge(MODERATOR, "history", &[]).await;
    assert!(history.text().lines().nth(1).unwrap().ends_with(": restore revision 2"), "{}", history.text());
    let same = stage.knowledge(MODERATOR, "restore", &[("revision", json!(2))]).await;
    assert_eq!(same.text(), "Not saved: this changes nothing: the file already contains it");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn an_undo_is_undone_by_the_next_undo() {
    let stage = Stage::start(NO_LIMITS).await;
    let nothing = stage.knowledge(MODERATOR, "undo", &[]).await;
    assert_eq!(nothing.text(), "There is nothing to undo.");
    stage.add_wording("who-built-it", "who laid the first stone").await;
    for is_there in [false, true] {
        let preview = stage.knowledge(MODERATOR, "undo", &[]).await;
        stage.press(&preview, "Save").await;
        assert_eq!(stage.file().contains("first stone"), is_there);
    }
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_revision_is_restored_when_the_file_is_gone() {
    let stage = Stage::start(NO_LIMITS).await;
    let file = stage.folder().join("harbour.json");
    std::fs::remove_file(&file).unwrap();
    stage.wait_for_metric("footnote_knowledge_refused", 1.0).await;
    let undo = stage.knowledge(MODERATOR, "undo", &[]).await;
    assert_eq!(undo.text(), "There is nothing to undo.");
    let preview = stage.knowledge(MODERATOR, "restore", &[("revision", json!(1))]).await;
    assert!(preview.text().contains("**Entry** `who-built-it` added"), "{}", preview.text());
    let saved = stage.press(&preview, "Save").await;
    assert!(saved.text().starts_with("Saved as revision 2"), "{}", saved.text());
    assert_eq!(stage.file(), KNOWLEDGE);
    assert!(stage.ask(MEMBER, "general", QUESTION).await.text().contains("Ada Holm"));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_change_outside_the_bot_is_in_the_history_and_can_be_undone() {
    let stage = Stage::with_log_channel().await;
    stage.write_file(&KNOWLEDGE.replace("Ada Holm built", "Bo Holm built"));
    // The bot reports the change once it is in the history.
    stage.log_channel_lines(1).await;
    let history = stage.knowledge(MODERATOR, "history", &[]).await;
    assert!(history.text().contains("in the file: changed outside the bot"), "{}", history.text());
    let preview = stage.knowledge(MODERATOR, "undo", &[]).await;
    assert!(preview.text().contains("passage: ~~Bo~~ **Ada** Holm built it"), "{}", preview.text());
    stage.press(&preview, "Save").await;
    assert_eq!(stage.file(), KNOWLEDGE);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_file_that_changes_before_save_is_not_overwritten() {
    let stage = Stage::start(NO_LIMITS).await;
    stage.add_wording("who-built-it", "who laid the first stone").await;
    let preview = stage.knowledge(MODERATOR, "restore", &[("revision", json!(1))]).await;
    stage.add_wording("why-red", "whence the crimson").await;
    let refused = stage.press(&preview, "Save").await;
    assert!(refused.text().starts_with("Not saved:"), "{}", refused.text());
    assert!(stage.file().contains("crimson") && stage.file().contains("first stone"));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn the_history_comes_in_pages() {
    let stage = Stage::start(NO_LIMITS).await;
    for number in 0..8 {
        stage.add_wording("who-built-it", &format!("builder question number {number}")).await;
    }
    let newest = stage.knowledge(MODERATOR, "history", &[]).await;
    assert_eq!((Stage::revisions(&newest).len(), newest.button_labels()), (8, vec!["Older ▶"]));
    let oldest = stage.press(&newest, "Older ▶").await;
    assert_eq!((Stage::revisions(&oldest).len(), oldest.button_labels()), (1, vec!["◀ Newest"]));
    assert_eq!(stage.press(&oldest, "◀ Newest").await.text(), newest.text());
    let completed = stage.complete(MODERATOR, "knowledge restore", "revision", "found").await;
    assert_eq!(completed, ["#1 found when the bot began to keep history"]);
    stage.finish(&[]).await;
}
