//! Discord's REST API: one method for each call that Footnote makes.
//! [`Delivery`] sends them, with retries and rate limits.

pub mod body;
pub mod delivery;
pub mod download;
pub mod error;
pub mod rate_limits;

use std::time::{Duration, SystemTime};

use reqwest::header::DATE;
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::json;
use serde_json::value::RawValue;
use serenity::all::{
    ApplicationId, BotGateway, Channel, ChannelId, CreateAttachment, CreateInteractionResponse,
    CreateInteractionResponseFollowup, CreateMessage, CurrentApplicationInfo, CurrentUser, EditInteractionResponse,
    EditMessage, GuildId, Http, HttpBuilder, InteractionId, LightMethod, Member, MessageId, PartialGuild, UserId,
};
use serenity::http::{Multipart, MultipartUpload, Request, Route};

use crate::config::Token;
use crate::discord::transport::message::{IncomingMessage, PostedMessage};
use crate::discord::transport::rest::delivery::{
    Backlog, CALL_TIMEOUT, CallOptions, Delivery, Lane, REPLY_TIMEOUT, REQUEST_TIMEOUT, RESPONSE_TIMEOUT,
};
use crate::discord::transport::rest::download::DownloadError;
use crate::discord::transport::rest::error::RestError;
use crate::telemetry::Telemetry;

/// The base address of Discord's API.
const DISCORD: &str = "https://discord.com";

/// The names of the calls that post and edit replies.
const POST: &str = "post a message";
const EDIT: &str = "edit a message";

/// A client for the calls of Discord's REST API that Footnote makes.
#[derive(Debug)]
pub struct Rest {
    delivery: Delivery,
    call_timeout: Duration,
}

/// Removes the part of a base address that serenity adds itself.
fn base(api_url: &str) -> &str {
    let base = api_url.trim_end_matches('/');
    base.trim_end_matches("/v10").trim_end_matches("/api")
}

/// Creates serenity's HTTP client, which builds requests, and the `reqwest` client that sends them. `api_url` replaces
/// the address of Discord's API. serenity's rate limiter is off, because [`Delivery`] keeps the limits: with it,
/// serenity 0.12.5 ignores `api_url` and sends the token to Discord.
///
/// # Errors
/// If the system's TLS cannot be set up.
pub fn http(token: &Token, api_url: Option<&str>) -> Result<(Http, reqwest::Client), reqwest::Error> {
    let client =
        reqwest::Client::builder().timeout(REQUEST_TIMEOUT).redirect(reqwest::redirect::Policy::none()).build()?;
    let builder = HttpBuilder::new(token.reveal()).client(client.clone()).ratelimiter_disabled(true);
    let http = match api_url {
        Some(url) => builder.proxy(base(url)).build(),
        None => builder.build(),
    };
    Ok((http, client))
}

/// Returns the server's time, from the Date header of an answer. Needs no token.
///
/// # Errors
/// If the server cannot be reached.
pub async fn server_time(client: &reqwest::Client, api_url: Option<&str>) -> Result<Option<SystemTime>, RestError> {
    let url = format!("{}/api/v10/gateway", api_url.map_or(DISCORD, base));
    let answer = client.get(url).send().await.map_err(|error| RestError::no_answer("ask for the time", error))?;
    let date = answer.headers().get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    Ok(date)
}

impl Rest {
    /// Creates a client from the result of [`http`]; `telemetry` counts its calls.
    #[must_use]
    pub fn new(http: std::sync::Arc<Http>, client: reqwest::Client, telemetry: Telemetry) -> Self {
        Self { delivery: Delivery::new(http, client, telemetry), call_timeout: CALL_TIMEOUT }
    }

    /// Sets the time limit of calls with all their attempts. Replies and first responses keep their own limits.
    #[must_use]
    pub fn with_call_timeout(self, call_timeout: Duration) -> Self {
        Self { call_timeout, ..self }
    }

