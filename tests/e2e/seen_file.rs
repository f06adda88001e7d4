//! Questions around a restart: none is answered twice, and with `seen_file` those asked meanwhile are answered.

use footnote_sandbox::{Fault, MEMBER, OTHER, Options};

use crate::stage::{NO_LIMITS, QUESTION, Stage};

const MESSAGES: (&str, &str) = ("POST", "/channels/*/messages");

/// Settings that keep the channel cursors in a file.
fn with_seen_file() -> String {
    format!("{NO_LIMITS}[discord]\nseen_file = \"seen.json\"\n")
}

#[tokio::test]
async fn questions_asked_while_the_bot_was_down_are_answered_after_the_start() {
    let mut stage = Stage::start(&with_seen_file()).await;
    let mut asked = Vec::new();
    for place in ["general", "dm"] {
        asked.push(stage.mention(MEMBER, place, QUESTION).await);
        stage.sandbox.wait_for_reply(*asked.last().unwrap()).await.unwrap();
    }
    stage.stop().await;
    for place in ["general", "dm", "general"] {
        asked.push(stage.mention(MEMBER, place, QUESTION).await);
    }
    stage.run(&with_seen_file()).await;
    for question in &asked {
        stage.sandbox.wait_for_reply(*question).await.unwrap();
    }
    stage.stop().await;
    assert!(asked.iter().all(|question| stage.replies(*question).len() == 1));
    assert_eq!(stage.bot_messages().len(), asked.len());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn an_answer_is_sent_once_although_the_bot_was_killed_while_sending_it() {
    for (fault, landed) in [(Fault::server_error(503), 0), (Fault::server_error(502).after_work(), 1)] {
        let mut stage = Stage::start(&with_seen_file()).await;
        let known = stage.mention(OTHER, "general", QUESTION).await;
        stage.sandbox.wait_for_reply(known).await.unwrap();
        stage.sandbox.fault(fault.on(MESSAGES.0, MESSAGES.1).times(1_000));
        let asked = stage.mention(MEMBER, "general", QUESTION).await;
        stage.sandbox.wait_for_faults(2).await.unwrap();
        assert_eq!(stage.replies(asked).len(), landed);
        stage.kill().await;
        stage.sandbox.clear_faults();
        let refusals = stage.refusals();
        stage.run(&with_seen_file()).await;
        stage.sandbox.wait_for_reply(asked).await.unwrap();
        stage.stop().await;
        assert_eq!((stage.replies(known).len(), stage.replies(asked).len(), stage.bot_messages().len()), (1, 1, 2));
        stage.finish(&refusals).await;
    }
}

#[tokio::test]
async fn without_the_file_no_question_is_answered_twice_and_new_ones_are_answered() {
    let mut stage = Stage::start(NO_LIMITS).await;
    let first = stage.mention(MEMBER, "general", QUESTION).await;
    stage.sandbox.wait_for_reply(first).await.unwrap();
    stage.stop().await;
    stage.run(NO_LIMITS).await;
    stage.ask(MEMBER, "general", QUESTION).await;
    stage.stop().await;
    assert_eq!((stage.replies(first).len(), stage.bot_messages().len()), (1, 2));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn without_read_or_write_access_to_the_file_the_bot_keeps_answering() {
    let mut stage = Stage::empty(Options::default()).await;
    // A folder has the file's name.
    std::fs::create_dir(stage.folder().join("seen.json")).unwrap();
    stage.run(&with_seen_file()).await;
    stage.ask(MEMBER, "general", QUESTION).await;
    stage.stop().await;
    assert!(stage.folder().join("seen.json").is_dir());
    stage.finish(&[]).await;
}
