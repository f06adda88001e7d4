//! The part of `footnote doctor` that asks Discord: the token, the intents, the shards, the registered commands, and
//! the permissions in channels. Changes nothing.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serenity::all::{
    ApplicationFlags, Channel, ChannelId, CurrentApplicationInfo, GuildChannel, GuildId, Permissions, UserId,
};

use super::{ServeError, commands, registration};
use crate::config::{DiscordId, Shards, Token};
use crate::discord::transport::gateway::GatewayRefusal;
use crate::discord::transport::rest::error::RestError;
use crate::discord::transport::rest::{self, Rest};
use crate::telemetry::Telemetry;

/// How long one call may take with all its attempts. Short, because a person waits at the terminal.
const CALL_TIME: Duration = Duration::from_secs(10);

/// The error of a comparison with the Date header: it has whole seconds and arrives with a delay.
const CLOCK_EXACT: Duration = Duration::from_secs(5);

/// A larger difference makes the bot misjudge which questions are too old to answer after an outage (15 minutes).
const CLOCK_WRONG: Duration = Duration::from_secs(5 * 60);

/// The permissions that the bot needs in a channel: to see it, to answer with an embed, and to catch up after an
/// outage.
const NEEDED: Permissions = Permissions::VIEW_CHANNEL
    .union(Permissions::SEND_MESSAGES)
    .union(Permissions::EMBED_LINKS)
    .union(Permissions::READ_MESSAGE_HISTORY);

/// The result of one check.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Diagnostic {
    /// The thing that was checked, in a word or two.
    pub subject: String,
    /// The grade.
    pub grade: Grade,
    /// The state, or the change to make.
    pub says: String,
}

/// The grade of a check.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Grade {
    /// Correct.
    Ok,
    /// The bot runs, but the operator should look at it.
    Warning,
    /// The bot does not run, or not everywhere, until the operator changes it.
    Error,
}

impl Diagnostic {
    /// Reports a correct state.
    #[must_use]
    pub fn ok(subject: impl Into<String>, says: impl Into<String>) -> Self {
        Self { subject: subject.into(), grade: Grade::Ok, says: says.into() }
    }

    /// Reports something to look at.
    #[must_use]
    pub fn warning(subject: impl Into<String>, says: impl Into<String>) -> Self {
        Self { subject: subject.into(), grade: Grade::Warning, says: says.into() }
    }

    /// Reports something to change.
    #[must_use]
    pub fn error(subject: impl Into<String>, says: impl Into<String>) -> Self {
        Self { subject: subject.into(), grade: Grade::Error, says: says.into() }
    }
}

/// The settings to check.
#[derive(Debug)]
pub struct DiagnosticInput {
    /// The bot's token.
    pub token: Token,
    /// The base URL of the REST API, if it is not Discord's own.
    pub api_url: Option<String>,
    /// The server to register commands in. `None` registers them globally.
    pub guild: Option<DiscordId>,
    /// The shards of the process. `None` runs all that Discord recommends.
    pub shards: Option<Shards>,
    /// Whether the bot listens to channels.
    pub listens: bool,
    /// Whether the configuration names no server and no moderators.
    pub names_no_moderators: bool,
    /// The channels in which the bot must be able to answer.
    pub channels: Vec<DiscordId>,
}

/// Runs all checks. A failed check ends the others only if it makes them impossible.
///
/// # Errors
/// If there is no working HTTP client.
pub async fn examine(subject: DiagnosticInput) -> Result<Vec<Diagnostic>, ServeError> {
    let (http, client) = rest::http(&subject.token, subject.api_url.as_deref())?;
    let mut diagnostics = match rest::server_time(&client, subject.api_url.as_deref()).await {
        Ok(time) => vec![clock(time, SystemTime::now())],
        Err(error) => return Ok(vec![unreachable(&error)]),
    };
    let rest = Rest::new(Arc::new(http), client, Telemetry::default()).with_call_timeout(CALL_TIME);
    let (application, me) = match tokio::try_join!(rest.application(), rest.me()) {
        Ok(found) => found,
        Err(error) if error.is_unauthorized() => {
            diagnostics.push(Diagnostic::error("token", GatewayRefusal::Token.to_string()));
            return Ok(diagnostics);
        }
        Err(error) => {
            diagnostics.push(unreachable(&error));
            return Ok(diagnostics);
        }
    };
    diagnostics.push(Diagnostic::ok("token", format!("Discord accepts it as the token of {:?}", application.name)));
    diagnostics.push(intents(&application, subject.listens));
    diagnostics.push(moderators(&application, subject.names_no_moderators));
    diagnostics.push(shards(&rest, subject.shards).await);
    let guild = subject.guild.map(|id| GuildId::from(id.0));
    diagnostics.push(registered(&rest, &application, guild).await);
    for id in subject.channels {
        diagnostics.push(channel(&rest, me, ChannelId::from(id.0)).await);
    }
    Ok(diagnostics)
}

