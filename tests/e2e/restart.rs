//! Restarts: old buttons keep working, and commands are registered only if they differ from those that Discord has.

use footnote_sandbox::{FirstAnswer, MEMBER, Options};
use serde_json::{Value, json};

use crate::stage::Stage;

const COMMANDS: [&str; 5] = ["Answer this", "about", "ask", "section", "sections"];

/// The names of commands, sorted.
fn names(commands: &[serde_json::Map<String, Value>]) -> Vec<&str> {
    let mut names: Vec<_> = commands.iter().map(|command| command["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn old_buttons_and_menus_work_and_commands_are_registered_once() {
    let mut stage = Stage::start("").await;
    assert_eq!(names(&stage.sandbox.commands_for(MEMBER, "general").unwrap()), COMMANDS);
    assert_eq!(names(&stage.sandbox.commands_for(MEMBER, "dm").unwrap()), COMMANDS);
    let answer = stage.ask(MEMBER, "general", "who built the lighthouse?").await;
    let removed = stage.ask(MEMBER, "general", "who built the lighthouse?").await;
    let sections = stage.slash(MEMBER, "general", "sections", &[]).await.message().unwrap();
    stage.stop().await;
    stage.run("").await;

    let pressed = stage.click(MEMBER, answer.id, "How tall is the lighthouse?").await;
    assert_eq!(pressed.first_answer, FirstAnswer::Update);
    assert!(pressed.message().unwrap().text().contains("41 metres"));
    stage.click(MEMBER, removed.id, "Remove").await;
    stage.sandbox.wait_for_deletion(removed.id).await.unwrap();
    let menu = "Open a section of The Harbour of Oststrand";
    let chosen = stage.sandbox.select(MEMBER, sections.id, menu, &["The Keepers"]).await.unwrap();
    let page = stage.sandbox.wait_for_answer(chosen).await.unwrap().message().unwrap();
    assert_eq!(page.button_labels(), ["1", "2", "All sections"]);
    stage.stop().await;
    assert_eq!(stage.count_calls("PUT", "/commands"), 1, "the second start found the commands as they should be");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_button_to_an_entry_that_is_gone_says_so() {
    let mut stage = Stage::start("").await;
    let answer = stage.ask(MEMBER, "general", "who built the lighthouse?").await;
    stage.stop().await;
    let mut harbour: Value = serde_json::from_str(crate::stage::KNOWLEDGE).unwrap();
    harbour["entries"].as_array_mut().unwrap().retain(|entry| entry["id"] != "how-tall-is-it");
    for entry in harbour["entries"].as_array_mut().unwrap() {
        entry.as_object_mut().unwrap().remove("related");
    }
    std::fs::write(stage.folder().join("harbour.json"), harbour.to_string()).unwrap();
    stage.run("").await;
    let told = stage.click(MEMBER, answer.id, "How tall is the lighthouse?").await.message().unwrap();
    assert_eq!(told.text(), "That answer has been removed. Ask again with /ask.");
    assert!(told.only_for.is_some());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn commands_that_differ_are_registered_anew() {
    let mut stage = Stage::start("").await;
    stage.stop().await;
    let path = format!("/applications/{}/commands", stage.sandbox.bot());
    let old = json!([{ "name": "ask", "description": "Asks as it did last year." }]);
    stage.call_as_bot(reqwest::Method::PUT, &path, &old).await;
    stage.run("").await;
    let registered = |world: &footnote_sandbox::World| {
        let commands = world.commands(None)?;
        (commands.len() > COMMANDS.len()).then_some(())
    };
    stage.sandbox.wait_for("new commands", registered).await.unwrap();
    assert_eq!(stage.count_calls("PUT", "/commands"), 3, "the first start, the test, the second start");
    assert_eq!(names(&stage.sandbox.commands_for(MEMBER, "general").unwrap()), COMMANDS);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn commands_can_be_registered_in_one_guild() {
    let mut stage = Stage::empty(Options { guilds: 2, ..Options::default() }).await;
    let guild = stage.sandbox.guild();
    stage.run(&format!("[discord]\nguild = \"{guild}\"\n")).await;
    let registered =
        stage.sandbox.read(|world| (world.commands(None).is_some(), world.commands(Some(guild)).unwrap().len()));
    // Moderators have two more commands.
    assert_eq!(registered, (false, COMMANDS.len() + 2));
    let shown = stage.slash(MEMBER, "general", "ask", &[("question", json!("who built the lighthouse?"))]).await;
    assert!(shown.message().unwrap().text().contains("Ada Holm"));
    let elsewhere = footnote_sandbox::ChannelRef::InGuild(1, "general".to_owned());
    assert!(stage.sandbox.commands_for(MEMBER, elsewhere).unwrap().is_empty());

    stage.stop().await;
    stage.run(&format!("[discord]\nguild = {guild}\n")).await;
    stage.stop().await;
    assert_eq!(stage.count_calls("PUT", "/commands"), 1);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn without_its_commands_the_bot_still_answers_mentions() {
    let mut stage = Stage::empty(Options::default()).await;
    let refused = footnote_sandbox::Fault::status(403, 50001, "Missing Access");
    stage.inject(refused, ("PUT", "/applications/*/commands"));
    stage.run("").await;
    assert!(stage.ask(MEMBER, "general", "who built the lighthouse?").await.text().contains("Ada Holm"));
    stage.finish(&[403]).await;
}

#[tokio::test]
async fn token_and_address_are_read_from_files() {
    let mut stage = Stage::empty(Options::default()).await;
    std::fs::write(stage.folder().join("token.txt"), format!("{}\n", stage.sandbox.token())).unwrap();
    let address = stage.sandbox.base_url();
    let discord = format!("[discord]\ntoken_file = \"token.txt\"\napi_url = \"{address}/api/v10/\"\n");
    stage.spawn(&format!("knowledge = [\"harbour.json\"]\n{discord}"), &[]);
    stage.wait_until_ready().await;
    assert!(stage.ask(MEMBER, "general", "who built the lighthouse?").await.text().contains("Ada Holm"));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn learned_weights_are_cached_over_a_restart_and_learned_again_if_the_file_is_damaged() {
    const SETTINGS: &str = "learned_file = \"learned.bin\"\n";
    let mut stage = Stage::empty(Options::default()).await;
    let file = stage.folder().join("learned.bin");
    for (learned_anew, damaged) in [(true, false), (false, true), (true, false)] {
        stage.run(SETTINGS).await;
        assert_eq!(stage.bot().wait_for_field("learned_anew").await, learned_anew.to_string());
        let answer = stage.ask(MEMBER, "general", "who built the lighthouse?").await;
        assert!(answer.text().contains("Ada Holm"));
        stage.stop().await;
        if damaged {
            let mut bytes = std::fs::read(&file).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(&file, bytes).unwrap();
        }
    }
    stage.finish(&[]).await;
}
