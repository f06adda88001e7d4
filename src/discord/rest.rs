//! What is sent to Discord, and what happens when it does not arrive: each call is tried again while that can help,
//! within a bound, and never logged with its URL, which may hold an interaction's token.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::RETRY_AFTER;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serenity::all::{
    ApplicationId, BotGateway, ChannelId, CreateInteractionResponse, CreateMessage, CurrentApplicationInfo,
    EditMessage, GuildId, Http, HttpBuilder, InteractionId, LightMethod, Message, MessageId,
};
use serenity::http::{HttpError, Request, Route};
use tokio::time::Instant;

use crate::config::Token;

/// How often one call is sent at most: with the pauses below it spans the usual hiccup of a few seconds.
const TRIES_MAX: u32 = 5;

/// The pause before the second try when Discord names none; doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// How long a call may take with all its tries; after that nobody waits for it.
const CALL_TIME: Duration = Duration::from_secs(30);

/// How long an interaction's first response may take. Discord takes none after 3 seconds; the rest is for the road.
const RESPONSE_TIME: Duration = Duration::from_millis(2_800);

/// How long one request waits for its answer before it counts as lost.
const REQUEST_TIME: Duration = Duration::from_secs(10);

/// Discord's error "interaction has already been acknowledged": a try that seemed to fail had arrived.
const ALREADY_ACKNOWLEDGED: isize = 40_060;

/// Discord's error "unknown message": what should be changed or deleted is gone.
const UNKNOWN_MESSAGE: isize = 10_008;

/// Why a call failed for good.
#[derive(Debug, thiserror::Error)]
pub enum RestError {
    /// Discord said no.
    #[error("{call}: expected success, found status {status} with Discord's code {code}: {message}")]
    Refused {
        /// What was tried.
        call: &'static str,
        /// The HTTP status.
        status: StatusCode,
        /// Discord's own code; -1 when its answer has none.
        code: isize,
        /// Discord's words.
        message: String,
    },
    /// Nothing that Discord says came back.
    #[error("{call}: expected an answer from Discord, found: {reason}")]
    Unreachable {
        /// What was tried.
        call: &'static str,
        /// What went wrong on the road.
        reason: String,
    },
}

impl RestError {
    /// Whether the token is not, or no longer, one.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Refused { status: StatusCode::UNAUTHORIZED, .. })
    }

    /// Whether the message that should be changed is no longer there.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.has_code(UNKNOWN_MESSAGE)
    }

    fn has_code(&self, wanted: isize) -> bool {
        matches!(self, Self::Refused { code, .. } if *code == wanted)
    }

    /// Whether the same call may fare better in a moment.
    fn may_pass(&self) -> bool {
        match self {
            Self::Refused { status, .. } => status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS,
            Self::Unreachable { .. } => true,
        }
    }
}

/// A failed try, and how long Discord asks to wait.
struct Setback {
    error: RestError,
    retry_after: Option<Duration>,
}

/// Discord's REST API, for the calls that Footnote makes.
#[derive(Debug)]
pub struct Rest {
    http: std::sync::Arc<Http>,
    client: reqwest::Client,
}

/// A base address without the part that serenity adds itself.
fn base(api_url: &str) -> &str {
    let base = api_url.trim_end_matches('/');
    base.trim_end_matches("/v10").trim_end_matches("/api")
}

/// serenity's client. With an address of its own its rate limiter is off: serenity 0.12.5 ignores the address while it
/// is on, and would send the token to Discord itself.
///
/// # Errors
/// If the system's TLS cannot be set up.
pub fn http(token: &Token, api_url: Option<&str>) -> Result<(Http, reqwest::Client), reqwest::Error> {
    let client =
        reqwest::Client::builder().timeout(REQUEST_TIME).redirect(reqwest::redirect::Policy::none()).build()?;
    let builder = HttpBuilder::new(token.reveal()).client(client.clone());
    let http = match api_url {
        Some(url) => builder.proxy(base(url)).ratelimiter_disabled(true).build(),
        None => builder.build(),
    };
    Ok((http, client))
}

impl Rest {
    /// Sends through this client.
    #[must_use]
    pub fn new(http: std::sync::Arc<Http>, client: reqwest::Client) -> Self {
        Self { http, client }
    }

    /// Which application the token is for. Tells a refused token before anything else is tried.
    ///
    /// # Errors
    /// If Discord refuses or cannot be reached.
    pub async fn application(&self) -> Result<CurrentApplicationInfo, RestError> {
        self.get("read the application", Route::Oauth2ApplicationCurrent, None).await
    }

