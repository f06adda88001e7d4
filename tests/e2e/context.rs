//! Follow-up questions: a reply to an answer, and a direct message soon after one, are asked in the context of its
//! entry. The bot logs the entry of each question that has a context; these tests read that field.

use footnote_sandbox::{MEMBER, OTHER, Snowflake};
use serde_json::json;

use crate::stage::{NO_LIMITS, QUESTION, Stage, UNSURE};

/// A question that means nothing without a context.
const FOLLOW_UP: &str = "since when?";

impl Stage {
    /// A user replies to a message, with the ping on. Returns the reply, once the bot has replied to it.
    async fn follow_up_on(&self, user: &str, message: Snowflake, text: &str) -> Snowflake {
        let asked = self.sandbox.reply(user, message, text, true).await.unwrap();
        self.sandbox.wait_for_reply(asked).await.unwrap();
        asked
    }

    /// The member writes to the bot directly. Returns the bot's reply.
    async fn ask_directly(&self, text: &str) -> footnote_sandbox::Message {
        let asked = self.sandbox.post(MEMBER, "dm", text).await.unwrap();
        self.sandbox.wait_for_reply(asked).await.unwrap()
    }

    /// The ids of the entries in whose context the bot was asked, in order. The bot must have ended.
    fn contexts(&self) -> Vec<&str> {
        let fields = self.log().lines().filter_map(|line| line.split_once(" context=\"")?.1.split('"').next());
        fields.collect()
    }
}

