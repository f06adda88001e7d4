//! What moderation needs, and who may moderate: the roles and users of the configuration, else whoever has Manage Server.
//! Asked anew at every step, from what Discord says of the member with that very interaction.

use std::sync::{Arc, Mutex, PoisonError};

use serenity::all::{
    CommandInteraction, ComponentInteraction, GuildId, Member, ModalInteraction, Permissions, RoleId, UserId,
};

use super::draft::Drafts;
use crate::config;
use crate::discord::interaction::error::Refusal;
use crate::discord::transport::gateway::Shard;
use crate::moderation::UnansweredQueue;
use crate::moderation::history::RevisionAuthor;
use crate::moderation::{EditService, ModerationUnavailable};

/// What moderation needs: where edits are made, or why nowhere; who may make them; and what they are about to.
#[derive(Debug)]
pub struct Moderation {
    /// What notes the questions that nobody could answer.
    pub unanswered_queue: UnansweredQueue,
    pub(super) edit_service: Result<Arc<EditService>, ModerationUnavailable>,
    pub(super) settings: config::Moderation,
    /// The first two servers that the bot turned out to be in.
    guilds: Mutex<Vec<GuildId>>,
    pub(super) drafts: Drafts,
}

impl Moderation {
    /// Moderation in an edit service, or the reason why there is none.
    #[must_use]
    pub fn new(
        edit_service: Result<Arc<EditService>, ModerationUnavailable>,
        unanswered_queue: UnansweredQueue,
        settings: config::Moderation,
    ) -> Self {
        Self { unanswered_queue, edit_service, settings, guilds: Mutex::default(), drafts: Drafts::default() }
    }

    /// A session has begun, in these servers. Where the configuration names no moderators, those of the only server are meant;
    /// one that is joined later changes nothing before the next start. A bot of several shards has no only server: each shard knows
    /// but its own, and so may this process.
    pub fn is_in(&self, shard: Shard, guilds: impl Iterator<Item = GuildId>) {
        let mut known = self.guilds.lock().unwrap_or_else(PoisonError::into_inner);
        for guild in guilds {
            if shard.total == 1 && known.len() < 2 && !known.contains(&guild) {
                known.push(guild);
            }
        }
        if (shard.total > 1 || known.len() > 1) && self.names_nobody() {
            tracing::warn!(
                "the bot is in several servers: nobody moderates before `moderation.guild`, `roles` or `users` is set"
            );
        }
    }

    /// Whether the configuration leaves it to the server who moderates, and to the bot which server.
    fn names_nobody(&self) -> bool {
        self.settings.names_nobody()
    }
}

/// Whoever takes a step, as Discord says.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    guild: Option<GuildId>,
    member: Option<&'a Member>,
}

impl<'a> From<&'a CommandInteraction> for Person<'a> {
    fn from(interaction: &'a CommandInteraction) -> Self {
        Self { guild: interaction.guild_id, member: interaction.member.as_deref() }
    }
}

impl<'a> From<&'a ComponentInteraction> for Person<'a> {
    fn from(interaction: &'a ComponentInteraction) -> Self {
        Self { guild: interaction.guild_id, member: interaction.member.as_ref() }
    }
}

impl<'a> From<&'a ModalInteraction> for Person<'a> {
    fn from(interaction: &'a ModalInteraction) -> Self {
        Self { guild: interaction.guild_id, member: interaction.member.as_ref() }
    }
}

/// A moderator in an edit service: what only [`Moderation::gate`] gives.
#[derive(Clone, Debug)]
pub struct Moderator {
    /// Where edits are made.
    pub edit_service: Arc<EditService>,
    /// The moderator's account.
    pub user: UserId,
}

impl Moderator {
    /// As the history knows the moderator.
    #[must_use]
    pub fn author(&self) -> RevisionAuthor {
        RevisionAuthor::User(self.user.get())
    }
}

impl Moderation {
    /// Lets a moderator through.
    ///
    /// # Errors
    /// If it is none, or not here, or there is no moderation.
    pub fn gate<'a>(&self, person: impl Into<Person<'a>>) -> Result<Moderator, Refusal> {
        let Person { guild, member } = person.into();
        let (Some(guild), Some(member)) = (guild, member) else { return Err(Refusal::NoServer) };
        if self.settings.guild.is_some_and(|only| only.0.get() != guild.get()) {
            return Err(Refusal::OtherServer);
        }
        // Anybody may invite a public bot into a server of their own and manages that.
        if self.names_nobody() && !self.is_home(guild) {
            return Err(Refusal::NoHome);
        }
        if !moderates(&self.settings, member.user.id, &member.roles, member.permissions) {
            return Err(Refusal::NoModerator);
        }
        match &self.edit_service {
            Ok(edit_service) => Ok(Moderator { edit_service: Arc::clone(edit_service), user: member.user.id }),
            Err(closed) => Err(Refusal::ModerationOff(closed.to_string())),
        }
    }
}

impl Moderation {
    /// Whether the bot was in this server alone when it connected.
    fn is_home(&self, guild: GuildId) -> bool {
        *self.guilds.lock().unwrap_or_else(PoisonError::into_inner) == [guild]
    }
}

fn moderates(settings: &config::Moderation, user: UserId, roles: &[RoleId], may: Option<Permissions>) -> bool {
    if settings.roles.is_empty() && settings.users.is_empty() {
        return may.is_some_and(|may| may.manage_guild() || may.administrator());
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
    fn who_moderates_is_configured_or_manages_the_server() {
        let id = |id: u64| DiscordId(id.try_into().unwrap());
        let settings = |roles: &[u64], users: &[u64]| config::Moderation {
            roles: roles.iter().copied().map(id).collect(),
            users: users.iter().copied().map(id).collect(),
            ..config::Moderation::default()
        };
        let may = |settings: &config::Moderation, user: u64, roles: &[u64], may: Permissions| {
            let roles: Vec<RoleId> = roles.iter().copied().map(RoleId::new).collect();
            moderates(settings, UserId::new(user), &roles, Some(may))
        };
        let nobody_named = settings(&[], &[]);
        assert!(may(&nobody_named, 1, &[], Permissions::MANAGE_GUILD));
        assert!(may(&nobody_named, 1, &[], Permissions::ADMINISTRATOR));
        assert!(!may(&nobody_named, 1, &[7], Permissions::MANAGE_MESSAGES));
        assert!(!moderates(&nobody_named, UserId::new(1), &[], None));
        let named = settings(&[7], &[5]);
        assert!(may(&named, 5, &[], Permissions::empty()));
        assert!(may(&named, 1, &[6, 7], Permissions::empty()));
        // Naming moderators is also to say who is none.
        assert!(!may(&named, 1, &[6], Permissions::all()));
    }
}
