//! Users, guilds and channels: the bot, four people, another bot, a webhook, the guilds with their channels and roles,
//! and everyone's permissions.

use serde_json::{Value, json};

use crate::options::Options;
use crate::snowflake::{Clock, Snowflake, timestamp};

/// The owner of every guild.
pub const OWNER: &str = "owner";
/// A user with the role `moderators`: Manage Server and Manage Messages.
pub const MODERATOR: &str = "moderator";
/// A member without roles.
pub const MEMBER: &str = "member";
/// Another member without roles.
pub const OTHER: &str = "other";

/// Another application's bot with the permissions of a member. It posts like a person.
pub const OTHER_BOT: &str = "other-bot";
/// A webhook. It posts in every channel but is not a member.
pub const WEBHOOK: &str = "webhook";

/// The permission bits that the sandbox uses
/// (<https://discord.com/developers/docs/topics/permissions#permissions-bitwise-permission-flags>).
pub mod permissions {
    /// All permissions; overrides channel overwrites.
    pub const ADMINISTRATOR: u64 = 1 << 3;
    /// Manage Server.
    pub const MANAGE_GUILD: u64 = 1 << 5;
    /// View a channel.
    pub const VIEW_CHANNEL: u64 = 1 << 10;
    /// Post in a channel.
    pub const SEND_MESSAGES: u64 = 1 << 11;
    /// Delete messages of other users.
    pub const MANAGE_MESSAGES: u64 = 1 << 13;
    /// Embeds of the user's messages are shown.
    pub const EMBED_LINKS: u64 = 1 << 14;
    /// Read earlier messages.
    pub const READ_MESSAGE_HISTORY: u64 = 1 << 16;
    /// Ping `@everyone`, `@here` and every role.
    pub const MENTION_EVERYONE: u64 = 1 << 17;
    /// Use the commands of applications.
    pub const USE_APPLICATION_COMMANDS: u64 = 1 << 31;
    /// Permissions of a member.
    pub const MEMBER: u64 =
        VIEW_CHANNEL | SEND_MESSAGES | EMBED_LINKS | READ_MESSAGE_HISTORY | USE_APPLICATION_COMMANDS;
    /// Permissions of a moderator.
    pub const MODERATOR: u64 = MEMBER | MANAGE_GUILD | MANAGE_MESSAGES | MENTION_EVERYONE;
    /// Permissions of the bot. It may ping everyone so that tests notice a reply without `allowed_mentions`.
    pub const BOT: u64 = VIEW_CHANNEL | SEND_MESSAGES | EMBED_LINKS | READ_MESSAGE_HISTORY | MENTION_EVERYONE;
    /// Permissions of the owner.
    pub const ALL: u64 = MODERATOR | ADMINISTRATOR;
}

/// A user's function in the guilds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserKind {
    /// Owns the guild.
    Owner,
    /// Has the role `moderators`.
    Moderator,
    /// Has no role.
    Member,
    /// The bot itself.
    Bot,
    /// Another bot, without a role.
    OtherBot,
    /// A webhook, which is not a member.
    Webhook,
}

impl UserKind {
    /// Whether this is a human, who reads messages and can receive direct messages.
    pub(super) fn is_person(self) -> bool {
        matches!(self, Self::Owner | Self::Moderator | Self::Member)
    }
}

/// A user.
#[derive(Clone, Debug)]
pub struct User {
    /// The user's id.
    pub id: Snowflake,
    /// The name by which acts refer to the user.
    pub name: String,
    /// The user's function in every guild.
    pub kind: UserKind,
    /// The language of the user's client.
    pub locale: String,
}

impl User {
    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id, "username": self.name, "global_name": self.name, "discriminator": "0000",
            "avatar": null, "public_flags": 0, "flags": 0, "primary_guild": null, "bot": !self.kind.is_person(),
        })
    }

    /// The user's permissions in a channel. In a direct message everyone has a member's permissions.
    pub fn permissions(&self, channel: &Channel) -> u64 {
        if channel.guild.is_none() {
            return permissions::MEMBER;
        }
        match self.kind {
            UserKind::Owner => permissions::ALL,
            UserKind::Moderator => permissions::MODERATOR,
            UserKind::Bot => permissions::BOT & !channel.denied_to_bot,
            UserKind::Member | UserKind::OtherBot if channel.restricted => 0,
            UserKind::Member | UserKind::OtherBot | UserKind::Webhook => permissions::MEMBER,
        }
    }
}

/// A text channel of a guild, or the direct message channel of one user and the bot.
#[derive(Clone, Debug)]
pub struct Channel {
    /// The channel's id.
    pub id: Snowflake,
    /// The guild; `None` for a direct message channel.
    pub guild: Option<Snowflake>,
    /// The channel's name; `dm` for a direct message channel.
    pub name: String,
    /// Whether only moderators, the owner and the bot can see the channel.
    pub restricted: bool,
    /// The user whose direct message channel this is; `None` in a guild.
    pub recipient: Option<Snowflake>,
    /// Permissions that the bot has in the guild but not in this channel.
    pub denied_to_bot: u64,
}