    /// The application that the token belongs to. As the first call, it finds out whether Discord accepts the token.
    ///
    /// # Errors
    /// If Discord refuses the call or cannot be reached.
    pub async fn application(&self) -> Result<CurrentApplicationInfo, RestError> {
        self.get("read the application", Route::Oauth2ApplicationCurrent, None).await
    }

    /// The bot's own user.
    ///
    /// # Errors
    /// If Discord refuses the call or cannot be reached.
    pub async fn me(&self) -> Result<UserId, RestError> {
        let user: CurrentUser = self.get("read the bot's user", Route::UserMe, None).await?;
        Ok(user.id)
    }

    /// A channel with its permission overwrites.
    ///
    /// # Errors
    /// If the bot may not see the channel, or Discord cannot be reached.
    pub async fn channel(&self, channel_id: ChannelId) -> Result<Channel, RestError> {
        self.get("read a channel", Route::Channel { channel_id }, None).await
    }

    /// A server with its roles.
    ///
    /// # Errors
    /// If the bot is not in the server, or Discord cannot be reached.
    pub async fn guild(&self, guild_id: GuildId) -> Result<PartialGuild, RestError> {
        self.get("read a server", Route::Guild { guild_id }, None).await
    }

    /// A member of a server with their roles.
    ///
    /// # Errors
    /// If Discord refuses the call or cannot be reached.
    pub async fn member(&self, guild_id: GuildId, user_id: UserId) -> Result<Member, RestError> {
        // REST omits the server's id, which serenity's type requires.
        let call = "read a member";
        let mut member: serde_json::Map<String, serde_json::Value> =
            self.get(call, Route::GuildMember { guild_id, user_id }, None).await?;
        member.insert("guild_id".to_owned(), json!(guild_id));
        serde_json::from_value(member.into())
            .map_err(|_| RestError::Unreadable { call, reason: "something else".to_owned() })
    }

    /// The gateway's address, the recommended number of shards, and the session starts that are left.
    ///
    /// # Errors
    /// If Discord refuses the call or cannot be reached.
    pub async fn gateway(&self) -> Result<BotGateway, RestError> {
        self.get("find the gateway", Route::GatewayBot, None).await
    }

    /// The registered commands, with their localisations: the global ones, or those of one server.
    ///
    /// # Errors
    /// If Discord refuses the call or cannot be reached.
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
    /// If Discord refuses the call or cannot be reached.
    pub async fn set_commands(
        &self,
        application_id: ApplicationId,
        guild: Option<GuildId>,
        commands: &serde_json::Value,
    ) -> Result<(), RestError> {
        let request = Request::new(commands_route(application_id, guild), LightMethod::Put);
        self.send(self.options("register the commands"), request.body(Some(body(commands)))).await
    }

    /// The newest messages of a channel, or the newest before a given one; at most 100. Skips messages that cannot be
    /// parsed.
    ///
    /// # Errors
    /// If Discord refuses the call or cannot be reached.
    pub async fn messages(
        &self,
        channel_id: ChannelId,
        before: Option<MessageId>,
        limit: u8,
    ) -> Result<Vec<IncomingMessage>, RestError> {
        let mut query = vec![("limit", limit.to_string())];
        query.extend(before.map(|before| ("before", before.to_string())));
        let request = Request::new(Route::ChannelMessages { channel_id }, LightMethod::Get).params(Some(query));
        let listed: Vec<Box<RawValue>> = self.fetch(reply_options("read messages", channel_id), request).await?;
        Ok(listed.iter().filter_map(|message| serde_json::from_str(message.get()).ok()).collect())
    }

    /// One message of a channel.
    ///
    /// # Errors
    /// If the message does not exist, or Discord refuses the call or cannot be reached.
    pub async fn message(&self, channel_id: ChannelId, message_id: MessageId) -> Result<IncomingMessage, RestError> {
        self.get("read a message", Route::ChannelMessage { channel_id, message_id }, None).await
    }

