//! What nobody could answer comes before the moderators, who teach it, add it, bound it or dismiss it.

use footnote_sandbox::{FirstAnswer, InteractionOutcome, MEMBER, MODERATOR, Message, OTHER, Snowflake};
use serde_json::json;

use crate::stage::{NO_LIMITS, Stage};

const PIZZA: &str = "what is the best pizza in town?";
const RIDE: &str = "zorblax glimmer fremp?";
const LIST: &str = "Choose a question";
const TEACH: &str = "It is a wording of …";
const PASSAGE: &str = "The keeper bakes it himself.";

impl Stage {
    /// A moderator's command; the message that only they see, when it is there.
    pub async fn knowledge(&self, user: &str, command: &str, options: &[(&str, serde_json::Value)]) -> Message {
        let shown = self.slash(user, "general", &format!("knowledge {command}"), options).await;
        self.settled(&shown).await
    }

    /// The message of an answer, when it is no longer awaited.
    pub async fn settled(&self, shown: &InteractionOutcome) -> Message {
        let interaction = shown.interaction.id;
        let done = |world: &footnote_sandbox::World| {
            let interaction = world.interaction(interaction)?;
            let message = interaction.original.and_then(|id| world.message(id))?;
            (!message.is_loading()).then(|| message.clone())
        };
        let message = self.sandbox.wait_for("a moderator's page", done).await.unwrap();
        assert!(message.only_for.is_some(), "everybody sees {message:?}");
        message
    }

    /// A moderator presses a button of a page; the page when it says something else.
    pub async fn press(&self, page: &Message, button: &str) -> Message {
        self.sandbox.click(MODERATOR, page.id, button).await.unwrap();
        self.changed(page).await
    }

    /// A moderator chooses from a menu of a page; the page when it says something else.
    pub async fn choose(&self, page: &Message, menu: &str, option: &str) -> Message {
        self.sandbox.select(MODERATOR, page.id, menu, &[option]).await.unwrap();
        self.changed(page).await
    }

    /// The page when it says something else.
    pub async fn changed(&self, page: &Message) -> Message {
        let differs = |now: &Message| (now.text(), now.button_labels()) != (page.text(), page.button_labels());
        self.sandbox.wait_for_message(page.id, differs).await.unwrap()
    }

    /// A moderator opens a form by a button and sends it with these texts.
    pub async fn fill(&self, page: &Message, button: &str, texts: &[(&str, &str)]) -> Message {
        let opener = self.sandbox.click(MODERATOR, page.id, button).await.unwrap();
        let FirstAnswer::Modal(_) = self.sandbox.wait_for_answer(opener).await.unwrap().first_answer else { panic!() };
        self.sandbox.submit_modal(opener, texts).await.unwrap();
        self.changed(page).await
    }

    /// What the knowledge file says now.
    pub fn file(&self) -> String {
        std::fs::read_to_string(self.folder().join("harbour.json")).unwrap()
    }
}

