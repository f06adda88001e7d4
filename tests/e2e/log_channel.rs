//! The log channel: the bot reports each change of the knowledge there, and files that it cannot use.

use footnote_sandbox::{Fault, MODERATOR, Options};

use crate::stage::{KNOWLEDGE, NO_LIMITS, Stage};

#[tokio::test]
async fn each_change_is_reported_once_and_pings_nobody() {
    let mut stage = Stage::with_log_channel().await;
    stage.add_wording("who-built-it", "who laid <@&1> @everyone").await;
    let told = stage.log_channel_lines(1).await;
    let expected =
        "**#0** <t:0000000000:f>, <@0000000000000000000>: add a wording to who-built-it: who laid \\<@&0> @everyone";
    assert_eq!(told, [expected]);
    stage.write_file(&KNOWLEDGE.replace("Ada Holm built", "Bo Holm built"));
    let told = stage.log_channel_lines(2).await;
    assert_eq!(told[1], "**#0** <t:0000000000:f>, in the file: changed outside the bot");
    // A change made while the bot is down is reported after the start; earlier ones are not reported again.
    stage.stop().await;
    stage.write_file(KNOWLEDGE);
    let settings = stage.log_channel_settings();
    stage.run(&settings).await;
    assert!(stage.log_channel_lines(3).await[2].ends_with("in the file: changed outside the bot"));
    stage.stop().await;
    assert_eq!(stage.log_channel_lines(3).await.len(), 3);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_bad_file_is_reported_with_its_problems() {
    let stage = Stage::with_log_channel().await;
    stage.write_file(&KNOWLEDGE.replace("\"passage\"", "\"pasage\""));
    let told = stage.log_channel_lines(2).await.join("\n");
    assert!(told.contains("cannot be used. I keep answering from the last good version.\n```"), "{told}");
    assert!(told.contains("pasage"), "{told}");
    assert!(told.contains("in the file: changed outside the bot"), "{told}");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_report_that_fails_is_sent_again_and_lands_once() {
    for (fault, status) in [(Fault::server_error(503), 503), (Fault::server_error(502).after_work(), 502)] {
        let stage = Stage::with_log_channel().await;
        let mods = format!("/channels/{}/messages", stage.channel("mods"));
        stage.sandbox.fault(fault.on("POST", &mods).times(1));
        stage.add_wording("who-built-it", "who laid the first stone").await;
        stage.sandbox.wait_for_call(|call| call.route() == mods && call.status == 200).await.unwrap();
        assert_eq!(stage.log_channel_lines(1).await.len(), 1);
        stage.finish(&[status]).await;
    }
}

#[tokio::test]
async fn a_missing_log_channel_does_not_stop_the_bot() {
    let mut stage = Stage::empty(Options::default()).await;
    stage.run(&format!("{NO_LIMITS}[moderation]\nlog_channel = \"5\"\n")).await;
    stage.add_wording("who-built-it", "who laid the first stone").await;
    stage.sandbox.wait_for_call(|call| call.route() == "/channels/5/messages" && call.status == 404).await.unwrap();
    assert!(stage.ask(MODERATOR, "general", "who laid the first stone").await.text().contains("Ada Holm"));
    stage.finish(&[404]).await;
}
