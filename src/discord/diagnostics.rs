//! What Discord says of the bot's situation, for `footnote doctor`: the token, intents, shards, registered commands, servers and
//! permissions in channels. It changes nothing there.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serenity::all::{
    ApplicationFlags, Channel, ChannelId, CurrentApplicationInfo, GuildChannel, GuildId, Permissions, UserId,
};

use super::{ServeError, commands, registration};
use crate::config::{Shards, DiscordId, Token};
use crate::discord::transport::gateway::GatewayRefusal;
use crate::discord::transport::rest::error::RestError;
use crate::discord::transport::rest::{self, Rest};
use crate::telemetry::Telemetry;

/// How long one question to Discord may take with all its tries; somebody sits before the terminal.
const CALL_TIME: Duration = Duration::from_secs(10);

/// What the header Date cannot tell: it has whole seconds, and was some time on its way.
const CLOCK_EXACT: Duration = Duration::from_secs(5);

/// A clock that is wrong by more makes Footnote judge wrongly what is too old to be answered after an outage (a quarter of an
/// hour).
const CLOCK_WRONG: Duration = Duration::from_secs(5 * 60);

/// What the bot must be allowed in a channel: to see it, to answer with an embed, and to read back after an outage.
const NEEDED: Permissions = Permissions::VIEW_CHANNEL
    .union(Permissions::SEND_MESSAGES)
    .union(Permissions::EMBED_LINKS)
    .union(Permissions::READ_MESSAGE_HISTORY);

/// One thing that was looked at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// What it is about, in a word or two.
    pub subject: String,
    /// How it is.
    pub grade: Grade,
    /// What is right, or what to change.
    pub says: String,
}

/// How something is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Grade {
    /// As it should be.
    Right,
    /// The bot runs, but somebody should look at it.
    Doubtful,
    /// The bot does not run, or not everywhere, until it is changed.
    Wrong,
}

impl Finding {
    /// It is as it should be.
    #[must_use]
    pub fn right(subject: impl Into<String>, says: impl Into<String>) -> Self {
        Self { subject: subject.into(), grade: Grade::Right, says: says.into() }
    }

    /// It should be looked at.
    #[must_use]
    pub fn doubtful(subject: impl Into<String>, says: impl Into<String>) -> Self {
        Self { subject: subject.into(), grade: Grade::Doubtful, says: says.into() }
    }

    /// It must be changed.
    #[must_use]
    pub fn wrong(subject: impl Into<String>, says: impl Into<String>) -> Self {
        Self { subject: subject.into(), grade: Grade::Wrong, says: says.into() }
    }
}

/// What is to be looked at.
#[derive(Debug)]
pub struct Subject {
    /// The bot's token.
    pub token: Token,
    /// Another base of the REST API.
    pub api_url: Option<String>,
    /// Where commands are registered, if not everywhere.
    pub guild: Option<DiscordId>,
    /// The shards of a process, if not those that Discord recommends.
    pub shards: Option<Shards>,
    /// Whether the bot is to read channels unasked.
    pub listens: bool,
    /// Whether the configuration leaves it to the server who moderates, and to the bot which server.
    pub names_no_moderators: bool,
    /// The channels in which it is to speak.
    pub channels: Vec<DiscordId>,
}

/// Looks at everything, as far as one thing does not hide the next.
///
/// # Errors
/// If there is no working HTTP client.
pub async fn examine(subject: Subject) -> Result<Vec<Finding>, ServeError> {
    let (http, client) = rest::http(&subject.token, subject.api_url.as_deref())?;
    let mut findings = match rest::server_time(&client, subject.api_url.as_deref()).await {
        Ok(time) => vec![clock(time, SystemTime::now())],
        Err(error) => return Ok(vec![unreachable(&error)]),
    };
    let rest = Rest::new(Arc::new(http), client, Telemetry::default()).with_call_timeout(CALL_TIME);
    let (application, me) = match tokio::try_join!(rest.application(), rest.me()) {
        Ok(found) => found,
        Err(error) if error.is_unauthorized() => {
            findings.push(Finding::wrong("token", GatewayRefusal::Token.to_string()));
            return Ok(findings);
        }
        Err(error) => {
            findings.push(unreachable(&error));
            return Ok(findings);
        }
    };
    findings.push(Finding::right("token", format!("Discord takes it as that of {:?}", application.name)));
    findings.push(intents(&application, subject.listens));
    findings.push(moderators(&application, subject.names_no_moderators));
    findings.push(shards(&rest, subject.shards).await);
    let guild = subject.guild.map(|id| GuildId::from(id.0));
    findings.push(registered(&rest, &application, guild).await);
    for id in subject.channels {
        findings.push(channel(&rest, me, ChannelId::from(id.0)).await);
    }
    Ok(findings)
}

