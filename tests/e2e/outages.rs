//! Outages of the gateway: questions asked meanwhile are answered once and in order.

use std::time::Duration;

use footnote_sandbox::{MEMBER, Options, Snowflake};

use crate::stage::{NO_LIMITS, QUESTION, Stage};

/// The number of gateway connections that ended.
const LOST: &str = r#"footnote_shard_connections_lost_total{shard="0"}"#;

/// A bot that sends heartbeats so often that it soon notices a dead connection.
async fn with_fast_heartbeats() -> Stage {
    let options = Options { heartbeat: Duration::from_millis(300), ..Options::default() };
    let mut stage = Stage::empty(options).await;
    stage.run(NO_LIMITS).await;
    stage
}

#[tokio::test]
async fn a_gateway_that_is_away_for_long_is_resumed_when_it_is_back() {
    let mut stage = Stage::start(NO_LIMITS).await;
    stage.sandbox.refuse_connections(usize::MAX);
    stage.sandbox.drop_gateway(None);
    let asked = stage.ask_all_over().await;
    // The connection that was dropped, and three that were refused.
    stage.wait_for_metric(LOST, 4.0).await;
    assert!(stage.bot_messages().is_empty());
    stage.sandbox.refuse_connections(0);
    stage.wait_for_replies(&asked).await;
    stage.stop().await;
    stage.assert_each_answered_once(&asked);
    assert_eq!(stage.identifies(), 1);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_dead_connection_is_noticed_and_the_session_resumed() {
    let mut stage = with_fast_heartbeats().await;
    stage.sandbox.silence_gateway(true);
    let asked = stage.ask_all_over().await;
    stage.wait_for_metric(LOST, 1.0).await;
    stage.sandbox.silence_gateway(false);
    stage.wait_for_replies(&asked).await;
    stage.stop().await;
    stage.assert_each_answered_once(&asked);
    assert_eq!(stage.identifies(), 1);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn every_close_code_that_keeps_the_session_is_followed_by_a_resume() {
    let mut stage = Stage::start(NO_LIMITS).await;
    let mut asked = Vec::new();
    for (resumes, code) in [1000, 1001, 4000, 4001, 4002, 4003, 4005, 4008].into_iter().enumerate() {
        stage.sandbox.drop_gateway(Some(code));
        asked.push(stage.mention(MEMBER, "general", QUESTION).await);
        stage.sandbox.wait_for_resume(resumes + 1).await.unwrap();
        stage.wait_for_replies(&asked).await;
        // A restart resets the backoff, which would make this test slow.
        if resumes == 3 {
            stage.stop().await;
            stage.run(NO_LIMITS).await;
        }
    }
    stage.stop().await;
    stage.assert_each_answered_once(&asked);
    assert_eq!(stage.identifies(), 2, "one for each start");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn every_close_code_that_is_not_to_be_retried_ends_it_with_what_to_do() {
    for (code, words) in [
        (4004, "Discord refused the token"),
        (4010, "refused the shard number (close code 4010): restart Footnote"),
        (4011, "requires more shards for the bot's number of servers (close code 4011)"),
        (4012, "no longer speaks version 10 of its gateway (close code 4012): update Footnote"),
        (4013, "no longer knows the intents that Footnote asks for (close code 4013): update Footnote"),
        (4014, "refused the MESSAGE CONTENT intent"),
    ] {
        let mut stage = Stage::start("").await;
        stage.sandbox.drop_gateway(Some(code));
        let (ended, log) = stage.ended().await;
        assert_eq!(ended, Some(1), "{log}");
        assert!(log.lines().last().unwrap().contains(words), "{code}: {log}");
        assert_eq!(stage.identifies(), 1);
        stage.finish(&[]).await;
    }
}

#[tokio::test]
async fn questions_asked_while_no_session_could_be_resumed_are_answered_in_order() {
    for code in [None, Some(4007), Some(4009)] {
        let mut stage = Stage::start(NO_LIMITS).await;
        // The bot catches up only with channels in which a question was asked before.
        let mut asked = stage.ask_all_over().await;
        let removed = stage.mention(MEMBER, "general", QUESTION).await;
        let answer = stage.sandbox.wait_for_reply(removed).await.unwrap();
        stage.click(MEMBER, answer.id, "Remove").await;
        stage.sandbox.wait_for_deletion(answer.id).await.unwrap();
        stage.wait_for_replies(&asked).await;
        stage.sandbox.refuse_resumes(1);
        stage.sandbox.drop_gateway(code);
        if code.is_some() {
            // These codes end the session on both sides.
            stage.sandbox.invalidate_session(false);
        }
        let missed = stage.ask_all_over().await;
        stage.sandbox.post(MEMBER, "general", "not for the bot").await.unwrap();
        stage.sandbox.post(footnote_sandbox::OTHER_BOT, "general", &stage.sandbox.mention()).await.unwrap();
        stage.sandbox.wait_for_identify(2).await.unwrap();
        stage.wait_for_replies(&missed).await;
        let replies: Vec<_> = stage.bot_messages().iter().filter_map(|reply| reply.reference).collect();
        let general = stage.channel("general");
        let in_general = |id: &&Snowflake| stage.sandbox.message(**id).unwrap().channel == general;
        let order: Vec<_> = replies.iter().filter(in_general).skip(3).collect();
        assert_eq!(order, missed.iter().filter(in_general).collect::<Vec<_>>(), "in their order");
        asked.extend(missed);
        stage.stop().await;
        stage.assert_each_answered_once(&asked);
        stage.finish(&[]).await;
    }
}

#[tokio::test]
async fn a_listen_channel_is_caught_up_with_although_nobody_asked_there_before() {
    let options = Options { approved_intents: footnote_sandbox::intents::MESSAGE_CONTENT, ..Options::default() };
    let mut stage = Stage::empty(options).await;
    stage.run(&format!("[discord]\nlisten_channels = [{}]\n", stage.channel("general"))).await;
    stage.sandbox.wait_for_call(|call| call.method == "GET" && call.route().ends_with("/messages")).await.unwrap();
    stage.sandbox.invalidate_session(false);
    let asked = stage.sandbox.post(MEMBER, "general", QUESTION).await.unwrap();
    stage.sandbox.post(MEMBER, "general", "what is the best pizza in town?").await.unwrap();
    stage.sandbox.wait_for_identify(2).await.unwrap();
    stage.sandbox.wait_for_reply(asked).await.unwrap();
    stage.stop().await;
    stage.assert_each_answered_once(&[asked]);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_session_is_resumed_when_discord_asks_for_it() {
    let mut stage = Stage::start(NO_LIMITS).await;
    let mut asked = Vec::new();
    for resumes in 1..=2 {
        if resumes == 1 {
            stage.sandbox.invalidate_session(true);
        } else {
            stage.sandbox.request_reconnect();
        }
        asked.push(stage.mention(MEMBER, "general", QUESTION).await);
        stage.sandbox.wait_for_resume(resumes).await.unwrap();
        stage.wait_for_replies(&asked).await;
    }
    stage.stop().await;
    stage.assert_each_answered_once(&asked);
    assert_eq!(stage.identifies(), 1);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn malformed_payloads_are_ignored() {
    let mut stage = Stage::start(NO_LIMITS).await;
    for text in [
        "",
        "{",
        "null",
        "[]",
        "\"text\"",
        "{\"op\":\"0\"}",
        "{\"op\":-1}",
        "{\"op\":99,\"d\":{}}",
        "{\"op\":0}",
        "{\"op\":0,\"s\":null,\"t\":\"MESSAGE_CREATE\",\"d\":{}}",
        "{\"op\":10,\"d\":null}",
        "{\"op\":11}",
    ] {
        stage.sandbox.send_on_gateway(text);
    }
    for number in 0..100 {
        stage.sandbox.send_on_gateway(&format!("garbage {number}"));
        stage.sandbox.send_bytes_on_gateway(&[0x78, 0x9c, number]);
    }
    stage.ask(MEMBER, "general", QUESTION).await;
    assert_eq!(stage.sandbox.read(|world| (world.sessions.identifies, world.sessions.resumes)), (1, 0));
    stage.stop().await;
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_payload_that_is_too_large_costs_only_the_connection() {
    let mut stage = Stage::start(NO_LIMITS).await;
    stage.sandbox.send_on_gateway(&"x".repeat(5 << 20));
    let asked = stage.ask_all_over().await;
    stage.wait_for_replies(&asked).await;
    stage.stop().await;
    stage.assert_each_answered_once(&asked);
    assert_eq!(stage.sandbox.read(|world| (world.sessions.identifies, world.sessions.resumes)), (1, 1));
    stage.finish(&[]).await;
}
