//! Every way to ask, and messages that the bot must ignore.

use footnote_sandbox::{FirstAnswer, MEMBER, Message, OTHER, OTHER_BOT, Options, WEBHOOK, intents};
use serde_json::json;

use crate::stage::{BUILDER, NO_LIMITS, Stage, UNSURE};

/// Whether this is the answer to who built the lighthouse.
fn answers(message: &Message) -> bool {
    message.text().contains(BUILDER)
}

#[tokio::test]
async fn a_mention_is_answered_with_a_reply() {
    let stage = Stage::start("").await;
    let mention = stage.sandbox.mention();
    for text in [
        format!("{mention} who buildt the beacon?"),
        format!("who built the tower, {mention}?"),
        format!("<@!{}> Who built the lighthouse?", stage.sandbox.bot()),
    ] {
        let asked = stage.sandbox.post(MEMBER, "general", &text).await.unwrap();
        assert!(answers(&stage.sandbox.wait_for_reply(asked).await.unwrap()), "{text}");
    }
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_direct_message_needs_no_mention() {
    let stage = Stage::start("").await;
    let asked = stage.sandbox.post(MEMBER, "dm", "who built the lighthouse").await.unwrap();
    assert!(answers(&stage.sandbox.wait_for_reply(asked).await.unwrap()));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_reply_to_the_bot_asks_with_its_ping_on() {
    let mut stage = Stage::start("").await;
    let first = stage.ask(MEMBER, "general", "how tall is the lighthouse?").await;
    let unheard = stage.sandbox.reply(OTHER, first.id, "who was the first keeper?", false).await.unwrap();
    let heard = stage.sandbox.reply(MEMBER, first.id, "and who built the lighthouse?", true).await.unwrap();
    assert!(answers(&stage.sandbox.wait_for_reply(heard).await.unwrap()));
    stage.stop().await;
    assert_eq!(stage.replies(unheard).len(), 0, "without the ping Discord sends no text");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn the_command_answers_publicly_or_privately() {
    let stage = Stage::start(NO_LIMITS).await;
    for place in ["general", "dm"] {
        for private in [None, Some(false), Some(true)] {
            let mut options = vec![("question", json!("who built the lighthouse?"))];
            options.extend(private.map(|private| ("private", json!(private))));
            let shown = stage.slash(MEMBER, place, "ask", &options).await;
            assert_eq!(shown.first_answer, FirstAnswer::Message);
            let message = shown.message().unwrap();
            assert!(answers(&message));
            assert_eq!(message.only_for.is_some(), private == Some(true));
            assert_eq!(message.button_labels().contains(&"Remove"), private != Some(true));
        }
    }
    stage.finish(&[]).await;
}

#[tokio::test]
async fn the_command_completes_curated_questions() {
    let stage = Stage::start("").await;
    let typed = stage.complete(MEMBER, "ask", "question", "how tall is the li").await;
    assert_eq!(typed[0], "How tall is the lighthouse?");
    let begun = stage.complete(MEMBER, "ask", "question", "bicy").await;
    assert_eq!(begun[0], "May bicycles come aboard?");
    let empty = stage.complete(MEMBER, "ask", "question", "").await;
    assert_eq!(empty[0], "Who built the lighthouse?", "the most related entry comes first");
    assert!((2..=25).contains(&empty.len()));
    assert_eq!(stage.complete(MEMBER, "ask", "question", "%%%").await, Vec::<String>::new());
    // A completed question can be asked.
    let shown = stage.slash(MEMBER, "general", "ask", &[("question", json!(typed[0]))]).await;
    assert!(shown.message().unwrap().text().contains("41 metres"));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn answer_this_answers_a_message_of_another_user() {
    let stage = Stage::start("").await;
    let overheard = stage.sandbox.post(OTHER, "general", "I wonder who built the lighthouse").await.unwrap();
    let picked = stage.sandbox.message_command(MEMBER, overheard, "Answer this").await.unwrap();
    let answer = stage.sandbox.wait_for_answer(picked).await.unwrap().message().unwrap();
    assert!(answers(&answer) && answer.only_for.is_none());

    let wordless = stage.sandbox.post(OTHER, "general", &stage.sandbox.mention()).await.unwrap();
    let picked = stage.sandbox.message_command(MEMBER, wordless, "Answer this").await.unwrap();
    let hint = stage.sandbox.wait_for_answer(picked).await.unwrap().message().unwrap();
    assert_eq!(hint.content, "I found no question in that message.");
    assert!(hint.only_for.is_some());
    stage.finish(&[]).await;
}

/// A stage whose bot answers questions in the channel `general` without a mention.
async fn listening(settings: &str) -> Stage {
    let mut stage = Stage::empty(Options { approved_intents: intents::MESSAGE_CONTENT, ..Options::default() }).await;
    let listen = format!("[discord]\nlisten_channels = [\"{}\"]\n", stage.channel("general"));
    stage.run(&format!("{settings}{listen}{NO_LIMITS}")).await;
    stage
}

/// The intents of the bot's session.
fn intents_of(stage: &Stage) -> u64 {
    stage.sandbox.read(|world| world.sessions.iter().next().unwrap().intents)
}

#[tokio::test]
async fn in_a_listen_channel_certain_questions_are_answered_without_a_mention() {
    let mut stage = listening("").await;
    assert_eq!(intents_of(&stage), intents::GUILD_MESSAGES | intents::DIRECT_MESSAGES | intents::MESSAGE_CONTENT);
    let mut ignored = Vec::new();
    for (channel, text) in [
        ("general", "they say Ada built the lighthouse"),
        ("general", "what is the best pizza in town?"),
        ("general", "what did the lighthouse cost to build?"),
        ("offtopic", "who built the lighthouse?"),
    ] {
        ignored.push(stage.sandbox.post(OTHER, channel, text).await.unwrap());
    }
    let asked = stage.sandbox.post(MEMBER, "general", "who built the lighthouse?").await.unwrap();
    assert!(answers(&stage.sandbox.wait_for_reply(asked).await.unwrap()));
    // A mention is always answered, whatever the verdict.
    let mentioned = stage.ask(MEMBER, "general", "what is the best pizza in town?").await;
    assert!(mentioned.text().contains("does not answer"));
    stage.stop().await;
    assert!(ignored.iter().all(|message| stage.replies(*message).is_empty()));
    assert_eq!(stage.bot_messages().len(), 2);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_listen_channel_gets_no_suggestions() {
    let mut stage = listening(UNSURE).await;
    let unsure = stage.sandbox.post(OTHER, "general", "who built the lighthouse?").await.unwrap();
    assert!(stage.ask(MEMBER, "general", "who built the lighthouse?").await.text().contains("Did you mean"));
    stage.stop().await;
    assert_eq!(stage.replies(unsure).len(), 0);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn in_other_channels_only_mentions_are_answered_without_a_privileged_intent() {
    let mut stage = Stage::start("").await;
    assert_eq!(intents_of(&stage), intents::GUILD_MESSAGES | intents::DIRECT_MESSAGES);
    let mention_of_other = format!("<@{}> who built the lighthouse?", stage.id_of(OTHER));
    let mut ignored = Vec::new();
    for text in ["who built the lighthouse?", "@everyone who built the lighthouse?", "footnote?", &mention_of_other] {
        ignored.push(stage.sandbox.post(MEMBER, "general", text).await.unwrap());
    }
    ignored.push(stage.sandbox.reply(MEMBER, ignored[0], "who built it?", true).await.unwrap());
    stage.ask(MEMBER, "general", "who built the lighthouse?").await;
    stage.stop().await;
    assert!(ignored.iter().all(|message| stage.replies(*message).is_empty()));
    assert_eq!(stage.bot_messages().len(), 1);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn messages_of_bots_webhooks_and_itself_are_ignored() {
    let mut stage = listening("").await;
    let mention = stage.sandbox.mention();
    let mut ignored = Vec::new();
    for author in [OTHER_BOT, WEBHOOK] {
        for text in ["who built the lighthouse?", &format!("{mention} who built the lighthouse?")] {
            ignored.push(stage.sandbox.post(author, "general", text).await.unwrap());
        }
    }
    // In a listen channel the bot also receives its own reply, whose title is a question.
    let answer = stage.ask(MEMBER, "general", "who built the lighthouse?").await;
    ignored.push(answer.id);
    ignored.push(stage.sandbox.reply(OTHER_BOT, answer.id, "who was the first keeper?", true).await.unwrap());
    let direct = stage.sandbox.post(MEMBER, "dm", "who built the lighthouse?").await.unwrap();
    ignored.push(stage.sandbox.wait_for_reply(direct).await.unwrap().id);
    stage.ask(MEMBER, "general", "who built the lighthouse?").await;
    stage.stop().await;
    assert!(ignored.iter().all(|message| stage.replies(*message).is_empty()));
    assert_eq!(stage.bot_messages().len(), 3);
    stage.finish(&[]).await;
}
