//! The files in `deploy/`: the dashboard, the alerts and the guide name only metrics and labels that exist, and the
//! steps of the guide work.

use std::collections::BTreeSet;

use footnote_sandbox::{Fault, MEMBER, MODERATOR};
use serde_json::Value;

use crate::stage::{QUESTION, Stage};

const DASHBOARD: &str = include_str!("../../deploy/grafana-dashboard.json");
const ALERTS: &str = include_str!("../../deploy/alerts.yaml");
const GUIDE: &str = include_str!("../../deploy/README.md");
const MESSAGES: (&str, &str) = ("POST", "/channels/*/messages");

/// The prefixes of all metric names.
const PREFIXES: [&str; 2] = ["footnote_", "process_"];

/// The names of metrics in a text.
fn named(text: &str) -> BTreeSet<&str> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| PREFIXES.iter().any(|prefix| word.starts_with(prefix))).collect()
}

/// The names and label names of every sample of the metrics' text.
fn samples(metrics: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in metrics.lines().filter(|line| !line.starts_with('#')) {
        let (name, labels) = line.split_once(['{', ' ']).unwrap();
        found.insert(name.to_owned());
        let labels = labels.split('}').next().unwrap_or_default();
        found.extend(labels.split("\",").filter_map(|label| Some(format!("{name}/{}", label.split_once('=')?.0))));
    }
    found
}

/// The expressions of the dashboard's panels.
fn expressions() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let targets = dashboard["panels"].as_array().unwrap().iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn dashboard_alerts_and_guide_name_metrics_and_labels_that_exist() {
    let stage = Stage::start("[limits]\nuser_per_10s = 2\n").await;
    // Some metrics appear only after their event: a retry, a wait for a rate limit, a refused question, a lost
    // connection, an answered heartbeat.
    stage.inject(Fault::rate_limit(2.0), MESSAGES);
    let limited = stage.mention(MEMBER, "general", QUESTION).await;
    let refused = r#"footnote_discord_calls_total{call="post a message",result="rate_limited"}"#;
    stage.wait_for_metric(refused, 1.0).await;
    let waiting = stage.mention(MEMBER, "general", QUESTION).await;
    stage.mention(MEMBER, "general", QUESTION).await;
    stage.wait_for_replies(&[limited, waiting]).await;
    stage.sandbox.drop_gateway(None);
    stage.sandbox.wait_for_resume(1).await.unwrap();
    stage.sandbox.send_on_gateway(r#"{"op":1,"d":null}"#);

    let names: BTreeSet<&str> = [DASHBOARD, ALERTS, GUIDE].into_iter().flat_map(named).collect();
    assert!(names.len() > 20, "{names:?}");
    let all_there = |_, text: &str| {
        let found = samples(text);
        names.iter().all(|name| found.contains(*name))
    };
    let found = samples(&stage.bot().wait_for("/metrics", all_there).await);

    // A query groups and selects by labels of its metric; Prometheus itself adds `instance`, `job` and `le`.
    for expression in expressions() {
        let metric = *named(&expression).first().unwrap_or_else(|| panic!("no metric in {expression}"));
        let chosen =
            expression.split(['{', ',']).filter_map(|part| part.split_once(['=', '!'])).map(|(label, _)| label);
        let grouped = expression.split("by (").skip(1).flat_map(|part| part.split(')').next().unwrap().split(", "));
        let is_label = |label: &&str| !label.is_empty() && label.chars().all(|letter| letter.is_ascii_lowercase());
        for label in chosen.chain(grouped).filter(is_label).filter(|label| !["instance", "job", "le"].contains(label)) {
            assert!(found.contains(&format!("{metric}/{label}")), "{label} in {expression}");
        }
    }
    stage.finish(&[429]).await;
}

#[test]
fn the_dashboard_can_be_imported() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len(), "panel ids are unique");
    for panel in panels {
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{}", panel["title"]);
        let position = &panel["gridPos"];
        assert!(position["x"].as_u64().unwrap() + position["w"].as_u64().unwrap() <= 24, "{}", panel["title"]);
    }
}

/// The steps of `deploy/README.md`: copy the database by `VACUUM INTO` while the bot runs, and put the copy back after
/// a loss.
#[tokio::test]
async fn a_backup_of_a_running_bot_can_be_restored() {
    let mut stage = Stage::start("").await;
    stage.ask(MEMBER, "general", "how do I bake bread?").await;
    stage.stop().await;
    stage.run("").await;
    let (state, backup) = (stage.folder().join("state.db"), stage.folder().join("backup.db"));
    let copy = format!("VACUUM INTO '{}'", backup.display());
    rusqlite::Connection::open(&state).unwrap().execute(&copy, []).unwrap();
    stage.stop().await;

    for lost in ["state.db", "state.db-wal", "state.db-shm"] {
        // SQLite removes the last two itself when the last connection ends.
        _ = std::fs::remove_file(stage.folder().join(lost));
    }
    std::fs::rename(&backup, &state).unwrap();
    stage.run("").await;
    stage.wait_for_metric("footnote_unanswered_questions", 1.0).await;
    let list = stage.knowledge(MODERATOR, "unanswered", &[]).await;
    assert!(list.text().contains("how do I bake bread?"), "{}", list.text());
    stage.finish(&[]).await;
}