impl Channel {
    /// The channel object in an interaction, with the permissions of the acting user.
    pub(super) fn partial_json(&self, permissions: u64) -> Value {
        match self.guild {
            Some(guild) => json!({
                "id": self.id, "type": 0, "name": self.name, "guild_id": guild, "permissions": permissions.to_string(),
                "position": 0, "parent_id": null, "topic": null, "nsfw": false, "rate_limit_per_user": 0, "flags": 0,
                "last_message_id": null,
            }),
            None => json!({ "id": self.id, "type": 1, "flags": 0, "last_message_id": null }),
        }
    }
}

/// A guild, which Discord's client calls a server.
#[derive(Clone, Debug)]
pub struct Guild {
    /// The guild's id, which is also the id of its role `@everyone`.
    pub id: Snowflake,
    /// The guild's name.
    pub name: String,
    /// The id of the role `moderators`.
    pub moderators: Snowflake,
}

/// All users, guilds and channels.
#[derive(Debug)]
pub struct Directory {
    /// The id of the bot's user, which is also the application's id.
    pub bot: Snowflake,
    /// All users, the bot included.
    pub users: Vec<User>,
    /// All guilds, in the order of their creation.
    pub guilds: Vec<Guild>,
    /// All channels.
    pub channels: Vec<Channel>,
}

impl Directory {
    pub(super) fn new(clock: &mut Clock, options: &Options) -> Self {
        let mut user =
            |name: &str, kind| User { id: clock.next_id(), name: name.to_owned(), kind, locale: "en-US".to_owned() };
        let mut users = vec![
            user("footnote", UserKind::Bot),
            user(OWNER, UserKind::Owner),
            user(MODERATOR, UserKind::Moderator),
            user(MEMBER, UserKind::Member),
            user(OTHER, UserKind::Member),
            user(OTHER_BOT, UserKind::OtherBot),
            user(WEBHOOK, UserKind::Webhook),
        ];
        users.extend((1..=options.members).map(|number| user(&format!("member-{number}"), UserKind::Member)));
        let mut directory = Self { bot: users[0].id, users, guilds: Vec::new(), channels: Vec::new() };
        for number in 1..=options.guilds.max(1) {
            let id = clock.past_id(1000 + number as u64);
            directory.guilds.push(Guild { id, name: format!("Guild {number}"), moderators: clock.next_id() });
            let further = (1..=options.channels).map(|number| (format!("channel-{number}"), false));
            let usual = [("general", false), ("offtopic", false), ("mods", true)];
            for (name, restricted) in
                usual.map(|(name, restricted)| (name.to_owned(), restricted)).into_iter().chain(further)
            {
                let channel = Channel {
                    id: clock.next_id(),
                    guild: Some(id),
                    name,
                    restricted,
                    recipient: None,
                    denied_to_bot: 0,
                };
                directory.channels.push(channel);
            }
        }
        for person in directory.users.iter().filter(|user| user.kind.is_person()) {
            directory.channels.push(Channel {
                id: clock.next_id(),
                guild: None,
                name: "dm".to_owned(),
                restricted: false,
                recipient: Some(person.id),
                denied_to_bot: 0,
            });
        }
        directory
    }

    /// The user with this id.
    pub fn user(&self, id: Snowflake) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// Whether this is the id of a webhook.
    pub(super) fn is_webhook(&self, id: Snowflake) -> bool {
        self.user(id).is_some_and(|user| user.kind == UserKind::Webhook)
    }

    /// The owner of the guilds.
    pub fn owner(&self) -> Option<&User> {
        self.users.iter().find(|user| user.kind == UserKind::Owner)
    }

