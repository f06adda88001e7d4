//! Discord's REST API, for the calls that Footnote makes.
//! Each is sent until it arrives, within a time of its own.

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
    CALL_TIME, CallOptions, Delivery, REPLY_TIME, REQUEST_TIME, RESPONSE_TIME,
};
use crate::discord::transport::rest::download::DownloadError;
use crate::discord::transport::rest::error::{RestError, reason};
use crate::telemetry::Telemetry;

/// Where Discord's API is.
const DISCORD: &str = "https://discord.com";

/// Discord's REST API, for the calls that Footnote makes.
#[derive(Debug)]
pub struct Rest {
    delivery: Delivery,
    call_time: Duration,
}

/// A base address without the part that serenity adds itself.
fn base(api_url: &str) -> &str {
    let base = api_url.trim_end_matches('/');
    base.trim_end_matches("/v10").trim_end_matches("/api")
}

/// serenity's client. Its rate limiter is off: [`Delivery`] keeps Discord's limits, with bounds, and serenity 0.12.5 ignores
/// an address of our own while it is on, and would send the token to Discord itself.
///
/// # Errors
/// If the system's TLS cannot be set up.
pub fn http(token: &Token, api_url: Option<&str>) -> Result<(Http, reqwest::Client), reqwest::Error> {
    let client =
        reqwest::Client::builder().timeout(REQUEST_TIME).redirect(reqwest::redirect::Policy::none()).build()?;
    let builder = HttpBuilder::new(token.reveal()).client(client.clone()).ratelimiter_disabled(true);
    let http = match api_url {
        Some(url) => builder.proxy(base(url)).build(),
        None => builder.build(),
    };
    Ok((http, client))
}

/// Asks the server for its time, which it tells in every answer. Needs no token.
///
/// # Errors
/// If it cannot be reached.
pub async fn server_time(client: &reqwest::Client, api_url: Option<&str>) -> Result<Option<SystemTime>, RestError> {
    let url = format!("{}/api/v10/gateway", api_url.map_or(DISCORD, base));
    let call = "ask for the time";
    let answer = client.get(url).send().await;
    let answer = answer.map_err(|error| RestError::Unreachable { call, reason: reason(error) })?;
    let date = answer.headers().get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    Ok(date)
}

impl Rest {
    /// Sends through this client, and measures how that goes.
    #[must_use]
    pub fn new(http: std::sync::Arc<Http>, client: reqwest::Client, telemetry: Telemetry) -> Self {
        Self { delivery: Delivery::new(http, client, telemetry), call_time: CALL_TIME }
    }

    /// Gives each call that is no reply this much time with all its tries.
    #[must_use]
    pub fn with_call_timeout(self, call_time: Duration) -> Self {
        Self { call_time, ..self }
    }

    /// Which application the token is for. Tells a refused token before anything else is tried.
    ///
    /// # Errors
    /// If Discord refuses or cannot be reached.
    pub async fn application(&self) -> Result<CurrentApplicationInfo, RestError> {
        self.get("read the application", Route::Oauth2ApplicationCurrent, None).await
    }

    /// The bot's own user.
    ///
    /// # Errors
    /// If Discord refuses or cannot be reached.
    pub async fn me(&self) -> Result<UserId, RestError> {
        let user: CurrentUser = self.get("read the bot's user", Route::UserMe, None).await?;
        Ok(user.id)
    }

    /// A channel, with who may do what there.
    ///
    /// # Errors
    /// If Discord refuses, as it does when the bot may not see it, or cannot be reached.
    pub async fn channel(&self, channel_id: ChannelId) -> Result<Channel, RestError> {
        self.get("read a channel", Route::Channel { channel_id }, None).await
    }

    /// A server with its roles.
    ///
    /// # Errors
    /// If Discord refuses, as it does when the bot is not in it, or cannot be reached.
    pub async fn guild(&self, guild_id: GuildId) -> Result<PartialGuild, RestError> {
        self.get("read a server", Route::Guild { guild_id }, None).await
    }

