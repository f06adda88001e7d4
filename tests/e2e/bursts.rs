//! Bursts of events: the bot handles the events of one question in their order, also right after the start and after a
//! resume.

use footnote_sandbox::{MEMBER, Options};

use crate::stage::{GUIDE, NO_LIMITS, QUESTION, Stage};

/// Numbers of worker threads. The order of events must not depend on the runtime.
const THREADS: [usize; 2] = [1, 4];

/// The number of times a race is repeated. A bot that loses it half of the time almost certainly loses once.
const TIMES: usize = 20;

/// A stage whose bot runs on this number of worker threads.
async fn with_threads(threads: usize) -> Stage {
    let mut stage = Stage::empty(Options::default()).await;
    stage.set_threads(threads);
    stage.run(NO_LIMITS).await;
    stage
}

#[tokio::test]
async fn a_question_at_the_moment_of_connecting_is_answered() {
    for threads in THREADS {
        for _ in 0..4 {
            let mut stage = Stage::empty(Options::default()).await;
            stage.set_threads(threads);
            stage.connect(GUIDE);
            stage.sandbox.wait_for_identify(1).await.unwrap();
            let asked = stage.mention(MEMBER, "general", QUESTION).await;
            stage.sandbox.wait_for_reply(asked).await.unwrap();
            stage.finish(&[]).await;
        }
    }
}

#[tokio::test]
async fn a_question_that_is_deleted_at_once_leaves_no_answer() {
    for threads in THREADS {
        let mut stage = with_threads(threads).await;
        for _ in 0..TIMES {
            let asked = stage.mention(MEMBER, "general", QUESTION).await;
            stage.sandbox.delete(MEMBER, asked).await.unwrap();
        }
        stage.ask(MEMBER, "general", QUESTION).await;
        stage.stop().await;
        assert_eq!(stage.bot_messages().len(), 1, "the answer to the remaining question");
        stage.finish(&[]).await;
    }
}

#[tokio::test]
async fn a_question_that_is_edited_at_once_gets_the_answer_to_its_last_version() {
    for threads in THREADS {
        let mut stage = with_threads(threads).await;
        for _ in 0..TIMES {
            let asked = stage.mention(MEMBER, "general", QUESTION).await;
            let changed = format!("{} how tall is the lighthouse?", stage.sandbox.mention());
            stage.sandbox.edit(MEMBER, asked, &changed).await.unwrap();
        }
        stage.ask(MEMBER, "general", "how tall is the lighthouse?").await;
        stage.stop().await;
        let answers = stage.bot_messages();
        assert_eq!(answers.len(), TIMES + 1);
        assert!(answers.iter().all(|answer| answer.text().contains("41 metres")));
        stage.finish(&[]).await;
    }
}

#[tokio::test]
async fn an_edit_that_removes_the_question_does_not_displace_an_earlier_edit() {
    let mut stage = Stage::start(NO_LIMITS).await;
    for _ in 0..TIMES {
        let asked = stage.mention(MEMBER, "general", QUESTION).await;
        let mention = stage.sandbox.mention();
        stage.sandbox.edit(MEMBER, asked, &format!("{mention} how tall is the lighthouse?")).await.unwrap();
        stage.sandbox.edit(MEMBER, asked, &mention).await.unwrap();
    }
    stage.stop().await;
    let answers = stage.bot_messages();
    assert_eq!(answers.len(), TIMES);
    assert!(answers.iter().all(|answer| answer.text().contains("41 metres")));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn events_missed_during_a_disconnect_are_handled_in_order() {
    for threads in THREADS {
        let mut stage = with_threads(threads).await;
        stage.sandbox.drop_gateway(Some(4000));
        for _ in 0..TIMES {
            let asked = stage.mention(MEMBER, "general", QUESTION).await;
            stage.sandbox.delete(MEMBER, asked).await.unwrap();
        }
        let asked = stage.mention(MEMBER, "general", QUESTION).await;
        stage.sandbox.wait_for_reply(asked).await.unwrap();
        stage.stop().await;
        assert_eq!(stage.bot_messages().len(), 1);
        stage.finish(&[]).await;
    }
}