#[tokio::test]
async fn a_question_nobody_could_answer_becomes_an_entry_is_answered_and_undone() {
    let stage = Stage::start(NO_LIMITS).await;
    let before = stage.file();
    for (user, question) in [(MEMBER, PIZZA), (OTHER, "What is the best pizza in town"), (MEMBER, RIDE)] {
        assert!(stage.ask(user, "general", question).await.text().contains("does not answer that"));
    }
    let list = stage.knowledge(MODERATOR, "unanswered", &[]).await;
    let lines: Vec<_> = list.text().lines().map(str::to_owned).collect();
    assert!(lines[1].starts_with("1\\. **2×** What is the best pizza in town, <t:"), "{lines:?}");
    assert!(lines[2].starts_with("2\\. **1×** zorblax glimmer fremp?, <t:"), "{lines:?}");

    let group = stage.choose(&list, LIST, "What is the best pizza in town").await;
    assert!(group.text().contains("**2×** What is the best pizza in town (unknown, last <t:"), "{}", group.text());
    let texts = [("wordings", "pizza of the harbour"), ("passage", PASSAGE), ("citations", "The Keepers 2")];
    let preview = stage.fill(&group, "New entry", &texts).await;
    assert!(preview.text().contains(PASSAGE) && preview.text().contains("The Keepers, ¶ 2"), "{}", preview.text());
    assert_eq!(stage.file(), before, "nothing is saved before Save");
    let saved = stage.press(&preview, "Save").await;
    assert!(saved.text().starts_with("Saved as revision 2:"), "{}", saved.text());
    let list = stage.press(&saved, "Back to the list").await;
    assert!(!list.text().contains("pizza") && list.text().contains("zorblax"), "{}", list.text());
    assert!(stage.ask(OTHER, "general", PIZZA).await.text().contains(PASSAGE));

    let undo = stage.knowledge(MODERATOR, "undo", &[]).await;
    assert!(undo.text().contains("**Entry** `what-is-the-best-pizza-in-town` removed"), "{}", undo.text());
    assert!(undo.text().contains("~~The keeper bakes it himself.~~"), "{}", undo.text());
    assert!(stage.press(&undo, "Save").await.text().starts_with("Saved as revision 3:"));
    assert_eq!(stage.file(), before);
    assert!(stage.ask(OTHER, "general", PIZZA).await.text().contains("does not answer that"));

    let history = stage.knowledge(MODERATOR, "history", &[]).await.text();
    let moderator = stage.id_of(MODERATOR);
    let told: Vec<_> = history.lines().skip(1).map(|line| line.split_once("f>, ").unwrap().1).collect();
    assert_eq!(
        told,
        [
            format!("<@{moderator}>: undo: revision 2 (add entry what-is-the-best-pizza-in-town)"),
            format!("<@{moderator}>: add entry what-is-the-best-pizza-in-town"),
            "in the file: found when the bot began to keep history".to_owned(),
        ]
    );
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_question_is_taught_as_a_wording_of_an_entry() {
    let stage = Stage::start(NO_LIMITS).await;
    stage.ask(MEMBER, "general", RIDE).await;
    let list = stage.knowledge(MODERATOR, "unanswered", &[]).await;
    let group = stage.choose(&list, LIST, RIDE).await;
    let menu = group.controls().find(|control| control["placeholder"] == TEACH);
    let Some(menu) = menu else {
        // Nothing is near to nonsense: then there is nothing to choose from.
        return stage.finish(&[]).await;
    };
    let entry = menu["options"][0]["value"].as_str().unwrap().to_owned();
    let preview = stage.choose(&group, TEACH, &entry).await;
    assert!(preview.text().contains(&format!("add a wording to {entry}")), "{}", preview.text());
    stage.press(&preview, "Save").await;
    assert!(stage.file().contains(RIDE));
    assert!(!stage.ask(MEMBER, "general", RIDE).await.text().contains("does not answer that"));
    let list = stage.knowledge(MODERATOR, "unanswered", &[]).await;
    assert!(list.text().contains("No question waits"), "{}", list.text());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_question_is_bounded_dismissed_or_cleared_away() {
    let mut stage = Stage::start(NO_LIMITS).await;
    for question in [PIZZA, RIDE, "qwrtz plonk vexing?"] {
        stage.ask(MEMBER, "general", question).await;
    }
    let list = stage.knowledge(MODERATOR, "unanswered", &[]).await;
    let group = stage.choose(&list, LIST, PIZZA).await;
    let texts = [("passage", "The guide names no pizzeria.")];
    let preview = stage.fill(&group, "The text does not say", &texts).await;
    let saved = stage.press(&preview, "Save").await;
    assert!(stage.ask(MEMBER, "general", PIZZA).await.text().contains("The guide names no pizzeria."));

    let list = stage.press(&saved, "Back to the list").await;
    let group = stage.choose(&list, LIST, RIDE).await;
    let list = stage.press(&group, "Dismiss").await;
    assert!(!list.text().contains("zorblax"), "{}", list.text());
    stage.ask(MEMBER, "general", RIDE).await;
    let group = stage.choose(&list, LIST, "qwrtz plonk vexing?").await;
    let back = stage.press(&group, "Back to the list").await;
    assert!(!back.text().contains("zorblax"), "dismissed for good: {}", back.text());

    let clear = stage.knowledge(MODERATOR, "clear", &[]).await;
    assert!(clear.text().contains("1 on the list"), "{}", clear.text());
    let cleared = stage.press(&clear, "Empty the list").await;
    assert_eq!(cleared.text(), "The list of unanswered questions is empty.");
    // The page was drawn before that.
    let gone = stage.choose(&back, LIST, "qwrtz plonk vexing?").await;
    assert_eq!(gone.text(), "That question is no longer on the list: somebody dealt with it.");
    stage.stop().await;
    assert!(stage.noted().is_empty());
    let bytes = std::fs::read(stage.folder().join("state.db")).unwrap();
    assert!(!bytes.windows(5).any(|window| window == b"vexin"), "its words are nowhere in the file");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn an_answer_that_was_not_meant_is_told_with_its_entry() {
    let stage = Stage::start(NO_LIMITS).await;
    let answer = stage.ask(MEMBER, "general", "who built the beacon?").await;
    stage.click(MEMBER, answer.id, "Not what I meant").await;
    let list = stage.knowledge(MODERATOR, "unanswered", &[]).await;
    let group = stage.choose(&list, LIST, "who built the beacon?").await;
    assert!(group.text().contains("(`who-built-it` was not meant, last"), "{}", group.text());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn the_list_comes_in_pages() {
    let stage = Stage::start(NO_LIMITS).await;
    let words =
        ["xylophone", "quartz", "vortex", "nimbus", "fjord", "glyph", "bazooka", "kumquat", "tundra", "ukulele"];
    for word in words {
        stage.ask(MEMBER, "general", word).await;
    }
    let first = stage.knowledge(MODERATOR, "unanswered", &[]).await;
    assert_eq!((first.text().lines().count(), first.button_labels()), (9, vec!["Next ▶"]));
    let second = stage.press(&first, "Next ▶").await;
    assert_eq!((second.text().lines().count(), second.button_labels()), (3, vec!["◀ Previous"]));
    assert_eq!(stage.press(&second, "◀ Previous").await.text(), first.text());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_member_takes_no_step_by_command_button_or_form() {
    let mut stage = Stage::start(NO_LIMITS).await;
    stage.ask(MEMBER, "general", PIZZA).await;
    let before = stage.file();
    for command in ["unanswered", "clear", "history", "undo", "restore", "export", "import"] {
        let hidden = stage.sandbox.slash(MEMBER, "general", &format!("knowledge {command}"), &[]).await;
        assert!(hidden.is_err(), "{command} is hidden from members");
    }
    // An admin of the server may open the command to everybody: the bot checks all the same.
    stage.open_to_everybody().await;
    let refused = "Only moderators can do that.";
    let file = stage.sandbox.attach("harbour.json", before.replace("Ada Holm", "Bo Holm"));
    for (command, options) in [
        ("unanswered", vec![]),
        ("clear", vec![]),
        ("history", vec![]),
        ("undo", vec![]),
        ("restore", vec![("revision", json!(1))]),
        ("export", vec![]),
        ("import", vec![("attachment", json!(file))]),
    ] {
        assert_eq!(stage.knowledge(MEMBER, command, &options).await.text(), refused, "{command}");
    }
    let completed = stage.complete(MEMBER, "knowledge restore", "revision", "").await;
    assert!(completed.is_empty(), "{completed:?}");
    let key = "1234567890123456789";
    let mut forged = Vec::new();
    for step in ["history", "undo", "restore", "questions", "answer", "bound", "dismiss", "teach"] {
        forged.push(format!("knowledge:{step}:{}", if step == "undo" || step == "restore" { "1" } else { key }));
    }
    for step in ["revision", "group", "clear"] {
        forged.push(format!("knowledge:{step}:"));
    }
    for custom_id in forged {
        let message = stage.post_as_bot(&custom_id).await;
        let told = stage.click(MEMBER, message, "Old").await.message().unwrap();
        assert_eq!((told.text().as_str(), told.only_for.is_some()), (refused, true), "{custom_id}");
    }
    stage.stop().await;
    assert_eq!((stage.file(), stage.noted().len()), (before, 1));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_forged_step_of_a_moderator_is_refused_politely() {
    let stage = Stage::start(NO_LIMITS).await;
    let gone = "That question is no longer on the list: somebody dealt with it.";
    let out_of_date = "This is from an earlier version of me and no longer works. Ask again with /ask.";
    for (custom_id, told) in [
        ("knowledge:answer:5", gone),
        ("knowledge:bound:-5", gone),
        ("knowledge:dismiss:5", gone),
        ("knowledge:teach:5", out_of_date),
        ("knowledge:group:", out_of_date),
        ("knowledge:revision:", out_of_date),
        ("knowledge:undo:99", "There is no revision 99 in the history."),
        ("knowledge:undo:1", "There is nothing to undo."),
        ("knowledge:restore:-1", "There is no revision -1 in the history."),
        ("knowledge:questions:18446744073709551615", "Unanswered questions\nNo question waits for an answer."),
    ] {
        let message = stage.post_as_bot(custom_id).await;
        let old = stage.sandbox.message(message).unwrap();
        let shown = stage.click(MODERATOR, message, "Old").await;
        let told_now = match shown.first_answer {
            FirstAnswer::Message => shown.message().unwrap().text(),
            _ => stage.changed(&old).await.text(),
        };
        assert_eq!(told_now, told, "{custom_id}");
    }
    stage.finish(&[]).await;
}

impl Stage {
    /// Registers the bot's commands anew without the permission that hides them, as a server's admin can.
    pub async fn open_to_everybody(&self) {
        let path = format!("/applications/{}/commands", self.sandbox.bot());
        let commands = self.sandbox.read(|world| world.commands(None).unwrap().to_vec());
        let open = |mut command: serde_json::Map<String, serde_json::Value>| {
            command.remove("default_member_permissions");
            for key in ["id", "application_id", "version", "guild_id"] {
                command.remove(key);
            }
            command
        };
        let commands: Vec<_> = commands.into_iter().map(open).collect();
        self.call_as_bot(reqwest::Method::PUT, &path, &json!(commands)).await;
    }

    /// The ids of the revisions in the history's menu, the newest first.
    pub fn revisions(page: &Message) -> Vec<Snowflake> {
        let menus = page.controls().filter_map(|control| control["options"].as_array()).flatten();
        menus.filter_map(|option| Snowflake::from_value(&option["value"])).collect()
    }
}
