//! Moderators add, change and remove entries from Discord: forms, previews, two editors at once, restarts, and who may not.

use footnote_sandbox::{
    ChannelRef, FirstAnswer, InteractionOutcome, MEMBER, MODERATOR, Message, OWNER, Options, Snowflake,
};
use serde_json::{Value, json};

use crate::stage::{KNOWLEDGE, NO_LIMITS, Stage};

const PASSAGE: &str = "The **gulls** nest in the old crane.";
const QUESTION: &str = "Where do the gulls nest?";

impl Stage {
    /// Somebody opens a form by a command; the opener, and what stands in the form by the names of its inputs.
    pub async fn form(
        &self,
        user: &str,
        command: &str,
        options: &[(&str, Value)],
    ) -> (Snowflake, Vec<(String, String)>) {
        Self::opened(&self.slash(user, "general", command, options).await)
    }

    fn opened(shown: &InteractionOutcome) -> (Snowflake, Vec<(String, String)>) {
        let FirstAnswer::Modal(modal) = &shown.first_answer else { panic!("no form: {shown:?}") };
        let inputs = modal["components"].as_array().unwrap().iter().map(|row| &row["components"][0]);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let filled = inputs.map(|input| (text(&input["custom_id"]), text(&input["value"]))).collect();
        (shown.interaction.id, filled)
    }

    /// Sends a form that a command opened; the preview, or what is wrong with it.
    pub async fn send(&self, opener: Snowflake, texts: &[(&str, &str)]) -> Message {
        let sent = self.sandbox.submit_modal(opener, texts).await.unwrap();
        let shown = self.sandbox.wait_for_answer(sent).await.unwrap();
        self.settled(&shown).await
    }

    /// A moderator opens the form of an entry and sends it with another passage; the preview.
    async fn rewrite(&self, user: &str, entry: &str, passage: &str) -> Message {
        let (opener, _) = self.form(user, "knowledge edit", &[("entry", json!(entry))]).await;
        self.send(opener, &[("passage", passage)]).await
    }

    /// Somebody presses a button of their page; the page when it says something else.
    async fn press_as(&self, user: &str, page: &Message, button: &str) -> Message {
        self.sandbox.click(user, page.id, button).await.unwrap();
        self.changed(page).await
    }
}

