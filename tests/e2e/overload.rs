//! Overload: a channel that floods gets one notice, interactions beyond the bound are counted, and everybody else is
//! answered.

use footnote_sandbox::{Fault, MEMBER, OTHER};
use serde_json::json;

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

/// The number of interactions of one user that the bot handles at once.
const INTERACTIONS: usize = 50;

/// The number of completions of one user that the bot handles in ten seconds.
const COMPLETIONS: usize = 50;

#[tokio::test]
async fn a_user_who_presses_too_much_is_ignored_while_others_are_answered() {
    const EXCESS: usize = 20;
    let stage = Stage::start(NO_LIMITS).await;
    // Feedback holds its interaction until its follow-up is sent.
    let (held, gate) = Fault::held();
    stage.sandbox.fault(held.on("POST", "/webhooks/*/*").times(2 * INTERACTIONS));
    let member = stage.id_of(MEMBER);
    let button = |number: usize| json!({ "type": 2, "style": 2, "label": number.to_string(), "custom_id": format!("doubt:{member}:{number}") });
    let mut pressed = 0;
    while pressed < INTERACTIONS + EXCESS {
        let rows = (0..5).map(
            |row| json!({ "type": 1, "components": (0..5).map(|column| button(5 * row + column)).collect::<Vec<_>>() }),
        );
        let message = stage.post_components(&rows.collect()).await;
        for number in 0..25.min(INTERACTIONS + EXCESS - pressed) {
            stage.sandbox.click(MEMBER, message, &number.to_string()).await.unwrap();
            pressed += 1;
        }
    }
    stage.wait_for_throttled("interaction", EXCESS as f64).await;
    let other = stage.slash(OTHER, "offtopic", "ask", &[("question", json!(QUESTION))]).await.message().unwrap();
    assert!(other.text().contains("Ada Holm"));
    gate.open();
    // Each interaction within the bound gets its follow-up.
    let followed_up = |world: &footnote_sandbox::World| {
        let followed_up = world.interactions().filter(|interaction| !interaction.followups.is_empty());
        (followed_up.count() == INTERACTIONS).then_some(())
    };
    stage.sandbox.wait_for("follow-ups", followed_up).await.unwrap();
    assert_eq!(stage.throttled("interaction").await, EXCESS as f64);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_user_who_types_too_fast_gets_no_more_choices_while_others_do() {
    let stage = Stage::start("").await;
    let typed = [("question", json!("what is the lighthouse ".repeat(200)))];
    for _ in 0..2 * COMPLETIONS {
        stage.sandbox.autocomplete(MEMBER, "general", "ask", &typed, "question").await.unwrap();
    }
    assert!(!stage.complete(OTHER, "ask", "question", "who built").await.is_empty());
    stage.wait_for_throttled("autocomplete", COMPLETIONS as f64).await;
    stage.finish(&[]).await;
}

#[tokio::test]
async fn edits_of_one_question_are_coalesced_and_deletions_are_never_dropped() {
    let mut stage = Stage::start(NO_LIMITS).await;
    let asked = stage.mention(MEMBER, "general", QUESTION).await;
    let deleted = stage.mention(OTHER, "general", QUESTION).await;
    stage.wait_for_replies(&[asked, deleted]).await;
    let answer = stage.replies(deleted)[0].id;
    let (held, gate) = Fault::held();
    stage.sandbox.fault(held.on("PATCH", "/channels/*/messages/*"));
    for number in 0..100 {
        let text = format!("{} how tall is the lighthouse? {number}", stage.sandbox.mention());
        stage.sandbox.edit(MEMBER, asked, &text).await.unwrap();
    }
    stage.sandbox.delete(OTHER, deleted).await.unwrap();
    stage.sandbox.wait_for_deletion(answer).await.unwrap();
    gate.open();
    stage.stop().await;
    let edits = stage.sandbox.calls().iter().filter(|call| call.method == "PATCH").count();
    assert!(edits <= 2, "the edit in progress and the newest one, not {edits}");
    let answers = stage.bot_messages();
    assert!(matches!(&answers[..], [answer] if answer.text().contains("41 metres")));
    stage.finish(&[]).await;
}