fn unreachable(error: &RestError) -> Finding {
    Finding::wrong("Discord", format!("{error}; check the network, and `discord.api_url` if it is set"))
}

fn clock(theirs: Option<SystemTime>, ours: SystemTime) -> Finding {
    let Some(theirs) = theirs else {
        return Finding::doubtful(
            "clock",
            "Discord's answer did not tell the time, so the clock could not be compared",
        );
    };
    let (apart, which) = match ours.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    if apart <= CLOCK_EXACT {
        return Finding::right("clock", format!("agrees with Discord's within {} s", CLOCK_EXACT.as_secs()));
    }
    let says = format!(
        "{} s {which} Discord's: switch on time synchronisation, such as with `timedatectl set-ntp true`",
        apart.as_secs()
    );
    if apart <= CLOCK_WRONG { Finding::doubtful("clock", says) } else { Finding::wrong("clock", says) }
}

fn intents(application: &CurrentApplicationInfo, listens: bool) -> Finding {
    let either = ApplicationFlags::GATEWAY_MESSAGE_CONTENT | ApplicationFlags::GATEWAY_MESSAGE_CONTENT_LIMITED;
    let may_read = application.flags.is_some_and(|flags| flags.intersects(either));
    match (listens, may_read) {
        (true, true) => {
            Finding::right("intents", "MESSAGE CONTENT is switched on, as `discord.listen_channels` needs it")
        }
        (true, false) => Finding::wrong("intents", GatewayRefusal::MessageContent.to_string()),
        (false, true) => Finding::doubtful(
            "intents",
            "MESSAGE CONTENT is switched on and not needed, as `discord.listen_channels` is empty: it can be switched off",
        ),
        (false, false) => Finding::right("intents", "no privileged one is needed"),
    }
}

fn moderators(application: &CurrentApplicationInfo, names_nobody: bool) -> Finding {
    let servers = application.approximate_guild_count.unwrap_or(0);
    match (names_nobody, application.bot_public) {
        (true, _) if servers > 1 => Finding::doubtful(
            "moderators",
            format!(
                "nobody can moderate, as the bot is in {servers} servers: set `moderation.guild`, `roles` or `users`"
            ),
        ),
        (true, true) => Finding::doubtful(
            "moderators",
            "whoever has Manage Server, until somebody invites the bot into another server; then nobody: set `moderation.guild`, or \
             switch off Public Bot in the developer portal, page Bot",
        ),
        (true, false) => Finding::right("moderators", "whoever has Manage Server; only its owner can invite the bot"),
        (false, _) => Finding::right("moderators", "only those that the configuration names"),
    }
}

async fn shards(rest: &Rest, set: Option<Shards>) -> Finding {
    let named = match rest.gateway().await {
        Ok(named) => named,
        Err(error) => return Finding::wrong("gateway", error.to_string()),
    };
    let limit = &named.session_start_limit;
    let recommended = named.shards;
    if limit.remaining == 0 {
        let minutes = limit.reset_after.div_ceil(60_000);
        let says =
            format!("Discord lets the bot begin no session for {minutes} minutes: something restarts it too often");
        return Finding::wrong("gateway", says);
    }
    let left = format!("{} of {} session starts are left today", limit.remaining, limit.total);
    match set {
        Some(set) if set.total < recommended => Finding::doubtful(
            "gateway",
            format!(
                "Discord recommends {recommended} shards, `discord.shards.total` is {}: raise it; {left}",
                set.total
            ),
        ),
        Some(set) => {
            let (first, last) = (*set.numbers().start(), *set.numbers().end());
            Finding::right("gateway", format!("this process has shards {first} to {last} of {}; {left}", set.total))
        }
        None => Finding::right("gateway", format!("recommended shards: {recommended}; {left}")),
    }
}

