//! Responds to interactions: commands, autocompletion, buttons, menus and forms.
//! `asking` and `moderation` build on it; nothing here knows what a command does.

pub mod command;
pub mod error;

use std::sync::Arc;

use serenity::all::{
    ApplicationId, CommandInteraction, ComponentInteraction, ComponentInteractionDataKind, CreateAttachment,
    CreateInteractionResponse, CreateInteractionResponseFollowup, CreateInteractionResponseMessage,
    EditInteractionResponse, InteractionId, ModalInteraction,
};

use crate::discord::transport::raw_interaction::ReplyAddress;
use crate::discord::transport::rest::Rest;
use crate::discord::view::message_view::{MessageView, ephemeral_text};
use error::{APOLOGY, HandlerError, Refusal};

/// Identifies an interaction in calls to Discord. Valid for 15 minutes.
#[derive(Clone, Debug)]
pub struct InteractionToken {
    id: InteractionId,
    token: Arc<str>,
}

impl From<&CommandInteraction> for InteractionToken {
    fn from(interaction: &CommandInteraction) -> Self {
        Self { id: interaction.id, token: interaction.token.as_str().into() }
    }
}

impl From<&ModalInteraction> for InteractionToken {
    fn from(interaction: &ModalInteraction) -> Self {
        Self { id: interaction.id, token: interaction.token.as_str().into() }
    }
}

impl From<&ComponentInteraction> for InteractionToken {
    fn from(interaction: &ComponentInteraction) -> Self {
        Self { id: interaction.id, token: interaction.token.as_str().into() }
    }
}

impl From<ReplyAddress> for InteractionToken {
    fn from(ReplyAddress { id, token }: ReplyAddress) -> Self {
        Self { id, token: token.into() }
    }
}

/// Sends responses to interactions.
#[derive(Clone, Debug)]
pub struct Responder {
    rest: Arc<Rest>,
    application: ApplicationId,
}

impl Responder {
    /// Responds as this application.
    #[must_use]
    pub fn new(rest: Arc<Rest>, application: ApplicationId) -> Self {
        Self { rest, application }
    }

    /// Sends the first response, which is due within three seconds.
    ///
    /// # Errors
    /// If Discord refuses the response or cannot be reached.
    pub async fn respond(
        &self,
        to: impl Into<InteractionToken>,
        response: CreateInteractionResponse,
    ) -> Result<(), HandlerError> {
        let InteractionToken { id, token } = to.into();
        Ok(self.rest.respond(id, &token, &response).await?)
    }

    /// Sends a view as the first response.
    ///
    /// # Errors
    /// If Discord refuses the response or cannot be reached.
    pub async fn show(
        &self,
        to: impl Into<InteractionToken>,
        view: MessageView,
        ephemeral: bool,
    ) -> Result<(), HandlerError> {
        self.respond(to, CreateInteractionResponse::Message(view.response().ephemeral(ephemeral))).await
    }

    /// Defers the response: the user sees an ephemeral "thinking …" until [`Self::edit`] replaces it.
    ///
    /// # Errors
    /// If Discord refuses the response or cannot be reached.
    pub async fn defer(&self, to: impl Into<InteractionToken>) -> Result<InteractionToken, HandlerError> {
        let token = to.into();
        let response = CreateInteractionResponseMessage::new().ephemeral(true);
        self.respond(token.clone(), CreateInteractionResponse::Defer(response)).await?;
        Ok(token)
    }

    /// Acknowledges a button, a menu or a form without a visible change. [`Self::edit`] then changes the message that
    /// the component is on.
    ///
    /// # Errors
    /// If Discord refuses the response or cannot be reached.
    pub async fn acknowledge(&self, to: impl Into<InteractionToken>) -> Result<InteractionToken, HandlerError> {
        let token = to.into();
        self.respond(token.clone(), CreateInteractionResponse::Acknowledge).await?;
        Ok(token)
    }

    /// Replaces the deferred response, or the message that the component is on.
    ///
    /// # Errors
    /// If Discord refuses the edit or cannot be reached.
    pub async fn edit(&self, token: &InteractionToken, message: EditInteractionResponse) -> Result<(), HandlerError> {
        Ok(self.rest.edit_original(self.application, &token.token, &message).await?)
    }

    /// Replaces the deferred response with a message that has a file.
    ///
    /// # Errors
    /// If Discord refuses the edit or cannot be reached.
    pub async fn edit_with_file(
        &self,
        token: &InteractionToken,
        message: EditInteractionResponse,
        file: CreateAttachment,
    ) -> Result<(), HandlerError> {
        Ok(self.rest.edit_original_with(self.application, &token.token, message, file).await?)
    }

    /// Sends another message after the first response.
    ///
    /// # Errors
    /// If Discord refuses the message or cannot be reached.
    pub async fn follow_up(
        &self,
        to: impl Into<InteractionToken>,
        message: &CreateInteractionResponseFollowup,
    ) -> Result<(), HandlerError> {
        Ok(self.rest.follow_up(self.application, &to.into().token, message).await?)
    }

    /// Deletes the message that an acknowledged component is on.
    ///
    /// # Errors
    /// If Discord refuses the deletion or cannot be reached.
    pub async fn delete_original(&self, token: &InteractionToken) -> Result<(), HandlerError> {
        Ok(self.rest.delete_original(self.application, &token.token).await?)
    }

    /// Logs an error and, if the interaction still waits for its first response, shows it to the user. `action` says
    /// what the user did, for the log.
    pub async fn report(&self, to: impl Into<InteractionToken>, error: &HandlerError, action: &str) {
        error.log(action);
        self.tell(to, &error.user_message(), action).await;
    }

    /// Tells the user that the bot is at fault, if the interaction still waits for its first response.
    pub async fn apologize(&self, to: impl Into<InteractionToken>, action: &str) {
        self.tell(to, APOLOGY, action).await;
    }

    async fn tell(&self, to: impl Into<InteractionToken>, text: &str, action: &str) {
        let response = CreateInteractionResponse::Message(ephemeral_text(text));
        if let Err(error) = self.respond(to, response).await {
            tracing::debug!(action, %error, "could not show the error to the user");
        }
    }
}

/// Returns the value that the user selected from a menu.
///
/// # Errors
/// If the component is no menu or nothing is selected, as in a forged interaction.
pub fn selected_value(component: &ComponentInteraction) -> Result<&str, Refusal> {
    match &component.data.kind {
        ComponentInteractionDataKind::StringSelect { values } => values.first().map(String::as_str),
        _ => None,
    }
    .ok_or(Refusal::OutOfDate)
}
