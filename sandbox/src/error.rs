//! Errors: REST's refusals ([`ApiError`]), and the failures of acts and waits in tests and scripts ([`ActError`]).

use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::snowflake::Snowflake;

/// A refusal in Discord's format: an HTTP status, a JSON error code and a message
/// (<https://discord.com/developers/docs/topics/opcodes-and-status-codes#json>).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ApiError {
    pub(super) status: u16,
    pub(super) code: u32,
    pub(super) message: String,
    /// The wrong fields, nested as in the body; only with code 50035.
    pub(super) errors: Option<Value>,
}

impl ApiError {
    fn new(status: u16, code: u32, message: &str) -> Self {
        Self { status, code, message: message.to_owned(), errors: None }
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(401, 0, "401: Unauthorized")
    }

    pub(super) fn invalid_json() -> Self {
        Self::new(400, 50109, "The request body contains invalid JSON.")
    }

    pub(super) fn body_too_large() -> Self {
        Self::new(413, 40005, "Request entity too large")
    }

    pub(super) fn unknown_application() -> Self {
        Self::new(404, 10002, "Unknown Application")
    }

    pub(super) fn unknown_channel() -> Self {
        Self::new(404, 10003, "Unknown Channel")
    }

    pub(super) fn unknown_guild() -> Self {
        Self::new(404, 10004, "Unknown Guild")
    }

    pub(super) fn unknown_member() -> Self {
        Self::new(404, 10007, "Unknown Member")
    }

    pub(super) fn missing_access() -> Self {
        Self::new(403, 50001, "Missing Access")
    }

    pub(super) fn unknown_message() -> Self {
        Self::new(404, 10008, "Unknown Message")
    }

    pub(super) fn unknown_webhook() -> Self {
        Self::new(404, 10015, "Unknown Webhook")
    }

    pub(super) fn unknown_interaction() -> Self {
        Self::new(404, 10062, "Unknown interaction")
    }

    pub(super) fn already_acknowledged() -> Self {
        Self::new(400, 40060, "Interaction has already been acknowledged.")
    }

    pub(super) fn not_author() -> Self {
        Self::new(403, 50005, "Cannot edit a message authored by another user")
    }

    pub(super) fn empty_message() -> Self {
        Self::new(400, 50006, "Cannot send an empty message")
    }

    pub(super) fn missing_permissions() -> Self {
        Self::new(403, 50013, "Missing Permissions")
    }

    pub(super) fn invalid_webhook_token() -> Self {
        Self::new(401, 50027, "Invalid Webhook Token")
    }

    /// A refusal that Discord would not give: the sandbox does not model this valid request.
    pub(super) fn not_modelled(what: &str) -> Self {
        Self::new(501, 0, &format!("The sandbox does not model {what}"))
    }

    pub(super) fn body(&self) -> Value {
        let mut body = json!({ "code": self.code, "message": self.message });
        if let Some(errors) = &self.errors {
            body["errors"] = errors.clone();
        }
        body
    }
}

/// Collects all wrong fields of a body into one error 50035, as Discord does.
#[derive(Debug, Default)]
pub(super) struct FieldErrors {
    errors: Map<String, Value>,
}

impl FieldErrors {
    /// Records an error of the field at `path` (`embeds.0.title`).
    pub(super) fn add(&mut self, path: &str, code: &str, message: impl Into<String>) {
        let mut level = &mut self.errors;
        for step in path.split('.').filter(|step| !step.is_empty()) {
            let next = level.entry(step).or_insert_with(|| json!({}));
            let Value::Object(next) = next else { return };
            level = next;
        }
        let list = level.entry("_errors").or_insert_with(|| json!([]));
        if let Value::Array(list) = list {
            list.push(json!({ "code": code, "message": message.into() }));
        }
    }

    /// Returns the collected errors as one error, if there are any.
    pub(super) fn into_result(self) -> Result<(), ApiError> {
        if self.errors.is_empty() {
            return Ok(());
        }
        let mut error = ApiError::new(400, 50035, "Invalid Form Body");
        error.errors = Some(Value::Object(self.errors));
        Err(error)
    }
}

/// An act that a user could not perform, or a wait that ended without a result.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ActError {
    /// There is no user with this name.
    #[error("there is no user {0:?}, only: {1}")]
    UnknownUser(String, String),
    /// The guild has no channel with this name.
    #[error("there is no channel {0:?}, only: {1}")]
    UnknownChannel(String, String),
    /// The message does not exist, was deleted, or is not visible to this user.
    #[error("{1} sees no message {0}")]
    UnknownMessage(Snowflake, String),
    /// There is no interaction with this id.
    #[error("there is no interaction {0}")]
    UnknownInteraction(Snowflake),
    /// The user lacks a permission.
    #[error("{user} may not do this; it requires {needs}")]
    Forbidden {
        /// The user's name.
        user: String,
        /// The missing permission.
        needs: &'static str,
    },
    /// The command is not registered, or this user cannot see it in the channel.
    #[error("{user} sees no command {name:?} in this channel, only: {visible}")]
    UnknownCommand {
        /// The user's name.
        user: String,
        /// The requested command.
        name: String,
        /// The commands that the user can see.
        visible: String,
    },
    /// An option's value does not match the command's definition.
    #[error("option {name:?}: {problem}")]
    BadOption {
        /// The option's name.
        name: String,
        /// Description of the mistake.
        problem: String,
    },
    /// The message has no button or select menu with this name, or it is disabled.
    #[error("message {message} has no enabled component {requested:?}; its components are: {available}")]
    UnknownComponent {
        /// The message.
        message: Snowflake,
        /// The requested label or custom id.
        requested: String,
        /// The components of the message.
        available: String,
    },
    /// Input that the message box, the select menu or the modal rejects.
    #[error("{0}")]
    BadInput(String),
    /// The bot did not answer the interaction before its deadline. Discord's client shows "The application did not
    /// respond".
    #[error("the application did not respond to interaction {0} in time")]
    DidNotRespond(Snowflake),
    /// The awaited event did not happen. The message ends with the last REST calls.
    #[error("timed out waiting for {what}; last calls: {calls}")]
    Timeout {
        /// The awaited event.
        what: String,
        /// The last REST calls, one per line.
        calls: String,
    },
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn field_errors_nest_like_the_body() {
        let mut errors = FieldErrors::default();
        errors.add("embeds.0.title", "BASE_TYPE_MAX_LENGTH", "Must be 256 or fewer in length.");
        errors.add("content", "BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length.");
        let body = errors.into_result().unwrap_err().body();
        assert_eq!(body["code"], 50035);
        assert_eq!(body["errors"]["embeds"]["0"]["title"]["_errors"][0]["code"], "BASE_TYPE_MAX_LENGTH");
        assert_eq!(body["errors"]["content"]["_errors"][0]["message"], "Must be 2000 or fewer in length.");
        assert_eq!(FieldErrors::default().into_result(), Ok(()));
    }
}
