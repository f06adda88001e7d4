//! Sends calls to Discord's REST API. A *call* is one thing that the bot wants done, such as "post a message". It
//! consists of one or more *attempts*, each of which sends one HTTP request.
//!
//! Before an attempt sends its request, it waits for three things:
//!
//! 1. *Its route.* Discord counts some calls together, for example all posts in one channel; they share a [`RouteKey`].
//!    Only [`REQUESTS_PER_ROUTE_MAX`] of them are in progress at once, so that one slow channel does not occupy all
//!    connections.
//! 2. *The rate limits.* Discord's answers say how many calls of a route are left, and until when. [`RateLimitBuckets`]
//!    keeps these numbers in one *bucket* per route, so that a call which Discord would refuse waits instead.
//! 3. *Its lane.* A [`Lane`] is a group of [`REQUESTS_PER_LANE_MAX`] connections. First responses to interactions have
//!    a lane of their own, because Discord accepts them for three seconds only: they must not wait behind other calls.
//!
//! If an attempt fails and the failure is transient (no answer, status 429, or a status of 500 and above), the call
//! makes another attempt. It first pauses for the time in Discord's Retry-After header, or else for a random time that
//! doubles with each failure ([`Backoff`]). The call fails at the first failure that is not transient, and when its
//! time limit or its attempts are used up.
//!
//! Messages for channels carry a nonce that Discord enforces, so that a repeated attempt does not post them twice.
//! Nothing here logs a URL, because a URL may contain an interaction's token.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use reqwest::StatusCode;
use serde::de::DeserializeOwned;
use serenity::all::{Http, UserId};
use serenity::http::Request;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use crate::discord::transport::backoff::Backoff;
use crate::discord::transport::rest::body::{self, BodyError};
use crate::discord::transport::rest::download::{self, DownloadError};
use crate::discord::transport::rest::error::RestError;
use crate::discord::transport::rest::rate_limits::{RateLimitBuckets, RouteKey, retry_after};
use crate::telemetry::{CallResult, Telemetry};
use crate::throttle::turns::{TurnQueue, Waiting};

/// The most attempts of one call. With the pauses below, they are enough for [`REPLY_TIMEOUT`].
const ATTEMPTS_MAX: u32 = 30;

/// The longest pause before the second attempt, if Discord names none. It doubles with each attempt.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest pause between two attempts, if Discord names none. After an outage ends, a reply arrives at most this
/// much later.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// The time limit for one request, which [`http`](super::http) sets on the HTTP client. An attempt without an answer by
/// then has failed.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// The time limit for a call with all its attempts, except for replies and first responses. A member who waits longer
/// has given up.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// The time limit for a call that posts, edits or deletes a message, with all its attempts. It is longer than an outage
/// of two minutes, and within the "past few minutes" for which Discord remembers a nonce, so that no attempt posts a
/// second message.
pub const REPLY_TIMEOUT: Duration = Duration::from_secs(180);

/// The time limit for the first response to an interaction. Discord accepts none after 3 seconds; the difference is for
/// the network.
pub const RESPONSE_TIMEOUT: Duration = Duration::from_millis(2_800);

/// The most requests of a lane that are in progress at once; each needs a connection. Discord allows a bot 50 per
/// second.
const REQUESTS_PER_LANE_MAX: usize = 96;

/// The most requests of a route that are in progress at once: a quarter of a lane, so that one slow route leaves
/// connections for others.
const REQUESTS_PER_ROUTE_MAX: usize = REQUESTS_PER_LANE_MAX / 4;

/// When this many routes are stored, those without a call in progress are removed. The bot never uses this many routes
/// at once.
const ROUTES_MAX: usize = 1_000;

/// The largest answer to a successful call, in bytes. The largest that Footnote asks for is 100 messages; with embeds,
/// components and escaped characters, each stays far below 160 KiB.
const ANSWER_BYTES_MAX: usize = 16 << 20;

/// The largest answer to a refused call, in bytes. Discord's error objects have a few kilobytes; of a larger answer,
/// only the status counts.
const ERROR_BYTES_MAX: usize = 64 << 10;

/// The group of connections through which a call goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Lane {
    /// For first responses to interactions, which are due within three seconds.
    Interactive,
    /// For all other calls, including replies to messages.
    General,
}

