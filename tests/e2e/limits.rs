//! How often one may ask: over the limit one polite sentence, then silence.

use footnote_sandbox::{MEMBER, MODERATOR, Message, OTHER, Snowflake};
use serde_json::json;

use crate::stage::{NO_LIMITS, Stage};

const QUESTION: &str = "who built the lighthouse?";
const USER_TOLD: &str = "That was a lot of questions at once. Give me ten seconds, then ask again.";
const CHANNEL_TOLD: &str = "This channel asks faster than I answer. Give me ten seconds, then ask again.";

/// How many of these messages are answers, and how many are this sentence.
fn count(said: &[Message], sentence: &str) -> (usize, usize) {
    let sentences = said.iter().filter(|message| message.content == sentence).count();
    let answers = said.iter().filter(|message| message.text().contains("Ada Holm")).count();
    assert_eq!(answers + sentences, said.len(), "nothing else is said");
    (answers, sentences)
}

impl Stage {
    /// A user asks so many times at once; the questions.
    async fn flood(&self, user: &str, place: &str, times: usize) -> Vec<Snowflake> {
        let mut asked = Vec::new();
        for _ in 0..times {
            asked.push(self.mention(user, place, QUESTION).await);
        }
        asked
    }

    /// Waits until the bot has said so many messages.
    async fn wait_for_said(&self, number: usize) {
        let bot = self.sandbox.bot();
        let said = |world: &footnote_sandbox::World| {
            (world.messages().filter(|message| message.author == bot).count() >= number).then_some(())
        };
        self.sandbox.wait_for("the bot to speak", said).await.unwrap();
    }
}

#[tokio::test]
async fn a_user_who_asks_too_fast_is_told_once() {
    let mut stage = Stage::start("").await;
    stage.flood(MEMBER, "general", 8).await;
    stage.wait_for_said(6).await;
    // Others are not held up.
    let other = stage.ask(OTHER, "general", QUESTION).await;
    assert!(other.text().contains("Ada Holm"));
    // Everywhere the same user is meant; a command is answered, for Discord wants that.
    stage.sandbox.post(MEMBER, "dm", QUESTION).await.unwrap();
    let told = stage.slash(MEMBER, "offtopic", "ask", &[("question", json!(QUESTION))]).await.message().unwrap();
    assert_eq!((told.content.as_str(), told.only_for.is_some()), (USER_TOLD, true));
    stage.stop().await;
    let in_channel: Vec<_> = stage.said().into_iter().filter(|message| message.only_for.is_none()).collect();
    assert_eq!(count(&in_channel, USER_TOLD), (6, 1));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_channel_that_asks_too_fast_is_told_once() {
    let mut stage = Stage::start("[limits]\nuser_per_10s = 0\nchannel_per_10s = 2\n").await;
    for user in [MEMBER, OTHER, MODERATOR] {
        stage.flood(user, "general", 2).await;
    }
    stage.wait_for_said(3).await;
    let told = stage.slash(MEMBER, "general", "ask", &[("question", json!(QUESTION))]).await.message().unwrap();
    assert_eq!((told.content.as_str(), told.only_for.is_some()), (CHANNEL_TOLD, true));
    // What only the asker sees disturbs no channel, and other channels have room.
    let private = [("question", json!(QUESTION)), ("private", json!(true))];
    let shown = stage.slash(MEMBER, "general", "ask", &private).await.message().unwrap();
    assert!(shown.text().contains("Ada Holm"));
    assert!(stage.ask(MEMBER, "offtopic", QUESTION).await.text().contains("Ada Holm"));
    stage.stop().await;
    let general = stage.channel("general");
    let said = stage.said().into_iter().filter(|message| message.only_for.is_none() && message.channel == general);
    assert_eq!(count(&said.collect::<Vec<_>>(), CHANNEL_TOLD), (2, 1));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn zero_switches_the_limits_off() {
    let mut stage = Stage::start(NO_LIMITS).await;
    let asked = stage.flood(MEMBER, "general", 30).await;
    stage.wait_for_said(30).await;
    stage.stop().await;
    assert_eq!(count(&stage.said(), USER_TOLD), (30, 0));
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
