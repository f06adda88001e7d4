//! What a restart keeps: nothing is answered twice, and with a `seen_file` what was asked meanwhile is answered.

use footnote_sandbox::{Fault, MEMBER, OTHER, Options, Snowflake};

use crate::stage::{NO_LIMITS, Stage};

const QUESTION: &str = "who built the lighthouse?";
const MESSAGES: (&str, &str) = ("POST", "/channels/*/messages");

/// Settings by which what was seen is kept.
fn keeping() -> String {
    format!("{NO_LIMITS}[discord]\nseen_file = \"seen.json\"\n")
}

impl Stage {
    fn count(&self, question: Snowflake) -> usize {
        self.replies(question).len()
    }

    /// Ends the bot without a chance to finish anything.
    async fn kill(&mut self) {
        self.bot().signal("KILL");
        self.ended().await;
    }
}

#[tokio::test]
async fn what_was_asked_while_it_did_not_run_is_answered_when_it_is_back() {
    let mut stage = Stage::start(&keeping()).await;
    let mut asked = Vec::new();
    for place in ["general", "dm"] {
        asked.push(stage.mention(MEMBER, place, QUESTION).await);
        stage.sandbox.wait_for_reply(*asked.last().unwrap()).await.unwrap();
    }
    stage.stop().await;
    for place in ["general", "dm", "general"] {
        asked.push(stage.mention(MEMBER, place, QUESTION).await);
    }
    stage.run(&keeping()).await;
    for question in &asked {
        stage.sandbox.wait_for_reply(*question).await.unwrap();
    }
    stage.stop().await;
    assert!(asked.iter().all(|question| stage.count(*question) == 1));
    assert_eq!(stage.said().len(), asked.len());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn an_answer_whose_sending_was_cut_short_is_sent_once() {
    for (fault, landed) in [(Fault::server_error(503), 0), (Fault::server_error(502).after_work(), 1)] {
        let mut stage = Stage::start(&keeping()).await;
        let known = stage.mention(OTHER, "general", QUESTION).await;
        stage.sandbox.wait_for_reply(known).await.unwrap();
        stage.sandbox.fault(fault.on(MESSAGES.0, MESSAGES.1).times(1_000));
        let asked = stage.mention(MEMBER, "general", QUESTION).await;
        stage.sandbox.wait_for_faults(2).await.unwrap();
        assert_eq!(stage.count(asked), landed);
        stage.kill().await;
        stage.sandbox.clear_faults();
        let refusals =
            stage.sandbox.calls().iter().map(|call| call.status).filter(|status| *status >= 400).collect::<Vec<_>>();
        stage.run(&keeping()).await;
        stage.sandbox.wait_for_reply(asked).await.unwrap();
        stage.stop().await;
        assert_eq!((stage.count(known), stage.count(asked), stage.said().len()), (1, 1, 2));
        stage.finish(&refusals).await;
    }
}

#[tokio::test]
async fn without_the_file_nothing_is_answered_twice_and_new_questions_are() {
    let mut stage = Stage::start(NO_LIMITS).await;
    let first = stage.mention(MEMBER, "general", QUESTION).await;
    stage.sandbox.wait_for_reply(first).await.unwrap();
    stage.stop().await;
    stage.run(NO_LIMITS).await;
    stage.ask(MEMBER, "general", QUESTION).await;
    stage.stop().await;
    assert_eq!((stage.count(first), stage.said().len()), (1, 2));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_file_that_cannot_be_read_or_written_stops_nothing() {
    let mut stage = Stage::empty(Options::default()).await;
    // A folder stands where the file should be.
    std::fs::create_dir(stage.folder().join("seen.json")).unwrap();
    stage.run(&keeping()).await;
    stage.ask(MEMBER, "general", QUESTION).await;
    stage.bot().wait_for_log("what was seen could not be saved").await;
    stage.ask(MEMBER, "general", QUESTION).await;
    stage.stop().await;
    stage.finish(&[]).await;
}