    /// A member of a server with their roles.
    ///
    /// # Errors
    /// If Discord refuses or cannot be reached.
    pub async fn member(&self, guild_id: GuildId, user_id: UserId) -> Result<Member, RestError> {
        // What REST tells of a member does not have the server, which serenity's type must have.
        let mut member: serde_json::Value =
            self.get("read a member", Route::GuildMember { guild_id, user_id }, None).await?;
        member["guild_id"] = serde_json::json!(guild_id);
        serde_json::from_value(member).map_err(|_| RestError::Unreachable {
            call: "read a member",
            reason: "an answer that is not as described".to_owned(),
        })
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
        self.send(self.call("register the commands"), request.body(Some(body(commands)))).await
    }

    /// The newest messages of a channel, or the newest before one; at most 100. One that cannot be read is left out.
    ///
    /// # Errors
    /// If Discord refuses or cannot be reached.
    pub async fn messages(
        &self,
        channel_id: ChannelId,
        before: Option<MessageId>,
        limit: u8,
    ) -> Result<Vec<IncomingMessage>, RestError> {
        let mut query = vec![("limit", limit.to_string())];
        query.extend(before.map(|before| ("before", before.to_string())));
        let request = Request::new(Route::ChannelMessages { channel_id }, LightMethod::Get).params(Some(query));
        let listed: Vec<Box<RawValue>> = self.fetch(reply("read messages", channel_id), request).await?;
        Ok(listed.iter().filter_map(|message| serde_json::from_str(message.get()).ok()).collect())
    }

    /// One message of a channel.
    ///
    /// # Errors
    /// If it is gone, or Discord refuses or cannot be reached.
    pub async fn message(&self, channel_id: ChannelId, message_id: MessageId) -> Result<IncomingMessage, RestError> {
        self.get("read a message", Route::ChannelMessage { channel_id, message_id }, None).await
    }

    /// Posts a message. Safe to try again only because of its nonce.
    ///
    /// # Errors
    /// If Discord refuses or cannot be reached.
    pub async fn post_message(
        &self,
        channel_id: ChannelId,
        message: &CreateMessage,
    ) -> Result<PostedMessage, RestError> {
        let request = Request::new(Route::ChannelMessages { channel_id }, LightMethod::Post);
        self.fetch(reply("post a message", channel_id), request.body(Some(body(message)))).await
    }

    /// Changes one of the bot's messages.
    ///
    /// # Errors
    /// If Discord refuses or cannot be reached.
    pub async fn edit_message(
        &self,
        channel_id: ChannelId,
        message_id: MessageId,
        message: &EditMessage,
    ) -> Result<(), RestError> {
        let request = Request::new(Route::ChannelMessage { channel_id, message_id }, LightMethod::Patch);
        self.send(reply("edit a message", channel_id), request.body(Some(body(message)))).await
    }

    /// Deletes one of the bot's messages; one that is gone is deleted.
    ///
    /// # Errors
    /// If Discord refuses or cannot be reached.
    pub async fn delete_message(&self, channel_id: ChannelId, message_id: MessageId) -> Result<(), RestError> {
        let request = Request::new(Route::ChannelMessage { channel_id, message_id }, LightMethod::Delete);
        gone_is_deleted(self.send(reply("delete a message", channel_id), request).await)
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
        let options = CallOptions { call: "respond to an interaction", kind: None, time: RESPONSE_TIME };
        match self.send(options, request.body(Some(body(response)))).await {
            Err(error) if !error.is_acknowledged() => Err(error),
            _ => Ok(()),
        }
    }

    /// Says something more to an interaction that has had its first response.
    ///
    /// # Errors
    /// If Discord refuses or cannot be reached.
    pub async fn follow_up(
        &self,
        application_id: ApplicationId,
        token: &str,
        message: &CreateInteractionResponseFollowup,
    ) -> Result<(), RestError> {
        let route = Route::WebhookFollowupMessages { application_id, token };
        self.send(self.call("follow an answer up"), Request::new(route, LightMethod::Post).body(Some(body(message))))
            .await
    }

