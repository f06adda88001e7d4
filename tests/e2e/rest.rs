//! Hostile or broken responses of the REST API: too large, malformed, and failures that outlast the retries of one
//! call.

use footnote_sandbox::{Fault, MEMBER};

use crate::stage::{BUILDER, NO_LIMITS, QUESTION, Stage};

const MESSAGES: (&str, &str) = ("POST", "/channels/*/messages");

/// Far more than any response of Discord.
const HUGE: usize = 100 << 20;

/// The growth of the bot's memory that these tests allow.
const GROWTH_MAX: u64 = 50 << 20;

#[tokio::test]
async fn a_response_that_is_too_large_is_not_read_to_its_end() {
    let stage = Stage::start(NO_LIMITS).await;
    let before = stage.bot().memory("VmHWM").unwrap();
    stage.inject(Fault::status(500, 0, &"x".repeat(HUGE)), MESSAGES);
    assert!(stage.ask(MEMBER, "general", QUESTION).await.text().contains(BUILDER), "the second try lands");
    stage.inject(Fault::status(200, 0, &"x".repeat(HUGE)), MESSAGES);
    stage.mention(MEMBER, "general", QUESTION).await;
    stage.sandbox.wait_for_faults(2).await.unwrap();
    stage.assert_answers().await;
    let grown = stage.bot().memory("VmHWM").unwrap() - before;
    assert!(grown < GROWTH_MAX, "memory grew by {grown} bytes");
    stage.finish(&[500]).await;
}

#[tokio::test]
async fn a_success_with_a_malformed_body_is_not_retried() {
    let mut stage = Stage::start(NO_LIMITS).await;
    stage.inject(Fault::status(200, 0, "not a message"), MESSAGES);
    let asked = stage.mention(MEMBER, "general", QUESTION).await;
    stage.sandbox.wait_for_faults(1).await.unwrap();
    stage.assert_answers().await;
    stage.stop().await;
    // Discord reported success, so another try or an apology would be a second reply.
    assert!(stage.replies(asked).is_empty());
    assert_eq!(stage.count_calls("POST", "/messages"), 2, "one try for each question");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_catch_up_that_fails_is_repeated_in_the_same_session() {
    for (fault, refused) in [
        // The call gives up at once, since the pause that Discord asks for is longer than the time for the call.
        (Fault::server_error(503).retry_after(3600.0), &[503][..]),
        // A success with a malformed body, as from a proxy, must not make the bot forget the channel.
        (Fault::status(200, 0, "not a list of messages"), &[]),
    ] {
        let mut stage = Stage::start(NO_LIMITS).await;
        // The bot catches up with channels in which it knows a question.
        let mut asked = vec![stage.mention(MEMBER, "general", QUESTION).await];
        stage.wait_for_replies(&asked).await;
        let read = format!("/channels/{}/messages", stage.channel("general"));
        stage.inject(fault, ("GET", &read));
        stage.sandbox.refuse_resumes(1);
        stage.sandbox.drop_gateway(None);
        asked.push(stage.mention(MEMBER, "general", QUESTION).await);
        stage.sandbox.wait_for_identify(2).await.unwrap();
        stage.wait_for_replies(&asked).await;
        stage.stop().await;
        stage.assert_each_answered_once(&asked);
        assert_eq!(stage.identifies(), 2, "no further session");
        stage.finish(refused).await;
    }
}

#[tokio::test]
async fn a_catch_up_that_waits_to_be_repeated_does_not_delay_the_exit() {
    let mut stage = Stage::start(NO_LIMITS).await;
    stage.ask(MEMBER, "general", QUESTION).await;
    let read = format!("/channels/{}/messages", stage.channel("general"));
    stage.inject(Fault::server_error(503).retry_after(3600.0).times(3), ("GET", &read));
    stage.sandbox.refuse_resumes(1);
    stage.sandbox.drop_gateway(None);
    stage.sandbox.wait_for_identify(2).await.unwrap();
    // The pauses grow: after the second failure the bot waits for at least a second.
    stage.sandbox.wait_for_faults(2).await.unwrap();
    stage.stop().await;
    assert!(!stage.log().contains("unfinished="), "the exit waited for the catch-up:\n{}", stage.log());
    stage.finish(&[503, 503]).await;
}
