//! Export and import of whole knowledge files.

use footnote_sandbox::{MEMBER, MODERATOR, Options};
use serde_json::{Value, json};

use crate::stage::{KNOWLEDGE, NO_LIMITS, Stage};

#[tokio::test]
async fn an_export_is_the_exact_file_and_can_be_imported() {
    let stage = Stage::start(NO_LIMITS).await;
    // The export keeps a byte order mark and trailing spaces.
    let odd = format!("\u{FEFF}{KNOWLEDGE}\n\n ");
    std::fs::write(stage.folder().join("harbour.json"), &odd).unwrap();
    let sent = stage.knowledge(MODERATOR, "export", &[]).await;
    assert_eq!(sent.attachments.len(), 1);
    assert_eq!(sent.attachments[0].filename, "harbour.json");
    assert_eq!(sent.attachments[0].content, odd.as_bytes());

    let changed = KNOWLEDGE.replace("Ada Holm built it", "Bo Holm built it");
    let preview = stage.import("anything.json", changed.clone()).await;
    assert!(preview.text().contains("passage: ~~Ada~~ **Bo** Holm built it"), "{}", preview.text());
    assert!(preview.text().contains("All get the same answer."), "{}", preview.text());
    assert_eq!(stage.file(), odd, "nothing changes before Save");
    stage.press(&preview, "Save").await;
    assert_eq!(stage.file(), changed);
    assert!(stage.ask(MEMBER, "general", "who built the lighthouse?").await.text().contains("Bo Holm"));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn an_invalid_file_is_refused_and_changes_nothing() {
    let stage = Stage::start(NO_LIMITS).await;
    for (content, told) in [
        (b"{".to_vec(), "Not saved:"),
        (KNOWLEDGE.replace("\"passage\"", "\"pasage\"").into_bytes(), "Not saved:"),
        (vec![0xFF, 0xFE, 0x00], "That file is not UTF-8 text, so it is not a knowledge file."),
        (vec![b' '; 4 * 1024 * 1024 + 1], "I accept files of at most 4194304 bytes, and this one has 4194305."),
        (Vec::new(), "Not saved:"),
    ] {
        let shown = stage.import("harbour.json", content).await;
        assert!(shown.text().starts_with(told), "{}", shown.text());
        assert!(!shown.button_labels().contains(&"Save"));
        assert_eq!(stage.file(), KNOWLEDGE);
    }
    let same = stage.import("harbour.json", KNOWLEDGE).await;
    assert_eq!(same.text(), "Not saved: this changes nothing: the file already contains it");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn with_several_files_the_command_names_one() {
    let mut stage = Stage::empty(Options::default()).await;
    let folder = stage.folder().join("guides");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("harbour.json"), KNOWLEDGE).unwrap();
    let mut other: Value = serde_json::from_str(KNOWLEDGE).unwrap();
    other["title"] = "Other".into();
    for list in ["entries", "boundaries", "synonyms"] {
        other[list] = json!([]);
    }
    let other = other.to_string();
    std::fs::write(folder.join("other.json"), &other).unwrap();
    stage.run_with(&format!("knowledge = [\"guides\"]\n{NO_LIMITS}")).await;
    let which = "There are several knowledge files. Name the one that this replaces with `file`.";
    assert_eq!(stage.knowledge(MODERATOR, "export", &[]).await.text(), which);
    let names = stage.complete(MODERATOR, "knowledge export", "file", "oth").await;
    assert_eq!(names, ["guides/other.json"]);
    let sent = stage.knowledge(MODERATOR, "export", &[("file", json!("guides/other.json"))]).await;
    assert_eq!(sent.attachments[0].content, other.as_bytes());
    let unknown = stage.knowledge(MODERATOR, "export", &[("file", json!("../config.toml"))]).await;
    assert!(unknown.text().starts_with("There is no knowledge file with that name."), "{}", unknown.text());
    assert_eq!(stage.import("elsewhere.json", "{}").await.text(), which);
    // An upload with the name of a known file replaces that file.
    let preview = stage.import("other.json", other.replace("Other", "Another")).await;
    assert!(preview.text().contains("title: ~~Other~~ **Another**"), "{}", preview.text());
    stage.press(&preview, "Save").await;
    assert_eq!(std::fs::read_to_string(folder.join("harbour.json")).unwrap(), KNOWLEDGE);
    assert!(std::fs::read_to_string(folder.join("other.json")).unwrap().contains("Another"));
    stage.finish(&[]).await;
}
