//! Faults that a test orders: REST calls that fail, are late, or wait for a signal.

use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;

use crate::http::Answer;

/// What shall go wrong with REST calls, and with which of them. By default: with the next call, whatever it is.
#[derive(Clone, Debug)]
pub struct Fault {
    method: Option<String>,
    path: Option<String>,
    times: usize,
    effect: FaultEffect,
    after_work: bool,
}

#[derive(Clone, Debug)]
enum FaultEffect {
    Answer(Answer),
    Late(Duration),
    Held(watch::Receiver<()>),
}

/// Holds calls back until it is opened or dropped.
#[derive(Debug)]
pub struct Gate(watch::Sender<()>);

impl Gate {
    /// Lets the calls go on.
    pub fn open(self) {
        // An error would mean that nobody waits.
        _ = self.0.send(());
    }
}

impl Fault {
    fn new(effect: FaultEffect) -> Self {
        Self { method: None, path: None, times: 1, effect, after_work: false }
    }

    /// The answer is this HTTP status, in Discord's error form with this error code.
    pub fn status(status: u16, code: u32, message: &str) -> Self {
        Self::new(FaultEffect::Answer(Answer::json(status, json!({ "code": code, "message": message }))))
    }

    /// The answer is a failure of Discord's own: 500, 502, 503.
    pub fn server_error(status: u16) -> Self {
        Self::status(status, 0, &format!("{status}: Server Error"))
    }

    /// The answer is 429, to be retried after so many seconds.
    pub fn rate_limit(retry_after: f64) -> Self {
        let body = json!({
            "code": 0, "message": "You are being rate limited.", "retry_after": retry_after, "global": false,
        });
        let mut answer = Answer::json(429, body);
        answer.retry_after = Some(retry_after);
        Self::new(FaultEffect::Answer(answer))
    }

    /// The connection breaks instead of an answer.
    pub fn cut() -> Self {
        Self::new(FaultEffect::Answer(Answer::cut()))
    }

    /// The call is answered as usual, but starts so much later.
    pub fn late(delay: Duration) -> Self {
        Self::new(FaultEffect::Late(delay))
    }

    /// The call is answered as usual, but only starts when the gate is opened.
    pub fn held() -> (Self, Gate) {
        let (sender, receiver) = watch::channel(());
        (Self::new(FaultEffect::Held(receiver)), Gate(sender))
    }

    /// Only for calls with this method and a path of this pattern: `/channels/*/messages`, where `*` stands for
    /// one segment. The path is without `/api/v10` and without query.
    #[must_use]
    pub fn on(mut self, method: &str, path: &str) -> Self {
        self.method = Some(method.to_owned());
        self.path = Some(path.to_owned());
        self
    }

    /// For the next `times` calls.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// The call does its work before it fails or is late: the bot sees a failure, users see the result.
    #[must_use]
    pub fn after_work(mut self) -> Self {
        self.after_work = true;
        self
    }

    fn matches_call(&self, method: &str, path: &str) -> bool {
        self.times > 0
            && self.method.as_deref().is_none_or(|wanted| wanted == method)
            && self.path.as_deref().is_none_or(|pattern| matches(pattern, path))
    }

    pub(super) fn is_after_work(&self) -> bool {
        self.after_work
    }

    /// Waits as ordered, and returns the answer that replaces the usual one, if any.
    pub(super) async fn apply(self) -> Option<Answer> {
        match self.effect {
            FaultEffect::Answer(answer) => return Some(answer),
            FaultEffect::Late(delay) => tokio::time::sleep(delay).await,
            FaultEffect::Held(mut gate) => _ = gate.changed().await,
        }
        None
    }
}

/// The faults that wait for their calls.
#[derive(Debug, Default)]
pub(super) struct Faults {
    waiting: Vec<Fault>,
    /// How many calls were caught so far.
    pub(super) caught: usize,
}

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        self.waiting.push(fault);
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// The oldest fault for this call, counted down.
    pub(super) fn take(&mut self, method: &str, path: &str) -> Option<Fault> {
        let index = self.waiting.iter().position(|fault| fault.matches_call(method, path))?;
        let fault = self.waiting.get_mut(index)?;
        self.caught += 1;
        fault.times -= 1;
        if fault.times == 0 { Some(self.waiting.remove(index)) } else { Some(fault.clone()) }
    }
}

fn matches(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut found) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return true,
            (Some(wanted), Some(found)) if wanted == "*" || wanted == found => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_segment_by_segment() {
        let table = [
            ("/channels/*/messages", "/channels/1/messages", true),
            ("/channels/*/messages", "/channels/1/messages/2", false),
            ("/channels/*/messages/*", "/channels/1/messages", false),
            ("/gateway", "/gateway/bot", false),
            ("/users/@me", "/users/@me", true),
        ];
        for (pattern, path, expected) in table {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn a_fault_strikes_as_often_as_ordered() {
        let mut faults = Faults::default();
        faults.add(Fault::server_error(500).on("POST", "/a").times(2));
        assert!(faults.take("GET", "/a").is_none());
        assert!(faults.take("POST", "/a").is_some());
        assert!(faults.take("POST", "/a").is_some());
        assert!(faults.take("POST", "/a").is_none());
    }
}