    /// Changes the first response to an interaction, or the message that its component stands on.
    ///
    /// # Errors
    /// If Discord refuses or cannot be reached.
    pub async fn edit_original(
        &self,
        application_id: ApplicationId,
        token: &str,
        message: &EditInteractionResponse,
    ) -> Result<(), RestError> {
        let route = Route::WebhookOriginalInteractionResponse { application_id, token };
        let request = Request::new(route, LightMethod::Patch);
        self.send(self.call("change a response"), request.body(Some(body(message)))).await
    }

    /// The same with a file.
    ///
    /// # Errors
    /// If Discord refuses or cannot be reached.
    pub async fn edit_original_with(
        &self,
        application_id: ApplicationId,
        token: &str,
        message: EditInteractionResponse,
        file: CreateAttachment,
    ) -> Result<(), RestError> {
        let route = Route::WebhookOriginalInteractionResponse { application_id, token };
        // serenity writes the file's number as one; Discord describes it as a text.
        let mut payload = json!(message);
        payload["attachments"] = json!([{ "id": "0", "filename": file.filename }]);
        let payload_json = Some(payload.to_string());
        let upload = MultipartUpload::Attachments(vec![file]);
        let form = Multipart { upload, fields: Vec::new(), payload_json };
        let request = Request::new(route, LightMethod::Patch).multipart(Some(form));
        self.send(self.call("send a file"), request).await
    }

    /// Fetches a file that somebody gave to a command, of at most `max` bytes.
    ///
    /// # Errors
    /// If it is not Discord's, or larger, or does not come.
    pub async fn download(&self, address: &str, max: usize) -> Result<Vec<u8>, DownloadError> {
        self.delivery.download(address, max).await
    }

    /// Deletes the message that an interaction's component stands on, after it was acknowledged.
    ///
    /// # Errors
    /// If Discord refuses or cannot be reached.
    pub async fn delete_original(&self, application_id: ApplicationId, token: &str) -> Result<(), RestError> {
        let route = Route::WebhookOriginalInteractionResponse { application_id, token };
        gone_is_deleted(self.send(self.call("remove an answer"), Request::new(route, LightMethod::Delete)).await)
    }

    /// A call that somebody waits for.
    fn call(&self, call: &'static str) -> CallOptions {
        CallOptions { call, kind: None, time: self.call_time }
    }

    async fn get<T: DeserializeOwned>(
        &self,
        name: &'static str,
        route: Route<'_>,
        query: Option<Vec<(&'static str, String)>>,
    ) -> Result<T, RestError> {
        self.fetch(self.call(name), Request::new(route, LightMethod::Get).params(query)).await
    }

    async fn fetch<T: DeserializeOwned>(&self, options: CallOptions, request: Request<'_>) -> Result<T, RestError> {
        // Boxed: who waits for a call has a future of its own, and many of these are kept by what may call in several places.
        Box::pin(self.delivery.send(options, request)).await
    }

    /// Sends what has no answer that matters.
    async fn send(&self, options: CallOptions, request: Request<'_>) -> Result<(), RestError> {
        self.fetch(options, request).await.map(|IgnoredAny| ())
    }
}

/// A call that brings or changes a reply; Discord counts these by channel.
fn reply(call: &'static str, channel: ChannelId) -> CallOptions {
    CallOptions { call, kind: Some((call, channel.get())), time: REPLY_TIME }
}

/// Where commands are registered: everywhere, or in one server.
fn commands_route(application_id: ApplicationId, guild: Option<GuildId>) -> Route<'static> {
    match guild {
        Some(guild_id) => Route::GuildCommands { application_id, guild_id },
        None => Route::Commands { application_id },
    }
}

fn gone_is_deleted(sent: Result<(), RestError>) -> Result<(), RestError> {
    match sent {
        Err(error) if !error.is_unknown_message() => Err(error),
        _ => Ok(()),
    }
}

/// A request's body. The builders' types serialise without fail; if one ever did not, Discord would refuse what is left.
fn body(content: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(content).unwrap_or_default()
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
}
