//! The HTTP interface for operators: metrics, health, readiness. Tests wait for them instead of for lines of the log.

use super::Stage;

impl Stage {
    /// The status and the body of an answer of the bot's metrics server.
    pub async fn get(&self, path: &str) -> (u16, String) {
        let (status, body) = self.bot().get(path).await;
        self.assert_discreet(&body);
        (status, body)
    }

    /// Waits until all shards are connected and the knowledge is loaded.
    pub async fn wait_until_ready(&self) {
        self.bot().wait_until_ready().await;
    }

    /// Waits until the bot has begun to shut down.
    pub async fn wait_until_shutting_down(&self) {
        self.bot().wait_for("/readyz", |_, reason| reason == "shutting down\n").await;
    }

    /// The value of a metric, which is named with its labels, as in the text format.
    pub async fn metric(&self, name: &str) -> f64 {
        let (_, text) = self.get("/metrics").await;
        value(&text, name).unwrap_or_else(|| panic!("no {name} in\n{text}"))
    }

    /// The work of this kind that the limits have refused, by any limit.
    pub async fn throttled(&self, work: &str) -> f64 {
        throttled(&self.get("/metrics").await.1, work)
    }

    /// Waits until the limits have refused this much work of a kind, by any limit.
    pub async fn wait_for_throttled(&self, work: &str, least: f64) {
        self.bot().wait_for("/metrics", |_, text| throttled(text, work) >= least).await;
    }

    /// Waits until a metric has at least this value.
    pub async fn wait_for_metric(&self, name: &str, least: f64) {
        self.bot().wait_for("/metrics", |_, text| value(text, name).is_some_and(|value| value >= least)).await;
    }
}

/// The value of a metric in the text format.
fn value(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    line.split(' ').next()?.parse().ok()
}

/// The work of this kind that the limits have refused, by any limit, in the text format.
fn throttled(text: &str, work: &str) -> f64 {
    let counter = format!("footnote_throttled_total{{work=\"{work}\",");
    let lines = text.lines().filter(|line| line.starts_with(&counter));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}
