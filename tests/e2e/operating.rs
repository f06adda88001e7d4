//! The interface for operators: metrics, health, readiness, and the log.

use footnote_sandbox::{Fault, MEMBER, OTHER, Options};
use serde_json::{Value, json};

use crate::stage::{QUESTION, Stage};

/// Stops the bot. Returns the fields of the lines on questions in its log, which is JSON.
async fn question_lines(stage: &mut Stage) -> Vec<Value> {
    stage.stop().await;
    let lines = stage.log().lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|line| line["fields"].clone()).filter(|fields| fields["message"] == "question").collect()
}

#[tokio::test]
async fn questions_are_counted_by_source_verdict_and_reply() {
    let stage = Stage::start("").await;
    stage.ask(MEMBER, "general", QUESTION).await;
    stage.ask(OTHER, "dm", "how do I bake bread?").await;
    stage.slash(MEMBER, "general", "ask", &[("question", json!(QUESTION))]).await;
    for labels in [
        r#"{way="mention",verdict="answer",reply="sent"}"#,
        r#"{way="direct",verdict="unknown",reply="sent"}"#,
        r#"{way="command",verdict="answer",reply="sent"}"#,
    ] {
        assert_eq!(stage.metric(&format!("footnote_questions_total{labels}")).await, 1.0, "{labels}");
    }
    assert_eq!(stage.metric("footnote_confidence_count").await, 3.0);
    assert_eq!(stage.metric(r#"footnote_reply_seconds_count{way="mention"}"#).await, 1.0);
    assert_eq!(stage.metric(r#"footnote_discord_calls_total{call="post a message",result="done"}"#).await, 2.0);
    assert_eq!(stage.metric("footnote_knowledge_entries").await, 16.0);
    assert_eq!(stage.metric("process_open_fds").await.signum(), 1.0);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn retries_and_rate_limits_are_counted() {
    let stage = Stage::start("").await;
    stage.sandbox.fault(Fault::rate_limit(0.1).on("POST", "/channels/*/messages"));
    stage.sandbox.fault(Fault::server_error(502).on("POST", "/channels/*/messages"));
    stage.ask(MEMBER, "general", QUESTION).await;
    assert_eq!(stage.metric(r#"footnote_discord_retries_total{call="post a message"}"#).await, 2.0);
    for result in ["rate_limited", "server_error", "done"] {
        let name = format!(r#"footnote_discord_calls_total{{call="post a message",result="{result}"}}"#);
        assert_eq!(stage.metric(&name).await, 1.0, "{result}");
    }
    stage.finish(&[429, 502]).await;
}

#[tokio::test]
async fn the_bot_is_ready_while_its_knowledge_is_loaded_and_its_shard_connected() {
    let mut stage = Stage::empty(Options::default()).await;
    // Reading this pipe waits until the test writes to it.
    let pipe = stage.folder().join("slow.json");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (held, gate) = Fault::held();
    stage.sandbox.fault(held.on("GET", "/gateway/bot"));
    stage.connect("knowledge = [\"slow.json\"]\n");
    assert_eq!(stage.get("/readyz").await, (503, "the knowledge is not loaded yet\n".to_owned()));
    assert_eq!(stage.get("/healthz").await, (200, "ok\n".to_owned()));
    tokio::task::spawn_blocking(move || std::fs::write(pipe, crate::stage::KNOWLEDGE).unwrap()).await.unwrap();
    stage.sandbox.wait_for_faults(1).await.unwrap();
    let (status, reason) = stage.get("/readyz").await;
    assert!(status == 503 && reason.contains("the number of shards is not known yet"), "{reason}");
    gate.open();
    stage.wait_until_ready().await;
    assert_eq!(stage.get("/readyz").await, (200, "ready\n".to_owned()));
    stage.sandbox.refuse_connections(usize::MAX);
    stage.sandbox.drop_gateway(None);
    stage.wait_for_metric(r#"footnote_shard_connections_lost_total{shard="0"}"#, 1.0).await;
    let (status, reason) = stage.get("/readyz").await;
    assert!(status == 503 && reason.starts_with("1 of 1 shards not connected: 0 ("), "{reason}");
    stage.sandbox.refuse_connections(0);
    stage.sandbox.wait_for_resume(1).await.unwrap();
    stage.wait_until_ready().await;
    assert_eq!(stage.metric(r#"footnote_shard_sessions_total{shard="0",session="resumed"}"#).await, 1.0);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_bad_file_is_counted_and_the_bot_stays_ready() {
    let stage = Stage::start("").await;
    std::fs::write(stage.folder().join("harbour.json"), "{").unwrap();
    stage.wait_for_metric("footnote_knowledge_refused", 1.0).await;
    assert!(stage.metric("footnote_knowledge_reload_failures_total").await >= 1.0);
    assert_eq!(stage.get("/readyz").await.0, 200);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_bot_that_shuts_down_is_not_ready() {
    let mut stage = Stage::start("").await;
    let (held, gate) = Fault::held();
    stage.sandbox.fault(held.on("POST", "/channels/*/messages"));
    stage.mention(MEMBER, "general", QUESTION).await;
    stage.sandbox.wait_for_faults(1).await.unwrap();
    stage.bot().signal("TERM");
    stage.wait_until_shutting_down().await;
    assert_eq!(stage.get("/readyz").await.0, 503);
    gate.open();
    let (code, log) = stage.ended().await;
    assert_eq!(code, Some(0), "{log}");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn an_address_in_use_ends_the_bot_and_names_the_key() {
    let mut stage = Stage::empty(Options::default()).await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (token, address) = (stage.sandbox.token(), stage.sandbox.base_url());
    let environment = [("DISCORD_TOKEN", token.as_str()), ("FOOTNOTE_DISCORD_API_URL", &address)];
    let settings = format!("[metrics]\nlisten = \"{}\"\n", taken.local_addr().unwrap());
    stage.spawn(&settings, &environment);
    let (code, log) = stage.ended().await;
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("footnote: metrics.listen: expected an address of this machine that is free"), "{log}");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_question_is_one_log_line_whose_id_is_the_exemplar_of_its_metrics() {
    let mut stage = Stage::empty(Options::default()).await;
    stage.run("[log]\nformat = \"json\"\n").await;
    stage.ask(MEMBER, "general", QUESTION).await;
    let (_, metrics) = stage.get("/metrics").await;
    let lines = question_lines(&mut stage).await;
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!((&line["way"], &line["verdict"], &line["reply"]), (&json!("mention"), &json!("answer"), &json!("sent")));
    assert_eq!(line.get("text"), None);
    let exemplar = format!("# {{question=\"{}\"}}", line["id"].as_str().unwrap());
    assert_eq!(metrics.matches(&exemplar).count(), 2, "{exemplar}\n{metrics}");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn the_text_of_questions_is_logged_only_if_configured() {
    let mut stage = Stage::empty(Options::default()).await;
    stage.run("[log]\nformat = \"json\"\nquestions = true\n").await;
    stage.ask(MEMBER, "general", "who built\nthe \"lighthouse\"?").await;
    let lines = question_lines(&mut stage).await;
    assert_eq!(lines[0]["text"], "who built the \"lighthouse\"?");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_token_file_that_others_can_read_causes_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let mut stage = Stage::empty(Options::default()).await;
    let (file, address) = (stage.folder().join("token.txt"), stage.sandbox.base_url());
    std::fs::write(&file, stage.sandbox.token()).unwrap();
    for (mode, warned) in [(0o644, true), (0o640, false)] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let settings = "knowledge = [\"harbour.json\"]\n[discord]\ntoken_file = \"token.txt\"\n";
        stage.spawn(settings, &[("FOOTNOTE_DISCORD_API_URL", &address)]);
        stage.wait_until_ready().await;
        assert_eq!(stage.bot().log().contains("may read or change the token's file"), warned, "{mode:o}");
        stage.bot().signal("TERM");
        stage.ended().await;
    }
    stage.finish(&[]).await;
}
