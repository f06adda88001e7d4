//! Events that come at once: what happened first counts first, be it just after the start or after a pause of the gateway.

use footnote_sandbox::{MEMBER, Options};

use crate::stage::{NO_LIMITS, Stage};

const QUESTION: &str = "who built the lighthouse?";

/// How often a race is run; one that is lost half of the time is then lost for certain.
const TIMES: usize = 20;

#[tokio::test]
async fn a_question_at_the_moment_of_connecting_is_answered() {
    for _ in 0..4 {
        let mut stage = Stage::empty(Options::default()).await;
        let (token, address) = (stage.sandbox.token(), stage.sandbox.base_url());
        let environment = [("DISCORD_TOKEN", token.as_str()), ("FOOTNOTE_DISCORD_API_URL", &address)];
        stage.spawn("knowledge = [\"harbour.json\"]\n", &environment);
        stage.sandbox.wait_for_identify(1).await.unwrap();
        let asked = stage.mention(MEMBER, "general", QUESTION).await;
        stage.sandbox.wait_for_reply(asked).await.unwrap();
        stage.finish(&[]).await;
    }
}

#[tokio::test]
async fn a_question_that_is_deleted_at_once_leaves_no_answer() {
    let mut stage = Stage::start(NO_LIMITS).await;
    for _ in 0..TIMES {
        let asked = stage.mention(MEMBER, "general", QUESTION).await;
        stage.sandbox.delete(MEMBER, asked).await.unwrap();
    }
    stage.ask(MEMBER, "general", QUESTION).await;
    stage.stop().await;
    assert_eq!(stage.said().len(), 1, "of the question that is still there");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_question_that_is_edited_at_once_is_answered_as_it_stands() {
    let mut stage = Stage::start(NO_LIMITS).await;
    for _ in 0..TIMES {
        let asked = stage.mention(MEMBER, "general", QUESTION).await;
        let changed = format!("{} how tall is the lighthouse?", stage.sandbox.mention());
        stage.sandbox.edit(MEMBER, asked, &changed).await.unwrap();
    }
    stage.ask(MEMBER, "general", "how tall is the lighthouse?").await;
    stage.stop().await;
    let said = stage.said();
    assert_eq!(said.len(), TIMES + 1);
    assert!(said.iter().all(|answer| answer.text().contains("41 metres")));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn what_happened_while_the_gateway_was_away_is_caught_up_in_order() {
    let mut stage = Stage::start(NO_LIMITS).await;
    stage.sandbox.drop_gateway(Some(4000));
    for _ in 0..TIMES {
        let asked = stage.mention(MEMBER, "general", QUESTION).await;
        stage.sandbox.delete(MEMBER, asked).await.unwrap();
    }
    let asked = stage.mention(MEMBER, "general", QUESTION).await;
    stage.sandbox.wait_for_reply(asked).await.unwrap();
    stage.stop().await;
    assert_eq!(stage.said().len(), 1);
    stage.finish(&[]).await;
}
