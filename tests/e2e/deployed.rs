//! The files in `deploy/` hold: what dashboard, alerts and guide say of metrics is there in a bot that has seen something.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use footnote_sandbox::{Fault, MEMBER};
use serde_json::Value;

use crate::stage::{NO_LIMITS, Stage};

const DASHBOARD: &str = include_str!("../../deploy/grafana-dashboard.json");
const ALERTS: &str = include_str!("../../deploy/alerts.yaml");
const GUIDE: &str = include_str!("../../deploy/README.md");
const MESSAGES: (&str, &str) = ("POST", "/channels/*/messages");

/// How long a test waits for a metric that comes by itself.
const PATIENCE: Duration = Duration::from_secs(30);

/// What tells a name of one of the bot's metrics from other words.
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
async fn dashboard_alerts_and_guide_name_metrics_that_are_there() {
    let stage = Stage::start(&format!("{NO_LIMITS}[metrics]\nlisten = \"127.0.0.1:0\"\n")).await;
    // What appears only when it happened: another try, a wait for a limit that is used up, a lost connection, an answered heartbeat.
    stage.sandbox.fault(Fault::rate_limit(1.0).on(MESSAGES.0, MESSAGES.1));
    let limited = stage.mention(MEMBER, "general", "who built the lighthouse?").await;
    stage.bot().wait_for_log("trying again").await;
    let waiting = stage.mention(MEMBER, "general", "who built the lighthouse?").await;
    for asked in [limited, waiting] {
        stage.sandbox.wait_for_reply(asked).await.unwrap();
    }
    stage.sandbox.drop_gateway(None);
    stage.sandbox.wait_for_resume(1).await.unwrap();
    stage.sandbox.send_on_gateway(r#"{"op":1,"d":null}"#);

    let names: BTreeSet<&str> = [DASHBOARD, ALERTS, GUIDE].into_iter().flat_map(named).collect();
    assert!(names.len() > 20, "{names:?}");
    let began = Instant::now();
    let found = loop {
        let found = samples(&stage.told("/metrics").await.1);
        if names.iter().all(|name| found.contains(*name)) || began.elapsed() > PATIENCE {
            break found;
        }
    };
    let missing: Vec<_> = names.iter().filter(|name| !found.contains(**name)).collect();
    assert!(missing.is_empty(), "{missing:?} of {found:#?}");

    // Labels by which a query groups or chooses belong to its metric; `instance`, `job` and `le` are Prometheus's own.
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
    assert_eq!(ids.len(), panels.len(), "each panel has an id of its own");
    for panel in panels {
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{}", panel["title"]);
        let place = &panel["gridPos"];
        assert!(place["x"].as_u64().unwrap() + place["w"].as_u64().unwrap() <= 24, "{}", panel["title"]);
    }
}

/// The steps of `deploy/README.md`: a copy by `VACUUM INTO` while the bot runs, put back in place of what was lost.
#[tokio::test]
async fn a_backup_of_a_running_bot_can_be_restored() {
    const METRICS: &str = "[metrics]\nlisten = \"127.0.0.1:0\"\n";
    const UNANSWERED: &str = "footnote_unanswered_questions 1.0\n";
    let mut stage = Stage::start(METRICS).await;
    stage.ask(MEMBER, "general", "how do I bake bread?").await;
    stage.stop().await;
    stage.run(METRICS).await;
    let (state, backup) = (stage.folder().join("state.db"), stage.folder().join("backup.db"));
    let copy = format!("VACUUM INTO '{}'", backup.display());
    rusqlite::Connection::open(&state).unwrap().execute(&copy, []).unwrap();
    stage.stop().await;

    for lost in ["state.db", "state.db-wal", "state.db-shm"] {
        // The last two go when the last connection ends.
        _ = std::fs::remove_file(stage.folder().join(lost));
    }
    std::fs::rename(&backup, &state).unwrap();
    stage.run(METRICS).await;
    let began = Instant::now();
    while !stage.told("/metrics").await.1.contains(UNANSWERED) {
        assert!(began.elapsed() < PATIENCE, "{}", stage.told("/metrics").await.1);
    }
    assert!(!stage.bot().log().contains("moderation is off"));
    stage.finish(&[]).await;
}