    /// Posts a message. The message needs an enforced nonce; without one, a repeated attempt could post it twice. If
    /// Discord limits the posts in the channel, the users for whom the bot posts take turns.
    ///
    /// # Errors
    /// If Discord refuses the call or cannot be reached.
    pub async fn post_message(
        &self,
        channel_id: ChannelId,
        message: &CreateMessage,
        user: Option<UserId>,
    ) -> Result<PostedMessage, RestError> {
        let request = Request::new(Route::ChannelMessages { channel_id }, LightMethod::Post);
        self.fetch(reply_options(POST, channel_id).for_user(user), request.body(Some(body(message)))).await
    }

    /// The posts that wait in a channel, as `user` sees them.
    #[must_use]
    pub fn post_backlog(&self, channel: ChannelId, user: UserId) -> Backlog {
        self.delivery.backlog((POST, channel.get()), user.get())
    }

    /// The edits that wait in a channel, as `user` sees them.
    #[must_use]
    pub fn edit_backlog(&self, channel: ChannelId, user: UserId) -> Backlog {
        self.delivery.backlog((EDIT, channel.get()), user.get())
    }

    /// Edits one of the bot's messages, for the user whom it answers.
    ///
    /// # Errors
    /// If Discord refuses the call or cannot be reached.
    pub async fn edit_message(
        &self,
        channel_id: ChannelId,
        message_id: MessageId,
        message: &EditMessage,
        user: UserId,
    ) -> Result<(), RestError> {
        let request = Request::new(Route::ChannelMessage { channel_id, message_id }, LightMethod::Patch);
        self.send(reply_options(EDIT, channel_id).for_user(Some(user)), request.body(Some(body(message)))).await
    }

    /// Deletes one of the bot's messages. Succeeds if the message no longer exists.
    ///
    /// # Errors
    /// If Discord refuses the call or cannot be reached.
    pub async fn delete_message(&self, channel_id: ChannelId, message_id: MessageId) -> Result<(), RestError> {
        let request = Request::new(Route::ChannelMessage { channel_id, message_id }, LightMethod::Delete);
        ignore_unknown_message(self.send(reply_options("delete a message", channel_id), request).await)
    }

    /// Sends the first response to an interaction, within the time that Discord allows.
    ///
    /// # Errors
    /// If Discord refuses the call or cannot be reached.
    pub async fn respond(
        &self,
        interaction_id: InteractionId,
        token: &str,
        response: &CreateInteractionResponse,
    ) -> Result<(), RestError> {
        let request = Request::new(Route::InteractionResponse { interaction_id, token }, LightMethod::Post);
        let options = CallOptions {
            call: "respond to an interaction",
            route: None,
            timeout: RESPONSE_TIMEOUT,
            lane: Lane::Interactive,
            user: 0,
        };
        match self.send(options, request.body(Some(body(response)))).await {
            Err(error) if !error.is_acknowledged() => Err(error),
            _ => Ok(()),
        }
    }

    /// Posts a further message for an interaction that already has its first response.
    ///
    /// # Errors
    /// If Discord refuses the call or cannot be reached.
    pub async fn follow_up(
        &self,
        application_id: ApplicationId,
        token: &str,
        message: &CreateInteractionResponseFollowup,
    ) -> Result<(), RestError> {
        let route = Route::WebhookFollowupMessages { application_id, token };
        self.send(self.options("follow an answer up"), Request::new(route, LightMethod::Post).body(Some(body(message))))
            .await
    }

    /// Edits the first response to an interaction, or the message of the component that was used.
    ///
    /// # Errors
    /// If Discord refuses the call or cannot be reached.
    pub async fn edit_original(
        &self,
        application_id: ApplicationId,
        token: &str,
        message: &EditInteractionResponse,
    ) -> Result<(), RestError> {
        let route = Route::WebhookOriginalInteractionResponse { application_id, token };
        let request = Request::new(route, LightMethod::Patch);
        self.send(self.options("change a response"), request.body(Some(body(message)))).await
    }

