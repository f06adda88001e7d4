//! Rate limits on questions: beyond a limit the bot replies once with a polite sentence, then not at all.

use footnote_sandbox::{MEMBER, MODERATOR, Message, OTHER};
use serde_json::json;

use crate::stage::{NO_LIMITS, QUESTION, Stage};

const USER_LIMITED: &str = "That was a lot of questions at once. Give me ten seconds, then ask again.";
const CHANNEL_LIMITED: &str = "This channel asks faster than I can answer. Give me ten seconds, then ask again.";

/// Counts the answers among these messages, and the messages that are this sentence.
fn count(messages: &[Message], sentence: &str) -> (usize, usize) {
    let sentences = messages.iter().filter(|message| message.content == sentence).count();
    let answers = messages.iter().filter(|message| message.text().contains("Ada Holm")).count();
    assert_eq!(answers + sentences, messages.len(), "there are no other messages");
    (answers, sentences)
}

#[tokio::test]
async fn a_user_who_asks_too_fast_gets_one_notice() {
    let mut stage = Stage::start("").await;
    stage.flood(MEMBER, "general", 8).await;
    stage.wait_for_bot_messages(6).await;
    // Other users are not limited.
    let other = stage.ask(OTHER, "general", QUESTION).await;
    assert!(other.text().contains("Ada Holm"));
    // The limit holds for the user in all channels. A command still gets a notice, since Discord requires an answer.
    stage.sandbox.post(MEMBER, "dm", QUESTION).await.unwrap();
    let told = stage.slash(MEMBER, "offtopic", "ask", &[("question", json!(QUESTION))]).await.message().unwrap();
    assert_eq!((told.content.as_str(), told.only_for.is_some()), (USER_LIMITED, true));
    stage.stop().await;
    let in_channel: Vec<_> = stage.bot_messages().into_iter().filter(|message| message.only_for.is_none()).collect();
    assert_eq!(count(&in_channel, USER_LIMITED), (6, 1));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_channel_that_asks_too_fast_gets_one_notice() {
    let mut stage = Stage::start("[limits]\nuser_per_10s = 0\nchannel_per_10s = 2\n").await;
    for user in [MEMBER, OTHER, MODERATOR] {
        stage.flood(user, "general", 2).await;
    }
    stage.wait_for_bot_messages(3).await;
    let told = stage.slash(MEMBER, "general", "ask", &[("question", json!(QUESTION))]).await.message().unwrap();
    assert_eq!((told.content.as_str(), told.only_for.is_some()), (CHANNEL_LIMITED, true));
    // The limit does not count private answers, and each channel has its own.
    let private = [("question", json!(QUESTION)), ("private", json!(true))];
    let shown = stage.slash(MEMBER, "general", "ask", &private).await.message().unwrap();
    assert!(shown.text().contains("Ada Holm"));
    assert!(stage.ask(MEMBER, "offtopic", QUESTION).await.text().contains("Ada Holm"));
    stage.stop().await;
    let general = stage.channel("general");
    let said =
        stage.bot_messages().into_iter().filter(|message| message.only_for.is_none() && message.channel == general);
    assert_eq!(count(&said.collect::<Vec<_>>(), CHANNEL_LIMITED), (2, 1));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn zero_switches_the_limits_off() {
    let mut stage = Stage::start(NO_LIMITS).await;
    let asked = stage.flood(MEMBER, "general", 30).await;
    stage.wait_for_bot_messages(30).await;
    stage.stop().await;
    assert_eq!(count(&stage.bot_messages(), USER_LIMITED), (30, 0));
    assert!(asked.iter().all(|question| stage.replies(*question).len() == 1));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn an_edit_counts_as_a_question() {
    let mut stage = Stage::start("[limits]\nuser_per_10s = 1\n").await;
    let asked = stage.mention(MEMBER, "general", QUESTION).await;
    let answer = stage.sandbox.wait_for_reply(asked).await.unwrap();
    let changed = format!("{} how tall is the lighthouse?", stage.sandbox.mention());
    stage.sandbox.edit(MEMBER, asked, &changed).await.unwrap();
    stage.ask(OTHER, "general", QUESTION).await;
    stage.stop().await;
    assert_eq!(stage.sandbox.message(answer.id).unwrap().embeds, answer.embeds);
    stage.finish(&[]).await;
}
