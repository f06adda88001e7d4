//! The documents that answer in a channel or a server: the table `[documents]` of the configuration.
//! Every way to ask and to browse gets its scope here.

use std::collections::{BTreeMap, HashMap};

use serenity::all::{ChannelId, ChannelType, CommandInteraction, ComponentInteraction, GuildId, PartialChannel};

use crate::config::DiscordId;
use crate::library::scope::Scope;

/// The scopes of the channels and servers that have one.
#[derive(Debug, Default)]
pub struct Scopes(HashMap<u64, Scope>);

impl Scopes {
    /// Reads the configured names of documents by the ids of channels and servers.
    #[must_use]
    pub fn new(documents: &BTreeMap<DiscordId, Vec<String>>) -> Self {
        let scope = |names: &Vec<String>| Scope::Named(names.as_slice().into());
        Self(documents.iter().map(|(id, names)| (id.0.get(), scope(names))).collect())
    }

    /// The documents that answer a message. Discord does not say which channel contains the thread of a message, so in a
    /// thread its server counts.
    #[must_use]
    pub fn of_message(&self, channel: ChannelId, guild: Option<GuildId>) -> Scope {
        self.first([Some(channel.get()), guild.map(GuildId::get)])
    }

    /// The documents that answer a command.
    #[must_use]
    pub fn of_command(&self, call: &CommandInteraction) -> Scope {
        self.of_interaction(call.channel_id, call.channel.as_ref(), call.guild_id)
    }

    /// The documents that answer a press of a button or a selection from a menu.
    #[must_use]
    pub fn of_press(&self, press: &ComponentInteraction) -> Scope {
        self.of_interaction(press.channel_id, press.channel.as_ref(), press.guild_id)
    }

    fn of_interaction(&self, id: ChannelId, channel: Option<&PartialChannel>, guild: Option<GuildId>) -> Scope {
        use ChannelType::{NewsThread, PrivateThread, PublicThread};
        // The parent of another channel is a category.
        let thread = channel.filter(|channel| matches!(channel.kind, NewsThread | PrivateThread | PublicThread));
        let parent = thread.and_then(|thread| thread.parent_id);
        self.first([Some(id.get()), parent.map(ChannelId::get), guild.map(GuildId::get)])
    }

    /// The scope of the first of these ids that has one.
    fn first<const N: usize>(&self, ids: [Option<u64>; N]) -> Scope {
        ids.into_iter().flatten().find_map(|id| self.0.get(&id)).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::num::NonZeroU64;

    use serde_json::json;
    use serenity::all::Interaction;

    use super::*;
    use crate::discord::transport::raw_interaction;

    fn scopes() -> Scopes {
        let line = |id, name: &str| (DiscordId(NonZeroU64::new(id).unwrap()), vec![name.to_owned()]);
        Scopes::new(&[line(3, "server"), line(4, "channel"), line(7, "category")].into())
    }

    fn named(name: &str) -> Scope {
        Scope::Named([name.to_owned()].as_slice().into())
    }

    #[test]
    fn a_channel_takes_precedence_over_its_server() {
        let of = |channel, guild: Option<u64>| scopes().of_message(ChannelId::new(channel), guild.map(GuildId::new));
        assert_eq!(of(4, Some(3)), named("channel"));
        assert_eq!(of(5, Some(3)), named("server"));
        assert_eq!(of(5, Some(6)), Scope::All);
        assert_eq!(of(5, None), Scope::All);
    }

    #[test]
    fn a_thread_has_the_documents_of_the_channel_that_contains_it() {
        let of = |channel: &str, kind: u8, parent: &str| {
            let interaction = json!({
                "id": "1", "application_id": "2", "type": 2, "token": "t", "guild_id": "3", "channel_id": channel,
                "channel": { "id": channel, "type": kind, "parent_id": parent, "thread_metadata": 5 },
                "user": { "id": "5" }, "data": { "id": "8", "name": "about", "type": 1 },
            });
            let Interaction::Command(call) = raw_interaction::read(&interaction.to_string()).unwrap() else { panic!() };
            scopes().of_command(&call)
        };
        assert_eq!(of("9", 11, "4"), named("channel"), "a public thread");
        assert_eq!(of("4", 11, "9"), named("channel"));
        assert_eq!(of("9", 12, "8"), named("server"), "a private thread in a channel without a line");
        assert_eq!(of("9", 0, "7"), named("server"), "a channel in a category");
    }
}