/// How to send a call.
#[derive(Clone, Copy, Debug)]
pub struct CallOptions {
    /// The name of the call, for errors, metrics and the log.
    pub call: &'static str,
    /// The calls that Discord counts together with this one, if it limits them by route.
    pub route: Option<RouteKey>,
    /// The time limit for the call with all its attempts.
    pub timeout: Duration,
    /// The connections that the call may use.
    pub lane: Lane,
    /// The user for whom the bot makes the call; 0 if it is for nobody in particular. Users take turns on a route.
    pub user: u64,
}

impl CallOptions {
    /// Makes the call for this user.
    #[must_use]
    pub fn for_user(self, user: Option<UserId>) -> Self {
        Self { user: user.map_or(0, UserId::get), ..self }
    }
}

/// A failed attempt, and the pause that Discord asks for.
struct FailedAttempt {
    error: RestError,
    retry_after: Option<Duration>,
}

/// A client for Discord's REST API that retries failed calls, limits concurrency, and obeys Discord's rate limits.
#[derive(Debug)]
pub struct Delivery {
    http: Arc<Http>,
    client: reqwest::Client,
    telemetry: Telemetry,
    limits: RateLimitBuckets,
    /// The state of each route. The pointer can be upgraded while a call of the route is in progress.
    routes: Mutex<HashMap<RouteKey, Weak<RouteState>>>,
    interactive: Semaphore,
    general: Semaphore,
}

/// The calls of one route in progress.
#[derive(Debug)]
struct RouteState {
    /// The calls that wait for Discord's rate limit, or for a request to end. One at a time takes the next request of
    /// the route.
    turns: TurnQueue<u64>,
    /// [`REQUESTS_PER_ROUTE_MAX`] permits.
    requests: Semaphore,
}

impl RouteState {
    fn new() -> Self {
        // The callers bound the calls in progress.
        Self { turns: TurnQueue::new(1, usize::MAX), requests: Semaphore::new(REQUESTS_PER_ROUTE_MAX) }
    }
}

/// The calls of a route that wait, because Discord accepts no more of them now.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Backlog {
    /// The time that Discord's rate limit needs for them. Zero while no limit is known.
    pub time: Duration,
    /// Whether a call for the user in question is among them.
    pub has_own: bool,
}

impl Delivery {
    /// Creates a client that uses the token and the address of `http`, and the connections of `client`.
    #[must_use]
    pub fn new(http: Arc<Http>, client: reqwest::Client, telemetry: Telemetry) -> Self {
        let lane = || Semaphore::new(REQUESTS_PER_LANE_MAX);
        let (limits, routes) = (RateLimitBuckets::default(), Mutex::default());
        Self { http, client, telemetry, limits, routes, interactive: lane(), general: lane() }
    }

    /// Downloads a file of at most `max` bytes that a member attached to a command.
    ///
    /// # Errors
    /// If the address is not Discord's, the file is larger, or Discord does not deliver it.
    pub async fn download(&self, address: &str, max: usize) -> Result<Vec<u8>, DownloadError> {
        download::fetch(&self.client, self.http.proxy.as_deref(), address, max).await
    }

