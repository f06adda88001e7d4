//! What an operator sees of the bot: metrics, health, readiness, and the log.

use std::net::SocketAddr;

use footnote_sandbox::{Fault, MEMBER, OTHER, Options};
use serde_json::{Value, json};

use crate::stage::Stage;

/// Settings with metrics on a port that the system chooses.
const METRICS: &str = "[metrics]\nlisten = \"127.0.0.1:0\"\n";
const QUESTION: &str = "who built the lighthouse?";

impl Stage {
    /// What the bot's metrics server answers: status and body.
    pub async fn told(&self, path: &str) -> (u16, String) {
        let words = "metrics and health are served address=";
        self.bot().wait_for_log(words).await;
        let log = self.bot().log();
        let address: SocketAddr = log.split(words).nth(1).unwrap().split_whitespace().next().unwrap().parse().unwrap();
        let answer = reqwest::get(format!("http://{address}{path}")).await.unwrap();
        let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
        self.assert_tells_nobody(&text);
        (status, text)
    }

    /// The value of a metric: its name with its labels, as it stands in the text.
    async fn metric(&self, name: &str) -> f64 {
        let (_, text) = self.told("/metrics").await;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in\n{text}")).split(' ').next().unwrap().parse().unwrap()
    }

    /// Stops the bot; what its log has on questions, which is JSON.
    async fn question_lines(&mut self) -> Vec<Value> {
        self.stop().await;
        let lines = self.log().lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|line| line["fields"].clone()).filter(|fields| fields["message"] == "question").collect()
    }
}

#[tokio::test]
async fn questions_are_counted_by_way_verdict_and_reply() {
    let stage = Stage::start(METRICS).await;
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
    let stage = Stage::start(METRICS).await;
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
async fn it_is_ready_when_knowledge_is_loaded_and_the_shard_connected() {
    let mut stage = Stage::empty(Options::default()).await;
    // Nobody writes to this pipe for a while, so that reading it takes as long.
    let pipe = stage.folder().join("slow.json");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (held, gate) = Fault::held();
    stage.sandbox.fault(held.on("GET", "/gateway/bot"));
    let (token, address) = (stage.sandbox.token(), stage.sandbox.base_url());
    let environment = [("DISCORD_TOKEN", token.as_str()), ("FOOTNOTE_DISCORD_API_URL", &address)];
    stage.spawn(&format!("knowledge = [\"slow.json\"]\n{METRICS}"), &environment);
    assert_eq!(stage.told("/readyz").await, (503, "the knowledge is not loaded yet\n".to_owned()));
    assert_eq!(stage.told("/healthz").await, (200, "ok\n".to_owned()));
    tokio::task::spawn_blocking(move || std::fs::write(pipe, crate::stage::KNOWLEDGE).unwrap()).await.unwrap();
    stage.sandbox.wait_for_faults(1).await.unwrap();
    let (status, reason) = stage.told("/readyz").await;
    assert!(status == 503 && reason.contains("not asked yet how many shards"), "{reason}");
    gate.open();
    stage.bot().wait_for_log("connected shard=").await;
    assert_eq!(stage.told("/readyz").await, (200, "ready\n".to_owned()));
    stage.sandbox.refuse_connections(usize::MAX);
    stage.sandbox.drop_gateway(None);
    stage.bot().wait_for_log("the gateway's connection ended").await;
    let (status, reason) = stage.told("/readyz").await;
    assert!(status == 503 && reason.starts_with("1 of 1 shards not connected: 0 ("), "{reason}");
    stage.sandbox.refuse_connections(0);
    stage.sandbox.wait_for_resume(1).await.unwrap();
    stage.ask(MEMBER, "general", QUESTION).await;
    assert_eq!(stage.told("/readyz").await.0, 200);
    assert!(stage.metric(r#"footnote_shard_connections_lost_total{shard="0"}"#).await >= 1.0);
    assert_eq!(stage.metric(r#"footnote_shard_sessions_total{shard="0",session="resumed"}"#).await, 1.0);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_bad_file_is_counted_and_what_answers_stays_ready() {
    let stage = Stage::start(METRICS).await;
    std::fs::write(stage.folder().join("harbour.json"), "{").unwrap();
    stage.bot().wait_for_log("the last good version keeps answering").await;
    assert_eq!(stage.metric("footnote_knowledge_refused").await, 1.0);
    assert!(stage.metric("footnote_knowledge_reload_failures_total").await >= 1.0);
    assert_eq!(stage.told("/readyz").await.0, 200);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn while_it_shuts_down_it_is_not_ready() {
    let mut stage = Stage::start(METRICS).await;
    let (held, gate) = Fault::held();
    stage.sandbox.fault(held.on("POST", "/channels/*/messages"));
    stage.mention(MEMBER, "general", QUESTION).await;
    stage.sandbox.wait_for_faults(1).await.unwrap();
    stage.bot().signal("TERM");
    stage.bot().wait_for_log("shutting down").await;
    assert_eq!(stage.told("/readyz").await, (503, "shutting down\n".to_owned()));
    gate.open();
    let (code, log) = stage.ended().await;
    assert_eq!(code, Some(0), "{log}");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn an_address_that_is_taken_ends_it_with_the_key_to_change() {
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
async fn a_question_is_one_line_with_the_id_of_its_measurements() {
    let mut stage = Stage::empty(Options::default()).await;
    stage.run(&format!("{METRICS}[log]\nformat = \"json\"\n")).await;
    stage.ask(MEMBER, "general", QUESTION).await;
    let address = stage.bot().log();
    let address = address.split("\"address\":\"").nth(1).unwrap().split('"').next().unwrap();
    let metrics = reqwest::get(format!("http://{address}/metrics")).await.unwrap().text().await.unwrap();
    let lines = stage.question_lines().await;
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!((&line["way"], &line["verdict"], &line["reply"]), (&json!("mention"), &json!("answer"), &json!("sent")));
    assert_eq!(line.get("text"), None);
    let exemplar = format!("# {{question=\"{}\"}}", line["id"].as_str().unwrap());
    assert_eq!(metrics.matches(&exemplar).count(), 2, "{exemplar}\n{metrics}");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn what_was_asked_is_logged_only_when_that_is_switched_on() {
    let mut stage = Stage::empty(Options::default()).await;
    stage.run("[log]\nformat = \"json\"\nquestions = true\n").await;
    stage.ask(MEMBER, "general", "who built\nthe \"lighthouse\"?").await;
    let lines = stage.question_lines().await;
    assert_eq!(lines[0]["text"], "who built the \"lighthouse\"?");
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_token_file_that_others_may_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;
    let mut stage = Stage::empty(Options::default()).await;
    let (file, address) = (stage.folder().join("token.txt"), stage.sandbox.base_url());
    std::fs::write(&file, stage.sandbox.token()).unwrap();
    for (mode, warned) in [(0o644, true), (0o640, false)] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let settings = "knowledge = [\"harbour.json\"]\n[discord]\ntoken_file = \"token.txt\"\n";
        stage.spawn(settings, &[("FOOTNOTE_DISCORD_API_URL", &address)]);
        stage.bot().wait_for_log("connected shard=").await;
        assert_eq!(stage.bot().log().contains("may read or change the token's file"), warned, "{mode:o}");
        stage.bot().signal("TERM");
        stage.ended().await;
    }
    stage.finish(&[]).await;
}
