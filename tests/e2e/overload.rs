//! Overload: a channel that floods gets one notice, and everybody else is answered.

use footnote_sandbox::{Fault, MEMBER, OTHER};

use crate::stage::{NO_LIMITS, QUESTION, Stage};

/// The number of questions of one channel that the bot handles at once.
const SHARE: usize = 500;

#[tokio::test]
async fn a_channel_that_floods_gets_one_notice_while_others_are_answered() {
    let mut stage = Stage::start(NO_LIMITS).await;
    let (held, gate) = Fault::held();
    let flooded = format!("/channels/{}/messages", stage.channel("general"));
    stage.sandbox.fault(held.on("POST", &flooded).times(10_000));
    let asked = stage.flood(MEMBER, "general", SHARE + 50).await;
    assert!(stage.ask(OTHER, "offtopic", QUESTION).await.text().contains("Ada Holm"));
    stage.sandbox.clear_faults();
    gate.open();
    stage.sandbox.wait_for_reply(asked[SHARE]).await.unwrap();
    stage.stop().await;
    let busy = "I am busy with a lot of questions. Please ask again in a minute.";
    let replies =
        |range: &[_]| range.iter().flat_map(|id| stage.replies(*id)).map(|reply| reply.content).collect::<Vec<_>>();
    let answers = replies(&asked[..SHARE]);
    assert_eq!((answers.len(), answers.iter().filter(|content| content.is_empty()).count()), (SHARE, SHARE));
    assert_eq!(replies(&asked[SHARE..]), [busy]);
    stage.finish(&[]).await;
}
