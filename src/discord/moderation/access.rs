//! Decides who may moderate: the users and roles of the configuration, or members with Manage Server if it names none.
//! Checks every interaction anew, with the data about the member that Discord sends along.

use std::sync::{Arc, PoisonError};

use serenity::all::{
    CommandInteraction, ComponentInteraction, GuildId, Member, ModalInteraction, Permissions, RoleId, UserId,
};

use super::ModerationContext;
use crate::config;
use crate::discord::interaction::error::Refusal;
use crate::discord::transport::gateway::Shard;
use crate::moderation::EditService;
use crate::moderation::history::RevisionAuthor;

/// The member behind an interaction.
#[derive(Clone, Copy, Debug)]
pub struct Requester<'a> {
    guild: Option<GuildId>,
    member: Option<&'a Member>,
}

impl<'a> From<&'a CommandInteraction> for Requester<'a> {
    fn from(interaction: &'a CommandInteraction) -> Self {
        Self { guild: interaction.guild_id, member: interaction.member.as_deref() }
    }
}

impl<'a> From<&'a ComponentInteraction> for Requester<'a> {
    fn from(interaction: &'a ComponentInteraction) -> Self {
        Self { guild: interaction.guild_id, member: interaction.member.as_ref() }
    }
}

impl<'a> From<&'a ModalInteraction> for Requester<'a> {
    fn from(interaction: &'a ModalInteraction) -> Self {
        Self { guild: interaction.guild_id, member: interaction.member.as_ref() }
    }
}

/// An authorized moderator. Only [`ModerationContext::authorize`] creates one.
#[derive(Clone, Debug)]
pub struct Moderator {
    /// The service that makes edits.
    pub edit_service: Arc<EditService>,
    /// The moderator's account.
    pub user: UserId,
}

impl Moderator {
    /// Returns the moderator as the author of a revision.
    #[must_use]
    pub fn author(&self) -> RevisionAuthor {
        RevisionAuthor::User(self.user.get())
    }
}

impl ModerationContext {
    /// Records the servers of a session that has just begun. If the configuration names no moderators, the bot's only
    /// server moderates; a server that the bot joins later changes nothing before the next start. With several shards,
    /// no single home server can be inferred, because each shard knows only its own servers.
    pub fn record_guilds(&self, shard: Shard, guilds: impl Iterator<Item = GuildId>) {
        let mut known = self.guilds.lock().unwrap_or_else(PoisonError::into_inner);
        for guild in guilds {
            if shard.total == 1 && known.len() < 2 && !known.contains(&guild) {
                known.push(guild);
            }
        }
        if (shard.total > 1 || known.len() > 1) && self.settings.relies_on_home_server() {
            tracing::warn!(
                "the bot is in several servers, so nobody can moderate; set `moderation.guild`, `moderation.roles` or \
                 `moderation.users`"
            );
        }
    }

    /// Authorizes the member behind an interaction.
    ///
    /// # Errors
    /// If the member is not a moderator, the interaction comes from another server, or moderation is off.
    pub fn authorize<'a>(&self, requester: impl Into<Requester<'a>>) -> Result<Moderator, Refusal> {
        let Requester { guild, member } = requester.into();
        let (Some(guild), Some(member)) = (guild, member) else { return Err(Refusal::NoServer) };
        if self.settings.guild.is_some_and(|only| only.0.get() != guild.get()) {
            return Err(Refusal::OtherServer);
        }
        // Anybody can invite a public bot into their own server, where they have Manage Server.
        if self.settings.relies_on_home_server() && !self.is_home(guild) {
            return Err(Refusal::NoHome);
        }
        if !is_moderator(&self.settings, member.user.id, &member.roles, member.permissions) {
            return Err(Refusal::NoModerator);
        }
        match &self.edit_service {
            Ok(edit_service) => Ok(Moderator { edit_service: Arc::clone(edit_service), user: member.user.id }),
            Err(unavailable) => Err(Refusal::ModerationOff(unavailable.to_string())),
        }
    }

    /// Whether this was the bot's only server when it connected.
    fn is_home(&self, guild: GuildId) -> bool {
        *self.guilds.lock().unwrap_or_else(PoisonError::into_inner) == [guild]
    }
}

fn is_moderator(
    settings: &config::Moderation,
    user: UserId,
    roles: &[RoleId],
    permissions: Option<Permissions>,
) -> bool {
    if settings.roles.is_empty() && settings.users.is_empty() {
        return permissions.is_some_and(|may| may.manage_guild() || may.administrator());
    }
    settings.users.iter().any(|named| named.0.get() == user.get())
        || settings.roles.iter().any(|named| roles.iter().any(|role| named.0.get() == role.get()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::config::DiscordId;

    #[test]
    fn moderators_are_configured_or_have_manage_server() {
        let id = |id: u64| DiscordId(id.try_into().unwrap());
        let settings = |roles: &[u64], users: &[u64]| config::Moderation {
            roles: roles.iter().copied().map(id).collect(),
            users: users.iter().copied().map(id).collect(),
            ..config::Moderation::default()
        };
        let may = |settings: &config::Moderation, user: u64, roles: &[u64], may: Permissions| {
            let roles: Vec<RoleId> = roles.iter().copied().map(RoleId::new).collect();
            is_moderator(settings, UserId::new(user), &roles, Some(may))
        };
        let nobody_named = settings(&[], &[]);
        assert!(may(&nobody_named, 1, &[], Permissions::MANAGE_GUILD));
        assert!(may(&nobody_named, 1, &[], Permissions::ADMINISTRATOR));
        assert!(!may(&nobody_named, 1, &[7], Permissions::MANAGE_MESSAGES));
        assert!(!is_moderator(&nobody_named, UserId::new(1), &[], None));
        let named = settings(&[7], &[5]);
        assert!(may(&named, 5, &[], Permissions::empty()));
        assert!(may(&named, 1, &[6, 7], Permissions::empty()));
        // When the configuration names moderators, nobody else is one.
        assert!(!may(&named, 1, &[6], Permissions::all()));
    }
}
