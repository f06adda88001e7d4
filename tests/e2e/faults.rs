//! Faults of Discord: the gateway drops, REST refuses, fails or is late. Each question still gets one answer; if it
//! cannot, the bot goes on.

use footnote_sandbox::{Fault, FirstAnswer, MEMBER};
use serde_json::json;

use crate::stage::{BUILDER, NO_LIMITS, QUESTION, Stage};

const MESSAGES: (&str, &str) = ("POST", "/channels/*/messages");
const CALLBACK: (&str, &str) = ("POST", "/interactions/*/*/callback");

#[tokio::test]
async fn a_dropped_gateway_is_resumed_and_nothing_is_missed() {
    let mut stage = Stage::start("").await;
    let mut asked = Vec::new();
    for (drop, code) in [(1, Some(4000)), (2, None)] {
        stage.sandbox.drop_gateway(code);
        asked.push(stage.mention(MEMBER, "general", QUESTION).await);
        stage.sandbox.wait_for_resume(drop).await.unwrap();
        stage.sandbox.wait_for_reply(asked[drop - 1]).await.unwrap();
    }
    stage.sandbox.request_reconnect();
    stage.sandbox.wait_for_resume(3).await.unwrap();
    stage.assert_answers().await;
    stage.stop().await;
    assert!(asked.iter().all(|question| stage.replies(*question).len() == 1));
    assert_eq!(stage.sandbox.read(|world| world.sessions.identifies), 1);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn an_invalid_session_is_followed_by_an_identify() {
    let stage = Stage::start("").await;
    stage.sandbox.invalidate_session(false);
    stage.sandbox.wait_for_identify(2).await.unwrap();
    stage.assert_answers().await;
    assert_eq!(stage.count_calls("PUT", "/commands"), 1, "commands are registered at start-up");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_refused_resume_is_followed_by_an_identify() {
    let stage = Stage::start("").await;
    stage.sandbox.refuse_resumes(1);
    stage.sandbox.drop_gateway(Some(4000));
    stage.sandbox.wait_for_identify(2).await.unwrap();
    stage.assert_answers().await;
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_gateway_that_refuses_connections_is_tried_again() {
    let stage = Stage::start("").await;
    stage.sandbox.refuse_connections(2);
    stage.sandbox.drop_gateway(None);
    let asked = stage.mention(MEMBER, "general", QUESTION).await;
    stage.sandbox.wait_for_resume(1).await.unwrap();
    stage.sandbox.wait_for_reply(asked).await.unwrap();
    assert_eq!(stage.sandbox.read(|world| world.sessions.identifies), 1);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_rate_limited_message_lands_once_and_the_next_waits_for_the_limit() {
    let mut stage = Stage::start(NO_LIMITS).await;
    stage.inject(Fault::rate_limit(2.0), MESSAGES);
    let mut asked = vec![stage.mention(MEMBER, "general", QUESTION).await];
    let limited = r#"footnote_discord_calls_total{call="post a message",result="rate_limited"}"#;
    stage.wait_for_metric(limited, 1.0).await;
    asked.push(stage.mention(MEMBER, "general", QUESTION).await);
    stage.wait_for_replies(&asked).await;
    assert!(stage.metric(r#"footnote_discord_rate_limit_waits_total{call="post a message"}"#).await >= 1.0);
    stage.stop().await;
    stage.assert_each_answered_once(&asked);
    assert_eq!(stage.count_calls("POST", "/messages"), 3, "only the first try was refused");
    stage.finish(&[429]).await;
}

#[tokio::test]
async fn a_rate_limited_interaction_is_answered_in_time() {
    let stage = Stage::start("").await;
    stage.inject(Fault::rate_limit(0.2), CALLBACK);
    let shown = stage.slash(MEMBER, "general", "ask", &[("question", json!(QUESTION))]).await;
    let answer = shown.message().unwrap();
    assert!(answer.text().contains(BUILDER));
    stage.inject(Fault::rate_limit(0.2), CALLBACK);
    let pressed = stage.click(MEMBER, answer.id, "How tall is the lighthouse?").await;
    assert_eq!(pressed.first_answer, FirstAnswer::Update);
    stage.finish(&[429, 429]).await;
}

#[tokio::test]
async fn a_server_error_is_tried_again() {
    let stage = Stage::start("").await;
    stage.inject(Fault::server_error(500), MESSAGES);
    stage.assert_answers().await;
    stage.inject(Fault::server_error(503), CALLBACK);
    let shown = stage.slash(MEMBER, "general", "ask", &[("question", json!(QUESTION))]).await;
    assert!(shown.message().unwrap().text().contains(BUILDER));
    stage.finish(&[500, 503]).await;
}

#[tokio::test]
async fn an_answer_that_lands_despite_an_error_is_not_repeated() {
    let mut stage = Stage::start("").await;
    stage.inject(Fault::server_error(502).after_work(), MESSAGES);
    let asked = stage.mention(MEMBER, "general", QUESTION).await;
    stage.sandbox.wait_for_reply(asked).await.unwrap();
    stage.inject(Fault::server_error(502).after_work(), CALLBACK);
    let shown = stage.slash(MEMBER, "general", "ask", &[("question", json!(QUESTION))]).await;
    assert!(shown.message().unwrap().text().contains(BUILDER));
    stage.stop().await;
    assert_eq!(stage.replies(asked).len(), 1);
    assert_eq!(stage.bot_messages().len(), 2);
    assert_eq!(stage.count_calls("POST", "/messages"), 2);
    // Discord refuses the second callback as a duplicate; the user sees no error.
    stage.finish(&[502, 502, 400]).await;
}

#[tokio::test]
async fn a_slow_answer_delays_only_the_edit_of_its_question() {
    let stage = Stage::start("").await;
    let (held, gate) = Fault::held();
    stage.inject(held, ("POST", &format!("/channels/{}/messages", stage.channel("general"))));
    let asked = stage.mention(MEMBER, "general", QUESTION).await;
    stage.sandbox.wait_for_faults(1).await.unwrap();
    let changed = format!("{} how tall is the lighthouse?", stage.sandbox.mention());
    stage.sandbox.edit(MEMBER, asked, &changed).await.unwrap();
    stage.assert_answers().await;
    assert!(stage.replies(asked).is_empty());
    gate.open();
    let answer = stage.sandbox.wait_for_reply(asked).await.unwrap();
    stage.sandbox.wait_for_message(answer.id, |answer| answer.text().contains("41 metres")).await.unwrap();
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_late_answer_to_an_interaction_is_accepted() {
    let stage = Stage::start("").await;
    let (held, gate) = Fault::held();
    stage.inject(held, CALLBACK);
    let asked = stage.sandbox.slash(MEMBER, "general", "ask", &[("question", json!(QUESTION))]).await.unwrap();
    stage.sandbox.wait_for_faults(1).await.unwrap();
    stage.assert_answers().await;
    gate.open();
    let answer = stage.sandbox.wait_for_answer(asked).await.unwrap().message().unwrap();
    assert!(answer.text().contains(BUILDER));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_refused_answer_is_replaced_by_an_apology() {
    let mut stage = Stage::start("").await;
    let sorry = "Sorry, something went wrong on my side. Please try again in a moment.";
    stage.inject(Fault::status(400, 50035, "Invalid Form Body"), MESSAGES);
    let asked = stage.mention(MEMBER, "general", QUESTION).await;
    assert_eq!(stage.sandbox.wait_for_reply(asked).await.unwrap().content, sorry);
    stage.inject(Fault::status(400, 50035, "Invalid Form Body"), CALLBACK);
    let shown = stage.slash(MEMBER, "general", "ask", &[("question", json!(QUESTION))]).await.message().unwrap();
    assert_eq!((shown.content.as_str(), shown.only_for.is_some()), (sorry, true));
    stage.assert_answers().await;
    stage.stop().await;
    assert_eq!(stage.replies(asked).len(), 1);
    stage.finish(&[400, 400]).await;
}

#[tokio::test]
async fn a_user_who_cannot_be_reached_does_not_stop_the_bot() {
    let mut stage = Stage::start("").await;
    stage.inject(Fault::status(403, 50013, "Missing Permissions").times(2), MESSAGES);
    let asked = stage.mention(MEMBER, "general", QUESTION).await;
    stage.sandbox.wait_for_faults(2).await.unwrap();
    stage.inject(Fault::status(404, 10062, "Unknown interaction").times(2), CALLBACK);
    let unanswered = stage.sandbox.slash(MEMBER, "general", "ask", &[("question", json!(QUESTION))]).await.unwrap();
    stage.sandbox.wait_for_faults(4).await.unwrap();
    stage.assert_answers().await;
    stage.stop().await;
    assert!(stage.replies(asked).is_empty());
    assert!(stage.sandbox.read(|world| world.interaction(unanswered).unwrap().first_answer.is_none()));
    stage.finish(&[403, 403, 404, 404]).await;
}

#[tokio::test]
async fn an_edit_and_a_deletion_are_tried_again() {
    let stage = Stage::start("").await;
    let asked = stage.mention(MEMBER, "general", QUESTION).await;
    let answer = stage.sandbox.wait_for_reply(asked).await.unwrap();
    stage.inject(Fault::server_error(500), ("PATCH", "/channels/*/messages/*"));
    let changed = format!("{} how tall is the lighthouse?", stage.sandbox.mention());
    stage.sandbox.edit(MEMBER, asked, &changed).await.unwrap();
    stage.sandbox.wait_for_message(answer.id, |answer| answer.text().contains("41 metres")).await.unwrap();
    // Discord deletes the message but answers 502; the second try gets 404, which is a success too.
    stage.inject(Fault::server_error(502).after_work(), ("DELETE", "/channels/*/messages/*"));
    stage.sandbox.delete(MEMBER, asked).await.unwrap();
    stage.sandbox.wait_for_deletion(answer.id).await.unwrap();
    stage.finish(&[500, 502, 404]).await;
}

#[tokio::test]
async fn an_answer_on_a_broken_connection_lands_once() {
    let mut stage = Stage::start("").await;
    for fault in [Fault::cut(), Fault::cut().after_work(), Fault::server_error(504).after_work()] {
        stage.inject(fault, MESSAGES);
    }
    let asked = stage.mention(MEMBER, "general", QUESTION).await;
    assert!(stage.sandbox.wait_for_reply(asked).await.unwrap().text().contains(BUILDER));
    stage.inject(Fault::cut(), CALLBACK);
    let shown = stage.slash(MEMBER, "general", "ask", &[("question", json!(QUESTION))]).await;
    assert!(shown.message().unwrap().text().contains(BUILDER));
    stage.sandbox.wait_for_faults(4).await.unwrap();
    stage.stop().await;
    assert_eq!(stage.replies(asked).len(), 1);
    assert_eq!(stage.bot_messages().len(), 2);
    stage.finish(&[504]).await;
}

#[tokio::test]
async fn an_answer_that_fails_many_times_lands_once() {
    let mut stage = Stage::start("").await;
    stage.inject(Fault::server_error(503).times(5), MESSAGES);
    let asked = stage.mention(MEMBER, "general", QUESTION).await;
    stage.sandbox.wait_for_reply(asked).await.unwrap();
    stage.stop().await;
    assert_eq!((stage.replies(asked).len(), stage.bot_messages().len()), (1, 1));
    stage.finish(&[503; 5]).await;
}

#[tokio::test]
async fn an_answer_that_is_too_late_for_its_interaction_is_given_up() {
    let mut stage = Stage::start("").await;
    stage.inject(Fault::rate_limit(3.0), CALLBACK);
    let asked = stage.sandbox.slash(MEMBER, "general", "ask", &[("question", json!(QUESTION))]).await.unwrap();
    stage.sandbox.wait_for_faults(1).await.unwrap();
    stage.assert_answers().await;
    stage.sandbox.expire(asked);
    let calls = stage.count_calls("POST", "/callback");
    assert!(calls <= 2, "the answer and the apology: {calls}");
    stage.stop().await;
    let refusals = stage.refusals();
    stage.finish(&refusals).await;
}
