//! Outages of the gateway, short of nothing that can go wrong with it: what is asked meanwhile is answered once, in its order.

use std::time::Duration;

use footnote_sandbox::{MEMBER, OTHER, Options, Snowflake};

use crate::stage::{NO_LIMITS, Stage};

const QUESTION: &str = "who built the lighthouse?";

impl Stage {
    /// Several people ask in several places.
    async fn ask_all_over(&self) -> Vec<Snowflake> {
        let mut asked = Vec::new();
        for (user, place) in
            [(MEMBER, "general"), (OTHER, "general"), (MEMBER, "dm"), (MEMBER, "general"), (OTHER, "offtopic")]
        {
            asked.push(self.mention(user, place, QUESTION).await);
        }
        asked
    }

    /// Each of these gets its reply.
    async fn all_answered(&self, asked: &[Snowflake]) {
        for question in asked {
            self.sandbox.wait_for_reply(*question).await.unwrap();
        }
    }

    /// Each of these has one reply, and there is no other.
    fn answered_once(&self, asked: &[Snowflake]) {
        for question in asked {
            assert_eq!(self.replies(*question).len(), 1, "{question}");
        }
        assert_eq!(self.said().len(), asked.len());
    }

    fn identifies(&self) -> usize {
        self.sandbox.read(|world| world.sessions.identifies)
    }
}

/// A stand-in whose bot notices at once that a line went dead.
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
    // Longer and longer pauses; by now the third connection was refused.
    stage.bot().wait_for_log_times("the gateway's connection ended", 4).await;
    assert!(stage.said().is_empty());
    stage.sandbox.refuse_connections(0);
    stage.all_answered(&asked).await;
    stage.stop().await;
    stage.answered_once(&asked);
    assert_eq!(stage.identifies(), 1);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_line_that_goes_dead_is_noticed_and_the_session_resumed() {
    let mut stage = with_fast_heartbeats().await;
    stage.sandbox.silence_gateway(true);
    let asked = stage.ask_all_over().await;
    stage.bot().wait_for_log("a heartbeat was not answered").await;
    stage.sandbox.silence_gateway(false);
    stage.all_answered(&asked).await;
    stage.stop().await;
    stage.answered_once(&asked);
    assert_eq!(stage.identifies(), 1);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_gateway_that_accepts_connections_and_says_nothing_is_left_again() {
    let mut stage = Stage::start(NO_LIMITS).await;
    stage.sandbox.refuse_connections(usize::MAX);
    stage.sandbox.drop_gateway(None);
    let asked = stage.ask_all_over().await;
    stage.bot().wait_for_log("the gateway's connection ended").await;
    stage.sandbox.silence_gateway(true);
    stage.sandbox.refuse_connections(0);
    stage.bot().wait_for_log("no greeting within").await;
    stage.sandbox.silence_gateway(false);
    stage.all_answered(&asked).await;
    stage.stop().await;
    stage.answered_once(&asked);
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
        stage.all_answered(&asked).await;
        // Pauses that grow with each drop would make this take long.
        if resumes == 3 {
            stage.stop().await;
            stage.run(NO_LIMITS).await;
        }
    }
    stage.stop().await;
    stage.answered_once(&asked);
    assert_eq!(stage.identifies(), 2, "one for each start");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn every_close_code_that_is_not_to_be_retried_ends_it_with_what_to_do() {
    for (code, words) in [
        (4004, "Discord refused the token"),
        (4010, "refused the shard number (close code 4010): restart Footnote"),
        (4011, "wants the bot in more shards (close code 4011)"),
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
async fn what_was_asked_while_no_session_could_be_resumed_is_caught_up_with() {
    for code in [None, Some(4007), Some(4009)] {
        let mut stage = Stage::start(NO_LIMITS).await;
        // Places where something was asked before.
        let mut asked = stage.ask_all_over().await;
        let removed = stage.mention(MEMBER, "general", QUESTION).await;
        let answer = stage.sandbox.wait_for_reply(removed).await.unwrap();
        stage.click(MEMBER, answer.id, "Remove").await;
        stage.sandbox.wait_for_deletion(answer.id).await.unwrap();
        stage.all_answered(&asked).await;
        stage.sandbox.refuse_resumes(1);
        stage.sandbox.drop_gateway(code);
        if code.is_some() {
            // The session is over for both sides.
            stage.sandbox.invalidate_session(false);
        }
        let missed = stage.ask_all_over().await;
        stage.sandbox.post(MEMBER, "general", "not for the bot").await.unwrap();
        stage.sandbox.post(footnote_sandbox::OTHER_BOT, "general", &stage.sandbox.mention()).await.unwrap();
        stage.sandbox.wait_for_identify(2).await.unwrap();
        stage.all_answered(&missed).await;
        let replies: Vec<_> = stage.said().iter().filter_map(|reply| reply.reference).collect();
        let general = stage.channel("general");
        let in_general = |id: &&Snowflake| stage.sandbox.message(**id).unwrap().channel == general;
        let order: Vec<_> = replies.iter().filter(in_general).skip(3).collect();
        assert_eq!(order, missed.iter().filter(in_general).collect::<Vec<_>>(), "in their order");
        asked.extend(missed);
        stage.stop().await;
        stage.answered_once(&asked);
        stage.finish(&[]).await;
    }
}

#[tokio::test]
async fn a_listened_channel_is_caught_up_with_though_nobody_asked_there_before() {
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
    stage.answered_once(&[asked]);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_session_that_discord_wants_resumed_is_resumed() {
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
        stage.all_answered(&asked).await;
    }
    stage.stop().await;
    stage.answered_once(&asked);
    assert_eq!(stage.identifies(), 1);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn nonsense_is_passed_over() {
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
        stage.sandbox.send_on_gateway(&format!("nonsense {number}"));
        stage.sandbox.send_bytes_on_gateway(&[0x78, 0x9c, number]);
    }
    stage.ask(MEMBER, "general", QUESTION).await;
    assert_eq!(stage.sandbox.read(|world| (world.sessions.identifies, world.sessions.resumes)), (1, 0));
    stage.stop().await;
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_payload_that_is_too_large_costs_a_connection_and_nothing_else() {
    let mut stage = Stage::start(NO_LIMITS).await;
    stage.sandbox.send_on_gateway(&"x".repeat(5 << 20));
    let asked = stage.ask_all_over().await;
    stage.all_answered(&asked).await;
    stage.stop().await;
    stage.answered_once(&asked);
    assert_eq!(stage.sandbox.read(|world| (world.sessions.identifies, world.sessions.resumes)), (1, 1));
    stage.finish(&[]).await;
}