fn unreachable(error: &RestError) -> Diagnostic {
    Diagnostic::error("Discord", format!("{error}; check the network, and `discord.api_url` if it is set"))
}

fn clock(theirs: Option<SystemTime>, ours: SystemTime) -> Diagnostic {
    let Some(theirs) = theirs else {
        return Diagnostic::warning(
            "clock",
            "Discord's response contained no time, so the clock could not be compared",
        );
    };
    let (apart, which) = match ours.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    if apart <= CLOCK_EXACT {
        return Diagnostic::ok("clock", format!("agrees with Discord's clock within {} s", CLOCK_EXACT.as_secs()));
    }
    let says = format!(
        "{} s {which} Discord's clock: enable time synchronization, for example with `timedatectl set-ntp true`",
        apart.as_secs()
    );
    if apart <= CLOCK_WRONG { Diagnostic::warning("clock", says) } else { Diagnostic::error("clock", says) }
}

fn intents(application: &CurrentApplicationInfo, listens: bool) -> Diagnostic {
    let either = ApplicationFlags::GATEWAY_MESSAGE_CONTENT | ApplicationFlags::GATEWAY_MESSAGE_CONTENT_LIMITED;
    let may_read = application.flags.is_some_and(|flags| flags.intersects(either));
    match (listens, may_read) {
        (true, true) => Diagnostic::ok("intents", "MESSAGE CONTENT is enabled, as `discord.listen_channels` requires"),
        (true, false) => Diagnostic::error("intents", GatewayRefusal::MessageContent.to_string()),
        (false, true) => Diagnostic::warning(
            "intents",
            "MESSAGE CONTENT is enabled but not needed, because `discord.listen_channels` is empty; you can disable it",
        ),
        (false, false) => Diagnostic::ok("intents", "no privileged intent is needed"),
    }
}

fn moderators(application: &CurrentApplicationInfo, relies_on_home_server: bool) -> Diagnostic {
    let servers = application.approximate_guild_count.unwrap_or(0);
    match (relies_on_home_server, application.bot_public) {
        (true, _) if servers > 1 => Diagnostic::warning(
            "moderators",
            format!(
                "nobody can moderate, because the bot is in {servers} servers: set `moderation.guild`, `roles` or `users`"
            ),
        ),
        (true, true) => Diagnostic::warning(
            "moderators",
            "members with Manage Server, until somebody invites the bot into another server, then nobody: set `moderation.guild`, or \
             disable Public Bot in the developer portal, page Bot",
        ),
        (true, false) => Diagnostic::ok("moderators", "members with Manage Server; only its owner can invite the bot"),
        (false, _) => Diagnostic::ok("moderators", "only those that the configuration names"),
    }
}

async fn shards(rest: &Rest, set: Option<Shards>) -> Diagnostic {
    let named = match rest.gateway().await {
        Ok(named) => named,
        Err(error) => return Diagnostic::error("gateway", error.to_string()),
    };
    let limit = &named.session_start_limit;
    let recommended = named.shards;
    if limit.remaining == 0 {
        let minutes = limit.reset_after.div_ceil(60_000);
        let says =
            format!("Discord lets the bot start no session for {minutes} minutes: something restarts it too often");
        return Diagnostic::error("gateway", says);
    }
    let left = format!("{} of {} session starts are left today", limit.remaining, limit.total);
    match set {
        Some(set) if set.total < recommended => Diagnostic::warning(
            "gateway",
            format!(
                "Discord recommends {recommended} shards, `discord.shards.total` is {}: raise it; {left}",
                set.total
            ),
        ),
        Some(set) => {
            let (first, last) = (*set.numbers().start(), *set.numbers().end());
            Diagnostic::ok("gateway", format!("this process runs shards {first} to {last} of {}; {left}", set.total))
        }
        None => Diagnostic::ok("gateway", format!("recommended shards: {recommended}; {left}")),
    }
}

