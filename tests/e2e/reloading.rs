//! Knowledge files that are saved while the bot runs.

use std::path::Path;

use footnote_sandbox::{MEMBER, Options};

use crate::stage::{KNOWLEDGE, NO_LIMITS, Stage};

const QUESTION: &str = "Who built the lighthouse?";
const OLD: &str = "Ada Holm built it";
const NEW: &str = "Bo Holm built it";

fn changed() -> String {
    assert!(KNOWLEDGE.contains(OLD), "the guide still says who built it");
    KNOWLEDGE.replace(OLD, NEW)
}

/// Saves as editors do: another file takes the old one's name.
fn replace(path: &Path, text: &str) {
    let new = path.with_extension("new");
    std::fs::write(&new, text).unwrap();
    std::fs::rename(new, path).unwrap();
}

#[tokio::test]
async fn a_saved_file_is_taken_up() {
    let stage = Stage::start(NO_LIMITS).await;
    assert!(stage.ask(MEMBER, "general", QUESTION).await.text().contains(OLD));
    let file = stage.folder().join("harbour.json");
    std::fs::write(&file, changed()).unwrap();
    stage.bot().wait_for_log("knowledge reloaded").await;
    assert!(stage.ask(MEMBER, "general", QUESTION).await.text().contains(NEW));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_bad_file_keeps_the_last_good_one() {
    let stage = Stage::start(NO_LIMITS).await;
    let file = stage.folder().join("harbour.json");
    replace(&file, &KNOWLEDGE.replace("\"passage\"", "\"pasage\""));
    stage.bot().wait_for_log("the last good version keeps answering").await;
    assert!(stage.ask(MEMBER, "general", QUESTION).await.text().contains(OLD));
    std::fs::remove_file(&file).unwrap();
    stage.bot().wait_for_log("cannot be read").await;
    assert!(stage.ask(MEMBER, "general", QUESTION).await.text().contains(OLD));
    replace(&file, &changed());
    stage.bot().wait_for_log("knowledge reloaded").await;
    assert!(stage.ask(MEMBER, "general", QUESTION).await.text().contains(NEW));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_file_behind_a_link_is_followed() {
    let mut stage = Stage::empty(Options::default()).await;
    let kept = stage.folder().join("kept");
    std::fs::create_dir(&kept).unwrap();
    std::fs::rename(stage.folder().join("harbour.json"), kept.join("guide.json")).unwrap();
    std::os::unix::fs::symlink("kept/guide.json", stage.folder().join("harbour.json")).unwrap();
    stage.run(NO_LIMITS).await;
    replace(&kept.join("guide.json"), &changed());
    stage.bot().wait_for_log("knowledge reloaded").await;
    assert!(stage.ask(MEMBER, "general", QUESTION).await.text().contains(NEW));
    stage.finish(&[]).await;
}
