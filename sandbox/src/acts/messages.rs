//! Posting, editing and deleting messages.

use std::collections::BTreeSet;

use super::ChannelRef;
use crate::directory::{Channel, permissions};
use crate::error::ActError;
use crate::limits::message::CONTENT;
use crate::mentions::{AllowedMentions, Mentions};
use crate::message::{Message, MessageKind};
use crate::server::Sandbox;
use crate::snowflake::Snowflake;
use crate::world::World;

impl Sandbox {
    /// Posts a message. Mentions use Discord's syntax (`<@1>`). Returns the message's id.
    ///
    /// # Errors
    ///
    /// Returns [`ActError`] if a user could not do this.
    pub async fn post(
        &self,
        user: &str,
        channel_ref: impl Into<ChannelRef>,
        text: &str,
    ) -> Result<Snowflake, ActError> {
        let channel_ref = channel_ref.into();
        self.shared.update(|world| {
            let (user, channel) = world.locate(user, &channel_ref)?;
            let (user, channel) = (user.id, channel.clone());
            world.post_as_user(user, &channel, text, None)
        })
    }

    /// Replies to a message; `ping` turns the reply's ping on. Returns the id of the reply.
    ///
    /// # Errors
    ///
    /// Returns [`ActError`] if a user could not do this.
    pub async fn reply(&self, user: &str, to: Snowflake, text: &str, ping: bool) -> Result<Snowflake, ActError> {
        self.shared.update(|world| {
            let (user, message) = world.locate_message(user, to)?;
            if message.only_for.is_some() {
                return Err(ActError::BadInput("an ephemeral message cannot be replied to".to_owned()));
            }
            let unknown = || ActError::UnknownMessage(to, user.name.clone());
            let channel = world.directory.channel(message.channel).cloned().ok_or_else(unknown)?;
            let user = user.id;
            world.post_as_user(user, &channel, text, Some((to, ping)))
        })
    }

    /// Edits the text of a message of the same user.
    ///
    /// # Errors
    ///
    /// Returns [`ActError`] if a user could not do this.
    pub async fn edit(&self, user: &str, message: Snowflake, text: &str) -> Result<(), ActError> {
        self.shared.update(|world| {
            let (user, found) = world.locate_message(user, message)?;
            if found.author != user.id {
                return Err(ActError::Forbidden { user: user.name.clone(), needs: "being the author of the message" });
            }
            let mut changed = found.clone();
            changed.content = checked_text(text)?;
            changed.edited_unix_ms = Some(world.clock.unix_ms());
            let replied_to = changed.reference.and_then(|id| world.message(id)).map(|message| message.author);
            let pinged = replied_to.is_some_and(|author| changed.mentions.contains(&author));
            if let Some(channel) = world.directory.channel(changed.channel) {
                let allowed = AllowedMentions::by_person(pinged);
                let author = changed.author;
                let mentions =
                    Mentions::resolve(&world.directory, channel, author, &changed.content, replied_to, &allowed);
                // An edit never pings again.
                (changed.mentions, changed.mention_roles) = (mentions.users, mentions.roles);
                changed.mention_everyone = mentions.everyone;
            }
            world.update_message(changed);
            Ok(())
        })
    }

    /// Deletes a message: one's own, or any message with Manage Messages. Dismisses an ephemeral message.
    ///
    /// # Errors
    ///
    /// Returns [`ActError`] if a user could not do this.
    pub async fn delete(&self, user: &str, message: Snowflake) -> Result<(), ActError> {
        self.shared.update(|world| {
            let (user, found) = world.locate_message(user, message)?;
            let channel = world.directory.channel(found.channel);
            let rights = channel.map_or(0, |channel| user.permissions(channel));
            let own = found.author == user.id || found.only_for == Some(user.id);
            if !own && rights & permissions::MANAGE_MESSAGES == 0 {
                return Err(ActError::Forbidden { user: user.name.clone(), needs: "Manage Messages" });
            }
            world.remove_message(message);
            Ok(())
        })
    }
}

impl World {
    /// Posts a user's message. `reply` contains the message replied to and whether to ping its author.
    fn post_as_user(
        &mut self,
        author: Snowflake,
        channel: &Channel,
        text: &str,
        reply: Option<(Snowflake, bool)>,
    ) -> Result<Snowflake, ActError> {
        let content = checked_text(text)?;
        let reference = reply.map(|(message, _)| message);
        let replied_to = reference.and_then(|id| self.message(id)).map(|message| message.author);
        let allowed = AllowedMentions::by_person(reply.is_some_and(|(_, ping)| ping));
        let mentions = Mentions::resolve(&self.directory, channel, author, &content, replied_to, &allowed);
        let id = self.clock.next_id();
        self.post(Message {
            id,
            channel: channel.id,
            guild: channel.guild,
            author,
            kind: if reference.is_some() { MessageKind::Reply } else { MessageKind::Default },
            content,
            embeds: Vec::new(),
            components: Vec::new(),
            attachments: Vec::new(),
            flags: 0,
            reference,
            mentions: mentions.users,
            mention_roles: mentions.roles,
            mention_everyone: mentions.everyone,
            pings: mentions.pings.into_iter().collect::<BTreeSet<_>>(),
            only_for: None,
            edited_unix_ms: None,
            nonce: None,
            interaction_metadata: None,
        });
        Ok(id)
    }
}

fn checked_text(text: &str) -> Result<String, ActError> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(ActError::BadInput("an empty message cannot be sent".to_owned())),
        count if count > CONTENT => {
            Err(ActError::BadInput(format!("a message has at most {CONTENT} characters, this one has {count}")))
        }
        _ => Ok(text.to_owned()),
    }
}
