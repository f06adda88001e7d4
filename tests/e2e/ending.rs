//! How the process ends: refused by Discord, with what to change; or asked to end, with what it began finished.

use footnote_sandbox::{Fault, MEMBER, Options, Sandbox};
use serde_json::json;

use crate::stage::Stage;

const QUESTION: &str = "who built the lighthouse?";
const KNOWLEDGE: &str = "knowledge = [\"harbour.json\"]\n";

/// The last line of standard error, which is for the operator.
fn last_line(log: &str) -> &str {
    log.lines().last().unwrap_or_default()
}

#[tokio::test]
async fn a_refused_token_ends_it_with_what_to_change() {
    let mut stage = Stage::empty(Options::default()).await;
    let wrong = "d3JvbmctYm90LXdyb25n.d3Jv.bmctdG9rZW4";
    let address = stage.sandbox.base_url();
    stage.spawn(KNOWLEDGE, &[("DISCORD_TOKEN", wrong), ("FOOTNOTE_DISCORD_API_URL", &address)]);
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
async fn a_token_that_is_reset_while_it_runs_ends_it_too() {
    let mut stage = Stage::start("").await;
    stage.sandbox.drop_gateway(Some(4004));
    let (code, log) = stage.ended().await;
    assert_eq!(code, Some(1), "{log}");
    assert!(last_line(&log).contains("Discord refused the token"), "{log}");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_refused_intent_ends_it_with_what_to_change() {
    let mut stage = Stage::empty(Options::default()).await;
    let listen = format!("{KNOWLEDGE}[discord]\nlisten_channels = [{}]\n", stage.channel("general"));
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
async fn without_a_way_to_discord_it_ends_with_where_it_looked() {
    let mut stage = Stage::empty(Options::default()).await;
    // Nobody listens any more where this one did.
    let gone = Sandbox::start(Options::default()).await.unwrap();
    let address = gone.base_url();
    gone.stop().await;
    let token = stage.sandbox.token();
    stage.spawn(KNOWLEDGE, &[("DISCORD_TOKEN", &token), ("FOOTNOTE_DISCORD_API_URL", &address)]);
    let (code, log) = stage.ended().await;
    assert_eq!(code, Some(75), "it may be tried again: {log}");
    assert!(last_line(&log).contains("check the network, and `discord.api_url`"), "{log}");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn what_is_missing_is_said_before_discord_is_asked() {
    let mut stage = Stage::empty(Options::default()).await;
    let (token, address) = (stage.sandbox.token(), stage.sandbox.base_url());
    let good = [("DISCORD_TOKEN", token.as_str()), ("FOOTNOTE_DISCORD_API_URL", &address)];
    for (settings, environment, words) in [
        (KNOWLEDGE, &good[1..], "no Discord token: set the variable DISCORD_TOKEN"),
        (KNOWLEDGE, &[("DISCORD_TOKEN", "two words")], "DISCORD_TOKEN: expected a Discord bot token"),
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
async fn a_signal_ends_it_when_the_answer_under_way_is_sent() {
    for signal in ["TERM", "INT"] {
        let mut stage = Stage::start("").await;
        let (held, gate) = Fault::held();
        stage.sandbox.fault(held.on("POST", "/channels/*/messages"));
        let asked = stage.mention(MEMBER, "general", QUESTION).await;
        stage.sandbox.wait_for_faults(1).await.unwrap();
        stage.bot().signal(signal);
        stage.bot().wait_for_log("shutting down").await;
        assert!(stage.replies(asked).is_empty());
        gate.open();
        let (code, log) = stage.ended().await;
        assert_eq!((code, stage.replies(asked).len()), (Some(0), 1), "{signal}: {log}");
        assert!(last_line(&log).contains("stopped"), "{log}");
        stage.finish(&[]).await;
    }
}

#[tokio::test]
async fn an_answer_that_must_be_tried_again_is_waited_for() {
    let mut stage = Stage::start("").await;
    // Longer than it takes to leave the gateway.
    stage.sandbox.fault(Fault::rate_limit(2.0).on("POST", "/channels/*/messages"));
    let asked = stage.mention(MEMBER, "general", QUESTION).await;
    stage.sandbox.wait_for_faults(1).await.unwrap();
    stage.stop().await;
    assert_eq!(stage.replies(asked).len(), 1);
    stage.finish(&[429]).await;
}

#[tokio::test]
async fn an_interaction_under_way_is_finished_too() {
    let mut stage = Stage::start("").await;
    let (held, gate) = Fault::held();
    stage.sandbox.fault(held.on("POST", "/interactions/*/*/callback"));
    let asked = stage.sandbox.slash(MEMBER, "general", "ask", &[("question", json!(QUESTION))]).await.unwrap();
    stage.sandbox.wait_for_faults(1).await.unwrap();
    stage.bot().signal("TERM");
    stage.bot().wait_for_log("shutting down").await;
    gate.open();
    let (code, log) = stage.ended().await;
    assert_eq!(code, Some(0), "{log}");
    let shown = stage.sandbox.wait_for_answer(asked).await.unwrap();
    assert!(shown.message().unwrap().text().contains("Ada Holm"));
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_signal_before_it_is_connected_ends_it_as_well() {
    let mut stage = Stage::empty(Options::default()).await;
    let (held, gate) = Fault::held();
    stage.sandbox.fault(held.on("GET", "/gateway/bot"));
    let (token, address) = (stage.sandbox.token(), stage.sandbox.base_url());
    stage.spawn(KNOWLEDGE, &[("DISCORD_TOKEN", &token), ("FOOTNOTE_DISCORD_API_URL", &address)]);
    stage.sandbox.wait_for_faults(1).await.unwrap();
    stage.bot().signal("TERM");
    let (code, log) = stage.ended().await;
    assert_eq!(code, Some(0), "{log}");
    drop(gate);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_signal_while_it_reads_its_knowledge_ends_it_as_well() {
    let mut stage = Stage::empty(Options::default()).await;
    // Nobody ever writes to this pipe, so that reading it does not end.
    let pipe = stage.folder().join("never.json");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (token, address) = (stage.sandbox.token(), stage.sandbox.base_url());
    let environment = [("DISCORD_TOKEN", token.as_str()), ("FOOTNOTE_DISCORD_API_URL", &address)];
    stage.spawn("knowledge = [\"never.json\"]\n", &environment);
    stage.bot().wait_for_log("reading the knowledge").await;
    stage.bot().signal("TERM");
    let (code, log) = stage.ended().await;
    assert_eq!(code, Some(0), "{log}");
    stage.finish(&[]).await;
}
