//! The history of the knowledge: looked at, undone, brought back, also when the file is gone.

use footnote_sandbox::{MEMBER, MODERATOR};
use serde_json::json;

use crate::stage::{KNOWLEDGE, NO_LIMITS, Stage};

const QUESTION: &str = "Who built the lighthouse?";

impl Stage {
    /// A moderator teaches an entry a wording.
    pub async fn teach(&self, entry: &str, wording: &str) {
        let options = [("entry", json!(entry)), ("text", json!(wording))];
        let preview = self.knowledge(MODERATOR, "wording", &options).await;
        let saved = self.press(&preview, "Save").await;
        assert!(saved.text().starts_with("Saved"), "{}", saved.text());
    }
}

#[tokio::test]
async fn a_change_is_looked_at_undone_alone_and_its_version_restored() {
    let stage = Stage::start(NO_LIMITS).await;
    stage.teach("who-built-it", "who laid the first stone").await;
    let second = stage.file();
    stage.teach("why-red", "whence the crimson").await;
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
    assert!(!stage.file().contains("first stone") && stage.file().contains("crimson"), "what came later stays");

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
    assert_eq!(same.text(), "Not saved: this changes nothing: the file says so already");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn an_undo_is_undone_by_the_next() {
    let stage = Stage::start(NO_LIMITS).await;
    let nothing = stage.knowledge(MODERATOR, "undo", &[]).await;
    assert_eq!(nothing.text(), "There is nothing to undo.");
    stage.teach("who-built-it", "who laid the first stone").await;
    for is_there in [false, true] {
        let preview = stage.knowledge(MODERATOR, "undo", &[]).await;
        stage.press(&preview, "Save").await;
        assert_eq!(stage.file().contains("first stone"), is_there);
    }
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_version_is_restored_when_the_file_is_gone() {
    let stage = Stage::start(NO_LIMITS).await;
    let file = stage.folder().join("harbour.json");
    std::fs::remove_file(&file).unwrap();
    stage.bot().wait_for_log("the last good version keeps answering").await;
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
async fn a_change_of_the_file_is_in_the_history_and_is_undone_like_any_other() {
    let stage = Stage::start(NO_LIMITS).await;
    std::fs::write(stage.folder().join("harbour.json"), KNOWLEDGE.replace("Ada Holm built", "Bo Holm built")).unwrap();
    stage.bot().wait_for_log("recorded a change from outside in the history").await;
    let history = stage.knowledge(MODERATOR, "history", &[]).await;
    assert!(history.text().contains("in the file: changed outside the bot"), "{}", history.text());
    let preview = stage.knowledge(MODERATOR, "undo", &[]).await;
    assert!(preview.text().contains("passage: ~~Bo~~ **Ada** Holm built it"), "{}", preview.text());
    stage.press(&preview, "Save").await;
    assert_eq!(stage.file(), KNOWLEDGE);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_file_that_changes_before_save_is_not_written_over() {
    let stage = Stage::start(NO_LIMITS).await;
    stage.teach("who-built-it", "who laid the first stone").await;
    let preview = stage.knowledge(MODERATOR, "restore", &[("revision", json!(1))]).await;
    stage.teach("why-red", "whence the crimson").await;
    let refused = stage.press(&preview, "Save").await;
    assert!(refused.text().starts_with("Not saved:"), "{}", refused.text());
    assert!(stage.file().contains("crimson") && stage.file().contains("first stone"));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn the_history_comes_in_pages() {
    let stage = Stage::start(NO_LIMITS).await;
    for number in 0..8 {
        stage.teach("who-built-it", &format!("builder question number {number}")).await;
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