    /// Where the gateway is, and how many shards Discord recommends.
    ///
    /// # Errors
    /// If Discord refuses or cannot be reached.
    pub async fn gateway(&self) -> Result<BotGateway, RestError> {
        self.get("find the gateway", Route::GatewayBot, None).await
    }

    /// The registered commands, with their localisations.
    ///
    /// # Errors
    /// If Discord refuses or cannot be reached.
    pub async fn commands(
        &self,
        application_id: ApplicationId,
        guild: Option<GuildId>,
    ) -> Result<serde_json::Value, RestError> {
        let localised = vec![("with_localizations", "true".to_owned())];
        self.get("read the commands", commands_route(application_id, guild), Some(localised)).await
    }

    /// Replaces the registered commands.
    ///
    /// # Errors
    /// If Discord refuses or cannot be reached.
    pub async fn set_commands(
        &self,
        application_id: ApplicationId,
        guild: Option<GuildId>,
        commands: &serde_json::Value,
    ) -> Result<(), RestError> {
        let request = Request::new(commands_route(application_id, guild), LightMethod::Put);
        self.send("register the commands", request.body(Some(body(commands))), CALL_TIME).await.map(drop)
    }

    /// Posts a message. Safe to try again only because of its nonce.
    ///
    /// # Errors
    /// If Discord refuses or cannot be reached.
    pub async fn post(&self, channel_id: ChannelId, message: &CreateMessage) -> Result<Message, RestError> {
        let request = Request::new(Route::ChannelMessages { channel_id }, LightMethod::Post);
        self.fetch("post a message", request.body(Some(body(message))), CALL_TIME).await
    }

    /// Changes one of the bot's messages.
    ///
    /// # Errors
    /// If Discord refuses or cannot be reached.
    pub async fn edit(
        &self,
        channel_id: ChannelId,
        message_id: MessageId,
        message: &EditMessage,
    ) -> Result<(), RestError> {
        let request = Request::new(Route::ChannelMessage { channel_id, message_id }, LightMethod::Patch);
        self.send("edit a message", request.body(Some(body(message))), CALL_TIME).await.map(drop)
    }

    /// Deletes one of the bot's messages; one that is gone is deleted.
    ///
    /// # Errors
    /// If Discord refuses or cannot be reached.
    pub async fn delete(&self, channel_id: ChannelId, message_id: MessageId) -> Result<(), RestError> {
        let request = Request::new(Route::ChannelMessage { channel_id, message_id }, LightMethod::Delete);
        gone_is_deleted(self.send("delete a message", request, CALL_TIME).await)
    }

    /// Gives an interaction its first response, in the time that Discord leaves for it.
    ///
    /// # Errors
    /// If Discord refuses or cannot be reached.
    pub async fn respond(
        &self,
        interaction_id: InteractionId,
        token: &str,
        response: &CreateInteractionResponse,
    ) -> Result<(), RestError> {
        let request = Request::new(Route::InteractionResponse { interaction_id, token }, LightMethod::Post);
        match self.send("respond to an interaction", request.body(Some(body(response))), RESPONSE_TIME).await {
            Err(error) if !error.has_code(ALREADY_ACKNOWLEDGED) => Err(error),
            _ => Ok(()),
        }
    }

    /// Deletes the message that an interaction's component stands on, after it was acknowledged.
    ///
    /// # Errors
    /// If Discord refuses or cannot be reached.
    pub async fn delete_original(&self, application_id: ApplicationId, token: &str) -> Result<(), RestError> {
        let route = Route::WebhookOriginalInteractionResponse { application_id, token };
        gone_is_deleted(self.send("remove an answer", Request::new(route, LightMethod::Delete), CALL_TIME).await)
    }