    /// Sends a call, with as many attempts as it needs and its options allow.
    ///
    /// # Errors
    /// Returns the error of the last attempt.
    pub async fn send<T: DeserializeOwned>(&self, options: CallOptions, request: Request<'_>) -> Result<T, RestError> {
        let CallOptions { call, timeout, .. } = options;
        let deadline = Instant::now() + timeout;
        let mut last_error = RestError::Unreachable { call, reason: format!("no answer within {timeout:?}") };
        let mut backoff = Backoff::new(FIRST_PAUSE, PAUSE_MAX);
        for attempt in 1..=ATTEMPTS_MAX {
            let failed = match timeout_at(deadline, self.attempt(options, request.clone())).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(failed)) => failed,
                Err(_) => return Err(last_error),
            };
            let own_pause = backoff.next();
            let pause = failed.retry_after.unwrap_or(own_pause);
            if !failed.error.is_transient() || Instant::now() + pause >= deadline {
                return Err(failed.error);
            }
            tracing::debug!(call, attempt, ?pause, error = %failed.error, "trying again");
            last_error = failed.error;
            sleep(pause).await;
            self.telemetry.calls().retried(call);
        }
        Err(last_error)
    }

    /// Waits for the route, the rate limits and the lane, then sends the request once.
    async fn attempt<T: DeserializeOwned>(
        &self,
        options: CallOptions,
        request: Request<'_>,
    ) -> Result<T, FailedAttempt> {
        let route = options.route.map(|route| self.route(route));
        // Users take turns until the request may be sent; then the next call waits for the rate limit. `turn` fails
        // only if the queue is full, and this one is never full. `acquire` fails only on a closed semaphore, and these
        // are never closed.
        let turn = match &route {
            Some(route) => Some(route.turns.turn(options.user, Waiting::InOrder).await),
            None => None,
        };
        let _request_permit = match &route {
            Some(route) => Some(route.requests.acquire().await),
            None => None,
        };
        while let Err(free_at) = self.limits.take(options.route) {
            self.telemetry.calls().waited(options.call);
            sleep_until(free_at).await;
        }
        drop(turn);
        let lane = match options.lane {
            Lane::Interactive => &self.interactive,
            Lane::General => &self.general,
        };
        let _lane_permit = lane.acquire().await;
        let began = Instant::now();
        let answer = self.send_once(options, request).await;
        let result = answer.as_ref().map_or_else(|failed| failed.error.result(), |_| CallResult::Done);
        self.telemetry.calls().tried(options.call, result, began.elapsed());
        answer
    }

    /// The calls of a route that wait for a turn.
    #[must_use]
    pub fn backlog(&self, route: RouteKey, user: u64) -> Backlog {
        let (Some(pace), Some(state)) = (self.limits.pace(route), self.known_route(route)) else {
            return Backlog::default();
        };
        let (total, own) = state.turns.waiting(user);
        Backlog { time: pace.saturating_mul(u32::try_from(total).unwrap_or(u32::MAX)), has_own: own > 0 }
    }

    fn known_route(&self, route: RouteKey) -> Option<Arc<RouteState>> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner).get(&route)?.upgrade()
    }

    /// The state of a route.
    fn route(&self, route: RouteKey) -> Arc<RouteState> {
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = routes.get(&route).and_then(Weak::upgrade) {
            return state;
        }
        if routes.len() >= ROUTES_MAX {
            routes.retain(|_, state| state.strong_count() > 0);
        }
        let state = Arc::new(RouteState::new());
        routes.insert(route, Arc::downgrade(&state));
        state
    }

    async fn send_once<T: DeserializeOwned>(
        &self,
        options: CallOptions,
        request: Request<'_>,
    ) -> Result<T, FailedAttempt> {
        let CallOptions { call, route, .. } = options;
        let failed = |error| FailedAttempt { error, retry_after: None };
        let built = request.build(&self.client, self.http.token(), self.http.proxy.as_deref());
        // serenity's error contains the URL.
        let reason = "a URL, a token or a file that HTTP cannot carry";
        let built = built.map_err(|_| failed(RestError::Unsendable { call, reason: reason.to_owned() }))?;
        let response = built.send().await.map_err(|error| failed(RestError::no_answer(call, error)))?;
        let status = response.status();
        self.limits.learn(route, status == StatusCode::TOO_MANY_REQUESTS, response.headers());
        let retry_after = retry_after(response.headers());
        if status.is_success() {
            return match body::read(response, ANSWER_BYTES_MAX).await {
                Ok(body) => parse(&body).map_err(|reason| failed(RestError::Unreadable { call, reason })),
                Err(BodyError::Interrupted(reason)) => Err(failed(RestError::Unreachable { call, reason })),
                Err(error) => Err(failed(RestError::Unreadable { call, reason: error.to_string() })),
            };
        }
        let body = body::read(response, ERROR_BYTES_MAX).await.unwrap_or_default();
        let (code, message) = discord_error(&body);
        Err(FailedAttempt { error: RestError::Refused { call, status, code, message }, retry_after })
    }
}

/// Parses the body of a successful answer. An empty body counts as `null`. The error does not quote the body.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    let body = if body.is_empty() { &b"null"[..] } else { body };
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("something else at line {line}, column {column}")
    })
}