#[tokio::test]
async fn a_reply_to_an_answer_is_asked_in_the_context_of_its_entry() {
    let mut stage = Stage::start(NO_LIMITS).await;
    let answer = stage.ask(MEMBER, "general", QUESTION).await;
    stage.follow_up_on(MEMBER, answer.id, FOLLOW_UP).await;
    stage.follow_up_on(OTHER, answer.id, FOLLOW_UP).await;
    // The message now shows another entry.
    stage.click_in_place(answer.id, "How tall is the lighthouse?").await;
    stage.follow_up_on(MEMBER, answer.id, FOLLOW_UP).await;
    let by_command = stage.ask_by_command("who was the first keeper?", false).await;
    let mention = format!("{FOLLOW_UP} {}", stage.sandbox.mention());
    stage.follow_up_on(OTHER, by_command.id, &mention).await;
    stage.stop().await;
    assert_eq!(stage.contexts(), ["who-built-it", "who-built-it", "how-tall-is-it", "first-keeper"]);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn why_after_an_answer_is_answered_by_a_related_entry() {
    let stage = Stage::start(NO_LIMITS).await;
    let alone = stage.ask_directly("why?").await;
    assert!(alone.text().contains("I cannot tell what that is about"), "{}", alone.text());
    let answer = stage.ask(MEMBER, "general", QUESTION).await;
    let asked = stage.follow_up_on(MEMBER, answer.id, "why?").await;
    let why = stage.replies(asked).remove(0);
    assert!(why.text().contains("Why is the lighthouse painted red?"), "{}", why.text());
    stage.ask_directly(QUESTION).await;
    let tall = stage.ask_directly("and how tall?").await;
    assert!(tall.text().contains("How tall is the lighthouse?"), "{}", tall.text());
    let more = stage.ask_directly("more").await;
    assert!(more.text().contains("Did you mean"), "{}", more.text());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_question_that_follows_no_answer_has_no_context() {
    let mut stage = Stage::start(&format!("{NO_LIMITS}{UNSURE}")).await;
    let member = stage.id_of(MEMBER);
    let suggestions = stage.ask(MEMBER, "general", "which vessel").await;
    stage.follow_up_on(MEMBER, suggestions.id, FOLLOW_UP).await;
    let refusal = stage.ask(MEMBER, "general", "%%%").await;
    stage.follow_up_on(MEMBER, refusal.id, FOLLOW_UP).await;
    for custom_id in [format!("remove:{member}:never-there"), format!("remove:{member}"), "remove:x:fare".to_owned()] {
        let old = stage.post_as_bot(&custom_id).await;
        stage.follow_up_on(MEMBER, old, FOLLOW_UP).await;
    }
    // Another member's message, and a mention after an answer without a reply to it.
    let remark = stage.sandbox.post(OTHER, "general", "I like the harbour").await.unwrap();
    stage.follow_up_on(MEMBER, remark, &format!("{} {FOLLOW_UP}", stage.sandbox.mention())).await;
    let picked = stage.ask(MEMBER, "general", "which vessel").await;
    let first = picked.button_labels()[0].to_owned();
    stage.click_in_place(picked.id, &first).await;
    stage.ask(MEMBER, "general", FOLLOW_UP).await;
    stage.stop().await;
    assert_eq!(stage.contexts(), Vec::<&str>::new());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_direct_message_after_an_answer_is_asked_in_the_context_of_the_entry_shown_last() {
    let mut stage = Stage::start(NO_LIMITS).await;
    stage.ask_directly(FOLLOW_UP).await;
    let answer = stage.ask_directly(QUESTION).await;
    stage.ask_directly("%%%").await;
    stage.click_in_place(answer.id, "Why is the lighthouse painted red?").await;
    stage.ask_directly("%%%").await;
    stage.slash(MEMBER, "dm", "ask", &[("question", json!("who was the first keeper?"))]).await;
    stage.ask_directly("%%%").await;
    // A reply names its context itself, and other channels have none.
    stage.follow_up_on(MEMBER, answer.id, "%%%").await;
    stage.ask(MEMBER, "general", FOLLOW_UP).await;
    let other = stage.sandbox.post(OTHER, "dm", FOLLOW_UP).await.unwrap();
    stage.sandbox.wait_for_reply(other).await.unwrap();
    stage.stop().await;
    assert_eq!(stage.contexts(), ["who-built-it", "why-red", "first-keeper", "why-red"]);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn an_edited_follow_up_question_keeps_its_context() {
    let mut stage = Stage::start(NO_LIMITS).await;
    let answer = stage.ask(MEMBER, "general", QUESTION).await;
    let by_reply = stage.follow_up_on(MEMBER, answer.id, "%%%").await;
    stage.ask_directly("how tall is the lighthouse?").await;
    let directly = stage.sandbox.post(MEMBER, "dm", "%%%").await.unwrap();
    stage.sandbox.wait_for_reply(directly).await.unwrap();
    for (question, edits) in [(by_reply, 1), (directly, 2)] {
        stage.sandbox.edit(MEMBER, question, "what for?").await.unwrap();
        let edited = |world: &footnote_sandbox::World| {
            (world.log.calls().filter(|call| call.method == "PATCH").count() >= edits).then_some(())
        };
        stage.sandbox.wait_for("an edited answer", edited).await.unwrap();
    }
    stage.stop().await;
    assert_eq!(stage.contexts(), ["who-built-it", "how-tall-is-it", "who-built-it", "how-tall-is-it"]);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_follow_up_question_that_was_missed_is_asked_in_its_context() {
    let mut stage = Stage::start(&format!("{NO_LIMITS}[discord]\nseen_file = \"seen.json\"\n")).await;
    let answer = stage.ask(MEMBER, "general", QUESTION).await;
    stage.ask_directly("how tall is the lighthouse?").await;
    // An outage after which the session cannot be resumed.
    stage.sandbox.refuse_resumes(1);
    stage.sandbox.drop_gateway(Some(4009));
    stage.sandbox.invalidate_session(false);
    let missed = [
        stage.sandbox.reply(MEMBER, answer.id, FOLLOW_UP, true).await.unwrap(),
        stage.sandbox.post(MEMBER, "dm", FOLLOW_UP).await.unwrap(),
    ];
    stage.wait_for_replies(&missed).await;
    stage.stop().await;
    let mut contexts = stage.contexts();
    contexts.sort_unstable();
    assert_eq!(contexts, ["how-tall-is-it", "who-built-it"]);
    // The button of the answer names the entry, so a restart does not matter.
    stage.run(&format!("{NO_LIMITS}[discord]\nseen_file = \"seen.json\"\n")).await;
    stage.follow_up_on(MEMBER, answer.id, "what for?").await;
    stage.stop().await;
    assert_eq!(stage.contexts().len(), 3);
    assert_eq!(stage.contexts()[2], "who-built-it");
    stage.finish(&[]).await;
}
