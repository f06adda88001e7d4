//! What can go wrong with a call of Discord's REST API, and what follows from it.
//! Says what was tried and what came back; never a URL, which may hold an interaction's token.

use reqwest::StatusCode;

use crate::telemetry::CallResult;

/// Discord's error "interaction has already been acknowledged": a try that seemed to fail had arrived.
const ALREADY_ACKNOWLEDGED: isize = 40_060;

/// Discord's error "unknown message": what should be changed or deleted is gone.
const UNKNOWN_MESSAGE: isize = 10_008;

/// Why a call failed for good.
#[derive(Debug, thiserror::Error)]
pub enum RestError {
    /// Discord said no.
    #[error("{call}: expected success, found status {status} with Discord's code {code}: {message}")]
    Refused {
        /// What was tried.
        call: &'static str,
        /// The HTTP status.
        status: StatusCode,
        /// Discord's own code; -1 when its answer has none.
        code: isize,
        /// Discord's words.
        message: String,
    },
    /// Nothing that Discord says came back.
    #[error("{call}: expected an answer from Discord, found: {reason}")]
    Unreachable {
        /// What was tried.
        call: &'static str,
        /// What went wrong on the road.
        reason: String,
    },
}

impl RestError {
    /// Whether the token is not, or no longer, one.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Refused { status: StatusCode::UNAUTHORIZED, .. })
    }

    /// Whether the message that should be changed is no longer there.
    #[must_use]
    pub fn is_unknown_message(&self) -> bool {
        self.has_code(UNKNOWN_MESSAGE)
    }

    /// What the try counts as that ended so.
    #[must_use]
    pub fn result(&self) -> CallResult {
        match self {
            Self::Refused { status, .. } if status.is_server_error() => CallResult::ServerError,
            Self::Refused { status: StatusCode::TOO_MANY_REQUESTS, .. } => CallResult::RateLimited,
            Self::Refused { .. } => CallResult::Refused,
            Self::Unreachable { .. } => CallResult::Unreachable,
        }
    }

    /// Whether what the call was about is not there for the bot: it is gone, or the bot may not know.
    #[must_use]
    pub fn is_inaccessible(&self) -> bool {
        matches!(self, Self::Refused { status: StatusCode::NOT_FOUND | StatusCode::FORBIDDEN, .. })
    }

    /// Whether an interaction has had its response: a try that seemed to fail had arrived.
    #[must_use]
    pub fn is_acknowledged(&self) -> bool {
        self.has_code(ALREADY_ACKNOWLEDGED)
    }

    fn has_code(&self, wanted: isize) -> bool {
        matches!(self, Self::Refused { code, .. } if *code == wanted)
    }

    /// Whether the same call may fare better in a moment.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused { status, .. } => status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS,
            Self::Unreachable { .. } => true,
        }
    }
}

/// What went wrong on the road, without the URL.
pub fn reason(error: reqwest::Error) -> String {
    use std::error::Error;
    let error = error.without_url();
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |said, cause| format!("{said}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_tried_again_and_nothing_else() {
        let refused = |status| RestError::Refused { call: "x", status, code: 0, message: String::new() };
        for (status, again) in
            [(500, true), (502, true), (503, true), (429, true), (400, false), (401, false), (404, false)]
        {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            assert_eq!(refused(status).is_transient(), again, "{status}");
        }
    }
}
