//! The commands for members, one file each.

pub mod about;
pub mod answer_this;
pub mod ask;
pub mod section;
pub mod sections;

use std::sync::Arc;

use serenity::all::{CommandInteraction, CreateCommand, InstallationContext, InteractionContext};

use super::Asking;
use crate::discord::interaction::error::HandlerError;
use crate::discord::view::message_view::Audience;
use crate::library::Library;
use crate::telemetry::Source;

/// Makes a command available in servers and in direct messages with the bot.
fn everywhere(command: CreateCommand) -> CreateCommand {
    command
        .integration_types(vec![InstallationContext::Guild])
        .contexts(vec![InteractionContext::Guild, InteractionContext::BotDm])
}

/// The library that answers a command.
fn library(asking: &Asking, call: &CommandInteraction) -> Arc<Library> {
    asking.library.within(&asking.scopes.of_command(call))
}

/// Answers the question of a command.
async fn answer(
    asking: &Asking,
    call: &CommandInteraction,
    question: &str,
    private: bool,
    source: Source,
) -> Result<(), HandlerError> {
    let channel = (!private).then_some(call.channel_id);
    asking.check_interaction_rate(call.user.id, channel, call.id.created_at())?;
    let audience = Audience { asker: call.user.id, private };
    let answer = asking.answer(question, &asking.scopes.of_command(call), None, audience, source);
    asking.responder.show(call, answer.view.with_question(question), private).await?;
    asking.remember_shown(call.guild_id.is_none(), call.channel_id, answer.shown, call.id.created_at());
    answer.record.sent();
    asking.queue_unanswered(call.user.id, answer.unanswered);
    Ok(())
}