#[tokio::test]
async fn an_entry_is_added_by_its_place_and_answers_and_the_file_differs_in_it_alone() {
    let stage = Stage::start(NO_LIMITS).await;
    let titles = stage.complete(MODERATOR, "knowledge add", "section", "the k").await;
    assert_eq!(titles, ["The Keepers"]);
    let options = [("section", json!("The Keepers")), ("paragraphs", json!("2"))];
    let (opener, filled) = stage.form(MODERATOR, "knowledge add", &options).await;
    assert_eq!(filled.iter().find(|(name, _)| name == "citations").unwrap().1, "The Keepers 2");
    let texts = [("question", QUESTION), ("wordings", "gulls nesting place\nwhere gulls live"), ("passage", PASSAGE)];
    let preview = stage.send(opener, &texts).await;
    for told in [PASSAGE, "The Keepers, ¶ 2", "add entry", "are answered differently"] {
        assert!(preview.text().contains(told), "{told}: {}", preview.text());
    }
    assert_eq!((stage.file().as_str(), preview.button_labels()), (KNOWLEDGE, vec!["Save", "Change", "Cancel"]));
    let saved = stage.press(&preview, "Save").await;
    assert!(saved.text().starts_with("Saved as revision 2: add entry") && saved.button_labels().is_empty());
    let (old, new) = (KNOWLEDGE.lines().collect::<Vec<_>>(), stage.file());
    let added: Vec<_> = new.lines().filter(|line| !old.contains(line)).collect();
    assert!(added.iter().any(|line| line.contains("where-do-the-gulls-nest")), "{added:?}");
    assert!(new.lines().count() - old.len() < 30, "only what changed differs: {added:?}");
    assert!(stage.ask(MEMBER, "general", "gulls nest where?").await.text().contains(PASSAGE));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn an_entry_is_changed_and_removed_and_what_was_typed_is_kept_until_it_is_right() {
    let stage = Stage::start(NO_LIMITS).await;
    let choices = stage.complete(MODERATOR, "knowledge edit", "entry", "who built").await;
    assert_eq!(choices[0], "Who built the lighthouse?");
    let (opener, filled) = stage.form(MODERATOR, "knowledge edit", &[("entry", json!("who-built-it"))]).await;
    let filled: Vec<&str> = filled.iter().map(|(_, value)| value.as_str()).collect();
    assert_eq!(filled[0], "Who built the lighthouse?");
    assert_eq!(filled[3], "The Lighthouse 1, 2 \"built by Ada Holm in three summers\"");
    let wrong = stage.send(opener, &[("passage", "Bo Holm built it."), ("citations", "The Lighthous 1")]).await;
    assert!(wrong.text().contains("Line 1 of the citations begins with no section"), "{}", wrong.text());
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
    assert!(preview.text().contains("answered differently"), "{}", preview.text());
    stage.press(&preview, "Save").await;
    assert!(!stage.file().contains("who-built-it"), "not even as a related one");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn what_the_check_refuses_is_told_and_not_saved() {
    let stage = Stage::start(NO_LIMITS).await;
    let preview = stage.rewrite(MODERATOR, "who-built-it", &"x".repeat(2_000)).await;
    assert!(preview.text().contains("xxx") && preview.button_labels().contains(&"Save"));
    let (opener, _) = stage.form(MODERATOR, "knowledge edit", &[("entry", json!("who-built-it"))]).await;
    let refused = stage.send(opener, &[("citations", "The Lighthouse 4")]).await;
    assert!(refused.text().starts_with("Not saved: ") && refused.text().contains('4'), "{}", refused.text());
    assert_eq!((refused.button_labels(), stage.file().as_str()), (vec!["Change", "Cancel"], KNOWLEDGE));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_message_is_added_to_the_knowledge_as_what_it_is() {
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
async fn a_boundary_is_added_and_refuses() {
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
async fn of_two_who_change_the_same_the_second_is_told_and_may_insist() {
    let stage = Stage::start(NO_LIMITS).await;
    let mine = stage.rewrite(MODERATOR, "who-built-it", "Bo built it.").await;
    let theirs = stage.rewrite(OWNER, "who-built-it", "Cy built it.").await;
    let other = stage.rewrite(OWNER, "why-red", "So that it is seen.").await;
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
async fn a_draft_is_its_owners_and_ends_with_the_bot_but_what_was_typed_is_given_back() {
    let mut stage = Stage::start(NO_LIMITS).await;
    let preview = stage.rewrite(MODERATOR, "who-built-it", "Bo built it.").await;
    let (opener, _) = stage.form(MODERATOR, "knowledge edit", &[("entry", json!("why-red"))]).await;
    let save = preview.controls().find(|control| control["label"] == "Save").unwrap()["custom_id"].clone();
    for (user, told) in [(OWNER, "This draft is somebody else's."), (MEMBER, "Only moderators can do that.")] {
        let forged = stage.post_as_bot(save.as_str().unwrap()).await;
        assert_eq!(stage.click(user, forged, "Old").await.message().unwrap().text(), told);
    }
    stage.stop().await;
    stage.run(NO_LIMITS).await;
    let pressed = stage.click(MODERATOR, preview.id, "Save").await;
    assert!(pressed.message().unwrap().text().contains("I have forgotten this draft"));
    let sent = stage.sandbox.submit_modal(opener, &[("passage", "So that *it* is seen.")]).await.unwrap();
    let told = stage.sandbox.wait_for_answer(sent).await.unwrap().message().unwrap().text();
    assert!(told.contains("I have forgotten this draft") && told.contains(r"So that \*it\* is seen."), "{told}");
    assert_eq!(stage.file(), KNOWLEDGE);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_member_edits_nothing() {
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
async fn nobody_moderates_a_bot_in_several_servers_before_one_is_named() {
    let mut stage = Stage::empty(Options { guilds: 2, ..Options::default() }).await;
    stage.run(NO_LIMITS).await;
    let wording = [("entry", json!("why-red")), ("text", json!("whence the crimson"))];
    let told = stage.knowledge(OWNER, "wording", &wording).await;
    assert!(told.text().contains("names the server in `moderation.guild`"), "{}", told.text());
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

/// Each shard, and each process of several, knows only a part of the servers.
#[tokio::test]
async fn nobody_moderates_a_bot_of_several_shards_before_one_is_named() {
    let mut stage = Stage::empty(Options { shards: 2, identify_groups: 2, ..Options::default() }).await;
    stage.run(NO_LIMITS).await;
    stage.bot().wait_for_log_times("connected shard=", 2).await;
    let wording = [("entry", json!("why-red")), ("text", json!("whence the crimson"))];
    let told = stage.knowledge(OWNER, "wording", &wording).await;
    assert!(told.text().contains("names the server in `moderation.guild`"), "{}", told.text());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn without_a_file_moderators_are_told_why_they_cannot_edit() {
    let mut stage = Stage::empty(Options::default()).await;
    stage.run_with(NO_LIMITS).await;
    let told = stage.knowledge(MODERATOR, "history", &[]).await;
    assert!(told.text().contains("Moderation is off.") && told.text().contains("`knowledge/`"), "{}", told.text());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_quote_that_the_text_does_not_have_is_told_where_the_text_is_known() {
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
    assert!(told.text().contains("the quote does not stand in paragraph 1"), "{}", told.text());
    assert_eq!(stage.file(), KNOWLEDGE);
    stage.finish(&[]).await;
}
