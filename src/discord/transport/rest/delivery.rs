//! Sends a call until it arrives, or until trying again cannot help any more: within a time, a number of tries, and a number
//! of calls at once. No call is logged with its URL, which may hold an interaction's token.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use reqwest::StatusCode;
use serde::de::DeserializeOwned;
use serenity::all::Http;
use serenity::http::Request;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use crate::discord::transport::backoff::Backoff;
use crate::discord::transport::rest::download::{self, DownloadError};
use crate::discord::transport::rest::error::{RestError, reason};
use crate::discord::transport::rest::rate_limits::{RateLimits, RouteKey, retry_after};
use crate::telemetry::{CallResult, Telemetry};

/// How often one call is sent at most. With the pauses below that is enough for [`REPLY_TIME`].
const TRIES_MAX: u32 = 30;

/// The longest pause before the second try when Discord names none; doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest pause between two tries when Discord names none: how late at most an answer comes after an outage.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// How long one request waits for its answer before it counts as lost.
pub const REQUEST_TIME: Duration = Duration::from_secs(10);

/// How long a call may take with all its tries, when somebody waits for its answer.
pub const CALL_TIME: Duration = Duration::from_secs(30);

/// How long a reply may take with all its tries. Longer than an outage of two minutes; and well within "the past few minutes"
/// in which Discord takes a nonce for a message sent before, so that a try cannot land twice.
pub const REPLY_TIME: Duration = Duration::from_secs(180);

/// How long an interaction's first response may take. Discord takes none after 3 seconds; the rest is for the road.
pub const RESPONSE_TIME: Duration = Duration::from_millis(2_800);

/// How many requests are under way at once, of each lane; each is a connection. Discord takes 50 a second of one bot.
const REQUESTS_MAX: usize = 96;

/// How many of these are of one kind, such as posts in one channel: a quarter, so that one that hangs leaves room for others.
const REQUESTS_OF_KIND_MAX: usize = REQUESTS_MAX / 4;

/// How many kinds are remembered before those without a call under way are forgotten; more than are ever busy at once.
const KINDS_KEPT: usize = 1_000;

/// How a call is to be sent.
#[derive(Clone, Copy, Debug)]
pub struct CallOptions {
    /// What is being done; for errors and the log.
    pub call: &'static str,
    /// What Discord counts it with, if it does.
    pub kind: Option<RouteKey>,
    /// How long it may take with all its tries.
    pub time: Duration,
}

/// A failed try, and how long Discord asks to wait.
struct FailedAttempt {
    error: RestError,
    retry_after: Option<Duration>,
}

/// The way to the REST API.
#[derive(Debug)]
pub struct Delivery {
    http: Arc<Http>,
    client: reqwest::Client,
    telemetry: Telemetry,
    limits: RateLimits,
    /// The places of each kind, alive while a call of that kind is under way.
    kinds: Mutex<HashMap<RouteKey, Weak<Semaphore>>>,
    /// For replies, and what else has time.
    patient: Semaphore,
    /// For first responses to interactions, which must not wait for the others.
    urgent: Semaphore,
}

impl Delivery {
    /// Sends with this token, to this place.
    #[must_use]
    pub fn new(http: Arc<Http>, client: reqwest::Client, telemetry: Telemetry) -> Self {
        let lane = || Semaphore::new(REQUESTS_MAX);
        let (limits, kinds) = (RateLimits::default(), Mutex::default());
        Self { http, client, telemetry, limits, kinds, patient: lane(), urgent: lane() }
    }

    /// Fetches a file that somebody gave to a command, of at most `max` bytes.
    ///
    /// # Errors
    /// If it is not Discord's, or larger, or does not come.
    pub async fn download(&self, address: &str, max: usize) -> Result<Vec<u8>, DownloadError> {
        download::fetch(&self.client, self.http.proxy.as_deref(), address, max).await
    }