async fn registered(rest: &Rest, application: &CurrentApplicationInfo, guild: Option<GuildId>) -> Diagnostic {
    let ours = commands::definitions();
    match registration::are_registered(rest, application.id, guild, &ours).await {
        Ok(true) => Diagnostic::ok("commands", format!("{} are registered and up to date", ours.len())),
        Ok(false) => Diagnostic::warning(
            "commands",
            "not registered, or from another version: `footnote serve` registers them when it starts",
        ),
        Err(error) if guild.is_some() && error.is_inaccessible() => {
            let says = "the bot is not in the server that `discord.guild` names, or may not register commands there: \
                        invite it with the scopes bot and applications.commands (README.md contains the link)";
            Diagnostic::error("commands", says)
        }
        Err(error) => Diagnostic::error("commands", error.to_string()),
    }
}

async fn channel(rest: &Rest, me: UserId, id: ChannelId) -> Diagnostic {
    match missing_permissions(rest, me, id).await {
        Ok((subject, None)) => Diagnostic::ok(subject, "a direct message needs no permission"),
        Ok((subject, Some(lacks))) if lacks.is_empty() => {
            Diagnostic::ok(subject, "the bot may view it, send messages, embed links and read its history")
        }
        Ok((subject, Some(lacks))) => {
            let names = lacks.get_permission_names().join(", ");
            let says = format!(
                "the bot lacks {names}: grant it to the bot's role in the settings of the server or the channel"
            );
            Diagnostic::error(subject, says)
        }
        Err(error) if error.is_inaccessible() => {
            let says =
                "the bot cannot see it: check the id, invite the bot to the server, or grant it View Channel there";
            Diagnostic::error(format!("channel {id}"), says)
        }
        Err(error) => Diagnostic::error(format!("channel {id}"), error.to_string()),
    }
}

/// Returns the name of a channel and the permissions that the bot lacks there, or `None` for a direct message.
async fn missing_permissions(
    rest: &Rest,
    me: UserId,
    id: ChannelId,
) -> Result<(String, Option<Permissions>), RestError> {
    let Channel::Guild(channel) = rest.channel(id).await? else { return Ok((format!("channel {id}"), None)) };
    let subject = format!("channel #{}", channel.name);
    let (needed, ruling) = match channel.parent_id.filter(|_| channel.thread_metadata.is_some()) {
        // A thread inherits the permissions of its channel.
        Some(parent) => match rest.channel(parent).await? {
            Channel::Guild(parent) => (in_threads(NEEDED), parent),
            _ => (in_threads(NEEDED), channel.clone()),
        },
        None => (NEEDED, channel),
    };
    let has = permissions(rest, me, &ruling).await?;
    Ok((subject, Some(needed - has)))
}

/// Returns the corresponding permissions for a thread.
fn in_threads(needed: Permissions) -> Permissions {
    (needed - Permissions::SEND_MESSAGES) | Permissions::SEND_MESSAGES_IN_THREADS
}

/// Returns the permissions that the bot has in a channel.
async fn permissions(rest: &Rest, me: UserId, channel: &GuildChannel) -> Result<Permissions, RestError> {
    let (guild, member) = tokio::try_join!(rest.guild(channel.guild_id), rest.member(channel.guild_id, me))?;
    let has = guild.user_permissions_in(channel, &member);
    Ok(if has.administrator() { Permissions::all() } else { has })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_judged_by_how_far_it_is_off() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        for (ahead, grade, words) in [
            (0, Grade::Ok, "agrees"),
            (5, Grade::Ok, "agrees"),
            (-5, Grade::Ok, "agrees"),
            (6, Grade::Warning, "6 s ahead of Discord's"),
            (-300, Grade::Warning, "300 s behind Discord's"),
            (301, Grade::Error, "301 s ahead"),
            (-900_000, Grade::Error, "time synchronization"),
        ] {
            let seconds = Duration::from_secs(i64::unsigned_abs(ahead));
            let ours = if ahead < 0 { now - seconds } else { now + seconds };
            let diagnostic = clock(Some(now), ours);
            assert!(diagnostic.grade == grade && diagnostic.says.contains(words), "{ahead}: {diagnostic:?}");
        }
        assert_eq!(clock(None, now).grade, Grade::Warning);
    }

    #[test]
    fn the_invitation_asks_for_the_needed_permissions_only() {
        let asked = NEEDED | in_threads(NEEDED);
        let invitation = format!("&permissions={}`", asked.bits());
        assert!(include_str!("../../README.md").contains(&invitation), "{invitation}");
    }
}
