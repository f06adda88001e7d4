//! Acts: the things users do, such as posting a message or pressing a button. Each act is checked as Discord's own
//! client would check it, so that a test cannot do anything that a user could not do.

mod commands;
mod components;
pub(crate) mod json;
mod messages;

use crate::directory::{Channel, User};
use crate::error::ActError;
use crate::message::Message;
use crate::snowflake::Snowflake;
use crate::world::World;

/// The channel in which a user acts. A string converts to [`ChannelRef::Name`], and `"dm"` to [`ChannelRef::Dm`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelRef {
    /// A channel of the first guild.
    Name(String),
    /// A channel of the guild with this index, counted from 0.
    InGuild(usize, String),
    /// The user's direct message channel with the bot.
    Dm,
    /// A channel by its id.
    Id(Snowflake),
}

impl From<&str> for ChannelRef {
    fn from(name: &str) -> Self {
        if name == "dm" { Self::Dm } else { Self::Name(name.to_owned()) }
    }
}

impl From<Snowflake> for ChannelRef {
    fn from(id: Snowflake) -> Self {
        Self::Id(id)
    }
}

impl World {
    /// Returns the user, other bot or webhook with this name. The bot's own account cannot act.
    pub(super) fn acting_user(&self, name: &str) -> Result<&User, ActError> {
        let people = || self.directory.users.iter().filter(|user| user.id != self.directory.bot);
        people().find(|user| user.name == name).ok_or_else(|| {
            let names: Vec<_> = people().map(|user| user.name.as_str()).collect();
            ActError::UnknownUser(name.to_owned(), names.join(", "))
        })
    }

    /// Returns the user and the channel, which the user must be able to see.
    pub(super) fn locate(&self, user: &str, channel_ref: &ChannelRef) -> Result<(&User, &Channel), ActError> {
        let user = self.acting_user(user)?;
        let in_guild = |index: usize, name: &str| {
            let guild = self.directory.guilds.get(index)?.id;
            self.directory.channels.iter().find(|channel| channel.guild == Some(guild) && channel.name == name)
        };
        let channel = match channel_ref {
            ChannelRef::Name(name) => in_guild(0, name),
            ChannelRef::InGuild(index, name) => in_guild(*index, name),
            ChannelRef::Dm => self.directory.channels.iter().find(|channel| channel.recipient == Some(user.id)),
            ChannelRef::Id(id) => self.directory.channel(*id),
        };
        let visible_channel = channel.filter(|channel| self.directory.sees(user.id, channel));
        let channel = visible_channel.ok_or_else(|| {
            let visible = self.directory.channels.iter().filter(|channel| self.directory.sees(user.id, channel));
            let names: Vec<_> = visible.map(|channel| channel.name.as_str()).collect();
            ActError::UnknownChannel(format!("{channel_ref:?}"), names.join(", "))
        })?;
        Ok((user, channel))
    }

    /// Returns the user and a message that the user can see.
    pub(super) fn locate_message(&self, user: &str, message: Snowflake) -> Result<(&User, &Message), ActError> {
        let user = self.acting_user(user)?;
        let found = self.message(message).filter(|message| self.sees(user.id, message));
        Ok((user, found.ok_or_else(|| ActError::UnknownMessage(message, user.name.clone()))?))
    }
}