/// The code and the message of Discord's error object.
fn discord_error(body: &[u8]) -> (isize, String) {
    #[derive(serde::Deserialize)]
    struct ErrorObject {
        #[serde(default)]
        code: isize,
        #[serde(default)]
        message: String,
        #[serde(default)]
        errors: serde_json::Value,
    }
    match serde_json::from_slice::<ErrorObject>(body) {
        Ok(ErrorObject { code, message, errors: serde_json::Value::Null }) => (code, message),
        Ok(ErrorObject { code, message, errors }) => (code, format!("{message}: {errors}")),
        Err(_) => (-1, "no error object".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde::de::IgnoredAny;
    use serenity::all::LightMethod;
    use serenity::http::Route;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::config::Token;
    use crate::discord::transport::rest::http;

    const OPTIONS: CallOptions =
        CallOptions { call: "ask", route: None, timeout: CALL_TIMEOUT, lane: Lane::General, user: 0 };

    fn delivery(api_url: &str) -> Delivery {
        let (http, client) = http(&Token::parse("x", "a test").unwrap(), Some(api_url)).unwrap();
        Delivery::new(Arc::new(http), client, Telemetry::new(false))
    }

    fn request() -> Request<'static> {
        Request::new(Route::GatewayBot, LightMethod::Get)
    }

    /// Reads a request up to the end of its headers.
    async fn read_request(stream: &mut TcpStream) {
        let mut read = Vec::new();
        while !read.ends_with(b"\r\n\r\n") {
            read.push(stream.read_u8().await.unwrap());
        }
    }

    /// Makes one call to a server whose answer has this status and this body, sent again and again if it is `endless`.
    /// Panics if the call takes more than one request.
    async fn call(status: &str, body: &str, endless: bool) -> Result<serde_json::Value, RestError> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let delivery = delivery(&format!("http://{}", listener.local_addr().unwrap()));
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_request(&mut stream).await;
            let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            while stream.write_all(body.as_bytes()).await.is_ok() && endless {}
            drop(stream);
            listener.accept().await.unwrap();
            panic!("a second request");
        };
        tokio::select! {
            answer = delivery.send(OPTIONS, request()) => answer,
            () = server => unreachable!(),
        }
    }

    #[tokio::test]
    async fn a_successful_answer_that_cannot_be_parsed_is_not_retried() {
        let error = call("200 OK", "<html>", false).await.unwrap_err();
        assert!(matches!(error, RestError::Unreadable { .. }) && error.was_executed(), "{error}");
    }

    #[tokio::test]
    async fn a_successful_answer_without_end_is_read_up_to_the_limit() {
        let error = call("200 OK", &" ".repeat(64 << 10), true).await.unwrap_err();
        assert!(matches!(error, RestError::Unreadable { .. }) && error.was_executed(), "{error}");
        assert!(error.to_string().contains(&ANSWER_BYTES_MAX.to_string()), "{error}");
    }

    #[tokio::test]
    async fn an_error_without_end_is_read_up_to_the_limit() {
        let error = call("400 Bad Request", &" ".repeat(64 << 10), true).await.unwrap_err();
        assert!(matches!(error, RestError::Refused { code: -1, .. }) && !error.was_executed(), "{error}");
    }

    #[tokio::test]
    async fn an_answer_and_an_error_object_are_read() {
        assert_eq!(call("204 No Content", "", false).await.unwrap(), serde_json::Value::Null);
        assert_eq!(call("200 OK", r#"{"a":1}"#, false).await.unwrap()["a"], 1);
        let error = call("403 Forbidden", r#"{"code":50001,"message":"Missing Access"}"#, false).await.unwrap_err();
        assert!(matches!(error, RestError::Refused { code: 50_001, .. }), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_cannot_be_built_is_not_retried() {
        for api_url in ["no url", "ftp://127.0.0.1"] {
            let began = Instant::now();
            let error = delivery(api_url).send::<IgnoredAny>(OPTIONS, request()).await.err().unwrap();
            assert!(matches!(error, RestError::Unsendable { .. }), "{error}");
            assert_eq!(began.elapsed(), Duration::ZERO);
        }
    }

    #[tokio::test]
    async fn a_first_response_does_not_wait_for_the_general_lane() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let delivery = delivery(&format!("http://{}", listener.local_addr().unwrap()));
        let _all = delivery.general.acquire_many(REQUESTS_PER_LANE_MAX as u32).await.unwrap();
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_request(&mut stream).await;
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            stream
        };
        // The time limit does not choose the lane.
        let options = CallOptions { lane: Lane::Interactive, ..OPTIONS };
        let (answer, _stream) = tokio::join!(delivery.send::<IgnoredAny>(options, request()), server);
        answer.unwrap();
    }
}