    async fn get<T: DeserializeOwned>(
        &self,
        call: &'static str,
        route: Route<'_>,
        query: Option<Vec<(&'static str, String)>>,
    ) -> Result<T, RestError> {
        self.fetch(call, Request::new(route, LightMethod::Get).params(query), CALL_TIME).await
    }

    /// Sends and reads the answer's body.
    async fn fetch<T: DeserializeOwned>(
        &self,
        call: &'static str,
        request: Request<'_>,
        time: Duration,
    ) -> Result<T, RestError> {
        let response = self.send(call, request, time).await?;
        let unreadable = |error: reqwest::Error| RestError::Unreachable { call, reason: reason(error) };
        let bytes = response.bytes().await.map_err(unreadable)?;
        serde_json::from_slice(&bytes).map_err(|error| RestError::Unreachable { call, reason: error.to_string() })
    }

    /// Sends until it arrives, it is refused for good, the tries are used up, or `time` is.
    async fn send(
        &self,
        call: &'static str,
        request: Request<'_>,
        time: Duration,
    ) -> Result<reqwest::Response, RestError> {
        let deadline = Instant::now() + time;
        let out_of_time = || RestError::Unreachable { call, reason: format!("no answer within {time:?}") };
        let mut last: Option<RestError> = None;
        for tried in 1.. {
            let setback = match tokio::time::timeout_at(deadline, self.send_once(call, request.clone())).await {
                Ok(Ok(response)) => return Ok(response),
                Ok(Err(setback)) => setback,
                Err(_) => return Err(last.unwrap_or_else(out_of_time)),
            };
            let pause = setback.retry_after.unwrap_or(FIRST_PAUSE * 2_u32.pow(tried - 1));
            if tried == TRIES_MAX || !setback.error.may_pass() || Instant::now() + pause >= deadline {
                return Err(setback.error);
            }
            tracing::debug!(call, tried, ?pause, error = %setback.error, "trying again");
            last = Some(setback.error);
            tokio::time::sleep(pause).await;
        }
        Err(last.unwrap_or_else(out_of_time))
    }

    /// Sends once: by way of serenity's rate limiter where it is on, else directly, so that Retry-After can be read.
    async fn send_once(&self, call: &'static str, request: Request<'_>) -> Result<reqwest::Response, Setback> {
        if self.http.ratelimiter.is_some() {
            let sent = self.http.request(request).await;
            return sent.map_err(|error| Setback { error: from_serenity(call, error), retry_after: None });
        }
        let unreachable = |reason| Setback { error: RestError::Unreachable { call, reason }, retry_after: None };
        let built = request.build(&self.client, self.http.token(), self.http.proxy.as_deref());
        let built = built.map_err(|_| unreachable("an address that cannot be asked".to_owned()))?;
        let response = built.send().await.map_err(|error| unreachable(reason(error)))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let retry_after = retry_after(&response);
        let answer = response.bytes().await.unwrap_or_default();
        let (code, message) = discord_error(&answer);
        Err(Setback { error: RestError::Refused { call, status, code, message }, retry_after })
    }
}

/// Where commands are registered: everywhere, or in one server.
fn commands_route(application_id: ApplicationId, guild: Option<GuildId>) -> Route<'static> {
    match guild {
        Some(guild_id) => Route::GuildCommands { application_id, guild_id },
        None => Route::Commands { application_id },
    }
}

fn gone_is_deleted(sent: Result<reqwest::Response, RestError>) -> Result<(), RestError> {
    match sent {
        Err(error) if !error.is_gone() => Err(error),
        _ => Ok(()),
    }
}

/// A request's body. The builders' types serialise without fail; if one ever did not, Discord would refuse what is left.
fn body(content: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(content).unwrap_or_default()
}

/// What went wrong on the road, without the URL.
fn reason(error: reqwest::Error) -> String {
    use std::error::Error;
    let error = error.without_url();
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |said, cause| format!("{said}: {cause}"))
}

/// How long Discord asks to wait, in seconds with a fraction.
fn retry_after(response: &reqwest::Response) -> Option<Duration> {
    let seconds: f64 = response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
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

fn from_serenity(call: &'static str, error: serenity::Error) -> RestError {
    match error {
        serenity::Error::Http(HttpError::UnsuccessfulRequest(refused)) => RestError::Refused {
            call,
            status: StatusCode::from_u16(refused.status_code.as_u16()).unwrap_or(StatusCode::BAD_GATEWAY),
            code: refused.error.code,
            message: refused.error.message,
        },
        serenity::Error::Http(HttpError::Request(error)) => RestError::Unreachable { call, reason: reason(error) },
        _ => RestError::Unreachable { call, reason: "a request that could not be made".to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_taken_with_or_without_the_api_path() {
        for url in ["http://x:1", "http://x:1/", "http://x:1/api", "http://x:1/api/v10", "http://x:1/api/v10/"] {
            assert_eq!(base(url), "http://x:1");
        }
    }

    #[test]
    fn what_may_pass_is_tried_again_and_nothing_else() {
        let refused = |status| RestError::Refused { call: "x", status, code: 0, message: String::new() };
        for (status, again) in
            [(500, true), (502, true), (503, true), (429, true), (400, false), (401, false), (404, false)]
        {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            assert_eq!(refused(status).may_pass(), again, "{status}");
        }
    }
}
