//! What goes wrong on the way: the gateway drops, REST refuses, fails, is late. Every question still gets one answer,
//! and where that cannot be, the bot lives on.

use std::time::{Duration, Instant};

use footnote_sandbox::{Fault, FirstAnswer, MEMBER, OTHER};
use serde_json::json;

use crate::stage::Stage;

const QUESTION: &str = "who built the lighthouse?";
const BUILDER: &str = "Ada Holm";
const MESSAGES: (&str, &str) = ("POST", "/channels/*/messages");
const CALLBACK: (&str, &str) = ("POST", "/interactions/*/*/callback");

impl Stage {
    /// The next calls of this kind meet a fault.
    fn order(&self, fault: Fault, (method, path): (&str, &str)) {
        self.sandbox.fault(fault.on(method, path));
    }

    /// Somebody asks and is answered.
    async fn is_well(&self) {
        assert!(self.ask(OTHER, "offtopic", QUESTION).await.text().contains(BUILDER));
    }
}

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
    stage.is_well().await;
    stage.stop().await;
    assert!(asked.iter().all(|question| stage.replies(*question).len() == 1));
    assert_eq!(stage.sandbox.read(|world| world.sessions.identifies), 1);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn an_invalid_session_is_begun_anew() {
    let stage = Stage::start("").await;
    stage.sandbox.invalidate_session(false);
    stage.sandbox.wait_for_identify(2).await.unwrap();
    stage.is_well().await;
    assert_eq!(stage.count_calls("PUT", "/commands"), 1, "commands are registered at start-up");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_refused_resume_is_followed_by_an_identify() {
    let stage = Stage::start("").await;
    stage.sandbox.refuse_resumes(1);
    stage.sandbox.drop_gateway(Some(4000));
    stage.sandbox.wait_for_identify(2).await.unwrap();
    stage.is_well().await;
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_gateway_that_is_away_for_a_moment_is_tried_again() {
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
async fn a_rate_limited_message_waits_and_lands_once() {
    let mut stage = Stage::start("").await;
    stage.order(Fault::rate_limit(1.0), MESSAGES);
    let began = Instant::now();
    let asked = stage.mention(MEMBER, "general", QUESTION).await;
    assert!(stage.sandbox.wait_for_reply(asked).await.unwrap().text().contains(BUILDER));
    assert!(began.elapsed() >= Duration::from_secs(1), "not before Discord's Retry-After");
    stage.stop().await;
    assert_eq!(stage.replies(asked).len(), 1);
    assert_eq!(stage.count_calls("POST", "/messages"), 2);
    stage.finish(&[429]).await;
}

#[tokio::test]
async fn a_rate_limited_interaction_is_answered_in_time() {
    let stage = Stage::start("").await;
    stage.order(Fault::rate_limit(0.2), CALLBACK);
    let shown = stage.slash(MEMBER, "general", "ask", &[("question", json!(QUESTION))]).await;
    let answer = shown.message().unwrap();
    assert!(answer.text().contains(BUILDER));
    stage.order(Fault::rate_limit(0.2), CALLBACK);
    let pressed = stage.click(MEMBER, answer.id, "How tall is the lighthouse?").await;
    assert_eq!(pressed.first_answer, FirstAnswer::Update);
    stage.finish(&[429, 429]).await;
}

#[tokio::test]
async fn a_server_error_is_tried_again() {
    let stage = Stage::start("").await;
    stage.order(Fault::server_error(500), MESSAGES);
    stage.is_well().await;
    stage.order(Fault::server_error(503), CALLBACK);
    let shown = stage.slash(MEMBER, "general", "ask", &[("question", json!(QUESTION))]).await;
    assert!(shown.message().unwrap().text().contains(BUILDER));
    stage.finish(&[500, 503]).await;
}

#[tokio::test]
async fn an_answer_that_seemed_to_fail_lands_once() {
    let mut stage = Stage::start("").await;
    stage.order(Fault::server_error(502).after_work(), MESSAGES);
    let asked = stage.mention(MEMBER, "general", QUESTION).await;
    stage.sandbox.wait_for_reply(asked).await.unwrap();
    stage.order(Fault::server_error(502).after_work(), CALLBACK);
    let shown = stage.slash(MEMBER, "general", "ask", &[("question", json!(QUESTION))]).await;
    assert!(shown.message().unwrap().text().contains(BUILDER));
    stage.stop().await;
    assert_eq!(stage.replies(asked).len(), 1);
    assert_eq!(stage.said().len(), 2);
    assert_eq!(stage.count_calls("POST", "/messages"), 2);
    // The second callback is told that there is one already, and nobody is told that anything went wrong.
    stage.finish(&[502, 502, 400]).await;
}

#[tokio::test]
async fn a_slow_answer_holds_up_nobody_else_and_an_edit_waits_for_it() {
    let stage = Stage::start("").await;
    let (held, gate) = Fault::held();
    stage.order(held, ("POST", &format!("/channels/{}/messages", stage.channel("general"))));
    let asked = stage.mention(MEMBER, "general", QUESTION).await;
    stage.sandbox.wait_for_faults(1).await.unwrap();
    let changed = format!("{} how tall is the lighthouse?", stage.sandbox.mention());
    stage.sandbox.edit(MEMBER, asked, &changed).await.unwrap();
    stage.is_well().await;
    assert!(stage.replies(asked).is_empty());
    gate.open();
    let answer = stage.sandbox.wait_for_reply(asked).await.unwrap();
    stage.sandbox.wait_for_message(answer.id, |answer| answer.text().contains("41 metres")).await.unwrap();
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_late_answer_to_an_interaction_still_counts() {
    let stage = Stage::start("").await;
    stage.order(Fault::late(Duration::from_millis(1_500)), CALLBACK);
    let shown = stage.slash(MEMBER, "general", "ask", &[("question", json!(QUESTION))]).await;
    assert!(shown.message().unwrap().text().contains(BUILDER));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn who_cannot_be_answered_is_told_so() {
    let mut stage = Stage::start("").await;
    let sorry = "Sorry, something went wrong on my side. Please try again in a moment.";
    stage.order(Fault::status(400, 50035, "Invalid Form Body"), MESSAGES);
    let asked = stage.mention(MEMBER, "general", QUESTION).await;
    assert_eq!(stage.sandbox.wait_for_reply(asked).await.unwrap().content, sorry);
    stage.order(Fault::status(400, 50035, "Invalid Form Body"), CALLBACK);
    let shown = stage.slash(MEMBER, "general", "ask", &[("question", json!(QUESTION))]).await.message().unwrap();
    assert_eq!((shown.content.as_str(), shown.only_for.is_some()), (sorry, true));
    stage.is_well().await;
    stage.stop().await;
    assert_eq!(stage.replies(asked).len(), 1);
    stage.finish(&[400, 400]).await;
}

#[tokio::test]
async fn who_cannot_be_reached_at_all_does_not_stop_the_bot() {
    let mut stage = Stage::start("").await;
    stage.order(Fault::status(403, 50013, "Missing Permissions").times(2), MESSAGES);
    let asked = stage.mention(MEMBER, "general", QUESTION).await;
    stage.sandbox.wait_for_faults(2).await.unwrap();
    stage.order(Fault::status(404, 10062, "Unknown interaction").times(2), CALLBACK);
    let unanswered = stage.sandbox.slash(MEMBER, "general", "ask", &[("question", json!(QUESTION))]).await.unwrap();
    stage.sandbox.wait_for_faults(4).await.unwrap();
    stage.is_well().await;
    stage.stop().await;
    assert!(stage.replies(asked).is_empty());
    assert!(stage.sandbox.read(|world| world.interaction(unanswered).unwrap().first_answer.is_none()));
    stage.finish(&[403, 403, 404, 404]).await;
}

#[tokio::test]
async fn an_edit_and_a_deletion_are_tried_again_too() {
    let stage = Stage::start("").await;
    let asked = stage.mention(MEMBER, "general", QUESTION).await;
    let answer = stage.sandbox.wait_for_reply(asked).await.unwrap();
    stage.order(Fault::server_error(500), ("PATCH", "/channels/*/messages/*"));
    let changed = format!("{} how tall is the lighthouse?", stage.sandbox.mention());
    stage.sandbox.edit(MEMBER, asked, &changed).await.unwrap();
    stage.sandbox.wait_for_message(answer.id, |answer| answer.text().contains("41 metres")).await.unwrap();
    // Deleted, though Discord failed to say so; the second try finds nothing and that is well.
    stage.order(Fault::server_error(502).after_work(), ("DELETE", "/channels/*/messages/*"));
    stage.sandbox.delete(MEMBER, asked).await.unwrap();
    stage.sandbox.wait_for_deletion(answer.id).await.unwrap();
    stage.finish(&[500, 502, 404]).await;
}

#[tokio::test]
async fn an_answer_on_a_line_that_breaks_lands_once() {
    let mut stage = Stage::start("").await;
    for fault in [Fault::cut(), Fault::cut().after_work(), Fault::server_error(504).after_work()] {
        stage.order(fault, MESSAGES);
    }
    let asked = stage.mention(MEMBER, "general", QUESTION).await;
    assert!(stage.sandbox.wait_for_reply(asked).await.unwrap().text().contains(BUILDER));
    stage.order(Fault::cut(), CALLBACK);
    let shown = stage.slash(MEMBER, "general", "ask", &[("question", json!(QUESTION))]).await;
    assert!(shown.message().unwrap().text().contains(BUILDER));
    stage.sandbox.wait_for_faults(4).await.unwrap();
    stage.stop().await;
    assert_eq!(stage.replies(asked).len(), 1);
    assert_eq!(stage.said().len(), 2);
    stage.finish(&[504]).await;
}

#[tokio::test]
async fn an_answer_that_is_refused_many_times_still_lands_once() {
    let mut stage = Stage::start("").await;
    stage.order(Fault::server_error(503).times(5), MESSAGES);
    let asked = stage.mention(MEMBER, "general", QUESTION).await;
    stage.sandbox.wait_for_reply(asked).await.unwrap();
    stage.stop().await;
    assert_eq!((stage.replies(asked).len(), stage.said().len()), (1, 1));
    stage.finish(&[503; 5]).await;
}

#[tokio::test]
async fn an_answer_that_is_late_for_an_interaction_is_given_up_and_nothing_else() {
    let mut stage = Stage::start("").await;
    stage.order(Fault::rate_limit(3.0), CALLBACK);
    let asked = stage.sandbox.slash(MEMBER, "general", "ask", &[("question", json!(QUESTION))]).await.unwrap();
    stage.sandbox.wait_for_faults(1).await.unwrap();
    stage.is_well().await;
    stage.sandbox.expire(asked);
    let calls = stage.count_calls("POST", "/callback");
    assert!(calls <= 2, "the answer, and a word of regret: {calls}");
    stage.stop().await;
    let refusals: Vec<_> =
        stage.sandbox.calls().iter().map(|call| call.status).filter(|status| *status >= 400).collect();
    stage.finish(&refusals).await;
}
