//! Faults that a test injects: REST calls that fail, are delayed, or wait for a signal.

use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;

use crate::http::ApiResponse;

/// A fault and the calls that it affects; by default, the next call of any kind.
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
    Respond(ApiResponse),
    Late(Duration),
    Held(watch::Receiver<()>),
}

/// Delays calls until it is opened or dropped.
#[derive(Debug)]
pub struct Gate(watch::Sender<()>);

impl Gate {
    /// Lets the delayed calls continue.
    pub fn open(self) {
        // Sending fails only if no call waits.
        _ = self.0.send(());
    }
}

impl Fault {
    fn new(effect: FaultEffect) -> Self {
        Self { method: None, path: None, times: 1, effect, after_work: false }
    }

    /// Responds with this HTTP status and a body in Discord's error format with this error code.
    pub fn status(status: u16, code: u32, message: &str) -> Self {
        Self::new(FaultEffect::Respond(ApiResponse::json(status, json!({ "code": code, "message": message }))))
    }

    /// Responds with a server error: 500, 502 or 503.
    pub fn server_error(status: u16) -> Self {
        Self::status(status, 0, &format!("{status}: Server Error"))
    }

    /// Responds with 429 and a retry delay in seconds.
    pub fn rate_limit(retry_after: f64) -> Self {
        Self::new(FaultEffect::Respond(ApiResponse::rate_limited(retry_after)))
    }

    /// Cuts the connection instead of responding.
    pub fn cut() -> Self {
        Self::new(FaultEffect::Respond(ApiResponse::cut()))
    }

    /// Handles the call normally after a delay.
    pub fn late(delay: Duration) -> Self {
        Self::new(FaultEffect::Late(delay))
    }

    /// Handles the call normally, but only once the gate is open.
    pub fn held() -> (Self, Gate) {
        let (sender, receiver) = watch::channel(());
        (Self::new(FaultEffect::Held(receiver)), Gate(sender))
    }

    /// Restricts the fault to this method and to paths that match the pattern `/channels/*/messages`, in which `*`
    /// matches one segment. The path has neither `/api/v10` nor a query.
    #[must_use]
    pub fn on(mut self, method: &str, path: &str) -> Self {
        self.method = Some(method.to_owned());
        self.path = Some(path.to_owned());
        self
    }

    /// The response asks to wait this many seconds before another try. Held and late calls have no such response.
    #[must_use]
    pub fn retry_after(mut self, seconds: f64) -> Self {
        if let FaultEffect::Respond(response) = &mut self.effect {
            response.retry_after = Some(seconds);
        }
        self
    }

    /// Applies the fault to the next `times` calls.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Performs the call before it fails or is delayed: the bot sees a failure, users see the result.
    #[must_use]
    pub fn after_work(mut self) -> Self {
        self.after_work = true;
        self
    }

    fn matches_call(&self, method: &str, path: &str) -> bool {
        self.times > 0
            && self.method.as_deref().is_none_or(|expected| expected == method)
            && self.path.as_deref().is_none_or(|pattern| matches(pattern, path))
    }

    pub(super) fn is_after_work(&self) -> bool {
        self.after_work
    }

    /// Waits as long as the fault demands. Returns the response that replaces the normal one, if any.
    pub(super) async fn apply(self) -> Option<ApiResponse> {
        match self.effect {
            FaultEffect::Respond(response) => return Some(response),
            FaultEffect::Late(delay) => tokio::time::sleep(delay).await,
            FaultEffect::Held(mut gate) => _ = gate.changed().await,
        }
        None
    }
}

/// The faults that are waiting for a call.
#[derive(Debug, Default)]
pub(super) struct Faults {
    waiting: Vec<Fault>,
    /// Number of calls affected so far.
    pub(super) caught: usize,
}

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        self.waiting.push(fault);
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// Returns the oldest fault that matches this call and decrements its counter.
    pub(super) fn take(&mut self, method: &str, path: &str) -> Option<Fault> {
        let index = self.waiting.iter().position(|fault| fault.matches_call(method, path))?;
        let fault = self.waiting.get_mut(index)?;
        self.caught += 1;
        fault.times -= 1;
        if fault.times == 0 { Some(self.waiting.remove(index)) } else { Some(fault.clone()) }
    }
}

fn matches(pattern: &str, path: &str) -> bool {
    let (mut expected, mut found) = (pattern.split('/'), path.split('/'));
    loop {
        match (expected.next(), found.next()) {
            (None, None) => return true,
            (Some(expected), Some(found)) if expected == "*" || expected == found => {}
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
    fn a_fault_applies_the_given_number_of_times() {
        let mut faults = Faults::default();
        faults.add(Fault::server_error(500).on("POST", "/a").times(2));
        assert!(faults.take("GET", "/a").is_none());
        assert!(faults.take("POST", "/a").is_some());
        assert!(faults.take("POST", "/a").is_some());
        assert!(faults.take("POST", "/a").is_none());
    }
}
