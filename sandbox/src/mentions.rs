//! Mentions in a text, and the users whom they ping under `allowed_mentions`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::directory::{Channel, Directory, permissions};
use crate::snowflake::Snowflake;

/// The mentions in a text, regardless of permissions and `allowed_mentions`.
#[derive(Debug, Default, PartialEq)]
pub(super) struct MentionsInText {
    pub(super) users: Vec<Snowflake>,
    pub(super) roles: Vec<Snowflake>,
    pub(super) everyone: bool,
}

impl MentionsInText {
    /// Finds `<@1>`, `<@!1>`, `<@&1>`, `@everyone` and `@here`.
    pub(super) fn parse(text: &str) -> Self {
        let mut found = Self { everyone: text.contains("@everyone") || text.contains("@here"), ..Self::default() };
        for part in text.split("<@").skip(1) {
            let Some((inside, _)) = part.split_once('>') else { continue };
            let (list, digits) = match inside.strip_prefix('&') {
                Some(digits) => (&mut found.roles, digits),
                None => (&mut found.users, inside.strip_prefix('!').unwrap_or(inside)),
            };
            if let Some(id) = Snowflake::parse(digits).filter(|id| !list.contains(id)) {
                list.push(id);
            }
        }
        found
    }
}

/// The `allowed_mentions` of a message
/// (<https://discord.com/developers/docs/resources/message#allowed-mentions-object>).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AllowedMentions {
    all_users: bool,
    all_roles: bool,
    everyone: bool,
    users: Vec<Snowflake>,
    roles: Vec<Snowflake>,
    replied_user: bool,
}

impl AllowedMentions {
    /// The default without the field: everything pings, including the author of the message replied to.
    pub(super) fn everything() -> Self {
        Self { all_users: true, all_roles: true, everyone: true, users: vec![], roles: vec![], replied_user: true }
    }

    /// The rule for users: everything pings, but a reply pings only if its ping is on.
    pub(super) fn by_person(ping_replied: bool) -> Self {
        Self { replied_user: ping_replied, ..Self::everything() }
    }

    /// Reads a field that was already validated.
    pub(super) fn read(field: &Value) -> Self {
        let parse = |kind: &str| field["parse"].as_array().is_some_and(|list| list.iter().any(|item| item == kind));
        let ids = |key: &str| {
            field[key]
                .as_array()
                .map(|list| list.iter().filter_map(Snowflake::from_value).collect())
                .unwrap_or_default()
        };
        // Kinds that `parse` does not list ping only the listed ids.
        Self {
            all_users: parse("users"),
            all_roles: parse("roles"),
            everyone: parse("everyone"),
            users: ids("users"),
            roles: ids("roles"),
            replied_user: field["replied_user"] == true,
        }
    }
}

/// The resolved mentions of a message.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Mentions {
    pub(super) users: Vec<Snowflake>,
    pub(super) roles: Vec<Snowflake>,
    pub(super) everyone: bool,
    pub(super) pings: BTreeSet<Snowflake>,
}

impl Mentions {
    /// Resolves the mentions in `text` by `author`. `replied_to` is the author of the message replied to.
    pub(super) fn resolve(
        directory: &Directory,
        channel: &Channel,
        author: Snowflake,
        text: &str,
        replied_to: Option<Snowflake>,
        allowed: &AllowedMentions,
    ) -> Self {
        let found = MentionsInText::parse(text);
        let rights = directory.user(author).map_or(0, |user| user.permissions(channel));
        let may_ping_all = rights & permissions::MENTION_EVERYONE != 0;

        let mut users: Vec<_> = found.users.into_iter().filter(|id| directory.user(*id).is_some()).collect();
        users.retain(|id| allowed.all_users || allowed.users.contains(id));
        if let Some(replied_to) = replied_to.filter(|id| allowed.replied_user && !users.contains(id)) {
            users.push(replied_to);
        }
        let guild = channel.guild.and_then(|id| directory.guild(id));
        let mut roles: Vec<_> =
            found.roles.into_iter().filter(|id| guild.is_some_and(|guild| guild.moderators == *id)).collect();
        roles.retain(|id| allowed.all_roles || allowed.roles.contains(id));
        let everyone = found.everyone && allowed.everyone && may_ping_all && guild.is_some();

        let mut pings: BTreeSet<_> = users.iter().copied().collect();
        for user in &directory.users {
            let by_role =
                guild.is_some_and(|guild| directory.roles(guild, user.id).iter().any(|role| roles.contains(role)));
            // Bots receive no notifications.
            if user.kind.is_person() && (everyone || (by_role && may_ping_all)) {
                pings.insert(user.id);
            }
        }
        pings.retain(|id| *id != author && directory.user(*id).is_some() && directory.sees(*id, channel));
        Self { users, roles, everyone, pings }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;
    use crate::directory::{MEMBER, MODERATOR};
    use crate::options::Options;
    use crate::snowflake::Clock;

    #[test]
    fn mentions_in_a_text_are_found() {
        let ids = |list: &[u64]| list.iter().copied().map(Snowflake).collect::<Vec<_>>();
        let table: [(&str, &[u64], &[u64], bool); 7] = [
            ("hello", &[], &[], false),
            ("<@1> and <@!2>, <@1> again", &[1, 2], &[], false),
            ("<@&3>", &[], &[3], false),
            ("look, @everyone", &[], &[], true),
            ("@here", &[], &[], true),
            ("<@> <@x> <@1", &[], &[], false),
            ("<@<@4>", &[4], &[], false),
        ];
        for (text, users, roles, everyone) in table {
            let expected = MentionsInText { users: ids(users), roles: ids(roles), everyone };
            assert_eq!(MentionsInText::parse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn allowed_mentions_decide_who_is_pinged() {
        let directory = Directory::new(&mut Clock::start(), &Options::default());
        let by_name = |name: &str| directory.users.iter().find(|user| user.name == name).unwrap().id;
        let (member, moderator) = (by_name(MEMBER), by_name(MODERATOR));
        let general = &directory.channels[0];
        let text = format!("<@{member}> <@&{}> @everyone", directory.guilds[0].moderators);
        let pinged = |allowed: &AllowedMentions, replied_to| {
            Mentions::resolve(&directory, general, directory.bot, &text, replied_to, allowed).pings
        };
        assert_eq!(pinged(&AllowedMentions::everything(), None).len(), 4, "everyone but the bot itself");
        let table = [
            (json!({ "parse": [] }), vec![]),
            (json!({ "parse": ["users"] }), vec![member]),
            (json!({ "users": [member] }), vec![member]),
            (json!({ "users": [moderator] }), vec![]),
            (json!({ "parse": ["roles"] }), vec![moderator]),
            (json!({ "parse": [], "replied_user": true }), vec![moderator]),
        ];
        for (field, expected) in table {
            let replied_to = Some(moderator);
            assert_eq!(pinged(&AllowedMentions::read(&field), replied_to), expected.into_iter().collect(), "{field}");
        }
    }
}
