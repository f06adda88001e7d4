//! The errors of calls to Discord's REST API, and the questions that callers ask about them.
//! No error contains a URL, because a URL may contain an interaction's token.

use reqwest::StatusCode;

use crate::telemetry::CallResult;

/// Discord's code for "interaction has already been acknowledged": an earlier attempt arrived, although its answer was
/// lost.
const ALREADY_ACKNOWLEDGED: isize = 40_060;

/// Discord's code for "unknown message": the message to edit or delete no longer exists.
const UNKNOWN_MESSAGE: isize = 10_008;

/// The reason why a call failed, after all its attempts. `call` names the call, for example "post a message".
#[derive(Debug, thiserror::Error)]
pub enum RestError {
    /// Discord answered with an error status.
    #[error("{call}: expected success, found status {status} with Discord's code {code}: {message}")]
    Refused {
        /// The call.
        call: &'static str,
        /// The HTTP status.
        status: StatusCode,
        /// Discord's error code; -1 if the answer has none.
        code: isize,
        /// Discord's error message.
        message: String,
    },
    /// No answer arrived; it is not known whether Discord executed the call.
    #[error("{call}: expected an answer from Discord, found: {reason}")]
    Unreachable {
        /// The call.
        call: &'static str,
        /// The cause, such as a timeout.
        reason: String,
    },
    /// Discord executed the call, but its answer is too large or not as documented. Another attempt would not help.
    #[error("{call}: Discord reported success, but expected an answer as documented, found {reason}")]
    Unreadable {
        /// The call.
        call: &'static str,
        /// The problem with the answer.
        reason: String,
    },
    /// The request cannot be built, for example because its URL is invalid. It was not sent, and never can be.
    #[error("{call}: expected a valid request, found: {reason}")]
    Unsendable {
        /// The call.
        call: &'static str,
        /// The problem with the request.
        reason: String,
    },
}

impl RestError {
    /// The error of a request that got no answer.
    #[must_use]
    pub fn no_answer(call: &'static str, error: reqwest::Error) -> Self {
        if error.is_builder() {
            Self::Unsendable { call, reason: reason(error) }
        } else {
            Self::Unreachable { call, reason: reason(error) }
        }
    }

    /// Whether Discord refused the token.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Refused { status: StatusCode::UNAUTHORIZED, .. })
    }

    /// Whether the message to edit or delete no longer exists.
    #[must_use]
    pub fn is_unknown_message(&self) -> bool {
        self.has_code(UNKNOWN_MESSAGE)
    }

    /// The metric label of an attempt that ended with this error.
    #[must_use]
    pub fn result(&self) -> CallResult {
        match self {
            Self::Refused { status, .. } if status.is_server_error() => CallResult::ServerError,
            Self::Refused { status: StatusCode::TOO_MANY_REQUESTS, .. } => CallResult::RateLimited,
            Self::Refused { .. } => CallResult::Refused,
            Self::Unreachable { .. } | Self::Unreadable { .. } | Self::Unsendable { .. } => CallResult::Unreachable,
        }
    }

    /// Whether the subject of the call is out of the bot's reach: it does not exist, or the bot may not see it.
    #[must_use]
    pub fn is_inaccessible(&self) -> bool {
        matches!(self, Self::Refused { status: StatusCode::NOT_FOUND | StatusCode::FORBIDDEN, .. })
    }

    /// Whether the interaction already has its first response, from an earlier attempt.
    #[must_use]
    pub fn is_acknowledged(&self) -> bool {
        self.has_code(ALREADY_ACKNOWLEDGED)
    }

    fn has_code(&self, wanted: isize) -> bool {
        matches!(self, Self::Refused { code, .. } if *code == wanted)
    }

    /// Whether Discord executed the call. Callers need not apologise for a message that was posted.
    #[must_use]
    pub fn was_executed(&self) -> bool {
        matches!(self, Self::Unreadable { .. })
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused { status, .. } => status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS,
            Self::Unreachable { .. } => true,
            Self::Unreadable { .. } | Self::Unsendable { .. } => false,
        }
    }
}

/// The message of an error and of its causes, without the URL.
pub fn reason(error: reqwest::Error) -> String {
    use std::error::Error;
    let error = error.without_url();
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |message, cause| format!("{message}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_server_errors_rate_limits_and_lost_answers_are_transient() {
        let refused = |status| RestError::Refused { call: "x", status, code: 0, message: String::new() };
        for (status, transient) in
            [(500, true), (502, true), (503, true), (429, true), (400, false), (401, false), (404, false)]
        {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            assert_eq!(refused(status).is_transient(), transient, "{status}");
        }
        let reason = String::new;
        assert!(RestError::Unreachable { call: "x", reason: reason() }.is_transient());
        assert!(!RestError::Unreadable { call: "x", reason: reason() }.is_transient());
        assert!(!RestError::Unsendable { call: "x", reason: reason() }.is_transient());
    }
}
