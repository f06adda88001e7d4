//! Exits of the process: with advice if Discord refuses it, and after finishing its work if it gets a signal.

use footnote_sandbox::{Fault, MEMBER, Options, Sandbox};
use serde_json::json;

use crate::stage::{GUIDE, QUESTION, Stage};

/// The last line of standard error, which addresses the operator.
fn last_line(log: &str) -> &str {
    log.lines().last().unwrap_or_default()
}

#[tokio::test]
async fn a_refused_token_ends_the_bot_with_advice() {
    let mut stage = Stage::empty(Options::default()).await;
    let wrong = "d3JvbmctYm90LXdyb25n.d3Jv.bmctdG9rZW4";
    let address = stage.sandbox.base_url();
    stage.spawn(GUIDE, &[("DISCORD_TOKEN", wrong), ("FOOTNOTE_DISCORD_API_URL", &address)]);
    let (code, log) = stage.ended().await;
    assert_eq!(code, Some(1), "{log}");
    for words in ["footnote: Discord refused the token", "developer portal", "DISCORD_TOKEN"] {
        assert!(last_line(&log).contains(words), "{words}: {log}");
    }
    assert!(!log.contains(wrong));
    assert_eq!(stage.sandbox.read(|world| world.sessions.identifies), 0);
    stage.finish(&[401]).await;
}

