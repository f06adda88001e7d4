//! Moderators add, change and remove entries from Discord: forms, previews, concurrent edits, restarts, permissions.

use footnote_sandbox::{ChannelRef, MEMBER, MODERATOR, OWNER, Options};
use serde_json::{Value, json};

use crate::stage::{KNOWLEDGE, NO_LIMITS, Stage};

const PASSAGE: &str = "The **gulls** nest in the old crane.";
const QUESTION: &str = "Where do the gulls nest?";

#[tokio::test]
async fn an_entry_is_added_with_its_citation_and_nothing_else_in_the_file_changes() {
    let stage = Stage::start(NO_LIMITS).await;
    let titles = stage.complete(MODERATOR, "knowledge add", "section", "the k").await;
    assert_eq!(titles, ["The Keepers"]);
    let options = [("section", json!("The Keepers")), ("paragraphs", json!("2"))];
    let (opener, filled) = stage.form(MODERATOR, "knowledge add", &options).await;
    assert_eq!(filled.iter().find(|(name, _)| name == "citations").unwrap().1, "The Keepers 2");
    let texts = [("question", QUESTION), ("wordings", "gulls nesting place\nwhere gulls live"), ("passage", PASSAGE)];
    let preview = stage.send(opener, &texts).await;
    for told in [PASSAGE, "The Keepers, ¶ 2", "add entry", "would get another answer"] {
        assert!(preview.text().contains(told), "{told}: {}", preview.text());
    }
    assert_eq!((stage.file().as_str(), preview.button_labels()), (KNOWLEDGE, vec!["Save", "Change", "Cancel"]));
    let saved = stage.press(&preview, "Save").await;
    assert!(saved.text().starts_with("Saved as revision 2: add entry") && saved.button_labels().is_empty());
    let (old, new) = (KNOWLEDGE.lines().collect::<Vec<_>>(), stage.file());
    let added: Vec<_> = new.lines().filter(|line| !old.contains(line)).collect();
    assert!(added.iter().any(|line| line.contains("where-do-the-gulls-nest")), "{added:?}");
    assert!(new.lines().count() - old.len() < 30, "nothing else changed: {added:?}");
    assert!(stage.ask(MEMBER, "general", "gulls nest where?").await.text().contains(PASSAGE));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn an_entry_is_changed_and_removed_and_a_faulty_form_keeps_its_input() {
    let stage = Stage::start(NO_LIMITS).await;
    let choices = stage.complete(MODERATOR, "knowledge edit", "entry", "who built").await;
    assert_eq!(choices[0], "Who built the lighthouse?");
    let (opener, filled) = stage.form(MODERATOR, "knowledge edit", &[("entry", json!("who-built-it"))]).await;
    let filled: Vec<&str> = filled.iter().map(|(_, value)| value.as_str()).collect();
    assert_eq!(filled[0], "Who built the lighthouse?");
    assert_eq!(filled[3], "The Lighthouse 1, 2 \"built by Ada Holm in three summers\"");
    let wrong = stage.send(opener, &[("passage", "Bo Holm built it."), ("citations", "The Lighthous 1")]).await;
    assert!(wrong.text().contains("Line 1 of the citations does not start with a section"), "{}", wrong.text());
    assert_eq!(wrong.button_labels(), ["Change", "Cancel"]);
    let preview = stage.fill(&wrong, "Change", &[("citations", "The Lighthouse 1")]).await;
    assert!(preview.text().contains("Bo Holm built it."), "kept: {}", preview.text());
    stage.press(&preview, "Save").await;
    assert!(stage.ask(MEMBER, "general", "who built the lighthouse?").await.text().contains("Bo Holm built it."));
    assert!(stage.file().contains("Which engineer put up the tower?"));

    let preview = stage.knowledge(MODERATOR, "remove", &[("entry", json!("Who built the lighthouse?"))]).await;
    assert!(preview.text().contains("Removed: Who built the lighthouse?"), "{}", preview.text());
    let cancelled = stage.press(&preview, "Cancel").await;
    assert_eq!(cancelled.text(), "Cancelled; nothing was changed.");
    assert!(stage.file().contains("who-built-it"));
    let preview = stage.knowledge(MODERATOR, "remove", &[("entry", json!("who-built-it"))]).await;
    assert!(preview.text().contains("would get another answer"), "{}", preview.text());
    stage.press(&preview, "Save").await;
    assert!(!stage.file().contains("who-built-it"), "also removed from the related entries");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn an_entry_gets_a_label_and_is_no_longer_offered_if_its_premise_is_false() {
    let stage = Stage::start(NO_LIMITS).await;
    let options = [("entry", json!("who-built-it")), ("label", json!("The builder")), ("false_premise", json!(true))];
    let (opener, _) = stage.form(MODERATOR, "knowledge edit", &options).await;
    let preview = stage.send(opener, &[]).await;
    stage.press(&preview, "Save").await;
    assert!(stage.file().contains("\"label\": \"The builder\"") && stage.file().contains("\"false_premise\": true"));
    assert!(stage.ask(MEMBER, "general", "who built the lighthouse?").await.text().contains("Ada Holm"));
    let offered = stage.complete(MEMBER, "ask", "question", "who built").await;
    assert!(!offered.iter().any(|question| question == "Who built the lighthouse?"), "{offered:?}");
    // A form opened without the options keeps both fields, and a hyphen removes the label.
    let (opener, _) =
        stage.form(MODERATOR, "knowledge edit", &[("entry", json!("who-built-it")), ("label", json!("-"))]).await;
    let preview = stage.send(opener, &[]).await;
    stage.press(&preview, "Save").await;
    assert!(!stage.file().contains("The builder") && stage.file().contains("\"false_premise\": true"));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn an_edit_that_fails_the_check_is_refused_with_the_reason() {
    let stage = Stage::start(NO_LIMITS).await;
    let preview = stage.change_passage(MODERATOR, "who-built-it", &"x".repeat(2_000)).await;
    assert!(preview.text().contains("xxx") && preview.button_labels().contains(&"Save"));
    let (opener, _) = stage.form(MODERATOR, "knowledge edit", &[("entry", json!("who-built-it"))]).await;
    let refused = stage.send(opener, &[("citations", "The Lighthouse 4")]).await;
    assert!(refused.text().starts_with("Not saved: ") && refused.text().contains('4'), "{}", refused.text());
    assert_eq!((refused.button_labels(), stage.file().as_str()), (vec!["Change", "Cancel"], KNOWLEDGE));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn add_to_knowledge_fills_the_form_with_the_question_or_the_answer() {
    let stage = Stage::start(NO_LIMITS).await;
    let question = stage.sandbox.post(MEMBER, "general", QUESTION).await.unwrap();
    let answer = stage.sandbox.reply(OWNER, question, "In the old crane.", false).await.unwrap();
    for (message, filled) in [(question, [QUESTION, ""]), (answer, [QUESTION, "In the old crane."])] {
        let picked = stage.sandbox.message_command(MODERATOR, message, "Add to knowledge").await.unwrap();
        let (_, form) = Stage::opened(&stage.sandbox.wait_for_answer(picked).await.unwrap());
        assert_eq!([form[0].1.as_str(), form[2].1.as_str()], filled);
    }
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_new_boundary_refuses_its_question() {
    let stage = Stage::start(NO_LIMITS).await;
    let (opener, filled) = stage.form(MODERATOR, "knowledge boundary", &[("question", json!(QUESTION))]).await;
    assert_eq!(filled[0].1, QUESTION);
    let preview = stage.send(opener, &[("passage", "The guide counts no gulls.")]).await;
    assert!(preview.text().contains("The guide counts no gulls."), "{}", preview.text());
    stage.press(&preview, "Save").await;
    assert!(stage.ask(MEMBER, "general", QUESTION).await.text().contains("The guide counts no gulls."));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn the_second_of_two_conflicting_edits_is_refused_and_can_be_repeated() {
    let stage = Stage::start(NO_LIMITS).await;
    let mine = stage.change_passage(MODERATOR, "who-built-it", "Bo built it.").await;
    let theirs = stage.change_passage(OWNER, "who-built-it", "Cy built it.").await;
    let other = stage.change_passage(OWNER, "why-red", "So that it is seen.").await;
    stage.press(&mine, "Save").await;
    stage.press_as(OWNER, &other, "Save").await;
    let told = stage.press_as(OWNER, &theirs, "Save").await;
    for version in ["Ada Holm built it", "Cy built it.", "Bo built it."] {
        assert!(told.text().contains(version), "{version}: {}", told.text());
    }
    assert!(stage.file().contains("Bo built it.") && stage.file().contains("So that it is seen."));
    let opener = stage.sandbox.click(OWNER, told.id, "Change").await.unwrap();
    stage.sandbox.wait_for_answer(opener).await.unwrap();
    stage.sandbox.submit_modal(opener, &[]).await.unwrap();
    let preview = stage.changed(&told).await;
    stage.press_as(OWNER, &preview, "Save").await;
    assert!(stage.file().contains("Cy built it.") && stage.file().contains("So that it is seen."));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_draft_belongs_to_one_moderator_and_a_restart_returns_its_input() {
    let mut stage = Stage::start(NO_LIMITS).await;
    let preview = stage.change_passage(MODERATOR, "who-built-it", "Bo built it.").await;
    let (opener, _) = stage.form(MODERATOR, "knowledge edit", &[("entry", json!("why-red"))]).await;
    let save = preview.controls().find(|control| control["label"] == "Save").unwrap()["custom_id"].clone();
    for (user, told) in [(OWNER, "This draft belongs to another moderator."), (MEMBER, "Only moderators can do that.")]
    {
        let forged = stage.post_as_bot(save.as_str().unwrap()).await;
        assert_eq!(stage.click(user, forged, "Old").await.message().unwrap().text(), told);
    }
    stage.stop().await;
    stage.run(NO_LIMITS).await;
    let pressed = stage.click(MODERATOR, preview.id, "Save").await;
    assert!(pressed.message().unwrap().text().contains("I no longer have this draft"));
    let sent = stage.sandbox.submit_modal(opener, &[("passage", "So that *it* is seen.")]).await.unwrap();
    let told = stage.sandbox.wait_for_answer(sent).await.unwrap().message().unwrap().text();
    assert!(told.contains("I no longer have this draft") && told.contains(r"So that \*it\* is seen."), "{told}");
    assert_eq!(stage.file(), KNOWLEDGE);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn members_cannot_edit() {
    let stage = Stage::start(NO_LIMITS).await;
    stage.open_to_everybody().await;
    let entry = json!("who-built-it");
    for (command, options) in [
        ("add", vec![]),
        ("edit", vec![("entry", entry.clone())]),
        ("remove", vec![("entry", entry.clone())]),
        ("wording", vec![("entry", entry), ("text", json!("whose work"))]),
        ("boundary", vec![]),
    ] {
        assert_eq!(
            stage.knowledge(MEMBER, command, &options).await.text(),
            "Only moderators can do that.",
            "{command}"
        );
    }
    for (command, option) in [("add", "section"), ("edit", "entry"), ("remove", "entry"), ("wording", "entry")] {
        let completed = stage.complete(MEMBER, &format!("knowledge {command}"), option, "the").await;
        assert!(completed.is_empty(), "{command}: {completed:?}");
    }
    assert_eq!(stage.file(), KNOWLEDGE);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn with_several_servers_moderation_needs_a_configured_server() {
    let mut stage = Stage::empty(Options { guilds: 2, ..Options::default() }).await;
    stage.run(NO_LIMITS).await;
    let wording = [("entry", json!("why-red")), ("text", json!("whence the crimson"))];
    let told = stage.knowledge(OWNER, "wording", &wording).await;
    assert!(told.text().contains("can set `moderation.guild`"), "{}", told.text());
    stage.stop().await;
    let guild = stage.sandbox.guild();
    stage.run(&format!("{NO_LIMITS}[moderation]\nguild = \"{guild}\"\n")).await;
    let preview = stage.knowledge(OWNER, "wording", &wording).await;
    assert!(preview.button_labels().contains(&"Save"), "{}", preview.text());
    let elsewhere =
        stage.sandbox.slash(OWNER, ChannelRef::InGuild(1, "general".to_owned()), "knowledge wording", &wording).await;
    let shown = stage.sandbox.wait_for_answer(elsewhere.unwrap()).await.unwrap();
    assert_eq!(shown.message().unwrap().text(), "My knowledge is moderated in another server.");
    stage.finish(&[]).await;
}

/// A shard knows only its own servers, so it cannot tell that there is only one.
#[tokio::test]
async fn with_several_shards_moderation_needs_a_configured_server() {
    let mut stage = Stage::empty(Options { shards: 2, identify_groups: 2, ..Options::default() }).await;
    stage.run(NO_LIMITS).await;
    let wording = [("entry", json!("why-red")), ("text", json!("whence the crimson"))];
    let told = stage.knowledge(OWNER, "wording", &wording).await;
    assert!(told.text().contains("can set `moderation.guild`"), "{}", told.text());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn without_a_knowledge_file_moderators_learn_why_they_cannot_edit() {
    let mut stage = Stage::empty(Options::default()).await;
    stage.run_with(NO_LIMITS).await;
    let told = stage.knowledge(MODERATOR, "history", &[]).await;
    assert!(told.text().contains("Moderation is off.") && told.text().contains("`knowledge/`"), "{}", told.text());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn with_a_source_text_a_quote_that_is_not_in_it_is_refused() {
    let mut stage = Stage::empty(Options::default()).await;
    let knowledge: Value = serde_json::from_str(KNOWLEDGE).unwrap();
    let cited: Vec<&Value> = knowledge["entries"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|entry| entry["citations"].as_array().unwrap())
        .collect();
    let mut text = String::new();
    for section in knowledge["sections"].as_array().unwrap() {
        text += &format!("{}\n", section["title"].as_str().unwrap());
        for number in 1..=section["paragraphs"].as_u64().unwrap() {
            let here = |citation: &&&Value| {
                citation["section"] == section["id"]
                    && citation["paragraphs"].as_array().unwrap().contains(&json!(number))
            };
            let quotes = cited.iter().filter(here).filter_map(|citation| citation["quote"].as_str());
            text += &format!("Paragraph {number}: {}.\n", quotes.collect::<Vec<_>>().join(", "));
        }
    }
    std::fs::write(stage.folder().join("guide.txt"), text).unwrap();
    stage.run(&format!("{NO_LIMITS}[moderation]\nsource = \"guide.txt\"\n")).await;
    let (opener, _) = stage.form(MODERATOR, "knowledge edit", &[("entry", json!("who-built-it"))]).await;
    let told = stage.send(opener, &[("citations", "The Lighthouse 1 \"built by Bo Holm\"")]).await;
    assert!(told.text().contains("the quote does not occur in paragraph 1"), "{}", told.text());
    assert_eq!(stage.file(), KNOWLEDGE);
    stage.finish(&[]).await;
}

/// Changes a passage and saves it. Returns the text of the preview.
async fn saved_passage(stage: &Stage, passage: &str) -> String {
    let preview = stage.change_passage(MODERATOR, "who-built-it", passage).await;
    assert!(preview.button_labels().contains(&"Save"), "{}", preview.text());
    let text = preview.text();
    let saved = stage.press(&preview, "Save").await;
    assert!(saved.text().starts_with("Saved as revision"), "{}", saved.text());
    text
}

#[tokio::test]
async fn a_source_text_that_cannot_be_used_blocks_no_change_and_is_reported() {
    let mut stage = Stage::empty(Options::default()).await;
    std::fs::create_dir(stage.folder().join("folder")).unwrap();
    std::fs::write(stage.folder().join("latin.txt"), b"caf\xe9").unwrap();
    std::fs::write(stage.folder().join("foreign.md"), "# Cooking\n\n## Soups\n\nWater.\n").unwrap();
    for (source, problem) in [
        ("missing.txt", "No such file"),
        ("folder", "is a folder, a pipe or a device"),
        ("latin.txt", "not UTF-8"),
        ("foreign.md", "contains none of the section titles"),
    ] {
        stage.run(&format!("{NO_LIMITS}[moderation]\nsource = \"{source}\"\n")).await;
        let preview = saved_passage(&stage, &format!("Ada Holm built it, says {source}.")).await;
        for told in ["Quotes were not verified", source, problem] {
            assert!(preview.replace('\\', "").contains(told), "{told}: {preview}");
        }
        stage.stop().await;
        let reported = stage.log().lines().any(|line| line.contains("`moderation.source`") && line.contains(problem));
        assert!(reported, "{source}: {}", stage.log());
    }
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_wrong_quote_blocks_the_change_that_makes_it_and_no_other() {
    let mut stage = Stage::empty(Options::default()).await;
    let paragraphs = |count: usize| (1..=count).map(|n| format!("It is paragraph {n}.\n\n")).collect::<String>();
    let text = format!(
        "# The Harbour\n\n## 1. The lighthouse\n\nIt was built by *Ada Holm* in\nthree summers.\n\n{}## 2. The keepers\n\n{}\
         ## 3. The ferry\n\n{}",
        paragraphs(2),
        paragraphs(2),
        paragraphs(12)
    );
    std::fs::write(stage.folder().join("guide.md"), text).unwrap();
    stage.run(&format!("{NO_LIMITS}[moderation]\nsource = \"guide.md\"\n")).await;
    // Other entries of the file have quotes that this text lacks.
    let preview = saved_passage(&stage, "Ada Holm built it.").await;
    assert!(!preview.contains("not verified") && preview.contains("no new problems"), "{preview}");
    let (opener, _) = stage.form(MODERATOR, "knowledge edit", &[("entry", json!("who-built-it"))]).await;
    let refused = stage.send(opener, &[("citations", "The Lighthouse 1 \"built by Bo Holm\"")]).await;
    assert!(refused.text().starts_with("Not saved: ") && refused.text().contains("quote"), "{}", refused.text());
    assert!(refused.text().contains("1 error in 1 file"), "only what is new: {}", refused.text());
    stage.stop().await;
    assert!(stage.log().contains("quotes that do not occur in their paragraphs"), "{}", stage.log());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn labelled_questions_that_cannot_be_used_block_no_change_and_are_reported() {
    let mut stage = Stage::empty(Options::default()).await;
    std::fs::create_dir(stage.folder().join("folder")).unwrap();
    std::fs::write(stage.folder().join("questions.jsonl"), "not JSON\n").unwrap();
    for questions in ["missing.jsonl", "folder", "questions.jsonl"] {
        stage.run(&format!("{NO_LIMITS}[moderation]\nquestions = \"{questions}\"\n")).await;
        let preview = saved_passage(&stage, &format!("Ada Holm built it, says {questions}.")).await;
        assert!(preview.contains("The labelled questions were not asked") && preview.contains(questions), "{preview}");
        stage.stop().await;
        let is_report = |line: &str| line.contains("`moderation.questions`") && line.contains(questions);
        assert!(stage.log().lines().any(is_report), "{questions}: {}", stage.log());
    }
    stage.finish(&[]).await;
}