    /// Sends until it arrives and its answer can be read, it is refused for good, the tries are used up, or the time is.
    ///
    /// # Errors
    /// With what happened at the last try.
    pub async fn send<T: DeserializeOwned>(&self, options: CallOptions, request: Request<'_>) -> Result<T, RestError> {
        let CallOptions { call, time, .. } = options;
        let deadline = Instant::now() + time;
        let mut last = RestError::Unreachable { call, reason: format!("no answer within {time:?}") };
        let mut backoff = Backoff::new(FIRST_PAUSE, PAUSE_MAX);
        for tried in 1..=TRIES_MAX {
            let failed = match timeout_at(deadline, self.send_in_turn(options, request.clone())).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(failed)) => failed,
                Err(_) => return Err(last),
            };
            let longer = backoff.next();
            let pause = failed.retry_after.unwrap_or(longer);
            if !failed.error.is_transient() || Instant::now() + pause >= deadline {
                return Err(failed.error);
            }
            tracing::debug!(call, tried, ?pause, error = %failed.error, "trying again");
            last = failed.error;
            sleep(pause).await;
            self.telemetry.calls().retried(call);
        }
        Err(last)
    }

    /// Waits until Discord's limits allow the call and a place is free, and sends once.
    async fn send_in_turn<T: DeserializeOwned>(
        &self,
        options: CallOptions,
        request: Request<'_>,
    ) -> Result<T, FailedAttempt> {
        let kind = options.kind.map(|kind| self.kind(kind));
        // The semaphores are never closed, so there is always a place some day.
        let _of_kind = match &kind {
            Some(places) => Some(places.acquire().await),
            None => None,
        };
        while let Err(free_at) = self.limits.take(options.kind) {
            self.telemetry.calls().waited(options.call);
            sleep_until(free_at).await;
        }
        let lane = if options.time <= RESPONSE_TIME { &self.urgent } else { &self.patient };
        let _place = lane.acquire().await;
        let began = Instant::now();
        let answer = self.send_once(options, request).await;
        let result = answer.as_ref().map_or_else(|failed| failed.error.result(), |_| CallResult::Done);
        self.telemetry.calls().tried(options.call, result, began.elapsed());
        answer
    }

    /// The places for calls of a kind.
    fn kind(&self, kind: RouteKey) -> Arc<Semaphore> {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(places) = kinds.get(&kind).and_then(Weak::upgrade) {
            return places;
        }
        if kinds.len() >= KINDS_KEPT {
            kinds.retain(|_, places| places.strong_count() > 0);
        }
        let places = Arc::new(Semaphore::new(REQUESTS_OF_KIND_MAX));
        kinds.insert(kind, Arc::downgrade(&places));
        places
    }

    async fn send_once<T: DeserializeOwned>(
        &self,
        options: CallOptions,
        request: Request<'_>,
    ) -> Result<T, FailedAttempt> {
        let CallOptions { call, kind, .. } = options;
        let unreachable = |reason| FailedAttempt { error: RestError::Unreachable { call, reason }, retry_after: None };
        let built = request.build(&self.client, self.http.token(), self.http.proxy.as_deref());
        let built = built.map_err(|_| unreachable("an address that cannot be asked".to_owned()))?;
        let response = built.send().await.map_err(|error| unreachable(reason(error)))?;
        let status = response.status();
        self.limits.learn(kind, status == StatusCode::TOO_MANY_REQUESTS, response.headers());
        let retry_after = retry_after(response.headers());
        let answer = response.bytes().await;
        if status.is_success() {
            let answer = answer.map_err(|error| unreachable(reason(error)))?;
            // An answer without content is an answer: nothing.
            let answer = if answer.is_empty() { &b"null"[..] } else { &answer };
            return serde_json::from_slice(answer).map_err(|error| {
                let place = (error.line(), error.column());
                unreachable(format!("an answer that is not as described, at {place:?}"))
            });
        }
        let (code, message) = discord_error(&answer.unwrap_or_default());
        Err(FailedAttempt { error: RestError::Refused { call, status, code, message }, retry_after })
    }
}

/// The code and message of Discord's error object.
fn discord_error(answer: &[u8]) -> (isize, String) {
    #[derive(serde::Deserialize)]
    struct Said {
        #[serde(default)]
        code: isize,
        #[serde(default)]
        message: String,
        #[serde(default)]
        errors: serde_json::Value,
    }
    match serde_json::from_slice::<Said>(answer) {
        Ok(Said { code, message, errors: serde_json::Value::Null }) => (code, message),
        Ok(Said { code, message, errors }) => (code, format!("{message}: {errors}")),
        Err(_) => (-1, "no error object".to_owned()),
    }
}
