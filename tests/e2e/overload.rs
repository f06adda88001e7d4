//! Overload: a channel that floods gets one notice, interactions beyond the bound are counted, and everybody else is
//! answered.

use footnote_sandbox::{Fault, MEMBER, OTHER, OWNER};
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

/// The number of interactions that the bot handles at once.
const INTERACTIONS: usize = 1_000;

#[tokio::test]
async fn interactions_beyond_the_bound_are_counted() {
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
        // A burst that is too large would end the connection. Completion shows that the bot has read the burst.
        if pressed < INTERACTIONS {
            stage.complete(OWNER, "ask", "question", "").await;
        }
    }
    let turned_away = "footnote_interactions_turned_away_total";
    stage.wait_for_metric(turned_away, EXCESS as f64).await;
    gate.open();
    // Each interaction within the bound gets its follow-up.
    let followed_up = |world: &footnote_sandbox::World| {
        let followed_up = world.interactions().filter(|interaction| !interaction.followups.is_empty());
        (followed_up.count() == INTERACTIONS).then_some(())
    };
    stage.sandbox.wait_for("follow-ups", followed_up).await.unwrap();
    assert_eq!(stage.metric(turned_away).await, EXCESS as f64);
    stage.finish(&[]).await;
}