async fn registered(rest: &Rest, application: &CurrentApplicationInfo, guild: Option<GuildId>) -> Finding {
    let ours = commands::definitions(&commands::all());
    match registration::are_registered(rest, application.id, guild, &ours).await {
        Ok(true) => Finding::right("commands", format!("{} are registered and up to date", ours.len())),
        Ok(false) => Finding::doubtful(
            "commands",
            "not registered, or those of another version: `footnote serve` does it at its start",
        ),
        Err(error) if guild.is_some() && error.is_inaccessible() => {
            let says = "the bot is not in the server that `discord.guild` names, or may not register commands there: \
                        invite it with the scopes bot and applications.commands (README.md has the address)";
            Finding::wrong("commands", says)
        }
        Err(error) => Finding::wrong("commands", error.to_string()),
    }
}

async fn channel(rest: &Rest, me: UserId, id: ChannelId) -> Finding {
    match standing(rest, me, id).await {
        Ok((subject, None)) => Finding::right(subject, "a direct message needs no permission"),
        Ok((subject, Some(lacks))) if lacks.is_empty() => {
            Finding::right(subject, "the bot may see it, write there, embed links and read its history")
        }
        Ok((subject, Some(lacks))) => {
            let names = lacks.get_permission_names().join(", ");
            let says =
                format!("the bot lacks {names}: grant it to the bot's role, in the server's or the channel's settings");
            Finding::wrong(subject, says)
        }
        Err(error) if error.is_inaccessible() => {
            let says =
                "the bot does not see it: check the id, invite the bot to its server, or grant it View Channel there";
            Finding::wrong(format!("channel {id}"), says)
        }
        Err(error) => Finding::wrong(format!("channel {id}"), error.to_string()),
    }
}

/// What a channel is called, and what the bot lacks there; nothing for a direct message.
async fn standing(rest: &Rest, me: UserId, id: ChannelId) -> Result<(String, Option<Permissions>), RestError> {
    let Channel::Guild(channel) = rest.channel(id).await? else { return Ok((format!("channel {id}"), None)) };
    let subject = format!("channel #{}", channel.name);
    let (needed, ruling) = match channel.parent_id.filter(|_| channel.thread_metadata.is_some()) {
        // A thread has the permissions of its channel.
        Some(parent) => match rest.channel(parent).await? {
            Channel::Guild(parent) => (in_threads(NEEDED), parent),
            _ => (in_threads(NEEDED), channel.clone()),
        },
        None => (NEEDED, channel),
    };
    let has = permissions(rest, me, &ruling).await?;
    Ok((subject, Some(needed - has)))
}

/// The same for a thread.
fn in_threads(needed: Permissions) -> Permissions {
    (needed - Permissions::SEND_MESSAGES) | Permissions::SEND_MESSAGES_IN_THREADS
}

/// What the bot may do in a channel.
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
            (0, Grade::Right, "agrees"),
            (5, Grade::Right, "agrees"),
            (-5, Grade::Right, "agrees"),
            (6, Grade::Doubtful, "6 s ahead of Discord's"),
            (-300, Grade::Doubtful, "300 s behind Discord's"),
            (301, Grade::Wrong, "301 s ahead"),
            (-900_000, Grade::Wrong, "time synchronisation"),
        ] {
            let seconds = Duration::from_secs(i64::unsigned_abs(ahead));
            let ours = if ahead < 0 { now - seconds } else { now + seconds };
            let finding = clock(Some(now), ours);
            assert!(finding.grade == grade && finding.says.contains(words), "{ahead}: {finding:?}");
        }
        assert_eq!(clock(None, now).grade, Grade::Doubtful);
    }

    #[test]
    fn the_invitation_asks_for_what_is_needed_and_no_more() {
        let asked = NEEDED | in_threads(NEEDED);
        let invitation = format!("&permissions={}`", asked.bits());
        assert!(include_str!("../../README.md").contains(&invitation), "{invitation}");
    }
}
