//! Several knowledge files in one folder: each edit changes the right file, only one process edits, and previews also
//! ask a file of labelled questions.

use footnote_sandbox::{MODERATOR, Options};
use serde_json::json;

use crate::stage::{KNOWLEDGE, NO_LIMITS, Process, Stage};

/// The second file: another text.
pub const MARKET: &str = r#"{
 "title": "The Market of Oststrand",
 "sections": [
  { "id": "the-stalls", "title": "The Stalls", "paragraphs": 4 }
 ],
 "entries": [
  {
   "id": "when-is-market",
   "question": "On which days is the market held?",
   "also_asked": ["market days"],
   "passage": "On Tuesdays.",
   "citations": [{ "section": "the-stalls", "paragraphs": [1] }]
  },
  {
   "id": "who-sells-fish",
   "question": "Who sells fish at the market stalls?",
   "passage": "The Olsen sisters sell it.",
   "citations": [{ "section": "the-stalls", "paragraphs": [2] }]
  }
 ]
}
"#;

/// A bot over a folder with both files, with these settings.
async fn two_files(settings: &str) -> Stage {
    let mut stage = Stage::empty(Options::default()).await;
    std::fs::write(stage.folder().join("market.json"), MARKET).unwrap();
    let settings = format!("knowledge = [\"harbour.json\", \"market.json\"]\n{settings}{NO_LIMITS}");
    stage.run_with(&settings).await;
    stage
}

/// The second file as it is now.
fn market(stage: &Stage) -> String {
    std::fs::read_to_string(stage.folder().join("market.json")).unwrap()
}

#[tokio::test]
async fn a_change_or_an_addition_is_written_to_the_file_of_its_section() {
    let stage = two_files("").await;
    let (opener, _) = stage.form(MODERATOR, "knowledge edit", &[("entry", json!("when-is-market"))]).await;
    let preview = stage.send(opener, &[("passage", "On Fridays.")]).await;
    stage.press(&preview, "Save").await;
    assert_eq!(market(&stage), MARKET.replace("Tuesdays", "Fridays"));

    let (opener, _) = stage.form(MODERATOR, "knowledge add", &[("section", json!("The Stalls"))]).await;
    let texts = [("question", "Are dogs sold?"), ("passage", "Never."), ("citations", "The Stalls 4")];
    let preview = stage.send(opener, &texts).await;
    stage.press(&preview, "Save").await;
    assert!(market(&stage).contains("Are dogs sold?"));
    assert_eq!(stage.file(), KNOWLEDGE, "the other file is unchanged");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_boundary_is_written_to_the_chosen_or_nearest_file() {
    let stage = two_files("").await;
    let files = stage.complete(MODERATOR, "knowledge boundary", "file", "").await;
    assert_eq!(files, ["harbour.json", "market.json"]);
    let price = "What does fish cost at the market stalls?";
    let (opener, _) = stage.form(MODERATOR, "knowledge boundary", &[("question", json!(price))]).await;
    let preview = stage.send(opener, &[("passage", "No prices are given.")]).await;
    stage.press(&preview, "Save").await;
    assert!(market(&stage).contains(price));
    assert_eq!(stage.file(), KNOWLEDGE);

    let options = [("question", json!("Is fish fresh at the market?")), ("file", json!("harbour.json"))];
    let (opener, _) = stage.form(MODERATOR, "knowledge boundary", &options).await;
    let preview = stage.send(opener, &[("passage", "The guide does not say.")]).await;
    stage.press(&preview, "Save").await;
    assert!(stage.file().contains("Is fish fresh at the market?"));

    let unknown = [("file", json!("nothing.json"))];
    let told = stage.slash(MODERATOR, "general", "knowledge boundary", &unknown).await;
    assert!(told.original.unwrap().text().contains("There is no knowledge file with that name"));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_second_process_on_one_folder_does_not_edit_and_logs_why() {
    let stage = two_files("").await;
    let token = stage.sandbox.token();
    let environment = [("DISCORD_TOKEN", token.as_str()), ("FOOTNOTE_DISCORD_API_URL", &stage.sandbox.base_url())];
    // Processes that share the shards answer from one folder; only one of them edits it.
    let configuration = std::fs::read_to_string(stage.folder().join("config.toml")).unwrap();
    let second = Process::start(stage.folder(), &configuration, &environment);
    second.wait_until_ready().await;
    assert!(second.log().contains("expected to be the only Footnote that edits"), "{}", second.log());
    drop(second);
    let (opener, _) = stage.form(MODERATOR, "knowledge edit", &[("entry", json!("when-is-market"))]).await;
    let preview = stage.send(opener, &[("passage", "On Fridays.")]).await;
    assert!(stage.press(&preview, "Save").await.text().starts_with("Saved"), "the first process still edits");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_preview_also_asks_the_labelled_questions() {
    let mut stage = Stage::empty(Options::default()).await;
    let label = r#"{"q": "zorblax of the glimmer coast", "kind": "near", "gold": []}"#;
    std::fs::write(stage.folder().join("labelled.jsonl"), label).unwrap();
    stage.run(&format!("{NO_LIMITS}[moderation]\nquestions = \"labelled.jsonl\"\n")).await;
    let (opener, _) = stage.form(MODERATOR, "knowledge boundary", &[("question", json!("zorblax coast"))]).await;
    let texts = [("wordings", "the glimmer coast of zorblax"), ("passage", "Nothing is said of it.")];
    let preview = stage.send(opener, &texts).await;
    let told = "- zorblax of the glimmer coast: unknown (words that the file does not know carry the question) → refused by `zorblax-coast`";
    assert!(preview.text().contains(told), "{}", preview.text());
    stage.finish(&[]).await;
}
