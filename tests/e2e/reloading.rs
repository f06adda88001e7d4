//! The bot reloads knowledge files that change while it runs.

use std::path::Path;

use footnote_sandbox::{MEMBER, Options};

use crate::stage::{KNOWLEDGE, NO_LIMITS, QUESTION, Stage};

/// The number of the loaded version of the knowledge.
const REVISION: &str = "footnote_knowledge_revision";

/// The number of failed attempts to load the knowledge.
const FAILURES: &str = "footnote_knowledge_reload_failures_total";

const OLD: &str = "Ada Holm built it";
const NEW: &str = "Bo Holm built it";

fn changed() -> String {
    assert!(KNOWLEDGE.contains(OLD), "the guide says who built it");
    KNOWLEDGE.replace(OLD, NEW)
}

/// Saves as editors do: writes another file and renames it.
fn replace(path: &Path, text: &str) {
    let new = path.with_extension("new");
    std::fs::write(&new, text).unwrap();
    std::fs::rename(new, path).unwrap();
}

#[tokio::test]
async fn a_changed_file_is_loaded() {
    let stage = Stage::start(NO_LIMITS).await;
    assert!(stage.ask(MEMBER, "general", QUESTION).await.text().contains(OLD));
    let file = stage.folder().join("harbour.json");
    std::fs::write(&file, changed()).unwrap();
    stage.wait_for_metric(REVISION, 2.0).await;
    assert!(stage.ask(MEMBER, "general", QUESTION).await.text().contains(NEW));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_bad_or_missing_file_does_not_replace_the_last_good_one() {
    let stage = Stage::start(NO_LIMITS).await;
    let file = stage.folder().join("harbour.json");
    replace(&file, &KNOWLEDGE.replace("\"passage\"", "\"pasage\""));
    stage.wait_for_metric(FAILURES, 1.0).await;
    assert!(stage.ask(MEMBER, "general", QUESTION).await.text().contains(OLD));
    let failures = stage.metric(FAILURES).await;
    std::fs::remove_file(&file).unwrap();
    stage.wait_for_metric(FAILURES, failures + 1.0).await;
    assert!(stage.ask(MEMBER, "general", QUESTION).await.text().contains(OLD));
    replace(&file, &changed());
    stage.wait_for_metric(REVISION, 2.0).await;
    assert!(stage.ask(MEMBER, "general", QUESTION).await.text().contains(NEW));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_file_behind_a_symlink_is_watched() {
    let mut stage = Stage::empty(Options::default()).await;
    let target = stage.folder().join("target");
    std::fs::create_dir(&target).unwrap();
    std::fs::rename(stage.folder().join("harbour.json"), target.join("guide.json")).unwrap();
    std::os::unix::fs::symlink("target/guide.json", stage.folder().join("harbour.json")).unwrap();
    stage.run(NO_LIMITS).await;
    replace(&target.join("guide.json"), &changed());
    stage.wait_for_metric(REVISION, 2.0).await;
    assert!(stage.ask(MEMBER, "general", QUESTION).await.text().contains(NEW));
    stage.finish(&[]).await;
}