    /// Does the same as [`Self::edit_original`] and attaches a file.
    ///
    /// # Errors
    /// If Discord refuses the call or cannot be reached.
    pub async fn edit_original_with(
        &self,
        application_id: ApplicationId,
        token: &str,
        message: EditInteractionResponse,
        file: CreateAttachment,
    ) -> Result<(), RestError> {
        let route = Route::WebhookOriginalInteractionResponse { application_id, token };
        // serenity writes the attachment's id as a number; Discord documents it as a string.
        let mut payload = json!(message);
        payload["attachments"] = json!([{ "id": "0", "filename": file.filename }]);
        let payload_json = Some(payload.to_string());
        let upload = MultipartUpload::Attachments(vec![file]);
        let form = Multipart { upload, fields: Vec::new(), payload_json };
        let request = Request::new(route, LightMethod::Patch).multipart(Some(form));
        self.send(self.options("send a file"), request).await
    }

    /// Downloads a file of at most `max` bytes that a member attached to a command.
    ///
    /// # Errors
    /// If the address is not Discord's, the file is larger, or Discord does not deliver it.
    pub async fn download(&self, address: &str, max: usize) -> Result<Vec<u8>, DownloadError> {
        self.delivery.download(address, max).await
    }

    /// Deletes the message of the component that was used, after the interaction was acknowledged.
    ///
    /// # Errors
    /// If Discord refuses the call or cannot be reached.
    pub async fn delete_original(&self, application_id: ApplicationId, token: &str) -> Result<(), RestError> {
        let route = Route::WebhookOriginalInteractionResponse { application_id, token };
        let request = Request::new(route, LightMethod::Delete);
        ignore_unknown_message(self.send(self.options("remove an answer"), request).await)
    }

    /// The options of a call whose caller waits for the answer.
    fn options(&self, call: &'static str) -> CallOptions {
        CallOptions { call, route: None, timeout: self.call_timeout, lane: Lane::General, user: 0 }
    }

    async fn get<T: DeserializeOwned>(
        &self,
        call: &'static str,
        route: Route<'_>,
        query: Option<Vec<(&'static str, String)>>,
    ) -> Result<T, RestError> {
        self.fetch(self.options(call), Request::new(route, LightMethod::Get).params(query)).await
    }

    async fn fetch<T: DeserializeOwned>(&self, options: CallOptions, request: Request<'_>) -> Result<T, RestError> {
        // Boxed, because a handler's future contains the future of every call that it may make.
        Box::pin(self.delivery.send(options, request)).await
    }

    /// Sends a call whose answer does not matter, and so may be unreadable.
    async fn send(&self, options: CallOptions, request: Request<'_>) -> Result<(), RestError> {
        match self.fetch(options, request).await {
            Err(error) if !error.was_executed() => Err(error),
            Ok(IgnoredAny) | Err(_) => Ok(()),
        }
    }
}

/// The options of a call that posts or changes a reply. Discord counts these calls by channel.
fn reply_options(call: &'static str, channel: ChannelId) -> CallOptions {
    CallOptions { call, route: Some((call, channel.get())), timeout: REPLY_TIMEOUT, lane: Lane::General, user: 0 }
}

/// The route of the global commands, or of one server's commands.
fn commands_route(application_id: ApplicationId, guild: Option<GuildId>) -> Route<'static> {
    match guild {
        Some(guild_id) => Route::GuildCommands { application_id, guild_id },
        None => Route::Commands { application_id },
    }
}

/// Treats the deletion of a message that no longer exists as a success.
fn ignore_unknown_message(sent: Result<(), RestError>) -> Result<(), RestError> {
    match sent {
        Err(error) if !error.is_unknown_message() => Err(error),
        _ => Ok(()),
    }
}

/// The body of a request. serenity's builders always serialise; if one ever did not, Discord would refuse the empty
/// body.
fn body(content: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(content).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_address_may_contain_the_api_path() {
        for url in ["http://x:1", "http://x:1/", "http://x:1/api", "http://x:1/api/v10", "http://x:1/api/v10/"] {
            assert_eq!(base(url), "http://x:1");
        }
    }
}