    /// The channel with this id.
    pub fn channel(&self, id: Snowflake) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.id == id)
    }

    /// The guild with this id.
    pub fn guild(&self, id: Snowflake) -> Option<&Guild> {
        self.guilds.iter().find(|guild| guild.id == id)
    }

    /// Whether this user can see the channel.
    pub fn sees(&self, user: Snowflake, channel: &Channel) -> bool {
        match channel.recipient {
            Some(recipient) => user == recipient || user == self.bot,
            None => self.user(user).is_some_and(|user| user.permissions(channel) & permissions::VIEW_CHANNEL != 0),
        }
    }

    /// The user as JSON; a placeholder for an unknown id.
    pub(super) fn user_json(&self, id: Snowflake) -> Value {
        self.user(id).map_or_else(|| json!({ "id": id, "username": "deleted" }), User::json)
    }

    /// The roles of a user in a guild. Like Discord, leaves out `@everyone`.
    pub(super) fn roles(&self, guild: &Guild, user: Snowflake) -> Vec<Snowflake> {
        match self.user(user).map(|user| user.kind) {
            Some(UserKind::Moderator) => vec![guild.moderators],
            _ => Vec::new(),
        }
    }

    /// A guild member without its user, as in a message.
    pub(super) fn member_json(&self, guild: &Guild, user: Snowflake) -> Value {
        json!({
            "roles": self.roles(guild, user), "nick": null, "avatar": null, "banner": null, "premium_since": null,
            "joined_at": timestamp(guild.id.unix_ms()), "deaf": false, "mute": false, "flags": 0, "pending": false,
            "communication_disabled_until": null,
        })
    }

    /// The guild as in the event GUILD_CREATE. Like Discord for a bot without the privileged intent GUILD_PRESENCES,
    /// lists only the bot among its members.
    pub(super) fn guild_json(&self, guild: &Guild) -> Value {
        let mut bot = self.member_json(guild, self.bot);
        bot["user"] = self.user_json(self.bot);
        let channels: Vec<_> = self
            .channels
            .iter()
            .filter(|channel| channel.guild == Some(guild.id))
            .enumerate()
            .map(|(position, channel)| {
                let mut json = self.channel_json(channel);
                json["position"] = json!(position);
                json
            })
            .collect();
        let joined = timestamp(guild.id.unix_ms());
        let mut json = guild_settings();
        for (key, value) in [
            ("id", json!(guild.id)),
            ("name", json!(guild.name)),
            ("owner_id", json!(self.owner().map(|owner| owner.id))),
            ("joined_at", json!(joined)),
            ("member_count", json!(self.users.iter().filter(|user| user.kind != UserKind::Webhook).count())),
            ("members", json!([bot])),
            ("channels", json!(channels)),
            ("roles", json!([everyone_json(guild), moderators_json(guild)])),
        ] {
            json[key] = value;
        }
        json
    }

    /// A channel as the bot receives it; a guild channel includes its permission overwrites.
    pub(super) fn channel_json(&self, channel: &Channel) -> Value {
        let mut json = channel.partial_json(0);
        match channel.guild.and_then(|id| self.guild(id)) {
            Some(guild) => {
                json["permission_overwrites"] = self.overwrites(guild, channel);
                json.as_object_mut().map(|object| object.remove("permissions"));
            }
            None => json["recipients"] = json!([channel.recipient.map(|person| self.user_json(person))]),
        }
        json
    }

    fn overwrites(&self, guild: &Guild, channel: &Channel) -> Value {
        let view = permissions::VIEW_CHANNEL;
        let for_role = |id, allow: u64, deny: u64| json!({ "id": id, "type": 0, "allow": allow.to_string(), "deny": deny.to_string() });
        let allowed_to_bot = if channel.restricted { view & !channel.denied_to_bot } else { 0 };
        let mut overwrites = Vec::new();
        if channel.restricted {
            overwrites.extend([for_role(guild.id, 0, view), for_role(guild.moderators, view, 0)]);
        }
        if allowed_to_bot | channel.denied_to_bot != 0 {
            let (allow, deny) = (allowed_to_bot.to_string(), channel.denied_to_bot.to_string());
            overwrites.push(json!({ "id": self.bot, "type": 1, "allow": allow, "deny": deny }));
        }
        json!(overwrites)
    }
}

/// The fields that are equal for all guilds.
fn guild_settings() -> Value {
    json!({
        "icon": null, "splash": null, "discovery_splash": null, "afk_channel_id": null, "afk_timeout": 300,
        "verification_level": 0, "default_message_notifications": 0, "explicit_content_filter": 0, "features": [],
        "mfa_level": 0, "application_id": null, "system_channel_id": null, "system_channel_flags": 0,
        "rules_channel_id": null, "vanity_url_code": null, "description": null, "banner": null, "premium_tier": 0,
        "premium_subscription_count": 0, "preferred_locale": "en-US", "public_updates_channel_id": null,
        "nsfw_level": 0, "premium_progress_bar_enabled": false, "safety_alerts_channel_id": null, "emojis": [],
        "stickers": [], "large": false, "unavailable": false, "voice_states": [], "threads": [], "presences": [],
        "stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [],
    })
}

fn everyone_json(guild: &Guild) -> Value {
    role_json(guild.id, "@everyone", permissions::MEMBER, 0)
}

pub(super) fn moderators_json(guild: &Guild) -> Value {
    role_json(guild.moderators, "moderators", permissions::MODERATOR, 1)
}

fn role_json(id: Snowflake, name: &str, permissions: u64, position: u8) -> Value {
    json!({
        "id": id, "name": name, "color": 0, "hoist": false, "managed": false, "mentionable": false, "icon": null,
        "colors": { "primary_color": 0, "secondary_color": null, "tertiary_color": null }, "unicode_emoji": null,
        "permissions": permissions.to_string(), "position": position, "flags": 0, "description": null,
    })
}