#[tokio::test]
async fn a_token_that_is_reset_at_run_time_ends_the_bot_with_advice() {
    let mut stage = Stage::start("").await;
    stage.sandbox.drop_gateway(Some(4004));
    let (code, log) = stage.ended().await;
    assert_eq!(code, Some(1), "{log}");
    assert!(last_line(&log).contains("Discord refused the token"), "{log}");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_refused_intent_ends_the_bot_with_advice() {
    let mut stage = Stage::empty(Options::default()).await;
    let listen = format!("{GUIDE}[discord]\nlisten_channels = [{}]\n", stage.channel("general"));
    let (token, address) = (stage.sandbox.token(), stage.sandbox.base_url());
    stage.spawn(&listen, &[("DISCORD_TOKEN", &token), ("FOOTNOTE_DISCORD_API_URL", &address)]);
    let (code, log) = stage.ended().await;
    assert_eq!(code, Some(1), "{log}");
    for words in ["refused the MESSAGE CONTENT intent", "developer portal", "discord.listen_channels"] {
        assert!(last_line(&log).contains(words), "{words}: {log}");
    }
    stage.finish(&[]).await;
}

#[tokio::test]
async fn an_unreachable_api_ends_the_bot_with_a_temporary_failure() {
    let mut stage = Stage::empty(Options::default()).await;
    // No server listens at this address any more.
    let gone = Sandbox::start(Options::default()).await.unwrap();
    let address = gone.base_url();
    gone.stop().await;
    let token = stage.sandbox.token();
    stage.spawn(GUIDE, &[("DISCORD_TOKEN", &token), ("FOOTNOTE_DISCORD_API_URL", &address)]);
    let (code, log) = stage.ended().await;
    assert_eq!(code, Some(75), "EX_TEMPFAIL: {log}");
    assert!(last_line(&log).contains("check the network, and `discord.api_url`"), "{log}");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_wrong_configuration_ends_the_bot_before_it_calls_discord() {
    let mut stage = Stage::empty(Options::default()).await;
    let (token, address) = (stage.sandbox.token(), stage.sandbox.base_url());
    let good = [("DISCORD_TOKEN", token.as_str()), ("FOOTNOTE_DISCORD_API_URL", &address)];
    for (settings, environment, words) in [
        (GUIDE, &good[1..], "no Discord token: set the variable DISCORD_TOKEN"),
        (GUIDE, &[("DISCORD_TOKEN", "two words")], "DISCORD_TOKEN: expected a Discord bot token"),
        ("knowledge = [\"nowhere.json\"]\n", &good, "nowhere.json"),
        ("[discord]\nlisten_channel = []\n", &good, "did you mean `discord.listen_channels`?"),
    ] {
        stage.spawn(settings, environment);
        let (code, log) = stage.ended().await;
        assert_eq!(code, Some(1), "{log}");
        assert!(log.contains(words), "{words}: {log}");
    }
    assert!(stage.sandbox.calls().is_empty());
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_signal_ends_the_bot_after_it_sent_the_answer_in_progress() {
    for signal in ["TERM", "INT"] {
        let mut stage = Stage::start("").await;
        let (held, gate) = Fault::held();
        stage.sandbox.fault(held.on("POST", "/channels/*/messages"));
        let asked = stage.mention(MEMBER, "general", QUESTION).await;
        stage.sandbox.wait_for_faults(1).await.unwrap();
        stage.bot().signal(signal);
        stage.wait_until_shutting_down().await;
        assert!(stage.replies(asked).is_empty());
        gate.open();
        let (code, log) = stage.ended().await;
        assert_eq!((code, stage.replies(asked).len()), (Some(0), 1), "{signal}: {log}");
        stage.finish(&[]).await;
    }
}

#[tokio::test]
async fn the_bot_retries_an_answer_before_it_ends() {
    let mut stage = Stage::start("").await;
    // This is longer than closing the gateway takes.
    stage.sandbox.fault(Fault::rate_limit(2.0).on("POST", "/channels/*/messages"));
    let asked = stage.mention(MEMBER, "general", QUESTION).await;
    stage.sandbox.wait_for_faults(1).await.unwrap();
    stage.stop().await;
    assert_eq!(stage.replies(asked).len(), 1);
    stage.finish(&[429]).await;
}

#[tokio::test]
async fn the_bot_finishes_an_interaction_before_it_ends() {
    let mut stage = Stage::start("").await;
    let (held, gate) = Fault::held();
    stage.sandbox.fault(held.on("POST", "/interactions/*/*/callback"));
    let asked = stage.sandbox.slash(MEMBER, "general", "ask", &[("question", json!(QUESTION))]).await.unwrap();
    stage.sandbox.wait_for_faults(1).await.unwrap();
    stage.bot().signal("TERM");
    stage.wait_until_shutting_down().await;
    gate.open();
    let (code, log) = stage.ended().await;
    assert_eq!(code, Some(0), "{log}");
    let shown = stage.sandbox.wait_for_answer(asked).await.unwrap();
    assert!(shown.message().unwrap().text().contains("Ada Holm"));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_signal_ends_the_bot_before_it_is_connected() {
    let mut stage = Stage::empty(Options::default()).await;
    let (held, gate) = Fault::held();
    stage.sandbox.fault(held.on("GET", "/gateway/bot"));
    let (token, address) = (stage.sandbox.token(), stage.sandbox.base_url());
    stage.spawn(GUIDE, &[("DISCORD_TOKEN", &token), ("FOOTNOTE_DISCORD_API_URL", &address)]);
    stage.sandbox.wait_for_faults(1).await.unwrap();
    stage.bot().signal("TERM");
    let (code, log) = stage.ended().await;
    assert_eq!(code, Some(0), "{log}");
    drop(gate);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_signal_ends_the_bot_while_it_reads_its_knowledge() {
    let mut stage = Stage::empty(Options::default()).await;
    let pipe = stage.folder().join("never.json");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    stage.connect("knowledge = [\"never.json\"]\n");
    // Opening the pipe waits until the bot reads it. As nothing is written to it, reading does not end.
    let writer = tokio::task::spawn_blocking(move || std::fs::File::options().write(true).open(pipe).unwrap());
    let writer = writer.await.unwrap();
    stage.bot().signal("TERM");
    let (code, log) = stage.ended().await;
    drop(writer);
    assert_eq!(code, Some(0), "{log}");
    stage.finish(&[]).await;
}
